//! What a learner does: runs a command on the host and waits for its end.

use std::rc::Rc;

use drydock::machine::{Capture, File, file};
use drydock::session::Session;
use drydock::sim::Duration;

/// Runs a command to its end, which must come within `patience` of virtual time: its exit status, what it printed.
pub fn run(session: &mut Session, command: &str, patience: Duration) -> (i32, String) {
    let output = Capture::default();
    let null: Rc<dyn File> = Rc::new(file::Null);
    let streams = [null, Rc::new(output.clone()) as Rc<dyn File>, Rc::new(output.clone())];
    let child = session.start(&["bash", "-c", command], "/root", streams).unwrap();
    let limit = session.now() + patience;
    let status = session.wait(&child, limit);
    (status.unwrap_or_else(|| panic!("{command} does not end")), output.text())
}

/// What a command prints that ends within an hour.
pub fn printed(session: &mut Session, command: &str) -> String {
    run(session, command, Duration::from_secs(3600)).1
}
