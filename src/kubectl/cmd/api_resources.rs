//! `kubectl api-resources` and `kubectl api-versions`. Models kubectl/pkg/cmd/apiresources.

use crate::api::Kind;
use crate::collections::Sort;
use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind as FlagKind};
use crate::kubectl::printers::tabwriter;
use crate::kubectl::resource::Mapper;
use crate::kubectl::spec::{Spec, run};

/// `kubectl api-resources`
pub const RESOURCES: Spec = Spec {
    name: "api-resources",
    usage: "[flags] [options]",
    short: "Print the supported API resources on the server",
    long: "List the types that the server knows, with their short names.",
    examples: "# All\nkubectl api-resources\n\n# Those in namespaces\nkubectl api-resources --namespaced=true",
    flags: &[FLAGS],
    run: run!(resources),
    ..Spec::EMPTY
};

/// `kubectl api-versions`
pub const VERSIONS: Spec = Spec {
    name: "api-versions",
    usage: "[options]",
    short: "Print the supported API versions on the server, in the form of \"group/version\"",
    long: "List the groups and versions that the server knows.",
    examples: "# All\nkubectl api-versions",
    run: run!(versions),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("api-group", "", "Only resources of this group."),
    Flag::switch("cached", "Use what is known already."),
    Flag::new("categories", FlagKind::Slice, "", "Only resources of these categories."),
    Flag::new("namespaced", FlagKind::Bool, "true", "Only resources that are in namespaces, or are not."),
    Flag::switch("no-headers", "No line of titles."),
    Flag::text("output", "", "wide or name.").short('o'),
    Flag::text("sort-by", "", "name or kind."),
    Flag::new("verbs", FlagKind::Slice, "", "Only resources with which this may be done."),
];

async fn resources(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    if !flags.args.is_empty() {
        return Err(Fail::usage(&k.path, format!("unexpected arguments: [{}]", flags.args.join(" "))));
    }
    let output = flags.text("output");
    if !matches!(output, "" | "wide" | "name") {
        return Err(Fail::plain(format!("--output {output} is not available in kubectl api-resources")));
    }
    if !matches!(flags.text("sort-by"), "" | "name" | "kind") {
        return Err(Fail::plain("--sort-by accepts only name or kind"));
    }
    let mapper = Mapper::discover(k).await?;
    let (verbs, categories) = (flags.list("verbs"), flags.list("categories"));
    // A resource that is served in several versions is listed in the one preferred.
    let mut seen = Vec::new();
    let mut kinds: Vec<&Kind> = mapper
        .iter()
        .map(|kind| &**kind)
        .filter(|kind| {
            let resource = kind.group_resource();
            let new = !seen.contains(&resource);
            seen.push(resource);
            new
        })
        .filter(|kind| !flags.given("api-group") || *kind.group == *flags.text("api-group"))
        .filter(|kind| !flags.given("namespaced") || kind.namespaced == flags.is("namespaced"))
        .filter(|kind| verbs.iter().all(|verb| kind.verbs.contains(verb)))
        .filter(|kind| categories.iter().all(|category| kind.categories.contains(category)))
        .filter(|kind| !kind.verbs.is_empty())
        .collect();
    match flags.text("sort-by") {
        "name" => kinds.arrange_by(|a, b| a.plural.cmp(&b.plural)),
        "kind" => kinds.arrange_by(|a, b| a.kind.cmp(&b.kind)),
        // As discovery gives them: by group, then by name.
        _ => kinds.arrange_by(|a, b| a.group.cmp(&b.group).then_with(|| a.plural.cmp(&b.plural))),
    }
    if output == "name" {
        let names: String = kinds.iter().map(|kind| kind.group_resource() + "\n").collect();
        k.out(&names).await;
        return Ok(());
    }
    let wide = output == "wide";
    let mut text = String::new();
    if !flags.is("no-headers") {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for kind in kinds {
        text.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}",
            kind.plural,
            kind.short_names.join(","),
            kind.api_version(),
            kind.namespaced,
            kind.kind
        ));
        if wide {
            text.push_str(&format!("\t{}\t{}", kind.verbs.join(","), kind.categories.join(",")));
        }
        text.push('\n');
    }
    k.out(&tabwriter::align(&text, tabwriter::GET)).await;
    Ok(())
}

async fn versions(k: &Kubectl) -> Outcome {
    if !k.flags.args.is_empty() {
        return Err(Fail::usage(&k.path, format!("unexpected arguments: [{}]", k.flags.args.join(" "))));
    }
    let groups = k.client().await?.get("/apis", &[]).await?;
    let mut all = vec!["v1".to_owned()];
    for group in groups["groups"].as_array().into_iter().flatten() {
        let versions = group["versions"].as_array().into_iter().flatten();
        all.extend(versions.filter_map(|version| version["groupVersion"].as_str().map(str::to_owned)));
    }
    all.arrange();
    k.out(&(all.join("\n") + "\n")).await;
    Ok(())
}
