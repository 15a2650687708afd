//! Discovery: which groups, versions and resources there are.
//!
//! Models apiserver/pkg/endpoints/discovery: the plain documents and the aggregated one, which
//! kubectl asks for by the Accept header.

use serde_json::{Map, Value, json};

use super::{Answer, Request, Response, value};
use crate::api::custom::Custom;
use crate::api::{Kind, Kinds, Status};
use crate::apiserver::{ApiServer, usage};
use crate::collections::Sort;

/// Groups in the order of their priority; kube-aggregator's table. Groups of custom resources
/// follow, by name, and last what metrics-server answers, which asks for the lowest priority.
const PRIORITY: [&str; 21] = [
    "",
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
];

/// A group with its versions, the preferred one first.
struct Group<'a> {
    name: &'a str,
    versions: Vec<&'a str>,
}

fn groups(kinds: &Kinds) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for kind in kinds.iter() {
        match groups.iter_mut().find(|group| *group.name == *kind.group) {
            Some(group) if group.versions.contains(&&*kind.version) => {}
            Some(group) => group.versions.push(&kind.version),
            None => groups.push(Group { name: &kind.group, versions: vec![&kind.version] }),
        }
    }
    for group in &mut groups {
        // v2 before v1 before v1beta1: enough for the versions there are.
        group.versions.arrange_by_key(|version| {
            (version.contains("alpha"), version.contains("beta"), std::cmp::Reverse(*version))
        });
    }
    let rank = |name: &str| match name == usage::GROUP.0 {
        true => usize::MAX,
        false => PRIORITY.iter().position(|known| *known == name).unwrap_or(PRIORITY.len()),
    };
    groups.arrange_by(|a, b| (rank(a.name), a.name).cmp(&(rank(b.name), b.name)));
    groups
}

impl ApiServer {
    /// Answers what is not about objects: discovery, version, health, OpenAPI.
    pub(super) fn meta_request(&self, request: &Request, parts: &[&str]) -> Answer {
        if request.method != "GET" {
            return Err(Status::method_not_allowed());
        }
        let aggregated = request.accept.contains("as=APIGroupDiscoveryList");
        match parts {
            ["api"] if aggregated => value(200, aggregate(&self.kinds, |group| group.is_empty())),
            ["apis"] if aggregated => value(200, aggregate(&self.kinds, |group| !group.is_empty())),
            ["api"] => value(
                200,
                json!({
                    "kind": "APIVersions", "versions": ["v1"],
                    "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "controlplane:6443"}],
                }),
            ),
            ["apis"] => {
                let groups = groups(&self.kinds);
                let named = groups.iter().filter(|group| !group.name.is_empty());
                let groups: Vec<Value> = named.map(describe_group).collect();
                value(200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
            }
            ["apis", name] => {
                let groups = groups(&self.kinds);
                let group = groups.iter().find(|group| group.name == *name).ok_or_else(Status::unknown_path)?;
                let mut described = describe_group(group);
                described["kind"] = json!("APIGroup");
                described["apiVersion"] = json!("v1");
                value(200, described)
            }
            ["api", version] => resource_list(&self.kinds, "", version),
            ["apis", group, version] => {
                resource_list(&self.kinds, group, version).map_err(|_| self.not_served(group, version))
            }
            ["version"] => text("application/json", VERSION),
            ["healthz" | "livez" | "readyz"] => text("text/plain; charset=utf-8", "ok"),
            ["openapi", "v3", "apis", group, version] if custom(&self.kinds, group, version).next().is_some() => {
                value(200, open_api(custom(&self.kinds, group, version)))
            }
            ["openapi", ..] => Err(Status::not_implemented(
                "the OpenAPI documents of built-in kinds are not simulated; kubectl explain works without them",
            )),
            ["metrics"] => Err(Status::not_implemented("the API server's own metrics are not simulated")),
            [] => {
                let mut paths = vec!["/api".to_owned(), "/api/v1".into(), "/apis".into()];
                for group in groups(&self.kinds).iter().filter(|group| !group.name.is_empty()) {
                    paths.push(format!("/apis/{}", group.name));
                    paths.extend(group.versions.iter().map(|version| format!("/apis/{}/{version}", group.name)));
                }
                paths.extend(["/healthz", "/livez", "/readyz", "/version"].map(str::to_owned));
                value(200, json!({"paths": paths}))
            }
            _ => Err(Status::unknown_path()),
        }
    }
}

fn custom<'a>(kinds: &'a Kinds, group: &'a str, version: &'a str) -> impl Iterator<Item = (&'a Kind, &'a Custom)> {
    let of_version = kinds.iter().filter(move |kind| *kind.group == *group && *kind.version == *version);
    of_version.filter_map(|kind| Some((&**kind, kind.custom.as_deref()?)))
}

/// The schemas of custom kinds. Models apiextensions-apiserver/pkg/controller/openapi/builder.
/// Diverges: the document has no paths.
fn open_api<'a>(kinds: impl Iterator<Item = (&'a Kind, &'a Custom)>) -> Value {
    let schemas = kinds.map(|(kind, custom)| {
        let mut group: Vec<&str> = kind.group.split('.').collect();
        group.reverse();
        let mut schema = custom.open_api.clone();
        schema["x-kubernetes-group-version-kind"] =
            json!([{"group": *kind.group, "version": *kind.version, "kind": *kind.kind}]);
        (format!("{}.{}.{}", group.join("."), kind.version, kind.kind), schema)
    });
    let schemas: Map<String, Value> = schemas.collect();
    json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes CRD Swagger", "version": "v0.1.0"}, "paths": {},
        "components": {"schemas": schemas},
    })
}

/// What `/version` answers, as the recorded cluster writes it.
const VERSION: &str = r#"{
  "major": "1",
  "minor": "36",
  "emulationMajor": "1",
  "emulationMinor": "36",
  "minCompatibilityMajor": "1",
  "minCompatibilityMinor": "35",
  "gitVersion": "v1.36.2",
  "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
  "gitTreeState": "clean",
  "buildDate": "2026-07-15T00:00:00Z",
  "goVersion": "go1.26.6",
  "compiler": "gc",
  "platform": "linux/amd64"
}"#;

fn text(content_type: &'static str, text: &str) -> Answer {
    Ok(Response::Text { status: 200, content_type, text: text.to_owned() })
}

fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

fn describe_group(group: &Group<'_>) -> Value {
    let version = |version: &&str| json!({"groupVersion": group_version(group.name, version), "version": version});
    let versions: Vec<Value> = group.versions.iter().map(version).collect();
    json!({"name": group.name, "preferredVersion": versions.first(), "versions": versions})
}

/// The kind and verbs of a subresource.
fn subresource<'a>(kind: &'a Kind, name: &str) -> (&'a str, &'static [&'static str]) {
    const CHANGE: &[&str] = &["get", "patch", "update"];
    const STREAM: &[&str] = &["create", "get"];
    match name {
        "scale" => ("Scale", CHANGE),
        "attach" => ("PodAttachOptions", STREAM),
        "exec" => ("PodExecOptions", STREAM),
        "portforward" => ("PodPortForwardOptions", STREAM),
        "binding" => ("Binding", &["create"]),
        "eviction" => ("Eviction", &["create"]),
        "token" => ("TokenRequest", &["create"]),
        "log" => (&kind.kind, &["get"]),
        "finalize" => (&kind.kind, &["update"]),
        "proxy" => {
            let options = match &*kind.kind {
                "Node" => "NodeProxyOptions",
                "Service" => "ServiceProxyOptions",
                _ => "PodProxyOptions",
            };
            (options, &["create", "delete", "get", "patch", "update"])
        }
        _ => (&kind.kind, CHANGE),
    }
}

/// Group and version of a subresource's kind, where they are not the resource's own.
fn foreign(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "scale" => Some(("autoscaling", "v1")),
        "eviction" => Some(("policy", "v1")),
        "token" => Some(("authentication.k8s.io", "v1")),
        _ => None,
    }
}

fn resource_list(kinds: &Kinds, group: &str, version: &str) -> Answer {
    let mut resources = Vec::new();
    for kind in kinds.iter().filter(|kind| *kind.group == *group && *kind.version == *version) {
        let mut resource = json!({
            "name": *kind.plural, "singularName": *kind.singular, "namespaced": kind.namespaced,
            "kind": *kind.kind, "verbs": kind.verbs,
        });
        for (name, list) in [("shortNames", &kind.short_names), ("categories", &kind.categories)] {
            if !list.is_empty() {
                resource[name] = json!(list);
            }
        }
        resources.push(resource);
        for name in &kind.subresources {
            let (kind_name, verbs) = subresource(kind, name);
            let mut resource = json!({
                "name": format!("{}/{name}", kind.plural), "singularName": "", "namespaced": kind.namespaced,
                "kind": kind_name, "verbs": verbs,
            });
            if let Some((group, version)) = foreign(name) {
                resource["group"] = json!(group);
                resource["version"] = json!(version);
            }
            resources.push(resource);
        }
    }
    if resources.is_empty() {
        return Err(Status::unknown_path());
    }
    let list = json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version(group, version),
        "resources": resources,
    });
    value(200, list)
}

fn aggregate(kinds: &Kinds, wanted: fn(&str) -> bool) -> Value {
    let kind_of = |group: &str, version: &str, kind: &str| json!({"group": group, "version": version, "kind": kind});
    let describe = |kind: &Kind| {
        let scope = if kind.namespaced { "Namespaced" } else { "Cluster" };
        let mut resource = Map::new();
        resource.insert("resource".into(), json!(*kind.plural));
        resource.insert("responseKind".into(), kind_of(&kind.group, &kind.version, &kind.kind));
        resource.insert("scope".into(), json!(scope));
        resource.insert("singularResource".into(), json!(*kind.singular));
        resource.insert("verbs".into(), json!(kind.verbs));
        for (name, list) in [("shortNames", &kind.short_names), ("categories", &kind.categories)] {
            if !list.is_empty() {
                resource.insert(name.into(), json!(list));
            }
        }
        let subresources = kind.subresources.iter().map(|name| {
            let (kind_name, verbs) = subresource(kind, name);
            let (group, version) = foreign(name).unwrap_or((&kind.group, &kind.version));
            json!({"subresource": name, "responseKind": kind_of(group, version, kind_name), "verbs": verbs})
        });
        let subresources: Vec<Value> = subresources.collect();
        if !subresources.is_empty() {
            resource.insert("subresources".into(), Value::Array(subresources));
        }
        Value::Object(resource)
    };
    let groups = groups(kinds);
    let items: Vec<Value> = groups
        .iter()
        .filter(|group| wanted(group.name))
        .map(|group| {
            let version = |version: &&str| {
                let served = kinds.iter().filter(|kind| *kind.group == *group.name && *kind.version == **version);
                let resources: Vec<Value> = served.map(|kind| describe(kind)).collect();
                json!({"version": version, "freshness": "Current", "resources": resources})
            };
            let versions: Vec<Value> = group.versions.iter().map(version).collect();
            let mut metadata = json!({});
            if !group.name.is_empty() {
                metadata["name"] = json!(group.name);
            }
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}
