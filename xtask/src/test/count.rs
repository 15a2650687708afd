//! How many tests passed and failed, read from what the runners print.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::run::{self, Outcome, say};

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
}

impl Count {
    /// A check that is no runner of tests counts as one.
    pub const ONE: Self = Self { passed: 1, failed: 0 };

    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// What one line of a runner's output adds: libtest's closing lines and those of node's runner.
    fn of_line(line: &str) -> Self {
        let mut count = Self::default();
        if let Some((_, rest)) = line.split_once("test result: ") {
            let words: Vec<&str> = rest.split([' ', ';']).collect();
            for pair in words.windows(2) {
                match (pair[0].parse(), pair[1]) {
                    (Ok(n), "passed") => count.passed = n,
                    (Ok(n), "failed") => count.failed = n,
                    _ => {}
                }
            }
        }
        let mut words = line.split_whitespace();
        if matches!(words.next(), Some("ℹ" | "#")) {
            match (words.next(), words.next().and_then(|n| n.parse().ok())) {
                (Some("pass"), Some(n)) => count.passed = n,
                (Some("fail" | "cancelled"), Some(n)) => count.failed = n,
                _ => {}
            }
        }
        count
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs a test runner, shows what it prints and counts its tests. A runner that fails without
/// naming a failed test (it did not compile, say) is an error.
pub fn counted(command: &mut Command) -> Outcome<Count> {
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|e| format!("cannot run {}: {e}", run::line(command)))?;
    let mut count = Count::default();
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            say(&line);
            count.add(Count::of_line(&line));
        }
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    if !status.success() && count.failed == 0 {
        return Err(format!("{} ended with {status}", run::line(command)));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_runners() {
        let libtest =
            "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(Count::of_line(libtest), Count { passed: 12, failed: 3 });
        assert_eq!(Count::of_line("ℹ pass 7"), Count { passed: 7, failed: 0 });
        assert_eq!(Count::of_line("# fail 2"), Count { passed: 0, failed: 2 });
        assert_eq!(Count::of_line("ok 1 - pass 3"), Count::default());
    }
}
