//! Which bindings name a user or a group: an index, so that a request looks at these only.

use serde_json::Value;

use crate::api::{Key, KindId, Kinds, Object};
use crate::apiserver::Change;
use crate::apiserver::rest::User;
use crate::collections::{SortedMap, SortedSet};

pub const GROUP: &str = "rbac.authorization.k8s.io";

/// See the module. A key without a namespace is a ClusterRoleBinding's.
#[derive(Debug)]
pub struct Bindings {
    /// Role
    pub role: KindId,
    /// ClusterRole
    pub cluster_role: KindId,
    role_binding: KindId,
    cluster_role_binding: KindId,
    users: SortedMap<String, SortedSet<Key>>,
    groups: SortedMap<String, SortedSet<Key>>,
}

impl Bindings {
    /// An index of nothing.
    pub fn new(kinds: &Kinds) -> Bindings {
        let id = |kind: &str| kinds.builtin_kind(GROUP, kind).id;
        Bindings {
            role: id("Role"),
            cluster_role: id("ClusterRole"),
            role_binding: id("RoleBinding"),
            cluster_role_binding: id("ClusterRoleBinding"),
            users: SortedMap::new(),
            groups: SortedMap::new(),
        }
    }

    /// The kind of the binding of that key.
    pub fn kind(&self, key: &Key) -> KindId {
        if key.namespace.is_empty() { self.cluster_role_binding } else { self.role_binding }
    }

    /// Keeps up with a write.
    pub fn follow(&mut self, change: &Change) {
        if change.kind != self.role_binding && change.kind != self.cluster_role_binding {
            return;
        }
        for (object, add) in [(&change.old, false), (&change.new, true)] {
            let Some(object) = object else { continue };
            for (group, name) in subjects(object) {
                let keys = if group { &mut self.groups } else { &mut self.users }.entry(name).or_default();
                if add {
                    keys.insert(object.key())
                } else {
                    keys.remove(&object.key())
                };
            }
        }
    }

    /// The bindings of a namespace, or of the cluster, that name `user` or a group of its. One may
    /// come more than once.
    pub fn of<'a>(&'a self, user: &'a User, namespace: &'a str) -> impl Iterator<Item = &'a Key> {
        let named = user.groups.iter().filter_map(|group| self.groups.get(group));
        let from = Key::new(namespace, "");
        self.users.get(&user.name).into_iter().chain(named).flat_map(move |keys| {
            let keys: Vec<&Key> = keys.range(&from..).take_while(|key| *key.namespace == *namespace).collect();
            keys
        })
    }
}

fn subjects(binding: &Object) -> Vec<(bool, String)> {
    let subjects = binding.rest.json().and_then(|rest| rest["subjects"].as_array());
    subjects.into_iter().flatten().filter_map(|value| subject(value, &binding.meta.namespace)).collect()
}

/// Whether a subject is a group, and the name of the user or group that it stands for; `namespace`
/// is the binding's. Models appliesToUser.
pub fn subject(subject: &Value, namespace: &str) -> Option<(bool, String)> {
    let name = subject["name"].as_str()?;
    match subject["kind"].as_str()? {
        "User" => Some((false, name.to_owned())),
        "Group" => Some((true, name.to_owned())),
        "ServiceAccount" => {
            let own = subject["namespace"].as_str().unwrap_or_default();
            let namespace = if own.is_empty() { namespace } else { own };
            (!namespace.is_empty()).then(|| (false, format!("system:serviceaccount:{namespace}:{name}")))
        }
        _ => None,
    }
}
