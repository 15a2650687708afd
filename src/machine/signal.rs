//! Signals: their numbers, names, words and what each does to a process that does not trap it.

use std::fmt;

/// A signal, by its Linux number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal(pub i32);

/// What a signal does to a process that neither ignores nor traps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// The process ends.
    Terminate,
    /// Nothing.
    Ignore,
    /// The process stands still until SIGCONT.
    Stop,
    /// A stopped process goes on.
    Continue,
}

/// Number, name without `SIG`, and the words a shell prints when a process ended of it.
const TABLE: &[(i32, &str, &str)] = &[
    (1, "HUP", "Hangup"),
    (2, "INT", "Interrupt"),
    (3, "QUIT", "Quit"),
    (4, "ILL", "Illegal instruction"),
    (5, "TRAP", "Trace/breakpoint trap"),
    (6, "ABRT", "Aborted"),
    (7, "BUS", "Bus error"),
    (8, "FPE", "Floating point exception"),
    (9, "KILL", "Killed"),
    (10, "USR1", "User defined signal 1"),
    (11, "SEGV", "Segmentation fault"),
    (12, "USR2", "User defined signal 2"),
    (13, "PIPE", "Broken pipe"),
    (14, "ALRM", "Alarm clock"),
    (15, "TERM", "Terminated"),
    (16, "STKFLT", "Stack fault"),
    (17, "CHLD", "Child exited"),
    (18, "CONT", "Continued"),
    (19, "STOP", "Stopped (signal)"),
    (20, "TSTP", "Stopped"),
    (21, "TTIN", "Stopped (tty input)"),
    (22, "TTOU", "Stopped (tty output)"),
    (23, "URG", "Urgent I/O condition"),
    (24, "XCPU", "CPU time limit exceeded"),
    (25, "XFSZ", "File size limit exceeded"),
    (26, "VTALRM", "Virtual timer expired"),
    (27, "PROF", "Profiling timer expired"),
    (28, "WINCH", "Window changed"),
    (29, "IO", "I/O possible"),
    (30, "PWR", "Power failure"),
    (31, "SYS", "Bad system call"),
];

#[allow(missing_docs)]
impl Signal {
    pub const HUP: Signal = Signal(1);
    pub const INT: Signal = Signal(2);
    pub const QUIT: Signal = Signal(3);
    pub const KILL: Signal = Signal(9);
    pub const USR1: Signal = Signal(10);
    pub const USR2: Signal = Signal(12);
    pub const PIPE: Signal = Signal(13);
    pub const ALRM: Signal = Signal(14);
    pub const TERM: Signal = Signal(15);
    pub const CHLD: Signal = Signal(17);
    pub const CONT: Signal = Signal(18);
    pub const STOP: Signal = Signal(19);
    pub const TSTP: Signal = Signal(20);
    pub const TTIN: Signal = Signal(21);
    pub const TTOU: Signal = Signal(22);
    pub const WINCH: Signal = Signal(28);
}

impl Signal {
    /// Every signal there is.
    pub fn all() -> impl Iterator<Item = Signal> {
        TABLE.iter().map(|&(number, _, _)| Signal(number))
    }

    /// The signal called `text`: a number, `TERM`, `SIGTERM`, in any case.
    pub fn parse(text: &str) -> Option<Signal> {
        if let Ok(number) = text.parse::<i32>() {
            return Signal::all().find(|signal| signal.0 == number);
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        TABLE.iter().find(|entry| entry.1 == name).map(|entry| Signal(entry.0))
    }

    /// The name without `SIG`.
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|entry| entry.0 == self.0).map_or("UNKNOWN", |entry| entry.1)
    }

    /// What a shell says of a process that ended by it.
    pub fn text(self) -> &'static str {
        TABLE.iter().find(|entry| entry.0 == self.0).map_or("Unknown signal", |entry| entry.2)
    }

    /// What it does by default.
    pub fn default(self) -> Default {
        match self {
            Signal::CHLD | Signal::WINCH | Signal(23) => Default::Ignore,
            Signal::CONT => Default::Continue,
            Signal::STOP | Signal::TSTP | Signal::TTIN | Signal::TTOU => Default::Stop,
            _ => Default::Terminate,
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIG{}", self.name())
    }
}
