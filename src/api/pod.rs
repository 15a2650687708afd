//! A Pod's spec, kept small.
//!
//! Ten thousand Pods of one ReplicaSet differ in two words of their specs: the node, and the name
//! of the volume with their service account's token. Those stand apart, so that the rest is one
//! for all of them, before and after they are bound.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    ConfigMapProjection, Container, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector,
    PodSpec as Whole, ProjectedVolumeSource, ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where containers find the token of their service account.
pub const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What the names of its volumes begin with.
pub const TOKEN_PREFIX: &str = "kube-api-access-";
/// One hour, and a little to tell it from tokens asked for by hand.
const EXPIRATION: i64 = 60 * 60 + 7;

/// `spec` of a Pod. Everything but `node_name` and `token` is read by dereferencing.
#[derive(Clone, Debug, Default)]
pub struct PodSpec {
    /// The node that the Pod is bound to. It hides the field of the rest, which is never set.
    pub node_name: Option<String>,
    /// The name of the volume that every container mounts to find its token; neither it nor its
    /// mounts are in the rest.
    pub token: Option<Arc<str>>,
    rest: Arc<Whole>,
}

impl From<Whole> for PodSpec {
    fn from(mut spec: Whole) -> PodSpec {
        PodSpec { node_name: spec.node_name.take(), token: None, rest: Arc::new(spec) }
    }
}

impl PodSpec {
    /// The spec with everything in its place.
    pub fn whole(&self) -> Whole {
        let mut whole = (*self.rest).clone();
        whole.node_name.clone_from(&self.node_name);
        if let Some(name) = &self.token {
            whole.volumes.get_or_insert_default().push(token_volume(name));
            for container in containers_mut(&mut whole) {
                container.volume_mounts.get_or_insert_default().push(token_mount(name));
            }
        }
        whole
    }

    /// Takes a token's volume out of the rest, if it is there and every container mounts it once.
    pub fn set_token_apart(&mut self) {
        let Some(name) = self.rest.volumes.iter().flatten().last().map(|volume| volume.name.clone()) else { return };
        if !name.starts_with(TOKEN_PREFIX) || self.rest.volumes.iter().flatten().last() != Some(&token_volume(&name)) {
            return;
        }
        let mount = token_mount(&name);
        let once = |container: &Container| {
            let mut mounts = container.volume_mounts.iter().flatten().rev();
            mounts.next() == Some(&mount) && mounts.all(|other| other.name != name)
        };
        if !self.rest.containers.iter().chain(self.rest.init_containers.iter().flatten()).all(once) {
            return;
        }
        let rest = Arc::make_mut(&mut self.rest);
        for container in containers_mut(rest) {
            pop(&mut container.volume_mounts);
        }
        pop(&mut rest.volumes);
        self.token = Some(name.into());
    }

    /// Shares the rest with another spec, if it is the same.
    pub fn share(&mut self, other: &PodSpec) {
        if self.rest == other.rest {
            self.rest = Arc::clone(&other.rest);
        }
    }
}

fn containers_mut(spec: &mut Whole) -> impl Iterator<Item = &mut Container> {
    spec.init_containers.iter_mut().flatten().chain(&mut spec.containers)
}

/// Takes the last element; a list that has no other is not there any more.
fn pop<T>(list: &mut Option<Vec<T>>) {
    if let Some(all) = list {
        all.pop();
        if all.is_empty() {
            *list = None;
        }
    }
}

/// How a container mounts the volume with its token.
pub fn token_mount(volume: &str) -> VolumeMount {
    VolumeMount {
        name: volume.to_owned(),
        read_only: Some(true),
        mount_path: TOKEN_PATH.to_owned(),
        ..VolumeMount::default()
    }
}

/// The volume with a service account's token.
pub fn token_volume(name: &str) -> Volume {
    let token = ServiceAccountTokenProjection {
        audience: None,
        expiration_seconds: Some(EXPIRATION),
        path: "token".to_owned(),
    };
    let certificate = ConfigMapProjection {
        items: Some(vec![KeyToPath { key: "ca.crt".to_owned(), mode: None, path: "ca.crt".to_owned() }]),
        name: "kube-root-ca.crt".to_owned(),
        optional: None,
    };
    let field = ObjectFieldSelector { api_version: Some("v1".to_owned()), field_path: "metadata.namespace".to_owned() };
    let file = DownwardAPIVolumeFile { field_ref: Some(field), path: "namespace".to_owned(), ..Default::default() };
    let sources = vec![
        VolumeProjection { service_account_token: Some(token), ..Default::default() },
        VolumeProjection { config_map: Some(certificate), ..Default::default() },
        VolumeProjection {
            downward_api: Some(DownwardAPIProjection { items: Some(vec![file]) }),
            ..Default::default()
        },
    ];
    let projected = ProjectedVolumeSource { default_mode: Some(0o644), sources: Some(sources) };
    Volume { name: name.to_owned(), projected: Some(projected), ..Volume::default() }
}

impl Serialize for PodSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.whole().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PodSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PodSpec, D::Error> {
        Whole::deserialize(deserializer).map(PodSpec::from)
    }
}

impl PartialEq for PodSpec {
    fn eq(&self, other: &PodSpec) -> bool {
        (&self.node_name, &self.token) == (&other.node_name, &other.token)
            && (Arc::ptr_eq(&self.rest, &other.rest) || self.rest == other.rest)
    }
}

impl Deref for PodSpec {
    type Target = Whole;

    fn deref(&self) -> &Whole {
        &self.rest
    }
}

/// Copied first where it is shared.
impl DerefMut for PodSpec {
    fn deref_mut(&mut self) -> &mut Whole {
        Arc::make_mut(&mut self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(token: &str) -> Whole {
        let container = |mounts: Option<Vec<VolumeMount>>| Container { volume_mounts: mounts, ..Container::default() };
        let data = VolumeMount { name: "data".to_owned(), mount_path: "/data".to_owned(), ..VolumeMount::default() };
        Whole {
            node_name: Some("node01".to_owned()),
            init_containers: Some(vec![container(Some(vec![token_mount(token)]))]),
            containers: vec![container(Some(vec![data, token_mount(token)]))],
            volumes: Some(vec![Volume { name: "data".to_owned(), ..Volume::default() }, token_volume(token)]),
            ..Whole::default()
        }
    }

    #[test]
    fn what_is_set_apart_comes_back() {
        let mut apart = PodSpec::from(spec("kube-api-access-x"));
        apart.set_token_apart();
        assert_eq!(apart.token.as_deref(), Some("kube-api-access-x"));
        assert_eq!(apart.volumes.as_ref().map(Vec::len), Some(1));
        assert_eq!(apart.whole(), spec("kube-api-access-x"));
        let mut other = PodSpec::from(spec("kube-api-access-y"));
        other.set_token_apart();
        other.share(&apart);
        assert!(Arc::ptr_eq(&apart.rest, &other.rest));
        assert_ne!(apart, other);
    }

    #[test]
    fn a_token_that_is_mounted_otherwise_stays() {
        let mut unmounted = spec("kube-api-access-x");
        pop(&mut unmounted.containers[0].volume_mounts);
        let mut twice = spec("kube-api-access-x");
        let again = VolumeMount { mount_path: "/token".to_owned(), ..token_mount("kube-api-access-x") };
        twice.containers[0].volume_mounts.get_or_insert_default().insert(0, again);
        for odd in [unmounted, twice, spec("token")] {
            let mut kept = PodSpec::from(odd.clone());
            kept.set_token_apart();
            assert_eq!((kept.token.clone(), kept.whole()), (None, odd));
        }
    }
}
