//! The parser of `sed` scripts.

use crate::shell::regex::Regex;

type Result<T> = std::result::Result<T, String>;

#[derive(Debug)]
pub(super) enum Address {
    Line(usize),
    Last,
    Step(usize, usize),
    Match(Option<Regex>),
    /// `addr,+n`
    Plus(usize),
}

#[derive(Debug, Default)]
pub(super) struct Place {
    pub(super) first: Option<Address>,
    pub(super) second: Option<Address>,
    pub(super) inverted: bool,
}

#[derive(Debug)]
pub(super) struct Substitution {
    pub(super) regex: Option<Regex>,
    pub(super) with: String,
    pub(super) all: bool,
    pub(super) print: bool,
    pub(super) number: usize,
    pub(super) file: Option<String>,
}

#[derive(Debug)]
pub(super) enum Action {
    Substitute(Substitution),
    Text(char, String),
    Translate(Vec<char>, Vec<char>),
    /// `b`, `t`, `T` and where to.
    Branch(char, Option<usize>),
    Open(usize),
    Status(char, i32),
    File(char, String),
    Plain(char),
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) action: Action,
}

pub(super) struct Script {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    pub(super) extended: bool,
    pub(super) steps: Vec<Step>,
    pub(super) labels: Vec<(String, usize)>,
    pub(super) jumps: Vec<(usize, String)>,
    pub(super) blocks: Vec<usize>,
}

impl Script {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect::<String>().parse().ok()
    }

    fn regex(&self, source: &str, fold: bool) -> Result<Option<Regex>> {
        if source.is_empty() { Ok(None) } else { Regex::new(source, self.extended, fold).map(Some) }
    }

    /// Text up to the delimiter, which is read too.
    fn until(&mut self, delimiter: char, keep: bool) -> Option<String> {
        let mut out = String::new();
        let mut in_set = false;
        loop {
            match self.bump()? {
                '\\' => match self.bump()? {
                    c if c == delimiter && !keep => out.push(c),
                    '\n' if keep => out.push_str("\\\n"),
                    c => {
                        out.push('\\');
                        out.push(c);
                    }
                },
                '[' if !keep && !in_set => {
                    in_set = true;
                    out.push('[');
                    // A `]` right at the start belongs to the set.
                    if self.peek() == Some('^') {
                        out.extend(self.bump());
                    }
                    if self.peek() == Some(']') {
                        out.extend(self.bump());
                    }
                }
                ']' if in_set => {
                    in_set = false;
                    out.push(']');
                }
                c if c == delimiter && !in_set => return Some(out),
                '\n' if !keep && delimiter != '\n' && !in_set => return None,
                c => out.push(c),
            }
        }
    }

    fn address(&mut self) -> Result<Option<Address>> {
        Ok(match self.peek() {
            Some('$') => {
                self.at += 1;
                Some(Address::Last)
            }
            Some('+') => {
                self.at += 1;
                Some(Address::Plus(self.number().ok_or("expected number")?))
            }
            Some('/' | '\\') => {
                let mut delimiter = self.bump().unwrap_or('/');
                if delimiter == '\\' {
                    delimiter = self.bump().ok_or("unterminated address regex")?;
                }
                let source = self.until(delimiter, false).ok_or("unterminated address regex")?;
                let fold = self.peek() == Some('I');
                self.at += usize::from(fold);
                Some(Address::Match(self.regex(&source, fold)?))
            }
            Some(c) if c.is_ascii_digit() => {
                let first = self.number().unwrap_or(0);
                if self.peek() == Some('~') {
                    self.at += 1;
                    return Ok(Some(Address::Step(first, self.number().unwrap_or(0))));
                }
                Some(Address::Line(first))
            }
            _ => None,
        })
    }

    pub(super) fn parse(&mut self) -> Result<()> {
        loop {
            while self.peek().is_some_and(|c| c.is_whitespace() || c == ';') {
                self.at += 1;
            }
            let Some(c) = self.peek() else { break };
            if c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                continue;
            }
            self.step()?;
        }
        if !self.blocks.is_empty() {
            return Err("unmatched `{'".to_owned());
        }
        for (step, label) in std::mem::take(&mut self.jumps) {
            let target = self.labels.iter().find(|(name, _)| *name == label).map(|(_, to)| *to);
            let target = target.ok_or_else(|| format!("can't find label for jump to `{label}'"))?;
            if let Action::Branch(_, to) = &mut self.steps[step].action {
                *to = Some(target);
            }
        }
        Ok(())
    }

    fn word(&mut self) -> String {
        self.blanks();
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|&c| c != '\n' && c != ';' && c != '}') {
            out.push(c);
            self.at += 1;
        }
        out.trim_end().to_owned()
    }

    fn line(&mut self) -> String {
        self.blanks();
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|&c| c != '\n') {
            out.push(c);
            self.at += 1;
        }
        out
    }

    fn step(&mut self) -> Result<()> {
        let mut place = Place { first: self.address()?, ..Place::default() };
        self.blanks();
        if place.first.is_some() && self.peek() == Some(',') {
            self.at += 1;
            self.blanks();
            place.second = Some(self.address()?.ok_or("unexpected `,'")?);
            self.blanks();
        }
        while self.peek() == Some('!') {
            self.at += 1;
            place.inverted = true;
            self.blanks();
        }
        let c = self.bump().ok_or("missing command")?;
        let action = match c {
            '{' => {
                self.blocks.push(self.steps.len());
                Action::Open(0)
            }
            '}' => {
                let open = self.blocks.pop().ok_or("unexpected `}'")?;
                let here = self.steps.len();
                self.steps[open].action = Action::Open(here);
                return Ok(());
            }
            's' => Action::Substitute(self.substitution()?),
            'y' => {
                let delimiter = self.bump().ok_or("unterminated `y' command")?;
                let from = self.until(delimiter, false).ok_or("unterminated `y' command")?;
                let to = self.until(delimiter, false).ok_or("unterminated `y' command")?;
                let list = |text: &str| text.replace("\\n", "\n").replace("\\\\", "\\").chars().collect::<Vec<_>>();
                let (from, to) = (list(&from), list(&to));
                if from.len() != to.len() {
                    return Err("strings for `y' command are different lengths".to_owned());
                }
                Action::Translate(from, to)
            }
            'a' | 'i' | 'c' => {
                self.blanks();
                if self.peek() == Some('\\') {
                    self.at += 1;
                    // What stands in the same line keeps its blanks.
                    let text = self.at;
                    self.blanks();
                    match self.peek() {
                        Some('\n') => self.at += 1,
                        _ => self.at = text,
                    }
                }
                let mut out = String::new();
                while let Some(c) = self.bump() {
                    match c {
                        '\\' => out.extend(self.bump().map(|c| match c {
                            'n' => '\n',
                            't' => '\t',
                            c => c,
                        })),
                        '\n' => break,
                        c => out.push(c),
                    }
                }
                if out.is_empty() {
                    return Err("expected \\ after `a', `c' or `i'".to_owned());
                }
                Action::Text(c, out)
            }
            ':' => {
                let label = self.line().trim().to_owned();
                self.labels.push((label, self.steps.len()));
                return Ok(());
            }
            'b' | 't' | 'T' => {
                let label = self.word();
                if !label.is_empty() {
                    self.jumps.push((self.steps.len(), label));
                }
                Action::Branch(c, None)
            }
            'q' | 'Q' => {
                self.blanks();
                Action::Status(c, self.number().unwrap_or(0) as i32)
            }
            'w' | 'r' => Action::File(c, self.line()),
            'p' | 'd' | 'D' | 'P' | '=' | 'n' | 'N' | 'h' | 'H' | 'g' | 'G' | 'x' | 'l' | 'z' => Action::Plain(c),
            c => return Err(format!("unknown command: `{c}'")),
        };
        self.steps.push(Step { place, action });
        self.blanks();
        match self.peek() {
            None | Some('\n' | ';' | '}' | '#') => Ok(()),
            _ if matches!(c, '{' | 'a' | 'i' | 'c') => Ok(()),
            _ => Err("extra characters after command".to_owned()),
        }
    }

    fn substitution(&mut self) -> Result<Substitution> {
        const UNTERMINATED: &str = "unterminated `s' command";
        let delimiter = self.bump().ok_or(UNTERMINATED)?;
        let source = self.until(delimiter, false).ok_or(UNTERMINATED)?;
        let with = self.until(delimiter, true).ok_or(UNTERMINATED)?;
        let mut made = Substitution { regex: None, with, all: false, print: false, number: 1, file: None };
        let mut fold = false;
        loop {
            match self.peek() {
                Some('g') => made.all = true,
                Some('p') => made.print = true,
                Some('i' | 'I') => fold = true,
                Some('m' | 'M') => {}
                Some('w') => {
                    self.at += 1;
                    made.file = Some(self.line());
                    break;
                }
                Some(c) if c.is_ascii_digit() => {
                    made.number = self.number().unwrap_or(1);
                    if made.number == 0 {
                        return Err("number option to `s' command may not be zero".to_owned());
                    }
                    continue;
                }
                None | Some('\n' | ';' | '}' | '#' | ' ' | '\t') => break,
                Some(_) => return Err("unknown option to `s'".to_owned()),
            }
            self.at += 1;
        }
        made.regex = self.regex(&source, fold)?;
        if let Some(regex) = &made.regex {
            let mut chars = made.with.chars();
            while let Some(c) = chars.next() {
                if c == '\\'
                    && let Some(group) = chars.next().and_then(|c| c.to_digit(10))
                    && group as usize > regex.groups()
                {
                    return Err(format!("invalid reference \\{group} on `s' command's RHS"));
                }
            }
        }
        Ok(made)
    }
}
