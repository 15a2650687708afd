//! The other builtins: `set`, `shopt`, `alias`, `type`, `command`, `history`, `getopts`, …

use std::rc::Rc;

use super::io::print;
use crate::shell::simple::Found;
use crate::shell::state::Options;
use crate::shell::{Flow, Run, Shell, escape, word};

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

fn option<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut bool> {
    Some(match name {
        "errexit" => &mut options.errexit,
        "nounset" => &mut options.nounset,
        "xtrace" => &mut options.xtrace,
        "noglob" => &mut options.noglob,
        "noclobber" => &mut options.noclobber,
        "noexec" => &mut options.noexec,
        "allexport" => &mut options.allexport,
        "pipefail" => &mut options.pipefail,
        "verbose" => &mut options.verbose,
        "errtrace" => &mut options.errtrace,
        "monitor" => &mut options.monitor,
        "nullglob" => &mut options.nullglob,
        "failglob" => &mut options.failglob,
        "dotglob" => &mut options.dotglob,
        "globstar" => &mut options.globstar,
        "nocaseglob" => &mut options.nocaseglob,
        "nocasematch" => &mut options.nocasematch,
        "expand_aliases" => &mut options.expand_aliases,
        "lastpipe" => &mut options.lastpipe,
        _ => return None,
    })
}

const SET: &[&str] = &[
    "allexport",
    "braceexpand",
    "emacs",
    "errexit",
    "errtrace",
    "functrace",
    "hashall",
    "histexpand",
    "history",
    "ignoreeof",
    "interactive-comments",
    "keyword",
    "monitor",
    "noclobber",
    "noexec",
    "noglob",
    "nolog",
    "notify",
    "nounset",
    "onecmd",
    "physical",
    "pipefail",
    "posix",
    "privileged",
    "verbose",
    "vi",
    "xtrace",
];

const SHOPT: &[&str] = &[
    "autocd",
    "cdspell",
    "checkhash",
    "checkjobs",
    "checkwinsize",
    "cmdhist",
    "dotglob",
    "expand_aliases",
    "extglob",
    "failglob",
    "globstar",
    "histappend",
    "inherit_errexit",
    "lastpipe",
    "nocaseglob",
    "nocasematch",
    "nullglob",
    "progcomp",
    "promptvars",
    "sourcepath",
    "xpg_echo",
];

fn value(shell: &mut Shell, name: &str) -> bool {
    let default = matches!(
        name,
        "braceexpand" | "hashall" | "interactive-comments" | "extglob" | "cmdhist" | "progcomp" | "sourcepath"
    );
    match option(&mut shell.options, name) {
        Some(value) => *value,
        None => shell.options.others.get(name).copied().unwrap_or(default),
    }
}

fn switch(shell: &mut Shell, name: &str, on: bool) {
    match option(&mut shell.options, name) {
        Some(value) => *value = on,
        None => drop(shell.options.others.insert(name.to_owned(), on)),
    }
}

fn by_letter(letter: char) -> Option<&'static str> {
    Some(match letter {
        'a' => "allexport",
        'b' => "notify",
        'e' => "errexit",
        'f' => "noglob",
        'h' => "hashall",
        'k' => "keyword",
        'm' => "monitor",
        'n' => "noexec",
        'p' => "privileged",
        't' => "onecmd",
        'u' => "nounset",
        'v' => "verbose",
        'x' => "xtrace",
        'B' => "braceexpand",
        'C' => "noclobber",
        'E' => "errtrace",
        'H' => "histexpand",
        'P' => "physical",
        'T' => "functrace",
        _ => return None,
    })
}

/// `set`; `bash -eu` too, whose operands it leaves to the caller.
pub fn set_options<'a>(shell: &mut Shell, args: &'a [String]) -> Result<(&'a [String], bool), String> {
    let mut rest = args;
    while let Some(word) = rest.first() {
        let on = word.starts_with('-');
        if word == "--" {
            return Ok((&rest[1..], true));
        }
        if word == "-" {
            shell.options.xtrace = false;
            return Ok((&rest[1..], rest.len() > 1));
        }
        let letters = match word.strip_prefix(['-', '+']) {
            Some(letters) if !letters.is_empty() => letters,
            _ => return Ok((rest, true)),
        };
        rest = &rest[1..];
        for letter in letters.chars() {
            if letter == 'o' {
                let Some(name) = rest.first() else { return Ok((rest, false)) };
                if !SET.contains(&name.as_str()) {
                    return Err(format!("{name}: invalid option name"));
                }
                switch(shell, name, on);
                rest = &rest[1..];
            } else {
                let name = by_letter(letter)
                    .ok_or_else(|| format!("{}{letter}: invalid option", if on { '-' } else { '+' }))?;
                switch(shell, name, on);
            }
        }
    }
    Ok((rest, false))
}

/// `set`
pub async fn set(shell: &mut Shell, args: &[String]) -> Run {
    if args.len() == 1 {
        let mut text = String::new();
        for (name, var) in shell.vars.iter().filter(|(name, _)| word::is_identifier(name)) {
            if let Some(value) = var.text() {
                text.push_str(&format!("{name}={}\n", escape::quote(value)));
            }
        }
        return print(shell, args, text.as_bytes()).await;
    }
    if args.len() == 2 && matches!(args[1].as_str(), "-o" | "+o") {
        let mut text = String::new();
        for name in SET {
            let on = value(shell, name);
            if args[1] == "-o" {
                text.push_str(&format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
            } else {
                text.push_str(&format!("set {}o {name}\n", if on { '-' } else { '+' }));
            }
        }
        return print(shell, args, text.as_bytes()).await;
    }
    match set_options(shell, &args[1..]) {
        Ok((rest, replace)) => {
            if replace {
                shell.args = rest.to_vec();
            }
            Ok(0)
        }
        Err(message) => {
            shell.wrong(args, &message).await;
            Ok(if message.contains("name") { 1 } else { 2 })
        }
    }
}

/// `shopt`
pub async fn shopt(shell: &mut Shell, args: &[String]) -> Run {
    let (mut on, mut silent) = (None, false);
    let mut rest = &args[1..];
    while let Some(letters) = rest.first().and_then(|word| word.strip_prefix('-')) {
        for letter in letters.chars() {
            match letter {
                's' => on = Some(true),
                'u' => on = Some(false),
                'q' => silent = true,
                _ => {}
            }
        }
        rest = &rest[1..];
    }
    let names: Vec<String> =
        if rest.is_empty() { SHOPT.iter().map(|name| (*name).to_owned()).collect() } else { rest.to_vec() };
    let (mut status, mut text) = (0, String::new());
    for name in names {
        if !SHOPT.contains(&name.as_str()) && !SET.contains(&name.as_str()) {
            shell.wrong(args, &format!("{name}: invalid shell option name")).await;
            status = 1;
            continue;
        }
        match on {
            Some(on) if !rest.is_empty() => switch(shell, &name, on),
            _ => {
                let now = value(shell, &name);
                status |= i32::from(!now && !rest.is_empty());
                text.push_str(&format!("{name:<15}\t{}\n", if now { "on" } else { "off" }));
            }
        }
    }
    if !silent {
        print(shell, args, text.as_bytes()).await?;
    }
    Ok(status)
}

/// `alias`
pub async fn alias(shell: &mut Shell, args: &[String]) -> Run {
    let mut text = String::new();
    let mut status = 0;
    let rest: Vec<&String> = args[1..].iter().filter(|word| *word != "-p").collect();
    if rest.is_empty() {
        for (name, value) in shell.aliases.iter() {
            text.push_str(&format!("alias {name}={}\n", escape::single(value)));
        }
    }
    for word in rest {
        match word.split_once('=') {
            Some((name, value)) => drop(Rc::make_mut(&mut shell.aliases).insert(name.to_owned(), value.to_owned())),
            None => match shell.aliases.get(word) {
                Some(value) => text.push_str(&format!("alias {word}={}\n", escape::single(value))),
                None => {
                    shell.wrong(args, &format!("{word}: not found")).await;
                    status = 1;
                }
            },
        }
    }
    print(shell, args, text.as_bytes()).await?;
    Ok(status)
}

/// `unalias`
pub async fn unalias(shell: &mut Shell, args: &[String]) -> Run {
    let mut status = 0;
    for name in &args[1..] {
        if name == "-a" {
            shell.aliases = Rc::default();
        } else if Rc::make_mut(&mut shell.aliases).remove(name).is_none() {
            shell.wrong(args, &format!("{name}: not found")).await;
            status = 1;
        }
    }
    Ok(status)
}

const KEYWORDS: &[&str] = &[
    "!", "[[", "]]", "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select",
    "then", "time", "until", "while", "{", "}",
];

enum Style {
    /// `command -v`
    Short,
    /// `type`, `command -V`
    Long,
    /// `type -t`
    Kind,
    /// `type -p`
    Path,
}

/// What a name is, in words; `None` where it is nothing.
fn explain(shell: &Shell, name: &str, style: &Style) -> Option<String> {
    let pick = |short: String, long: String, kind: &str| match style {
        Style::Short => short + "\n",
        Style::Long => long + "\n",
        Style::Kind => format!("{kind}\n"),
        Style::Path => String::new(),
    };
    if let Some(value) = shell.known_aliases().get(name) {
        return Some(pick(
            format!("alias {name}={}", escape::single(value)),
            format!("{name} is aliased to `{value}'"),
            "alias",
        ));
    }
    if KEYWORDS.contains(&name) {
        return Some(pick(name.to_owned(), format!("{name} is a shell keyword"), "keyword"));
    }
    match shell.find(name, true) {
        Ok(Found::Function(function)) => {
            let long = format!("{name} is a function\n{name} () \n{}", function.text);
            Some(pick(name.to_owned(), long, "function"))
        }
        Ok(Found::Builtin(_)) => Some(pick(name.to_owned(), format!("{name} is a shell builtin"), "builtin")),
        Ok(Found::File(path)) => {
            shell.process.find_program(&path).ok()?;
            match style {
                Style::Path => Some(format!("{path}\n")),
                _ => Some(pick(path.clone(), format!("{name} is {path}"), "file")),
            }
        }
        Err(_) => None,
    }
}

/// `type`
pub async fn r#type(shell: &mut Shell, args: &[String]) -> Run {
    let mut style = Style::Long;
    let mut rest = &args[1..];
    while let Some(letters) = rest.first().and_then(|word| word.strip_prefix('-')).filter(|letters| !letters.is_empty())
    {
        for letter in letters.chars() {
            match letter {
                't' => style = Style::Kind,
                'p' | 'P' => style = Style::Path,
                _ => {}
            }
        }
        rest = &rest[1..];
    }
    let mut status = 0;
    for name in rest {
        match explain(shell, name, &style) {
            Some(text) => drop(print(shell, args, text.as_bytes()).await?),
            None => {
                status = 1;
                if matches!(style, Style::Long) {
                    shell.wrong(args, &format!("{name}: not found")).await;
                }
            }
        }
    }
    Ok(status)
}

/// `command`, `builtin`
pub async fn command(shell: &mut Shell, args: &[String]) -> Run {
    let mut rest = &args[1..];
    let mut style = None;
    while let Some(option) = rest.first().filter(|option| option.starts_with('-') && option.len() > 1) {
        match option.as_str() {
            "-v" => style = Some(Style::Short),
            "-V" => style = Some(Style::Long),
            "-p" => {}
            "--" => {
                rest = &rest[1..];
                break;
            }
            option => {
                shell.wrong(args, &format!("{option}: invalid option")).await;
                return Ok(2);
            }
        }
        rest = &rest[1..];
    }
    if let Some(style) = style {
        let mut status = 0;
        for name in rest {
            match explain(shell, name, &style) {
                Some(text) => drop(print(shell, args, text.as_bytes()).await?),
                None => {
                    status = 1;
                    if matches!(style, Style::Long) {
                        shell.wrong(args, &format!("{name}: not found")).await;
                    }
                }
            }
        }
        return Ok(status);
    }
    let Some(name) = rest.first().cloned() else { return Ok(0) };
    if shell.depth > 100 {
        return Err(Flow::Fail(1));
    }
    match shell.find(&name, false) {
        Ok(Found::Builtin(builtin)) => {
            shell.depth += 2;
            let run = builtin(shell, rest).await;
            shell.depth -= 2;
            run
        }
        Ok(Found::File(path)) if args[0] == "command" => {
            let fds = shell.process.fds();
            shell.run_program(&path, rest.to_vec(), Vec::new(), fds, false).await
        }
        _ if args[0] == "builtin" => {
            shell.wrong(args, &format!("{name}: not a shell builtin")).await;
            Ok(1)
        }
        _ => {
            shell.fail(&format!("{name}: command not found")).await;
            Ok(127)
        }
    }
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
