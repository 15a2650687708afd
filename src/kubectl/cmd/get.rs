//! `kubectl get`. Models kubectl/pkg/cmd/get/get.go.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value, json};

use super::watch::{Ended, Events};
use crate::api::Kind;
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind as FlagKind, quote};
use crate::kubectl::printers::{Printer, sort, table, tabwriter};
use crate::kubectl::resource::{
    Builder, Target, collection_path, items, kind_word, manifests_unchecked, object_path, or_namespace,
};
use crate::kubectl::spec::{self, Spec, run};
use crate::machine::HttpRequest;

/// The command.
pub const SPEC: Spec = Spec {
    name: "get",
    usage: "[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags] [options]",
    short: "Display one or many resources",
    long: "Show objects of the cluster: a table of what matters most, or all of it with -o yaml.\n\n Give a type, a type and names, or TYPE/NAME; -l and --field-selector choose among many.\n\n Use \"kubectl api-resources\" for a complete list of supported resources.",
    examples: "# The Pods of the namespace\nkubectl get pods\n\n# With their addresses and nodes\nkubectl get pods -o wide\n\n# One Deployment, in full\nkubectl get deployment web -o yaml\n\n# Several types at once\nkubectl get deploy,rs,pods -l app=web",
    flags: &[FLAGS, spec::ALL_NAMESPACES, spec::SELECTOR, spec::FIELDS, spec::FILES, spec::PRINT],
    run: run!(get),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("chunk-size", FlagKind::Int, "500", "Fetch lists in pieces of this many objects."),
    Flag::switch("ignore-not-found", "Objects that are not there are no error."),
    Flag::new("label-columns", FlagKind::Slice, "", "Labels to show as columns.").short('L'),
    Flag::switch("no-headers", "No line of titles."),
    Flag::switch("output-watch-events", "Show the kind of each event of a watch."),
    Flag::text("raw", "", "A path to ask the server for."),
    Flag::new("server-print", FlagKind::Bool, "true", "Let the server make the tables."),
    Flag::switch("show-kind", "Show the kind before each name."),
    Flag::switch("show-labels", "Show all labels as a last column."),
    Flag::text("sort-by", "", "JSONPath of the field to sort by."),
    Flag::text("subresource", "", "Subresource to fetch instead of the object."),
    Flag::switch("watch", "After the list, show changes as they happen.").short('w'),
    Flag::switch("watch-only", "Show only changes."),
];

async fn get(k: &Kubectl) -> Outcome {
    let raw = k.flags.text("raw").to_owned();
    if !raw.is_empty() {
        return get_raw(k, &raw).await;
    }
    let from_files = !k.flags.list("filename").is_empty() || !k.flags.text("kustomize").is_empty();
    if k.flags.args.is_empty() && !from_files {
        k.err("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n").await;
        return Err(Fail::usage(
            &k.path,
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).",
        ));
    }
    let watching = k.flags.is("watch") || k.flags.is("watch-only");
    if k.flags.is("output-watch-events") && !watching {
        return Err(Fail::usage(&k.path, "--output-watch-events option can only be used with --watch or --watch-only"));
    }
    let printer = Printer::of(k, true).await?.unwrap_or(Printer::Table { wide: false });
    let builder = Builder::new(k).type_alone();
    let targets = if from_files { file_targets(k).await? } else { builder.targets().await? };
    if watching {
        return watch(k, &builder, &targets, &printer).await;
    }
    if printer.needs_objects() {
        objects(k, &builder, &targets, &printer).await
    } else {
        tables(k, &builder, &targets, matches!(printer, Printer::Table { wide: true })).await
    }
}

async fn get_raw(k: &Kubectl, path: &str) -> Outcome {
    if !path.starts_with('/') {
        return Err(Fail::plain(format!(
            "--raw must be a valid URL path: parse {}: invalid URI for request",
            quote(path)
        )));
    }
    let response =
        k.client().await?.send(HttpRequest::new("GET", path).with_header("Accept", "application/json")).await?;
    let mut first = true;
    while let Some(chunk) = response.body.next_chunk(first).await {
        first = false;
        // A pipe that closes early ends the process by itself.
        let _ = k.process.write(1, &chunk).await;
    }
    Ok(())
}

async fn file_targets(k: &Kubectl) -> Result<Vec<Target>, Fail> {
    let found = k.infos_of(manifests_unchecked(k).await?).await?.all()?;
    Ok(found.into_iter().map(|info| Target::Named(info.kind, info.name)).collect())
}

/// A path and its query for what a target means.
async fn request(
    k: &Kubectl,
    builder: &Builder<'_>,
    target: &Target,
) -> Result<(Arc<Kind>, String, Vec<(&'static str, String)>), Fail> {
    match target {
        Target::Named(kind, name) => {
            let mut path = object_path(kind, &builder.namespace_for(kind).await?, name);
            if !k.flags.text("subresource").is_empty() {
                path = format!("{path}/{}", k.flags.text("subresource"));
            }
            Ok((Arc::clone(kind), path, Vec::new()))
        }
        Target::All(kind) => {
            let mut query = builder.query();
            query.push(("limit", k.flags.int("chunk-size").to_string()));
            Ok((Arc::clone(kind), collection_path(kind, &builder.namespace_for(kind).await?), query))
        }
    }
}

async fn tables(k: &Kubectl, builder: &Builder<'_>, targets: &[Target], wide: bool) -> Outcome {
    let client = k.client().await?;
    let sort_by = k.flags.text("sort-by");
    let mut fails = Vec::new();
    let mut pages: Vec<(Arc<Kind>, Value)> = Vec::new();
    for target in targets {
        let (kind, path, mut query) = request(k, builder, target).await?;
        if !sort_by.is_empty() {
            query.push(("includeObject", "Object".to_owned()));
        }
        loop {
            match client.table(&path, &query).await {
                Ok(page) => {
                    let next = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
                    pages.push((Arc::clone(&kind), as_table(&page)));
                    if next.is_empty() {
                        break;
                    }
                    query.retain(|(name, _)| *name != "continue");
                    query.push(("continue", next));
                    continue;
                }
                Err(fail) if fail.is_not_found() && k.flags.is("ignore-not-found") => {}
                Err(fail @ Fail::Api(_)) if matches!(target, Target::All(_)) => {
                    fails.push(builder.selector_fail(&kind, fail))
                }
                Err(fail @ Fail::Api(_)) => {
                    fails.push(or_namespace(k, &builder.namespace_for(&kind).await?, fail).await?);
                }
                Err(fail) => return Err(fail),
            }
            break;
        }
    }
    let all_namespaced = pages.iter().all(|(kind, _)| kind.namespaced) && !k.all_namespaces();
    let mut kinds: Vec<String> = pages.iter().map(|(kind, _)| kind_word(kind)).collect();
    kinds.dedup();
    let with_kind = k.flags.is("show-kind") || kinds.len() > 1;
    if !sort_by.is_empty() && !sorted(&mut pages, sort_by)? {
        // Upstream loses all rows where none has the field.
        pages.clear();
    }
    let mut out = String::new();
    let mut block = String::new();
    let mut last: Option<String> = None;
    for (kind, page) in &pages {
        if page["rows"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let word = kind_word(kind);
        let titles = last.as_ref() != Some(&word);
        if titles && last.is_some() {
            out.push_str(&tabwriter::align(&block, tabwriter::GET));
            out.push('\n');
            block.clear();
        }
        last = Some(word.clone());
        let options = table_options(k, kind, wide, with_kind.then_some(word), None);
        block.push_str(&table::lines(page, &options, titles));
    }
    out.push_str(&tabwriter::align(&block, tabwriter::GET));
    k.out(&out).await;
    if out.is_empty() && fails.is_empty() && !k.flags.is("ignore-not-found") {
        let place = if all_namespaced { format!(" in {} namespace", k.namespace().await?) } else { String::new() };
        k.err(&format!("No resources found{place}.\n").replace("found.\n", "found\n")).await;
    }
    Fail::join(fails)
}

fn table_options(
    k: &Kubectl,
    kind: &Kind,
    wide: bool,
    kind_prefix: Option<String>,
    event: Option<String>,
) -> table::TableOptions {
    table::TableOptions {
        no_headers: k.flags.is("no-headers"),
        wide,
        with_namespace: k.all_namespaces() && kind.namespaced,
        kind_prefix,
        show_labels: k.flags.is("show-labels"),
        label_columns: k.flags.list("label-columns"),
        event,
    }
}

/// What a server sends that cannot make tables, as a table of names and ages.
fn as_table(page: &Rc<Value>) -> Value {
    if page["kind"] == "Table" {
        return (**page).clone();
    }
    let objects = if page["items"].is_array() { items(page) } else { vec![(**page).clone()] };
    let rows: Vec<Value> = objects
        .into_iter()
        .map(|object| json!({"cells": [object["metadata"]["name"], object["metadata"]["creationTimestamp"]], "object": object}))
        .collect();
    json!({"kind": "Table", "metadata": page["metadata"], "rows": rows, "columnDefinitions": [
        {"name": "Name", "format": "name", "priority": 0}, {"name": "Created At", "priority": 0}]})
}

/// Sorts the rows of all pages; false where no row has the field.
fn sorted(pages: &mut [(Arc<Kind>, Value)], field: &str) -> Result<bool, Fail> {
    for (_, page) in pages {
        let rows: Vec<Value> = page["rows"].as_array().cloned().unwrap_or_default();
        let objects: Vec<&Value> = rows.iter().map(|row| &row["object"]).collect();
        match sort::order(&objects, field) {
            Ok(order) => page["rows"] = order.into_iter().map(|at| rows[at].clone()).collect(),
            Err(_) => return Ok(false),
        }
    }
    Ok(true)
}

async fn objects(k: &Kubectl, builder: &Builder<'_>, targets: &[Target], printer: &Printer) -> Outcome {
    let client = k.client().await?;
    let mut fails = Vec::new();
    let mut found: Vec<Value> = Vec::new();
    let mut single = matches!(targets, [Target::Named(..)]);
    for target in targets {
        let (kind, path, query) = request(k, builder, target).await?;
        match (client.get(&path, &query).await, target) {
            (Ok(object), Target::Named(..)) => found.push((*object).clone()),
            (Ok(list), Target::All(_)) => found.extend(items(&list)),
            (Err(fail), _) if fail.is_not_found() && k.flags.is("ignore-not-found") => {}
            (Err(fail @ Fail::Api(_)), Target::All(_)) => fails.push(builder.selector_fail(&kind, fail)),
            (Err(fail @ Fail::Api(_)), _) => {
                fails.push(or_namespace(k, &builder.namespace_for(&kind).await?, fail).await?);
            }
            (Err(fail), _) => return Err(fail),
        }
    }
    if found.is_empty() && (!fails.is_empty() || (single && k.flags.is("ignore-not-found"))) {
        return Fail::join(fails);
    }
    let sort_by = k.flags.text("sort-by");
    if !sort_by.is_empty() {
        let refs: Vec<&Value> = found.iter().collect();
        let order = sort::order(&refs, sort_by).map_err(Fail::Plain)?;
        found = order.into_iter().map(|at| found[at].clone()).collect();
    }
    single &= found.len() == 1;
    let text = if single {
        printer.print(&found[0], &k.flags)?
    } else {
        let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": found});
        printer.print(&list, &k.flags)?
    };
    k.out(&text).await;
    Fail::join(fails)
}

async fn watch(k: &Kubectl, builder: &Builder<'_>, targets: &[Target], printer: &Printer) -> Outcome {
    let [target] = targets else {
        return Err(Fail::plain("you may only specify a single resource type"));
    };
    let client = k.client().await?;
    let (kind, path, mut query) = match target {
        Target::All(_) => request(k, builder, target).await?,
        // One object is watched as a list of one.
        Target::Named(kind, name) => {
            let path = object_path(kind, &builder.namespace_for(kind).await?, name);
            if let Err(fail) = client.get(&path, &[]).await {
                return Err(or_namespace(k, &builder.namespace_for(kind).await?, fail).await?);
            }
            let query = vec![("fieldSelector", format!("metadata.name={name}"))];
            (Arc::clone(kind), collection_path(kind, &builder.namespace_for(kind).await?), query)
        }
    };
    query.retain(|(name, _)| *name != "limit");
    let as_tables = !printer.needs_objects();
    let wide = matches!(printer, Printer::Table { wide: true });
    let list = if as_tables { client.table(&path, &query).await } else { client.get(&path, &query).await };
    let list = list.map_err(|fail| builder.selector_fail(&kind, fail))?;
    let with_events = k.flags.is("output-watch-events");
    let show_kind = k.flags.is("show-kind").then(|| kind_word(&kind));
    let mut titles = true;
    let mut widths = Vec::new();
    if !k.flags.text("sort-by").is_empty() {
        k.err("warning: --watch requested, --sort-by will be ignored for watch events received\n").await;
    }
    if !k.flags.is("watch-only") {
        if as_tables {
            let mut page = vec![(Arc::clone(&kind), as_table(&list))];
            if !k.flags.text("sort-by").is_empty() {
                sorted(&mut page, k.flags.text("sort-by"))?;
            }
            let page = &page[0].1;
            if page["rows"].as_array().is_some_and(|rows| !rows.is_empty()) {
                let event = with_events.then(|| "ADDED   ".to_owned());
                let options = table_options(k, &kind, wide, show_kind.clone(), event);
                let text = table::lines(page, &options, titles);
                k.out(&tabwriter::align_remembering(&text, tabwriter::GET, &mut widths)).await;
                titles = false;
            }
        } else {
            for object in items(&list) {
                k.out(&event_text(printer, k, "ADDED", &object, with_events)?).await;
            }
        }
    }
    let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
    let mut events = Events::open(k, &path, &query, &version, as_tables).await?;
    let mut columns = list["columnDefinitions"].clone();
    loop {
        let event = match events.next().await {
            Ok(event) => event,
            Err(Ended) => return Ok(()),
        };
        let word = event["type"].as_str().unwrap_or_default();
        if word == "BOOKMARK" {
            continue;
        }
        if word == "ERROR" {
            return Err(Fail::Api(event["object"].clone()));
        }
        if !as_tables {
            k.out(&event_text(printer, k, word, &event["object"], with_events)?).await;
            continue;
        }
        let mut page = as_table(&Rc::new(event["object"].clone()));
        if page["columnDefinitions"].as_array().is_none_or(Vec::is_empty) {
            page["columnDefinitions"] = columns.clone();
        } else {
            columns = page["columnDefinitions"].clone();
        }
        let options = table_options(k, &kind, wide, show_kind.clone(), with_events.then(|| format!("{word:<8}")));
        let text = table::lines(&page, &options, titles);
        k.out(&tabwriter::align_remembering(&text, tabwriter::GET, &mut widths)).await;
        titles = false;
    }
}

fn event_text(printer: &Printer, k: &Kubectl, event: &str, object: &Value, with_event: bool) -> Result<String, Fail> {
    if with_event && matches!(printer, Printer::Json | Printer::Yaml) {
        return printer.print(&json!({"object": object, "type": event}), &k.flags);
    }
    let text = printer.print(object, &k.flags)?;
    Ok(match printer {
        Printer::Yaml => format!("---\n{text}"),
        _ => text,
    })
}
