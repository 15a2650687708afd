//! `kubectl set env`. Models set_env.go.
//!
//! Diverges: `--from` and `--resolve` are refused.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::resource::{Builder, Info};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "env",
    usage: "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N [options]",
    short: "Update environment variables on a pod template",
    long: "Set environment variables of containers, or take them away: KEY- removes one.",
    examples: "# Set one\nkubectl set env deployment/web COLOR=blue\n\n# Show them\nkubectl set env deployment/web --list\n\n# Take one away\nkubectl set env deployment/web COLOR-",
    flags: &[FLAGS, super::FLAGS, spec::ALL, spec::SELECTOR, spec::FILES, spec::LOCAL, spec::DRY_RUN, spec::PRINT],
    run: run!(env),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("containers", "*", "Containers to change; * stands for any letters.").short('c'),
    Flag::text("env", "", "Variable to set: KEY=VALUE.").short('e'),
    Flag::text("from", "", "ConfigMap or Secret to take variables from."),
    Flag::switch("list", "Show the variables."),
    Flag::new("overwrite", crate::kubectl::flags::Kind::Bool, "true", "Change variables that are set."),
    Flag::switch("resolve", "Show the values that references have."),
];

async fn env(k: &Kubectl) -> Outcome {
    if !k.flags.text("from").is_empty() || k.flags.is("resolve") {
        return Err(Fail::plain("--from and --resolve are not simulated; give KEY=VALUE pairs"));
    }
    let args = &k.flags.args;
    let is_pair = |arg: &String| arg.contains('=') || arg.ends_with('-');
    let first = args.iter().position(is_pair).unwrap_or(args.len());
    let (resources, mut pairs) = (args[..first].to_vec(), args[first..].to_vec());
    if !k.flags.text("env").is_empty() {
        pairs.push(k.flags.text("env").to_owned());
    }
    let dry_run = k.dry_run().await?;
    let local = k.flags.is("local");
    if resources.is_empty() && k.flags.list("filename").is_empty() {
        return Err(Fail::plain("one or more resources must be specified as <resource> <name> or <resource>/<name>"));
    }
    let found = Builder::new(k).args(&resources).local(local).objects().await?;
    let mut fails = found.fails;
    for info in &found.infos {
        if k.flags.is("list") {
            list(k, info).await;
        } else if let Err(fail) = change(k, info, &pairs, local, dry_run).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}

async fn list(k: &Kubectl, info: &Info) {
    let Some(path) = super::pod_spec_path(info) else { return };
    let spec = super::pod_spec(&info.object, path);
    let containers =
        ["containers", "initContainers"].into_iter().flat_map(|key| spec[key].as_array().into_iter().flatten());
    let mut out = String::new();
    for container in containers {
        let name = container["name"].as_str().unwrap_or_default();
        out.push_str(&format!("# {} {}, container {name}\n", info.kind.kind, info.name));
        for variable in container["env"].as_array().into_iter().flatten() {
            let key = variable["name"].as_str().unwrap_or_default();
            let from = &variable["valueFrom"];
            out.push_str(&match () {
                () if from["secretKeyRef"].is_object() => {
                    let source = &from["secretKeyRef"];
                    format!("# {key} from secret {}, key {}\n", text(&source["name"]), text(&source["key"]))
                }
                () if from["configMapKeyRef"].is_object() => {
                    let source = &from["configMapKeyRef"];
                    format!("# {key} from configmap {}, key {}\n", text(&source["name"]), text(&source["key"]))
                }
                () if from["fieldRef"].is_object() => {
                    format!("# {key} from field path {}\n", text(&from["fieldRef"]["fieldPath"]))
                }
                () => format!("{key}={}\n", text(&variable["value"])),
            });
        }
    }
    k.out(&out).await;
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

async fn change(k: &Kubectl, info: &Info, pairs: &[String], local: bool, dry_run: crate::kubectl::DryRun) -> Outcome {
    let Some(path) = super::pod_spec_path(info) else {
        return Err(Fail::plain(format!("{} does not have a pod template", info.named())));
    };
    let spec = super::pod_spec(&info.object, path);
    let pattern = k.flags.text("containers");
    let (mut patch, mut changed) = (json!({}), (*info.object).clone());
    for key in ["initContainers", "containers"] {
        let mut list = Vec::new();
        for (at, container) in spec[key].as_array().into_iter().flatten().enumerate() {
            if !super::matches(pattern, text(&container["name"])) {
                continue;
            }
            let mut env: Vec<Value> = container["env"].as_array().cloned().unwrap_or_default();
            let mut entries = Vec::new();
            for pair in pairs {
                if let Some((name, value)) = pair.split_once('=') {
                    let entry = json!({"name": name, "value": value});
                    match env.iter_mut().find(|known| known["name"] == *name) {
                        Some(known) if *known == entry => continue,
                        Some(known) if !k.flags.is("overwrite") => {
                            return Err(Fail::plain(format!(
                                "'{name}' already has a value ({}), and --overwrite is false",
                                text(&known["value"])
                            )));
                        }
                        Some(known) => *known = entry.clone(),
                        None => env.push(entry.clone()),
                    }
                    entries.push(entry);
                } else if let Some(name) = pair.strip_suffix('-') {
                    let before = env.len();
                    env.retain(|known| known["name"] != *name);
                    if env.len() < before {
                        entries.push(json!({"$patch": "delete", "name": name}));
                    }
                }
            }
            if entries.is_empty() {
                continue;
            }
            changed = super::with_pod_spec(&changed, path, |spec| {
                if env.is_empty() {
                    if let Some(container) = spec[key][at].as_object_mut() {
                        container.remove("env");
                    }
                } else {
                    spec[key][at]["env"] = Value::Array(env);
                }
            });
            list.push(json!({"env": entries, "name": container["name"]}));
        }
        if !list.is_empty() {
            patch[key] = Value::Array(list);
        }
    }
    let words = ("env updated", "failed to patch env update to pod template: ");
    super::send(k, info, super::wrap(path, patch), changed, words, local, dry_run).await
}
