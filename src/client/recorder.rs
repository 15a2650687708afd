//! Writes events. Models client-go/tools/record/event.go.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Limiter;
use super::correlator::{Correlator, Verdict};
use crate::api::event::{EventBody, EventSource, ObjectReference};
use crate::api::{Kind, Object, Part, time};
use crate::apiserver::{Actor, ApiServer};
use crate::sim::{Agenda, Duration, Rng, Time};

/// Who tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// `deployment-controller`, `kubelet`, `default-scheduler`.
    pub component: Arc<str>,
    /// The node, for a kubelet.
    pub host: Option<Arc<str>>,
}

/// Something to tell of.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When it happened.
    pub at: Time,
    /// A few hundred nanoseconds that make the name unique.
    nanos: u64,
    /// What it happened to.
    pub about: ObjectReference,
    /// `Normal` or `Warning`.
    pub type_: &'static str,
    /// One word.
    pub reason: &'static str,
    /// In words.
    pub message: Arc<str>,
    /// Set by those who use the newer events API: what they were doing.
    pub action: Option<&'static str>,
    /// The change that made it happen.
    pub because: Option<u64>,
}

impl Happening {
    /// Something that happened to `about`. Its time is `at`.
    pub fn new(
        at: Time,
        about: ObjectReference,
        type_: &'static str,
        reason: &'static str,
        message: impl Into<Arc<str>>,
    ) -> Happening {
        Happening { at, nanos: 0, about, type_, reason, message: message.into(), action: None, because: None }
    }

    /// `web.18e9b44051e93e58`: the object's name and the time in nanoseconds, in hex.
    pub(super) fn name(&self) -> Arc<str> {
        format!("{}.{:x}", self.about.name, self.at.0 * 1000 + self.nanos).into()
    }
}

/// The events on their way to the API server, of all components.
#[derive(Debug)]
pub struct Recorder {
    kind: Arc<Kind>,
    rng: Rng,
    queue: Agenda<(Source, Happening, Verdict)>,
    sources: BTreeMap<Source, Sink>,
    correlator: Correlator,
    words: BTreeMap<&'static str, Arc<str>>,
    muted: bool,
}

/// Where one component's events go out, one after the other.
#[derive(Debug, Default)]
struct Sink {
    free_at: Time,
}

impl Recorder {
    /// A recorder that writes events of `kind`.
    pub fn new(kind: Arc<Kind>, rng: Rng) -> Recorder {
        Recorder {
            kind,
            rng,
            queue: Agenda::new(),
            sources: BTreeMap::new(),
            correlator: Correlator::default(),
            words: BTreeMap::new(),
            muted: false,
        }
    }

    /// Whether events are passed over: a profile's cluster comes up without leaving any.
    pub fn mute(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// A shared copy of a word of the program.
    fn word(&mut self, word: &'static str) -> Arc<str> {
        Arc::clone(self.words.entry(word).or_insert_with(|| word.into()))
    }

    /// Takes an event to be written soon. It goes through the same limiter as the other requests
    /// of its component, where that has one.
    pub fn tell(&mut self, source: &Source, mut what: Happening, limiter: Option<&mut Limiter>) {
        if self.muted {
            return;
        }
        what.nanos = self.rng.below(1000);
        let verdict = self.correlator.judge(source, &what, what.at);
        if verdict == Verdict::Drop {
            return;
        }
        let sink = self.sources.entry(source.clone()).or_default();
        let delay = Duration::from_micros(900 + self.rng.below(900));
        let mut at = sink.free_at.max(what.at) + delay;
        if let Some(limiter) = limiter {
            at = at.max(limiter.reserve(at));
        }
        sink.free_at = at;
        self.queue.add(at, (source.clone(), what, verdict));
    }

    /// When the next event is written.
    pub fn next_at(&self) -> Option<Time> {
        self.queue.next_at()
    }

    /// Writes the next event, if one is due.
    pub fn step(&mut self, now: Time, api: &mut ApiServer) {
        let Some((_, (source, what, verdict))) = self.queue.pop_due(now) else { return };
        api.act_as(Actor { name: Arc::clone(&source.component), because: what.because });
        // An event that cannot be written is lost, as upstream's are: its namespace is going.
        let _ = match verdict {
            Verdict::Drop => return,
            Verdict::Create(message) => {
                let event = self.event(&source, &what, message);
                api.create(event)
            }
            Verdict::Count(key, count, message) => match api.get(&self.kind, &key) {
                Ok(old) => {
                    let mut event = (**old).clone();
                    if let Some(body) = event.rest::<EventBody>() {
                        let last = Some(time::rfc3339(what.at).into());
                        let body = EventBody { count: Some(count), last_timestamp: last, message, ..body.clone() };
                        event.rest = Part::typed(body);
                    }
                    api.update(event)
                }
                Err(_) => {
                    let event = self.event(&source, &what, message);
                    api.create(event)
                }
            },
        };
    }

    fn event(&mut self, source: &Source, what: &Happening, message: Arc<str>) -> Object {
        let mut event = Object::new(&self.kind, "", "");
        event.meta.namespace = match &*what.about.namespace {
            // Events about objects without a namespace live in `default`.
            "" => "default".into(),
            _ => Arc::clone(&what.about.namespace),
        };
        event.meta.name = what.name();
        let mut body = EventBody {
            involved_object: what.about.clone(),
            message,
            reason: self.word(what.reason),
            type_: self.word(what.type_),
            reporting_component: Arc::clone(&source.component),
            reporting_instance: source.host.clone().unwrap_or_default(),
            ..EventBody::default()
        };
        if what.action.is_some() {
            // The newer API: a time in microseconds, and no count.
            body.event_time = Some(time::rfc3339_micro(what.at).into());
            body.action = what.action.map(|word| self.word(word));
        } else {
            let at: Arc<str> = time::rfc3339(what.at).into();
            body.count = Some(1);
            body.first_timestamp = Some(Arc::clone(&at));
            body.last_timestamp = Some(at);
            body.source = EventSource { component: Some(Arc::clone(&source.component)), host: source.host.clone() };
        }
        event.rest = Part::typed(body);
        event
    }
}
