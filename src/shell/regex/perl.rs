//! Expressions as Perl and Oniguruma write them: lazy repetition, groups with names or without numbers, looking
//! ahead and behind, `\d`. For jq, and for `grep -P`.
//!
//! Diverges: `(?i)` holds for the whole expression wherever it stands; atomic groups, possessive repetition and
//! classes of Unicode by name are refused.

use super::{Code, DEPTH_MAX, Inst, PROGRAM_MAX, Regex, SetItem, shifted};

/// What an expression is read with.
#[derive(Clone, Copy, Default)]
pub struct Flags {
    /// Letters match whatever their case.
    pub fold: bool,
    /// White space and comments mean nothing.
    pub spaced: bool,
    /// A dot is a newline too.
    pub dot_all: bool,
    /// The longest of several matches counts.
    pub longest: bool,
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    depth: u32,
    marks: usize,
    flags: Flags,
    /// The names of the groups, the whole being the first.
    names: Vec<Option<String>>,
}

impl Regex {
    /// Compiles an expression, and tells the names of its groups from the first on.
    pub fn perl(source: &str, flags: Flags) -> Result<(Regex, Vec<Option<String>>), String> {
        let mut reader =
            Reader { chars: source.chars().collect(), at: 0, depth: 0, marks: 0, flags, names: vec![None] };
        let mut program = reader.either()?;
        if reader.at < reader.chars.len() {
            return Err("unmatched close parenthesis".to_owned());
        }
        program.push(Inst::Match);
        let anchored = matches!(program.first(), Some(Inst::Start));
        let regex = Regex {
            program,
            groups: reader.names.len(),
            marks: reader.marks,
            fold: reader.flags.fold,
            choices: flags.longest,
            anchored,
        };
        reader.names.remove(0);
        Ok((regex, reader.names))
    }
}

fn set(negated: bool, items: Vec<SetItem>) -> Inst {
    Inst::Set { negated, items }
}

/// What `\d` and its like are.
fn class(c: char) -> Option<(bool, SetItem)> {
    let item = match c.to_ascii_lowercase() {
        'd' => SetItem::Range('0', '9'),
        'w' => SetItem::Named("word".to_owned()),
        's' => SetItem::Named("space".to_owned()),
        'h' => SetItem::Named("xdigit".to_owned()),
        _ => return None,
    };
    Some((c.is_ascii_uppercase(), item))
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        let fits = text.chars().enumerate().all(|(at, c)| self.chars.get(self.at + at) == Some(&c));
        self.at += if fits { text.chars().count() } else { 0 };
        fits
    }

    fn either(&mut self) -> Result<Code, String> {
        let mut code = self.sequence()?;
        while self.eat("|") {
            let right = self.sequence()?;
            let mut both = vec![Inst::Split(1, code.len() + 2)];
            both.extend(shifted(&code, 1));
            both.push(Inst::Jump(code.len() + 2 + right.len()));
            both.extend(shifted(&right, code.len() + 2));
            code = both;
        }
        Ok(code)
    }

    fn sequence(&mut self) -> Result<Code, String> {
        let mut code = Code::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            if self.flags.spaced && c.is_whitespace() {
                self.at += 1;
                continue;
            }
            if self.flags.spaced && c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                continue;
            }
            let mut atom = self.atom(c)?;
            while let Some((least, most)) = self.counts()? {
                let lazy = self.eat("?");
                if self.eat("+") {
                    return Err("possessive repetition is not simulated here".to_owned());
                }
                atom = self.repeated(&atom, least, most, lazy)?;
            }
            let by = code.len();
            code.extend(shifted(&atom, by));
            if code.len() > PROGRAM_MAX {
                return Err("too big regular expression".to_owned());
            }
        }
        Ok(code)
    }

    /// `*`, `+`, `?`, `{n,m}` if one stands here.
    fn counts(&mut self) -> Result<Option<(usize, Option<usize>)>, String> {
        for (sign, least, most) in [("*", 0, None), ("+", 1, None), ("?", 0, Some(1))] {
            if self.eat(sign) {
                return Ok(Some((least, most)));
            }
        }
        if self.peek() != Some('{') {
            return Ok(None);
        }
        let Some(length) = self.chars[self.at..].iter().position(|c| *c == '}') else { return Ok(None) };
        let inner: String = self.chars[self.at + 1..self.at + length].iter().collect();
        let number = |text: &str| text.parse::<usize>().ok();
        let counts = match inner.split_once(',') {
            None => number(&inner).map(|count| (count, Some(count))),
            Some(("", most)) => number(most).map(|most| (0, Some(most))),
            Some((least, "")) => number(least).map(|least| (least, None)),
            Some((least, most)) => number(least).zip(number(most)).map(|(least, most)| (least, Some(most))),
        };
        let Some((least, most)) = counts else { return Ok(None) };
        if least > 10_000 || most.is_some_and(|most| most > 10_000 || most < least) {
            return Err("too big number for repeat range".to_owned());
        }
        self.at += length + 1;
        Ok(Some((least, most)))
    }

    fn repeated(&mut self, atom: &Code, least: usize, most: Option<usize>, lazy: bool) -> Result<Code, String> {
        if (atom.len() + 4) * least.max(most.unwrap_or(1)).max(1) > PROGRAM_MAX {
            return Err("too big regular expression".to_owned());
        }
        let split = |inside: usize, outside: usize| {
            if lazy { Inst::Split(outside, inside) } else { Inst::Split(inside, outside) }
        };
        let mut code = Code::new();
        for _ in 0..least {
            let by = code.len();
            code.extend(shifted(atom, by));
        }
        match most {
            None => {
                let mark = self.marks;
                self.marks += 1;
                let top = code.len();
                code.push(split(top + 1, top + atom.len() + 4));
                code.push(Inst::Mark(mark));
                code.extend(shifted(atom, top + 2));
                code.push(Inst::Check(mark));
                code.push(Inst::Jump(top));
            }
            Some(most) => {
                let end = code.len() + (most - least) * (atom.len() + 1);
                for _ in least..most {
                    let top = code.len();
                    code.push(split(top + 1, end));
                    code.extend(shifted(atom, top + 1));
                }
            }
        }
        Ok(code)
    }

    fn atom(&mut self, c: char) -> Result<Code, String> {
        self.at += 1;
        let inst = match c {
            '(' => return self.group(),
            '[' => self.set()?,
            '.' if self.flags.dot_all => Inst::Any,
            '.' => set(true, vec![SetItem::Range('\n', '\n')]),
            '^' => Inst::Start,
            '$' => Inst::End,
            '*' | '+' | '?' => return Err("target of repeat operator is not specified".to_owned()),
            '\\' => return self.escaped(),
            c => Inst::Char(c),
        };
        Ok(vec![inst])
    }

    fn group(&mut self) -> Result<Code, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err("too deep nest level".to_owned());
        }
        let mut number = None;
        let mut look = None;
        if self.eat("?") {
            if self.eat("=") {
                look = Some((false, false));
            } else if self.eat("!") {
                look = Some((true, false));
            } else if self.eat("<=") {
                look = Some((false, true));
            } else if self.eat("<!") {
                look = Some((true, true));
            } else if self.eat("P<") || self.eat("<") {
                let length = self.chars[self.at..].iter().position(|c| *c == '>');
                let Some(length) = length.filter(|length| *length > 0) else {
                    return Err("group name is empty".to_owned());
                };
                let name: String = self.chars[self.at..self.at + length].iter().collect();
                self.at += length + 1;
                number = Some(self.names.len());
                self.names.push(Some(name));
            } else {
                let mut on = true;
                loop {
                    let c = self.peek();
                    self.at += 1;
                    match c {
                        Some('-') => on = false,
                        Some('i') => self.flags.fold = on,
                        Some('x') => self.flags.spaced = on,
                        Some('m' | 's') => self.flags.dot_all = on,
                        Some(':') => break,
                        Some(')') => {
                            self.depth -= 1;
                            return Ok(Code::new());
                        }
                        _ => return Err("undefined group option".to_owned()),
                    }
                }
            }
        } else {
            number = Some(self.names.len());
            self.names.push(None);
        }
        let inner = self.either()?;
        if !self.eat(")") {
            return Err("end pattern with unmatched parenthesis".to_owned());
        }
        self.depth -= 1;
        let mut code = Code::new();
        match (number, look) {
            (Some(number), _) => {
                code.push(Inst::Save(number * 2));
                code.extend(shifted(&inner, 1));
                code.push(Inst::Save(number * 2 + 1));
            }
            (None, Some((negated, behind))) => {
                let mut program = inner;
                program.extend(behind.then_some(Inst::End));
                program.push(Inst::Match);
                let inner = Regex {
                    program,
                    groups: self.names.len(),
                    marks: self.marks,
                    fold: self.flags.fold,
                    choices: false,
                    anchored: false,
                };
                code.push(Inst::Look { inner: Box::new(inner), negated, behind });
            }
            (None, None) => code = inner,
        }
        Ok(code)
    }

    /// A character behind a backslash, in or out of a set.
    fn character(&mut self, c: char) -> Result<char, String> {
        Ok(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'f' => '\u{c}',
            'v' => '\u{b}',
            'a' => '\u{7}',
            'e' => '\u{1b}',
            'x' | 'u' => {
                let braced = self.eat("{");
                let most = if braced {
                    8
                } else if c == 'x' {
                    2
                } else {
                    4
                };
                let rest = &self.chars[self.at.min(self.chars.len())..];
                let digits: String = rest.iter().take(most).take_while(|c| c.is_ascii_hexdigit()).collect();
                self.at += digits.len();
                if braced && !self.eat("}") {
                    return Err("invalid code point value".to_owned());
                }
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                code.ok_or_else(|| "invalid code point value".to_owned())?
            }
            'p' | 'P' => return Err("invalid character property name".to_owned()),
            c => c,
        })
    }

    fn escaped(&mut self) -> Result<Code, String> {
        let Some(c) = self.peek() else { return Err("end pattern at escape".to_owned()) };
        self.at += 1;
        if let Some((negated, item)) = class(c) {
            return Ok(vec![set(negated, vec![item])]);
        }
        Ok(vec![match c {
            'b' => Inst::Boundary { inverted: false },
            'B' => Inst::Boundary { inverted: true },
            'A' => Inst::Start,
            'z' | 'Z' => Inst::End,
            'K' => Inst::Save(0),
            '1'..='9' => {
                let group = c as usize - '0' as usize;
                if group >= self.names.len() {
                    return Err("invalid backref number/name".to_owned());
                }
                Inst::Back(group)
            }
            c => Inst::Char(self.character(c)?),
        }])
    }

    fn set(&mut self) -> Result<Inst, String> {
        let negated = self.eat("^");
        let mut items = Vec::new();
        let start = self.at;
        loop {
            let Some(c) = self.peek() else { return Err("premature end of char-class".to_owned()) };
            self.at += 1;
            if c == ']' && self.at > start + 1 {
                return Ok(set(negated, items));
            }
            if c == '[' && self.eat(":") {
                let name: String = self.chars[self.at..].iter().take_while(|c| c.is_ascii_alphabetic()).collect();
                self.at += name.len();
                if !self.eat(":]") {
                    return Err("premature end of char-class".to_owned());
                }
                items.push(SetItem::Named(name));
                continue;
            }
            let mut low = c;
            if c == '\\' {
                let Some(c) = self.peek() else { return Err("end pattern at escape".to_owned()) };
                self.at += 1;
                match class(c) {
                    Some((false, item)) => {
                        items.push(item);
                        continue;
                    }
                    Some((true, _)) => return Err(format!("\\{c} in a class is not simulated here")),
                    None if c == 'b' => low = '\u{8}',
                    None => low = self.character(c)?,
                }
            }
            let ranged = self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']');
            if !ranged {
                items.push(SetItem::Range(low, low));
                continue;
            }
            self.at += 1;
            let Some(mut high) = self.peek() else { return Err("premature end of char-class".to_owned()) };
            self.at += 1;
            if high == '\\' {
                let Some(c) = self.peek() else { return Err("end pattern at escape".to_owned()) };
                self.at += 1;
                high = self.character(c)?;
            }
            if high < low {
                return Err("empty range in char class".to_owned());
            }
            items.push(SetItem::Range(low, high));
        }
    }
}
