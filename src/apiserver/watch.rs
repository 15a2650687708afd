//! Watches: every write is told to those whose selectors it touches.
//!
//! Models apiserver/pkg/storage/cacher (an object that begins to match a selector is ADDED for
//! that watch, one that ceases to match is DELETED).

use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value, json};

use super::fields;
use super::rest::Shape;
use super::{ApiServer, Change};
use crate::api::{FieldSelector, KindId, Object, Selector};
use crate::sim::{Receiver, Sender, channel};

/// Which objects a list or watch is about.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One namespace, or all.
    pub namespace: Option<String>,
    /// One name, or all.
    pub name: Option<String>,
    /// By labels.
    pub labels: Selector,
    /// By fields.
    pub fields: FieldSelector,
}

impl Filter {
    /// Whether the filter lets `object` through.
    pub fn matches(&self, object: &Object) -> bool {
        self.namespace.as_deref().is_none_or(|namespace| namespace == &*object.meta.namespace)
            && self.name.as_deref().is_none_or(|name| name == &*object.meta.name)
            && self.labels.matches(&object.meta.labels)
            && (self.fields.is_everything() || self.fields.matches(|field| fields::value(object, field)))
    }
}

/// A watch that somebody listens to.
pub struct Watcher {
    kind: KindId,
    filter: Filter,
    shape: Shape,
    /// Whether nothing was sent yet: the first Table row brings the columns along.
    fresh: bool,
    sender: Sender<Rc<Value>>,
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("kind", &self.kind).field("filter", &self.filter).finish_non_exhaustive()
    }
}

/// What a change is to one watch: `ADDED`, `MODIFIED` or `DELETED`, and the object to show.
fn event<'a>(filter: &Filter, change: &'a Change) -> Option<(&'static str, &'a Arc<Object>)> {
    let seen = |object: &'a Option<Arc<Object>>| object.as_ref().filter(|object| filter.matches(object));
    match (seen(&change.old), seen(&change.new)) {
        (None, Some(new)) => Some(("ADDED", new)),
        (Some(_), Some(new)) => Some(("MODIFIED", new)),
        // The version that no longer matches is shown, so that its resourceVersion moves on.
        (Some(old), None) => Some(("DELETED", change.new.as_ref().unwrap_or(old))),
        (None, None) => None,
    }
}

impl Watcher {
    /// Sends an event; false once nobody listens.
    fn send(&mut self, kind: &str, object: &Object, now: crate::sim::Time) -> bool {
        let columns = std::mem::take(&mut self.fresh);
        let shown = self.shape.show_in_watch(object, now, columns);
        self.sender.send(Rc::new(json!({"type": kind, "object": shown}))).is_ok()
    }
}

impl ApiServer {
    /// Opens a watch. With a `since`, the changes after that revision come first; without one,
    /// every object that is there comes first as ADDED.
    pub(super) fn watch(
        &mut self,
        kind: KindId,
        filter: Filter,
        shape: Shape,
        since: Option<u64>,
    ) -> Receiver<Rc<Value>> {
        let (sender, receiver) = channel();
        let mut watcher = Watcher { kind, filter, shape, fresh: true, sender };
        match since {
            Some(since) => {
                for change in self.store.changes_since(since).iter().filter(|change| change.kind == kind) {
                    if let Some((what, object)) = event(&watcher.filter, change) {
                        watcher.send(what, object, self.now);
                    }
                }
            }
            None => {
                let namespace = watcher.filter.namespace.clone();
                for object in self.store.list(kind, namespace.as_deref()) {
                    if watcher.filter.matches(object) {
                        watcher.send("ADDED", object, self.now);
                    }
                }
            }
        }
        self.watchers.push(watcher);
        receiver
    }

    /// Ends the watches of a kind that is served no more.
    pub(super) fn end_watches(&mut self, kind: KindId) {
        self.watchers.retain(|watcher| watcher.kind != kind);
    }

    /// Tells the watches of what was written after `revision`.
    pub(super) fn tell_watchers(&mut self, revision: u64) {
        if self.watchers.is_empty() {
            return;
        }
        let mut watchers = std::mem::take(&mut self.watchers);
        for change in self.store.changes_since(revision) {
            watchers.retain_mut(|watcher| {
                if watcher.sender.is_closed() {
                    return false;
                }
                match (watcher.kind == change.kind).then(|| event(&watcher.filter, change)).flatten() {
                    Some((what, object)) => watcher.send(what, object, self.now),
                    None => true,
                }
            });
        }
        self.watchers = watchers;
    }
}
