//! Regular expressions in Go's syntax, to ask whether a text matches: patterns of schemas, CEL's
//! `matches`.
//!
//! Models regexp/syntax. All ways through the expression are followed at once, so that the time is in
//! proportion to the text's length, whatever the expression. Diverges: classes of Unicode by name
//! (`\p{Greek}`) are not known.

/// Inclusive ranges of characters.
type Ranges = Vec<(char, char)>;

/// How deep groups may lie in each other.
const MAX_DEPTH: usize = 200;
/// How long a program may become through its repetitions.
const MAX_LENGTH: usize = 20_000;
/// How often a part may be repeated, as in Go.
const MAX_REPEAT: usize = 1_000;

enum Node {
    Class(Ranges),
    Assert(Assertion),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, usize, Option<usize>),
}

#[derive(Clone, Copy)]
enum Assertion {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}

enum Step {
    Class(Ranges),
    Assert(Assertion),
    Split(usize, usize),
    Match,
}

/// An expression, read.
pub struct Regex {
    steps: Vec<Step>,
}

impl Regex {
    /// Reads an expression; the error is Go's, as far as it goes.
    pub fn new(source: &str) -> Result<Regex, String> {
        let mut parser = Parser { text: source.chars().collect(), at: 0, depth: 0, flags: Flags::default() };
        let node = parser.either()?;
        if parser.at < parser.text.len() {
            return Err(format!("error parsing regexp: unexpected ): `{source}`"));
        }
        let mut steps = Vec::new();
        emit(&node, &mut steps)?;
        steps.push(Step::Match);
        Ok(Regex { steps })
    }

    /// Whether the expression matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut now = vec![false; self.steps.len()];
        for at in 0..=text.len() {
            let mut next = vec![false; self.steps.len()];
            let mut ready: Vec<usize> = (0..now.len()).filter(|step| now[*step]).collect();
            ready.push(0);
            let mut seen = vec![false; self.steps.len()];
            while let Some(step) = ready.pop() {
                if std::mem::replace(&mut seen[step], true) {
                    continue;
                }
                match &self.steps[step] {
                    Step::Match => return true,
                    Step::Split(one, other) => ready.extend([*one, *other]),
                    Step::Assert(assertion) if holds(*assertion, &text, at) => ready.push(step + 1),
                    Step::Class(ranges) if text.get(at).is_some_and(|c| contains(ranges, *c)) => next[step + 1] = true,
                    _ => {}
                }
            }
            now = next;
        }
        false
    }
}

fn contains(ranges: &Ranges, c: char) -> bool {
    ranges.iter().any(|(from, to)| (*from..=*to).contains(&c))
}

fn holds(assertion: Assertion, text: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    let after = text.get(at);
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
    match assertion {
        Assertion::TextStart => before.is_none(),
        Assertion::TextEnd => after.is_none(),
        Assertion::LineStart => before.is_none_or(|c| *c == '\n'),
        Assertion::LineEnd => after.is_none_or(|c| *c == '\n'),
        Assertion::WordBoundary => word(before) != word(after),
        Assertion::NoWordBoundary => word(before) == word(after),
    }
}

fn emit(node: &Node, steps: &mut Vec<Step>) -> Result<(), String> {
    if steps.len() > MAX_LENGTH {
        return Err("error parsing regexp: expression too large".to_owned());
    }
    match node {
        Node::Class(ranges) => steps.push(Step::Class(ranges.clone())),
        Node::Assert(assertion) => steps.push(Step::Assert(*assertion)),
        Node::Sequence(parts) => parts.iter().try_for_each(|part| emit(part, steps))?,
        Node::Either(parts) => {
            let mut ends = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                let split = steps.len();
                let last = at + 1 == parts.len();
                if !last {
                    steps.push(Step::Split(split + 1, 0));
                }
                emit(part, steps)?;
                if !last {
                    ends.push(steps.len());
                    steps.push(Step::Split(0, 0));
                    steps[split] = Step::Split(split + 1, steps.len());
                }
            }
            for end in ends {
                steps[end] = Step::Split(steps.len(), steps.len());
            }
        }
        Node::Repeat(part, least, most) => {
            for _ in 0..*least {
                emit(part, steps)?;
            }
            match most {
                Some(most) => {
                    let mut splits = Vec::new();
                    for _ in *least..*most {
                        splits.push(steps.len());
                        steps.push(Step::Split(steps.len() + 1, 0));
                        emit(part, steps)?;
                    }
                    for split in splits {
                        steps[split] = Step::Split(split + 1, steps.len());
                    }
                }
                None => {
                    let split = steps.len();
                    steps.push(Step::Split(split + 1, 0));
                    emit(part, steps)?;
                    steps.push(Step::Split(split, split));
                    steps[split] = Step::Split(split + 1, steps.len());
                }
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    dot_all: bool,
    lines: bool,
}

struct Parser {
    text: Vec<char>,
    at: usize,
    depth: usize,
    flags: Flags,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let fits = wanted.chars().enumerate().all(|(at, c)| self.text.get(self.at + at) == Some(&c));
        if fits {
            self.at += wanted.chars().count();
        }
        fits
    }

    fn fail<T>(&self, why: &str, from: usize) -> Result<T, String> {
        let piece: String = self.text[from..self.at.min(self.text.len())].iter().collect();
        Err(format!("error parsing regexp: {why}: `{piece}`"))
    }

    fn either(&mut self) -> Result<Node, String> {
        let mut parts = vec![self.sequence()?];
        while self.eat("|") {
            parts.push(self.sequence()?);
        }
        Ok(Node::Either(parts))
    }

    fn sequence(&mut self) -> Result<Node, String> {
        let mut parts = Vec::new();
        while !matches!(self.peek(), None | Some('|' | ')')) {
            if let Some(part) = self.atom()? {
                parts.push(self.repeated(part)?);
            }
        }
        Ok(Node::Sequence(parts))
    }

    fn repeated(&mut self, mut part: Node) -> Result<Node, String> {
        loop {
            let from = self.at;
            let (least, most) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => match self.counts() {
                    Some((least, most))
                        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || most < least) =>
                    {
                        return self.fail("invalid repeat count", from);
                    }
                    Some(counts) => counts,
                    None => return Ok(part),
                },
                _ => return Ok(part),
            };
            if self.text[from] != '{' {
                self.at += 1;
            }
            // Lazy or greedy: the same texts match.
            self.eat("?");
            part = Node::Repeat(Box::new(part), least, most);
        }
    }

    /// `{2}`, `{2,}`, `{2,5}`; anything else is a brace.
    fn counts(&mut self) -> Option<(usize, Option<usize>)> {
        let close = self.text[self.at..].iter().position(|c| *c == '}')? + self.at;
        let inner: String = self.text[self.at + 1..close].iter().collect();
        let number = |text: &str| text.parse::<usize>().ok().filter(|_| !text.starts_with('+'));
        let counts = match inner.split_once(',') {
            None => (number(&inner)?, Some(number(&inner)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        self.at = close + 1;
        Some(counts)
    }

    fn atom(&mut self) -> Result<Option<Node>, String> {
        let from = self.at;
        Ok(Some(match self.take() {
            None => return Ok(None),
            Some('(') => return self.group(from),
            Some('[') => Node::Class(self.class(from)?),
            Some('.') if self.flags.dot_all => Node::Class(vec![('\0', char::MAX)]),
            Some('.') => Node::Class(negate(&vec![('\n', '\n')])),
            Some('^') if self.flags.lines => Node::Assert(Assertion::LineStart),
            Some('^') => Node::Assert(Assertion::TextStart),
            Some('$') if self.flags.lines => Node::Assert(Assertion::LineEnd),
            Some('$') => Node::Assert(Assertion::TextEnd),
            Some('*' | '+' | '?') => return self.fail("missing argument to repetition operator", from),
            Some('\\') => match self.peek() {
                Some('b') => self.assert(Assertion::WordBoundary),
                Some('B') => self.assert(Assertion::NoWordBoundary),
                Some('A') => self.assert(Assertion::TextStart),
                Some('z') => self.assert(Assertion::TextEnd),
                Some('Q') => {
                    self.at += 1;
                    let mut parts = Vec::new();
                    while !self.eat("\\E") {
                        let Some(c) = self.take() else { break };
                        parts.push(Node::Class(self.folded(vec![(c, c)])));
                    }
                    Node::Sequence(parts)
                }
                _ => {
                    let ranges = self.escape(from)?;
                    Node::Class(self.folded(ranges))
                }
            },
            Some(c) => Node::Class(self.folded(vec![(c, c)])),
        }))
    }

    fn assert(&mut self, assertion: Assertion) -> Node {
        self.at += 1;
        Node::Assert(assertion)
    }

    fn group(&mut self, from: usize) -> Result<Option<Node>, String> {
        let outer = self.flags;
        if self.eat("?") {
            if self.eat("P<") || self.eat("<") {
                while self.take().is_some_and(|c| c != '>') {}
            } else {
                let mut on = true;
                loop {
                    match self.take() {
                        Some('-') => on = false,
                        Some('i') => self.flags.fold = on,
                        Some('s') => self.flags.dot_all = on,
                        Some('m') => self.flags.lines = on,
                        Some('U') => {}
                        Some(':') => break,
                        // The flags hold for what follows in the group around.
                        Some(')') => return Ok(None),
                        _ => return self.fail("invalid or unsupported Perl syntax", from),
                    }
                }
            }
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("error parsing regexp: expression nests too deeply".to_owned());
        }
        let inner = self.either()?;
        self.depth -= 1;
        if !self.eat(")") {
            let all: String = self.text.iter().collect();
            return Err(format!("error parsing regexp: missing closing ): `{all}`"));
        }
        self.flags = outer;
        Ok(Some(inner))
    }

    /// What stands behind a backslash.
    fn escape(&mut self, from: usize) -> Result<Ranges, String> {
        let Some(c) = self.take() else { return self.fail("trailing backslash at end of expression", from) };
        let one = |c: char| vec![(c, c)];
        Ok(match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                let ranges: Ranges = match c.to_ascii_lowercase() {
                    'd' => vec![('0', '9')],
                    's' => vec![('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')],
                    _ => vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
                };
                if c.is_ascii_uppercase() { negate(&ranges) } else { ranges }
            }
            'n' => one('\n'),
            't' => one('\t'),
            'r' => one('\r'),
            'f' => one('\u{c}'),
            'v' => one('\u{b}'),
            'a' => one('\u{7}'),
            'x' => {
                let digits: String = if self.eat("{") {
                    let close = self.text[self.at..].iter().position(|c| *c == '}').unwrap_or(0);
                    let digits = self.text[self.at..self.at + close].iter().collect();
                    self.at += close + 1;
                    digits
                } else {
                    let end = (self.at + 2).min(self.text.len());
                    let digits = self.text[self.at..end].iter().collect();
                    self.at = end;
                    digits
                };
                match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                    Some(c) => one(c),
                    None => return self.fail("invalid escape sequence", from),
                }
            }
            c if c.is_ascii_alphanumeric() => return self.fail("invalid escape sequence", from),
            c => one(c),
        })
    }

    fn class(&mut self, from: usize) -> Result<Ranges, String> {
        let negated = self.eat("^");
        let mut ranges = Ranges::new();
        let mut first = true;
        loop {
            let here = self.at;
            if self.eat("[:") {
                let inverse = self.eat("^");
                let Some((_, named)) = NAMED.iter().find(|(name, _)| self.eat(&format!("{name}:]"))) else {
                    return self.fail("invalid character class range", here);
                };
                let named = named.to_vec();
                ranges.extend(if inverse { negate(&named) } else { named });
                first = false;
                continue;
            }
            let low = match self.take() {
                None => {
                    self.at = self.text.len();
                    return self.fail("missing closing ]", from);
                }
                Some(']') if !first => break,
                Some('\\') => self.escape(here)?,
                Some(c) => vec![(c, c)],
            };
            first = false;
            let ranged = self.peek() == Some('-') && self.text.get(self.at + 1).is_some_and(|c| *c != ']');
            let [(low_char, low_end)] = low[..] else {
                ranges.extend(low);
                continue;
            };
            if !ranged || low_char != low_end {
                ranges.extend(low);
                continue;
            }
            self.at += 1;
            let high = match self.take() {
                Some('\\') => self.escape(here)?,
                Some(c) => vec![(c, c)],
                None => Ranges::new(),
            };
            match high[..] {
                [(high, end)] if high == end && low_char <= high => ranges.push((low_char, high)),
                _ => return self.fail("invalid character class range", here),
            }
        }
        let ranges = self.folded(ranges);
        Ok(if negated { negate(&ranges) } else { ranges })
    }

    /// With `(?i)`, letters of either case (of ASCII).
    fn folded(&self, mut ranges: Ranges) -> Ranges {
        if self.flags.fold {
            for (from, to) in ranges.clone() {
                for c in 'a'..='z' {
                    let upper = c.to_ascii_uppercase();
                    if (from..=to).contains(&c) {
                        ranges.push((upper, upper));
                    }
                    if (from..=to).contains(&upper) {
                        ranges.push((c, c));
                    }
                }
            }
        }
        ranges
    }
}

/// The classes that POSIX names.
const NAMED: [(&str, &[(char, char)]); 8] = [
    ("alnum", &[('0', '9'), ('A', 'Z'), ('a', 'z')]),
    ("alpha", &[('A', 'Z'), ('a', 'z')]),
    ("digit", &[('0', '9')]),
    ("lower", &[('a', 'z')]),
    ("upper", &[('A', 'Z')]),
    ("space", &[('\t', '\r'), (' ', ' ')]),
    ("punct", &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]),
    ("xdigit", &[('0', '9'), ('A', 'F'), ('a', 'f')]),
];

/// All characters that are not in the ranges.
fn negate(ranges: &Ranges) -> Ranges {
    let mut sorted = ranges.clone();
    crate::collections::Sort::arrange(&mut sorted[..]);
    let mut rest = Ranges::new();
    let mut from = Some('\0');
    for (low, high) in sorted {
        if let Some(start) = from {
            if start < low {
                // The character before; there is one, since `low` is greater than another.
                let before = (start..low).next_back().unwrap_or(start);
                rest.push((start, before));
            }
            from = (high..=char::MAX).nth(1).map(|next| next.max(start));
        }
    }
    if let Some(start) = from {
        rest.push((start, char::MAX));
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches() {
        for (pattern, text, wanted) in [
            (r"^(\S+ ){4}\S+$", "* * * * 5", true),
            (r"^(\S+ ){4}\S+$", "x", false),
            (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-b", true),
            (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "a-", false),
            ("b+", "abbc", true),
            ("^(a|bc|)$", "bc", true),
            ("^(a|bc|)$", "", true),
            ("^(a|bc)$", "b", false),
            (r"^\d{2,3}$", "1234", false),
            (r"^\d{2,}$", "1234", true),
            (r"^[^/]+/[^/]+$", "a/b", true),
            (r"^[^/]+/[^/]+$", "a/b/c", false),
            ("(?i)^YES$", "yes", true),
            ("^[[:alpha:]_]+$", "a_B", true),
            (r"^x{a}\.$", "x{a}.", true),
            (r"\bcat\b", "a cat.", true),
            (r"^(?:a*)*$", "aaaaaaaaaaaaaaaaaaaaaaaab", false),
        ] {
            assert_eq!(Regex::new(pattern).map(|regex| regex.is_match(text)), Ok(wanted), "{pattern} {text}");
        }
        for pattern in ["a(", "a)", "[a", "*", r"\8", "(?<!a)", "a{5000}"] {
            assert!(Regex::new(pattern).is_err(), "{pattern}");
        }
    }
}
