//! `grep`, `egrep`, `fgrep`

use super::args::{self, Maybe, No, Value, short_name};
use super::input::{Input, complain, or_stdin};
use crate::machine::Process;
use crate::shell::regex::{Flags, Groups, Regex};

struct Job {
    expressions: Vec<Regex>,
    parsed: args::Parsed,
    before: usize,
    after: usize,
    most: usize,
    show_names: bool,
    color: bool,
}

/// grep -i -v -c -n -o -q -s -E -F -G -P -w -x -r -l -L -h -H -A -B -C -e -f -m --color --include
pub async fn run(process: Process) -> i32 {
    let flags = [
        ('i', "ignore-case", No),
        ('y', "", No),
        ('v', "invert-match", No),
        ('c', "count", No),
        ('n', "line-number", No),
        ('o', "only-matching", No),
        ('q', "quiet", No),
        ('s', "no-messages", No),
        ('E', "extended-regexp", No),
        ('F', "fixed-strings", No),
        ('G', "basic-regexp", No),
        ('P', "perl-regexp", No),
        ('w', "word-regexp", No),
        ('x', "line-regexp", No),
        ('r', "recursive", No),
        ('R', "dereference-recursive", No),
        ('l', "files-with-matches", No),
        ('L', "files-without-match", No),
        ('h', "no-filename", No),
        ('H', "with-filename", No),
        ('a', "text", No),
        ('z', "null-data", No),
        ('A', "after-context", Value),
        ('B', "before-context", Value),
        ('C', "context", Value),
        ('e', "regexp", Value),
        ('f', "file", Value),
        ('m', "max-count", Value),
        ('‹', "color", Maybe),
        ('›', "include", Value),
        ('«', "exclude", Value),
        ('»', "line-buffered", No),
        ('0', "", No),
    ];
    let mut parsed = match args::parse(&process, &flags, args::GNU_2).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let mut sources: Vec<String> = parsed.values('e').flat_map(|text| text.split('\n')).map(str::to_owned).collect();
    for path in parsed.values('f').map(str::to_owned).collect::<Vec<_>>() {
        match process.read_file(&path).await {
            Ok(bytes) => sources.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned)),
            Err(errno) => {
                complain(&process, &path, errno).await;
                return 2;
            }
        }
    }
    if !parsed.has('e') && !parsed.has('f') {
        if parsed.operands.is_empty() {
            process.err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n").await;
            return 2;
        }
        sources.extend(parsed.operands.remove(0).split('\n').map(str::to_owned));
    }
    let name = short_name(&process.args());
    let extended = parsed.has('E') || name == "egrep";
    let fixed = parsed.has('F') || name == "fgrep";
    let fold = parsed.has('i') || parsed.has('y');
    let mut expressions = Vec::new();
    for source in sources {
        if fixed {
            expressions.push(Regex::literal(&source, fold));
            continue;
        }
        let regex = if parsed.has('P') {
            Regex::perl(&source, Flags { fold, ..Flags::default() }).map(|(regex, _)| regex)
        } else {
            Regex::new(&source, extended, fold)
        };
        match regex {
            Ok(regex) => expressions.push(regex),
            Err(message) => {
                process.err(&format!("grep: {message}\n")).await;
                return 2;
            }
        }
    }
    let number = |letter: char| parsed.value(letter).map(|text| text.parse::<usize>().map_err(|_| text.to_owned()));
    let mut numbers = [None; 4];
    for (slot, letter) in numbers.iter_mut().zip(['A', 'B', 'C', 'm']) {
        match number(letter) {
            None => {}
            Some(Ok(value)) => *slot = Some(value),
            Some(Err(text)) => {
                let what = if letter == 'm' { "invalid max count" } else { "invalid context length argument" };
                process.err(&format!("grep: {text}: {what}\n")).await;
                return 2;
            }
        }
    }
    // `grep -2`: so much context.
    let context = numbers[2].or_else(|| parsed.value('n').and_then(|text| text.parse().ok())).unwrap_or(0);
    let recursive = parsed.has('r') || parsed.has('R');
    let color = match parsed.options.iter().rev().find(|(letter, _)| *letter == '‹') {
        Some((_, Some(when))) => when == "always" || when == "auto" && process.is_tty(1),
        Some((_, None)) => process.is_tty(1),
        None => false,
    };
    let mut paths = parsed.operands.clone();
    let mut trouble = false;
    if recursive {
        let roots = if paths.is_empty() { vec![String::new()] } else { paths };
        paths = Vec::new();
        for root in roots {
            walk(&process, &root, &mut paths, 0);
        }
        let fits = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or_default();
            let included = parsed.values('›').map(crate::shell::pattern::Pattern::parse).collect::<Vec<_>>();
            let excluded = parsed.values('«').any(|text| crate::shell::pattern::Pattern::parse(text).matches(name));
            (included.is_empty() || included.iter().any(|pattern| pattern.matches(name))) && !excluded
        };
        paths.retain(fits);
    } else {
        paths = or_stdin(&paths);
    }
    let job = Job {
        expressions,
        before: numbers[1].unwrap_or(context),
        after: numbers[0].unwrap_or(context),
        most: numbers[3].unwrap_or(usize::MAX),
        show_names: !parsed.has('h') && (parsed.has('H') || recursive || paths.len() > 1),
        color,
        parsed,
    };
    let mut found = false;
    for path in paths {
        let mut input = match Input::open(&process, &path) {
            Ok(input) => input,
            Err(errno) => {
                if !job.parsed.has('s') {
                    complain(&process, &path, errno).await;
                }
                trouble = true;
                continue;
            }
        };
        match job.search(&process, &mut input, &path).await {
            Ok(any) => found |= any,
            Err(crate::machine::Errno::IsDir) => {
                process.err(&format!("grep: {path}: Is a directory\n")).await;
                trouble |= !found;
            }
            Err(errno) => {
                complain(&process, &path, errno).await;
                trouble = true;
            }
        }
        if found && job.parsed.has('q') {
            return 0;
        }
    }
    if trouble && !(found && job.parsed.has('q')) { 2 } else { i32::from(!found) }
}

fn walk(process: &Process, root: &str, out: &mut Vec<String>, depth: u32) {
    let files = process.machine().files();
    let here = if root.is_empty() { "." } else { root };
    match files.list(&process.cwd(), here) {
        Ok(names) if depth < 40 => {
            for name in names {
                let path = match root {
                    "" => name,
                    root => format!("{}/{name}", root.trim_end_matches('/')),
                };
                let link = files.find_link(&process.cwd(), &path).and_then(|node| node.get());
                if !link.is_ok_and(|inode| inode.is_symlink()) {
                    walk(process, &path, out, depth + 1);
                }
            }
        }
        _ => out.push(root.to_owned()),
    }
}

impl Job {
    fn find(&self, line: &str, from: usize) -> Option<Groups> {
        let word = self.parsed.has('w');
        let whole = self.parsed.has('x');
        let mut best: Option<Groups> = None;
        for regex in &self.expressions {
            let mut start = from;
            while let Some(groups) = regex.find(line, start) {
                let Some((low, high)) = groups[0] else { break };
                let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                let fits = (!whole || low == 0 && high == line.len())
                    && (!word || !is_word(line[..low].chars().next_back()) && !is_word(line[high..].chars().next()));
                if fits {
                    if best
                        .as_ref()
                        .and_then(|best| best[0])
                        .is_none_or(|(old, end)| low < old || low == old && high > end)
                    {
                        best = Some(groups);
                    }
                    break;
                }
                match line[low..].chars().next() {
                    Some(c) => start = low + c.len_utf8(),
                    None => break,
                }
            }
        }
        best
    }

    async fn search(&self, process: &Process, input: &mut Input, path: &str) -> Result<bool, crate::machine::Errno> {
        let shown = if path == "-" { "(standard input)" } else { path };
        let quiet = self.parsed.has('q') || self.parsed.has('l') || self.parsed.has('L') || self.parsed.has('c');
        let numbered = self.parsed.options.iter().any(|(letter, value)| *letter == 'n' && value.is_none());
        let (mut count, mut number, mut printed, mut trailing) = (0, 0, 0, 0);
        let mut waiting: Vec<(usize, String)> = Vec::new();
        let prefix = |number: usize, mark: char| {
            let mut text = String::new();
            if self.show_names {
                match self.color {
                    true => {
                        text.push_str(&format!("\x1b[35m\x1b[K{shown}\x1b[m\x1b[K\x1b[36m\x1b[K{mark}\x1b[m\x1b[K"))
                    }
                    false => text.push_str(&format!("{shown}{mark}")),
                }
            }
            if numbered {
                match self.color {
                    true => {
                        text.push_str(&format!("\x1b[32m\x1b[K{number}\x1b[m\x1b[K\x1b[36m\x1b[K{mark}\x1b[m\x1b[K"))
                    }
                    false => text.push_str(&format!("{number}{mark}")),
                }
            }
            text
        };
        while count < self.most || trailing > 0 {
            let Some(line) = input.line().await? else { break };
            number += 1;
            let line = super::input::text(&line);
            process.charge(crate::sim::Duration::from_nanos(500)).await;
            let hit = if count < self.most { self.find(&line, 0) } else { None };
            let selected = count < self.most && hit.is_some() != self.parsed.has('v');
            if !selected {
                if quiet {
                    continue;
                }
                if trailing > 0 {
                    trailing -= 1;
                    printed = number;
                    process.out(&format!("{}{line}\n", prefix(number, '-'))).await;
                } else if self.before > 0 {
                    waiting.push((number, line));
                    if waiting.len() > self.before {
                        waiting.remove(0);
                    }
                }
                continue;
            }
            count += 1;
            if self.parsed.has('q') {
                return Ok(true);
            }
            if quiet {
                continue;
            }
            if self.parsed.has('o') {
                if !self.parsed.has('v') {
                    self.print_parts(process, &line, &prefix(number, ':')).await;
                }
                continue;
            }
            let first = waiting.first().map_or(number, |(number, _)| *number);
            if (self.before > 0 || self.after > 0) && printed > 0 && first > printed + 1 {
                process.out("--\n").await;
            }
            for (number, line) in waiting.drain(..) {
                process.out(&format!("{}{line}\n", prefix(number, '-'))).await;
            }
            let body = if self.color && !self.parsed.has('v') { self.colored(&line) } else { line };
            process.out(&format!("{}{body}\n", prefix(number, ':'))).await;
            printed = number;
            trailing = self.after;
        }
        let any = count > 0;
        if self.parsed.has('l') || self.parsed.has('L') {
            if any == self.parsed.has('l') {
                process.out(&format!("{shown}\n")).await;
            }
            return Ok(any == self.parsed.has('l'));
        }
        if self.parsed.has('c') {
            let name = if self.show_names { format!("{shown}:") } else { String::new() };
            process.out(&format!("{name}{count}\n")).await;
        }
        Ok(any)
    }

    fn parts(&self, line: &str) -> Vec<(usize, usize)> {
        let (mut out, mut from) = (Vec::new(), 0);
        while let Some((low, high)) = self.find(line, from).and_then(|groups| groups[0]) {
            if high > low {
                out.push((low, high));
                from = high;
            } else {
                match line[high..].chars().next() {
                    Some(c) => from = high + c.len_utf8(),
                    None => break,
                }
            }
        }
        out
    }

    async fn print_parts(&self, process: &Process, line: &str, prefix: &str) {
        for (low, high) in self.parts(line) {
            process.out(&format!("{prefix}{}\n", &line[low..high])).await;
        }
    }

    fn colored(&self, line: &str) -> String {
        let (mut out, mut at) = (String::new(), 0);
        for (low, high) in self.parts(line) {
            out.push_str(&line[at..low]);
            out.push_str(&format!("\x1b[01;31m\x1b[K{}\x1b[m\x1b[K", &line[low..high]));
            at = high;
        }
        out + &line[at..]
    }
}
