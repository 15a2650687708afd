//! `expr`: an expression whose words are its arguments.

use crate::machine::Process;
use crate::shell::regex::Regex;

struct Words<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
}

type Done = Result<String, String>;

/// What binds how tightly.
const LEVELS: [&[&str]; 6] =
    [&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

/// expr EXPRESSION
pub async fn expr(process: Process) -> i32 {
    let args = process.args();
    let mut words = Words { words: args.get(1..).unwrap_or_default(), at: 0, depth: 0 };
    if words.words.first().is_some_and(|word| word == "--") {
        words.at = 1;
    }
    if words.at >= words.words.len() {
        process.err("expr: missing operand\nTry 'expr --help' for more information.\n").await;
        return 2;
    }
    let value = words.level(0).and_then(|value| match words.peek() {
        None => Ok(value),
        Some(word) => Err(format!("syntax error: unexpected argument '{word}'")),
    });
    match value {
        Ok(value) => {
            process.out(&format!("{value}\n")).await;
            i32::from(null(&value))
        }
        Err(why) => {
            process.err(&format!("expr: {why}\n")).await;
            2
        }
    }
}

fn null(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    value.is_empty() || !digits.is_empty() && digits.bytes().all(|byte| byte == b'0')
}

fn number(value: &str) -> Result<i64, String> {
    value.parse().map_err(|_| "non-integer argument".to_owned())
}

impl Words<'_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Done {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        let before = self.words.get(self.at.wrapping_sub(2)).cloned().unwrap_or_default();
        word.ok_or_else(|| format!("syntax error: missing argument after '{before}'"))
    }

    fn level(&mut self, level: usize) -> Done {
        let Some(signs) = LEVELS.get(level) else { return self.operand() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = self.peek().filter(|word| signs.contains(word)).map(str::to_owned) {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = apply(&sign, &left, &right)?;
        }
        Ok(left)
    }

    fn operand(&mut self) -> Done {
        self.depth += 1;
        if self.depth > 2_000 {
            return Err("expression too long".to_owned());
        }
        let word = self.next()?;
        match word.as_str() {
            "(" if self.depth < 100 => {
                let value = self.level(0)?;
                match self.next() {
                    Ok(close) if close == ")" => Ok(value),
                    Ok(other) => Err(format!("syntax error: expecting ')' instead of '{other}'")),
                    Err(_) => Err(format!("syntax error: expecting ')' after '{value}'")),
                }
            }
            ")" => Err("syntax error: unexpected ')'".to_owned()),
            "length" => Ok(self.operand()?.chars().count().to_string()),
            "match" => {
                let (text, pattern) = (self.operand()?, self.operand()?);
                apply(":", &text, &pattern)
            }
            "index" => {
                let (text, letters) = (self.operand()?, self.operand()?);
                let at = text.chars().position(|c| letters.contains(c));
                Ok(at.map_or(0, |at| at + 1).to_string())
            }
            "substr" => {
                let (text, from, length) = (self.operand()?, self.operand()?, self.operand()?);
                let (Ok(from @ 1..), Ok(length @ 1..)) = (from.parse::<usize>(), length.parse::<usize>()) else {
                    return Ok(String::new());
                };
                Ok(text.chars().skip(from - 1).take(length).collect())
            }
            "+" => self.next(),
            _ => Ok(word),
        }
    }
}

fn apply(sign: &str, left: &str, right: &str) -> Done {
    let overflow = || format!("{left}: Numerical result out of range");
    let number = |a: Option<i64>| a.map(|value| value.to_string()).ok_or_else(overflow);
    Ok(match sign {
        "|" if !null(left) => left.to_owned(),
        "|" if null(right) => "0".to_owned(),
        "|" => right.to_owned(),
        "&" if null(left) || null(right) => "0".to_owned(),
        "&" => left.to_owned(),
        "+" => number(self::number(left)?.checked_add(self::number(right)?))?,
        "-" => number(self::number(left)?.checked_sub(self::number(right)?))?,
        "*" => number(self::number(left)?.checked_mul(self::number(right)?))?,
        "/" | "%" => {
            let (a, b) = (self::number(left)?, self::number(right)?);
            if b == 0 {
                return Err("division by zero".to_owned());
            }
            number(if sign == "/" { a.checked_div(b) } else { a.checked_rem(b) })?
        }
        ":" => {
            let regex = Regex::new(&format!("^{}", right.trim_start_matches('^')), false, false)?;
            let found = regex.find(left, 0);
            let piece = |at: usize| found.as_ref().and_then(|groups| groups.get(at).copied().flatten());
            match (regex.groups() > 0, piece(0)) {
                (true, Some(_)) => piece(1).map_or(String::new(), |(from, to)| left[from..to].to_owned()),
                (true, None) => String::new(),
                (false, Some((from, to))) => left[from..to].chars().count().to_string(),
                (false, None) => "0".to_owned(),
            }
        }
        _ => {
            let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => left.cmp(right),
            };
            let holds = match sign {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                _ => order.is_gt(),
            };
            i32::from(holds).to_string()
        }
    })
}
