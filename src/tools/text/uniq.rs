//! `uniq`.

use crate::machine::Process;
use crate::tools::args::{self, No, Value, arguments};
use crate::tools::input::all_lines;

/// uniq -c -d -u -i -f
pub async fn uniq(process: Process) -> i32 {
    let parsed = arguments!(
        process,
        args::GNU,
        ('c', "count", No),
        ('d', "repeated", No),
        ('u', "unique", No),
        ('i', "ignore-case", No),
        ('f', "skip-fields", Value),
        ('w', "check-chars", Value),
    );
    let (lines, status) = all_lines(&process, &parsed.operands[..parsed.operands.len().min(1)]).await;
    let skip = parsed.value('f').and_then(|text| text.parse().ok()).unwrap_or(0);
    let most = parsed.value('w').and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let key = |line: &str| {
        let mut rest = line;
        for _ in 0..skip {
            rest = rest.trim_start().trim_start_matches(|c: char| !c.is_whitespace());
        }
        let key: String = rest.chars().take(most).collect();
        if parsed.has('i') { key.to_lowercase() } else { key }
    };
    let mut at = 0;
    while at < lines.len() {
        let same = lines[at..].iter().take_while(|line| key(line) == key(&lines[at])).count();
        let wanted = !(parsed.has('d') && same == 1 || parsed.has('u') && same > 1);
        if wanted {
            let text = if parsed.has('c') { format!("{same:>7} {}\n", lines[at]) } else { format!("{}\n", lines[at]) };
            process.out(&text).await;
        }
        at += same;
    }
    status
}
