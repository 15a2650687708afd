//! How a controller's work gets done: queues of keys, and plans whose writes take time.
//!
//! Models client-go/util/workqueue and the loop around every upstream controller: a change
//! puts keys into a queue, a key that waits already is not put twice, a key is never worked on
//! twice at once, an error puts it back with a growing delay.
//!
//! A reconciler decides from the state it sees and returns a [`Plan`]; the writes of the plan
//! are then carried out one after the other, each at its own instant, as a real controller's
//! requests are. If the world has changed in between, the API server answers Conflict and the
//! key is looked at again.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Arc;

use crate::api::{Key, Kind, KindId, Kinds, Object, Status, WellKnown};
use crate::apiserver::{Actor, ApiServer, Change, DeleteOptions, Store};
use crate::client::{Happening, Limiter, Recorder, Source};
use crate::collections::SortedMap;
use crate::sim::{Agenda, Duration, EntryId, Rng, Time};

/// The first delay after an error; it doubles with every further one.
const BACK_OFF: Duration = Duration::from_millis(5);
/// The longest delay.
const MAX_BACK_OFF: Duration = Duration::from_secs(1000);

/// One reconciler.
pub trait Controller: Debug {
    /// The name it writes and tells events under: `deployment-controller`.
    fn name(&self) -> &'static str;
    /// Which keys a change makes it look at. It may count along, but must not decide here.
    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue);
    /// What to do about a key, from the state as it is now.
    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan;
    /// What to tell about a write that it made.
    fn wrote(&mut self, _key: &Key, _outcome: &Outcome, _view: &View<'_>) -> Option<Happening> {
        None
    }
}

/// What a reconciler may look at.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The objects.
    pub store: &'a Store,
    /// The kinds that are worked on by name.
    pub kinds: &'a WellKnown,
    /// Every kind that is served.
    pub served: &'a Kinds,
    /// The API server, for what is not stored.
    pub api: &'a ApiServer,
    /// The present instant.
    pub now: Time,
}

impl<'a> View<'a> {
    /// The object of that key.
    pub fn get(&self, kind: &Kind, key: &Key) -> Option<&'a Arc<Object>> {
        self.store.get(kind.id, key)
    }
}

/// The keys that a change makes a controller look at.
#[derive(Debug, Default)]
pub struct Queue(Vec<(Key, Duration)>);

impl Queue {
    /// Soon.
    pub fn add(&mut self, key: Key) {
        self.0.push((key, Duration::ZERO));
    }

    /// After a while.
    pub fn add_after(&mut self, key: Key, delay: Duration) {
        self.0.push((key, delay));
    }
}

/// One request of a plan.
#[derive(Clone, Debug)]
pub enum Write {
    /// Create an object.
    Create(Object),
    /// Replace an object but its status.
    Update(Object),
    /// Replace an object's status.
    Status(Object),
    /// Take a finalizer away, whatever else has changed: upstream sends a patch.
    Unfinalize(Arc<Object>, &'static str),
    /// Delete an object, if it is still that one.
    Delete(Arc<Object>),
    /// The same, with options.
    DeleteWith(Arc<Object>, DeleteOptions),
    /// Tell of something.
    Tell(Happening),
}

/// What came of a write.
#[derive(Debug)]
pub enum Outcome {
    /// This was created.
    Created(Arc<Object>),
    /// This was written.
    Updated(Arc<Object>),
    /// This was deleted.
    Deleted(Arc<Object>),
    /// The API server would not.
    Refused(Status),
}

/// What a reconciler wants done.
#[derive(Debug, Default)]
pub struct Plan {
    batches: VecDeque<Vec<Write>>,
    again: Option<Duration>,
}

impl Plan {
    /// Nothing to do.
    pub fn done() -> Plan {
        Plan::default()
    }

    /// Adds a write, after those before it.
    pub fn then(&mut self, write: Write) {
        self.batches.push_back(vec![write]);
    }

    /// Adds writes that are made at the same time.
    pub fn at_once(&mut self, writes: Vec<Write>) {
        if !writes.is_empty() {
            self.batches.push_back(writes);
        }
    }

    /// Adds all of another plan, after what is there.
    pub fn append(&mut self, other: Plan) {
        self.batches.extend(other.batches);
        other.again.into_iter().for_each(|delay| self.again_after(delay));
    }

    /// Looks at the key again once `delay` has passed.
    pub fn again_after(&mut self, delay: Duration) {
        self.again = Some(self.again.map_or(delay, |other| other.min(delay)));
    }
}

/// What waits for its time.
#[derive(Debug)]
enum Timer {
    /// A key's turn.
    Turn(usize, Key),
    /// A write of the key that is being worked on.
    Write(usize, Key, Box<Write>),
}

/// A key being worked on.
#[derive(Debug)]
struct Running {
    batches: VecDeque<Vec<Write>>,
    pending: usize,
    failed: bool,
    again: Option<Duration>,
    because: Option<u64>,
    /// A change came while it was worked on.
    dirty: Option<u64>,
    /// What the plan updated: the version it had seen, and the one that it made.
    updated: SortedMap<(KindId, Key), (u64, u64)>,
}

impl Running {
    /// Replaces an object. A plan that does so twice builds on its own first update.
    fn update(
        &mut self,
        mut object: Object,
        update: impl FnOnce(Object) -> Result<Arc<Object>, Status>,
    ) -> Result<Outcome, Status> {
        let (id, seen) = ((object.kind.id, object.key()), object.meta.resource_version);
        if let Some(own) = self.updated.get(&id).filter(|own| own.0 == seen) {
            object.meta.resource_version = own.1;
        }
        let written = update(object)?;
        self.updated.insert(id, (seen, written.meta.resource_version));
        Ok(Outcome::Updated(written))
    }
}

/// A controller with its queue.
#[derive(Debug)]
struct Worker {
    controller: Box<dyn Controller>,
    source: Source,
    limiter: Limiter,
    queued: SortedMap<Key, (EntryId, Option<u64>)>,
    running: SortedMap<Key, Running>,
    failures: SortedMap<Key, u32>,
}

/// All controllers at work.
#[derive(Debug)]
pub struct Manager {
    workers: Vec<Worker>,
    agenda: Agenda<Timer>,
    rng: Rng,
}

impl Manager {
    /// Controllers that have seen nothing yet.
    pub fn new(controllers: Vec<Box<dyn Controller>>, rng: Rng) -> Manager {
        let worker = |controller: Box<dyn Controller>| Worker {
            source: Source { component: controller.name().into(), host: None },
            // The controller manager's --kube-api-qps and --kube-api-burst, for each controller's client.
            limiter: Limiter::new(20, 30),
            controller,
            queued: SortedMap::new(),
            running: SortedMap::new(),
            failures: SortedMap::new(),
        };
        Manager { workers: controllers.into_iter().map(worker).collect(), agenda: Agenda::new(), rng }
    }

    /// Takes note of a change: the controllers hear of it one to three milliseconds later.
    pub fn observe(&mut self, change: &Change, store: &Store, now: Time) {
        for at in 0..self.workers.len() {
            let mut queue = Queue::default();
            self.workers[at].controller.observe(change, store, &mut queue);
            for (key, delay) in queue.0 {
                let latency = self.rng.between(Duration::from_millis(1), Duration::from_millis(3));
                self.enqueue(at, key, now + latency + delay, Some(change.revision));
            }
        }
    }

    /// Makes the controller of that name look at a key though nothing has changed.
    pub fn look(&mut self, controller: &str, key: Key, now: Time) {
        let at = self.workers.iter().position(|worker| worker.controller.name() == controller);
        if let Some(at) = at {
            let latency = self.rng.between(Duration::from_millis(1), Duration::from_millis(3));
            self.enqueue(at, key, now + latency, None);
        }
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.next_at()
    }

    /// Does the next thing, if one is due.
    pub fn step(&mut self, now: Time, api: &mut ApiServer, kinds: &WellKnown, events: &mut Recorder) {
        match self.agenda.pop_due(now) {
            None => {}
            Some((_, Timer::Turn(at, key))) => self.turn(at, key, now, api, kinds),
            Some((_, Timer::Write(at, key, write))) => {
                self.write(at, &key, *write, now, api, kinds, events);
                self.proceed(at, key, now);
            }
        }
    }

    fn enqueue(&mut self, at: usize, key: Key, due: Time, because: Option<u64>) {
        let worker = &mut self.workers[at];
        if let Some((id, _)) = worker.queued.get(&key) {
            if id.0 <= due {
                return;
            }
            self.agenda.remove(*id);
        }
        let id = self.agenda.add(due, Timer::Turn(at, key.clone()));
        worker.queued.insert(key, (id, because));
    }

    fn turn(&mut self, at: usize, key: Key, now: Time, api: &ApiServer, kinds: &WellKnown) {
        let worker = &mut self.workers[at];
        let because = worker.queued.remove(&key).and_then(|(_, because)| because);
        if let Some(running) = worker.running.get_mut(&key) {
            running.dirty = Some(because.unwrap_or_default());
            return;
        }
        let plan =
            worker.controller.reconcile(&key, &View { store: api.store(), kinds, served: api.kinds(), api, now });
        let running = Running {
            batches: plan.batches,
            pending: 0,
            failed: false,
            again: plan.again,
            because,
            dirty: None,
            updated: SortedMap::new(),
        };
        worker.running.insert(key.clone(), running);
        self.proceed(at, key, now);
    }

    /// Starts the next batch once the one before is done; ends the key's turn after the last.
    fn proceed(&mut self, at: usize, key: Key, now: Time) {
        let worker = &mut self.workers[at];
        let Some(running) = worker.running.get_mut(&key) else { return };
        if running.pending > 0 {
            return;
        }
        if !running.failed
            && let Some(batch) = running.batches.pop_front()
        {
            running.pending = batch.len();
            let one = batch.len() == 1;
            for write in batch {
                let cost = match &write {
                    Write::Tell(_) => Duration::ZERO,
                    _ if one => self.rng.between(Duration::from_micros(1800), Duration::from_micros(4200)),
                    _ => self.rng.between(Duration::from_millis(2), Duration::from_millis(9)),
                };
                let from = match &write {
                    Write::Tell(_) => now,
                    _ => worker.limiter.reserve(now),
                };
                self.agenda.add(from + cost, Timer::Write(at, key.clone(), Box::new(write)));
            }
            return;
        }
        let Some(ended) = worker.running.remove(&key) else { return };
        if ended.failed {
            let failures = worker.failures.entry(key.clone()).or_default();
            let delay = BACK_OFF.saturating_mul(1 << (*failures).min(20)).min(MAX_BACK_OFF);
            *failures += 1;
            self.enqueue(at, key, now + delay, ended.because);
            return;
        }
        worker.failures.remove(&key);
        if let Some(because) = ended.dirty {
            let pause = self.rng.between(Duration::from_micros(100), Duration::from_micros(600));
            self.enqueue(at, key, now + pause, Some(because));
        } else if let Some(delay) = ended.again {
            self.enqueue(at, key, now + delay, ended.because);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn write(
        &mut self,
        at: usize,
        key: &Key,
        write: Write,
        now: Time,
        api: &mut ApiServer,
        kinds: &WellKnown,
        events: &mut Recorder,
    ) {
        let worker = &mut self.workers[at];
        let Some(running) = worker.running.get_mut(key) else { return };
        running.pending -= 1;
        let because = running.because;
        api.act_as(Actor { name: Arc::clone(&worker.source.component), because });
        let outcome = match write {
            Write::Tell(mut what) => {
                (what.at, what.because) = (now, because);
                events.tell(&worker.source, what, Some(&mut worker.limiter));
                return;
            }
            Write::Create(object) => api.create(object).map(Outcome::Created),
            Write::Update(object) => running.update(object, |object| api.update(object)),
            Write::Status(object) => running.update(object, |object| api.update_status(object)),
            Write::Unfinalize(object, finalizer) => {
                // One that is gone needs no more.
                let current = api.get(&object.kind, &object.key()).ok().filter(|one| one.meta.uid == object.meta.uid);
                let Some(mut object) = current.map(|object| (**object).clone()) else { return };
                object.meta.finalizers =
                    object.meta.finalizers.iter().filter(|one| *one != finalizer).cloned().collect();
                api.update(object).map(Outcome::Updated)
            }
            Write::Delete(object) => match delete(api, &object, &DeleteOptions::default()) {
                Some(deleted) => deleted.map(|()| Outcome::Deleted(object)),
                None => return,
            },
            Write::DeleteWith(object, options) => match delete(api, &object, &options) {
                Some(deleted) => deleted.map(|()| Outcome::Deleted(object)),
                None => return,
            },
        };
        let outcome = outcome.unwrap_or_else(Outcome::Refused);
        running.failed |= matches!(outcome, Outcome::Refused(_));
        let view = View { store: api.store(), kinds, served: api.kinds(), api, now };
        if let Some(mut what) = worker.controller.wrote(key, &outcome, &view) {
            what.because = because;
            events.tell(&worker.source, what, Some(&mut worker.limiter));
        }
    }
}

/// Deletes an object if it is still that one; `None` where somebody else was faster, and what was
/// wanted is done.
fn delete(api: &mut ApiServer, object: &Object, options: &DeleteOptions) -> Option<Result<(), Status>> {
    let key = object.key();
    api.get(&object.kind, &key).ok().filter(|current| current.meta.uid == object.meta.uid)?;
    Some(api.delete(&object.kind, &key, options).map(|_| ()))
}
