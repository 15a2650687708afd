//! Signals, and how a process ends.

use std::future::poll_fn;
use std::task::{Poll, Waker};

use super::{Pid, Process};
use crate::machine::child::{Disposition, ExitStatus, Fds};
use crate::machine::errno::Errno;
use crate::machine::signal::{self, Signal};

impl Process {
    /// Sends a signal to the process `pid` of this machine.
    pub fn kill(&self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        self.0.machine.kill(pid, signal)
    }

    /// What the process does with a signal.
    pub fn disposition(&self, signal: Signal) -> Disposition {
        self.0.dispositions.borrow().get(&signal).copied().unwrap_or(Disposition::Default)
    }

    /// Says what the process does with a signal from now on. SIGKILL and SIGSTOP cannot be
    /// caught.
    pub fn trap(&self, signal: Signal, disposition: Disposition) {
        self.0.dispositions.borrow_mut().insert(signal, disposition);
    }

    /// The next signal that was caught; waits for one.
    pub async fn next_signal(&self) -> Signal {
        poll_fn(|cx| {
            let mut pending = self.0.pending.borrow_mut();
            if pending.is_empty() {
                self.0.own_waiters.borrow_mut().push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(pending.remove(0))
        })
        .await
    }

    /// A signal that was caught and not asked for yet.
    pub fn take_signal(&self) -> Option<Signal> {
        let mut pending = self.0.pending.borrow_mut();
        (!pending.is_empty()).then(|| pending.remove(0))
    }

    /// Whether this signal was caught and not asked for yet.
    pub fn has_pending(&self, signal: Signal) -> bool {
        self.0.pending.borrow().contains(&signal)
    }

    /// Waits until some caught signal is there, and leaves it there.
    pub async fn signal_pending(&self) {
        poll_fn(|cx| {
            if self.0.pending.borrow().is_empty() {
                self.0.own_waiters.borrow_mut().push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Delivers a signal.
    pub fn signal(&self, signal: Signal) {
        if self.0.ended.get().is_some() {
            return;
        }
        if matches!(signal, Signal::CONT | Signal::KILL) && self.0.stopped.take().is_some() {
            self.wake_own();
        }
        let unstoppable = matches!(signal, Signal::KILL | Signal::STOP);
        match self.disposition(signal) {
            Disposition::Catch if !unstoppable => {
                let mut pending = self.0.pending.borrow_mut();
                if !pending.contains(&signal) {
                    pending.push(signal);
                }
                drop(pending);
                self.wake_own();
            }
            Disposition::Ignore if !unstoppable => {}
            _ => match signal.default() {
                signal::Default::Terminate => self.end(ExitStatus::Signaled(signal)),
                signal::Default::Stop => {
                    self.0.stopped.set(Some(signal));
                    self.0.stop_told.set(false);
                    self.wake_waiters();
                }
                signal::Default::Ignore | signal::Default::Continue => {}
            },
        }
    }

    pub(super) fn wake_own(&self) {
        for waker in self.0.own_waiters.take() {
            waker.wake();
        }
    }

    pub(super) fn wake_waiters(&self) {
        for waker in self.0.waiters.take() {
            waker.wake();
        }
    }

    /// Ends the process: its files are closed, its future dropped, those who wait told.
    pub(super) fn end(&self, status: ExitStatus) {
        if self.0.ended.get().is_some() {
            return;
        }
        self.0.ended.set(Some(status));
        self.set_fds(Fds::new());
        self.0.machine.leave(self.0.pid);
        if let Some(task) = self.0.task.take() {
            self.sim().abort(task);
        }
        self.wake_own();
        self.wake_waiters();
        if let Ok(parent) = self.0.machine.process(self.0.parent) {
            parent.signal(Signal::CHLD);
        }
    }

    /// Wakes `waker` when it ends or stops.
    pub(in crate::machine) fn note_waiter(&self, waker: &Waker) {
        self.0.waiters.borrow_mut().push(waker.clone());
    }

    /// Whether somebody was told of its stop; from now on somebody was.
    pub(in crate::machine) fn stop_was_told(&self) -> bool {
        self.0.stop_told.replace(true)
    }

    /// How it ended, if it did.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.0.ended.get()
    }

    /// The signal that stopped it, while it is stopped.
    pub fn stopped(&self) -> Option<Signal> {
        self.0.stopped.get()
    }
}
