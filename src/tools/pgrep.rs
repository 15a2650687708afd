//! `pgrep` and `pkill`: processes by their names.

use super::args::{self, No, arguments, short_name};
use crate::machine::{Process, Signal};
use crate::shell::regex::Regex;

/// pgrep, pkill -f -x -l -a -c -v -SIGNAL
pub async fn run(process: Process) -> i32 {
    let mut argv = process.args();
    let name = short_name(&argv);
    let mut signal = Signal::TERM;
    if name == "pkill"
        && let Some(found) = argv.get(1).and_then(|word| word.strip_prefix('-')).and_then(Signal::parse)
    {
        signal = found;
        argv.remove(1);
        process.set_args(argv);
    }
    let parsed = arguments!(
        process,
        args::GNU_2,
        ('f', "full", No),
        ('x', "exact", No),
        ('l', "list-name", No),
        ('a', "list-full", No),
        ('c', "count", No),
        ('i', "ignore-case", No)
    );
    let [pattern] = parsed.operands.as_slice() else {
        let what = if parsed.operands.is_empty() {
            "no matching criteria specified"
        } else {
            "only one pattern can be provided"
        };
        process.err(&format!("{name}: {what}\nTry `{name} --help' for more information.\n")).await;
        return 2;
    };
    let pattern = if parsed.has('x') { format!("^({pattern})$") } else { pattern.clone() };
    let regex = match Regex::new(&pattern, true, parsed.has('i')) {
        Ok(regex) => regex,
        Err(why) => {
            process.err(&format!("{name}: {why}\n")).await;
            return 2;
        }
    };
    let mut found = Vec::new();
    for other in process.machine().processes() {
        let args = other.args();
        let own = short_name(&args);
        let text = if parsed.has('f') { args.join(" ") } else { own.clone() };
        if other.pid() != process.pid() && regex.is_match(&text) {
            found.push((other, own, args.join(" ")));
        }
    }
    if parsed.has('c') {
        process.out(&format!("{}\n", found.len())).await;
    }
    for (other, own, full) in &found {
        if name == "pkill" {
            other.signal(signal);
        } else if parsed.has('a') {
            process.out(&format!("{} {full}\n", other.pid())).await;
        } else if parsed.has('l') {
            process.out(&format!("{} {own}\n", other.pid())).await;
        } else if !parsed.has('c') {
            process.out(&format!("{}\n", other.pid())).await;
        }
    }
    i32::from(found.is_empty())
}
