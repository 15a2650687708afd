//! The provisioners that a profile's storage classes name: they make volumes for claims, and delete
//! them with their data when they are released.
//!
//! Models sigs.k8s.io/sig-storage-lib-external-provisioner (controller.go) and what three of its users
//! make: local-path-provisioner, external-provisioner with Longhorn's driver, minikube's. Diverges:
//! they run without Pods of their own; how long they take is a guess from recordings.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::work::{Controller, Outcome, Plan, Queue, View, Write};
use crate::api::event::ObjectReference;
use crate::api::storage::{
    PROVISIONED_BY, PROVISIONER, SELECTED_NODE, VOLUME_PROTECTION, amount, class, phase, spec, text,
};
use crate::api::{Key, Object, Part, WellKnown};
use crate::apiserver::{Change, Store};
use crate::client::Happening;
use crate::collections::SortedMap;
use crate::sim::{Duration, Time};

/// How long until a claim is seen to …
const NOTICE: Duration = Duration::from_millis(450);
/// … and how long its volume takes.
const WORK: Duration = Duration::from_millis(1_050);
/// How long a released volume's data takes to be deleted.
const DELETION: Duration = Duration::from_millis(700);

/// What kind of volumes one makes.
#[derive(Debug)]
enum Makes {
    /// A directory of one node.
    LocalPath,
    /// Replicated storage that is attached over the network.
    Longhorn,
    /// A directory of minikube's only node.
    HostPath,
}

/// One of them: its name in classes, the name under which it tells events, what it makes.
#[derive(Debug)]
pub struct Driver(&'static str, &'static str, Makes);

/// All that are simulated.
pub const PROVISIONERS: &[Driver] = &[
    Driver(
        "rancher.io/local-path",
        "rancher.io/local-path_local-path-provisioner-74f9666bc9-q8m4z_7c2b7f6e-52a1-4f0b-9d0a-5b8d1f0e6a2c",
        Makes::LocalPath,
    ),
    Driver(
        "driver.longhorn.io",
        "driver.longhorn.io_csi-provisioner-6d9f95bb6d-x7k2p_5d1c8d7e-0c53-4bb8-8a2f-3f6b1ce0b0a1",
        Makes::Longhorn,
    ),
    Driver(
        "k8s.io/minikube-hostpath",
        "k8s.io/minikube-hostpath_minikube_0b9f4f36-8c0e-4a53-9d43-2d1f7a9f6c1e",
        Makes::HostPath,
    ),
];

impl Driver {
    /// The name that classes give it.
    pub fn name(&self) -> &'static str {
        self.0
    }
}

/// See the module.
#[derive(Debug)]
pub struct Provisioner {
    kinds: WellKnown,
    driver: &'static Driver,
    /// Since when a claim's volume is in the making.
    begun: SortedMap<Key, (Arc<str>, Time)>,
}

impl Provisioner {
    /// The controller of one driver.
    pub fn new(kinds: &WellKnown, driver: &'static Driver) -> Provisioner {
        Provisioner { kinds: kinds.clone(), driver, begun: SortedMap::new() }
    }

    fn is_asked(&self, claim: &Object) -> bool {
        let asked = claim.meta.annotation(PROVISIONER) == Some(self.driver.0);
        asked && claim.meta.deleted.is_none() && text(claim, "/volumeName").is_empty()
    }

    fn is_to_delete(&self, volume: &Object) -> bool {
        volume.meta.annotation(PROVISIONED_BY) == Some(self.driver.0)
            && volume.meta.deleted.is_none()
            && phase(volume) == "Released"
            && text(volume, "/persistentVolumeReclaimPolicy") == "Delete"
    }
}

impl Controller for Provisioner {
    fn name(&self) -> &'static str {
        self.driver.1
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Queue) {
        let Some(object) = &change.new else { return };
        if change.kind == self.kinds.persistent_volume_claim.id && self.is_asked(object) {
            queue.add_after(object.key(), NOTICE);
        } else if change.kind == self.kinds.persistent_volume.id && self.is_to_delete(object) {
            queue.add_after(object.key(), DELETION);
        }
    }

    fn reconcile(&mut self, key: &Key, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        if key.namespace.is_empty() {
            let volume = view.get(&self.kinds.persistent_volume, key).filter(|volume| self.is_to_delete(volume));
            volume.into_iter().for_each(|volume| plan.then(Write::Delete(Arc::clone(volume))));
            return plan;
        }
        let Some(claim) = view.get(&self.kinds.persistent_volume_claim, key).filter(|claim| self.is_asked(claim))
        else {
            self.begun.remove(key);
            return plan;
        };
        let Some(class) = view.get(&self.kinds.storage_class, &Key::new("", class(claim))) else { return plan };
        let tell = |plan: &mut Plan, type_, reason, message: String| {
            plan.then(Write::Tell(Happening::new(view.now, ObjectReference::to(claim), type_, reason, message)));
        };
        let since = self.begun.get(key).filter(|(uid, _)| *uid == claim.meta.uid).map(|(_, since)| *since);
        match since {
            None => {
                self.begun.insert(key.clone(), (Arc::clone(&claim.meta.uid), view.now));
                let (namespace, name) = (&claim.meta.namespace, &claim.meta.name);
                let message = format!("External provisioner is provisioning volume for claim \"{namespace}/{name}\"");
                tell(&mut plan, "Normal", "Provisioning", message);
                plan.again_after(WORK);
            }
            Some(since) if view.now < since + WORK => plan.again_after((since + WORK).since(view.now)),
            Some(_) => {
                self.begun.remove(key);
                match self.volume(claim, class) {
                    Ok(volume) => {
                        let message = format!("Successfully provisioned volume {}", volume.meta.name);
                        plan.then(Write::Create(volume));
                        tell(&mut plan, "Normal", "ProvisioningSucceeded", message);
                    }
                    Err(why) => {
                        let name = &class.meta.name;
                        let message = format!("failed to provision volume with StorageClass \"{name}\": {why}");
                        tell(&mut plan, "Warning", "ProvisioningFailed", message);
                        plan.again_after(Duration::from_secs(15));
                    }
                }
            }
        }
        plan
    }

    fn wrote(&mut self, _: &Key, _: &Outcome, _: &View<'_>) -> Option<Happening> {
        None
    }
}

impl Provisioner {
    fn volume(&self, claim: &Object, class: &Object) -> Result<Object, &'static str> {
        let (namespace, name) = (&claim.meta.namespace, &claim.meta.name);
        let mut volume = Object::new(&self.kinds.persistent_volume, "", &format!("pvc-{}", claim.meta.uid));
        volume.meta.annotate(PROVISIONED_BY, self.driver.0);
        volume.meta.finalizers = [VOLUME_PROTECTION.to_owned()].into();
        let rest = class.rest.json().cloned().unwrap_or_default();
        let modes = spec(claim, "/accessModes");
        let shared =
            modes.as_array().into_iter().flatten().any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany");
        let mut capacity = text(claim, "/resources/requests/storage").to_owned();
        let own = match self.driver.2 {
            Makes::LocalPath => {
                if shared {
                    return Err("Only support ReadWriteOnce access mode");
                }
                let node = claim.meta.annotation(SELECTED_NODE).ok_or("configuration error, no node was specified")?;
                let path = format!("/opt/local-path-provisioner/{}_{namespace}_{name}", volume.meta.name);
                json!({
                    "hostPath": {"path": path, "type": "DirectoryOrCreate"},
                    "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                        {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}},
                })
            }
            Makes::Longhorn => {
                for key in ["name", "namespace"] {
                    volume.meta.annotate(&format!("volume.kubernetes.io/provisioner-deletion-secret-{key}"), "");
                }
                // Whole mebibytes.
                let bytes = amount(claim, "/resources/requests/storage").value();
                capacity = mebibytes(bytes);
                let mut attributes = rest["parameters"].clone();
                if !attributes.is_object() {
                    attributes = json!({});
                }
                let parameter = |name: &str| attributes[name].as_str().unwrap_or("ext4").to_owned();
                let kind = parameter("fsType");
                if let Some(all) = attributes.as_object_mut() {
                    all.remove("fsType");
                    let identity = "1763625000000-8081-driver.longhorn.io";
                    all.insert("storage.kubernetes.io/csiProvisionerIdentity".to_owned(), json!(identity));
                }
                json!({"csi": {"driver": self.driver.0, "fsType": kind, "volumeAttributes": attributes,
                    "volumeHandle": *volume.meta.name}})
            }
            Makes::HostPath => {
                volume.meta.annotate("hostPathProvisionerIdentity", "0b9f4f36-8c0e-4a53-9d43-2d1f7a9f6c1e");
                json!({"hostPath": {"path": format!("/tmp/hostpath-provisioner/{namespace}/{name}"), "type": ""}})
            }
        };
        let mut all = json!({
            "accessModes": modes, "capacity": {"storage": capacity},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": **name, "namespace": **namespace,
                "resourceVersion": claim.meta.resource_version.to_string(), "uid": *claim.meta.uid},
            "persistentVolumeReclaimPolicy": rest["reclaimPolicy"].as_str().unwrap_or("Delete"),
            "storageClassName": *class.meta.name, "volumeMode": "Filesystem",
        });
        if !rest["mountOptions"].is_null() {
            all["mountOptions"] = rest["mountOptions"].clone();
        }
        if let (Some(all), Value::Object(own)) = (all.as_object_mut(), own) {
            all.extend(own);
        }
        volume.spec = Part::Json(Arc::new(all));
        Ok(volume)
    }
}

/// Bytes in whole mebibytes, in the unit that divides them (`954Mi`, `2Gi`).
pub(super) fn mebibytes(bytes: i64) -> String {
    let whole = bytes.saturating_add((1 << 20) - 1) >> 20;
    match whole % 1024 {
        0 if whole > 0 => format!("{}Gi", whole >> 10),
        _ => format!("{whole}Mi"),
    }
}
