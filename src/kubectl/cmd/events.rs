//! `kubectl events`. Models kubectl/pkg/cmd/events.

use serde_json::{Value, json};

use super::watch::{Ended, Events};
use crate::api::time;
use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::describe::interval;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::printers::{Printer, tabwriter};
use crate::kubectl::resource::items;
use crate::kubectl::spec::{self, Spec, run};
use crate::sim::Time;

/// The command.
pub const SPEC: Spec = Spec {
    name: "events",
    usage: "[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning] [options]",
    short: "List events",
    long: "Show what has happened, the latest last; with --for only to one object.",
    examples: "# Of the namespace\nkubectl events\n\n# Of one Pod, as it happens\nkubectl events --for pod/web --watch\n\n# Only what went wrong\nkubectl events --types=Warning",
    flags: &[FLAGS, spec::ALL_NAMESPACES, spec::PRINT],
    run: run!(events),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("chunk-size", Kind::Int, "500", "Fetch lists in pieces of this many objects."),
    Flag::text("for", "", "Object that the events are about: TYPE/NAME."),
    Flag::switch("no-headers", "No line of titles."),
    Flag::new("types", Kind::Slice, "", "Normal, Warning or both."),
    Flag::switch("watch", "Go on showing events as they happen.").short('w'),
];

async fn events(k: &Kubectl) -> Outcome {
    let types = k.flags.list("types");
    if types.iter().any(|kind| !kind.eq_ignore_ascii_case("Normal") && !kind.eq_ignore_ascii_case("Warning")) {
        return Err(Fail::plain("valid --types are Normal or Warning"));
    }
    let printer = Printer::of(k, false).await?;
    let about = about(k).await?;
    let path = match k.all_namespaces() {
        true => "/api/v1/events".to_owned(),
        false => format!("/api/v1/namespaces/{}/events", k.namespace().await?),
    };
    let query = match &about {
        Some((kind, _, name)) => {
            vec![("fieldSelector", format!("involvedObject.kind={kind},involvedObject.name={name}"))]
        }
        None => Vec::new(),
    };
    let list = k.client().await?.get(&path, &query).await?;
    let wanted = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        (types.is_empty() || types.iter().any(|one| one.eq_ignore_ascii_case(kind)))
            && about.as_ref().is_none_or(|(_, version, _)| event["involvedObject"]["apiVersion"] == *version)
    };
    let mut found: Vec<Value> = items(&list).into_iter().filter(wanted).collect();
    found.arrange_by_key(last_seen);
    let watching = k.flags.is("watch");
    if found.is_empty() && !watching {
        let place = match k.all_namespaces() {
            true => String::new(),
            false => format!(" in {} namespace", k.namespace().await?),
        };
        k.err(&format!("No events found{place}.\n")).await;
        return Ok(());
    }
    let now = k.process.sim().now();
    if let Some(printer) = &printer {
        let list = json!({"apiVersion": "v1", "items": found, "kind": "EventList", "metadata": list["metadata"]});
        k.out(&printer.print(&list, &k.flags)?).await;
    } else {
        let mut text = titles(k);
        text.extend(found.iter().map(|event| line(k, event, now)));
        k.out(&tabwriter::align(&text, tabwriter::GET)).await;
    }
    if !watching {
        return Ok(());
    }
    let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    let mut stream = Events::open(k, &path, &query, version, false).await?;
    loop {
        match stream.next().await {
            Ok(event) if event["type"] == "DELETED" || !wanted(&event["object"]) => {}
            Ok(event) => {
                let text = match &printer {
                    Some(printer) => printer.print(&event["object"], &k.flags)?,
                    None => tabwriter::align(&line(k, &event["object"], k.process.sim().now()), tabwriter::GET),
                };
                k.out(&text).await;
            }
            Err(Ended) => return Ok(()),
        }
    }
}

/// Kind, version and name of the object of `--for`.
async fn about(k: &Kubectl) -> Result<Option<(String, String, String)>, Fail> {
    let word = k.flags.text("for");
    if word.is_empty() {
        return Ok(None);
    }
    let Some((kind, name)) = word.split_once('/').filter(|(kind, name)| !kind.is_empty() && !name.is_empty()) else {
        return Err(Fail::plain("--for must be in resource/name form"));
    };
    let kind = k.resource(kind).await?;
    Ok(Some((kind.kind.to_string(), kind.api_version(), name.to_owned())))
}

fn last_seen(event: &Value) -> Time {
    let at = |value: &Value| value.as_str().and_then(time::parse);
    at(&event["series"]["lastObservedTime"])
        .or_else(|| at(&event["lastTimestamp"]))
        .or_else(|| at(&event["eventTime"]))
        .unwrap_or_default()
}

fn titles(k: &Kubectl) -> String {
    if k.flags.is("no-headers") {
        return String::new();
    }
    let namespace = if k.all_namespaces() { "NAMESPACE\t" } else { "" };
    format!("{namespace}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n")
}

fn line(k: &Kubectl, event: &Value, now: Time) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let namespace = if k.all_namespaces() { text(&event["metadata"]["namespace"]) + "\t" } else { String::new() };
    let object = &event["involvedObject"];
    format!(
        "{namespace}{}\t{}\t{}\t{}/{}\t{}\n",
        interval(event, now),
        text(&event["type"]),
        text(&event["reason"]),
        text(&object["kind"]),
        text(&object["name"]),
        text(&event["message"]).trim()
    )
}
