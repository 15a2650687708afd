//! How much of a ResourceQuota is used. Models pkg/controller/resourcequota.

use std::sync::Arc;

use serde_json::json;

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::{Key, Kind, Object, Part, WellKnown};
use crate::apiserver::{Change, Store, quota};

/// See the module.
#[derive(Debug)]
pub struct ResourceQuotas(Arc<Kind>);

impl ResourceQuotas {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> ResourceQuotas {
        ResourceQuotas(Arc::clone(&kinds.resource_quota))
    }
}

impl Controller for ResourceQuotas {
    fn name(&self) -> &'static str {
        "resourcequota-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Queue) {
        let Some(object) = change.object().filter(|object| object.kind.namespaced) else { return };
        // Anything in a namespace may count there; most namespaces have no quota.
        store.list(self.0.id, Some(&object.meta.namespace)).for_each(|quota| queue.add(quota.key()));
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::done();
        let Some(found) = view.get(&self.0, key) else { return plan };
        let used = quota::used(found, view.store, view.served);
        let status = json!({"hard": quota::to_value(&quota::hard(found)), "used": quota::to_value(&used)});
        if found.status.json() != Some(&status) {
            plan.then(Write::Status(Object { status: Part::Json(Arc::new(status)), ..(**found).clone() }));
        }
        plan
    }
}
