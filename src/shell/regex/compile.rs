//! From the text of an expression to the steps of its matching.

use super::{Code, Compiler, DEPTH_MAX, Inst, PROGRAM_MAX, REPEAT_MAX, SetItem, shifted};

impl Compiler {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Whether an operator stands here: `c` in an extended, `\c` in a basic expression.
    fn at_operator(&self, c: char) -> bool {
        if self.extended {
            self.peek() == Some(c)
        } else {
            self.peek() == Some('\\') && self.chars.get(self.at + 1) == Some(&c)
        }
    }

    fn skip_operator(&mut self) {
        self.at += if self.extended { 1 } else { 2 };
    }

    pub(super) fn alternation(&mut self) -> Result<Code, String> {
        let mut code = self.sequence()?;
        while self.at_operator('|') {
            self.skip_operator();
            self.choices = true;
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
        let start = self.at;
        while let Some(c) = self.peek() {
            if self.at_operator('|') || self.at_operator(')') && (self.depth > 0 || !self.extended) {
                break;
            }
            let first = self.at == start;
            let mut atom = self.atom(c, first)?;
            let repeatable = self.extended || !matches!(atom.as_slice(), [Inst::Start]);
            if repeatable {
                while let Some((least, most)) = self.repeat()? {
                    atom = self.repeated(&atom, least, most)?;
                }
            }
            let by = code.len();
            code.extend(shifted(&atom, by));
            if code.len() > PROGRAM_MAX {
                return Err("Regular expression too big".to_owned());
            }
        }
        Ok(code)
    }

    /// `*`, `+`, `?`, `{n,m}` if one stands here.
    fn repeat(&mut self) -> Result<Option<(usize, Option<usize>)>, String> {
        if self.peek() == Some('*') {
            self.at += 1;
            return Ok(Some((0, None)));
        }
        for (c, least, most) in [('+', 1, None), ('?', 0, Some(1))] {
            if self.at_operator(c) {
                self.skip_operator();
                return Ok(Some((least, most)));
            }
        }
        if !self.at_operator('{') {
            return Ok(None);
        }
        let back = self.at;
        self.skip_operator();
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|&c| c.is_ascii_digit() || c == ',') {
            text.push(c);
            self.at += 1;
        }
        if !self.at_operator('}') {
            if self.extended {
                // `{` that begins no interval stands for itself.
                self.at = back;
                return Ok(None);
            }
            return Err("Unmatched \\{".to_owned());
        }
        self.skip_operator();
        let number = |text: &str| text.parse::<usize>().map_err(|_| "Invalid content of \\{\\}".to_owned());
        let (least, most) = match text.split_once(',') {
            None => {
                let n = number(&text)?;
                (n, Some(n))
            }
            Some((least, "")) => (if least.is_empty() { 0 } else { number(least)? }, None),
            Some((least, most)) => (if least.is_empty() { 0 } else { number(least)? }, Some(number(most)?)),
        };
        if most.is_some_and(|most| most < least) {
            return Err("Invalid content of \\{\\}".to_owned());
        }
        if least.max(most.unwrap_or(0)) > REPEAT_MAX {
            return Err("Regular expression too big".to_owned());
        }
        Ok(Some((least, most)))
    }

    fn repeated(&mut self, atom: &Code, least: usize, most: Option<usize>) -> Result<Code, String> {
        if (atom.len() + 4) * least.max(most.unwrap_or(1)).max(1) > PROGRAM_MAX {
            return Err("Regular expression too big".to_owned());
        }
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
                code.push(Inst::Split(top + 1, top + atom.len() + 4));
                code.push(Inst::Mark(mark));
                code.extend(shifted(atom, top + 2));
                code.push(Inst::Check(mark));
                code.push(Inst::Jump(top));
            }
            Some(most) => {
                let end = code.len() + (most - least) * (atom.len() + 1);
                for _ in least..most {
                    let top = code.len();
                    code.push(Inst::Split(top + 1, end));
                    code.extend(shifted(atom, top + 1));
                }
            }
        }
        Ok(code)
    }

    fn atom(&mut self, c: char, first: bool) -> Result<Code, String> {
        if self.at_operator('(') {
            self.skip_operator();
            if self.depth >= DEPTH_MAX {
                return Err("Regular expression too big".to_owned());
            }
            self.groups += 1;
            let group = self.groups;
            self.depth += 1;
            let inner = self.alternation()?;
            self.depth -= 1;
            if !self.at_operator(')') {
                return Err("Unmatched ( or \\(".to_owned());
            }
            self.skip_operator();
            self.closed.push(group);
            let mut code = vec![Inst::Save(group * 2)];
            code.extend(shifted(&inner, 1));
            code.push(Inst::Save(group * 2 + 1));
            return Ok(code);
        }
        self.at += 1;
        let inst = match c {
            '.' => Inst::Any,
            '[' => self.set()?,
            '^' if self.extended || first => Inst::Start,
            '$' if self.extended || self.peek().is_none() || self.at_operator(')') || self.at_operator('|') => {
                Inst::End
            }
            '*' if first => Inst::Char('*'),
            '+' | '?' if self.extended && first => return Err("Invalid preceding regular expression".to_owned()),
            '\\' => return self.escaped().map(|inst| vec![inst]),
            c => Inst::Char(c),
        };
        Ok(vec![inst])
    }

    fn escaped(&mut self) -> Result<Inst, String> {
        let Some(c) = self.peek() else { return Err("Trailing backslash".to_owned()) };
        self.at += 1;
        let class = |name: &str, negated: bool| Inst::Set { negated, items: vec![SetItem::Named(name.to_owned())] };
        Ok(match c {
            'w' => class("word", false),
            'W' => class("word", true),
            's' => class("space", false),
            'S' => class("space", true),
            'b' => Inst::Boundary { inverted: false },
            'B' => Inst::Boundary { inverted: true },
            '<' => Inst::WordStart,
            '>' => Inst::WordEnd,
            '`' => Inst::Start,
            '\'' => Inst::End,
            'n' => Inst::Char('\n'),
            't' => Inst::Char('\t'),
            '1'..='9' => {
                let group = c as usize - '0' as usize;
                if !self.closed.contains(&group) {
                    return Err("Invalid back reference".to_owned());
                }
                Inst::Back(group)
            }
            '{' if !self.extended => return Err("Invalid preceding regular expression".to_owned()),
            c => Inst::Char(c),
        })
    }

    /// The inside of `[…]`, whose opening was read.
    fn set(&mut self) -> Result<Inst, String> {
        const UNMATCHED: &str = "Unmatched [, [^, [:, [., or [=";
        let negated = self.peek() == Some('^');
        if negated {
            self.at += 1;
        }
        let mut items = Vec::new();
        let start = self.at;
        loop {
            let Some(c) = self.peek() else { return Err(UNMATCHED.to_owned()) };
            self.at += 1;
            if c == ']' && self.at > start + 1 {
                return Ok(Inst::Set { negated, items });
            }
            if c == '[' && self.peek() == Some(':') {
                let rest = &self.chars[self.at + 1..];
                let Some(end) = rest.windows(2).position(|pair| pair == [':', ']']) else {
                    return Err(UNMATCHED.to_owned());
                };
                let name: String = rest[..end].iter().collect();
                let known = [
                    "alpha", "digit", "alnum", "upper", "lower", "space", "blank", "punct", "cntrl", "xdigit", "print",
                    "graph",
                ];
                if !known.contains(&name.as_str()) {
                    return Err("Invalid character class name".to_owned());
                }
                items.push(SetItem::Named(name));
                self.at += end + 3;
                continue;
            }
            if c == '['
                && matches!(self.peek(), Some('.' | '='))
                && self.chars.get(self.at + 2) == self.chars.get(self.at)
            {
                let one = self.chars[self.at + 1];
                items.push(SetItem::Range(one, one));
                self.at += 4;
                continue;
            }
            // GNU's tools know some escapes in a set; sed and awk users count on \n.
            if c == '\\'
                && matches!(self.peek(), Some('n' | 't' | 'w' | 's' | 'd' | ']' | '\\'))
                && self.peek() != Some(']')
            {
                let next = self.peek().unwrap_or('\\');
                match next {
                    'n' => items.push(SetItem::Range('\n', '\n')),
                    't' => items.push(SetItem::Range('\t', '\t')),
                    '\\' => items.push(SetItem::Range('\\', '\\')),
                    _ => {
                        items.push(SetItem::Range('\\', '\\'));
                        continue;
                    }
                }
                self.at += 1;
                continue;
            }
            match (self.peek(), self.chars.get(self.at + 1)) {
                (Some('-'), Some(&high)) if high != ']' => {
                    if high < c {
                        return Err("Invalid range end".to_owned());
                    }
                    items.push(SetItem::Range(c, high));
                    self.at += 2;
                }
                _ => items.push(SetItem::Range(c, c)),
            }
        }
    }
}
