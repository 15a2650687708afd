//! The store: every object's present version, and the log of all changes (Kubernetes' etcd).
//!
//! Objects are shared and never changed in place. Indexes answer the questions that
//! controllers ask all the time (whose, where, which labels) without a scan.

use std::sync::Arc;

use crate::api::{Key, KindId, Object, PodSpec};
use crate::collections::{SortedMap, SortedSet};
use crate::sim::Time;

/// One write. `old` is `None` for a creation, `new` for a removal.
#[derive(Clone, Debug)]
pub struct Change {
    /// The revision that this write made; the next write's is one higher.
    pub revision: u64,
    /// When it was written.
    pub at: Time,
    /// The kind of the object.
    pub kind: KindId,
    /// The version before.
    pub old: Option<Arc<Object>>,
    /// The version after.
    pub new: Option<Arc<Object>>,
    /// Who wrote: a user, a controller, a kubelet.
    pub by: Arc<str>,
    /// The revision of the change that made `by` write, where one did.
    pub because: Option<u64>,
}

impl Change {
    /// The newest version that the change knows of.
    pub fn object(&self) -> Option<&Arc<Object>> {
        self.new.as_ref().or(self.old.as_ref())
    }
}

/// The objects of one kind.
#[derive(Debug, Default)]
struct Table {
    objects: SortedMap<Key, Arc<Object>>,
    by_owner: SortedMap<Arc<str>, SortedSet<Key>>,
    by_label: SortedMap<(String, String), SortedSet<Key>>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Store {
    tables: Vec<Table>,
    pods_by_node: SortedMap<String, SortedSet<Key>>,
    log: Vec<Change>,
    revision: u64,
}

impl Store {
    /// The revision of the last write.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The object of that key.
    pub fn get(&self, kind: KindId, key: &Key) -> Option<&Arc<Object>> {
        self.tables.get(kind.0)?.objects.get(key)
    }

    /// The objects of a kind in the order of their keys; `namespace` narrows them.
    pub fn list<'a>(&'a self, kind: KindId, namespace: Option<&str>) -> impl Iterator<Item = &'a Arc<Object>> {
        let from = Key::new(namespace.unwrap_or_default(), "");
        self.tables
            .get(kind.0)
            .into_iter()
            .flat_map(move |table| table.objects.range(&from..))
            .take_while(move |(key, _)| namespace.is_none_or(|namespace| *key.namespace == *namespace))
            .map(|(_, object)| object)
    }

    /// The objects of a kind that name the owner `uid`.
    pub fn owned_by(&self, kind: KindId, uid: &str) -> impl Iterator<Item = &Arc<Object>> {
        let table = self.tables.get(kind.0);
        let keys = table.and_then(|table| table.by_owner.get(uid)).into_iter().flatten();
        keys.filter_map(move |key| table?.objects.get(key))
    }

    /// The objects of a kind in `namespace` that carry the label.
    pub fn labelled<'a>(
        &'a self,
        kind: KindId,
        namespace: &str,
        key: &str,
        value: &str,
    ) -> impl Iterator<Item = &'a Arc<Object>> {
        let table = self.tables.get(kind.0);
        let keys = table.and_then(|table| table.by_label.get(&(key.to_owned(), value.to_owned())));
        let from = Key::new(namespace, "");
        keys.into_iter()
            .flat_map(move |keys| keys.range(&from..))
            .take_while(move |key| *key.namespace == *namespace)
            .filter_map(move |key| table?.objects.get(key))
    }

    /// The Pods bound to a node, in the order of their keys.
    pub fn pods_on<'a>(&'a self, pod: KindId, node: &str) -> impl Iterator<Item = &'a Arc<Object>> {
        self.pods_by_node.get(node).into_iter().flatten().filter_map(move |key| self.get(pod, key))
    }

    /// The changes after `revision`, oldest first.
    pub fn changes_since(&self, revision: u64) -> &[Change] {
        let from = self.log.partition_point(|change| change.revision <= revision);
        &self.log[from..]
    }

    /// Writes a version (`new`) or removes the object (`None`). The caller has checked that it
    /// may; the new version's `resourceVersion` is set here. Gives back what was stored.
    pub fn put(
        &mut self,
        kind: KindId,
        key: &Key,
        new: Option<Object>,
        at: Time,
        by: &Arc<str>,
        because: Option<u64>,
    ) -> Option<Arc<Object>> {
        self.revision += 1;
        if self.tables.len() <= kind.0 {
            self.tables.resize_with(kind.0 + 1, Table::default);
        }
        let new = new.map(|mut object| {
            object.meta.resource_version = self.revision;
            Arc::new(object)
        });
        let table = &mut self.tables[kind.0];
        let old = match &new {
            Some(object) => table.objects.insert(key.clone(), Arc::clone(object)),
            None => table.objects.remove(key),
        };
        table.reindex(key, old.as_deref(), new.as_deref());
        let node = |object: &Option<Arc<Object>>| {
            object.as_ref().and_then(|object| object.spec::<PodSpec>()?.node_name.clone())
        };
        let (from, to) = (node(&old), node(&new));
        if from != to {
            if let Some(keys) = from.and_then(|node| self.pods_by_node.get_mut(&node)) {
                keys.remove(key);
            }
            if let Some(node) = to {
                self.pods_by_node.entry(node).or_default().insert(key.clone());
            }
        }
        let by = Arc::clone(by);
        self.log.push(Change { revision: self.revision, at, kind, old, new: new.clone(), by, because });
        new
    }
}

impl Table {
    fn reindex(&mut self, key: &Key, old: Option<&Object>, new: Option<&Object>) {
        let labels = |object: Option<&Object>| object.map(|object| Arc::clone(&object.meta.labels)).unwrap_or_default();
        let (from, to) = (labels(old), labels(new));
        if !Arc::ptr_eq(&from, &to) && from != to {
            for (name, value) in from.iter().filter(|(name, value)| to.get(*name) != Some(value)) {
                unindex(&mut self.by_label, &(name.clone(), value.clone()), key);
            }
            for (name, value) in to.iter().filter(|(name, value)| from.get(*name) != Some(value)) {
                self.by_label.entry((name.clone(), value.clone())).or_default().insert(key.clone());
            }
        }
        let owners = |object: Option<&Object>| -> Vec<Arc<str>> {
            object
                .map(|object| object.meta.owners.iter().map(|owner| Arc::clone(&owner.uid)).collect())
                .unwrap_or_default()
        };
        let (from, to) = (owners(old), owners(new));
        for uid in from.iter().filter(|uid| !to.contains(uid)) {
            unindex(&mut self.by_owner, uid, key);
        }
        for uid in to.iter().filter(|uid| !from.contains(uid)) {
            self.by_owner.entry(Arc::clone(uid)).or_default().insert(key.clone());
        }
    }
}

fn unindex<K: Ord>(index: &mut SortedMap<K, SortedSet<Key>>, entry: &K, key: &Key) {
    if let Some(keys) = index.get_mut(entry) {
        keys.remove(key);
        if keys.is_empty() {
            index.remove(entry);
        }
    }
}
