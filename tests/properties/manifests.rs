//! Whatever a manifest says: it is refused in words or taken, and what was taken says the same when it is
//! written as YAML or JSON and read again.

use crate::learner;
use drydock::session::{Input, Session};
use drydock::sim::Duration;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A good manifest of each kind that learners write.
const GOOD: &str = include_str!("manifests.json");

/// One thing that is done to a manifest: where, as the way down from its root, and what.
#[derive(Clone, Debug)]
struct Change {
    way: Vec<usize>,
    deed: Deed,
}

#[derive(Clone, Debug)]
enum Deed {
    Remove,
    Put(Value),
    Rename(String),
    Twice,
    Wrap,
}

fn junk() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null])),
        Just(json!({ "": null })),
        Just(json!(-1)),
        Just(json!(0)),
        Just(json!(u64::MAX)),
        Just(json!(i64::MIN)),
        Just(json!(1e300)),
        Just(json!(0.1)),
        Just(json!("9223372036854775808")),
        Just(json!("1e99")),
        Just(json!("-5%")),
        Just(json!("x".repeat(300))),
        "\\PC{0,12}".prop_map(Value::from),
        "[a-z0-9./%-]{0,8}".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let deed = prop_oneof![
        3 => Just(Deed::Remove),
        6 => junk().prop_map(Deed::Put),
        1 => "[a-zA-Z]{0,6}".prop_map(Deed::Rename),
        1 => Just(Deed::Twice),
        1 => Just(Deed::Wrap),
    ];
    (proptest::collection::vec(0_usize..12, 1..9), deed).prop_map(|(way, deed)| Change { way, deed })
}

impl Change {
    /// Goes down as far as there is a way, and does it there.
    fn apply(&self, value: &mut Value) {
        let mut at = value;
        let (last, before) = self.way.split_last().unwrap();
        for step in before {
            let count = children(at);
            let deeper = count > 0 && children(child(at, step % count)) > 0;
            if !deeper {
                break;
            }
            at = child(at, step % count);
        }
        match at {
            Value::Object(fields) if !fields.is_empty() => {
                let key = fields.keys().nth(last % fields.len()).unwrap().clone();
                match &self.deed {
                    Deed::Remove => drop(fields.remove(&key)),
                    Deed::Put(value) => fields[&key] = value.clone(),
                    Deed::Wrap => fields[&key] = json!([fields[&key]]),
                    Deed::Rename(name) => {
                        let value = fields.remove(&key).unwrap();
                        fields.insert(name.clone(), value);
                    }
                    Deed::Twice => {
                        let value = fields[&key].clone();
                        fields.insert(format!("{key}2"), value);
                    }
                }
            }
            Value::Array(items) if !items.is_empty() => {
                let index = last % items.len();
                match &self.deed {
                    Deed::Remove => drop(items.remove(index)),
                    Deed::Put(value) => items[index] = value.clone(),
                    Deed::Wrap | Deed::Rename(_) => items[index] = json!({ "value": items[index] }),
                    Deed::Twice => items.push(items[index].clone()),
                }
            }
            _ => {}
        }
    }
}

fn children(value: &Value) -> usize {
    value.as_object().map(serde_json::Map::len).or_else(|| value.as_array().map(Vec::len)).unwrap_or(0)
}

fn child(value: &mut Value, index: usize) -> &mut Value {
    match value {
        Value::Object(fields) => fields.values_mut().nth(index).unwrap(),
        other => &mut other[index],
    }
}

/// Runs a command to its end: its exit status, what it printed.
pub fn run(session: &mut Session, command: &str) -> (i32, String) {
    learner::run(session, command, Duration::from_secs(120))
}

/// Has the API server look at what is in a file, and say what it would keep.
fn tried(session: &mut Session, path: &str, format: &str) -> Option<Value> {
    let command = format!("kubectl create --dry-run=server -o {format} -f {path} 2>errors");
    let (status, text) = run(session, &command);
    if status != 0 {
        assert_eq!(status, 1, "{text}");
        let (_, errors) = run(session, "cat errors");
        assert!(!errors.trim().is_empty(), "refused without a word");
        return None;
    }
    let path = format!("/root/kept.{format}");
    session.input(Input::Write { path: path.clone(), content: text, executable: false });
    let (status, text) = run(session, &format!("kubectl create --dry-run=client -o json -f {path} || cat {path}"));
    assert_eq!(status, 0);
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// Without what the server gives each time anew.
fn lasting(mut object: Value) -> Value {
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in ["uid", "creationTimestamp", "resourceVersion", "generation", "selfLink"] {
            meta.remove(field);
        }
    }
    object
}

proptest! {
    #![proptest_config(super::cases())]

    #[test]
    fn any_manifest_is_refused_or_survives_being_written(
        changed in proptest::collection::vec((0_usize..1000, proptest::collection::vec(change(), 0..4)), 6),
    ) {
        let good: Vec<Value> = serde_json::from_str(GOOD).unwrap();
        let mut session = super::session(3);
        // Its service accounts are there.
        session.advance(Duration::from_secs(5));
        let mut taken = Vec::new();
        for (which, changes) in changed {
            let mut manifest = good[which % good.len()].clone();
            changes.iter().for_each(|change| change.apply(&mut manifest));
            let content = manifest.to_string();
            session.input(Input::Write { path: "/root/given.json".into(), content: content.clone(), executable: false });
            let Some(kept) = tried(&mut session, "/root/given.json", "json") else {
                let (_, errors) = run(&mut session, "cat errors");
                prop_assert!(!changes.is_empty(), "a good manifest is refused: {}: {}", errors, content);
                continue;
            };
            for (from, format) in [("/root/kept.json", "yaml"), ("/root/kept.yaml", "json")] {
                let again = tried(&mut session, from, format);
                let again = again.ok_or_else(|| TestCaseError::fail(format!("what was kept is refused: {kept}")))?;
                prop_assert_eq!(lasting(kept.clone()), lasting(again));
            }
            taken.push(content);
        }
        // For real: whatever the controllers make of them, time goes on.
        for content in taken {
            session.input(Input::Write { path: "/root/given.json".into(), content, executable: false });
            run(&mut session, "kubectl apply -f /root/given.json");
            session.advance(Duration::from_secs(40));
            run(&mut session, "kubectl get all; kubectl describe -f /root/given.json; kubectl delete --wait=false -f /root/given.json");
        }
    }
}
