//! `basename` and `dirname`.

use super::{last, missing};
use crate::machine::Process;
use crate::tools::args::{self, No, Value, arguments};

/// basename
pub async fn basename(process: Process) -> i32 {
    let parsed = arguments!(process, args::GNU, ('a', "multiple", No), ('s', "suffix", Value));
    if parsed.operands.is_empty() {
        return missing(&process, "basename").await;
    }
    let many = parsed.has('a') || parsed.has('s');
    let suffix =
        parsed.value('s').or_else(|| parsed.operands.get(1).filter(|_| !many).map(String::as_str)).unwrap_or_default();
    for path in parsed.operands.iter().take(if many { usize::MAX } else { 1 }) {
        let name = if !path.is_empty() && path.chars().all(|c| c == '/') { "/" } else { last(path) };
        let name = name.strip_suffix(suffix).filter(|name| !name.is_empty()).unwrap_or(name);
        process.out(&format!("{name}\n")).await;
    }
    0
}

/// dirname
pub async fn dirname(process: Process) -> i32 {
    let words = &process.args()[1..];
    if words.is_empty() {
        return missing(&process, "dirname").await;
    }
    for path in words {
        let trimmed = path.trim_end_matches('/');
        let dir = match trimmed.rsplit_once('/') {
            Some((dir, _)) => match dir.trim_end_matches('/') {
                "" => "/",
                dir => dir,
            },
            None if trimmed.is_empty() && !path.is_empty() => "/",
            None => ".",
        };
        process.out(&format!("{dir}\n")).await;
    }
    0
}
