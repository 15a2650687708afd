//! `drydock run`: a script, its output, its exit status.

use std::io::{Read, Write};
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::machine::{Errno, File, file};
use crate::session::Session;
use crate::sim::Duration;

/// How much virtual time a script may take.
const LIMIT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Runs `script` (a file here, or `-` for standard input) on the learner's machine.
pub fn run(mut session: Session, script: &str, arguments: &[String]) -> Result<i32, String> {
    let mut text = Vec::new();
    let read = match script {
        "-" => std::io::stdin().read_to_end(&mut text).map(drop),
        path => std::fs::read(path).map(|bytes| text = bytes),
    };
    read.map_err(|error| format!("{script}: {error}"))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let name = if script == "-" { "bash" } else { script };
    let mut argv = vec!["bash", "-c", &text, name];
    argv.extend(arguments.iter().map(String::as_str));
    let fds: [Rc<dyn File>; 3] = [Rc::new(file::Null), Rc::new(Out(false)), Rc::new(Out(true))];
    let child = session.start(&argv, "/root", fds).map_err(|errno| format!("bash: {errno}"))?;
    let limit = session.now() + LIMIT;
    session.wait(&child, limit).ok_or_else(|| "the script did not end within thirty days".to_owned())
}

/// This process's own standard output or error.
struct Out(bool);

impl File for Out {
    fn poll_read(&self, _: &mut Context<'_>, _: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        let written = if self.0 {
            std::io::stderr().write_all(bytes)
        } else {
            std::io::stdout().write_all(bytes).and_then(|()| std::io::stdout().flush())
        };
        Poll::Ready(written.map(|()| bytes.len()).map_err(|_| Errno::Pipe))
    }
}
