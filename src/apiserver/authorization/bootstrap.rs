//! The roles and bindings that every cluster has from the beginning. Models
//! plugin/pkg/auth/authorizer/rbac/bootstrappolicy, whose rules are in `policy.txt`.
//!
//! Which of the rules that hang on a feature gate a 1.36 has by default is in part a guess.

use serde_json::{Value, json};

use super::bindings::GROUP;
use crate::collections::Sort;

const POLICY: &str = include_str!("policy.txt");
const CONTROLLER: &str = "system:controller:";

/// The objects of the default policy.
pub fn policy() -> Vec<Value> {
    let mut objects: Vec<Value> = Vec::new();
    let mut bindings = Vec::new();
    for line in POLICY.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        match (line.as_bytes().first(), &words[..]) {
            (Some(b' '), rule) => {
                if let Some(rules) = objects.last_mut().and_then(|role| role["rules"].as_array_mut()) {
                    rules.push(self::rule(rule));
                }
            }
            (Some(b'='), [_, name, role, subjects @ ..]) => bindings.push(binding(name, role, subjects.concat())),
            (_, [name, rest @ ..]) => {
                objects.push(role(name, rest));
                if let Some(account) = name.strip_prefix(CONTROLLER) {
                    bindings.push(binding(name, name, format!("S:kube-system/{account}")));
                }
            }
            _ => {}
        }
    }
    objects.extend(bindings);
    objects
}

/// An object of the policy: `kind` for a NAMESPACE/NAME, and `Cluster` before it for a name alone.
fn object(kind: &str, name: &str) -> Value {
    // A cluster role's name has no slash.
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    let cluster = if namespace.is_empty() { "Cluster" } else { "" };
    json!({
        "apiVersion": format!("{GROUP}/v1"), "kind": format!("{cluster}{kind}"),
        "metadata": {
            "name": name, "namespace": namespace,
            "annotations": {"rbac.authorization.kubernetes.io/autoupdate": "true"},
            "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"},
        },
    })
}

fn role(name: &str, notes: &[&str]) -> Value {
    let mut role = object("Role", name);
    role["rules"] = json!([]);
    for note in notes {
        let (what, to) = note.split_at(1);
        let label = format!("{GROUP}/aggregate-to-{to}");
        if what == ">" {
            role["metadata"]["labels"][label] = json!("true");
        } else {
            role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]});
        }
    }
    role
}

fn rule(words: &[&str]) -> Value {
    let list = |at: usize| {
        let mut list: Vec<&str> = words.get(at).into_iter().flat_map(|text| text.split(',')).collect();
        list.arrange();
        list
    };
    let mut verbs: Vec<&str> = Vec::new();
    for verb in list(0) {
        match verb {
            "R" => verbs.extend(["get", "list", "watch"]),
            "W" => verbs.extend(["create", "delete", "deletecollection", "patch", "update"]),
            verb => verbs.push(verb),
        }
    }
    verbs.arrange();
    if words.get(1) == Some(&"@") {
        return json!({"nonResourceURLs": list(2), "verbs": verbs});
    }
    let groups: Vec<&str> = list(1).into_iter().map(|group| group.trim_start_matches('-')).collect();
    let mut rule = json!({"apiGroups": groups, "resources": list(2), "verbs": verbs});
    if words.len() > 3 {
        rule["resourceNames"] = json!(list(3));
    }
    rule
}

fn binding(name: &str, role: &str, subjects: String) -> Value {
    let mut binding = object("RoleBinding", name);
    let kind = if name.contains('/') { "Role" } else { "ClusterRole" };
    binding["roleRef"] = json!({"apiGroup": GROUP, "kind": kind, "name": role});
    let subjects = subjects.split(',').filter_map(|subject| {
        let (kind, name) = subject.split_once(':')?;
        Some(match (kind, name.split_once('/')) {
            ("S", Some((namespace, name))) => json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}),
            (kind, _) => json!({"apiGroup": GROUP, "kind": if kind == "G" { "Group" } else { "User" }, "name": name}),
        })
    });
    let subjects: Vec<Value> = subjects.collect();
    if !subjects.is_empty() {
        binding["subjects"] = json!(subjects);
    }
    binding
}
