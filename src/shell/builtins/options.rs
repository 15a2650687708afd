//! `set` and `shopt`.

use super::io::print;

use crate::shell::state::Options;
use crate::shell::{Run, Shell, escape, word};

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
            Ok(2)
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
