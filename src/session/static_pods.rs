//! Static Pods: manifests in a folder of a node, which its kubelet runs and shows in the API.
//!
//! Models pkg/kubelet/config/file.go, pkg/kubelet/config/common.go (applyDefaults) and
//! pkg/kubelet/pod/mirror_client.go. Diverges: the folder is looked at every few seconds, where a kubelet is told of
//! changes; what runs is the object in the API, so that deleting that ends the containers, too, before others start.
//! The control plane's own Pods have no manifests here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};

use super::world::World;
use crate::api::sha256::sha256;
use crate::api::{Key, Object, time};
use crate::apiserver::DeleteOptions;
use crate::collections::SortedMap;
use crate::kubectl::yaml;
use crate::machine::Machine;
use crate::sim::{Duration, Time};

/// Where kubeadm's kubelets look.
const FOLDER: &str = "/etc/kubernetes/manifests";

/// How often they do.
const EVERY: Duration = Duration::from_secs(3);

/// A larger file is no manifest.
const MAX_BYTES: usize = 256 * 1024;

/// What the kubelets have read.
#[derive(Default)]
pub struct StaticPods {
    looked: Cell<Time>,
    /// By node and file.
    known: RefCell<SortedMap<(String, String), Manifest>>,
}

struct Manifest {
    content: Rc<Vec<u8>>,
    /// What it says; nothing if it is no Pod.
    pod: Option<Value>,
}

/// Makes the folder on a node's machine, and the kubelet's configuration, which names it.
pub fn prepare(machine: &Machine) {
    let files = machine.files();
    let _ = files.mkdir_all(FOLDER);
    let _ = files.mkdir_all("/var/lib/kubelet");
    let config = format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1\nclusterDNS:\n- 10.96.0.10\nclusterDomain: cluster.local\nkind: KubeletConfiguration\nstaticPodPath: {FOLDER}\n"
    );
    let _ = files.write("/", "/var/lib/kubelet/config.yaml", config.as_bytes());
}

/// Looks into every node's folder, if it is time: Pods begin and end as their files do.
pub fn look(world: &World, now: Time) {
    let state = &world.static_pods;
    if now.since(state.looked.get()) < EVERY {
        return;
    }
    state.looked.set(now);
    let host = world.cluster().borrow().profile().host;
    for (node, place) in &world.nodes {
        let machine = if node == host { Some(world.host()) } else { place.machine.get() };
        if let Some(machine) = machine.filter(|_| world.cluster().borrow().kubelet_runs(node)) {
            look_at(world, node, machine, now);
        }
    }
}

fn look_at(world: &World, node: &str, machine: &Machine, now: Time) {
    let files = machine.files();
    let mut names = files.list("/", FOLDER).unwrap_or_default();
    names.retain(|name| !name.starts_with('.'));
    let mut known = world.static_pods.known.borrow_mut();
    let gone: Vec<(String, String)> =
        known.keys().filter(|(on, name)| on == node && !names.contains(name)).cloned().collect();
    for place in gone {
        if let Some(manifest) = known.remove(&place) {
            end(world, &manifest, now);
        }
    }
    for name in names {
        let content = files.read("/", &format!("{FOLDER}/{name}")).unwrap_or_default();
        let place = (node.to_owned(), name);
        if known.get(&place).is_none_or(|manifest| manifest.content != content) {
            let pod = read(node, &content, now);
            if let Some(before) = known.insert(place.clone(), Manifest { content, pod }) {
                end(world, &before, now);
            }
        }
        if let Some(manifest) = known.get(&place) {
            begin(world, node, manifest, now);
        }
    }
}

/// A manifest as its kubelet completes it; nothing if it is no Pod.
fn read(node: &str, content: &[u8], now: Time) -> Option<Value> {
    let text = std::str::from_utf8(content).ok().filter(|text| text.len() <= MAX_BYTES)?;
    let mut pod = yaml::parse(text).ok()?;
    if pod["kind"] != "Pod" || !pod["spec"].is_object() {
        return None;
    }
    let meta = pod["metadata"].as_object_mut()?;
    let name = format!("{}-{node}", meta.get("name")?.as_str()?);
    meta.insert("name".to_owned(), json!(name));
    meta.entry("namespace").or_insert_with(|| json!("default"));
    let hash: String = sha256(content).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let annotations = meta.entry("annotations").or_insert_with(|| json!({})).as_object_mut()?;
    for (key, value) in [("hash", &*hash), ("mirror", &*hash), ("seen", &*time::rfc3339(now)), ("source", "file")] {
        annotations.insert(format!("kubernetes.io/config.{key}"), json!(value));
    }
    let spec = pod["spec"].as_object_mut()?;
    spec.insert("nodeName".to_owned(), json!(node));
    let tolerations = spec.entry("tolerations").or_insert_with(|| json!([])).as_array_mut()?;
    tolerations.push(json!({"effect": "NoExecute", "operator": "Exists"}));
    Some(pod)
}

fn key(pod: &Value) -> Key {
    let text = |field: &str| pod["metadata"][field].as_str().unwrap_or_default();
    Key::new(text("namespace"), text("name"))
}

/// Shows the Pod in the API, unless it is there. What the API refuses is tried again, as a kubelet does.
fn begin(world: &World, node: &str, manifest: &Manifest, now: Time) {
    let Some(mut pod) = manifest.pod.clone() else { return };
    let mut cluster = world.cluster().borrow_mut();
    let (kind, node_kind) = (cluster.kinds().pod.clone(), cluster.kinds().node.id);
    let store = cluster.api().store();
    if store.get(kind.id, &key(&pod)).is_some() {
        return;
    }
    if let Some(owner) = store.get(node_kind, &Key::new("", node)) {
        let owner =
            json!([{"apiVersion": "v1", "kind": "Node", "name": node, "uid": &*owner.meta.uid, "controller": true}]);
        pod["metadata"]["ownerReferences"] = owner;
    }
    if let Ok(object) = Object::from_value(&kind, pod) {
        cluster.settle(now);
        let _ = cluster.api_mut().create(object);
        cluster.settle(now);
    }
}

/// Ends the Pod of a manifest that is gone or another.
fn end(world: &World, manifest: &Manifest, now: Time) {
    let Some(pod) = &manifest.pod else { return };
    let mut cluster = world.cluster().borrow_mut();
    let kind = cluster.kinds().pod.clone();
    cluster.settle(now);
    let _ = cluster.api_mut().delete(&kind, &key(pod), &DeleteOptions::default());
    cluster.settle(now);
}
