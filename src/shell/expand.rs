//! Expansion: words to fields, in bash's order: braces, tilde, parameters, command and
//! arithmetic substitution, field splitting, file names, quotes away.

use std::rc::Rc;

use super::ast::{CommandKind, Index, List, Part, RedirectKind, Word};
use super::pattern::{Pattern, PatternChar};
use super::{Flow, Run, Shell, arith, braces, glob};
use crate::machine::{Errno, LocalBoxFuture, SpawnSpec, pipe};
use crate::sim::Duration;

/// How a piece of a field is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It stands for itself.
    Quoted,
    /// Written in the script, unquoted: a pattern, but not split.
    Literal,
    /// Came out of an expansion, unquoted: split, and a pattern.
    Split,
}

/// A piece of a field.
#[derive(Clone, Debug)]
pub struct Piece {
    pub text: String,
    pub kind: Kind,
}

/// Fields under construction.
#[derive(Default)]
pub struct Fields {
    pub list: Vec<Vec<Piece>>,
    /// `"$@"` gave nothing: an otherwise empty `"…"` is then no field.
    pub vanished: bool,
}

impl Fields {
    pub fn push(&mut self, text: impl Into<String>, kind: Kind) {
        if self.list.is_empty() {
            self.list.push(Vec::new());
        }
        if let Some(field) = self.list.last_mut() {
            field.push(Piece { text: text.into(), kind });
        }
    }

    /// Several values, each a field of its own.
    pub fn push_all(&mut self, values: Vec<String>, kind: Kind) {
        if values.is_empty() {
            self.vanished = true;
        }
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.list.push(Vec::new());
            }
            self.push(value, kind);
        }
    }

    fn pieces(&self) -> usize {
        self.list.iter().map(Vec::len).sum()
    }
}

/// How much a command substitution may print.
const OUTPUT_MAX: usize = 16 << 20;

/// How many words a command may have.
const WORDS_MAX: usize = 200_000;

impl Shell {
    /// The fields that words expand to.
    pub(super) async fn expand_words(&mut self, words: &[Word]) -> Result<Vec<String>, Flow> {
        let mut out = Vec::new();
        for word in words {
            // Most words are plain; they need none of this.
            if let Some(text) = word.plain()
                && !text.contains(['*', '?', '[', '{', '~', '(', '+', '@', '!'])
            {
                out.push(text.to_owned());
                continue;
            }
            for word in braces::expand(word) {
                self.expand_word(&word, &mut out).await?;
            }
            if out.len() > WORDS_MAX {
                self.fail("argument list too long").await;
                return Err(Flow::Fail(1));
            }
        }
        Ok(out)
    }

    async fn expand_word(&mut self, word: &Word, out: &mut Vec<String>) -> Result<(), Flow> {
        if let [Part::Assign(assign)] = word.0.as_slice()
            && let super::ast::AssignValue::Scalar(value) = &assign.value
        {
            let value = self.expand_assigned(value).await?;
            let index = match &assign.index {
                Some(index) => format!("[{}]", self.expand_text(index).await?),
                None => String::new(),
            };
            out.push(format!("{}{index}{}={value}", assign.name, if assign.append { "+" } else { "" }));
            return Ok(());
        }
        let mut fields = Fields::default();
        self.expand_parts(&self.with_tilde(word).0, false, &mut fields).await?;
        let ifs = self.get("IFS").unwrap_or_else(|| " \t\n".to_owned());
        for field in fields.list {
            for field in split(field, &ifs) {
                self.finish_field(field, out).await?;
            }
        }
        Ok(())
    }

    async fn finish_field(&mut self, field: Vec<Piece>, out: &mut Vec<String>) -> Result<(), Flow> {
        let pattern = pattern_chars(&field);
        if !self.options.noglob && Pattern::is_pattern(&pattern) {
            self.process.charge(Duration::from_micros(20)).await;
            let found = glob::glob(self, &pattern);
            if !found.is_empty() {
                out.extend(found);
                return Ok(());
            }
            if self.options.nullglob {
                return Ok(());
            }
            if self.options.failglob {
                let text: String = field.iter().map(|piece| piece.text.as_str()).collect();
                self.fail(&format!("no match: {text}")).await;
                return Err(Flow::Fail(1));
            }
        }
        out.push(field.into_iter().map(|piece| piece.text).collect());
        Ok(())
    }

    /// A word as one text: no splitting, no file names.
    pub(super) async fn expand_text(&mut self, word: &Word) -> Result<String, Flow> {
        match word.0.as_slice() {
            [] => return Ok(String::new()),
            [Part::Quoted(text)] => return Ok(text.clone()),
            [Part::Literal(text)] if !text.starts_with('~') => return Ok(text.clone()),
            _ => {}
        }
        let mut fields = Fields::default();
        self.expand_parts(&self.with_tilde(word).0, false, &mut fields).await?;
        Ok(text_of(fields))
    }

    /// As [`Shell::expand_text`], for the right side of an assignment: `~` also after `:`.
    pub(super) async fn expand_assigned(&mut self, word: &Word) -> Result<String, Flow> {
        // Nothing is split here, so that `$*` is joined as it is within quotes.
        let joins = |part: &Part| matches!(part, Part::Param(param) if param.name == "*" || matches!(param.index, Some(Index::Joined)));
        if !word.0.iter().any(|part| joins(part) || matches!(part, Part::Literal(text) if text.contains(":~"))) {
            return self.expand_text(word).await;
        }
        let mut word = word.clone();
        for part in &mut word.0 {
            if joins(part) {
                *part = Part::Double(vec![part.clone()]);
            }
            if let Part::Literal(text) = part {
                let parts: Vec<String> = text
                    .split(':')
                    .enumerate()
                    .map(|(at, part)| if at > 0 { self.tilde(part) } else { part.to_owned() })
                    .collect();
                *text = parts.join(":");
            }
        }
        self.expand_text(&word).await
    }

    /// A word in whose text single quotes mean nothing: a here-document, arithmetic.
    pub(super) async fn expand_quoted(&mut self, word: &Word) -> Result<String, Flow> {
        let mut fields = Fields::default();
        self.expand_parts(&word.0, true, &mut fields).await?;
        Ok(text_of(fields))
    }

    /// A word as a pattern.
    pub(super) async fn expand_pattern(&mut self, word: &Word) -> Result<Vec<PatternChar>, Flow> {
        let mut fields = Fields::default();
        self.expand_parts(&self.with_tilde(word).0, false, &mut fields).await?;
        let pieces: Vec<Piece> = fields.list.into_iter().flatten().collect();
        Ok(pattern_chars(&pieces))
    }

    /// The value of an arithmetic expression.
    pub(super) async fn expand_arith(&mut self, word: &Word) -> Result<i64, Flow> {
        let text = self.expand_quoted(word).await?;
        self.process.charge(Duration::from_micros(5)).await;
        match arith::evaluate(self, &text) {
            Ok(value) => Ok(value),
            Err(message) => {
                self.fail(&message).await;
                Err(Flow::Fail(1))
            }
        }
    }

    fn with_tilde<'a>(&self, word: &'a Word) -> std::borrow::Cow<'a, Word> {
        match word.0.first() {
            Some(Part::Literal(text)) if text.starts_with('~') => {
                let ends = text.contains('/') || word.0.len() == 1;
                if !ends {
                    return std::borrow::Cow::Borrowed(word);
                }
                let (head, rest) = text.split_at(text.find('/').unwrap_or(text.len()));
                let mut parts = vec![Part::Quoted(self.tilde(head)), Part::Literal(rest.to_owned())];
                parts.extend_from_slice(&word.0[1..]);
                std::borrow::Cow::Owned(Word(parts))
            }
            // `name=~/x` as an argument is read as an assignment is.
            Some(Part::Literal(text)) => match text.split_once('=') {
                Some((name, value)) if value.starts_with('~') && super::word::is_identifier(name) => {
                    let mut parts = vec![Part::Quoted(format!("{name}={}", self.tilde(value)))];
                    parts.extend_from_slice(&word.0[1..]);
                    std::borrow::Cow::Owned(Word(parts))
                }
                _ => std::borrow::Cow::Borrowed(word),
            },
            _ => std::borrow::Cow::Borrowed(word),
        }
    }

    /// What `~`, `~+`, `~user` at the start of a text stand for.
    pub(super) fn tilde(&self, text: &str) -> String {
        let Some(rest) = text.strip_prefix('~') else { return text.to_owned() };
        let (user, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let home = match user {
            "" => self.get("HOME").or_else(|| Some("/root".to_owned())),
            "+" => self.get("PWD"),
            "-" => self.get("OLDPWD"),
            user => {
                let passwd = self.process.machine().files().read("/", "/etc/passwd").unwrap_or_default();
                let passwd = String::from_utf8_lossy(&passwd).into_owned();
                passwd.lines().find_map(|line| {
                    let fields: Vec<&str> = line.split(':').collect();
                    (fields.first() == Some(&user)).then(|| fields.get(5).map(|home| (*home).to_owned())).flatten()
                })
            }
        };
        match home {
            Some(home) => home + tail,
            None => text.to_owned(),
        }
    }

    /// Expands parts into fields; `quoted` where they stand within `"…"`.
    pub(super) fn expand_parts<'a>(
        &'a mut self,
        parts: &'a [Part],
        quoted: bool,
        fields: &'a mut Fields,
    ) -> LocalBoxFuture<'a, Result<(), Flow>> {
        Box::pin(async move {
            let kind = if quoted { Kind::Quoted } else { Kind::Split };
            for part in parts {
                match part {
                    Part::Literal(text) => fields.push(text.clone(), if quoted { Kind::Quoted } else { Kind::Literal }),
                    Part::Quoted(text) => fields.push(text.clone(), Kind::Quoted),
                    Part::Double(inner) => {
                        let before = fields.pieces();
                        let vanished = std::mem::take(&mut fields.vanished);
                        self.expand_parts(inner, true, fields).await?;
                        if fields.pieces() == before && !fields.vanished {
                            fields.push("", Kind::Quoted);
                        }
                        fields.vanished |= vanished;
                    }
                    Part::Param(param) => self.expand_param(param, quoted, fields).await?,
                    Part::Command(list) => {
                        let text = self.substitute(list).await?;
                        fields.push(text, kind);
                    }
                    Part::Arith(word) => {
                        let value = self.expand_arith(word).await?;
                        fields.push(value.to_string(), kind);
                    }
                    Part::Process { list, output } => {
                        let path = self.substitute_process(list, *output)?;
                        fields.push(path, Kind::Quoted);
                    }
                    Part::Assign(assign) => fields.push(format!("{}=", assign.name), Kind::Quoted),
                }
            }
            Ok(())
        })
    }

    /// `$(…)`: what the commands print, without the newlines at its end.
    async fn substitute(&mut self, list: &List) -> Result<String, Flow> {
        if let Some(word) = only_read(list) {
            return self.substitute_file(word).await;
        }
        let (read, write) = pipe();
        let mut fds = self.process.fds();
        fds.insert(1, write);
        let list = Rc::clone(list);
        let shell = self.clone();
        let spec = SpawnSpec { argv: self.process.args(), fds: Some(fds), ..SpawnSpec::default() };
        let child = self.process.spawn_with(spec, move |process| async move {
            let mut shell = shell.in_process(process);
            shell.process.spend(Duration::from_micros(400)).await;
            let run = shell.run_list_tail(&list).await;
            shell.finish(run).await
        });
        let child = match child {
            Ok(child) => child,
            Err(errno) => return Err(self.fork_failed(errno).await),
        };
        let mut output = Vec::new();
        loop {
            let bytes = self.process.read_file_object(&read, 1 << 16).await.unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            output.extend_from_slice(&bytes);
            if output.len() > OUTPUT_MAX {
                child.process().signal(crate::machine::Signal::KILL);
                self.fail(&format!("xrealloc: cannot allocate {} bytes", output.len() * 2)).await;
                return Err(Flow::Exit(2));
            }
        }
        drop(read);
        let status = child.wait().await.code();
        self.status = status;
        self.substitution = Some(status);
        self.check_interrupt().await?;
        Ok(substituted(output))
    }

    /// `$(< file)`: what is in the file.
    async fn substitute_file(&mut self, word: &Word) -> Result<String, Flow> {
        let path = self.expand_text(word).await?;
        let read = self.process.read_file(&path).await;
        self.substitution = Some(i32::from(read.is_err()));
        match read {
            Ok(bytes) => Ok(substituted(bytes)),
            Err(errno) => {
                self.fail(&format!("{path}: {errno}")).await;
                Ok(String::new())
            }
        }
    }

    /// `<(…)`, `>(…)`: a path that leads to a pipe.
    fn substitute_process(&mut self, list: &List, output: bool) -> Result<String, Flow> {
        let (read, write) = pipe();
        let (mine, theirs) = if output { (write, read) } else { (read, write) };
        let mut fds = self.process.fds();
        fds.insert(i32::from(!output), theirs);
        let list = Rc::clone(list);
        let shell = self.clone();
        let spec = SpawnSpec { argv: self.process.args(), fds: Some(fds), ..SpawnSpec::default() };
        let started = self.process.spawn_with(spec, move |process| async move {
            let mut shell = shell.in_process(process);
            let run = shell.run_list_tail(&list).await;
            shell.finish(run).await
        });
        if let Ok(child) = started {
            self.last_background = Some(child.pid());
        }
        let used = self.process.fds();
        let fd = (10..64).rev().find(|fd| !used.contains_key(fd)).unwrap_or(9);
        self.process.set_fd(fd, mine);
        self.to_close.push(fd);
        Ok(format!("/dev/fd/{fd}"))
    }

    pub(super) async fn fork_failed(&mut self, errno: Errno) -> Flow {
        self.fail(&format!("fork: retry: {errno}")).await;
        // bash tries again, ever more slowly; a fork bomb must not keep the world busy.
        self.process.sleep(Duration::from_secs(5)).await;
        self.fail(&format!("fork: {errno}")).await;
        Flow::Fail(254)
    }

    /// A leap out of a whole process, as its exit status; runs its EXIT trap.
    pub(super) async fn finish(&mut self, run: Run) -> i32 {
        let status = self.status_of(run);
        self.status = status;
        match self.traps.remove("EXIT") {
            Some(action) if !action.is_empty() => {
                let run = self.run_text(&action).await;
                match run {
                    Err(Flow::Exit(status)) => status,
                    _ => status,
                }
            }
            _ => status,
        }
    }

    pub(super) fn status_of(&self, run: Run) -> i32 {
        match run {
            Ok(status) | Err(Flow::Exit(status) | Flow::Return(status) | Flow::Fail(status)) => status & 0xff,
            Err(Flow::Interrupt) => 130,
            Err(Flow::Break(_) | Flow::Continue(_)) => 0,
        }
    }
}

/// The word of a list that is nothing but `< word`.
fn only_read(list: &List) -> Option<&Word> {
    let [item] = &list[..] else { return None };
    let [command] = item.first.commands.as_slice() else { return None };
    let alone = item.rest.is_empty() && !item.background && !item.first.negated && !item.first.timed;
    match (&command.kind, command.redirects.as_slice()) {
        (CommandKind::Simple { assigns, words }, [redirect])
            if alone && assigns.is_empty() && words.is_empty() && redirect.fd.is_none() =>
        {
            match &redirect.kind {
                RedirectKind::Read(word) => Some(word),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Output as a substitution gives it: without the newlines at its end.
fn substituted(mut output: Vec<u8>) -> String {
    output.retain(|&byte| byte != 0);
    while output.last() == Some(&b'\n') {
        output.pop();
    }
    match String::from_utf8(output) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

fn text_of(fields: Fields) -> String {
    let fields: Vec<String> =
        fields.list.into_iter().map(|field| field.into_iter().map(|piece| piece.text).collect()).collect();
    fields.join(" ")
}

fn pattern_chars(pieces: &[Piece]) -> Vec<PatternChar> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece.kind {
            Kind::Quoted => out.extend(piece.text.chars().map(|c| (c, true))),
            Kind::Literal => out.extend(piece.text.chars().map(|c| (c, false))),
            // A backslash that came out of an expansion quotes in a pattern.
            Kind::Split => {
                let mut chars = piece.text.chars().peekable();
                while let Some(c) = chars.next() {
                    match (c, chars.peek()) {
                        ('\\', Some('*' | '?' | '[' | ']' | '\\')) => out.push((chars.next().unwrap_or('\\'), true)),
                        (c, _) => out.push((c, false)),
                    }
                }
            }
        }
    }
    out
}

/// Field splitting.
fn split(field: Vec<Piece>, ifs: &str) -> Vec<Vec<Piece>> {
    if !field.iter().any(|piece| piece.kind == Kind::Split) {
        return vec![field];
    }
    let mut out = Vec::new();
    let mut current: Vec<Piece> = Vec::new();
    let mut after_blank = false;
    for piece in field {
        if piece.kind != Kind::Split {
            if piece.kind == Kind::Quoted || !piece.text.is_empty() {
                current.push(piece);
                after_blank = false;
            }
            continue;
        }
        let mut text = String::new();
        let flush = |text: &mut String, current: &mut Vec<Piece>| {
            if !text.is_empty() {
                current.push(Piece { text: std::mem::take(text), kind: Kind::Split });
            }
        };
        for c in piece.text.chars() {
            if !ifs.contains(c) {
                text.push(c);
                after_blank = false;
                continue;
            }
            flush(&mut text, &mut current);
            if !current.is_empty() {
                out.push(std::mem::take(&mut current));
                after_blank = matches!(c, ' ' | '\t' | '\n');
            } else if !matches!(c, ' ' | '\t' | '\n') {
                if !after_blank {
                    out.push(vec![Piece { text: String::new(), kind: Kind::Quoted }]);
                }
                after_blank = false;
            }
        }
        flush(&mut text, &mut current);
    }
    if !current.is_empty() {
        out.push(current);
    }
    out
}
