//! APIServices, and the kinds that come and go with them.
//!
//! Models kube-aggregator: pkg/controllers/autoregister (an APIService for every group and version that the
//! API server answers itself) and pkg/apiserver (what another server answers). The only other server that
//! is simulated is metrics-server.

use serde_json::{Value, json};

use super::{ApiServer, Change, usage};
use crate::api::kinds::Codec;
use crate::api::{Key, Kind, KindId, Kinds, Object, Status, time};
use crate::collections::SortedSet;
use crate::sim::Time;

/// The port of the Service that an APIService names.
pub(super) fn default(object: &mut Object) {
    if let Some(Value::Object(service)) = object.spec.json_mut().and_then(|spec| spec.get_mut("service")) {
        service.entry("port").or_insert_with(|| json!(443));
    }
}

/// An APIService's Available condition.
pub fn available(status: &str, reason: &str, message: &str, now: Time) -> Value {
    json!({"type": "Available", "status": status, "reason": reason, "message": message,
        "lastTransitionTime": time::rfc3339(now)})
}

/// What is said of groups that the API server answers itself.
pub const LOCAL: (&str, &str) = ("Local", "Local APIServices are always available");

/// The APIServices of what the API server answers itself. Priorities as in
/// pkg/controlplane/apiserver/aggregator.go; those of groups not named there are guesses.
pub fn local_services(kinds: &Kinds, now: Time) -> Vec<Value> {
    let versions: SortedSet<(String, String)> =
        kinds.iter().map(|kind| (kind.group.to_string(), kind.version.to_string())).collect();
    let service = |(group, version): &(String, String)| {
        let (group_priority, version_priority) = match (group.as_str(), version.as_str()) {
            ("", _) => (18_000, 1),
            ("apps", _) => (17_800, 15),
            ("autoscaling", "v2") => (17_500, 30),
            ("autoscaling", _) => (17_500, 15),
            ("apiextensions.k8s.io", _) => (16_700, 15),
            _ => (17_000, 15),
        };
        let mut spec =
            json!({"groupPriorityMinimum": group_priority, "version": version, "versionPriority": version_priority});
        if !group.is_empty() {
            spec["group"] = json!(group);
        }
        json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": format!("{version}.{group}"),
                "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"}},
            "spec": spec,
            "status": {"conditions": [available("True", LOCAL.0, LOCAL.1, now)]},
        })
    };
    versions.iter().filter(|(group, _)| group != "apiregistration.k8s.io").map(service).collect()
}

/// A kind that metrics-server answers.
fn metrics_kind(id: KindId, plural: &str, kind: &str, namespaced: bool) -> Kind {
    Kind {
        id,
        group: usage::GROUP.0.into(),
        version: usage::GROUP.1.into(),
        kind: kind.into(),
        plural: plural.into(),
        singular: "".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced,
        verbs: ["get", "list"].map(str::to_owned).to_vec(),
        subresources: Vec::new(),
        codec: Codec::default(),
        custom: None,
    }
}

impl ApiServer {
    /// Serves what the servers behind APIServices answer, as far as those written after `revision` say.
    pub(super) fn follow_api_services(&mut self, revision: u64) {
        let name = format!("{}.{}", usage::GROUP.1, usage::GROUP.0);
        let concerns = |change: &&Change| {
            change.kind == self.api_service.id && change.object().is_some_and(|service| *service.meta.name == *name)
        };
        let Some(change) = self.store.changes_since(revision).iter().rev().find(concerns) else { return };
        let is_true = |condition: &Value| condition["type"] == "Available" && condition["status"] == "True";
        let reached = change.new.as_ref().is_some_and(|service| {
            let conditions = service.status.json().and_then(|status| status["conditions"].as_array());
            service.spec.json().is_some_and(|spec| spec["service"].is_object())
                && conditions.is_some_and(|conditions| conditions.iter().any(is_true))
        });
        if reached == self.kinds.resource(usage::GROUP.0, usage::GROUP.1, "pods").is_some() {
            return;
        }
        for (plural, kind, namespaced) in [("nodes", "NodeMetrics", false), ("pods", "PodMetrics", true)] {
            let id = self.kinds.defined(&format!("{plural}.{}", usage::GROUP.0));
            let kinds = if reached { vec![metrics_kind(id, plural, kind, namespaced)] } else { Vec::new() };
            self.kinds.serve(id, kinds);
        }
    }

    /// What is said of a group and version that nobody answers: that there is none, or that its server does
    /// not answer now.
    pub(super) fn not_served(&self, group: &str, version: &str) -> Status {
        let key = Key::new("", &format!("{version}.{group}"));
        let service = self.store.get(self.api_service.id, &key).and_then(|service| service.spec.json());
        match service.is_some_and(|spec| spec["service"].is_object()) {
            true => Status::service_unavailable(),
            false => Status::unknown_path(),
        }
    }
}
