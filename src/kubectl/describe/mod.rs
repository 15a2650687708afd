//! `kubectl describe`: objects in words, one kind a file. Models kubectl/pkg/describe/describe.go.

mod access;
mod autoscaler;
mod budget;
mod config;
mod daemon_set;
mod deployment;
mod endpoints;
mod events;
mod generic;
mod ingress;
mod job;
mod labels;
mod limit_range;
mod namespace;
mod network_policy;
mod node;
mod page;
mod pod;
mod pod_template;
mod replica_set;
mod resources;
mod service;
mod signing_request;
mod stateful_set;
mod storage;
mod volumes;

pub use access::rule_row;

use std::rc::Rc;

use serde_json::Value;

use super::Kubectl;
use super::fail::Fail;
use super::printers::tabwriter;
use super::resource::{Info, items};
use crate::machine::LocalBoxFuture;
use crate::sim::Time;

pub use deployment::{owned, same_template};
pub use events::interval;
pub use labels::selector_query;
pub use page::Page;
pub use pod_template::pod_template;

/// What describes an object of one kind.
type Describe = for<'a> fn(&'a Scene<'a>, &'a mut Page) -> LocalBoxFuture<'a, Result<(), Fail>>;

macro_rules! describers {
    ($($group:literal $kind:literal => $function:path,)*) => {
        &[$(($group, $kind, |scene, page| Box::pin($function(scene, page)))),*]
    };
}

/// The kinds that are described in words of their own.
const DESCRIBERS: &[(&str, &str, Describe)] = describers! {
    "" "Pod" => pod::describe,
    "" "ReplicationController" => replica_set::describe,
    "apps" "ReplicaSet" => replica_set::describe,
    "apps" "Deployment" => deployment::describe,
    "apps" "DaemonSet" => daemon_set::describe,
    "apps" "StatefulSet" => stateful_set::describe,
    "autoscaling" "HorizontalPodAutoscaler" => autoscaler::describe,
    "policy" "PodDisruptionBudget" => budget::describe,
    "batch" "Job" => job::describe,
    "batch" "CronJob" => job::describe_cron,
    "" "Service" => service::describe,
    "" "Endpoints" => endpoints::describe,
    "discovery.k8s.io" "EndpointSlice" => endpoints::describe_slice,
    "" "Node" => node::describe,
    "" "Namespace" => namespace::describe,
    "" "ConfigMap" => config::describe_map,
    "" "Secret" => config::describe_secret,
    "" "ResourceQuota" => namespace::describe_quota,
    "" "ServiceAccount" => access::describe_account,
    "rbac.authorization.k8s.io" "Role" => access::describe_role,
    "rbac.authorization.k8s.io" "ClusterRole" => access::describe_role,
    "rbac.authorization.k8s.io" "RoleBinding" => access::describe_binding,
    "rbac.authorization.k8s.io" "ClusterRoleBinding" => access::describe_binding,
    "certificates.k8s.io" "CertificateSigningRequest" => signing_request::describe,
    "networking.k8s.io" "NetworkPolicy" => network_policy::describe,
    "" "LimitRange" => limit_range::describe,
    "networking.k8s.io" "Ingress" => ingress::describe,
    "networking.k8s.io" "IngressClass" => ingress::describe_class,
    "" "PersistentVolume" => storage::describe_volume,
    "" "PersistentVolumeClaim" => storage::describe_claim,
    "storage.k8s.io" "StorageClass" => storage::describe_class,
};

/// An object and what there is to say of it.
pub struct Scene<'a> {
    k: &'a Kubectl,
    info: &'a Info,
    /// The object.
    object: &'a Value,
    now: Time,
    show_events: bool,
}

/// The object in words.
pub async fn describe(k: &Kubectl, info: &Info, show_events: bool) -> Result<String, Fail> {
    let object = Rc::clone(&info.object);
    let scene = Scene { k, info, object: &object, now: k.process.sim().now(), show_events };
    let mut page = Page::default();
    let kind = &info.kind;
    let own = DESCRIBERS.iter().find(|(group, name, _)| *kind.group == **group && *kind.kind == **name);
    match own {
        Some((_, _, describe)) => describe(&scene, &mut page).await?,
        None => generic::describe(&scene, &mut page).await?,
    }
    Ok(tabwriter::align(&page.text(), tabwriter::DESCRIBE))
}

impl Scene<'_> {
    /// Objects of another kind, chosen by labels or fields.
    async fn list(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<Value>, Fail> {
        Ok(items(&*self.k.client().await?.get(path, query).await?))
    }

    /// The events of the object, at the end of the page.
    async fn events(&self, page: &mut Page) -> Result<(), Fail> {
        if self.show_events {
            let found = events::of(self, self.object["metadata"]["uid"].as_str().unwrap_or_default()).await?;
            events::table(page, &found, self.now);
        }
        Ok(())
    }
}

/// A text of the object; empty where it is not there.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A value as Go's `%v` prints it; empty where it is not there.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        other => super::gofmt::verb_v(other),
    }
}

/// The members of a list; none where it is not there.
fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// `True` or `False`.
fn yes(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

/// The text, or `<none>` for an empty one.
fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

/// `Deployment/web`: the object that manages this one.
fn controller(object: &Value) -> Option<String> {
    let owner = list(&object["metadata"]["ownerReferences"]).find(|owner| owner["controller"] == true)?;
    Some(format!("{}/{}", text(&owner["kind"]), text(&owner["name"])))
}

/// `2 Running / 0 Waiting / 0 Succeeded / 0 Failed` over the Pods that an object manages.
async fn pods_status(scene: &Scene<'_>) -> Result<String, Fail> {
    let selector = labels::selector_query(&scene.object["spec"]["selector"]);
    let path = format!("/api/v1/namespaces/{}/pods", scene.info.namespace);
    let pods = scene.list(&path, &[("labelSelector", selector)]).await?;
    let uid = &scene.object["metadata"]["uid"];
    let owned = |pod: &&Value| {
        list(&pod["metadata"]["ownerReferences"]).any(|owner| owner["controller"] == true && owner["uid"] == *uid)
    };
    let count = |phase: &str| pods.iter().filter(owned).filter(|pod| pod["status"]["phase"] == phase).count();
    Ok(format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        count("Running"),
        count("Pending"),
        count("Succeeded"),
        count("Failed")
    ))
}
