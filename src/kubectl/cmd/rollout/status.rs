//! `kubectl rollout status`. Models kubectl/pkg/polymorphichelpers/rollout_status.go.

use serde_json::Value;

use super::super::watch::Events;
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::resource::{Info, group_kind};
use crate::kubectl::spec::{self, Spec, run};
use crate::sim::Duration;

/// The command.
pub const SPEC: Spec = Spec {
    name: "status",
    usage: "(TYPE NAME | TYPE/NAME) [flags] [options]",
    short: "Show the status of the rollout",
    long: "Tell how far the latest rollout is, until it is done.",
    examples: "# Watch a rollout\nkubectl rollout status deployment/web",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR],
    run: run!(status),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("revision", Kind::Int, "0", "Only watch a rollout of this revision."),
    Flag::new("timeout", Kind::Duration, "0s", "How long to watch."),
    Flag::new("watch", Kind::Bool, "true", "Watch until it is done.").short('w'),
];

async fn status(k: &Kubectl) -> Outcome {
    let found = super::objects(k).await?;
    let mut fails = found.fails;
    if found.infos.is_empty() && fails.is_empty() {
        k.err(&format!("No resources found in {} namespace.\n", k.namespace().await?)).await;
        return Ok(());
    }
    for info in &found.infos {
        if let Err(fail) = follow(k, info).await {
            fails.push(fail);
        }
    }
    Fail::join(fails)
}

async fn follow(k: &Kubectl, info: &Info) -> Outcome {
    let revision = k.flags.int("revision");
    viewer(&info.kind)?;
    let client = k.client().await?;
    let query = [("fieldSelector", format!("metadata.name={}", info.name))];
    let list = client.get(&info.collection(), &query).await?;
    let Some(mut object) = list["items"].as_array().and_then(|items| items.first()).cloned() else {
        return Err(Fail::plain("object has been deleted"));
    };
    let (text, done) = progress(&info.kind.kind, &object, revision)?;
    k.out(&text).await;
    if done || !k.flags.is("watch") {
        return Ok(());
    }
    let patience = u64::try_from(k.flags.duration("timeout")).ok().filter(|micros| *micros > 0);
    let until = patience.map(|micros| k.process.sim().now() + Duration::from_micros(micros));
    let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    let mut events = Events::open(k, &info.collection(), &query, version, false).await?.until(until);
    while let Ok(event) = events.next().await {
        if event["type"] == "DELETED" {
            return Err(Fail::plain("object has been deleted"));
        }
        object = event["object"].clone();
        let (text, done) = progress(&info.kind.kind, &object, revision)?;
        k.out(&text).await;
        if done {
            return Ok(());
        }
    }
    Err(Fail::plain("timed out waiting for the condition"))
}

fn viewer(kind: &crate::api::Kind) -> Outcome {
    match &*kind.kind {
        "Deployment" | "DaemonSet" | "StatefulSet" => Ok(()),
        _ => Err(Fail::Verbatim(format!("no status viewer has been implemented for {}", group_kind(kind)))),
    }
}

/// What there is to say now, and whether the rollout is done.
fn progress(kind: &str, object: &Value, revision: i64) -> Result<(String, bool), Fail> {
    match kind {
        "Deployment" => deployment(object, revision),
        "DaemonSet" => Ok(daemon_set(object)?),
        _ => Ok(stateful_set(object)?),
    }
}

fn counts(object: &Value) -> (String, impl Fn(&str) -> i64 + '_, bool) {
    let name = quote(object["metadata"]["name"].as_str().unwrap_or_default());
    let status = &object["status"];
    let number = |key: &str| status[key].as_i64().unwrap_or(0);
    let observed = object["metadata"]["generation"].as_i64().unwrap_or(0) <= number("observedGeneration");
    (name, number, observed)
}

fn deployment(object: &Value, revision: i64) -> Result<(String, bool), Fail> {
    let (name, number, observed) = counts(object);
    if revision > 0 {
        let noted = &object["metadata"]["annotations"]["deployment.kubernetes.io/revision"];
        let running: i64 = noted.as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
        if running != revision {
            return Err(Fail::plain(format!(
                "desired revision ({revision}) is different from the running revision ({running})"
            )));
        }
    }
    if !observed {
        return Ok(("Waiting for deployment spec update to be observed...\n".to_owned(), false));
    }
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let mut progressing = conditions.filter(|condition| condition["type"] == "Progressing");
    if progressing.any(|condition| condition["reason"] == "ProgressDeadlineExceeded") {
        return Err(Fail::plain(format!("deployment {name} exceeded its progress deadline")));
    }
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let (updated, total, available) = (number("updatedReplicas"), number("replicas"), number("availableReplicas"));
    let waiting = |what: String| Ok((format!("Waiting for deployment {name} rollout to finish: {what}...\n"), false));
    if updated < wanted {
        return waiting(format!("{updated} out of {wanted} new replicas have been updated"));
    }
    if total > updated {
        return waiting(format!("{} old replicas are pending termination", total - updated));
    }
    if available < updated {
        return waiting(format!("{available} of {updated} updated replicas are available"));
    }
    Ok((format!("deployment {name} successfully rolled out\n"), true))
}

fn daemon_set(object: &Value) -> Result<(String, bool), Fail> {
    let (name, number, observed) = counts(object);
    if object["spec"]["updateStrategy"]["type"] != "RollingUpdate" {
        return Err(Fail::plain("rollout status is only available for RollingUpdate strategy type"));
    }
    if !observed {
        return Ok(("Waiting for daemon set spec update to be observed...\n".to_owned(), false));
    }
    let (wanted, updated) = (number("desiredNumberScheduled"), number("updatedNumberScheduled"));
    let waiting = |what: String| Ok((format!("Waiting for daemon set {name} rollout to finish: {what}...\n"), false));
    if updated < wanted {
        return waiting(format!("{updated} out of {wanted} new pods have been updated"));
    }
    if number("numberAvailable") < wanted {
        return waiting(format!("{} of {wanted} updated pods are available", number("numberAvailable")));
    }
    Ok((format!("daemon set {name} successfully rolled out\n"), true))
}

fn stateful_set(object: &Value) -> Result<(String, bool), Fail> {
    let (_, number, observed) = counts(object);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let strategy = &object["spec"]["updateStrategy"];
    if strategy["type"] != "RollingUpdate" {
        return Err(Fail::plain("rollout status is only available for RollingUpdate strategy type"));
    }
    if !observed || number("observedGeneration") == 0 {
        return Ok(("Waiting for statefulset spec update to be observed...\n".to_owned(), false));
    }
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
    if number("readyReplicas") < wanted {
        return Ok((format!("Waiting for {} pods to be ready...\n", wanted - number("readyReplicas")), false));
    }
    if strategy["rollingUpdate"].is_object() {
        let partition = strategy["rollingUpdate"]["partition"].as_i64().unwrap_or(wanted);
        if number("updatedReplicas") < wanted - partition {
            let (updated, all) = (number("updatedReplicas"), wanted - partition);
            return Ok((
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {all} new pods have been updated...\n"
                ),
                false,
            ));
        }
        return Ok((
            format!("partitioned roll out complete: {} new pods have been updated...\n", number("updatedReplicas")),
            true,
        ));
    }
    let (current, update) = (text(&object["status"]["currentRevision"]), text(&object["status"]["updateRevision"]));
    if current != update {
        return Ok((
            format!(
                "waiting for statefulset rolling update to complete {} pods at revision {update}...\n",
                number("updatedReplicas")
            ),
            false,
        ));
    }
    Ok((
        format!("statefulset rolling update complete {} pods at revision {current}...\n", number("currentReplicas")),
        true,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn deployments() {
        let object = |updated: i64, total: i64, available: i64| {
            json!({"metadata": {"name": "web", "generation": 2}, "spec": {"replicas": 3}, "status": {
                "observedGeneration": 2, "updatedReplicas": updated, "replicas": total, "availableReplicas": available}})
        };
        for (counts, words) in [
            ((1, 3, 3), "1 out of 3 new replicas have been updated"),
            ((3, 4, 3), "1 old replicas are pending termination"),
            ((3, 3, 2), "2 of 3 updated replicas are available"),
        ] {
            let (text, done) = deployment(&object(counts.0, counts.1, counts.2), 0).unwrap();
            assert_eq!(
                (text, done),
                (format!("Waiting for deployment \"web\" rollout to finish: {words}...\n"), false)
            );
        }
        assert_eq!(deployment(&object(3, 3, 3), 0).unwrap().0, "deployment \"web\" successfully rolled out\n");
    }
}
