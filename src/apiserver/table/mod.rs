//! Rows of tables, as `kubectl get` prints them.
//!
//! Models pkg/printers/internalversion/printers.go and, for kinds without columns of their own,
//! apiserver/pkg/registry/rest/table.go. One file per family of kinds; Pods, the most numerous,
//! are read typed, all others as JSON.

mod batch;
mod cluster;
mod config;
mod custom;
mod events;
mod network;
mod nodes;
mod pods;
mod storage;
mod workloads;

use serde_json::{Value, json};

use crate::api::{Kind, Object, codec, duration, time};
use crate::sim::Time;

/// A column: heading, type, format, priority (above 0: with `-o wide` only).
type Column = (&'static str, &'static str, &'static str, i32);
/// Makes an object's cells.
type Cells = fn(&Row<'_>) -> Vec<Value>;

const NAME: Column = ("Name", "string", "name", 0);
const AGE: Column = ("Age", "string", "", 0);

const fn text(name: &'static str) -> Column {
    (name, "string", "", 0)
}
const fn wide(name: &'static str) -> Column {
    (name, "string", "", 1)
}
const fn number(name: &'static str) -> Column {
    (name, "integer", "", 0)
}

/// One object on its way to becoming a row.
struct Row<'a> {
    object: &'a Object,
    /// The object as JSON; null for Pods.
    value: Value,
    now: Time,
}

impl Row<'_> {
    fn name(&self) -> Value {
        json!(*self.object.meta.name)
    }

    fn age(&self) -> Value {
        json!(self.object.meta.created.map_or("<unknown>".to_owned(), |at| duration::age(self.now, at)))
    }

    /// How long ago the instant in `field` was.
    fn since(&self, field: &Value, unknown: &str) -> String {
        field.as_str().and_then(time::parse).map_or(unknown.to_owned(), |at| duration::age(self.now, at))
    }

    /// A number of the status or spec, by its pointer; 0 where it is not there.
    fn count(&self, pointer: &str) -> i64 {
        self.value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
    }

    /// A text by its pointer, or `otherwise`.
    fn text(&self, pointer: &str, otherwise: &str) -> String {
        match self.value.pointer(pointer).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => otherwise.to_owned(),
        }
    }

    /// A list by its pointer.
    fn list(&self, pointer: &str) -> &[Value] {
        self.value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// The columns of each kind, and what fills them.
const TABLES: &[(&str, &str, &[Column], Cells)] = &[
    ("", "Pod", pods::COLUMNS, pods::cells),
    ("", "PodTemplate", workloads::POD_TEMPLATE, workloads::pod_template),
    ("", "ReplicationController", workloads::REPLICA_SET, workloads::replica_set),
    ("apps", "ReplicaSet", workloads::REPLICA_SET, workloads::replica_set),
    ("apps", "Deployment", workloads::DEPLOYMENT, workloads::deployment),
    ("apps", "StatefulSet", workloads::STATEFUL_SET, workloads::stateful_set),
    ("apps", "DaemonSet", workloads::DAEMON_SET, workloads::daemon_set),
    ("apps", "ControllerRevision", workloads::CONTROLLER_REVISION, workloads::controller_revision),
    ("autoscaling", "HorizontalPodAutoscaler", workloads::AUTOSCALER, workloads::autoscaler),
    ("policy", "PodDisruptionBudget", workloads::BUDGET, workloads::budget),
    ("batch", "Job", batch::JOB, batch::job),
    ("batch", "CronJob", batch::CRON_JOB, batch::cron_job),
    ("", "Service", network::SERVICE, network::service),
    ("", "Endpoints", network::ENDPOINTS, network::endpoints),
    ("discovery.k8s.io", "EndpointSlice", network::ENDPOINT_SLICE, network::endpoint_slice),
    ("networking.k8s.io", "Ingress", network::INGRESS, network::ingress),
    ("networking.k8s.io", "IngressClass", network::INGRESS_CLASS, network::ingress_class),
    ("networking.k8s.io", "NetworkPolicy", network::NETWORK_POLICY, network::network_policy),
    ("", "Node", nodes::COLUMNS, nodes::cells),
    ("", "Namespace", cluster::NAMESPACE, cluster::namespace),
    ("", "Event", events::COLUMNS, events::cells),
    ("events.k8s.io", "Event", events::COLUMNS, events::cells),
    ("", "ConfigMap", config::CONFIG_MAP, config::config_map),
    ("", "Secret", config::SECRET, config::secret),
    ("", "ResourceQuota", config::QUOTA, config::quota),
    ("", "LimitRange", config::CREATED, config::created),
    ("coordination.k8s.io", "Lease", cluster::LEASE, cluster::lease),
    ("scheduling.k8s.io", "PriorityClass", cluster::PRIORITY_CLASS, cluster::priority_class),
    ("rbac.authorization.k8s.io", "Role", config::CREATED, config::created),
    ("rbac.authorization.k8s.io", "ClusterRole", config::CREATED, config::created),
    ("rbac.authorization.k8s.io", "RoleBinding", cluster::BINDING, cluster::binding),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", cluster::BINDING, cluster::binding),
    ("certificates.k8s.io", "CertificateSigningRequest", cluster::SIGNING_REQUEST, cluster::signing_request),
    ("apiregistration.k8s.io", "APIService", cluster::API_SERVICE, cluster::api_service),
    ("apiextensions.k8s.io", "CustomResourceDefinition", config::CREATED, config::created),
    ("", "ComponentStatus", cluster::COMPONENT, cluster::component),
    ("", "PersistentVolume", storage::VOLUME, storage::volume),
    ("", "PersistentVolumeClaim", storage::CLAIM, storage::claim),
    ("storage.k8s.io", "StorageClass", storage::CLASS, storage::class),
    ("storage.k8s.io", "VolumeAttachment", storage::ATTACHMENT, storage::attachment),
    ("storage.k8s.io", "CSINode", storage::CSI_NODE, storage::csi_node),
    ("storage.k8s.io", "CSIDriver", storage::CSI_DRIVER, storage::csi_driver),
];

/// Kinds that have no columns of their own show these.
const PLAIN: &[Column] = &[NAME, AGE];

fn table(kind: &Kind) -> (&'static [Column], Cells) {
    let found = TABLES.iter().find(|(group, name, ..)| (*group, *name) == (&*kind.group, &*kind.kind));
    found.map_or((PLAIN, |row| vec![row.name(), row.age()]), |(_, _, columns, cells)| (*columns, *cells))
}

/// The columns of a kind's table.
pub fn columns(kind: &Kind) -> Value {
    if let Some(custom) = &kind.custom {
        return custom::columns(custom);
    }
    let describe = |(name, type_, format, priority): &Column| json!({"name": name, "type": type_, "format": format, "description": "", "priority": priority});
    Value::Array(table(kind).0.iter().map(describe).collect())
}

/// An object's row, in the columns of `kind`.
pub fn row(object: &Object, kind: &Kind, now: Time) -> Value {
    if let Some(custom) = &kind.custom {
        return json!({"cells": custom::cells(custom, object, now)});
    }
    let (_, cells) = table(kind);
    let typed = object.spec::<crate::api::PodSpec>().is_some();
    let value = if typed { Value::Null } else { object.to_value() };
    let cells = cells(&Row { object, value, now });
    json!({"cells": cells})
}

/// `a=b,c=d`, or `<none>`.
fn labels(map: &Value) -> String {
    let each: Vec<String> = map
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if each.is_empty() { "<none>".to_owned() } else { each.join(",") }
}

/// A LabelSelector as text, or `<none>`.
fn selector(value: &Value) -> String {
    let typed: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector> = codec::read(value).ok();
    let text = typed.map(|selector| crate::api::Selector::from(&selector).to_string()).unwrap_or_default();
    if text.is_empty() { "<none>".to_owned() } else { text }
}

/// Names and images of a Pod template's containers.
fn containers(pod_spec: &Value) -> [Value; 2] {
    let each = |field: &str| {
        let names = pod_spec["containers"].as_array().into_iter().flatten();
        let names: Vec<&str> = names.map(|container| container[field].as_str().unwrap_or_default()).collect();
        json!(names.join(","))
    };
    [each("name"), each("image")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kinds;

    #[test]
    fn every_table_has_its_kind_and_as_many_cells_as_columns() {
        let kinds = Kinds::builtin();
        for (group, name, columns, _) in TABLES {
            let kind = kinds.builtin_kind(group, name);
            let object = Object::from_value(&kind, json!({"metadata": {"name": "x"}})).unwrap();
            let row = row(&object, &kind, Time::from_secs(5));
            assert_eq!(row["cells"].as_array().unwrap().len(), columns.len(), "{name}");
        }
    }
}
