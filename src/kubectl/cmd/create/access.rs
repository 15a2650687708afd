//! `kubectl create role`, `clusterrole`, `rolebinding`, `clusterrolebinding`. Models
//! create_role.go and create_rolebinding.go.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{self, Spec, run};

/// `kubectl create role`
pub const ROLE: Spec = Spec {
    name: "role",
    usage: "NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
    short: "Create a role with single rule",
    long: "Create a Role with one rule.",
    examples: "# May look at Pods\nkubectl create role reader --verb=get,list,watch --resource=pods",
    flags: &[RULE, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(role),
    ..Spec::EMPTY
};

/// `kubectl create clusterrole`
pub const CLUSTER_ROLE: Spec = Spec {
    name: "clusterrole",
    usage: "NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none] [options]",
    short: "Create a cluster role",
    long: "Create a ClusterRole with one rule.",
    examples: "# May look at nodes\nkubectl create clusterrole node-reader --verb=get,list --resource=nodes",
    flags: &[RULE, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(cluster_role),
    ..Spec::EMPTY
};

/// `kubectl create rolebinding`
pub const ROLE_BINDING: Spec = Spec {
    name: "rolebinding",
    usage: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
    short: "Create a role binding for a particular role or cluster role",
    long: "Give a role to users, groups and service accounts within the namespace.",
    examples: "# A service account may what the role says\nkubectl create rolebinding read --role=reader --serviceaccount=default:builder",
    flags: &[SUBJECTS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(role_binding),
    ..Spec::EMPTY
};

/// `kubectl create clusterrolebinding`
pub const CLUSTER_ROLE_BINDING: Spec = Spec {
    name: "clusterrolebinding",
    usage: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none] [options]",
    short: "Create a cluster role binding for a particular cluster role",
    long: "Give a cluster role to users, groups and service accounts everywhere.",
    examples: "# A user may what the role says\nkubectl create clusterrolebinding jane --clusterrole=node-reader --user=jane",
    flags: &[SUBJECTS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(cluster_role_binding),
    ..Spec::EMPTY
};

const RULE: &[Flag] = &[
    Flag::new("resource", Kind::Slice, "", "Resources that the rule is about."),
    Flag::new("resource-name", Kind::Array, "", "Names that the rule is about."),
    Flag::new("verb", Kind::Slice, "", "What may be done."),
];
const SUBJECTS: &[Flag] = &[
    Flag::text("clusterrole", "", "ClusterRole to give."),
    Flag::new("group", Kind::Array, "", "Groups to give it to."),
    Flag::text("role", "", "Role to give."),
    Flag::new("serviceaccount", Kind::Array, "", "Service accounts to give it to: namespace:name."),
    Flag::new("user", Kind::Array, "", "Users to give it to."),
];

const RBAC: &str = "rbac.authorization.k8s.io";

async fn role(k: &Kubectl) -> Outcome {
    make_role(k, "Role").await
}

async fn cluster_role(k: &Kubectl) -> Outcome {
    make_role(k, "ClusterRole").await
}

async fn make_role(k: &Kubectl, kind: &str) -> Outcome {
    let name = super::name(k)?;
    let verbs = k.flags.list("verb");
    if verbs.is_empty() {
        return Err(Fail::plain("at least one verb must be specified"));
    }
    if k.flags.list("resource").is_empty() {
        return Err(Fail::plain("at least one resource must be specified"));
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for word in k.flags.list("resource") {
        let (word, sub) = word.split_once('/').map_or((word.as_str(), ""), |(word, sub)| (word, sub));
        let (group, plural) = if word == "*" {
            ("*".to_owned(), "*".to_owned())
        } else {
            let found = k.resource(word).await?;
            (found.group.to_string(), found.plural.to_string())
        };
        let resource = if sub.is_empty() { plural } else { format!("{plural}/{sub}") };
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, resources)) => resources.push(resource),
            None => groups.push((group, vec![resource])),
        }
    }
    let names = k.flags.list("resource-name");
    let rules: Vec<Value> = groups
        .into_iter()
        .map(|(group, resources)| {
            let mut rule = json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
            if !names.is_empty() {
                rule["resourceNames"] = json!(names);
            }
            rule
        })
        .collect();
    let object = json!({"apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": {"name": name}, "rules": rules});
    super::send(k, object, &format!("failed to create {}: ", kind.to_lowercase())).await
}

async fn role_binding(k: &Kubectl) -> Outcome {
    make_binding(k, "RoleBinding").await
}

async fn cluster_role_binding(k: &Kubectl) -> Outcome {
    make_binding(k, "ClusterRoleBinding").await
}

async fn make_binding(k: &Kubectl, kind: &str) -> Outcome {
    let name = super::name(k)?;
    let (cluster_role, role) = (k.flags.text("clusterrole"), k.flags.text("role"));
    if cluster_role.is_empty() == role.is_empty() {
        return Err(Fail::plain(if kind == "RoleBinding" {
            "exactly one of clusterrole or role must be specified"
        } else {
            "clusterrole must be specified"
        }));
    }
    let (role_kind, role_name) = if role.is_empty() { ("ClusterRole", cluster_role) } else { ("Role", role) };
    let mut subjects = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects
            .extend(k.flags.list(flag).into_iter().map(|name| json!({"apiGroup": RBAC, "kind": kind, "name": name})));
    }
    for account in k.flags.list("serviceaccount") {
        let (namespace, name) = account
            .split_once(':')
            .filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
            .ok_or_else(|| Fail::plain("serviceaccount must be <namespace>:<name>"))?;
        subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    let mut object = json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": role_kind, "name": role_name},
    });
    if !subjects.is_empty() {
        object["subjects"] = Value::Array(subjects);
    }
    super::send(k, object, &format!("failed to create {}: ", kind.to_lowercase())).await
}
