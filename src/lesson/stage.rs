//! What a scenario does to a world, as the inputs that it is: files, scripts, keys. The page and the command line
//! take them from here, so that a lesson does the same in both.

use super::action::Run;
use super::load::Page;
use super::scenario::Installed;
use crate::session::Input;

/// What Ctrl-C sends.
pub const INTERRUPT: &str = "\u{3}";

/// Puts a file of the scenario on the learner's machine.
pub fn install(installed: Installed, content: String) -> Input {
    Input::Write { path: installed.path, content, executable: installed.executable }
}

/// What happens when a page is opened for the first time: one script begins unseen, the other is typed.
pub fn enter(page: &Page) -> Vec<Input> {
    let background = page.background.clone().map(|script| Input::Background { script });
    let foreground = page.foreground.as_deref().map(|script| Input::Keys { terminal: 0, text: typed(script) });
    background.into_iter().chain(foreground).collect()
}

/// The keys of a run button. Where the terminal `prompts`, what was being typed makes room.
pub fn keys(run: &Run, commands: &str, prompts: bool) -> String {
    let before = match (run.interrupt, prompts) {
        (true, _) => INTERRUPT,
        // End of line, then erase to its beginning.
        (false, true) => "\u{5}\u{15}",
        (false, false) => "",
    };
    format!("{before}{}", typed(commands))
}

/// The terminal of a run button, from 0.
pub fn terminal(run: &Run) -> u32 {
    u32::from(run.terminal.saturating_sub(1))
}

/// A script as keys. Tabs would ask for completion; within a paste they are tabs.
pub fn typed(script: &str) -> String {
    let script = script.trim_end_matches('\n');
    let keys = script.replace('\n', "\r");
    if keys.contains('\t') { format!("\u{1b}[200~{keys}\u{1b}[201~\r") } else { keys + "\r" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_as_keys() {
        let run = |interrupt| Run { interrupt, fails: false, terminal: 2, host: 1 };
        assert_eq!(keys(&run(true), "ls\n", true), "\u{3}ls\r");
        assert_eq!(keys(&run(false), "a\nb", true), "\u{5}\u{15}a\rb\r");
        assert_eq!(keys(&run(false), "a", false), "a\r");
        assert_eq!(keys(&run(false), "if a\n\tb", false), "\u{1b}[200~if a\r\tb\u{1b}[201~\r");
        assert_eq!(terminal(&run(true)), 1);
    }
}
