//! Deletion: grace, finalizers, propagation, preconditions.
//!
//! Models apiserver/pkg/registry/rest/delete.go (BeforeDelete), generic/registry/store.go
//! (finalizers for garbage collection) and pkg/registry/core/pod/strategy.go CheckGracefulDelete.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{NamespaceSpec, NamespaceStatus, PodStatus};

use super::{ApiServer, definitions};
use crate::api::managed::Managed;
use crate::api::{Key, Kind, Object, PodSpec, Status};
use crate::sim::{Duration, Time};

/// The finalizer that makes the garbage collector delete what an object owns first.
pub const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer that makes the garbage collector cut what an object owns loose first.
pub const ORPHAN: &str = "orphan";

/// What becomes of the objects that a deleted object owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted after it.
    #[default]
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay.
    Orphan,
}

/// How to delete. The default is what `kubectl delete` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// Seconds to end gracefully; `None` leaves it to the object.
    pub grace_seconds: Option<i64>,
    /// `None` keeps the finalizers that the object has.
    pub propagation: Option<Propagation>,
    /// Delete only the object of this uid.
    pub uid: Option<Arc<str>>,
    /// Delete only this version.
    pub resource_version: Option<u64>,
}

impl DeleteOptions {
    /// At once, if it is still the same object: how a kubelet confirms that a Pod has ended.
    pub fn now(uid: &Arc<str>) -> DeleteOptions {
        DeleteOptions { grace_seconds: Some(0), uid: Some(Arc::clone(uid)), ..DeleteOptions::default() }
    }
}

/// What a deletion did.
#[derive(Clone, Debug)]
pub enum Deletion {
    /// The object is gone; this was its last version.
    Gone(Arc<Object>),
    /// The object waits for its grace to end or for its finalizers.
    Pending(Arc<Object>),
}

impl Deletion {
    /// The object's newest version.
    pub fn object(&self) -> &Arc<Object> {
        match self {
            Deletion::Gone(object) | Deletion::Pending(object) => object,
        }
    }
}

impl ApiServer {
    /// Deletes an object, or marks it for deletion.
    pub fn delete(&mut self, kind: &Kind, key: &Key, options: &DeleteOptions) -> Result<Deletion, Status> {
        let old = Arc::clone(self.get(kind, key)?);
        let plan = plan(&old, options, self.now)?;
        Ok(match plan {
            Plan::Remove => {
                self.remove(kind, key);
                Deletion::Gone(old)
            }
            Plan::Keep => Deletion::Pending(old),
            Plan::Mark(mut marked) => {
                marked.meta.managed = Managed::unnoted(&old, &marked);
                Deletion::Pending(self.write(kind, key, *marked))
            }
        })
    }

    /// What [`ApiServer::delete`] would answer.
    pub fn delete_dry(&self, kind: &Kind, key: &Key, options: &DeleteOptions) -> Result<Deletion, Status> {
        let old = Arc::clone(self.get(kind, key)?);
        Ok(match plan(&old, options, self.now)? {
            Plan::Remove => Deletion::Gone(old),
            Plan::Keep => Deletion::Pending(old),
            Plan::Mark(marked) => Deletion::Pending(Arc::new(*marked)),
        })
    }

    fn remove(&mut self, kind: &Kind, key: &Key) {
        let revision = self.store.revision();
        self.store.put(kind.id, key, None, self.now, &self.actor.name, self.actor.because);
        self.written(revision);
    }

    /// Removes `object` where its deletion waited only for what an update has now taken away:
    /// the last finalizer.
    pub(super) fn removed_by_update(&mut self, object: &Object) -> bool {
        let done = object.meta.deleted.is_some()
            && object.meta.finalizers.is_empty()
            && object.meta.grace_seconds.unwrap_or(0) == 0
            && object.spec::<NamespaceSpec>().is_none_or(|spec| spec.finalizers.iter().flatten().next().is_none());
        if done {
            self.remove(&Arc::clone(&object.kind), &object.key());
        }
        done
    }
}

enum Plan {
    Remove,
    Keep,
    Mark(Box<Object>),
}

fn plan(old: &Object, options: &DeleteOptions, now: Time) -> Result<Plan, Status> {
    let conflict = |why: String| Status::conflict(&old.kind.group_resource(), &old.meta.name, &why);
    if let Some(uid) = options.uid.as_ref().filter(|uid| **uid != old.meta.uid) {
        return Err(conflict(format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            old.meta.uid
        )));
    }
    if let Some(version) = options.resource_version.filter(|version| *version != old.meta.resource_version) {
        return Err(conflict(format!(
            "Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {}",
            old.meta.resource_version
        )));
    }
    let mut new = old.clone();
    finalizers_for(&mut new, options.propagation);
    if let Some(spec) = old.spec::<NamespaceSpec>() {
        return Ok(namespace(old, new, spec, now));
    }
    if definitions::is_definition(&old.kind) && old.meta.deleted.is_none() {
        definitions::terminate(&mut new, now);
        return Ok(Plan::Mark(Box::new(new)));
    }
    // Pods alone end gracefully; everything else goes at once, or waits for its finalizers.
    let grace = old.spec::<PodSpec>().map(|spec| pod_grace(old, spec, options.grace_seconds));
    match (grace, old.meta.deleted) {
        (Some(grace), Some(ends)) => {
            let given = old.meta.grace_seconds.unwrap_or(0);
            // Deleting again can only shorten the grace that is left.
            let wanted = options.grace_seconds.map(|_| grace);
            match wanted {
                Some(0) if new.meta.finalizers.is_empty() => return Ok(Plan::Remove),
                Some(wanted) if wanted < given => {
                    let shorter = Duration::from_secs(u64::try_from(given - wanted).unwrap_or(0));
                    new.meta.deleted =
                        Some(Time(ends.0.saturating_sub(u64::try_from(shorter.as_micros()).unwrap_or(u64::MAX))));
                    new.meta.grace_seconds = Some(wanted);
                }
                _ => {}
            }
        }
        (Some(grace), None) if grace > 0 => {
            new.meta.deleted = Some(now + Duration::from_secs(u64::try_from(grace).unwrap_or(0)));
            new.meta.grace_seconds = Some(grace);
            bump(&mut new);
        }
        (_, deleted) => {
            if new.meta.finalizers.is_empty() {
                return Ok(Plan::Remove);
            }
            if deleted.is_none() {
                new.meta.deleted = Some(now);
                bump(&mut new);
            }
            new.meta.grace_seconds = Some(0);
        }
    }
    Ok(if new.meta == old.meta { Plan::Keep } else { Plan::Mark(Box::new(new)) })
}

/// Kinds that count generations count the start of their deletion too.
fn bump(object: &mut Object) {
    if object.meta.generation > 0 {
        object.meta.generation += 1;
    }
}

/// A Pod that no kubelet knows, or that has ended, needs no grace.
fn pod_grace(pod: &Object, spec: &PodSpec, asked: Option<i64>) -> i64 {
    let ended =
        pod.status::<PodStatus>().is_some_and(|status| matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")));
    if spec.node_name.as_deref().unwrap_or_default().is_empty() || ended {
        return 0;
    }
    let grace = asked.or(spec.termination_grace_period_seconds).unwrap_or(30);
    if grace < 0 { 1 } else { grace }
}

/// The garbage collector's finalizers follow the propagation that is asked for.
fn finalizers_for(object: &mut Object, propagation: Option<Propagation>) {
    let Some(propagation) = propagation else { return };
    let wanted = match propagation {
        Propagation::Background => None,
        Propagation::Foreground => Some(FOREGROUND),
        Propagation::Orphan => Some(ORPHAN),
    };
    let have = &object.meta.finalizers;
    let has = |name: &str| have.iter().any(|finalizer| finalizer == name);
    let stale = [FOREGROUND, ORPHAN].into_iter().any(|name| has(name) && wanted != Some(name));
    if !stale && wanted.is_none_or(has) {
        return;
    }
    let mut finalizers: Vec<String> =
        have.iter().filter(|name| !matches!(&***name, FOREGROUND | ORPHAN)).cloned().collect();
    finalizers.extend(wanted.map(str::to_owned));
    object.meta.finalizers = finalizers.into();
}

/// A Namespace is Terminating until the namespace controller has emptied it and taken away
/// `spec.finalizers`. Models pkg/registry/core/namespace/storage Delete.
fn namespace(old: &Object, mut new: Object, spec: &NamespaceSpec, now: Time) -> Plan {
    if old.meta.deleted.is_none() {
        new.meta.deleted = Some(now);
        if let Some(status) = new.status.get_mut::<NamespaceStatus>() {
            status.phase = Some("Terminating".to_owned());
        }
        return Plan::Mark(Box::new(new));
    }
    let finalized = spec.finalizers.as_ref().is_none_or(Vec::is_empty) && new.meta.finalizers.is_empty();
    if finalized { Plan::Remove } else { Plan::Keep }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(server: &mut ApiServer, more: serde_json::Value) -> Arc<Object> {
        let kind = server.kinds().builtin_kind("", "Pod");
        let mut value = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}});
        for (field, given) in more.as_object().unwrap() {
            value["spec"][field] = given.clone();
        }
        server.create(Object::from_value(&kind, value).unwrap()).unwrap()
    }

    #[test]
    fn grace() {
        let grace = |seconds| DeleteOptions { grace_seconds: Some(seconds), ..DeleteOptions::default() };
        let mut server = ApiServer::for_tests();
        let made = pod(&mut server, json!({"nodeName": "node01"}));
        let (kind, key) = (Arc::clone(&made.kind), made.key());
        let first = server.delete(&kind, &key, &DeleteOptions::default()).unwrap();
        assert_eq!(
            (first.object().meta.deleted, first.object().meta.grace_seconds),
            (Some(Time::from_secs(1_030)), Some(30))
        );
        server.set_now(Time::from_secs(1_005));
        // A longer grace changes nothing, a shorter one counts from when the first began.
        assert_eq!(server.delete(&kind, &key, &grace(60)).unwrap().object().meta.grace_seconds, Some(30));
        let shorter = server.delete(&kind, &key, &grace(10)).unwrap();
        assert_eq!(shorter.object().meta.deleted, Some(Time::from_secs(1_010)));
        let other = DeleteOptions::now(&"another".into());
        assert_eq!(server.delete(&kind, &key, &other).unwrap_err().code, 409);
        assert!(matches!(server.delete(&kind, &key, &DeleteOptions::now(&made.meta.uid)).unwrap(), Deletion::Gone(_)));
        assert_eq!(server.delete(&kind, &key, &grace(0)).unwrap_err().code, 404);
    }

    #[test]
    fn without_grace() {
        for more in [json!({}), json!({"nodeName": "node01", "terminationGracePeriodSeconds": 0})] {
            let mut server = ApiServer::for_tests();
            let made = pod(&mut server, more);
            let gone = server.delete(&made.kind, &made.key(), &DeleteOptions::default()).unwrap();
            assert!(matches!(gone, Deletion::Gone(_)));
        }
    }

    #[test]
    fn finalizers_and_propagation() {
        let mut server = ApiServer::for_tests();
        let made = pod(&mut server, json!({}));
        let foreground = DeleteOptions { propagation: Some(Propagation::Foreground), ..DeleteOptions::default() };
        let waiting = server.delete(&made.kind, &made.key(), &foreground).unwrap();
        assert_eq!(*waiting.object().meta.finalizers, [FOREGROUND.to_owned()]);
        assert_eq!(waiting.object().meta.deleted, Some(Time::from_secs(1_000)));
        let mut freed = (**waiting.object()).clone();
        freed.meta.finalizers = Vec::new().into();
        server.update(freed).unwrap();
        assert!(server.get(&made.kind, &made.key()).is_err());
    }
}
