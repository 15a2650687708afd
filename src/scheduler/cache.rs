//! What the scheduler knows of nodes and of the Pods on them, those included that it has placed but not bound yet.
//! Models pkg/scheduler/backend/cache/cache.go and snapshot.go.

use std::sync::Arc;

use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use crate::api::selector::Selector;
use crate::api::{Key, Object, WellKnown};
use crate::apiserver::Store;
use crate::collections::{SortedMap, SortedSet};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Cache {
    pub(super) nodes: SortedMap<Arc<str>, NodeInfo>,
    /// The Pods that count on a node, by uid.
    pub(super) placed: SortedMap<Arc<str>, (Arc<str>, PodInfo)>,
    /// Those of them that say something of other Pods.
    related: SortedSet<Arc<str>>,
}

impl Cache {
    /// Takes a node, or its newer version.
    pub(super) fn set_node(&mut self, node: &Arc<Object>) {
        let name = &node.meta.name;
        if let Some(info) = self.nodes.get_mut(name) {
            info.set(node);
            return;
        }
        let mut info = NodeInfo::of(node);
        // Pods outlive a node that is deleted and registers anew.
        self.placed.values().filter(|(at, _)| at == name).for_each(|(_, pod)| info.add(pod));
        self.nodes.insert(Arc::clone(name), info);
    }

    /// Counts a Pod in.
    pub(super) fn place(&mut self, pod: PodInfo, node: Arc<str>) {
        if let Some(node) = self.nodes.get_mut(&node) {
            node.add(&pod);
        }
        if pod.terms.is_some() {
            self.related.insert(Arc::clone(&pod.uid));
        }
        self.placed.insert(Arc::clone(&pod.uid), (node, pod));
    }

    /// Counts a Pod out.
    pub(super) fn remove(&mut self, uid: &str) -> Option<(Arc<str>, PodInfo)> {
        let (node, pod) = self.placed.remove(uid)?;
        self.related.remove(uid);
        if let Some(info) = self.nodes.get_mut(&node) {
            info.remove(&pod);
        }
        Some((node, pod))
    }

    /// It, together with the objects.
    pub(super) fn snapshot<'a>(&'a self, store: &'a Store, kinds: &'a WellKnown) -> Snapshot<'a> {
        Snapshot { cache: self, store, kinds }
    }
}

/// The cluster at one moment.
#[derive(Clone, Copy)]
pub(super) struct Snapshot<'a> {
    pub(super) cache: &'a Cache,
    pub(super) store: &'a Store,
    pub(super) kinds: &'a WellKnown,
}

impl<'a> Snapshot<'a> {
    /// The Pods of a namespace that count on a node and that the selector matches.
    pub(super) fn pods(&self, namespace: &str, selector: &Selector) -> Vec<(&'a Arc<Object>, &'a NodeInfo)> {
        let placed = |pod: &'a Arc<Object>| {
            let (node, _) = self.cache.placed.get(&pod.meta.uid).filter(|_| selector.matches(&pod.meta.labels))?;
            Some((pod, self.cache.nodes.get(node)?))
        };
        let kind = self.kinds.pod.id;
        match selector.exact_label() {
            Some((key, value)) => self.store.labelled(kind, namespace, key, value).filter_map(placed).collect(),
            None => self.store.list(kind, Some(namespace)).filter_map(placed).collect(),
        }
    }

    /// How many Pods of a namespace the selector matches on each node, without those on their way out
    /// (countPodsMatchSelector).
    pub(super) fn counts(&self, namespace: &str, selector: &Selector) -> SortedMap<&'a str, i64> {
        let mut counts = SortedMap::new();
        for (pod, node) in self.pods(namespace, selector) {
            if pod.meta.deleted.is_none() {
                *counts.entry(&*node.node.meta.name).or_default() += 1;
            }
        }
        counts
    }

    /// The Pods on nodes that say something of others.
    pub(super) fn related(&self) -> impl Iterator<Item = (&'a PodInfo, &'a NodeInfo)> {
        let cache = self.cache;
        cache.related.iter().filter_map(move |uid| {
            let (node, pod) = cache.placed.get(uid)?;
            Some((pod, cache.nodes.get(node)?))
        })
    }

    /// The namespaces whose labels the selector matches.
    pub(super) fn namespaces(&self, selector: &Selector) -> Vec<Arc<str>> {
        if *selector == Selector::nothing() {
            return Vec::new();
        }
        let all = self.store.list(self.kinds.namespace.id, None);
        all.filter(|one| selector.matches(&one.meta.labels)).map(|one| Arc::clone(&one.meta.name)).collect()
    }

    /// Whether the selector matches the labels of a namespace.
    pub(super) fn namespace_matches(&self, name: &str, selector: &Selector) -> bool {
        let found = self.store.get(self.kinds.namespace.id, &Key::new("", name));
        found.is_some_and(|namespace| selector.matches(&namespace.meta.labels))
    }
}
