//! The interactive shell: prompt, line editing, history, job notices.

use super::Shell;

/// Reads commands from the terminal until `exit` or the end of the input.
pub async fn run(shell: Shell, _login: bool, _norc: bool) -> i32 {
    shell.status
}
