//! `kubectl delete`. Models kubectl/pkg/cmd/delete/delete.go.

use serde_json::{Value, json};

use super::watch::{Ended, Events};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::resource::{Builder, Info, ONE_OR_MORE, Target, items, kind_word};
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{DryRun, Kubectl};
use crate::sim::{Duration, Time};

/// The command.
pub const SPEC: Spec = Spec {
    name: "delete",
    usage: "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)]) [options]",
    short: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    long: "Delete objects: those of a file, those named, or those that a selector chooses.\n\n Pods are given time to end; --grace-period says how much, --now means one second, --force means none.",
    examples: "# What a file holds\nkubectl delete -f pod.yaml\n\n# One Pod\nkubectl delete pod web-5bc7474869-jrnm6\n\n# All Services with a label\nkubectl delete service -l app=web",
    flags: &[FLAGS, spec::ALL, spec::ALL_NAMESPACES, spec::SELECTOR, spec::FIELDS, spec::FILES, spec::DRY_RUN],
    run: run!(delete),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("cascade", "background", "What depends on the objects: background, foreground or orphan.")
        .alone("background"),
    Flag::switch("force", "Do not wait for the objects to end."),
    Flag::new("grace-period", Kind::Int, "-1", "Seconds to give the objects to end; negative: their own."),
    Flag::switch("ignore-not-found", "Objects that are not there are no error."),
    Flag::switch("interactive", "Ask before deleting.").short('i'),
    Flag::switch("now", "Give the objects one second."),
    Flag::text("output", "", "Output: name.").short('o'),
    Flag::text("raw", "", "A path to send the deletion to."),
    Flag::new("timeout", Kind::Duration, "0s", "How long to wait."),
    Flag::new("wait", Kind::Bool, "true", "Wait until the objects are gone."),
];

const FORCED: &str = "Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.";

async fn delete(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    let dry_run = k.dry_run().await?;
    let cascade = match flags.text("cascade") {
        "background" | "true" => "Background",
        "foreground" => "Foreground",
        "orphan" | "false" => "Orphan",
        other => {
            return Err(Fail::plain(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            )));
        }
    };
    let grace = grace(k)?;
    if flags.is("all") && !flags.text("selector").is_empty() {
        return Err(Fail::plain("cannot set --all and --selector at the same time"));
    }
    if !matches!(flags.text("output"), "" | "name") {
        return Err(Fail::plain(format!(
            "unexpected -o output mode: {}. We only support '-o name'",
            flags.text("output")
        )));
    }
    if flags.args.is_empty() && flags.list("filename").is_empty() && flags.text("kustomize").is_empty() {
        return Err(Fail::plain(ONE_OR_MORE));
    }
    if flags.is("force") && grace == Some(0) {
        k.warn(FORCED).await;
    }
    let ignore = flags.is("ignore-not-found") || (flags.is("all") && !flags.given("ignore-not-found"));
    let (infos, mut fails) = wanted(k, ignore).await?;
    if flags.is("interactive") && !infos.is_empty() && dry_run == DryRun::None && !confirmed(k, &infos).await {
        k.out("deletion is cancelled\n").await;
        return Ok(());
    }
    let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": cascade});
    if let Some(grace) = grace {
        options["gracePeriodSeconds"] = json!(grace);
    }
    let mut gone = Vec::new();
    let none = infos.is_empty();
    for info in infos {
        if dry_run != DryRun::Client {
            match k.client().await?.delete(&info.path(), &dry_run.query(), options.clone()).await {
                Ok(answer) => gone.push((info.clone(), uid(&answer))),
                Err(fail) if ignore && fail.is_not_found() => continue,
                Err(fail) if info.source.is_empty() => {
                    fails.push(fail);
                    continue;
                }
                Err(fail) => {
                    fails.push(fail.before_api(&format!("error when deleting \"{}\": ", info.source)));
                    continue;
                }
            }
        }
        tell(k, &info, grace, dry_run).await;
    }
    if none && fails.is_empty() && !ignore {
        k.out("No resources found\n").await;
    } else if none && fails.is_empty() && flags.is("all") {
        k.out("No resources found\n").await;
    }
    // Whoever forces a deletion does not wait for it.
    if flags.is("wait") && dry_run == DryRun::None && !(flags.is("force") && grace == Some(0)) {
        let until = patience(k);
        for (info, uid) in gone {
            if let Err(fail) = until_gone(k, &info, &uid, until).await {
                fails.push(fail);
            }
        }
    }
    Fail::join(fails)
}

fn uid(answer: &Value) -> String {
    let uid = answer["metadata"]["uid"].as_str().or_else(|| answer["details"]["uid"].as_str());
    uid.unwrap_or_default().to_owned()
}

fn grace(k: &Kubectl) -> Result<Option<i64>, Fail> {
    let (mut grace, force) = (k.flags.int("grace-period"), k.flags.is("force"));
    if k.flags.is("now") {
        if grace != -1 {
            return Err(Fail::plain("--now and --grace-period cannot be specified together"));
        }
        grace = 1;
    }
    if grace == 0 && !force {
        // An object is only forgotten at once where the user insists.
        grace = 1;
    }
    if force && grace < 0 {
        grace = 0;
    }
    if force && grace > 0 {
        return Err(Fail::plain("--force and --grace-period greater than 0 cannot be specified together"));
    }
    Ok((grace >= 0).then_some(grace))
}

/// What is to be deleted. Named objects are not looked up first: the deletion itself tells.
async fn wanted(k: &Kubectl, ignore: bool) -> Result<(Vec<Info>, Vec<Fail>), Fail> {
    if !k.flags.list("filename").is_empty() || !k.flags.text("kustomize").is_empty() {
        let found = k.from_manifests(crate::kubectl::resource::manifests_unchecked(k).await?).await?;
        return Ok((found.infos, found.fails));
    }
    let builder = Builder::new(k);
    let (mut infos, mut fails) = (Vec::new(), Vec::new());
    for target in builder.targets().await? {
        match target {
            Target::Named(kind, name) => {
                let namespace = builder.namespace_for(&kind).await?;
                let object = json!({"metadata": {"name": name}});
                infos.push(Info { kind, namespace, name, object: object.into(), source: String::new() });
            }
            Target::All(kind) => {
                let namespace = builder.namespace_for(&kind).await?;
                let path = crate::kubectl::resource::collection_path(&kind, &namespace);
                match k.client().await?.get(&path, &builder.query()).await {
                    Ok(list) => infos.extend(items(&list).into_iter().map(|object| {
                        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
                        let (namespace, name) = (text("namespace"), text("name"));
                        Info { kind: kind.clone(), namespace, name, object: object.into(), source: String::new() }
                    })),
                    Err(fail) if ignore && fail.is_not_found() => {}
                    Err(fail) => fails.push(builder.selector_fail(&kind, fail)),
                }
            }
        }
    }
    Ok((infos, fails))
}

async fn confirmed(k: &Kubectl, infos: &[Info]) -> bool {
    k.out(&format!("You are about to delete the following {} resource(s):\n", infos.len())).await;
    for info in infos {
        k.out(&format!("{}/{}\n", kind_word(&info.kind), info.name)).await;
    }
    k.out("Do you want to continue? (y/N): ").await;
    let answer = k.process.read_line(0).await.ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&answer).trim().eq_ignore_ascii_case("y")
}

async fn tell(k: &Kubectl, info: &Info, grace: Option<i64>, dry_run: DryRun) {
    if k.flags.text("output") == "name" {
        k.out(&format!("{}\n", info.named())).await;
        return;
    }
    let done = if grace == Some(0) && k.flags.is("force") { "force deleted" } else { "deleted" };
    let place = match info.namespace.as_str() {
        "" => String::new(),
        namespace => format!(" from {namespace} namespace"),
    };
    k.out(&format!("{} \"{}\" {done}{place}{}\n", kind_word(&info.kind), info.name, dry_run.note())).await;
}

/// When `--timeout` runs out.
fn patience(k: &Kubectl) -> Option<Time> {
    let micros = u64::try_from(k.flags.duration("timeout")).ok().filter(|micros| *micros > 0)?;
    Some(k.process.sim().now() + Duration::from_micros(micros))
}

/// Waits until the object is gone, or another has taken its name.
pub async fn until_gone(k: &Kubectl, info: &Info, uid: &str, until: Option<Time>) -> Outcome {
    let client = k.client().await?;
    loop {
        let object = match client.get(&info.path(), &[]).await {
            Ok(object) => object,
            Err(fail) if fail.is_not_found() => return Ok(()),
            Err(fail) => return Err(fail),
        };
        if !uid.is_empty() && object["metadata"]["uid"] != *uid {
            return Ok(());
        }
        let query = [("fieldSelector", format!("metadata.name={}", info.name))];
        let version = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let mut events = Events::open(k, &info.collection(), &query, version, false).await?.until(until);
        loop {
            match events.next().await {
                Ok(event) if event["type"] == "DELETED" => return Ok(()),
                Ok(_) => {}
                Err(Ended) => break,
            }
        }
        if until.is_some_and(|until| k.process.sim().now() >= until) {
            let plural = &info.kind.plural;
            return Err(Fail::plain(format!("timed out waiting for the condition on {plural}/{}", info.name)));
        }
        k.process.sleep(Duration::from_secs(1)).await;
    }
}
