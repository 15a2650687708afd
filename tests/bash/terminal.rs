//! bash on a terminal: prompt, editing, history, completion, jobs, Ctrl-C.

use drydock::machine::{Child, Machine, Size, SpawnSpec, Tty};
use drydock::sim::Duration;

use super::machine;

struct Terminal {
    machine: Machine,
    tty: Tty,
    shell: Child,
}

impl Terminal {
    fn new() -> Terminal {
        let machine = machine();
        let tty = Tty::new(Size { cols: 80, rows: 24 });
        let spec = SpawnSpec { cwd: Some("/root".into()), ..SpawnSpec::new(["bash", "--login"]) };
        let shell = machine.run(spec, Some(tty.clone())).unwrap();
        let terminal = Terminal { machine, tty, shell };
        terminal.pass(1);
        terminal
    }

    fn pass(&self, secs: u64) {
        let sim = self.machine.sim();
        sim.advance_to(sim.now() + Duration::from_secs(secs));
    }

    /// Types, lets a second pass, and gives what was shown, without bracketed paste's marks.
    fn types(&self, keys: &str) -> String {
        self.tty.input(keys.as_bytes());
        self.pass(1);
        let shown = String::from_utf8(self.tty.take_output()).unwrap();
        shown.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "").replace("\x1b[J", "")
    }
}

const PROMPT: &str = "root@host:~$ ";

#[test]
fn a_command_and_its_prompt() {
    let terminal = Terminal::new();
    assert_eq!(terminal.types(""), PROMPT);
    assert!(terminal.tty.is_prompting());
    let shown = terminal.types("echo hi\r");
    assert!(shown.starts_with("echo hi\r") && shown.ends_with(&format!("\r\nhi\r\n{PROMPT}")), "{shown:?}");
    let shown = terminal.types("echo 'a\rb'\r");
    assert!(shown.contains("> b'") && shown.contains("\r\na\r\nb\r\n"), "{shown:?}");
    let shown = terminal.types("nosuch\r");
    assert!(shown.contains("bash: nosuch: command not found\r\n"), "{shown:?}");
    let shown = terminal.types("echo )\r");
    assert!(shown.contains("bash: syntax error near unexpected token `)'\r\n"), "{shown:?}");
    assert!(terminal.types("exit 3\r").ends_with("exit\r\n") || terminal.shell.process().ended().is_some());
    assert_eq!(terminal.shell.process().ended().map(|status| status.code()), Some(3));
}

/// A fast typist is ahead of the prompt: nothing of what is typed meanwhile is lost.
#[test]
fn typing_ahead() {
    for pause in [50, 200, 700, 1_500] {
        let terminal = Terminal::new();
        terminal.types("");
        for key in "cat <<E >f\r  a: b\r   \u{d55c}\rE\rcat f\r".chars() {
            terminal.tty.input(key.encode_utf8(&mut [0; 4]).as_bytes());
            let sim = terminal.machine.sim();
            sim.advance_to(sim.now() + Duration::from_micros(pause));
        }
        let shown = terminal.types("");
        assert!(shown.contains("\r\n  a: b\r\n   \u{d55c}\r\n"), "{pause}: {shown:?}");
    }
}

#[test]
fn ctrl_c_and_jobs() {
    let terminal = Terminal::new();
    terminal.types("");
    terminal.types("sleep 1000\r");
    assert!(!terminal.tty.is_prompting());
    let shown = terminal.types("\x03");
    assert!(shown.contains("^C") && shown.ends_with(PROMPT), "{shown:?}");
    terminal.types("while :; do :; done\r");
    assert!(!terminal.tty.is_prompting());
    assert!(terminal.types("\x03").ends_with(PROMPT));
    let shown = terminal.types("sleep 500 &\r");
    assert!(shown.contains("[1] "), "{shown:?}");
    let shown = terminal.types("jobs\r");
    assert!(shown.contains("[1]+  Running                 sleep 500 &"), "{shown:?}");
    terminal.types("kill %1\r");
    let shown = terminal.types("\r");
    assert!(shown.contains("[1]+  Terminated") || shown.ends_with(PROMPT), "{shown:?}");
    terminal.types("sleep 700\r");
    let shown = terminal.types("\x1a");
    assert!(shown.contains("Stopped                 sleep 700") && shown.ends_with(PROMPT), "{shown:?}");
    terminal.types("fg\r");
    assert!(!terminal.tty.is_prompting());
    assert!(terminal.types("\x03").ends_with(PROMPT));
    assert!(terminal.types("abc\x03").ends_with(PROMPT));
    terminal.types("cat\r");
    assert!(terminal.types("x\r").contains("x\r\nx\r\n"));
    assert!(terminal.types("\x04").ends_with(PROMPT));
}

#[test]
fn history_and_completion() {
    let terminal = Terminal::new();
    terminal.types("echo one\r");
    terminal.types("true\r");
    assert!(terminal.types("\x1b[A\x1b[A\r").contains("\r\none\r\n"));
    assert!(terminal.types("\x12one\r").contains("\r\none\r\n"));
    terminal.types("mkdir -p dir/sub; touch \'dir/a b\'\r");
    assert!(terminal.types("ls dir/a\t\r").contains("\r\ndir/a b\r\n"));
    assert!(terminal.types("hostn\t\r").contains("\r\nhost\r\n"));
    assert!(terminal.types("echo $HOM\t\r").contains("\r\n/root\r\n"));
    let shown = terminal.types("ec\x01x=5 \x05ho $x\x17\x17echo k\x7fl\r");
    assert!(shown.contains("\r\nl\r\n"), "{shown:?}");
}
