//! Small tools about the machine: `date`, `hostname`, `id`, `ps`, `uname`, `clear`, `find` …

use super::args::{self, No, Value};
use crate::machine::date;
use crate::machine::fs::Kind;
use crate::machine::{Process, SpawnSpec};
use crate::shell::pattern::Pattern;
use crate::sim::calendar;

/// true
pub async fn r#true(_: Process) -> i32 {
    0
}

/// false
pub async fn r#false(_: Process) -> i32 {
    1
}

/// echo, printf, test, [, kill, pwd: the shell's own, as programs.
pub async fn builtin(process: Process) -> i32 {
    crate::shell::run_builtin(process).await
}

/// date -u -d -I +layout
pub async fn date(process: Process) -> i32 {
    let flags = [
        ('u', "utc", No),
        ('d', "date", Value),
        ('I', "iso-8601", args::Maybe),
        ('R', "rfc-email", No),
        ('s', "set", Value),
    ];
    let parsed = match args::parse(&process, &flags, args::GNU).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let mut micros = process.sim().now().0;
    if let Some(text) = parsed.value('d') {
        match when(text, micros) {
            Some(time) => micros = time,
            None => {
                process.err(&format!("date: invalid date '{text}'\n")).await;
                return 1;
            }
        }
    }
    let iso =
        parsed.options.iter().find(|(letter, _)| *letter == 'I').map(|(_, value)| value.clone().unwrap_or_default());
    let layout = match (parsed.operands.first(), iso) {
        (Some(word), _) => match word.strip_prefix('+') {
            Some(layout) => layout.to_owned(),
            None => {
                process.err(&format!("date: invalid date '{word}'\n")).await;
                return 1;
            }
        },
        (None, Some(kind)) if kind.starts_with('s') => "%FT%T+00:00".to_owned(),
        (None, Some(_)) => "%F".to_owned(),
        (None, None) if parsed.has('R') => "%a, %d %b %Y %T +0000".to_owned(),
        (None, None) => "%a %b %e %H:%M:%S UTC %Y".to_owned(),
    };
    process.out(&format!("{}\n", date::format(&layout, micros))).await;
    0
}

/// `@1700000000`, `now`, `2026-01-02`, `2026-01-02T03:04:05Z`, `5 minutes ago`, `+1 day`, `yesterday`
fn when(text: &str, now: u64) -> Option<u64> {
    let text = text.trim();
    if let Some(secs) = text.strip_prefix('@') {
        return secs.parse::<u64>().ok()?.checked_mul(1_000_000);
    }
    let day = 86_400_000_000;
    match text {
        "" | "now" | "today" => return Some(now),
        "yesterday" => return now.checked_sub(day),
        "tomorrow" => return Some(now + day),
        _ => {}
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [count, unit, rest @ ..] = words.as_slice()
        && let Ok(count) = count.trim_start_matches('+').parse::<i64>()
    {
        let micros = match unit.trim_end_matches('s') {
            "sec" | "second" => 1_000_000,
            "min" | "minute" => 60_000_000,
            "hour" => 3_600_000_000,
            "day" => day as i64,
            "week" => 7 * day as i64,
            "month" => 30 * day as i64,
            "year" => 365 * day as i64,
            _ => return None,
        };
        let back = if rest.first() == Some(&"ago") { -1 } else { 1 };
        return now.checked_add_signed(count.checked_mul(micros)?.checked_mul(back)?);
    }
    let text = text.trim_end_matches('Z');
    let (days, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let days: Vec<i64> = days.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month @ 1..=12, day @ 1..=31] = days.as_slice() else { return None };
    let clock: Vec<u64> = clock
        .split('.')
        .next()?
        .split(':')
        .map(|part| part.parse().ok().filter(|part: &u64| *part < 60))
        .collect::<Option<_>>()?;
    let secs = clock.first().unwrap_or(&0) * 3600 + clock.get(1).unwrap_or(&0) * 60 + clock.get(2).unwrap_or(&0);
    let days = u64::try_from(calendar::days(*year, *month as u32, *day as u32)).ok()?;
    days.checked_mul(86_400)?.checked_add(secs)?.checked_mul(1_000_000)
}

/// hostname -i -I -s -f
pub async fn hostname(process: Process) -> i32 {
    let machine = process.machine();
    let addresses = || machine.net().addresses().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let text = match process.args().get(1).map(String::as_str) {
        Some("-i") => machine.address().to_string(),
        Some("-I") => addresses() + " ",
        Some(option) if !option.starts_with('-') => {
            machine.set_hostname(option);
            return 0;
        }
        _ => machine.hostname(),
    };
    process.out(&format!("{text}\n")).await;
    0
}

/// id -u -n -g, whoami
pub async fn id(process: Process) -> i32 {
    let args = process.args();
    let letters: String = args[1..].iter().filter_map(|word| word.strip_prefix('-')).collect();
    // Who a container runs as; there are no other users. Files do not ask who it is.
    let fact = |name| process.machine().fact(name).unwrap_or_else(|| "0".to_owned());
    let (user, group) = (fact("uid"), fact("gid"));
    let name = |id: &str| if id == "0" { "root".to_owned() } else { id.to_owned() };
    let full = |id: &str| if id == "0" { "0(root)".to_owned() } else { id.to_owned() };
    let is_whoami = args::short_name(&args) == "whoami";
    if (is_whoami || letters.contains('n') && letters.contains('u')) && user != "0" {
        let tool = if is_whoami { "whoami" } else { "id" };
        process.err(&format!("{tool}: cannot find name for user ID {user}\n")).await;
        return 1;
    }
    let id = if letters.contains(['g', 'G']) { &group } else { &user };
    let text = match () {
        () if is_whoami => name(&user),
        () if letters.contains('n') => name(id),
        () if letters.contains(['u', 'g', 'G']) => id.clone(),
        () => format!("uid={} gid={} groups={}", full(&user), full(&group), full(&group)),
    };
    process.out(&format!("{text}\n")).await;
    0
}

/// uname -a -s -n -r -m -o
pub async fn uname(process: Process) -> i32 {
    let letters: String = process.args()[1..].iter().filter_map(|word| word.strip_prefix('-')).collect();
    let letters = if letters.is_empty() { "s".to_owned() } else { letters };
    let hostname = process.machine().hostname();
    let parts = [
        ('s', "Linux"),
        ('n', hostname.as_str()),
        ('r', "6.8.0-drydock"),
        ('v', "#1 SMP"),
        ('m', "x86_64"),
        ('o', "GNU/Linux"),
    ];
    let shown: Vec<&str> = parts
        .iter()
        .filter(|(letter, _)| letters.contains(['a']) || letters.contains(*letter))
        .map(|(_, text)| *text)
        .collect();
    process.out(&format!("{}\n", shown.join(" "))).await;
    0
}

/// nproc
pub async fn nproc(process: Process) -> i32 {
    process.out("2\n").await;
    0
}

/// tty
pub async fn tty(process: Process) -> i32 {
    let is = process.is_tty(0);
    process.out(if is { "/dev/pts/0\n" } else { "not a tty\n" }).await;
    i32::from(!is)
}

/// clear, reset
pub async fn clear(process: Process) -> i32 {
    process.out("\x1b[H\x1b[2J\x1b[3J").await;
    0
}

/// ps, ps aux, ps -ef
pub async fn ps(process: Process) -> i32 {
    let letters = process.args()[1..].concat();
    let machine = process.machine();
    let own = process.tty().is_some();
    let all = letters.contains(['e', 'x', 'A']);
    let mut text = match (letters.contains('u'), letters.contains('f')) {
        (true, _) => "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n".to_owned(),
        (_, true) => "UID          PID    PPID  C STIME TTY          TIME CMD\n".to_owned(),
        _ => "    PID TTY          TIME CMD\n".to_owned(),
    };
    for other in machine.processes() {
        if !all && own && other.tty().is_none() {
            continue;
        }
        let args = other.args();
        let name = args::short_name(&args);
        let tty = if other.tty().is_some() { "pts/0" } else { "?" };
        let stat = if other.stopped().is_some() {
            "T"
        } else if other.pid() == process.pid() {
            "R+"
        } else {
            "S"
        };
        let start = date::format("%H:%M", other.started().0);
        text.push_str(&match (letters.contains('u'), letters.contains('f')) {
            (true, _) => format!(
                "root      {:>6}  0.0  0.1   4188  3328 {tty:<8} {stat:<4} {start}   0:00 {}\n",
                other.pid(),
                args.join(" ")
            ),
            (_, true) => format!(
                "root      {:>6} {:>7}  0 {start} {tty:<8} 00:00:00 {}\n",
                other.pid(),
                other.parent(),
                args.join(" ")
            ),
            _ => format!("{:>7} {tty:<8} 00:00:00 {name}\n", other.pid()),
        });
    }
    process.out(&text).await;
    0
}

enum Test {
    Name(Pattern, bool),
    Path(Pattern),
    Type(char),
    Empty,
    Newer(crate::sim::Time),
    Not(Box<Test>),
    Or(Box<Test>, Box<Test>),
    Max(usize),
    Min(usize),
}

impl Test {
    fn holds(&self, path: &str, inode: &crate::machine::fs::Inode, depth: usize) -> bool {
        match self {
            Test::Name(pattern, fold) => {
                let name: Vec<char> = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).chars().collect();
                pattern.matches_chars(&name, *fold)
            }
            Test::Path(pattern) => pattern.matches(path),
            Test::Type(letter) => match inode.kind {
                Kind::Dir(_) => *letter == 'd',
                Kind::File(_) => *letter == 'f',
                Kind::Symlink(_) => *letter == 'l',
                Kind::Device(_) => *letter == 'c',
            },
            Test::Empty => match &inode.kind {
                Kind::Dir(entries) => entries.is_empty(),
                Kind::File(data) => data.is_empty(),
                _ => false,
            },
            Test::Newer(time) => inode.mtime > *time,
            Test::Not(test) => !test.holds(path, inode, depth),
            Test::Or(left, right) => left.holds(path, inode, depth) || right.holds(path, inode, depth),
            Test::Max(_) => true,
            Test::Min(least) => depth >= *least,
        }
    }
}

/// find: -name -iname -path -type -empty -newer -maxdepth -mindepth -not ! -o -print -print0 -delete -exec
pub async fn find(process: Process) -> i32 {
    let words = process.args()[1..].to_vec();
    let split =
        words.iter().position(|word| word.starts_with('-') || word == "!" || word == "(").unwrap_or(words.len());
    let (roots, rest) = words.split_at(split);
    let roots = if roots.is_empty() { vec![".".to_owned()] } else { roots.to_vec() };
    let (mut tests, mut most, mut action, mut command): (Vec<Test>, usize, &str, Vec<String>) =
        (Vec::new(), usize::MAX, "-print", Vec::new());
    let (mut negate, mut either) = (false, false);
    let mut rest = rest.iter();
    let files = process.machine().files().clone();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().cloned();
        let test = match word.as_str() {
            "-name" | "-iname" | "-path" | "-type" | "-newer" | "-maxdepth" | "-mindepth" => {
                let Some(value) = value() else {
                    process.err(&format!("find: missing argument to `{word}'\n")).await;
                    return 1;
                };
                match word.as_str() {
                    "-name" => Test::Name(Pattern::parse(&value), false),
                    "-iname" => Test::Name(Pattern::parse(&value), true),
                    "-path" => Test::Path(Pattern::parse(&value)),
                    "-type" => Test::Type(value.chars().next().unwrap_or('f')),
                    "-newer" => match files.find(&process.cwd(), &value).and_then(|node| node.get()) {
                        Ok(inode) => Test::Newer(inode.mtime),
                        Err(errno) => {
                            process.err(&format!("find: '{value}': {errno}\n")).await;
                            return 1;
                        }
                    },
                    "-maxdepth" => Test::Max(value.parse().unwrap_or(usize::MAX)),
                    _ => Test::Min(value.parse().unwrap_or(0)),
                }
            }
            "-empty" => Test::Empty,
            "!" | "-not" => {
                negate = true;
                continue;
            }
            "-o" | "-or" => {
                either = true;
                continue;
            }
            "-a" | "-and" | "(" | ")" => continue,
            "-print" | "-print0" | "-delete" => {
                action = match word.as_str() {
                    "-print0" => "-print0",
                    "-delete" => "-delete",
                    _ => "-print",
                };
                continue;
            }
            "-exec" => {
                action = "-exec";
                for word in rest.by_ref() {
                    if word == ";" {
                        break;
                    }
                    if word == "+" && command.last().is_some_and(|last| last == "{}") {
                        action = "-exec+";
                        break;
                    }
                    command.push(word.clone());
                }
                continue;
            }
            word => {
                process.err(&format!("find: unknown predicate `{word}'\n")).await;
                return 1;
            }
        };
        if let Test::Max(value) = test {
            most = value;
            continue;
        }
        let test = if std::mem::take(&mut negate) { Test::Not(Box::new(test)) } else { test };
        match (std::mem::take(&mut either), tests.pop()) {
            (true, Some(left)) => tests.push(Test::Or(Box::new(left), Box::new(test))),
            (_, left) => {
                tests.extend(left);
                tests.push(test);
            }
        }
    }
    let mut status = 0;
    let mut found = Vec::new();
    let mut todo: Vec<(String, usize)> = roots.iter().rev().map(|root| (root.clone(), 0)).collect();
    while let Some((path, depth)) = todo.pop() {
        if found.len() > 100_000 {
            break;
        }
        let inode = match files.find_link(&process.cwd(), &path).and_then(|node| node.get()) {
            Ok(inode) => inode,
            Err(errno) => {
                process.err(&format!("find: '{path}': {errno}\n")).await;
                status = 1;
                continue;
            }
        };
        if inode.is_dir() && depth < most && depth < 200 {
            let names = files.list(&process.cwd(), &path).unwrap_or_default();
            todo.extend(names.iter().rev().map(|name| (format!("{}/{name}", path.trim_end_matches('/')), depth + 1)));
        }
        if tests.iter().all(|test| test.holds(&path, &inode, depth)) {
            found.push(path);
        }
    }
    match action {
        "-print" => process.out(&found.iter().map(|path| format!("{path}\n")).collect::<String>()).await,
        "-print0" => process.out(&found.iter().map(|path| format!("{path}\0")).collect::<String>()).await,
        "-delete" => {
            for path in found.iter().rev() {
                let gone = files.unlink(&process.cwd(), path).or_else(|_| files.rmdir(&process.cwd(), path));
                if let Err(errno) = gone {
                    process.err(&format!("find: cannot delete '{path}': {errno}\n")).await;
                    status = 1;
                }
            }
        }
        "-exec+" => {
            command.pop();
            if !found.is_empty()
                && let Ok(child) =
                    super::run::start(&process, "find", SpawnSpec::new(command.into_iter().chain(found))).await
                && child.wait().await.code() != 0
            {
                status = 1;
            }
        }
        _ => {
            for path in found {
                let argv: Vec<String> = command.iter().map(|word| word.replace("{}", &path)).collect();
                match super::run::start(&process, "find", SpawnSpec::new(argv)).await {
                    Ok(child) => drop(child.wait().await),
                    Err(_) => status = 1,
                }
            }
        }
    }
    status
}
