//! Builtins about jobs and signals: `jobs`, `fg`, `bg`, `wait`, `kill`, `disown`, `trap`.

use super::io::print;
use crate::collections::Sort;
use crate::machine::{Disposition, Pid, Signal};
use crate::shell::{Run, Shell, escape};

/// `jobs`
pub async fn jobs(shell: &mut Shell, args: &[String]) -> Run {
    let option = args.get(1).map_or("", String::as_str);
    let mut text = String::new();
    for job in &shell.jobs {
        match option {
            "-p" => text.push_str(&format!("{}\n", job.children[0].pid())),
            "-l" => {
                let line = shell.job_line(job);
                let (head, tail) = line.split_at(line.find("  ").unwrap_or(0));
                text.push_str(&format!("{head} {}{}", job.children[0].pid(), &tail[1..]));
            }
            "-r" if job.ended().is_some() || job.stopped().is_some() => {}
            "-s" if job.stopped().is_none() => {}
            _ => text.push_str(&shell.job_line(job)),
        }
    }
    if option != "-p" {
        shell.jobs.retain(|job| job.ended().is_none());
    }
    print(shell, args, text.as_bytes()).await
}

async fn named(shell: &mut Shell, args: &[String]) -> Option<usize> {
    let spec = args.get(1).map_or("%+", String::as_str);
    let spec = if spec.starts_with('%') { spec.to_owned() } else { format!("%{spec}") };
    let found = shell.find_job(&spec);
    if found.is_none() {
        let name = args.get(1).map_or("current", String::as_str);
        shell.wrong(args, &format!("{name}: no such job")).await;
    }
    found
}

/// `fg`
pub async fn fg(shell: &mut Shell, args: &[String]) -> Run {
    if !shell.options.monitor {
        shell.wrong(args, "no job control").await;
        return Ok(1);
    }
    let Some(at) = named(shell, args).await else { return Ok(1) };
    let job = shell.jobs[at].clone();
    print(shell, args, format!("{}\n", job.text).as_bytes()).await?;
    if let (Some(tty), Some(first)) = (shell.process.tty(), job.children.first()) {
        tty.set_foreground(first.process().group());
    }
    resume(shell, &job.children);
    let statuses = shell.wait_foreground(job.children.clone(), &job.text).await;
    shell.jobs.retain(|other| other.number != job.number || other.stopped().is_some());
    Ok(statuses?.last().copied().unwrap_or(0))
}

fn resume(shell: &Shell, children: &[crate::machine::Child]) {
    for child in children {
        shell.process.machine().kill_group(child.process().group(), Signal::CONT);
    }
}

/// `bg`
pub async fn bg(shell: &mut Shell, args: &[String]) -> Run {
    if !shell.options.monitor {
        shell.wrong(args, "no job control").await;
        return Ok(1);
    }
    let Some(at) = named(shell, args).await else { return Ok(1) };
    let job = shell.jobs[at].clone();
    resume(shell, &job.children);
    let text = format!("[{}]{} {} &\n", job.number, shell.job_mark(job.number), job.text);
    print(shell, args, text.as_bytes()).await
}

/// `disown`
pub async fn disown(shell: &mut Shell, args: &[String]) -> Run {
    if args.get(1).is_some_and(|option| option == "-a") {
        shell.jobs.clear();
        return Ok(0);
    }
    let Some(at) = named(shell, args).await else { return Ok(1) };
    shell.jobs.remove(at);
    Ok(0)
}

/// `wait`
pub async fn wait(shell: &mut Shell, args: &[String]) -> Run {
    let rest: Vec<String> = args[1..].iter().filter(|word| *word != "-f" && *word != "--").cloned().collect();
    if rest.first().is_some_and(|option| option == "-n") {
        loop {
            if shell.jobs.is_empty() {
                return Ok(127);
            }
            if let Some(at) = shell.jobs.iter().position(|job| job.ended().is_some()) {
                let job = shell.jobs.remove(at);
                return Ok(job.ended().map_or(0, |status| status.code()));
            }
            shell.process.sleep(crate::sim::Duration::from_millis(1)).await;
            shell.check_interrupt().await?;
        }
    }
    if rest.is_empty() {
        while let Some(child) = shell
            .jobs
            .iter()
            .filter(|job| job.stopped().is_none())
            .flat_map(|job| &job.children)
            .find(|child| child.process().ended().is_none())
            .cloned()
        {
            let status = shell.wait_child(&child).await?;
            if child.process().ended().is_none() && status > 128 {
                return Ok(status);
            }
        }
        if !shell.interactive {
            shell.jobs.clear();
        }
        return Ok(0);
    }
    let mut status = 0;
    for spec in rest {
        let Some(at) = shell.find_job(&spec) else {
            if spec.starts_with('%') {
                shell.wrong(args, &format!("{spec}: no such job")).await;
            } else if spec.parse::<u32>().is_ok() {
                shell.wrong(args, &format!("pid {spec} is not a child of this shell")).await;
            } else {
                shell.wrong(args, &format!("`{spec}': not a pid or valid job spec")).await;
                return Ok(1);
            }
            status = 127;
            continue;
        };
        let number = shell.jobs[at].number;
        for child in shell.jobs[at].children.clone() {
            loop {
                status = shell.wait_child(&child).await?;
                if child.process().ended().is_some() {
                    break;
                }
                if status > 128 {
                    return Ok(status);
                }
            }
        }
        // Its status may be asked for again in a script.
        if shell.interactive {
            shell.jobs.retain(|job| job.number != number);
        }
    }
    Ok(status)
}

/// `kill`
pub async fn kill(shell: &mut Shell, args: &[String]) -> Run {
    let mut signal = Signal::TERM;
    let mut rest = &args[1..];
    if let Some(option) = rest.first().and_then(|word| word.strip_prefix('-')).filter(|option| !option.is_empty()) {
        match option {
            "l" | "L" => {
                let one = |word: &String| match word.parse::<i32>() {
                    Ok(number) => format!("{}\n", Signal(if number > 128 { number - 128 } else { number }).name()),
                    Err(_) => format!("{}\n", Signal::parse(word).map_or(0, |signal| signal.0)),
                };
                let text = match rest.get(1..).unwrap_or_default() {
                    words if !words.is_empty() => words.iter().map(one).collect(),
                    _ => {
                        let mut text = String::new();
                        for signal in Signal::all() {
                            text.push_str(&format!("{:>2}) {signal}", signal.0));
                            text.push(if signal.0 % 5 == 0 { '\n' } else { '\t' });
                        }
                        text + "\n"
                    }
                };
                return print(shell, args, text.as_bytes()).await;
            }
            "-" => rest = &rest[1..],
            option => {
                let (name, used) = match option {
                    "s" | "n" => (rest.get(1).map_or("", String::as_str), 2),
                    option => (option, 1),
                };
                match Signal::parse(name) {
                    Some(parsed) => signal = parsed,
                    None if name == "0" => signal = Signal(0),
                    None => {
                        shell.wrong(args, &format!("{name}: invalid signal specification")).await;
                        return Ok(1);
                    }
                }
                rest = rest.get(used..).unwrap_or_default();
            }
        }
    }
    if rest.is_empty() {
        shell
            .process
            .err("kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n")
            .await;
        return Ok(2);
    }
    let mut status = 1;
    for spec in rest {
        let machine = shell.process.machine().clone();
        if spec.starts_with('%') {
            let Some(at) = shell.find_job(spec) else {
                shell.wrong(args, &format!("{spec}: no such job")).await;
                continue;
            };
            let job = shell.jobs[at].clone();
            for child in &job.children {
                if shell.options.monitor {
                    machine.kill_group(child.process().group(), signal);
                } else {
                    child.process().signal(signal);
                }
                if signal != Signal::STOP && job.stopped().is_some() {
                    machine.kill_group(child.process().group(), Signal::CONT);
                }
            }
            status = 0;
            continue;
        }
        let Ok(number) = spec.parse::<i64>() else {
            shell.wrong(args, &format!("{spec}: arguments must be process or job IDs")).await;
            continue;
        };
        let pid = Pid(u32::try_from(number.unsigned_abs()).unwrap_or(u32::MAX));
        let sent = match number {
            0 => machine.kill_group(shell.process.group(), signal),
            number if number < 0 => machine.kill_group(pid, signal),
            _ if signal == Signal(0) => machine.process(pid).is_ok(),
            _ => machine.kill(pid, signal).is_ok(),
        };
        if sent {
            status = 0;
        } else {
            shell.wrong(args, &format!("({spec}) - No such process")).await;
        }
    }
    // What was just killed is gone when the next command looks.
    crate::sim::yield_now().await;
    Ok(status)
}

/// `trap`
pub async fn trap(shell: &mut Shell, args: &[String]) -> Run {
    let rest: Vec<&String> = args[1..].iter().filter(|word| *word != "--").collect();
    let normal = |name: &str| match name {
        "0" | "EXIT" | "exit" => Some("EXIT".to_owned()),
        "ERR" | "DEBUG" | "RETURN" => Some(name.to_owned()),
        name => Signal::parse(name).map(|signal| signal.name().to_owned()),
    };
    match rest.as_slice() {
        [] => return list(shell, args, None).await,
        [option] if *option == "-l" => return kill(shell, &["kill".to_owned(), "-l".to_owned()]).await,
        [option, names @ ..] if *option == "-p" => {
            let names: Vec<String> = names.iter().filter_map(|name| normal(name)).collect();
            return list(shell, args, (!names.is_empty()).then_some(names)).await;
        }
        _ => {}
    }
    let (action, names) = match rest.as_slice() {
        // `trap INT`: back to the default.
        [name] => (None, vec![*name]),
        [action, names @ ..] if *action == "-" => (None, names.to_vec()),
        [action, names @ ..] => (Some((*action).clone()), names.to_vec()),
        [] => (None, Vec::new()),
    };
    let mut status = 0;
    for name in names {
        let Some(name) = normal(name) else {
            shell.wrong(args, &format!("{name}: invalid signal specification")).await;
            status = 1;
            continue;
        };
        if let Some(signal) = Signal::parse(&name) {
            let own = shell.interactive && matches!(signal, Signal::INT | Signal::TERM | Signal::PIPE);
            let disposition = match &action {
                None if own => Disposition::Catch,
                None => Disposition::Default,
                Some(action) if action.is_empty() => Disposition::Ignore,
                Some(_) => Disposition::Catch,
            };
            shell.process.trap(signal, disposition);
        }
        match &action {
            Some(action) => drop(shell.traps.insert(name, action.clone())),
            None => drop(shell.traps.remove(&name)),
        }
    }
    Ok(status)
}

async fn list(shell: &mut Shell, args: &[String], only: Option<Vec<String>>) -> Run {
    let mut text = String::new();
    let order = |name: &String| match name.as_str() {
        "EXIT" => 0,
        name => Signal::parse(name).map_or(100, |signal| signal.0),
    };
    let mut traps: Vec<(&String, &String)> = shell.traps.iter().collect();
    traps.arrange_by_key(|(name, _)| order(name));
    for (name, action) in traps {
        if only.as_ref().is_some_and(|only| !only.contains(name)) {
            continue;
        }
        let prefix = if Signal::parse(name).is_some() { "SIG" } else { "" };
        text.push_str(&format!("trap -- {} {prefix}{name}\n", escape::single(action)));
    }
    print(shell, args, text.as_bytes()).await
}
