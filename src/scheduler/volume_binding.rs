//! A Pod's claims: what keeps it from every node, which nodes its volumes can be reached from, and the
//! volumes that are chosen or asked for with the node. Models
//! pkg/scheduler/framework/plugins/volumebinding.
//!
//! Diverges: CSI storage capacity and allowedTopologies are not looked at.

use std::sync::Arc;

use serde_json::json;

use super::filter::Rejection;
use super::node_info::NodeInfo;
use super::pod_info::PodInfo;
use crate::api::storage::{self, BOUND_BY_CONTROLLER, SELECTED_NODE, claims_of, class, is_bound, text};
use crate::api::{Key, Object, PodSpec, WellKnown};
use crate::apiserver::{ApiServer, Store};

/// Its name.
pub(super) const PLUGIN: &str = "VolumeBinding";

/// A claim that waits for the Pod's node, and whether somebody would make its volume there.
struct Waiting {
    claim: Arc<Object>,
    provisions: bool,
}

/// What a Pod's claims ask of its node.
#[derive(Default)]
pub(super) struct Volumes {
    bound: Vec<Arc<Object>>,
    lost: bool,
    waiting: Vec<Waiting>,
}

/// The Pod's claims; an error keeps it from every node (PreFilter).
pub(super) fn volumes(pod: &PodInfo, store: &Store, kinds: &WellKnown) -> Result<Volumes, String> {
    let mut volumes = Volumes::default();
    let Some(spec) = pod.spec() else { return Ok(volumes) };
    let mut unbound = false;
    for key in claims_of(&pod.key.namespace, &pod.key.name, spec) {
        let name = &key.name;
        let of_own = storage::is_made_for(&pod.key.name, name, spec);
        let Some(claim) = store.get(kinds.persistent_volume_claim.id, &key) else {
            return Err(match of_own {
                true => {
                    format!("waiting for ephemeral volume controller to create the persistentvolumeclaim \"{name}\"")
                }
                false => format!("persistentvolumeclaim \"{name}\" not found"),
            });
        };
        if of_own && claim.meta.controller().is_none_or(|owner| owner.uid != pod.uid) {
            return Err(storage::not_made_for(&key, &pod.key));
        }
        if storage::phase(claim) == "Lost" {
            return Err(format!(
                "persistentvolumeclaim \"{name}\" bound to non-existent persistentvolume \"{}\"",
                text(claim, "/volumeName")
            ));
        }
        if claim.meta.deleted.is_some() {
            return Err(format!("persistentvolumeclaim \"{name}\" is being deleted"));
        }
        if is_bound(claim) {
            match store.get(kinds.persistent_volume.id, &Key::new("", text(claim, "/volumeName"))) {
                Some(volume) => volumes.bound.push(Arc::clone(volume)),
                None => volumes.lost = true,
            }
            continue;
        }
        let found = store.get(kinds.storage_class.id, &Key::new("", class(claim)));
        let rest = found.and_then(|class| class.rest.json());
        let delayed = rest.is_some_and(|rest| rest["volumeBindingMode"] == "WaitForFirstConsumer");
        if !delayed || !text(claim, "/volumeName").is_empty() {
            unbound = true;
            continue;
        }
        let provisioner = rest.and_then(|rest| rest["provisioner"].as_str()).unwrap_or_default();
        let provisions = provisioner != "kubernetes.io/no-provisioner";
        volumes.waiting.push(Waiting { claim: Arc::clone(claim), provisions });
    }
    if unbound {
        return Err("pod has unbound immediate PersistentVolumeClaims".to_owned());
    }
    Ok(volumes)
}

impl Volumes {
    /// Why the node will not do, if it will not (Filter).
    pub(super) fn reject(&self, node: &NodeInfo, store: &Store, kinds: &WellKnown) -> Option<Rejection> {
        let why = |reason| Some(Rejection { plugin: PLUGIN, reasons: vec![reason], resolvable: false });
        if self.lost {
            return why("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)");
        }
        if self.bound.iter().any(|volume| !storage::is_reachable_from(volume, &node.node.meta)) {
            return why("node(s) didn't match PersistentVolume's node affinity");
        }
        let here = |one: &Waiting| {
            let chosen = one.claim.meta.annotation(SELECTED_NODE);
            let made = one.provisions && chosen.is_none_or(|chosen| *chosen == *node.node.meta.name);
            made || self.choose(one, node, store, kinds).is_some()
        };
        if !self.waiting.iter().all(here) {
            return why("node(s) didn't find available persistent volumes to bind");
        }
        None
    }

    fn choose<'a>(
        &self,
        one: &Waiting,
        node: &NodeInfo,
        store: &'a Store,
        kinds: &WellKnown,
    ) -> Option<&'a Arc<Object>> {
        let volumes = store.list(kinds.persistent_volume.id, None);
        storage::best_match(&one.claim, volumes, Some(&node.node.meta))
    }

    /// Whether something must be written before the Pod is bound.
    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Keeps volumes for the claims that wait, or asks for some to be made on the node (PreBind).
    pub(super) fn bind(&self, node: &NodeInfo, api: &mut ApiServer, kinds: &WellKnown) {
        for one in &self.waiting {
            let key = one.claim.key();
            if let Some(volume) = self.choose(one, node, api.store(), kinds) {
                let mut kept = Object::clone(volume);
                if let Some(spec) = kept.spec.json_mut() {
                    spec["claimRef"] = json!({
                        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": *key.name,
                        "namespace": *key.namespace, "uid": *one.claim.meta.uid,
                        "resourceVersion": one.claim.meta.resource_version.to_string(),
                    });
                }
                kept.meta.annotate(BOUND_BY_CONTROLLER, "yes");
                // If somebody else was faster, the claim stays unbound and the Pod is tried again.
                let _ = api.update(kept);
                continue;
            }
            if let Ok(claim) = api.get(&kinds.persistent_volume_claim, &key) {
                let mut asked = Object::clone(claim);
                asked.meta.annotate(SELECTED_NODE, &*node.node.meta.name);
                let _ = api.update(asked);
            }
        }
    }
}

/// Whether all claims of the Pod have their volumes.
pub(super) fn are_bound(pod: &PodInfo, store: &Store, kinds: &WellKnown) -> bool {
    let claims =
        pod.spec().map(|spec: &PodSpec| claims_of(&pod.key.namespace, &pod.key.name, spec)).unwrap_or_default();
    claims.iter().all(|key| store.get(kinds.persistent_volume_claim.id, key).is_some_and(|claim| is_bound(claim)))
}
