//! Command line options in GNU's style, from a table, with GNU's error texts.

use crate::machine::Process;

/// The arguments of the process, or the end of the tool with the complaint printed.
macro_rules! arguments {
    ($process:expr, $style:expr, $($flag:expr),* $(,)?) => {
        match $crate::tools::args::parse(&$process, &[$($flag),*], $style).await {
            Ok(parsed) => parsed,
            Err(status) => return status,
        }
    };
}
pub(in crate::tools) use arguments;

/// An option: its letter, its long name (or ""), and whether it takes a value. An option that
/// has only a long name has a letter beyond ASCII, so that it can be asked for.
pub type Flag = (char, &'static str, Takes);

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// None.
    No,
    /// One, in the same word or the next.
    Value,
    /// Perhaps one, in the same word only.
    Maybe,
}

pub use Takes::{Maybe, No, Value};

/// A command line, taken apart.
#[derive(Debug, Default)]
pub struct Parsed {
    /// Options with their values, in the order in which they stood.
    pub options: Vec<(char, Option<String>)>,
    /// Everything else.
    pub operands: Vec<String>,
}

impl Parsed {
    /// Whether an option was given.
    pub fn has(&self, letter: char) -> bool {
        self.options.iter().any(|(other, _)| *other == letter)
    }

    /// The last value given to an option.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.options.iter().rev().find(|(other, _)| *other == letter).and_then(|(_, value)| value.as_deref())
    }

    /// All values given to an option.
    pub fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(other, _)| *other == letter).filter_map(|(_, value)| value.as_deref())
    }
}

/// How strictly to read.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The status of a wrong command line.
    pub status: i32,
    /// Options end at the first operand: `env`, `timeout`, `xargs`.
    pub stop_at_operand: bool,
}

/// GNU's usual way.
pub const GNU: Style = Style { status: 1, stop_at_operand: false };
/// As GNU, but the status of a mistake is 2: grep, sort, ls.
pub const GNU_2: Style = Style { status: 2, stop_at_operand: false };
/// The rest belongs to another command.
pub const PREFIX: Style = Style { status: 125, stop_at_operand: true };

/// Takes the arguments of `process` apart. What is wrong with them has been printed.
pub async fn parse(process: &Process, flags: &[Flag], style: Style) -> Result<Parsed, i32> {
    let args = process.args();
    let name = short_name(&args);
    match take_apart(&args, flags, style) {
        Ok(parsed) => Ok(parsed),
        Err(message) => {
            process.err(&format!("{name}: {message}\nTry '{name} --help' for more information.\n")).await;
            Err(style.status)
        }
    }
}

/// The name a program was called by, without its directory.
pub fn short_name(args: &[String]) -> String {
    args.first().map_or("", String::as_str).rsplit('/').next().unwrap_or_default().to_owned()
}

fn take_apart(args: &[String], flags: &[Flag], style: Style) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let mut words = args.iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--" {
            parsed.operands.extend(words.cloned());
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let exact = flags.iter().find(|flag| flag.1 == name && !name.is_empty());
            let mut near = flags.iter().filter(|flag| flag.1.starts_with(name));
            let flag = match (exact, near.next(), near.next()) {
                (Some(flag), _, _) | (None, Some(flag), None) => flag,
                (None, Some(_), Some(_)) => return Err(format!("option '--{name}' is ambiguous")),
                _ => return Err(format!("unrecognized option '--{name}'")),
            };
            let value = match (flag.2, value) {
                (No, Some(_)) => return Err(format!("option '--{}' doesn't allow an argument", flag.1)),
                (Value, None) => match words.next() {
                    Some(value) => Some(value.clone()),
                    None => return Err(format!("option '--{}' requires an argument", flag.1)),
                },
                (_, value) => value,
            };
            parsed.options.push((flag.0, value));
            continue;
        }
        let letters = match word.strip_prefix('-') {
            Some(letters) if !letters.is_empty() => letters,
            _ => {
                parsed.operands.push(word.clone());
                if style.stop_at_operand {
                    parsed.operands.extend(words.cloned());
                    break;
                }
                continue;
            }
        };
        // `head -5`, `tail -3`: a number stands for -n, where the table says so with '0'.
        if letters.starts_with(|c: char| c.is_ascii_digit()) && flags.iter().any(|flag| flag.0 == '0') {
            parsed.options.push(('n', Some(letters.to_owned())));
            continue;
        }
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            let Some(flag) = flags.iter().find(|flag| flag.0 == letter && letter.is_ascii()) else {
                return Err(format!("invalid option -- '{letter}'"));
            };
            if flag.2 == No {
                parsed.options.push((letter, None));
                continue;
            }
            let inline = rest.as_str().to_owned();
            rest = "".chars();
            let value = match (flag.2, inline.is_empty()) {
                (_, false) => Some(inline),
                (Value, true) => match words.next() {
                    Some(value) => Some(value.clone()),
                    None => return Err(format!("option requires an argument -- '{letter}'")),
                },
                _ => None,
            };
            parsed.options.push((letter, value));
        }
    }
    Ok(parsed)
}
