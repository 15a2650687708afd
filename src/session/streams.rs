//! Ends of byte streams: what connects a process to a channel.

use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::logs::Log;
use crate::machine::{Errno, File, Size, Tty, pipe};
use crate::sim::{Receiver, Sender, Sim, channel};

/// A file to read from, and the sender that feeds it. It ends when the sender is dropped.
pub fn input(sim: &Sim) -> (Rc<dyn File>, Sender<Vec<u8>>) {
    let (sender, receiver) = channel();
    (feed(sim, receiver), sender)
}

/// A file that reads what comes through a channel.
pub fn feed(sim: &Sim, receiver: Receiver<Vec<u8>>) -> Rc<dyn File> {
    let (read, write) = pipe();
    sim.spawn(async move {
        while let Some(bytes) = receiver.recv().await {
            let mut rest = VecDeque::from(bytes);
            while !rest.is_empty() {
                let chunk = rest.make_contiguous();
                match std::future::poll_fn(|cx| write.poll_write(cx, chunk)).await {
                    Ok(written) => drop(rest.drain(..written)),
                    Err(_) => return,
                }
            }
        }
    });
    read
}

/// A file to write to, and the receiver of what is written. The receiver sees the end when the
/// last process closes the file.
pub fn output() -> (Rc<dyn File>, Receiver<Vec<u8>>) {
    let (sender, receiver) = channel();
    (Rc::new(Out(sender)), receiver)
}

struct Out(Sender<Vec<u8>>);

impl File for Out {
    fn poll_read(&self, _: &mut Context<'_>, _: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(self.0.send(bytes.to_vec()).map(|()| bytes.len()).map_err(|_| Errno::Pipe))
    }
}

/// A terminal in a container and the file that its processes have open.
pub struct Terminal {
    /// The terminal.
    pub tty: Tty,
    /// The file: what is written there is passed on at once.
    pub file: Rc<dyn File>,
}

/// Where a terminal's output goes.
type Sink = Rc<dyn Fn(Vec<u8>)>;

struct Forwarding {
    tty: Tty,
    sink: Sink,
}

impl Forwarding {
    fn forward(&self) {
        let bytes = self.tty.take_output();
        if !bytes.is_empty() {
            (self.sink)(bytes);
        }
    }
}

impl File for Forwarding {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let read = self.tty.poll_read(cx, max);
        self.forward();
        read
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        let written = self.tty.poll_write(cx, bytes);
        self.forward();
        written
    }

    fn tty(&self) -> Option<&Tty> {
        Some(&self.tty)
    }
}

/// A terminal whose output is received elsewhere and whose keys come from there.
pub fn remote_terminal(sim: &Sim, size: Size, keys: Receiver<Vec<u8>>) -> (Terminal, Receiver<Vec<u8>>) {
    let (sender, receiver) = channel();
    let tty = Tty::new(size);
    // The last process to close the terminal ends the stream.
    let sender = Rc::new(sender);
    let weak = Rc::downgrade(&sender);
    let file: Rc<dyn File> =
        Rc::new(Forwarding { tty: tty.clone(), sink: Rc::new(move |bytes| drop(sender.send(bytes))) });
    let keyboard = tty.clone();
    sim.spawn(async move {
        while let Some(bytes) = keys.recv().await {
            keyboard.input(&bytes);
            let shown = keyboard.take_output();
            if let Some(sender) = weak.upgrade()
                && !shown.is_empty()
            {
                let _ = sender.send(shown);
            }
        }
        keyboard.hang_up();
    });
    (Terminal { tty, file }, receiver)
}

/// A terminal whose output is a container's log.
pub fn log_terminal(log: &Log, sim: &Sim) -> Terminal {
    let tty = Tty::new(Size { cols: 80, rows: 24 });
    let stream = log.stream(sim, false);
    let sink: Sink = Rc::new(move |bytes: Vec<u8>| {
        let _ = stream.poll_write(&mut Context::from_waker(Waker::noop()), &bytes);
    });
    Terminal { file: Rc::new(Forwarding { tty: tty.clone(), sink }), tty }
}
