//! What a Pod's volumes hold, mounted into its containers' machines.
//!
//! A claim's files are those of the volume that it is bound to: they stay with the volume, wherever the
//! Pod runs, and a volume that is a directory of a node shares it with that node's hostPath volumes.
//!
//! Diverges: a ConfigMap or Secret shows what it held when the first container of the Pod
//! looked; `subPath` copies a file instead of mounting it; hostPath directories are shared by
//! the Pods of a node, but not with the node's own files.

use k8s_openapi::api::core::v1::{KeyToPath, PodSpec as Whole, Volume};
use serde_json::Value;

use super::containers::{Container, PodRecord};
use super::credentials;
use super::world::World;
use crate::api::{Key, PodSpec, base64, storage};
use crate::machine::{Files, Fs, Machine};

/// The Pod's spec as it is now.
pub fn spec_of(world: &World, pod: &PodRecord) -> Option<PodSpec> {
    let cluster = world.cluster().borrow();
    let object = cluster.api().store().get(cluster.kinds().pod.id, &Key::new(&pod.namespace, &pod.name))?;
    object.spec::<PodSpec>().cloned()
}

/// Mounts what the container asks for.
pub fn mount_all(world: &World, pod: &PodRecord, container: &Container, spec: &PodSpec, machine: &Machine) {
    let spec = &spec.whole();
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let Some(asked) = all.into_iter().find(|other| *other.name == *container.name) else { return };
    for mount in asked.volume_mounts.iter().flatten() {
        let Some(volume) = spec.volumes.iter().flatten().find(|volume| volume.name == mount.name) else { continue };
        let fs = volume_fs(world, pod, spec, volume);
        let read_only = mount.read_only == Some(true);
        match mount.sub_path.as_deref().filter(|path| !path.is_empty()) {
            None => drop(machine.files().mount(&mount.mount_path, fs, read_only)),
            Some(path) => {
                let inside = Files::new(world.sim.clone(), fs);
                if let Ok(content) = inside.read("/", path) {
                    write(machine.files(), &mount.mount_path, &content);
                }
            }
        }
    }
}

fn volume_fs(world: &World, pod: &PodRecord, spec: &Whole, volume: &Volume) -> Fs {
    if let Some(fs) = pod.volumes.borrow().get(&volume.name) {
        return fs.clone();
    }
    let disk = |name: String| world.disks.borrow_mut().entry(name).or_insert_with(|| Fs::new(world.sim.now())).clone();
    let fs = if let Some(claim) = &volume.persistent_volume_claim {
        disk(disk_of(world, pod, &claim.claim_name))
    } else if let Some(host) = &volume.host_path {
        disk(format!("{}{}", pod.node, host.path))
    } else {
        let fs = Fs::new(world.sim.now());
        fill(world, pod, spec, volume, &Files::new(world.sim.clone(), fs.clone()));
        fs
    };
    pod.volumes.borrow_mut().insert(volume.name.clone(), fs.clone());
    fs
}

/// The name of the disk that a claim's volume is.
fn disk_of(world: &World, pod: &PodRecord, claim: &str) -> String {
    let cluster = world.cluster().borrow();
    let (store, kinds) = (cluster.api().store(), cluster.kinds());
    let claim = store.get(kinds.persistent_volume_claim.id, &Key::new(&pod.namespace, claim));
    let name = claim.map(|claim| storage::text(claim, "/volumeName")).unwrap_or_default();
    let volume = store.get(kinds.persistent_volume.id, &Key::new("", name));
    let path = |source: &str| volume.map(|volume| storage::text(volume, source)).filter(|path| !path.is_empty());
    if let Some(path) = path("/hostPath/path").or_else(|| path("/local/path")) {
        return format!("{}{path}", pod.node);
    }
    format!("pv/{}", volume.map(|volume| &*volume.meta.uid).unwrap_or_default())
}

fn fill(world: &World, pod: &PodRecord, spec: &Whole, volume: &Volume, files: &Files) {
    if let Some(source) = &volume.config_map {
        keys(world, pod, ("ConfigMap", &source.name), source.items.as_deref(), files);
    }
    if let Some(source) = &volume.secret {
        let name = source.secret_name.as_deref().unwrap_or_default();
        keys(world, pod, ("Secret", name), source.items.as_deref(), files);
    }
    for source in volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten()) {
        if let Some(map) = &source.config_map {
            keys(world, pod, ("ConfigMap", &map.name), map.items.as_deref(), files);
        }
        if let Some(secret) = &source.secret {
            keys(world, pod, ("Secret", &secret.name), secret.items.as_deref(), files);
        }
        if let Some(token) = &source.service_account_token {
            let account = spec.service_account_name.as_deref().unwrap_or("default");
            let mut rng = world.rng.split(&format!("token/{}/{}", pod.namespace, pod.name));
            let cluster = world.cluster().borrow();
            let account = Key::new(&pod.namespace, account);
            let text = cluster.api().projected_token(&account, &pod.name, token, &mut rng);
            write(files, &token.path, text.unwrap_or_default().as_bytes());
        }
        for item in source.downward_api.iter().flat_map(|source| source.items.iter().flatten()) {
            let path = item.field_ref.as_ref().map_or("", |field| &field.field_path);
            write(files, &item.path, downward(world, pod, path).as_bytes());
        }
    }
    for item in volume.downward_api.iter().flat_map(|source| source.items.iter().flatten()) {
        let path = item.field_ref.as_ref().map_or("", |field| &field.field_path);
        write(files, &item.path, downward(world, pod, path).as_bytes());
    }
}

fn write(files: &Files, path: &str, content: &[u8]) {
    if let Some((directory, _)) = path.rsplit_once('/') {
        let _ = files.mkdir_all(directory);
    }
    let _ = files.write("/", path, content);
}

fn object(world: &World, kind: &str, namespace: &str, name: &str) -> Option<Value> {
    let cluster = world.cluster().borrow();
    let kind = cluster.api().kinds().builtin_kind("", kind);
    Some(cluster.api().store().get(kind.id, &Key::new(namespace, name))?.to_value())
}

fn keys(world: &World, pod: &PodRecord, (kind, name): (&str, &str), items: Option<&[KeyToPath]>, files: &Files) {
    let Some(object) = object(world, kind, &pod.namespace, name) else {
        if kind == "ConfigMap" && name == "kube-root-ca.crt" {
            write(files, "ca.crt", credentials::authority_pem().as_bytes());
        }
        return;
    };
    for (field, encoded) in [("data", kind == "Secret"), ("binaryData", true)] {
        for (key, value) in object[field].as_object().into_iter().flatten() {
            let path = match items.map(|items| items.iter().find(|item| item.key == *key)) {
                Some(Some(item)) => &item.path,
                Some(None) => continue,
                None => key,
            };
            let text = value.as_str().unwrap_or_default();
            let content = if encoded { base64::decode(text).unwrap_or_default() } else { text.as_bytes().to_vec() };
            write(files, path, &content);
        }
    }
}

/// A field of the Pod, as the downward API shows it.
fn downward(world: &World, pod: &PodRecord, path: &str) -> String {
    let Some(object) = object(world, "Pod", &pod.namespace, &pod.name) else { return String::new() };
    let mut value = &object;
    for part in path.split('.') {
        value = &value[part.split('[').next().unwrap_or_default()];
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => map.iter().map(|(key, value)| format!("{key}={value}\n")).collect(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
