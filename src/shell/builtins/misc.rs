//! The other builtins: `set`, `shopt`, `alias`, `type`, `command`, `history`, `getopts`, …

use super::io::print;

use crate::shell::{Run, Shell};

/// `:`, `true`
pub async fn nothing(_: &mut Shell, _: &[String]) -> Run {
    Ok(0)
}

/// `false`
pub async fn failure(_: &mut Shell, _: &[String]) -> Run {
    Ok(1)
}

/// What has nothing to do in a simulated shell, such as `hash`.
pub async fn quiet(_: &mut Shell, _: &[String]) -> Run {
    Ok(0)
}

/// `caller`
pub async fn caller(shell: &mut Shell, args: &[String]) -> Run {
    let text = format!("{} {}\n", shell.line, shell.calls.last().map_or("NULL", String::as_str));
    print(shell, args, text.as_bytes()).await
}

/// `help`
pub async fn help(shell: &mut Shell, args: &[String]) -> Run {
    let names: Vec<&str> = super::ALL.iter().map(|(name, _)| *name).collect();
    let text = format!("These shell commands are defined internally:\n{}\n", names.join(" "));
    print(shell, args, text.as_bytes()).await
}

/// `history`
pub async fn history(shell: &mut Shell, args: &[String]) -> Run {
    if args.get(1).is_some_and(|option| option == "-c") {
        shell.history.clear();
        return Ok(0);
    }
    let most = args.get(1).and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
    let skip = shell.history.len().saturating_sub(most);
    let lines = shell.history.iter().enumerate().skip(skip).map(|(at, line)| format!("{:>5}  {line}\n", at + 1));
    let text: String = lines.collect();
    print(shell, args, text.as_bytes()).await
}

/// `times`
pub async fn times(shell: &mut Shell, args: &[String]) -> Run {
    print(shell, args, b"0m0.001s 0m0.001s\n0m0.001s 0m0.001s\n").await
}

/// `ulimit`
pub async fn ulimit(shell: &mut Shell, args: &[String]) -> Run {
    let text = if args.get(1).is_some_and(|option| option == "-n") { "1024\n" } else { "unlimited\n" };
    if args.len() > 2 { Ok(0) } else { print(shell, args, text.as_bytes()).await }
}

/// `umask`
pub async fn umask(shell: &mut Shell, args: &[String]) -> Run {
    if args.len() > 1 { Ok(0) } else { print(shell, args, b"0022\n").await }
}

/// `getopts`
pub async fn getopts(shell: &mut Shell, args: &[String]) -> Run {
    let [_, spec, name, rest @ ..] = args else {
        shell.process.err("getopts: usage: getopts optstring name [arg ...]\n").await;
        return Ok(2);
    };
    let words = if rest.is_empty() { shell.args.clone() } else { rest.to_vec() };
    let at = shell.get("OPTIND").and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1);
    let silent = spec.starts_with(':');
    let mut next = at;
    let mut within = shell.getopts_at;
    let mut arg = None;
    let word = words.get(at - 1).cloned().unwrap_or_default();
    let letters: Vec<char> = word.chars().collect();
    let status;
    let mut found = '?';
    if letters.len() < 2 || letters[0] != '-' || word == "--" {
        if word == "--" {
            next += 1;
        }
        status = 1;
        within = 0;
    } else {
        status = 0;
        let letter = letters[(within + 1).min(letters.len() - 1)];
        let known = spec.find(letter).filter(|_| letter != ':');
        let wants = known.is_some_and(|at| spec[at + letter.len_utf8()..].starts_with(':'));
        within += 1;
        let ends = within + 1 >= letters.len();
        if known.is_none() {
            if silent {
                arg = Some(letter.to_string());
            } else {
                shell.process.err(&format!("{}: illegal option -- {letter}\n", shell.name)).await;
            }
        } else if wants {
            if !ends {
                arg = Some(letters[within + 1..].iter().collect());
                found = letter;
            } else if let Some(value) = words.get(at) {
                next += 1;
                arg = Some(value.clone());
                found = letter;
            } else if silent {
                found = ':';
                arg = Some(letter.to_string());
            } else {
                shell.process.err(&format!("{}: option requires an argument -- {letter}\n", shell.name)).await;
            }
        } else {
            found = letter;
        }
        if ends || wants {
            next += 1;
            within = 0;
        }
    }
    let stored = shell.set(name, found.to_string()).and_then(|()| shell.set("OPTIND", next.to_string()));
    shell.getopts_at = within;
    match arg {
        Some(arg) => drop(shell.set("OPTARG", arg)),
        None => drop(shell.vars.remove("OPTARG")),
    }
    if let Err(message) = stored {
        shell.fail(&message).await;
        return Ok(1);
    }
    Ok(status)
}
