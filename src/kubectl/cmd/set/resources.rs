//! `kubectl set resources`. Models set_resources.go.

use serde_json::{Map, Value, json};

use crate::api::Quantity;
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::resource::{Builder, Info, ONE_OR_MORE};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "resources",
    usage: "(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS] [options]",
    short: "Update resource requests/limits on objects with pod templates",
    long: "Say what containers ask for and how much they may use. 0 takes a limit away.",
    examples: "# Limits\nkubectl set resources deployment/web -c=nginx --limits=cpu=200m,memory=512Mi",
    flags: &[FLAGS, super::FLAGS, spec::ALL, spec::SELECTOR, spec::FILES, spec::LOCAL, spec::DRY_RUN, spec::PRINT],
    run: run!(resources),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("containers", "*", "Containers to change; * stands for any letters.").short('c'),
    Flag::text("limits", "", "How much the containers may use."),
    Flag::text("requests", "", "How much the containers ask for."),
];

async fn resources(k: &Kubectl) -> Outcome {
    let dry_run = k.dry_run().await?;
    let (limits, requests) = (k.flags.text("limits"), k.flags.text("requests"));
    if k.flags.args.is_empty() && k.flags.list("filename").is_empty() {
        return Err(Fail::plain(ONE_OR_MORE));
    }
    if limits.is_empty() && requests.is_empty() {
        return Err(Fail::plain(
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ));
    }
    let amounts = [("limits", amounts(limits)?), ("requests", amounts(requests)?)];
    let local = k.flags.is("local");
    let found = Builder::new(k).local(local).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        if let Err(fail) = change(k, info, &amounts, local, dry_run).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}

fn amounts(text: &str) -> Result<Map<String, Value>, Fail> {
    let mut amounts = Map::new();
    for pair in text.split(',').filter(|pair| !pair.is_empty()) {
        let (name, amount) = pair
            .split_once('=')
            .ok_or_else(|| Fail::plain(format!("invalid argument syntax {pair}, expected <resource>=<value>")))?;
        if Quantity::parse(amount).is_none() {
            return Err(Fail::plain(crate::api::quantity::FORMAT_ERROR));
        }
        amounts.insert(name.to_owned(), json!(amount));
    }
    Ok(amounts)
}

async fn change(
    k: &Kubectl,
    info: &Info,
    amounts: &[(&str, Map<String, Value>); 2],
    local: bool,
    dry_run: crate::kubectl::DryRun,
) -> Outcome {
    let Some(path) = super::pod_spec_path(info) else {
        return Err(Fail::plain(format!("{} does not have a pod template", info.named())));
    };
    let spec = super::pod_spec(&info.object, path);
    let pattern = k.flags.text("containers");
    let (mut patch, mut changed) = (json!({}), (*info.object).clone());
    let mut any = false;
    for key in ["initContainers", "containers"] {
        let mut list = Vec::new();
        for (at, container) in spec[key].as_array().into_iter().flatten().enumerate() {
            let name = container["name"].as_str().unwrap_or_default();
            if !super::matches(pattern, name) {
                continue;
            }
            any = true;
            let mut resources = json!({});
            for (kind, wanted) in amounts.iter().filter(|(_, wanted)| !wanted.is_empty()) {
                resources[*kind] = Value::Object(wanted.clone());
                changed = super::with_pod_spec(&changed, path, |spec| {
                    for (name, amount) in wanted {
                        spec[key][at]["resources"][*kind][name] = amount.clone();
                    }
                });
            }
            list.push(json!({"name": name, "resources": resources}));
        }
        if !list.is_empty() {
            patch[key] = Value::Array(list);
        }
    }
    if !any {
        return Err(Fail::plain(format!("unable to find container named {pattern}")));
    }
    let words = ("resource requirements updated", "failed to patch resources update to pod template ");
    super::send(k, info, super::wrap(path, patch), changed, words, local, dry_run).await
}
