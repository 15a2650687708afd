//! `kubectl create namespace`, `serviceaccount` and `quota`: little more than a name.

use serde_json::{Map, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{self, Spec, run};

/// `kubectl create namespace`
pub const SPEC: Spec = Spec {
    name: "namespace",
    aliases: &["ns"],
    usage: "NAME [--dry-run=server|client|none] [options]",
    short: "Create a namespace with the specified name",
    long: "Create a namespace of the given name.",
    examples: "# A namespace\nkubectl create namespace team-a",
    flags: &[spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(namespace),
    ..Spec::EMPTY
};

async fn namespace(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}});
    super::send(k, object, "").await
}

/// `kubectl create serviceaccount`
pub const SERVICE_ACCOUNT: Spec = Spec {
    name: "serviceaccount",
    aliases: &["sa"],
    usage: "NAME [--dry-run=server|client|none] [options]",
    short: "Create a service account with the specified name",
    long: "Create a service account of the given name.",
    examples: "# A service account\nkubectl create serviceaccount builder",
    flags: &[spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(service_account),
    ..Spec::EMPTY
};

async fn service_account(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let object = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
    super::send(k, object, "failed to create serviceaccount: ").await
}

/// `kubectl create quota`
pub const QUOTA: Spec = Spec {
    name: "quota",
    aliases: &["resourcequota"],
    usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none] [options]",
    short: "Create a quota with the specified name",
    long: "Create a resource quota of the given name and hard limits.",
    examples: "# At most two Pods\nkubectl create quota small --hard=pods=2",
    flags: &[QUOTA_FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(quota),
    ..Spec::EMPTY
};

const QUOTA_FLAGS: &[Flag] = &[
    Flag::text("hard", "", "Limits: name=amount, separated by commas."),
    Flag::text("scopes", "", "Scopes that each Pod must be in."),
];

async fn quota(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let mut hard = Map::new();
    for pair in k.flags.text("hard").split(',').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Fail::plain(format!("Invalid argument syntax {pair}, expected <resource>=<value>")))?;
        hard.insert(key.to_owned(), json!(value));
    }
    let mut spec = json!({});
    if !hard.is_empty() {
        spec["hard"] = hard.into();
    }
    if !k.flags.text("scopes").is_empty() {
        spec["scopes"] = json!(k.flags.text("scopes").split(',').collect::<Vec<_>>());
    }
    let object =
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec, "status": {}});
    super::send(k, object, "failed to create quota: ").await
}
