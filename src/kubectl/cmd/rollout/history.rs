//! `kubectl rollout history`. Models kubectl/pkg/polymorphichelpers/history.go.

use serde_json::Value;

use crate::kubectl::Kubectl;
use crate::kubectl::describe::{Page, pod_template};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::printers::{Printer, tabwriter};
use crate::kubectl::resource::group_kind;
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "history",
    usage: "(TYPE NAME | TYPE/NAME) [flags] [options]",
    short: "View rollout history",
    long: "Show the revisions that are kept, and what one of them was.",
    examples: "# All revisions\nkubectl rollout history deployment/web\n\n# One of them\nkubectl rollout history deployment/web --revision=2",
    flags: &[FLAGS, spec::FILES, spec::SELECTOR, spec::PRINT],
    run: run!(history),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[Flag::new("revision", Kind::Int, "0", "Show this revision in full.")];

/// Where the reason of a change is noted.
const CAUSE: &str = "kubernetes.io/change-cause";

async fn history(k: &Kubectl) -> Outcome {
    let revision = k.flags.int("revision");
    if revision < 0 {
        return Err(Fail::plain(format!("revision must be a positive integer: {revision}")));
    }
    let printer = Printer::of(k, false).await?;
    let found = super::objects(k).await?;
    let mut fails = found.fails;
    for info in &found.infos {
        if !matches!(&*info.kind.kind, "Deployment" | "DaemonSet" | "StatefulSet") {
            let kind = quote(&group_kind(&info.kind));
            fails.push(Fail::plain(format!("no history viewer has been implemented for {kind}")));
            continue;
        }
        let all = super::revisions(k, info).await?;
        let one = all.iter().find(|(number, _)| *number == revision);
        if let Some(printer) = &printer {
            match (revision, one) {
                (0, _) => {
                    for (_, object) in &all {
                        k.out(&printer.print(object, &k.flags)?).await;
                    }
                }
                (_, Some((_, object))) => k.out(&printer.print(object, &k.flags)?).await,
                _ => fails.push(Fail::plain("unable to find the specified revision")),
            }
            continue;
        }
        let text = match (revision, one) {
            (0, _) => format!("{} \n{}\n", info.named(), table(&all)),
            (_, Some((_, object))) => {
                format!("{} with revision #{revision}\n{}\n", info.named(), template(object, true))
            }
            _ => {
                fails.push(Fail::plain("unable to find the specified revision"));
                continue;
            }
        };
        k.out(&text).await;
    }
    Fail::join(fails)
}

fn cause(object: &Value) -> &str {
    match object["metadata"]["annotations"][CAUSE].as_str() {
        None | Some("") => "<none>",
        Some(cause) => cause,
    }
}

fn table(all: &[(i64, Value)]) -> String {
    if all.is_empty() {
        return "No rollout history found.\n".to_owned();
    }
    let mut text = "REVISION\tCHANGE-CAUSE\n".to_owned();
    text.extend(all.iter().map(|(revision, object)| format!("{revision}\t{}\n", cause(object))));
    tabwriter::align(&text, tabwriter::DESCRIBE)
}

/// The template of a revision, as `describe` words it but with its tabs.
pub fn template(object: &Value, with_cause: bool) -> String {
    let mut template = super::template_of(object).clone();
    if let Some(cause) =
        object["metadata"]["annotations"][CAUSE].as_str().filter(|cause| with_cause && !cause.is_empty())
    {
        template["metadata"]["annotations"][CAUSE] = cause.into();
    }
    let mut page = Page::default();
    pod_template(&mut page, &template);
    page.text()
}
