//! `kubectl config set` and `unset`: one property by its dotted name.
//!
//! Models set.go and navigation_step_parser.go. Diverges: where upstream prints addresses in memory of what
//! cannot be set, the names stand alone; `preferences` and `extensions` can only be unset as a whole.

use serde_json::json;

use super::{load, unexpected};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, parse_bool, quote};
use crate::kubectl::kubeconfig::{Kubeconfig, LISTS};
use crate::kubectl::spec::{Spec, run};
use crate::kubectl::{Kubectl, base64};

/// `kubectl config set`
pub static SET: Spec = Spec {
    name: "set",
    usage: "PROPERTY_NAME PROPERTY_VALUE [options]",
    short: "Set an individual value in a kubeconfig file",
    long: "Change one value of the kubeconfig: clusters.NAME.FIELD, contexts.NAME.FIELD, users.NAME.FIELD or \
current-context. Values of fields that end in -data are base64, or plain with --set-raw-bytes.",
    examples: "# Another address\nkubectl config set clusters.lab.server https://10.0.0.5:6443\n\n# The context in use\nkubectl config set current-context jane",
    flags: &[&[Flag::switch("set-raw-bytes", "The value of a -data field is plain.")]],
    run: run!(set),
    ..Spec::EMPTY
};

/// `kubectl config unset`
pub static UNSET: Spec = Spec {
    name: "unset",
    usage: "PROPERTY_NAME [options]",
    short: "Unset an individual value in a kubeconfig file",
    long: "Take a value out of the kubeconfig: clusters.NAME, users.NAME.FIELD, current-context and so on.",
    examples: "# No namespace any more\nkubectl config unset contexts.jane.namespace\n\n# No user jane any more\nkubectl config unset users.jane",
    run: run!(unset),
    ..Spec::EMPTY
};

/// What a field holds.
#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Text,
    Bytes,
    Bool,
    /// Something that has parts of its own, or a list.
    Other,
}

use Holds::{Bool, Bytes, Other, Text};

/// The fields of the entries of each of [`LISTS`], as client-go's types name them.
const FIELDS: [&[(&str, Holds)]; 3] = [
    &[
        ("server", Text),
        ("tls-server-name", Text),
        ("insecure-skip-tls-verify", Bool),
        ("certificate-authority", Text),
        ("certificate-authority-data", Bytes),
        ("proxy-url", Text),
        ("disable-compression", Bool),
        ("extensions", Other),
    ],
    &[("cluster", Text), ("user", Text), ("namespace", Text), ("extensions", Other)],
    &[
        ("client-certificate", Text),
        ("client-certificate-data", Bytes),
        ("client-key", Text),
        ("client-key-data", Bytes),
        ("token", Text),
        ("tokenFile", Text),
        ("act-as", Text),
        ("act-as-uid", Text),
        ("act-as-groups", Other),
        ("act-as-user-extra", Other),
        ("username", Text),
        ("password", Text),
        ("auth-provider", Other),
        ("exec", Other),
        ("extensions", Other),
    ],
];

/// What a dotted name means.
enum Property {
    Current,
    List(usize),
    Entry(usize, String),
    Field(usize, String, &'static str, Holds),
}

/// Reads a dotted name. The name of an entry may hold dots: it goes on to the first part that is a
/// field's name, or to the end.
fn property(path: &str) -> Result<Property, Fail> {
    let unknown = || Fail::plain(format!("unable to parse one or more field values of {path}"));
    let parts: Vec<&str> = path.split('.').collect();
    if parts[0] == "current-context" {
        return if parts.len() == 1 { Ok(Property::Current) } else { Err(unknown()) };
    }
    let Some(list) = LISTS.iter().position(|(list, ..)| *list == parts[0]) else {
        return Err(Fail::plain(format!("unable to parse {path} after [] at api.Config")));
    };
    let parts = &parts[1..];
    if parts.is_empty() {
        return Ok(Property::List(list));
    }
    let field = |part: &&str| FIELDS[list].iter().find(|(name, _)| name == part);
    let end = (1..parts.len()).find(|&at| field(&parts[at]).is_some()).unwrap_or(parts.len());
    let name = parts[..end].join(".");
    match parts.get(end).and_then(field) {
        None => Ok(Property::Entry(list, name)),
        Some(_) if parts.len() > end + 1 => Err(unknown()),
        Some((field, holds)) => Ok(Property::Field(list, name, field, *holds)),
    }
}

/// The name that a field has in the file: client-go's types say `act-as` where its files say `as`.
fn written(field: &str) -> &str {
    field.strip_prefix("act-").unwrap_or(field)
}

async fn set(k: &Kubectl) -> Outcome {
    let [name, value] = k.flags.args.as_slice() else { return Err(unexpected(k, &SET, "Unexpected args")) };
    if value.is_empty() {
        return Err(Fail::plain("you cannot use set to unset a property"));
    }
    if name.is_empty() {
        return Err(Fail::plain("you must specify a property"));
    }
    let (sources, mut config) = load(k).await?;
    match property(name)? {
        Property::Current => config.current.clone_from(value),
        Property::List(list) | Property::Entry(list, _) => {
            let names: Vec<&str> = config.lists[list].keys().map(String::as_str).collect();
            return Err(Fail::plain(format!("can't set a map to a value: map[{}]", names.join(" "))));
        }
        Property::Field(list, entry, field, holds) => {
            let value = match holds {
                Text => json!(value),
                Bool => json!(parse_bool(value).map_err(Fail::plain)?),
                Bytes if k.flags.is("set-raw-bytes") => json!(base64::encode(value.as_bytes())),
                Bytes => {
                    let bytes = base64::decode(value);
                    let bytes = bytes.map_err(|fault| Fail::plain(format!("error decoding input value: {fault}")))?;
                    json!(base64::encode(&bytes))
                }
                Other => return Err(Fail::plain("unrecognized slice type. string")),
            };
            config.lists[list].entry(entry).or_default().set(written(field), value);
        }
    }
    done(k, sources.modify(&k.process, &config, false).await, name, "set").await
}

async fn unset(k: &Kubectl) -> Outcome {
    let [name] = k.flags.args.as_slice() else { return Err(unexpected(k, &UNSET, "Unexpected args")) };
    if name.is_empty() {
        return Err(Fail::plain("you must specify a property"));
    }
    let (sources, mut config) = load(k).await?;
    take(&mut config, property(name)?)?;
    done(k, sources.modify(&k.process, &config, false).await, name, "unset").await
}

fn take(config: &mut Kubeconfig, property: Property) -> Outcome {
    match property {
        Property::Current => config.current.clear(),
        Property::List(list) => config.lists[list].clear(),
        Property::Entry(list, name) => drop(config.lists[list].remove(&name)),
        Property::Field(list, name, field, _) => {
            let Some(stanza) = config.lists[list].get_mut(&name) else {
                return Err(Fail::plain(format!("current map key `{name}` is invalid")));
            };
            stanza.fields.remove(written(field));
        }
    }
    Ok(())
}

async fn done(k: &Kubectl, outcome: Outcome, name: &str, word: &str) -> Outcome {
    outcome?;
    k.out(&format!("Property {} {word}.\n", quote(name))).await;
    Ok(())
}
