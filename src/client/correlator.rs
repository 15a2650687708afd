//! Which events are written, and how they are counted together. Models
//! client-go/tools/record/events_cache.go.
//!
//! Events of the newer API are counted by client-go/tools/events/event_broadcaster.go; for the others there
//! are three steps, in upstream's order: many different but similar messages become one combined
//! event, the same event again only counts up, and who tells too much about one object is not
//! heard for a while.
//!
//! Diverges: upstream forgets the least recently used of 4096 entries of each cache, here the
//! oldest is forgotten.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::Limiter;
use super::recorder::{Happening, Source};
use crate::api::Key;
use crate::sim::{Duration, Time};

/// The eleventh different message within this time is combined with the others.
const SIMILAR: Duration = Duration::from_secs(600);
/// How many different messages are told apart.
const DIFFERENT: usize = 10;
/// How many events about one object a source may write at once …
const SPAM_BURST: u32 = 25;
/// … and how long until the next one.
const SPAM_REFILL: Duration = Duration::from_secs(300);
/// How many entries each cache keeps.
const KEPT: usize = 4096;

/// What is to be done with an event.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing: its source has told too much.
    Drop,
    /// Write a new event with this message.
    Create(Arc<str>),
    /// Count up the event of this key; it now counts so many times.
    Count(Key, i32, Arc<str>),
}

/// Groups, and entries within them, are known by a hash of what upstream joins to a string.
type Hash = u64;

#[derive(Debug, Default)]
struct Similar {
    messages: BTreeSet<Hash>,
    last: Time,
}

/// A map that forgets its oldest entries.
#[derive(Debug)]
struct Cache<V> {
    map: BTreeMap<Hash, V>,
    order: VecDeque<Hash>,
}

impl<V> Cache<V> {
    fn entry(&mut self, key: Hash, make: impl FnOnce() -> V) -> &mut V {
        if !self.map.contains_key(&key) {
            self.order.push_back(key);
            if self.order.len() > KEPT
                && let Some(oldest) = self.order.pop_front()
            {
                self.map.remove(&oldest);
            }
        }
        self.map.entry(key).or_insert_with(make)
    }
}

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Cache { map: BTreeMap::new(), order: VecDeque::new() }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Correlator {
    similar: Cache<Similar>,
    /// What was written: key and count.
    written: Cache<(Key, i32)>,
    spam: Cache<Limiter>,
}

fn hash(parts: &[&str]) -> Hash {
    // FNV-1a, with a mark between the parts.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

impl Correlator {
    pub(super) fn judge(&mut self, source: &Source, what: &Happening, now: Time) -> Verdict {
        let about = &what.about;
        let host = source.host.as_deref().unwrap_or_default();
        let field = about.field_path.as_deref().unwrap_or_default();
        let object = [&*source.component, host, &about.kind, &about.namespace, &about.name, &about.uid];
        let group = hash(&[&object[..], &[what.type_, what.reason]].concat());
        let same = hash(&[&object[..], &[field, what.type_, what.reason, &what.message]].concat());

        // The newer API counts what is alike but for the words, as long as the object is the same version.
        if let Some(action) = what.action {
            let version = about.resource_version.as_deref().unwrap_or_default();
            let key = hash(&[&object[..], &[what.type_, what.reason, action, version]].concat());
            return self.count(key, what, Arc::clone(&what.message));
        }
        let similar = self.similar.entry(group, Similar::default);
        if now.since(similar.last) > SIMILAR {
            similar.messages.clear();
        }
        similar.last = now;
        similar.messages.insert(hash(&[&what.message]));
        let (message, key): (Arc<str>, Hash) = if similar.messages.len() < DIFFERENT {
            (Arc::clone(&what.message), same)
        } else {
            similar.messages.pop_last();
            (format!("(combined from similar events): {}", what.message).into(), group)
        };
        if !self.spam.entry(hash(&object), || Limiter::every(SPAM_REFILL, SPAM_BURST)).try_take(now) {
            return Verdict::Drop;
        }
        self.count(key, what, message)
    }

    fn count(&mut self, key: Hash, what: &Happening, message: Arc<str>) -> Verdict {
        let about = &what.about;
        let (written, count) = self.written.entry(key, Default::default);
        *count += 1;
        if *count > 1 {
            Verdict::Count(written.clone(), *count, message)
        } else {
            *written = Key { namespace: Arc::clone(&about.namespace), name: what.name() };
            Verdict::Create(message)
        }
    }
}
