//! `kubectl wait`. Models kubectl/pkg/cmd/wait.

use serde_json::Value;

use super::delete::until_gone;
use super::watch::Events;
use crate::api::jsonpath::{JsonPath, relaxed};
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::printers::jsonpath_texts;
use crate::kubectl::resource::{Builder, Info, Target};
use crate::kubectl::spec::{self, Spec, run};
use crate::sim::{Duration, Time};

/// The command.
pub const SPEC: Spec = Spec {
    name: "wait",
    usage: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]] [options]",
    short: "Wait for a specific condition on one or many resources",
    long: "Wait until a condition holds for every object named, or until --timeout has passed.",
    examples: "# A Pod is ready\nkubectl wait --for=condition=Ready pod/web\n\n# It is gone\nkubectl wait --for=delete pod/web --timeout=60s\n\n# A field has a value\nkubectl wait --for=jsonpath='{.status.phase}'=Running pod/web",
    flags: &[
        FLAGS,
        spec::ALL,
        spec::ALL_NAMESPACES,
        spec::SELECTOR,
        spec::FIELDS,
        spec::FILES,
        spec::LOCAL,
        spec::PRINT,
    ],
    run: run!(wait),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new(
        "for",
        Kind::Array,
        "",
        "What to wait for: create, delete, condition=NAME[=VALUE], jsonpath='{…}'[=VALUE].",
    ),
    Flag::new("timeout", Kind::Duration, "30s", "How long to wait; 0 looks once, negative is a week."),
];

/// What is waited for.
enum Wanted {
    Create,
    Delete,
    Condition(String, String),
    Path(JsonPath, Option<String>),
}

async fn wait(k: &Kubectl) -> Outcome {
    let wanted = wanted(&k.flags.list("for"))?;
    let micros = k.flags.duration("timeout");
    let span = if micros < 0 { Duration::from_secs(168 * 3600) } else { Duration::from_micros(micros.unsigned_abs()) };
    let until = k.process.sim().now() + span;
    let builder = Builder::new(k);
    if matches!(wanted, Wanted::Create) {
        created(k, &builder, until).await?;
    }
    let found = builder.objects().await?;
    if matches!(wanted, Wanted::Delete) {
        let fails: Vec<Fail> = found.fails.into_iter().filter(|fail| !fail.is_not_found()).collect();
        Fail::join(fails)?;
        return each(k, &found.infos, &wanted, until).await;
    }
    if found.infos.is_empty() && found.fails.is_empty() {
        return Err(Fail::plain("no matching resources found"));
    }
    let (infos, mut fails) = (found.infos, found.fails);
    match each(k, &infos, &wanted, until).await {
        Err(Fail::Many(more)) => fails.extend(more),
        Err(fail) => fails.push(fail),
        Ok(()) => {}
    }
    Fail::join(fails)
}

async fn each(k: &Kubectl, infos: &[Info], wanted: &Wanted, until: Time) -> Outcome {
    let mut fails = Vec::new();
    for info in infos {
        let outcome = match wanted {
            Wanted::Create => Ok(()),
            Wanted::Delete => {
                until_gone(k, info, info.object["metadata"]["uid"].as_str().unwrap_or_default(), Some(until)).await
            }
            _ => holds(k, info, wanted, until).await,
        };
        match outcome {
            Ok(()) => k.out(&format!("{} condition met\n", info.named())).await,
            Err(fail) => fails.push(fail),
        }
    }
    Fail::join(fails)
}

fn wanted(words: &[String]) -> Result<Wanted, Fail> {
    let [word] = words else {
        return Err(Fail::plain(if words.is_empty() {
            "unrecognized condition: []".to_owned()
        } else {
            "only one --for condition is simulated".to_owned()
        }));
    };
    if word.eq_ignore_ascii_case("delete") {
        return Ok(Wanted::Delete);
    }
    if word.eq_ignore_ascii_case("create") {
        return Ok(Wanted::Create);
    }
    if let Some(condition) = word.strip_prefix("condition=") {
        let (name, value) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(Wanted::Condition(name.to_lowercase(), value.to_lowercase()));
    }
    if let Some(path) = word.strip_prefix("jsonpath=") {
        let end = path.rfind('}').map_or(path.len(), |at| at + 1);
        let (path, value) = path.split_at(end);
        let value = match value.strip_prefix('=') {
            Some("") => return Err(Fail::plain("jsonpath wait has to have a value after equal sign")),
            Some(value) => Some(value.trim_matches(['\'', '"']).to_owned()),
            None if value.is_empty() => None,
            None => {
                return Err(Fail::plain(
                    "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
                ));
            }
        };
        let path = relaxed(path.trim_matches(['\'', '"'])).map_err(Fail::Plain)?;
        return Ok(Wanted::Path(JsonPath::parse(&path).map_err(Fail::Plain)?, value));
    }
    Err(Fail::plain(format!("unrecognized condition: {}", quote(word))))
}

/// Waits until every object named is there.
async fn created(k: &Kubectl, builder: &Builder<'_>, until: Time) -> Outcome {
    for target in builder.targets().await? {
        let (path, query, name) = match &target {
            Target::Named(kind, name) => {
                let path = crate::kubectl::resource::object_path(kind, &builder.namespace_for(kind).await?, name);
                (path, Vec::new(), format!("{}/{name}", kind.plural))
            }
            Target::All(kind) => {
                let path = crate::kubectl::resource::collection_path(kind, &builder.namespace_for(kind).await?);
                (path, builder.query(), kind.plural.to_string())
            }
        };
        loop {
            match k.client().await?.get(&path, &query).await {
                Ok(object) if object["items"].as_array().is_none_or(|items| !items.is_empty()) => break,
                Ok(_) => {}
                Err(fail) if fail.is_not_found() => {}
                Err(fail) => return Err(fail),
            }
            if k.process.sim().now() >= until {
                return Err(Fail::plain(format!("timed out waiting for the condition on {name}")));
            }
            k.process.sleep(Duration::from_millis(500)).await;
        }
    }
    Ok(())
}

/// Waits until a condition or a path is as wanted.
async fn holds(k: &Kubectl, info: &Info, wanted: &Wanted, until: Time) -> Outcome {
    let client = k.client().await?;
    let timed_out =
        || Fail::plain(format!("timed out waiting for the condition on {}/{}", info.kind.plural, info.name));
    let query = [("fieldSelector", format!("metadata.name={}", info.name))];
    loop {
        let list = client.get(&info.collection(), &query).await?;
        if let Some(object) = list["items"].as_array().and_then(|items| items.first()) {
            if is_so(object, wanted) {
                return Ok(());
            }
        } else {
            return Err(Fail::plain(format!("{} \"{}\" not found", info.kind.group_resource(), info.name)));
        }
        let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let mut events = Events::open(k, &info.collection(), &query, version, false).await?.until(Some(until));
        while let Ok(event) = events.next().await {
            if event["type"] == "DELETED" {
                return Err(timed_out());
            }
            if is_so(&event["object"], wanted) {
                return Ok(());
            }
        }
        if k.process.sim().now() >= until {
            return Err(timed_out());
        }
        k.process.sleep(Duration::from_secs(1)).await;
    }
}

fn is_so(object: &Value, wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Create | Wanted::Delete => false,
        Wanted::Condition(name, value) => {
            let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
            let mut conditions = object["status"]["conditions"].as_array().into_iter().flatten();
            conditions.any(|condition| {
                let lower = |key: &str| condition[key].as_str().unwrap_or_default().to_lowercase();
                let observed = condition["observedGeneration"]
                    .as_i64()
                    .or_else(|| object["status"]["observedGeneration"].as_i64());
                lower("type") == *name && lower("status") == *value && observed.is_none_or(|seen| seen >= generation)
            })
        }
        Wanted::Path(path, value) => {
            let found = jsonpath_texts(path, object);
            match value {
                None => !found.is_empty(),
                Some(value) => found.len() == 1 && found[0] == *value,
            }
        }
    }
}
