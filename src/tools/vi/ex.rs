//! Commands of the last line: `:w`, `:%s/a/b/g`, `:set number`.

use super::editor::{Editor, Request};
use super::text::Place;
use crate::shell::regex::Regex;

/// Lines, both from 0.
type Range = (usize, usize);

impl Editor {
    /// Carries out a command.
    pub(super) fn command(&mut self, text: &str) -> Option<Request> {
        let text = text.trim_start_matches([':', ' ']);
        let (range, rest) = match self.range(text) {
            Ok(found) => found,
            Err(message) => {
                self.message = message;
                return None;
            }
        };
        let rest = rest.trim_start();
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (name, mut argument) = rest.split_at(length);
        let force = argument.starts_with('!');
        if force {
            argument = &argument[1..];
        }
        // `:s/a/b/` has its first sign right behind; a letter cannot be one.
        let argument = argument.trim();
        let path = (!argument.is_empty()).then(|| argument.to_owned());
        match name {
            "" if rest.is_empty() => {
                if let Some((_, row)) = range {
                    self.go(Place { row, col: self.first_of(row) });
                }
            }
            "w" | "write" => return Some(Request::Write { path, quit: false }),
            "wq" => return Some(Request::Write { path, quit: true }),
            "x" | "xit" | "exit" => {
                let writes = self.changed() || path.is_some();
                return Some(if writes { Request::Write { path, quit: true } } else { Request::Quit(0) });
            }
            "q" | "quit" | "qa" | "qall" => {
                if force || !self.changed() {
                    return Some(Request::Quit(0));
                }
                self.message = "E37: No write since last change (add ! to override)".to_owned();
            }
            "wqa" | "wa" | "xa" => return Some(Request::Write { path: None, quit: name != "wa" }),
            "cq" | "cquit" => return Some(Request::Quit(1)),
            "e" | "edit" => {
                if path.is_some() {
                    self.message = "only one file at a time is simulated; leave this one first".to_owned();
                } else if force || !self.changed() {
                    return Some(Request::Reload);
                } else {
                    self.message = "E37: No write since last change (add ! to override)".to_owned();
                }
            }
            "s" | "su" | "substitute" => self.substitute(range, argument),
            "d" | "delete" => {
                let (from, to) = range.unwrap_or((self.cursor.row, self.cursor.row));
                self.change();
                self.register.text = self.text.remove(from, to + 1);
                self.register.lines = true;
                self.go(Place { row: from.min(self.text.rows() - 1), col: 0 });
            }
            "y" | "yank" => {
                let (from, to) = range.unwrap_or((self.cursor.row, self.cursor.row));
                self.register.text = (from..=to).map(|row| self.text.line(row).to_vec()).collect();
                self.register.lines = true;
            }
            "u" | "undo" => match self.text.back(self.cursor) {
                Some(place) => self.go(place),
                None => self.message = "Already at oldest change".to_owned(),
            },
            "set" | "se" | "setlocal" => argument.split_whitespace().for_each(|setting| self.set(setting)),
            "noh" | "nohlsearch" | "syntax" | "syn" | "filetype" => {}
            "" if rest.starts_with(['>', '<']) => {
                let (from, to) = range.unwrap_or((self.cursor.row, self.cursor.row));
                self.change();
                self.shift_lines(from, to, rest.starts_with('>'));
            }
            "" if rest.starts_with('!') => self.message = "vi: shell commands are not simulated here".to_owned(),
            _ => self.message = format!("E492: Not an editor command: {text}"),
        }
        None
    }

    /// The lines that a command begins with, and the rest of it.
    fn range<'a>(&self, text: &'a str) -> Result<(Option<Range>, &'a str), String> {
        if let Some(rest) = text.strip_prefix('%') {
            return Ok((Some((0, self.text.rows() - 1)), rest));
        }
        let (first, rest) = self.address(text)?;
        let Some(first) = first else { return Ok((None, rest)) };
        let Some(rest) = rest.strip_prefix(',') else { return Ok((Some((first, first)), rest)) };
        let (second, rest) = self.address(rest)?;
        let second = second.unwrap_or(self.cursor.row);
        Ok((Some((first.min(second), first.max(second))), rest))
    }

    fn address<'a>(&self, text: &'a str) -> Result<(Option<usize>, &'a str), String> {
        let last = self.text.rows() - 1;
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (mut row, mut rest) = match text.chars().next() {
            Some('.') => (self.cursor.row, &text[1..]),
            Some('$') => (last, &text[1..]),
            Some(c) if c.is_ascii_digit() => {
                let length = digits(text);
                let number: usize = text[..length].parse().map_err(|_| "E16: Invalid range".to_owned())?;
                (number.saturating_sub(1), &text[length..])
            }
            Some('+' | '-') => (self.cursor.row, text),
            _ => return Ok((None, text)),
        };
        while let Some(sign) = rest.chars().next().filter(|c| matches!(c, '+' | '-')) {
            let length = digits(&rest[1..]);
            let by: usize = if length == 0 { 1 } else { rest[1..=length].parse().unwrap_or(last) };
            row = if sign == '+' { row.saturating_add(by) } else { row.saturating_sub(by) };
            rest = &rest[1 + length..];
        }
        Ok((Some(row.min(last)), rest))
    }

    fn set(&mut self, setting: &str) {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        let (on, name) = match name.strip_prefix("no") {
            Some(rest) if !rest.is_empty() => (false, rest),
            _ => (true, name),
        };
        let number = value.parse::<usize>().ok().filter(|number| (1..=64).contains(number));
        match (name, number) {
            ("number" | "nu", _) => self.settings.number = on,
            ("expandtab" | "et", _) => self.settings.expand = on,
            ("ignorecase" | "ic", _) => self.settings.ignore_case = on,
            ("autoindent" | "ai", _) => self.settings.indent = on,
            ("shiftwidth" | "sw" | "softtabstop" | "sts", Some(number)) => self.settings.shift = number,
            ("tabstop" | "ts", Some(number)) => self.settings.tab = number,
            // What only changes how it looks, or is the case anyway.
            (
                "paste" | "hlsearch" | "hls" | "incsearch" | "is" | "ruler" | "ru" | "wrap" | "smartindent" | "si"
                | "compatible" | "cp" | "list" | "cursorcolumn" | "cuc" | "cursorline" | "cul" | "showmode",
                _,
            ) => {
                if name == "paste" {
                    self.pasting = on;
                }
            }
            _ => self.message = format!("E518: Unknown option: {setting}"),
        }
    }

    /// `:s/pattern/text/flags`
    fn substitute(&mut self, range: Option<Range>, argument: &str) {
        let Some(sign) = argument.chars().next().filter(|c| c.is_ascii_punctuation()) else {
            self.message = "E35: No previous regular expression".to_owned();
            return;
        };
        let mut parts = split(&argument[1..], sign).into_iter();
        let (pattern, with, flags) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let regex = match Regex::new(&pattern, false, self.settings.ignore_case || flags.contains('i')) {
            Ok(regex) => regex,
            Err(error) => {
                self.message = format!("E383: Invalid search string: {pattern} ({error})");
                return;
            }
        };
        let (from, to) = range.unwrap_or((self.cursor.row, self.cursor.row));
        self.change();
        let (mut count, mut lines, mut last) = (0_usize, 0_usize, None);
        for row in from..=to.min(self.text.rows() - 1) {
            let line: String = self.text.line(row).iter().collect();
            let Some((new, times)) = replaced(&regex, &line, &with, flags.contains('g')) else { continue };
            (count, lines, last) = (count + times, lines + 1, Some(row));
            *self.text.edit(row) = new.chars().collect();
        }
        match last {
            None => self.message = format!("E486: Pattern not found: {pattern}"),
            Some(row) => {
                self.go(Place { row, col: self.first_of(row) });
                if count > 2 {
                    let on = if lines == 1 { "line" } else { "lines" };
                    self.message = format!("{count} substitutions on {lines} {on}");
                }
            }
        }
        self.search = Some((std::rc::Rc::new(regex), true));
    }
}

/// Parts between signs; a sign behind a backslash is no end.
fn split(text: &str, sign: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let part = parts.len() - 1;
        match c {
            '\\' if chars.peek() == Some(&sign) => parts[part].extend(chars.next()),
            '\\' => {
                parts[part].push('\\');
                parts[part].extend(chars.next());
            }
            c if c == sign && parts.len() < 3 => parts.push(String::new()),
            c => parts[part].push(c),
        }
    }
    parts
}

/// A line with what matches replaced, and how often; `None` where nothing does.
fn replaced(regex: &Regex, line: &str, with: &str, all: bool) -> Option<(String, usize)> {
    let (mut out, mut copied, mut count) = (String::new(), 0, 0);
    for groups in regex.matches(line).take(if all { usize::MAX } else { 1 }) {
        let (low, high) = groups[0]?;
        out.push_str(&line[copied..low]);
        let mut chars = with.chars();
        while let Some(c) = chars.next() {
            match (c, if c == '\\' { chars.next() } else { None }) {
                ('&', _) | ('\\', Some('0')) => out.push_str(&line[low..high]),
                ('\\', Some(digit @ '1'..='9')) => {
                    let group = groups.get(digit as usize - '0' as usize).copied().flatten();
                    out.push_str(group.map_or("", |(low, high)| &line[low..high]));
                }
                ('\\', Some('t')) => out.push('\t'),
                ('\\', Some(c)) => out.push(c),
                (c, _) => out.push(c),
            }
        }
        (copied, count) = (high, count + 1);
        if out.len() > 1 << 20 {
            break;
        }
    }
    (count > 0).then(|| (out + &line[copied..], count))
}
