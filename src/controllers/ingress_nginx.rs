//! What ingress-nginx writes: the address in the status of its Ingresses, and an event for each.
//!
//! Models ingress-nginx internal/ingress/status/status.go and controller/store (the event "Sync"). It acts only
//! while a Pod of its is ready; what it does with requests is in `session::ingress`.
//!
//! Diverges: the address is always that of its Pods' nodes, as without `--publish-service`.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodStatus;
use serde_json::{Value, json};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::ingress_nginx::{NAMESPACE, class_of, looks_after};
use crate::api::{Key, Kind, Object, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedSet;
use crate::sim::{Duration, Time};

const LABEL: (&str, &str) = ("app.kubernetes.io/name", "ingress-nginx");
/// `updateInterval`: so often the addresses are written.
const SYNC: u64 = 60;

/// See the module.
#[derive(Debug)]
pub struct IngressNginx {
    ingress: Arc<Kind>,
    class: Arc<Kind>,
    pod: Arc<Kind>,
    /// Ingresses that are new, or were changed, since their last event.
    untold: SortedSet<Key>,
}

impl IngressNginx {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> IngressNginx {
        IngressNginx {
            ingress: Arc::clone(&kinds.ingress),
            class: Arc::clone(&kinds.ingress_class),
            pod: Arc::clone(&kinds.pod),
            untold: SortedSet::new(),
        }
    }

    fn is_ours(&self, ingress: &Object, store: &Store) -> bool {
        let class = class_of(ingress).and_then(|class| store.get(self.class.id, &class));
        looks_after(ingress, class.map(|class| &**class))
    }

    /// The addresses of the nodes on which a Pod of the controller is ready.
    fn addresses(&self, store: &Store) -> Vec<Value> {
        let pods = store.labelled(self.pod.id, NAMESPACE, LABEL.0, LABEL.1);
        let found: SortedSet<&String> = pods.filter_map(|pod| ready_on(pod)).collect();
        found.into_iter().map(|ip| json!({"ip": ip})).collect()
    }
}

/// The address of the node on which a Pod is ready.
fn ready_on(pod: &Object) -> Option<&String> {
    let status = pod.status::<PodStatus>()?;
    let mut conditions = status.conditions.iter().flatten();
    let ready = conditions.any(|is| is.type_ == "Ready" && is.status == "True");
    status.host_ip.as_ref().filter(|_| ready)
}

fn to_whole_minute(now: Time) -> Duration {
    Duration::from_secs(SYNC - now.secs() % SYNC)
}

impl Controller for IngressNginx {
    fn name(&self) -> &'static str {
        "nginx-ingress-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        if change.kind == self.ingress.id {
            let Some(ingress) = change.new.as_ref().filter(|ingress| self.is_ours(ingress, store)) else { return };
            let is_new = change.old.as_ref().is_none_or(|old| old.meta.generation != ingress.meta.generation);
            if is_new {
                self.untold.insert(ingress.key());
                queue.add(ingress.key());
            }
        } else if change.kind == self.pod.id {
            let of_ours =
                |pod: &&Arc<Object>| *pod.meta.namespace == *NAMESPACE && pod.meta.label(LABEL.0) == Some(LABEL.1);
            let ready =
                |pod: &Option<Arc<Object>>| pod.as_ref().filter(of_ours).is_some_and(|pod| ready_on(pod).is_some());
            let (was, is) = (ready(&change.old), ready(&change.new));
            if was == is {
                return;
            }
            let ours = store.list(self.ingress.id, None).filter(|ingress| self.is_ours(ingress, store));
            for key in ours.map(|ingress| ingress.key()).collect::<Vec<_>>() {
                // One that starts sees them all for the first time.
                if is {
                    self.untold.insert(key.clone());
                    queue.add(key);
                } else {
                    queue.add_after(key, to_whole_minute(change.at));
                }
            }
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::done();
        let Some(ingress) = view.get(&self.ingress, key) else { return plan };
        let addresses = self.addresses(view.store);
        if addresses.is_empty() {
            return plan;
        }
        if self.untold.remove(key) {
            let about = ObjectReference::to(ingress);
            plan.then(Write::Tell(Happening::new(view.now, about, "Normal", "Sync", "Scheduled for sync")));
            plan.again_after(to_whole_minute(view.now));
            return plan;
        }
        let mut new = (**ingress).clone();
        let wanted = json!(addresses);
        let Some(status) = new.status.json_mut() else { return plan };
        if status["loadBalancer"]["ingress"] != wanted {
            status["loadBalancer"] = json!({"ingress": wanted});
            plan.then(Write::Status(new));
        }
        plan
    }
}
