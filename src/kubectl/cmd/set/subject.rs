//! `kubectl set subject`. Models set_subject.go.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::resource::Builder;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};

/// `kubectl set subject`
pub const SPEC: Spec = Spec {
    name: "subject",
    usage: "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [options]",
    short: "Update the user, group, or service account in a role binding or cluster role binding",
    long: "Add users, groups or service accounts to those whom a binding gives its role.",
    examples: "# A service account more\nkubectl set subject clusterrolebinding admin --serviceaccount=shop:till",
    flags: &[super::FLAGS, FLAGS, spec::ALL, spec::SELECTOR, spec::FILES, spec::LOCAL, spec::DRY_RUN, spec::PRINT],
    run: run!(subject),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("group", Kind::Slice, "", "Groups to add."),
    Flag::new("serviceaccount", Kind::Slice, "", "Service accounts to add, each as namespace:name."),
    Flag::new("user", Kind::Slice, "", "Users to add."),
];

async fn subject(k: &Kubectl) -> Outcome {
    let dry_run = k.dry_run().await?;
    let local = k.flags.is("local");
    if local && dry_run == DryRun::Server {
        return Err(Fail::plain("cannot specify --local and --dry-run=server - did you mean --dry-run=client?"));
    }
    if k.flags.is("all") && !k.flags.text("selector").is_empty() {
        return Err(Fail::plain("cannot set --all and --selector at the same time"));
    }
    let found = Builder::new(k).args(&k.flags.args).local(local).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        let added = subjects(k, &*info.kind.kind == "ClusterRoleBinding").await?;
        if !matches!(&*info.kind.kind, "RoleBinding" | "ClusterRoleBinding") {
            let name = info.named();
            let problem = "setting subjects is only supported for RoleBinding/ClusterRoleBinding";
            fails.push(Fail::plain(format!("{name} {problem}")));
            continue;
        }
        let mut all = info.object["subjects"].as_array().cloned().unwrap_or_default();
        let before = all.len();
        all.extend(
            added.into_iter().filter(|one| !info.object["subjects"].as_array().is_some_and(|a| a.contains(one))),
        );
        if all.len() == before {
            continue;
        }
        let mut changed = (*info.object).clone();
        changed["subjects"] = json!(all);
        let words = ("subjects updated", "failed to patch subjects to rolebinding: ");
        if let Err(fail) = super::send(k, info, json!({"subjects": all}), changed, words, local, dry_run).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}

/// Those whom the flags name, each kind in the order of the names.
async fn subjects(k: &Kubectl, of_cluster: bool) -> Result<Vec<Value>, Fail> {
    let sorted = |flag: &str| -> BTreeSet<String> { k.flags.list(flag).iter().cloned().collect() };
    let (users, groups, accounts) = (sorted("user"), sorted("group"), sorted("serviceaccount"));
    if users.is_empty() && groups.is_empty() && accounts.is_empty() {
        return Err(Fail::plain("you must specify at least one value of user, group or serviceaccount"));
    }
    let named =
        |kind: &str, name: &String| json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name});
    let mut all: Vec<Value> = users.iter().map(|name| named("User", name)).collect();
    all.extend(groups.iter().map(|name| named("Group", name)));
    for account in &accounts {
        let problem = "serviceaccount must be <namespace>:<name>";
        let Some((namespace, name)) = account.split_once(':').filter(|(_, n)| !n.is_empty() && !n.contains(':')) else {
            return Err(Fail::plain(problem));
        };
        if namespace.is_empty() && of_cluster {
            return Err(Fail::plain(format!("{problem}, namespace must be specified")));
        }
        let namespace = if namespace.is_empty() { k.namespace().await? } else { namespace.to_owned() };
        all.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    Ok(all)
}
