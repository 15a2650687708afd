//! What a Pod's volumes hold, mounted into its containers' machines.
//!
//! A claim's files are those of the volume that it is bound to: they stay with the volume, wherever the
//! Pod runs. A hostPath, and a volume that is a directory of a node, are files of that node's machine.
//! What shows objects of the API lies as kubelets lay it, so that all of it changes at once: links lead through
//! `..data` to a directory with a time for its name. Models pkg/volume/util/atomic_writer.go and
//! pkg/kubelet/kubelet_pods.go makeMounts.
//!
//! Diverges: such a volume is filled when the first container's machine needs it, which for idle servers is when
//! somebody looks inside; the type of a hostPath is not checked; everybody is root, so `fsGroup` shows and hinders
//! nobody.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, PodSpec as Whole, Volume};
use serde_json::Value;

use super::containers::{Container, PodRecord};
use super::credentials;
use super::nodes;
use super::world::World;
use crate::api::{Key, PodSpec, base64, storage, time};
use crate::collections::SortedMap;
use crate::kubelet::env;
use crate::machine::fs::{Inode, Kind, ROOT};
use crate::machine::{Files, Fs, Machine, Node};

/// What a link to the present files is called.
const DATA: &str = "..data";

/// The Pod's spec as it is now.
pub fn spec_of(world: &World, pod: &PodRecord) -> Option<PodSpec> {
    let cluster = world.cluster().borrow();
    let object = cluster.api().store().get(cluster.kinds().pod.id, &Key::new(&pod.namespace, &pod.name))?;
    object.spec::<PodSpec>().cloned()
}

/// Mounts what the container asks for.
pub fn mount_all(world: &Rc<World>, pod: &PodRecord, container: &Container, spec: &PodSpec, machine: &Machine) {
    let spec = &spec.whole();
    let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let Some(asked) = all.into_iter().find(|other| *other.name == *container.name) else { return };
    for mount in asked.volume_mounts.iter().flatten() {
        let Some(volume) = spec.volumes.iter().flatten().find(|volume| volume.name == mount.name) else { continue };
        let Some(root) = root_of(world, pod, spec, volume) else { continue };
        let read_only = mount.read_only == Some(true) || shows_objects(volume);
        let inner = mount.sub_path.clone().or_else(|| Some(env::expand(mount.sub_path_expr.as_ref()?, &container.env)));
        let node = match inner.filter(|path| !path.is_empty()) {
            None => Some(root),
            Some(path) => inside(world, root, &path),
        };
        if let Some(node) = node {
            let _ = machine.files().bind(&mount.mount_path, node, read_only);
        }
    }
}

/// A path inside a volume; what is not there becomes a directory.
fn inside(world: &World, root: Node, path: &str) -> Option<Node> {
    let files = Files::new(world.sim.clone(), Fs::new(world.sim.now()));
    files.bind("/volume", root, false).ok()?;
    let path = format!("/volume{}", crate::machine::files::normalize(&format!("/{path}")));
    if files.find("/", &path).is_err() {
        files.mkdir_all(&path).ok()?;
    }
    files.find("/", &path).ok()
}

/// Whether the volume holds what the API says, so that nobody may write to it.
fn shows_objects(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.projected.is_some()
        || volume.downward_api.is_some()
}

/// The volume's directory.
fn root_of(world: &Rc<World>, pod: &PodRecord, spec: &Whole, volume: &Volume) -> Option<Node> {
    if let Some(root) = pod.volumes.borrow().get(&volume.name) {
        return Some(root.clone());
    }
    let root = if let Some(claim) = storage::claim_name(&pod.name, volume) {
        match place_of(world, pod, &claim) {
            Place::Host(path) => host_path(world, pod, &path, false)?,
            Place::Disk(name) => {
                let mut disks = world.disks.borrow_mut();
                Node { fs: disks.entry(name).or_insert_with(|| open_directory(world)).clone(), ino: ROOT }
            }
        }
    } else if let Some(host) = &volume.host_path {
        host_path(world, pod, &host.path, host.type_.as_deref() == Some("FileOrCreate"))?
    } else {
        let root = Node { fs: open_directory(world), ino: ROOT };
        if shows_objects(volume) {
            show(world, pod, spec, volume, &root);
        }
        root
    };
    if let Some(group) = spec.security_context.as_ref().and_then(|context| context.fs_group)
        && volume.host_path.is_none()
        && let Ok(group) = u32::try_from(group)
    {
        // SetVolumeOwnership: the group's, and whatever is made in it too.
        let _ = root.fs.update(root.ino, |inode| (inode.gid, inode.mode) = (group, inode.mode | 0o2070));
    }
    pod.volumes.borrow_mut().insert(volume.name.clone(), root.clone());
    Some(root)
}

/// An empty directory that everybody may write to.
fn open_directory(world: &World) -> Fs {
    let fs = Fs::new(world.sim.now());
    let _ = fs.update(ROOT, |inode| inode.mode = 0o777);
    fs
}

/// A file or directory of the Pod's node; what is not there is made.
fn host_path(world: &Rc<World>, pod: &PodRecord, path: &str, file: bool) -> Option<Node> {
    let machine = nodes::machine(world, &pod.node)?;
    let files = machine.files();
    if files.find("/", path).is_err() {
        if file {
            files.write("/", path, b"").ok()?;
        } else {
            files.mkdir_all(path).ok()?;
        }
    }
    files.find("/", path).ok()
}

/// Where the files of a claim's volume are.
enum Place {
    /// On the node.
    Host(String),
    /// On a disk of that name.
    Disk(String),
}

fn place_of(world: &World, pod: &PodRecord, claim: &str) -> Place {
    let cluster = world.cluster().borrow();
    let (store, kinds) = (cluster.api().store(), cluster.kinds());
    let claim = store.get(kinds.persistent_volume_claim.id, &Key::new(&pod.namespace, claim));
    let name = claim.map(|claim| storage::text(claim, "/volumeName")).unwrap_or_default();
    let volume = store.get(kinds.persistent_volume.id, &Key::new("", name));
    let path = |source: &str| volume.map(|volume| storage::text(volume, source)).filter(|path| !path.is_empty());
    match path("/hostPath/path").or_else(|| path("/local/path")) {
        Some(path) => Place::Host(path.to_owned()),
        None => Place::Disk(format!("pv/{}", volume.map(|volume| &*volume.meta.uid).unwrap_or_default())),
    }
}

/// Files to be, by path: their contents and modes.
type Payload = SortedMap<String, (Vec<u8>, u32)>;

/// Shows anew what the API says, in those of the Pod's volumes that are there.
pub fn refresh(world: &Rc<World>, pod: &PodRecord) {
    let Some(spec) = spec_of(world, pod).map(|spec| spec.whole()) else { return };
    for volume in spec.volumes.iter().flatten().filter(|volume| shows_objects(volume)) {
        let root = pod.volumes.borrow().get(&volume.name).cloned();
        if let Some(root) = root {
            show(world, pod, &spec, volume, &root);
        }
    }
}

/// Lays the files, all at once, unless they are there as they should be (AtomicWriter.Write).
fn show(world: &World, pod: &PodRecord, spec: &Whole, volume: &Volume, root: &Node) {
    let files = Files::new(world.sim.clone(), root.fs.clone());
    let payload = payload(world, pod, spec, volume, &files);
    let unchanged = |(path, (content, mode)): (&String, &(Vec<u8>, u32))| {
        let inode = files.find("/", &format!("/{DATA}/{path}")).and_then(|node| node.get());
        inode.is_ok_and(|inode| inode.mode == *mode && matches!(&inode.kind, Kind::File(data) if **data == *content))
    };
    let old = files.find_link("/", &format!("/{DATA}")).and_then(|node| node.get()).map(|inode| inode.kind);
    let count = |directory: &str| walk(&files, directory).len();
    if let Ok(Kind::Symlink(old)) = &old
        && payload.iter().all(unchanged)
        && count(&format!("/{old}")) == payload.len()
    {
        return;
    }
    let now = world.sim.now();
    let stamp: String = time::rfc3339(now).chars().map(|one| if one.is_ascii_digit() { one } else { '_' }).collect();
    let tail = world.rng.split(&format!("volume/{}/{}/{}", pod.name, volume.name, now.0)).text("0123456789", 10);
    let directory = format!("..{}.{tail}", stamp.trim_end_matches('_'));
    let _ = files.mkdir_all(&format!("/{directory}"));
    for (path, (content, mode)) in &payload {
        let path = format!("/{directory}/{path}");
        if let Some((above, _)) = path.rsplit_once('/') {
            let _ = files.mkdir_all(above);
        }
        let _ = files.write("/", &path, content);
        let _ = files.change("/", &path, |inode| inode.mode = *mode);
    }
    let link = |name: &str, target: String| {
        let _ = files.unlink("/", &format!("/{name}"));
        let _ = files.create("/", &format!("/{name}"), Kind::Symlink(target.into()), 0o777);
    };
    link(DATA, directory);
    let tops = payload.keys().map(|path| path.split('/').next().unwrap_or_default());
    for top in tops.clone() {
        link(top, format!("{DATA}/{top}"));
    }
    for name in files.list("/", "/").unwrap_or_default() {
        if !name.starts_with("..") && !tops.clone().any(|top| top == name) {
            let _ = files.unlink("/", &format!("/{name}"));
        }
    }
    if let Ok(Kind::Symlink(old)) = old {
        remove(&files, &format!("/{old}"));
    }
}

/// The paths of the files below a directory.
fn walk(files: &Files, directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in files.list("/", directory).unwrap_or_default() {
        let path = format!("{directory}/{name}");
        match files.find_link("/", &path).and_then(|node| node.get()) {
            Ok(Inode { kind: Kind::Dir(_), .. }) => found.extend(walk(files, &path)),
            _ => found.push(path),
        }
    }
    found
}

fn remove(files: &Files, directory: &str) {
    for name in files.list("/", directory).unwrap_or_default() {
        let path = format!("{directory}/{name}");
        if files.unlink("/", &path).is_err() {
            remove(files, &path);
        }
    }
    let _ = files.rmdir("/", directory);
}

/// What is to be in the volume; a token that is there stays.
fn payload(world: &World, pod: &PodRecord, spec: &Whole, volume: &Volume, files: &Files) -> Payload {
    let mut payload = Payload::new();
    let bits = |mode: Option<i32>| mode.and_then(|mode| u32::try_from(mode).ok());
    let mode_of = |mode: Option<i32>| bits(mode).unwrap_or(0o644);
    if let Some(source) = &volume.config_map {
        let mode = mode_of(source.default_mode);
        keys(world, pod, ("ConfigMap", &source.name), source.items.as_deref(), mode, &mut payload);
    }
    if let Some(source) = &volume.secret {
        let (name, mode) = (source.secret_name.as_deref().unwrap_or_default(), mode_of(source.default_mode));
        keys(world, pod, ("Secret", name), source.items.as_deref(), mode, &mut payload);
    }
    let fields = |items: Option<&[DownwardAPIVolumeFile]>, mode: u32, payload: &mut Payload| {
        for item in items.unwrap_or_default() {
            let content = downward(world, pod, spec, item).into_bytes();
            payload.insert(item.path.clone(), (content, bits(item.mode).unwrap_or(mode)));
        }
    };
    if let Some(source) = &volume.downward_api {
        fields(source.items.as_deref(), mode_of(source.default_mode), &mut payload);
    }
    let Some(projected) = &volume.projected else { return payload };
    let mode = mode_of(projected.default_mode);
    for source in projected.sources.iter().flatten() {
        if let Some(map) = &source.config_map {
            keys(world, pod, ("ConfigMap", &map.name), map.items.as_deref(), mode, &mut payload);
        }
        if let Some(secret) = &source.secret {
            keys(world, pod, ("Secret", &secret.name), secret.items.as_deref(), mode, &mut payload);
        }
        if let Some(token) = &source.service_account_token {
            let there = files.read("/", &format!("/{DATA}/{}", token.path)).map(|text| text.to_vec());
            let content = there.unwrap_or_else(|_| {
                let account = spec.service_account_name.as_deref().unwrap_or("default");
                let mut rng = world.rng.split(&format!("token/{}/{}", pod.namespace, pod.name));
                let cluster = world.cluster().borrow();
                let account = Key::new(&pod.namespace, account);
                let text = cluster.api().projected_token(&account, &pod.name, token, &mut rng);
                text.unwrap_or_default().into_bytes()
            });
            payload.insert(token.path.clone(), (content, mode));
        }
        if let Some(source) = &source.downward_api {
            fields(source.items.as_deref(), mode, &mut payload);
        }
    }
    payload
}

fn keys(
    world: &World,
    pod: &PodRecord,
    (kind, name): (&str, &str),
    items: Option<&[KeyToPath]>,
    mode: u32,
    payload: &mut Payload,
) {
    let cluster = world.cluster().borrow();
    let kind_id = cluster.api().kinds().builtin_kind("", kind).id;
    let Some(object) = cluster.api().store().get(kind_id, &Key::new(&pod.namespace, name)) else {
        if kind == "ConfigMap" && name == "kube-root-ca.crt" {
            payload.insert("ca.crt".to_owned(), (credentials::authority_pem().into(), mode));
        }
        return;
    };
    let data = object.rest.json().unwrap_or(&Value::Null);
    for (field, encoded) in [("data", kind == "Secret"), ("binaryData", true)] {
        for (key, value) in data[field].as_object().into_iter().flatten() {
            let (path, mode) = match items.map(|items| items.iter().find(|item| item.key == *key)) {
                Some(Some(item)) => (&item.path, item.mode.and_then(|mode| u32::try_from(mode).ok()).unwrap_or(mode)),
                Some(None) => continue,
                None => (key, mode),
            };
            let text = value.as_str().unwrap_or_default();
            let content = if encoded { base64::decode(text).unwrap_or_default() } else { text.as_bytes().to_vec() };
            payload.insert(path.clone(), (content, mode));
        }
    }
}

/// A field of the Pod or a resource of a container, as a file shows it (pkg/volume/downwardapi CollectData).
fn downward(world: &World, pod: &PodRecord, spec: &Whole, item: &DownwardAPIVolumeFile) -> String {
    if let Some(field) = &item.field_ref {
        let cluster = world.cluster().borrow();
        let object = cluster.api().store().get(cluster.kinds().pod.id, &Key::new(&pod.namespace, &pod.name));
        return object.map(|object| env::metadata(object, &field.field_path)).unwrap_or_default();
    }
    let Some(resource) = &item.resource_field_ref else { return String::new() };
    let named = resource.container_name.as_deref().unwrap_or_default();
    let mut all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let Some(container) = all.find(|container| container.name == named) else { return String::new() };
    let cluster = world.cluster().borrow();
    let node = cluster.api().store().get(cluster.kinds().node.id, &Key::new("", &pod.node));
    env::resource(container, node.map(|node| &**node), resource)
}
