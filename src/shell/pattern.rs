//! Glob patterns: `*`, `?`, `[…]` and the extended `@(…)`, `!(…)`, `?(…)`, `*(…)`, `+(…)`.

use crate::collections::Sort;

/// A compiled pattern.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug)]
enum Token {
    Char(char),
    /// `?`
    Any,
    /// `*`
    Star,
    Class {
        negated: bool,
        items: Vec<Item>,
    },
    Group {
        kind: char,
        choices: Vec<Vec<Token>>,
    },
}

#[derive(Clone, Debug)]
enum Item {
    Range(char, char),
    Named(String),
}

/// A character and whether it was quoted, so that it stands for itself.
pub type PatternChar = (char, bool);

/// How many steps one match may take; more is no match.
const FUEL: u32 = 200_000;

impl Pattern {
    /// Compiles a pattern.
    pub fn new(text: &[PatternChar]) -> Pattern {
        let mut at = 0;
        Pattern { tokens: tokens(text, &mut at, 0, false) }
    }

    /// Compiles text none of which is quoted, but `\x` stands for x.
    pub fn parse(text: &str) -> Pattern {
        let mut chars = Vec::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' => chars.push((rest.next().unwrap_or('\\'), true)),
                c => chars.push((c, false)),
            }
        }
        Pattern::new(&chars)
    }

    /// Whether some text has anything in it that makes it a pattern.
    pub fn is_pattern(text: &[PatternChar]) -> bool {
        let mut bracket = false;
        for (at, &(c, quoted)) in text.iter().enumerate() {
            match c {
                _ if quoted => {}
                '*' | '?' => return true,
                '[' => bracket = true,
                ']' if bracket => return true,
                '@' | '!' | '+' if text.get(at + 1) == Some(&('(', false)) => return true,
                _ => {}
            }
        }
        false
    }

    /// Whether all of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.matches_chars(&chars, false)
    }

    /// As [`Pattern::matches`], on characters and perhaps whatever their case.
    pub fn matches_chars(&self, chars: &[char], fold: bool) -> bool {
        let mut fuel = FUEL;
        run(&self.tokens, chars, 0, fold, &mut fuel, &mut |end| end == chars.len())
    }

    /// The ends of all prefixes of `chars` that match, through `found`, which says when to stop.
    fn prefixes(&self, chars: &[char], found: &mut dyn FnMut(usize) -> bool) {
        let mut fuel = FUEL;
        run(&self.tokens, chars, 0, false, &mut fuel, found);
    }

    /// The length of the shortest or longest prefix that matches.
    pub fn prefix(&self, chars: &[char], longest: bool) -> Option<usize> {
        let mut best: Option<usize> = None;
        self.prefixes(chars, &mut |end| {
            best = Some(match best {
                Some(old) if longest => old.max(end),
                Some(old) => old.min(end),
                None => end,
            });
            // The very ends cannot be bettered.
            if longest { end == chars.len() } else { end == 0 }
        });
        best
    }

    /// The start of the shortest or longest suffix that matches.
    pub fn suffix(&self, chars: &[char], longest: bool) -> Option<usize> {
        let fits = |&start: &usize| self.matches_chars(&chars[start..], false);
        if longest { (0..=chars.len()).find(fits) } else { (0..=chars.len()).rev().find(fits) }
    }

    /// Whether a leading dot in a file name must be matched by a dot here.
    pub fn begins_with_dot(&self) -> bool {
        matches!(self.tokens.first(), Some(Token::Char('.')))
    }
}

fn tokens(text: &[PatternChar], at: &mut usize, depth: usize, in_group: bool) -> Vec<Token> {
    let mut out = Vec::new();
    while let Some(&(c, quoted)) = text.get(*at) {
        if !quoted && in_group && matches!(c, '|' | ')') {
            break;
        }
        let group = !quoted && matches!(c, '?' | '*' | '+' | '@' | '!') && text.get(*at + 1) == Some(&('(', false));
        if group && depth < 20 && closes(&text[*at + 2..]) {
            *at += 2;
            let mut choices = vec![tokens(text, at, depth + 1, true)];
            while text.get(*at) == Some(&('|', false)) {
                *at += 1;
                choices.push(tokens(text, at, depth + 1, true));
            }
            *at += 1;
            out.push(Token::Group { kind: c, choices });
            continue;
        }
        *at += 1;
        match c {
            _ if quoted => out.push(Token::Char(c)),
            '?' => out.push(Token::Any),
            '*' if matches!(out.last(), Some(Token::Star)) => {}
            '*' => out.push(Token::Star),
            '[' => match class(text, *at) {
                Some((token, end)) => {
                    out.push(token);
                    *at = end;
                }
                None => out.push(Token::Char('[')),
            },
            c => out.push(Token::Char(c)),
        }
    }
    out
}

fn closes(text: &[PatternChar]) -> bool {
    let mut depth = 1;
    for &(c, quoted) in text {
        match c {
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return true;
        }
    }
    false
}

/// The bracket expression whose inside starts at `at`, and where it ends.
fn class(text: &[PatternChar], mut at: usize) -> Option<(Token, usize)> {
    let negated = matches!(text.get(at), Some(('!' | '^', false)));
    if negated {
        at += 1;
    }
    let mut items = Vec::new();
    let first = at;
    loop {
        let &(c, quoted) = text.get(at)?;
        if c == ']' && !quoted && at > first {
            return Some((Token::Class { negated, items }, at + 1));
        }
        if c == '[' && !quoted && text.get(at + 1) == Some(&(':', false)) {
            let rest = &text[at + 2..];
            if let Some(end) = rest.windows(2).position(|pair| pair[0].0 == ':' && pair[1].0 == ']') {
                items.push(Item::Named(rest[..end].iter().map(|&(c, _)| c).collect()));
                at += end + 4;
                continue;
            }
        }
        if c == '/' && !quoted {
            return None;
        }
        match (text.get(at + 1), text.get(at + 2)) {
            (Some(('-', false)), Some(&(high, quoted))) if high != ']' || quoted => {
                items.push(Item::Range(c, high));
                at += 3;
            }
            _ => {
                items.push(Item::Range(c, c));
                at += 1;
            }
        }
    }
}

/// Whether a character is in a POSIX class such as `alpha`.
pub fn in_class(name: &str, c: char) -> bool {
    match name {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "cntrl" => c.is_control(),
        "xdigit" => c.is_ascii_hexdigit(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && !c.is_whitespace(),
        "word" => c.is_alphanumeric() || c == '_',
        _ => false,
    }
}

fn same(a: char, b: char, fold: bool) -> bool {
    a == b || fold && a.to_lowercase().eq(b.to_lowercase())
}

fn class_has(items: &[Item], c: char, fold: bool) -> bool {
    let has = |c: char| {
        items.iter().any(|item| match item {
            Item::Range(low, high) => *low <= c && c <= *high,
            Item::Named(name) => in_class(name, c),
        })
    };
    has(c) || fold && (c.to_lowercase().any(has) || c.to_uppercase().any(has))
}

/// Matches `tokens` at `at` and calls `then` with each possible end until it says true.
fn run(
    tokens: &[Token],
    text: &[char],
    at: usize,
    fold: bool,
    fuel: &mut u32,
    then: &mut dyn FnMut(usize) -> bool,
) -> bool {
    let (mut tokens, mut at) = (tokens, at);
    loop {
        if *fuel == 0 {
            return false;
        }
        *fuel -= 1;
        let Some((token, rest)) = tokens.split_first() else { return then(at) };
        match token {
            Token::Char(c) if text.get(at).is_some_and(|&d| same(*c, d, fold)) => at += 1,
            Token::Any if at < text.len() => at += 1,
            Token::Class { negated, items } if text.get(at).is_some_and(|&c| class_has(items, c, fold) != *negated) => {
                at += 1;
            }
            Token::Star => {
                // Where the next token is a plain character, only its places are worth a try.
                return (at..=text.len()).any(|start| {
                    if let Some(Token::Char(c)) = rest.first()
                        && !text.get(start).is_some_and(|&d| same(*c, d, fold))
                    {
                        return false;
                    }
                    run(rest, text, start, fold, fuel, then)
                });
            }
            Token::Group { kind, choices } => return group(*kind, choices, rest, text, at, fold, fuel, then),
            _ => return false,
        }
        tokens = rest;
    }
}

#[allow(clippy::too_many_arguments)]
fn group(
    kind: char,
    choices: &[Vec<Token>],
    rest: &[Token],
    text: &[char],
    at: usize,
    fold: bool,
    fuel: &mut u32,
    then: &mut dyn FnMut(usize) -> bool,
) -> bool {
    // Ends are gathered first: a set is small, and nesting stays as deep as the pattern.
    let mut ends = vec![];
    let once = |from: usize, fuel: &mut u32| {
        let mut ends = Vec::new();
        for choice in choices {
            run(choice, text, from, fold, fuel, &mut |end| {
                if !ends.contains(&end) {
                    ends.push(end);
                }
                false
            });
        }
        ends
    };
    match kind {
        '!' => {
            let taken = once(at, fuel);
            ends.extend((at..=text.len()).filter(|end| !taken.contains(end)));
        }
        _ => {
            if matches!(kind, '?' | '*') {
                ends.push(at);
            }
            let mut fresh = once(at, fuel);
            while let Some(end) = fresh.pop() {
                if ends.contains(&end) && !(end == at && kind == '+') {
                    continue;
                }
                ends.push(end);
                if matches!(kind, '*' | '+') && end > at {
                    fresh.extend(once(end, fuel).into_iter().filter(|next| !ends.contains(next)));
                }
            }
        }
    }
    ends.arrange_by(|a, b| b.cmp(a));
    ends.into_iter().any(|end| run(rest, text, end, fold, fuel, then))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("[a-c]?[!x]", "bzy", true),
            ("[[:digit:]]*", "7x", true),
            ("[]a]", "]", true),
            ("[", "[", true),
            ("@(a|b*)c", "bxxc", true),
            ("!(a|b)", "c", true),
            ("!(a|b)", "a", false),
            ("+(ab)", "ababab", true),
            ("*(ab)c", "c", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
        ] {
            assert_eq!(Pattern::parse(pattern).matches(text), expected, "{pattern} {text}");
        }
        let evil = "*a".repeat(40);
        assert!(!Pattern::parse(&evil).matches(&"a".repeat(39)));
        let evil = format!("{}b", "+(a|aa|*)".repeat(10));
        assert!(!Pattern::parse(&evil).matches(&"a".repeat(60)));
    }
}
