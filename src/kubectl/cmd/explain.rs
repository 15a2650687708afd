//! `kubectl explain`. Models kubectl/pkg/cmd/explain and pkg/explain/v2 (templates/plaintext.tmpl).
//!
//! What fields there are is known of the built-in kinds beforehand, and asked of the server for all
//! others. Diverges: fields of built-in kinds that have a list of values come without the paragraph
//! "Possible enum values", see the crate drydock-prose.

use std::sync::Arc;

use crate::api::schema::{Schema, Schemas, short_name};
use crate::api::{Kind, custom};
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, quote};
use crate::kubectl::spec::{Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "explain",
    usage: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2] [options]",
    short: "Get documentation for a resource",
    long: "List the fields of a kind, with their types. A field is named by its path: TYPE.FIELD.FIELD.",
    examples: "# A kind\nkubectl explain pods\n\n# A field\nkubectl explain pods.spec.containers\n\n# All fields\nkubectl explain deployment --recursive",
    flags: &[FLAGS],
    run: run!(explain),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("api-version", "", "Version of the type."),
    Flag::text("output", "plaintext", "plaintext or plaintext-openapiv2.").short('o'),
    Flag::switch("recursive", "All fields, without their descriptions."),
];

/// How wide descriptions are.
const WIDTH: usize = 76;
/// How many of a field's values a list of fields shows.
const SHOWN: usize = 4;

async fn explain(k: &Kubectl) -> Outcome {
    let word = match k.flags.args.as_slice() {
        [] => {
            return Err(Fail::plain(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
            ));
        }
        [word] => word,
        _ => return Err(Fail::plain("We accept only this format: explain RESOURCE")),
    };
    match k.flags.text("output") {
        "plaintext" | "plaintext-openapiv2" => {}
        other => {
            return Err(Fail::plain(format!("unrecognized format: {other}")));
        }
    }
    let (kind, path) = find(k, word).await?;
    let kind = version(k, kind).await?;
    let asked;
    let mut schemas = Schemas::builtin();
    if schemas.kind(&kind.group, &kind.version, &kind.kind).is_some() {
        schemas = Schemas::described().ok_or_else(|| {
            Fail::plain("the descriptions are a file of their own, which could not be read; is this site reachable?")
        })?;
    }
    let schema = match schemas.kind(&kind.group, &kind.version, &kind.kind) {
        Some((_, schema)) => schema,
        None => {
            asked = ask(k, &kind).await?;
            &asked
        }
    };
    let mut out = String::new();
    if !kind.group.is_empty() {
        out.push_str(&format!("GROUP:      {}\n", kind.group));
    }
    out.push_str(&format!("KIND:       {}\nVERSION:    {}\n\n", kind.kind, kind.version));
    let mut place = Place { schemas, field: schema, name: None };
    for name in &path {
        let inner = inside(schemas, place.field);
        match inner.properties.get(*name) {
            Some(field) => place = Place { schemas, field, name: Some(*name) },
            None => {
                let last = path.last().copied().unwrap_or_default();
                let fail = Fail::plain(format!("field {} does not exist", quote(last)));
                return Err(Fail::Told { stdout: out, fail: Box::new(fail) });
            }
        }
    }
    out.push_str(&page(&place, k.flags.is("recursive")));
    k.out(&out).await;
    Ok(())
}

/// A field, or without a name the whole kind.
struct Place<'a> {
    schemas: &'a Schemas,
    field: &'a Schema,
    name: Option<&'a str>,
}

/// The kind that the word begins with, and the fields that follow.
async fn find<'a>(k: &Kubectl, word: &'a str) -> Result<(Arc<Kind>, Vec<&'a str>), Fail> {
    let mut parts = word.split('.');
    let first = parts.next().unwrap_or(word);
    let rest: Vec<&str> = parts.collect();
    // A group may follow the name: `deployments.apps.spec`, `deployments.v1.apps.spec`.
    for length in (1..=rest.len()).rev() {
        let qualified = format!("{first}.{}", rest[..length].join("."));
        if let Some(kind) = k.mapper().await?.resource(&qualified) {
            return Ok((kind, rest[length..].to_vec()));
        }
    }
    match k.resource(first).await {
        Ok(kind) => Ok((kind, rest)),
        Err(Fail::Plain(_)) => Err(Fail::Verbatim(format!("the server doesn't have a resource type {}", quote(first)))),
        Err(fail) => Err(fail),
    }
}

/// The kind in the version that `--api-version` asks for.
async fn version(k: &Kubectl, kind: Arc<Kind>) -> Result<Arc<Kind>, Fail> {
    let wanted = k.flags.text("api-version");
    if wanted.is_empty() {
        return Ok(kind);
    }
    let known = k.mapper().await?.kind(wanted, &kind.kind);
    known.ok_or_else(|| Fail::plain(format!("couldn't find resource for \"{wanted}, Resource={}\"", kind.plural)))
}

/// What the server says of a kind that is not built in.
async fn ask(k: &Kubectl, kind: &Kind) -> Result<Schema, Fail> {
    let path = format!("/openapi/v3/apis/{}/{}", kind.group, kind.version);
    let document = k.client().await?.get(&path, &[]).await?;
    let mut schemas = document["components"]["schemas"].as_object().into_iter().flatten();
    let found = schemas.find(|(_, schema)| schema["x-kubernetes-group-version-kind"][0]["kind"] == *kind.kind);
    found.map(|(_, schema)| custom::schema_of_kind(schema)).ok_or_else(|| {
        let resource = format!("{}, Resource={}", kind.api_version(), kind.plural);
        Fail::plain(format!("GVR ({resource}) not found in OpenAPI schema"))
    })
}

/// What a field is in the end: through references, and lists and maps of it.
fn inside<'a>(schemas: &'a Schemas, field: &'a Schema) -> &'a Schema {
    let resolved = schemas.resolve(field);
    match resolved.items.as_deref().or(resolved.additional_properties.as_deref()) {
        Some(inner) if resolved.properties.is_empty() => inside(schemas, inner),
        _ => resolved,
    }
}

/// `string`, `[]Container`, `map[string]Quantity`.
fn type_name(field: &Schema) -> String {
    if let Some(items) = &field.items {
        return format!("[]{}", type_name(items));
    }
    if let Some(values) = &field.additional_properties {
        return format!("map[string]{}", type_name(values));
    }
    let resolved = Schemas::builtin().resolve(field);
    match (&*field.reference, &*resolved.type_) {
        ("", "" | "object") => "Object".to_owned(),
        (reference, "" | "object") => short_name(reference).to_owned(),
        (_, plain) => plain.to_owned(),
    }
}

fn page(place: &Place<'_>, recursive: bool) -> String {
    let field = place.field;
    let mut out = String::new();
    if let Some(name) = place.name {
        out.push_str(&format!("FIELD: {name} <{}>\n", type_name(field)));
        match field.values.is_empty() {
            true => out.push('\n'),
            false => out.push_str(&format!("ENUM:\n{}", indented(&values(field).join("\n"), 4))),
        }
        out.push('\n');
    }
    let inner = inside(place.schemas, field);
    let mut described = String::new();
    let ends = if std::ptr::eq(field, inner) { vec![field] } else { vec![field, inner] };
    for words in ends.into_iter().map(|schema| &schema.description).filter(|words| !words.is_empty()) {
        described.push_str(&format!("{words}\n"));
    }
    out.push_str("DESCRIPTION:\n");
    out.push_str(&if described.is_empty() { "    <empty>\n".to_owned() } else { indented(&wrapped(&described), 4) });
    if !inner.properties.is_empty() {
        out.push_str("FIELDS:\n");
        fields(place.schemas, inner, 1, recursive, &mut Vec::new(), &mut out);
    }
    out.push('\n');
    out
}

fn fields<'a>(
    schemas: &'a Schemas,
    of: &'a Schema,
    level: usize,
    recursive: bool,
    seen: &mut Vec<&'a str>,
    out: &mut String,
) {
    let indent = "  ".repeat(level);
    for (name, field) in &of.properties {
        let required = if of.required.contains(name) { " -required-" } else { "" };
        out.push_str(&format!("{indent}{name}\t<{}>{required}\n", type_name(field)));
        if !field.values.is_empty() {
            let mut shown = values(field);
            if shown.len() > SHOWN {
                shown.truncate(SHOWN);
                shown.push("....".to_owned());
            }
            out.push_str(&format!("{indent}enum: {}\n", shown.join(", ")));
        }
        if !recursive {
            match field.description.as_str() {
                "" => out.push_str("    <no description>\n"),
                words => out.push_str(&indented(&wrapped(words), 4)),
            }
            out.push('\n');
            continue;
        }
        // A type within itself is not gone into again.
        let reference = reference(field);
        if !reference.is_empty() && seen.contains(&reference) || level > custom::MAX_DEPTH {
            continue;
        }
        seen.push(reference);
        fields(schemas, inside(schemas, field), level + 1, true, seen, out);
        seen.pop();
    }
}

/// The values that may be, the empty text as one can see it.
fn values(field: &Schema) -> Vec<String> {
    field.values.iter().map(|value| if value.is_empty() { "\"\"".to_owned() } else { value.clone() }).collect()
}

/// The type that a field refers to, through lists and maps.
fn reference(field: &Schema) -> &str {
    match field.items.as_deref().or(field.additional_properties.as_deref()) {
        Some(inner) => reference(inner),
        None => &field.reference,
    }
}

fn indented(text: &str, by: usize) -> String {
    text.split('\n').map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

/// Breaks lines at spaces, where they get too long. Models mitchellh/go-wordwrap.
fn wrapped(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let mut current = String::new();
        let mut gap = String::new();
        for piece in line.split_inclusive(' ') {
            let word = piece.trim_end_matches(' ');
            let long = current.chars().count() + gap.chars().count() + word.chars().count() > WIDTH;
            if long && !current.is_empty() {
                lines.push(std::mem::take(&mut current));
                gap.clear();
            }
            current.push_str(&std::mem::take(&mut gap));
            current.push_str(word);
            gap.push_str(&piece[word.len()..]);
        }
        lines.push(current);
    }
    lines.join("\n")
}
