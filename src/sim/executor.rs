//! A single-threaded executor whose only clock is the virtual one.
//!
//! Tasks are futures; the only things they can wait for are virtual time and one another.
//! The owner of the world calls [`Sim::run_ready`] and [`Sim::advance_to`]; nothing runs by
//! itself.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::agenda::{Agenda, EntryId};
use super::{Duration, Time};
use crate::collections::SortedMap;

/// Names a task of a [`Sim`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(u64);

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Tasks that were woken, in the order of their waking. A `Waker` must be `Send`, hence the
/// mutex; there is never a second thread to contend for it.
#[derive(Default)]
struct Ready(Mutex<VecDeque<TaskId>>);

impl Ready {
    fn push(&self, id: TaskId) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !queue.contains(&id) {
            queue.push_back(id);
        }
    }

    fn pop(&self) -> Option<TaskId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

struct TaskWaker {
    id: TaskId,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.id);
    }
}

struct Inner {
    now: Cell<Time>,
    timers: RefCell<Agenda<Waker>>,
    /// `None` while a task is being polled.
    tasks: RefCell<SortedMap<TaskId, Option<Task>>>,
    next_task: Cell<u64>,
    ready: Arc<Ready>,
}

/// A handle on virtual time and the tasks that live in it. Cloning gives another handle on the
/// same world.
///
/// ```
/// use drydock::sim::{Duration, Sim, Time};
/// let sim = Sim::new(Time(0));
/// let clock = sim.clone();
/// sim.spawn(async move { clock.sleep(Duration::from_secs(1)).await });
/// sim.advance_to(Time::from_secs(3));
/// assert_eq!(sim.now(), Time::from_secs(3));
/// assert_eq!(sim.tasks(), 0);
/// ```
#[derive(Clone)]
pub struct Sim(Rc<Inner>);

impl Sim {
    /// A world without tasks in which it is `now`.
    pub fn new(now: Time) -> Sim {
        Sim(Rc::new(Inner {
            now: Cell::new(now),
            timers: RefCell::default(),
            tasks: RefCell::default(),
            next_task: Cell::new(0),
            ready: Arc::default(),
        }))
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.0.now.get()
    }

    /// A future that is done once `span` of virtual time has passed.
    pub fn sleep(&self, span: Duration) -> Sleep {
        self.sleep_until(self.now() + span)
    }

    /// A future that is done at the instant `at`.
    pub fn sleep_until(&self, at: Time) -> Sleep {
        Sleep { sim: self.clone(), at, entry: None }
    }

    /// Starts a task. It first runs at the next [`Sim::run_ready`].
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) -> TaskId {
        let id = TaskId(self.0.next_task.get());
        self.0.next_task.set(id.0 + 1);
        self.0.tasks.borrow_mut().insert(id, Some(Box::pin(future)));
        self.0.ready.push(id);
        id
    }

    /// Drops a task where it stands. A task may abort itself: it is dropped once it yields.
    pub fn abort(&self, id: TaskId) {
        let task = self.0.tasks.borrow_mut().remove(&id);
        drop(task);
    }

    /// How many tasks have not ended.
    pub fn tasks(&self) -> usize {
        self.0.tasks.borrow().len()
    }

    /// Runs every woken task until all of them wait; no time passes.
    pub fn run_ready(&self) {
        while let Some(id) = self.0.ready.pop() {
            let Some(mut task) = self.0.tasks.borrow_mut().get_mut(&id).and_then(Option::take) else {
                continue;
            };
            let waker = Waker::from(Arc::new(TaskWaker { id, ready: Arc::clone(&self.0.ready) }));
            let done = task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
            let mut tasks = self.0.tasks.borrow_mut();
            if done {
                tasks.remove(&id);
            } else if let Some(slot) = tasks.get_mut(&id) {
                *slot = Some(task);
                continue;
            }
            // Dropping a task may wake or abort others, so not under the borrow.
            drop(tasks);
            drop(task);
        }
    }

    /// When the next sleeping task wakes.
    pub fn next_at(&self) -> Option<Time> {
        self.0.timers.borrow().next_at()
    }

    /// Moves the clock to `now` (never back) and wakes what is due by then, but runs nothing.
    pub fn set_now(&self, now: Time) {
        self.0.now.set(self.now().max(now));
        loop {
            let due = self.0.timers.borrow_mut().pop_due(self.now());
            match due {
                Some((_, waker)) => waker.wake(),
                None => break,
            }
        }
    }

    /// Runs everything due by `until`, instant by instant, and leaves the clock there.
    pub fn advance_to(&self, until: Time) {
        self.run_ready();
        while let Some(at) = self.next_at().filter(|&at| at <= until) {
            self.set_now(at);
            self.run_ready();
        }
        self.set_now(until);
    }
}

/// See [`Sim::sleep`].
pub struct Sleep {
    sim: Sim,
    at: Time,
    entry: Option<EntryId>,
}

impl Future for Sleep {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut timers = self.sim.0.timers.borrow_mut();
        if let Some(entry) = self.entry {
            timers.remove(entry);
        }
        let entry = (self.sim.now() < self.at).then(|| timers.add(self.at, cx.waker().clone()));
        drop(timers);
        self.entry = entry;
        if entry.is_some() { Poll::Pending } else { Poll::Ready(()) }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(entry) = self.entry {
            self.sim.0.timers.borrow_mut().remove(entry);
        }
    }
}

/// The result of [`race`]: which of the two futures was done first.
#[derive(Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first was done (or both were).
    First(A),
    /// Only the second was done.
    Second(B),
}

/// Waits for whichever of two futures is done first and drops the other. Where both are done
/// at once the first wins.
pub async fn race<A: Future, B: Future>(a: A, b: B) -> Either<A::Output, B::Output> {
    let mut a = std::pin::pin!(a);
    let mut b = std::pin::pin!(b);
    std::future::poll_fn(|cx| {
        if let Poll::Ready(value) = a.as_mut().poll(cx) {
            return Poll::Ready(Either::First(value));
        }
        b.as_mut().poll(cx).map(Either::Second)
    })
    .await
}

/// Lets every other woken task run first.
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_wake_in_order_of_time_whatever_the_steps() {
        let run = |steps: &[u64]| {
            let sim = Sim::new(Time(0));
            let seen = Rc::new(RefCell::new(Vec::new()));
            for (name, millis) in [("c", 30), ("a", 10), ("b", 10)] {
                let (clock, seen) = (sim.clone(), Rc::clone(&seen));
                sim.spawn(async move {
                    clock.sleep(Duration::from_millis(millis)).await;
                    seen.borrow_mut().push((name, clock.now()));
                });
            }
            for &step in steps {
                sim.advance_to(Time(step));
            }
            seen.take()
        };
        let whole = run(&[50_000]);
        assert_eq!(whole, [("a", Time(10_000)), ("b", Time(10_000)), ("c", Time(30_000))]);
        assert_eq!(whole, run(&[1, 9_999, 10_000, 10_001, 29_000, 50_000]));
    }

    #[test]
    fn race_drops_the_loser() {
        let sim = Sim::new(Time(0));
        let (fast, slow) = (sim.sleep(Duration::from_secs(1)), sim.sleep(Duration::from_secs(9)));
        sim.spawn(async move {
            assert_eq!(race(slow, fast).await, Either::Second(()));
        });
        sim.advance_to(Time::from_secs(2));
        assert_eq!((sim.tasks(), sim.next_at()), (0, None));
    }
}
