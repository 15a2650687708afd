//! Tools that run others or wait: `sleep`, `timeout`, `watch`, `xargs`, `env`, `which`, `nohup`.

use super::args::{self, Maybe, No, Value};
use crate::machine::date;
use crate::machine::{Child, Disposition, Errno, Group, Process, Signal, SpawnSpec, pipe};
use crate::sim::{Duration, Either, race};

/// A span: `1`, `.5`, `2m`, `1h`, `1d`.
fn span(text: &str) -> Option<Duration> {
    crate::shell::seconds(text)
}

/// sleep
pub async fn sleep(process: Process) -> i32 {
    let words = process.args()[1..].to_vec();
    if words.is_empty() {
        process.err("sleep: missing operand\nTry 'sleep --help' for more information.\n").await;
        return 1;
    }
    let mut total = Duration::ZERO;
    for word in &words {
        match span(word) {
            Some(span) => total = total.saturating_add(span),
            None => {
                process
                    .err(&format!("sleep: invalid time interval '{word}'\nTry 'sleep --help' for more information.\n"))
                    .await;
                return 1;
            }
        }
    }
    process.sleep(total).await;
    0
}

/// Starts a command; says in the name of `name` what is wrong and gives the status for it.
pub async fn start(process: &Process, name: &str, spec: SpawnSpec) -> Result<Child, i32> {
    let command = spec.argv.first().cloned().unwrap_or_default();
    match process.spawn(spec) {
        Ok(child) => Ok(child),
        Err(errno) => {
            let quoted = if name == "env" || name == "timeout" { format!("'{command}'") } else { command };
            let text = match name {
                "timeout" => format!("timeout: failed to run command {quoted}: {errno}\n"),
                _ => format!("{name}: {quoted}: {errno}\n"),
            };
            process.err(&text).await;
            Err(if errno == Errno::NotFound { 127 } else { 126 })
        }
    }
}

/// timeout -s -k --preserve-status --foreground
pub async fn timeout(process: Process) -> i32 {
    let flags = [
        ('s', "signal", Value),
        ('k', "kill-after", Value),
        ('v', "verbose", No),
        ('«', "preserve-status", No),
        ('»', "foreground", No),
    ];
    let parsed = match args::parse(&process, &flags, args::PREFIX).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let [limit, command @ ..] = parsed.operands.as_slice() else {
        process.err("timeout: missing operand\nTry 'timeout --help' for more information.\n").await;
        return 125;
    };
    if command.is_empty() {
        process.err("timeout: missing operand\nTry 'timeout --help' for more information.\n").await;
        return 125;
    }
    let Some(limit) = span(limit) else {
        process
            .err(&format!("timeout: invalid time interval '{limit}'\nTry 'timeout --help' for more information.\n"))
            .await;
        return 125;
    };
    let Some(signal) = Signal::parse(parsed.value('s').unwrap_or("TERM")) else {
        process.err(&format!("timeout: '{}': invalid signal\n", parsed.value('s').unwrap_or_default())).await;
        return 125;
    };
    let child = match start(&process, "timeout", SpawnSpec::new(command.to_vec())).await {
        Ok(child) => child,
        Err(status) => return status,
    };
    if limit.is_zero() {
        return child.wait().await.code();
    }
    if let Either::First(status) = race(child.wait(), process.sim().sleep(limit)).await {
        return status.code();
    }
    child.process().signal(signal);
    child.process().signal(Signal::CONT);
    if let Some(grace) = parsed.value('k').and_then(span)
        && let Either::Second(()) = race(child.wait(), process.sim().sleep(grace)).await
    {
        child.process().signal(Signal::KILL);
        child.wait().await;
        return 137;
    }
    let status = child.wait().await.code();
    if parsed.has('«') || signal == Signal::KILL { status } else { 124 }
}

/// watch -n -t -d -e -g -x
pub async fn watch(process: Process) -> i32 {
    let flags = [
        ('n', "interval", Value),
        ('t', "no-title", No),
        ('d', "differences", Maybe),
        ('e', "errexit", No),
        ('g', "chgexit", No),
        ('x', "exec", No),
        ('c', "color", No),
        ('b', "beep", No),
        ('p', "precise", No),
    ];
    let parsed = match args::parse(&process, &flags, args::Style { status: 1, stop_at_operand: true }).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    if parsed.operands.is_empty() {
        process.err("Usage:\n watch [options] command\n").await;
        return 1;
    }
    let text = parsed.operands.join(" ");
    let given = parsed.value('n').unwrap_or("2");
    let Some(interval) = span(given).map(|span| span.max(Duration::from_millis(100))) else {
        process.err(&format!("watch: failed to parse argument: '{given}'\n")).await;
        return 1;
    };
    let interactive = process.is_tty(1);
    if interactive {
        // The other screen: what was there comes back in the end.
        process.out("\x1b[?1049h\x1b[?25l").await;
        process.trap(Signal::INT, Disposition::Catch);
        process.trap(Signal::TERM, Disposition::Catch);
        process.trap(Signal::WINCH, Disposition::Catch);
    }
    let mut last: Option<Vec<u8>> = None;
    let mut status = 0;
    loop {
        let (read, write) = pipe();
        let mut fds = process.fds();
        fds.insert(1, std::rc::Rc::clone(&write));
        fds.insert(2, write);
        let argv = if parsed.has('x') { parsed.operands.clone() } else { vec!["sh".into(), "-c".into(), text.clone()] };
        let child = match start(&process, "watch", SpawnSpec { fds: Some(fds), ..SpawnSpec::new(argv) }).await {
            Ok(child) => child,
            Err(status) => return status,
        };
        let mut output = Vec::new();
        loop {
            let bytes = process.read_file_object(&read, 1 << 16).await.unwrap_or_default();
            if bytes.is_empty() || output.len() > 1 << 20 {
                break;
            }
            output.extend_from_slice(&bytes);
        }
        drop(read);
        let ended = child.wait().await.code();
        let size = process.tty_size().unwrap_or(crate::machine::Size { cols: 80, rows: 24 });
        let mut screen = String::new();
        let mut rows = usize::from(size.rows);
        if !parsed.has('t') {
            let left = format!("Every {}.{}s: {text}", interval.as_secs(), interval.subsec_millis() / 100);
            let right = format!(
                "{}: {}",
                process.machine().hostname(),
                date::format("%a %b %e %H:%M:%S %Y", process.sim().now().0)
            );
            let gap = usize::from(size.cols).saturating_sub(left.chars().count() + right.chars().count());
            screen.push_str(&format!("{left}{}{right}\n\n", " ".repeat(gap.max(1))));
            rows = rows.saturating_sub(2);
        }
        let shown = String::from_utf8_lossy(&output).into_owned();
        for line in shown.lines().take(rows) {
            screen.push_str(&line.chars().take(usize::from(size.cols)).collect::<String>());
            screen.push('\n');
        }
        if interactive {
            let screen = screen.trim_end_matches('\n').replace('\n', "\x1b[K\n");
            process.out(&format!("\x1b[H{screen}\x1b[K\x1b[J")).await;
        } else {
            process.out(&screen).await;
        }
        let changed = last.as_ref().is_some_and(|last| *last != output);
        last = Some(output);
        if parsed.has('e') && ended != 0 {
            status = 8;
            break;
        }
        if parsed.has('g') && changed {
            break;
        }
        match race(process.next_signal(), process.sim().sleep(interval)).await {
            Either::First(Signal::WINCH) | Either::Second(()) => {}
            Either::First(signal) => {
                status = if signal == Signal::INT { 0 } else { 128 + signal.0 };
                break;
            }
        }
    }
    if interactive {
        process.out("\x1b[?25h\x1b[?1049l").await;
    }
    status
}

/// xargs -n -I -0 -d -r -t -P -L
pub async fn xargs(process: Process) -> i32 {
    let flags = [
        ('n', "max-args", Value),
        ('I', "", Value),
        ('i', "replace", Maybe),
        ('0', "null", No),
        ('d', "delimiter", Value),
        ('r', "no-run-if-empty", No),
        ('t', "verbose", No),
        ('P', "max-procs", Value),
        ('L', "max-lines", Value),
        ('a', "arg-file", Value),
    ];
    let parsed = match args::parse(&process, &flags, args::Style { status: 1, stop_at_operand: true }).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let bytes = process.read_to_end(0).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let replace = parsed.value('I').map(str::to_owned).or_else(|| parsed.has('i').then(|| "{}".to_owned()));
    let words: Vec<String> = if parsed.has('0') {
        text.split('\0').filter(|word| !word.is_empty()).map(str::to_owned).collect()
    } else if let Some(mark) = parsed.value('d') {
        let mark = mark.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
        let text = text.strip_suffix(&mark).unwrap_or(&text);
        text.split(&mark).map(str::to_owned).collect()
    } else if replace.is_some() || parsed.has('L') {
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    } else {
        quoted(&text)
    };
    let command = if parsed.operands.is_empty() { vec!["echo".to_owned()] } else { parsed.operands.clone() };
    let most =
        parsed.value('n').or_else(|| parsed.value('L')).and_then(|text| text.parse::<usize>().ok()).filter(|&n| n > 0);
    let mut runs: Vec<Vec<String>> = Vec::new();
    match &replace {
        Some(mark) => {
            for word in &words {
                runs.push(command.iter().map(|part| part.replace(mark, word)).collect());
            }
        }
        None if words.is_empty() => {
            if !parsed.has('r') {
                runs.push(command.clone());
            }
        }
        None => {
            for chunk in words.chunks(most.unwrap_or(5000)) {
                let split = if parsed.has('L') { quoted(&chunk.join(" ")) } else { chunk.to_vec() };
                runs.push(command.iter().cloned().chain(split).collect());
            }
        }
    }
    let null = process.open("/dev/null", crate::machine::OpenOptions::READ).ok();
    let together = parsed
        .value('P')
        .and_then(|text| text.parse::<usize>().ok())
        .map_or(1, |n| if n == 0 { 50 } else { n.min(50) });
    let mut status = 0;
    for batch in runs.chunks(together) {
        let mut children = Vec::new();
        for argv in batch {
            if parsed.has('t') {
                process.err(&format!("{}\n", argv.join(" "))).await;
            }
            let mut fds = process.fds();
            if let Some(null) = &null {
                fds.insert(0, std::rc::Rc::clone(null));
            }
            match start(&process, "xargs", SpawnSpec { fds: Some(fds), ..SpawnSpec::new(argv.clone()) }).await {
                Ok(child) => children.push(child),
                Err(code) => return code,
            }
        }
        for child in children {
            match child.wait().await.code() {
                0 => {}
                255 => {
                    process.err(&format!("xargs: {}: exited with status 255; aborting\n", command[0])).await;
                    return 124;
                }
                code if code > 128 => return 125,
                _ => status = 123,
            }
        }
    }
    status
}

fn quoted(text: &str) -> Vec<String> {
    let (mut out, mut word, mut any, mut quote) = (Vec::new(), String::new(), false, None);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => (quote, any) = (Some(c), true),
            (None, '\\') => {
                word.extend(chars.next());
                any = true;
            }
            (None, c) if c.is_whitespace() => {
                if any || !word.is_empty() {
                    out.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (None, c) => word.push(c),
        }
    }
    if any || !word.is_empty() {
        out.push(word);
    }
    out
}

/// env -i -u -C, printenv
pub async fn env(process: Process) -> i32 {
    let args = process.args();
    if args::short_name(&args) == "printenv" {
        let mut status = 0;
        for name in &args[1..] {
            match process.env(name) {
                Some(value) => process.out(&format!("{value}\n")).await,
                None => status = 1,
            }
        }
        if args.len() > 1 {
            return status;
        }
        print_all(&process, &process.environ()).await;
        return 0;
    }
    let flags = [('i', "ignore-environment", No), ('u', "unset", Value), ('C', "chdir", Value), ('0', "null", No)];
    let parsed = match args::parse(&process, &flags, args::PREFIX).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let mut env = if parsed.has('i') { Default::default() } else { process.environ() };
    for name in parsed.values('u') {
        env.remove(name);
    }
    let mut rest = parsed.operands.as_slice();
    while let Some((name, value)) = rest.first().and_then(|word| word.split_once('=')) {
        env.insert(name.to_owned(), value.to_owned());
        rest = &rest[1..];
    }
    if rest.is_empty() {
        print_all(&process, &env).await;
        return 0;
    }
    let spec = SpawnSpec { env: Some(env), cwd: parsed.value('C').map(str::to_owned), ..SpawnSpec::new(rest.to_vec()) };
    match start(&process, "env", spec).await {
        Ok(child) => child.wait().await.code(),
        Err(status) => status,
    }
}

async fn print_all(process: &Process, env: &crate::collections::SortedMap<String, String>) {
    let text: String = env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    process.out(&text).await;
}

/// which -a
pub async fn which(process: Process) -> i32 {
    let mut status = 0;
    for name in process.args()[1..].iter().filter(|name| !name.starts_with('-')) {
        match process.find_program(name) {
            Ok(path) => process.out(&format!("{path}\n")).await,
            Err(_) => status = 1,
        }
    }
    status
}

/// nohup, sudo, nice: what they run is run.
pub async fn through(process: Process) -> i32 {
    let args = process.args();
    let name = args::short_name(&args);
    let mut rest = &args[1..];
    while rest.first().is_some_and(|word| word.starts_with('-')) {
        let valued = matches!(rest[0].as_str(), "-u" | "-n" | "-g") && name != "sudo" || rest[0] == "-u";
        rest = &rest[(1 + usize::from(valued)).min(rest.len())..];
    }
    let mut env = process.environ();
    while name == "sudo" && rest.first().is_some_and(|word| word.contains('=')) {
        if let Some((name, value)) = rest[0].split_once('=') {
            env.insert(name.to_owned(), value.to_owned());
        }
        rest = &rest[1..];
    }
    if rest.is_empty() {
        process.err(&format!("{name}: missing operand\n")).await;
        return 1;
    }
    if name == "nohup" {
        process.trap(Signal::HUP, Disposition::Ignore);
    }
    let spec = SpawnSpec { env: Some(env), group: Group::Inherit, ..SpawnSpec::new(rest.to_vec()) };
    match start(&process, &name, spec).await {
        Ok(child) => child.wait().await.code(),
        Err(status) => status,
    }
}
