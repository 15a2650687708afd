//! Command-line flags as kubectl's libraries read them: one table of flags per command, a
//! parser over it, and the words of its complaints.
//!
//! Models github.com/spf13/pflag. Flags may stand anywhere; `--` ends them; shorthands combine
//! (`-it`), and take a value attached (`-ojson`), after `=` or as the next argument.

pub use crate::api::duration::{parse_duration, quote};
use crate::collections::SortedMap;

/// What a flag's value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`; alone it means true.
    Bool,
    /// Any text; the last one given counts.
    Text,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int,
    /// `1h30m`, `5s`, as Go writes spans of time.
    Duration,
    /// Texts separated by commas; given again, they add up.
    Slice,
    /// Texts; given again, they add up, commas mean nothing.
    Array,
}

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its long name.
    pub name: &'static str,
    /// Its one-letter name.
    pub short: Option<char>,
    /// What its value looks like.
    pub kind: Kind,
    /// The value where it is not given.
    pub default: &'static str,
    /// The value where it is given without one; a flag without this needs a value.
    pub no_value: Option<&'static str>,
    /// Whether a command without it is refused.
    pub required: bool,
    /// What help says of it; a flag without help is not listed.
    pub help: &'static str,
}

impl Flag {
    /// A flag of some kind, with its default and its line of help.
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Flag {
        let no_value = if matches!(kind, Kind::Bool) { Some("true") } else { None };
        Flag { name, short: None, kind, default, no_value, required: false, help }
    }

    /// A switch that is off unless given.
    pub const fn switch(name: &'static str, help: &'static str) -> Flag {
        Flag::new(name, Kind::Bool, "false", help)
    }

    /// A flag that takes a text.
    pub const fn text(name: &'static str, default: &'static str, help: &'static str) -> Flag {
        Flag::new(name, Kind::Text, default, help)
    }

    /// Gives it a one-letter name.
    pub const fn short(mut self, short: char) -> Flag {
        self.short = Some(short);
        self
    }

    /// Says what it means without a value.
    pub const fn alone(mut self, value: &'static str) -> Flag {
        self.no_value = Some(value);
        self
    }

    /// Refuses commands without it.
    pub const fn required(mut self) -> Flag {
        self.required = true;
        self
    }

    /// `-r, --replicas`, or `--replicas`.
    fn both_names(&self) -> String {
        self.short.map_or_else(|| format!("--{}", self.name), |short| format!("-{short}, --{}", self.name))
    }

    fn check(&self, value: &str) -> Result<(), String> {
        let fault = match self.kind {
            Kind::Text | Kind::Slice | Kind::Array => None,
            Kind::Bool => parse_bool(value).err(),
            Kind::Int32 => parse_int(value, i64::from(i32::MIN), i64::from(i32::MAX)).err(),
            Kind::Int => parse_int(value, i64::MIN, i64::MAX).err(),
            Kind::Duration => parse_duration(value).err(),
        };
        match fault {
            Some(fault) => {
                Err(format!("invalid argument {} for \"{}\" flag: {fault}", quote(value), self.both_names()))
            }
            None => Ok(()),
        }
    }
}

/// Go's strconv.ParseBool.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

/// Go's strconv.ParseInt in base 0, within bounds.
pub fn parse_int(text: &str, low: i64, high: i64) -> Result<i64, String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(format!("strconv.ParseInt: parsing {}: invalid syntax", quote(text)));
    }
    let value = i128::from_str_radix(digits, radix).map(|value| if negative { -value } else { value });
    match value.ok().and_then(|value| i64::try_from(value).ok()) {
        Some(value) if (low..=high).contains(&value) => Ok(value),
        _ => Err(format!("strconv.ParseInt: parsing {}: value out of range", quote(text))),
    }
}

/// The flags that a command line gave, with defaults for the others, and its arguments.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    values: SortedMap<&'static str, Vec<String>>,
    defaults: SortedMap<&'static str, &'static str>,
    /// The flags of every command that this command has flags of its own for.
    hidden: Vec<&'static str>,
    /// What is no flag.
    pub args: Vec<String>,
    /// How many arguments stood before `--`, where it was given.
    pub dash: Option<usize>,
}

impl Parsed {
    /// Whether the flag was given.
    pub fn given(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// A flag's text.
    pub fn text(&self, name: &str) -> &str {
        let given = self.values.get(name).and_then(|values| values.last());
        given.map_or_else(|| self.defaults.get(name).copied().unwrap_or_default(), String::as_str)
    }

    /// The text of a flag that every command has; nothing where the command's own hides it, as the
    /// `--user` of `create rolebinding` does.
    pub fn global(&self, name: &str) -> &str {
        if self.hidden.contains(&name) { "" } else { self.text(name) }
    }

    /// A switch's state.
    pub fn is(&self, name: &str) -> bool {
        parse_bool(self.text(name)).unwrap_or(false)
    }

    /// A number.
    pub fn int(&self, name: &str) -> i64 {
        parse_int(self.text(name), i64::MIN, i64::MAX).unwrap_or(0)
    }

    /// A span of time, in microseconds.
    pub fn duration(&self, name: &str) -> i64 {
        parse_duration(self.text(name)).unwrap_or(0)
    }

    /// The texts of a flag that adds up; commas are split for the kind that splits them.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.values.get(name) {
            Some(values) => values.clone(),
            None => {
                let default = self.defaults.get(name).copied().unwrap_or_default();
                default.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
            }
        }
    }

    fn add(&mut self, flag: &Flag, value: &str) -> Result<(), String> {
        flag.check(value)?;
        let values = self.values.entry(flag.name).or_default();
        match flag.kind {
            Kind::Slice => values.extend(value.split(',').map(str::to_owned)),
            Kind::Array => values.push(value.to_owned()),
            _ => *values = vec![value.to_owned()],
        }
        Ok(())
    }
}

/// A set of flags: the groups that a command shares with others and its own.
#[derive(Clone, Debug)]
pub struct FlagSet<'a>(pub Vec<&'a [Flag]>);

impl FlagSet<'_> {
    /// All flags.
    pub fn iter(&self) -> impl Iterator<Item = &Flag> {
        self.0.iter().flat_map(|group| group.iter())
    }

    /// The flag of a long name. Underscores count as dashes, as kubectl normalises them.
    pub fn long(&self, name: &str) -> Option<&Flag> {
        self.iter().find(|flag| flag.name == name).or_else(|| {
            let dashed = name.replace('_', "-");
            self.iter().find(|flag| flag.name == dashed)
        })
    }

    /// The flag of a one-letter name.
    pub fn letter(&self, letter: char) -> Option<&Flag> {
        self.iter().find(|flag| flag.short == Some(letter))
    }

    /// Reads a command line.
    pub fn parse(&self, args: &[String]) -> Result<Parsed, String> {
        let mut parsed = Parsed::default();
        for flag in self.iter() {
            if parsed.defaults.contains_key(flag.name) {
                parsed.hidden.push(flag.name);
            } else {
                parsed.defaults.insert(flag.name, flag.default);
            }
        }
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if arg == "--" {
                parsed.dash = Some(parsed.args.len());
                parsed.args.extend(rest.cloned());
                break;
            }
            if let Some(long) = arg.strip_prefix("--") {
                self.parse_long(long, &mut rest, &mut parsed)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                self.parse_letters(&arg[1..], &mut rest, &mut parsed)?;
            } else {
                parsed.args.push(arg.clone());
            }
        }
        Ok(parsed)
    }

    fn parse_long<'b>(
        &self,
        long: &str,
        rest: &mut impl Iterator<Item = &'b String>,
        parsed: &mut Parsed,
    ) -> Result<(), String> {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: --{long}"));
        }
        let Some(flag) = self.long(name) else {
            return Err(if name == "help" { HELP.to_owned() } else { format!("unknown flag: --{name}") });
        };
        let value = match (value, flag.no_value) {
            (Some(value), _) => value.to_owned(),
            (None, Some(value)) => value.to_owned(),
            (None, None) => rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        parsed.add(flag, &value)
    }

    fn parse_letters<'b>(
        &self,
        letters: &str,
        rest: &mut impl Iterator<Item = &'b String>,
        parsed: &mut Parsed,
    ) -> Result<(), String> {
        for (at, letter) in letters.char_indices() {
            let after = &letters[at + letter.len_utf8()..];
            let Some(flag) = self.letter(letter) else {
                let fault = format!("unknown shorthand flag: '{letter}' in -{}", &letters[at..]);
                return Err(if letter == 'h' { HELP.to_owned() } else { fault });
            };
            if let Some(value) = after.strip_prefix('=') {
                return parsed.add(flag, value);
            }
            match flag.no_value {
                Some(value) => parsed.add(flag, value)?,
                None if !after.is_empty() => return parsed.add(flag, after),
                None => {
                    let missing = || format!("flag needs an argument: '{letter}' in -{}", &letters[at..]);
                    let value = rest.next().ok_or_else(missing)?;
                    return parsed.add(flag, value);
                }
            }
        }
        Ok(())
    }

    /// The arguments that are neither flags nor the values of flags. Models cobra's stripFlags.
    pub fn strip<'b>(&self, args: &'b [String]) -> Vec<&'b String> {
        let mut left = Vec::new();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if arg == "--" {
                break;
            }
            let takes_next = if let Some(long) = arg.strip_prefix("--") {
                !long.contains('=') && self.long(long).is_none_or(|flag| flag.no_value.is_none())
            } else if let Some(letter) = arg.strip_prefix('-').filter(|letters| letters.chars().count() == 1) {
                let flag = letter.chars().next().and_then(|letter| self.letter(letter));
                flag.is_none_or(|flag| flag.no_value.is_none())
            } else {
                if !arg.is_empty() && !arg.starts_with('-') {
                    left.push(arg);
                }
                false
            };
            if takes_next && rest.next().is_none() {
                break;
            }
        }
        left
    }
}

/// What [`FlagSet::parse`] answers where help was asked for.
pub const HELP: &str = "pflag: help requested";

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: &[Flag] = &[
        Flag::text("output", "", "Format.").short('o'),
        Flag::new("replicas", Kind::Int32, "0", "Number.").short('r'),
        Flag::switch("watch", "Watch.").short('w'),
        Flag::switch("stdin", "Stdin.").short('i'),
        Flag::switch("tty", "Terminal.").short('t'),
        Flag::new("since", Kind::Duration, "0s", "Span."),
        Flag::new("label-columns", Kind::Slice, "", "Labels.").short('L'),
        Flag::text("dry-run", "none", "Try.").alone("unchanged"),
    ];

    fn parse(line: &str) -> Result<Parsed, String> {
        let args: Vec<String> = line.split(' ').filter(|arg| !arg.is_empty()).map(str::to_owned).collect();
        FlagSet(vec![FLAGS]).parse(&args)
    }

    #[test]
    fn every_way_to_give_a_value() {
        for line in ["-o json", "-ojson", "-o=json", "--output json", "--output=json", "a -w -o json b", "-wojson"] {
            assert_eq!(parse(line).unwrap().text("output"), "json", "{line}");
        }
        let parsed = parse("-it pod -- ls -l").unwrap();
        assert!(parsed.is("stdin") && parsed.is("tty"));
        assert_eq!((parsed.args.join(" "), parsed.dash), ("pod ls -l".to_owned(), Some(1)));
        assert_eq!(parse("-L a,b -L c").unwrap().list("label-columns"), ["a", "b", "c"]);
        assert_eq!(parse("--dry-run x").unwrap().text("dry-run"), "unchanged");
        assert_eq!(parse("--since 1m30s").unwrap().duration("since"), 90_000_000);
    }

    #[test]
    fn complaints() {
        for (line, told) in [
            ("--foo", "unknown flag: --foo"),
            ("-z", "unknown shorthand flag: 'z' in -z"),
            ("-web", "unknown shorthand flag: 'e' in -eb"),
            ("-o", "flag needs an argument: 'o' in -o"),
            ("--output", "flag needs an argument: --output"),
            (
                "--replicas=abc",
                r#"invalid argument "abc" for "-r, --replicas" flag: strconv.ParseInt: parsing "abc": invalid syntax"#,
            ),
            (
                "--watch=maybe",
                r#"invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax"#,
            ),
            ("--since=1x", r#"invalid argument "1x" for "--since" flag: time: unknown unit "x" in duration "1x""#),
            ("--since=abc", r#"invalid argument "abc" for "--since" flag: time: invalid duration "abc""#),
            ("-h", HELP),
        ] {
            assert_eq!(parse(line).unwrap_err(), told, "{line}");
        }
    }
}
