//! A node that is cordoned gets a taint. Models pkg/controller/nodelifecycle
//! doNoScheduleTaintingPass.
//!
//! Diverges: kubelets here always report, so no node becomes not ready or unreachable.

use k8s_openapi::api::core::v1::{NodeSpec, Taint};

use super::work::{Controller, Plan, Queue, View, Write};
use crate::api::{Key, WellKnown, time};
use crate::apiserver::{Change, Store};

const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// See the module.
#[derive(Debug)]
pub struct NodeLifecycle(WellKnown);

impl NodeLifecycle {
    /// The controller.
    pub fn new(kinds: &WellKnown) -> NodeLifecycle {
        NodeLifecycle(kinds.clone())
    }
}

/// Whether the taint is as `spec.unschedulable` says.
fn is_right(spec: &NodeSpec) -> bool {
    let tainted = spec.taints.iter().flatten().any(|taint| taint.key == UNSCHEDULABLE);
    tainted == (spec.unschedulable == Some(true))
}

impl Controller for NodeLifecycle {
    fn name(&self) -> &'static str {
        "node-controller"
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        if change.kind == self.0.node.id
            && let Some(node) =
                change.new.as_ref().filter(|node| node.spec::<NodeSpec>().is_some_and(|spec| !is_right(spec)))
        {
            queue.add(node.key());
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        let Some(mut node) = view.get(&self.0.node, key).map(|node| (**node).clone()) else { return plan };
        let Some(spec) = node.spec.get_mut::<NodeSpec>().filter(|spec| !is_right(spec)) else { return plan };
        let taints = spec.taints.get_or_insert_default();
        if spec.unschedulable == Some(true) {
            taints.push(Taint {
                key: UNSCHEDULABLE.to_owned(),
                effect: "NoSchedule".to_owned(),
                time_added: Some(time::to_meta(view.now)),
                value: None,
            });
        } else {
            taints.retain(|taint| taint.key != UNSCHEDULABLE);
            if taints.is_empty() {
                spec.taints = None;
            }
        }
        plan.then(Write::Update(node));
        plan
    }
}
