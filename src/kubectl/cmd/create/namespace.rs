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

/// `kubectl create poddisruptionbudget`
pub const BUDGET: Spec = Spec {
    name: "poddisruptionbudget",
    aliases: &["pdb"],
    usage: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none] [options]",
    short: "Create a pod disruption budget with the specified name",
    long: "Say how many of the Pods selected must keep running while nodes are drained.",
    examples: "# At least two\nkubectl create poddisruptionbudget web --selector=app=web --min-available=2",
    flags: &[BUDGET_FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(budget),
    ..Spec::EMPTY
};

const BUDGET_FLAGS: &[Flag] = &[
    Flag::text("max-unavailable", "", "How many Pods may be missing: a number or a percentage."),
    Flag::text("min-available", "", "How many Pods must be there: a number or a percentage."),
    Flag::text("selector", "", "Labels of the Pods."),
];

async fn budget(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let (most, least, selector) =
        (k.flags.text("max-unavailable"), k.flags.text("min-available"), k.flags.text("selector"));
    if selector.is_empty() {
        return Err(Fail::plain("a selector must be specified"));
    }
    if most.is_empty() && least.is_empty() {
        return Err(Fail::plain("one of min-available or max-unavailable must be specified"));
    }
    if !most.is_empty() && !least.is_empty() {
        return Err(Fail::plain("min-available and max-unavailable cannot be both specified"));
    }
    let mut labels = Map::new();
    for pair in selector.split(',') {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Fail::plain(format!("invalid selector {pair}, expected key=value")))?;
        labels.insert(key.to_owned(), json!(value));
    }
    let amount = |text: &str| text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
    let mut spec = json!({"selector": {"matchLabels": labels}});
    match most {
        "" => spec["minAvailable"] = amount(least),
        most => spec["maxUnavailable"] = amount(most),
    }
    let object = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec, "status": {}});
    super::send(k, object, "failed to create poddisruptionbudgets: ").await
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
