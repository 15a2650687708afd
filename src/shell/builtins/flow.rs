//! Builtins that steer: `break`, `return`, `exit`, `eval`, `source`, `exec`, `shift`.

use crate::shell::{Flow, Run, Shell};

/// `break`, `continue`, `return`
pub async fn leave(shell: &mut Shell, args: &[String]) -> Run {
    let number = match args.get(1) {
        None => None,
        Some(text) => match text.trim().parse::<i64>() {
            Ok(number) => Some(number),
            Err(_) => {
                shell.wrong(args, &format!("{text}: numeric argument required")).await;
                return match args[0].as_str() {
                    "return" if shell.calls.is_empty() && shell.sourcing == 0 => no_return(shell, args).await,
                    "return" => Err(Flow::Return(2)),
                    _ => Err(Flow::Exit(128)),
                };
            }
        },
    };
    if args[0] == "return" {
        if shell.calls.is_empty() && shell.sourcing == 0 {
            return no_return(shell, args).await;
        }
        return Err(Flow::Return(number.map_or(shell.status, |number| (number & 0xff) as i32)));
    }
    if shell.loops == 0 {
        shell.wrong(args, "only meaningful in a `for', `while', or `until' loop").await;
        return Ok(0);
    }
    let number = number.unwrap_or(1);
    if number < 1 {
        shell.wrong(args, &format!("{number}: loop count out of range")).await;
        return Err(Flow::Break(shell.loops));
    }
    let number = u32::try_from(number).unwrap_or(u32::MAX).min(shell.loops);
    Err(if args[0] == "break" { Flow::Break(number) } else { Flow::Continue(number) })
}

async fn no_return(shell: &mut Shell, args: &[String]) -> Run {
    shell.wrong(args, "can only `return' from a function or sourced script").await;
    Ok(2)
}

/// `exit`, `logout`
pub async fn exit(shell: &mut Shell, args: &[String]) -> Run {
    let status = match args.get(1) {
        None => shell.status,
        Some(text) => match text.trim().parse::<i64>() {
            Ok(number) => (number & 0xff) as i32,
            Err(_) => {
                shell.wrong(args, &format!("{text}: numeric argument required")).await;
                2
            }
        },
    };
    Err(Flow::Exit(status))
}

/// How deep `eval` and `source` may nest: each needs the stack of a whole parse and run.
const NESTING: u32 = 120;

/// What one of them counts as.
const NESTED: u32 = 3;

/// `eval`
pub async fn eval(shell: &mut Shell, args: &[String]) -> Run {
    let text = args[1..].join(" ");
    shell.evals += 1;
    let run = nested(shell, &text, 1).await;
    shell.evals -= 1;
    run
}

async fn nested(shell: &mut Shell, text: &str, cost: u32) -> Run {
    if shell.depth + 4 >= NESTING {
        shell.fail(&format!("maximum nesting level exceeded ({NESTING})")).await;
        return Err(Flow::Fail(1));
    }
    shell.depth += NESTED + cost;
    let run = Box::pin(shell.run_text(text)).await;
    shell.depth -= NESTED + cost;
    run
}

/// `source`, `.`
pub async fn source(shell: &mut Shell, args: &[String]) -> Run {
    let Some(path) = args.get(1) else {
        shell.wrong(args, "filename argument required").await;
        shell.process.err(&format!("{0}: usage: {0} filename [arguments]\n", args[0])).await;
        return Ok(2);
    };
    let mut found = path.clone();
    if !path.contains('/') {
        // Along PATH first, execute bit or not; then here.
        let files = shell.process.machine().files().clone();
        let dirs = shell.get("PATH").unwrap_or_default();
        let along = dirs.split(':').map(|dir| format!("{dir}/{path}"));
        found = along.into_iter().find(|path| files.read("/", path).is_ok()).unwrap_or(found);
    }
    let bytes = match shell.process.read_file(&found).await {
        Ok(bytes) => bytes,
        Err(errno) => {
            match errno {
                crate::machine::Errno::IsDir => shell.wrong(args, &format!("{path}: is a directory")).await,
                errno => shell.fail(&format!("{path}: {errno}")).await,
            }
            return Ok(1);
        }
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let old = (args.len() > 2).then(|| std::mem::replace(&mut shell.args, args[2..].to_vec()));
    let (name, line) = (std::mem::replace(&mut shell.name, path.clone()), shell.line);
    shell.sourcing += 1;
    shell.line = 1;
    let outer = shell.source_depth.replace(shell.depth + NESTED + 1);
    let run = nested(shell, &text, 1).await;
    shell.source_depth = outer;
    shell.sourcing -= 1;
    shell.line = line;
    shell.name = name;
    if let Some(old) = old {
        shell.args = old;
    }
    match run {
        Err(Flow::Return(status)) => Ok(status),
        run => run,
    }
}

/// `exec`
pub async fn exec(shell: &mut Shell, args: &[String]) -> Run {
    let mut rest = &args[1..];
    let mut argv0 = None;
    while let Some(option) = rest.first().filter(|option| option.starts_with('-') && option.len() > 1) {
        match option.as_str() {
            "--" => {
                rest = &rest[1..];
                break;
            }
            "-a" => {
                argv0 = rest.get(1).cloned();
                rest = rest.get(2..).unwrap_or_default();
            }
            "-c" | "-l" => rest = &rest[1..],
            option => {
                shell.wrong(args, &format!("{option}: invalid option")).await;
                return Ok(2);
            }
        }
    }
    let Some(name) = rest.first() else { return Ok(0) };
    let path = match shell.process.find_program_in(name, &shell.get("PATH").unwrap_or_default()) {
        Ok(path) => path,
        Err(errno) => {
            let (why, status) = match errno {
                crate::machine::Errno::NotFound if !name.contains('/') => ("not found".to_owned(), 127),
                crate::machine::Errno::NotFound => (format!("cannot execute: {errno}"), 127),
                errno => (format!("cannot execute: {errno}"), 126),
            };
            shell.wrong(args, &format!("{name}: {why}")).await;
            return if shell.interactive { Ok(status) } else { Err(Flow::Exit(status)) };
        }
    };
    let mut argv = rest.to_vec();
    if let Some(name) = argv0 {
        argv[0] = name;
    }
    match shell.process.load(&path, &argv) {
        Ok((program, argv)) => {
            let env = shell.vars.exported();
            let status = shell.become_program(program, argv, env).await;
            shell.traps.remove("EXIT");
            Err(Flow::Exit(status))
        }
        Err(errno) => {
            shell.wrong(args, &format!("{name}: cannot execute: {errno}")).await;
            Err(Flow::Exit(126))
        }
    }
}

/// `shift`
pub async fn shift(shell: &mut Shell, args: &[String]) -> Run {
    let count = match args.get(1).map(|text| text.parse::<i64>()) {
        None => 1,
        Some(Ok(count)) if count >= 0 => usize::try_from(count).unwrap_or(usize::MAX),
        Some(Ok(count)) => {
            shell.wrong(args, &format!("{count}: shift count out of range")).await;
            return Ok(1);
        }
        Some(Err(_)) => {
            shell.wrong(args, &format!("{}: numeric argument required", args[1])).await;
            return Ok(1);
        }
    };
    if count > shell.args.len() {
        return Ok(1);
    }
    shell.args.drain(..count);
    Ok(0)
}
