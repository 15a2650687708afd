//! Channels between tasks of one world.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

struct Shared<T> {
    queue: VecDeque<T>,
    senders: usize,
    receiver_gone: bool,
    waiting: Option<Waker>,
}

impl<T> Shared<T> {
    fn wake(&mut self) {
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

/// The sending end of a [`channel`].
pub struct Sender<T>(Rc<RefCell<Shared<T>>>);

/// The receiving end of a [`channel`].
pub struct Receiver<T>(Rc<RefCell<Shared<T>>>);

/// An unbounded queue between tasks. What is sent is received in order; the receiver sees the
/// end once every sender is dropped and the queue is empty.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared =
        Rc::new(RefCell::new(Shared { queue: VecDeque::new(), senders: 1, receiver_gone: false, waiting: None }));
    (Sender(Rc::clone(&shared)), Receiver(shared))
}

impl<T> Sender<T> {
    /// Sends `value`; gives it back where nobody will ever receive it.
    pub fn send(&self, value: T) -> Result<(), T> {
        let mut shared = self.0.borrow_mut();
        if shared.receiver_gone {
            return Err(value);
        }
        shared.queue.push_back(value);
        shared.wake();
        Ok(())
    }

    /// Whether the receiver is gone.
    pub fn is_closed(&self) -> bool {
        self.0.borrow().receiver_gone
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.borrow_mut().senders += 1;
        Sender(Rc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut shared = self.0.borrow_mut();
        shared.senders -= 1;
        if shared.senders == 0 {
            shared.wake();
        }
    }
}

impl<T> Receiver<T> {
    /// The next value; `None` once every sender is gone.
    pub async fn recv(&self) -> Option<T> {
        std::future::poll_fn(|cx| {
            let mut shared = self.0.borrow_mut();
            if let Some(value) = shared.queue.pop_front() {
                return Poll::Ready(Some(value));
            }
            if shared.senders == 0 {
                return Poll::Ready(None);
            }
            shared.waiting = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// The next value, if one is there already.
    pub fn try_recv(&self) -> Option<T> {
        self.0.borrow_mut().queue.pop_front()
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut shared = self.0.borrow_mut();
        shared.receiver_gone = true;
        let left = std::mem::take(&mut shared.queue);
        drop(shared);
        drop(left);
    }
}
