//! What a name means: `type` and `command`.

use super::io::print;

use crate::shell::simple::Found;
use crate::shell::{Flow, Run, Shell, escape};

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

/// Explains each of the names to whoever called the builtin of these arguments.
async fn tell(shell: &mut Shell, args: &[String], names: &[String], style: &Style) -> Run {
    let mut found = 0;
    for name in names {
        match explain(shell, name, style) {
            Some(text) => {
                print(shell, args, text.as_bytes()).await?;
                found += 1;
            }
            None if matches!(style, Style::Long) => shell.wrong(args, &format!("{name}: not found")).await,
            None => {}
        }
    }
    // `command -v` is content with one of several.
    let enough = if args[0] == "command" { found > 0 } else { found == names.len() };
    Ok(i32::from(!enough))
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
    tell(shell, args, rest, &style).await
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
        return tell(shell, args, rest, &style).await;
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
