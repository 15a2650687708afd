//! `sed`
//!
//! Modelled: addresses (numbers, `$`, `/re/`, `first~step`, ranges, `+n`, `!`), `s` with g, p, i,
//! a number and w, and the commands `p d q Q = a i c y n N D P h H g G x b t T : { } w r l`.

use super::args::{self, Maybe, No, Value};
use super::input::{Input, complain, or_stdin, text};
use super::sed_script::{Action, Address, Script, Step, Substitution};
use crate::machine::Process;
use crate::shell::regex::Regex;
use crate::sim::Duration;

/// The new text, if anything matched.
fn substitute(sub: &Substitution, regex: &Regex, line: &str, delimiter_free: &str) -> Option<String> {
    let (mut out, mut at, mut turn, mut changed) = (String::new(), 0, 0, false);
    for groups in regex.matches(line) {
        let Some((low, high)) = groups[0] else { break };
        turn += 1;
        if turn < sub.number {
            continue;
        }
        out.push_str(&line[at..low]);
        replacement(delimiter_free, line, &groups, &mut out);
        at = high;
        changed = true;
        if !sub.all || out.len() > 16 << 20 {
            break;
        }
    }
    changed.then(|| out + &line[at..])
}

fn replacement(with: &str, line: &str, groups: &[Option<(usize, usize)>], out: &mut String) {
    // \U \L \u \l \E change the case of what follows.
    let (mut all, mut next) = (None, None);
    let mut push = |text: &str, all: Option<char>, next: &mut Option<char>| {
        for c in text.chars() {
            match next.take().or(all) {
                Some('U' | 'u') => out.extend(c.to_uppercase()),
                Some('L' | 'l') => out.extend(c.to_lowercase()),
                _ => out.push(c),
            }
        }
    };
    let mut chars = with.chars();
    while let Some(c) = chars.next() {
        match c {
            '&' => push(groups[0].map_or("", |(low, high)| &line[low..high]), all, &mut next),
            '\\' => match chars.next() {
                Some(c @ '0'..='9') => {
                    let group = groups.get(c as usize - '0' as usize).copied().flatten();
                    push(group.map_or("", |(low, high)| &line[low..high]), all, &mut next);
                }
                Some('n') => push("\n", all, &mut next),
                Some('t') => push("\t", all, &mut next),
                Some(c @ ('U' | 'L')) => all = Some(c),
                Some('E') => all = None,
                Some(c @ ('u' | 'l')) => next = Some(c),
                Some(c) => push(c.encode_utf8(&mut [0; 4]), all, &mut next),
                None => {}
            },
            c => push(c.encode_utf8(&mut [0; 4]), all, &mut next),
        }
    }
}

/// sed -n -e -f -i -E -r -s -z
pub async fn run(process: Process) -> i32 {
    let flags = [
        ('n', "quiet", No),
        ('«', "silent", No),
        ('e', "expression", Value),
        ('f', "file", Value),
        ('i', "in-place", Maybe),
        ('E', "regexp-extended", No),
        ('r', "", No),
        ('s', "separate", No),
        ('u', "unbuffered", No),
    ];
    let mut parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let mut source: Vec<String> = parsed.values('e').map(str::to_owned).collect();
    for path in parsed.values('f') {
        match process.read_file(path).await {
            Ok(bytes) => source.push(String::from_utf8_lossy(&bytes).into_owned()),
            Err(errno) => {
                process.err(&format!("sed: couldn't open file {path}: {errno}\n")).await;
                return 1;
            }
        }
    }
    if !parsed.has('e') && !parsed.has('f') {
        if parsed.operands.is_empty() {
            process.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n").await;
            return 1;
        }
        source.push(parsed.operands.remove(0));
    }
    let mut script = Script {
        chars: source.join("\n").chars().collect(),
        at: 0,
        extended: parsed.has('E') || parsed.has('r'),
        steps: Vec::new(),
        labels: Vec::new(),
        jumps: Vec::new(),
        blocks: Vec::new(),
    };
    if let Err(message) = script.parse() {
        process.err(&format!("sed: -e expression #1, char {}: {message}\n", script.at)).await;
        return 1;
    }
    let in_place =
        parsed.options.iter().find(|(letter, _)| *letter == 'i').map(|(_, suffix)| suffix.clone().unwrap_or_default());
    let paths = or_stdin(&parsed.operands);
    let silent = parsed.has('n') || parsed.has('«') || source.first().is_some_and(|text| text.starts_with("#n\n"));
    let mut machine = Runner::new(&process, &script.steps, silent);
    match in_place {
        Some(suffix) => {
            let mut status = 0;
            for path in paths {
                machine = Runner::new(&process, &script.steps, silent);
                machine.collected = Some(Vec::new());
                status |= machine.run(std::slice::from_ref(&path)).await;
                let Some(text) = machine.collected.take().filter(|_| !machine.missing) else { continue };
                if !suffix.is_empty()
                    && let Ok(old) = process.read_file(&path).await
                {
                    let _ = process.write_file(&format!("{path}{suffix}"), &old).await;
                }
                if let Err(errno) = process.write_file(&path, &text).await {
                    complain(&process, &path, errno).await;
                    status = 4;
                }
            }
            status
        }
        None => machine.run(&paths).await,
    }
}

struct Runner<'a> {
    process: &'a Process,
    steps: &'a [Step],
    silent: bool,
    /// With -i: what is printed goes here.
    collected: Option<Vec<u8>>,
    missing: bool,
    active: Vec<Option<usize>>,
    number: usize,
    hold: String,
    last_regex: Option<Regex>,
}

enum Next {
    Cycle,
    Restart,
    Quit(i32),
}

impl<'a> Runner<'a> {
    fn new(process: &'a Process, steps: &'a [Step], silent: bool) -> Runner<'a> {
        Runner {
            process,
            steps,
            silent,
            collected: None,
            missing: false,
            active: vec![None; steps.len()],
            number: 0,
            hold: String::new(),
            last_regex: None,
        }
    }

    async fn print(&mut self, text: &str, newline: bool) {
        let text = if newline { format!("{text}\n") } else { text.to_owned() };
        match &mut self.collected {
            Some(out) => out.extend_from_slice(text.as_bytes()),
            None => self.process.out(&text).await,
        }
    }

    async fn run(&mut self, paths: &[String]) -> i32 {
        let mut inputs = Vec::new();
        let mut status = 0;
        for path in paths {
            match Input::open(self.process, path) {
                Ok(input) => inputs.push((path.clone(), input)),
                Err(errno) => {
                    self.process.err(&format!("sed: can't read {path}: {errno}\n")).await;
                    self.missing = true;
                    status = 2;
                }
            }
        }
        inputs.reverse();
        let mut source = Source { inputs, next: None };
        source.fill(self.process).await;
        let mut space = String::new();
        let mut keep = false;
        loop {
            let mut newline = true;
            if !keep {
                let Some((line, ended)) = source.take(self.process).await else { break };
                self.number += 1;
                (space, newline) = (line, ended);
            }
            let mut append = String::new();
            let next = self.cycle(&mut space, &mut source, &mut append, &mut newline).await;
            let quits = matches!(next, Next::Quit(_));
            keep = matches!(next, Next::Restart);
            if !append.is_empty() {
                self.print(&append, false).await;
            }
            if quits {
                if let Next::Quit(code) = next {
                    status = code;
                }
                break;
            }
        }
        status
    }

    fn selected(&mut self, at: usize, space: &str, last: bool) -> bool {
        let place = &self.steps[at].place;
        let number = self.number;
        let last_regex = &mut self.last_regex;
        let mut hits = |address: &Address| match address {
            Address::Line(line) => *line == number,
            Address::Last => last,
            Address::Step(first, step) => {
                if *step == 0 {
                    number == *first
                } else {
                    number >= *first && (number - first).is_multiple_of(*step)
                }
            }
            Address::Match(Some(regex)) => {
                *last_regex = Some(regex.clone());
                regex.is_match(space)
            }
            Address::Match(None) => last_regex.as_ref().is_some_and(|regex| regex.is_match(space)),
            Address::Plus(_) => false,
        };
        let truth = match (&place.first, &place.second) {
            (None, _) => true,
            (Some(first), None) => hits(first),
            (Some(first), Some(second)) => match self.active[at] {
                Some(end) => {
                    let over = match second {
                        Address::Plus(_) => number >= end,
                        Address::Line(line) => number >= *line,
                        second => hits(second),
                    };
                    if over {
                        self.active[at] = None;
                    }
                    // A line number that is past already ends the range before this line.
                    !matches!(second, Address::Line(line) if number > *line)
                }
                None => {
                    let begins = hits(first) || matches!(first, Address::Line(0));
                    if begins {
                        let ends = match second {
                            Address::Line(line) => *line <= number,
                            Address::Plus(count) => *count == 0,
                            Address::Last => last,
                            _ => false,
                        };
                        if !ends {
                            self.active[at] = Some(match second {
                                Address::Plus(count) => number + count,
                                _ => 0,
                            });
                        }
                    }
                    begins
                }
            },
        };
        truth != place.inverted
    }

    async fn cycle(
        &mut self,
        space: &mut String,
        source: &mut Source,
        append: &mut String,
        newline: &mut bool,
    ) -> Next {
        let (mut at, mut replaced, mut fuel) = (0, false, 100_000u32);
        while at < self.steps.len() {
            self.process.charge(Duration::from_nanos(800)).await;
            fuel = fuel.saturating_sub(1);
            if fuel == 0 || space.len() > 16 << 20 {
                self.process.err("sed: the script takes too long for this simulation\n").await;
                return Next::Quit(4);
            }
            let step = &self.steps[at];
            let chosen = self.selected(at, space, source.next.is_none());
            at += 1;
            if let Action::Open(end) = &step.action {
                if !chosen {
                    at = *end;
                }
                continue;
            }
            if !chosen {
                continue;
            }
            match &step.action {
                Action::Open(_) => {}
                Action::Substitute(sub) => {
                    let regex = sub.regex.clone().or_else(|| self.last_regex.clone());
                    let Some(regex) = regex else {
                        self.process.err("sed: no previous regular expression\n").await;
                        return Next::Quit(1);
                    };
                    if let Some(new) = substitute(sub, &regex, space, &sub.with) {
                        *space = new;
                        replaced = true;
                        if sub.print {
                            self.print(&space.clone(), true).await;
                        }
                        if let Some(path) = &sub.file {
                            self.append_file(path, space).await;
                        }
                    }
                    self.last_regex = Some(regex);
                }
                Action::Translate(from, to) => {
                    *space = space.chars().map(|c| from.iter().position(|&f| f == c).map_or(c, |at| to[at])).collect();
                }
                Action::Text('a', text) => append.push_str(&format!("{text}\n")),
                Action::Text('i', text) => self.print(text, true).await,
                Action::Text(_, text) => {
                    if self.active[at - 1].is_none() || step.place.inverted {
                        self.print(text, true).await;
                    }
                    return Next::Cycle;
                }
                Action::Branch(kind, to) => {
                    let jumps = match kind {
                        'b' => true,
                        't' => std::mem::take(&mut replaced),
                        _ => !std::mem::take(&mut replaced),
                    };
                    if jumps {
                        at = to.unwrap_or(self.steps.len());
                    }
                }
                Action::Status('q', status) => {
                    if !self.silent {
                        self.print(&space.clone(), *newline).await;
                    }
                    return Next::Quit(*status);
                }
                Action::Status(_, status) => return Next::Quit(*status),
                Action::File('r', path) => {
                    if let Ok(bytes) = self.process.read_file(path).await {
                        append.push_str(&String::from_utf8_lossy(&bytes));
                    }
                }
                Action::File(_, path) => self.append_file(path, space).await,
                Action::Plain(c) => match c {
                    'p' => self.print(&space.clone(), true).await,
                    'P' => {
                        let line = space.split('\n').next().unwrap_or_default().to_owned();
                        self.print(&line, true).await;
                    }
                    'd' => return Next::Cycle,
                    'D' => match space.split_once('\n') {
                        Some((_, rest)) => {
                            *space = rest.to_owned();
                            return Next::Restart;
                        }
                        None => return Next::Cycle,
                    },
                    '=' => self.print(&self.number.to_string(), true).await,
                    'n' => {
                        if !self.silent {
                            self.print(&space.clone(), *newline).await;
                        }
                        match source.take(self.process).await {
                            Some((line, ended)) => {
                                self.number += 1;
                                (*space, *newline) = (line, ended);
                            }
                            None => return Next::Quit(0),
                        }
                    }
                    'N' => match source.take(self.process).await {
                        Some((line, ended)) => {
                            self.number += 1;
                            space.push('\n');
                            space.push_str(&line);
                            *newline = ended;
                        }
                        None => {
                            if !self.silent {
                                self.print(&space.clone(), *newline).await;
                            }
                            return Next::Quit(0);
                        }
                    },
                    'h' => self.hold.clone_from(space),
                    'H' => {
                        self.hold.push('\n');
                        self.hold.push_str(space);
                    }
                    'g' => space.clone_from(&self.hold),
                    'G' => {
                        space.push('\n');
                        space.push_str(&self.hold);
                    }
                    'x' => std::mem::swap(space, &mut self.hold),
                    'z' => space.clear(),
                    'l' => {
                        let shown = space.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n") + "$";
                        self.print(&shown, true).await;
                    }
                    _ => {}
                },
            }
        }
        if !self.silent {
            self.print(&space.clone(), *newline).await;
        }
        Next::Cycle
    }

    async fn append_file(&self, path: &str, space: &str) {
        let text = format!("{space}\n");
        if let Ok(file) = self.process.open(path, crate::machine::OpenOptions::APPEND) {
            let _ = self.process.write_file_object(&file, text.as_bytes()).await;
        }
    }
}

/// The inputs one after another, one line ahead: `$` must know the last.
struct Source {
    inputs: Vec<(String, Input)>,
    next: Option<(String, bool)>,
}

impl Source {
    async fn fill(&mut self, process: &Process) {
        self.next = None;
        while let Some((path, input)) = self.inputs.last_mut() {
            match input.line().await {
                Ok(Some(line)) => {
                    self.next = Some((text(&line), line.ends_with(b"\n")));
                    return;
                }
                Ok(None) => {}
                Err(crate::machine::Errno::IsDir) => {
                    process.err(&format!("sed: couldn't edit {path}: not a regular file\n")).await
                }
                Err(errno) => complain(process, path, errno).await,
            }
            self.inputs.pop();
        }
    }

    async fn take(&mut self, process: &Process) -> Option<(String, bool)> {
        let line = self.next.take()?;
        self.fill(process).await;
        Some(line)
    }
}
