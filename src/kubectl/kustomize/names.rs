//! Resources and their names: what they were called, and who refers to them.
//!
//! Models kustomize/api/resource, internal/accumulator (name references) and
//! konfig/builtinpluginconsts/namereference.go.

use serde_json::{Value, json};

use crate::api::sha256::sha256;
use crate::collections::Sort;

/// An object on its way through the layers.
pub struct Resource {
    /// The object.
    pub value: Value,
    /// The names that it had in the layers below, the first one first.
    pub names: Vec<String>,
    /// Whether its name is to end in a hash of what it holds.
    pub hashed: bool,
}

impl Resource {
    /// An object from a file.
    pub fn new(value: Value) -> Resource {
        let names = vec![value["metadata"]["name"].as_str().unwrap_or_default().to_owned()];
        Resource { value, names, hashed: false }
    }

    /// The name that it has now.
    pub fn name(&self) -> &str {
        self.value["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// `Deployment`.
    pub fn kind(&self) -> &str {
        self.value["kind"].as_str().unwrap_or_default()
    }

    /// The namespace that it says.
    pub fn namespace(&self) -> &str {
        self.value["metadata"]["namespace"].as_str().unwrap_or_default()
    }

    /// API group and version.
    pub fn group_version(&self) -> (&str, &str) {
        let text = self.value["apiVersion"].as_str().unwrap_or_default();
        text.split_once('/').unwrap_or(("", text))
    }

    /// `Deployment.v1.apps/web.default`.
    pub fn id(&self) -> String {
        let (group, version) = self.group_version();
        let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        format!(
            "{}.{}.{}/{}.{}",
            self.kind(),
            version,
            or(group, "[noGrp]"),
            self.name(),
            or(self.namespace(), "[noNs]")
        )
    }

    /// Gives it another name; references to the old ones follow.
    pub fn rename(&mut self, name: String) {
        self.names.push(self.name().to_owned());
        set(&mut self.value, &["metadata", "name"], json!(name));
    }

    /// Whether it has that name, or had it.
    pub fn was(&self, name: &str) -> bool {
        self.name() == name || self.names.iter().any(|old| old == name)
    }
}

/// Names that end in hashes, and the references to all that were renamed.
pub fn finish(resources: &mut [Resource]) {
    for resource in resources.iter_mut().filter(|resource| resource.hashed) {
        let name = format!("{}-{}", resource.name(), hash(&resource.value));
        resource.rename(name);
    }
    let known: Vec<(String, String, Vec<String>, String)> = resources
        .iter()
        .map(|resource| {
            let names = resource.names.clone();
            (resource.kind().to_owned(), resource.namespace().to_owned(), names, resource.name().to_owned())
        })
        .collect();
    for resource in resources {
        let (kind, namespace) = (resource.kind().to_owned(), resource.namespace().to_owned());
        for (target, referrer, path) in REFERENCES {
            if !referrer.is_empty() && *referrer != kind {
                continue;
            }
            let parts: Vec<&str> = path.split('/').collect();
            each_place(&mut resource.value, &parts, &mut |place| {
                let Some(name) = place.as_str() else { return };
                let found = known.iter().find(|(kind, of, names, now)| {
                    kind == target
                        && (of == &namespace || of.is_empty())
                        && now != name
                        && names.iter().any(|old| old == name)
                });
                if let Some((.., now)) = found {
                    *place = json!(now);
                }
            });
        }
        scale_target(&mut resource.value, &known);
    }
}

/// What an autoscaler scales is named by its kind.
fn scale_target(value: &mut Value, known: &[(String, String, Vec<String>, String)]) {
    let target = &value["spec"]["scaleTargetRef"];
    let (kind, name) = (target["kind"].as_str().unwrap_or_default(), target["name"].as_str().unwrap_or_default());
    let found =
        known.iter().find(|(of, _, names, now)| of == kind && now != name && names.iter().any(|old| old == name));
    if let Some((.., now)) = found {
        set(value, &["spec", "scaleTargetRef", "name"], json!(now));
    }
}

/// Sets a field, and makes the maps on the way to it. Where something else is in the way, nothing
/// happens: the API server will say so.
pub fn set(value: &mut Value, path: &[&str], new: Value) {
    let Some((step, rest)) = path.split_first() else {
        *value = new;
        return;
    };
    if value.is_null() {
        *value = json!({});
    }
    if let Some(map) = value.as_object_mut() {
        set(map.entry(*step).or_insert(Value::Null), rest, new);
    }
}

/// Calls for every place that a path leads to; `[]` stands for each item, `*` for any way down to
/// a Pod's spec.
pub fn each_place(value: &mut Value, path: &[&str], visit: &mut dyn FnMut(&mut Value)) {
    match path {
        [] => visit(value),
        ["*", rest @ ..] => {
            for pod_spec in POD_SPECS {
                let whole: Vec<&str> =
                    pod_spec.split('/').filter(|step| !step.is_empty()).chain(rest.iter().copied()).collect();
                each_place(value, &whole, visit);
            }
        }
        ["[]", rest @ ..] => {
            value.as_array_mut().into_iter().flatten().for_each(|item| each_place(item, rest, visit));
        }
        [step, rest @ ..] => {
            if let Some(inner) = value.get_mut(*step) {
                each_place(inner, rest, visit);
            }
        }
    }
}

/// Where Pod specs are.
pub const POD_SPECS: [&str; 3] = ["spec", "spec/template/spec", "spec/jobTemplate/spec/template/spec"];

/// What is referred to, by which kind (or any), and where.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("ConfigMap", "", "*/volumes/[]/configMap/name"),
    ("ConfigMap", "", "*/volumes/[]/projected/sources/[]/configMap/name"),
    ("ConfigMap", "", "*/containers/[]/env/[]/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "", "*/containers/[]/envFrom/[]/configMapRef/name"),
    ("ConfigMap", "", "*/initContainers/[]/env/[]/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "", "*/initContainers/[]/envFrom/[]/configMapRef/name"),
    ("Secret", "", "*/volumes/[]/secret/secretName"),
    ("Secret", "", "*/volumes/[]/projected/sources/[]/secret/name"),
    ("Secret", "", "*/containers/[]/env/[]/valueFrom/secretKeyRef/name"),
    ("Secret", "", "*/containers/[]/envFrom/[]/secretRef/name"),
    ("Secret", "", "*/initContainers/[]/env/[]/valueFrom/secretKeyRef/name"),
    ("Secret", "", "*/initContainers/[]/envFrom/[]/secretRef/name"),
    ("Secret", "", "*/imagePullSecrets/[]/name"),
    ("Secret", "ServiceAccount", "imagePullSecrets/[]/name"),
    ("Secret", "ServiceAccount", "secrets/[]/name"),
    ("Secret", "Ingress", "spec/tls/[]/secretName"),
    ("Service", "StatefulSet", "spec/serviceName"),
    ("Service", "Ingress", "spec/rules/[]/http/paths/[]/backend/service/name"),
    ("Service", "Ingress", "spec/defaultBackend/service/name"),
    ("ServiceAccount", "", "*/serviceAccountName"),
    ("ServiceAccount", "RoleBinding", "subjects/[]/name"),
    ("ServiceAccount", "ClusterRoleBinding", "subjects/[]/name"),
    ("Role", "RoleBinding", "roleRef/name"),
    ("ClusterRole", "RoleBinding", "roleRef/name"),
    ("ClusterRole", "ClusterRoleBinding", "roleRef/name"),
    ("PersistentVolumeClaim", "", "*/volumes/[]/persistentVolumeClaim/claimName"),
    ("PersistentVolume", "PersistentVolumeClaim", "spec/volumeName"),
    ("StorageClass", "PersistentVolumeClaim", "spec/storageClassName"),
    ("StorageClass", "StatefulSet", "spec/volumeClaimTemplates/[]/spec/storageClassName"),
    ("PriorityClass", "", "*/priorityClassName"),
    ("IngressClass", "Ingress", "spec/ingressClassName"),
];

/// The hash of what a ConfigMap or Secret holds (kustomize/api/internal/hasher): ten digits of a
/// SHA-256 in letters that make no words.
fn hash(object: &Value) -> String {
    let mut held =
        json!({"kind": object["kind"], "name": "", "data": object.get("data").cloned().unwrap_or_else(|| json!(""))});
    for (field, always) in [("type", object["kind"] == "Secret"), ("binaryData", false), ("stringData", false)] {
        if always || object[field].is_object() {
            held[field] = object[field].clone();
        }
    }
    // Go's JSON escapes what HTML would read.
    let text = held.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    let digest = sha256(text.as_bytes());
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let letter = |digit| match digit {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    hex.chars().map(letter).collect()
}

/// Kinds in the order in which they are created; all others come between the two.
const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// Sorts as kustomize's legacy order does, which kubectl uses.
pub fn sort(resources: &mut [Resource]) {
    resources.arrange_by_key(|resource| {
        let place = match FIRST.iter().position(|kind| *kind == resource.kind()) {
            Some(place) => place,
            None => FIRST.len() + usize::from(LAST.contains(&resource.kind())),
        };
        let (group, version) = resource.group_version();
        let text = |text: &str| text.to_owned();
        (place, [text(group), text(version), text(resource.kind()), text(resource.namespace()), text(resource.name())])
    });
}
