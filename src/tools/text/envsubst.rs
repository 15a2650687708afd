//! `envsubst`: variables of the environment in a text, as gettext's.

use crate::machine::Process;
use crate::tools::args::{self, No, arguments};

/// The variable that a text behind a `$` begins with, and how long it is there.
fn variable(rest: &str) -> Option<(&str, usize)> {
    let braced = rest.starts_with('{');
    let inner = rest.strip_prefix('{').unwrap_or(rest);
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
    let name = &inner[..end];
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || braced && !inner[end..].starts_with('}') {
        return None;
    }
    Some((name, end + if braced { 2 } else { 0 }))
}

/// All variables of a text.
fn variables(text: &str) -> Vec<&str> {
    text.match_indices('$').filter_map(|(at, _)| variable(&text[at + 1..])).map(|(name, _)| name).collect()
}

/// envsubst -v [SHELL-FORMAT]
pub async fn envsubst(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('v', "variables", No));
    let wanted = parsed.operands.first().map(|format| variables(format));
    if parsed.operands.len() > 1 {
        process.err("envsubst: too many arguments\n").await;
        return 1;
    }
    if parsed.has('v') {
        let Some(wanted) = wanted else {
            process.err("envsubst: missing arguments\n").await;
            return 1;
        };
        for name in wanted {
            process.out(&format!("{name}\n")).await;
        }
        return 0;
    }
    let Ok(bytes) = process.read_to_end(0).await else { return 1 };
    let text = String::from_utf8_lossy(&bytes);
    let mut out = String::new();
    let mut rest = &*text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match variable(rest) {
            Some((name, length)) if wanted.as_ref().is_none_or(|wanted| wanted.contains(&name)) => {
                out.push_str(&process.env(name).unwrap_or_default());
                rest = &rest[length..];
            }
            _ => out.push('$'),
        }
    }
    out.push_str(rest);
    process.out(&out).await;
    0
}
