//! Builtins about output and directories: `echo`, `cd`, `pwd`, `pushd`, `popd`, `dirs`.

use crate::machine::files;
use crate::shell::escape::{Style, unescape};
use crate::shell::{Run, Shell};

/// `echo`
pub async fn echo(shell: &mut Shell, args: &[String]) -> Run {
    let (mut newline, mut escapes) = (true, false);
    let mut rest = &args[1..];
    while let Some(option) = rest.first() {
        let letters = option.strip_prefix('-').unwrap_or_default();
        if letters.is_empty() || !letters.chars().all(|c| "neE".contains(c)) {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        rest = &rest[1..];
    }
    let text = rest.join(" ");
    let mut bytes = text.into_bytes();
    if escapes {
        let (unescaped, stop) = unescape(&rest.join(" "), Style::Echo);
        bytes = unescaped;
        newline &= !stop;
    }
    if newline {
        bytes.push(b'\n');
    }
    print(shell, args, &bytes).await
}

/// Writes a builtin's output; tells when that fails.
pub async fn print(shell: &mut Shell, args: &[String], bytes: &[u8]) -> Run {
    match shell.process.write(1, bytes).await {
        Ok(()) => Ok(0),
        Err(errno) => {
            shell.wrong(args, &format!("write error: {errno}")).await;
            Ok(1)
        }
    }
}

async fn change(shell: &mut Shell, args: &[String], path: &str, physical: bool) -> Run {
    let target = files::normalize(&files::join(&shell.get("PWD").unwrap_or_else(|| "/".into()), path));
    let old = shell.process.cwd();
    if let Err(errno) = shell.process.chdir(&target) {
        shell.wrong(args, &format!("{path}: {errno}")).await;
        return Ok(1);
    }
    let mut now = target;
    if physical && let Ok(walk) = shell.process.machine().files().walk("/", &now, true) {
        now = walk.path;
        let _ = shell.process.chdir(&now);
    }
    for (name, value) in [("OLDPWD", old), ("PWD", now)] {
        if let Err(message) = shell.set(name, value) {
            shell.fail(&message).await;
        }
        shell.vars.get_mut(name).exported = true;
    }
    Ok(0)
}

/// `cd`
pub async fn cd(shell: &mut Shell, args: &[String]) -> Run {
    let mut rest = &args[1..];
    let mut physical = false;
    while let Some(option) = rest.first().filter(|option| option.starts_with('-') && option.len() > 1) {
        match option.as_str() {
            "--" => {
                rest = &rest[1..];
                break;
            }
            "-P" => physical = true,
            "-L" => physical = false,
            option => {
                shell.wrong(args, &format!("{}: invalid option", &option[..2])).await;
                shell.process.err("cd: usage: cd [-L|[-P [-e]] [-@]] [dir]\n").await;
                return Ok(2);
            }
        }
        rest = &rest[1..];
    }
    let (path, show) = match rest {
        [] => match shell.get("HOME") {
            Some(home) => (home, false),
            None => {
                shell.wrong(args, "HOME not set").await;
                return Ok(1);
            }
        },
        [dash] if dash == "-" => match shell.get("OLDPWD") {
            Some(old) => (old, true),
            None => {
                shell.wrong(args, "OLDPWD not set").await;
                return Ok(1);
            }
        },
        [path] => (path.clone(), false),
        _ => {
            shell.wrong(args, "too many arguments").await;
            return Ok(1);
        }
    };
    if path.is_empty() {
        return Ok(0);
    }
    let status = change(shell, args, &path, physical).await?;
    if status == 0 && show {
        shell.process.out(&format!("{path}\n")).await;
    }
    Ok(status)
}

/// `pwd`
pub async fn pwd(shell: &mut Shell, args: &[String]) -> Run {
    let mut path = shell.process.cwd();
    if args.get(1).is_some_and(|option| option == "-P")
        && let Ok(walk) = shell.process.machine().files().walk("/", &path, true)
    {
        path = walk.path;
    }
    print(shell, args, format!("{path}\n").as_bytes()).await
}

fn shown(shell: &Shell) -> String {
    let home = shell.get("HOME").unwrap_or_default();
    let short = |path: &str| match path.strip_prefix(&home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => path.to_owned(),
    };
    let mut all = vec![short(&shell.process.cwd())];
    all.extend(shell.dirs.iter().rev().map(|dir| short(dir)));
    all.join(" ") + "\n"
}

/// `dirs`
pub async fn dirs(shell: &mut Shell, args: &[String]) -> Run {
    if args.get(1).is_some_and(|option| option == "-c") {
        shell.dirs.clear();
        return Ok(0);
    }
    let text = shown(shell);
    print(shell, args, text.as_bytes()).await
}

/// `pushd`
pub async fn pushd(shell: &mut Shell, args: &[String]) -> Run {
    let here = shell.process.cwd();
    let target = match args.get(1) {
        Some(path) => path.clone(),
        None => match shell.dirs.pop() {
            Some(path) => path,
            None => {
                shell.wrong(args, "no other directory").await;
                return Ok(1);
            }
        },
    };
    let status = change(shell, args, &target, false).await?;
    if status == 0 {
        shell.dirs.push(here);
        let text = shown(shell);
        return print(shell, args, text.as_bytes()).await;
    }
    Ok(status)
}

/// `popd`
pub async fn popd(shell: &mut Shell, args: &[String]) -> Run {
    let Some(path) = shell.dirs.pop() else {
        shell.wrong(args, "directory stack empty").await;
        return Ok(1);
    };
    change(shell, args, &path, false).await?;
    let text = shown(shell);
    print(shell, args, text.as_bytes()).await
}
