//! Terminals: the line discipline between a keyboard and the processes that read from it.
//!
//! Modelled: canonical mode with echo and editing (^H ^? ^U ^W ^D), the signals of ^C ^\ ^Z to
//! the foreground process group, raw mode, `\n` to `\r\n` on output, size and SIGWINCH.
//! Diverges: no flow control (^S ^Q), no speeds, one set of control characters.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::errno::Errno;
use super::file::File;
use super::process::Pid;
use super::signal::Signal;

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// What the line discipline does with input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    /// Input is edited and handed over line by line.
    pub canonical: bool,
    /// Input is shown.
    pub echo: bool,
    /// ^C, ^\ and ^Z raise signals.
    pub signals: bool,
    /// `\r` is read as `\n`.
    pub cr_to_nl: bool,
}

impl Modes {
    /// As a terminal starts.
    pub const COOKED: Modes = Modes { canonical: true, echo: true, signals: true, cr_to_nl: true };
    /// As a line or screen editor wants it.
    pub const RAW: Modes = Modes { canonical: false, echo: false, signals: false, cr_to_nl: false };
}

/// How signals reach the processes of a group; set by the machine that owns the terminal.
type Signaller = Rc<dyn Fn(Pid, Signal)>;

struct Inner {
    modes: Cell<Modes>,
    size: Cell<Size>,
    foreground: Cell<Pid>,
    prompting: Cell<bool>,
    /// What the command lines gave since it was last asked: none ended, or the first failure, or 0.
    ran: Cell<Option<i32>>,
    /// The terminal elsewhere that keys are passed on to.
    remote: RefCell<Option<Tty>>,
    signaller: RefCell<Option<Signaller>>,
    /// What readers may have; in canonical mode whole lines.
    ready: RefCell<VecDeque<u8>>,
    /// How many ends of file wait behind what is ready.
    ends: Cell<u32>,
    /// The line being typed in canonical mode.
    line: RefCell<String>,
    /// The first bytes of a character whose rest has not come yet.
    partial: RefCell<Vec<u8>>,
    output: RefCell<Vec<u8>>,
    hung_up: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// A pseudo-terminal. Cloning gives another handle on the same one. As a [`File`] it is the
/// side that processes read and write; [`Tty::input`] and [`Tty::take_output`] are the side of
/// keyboard and screen.
#[derive(Clone)]
pub struct Tty(Rc<Inner>);

/// What a terminal keeps of input that nobody reads.
const INPUT_MAX: usize = 1 << 20;

impl Tty {
    /// A terminal in cooked mode.
    pub fn new(size: Size) -> Tty {
        Tty(Rc::new(Inner {
            modes: Cell::new(Modes::COOKED),
            size: Cell::new(size),
            foreground: Cell::new(Pid(0)),
            prompting: Cell::new(false),
            ran: Cell::new(None),
            remote: RefCell::default(),
            signaller: RefCell::default(),
            ready: RefCell::default(),
            ends: Cell::new(0),
            line: RefCell::default(),
            partial: RefCell::default(),
            output: RefCell::default(),
            hung_up: Cell::new(false),
            waiting: RefCell::default(),
        }))
    }

    /// Bytes from the keyboard.
    pub fn input(&self, bytes: &[u8]) {
        for &byte in bytes {
            self.key(byte);
        }
        self.wake();
    }

    fn key(&self, byte: u8) {
        let modes = self.0.modes.get();
        if modes.signals
            && let Some((signal, shown)) = match byte {
                3 => Some((Signal::INT, "^C")),
                26 => Some((Signal::TSTP, "^Z")),
                28 => Some((Signal::QUIT, "^\\")),
                _ => None,
            }
        {
            self.0.line.borrow_mut().clear();
            self.0.ready.borrow_mut().clear();
            if modes.echo {
                self.show(shown);
            }
            self.signal_foreground(signal);
            return;
        }
        let byte = if modes.cr_to_nl && byte == b'\r' { b'\n' } else { byte };
        if !modes.canonical {
            self.push(&[byte]);
            if modes.echo {
                self.put(&[byte]);
            }
            return;
        }
        match byte {
            b'\n' => {
                let line = self.0.line.take();
                self.push(line.as_bytes());
                self.push(b"\n");
                if modes.echo {
                    self.show("\n");
                }
            }
            4 => {
                let line = self.0.line.take();
                if line.is_empty() {
                    self.0.ends.set(self.0.ends.get() + 1);
                } else {
                    self.push(line.as_bytes());
                }
            }
            8 | 127 => self.erase(1),
            21 => {
                let count = self.0.line.borrow().chars().count();
                self.erase(count);
            }
            23 => {
                let line = self.0.line.borrow().clone();
                let kept = line.trim_end().trim_end_matches(|c: char| !c.is_whitespace()).len();
                self.erase(line[kept..].chars().count());
            }
            byte => self.typed(byte),
        }
    }

    fn typed(&self, byte: u8) {
        let mut partial = self.0.partial.borrow_mut();
        partial.push(byte);
        let text = match std::str::from_utf8(&partial) {
            Ok(text) => text.to_owned(),
            Err(error) if error.error_len().is_none() && partial.len() < 4 => return,
            Err(_) => char::REPLACEMENT_CHARACTER.to_string(),
        };
        partial.clear();
        drop(partial);
        let mut line = self.0.line.borrow_mut();
        if line.len() >= 4096 {
            return;
        }
        line.push_str(&text);
        drop(line);
        if self.0.modes.get().echo {
            match text.chars().next() {
                Some(c) if c.is_ascii_control() && c != '\t' => {
                    self.show(&format!("^{}", char::from((c as u8) ^ 0x40)));
                }
                _ => self.show(&text),
            }
        }
    }

    fn erase(&self, count: usize) {
        for _ in 0..count {
            let Some(c) = self.0.line.borrow_mut().pop() else { return };
            if self.0.modes.get().echo {
                let wide =
                    if c.is_ascii_control() { 2 } else { unicode_width::UnicodeWidthChar::width(c).unwrap_or(0) };
                for _ in 0..wide {
                    self.show("\x08 \x08");
                }
            }
        }
    }

    fn push(&self, bytes: &[u8]) {
        let mut ready = self.0.ready.borrow_mut();
        if ready.len() + bytes.len() <= INPUT_MAX {
            ready.extend(bytes);
        }
    }

    fn show(&self, text: &str) {
        self.put(text.as_bytes());
    }

    fn put(&self, bytes: &[u8]) {
        let mut output = self.0.output.borrow_mut();
        for &byte in bytes {
            if byte == b'\n' {
                output.push(b'\r');
            }
            output.push(byte);
        }
    }

    fn wake(&self) {
        for waker in self.0.waiting.take() {
            waker.wake();
        }
    }

    /// What is to be shown, since the last call.
    pub fn take_output(&self) -> Vec<u8> {
        self.0.output.take()
    }

    /// What the next [`Tty::take_output`] will give.
    pub fn peek_output(&self) -> Vec<u8> {
        self.0.output.borrow().clone()
    }

    /// The present modes.
    pub fn modes(&self) -> Modes {
        self.0.modes.get()
    }

    /// Changes the modes. What was typed of a line can be read at once where lines count no more (as in Linux'
    /// n_tty_set_termios): a line editor finds what was typed before it came.
    pub fn set_modes(&self, modes: Modes) {
        let before = self.0.modes.replace(modes);
        if before.canonical && !modes.canonical {
            let line = self.0.line.take();
            self.push(line.as_bytes());
            self.push(&self.0.partial.take());
            self.wake();
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> Size {
        self.0.size.get()
    }

    /// Changes the size and tells the foreground processes.
    pub fn resize(&self, size: Size) {
        if self.0.size.replace(size) != size {
            self.signal_foreground(Signal::WINCH);
        }
    }

    /// The process group that may read and that ^C reaches.
    pub fn foreground(&self) -> Pid {
        self.0.foreground.get()
    }

    /// Makes another process group the foreground.
    pub fn set_foreground(&self, group: Pid) {
        self.0.foreground.set(group);
    }

    /// Whether a shell waits here for a command line, or one that was reached from here: no foreground command runs.
    pub fn is_prompting(&self) -> bool {
        match &*self.0.remote.borrow() {
            Some(remote) => remote.is_prompting(),
            None => self.0.prompting.get(),
        }
    }

    /// Whether a process has asked for input that is not there.
    pub fn is_awaiting(&self) -> bool {
        match &*self.0.remote.borrow() {
            Some(remote) => remote.is_awaiting(),
            None => !self.0.waiting.borrow().is_empty(),
        }
    }

    /// Whether keys are passed on to a terminal elsewhere.
    pub fn is_joined(&self) -> bool {
        self.0.remote.borrow().is_some()
    }

    /// Keys are passed on to a terminal elsewhere from now on, as by ssh, or no more.
    pub fn join(&self, remote: Option<Tty>) {
        let before = self.0.remote.replace(remote.filter(|remote| !Rc::ptr_eq(&remote.0, &self.0)));
        if let Some(status) = before.and_then(|before| before.take_status()) {
            self.note_status(status);
        }
    }

    /// Notes how a command line ended.
    pub fn note_status(&self, status: i32) {
        self.0.ran.set(Some(match self.0.ran.get() {
            Some(before) if before != 0 => before,
            _ => status,
        }));
    }

    /// How the command lines ended since the last call: the first failure, or 0, or nothing if none has ended.
    pub fn take_status(&self) -> Option<i32> {
        let elsewhere = self.0.remote.borrow().as_ref().and_then(Tty::take_status);
        if let Some(status) = elsewhere {
            self.note_status(status);
        }
        self.0.ran.take()
    }

    /// Notes that a shell begins or ceases to wait for a command line.
    pub fn set_prompting(&self, prompting: bool) {
        self.0.prompting.set(prompting);
    }

    /// Whether input is there that nobody has read yet.
    pub fn has_input(&self) -> bool {
        !self.0.ready.borrow().is_empty()
    }

    /// Who delivers signals to process groups.
    pub(super) fn set_signaller(&self, signaller: Signaller) {
        *self.0.signaller.borrow_mut() = Some(signaller);
    }

    fn signal_foreground(&self, signal: Signal) {
        let signaller = self.0.signaller.borrow().clone();
        if let Some(signaller) = signaller
            && self.foreground() != Pid(0)
        {
            signaller(self.foreground(), signal);
        }
    }

    /// The terminal's window was closed: readers see the end, the foreground SIGHUP.
    pub fn hang_up(&self) {
        self.0.hung_up.set(true);
        self.wake();
        self.signal_foreground(Signal::HUP);
    }
}

impl File for Tty {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let mut ready = self.0.ready.borrow_mut();
        if ready.is_empty() && max > 0 {
            if self.0.ends.get() > 0 {
                self.0.ends.set(self.0.ends.get() - 1);
                return Poll::Ready(Ok(Vec::new()));
            }
            if self.0.hung_up.get() {
                return Poll::Ready(Ok(Vec::new()));
            }
            self.0.waiting.borrow_mut().push(cx.waker().clone());
            return Poll::Pending;
        }
        let mut n = max.min(ready.len());
        if self.0.modes.get().canonical
            && let Some(end) = ready.iter().take(n).position(|&byte| byte == b'\n')
        {
            n = end + 1;
        }
        Poll::Ready(Ok(ready.drain(..n).collect()))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        if self.0.hung_up.get() {
            return Poll::Ready(Err(Errno::Io));
        }
        self.put(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn tty(&self) -> Option<&Tty> {
        Some(self)
    }
}
