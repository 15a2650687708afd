//! What claims, volumes and storage classes say, read from their JSON. Models
//! component-helpers/storage/volume.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Volume;
use serde_json::Value;

use super::{Key, Meta, Object, PodSpec, Quantity};
use crate::collections::{Sort, SortedMap};

/// On a claim: the binding is complete, from both sides.
pub const BIND_COMPLETED: &str = "pv.kubernetes.io/bind-completed";
/// On a claim or a volume: the controller bound it; nobody asked for this one in particular.
pub const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
/// On a claim: the node that the scheduler chose for its first consumer.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
/// On a claim: who is to make its volume …
pub const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";
/// … and the same for provisioners of old.
pub const BETA_PROVISIONER: &str = "volume.beta.kubernetes.io/storage-provisioner";
/// On a volume: who made it.
pub const PROVISIONED_BY: &str = "pv.kubernetes.io/provisioned-by";
/// The older place of a claim's or volume's class.
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
/// On a class: claims that name none get this one.
pub const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";
/// Keeps a claim while a Pod uses it.
pub const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";
/// Keeps a volume while a claim is bound to it.
pub const VOLUME_PROTECTION: &str = "kubernetes.io/pv-protection";

/// A field of the spec.
pub fn spec<'a>(object: &'a Object, pointer: &str) -> &'a Value {
    const NONE: &Value = &Value::Null;
    object.spec.json().and_then(|spec| spec.pointer(pointer)).unwrap_or(NONE)
}

/// A text of the spec; empty where there is none.
pub fn text<'a>(object: &'a Object, pointer: &str) -> &'a str {
    spec(object, pointer).as_str().unwrap_or_default()
}

/// The class that a claim or a volume names.
pub fn class(object: &Object) -> &str {
    object.meta.annotation(BETA_CLASS).unwrap_or_else(|| text(object, "/storageClassName"))
}

/// `Pending`, `Available`, `Bound`, …
pub fn phase(object: &Object) -> &str {
    object.status.json().and_then(|status| status["phase"].as_str()).unwrap_or_default()
}

/// An amount of the spec.
pub fn amount(object: &Object, pointer: &str) -> Quantity {
    spec(object, pointer).as_str().and_then(Quantity::parse).unwrap_or_default()
}

/// Whether a claim has its volume for good.
pub fn is_bound(claim: &Object) -> bool {
    claim.meta.annotation(BIND_COMPLETED).is_some() && !text(claim, "/volumeName").is_empty()
}

/// The key of the claim that a volume is kept for.
pub fn claim_of(volume: &Object) -> Option<Key> {
    let claim = spec(volume, "/claimRef");
    Some(Key::new(claim["namespace"].as_str()?, claim["name"].as_str()?))
}

/// Whether the volume is this claim's, or nobody's else (IsVolumeBoundToClaim).
pub fn is_for(volume: &Object, claim: &Object) -> bool {
    let uid = text(volume, "/claimRef/uid");
    claim_of(volume) == Some(claim.key()) && (uid.is_empty() || *uid == *claim.meta.uid)
}

/// The claims that a Pod names, and those that are made for it.
pub fn claims_of(namespace: &Arc<str>, pod: &str, spec: &PodSpec) -> Vec<Key> {
    let names = spec.volumes.iter().flatten().filter_map(|volume| claim_name(pod, volume));
    names.map(|name| Key { namespace: Arc::clone(namespace), name: name.into() }).collect()
}

/// The claim that is behind a Pod's volume (ephemeral.VolumeClaimName).
pub fn claim_name(pod: &str, volume: &Volume) -> Option<String> {
    match (&volume.persistent_volume_claim, &volume.ephemeral) {
        (Some(source), _) => Some(source.claim_name.clone()),
        (None, Some(_)) => Some(format!("{pod}-{}", volume.name)),
        (None, None) => None,
    }
}

/// Whether the claim is one that is made for the Pod.
pub fn is_made_for(pod: &str, claim: &str, spec: &PodSpec) -> bool {
    let mut made = spec.volumes.iter().flatten().filter(|volume| volume.ephemeral.is_some());
    made.any(|volume| claim_name(pod, volume).is_some_and(|name| name == claim))
}

/// What is said of a claim that has the name of one that is made for a Pod, and is another (VolumeIsForPod).
pub fn not_made_for(claim: &Key, pod: &Key) -> String {
    let (space, name) = (&claim.namespace, &claim.name);
    format!("PVC {space}/{name} was not created for pod {}/{} (pod is not owner)", pod.namespace, pod.name)
}

/// Whether a volume must be attached to a node before a Pod there can use it.
pub fn is_attachable(volume: &Object) -> bool {
    !spec(volume, "/csi").is_null()
}

/// The name of the VolumeAttachment of a volume to a node. Models pkg/volume/csi getAttachmentName.
pub fn attachment_name(volume: &Object, node: &str) -> String {
    let text = format!("{}{}{node}", text(volume, "/csi/volumeHandle"), text(volume, "/csi/driver"));
    let hex: String = super::sha256::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("csi-{hex}")
}

/// Whether a VolumeAttachment is done.
pub fn is_attached(attachment: &Object) -> bool {
    attachment.status.json().is_some_and(|status| status["attached"] == true)
}

/// Whether the labels of a node are those that the volume asks for (CheckNodeAffinity).
pub fn is_reachable_from(volume: &Object, node: &Meta) -> bool {
    let terms = spec(volume, "/nodeAffinity/required/nodeSelectorTerms");
    let Some(terms) = terms.as_array() else { return true };
    let meets = |one: &Value| {
        let value = node.label(one["key"].as_str().unwrap_or_default());
        let listed = || one["values"].as_array().is_some_and(|all| all.iter().any(|each| each.as_str() == value));
        match one["operator"].as_str().unwrap_or_default() {
            "In" => value.is_some() && listed(),
            "NotIn" => !listed(),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    };
    let expressions = |term: &Value| term["matchExpressions"].as_array().cloned().unwrap_or_default();
    terms.iter().any(|term| expressions(term).iter().all(meets))
}

/// The smallest volume that would do for the claim: one that was made for it goes first
/// (FindMatchingVolume). `node` is where it must be reachable from.
pub fn best_match<'a>(
    claim: &Object,
    volumes: impl Iterator<Item = &'a Arc<Object>>,
    node: Option<&Meta>,
) -> Option<&'a Arc<Object>> {
    let wanted = amount(claim, "/resources/requests/storage");
    let selector = spec(claim, "/selector");
    let modes = |object: &Object| spec(object, "/accessModes").as_array().cloned().unwrap_or_default();
    let fits = |volume: &&Arc<Object>| {
        let (offered, asked) = (modes(volume), modes(claim));
        volume.meta.deleted.is_none()
            && asked.iter().all(|mode| offered.contains(mode))
            && mode_of(volume) == mode_of(claim)
            && amount(volume, "/capacity/storage") >= wanted
            && node.is_none_or(|node| is_reachable_from(volume, node))
    };
    let mut found: Vec<&Arc<Object>> = volumes.filter(fits).collect();
    found.arrange_by(|a, b| {
        let place = |volume: &Object| (amount(volume, "/capacity/storage"), Arc::clone(&volume.meta.name));
        place(a).cmp(&place(b))
    });
    if let Some(own) = found.iter().find(|volume| is_for(volume, claim)) {
        return Some(own);
    }
    found.into_iter().find(|volume| {
        spec(volume, "/claimRef").is_null()
            && phase(volume) == "Available"
            && class(volume) == class(claim)
            && matches_labels(selector, volume)
    })
}

fn mode_of(object: &Object) -> &str {
    Some(text(object, "/volumeMode")).filter(|mode| !mode.is_empty()).unwrap_or("Filesystem")
}

fn matches_labels(selector: &Value, volume: &Object) -> bool {
    if selector.is_null() {
        return true;
    }
    let read = super::codec::read::<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector>(selector);
    read.is_ok_and(|selector| super::Selector::from(&selector).matches(&volume.meta.labels))
}

/// Which Pods name a claim, kept up to date Pod by Pod.
#[derive(Debug, Default)]
pub struct Users(SortedMap<Key, SortedMap<Key, Arc<Object>>>);

impl Users {
    /// Takes note of a change of a Pod; gives back the claims that it names.
    pub fn observe(&mut self, old: Option<&Arc<Object>>, new: Option<&Arc<Object>>) -> Vec<Key> {
        let Some(pod) = new.or(old) else { return Vec::new() };
        let claims =
            pod.spec::<PodSpec>().map(|spec| claims_of(&pod.meta.namespace, &pod.meta.name, spec)).unwrap_or_default();
        for claim in &claims {
            let users = self.0.entry(claim.clone()).or_default();
            match new {
                Some(pod) => drop(users.insert(pod.key(), Arc::clone(pod))),
                None => drop(users.remove(&pod.key())),
            }
            if users.is_empty() {
                self.0.remove(claim);
            }
        }
        claims
    }

    /// The Pods that name the claim, in the order of their names.
    pub fn of(&self, claim: &Key) -> impl Iterator<Item = &Arc<Object>> {
        self.0.get(claim).into_iter().flat_map(SortedMap::values)
    }
}
