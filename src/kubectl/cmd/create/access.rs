//! `kubectl create role`, `clusterrole`, `rolebinding`, `clusterrolebinding`. Models
//! create_role.go and create_rolebinding.go.

use serde_json::{Value, json};

use crate::collections::SortedMap;
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
    flags: &[RULE, CLUSTER_RULE, spec::DRY_RUN, spec::WRITE, spec::PRINT],
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
const CLUSTER_RULE: &[Flag] = &[
    Flag::new("aggregation-rule", Kind::Slice, "", "Labels of the cluster roles whose rules are gathered: key=value."),
    Flag::new("non-resource-url", Kind::Slice, "", "Paths that the rule is about."),
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

/// Verbs of resources that are nothing to warn of, and those of paths.
const VERBS: &str = "* get delete list create update patch watch proxy deletecollection use bind escalate impersonate";
const URL_VERBS: &str = "* get post put delete patch head options";

/// Verbs that mean something for a few resources only, which may not be served at all.
const SPECIAL: [(&str, &str); 4] = [
    ("use", "podsecuritypolicies.policy podsecuritypolicies.extensions"),
    ("bind", "roles.rbac.authorization.k8s.io clusterroles.rbac.authorization.k8s.io"),
    ("escalate", "roles.rbac.authorization.k8s.io clusterroles.rbac.authorization.k8s.io"),
    ("impersonate", "users. serviceaccounts. groups. userextras.authentication.k8s.io"),
];

fn among(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

/// The texts of a flag, each once.
fn once(k: &Kubectl, flag: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for text in k.flags.list(flag) {
        if !list.contains(&text) {
            list.push(text);
        }
    }
    list
}

async fn make_role(k: &Kubectl, kind: &str) -> Outcome {
    let name = super::name(k)?;
    let cluster = kind == "ClusterRole";
    let mut verbs = once(k, "verb");
    if verbs.iter().any(|verb| verb == "*") {
        verbs = vec!["*".to_owned()];
    }
    let mut resources = k.flags.list("resource");
    if resources.iter().any(|word| word == "*") {
        resources = vec!["*".to_owned()];
    }
    let urls = if cluster { once(k, "non-resource-url") } else { Vec::new() };
    let names = once(k, "resource-name");
    let mut object = json!({"apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": {"name": name}});
    let gathered = if cluster { k.flags.list("aggregation-rule") } else { Vec::new() };
    if !gathered.is_empty() {
        if [&verbs, &resources, &urls, &names].iter().any(|list| !list.is_empty()) {
            return Err(Fail::plain(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            ));
        }
        let mut labels = json!({});
        for label in &gathered {
            let (key, value) = label.split_once('=').unwrap_or((label, ""));
            labels[key] = json!(value);
        }
        object["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
        object["rules"] = Value::Null;
    } else {
        if verbs.is_empty() {
            return Err(Fail::plain("at least one verb must be specified"));
        }
        if resources.is_empty() && (!cluster || urls.is_empty()) {
            let either = if cluster { "one of resource or nonResourceURL" } else { "at least one resource" };
            return Err(Fail::plain(format!("{either} must be specified")));
        }
        if !resources.is_empty() {
            for verb in verbs.iter().filter(|verb| !among(VERBS, verb)) {
                k.err(&format!("Warning: '{verb}' is not a standard resource verb\n")).await;
            }
        }
        let mut rules = resource_rules(k, &verbs, &resources, &names).await?;
        check_urls(&verbs, &urls)?;
        if !urls.is_empty() {
            rules.push(json!({"verbs": verbs, "nonResourceURLs": urls}));
        }
        object["rules"] = json!(rules);
    }
    // What the server refuses is told by `role` as it is, by `clusterrole` too.
    super::send(k, object, "").await
}

/// A rule for each API group that the resources are in.
async fn resource_rules(k: &Kubectl, verbs: &[String], words: &[String], names: &[String]) -> Result<Vec<Value>, Fail> {
    let mut groups: SortedMap<String, Vec<String>> = SortedMap::new();
    let mut checked = true;
    for word in words {
        let (word, sub) = word.split_once('/').map_or((word.as_str(), ""), |(word, sub)| (word, sub));
        let (plural, group) = word.split_once('.').unwrap_or((word, ""));
        if plural.is_empty() {
            return Err(Fail::plain("resource must be specified if apiGroup/subresource specified"));
        }
        let found = k.resource(word).await;
        let (group, plural) = match &found {
            Ok(kind) => (&*kind.group, &*kind.plural),
            Err(_) => (group, plural),
        };
        // After a resource that is all of them, no other is looked up.
        checked &= plural != "*";
        if checked {
            let mut known = found.is_ok();
            for (verb, resources) in SPECIAL.iter().filter(|(verb, _)| verbs.iter().any(|asked| asked == verb)) {
                if !among(resources, &format!("{plural}.{group}")) {
                    return Err(Fail::plain(format!("can not perform '{verb}' on '{plural}' in group '{group}'")));
                }
                known = true;
            }
            if !known {
                let of = if group.is_empty() { String::new() } else { format!(" in group \"{group}\"") };
                return Err(Fail::Verbatim(format!("the server doesn't have a resource type \"{plural}\"{of}")));
            }
        }
        let resource = if sub.is_empty() { plural.to_owned() } else { format!("{plural}/{sub}") };
        let resources = groups.entry(group.to_owned()).or_default();
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    let rule = |(group, resources): (&String, &Vec<String>)| {
        let mut rule = json!({"apiGroups": [group], "resources": resources, "verbs": verbs});
        if !names.is_empty() {
            rule["resourceNames"] = json!(names);
        }
        rule
    };
    Ok(groups.iter().map(rule).collect())
}

fn check_urls(verbs: &[String], urls: &[String]) -> Outcome {
    if let Some(verb) = verbs.iter().find(|verb| !urls.is_empty() && !among(URL_VERBS, verb)) {
        return Err(Fail::plain(format!("invalid verb: '{verb}' for nonResourceURL")));
    }
    for url in urls.iter().filter(|url| *url != "*") {
        if !url.starts_with('/') {
            return Err(Fail::plain("nonResourceURL should start with /"));
        }
        if url.trim_end_matches('*').contains('*') || url.ends_with("**") {
            return Err(Fail::plain("nonResourceURL only supports wildcard matches when '*' is at the end"));
        }
    }
    Ok(())
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
