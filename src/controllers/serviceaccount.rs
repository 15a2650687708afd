//! Every namespace has a service account `default`. Models pkg/controller/serviceaccount.

use super::work::{Controller, Plan, Queue, View, Write};
use super::{ROOT_CERTIFICATE, active_namespace};
use crate::api::{Key, Kind, Object, Part, WellKnown};
use crate::apiserver::{Change, Store};

use std::sync::Arc;

/// Keeps an object of a fixed name in every namespace.
fn keep(kind: &Arc<Kind>, name: &str, key: &Key, view: &View<'_>, complete: impl FnOnce(&mut Object)) -> Plan {
    let mut plan = Plan::default();
    let there = view.get(kind, &Key::new(&key.name, name)).is_some();
    if !there && active_namespace(view, &key.name) {
        let mut object = Object::new(kind, &key.name, name);
        complete(&mut object);
        plan.then(Write::Create(object));
    }
    plan
}

/// A namespace that changed, or whose object is gone.
fn observe(kinds: &WellKnown, kind: &Kind, name: &str, change: &Change, queue: &mut Queue) {
    let Some(object) = change.object() else { return };
    if change.kind == kinds.namespace.id {
        queue.add(object.key());
    } else if change.kind == kind.id && change.new.is_none() && *object.meta.name == *name {
        queue.add(Key { namespace: "".into(), name: Arc::clone(&object.meta.namespace) });
    }
}

/// See the module.
#[derive(Debug)]
pub struct ServiceAccounts(WellKnown);

impl ServiceAccounts {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> ServiceAccounts {
        ServiceAccounts(kinds.clone())
    }
}

impl Controller for ServiceAccounts {
    fn name(&self) -> &'static str {
        "service-account-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        observe(&self.0, &self.0.service_account, "default", change, queue);
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        keep(&self.0.service_account, "default", key, view, |_| {})
    }
}

const ROOT: &str = "kube-root-ca.crt";
const ABOUT: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints \
                     such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
                     distributions of Kubernetes clusters.";

/// Every namespace knows the cluster's certificate authority. Models
/// pkg/controller/certificates/rootcacertpublisher.
#[derive(Debug)]
pub struct RootCertificates(WellKnown);

impl RootCertificates {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> RootCertificates {
        RootCertificates(kinds.clone())
    }
}

impl Controller for RootCertificates {
    fn name(&self) -> &'static str {
        "root-ca-cert-publisher"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        observe(&self.0, &self.0.config_map, ROOT, change, queue);
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        keep(&self.0.config_map, ROOT, key, view, |object| {
            object.meta.annotate("kubernetes.io/description", ABOUT);
            object.rest = Part::Json(Arc::new(serde_json::json!({"data": {"ca.crt": ROOT_CERTIFICATE}})));
        })
    }
}
