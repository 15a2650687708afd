//! The functions that come with awk.

use std::ops::RangeInclusive;
use std::rc::Rc;

use super::ast::{Expr, Place, Variable};
use super::exec::{Done, Stop};
use super::value::Value;
use super::{Awk, CONVFMT, Held, RLENGTH, RSTART};
use crate::machine::date;
use crate::shell::conversion::{Spec, float_out, int_out, text_out};

/// No text is longer.
const MAX_TEXT: usize = 16 << 20;

/// How many arguments one of them takes.
pub fn takes(name: &str) -> RangeInclusive<usize> {
    match name {
        "rand" | "systime" => 0..=0,
        "length" | "srand" | "fflush" => 0..=1,
        "strftime" => 0..=3,
        "index" | "match" | "atan2" => 2..=2,
        "split" | "sub" | "gsub" | "substr" => 2..=3,
        "sprintf" => 1..=usize::MAX,
        _ => 1..=1,
    }
}

impl Awk {
    /// Calls one of them.
    pub async fn builtin(&mut self, name: &'static str, args: &[Expr]) -> Done<Value> {
        Ok(match name {
            "length" => Value::Number(self.length(args.first()).await? as f64),
            "substr" => self.substr(args).await?,
            "index" => {
                let (text, wanted) = (self.text(&args[0]).await?, self.text(&args[1]).await?);
                Value::Number(if wanted.is_empty() {
                    0.0
                } else {
                    text.find(&*wanted).map_or(0.0, |at| at as f64 + 1.0)
                })
            }
            "split" => self.split(args).await?,
            "match" => {
                let text = self.text(&args[0]).await?;
                let regex = self.pattern(&args[1]).await?;
                let found = regex.find(&text, 0).and_then(|groups| groups[0]);
                let (start, length) = found.map_or((0.0, -1.0), |(low, high)| (low as f64 + 1.0, (high - low) as f64));
                self.put(RSTART, Value::Number(start));
                self.put(RLENGTH, Value::Number(length));
                Value::Number(start)
            }
            "sub" | "gsub" => self.substitute(name == "gsub", args).await?,
            "sprintf" => {
                let mut values = Vec::new();
                for arg in args {
                    values.push(self.eval(arg).await?);
                }
                let mut bytes = Vec::new();
                self.format("sprintf", &values, &mut bytes)?;
                Value::text(String::from_utf8_lossy(&bytes))
            }
            "tolower" => Value::text(self.text(&args[0]).await?.to_ascii_lowercase()),
            "toupper" => Value::text(self.text(&args[0]).await?.to_ascii_uppercase()),
            "int" => Value::Number(self.eval(&args[0]).await?.number().trunc()),
            "sqrt" => Value::Number(self.eval(&args[0]).await?.number().sqrt()),
            "rand" => Value::Number(self.random()),
            "srand" => {
                let seed = match args.first() {
                    Some(seed) => self.eval(seed).await?.number(),
                    None => self.process.sim().now().secs() as f64,
                };
                self.state = seed.to_bits();
                Value::Number(std::mem::replace(&mut self.seed, seed))
            }
            "systime" => Value::Number(self.process.sim().now().secs() as f64),
            "strftime" => self.strftime(args).await?,
            "system" => {
                let command = self.text(&args[0]).await?;
                let status = self.streams.system(&command).await;
                Value::Number(f64::from(status.map_err(|errno| Stop::Closed(format!("cannot run sh ({errno})")))?))
            }
            "close" => {
                let name = self.text(&args[0]).await?;
                Value::Number(f64::from(self.streams.close(&name).await))
            }
            "fflush" => {
                self.streams.flush().await.map_err(|errno| Stop::Closed(format!("write failure ({errno})")))?;
                Value::Number(0.0)
            }
            _ => return Err(Stop::Fault(format!("{name} is not simulated"))),
        })
    }

    async fn length(&mut self, arg: Option<&Expr>) -> Done<usize> {
        match arg {
            None => Ok(self.record_text().len()),
            Some(Expr::Whole(variable)) if matches!(&*self.slot(*variable).borrow(), Held::Array(_)) => {
                Ok(match &*self.slot(*variable).borrow() {
                    Held::Array(entries) => entries.len(),
                    _ => 0,
                })
            }
            Some(other) => Ok(self.text(other).await?.len()),
        }
    }

    /// Models POSIX: bytes whose places lie between the rounded ends.
    async fn substr(&mut self, args: &[Expr]) -> Done<Value> {
        let text = self.text(&args[0]).await?;
        let start = self.eval(&args[1]).await?.number().round();
        let end = match args.get(2) {
            Some(length) => start + self.eval(length).await?.number().round(),
            None => f64::INFINITY,
        };
        let place = |at: f64| (at - 1.0).clamp(0.0, text.len() as f64) as usize;
        let (low, high) = (place(start), place(end));
        if low >= high || start.is_nan() || end.is_nan() {
            return Ok(Value::text(""));
        }
        Ok(Value::text(String::from_utf8_lossy(&text.as_bytes()[low..high])))
    }

    async fn split(&mut self, args: &[Expr]) -> Done<Value> {
        let Expr::Whole(array) = &args[1] else {
            return Err(Stop::Fault("type error in arg(2) in call to split".to_owned()));
        };
        let text = self.text(&args[0]).await?;
        let separator = self.separator(args.get(2)).await?;
        let parts = separator.split(&text, false);
        let count = parts.len();
        let entries = parts.into_iter().enumerate().map(|(at, part)| ((at + 1).to_string().into(), Value::Input(part)));
        *self.array(*array)?.borrow_mut() = Held::Array(entries.collect());
        Ok(Value::Number(count as f64))
    }

    async fn substitute(&mut self, all: bool, args: &[Expr]) -> Done<Value> {
        let regex = self.pattern(&args[0]).await?;
        let with = self.text(&args[1]).await?;
        let record = Place::Field(Box::new(Expr::Number(0.0)));
        let whole;
        let place = match args.get(2) {
            None => &record,
            Some(Expr::Place(place)) => place,
            Some(Expr::Whole(variable)) => {
                whole = Place::Variable(Variable::clone(variable));
                &whole
            }
            Some(_) => return Err(Stop::Fault("type error in arg(3) in call to sub".to_owned())),
        };
        let text = self.get_place(place).await?.to_text(&self.special(CONVFMT));
        let (mut out, mut copied, mut count) = (String::new(), 0, 0);
        let most = if all { usize::MAX } else { 1 };
        for (low, high) in regex.matches(&text).filter_map(|groups| groups[0]).take(most) {
            count += 1;
            out.push_str(&text[copied..low]);
            replacement(&with, &text[low..high], &mut out);
            copied = high;
            if out.len() > MAX_TEXT {
                return Err(Stop::Fault("out of memory".to_owned()));
            }
        }
        if count > 0 {
            out.push_str(&text[copied..]);
            self.set_place(place, Value::text(out)).await?;
        }
        Ok(Value::Number(f64::from(count)))
    }

    /// A number from 0 to below 1 (splitmix64).
    fn random(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }

    async fn strftime(&mut self, args: &[Expr]) -> Done<Value> {
        let layout: Rc<str> = match args.first() {
            Some(layout) => self.text(layout).await?,
            None => "%c".into(),
        };
        let seconds = match args.get(1) {
            Some(seconds) => self.eval(seconds).await?.number() as u64,
            None => self.process.sim().now().secs(),
        };
        Ok(Value::text(date::format(&layout, seconds.min(253_402_300_799) * 1_000_000)))
    }

    /// `printf`'s text; the first value is the format. What came before a fault is there too.
    pub fn format(&self, function: &str, values: &[Value], out: &mut Vec<u8>) -> Done<()> {
        let convfmt = self.special(CONVFMT);
        let format = values.first().map(|format| format.to_text(&convfmt)).unwrap_or_default();
        let lacking = || Stop::Fault(format!("not enough arguments passed to {function}(\"{format}\")"));
        let mut rest = values.iter().skip(1);
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if out.len() > MAX_TEXT {
                return Err(Stop::Fault("out of memory".to_owned()));
            }
            if c != '%' {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            if chars.peek() == Some(&'%') {
                chars.next();
                out.push(b'%');
                continue;
            }
            let spec = Spec::read(&mut chars, || rest.next().map_or(0, |value| value.number() as i64));
            let Some(letter) = chars.next() else {
                out.push(b'%');
                break;
            };
            if !"cdiouxXeEfFgGs".contains(letter) {
                return Err(Stop::Fault(format!("bad conversion '%{letter}' in call to {function}(\"{format}\")")));
            }
            let value = rest.next().ok_or_else(lacking)?;
            match letter {
                'c' => match value {
                    Value::Number(number) => {
                        let c = char::from_u32(*number as u32).unwrap_or(' ');
                        text_out(&spec, c.encode_utf8(&mut [0; 4]).as_bytes(), out);
                    }
                    other => {
                        let first: String = other.to_text(&convfmt).chars().take(1).collect();
                        text_out(&spec, first.as_bytes(), out);
                    }
                },
                's' => text_out(&spec, value.to_text(&convfmt).as_bytes(), out),
                'd' | 'i' | 'o' | 'u' | 'x' | 'X' => int_out(&spec, letter, value.number() as i64, out),
                letter => float_out(&spec, letter, value.number(), out),
            }
        }
        Ok(())
    }
}

/// `&` is what matched, `\&` an ampersand.
fn replacement(with: &str, matched: &str, out: &mut String) {
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next @ ('&' | '\\'))) => {
                out.push(*next);
                chars.next();
            }
            ('&', _) => out.push_str(matched),
            (c, _) => out.push(c),
        }
    }
}
