//! `drydock shell`: this terminal becomes the learner's, in real time.
#![allow(clippy::disallowed_types)] // Here, and on the page, wall time becomes virtual time.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use crate::session::{Input, Session};
use crate::sim::Duration;

/// How often the world moves on while nobody types.
const FRAME: Duration = Duration::from_millis(15);

/// Control-], as telnet has it: the way out.
const LEAVE: u8 = 0x1d;

/// Talks to the learner until the terminal is closed or Control-] is typed.
pub fn shell(mut session: Session) -> Result<i32, String> {
    let (columns, rows) = size().unwrap_or((80, 24));
    let keys = keyboard();
    let _raw = Raw::enter();
    print!("Control-] leaves.\r\n");
    session.input(Input::Resize { terminal: 0, columns, rows });
    let begin = (Instant::now(), session.now());
    loop {
        session.advance_to(begin.1 + begin.0.elapsed());
        if let Some(bytes) = session.outputs().terminals.remove(&0) {
            let mut out = std::io::stdout().lock();
            out.write_all(&bytes).and_then(|()| out.flush()).map_err(|error| error.to_string())?;
        }
        match keys.recv_timeout(FRAME) {
            Ok(bytes) if bytes.contains(&LEAVE) => return Ok(0),
            Ok(bytes) => {
                session.advance_to(begin.1 + begin.0.elapsed());
                session.input(Input::Keys { terminal: 0, text: String::from_utf8_lossy(&bytes).into_owned() });
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(0),
        }
    }
}

/// What is typed, read beside the world: reading blocks.
fn keyboard() -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(n) = std::io::stdin().read(&mut buffer) {
            if n == 0 || sender.send(buffer[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

fn stty(args: &[&str]) -> Option<String> {
    let output = Command::new("stty").args(args).stdin(Stdio::inherit()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn size() -> Option<(u16, u16)> {
    let text = stty(&["size"])?;
    let (rows, columns) = text.split_once(' ')?;
    Some((columns.parse().ok()?, rows.parse().ok()?))
}

/// The terminal hands over every key as it is typed, until this is dropped.
struct Raw(Option<String>);

impl Raw {
    fn enter() -> Raw {
        let before = stty(&["-g"]);
        stty(&["raw", "-echo"]);
        Raw(before)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            stty(&[before]);
        }
        println!();
    }
}
