//! Arithmetic: `$((…))`, `((…))`, `let`, array indices.
//!
//! 64-bit with wrap-around, C's operators and bash's `**`. An expression is evaluated while it
//! is read; what a short circuit skips is read without effects.

use super::Shell;
use super::word::is_identifier;

/// Reads and evaluates one expression.
struct Arith<'a> {
    shell: &'a mut Shell,
    text: Vec<char>,
    at: usize,
    /// Above zero: read, but have no effect.
    skipping: u32,
    depth: u32,
}

/// A variable that can be assigned to.
#[derive(Clone)]
struct Place {
    name: String,
    index: Option<String>,
}

type Result<T> = std::result::Result<T, String>;

/// How deep expressions, and variables that hold expressions, are followed.
const DEPTH_MAX: u32 = 60;

/// Binary operators with their strength, longest first.
const OPERATORS: &[(&str, u8)] = &[
    ("**", 12),
    ("<<", 9),
    (">>", 9),
    ("<=", 8),
    (">=", 8),
    ("==", 7),
    ("!=", 7),
    ("&&", 3),
    ("||", 2),
    ("*", 11),
    ("/", 11),
    ("%", 11),
    ("+", 10),
    ("-", 10),
    ("<", 8),
    (">", 8),
    ("&", 6),
    ("^", 5),
    ("|", 4),
];

const ASSIGNMENTS: &[&str] = &["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|="];

/// The value of an expression whose `$` expansions are done.
pub fn evaluate(shell: &mut Shell, text: &str) -> Result<i64> {
    evaluate_at(shell, text, 0)
}

fn evaluate_at(shell: &mut Shell, text: &str, depth: u32) -> Result<i64> {
    if depth > DEPTH_MAX / 2 {
        return Err(format!("{text}: expression recursion level exceeded (error token is \"{text}\")"));
    }
    let mut arith = Arith { shell, text: text.chars().collect(), at: 0, skipping: 0, depth };
    arith.blanks();
    if arith.at == arith.text.len() {
        return Ok(0);
    }
    let value = arith.comma()?;
    arith.blanks();
    if arith.at < arith.text.len() {
        let token = arith.rest();
        let problem = if token.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            "syntax error in expression"
        } else {
            "syntax error: invalid arithmetic operator"
        };
        return Err(arith.error(problem));
    }
    Ok(value)
}

impl Arith<'_> {
    fn rest(&self) -> String {
        self.text[self.at.min(self.text.len())..].iter().collect()
    }

    fn error(&self, problem: &str) -> String {
        let text: String = self.text.iter().collect();
        format!("{}: {problem} (error token is \"{}\")", text.trim_start(), self.rest())
    }

    fn blanks(&mut self) {
        while self.text.get(self.at).is_some_and(|c| c.is_whitespace()) {
            self.at += 1;
        }
    }

    fn looking_at(&self, token: &str) -> bool {
        token.chars().enumerate().all(|(ahead, c)| self.text.get(self.at + ahead) == Some(&c))
    }

    fn eat(&mut self, token: &str) -> bool {
        self.blanks();
        let there = self.looking_at(token);
        if there {
            self.at += token.len();
        }
        there
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth > DEPTH_MAX {
            return Err(self.error("expression recursion level exceeded"));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn comma(&mut self) -> Result<i64> {
        let mut value = self.assignment()?;
        while self.eat(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    fn assignment(&mut self) -> Result<i64> {
        self.deeper(|arith| {
            arith.blanks();
            let start = arith.at;
            if let Some(place) = arith.place()? {
                arith.blanks();
                if arith.looking_at("=") && !arith.looking_at("==") {
                    arith.at += 1;
                    let value = arith.assignment()?;
                    return arith.store(&place, value);
                }
                if let Some(operator) = ASSIGNMENTS.iter().find(|operator| arith.looking_at(operator)) {
                    arith.at += operator.len();
                    let old = arith.load(&place)?;
                    let right = arith.assignment()?;
                    let value = arith.apply(&operator[..operator.len() - 1], old, right)?;
                    return arith.store(&place, value);
                }
            }
            arith.at = start;
            arith.conditional()
        })
    }

    fn conditional(&mut self) -> Result<i64> {
        let test = self.binary(2)?;
        if !self.eat("?") {
            return Ok(test);
        }
        self.skipping += u32::from(test == 0);
        let yes = self.assignment();
        self.skipping -= u32::from(test == 0);
        let yes = yes?;
        if !self.eat(":") {
            return Err(self.error("`:' expected for conditional expression"));
        }
        self.skipping += u32::from(test != 0);
        let no = self.assignment();
        self.skipping -= u32::from(test != 0);
        let no = no?;
        Ok(if test != 0 { yes } else { no })
    }

    fn operator(&mut self) -> Option<(&'static str, u8)> {
        self.blanks();
        let &(operator, strength) = OPERATORS.iter().find(|(operator, _)| self.looking_at(operator))?;
        let after = self.text.get(self.at + operator.len());
        let assigns = after == Some(&'=') && !matches!(operator, "<=" | ">=" | "==" | "!=" | "&&" | "||" | "**");
        (!assigns).then_some((operator, strength))
    }

    fn binary(&mut self, weakest: u8) -> Result<i64> {
        self.deeper(|arith| {
            let mut left = arith.unary()?;
            while let Some((operator, strength)) = arith.operator().filter(|(_, strength)| *strength >= weakest) {
                let before = arith.at;
                arith.at += operator.len();
                let skip = match operator {
                    "&&" => left == 0,
                    "||" => left != 0,
                    _ => false,
                };
                arith.skipping += u32::from(skip);
                // `**` binds to the right.
                let right = arith.binary(if operator == "**" { strength } else { strength + 1 });
                arith.skipping -= u32::from(skip);
                let right = right?;
                left = match operator {
                    "&&" => i64::from(left != 0 && right != 0),
                    "||" => i64::from(left != 0 || right != 0),
                    "/" | "%" if right == 0 && arith.skipping == 0 => {
                        arith.at = before + 1;
                        arith.blanks();
                        return Err(arith.error("division by 0"));
                    }
                    _ => arith.apply(operator, left, right)?,
                };
            }
            Ok(left)
        })
    }

    fn apply(&self, operator: &str, left: i64, right: i64) -> Result<i64> {
        Ok(match operator {
            "**" if right < 0 => return Err(self.error("exponent less than 0")),
            "**" => left.wrapping_pow(u32::try_from(right).unwrap_or(u32::MAX)),
            "*" => left.wrapping_mul(right),
            "/" | "%" if right == 0 => {
                if self.skipping == 0 {
                    return Err(self.error("division by 0"));
                }
                0
            }
            "/" => left.wrapping_div(right),
            "%" => left.wrapping_rem(right),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "<<" => left.wrapping_shl(right as u32),
            ">>" => left.wrapping_shr(right as u32),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "&" => left & right,
            "^" => left ^ right,
            _ => left | right,
        })
    }

    fn unary(&mut self) -> Result<i64> {
        self.blanks();
        for (operator, step) in [("++", 1), ("--", -1)] {
            if self.looking_at(operator) {
                let start = self.at;
                self.at += 2;
                self.blanks();
                if let Some(place) = self.place()? {
                    let value = self.load(&place)?.wrapping_add(step);
                    return self.store(&place, value);
                }
                self.at = start;
            }
        }
        let Some(&c) = self.text.get(self.at) else { return Err(self.operand_expected()) };
        match c {
            '+' | '-' | '!' | '~' => {
                self.at += 1;
                let value = self.deeper(Self::unary)?;
                Ok(match c {
                    '-' => value.wrapping_neg(),
                    '!' => i64::from(value == 0),
                    '~' => !value,
                    _ => value,
                })
            }
            _ => self.primary(),
        }
    }

    fn operand_expected(&mut self) -> String {
        // bash points at the last operator when the text ends there.
        if self.at >= self.text.len() {
            self.at = self.text.iter().rposition(|c| !c.is_whitespace()).unwrap_or(0);
        }
        self.error("syntax error: operand expected")
    }

    fn primary(&mut self) -> Result<i64> {
        if self.eat("(") {
            let value = self.comma()?;
            return if self.eat(")") { Ok(value) } else { Err(self.error("missing `)'")) };
        }
        if self.text.get(self.at).is_some_and(char::is_ascii_digit) {
            return self.number();
        }
        let Some(place) = self.place()? else { return Err(self.operand_expected()) };
        let value = self.load(&place)?;
        for (operator, step) in [("++", 1), ("--", -1)] {
            self.blanks();
            if self.looking_at(operator) {
                self.at += 2;
                self.store(&place, value.wrapping_add(step))?;
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<i64> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '#' | '@' | '_')) {
            self.at += 1;
        }
        let token: String = self.text[start..self.at].iter().collect();
        let (radix, digits) = if let Some((base, digits)) = token.split_once('#') {
            match base.parse() {
                Ok(base @ 2..=64) if !digits.is_empty() => (base, digits),
                _ => {
                    self.at = start;
                    return Err(self.error("invalid arithmetic base"));
                }
            }
        } else if let Some(digits) = token.strip_prefix("0x").or_else(|| token.strip_prefix("0X")) {
            (16, digits)
        } else if token.len() > 1 && token.starts_with('0') {
            (8, &token[1..])
        } else {
            (10, token.as_str())
        };
        let mut value = 0i64;
        for c in digits.chars() {
            let digit = match c {
                '0'..='9' => c as i64 - '0' as i64,
                'a'..='z' => c as i64 - 'a' as i64 + 10,
                'A'..='Z' if radix <= 36 => c as i64 - 'A' as i64 + 10,
                'A'..='Z' => c as i64 - 'A' as i64 + 36,
                '@' => 62,
                _ => 63,
            };
            if digit >= radix {
                self.at = start;
                return Err(self.error("value too great for base"));
            }
            value = value.wrapping_mul(radix).wrapping_add(digit);
        }
        Ok(value)
    }

    /// A variable's name with its index, if one stands here.
    fn place(&mut self) -> Result<Option<Place>> {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|&c| c == '_' || c.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        let name: String = self.text[start..self.at].iter().collect();
        if !is_identifier(&name) {
            self.at = start;
            return Ok(None);
        }
        let mut index = None;
        if self.text.get(self.at) == Some(&'[') {
            let mut nesting = 0;
            let from = self.at + 1;
            loop {
                match self.text.get(self.at) {
                    None => return Err(self.error("bad array subscript")),
                    Some('[') => nesting += 1,
                    Some(']') => nesting -= 1,
                    Some(_) => {}
                }
                self.at += 1;
                if nesting == 0 {
                    break;
                }
            }
            index = Some(self.text[from..self.at - 1].iter().collect());
        }
        Ok(Some(Place { name, index }))
    }

    fn load(&mut self, place: &Place) -> Result<i64> {
        if self.skipping > 0 {
            return Ok(0);
        }
        let text = match &place.index {
            Some(index) => {
                let key = self.shell.index_key_at(&place.name, index, self.depth + 1)?;
                self.shell.element(&place.name, &key)
            }
            None => self.shell.get(&place.name),
        };
        match text {
            Some(text) => match text.trim().parse::<i64>() {
                Ok(value) if !text.trim().starts_with('0') || value == 0 => Ok(value),
                _ => evaluate_at(self.shell, &text, self.depth + 1),
            },
            None if self.shell.options.nounset => Err(format!("{}: unbound variable", place.name)),
            None => Ok(0),
        }
    }

    fn store(&mut self, place: &Place, value: i64) -> Result<i64> {
        if self.skipping == 0 {
            match &place.index {
                Some(index) => {
                    let key = self.shell.index_key_at(&place.name, index, self.depth + 1)?;
                    self.shell.set_element(&place.name, &key, value.to_string(), false)?;
                }
                None => self.shell.set(&place.name, value.to_string())?,
            }
        }
        Ok(value)
    }
}

impl Shell {
    /// The key that an index's text means for this array: a number, or the text itself.
    pub fn index_key_at(&mut self, name: &str, index: &str, depth: u32) -> Result<String> {
        if self.is_keyed(name) {
            return Ok(index.to_owned());
        }
        let value = evaluate_at(self, index, depth)?;
        if value < 0 {
            let last = self.last_index(name);
            let real = last + 1 + value;
            if real < 0 {
                return Err(format!("{name}[{index}]: bad array subscript"));
            }
            return Ok(real.to_string());
        }
        Ok(value.to_string())
    }
}
