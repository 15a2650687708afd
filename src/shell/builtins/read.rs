//! `read` and `mapfile`.

use crate::collections::SortedMap;
use crate::machine::{Errno, Modes};
use crate::shell::vars::Value;
use crate::shell::word::is_identifier;
use crate::shell::{Flow, Run, Shell};
use crate::sim::{Duration, Either, race};

/// How long a line may be.
const LINE_MAX: usize = 4 << 20;

/// What to read.
struct Wish {
    fd: i32,
    /// The byte that ends a line; `None`: nothing does.
    end: Option<u8>,
    /// At most so many characters.
    most: Option<usize>,
    timeout: Option<Duration>,
}

/// How reading ended.
enum Got {
    Line(Vec<u8>),
    /// The end of the input came first.
    Rest(Vec<u8>),
    Timeout(Vec<u8>),
    Failed(Errno),
}

impl Shell {
    /// A line without its newline; `Err` is an error of the read itself, `None` the end.
    pub(in crate::shell) async fn read_text_line(&mut self, fd: i32) -> Result<Result<Option<String>, Errno>, Flow> {
        Ok(match self.read_wish(Wish { fd, end: Some(b'\n'), most: None, timeout: None }).await? {
            Got::Line(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Got::Rest(bytes) if !bytes.is_empty() => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Got::Rest(_) | Got::Timeout(_) => Ok(None),
            Got::Failed(errno) => Err(errno),
        })
    }

    /// Reads byte by byte, so that what follows the line is left for other programs.
    async fn read_wish(&mut self, wish: Wish) -> Result<Got, Flow> {
        let deadline = wish.timeout.map(|span| self.process.sim().now() + span);
        let mut bytes = Vec::new();
        loop {
            if wish.most.is_some_and(|most| {
                String::from_utf8_lossy(&bytes).chars().count() >= most && std::str::from_utf8(&bytes).is_ok()
            }) {
                return Ok(Got::Line(bytes));
            }
            let process = self.process.clone();
            let reading = process.read(wish.fd, 1);
            let signalled = process.signal_pending();
            let read = match deadline {
                Some(at) => match race(race(reading, signalled), process.sim().sleep_until(at)).await {
                    Either::First(read) => read,
                    Either::Second(()) => return Ok(Got::Timeout(bytes)),
                },
                None => race(reading, signalled).await,
            };
            match read {
                Either::First(Ok(byte)) => match byte.first() {
                    None => return Ok(Got::Rest(bytes)),
                    Some(byte) if Some(*byte) == wish.end => return Ok(Got::Line(bytes)),
                    Some(0) => {}
                    Some(byte) => bytes.push(*byte),
                },
                Either::First(Err(errno)) => return Ok(Got::Failed(errno)),
                Either::Second(()) => self.check_interrupt().await?,
            }
            if bytes.len() > LINE_MAX {
                return Ok(Got::Failed(Errno::NoMemory));
            }
            if bytes.len() % 64 == 63 {
                self.process.charge(Duration::from_micros(10)).await;
            }
        }
    }
}

/// `read`
pub async fn read(shell: &mut Shell, args: &[String]) -> Run {
    let (mut raw, mut silent, mut array, mut prompt) = (false, false, None, None);
    let mut wish = Wish { fd: 0, end: Some(b'\n'), most: None, timeout: None };
    let mut rest = &args[1..];
    while let Some(word) = rest.first().filter(|word| word.starts_with('-') && word.len() > 1) {
        rest = &rest[1..];
        if word == "--" {
            break;
        }
        let mut letters = word[1..].chars();
        while let Some(letter) = letters.next() {
            match letter {
                'r' => raw = true,
                's' => silent = true,
                'e' => {}
                'a' | 'd' | 'i' | 'n' | 'N' | 'p' | 't' | 'u' => {
                    let inline = letters.as_str().to_owned();
                    letters = "".chars();
                    let value = if !inline.is_empty() {
                        inline
                    } else if let Some(value) = rest.first() {
                        rest = &rest[1..];
                        value.clone()
                    } else {
                        shell.wrong(args, &format!("-{letter}: option requires an argument")).await;
                        return Ok(2);
                    };
                    match letter {
                        'a' => array = Some(value),
                        'd' => wish.end = Some(value.bytes().next().unwrap_or(0)),
                        'p' => prompt = Some(value),
                        't' => match crate::shell::main::seconds(&value) {
                            Some(span) => wish.timeout = Some(span),
                            None => {
                                shell.wrong(args, &format!("{value}: invalid timeout specification")).await;
                                return Ok(1);
                            }
                        },
                        'u' => wish.fd = value.parse().unwrap_or(-1),
                        'n' | 'N' => {
                            wish.most = Some(value.parse().unwrap_or(0));
                            if letter == 'N' {
                                wish.end = None;
                            }
                        }
                        _ => {}
                    }
                }
                letter => {
                    shell.wrong(args, &format!("-{letter}: invalid option")).await;
                    shell
                        .process
                        .err("read: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]\n")
                        .await;
                    return Ok(2);
                }
            }
        }
    }
    if let Some(bad) = rest.iter().find(|name| !is_identifier(name.split('[').next().unwrap_or_default())) {
        shell.wrong(args, &format!("`{bad}': not a valid identifier")).await;
        return Ok(1);
    }
    let tty = shell.process.fd(wish.fd).ok().and_then(|file| file.tty().cloned());
    if let (Some(prompt), true) = (&prompt, tty.is_some()) {
        shell.process.err(prompt).await;
    }
    let modes = tty.as_ref().map(|tty| tty.modes());
    if let (Some(tty), Some(modes)) = (&tty, modes) {
        tty.set_modes(Modes {
            echo: modes.echo && !silent,
            canonical: modes.canonical && wish.most.is_none(),
            ..modes
        });
    }
    // A backslash joins lines, unless -r.
    let mut bytes = Vec::new();
    let (fd, end, most) = (wish.fd, wish.end, wish.most);
    let mut got = shell.read_wish(wish).await;
    while let Ok(Got::Line(line)) = &got {
        let slashes = line.iter().rev().take_while(|&&byte| byte == b'\\').count();
        if raw || end != Some(b'\n') || most.is_some() || slashes % 2 == 0 {
            break;
        }
        bytes.extend_from_slice(&line[..line.len() - 1]);
        got = shell.read_wish(Wish { fd, end, most, timeout: None }).await;
    }
    if let (Some(tty), Some(modes)) = (&tty, modes) {
        tty.set_modes(modes);
    }
    let status = match got? {
        Got::Line(line) => {
            bytes.extend_from_slice(&line);
            0
        }
        Got::Rest(line) => {
            bytes.extend_from_slice(&line);
            i32::from(most.is_none_or(|most| bytes.len() < most))
        }
        Got::Timeout(line) => {
            bytes.extend_from_slice(&line);
            142
        }
        Got::Failed(errno) => {
            shell.wrong(args, &format!("read error: {fd}: {errno}")).await;
            return Ok(1);
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let stored = store(shell, rest, array.as_deref(), &text, raw, end.is_none());
    if let Err(message) = stored {
        shell.fail(&message).await;
        return Ok(1);
    }
    Ok(status)
}

fn store(
    shell: &mut Shell,
    names: &[String],
    array: Option<&str>,
    text: &str,
    raw: bool,
    whole: bool,
) -> Result<(), String> {
    let ifs = shell.get("IFS").unwrap_or_else(|| " \t\n".to_owned());
    if let Some(array) = array {
        let words = fields(text, &ifs, raw, usize::MAX);
        let items: SortedMap<i64, String> = words.into_iter().enumerate().map(|(at, word)| (at as i64, word)).collect();
        shell.vars.get_mut(array).value = Value::Indexed(items);
        return Ok(());
    }
    if names.is_empty() || whole {
        let value = if raw || whole { text.to_owned() } else { unslash(text) };
        return shell.set(names.first().map_or("REPLY", String::as_str), value);
    }
    let words = fields(text, &ifs, raw, names.len());
    for (at, name) in names.iter().enumerate() {
        shell.set(name, words.get(at).cloned().unwrap_or_default())?;
    }
    Ok(())
}

fn unslash(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' { out.extend(chars.next()) } else { out.push(c) }
    }
    out
}

/// At most `most` fields; the last takes what is left.
fn fields(text: &str, ifs: &str, raw: bool, most: usize) -> Vec<String> {
    let mut atoms: Vec<(char, bool)> = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if !raw => atoms.extend(chars.next().map(|c| (c, true))),
            c => atoms.push((c, false)),
        }
    }
    let blank = |atom: &(char, bool)| !atom.1 && matches!(atom.0, ' ' | '\t' | '\n') && ifs.contains(atom.0);
    let mark = |atom: &(char, bool)| !atom.1 && ifs.contains(atom.0) && !blank(atom);
    let mut out = Vec::new();
    let mut at = atoms.iter().take_while(|atom| blank(atom)).count();
    while at < atoms.len() {
        if out.len() + 1 == most {
            let mut end = atoms.len();
            while end > at && blank(&atoms[end - 1]) {
                end -= 1;
            }
            // One closing delimiter belongs to the last field only if there are more fields.
            let rest = &atoms[at..end];
            let single = rest.iter().position(mark).is_some_and(|first| first + 1 == rest.len());
            let rest = if single { &rest[..rest.len() - 1] } else { rest };
            out.push(rest.iter().map(|atom| atom.0).collect());
            return out;
        }
        let end =
            atoms[at..].iter().position(|atom| blank(atom) || mark(atom)).map_or(atoms.len(), |length| at + length);
        out.push(atoms[at..end].iter().map(|atom| atom.0).collect());
        at = end;
        while at < atoms.len() && blank(&atoms[at]) {
            at += 1;
        }
        if at < atoms.len() && mark(&atoms[at]) {
            at += 1;
            while at < atoms.len() && blank(&atoms[at]) {
                at += 1;
            }
        }
    }
    out
}

/// `mapfile`, `readarray`
pub async fn mapfile(shell: &mut Shell, args: &[String]) -> Run {
    let (mut trim, mut fd, mut end, mut most, mut skip, mut origin) = (false, 0, b'\n', usize::MAX, 0, None);
    let mut name = "MAPFILE".to_owned();
    let mut rest = args[1..].iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-t" => trim = true,
            "-u" | "-d" | "-n" | "-s" | "-O" | "-c" | "-C" => {
                let value = rest.next().cloned().unwrap_or_default();
                match word.as_str() {
                    "-u" => fd = value.parse().unwrap_or(0),
                    "-d" => end = value.bytes().next().unwrap_or(0),
                    "-n" => most = value.parse().ok().filter(|&most| most > 0).unwrap_or(usize::MAX),
                    "-s" => skip = value.parse().unwrap_or(0),
                    "-O" => origin = value.parse::<i64>().ok(),
                    _ => {}
                }
            }
            word => name = word.to_owned(),
        }
    }
    if !is_identifier(&name) {
        shell.wrong(args, &format!("`{name}': not a valid identifier")).await;
        return Ok(1);
    }
    if let Some(origin) = origin {
        let _ = origin;
    } else {
        shell.vars.get_mut(&name).value = Value::Indexed(SortedMap::new());
    }
    let mut at = origin.unwrap_or(0);
    let mut seen = 0;
    loop {
        if at as usize >= most {
            return Ok(0);
        }
        let (mut bytes, last) = match shell.read_wish(Wish { fd, end: Some(end), most: None, timeout: None }).await? {
            Got::Line(bytes) => (bytes, false),
            Got::Rest(bytes) | Got::Timeout(bytes) if bytes.is_empty() => return Ok(0),
            Got::Rest(bytes) | Got::Timeout(bytes) => (bytes, true),
            Got::Failed(errno) => {
                shell.wrong(args, &format!("read error: {errno}")).await;
                return Ok(1);
            }
        };
        seen += 1;
        if seen <= skip {
            continue;
        }
        if !trim && !last {
            bytes.push(end);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Err(message) = shell.set_element(&name, &at.to_string(), text, false) {
            shell.fail(&message).await;
            return Ok(1);
        }
        at += 1;
    }
}
