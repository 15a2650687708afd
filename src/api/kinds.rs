//! The list of kinds: what discovery tells, and the Rust types of those that controllers read.

use std::sync::Arc;

use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch, core::v1 as core, discovery::v1 as discovery};
use serde::{Deserialize, Serialize};

use super::custom::Custom;
use super::endpoints::{self, EndpointsBody};
use super::event::EventBody;
use super::object::{Decode, decode};
use super::pod::PodSpec;
use super::schema::{Schema, Schemas};
use crate::collections::{Sort, SortedMap};

/// Where a kind's objects are stored, for tables indexed by kind. The versions of a custom kind share
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindId(pub usize);

/// A kind of object and the resource it is served as.
#[derive(Debug)]
pub struct Kind {
    /// Where its objects are stored.
    pub id: KindId,
    /// API group, empty for the core group.
    pub group: Arc<str>,
    /// Version within the group.
    pub version: Arc<str>,
    /// `Deployment`.
    pub kind: Arc<str>,
    /// `deployments`: the resource's name in paths.
    pub plural: Arc<str>,
    /// `deployment`.
    pub singular: Arc<str>,
    /// `deploy`.
    pub short_names: Vec<String>,
    /// `all`, for `kubectl get all`.
    pub categories: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What may be done with it: `get`, `list`, `watch`, …
    pub verbs: Vec<String>,
    /// `status`, `scale`, `log`, …: its subresources.
    pub subresources: Vec<String>,
    /// How its parts are read.
    pub codec: Codec,
    /// What a CustomResourceDefinition says of it, where one made it.
    pub custom: Option<Arc<Custom>>,
}

impl Kind {
    /// `apps/v1`; `v1` for the core group.
    pub fn api_version(&self) -> String {
        group_version(&self.group, &self.version)
    }

    /// What its fields are: of a built-in kind the table's, of a custom one its definition's.
    pub fn schema(&self) -> Option<&Schema> {
        match &self.custom {
            Some(custom) => Some(&custom.schema),
            None => Schemas::builtin().kind(&self.group, &self.version, &self.kind).map(|(_, schema)| schema),
        }
    }

    /// `deployments.apps`; `pods` for the core group.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() { self.plural.to_string() } else { format!("{}.{}", self.plural, self.group) }
    }
}

fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// How the parts of a kind are read; `None` leaves a part as JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Codec {
    /// Reads `spec`.
    pub spec: Option<Decode>,
    /// Reads `status`.
    pub status: Option<Decode>,
    /// Reads all other fields.
    pub rest: Option<Decode>,
}

/// The kinds that controllers read, with their types. Each costs some 10 KB of download.
fn codec(group: &str, kind: &str) -> Codec {
    let parts = |spec: Decode, status: Decode| Codec { spec: Some(spec), status: Some(status), rest: None };
    let rest = |rest: Decode| Codec { rest: Some(rest), ..Codec::default() };
    match (group, kind) {
        ("", "Pod") => parts(decode::<PodSpec>, decode::<core::PodStatus>),
        ("", "Node") => parts(decode::<core::NodeSpec>, decode::<core::NodeStatus>),
        ("", "Namespace") => parts(decode::<core::NamespaceSpec>, decode::<core::NamespaceStatus>),
        ("", "Service") => parts(decode::<core::ServiceSpec>, decode::<core::ServiceStatus>),
        ("", "Endpoints") => rest(decode::<EndpointsBody>),
        ("", "Event") => rest(decode::<EventBody>),
        ("apps", "Deployment") => parts(decode::<apps::DeploymentSpec>, decode::<apps::DeploymentStatus>),
        ("apps", "ReplicaSet") => parts(decode::<apps::ReplicaSetSpec>, decode::<apps::ReplicaSetStatus>),
        ("apps", "DaemonSet") => parts(decode::<apps::DaemonSetSpec>, decode::<apps::DaemonSetStatus>),
        ("apps", "StatefulSet") => parts(decode::<apps::StatefulSetSpec>, decode::<apps::StatefulSetStatus>),
        ("batch", "Job") => parts(decode::<batch::JobSpec>, decode::<batch::JobStatus>),
        ("batch", "CronJob") => parts(decode::<batch::CronJobSpec>, decode::<batch::CronJobStatus>),
        ("discovery.k8s.io", "EndpointSlice") => rest(decode::<EndpointSliceBody>),
        _ => Codec::default(),
    }
}

impl PartialEq for EndpointSliceBody {
    fn eq(&self, other: &EndpointSliceBody) -> bool {
        self.address_type == other.address_type
            && self.ports == other.ports
            && endpoints::same(&self.endpoints, &other.endpoints)
    }
}

/// An EndpointSlice's fields beside its metadata.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointSliceBody {
    /// `IPv4`.
    #[serde(default)]
    pub address_type: String,
    /// The endpoints, each shared with earlier versions of the slice.
    #[serde(default)]
    pub endpoints: Vec<Arc<discovery::Endpoint>>,
    /// The ports that every endpoint listens on.
    #[serde(default)]
    pub ports: Option<Vec<discovery::EndpointPort>>,
}

/// Every kind that is served.
#[derive(Clone, Debug)]
pub struct Kinds {
    list: Vec<Arc<Kind>>,
    by_resource: SortedMap<(String, String, String), Arc<Kind>>,
    by_kind: SortedMap<(String, String), Arc<Kind>>,
    /// The ids that custom kinds have had, by the names of their definitions: whoever comes again gets
    /// the same.
    defined: SortedMap<String, KindId>,
    next: usize,
}

/// One line of `resources-1.36.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    group_version: String,
    name: String,
    #[serde(default)]
    singular_name: String,
    namespaced: bool,
    kind: String,
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
}

impl Kinds {
    /// The kinds of a Kubernetes 1.36 without custom resources.
    pub fn builtin() -> Kinds {
        // The table is part of the program; the test below reads it too.
        let served: Vec<Served> = serde_json::from_str(include_str!("schema/resources-1.36.json")).unwrap_or_default();
        let mut served = served;
        // HorizontalPodAutoscalers are stored as v2; the first version is the one that stands for the kind.
        served.arrange_by_key(|resource| (resource.group_version == "autoscaling/v1") as u8);
        let mut kinds = Kinds {
            list: Vec::new(),
            by_resource: SortedMap::new(),
            by_kind: SortedMap::new(),
            defined: SortedMap::new(),
            next: 0,
        };
        for resource in served.iter().filter(|resource| !resource.name.contains('/')) {
            let (group, version) = resource.group_version.split_once('/').unwrap_or(("", &resource.group_version));
            let prefix = format!("{}/", resource.name);
            let subresources = served
                .iter()
                .filter(|sub| sub.group_version == resource.group_version)
                .filter_map(|sub| sub.name.strip_prefix(&prefix))
                .map(str::to_owned)
                .collect();
            let id = KindId(kinds.next);
            kinds.next += 1;
            kinds.add(Kind {
                id,
                group: group.into(),
                version: version.into(),
                kind: resource.kind.as_str().into(),
                plural: resource.name.as_str().into(),
                singular: resource.singular_name.as_str().into(),
                short_names: resource.short_names.clone(),
                categories: resource.categories.clone(),
                namespaced: resource.namespaced,
                verbs: resource.verbs.clone(),
                subresources,
                codec: codec(group, &resource.kind),
                custom: None,
            });
        }
        kinds
    }

    /// Adds a kind. Where a group serves a kind in several versions, the first added is the one that
    /// [`Kinds::kind`] finds.
    fn add(&mut self, kind: Kind) {
        let kind = Arc::new(kind);
        let resource = (kind.group.to_string(), kind.version.to_string(), kind.plural.to_string());
        self.by_resource.insert(resource, Arc::clone(&kind));
        let named = (kind.group.to_string(), kind.kind.to_string());
        self.by_kind.entry(named).or_insert_with(|| Arc::clone(&kind));
        self.list.push(kind);
    }

    /// Where the objects of a definition are stored.
    pub fn defined(&mut self, definition: &str) -> KindId {
        if let Some(id) = self.defined.get(definition) {
            return *id;
        }
        let id = KindId(self.next);
        self.next += 1;
        self.defined.insert(definition.to_owned(), id);
        id
    }

    /// Serves these versions of a custom kind, and no other of the same id. None takes it away.
    pub fn serve(&mut self, id: KindId, versions: Vec<Kind>) {
        let gone = |kind: &Arc<Kind>| kind.id == id;
        self.by_resource.retain(|_, kind| !gone(kind));
        self.by_kind.retain(|_, kind| !gone(kind));
        self.list.retain(|kind| !gone(kind));
        versions.into_iter().for_each(|kind| self.add(kind));
    }

    /// Every kind, in the order of discovery.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.list.iter()
    }

    /// One kind for each place where objects are stored.
    pub fn stored(&self) -> impl Iterator<Item = &Arc<Kind>> {
        let first = |at: usize| at == 0 || self.list[at - 1].id != self.list[at].id;
        self.list.iter().enumerate().filter(move |(at, _)| first(*at)).map(|(_, kind)| kind)
    }

    /// The kind served under a resource path.
    pub fn resource(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Kind>> {
        self.by_resource.get(&(group.to_owned(), version.to_owned(), plural.to_owned()))
    }

    /// The kind of a name, by group.
    pub fn kind(&self, group: &str, kind: &str) -> Option<&Arc<Kind>> {
        self.by_kind.get(&(group.to_owned(), kind.to_owned()))
    }

    /// A kind that is known to be built in.
    ///
    /// # Panics
    /// Where the program asks for a kind that is not in its own table.
    pub fn builtin_kind(&self, group: &str, kind: &str) -> Arc<Kind> {
        match self.kind(group, kind) {
            Some(kind) => Arc::clone(kind),
            None => panic!("{group}/{kind} is not in the table of kinds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let kinds = Kinds::builtin();
        let deployment = kinds.resource("apps", "v1", "deployments").unwrap();
        assert_eq!((&*deployment.kind, deployment.namespaced), ("Deployment", true));
        assert_eq!(deployment.short_names, ["deploy"]);
        assert!(deployment.subresources.contains(&"scale".to_owned()));
        assert_eq!(kinds.builtin_kind("", "Pod").group_resource(), "pods");
    }
}
