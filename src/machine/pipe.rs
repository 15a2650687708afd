//! Pipes: a bounded buffer between a writing and a reading end.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::Errno;
use super::file::File;

/// How much a pipe holds before a writer must wait, as on Linux.
pub const CAPACITY: usize = 64 << 10;

#[derive(Default)]
struct Shared {
    buffer: VecDeque<u8>,
    reader_gone: bool,
    writer_gone: bool,
    waiting: Vec<Waker>,
}

impl Shared {
    fn wake(&mut self) {
        for waker in self.waiting.drain(..) {
            waker.wake();
        }
    }

    fn wait(&mut self, cx: &Context<'_>) {
        if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
    }
}

struct Reader(Rc<RefCell<Shared>>);
struct Writer(Rc<RefCell<Shared>>);

/// A new pipe: the end to read from and the end to write to. An end is closed when the last
/// descriptor for it is.
pub fn pipe() -> (Rc<dyn File>, Rc<dyn File>) {
    let shared = Rc::<RefCell<Shared>>::default();
    (Rc::new(Reader(Rc::clone(&shared))), Rc::new(Writer(shared)))
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut shared = self.0.borrow_mut();
        shared.reader_gone = true;
        shared.buffer.clear();
        shared.wake();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let mut shared = self.0.borrow_mut();
        shared.writer_gone = true;
        shared.wake();
    }
}

impl File for Reader {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let mut shared = self.0.borrow_mut();
        if shared.buffer.is_empty() && max > 0 {
            if shared.writer_gone {
                return Poll::Ready(Ok(Vec::new()));
            }
            shared.wait(cx);
            return Poll::Pending;
        }
        let n = max.min(shared.buffer.len());
        let bytes = shared.buffer.drain(..n).collect();
        shared.wake();
        Poll::Ready(Ok(bytes))
    }

    fn poll_write(&self, _: &mut Context<'_>, _: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }
}

impl File for Writer {
    fn poll_read(&self, _: &mut Context<'_>, _: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        let mut shared = self.0.borrow_mut();
        if shared.reader_gone {
            return Poll::Ready(Err(Errno::Pipe));
        }
        let n = bytes.len().min(CAPACITY - shared.buffer.len());
        if n == 0 && !bytes.is_empty() {
            shared.wait(cx);
            return Poll::Pending;
        }
        shared.buffer.extend(&bytes[..n]);
        shared.wake();
        Poll::Ready(Ok(n))
    }
}
