//! The verbs. This is the only list of them, in the groups and the order of kubectl's help.

mod api_resources;
mod apply;
mod attach;
mod auth;
mod autoscale;
mod certificate;
mod cluster_info;
mod completion;
mod config;
mod cp;
mod create;
mod debug;
mod delete;
mod describe;
mod diff;
mod edit;
mod events;
mod evict;
mod exec;
mod explain;
mod expose;
mod get;
mod help;
mod kustomize;
mod label;
mod listening;
mod logs;
mod node;
mod patch;
mod plugin;
mod pods;
mod port_forward;
mod proxy;
mod reconcile;
mod refused;
mod replace;
mod rollout;
mod run;
mod scale;
mod set;
mod top;
mod version;
mod wait;
mod watch;

pub use plugin::run_plugin;

use super::fail::Fail;
use super::flags::quote;
use super::spec::Spec;

/// The command `kubectl` itself.
pub static ROOT: Spec = Spec {
    name: "kubectl",
    usage: "[flags] [options]",
    short: "kubectl controls the Kubernetes cluster manager",
    long: "kubectl controls the Kubernetes cluster manager.",
    subs: &ALL,
    ..Spec::EMPTY
};

/// The verbs as help groups them.
pub const GROUPS: &[(&str, &[&Spec])] = &[
    ("Basic Commands (Beginner):", BEGINNER),
    ("Basic Commands (Intermediate):", INTERMEDIATE),
    ("Deploy Commands:", DEPLOY),
    ("Cluster Management Commands:", CLUSTER),
    ("Troubleshooting and Debugging Commands:", TROUBLE),
    ("Advanced Commands:", ADVANCED),
    ("Settings Commands:", SETTINGS),
    ("Subcommands provided by plugins:", &[]),
    ("Other Commands:", OTHER),
];

const BEGINNER: &[&Spec] = &[&create::SPEC, &expose::SPEC, &run::SPEC, &set::SPEC];
const INTERMEDIATE: &[&Spec] = &[&explain::SPEC, &get::SPEC, &edit::SPEC, &delete::SPEC];
const DEPLOY: &[&Spec] = &[&rollout::SPEC, &scale::SPEC, &autoscale::SPEC];
const CLUSTER: &[&Spec] =
    &[&certificate::SPEC, &cluster_info::SPEC, &top::SPEC, &node::CORDON, &node::UNCORDON, &node::DRAIN, &node::TAINT];
const TROUBLE: &[&Spec] = &[
    &describe::SPEC,
    &logs::SPEC,
    &attach::SPEC,
    &exec::SPEC,
    &port_forward::SPEC,
    &proxy::SPEC,
    &cp::SPEC,
    &auth::SPEC,
    &debug::SPEC,
    &events::SPEC,
];
const ADVANCED: &[&Spec] = &[&diff::SPEC, &apply::SPEC, &patch::SPEC, &replace::SPEC, &wait::SPEC, &kustomize::SPEC];
const SETTINGS: &[&Spec] = &[&label::LABEL, &label::ANNOTATE, &completion::SPEC];
const OTHER: &[&Spec] = &[
    &api_resources::RESOURCES,
    &api_resources::VERSIONS,
    &config::SPEC,
    &refused::KUBERC,
    &plugin::SPEC,
    &version::SPEC,
];
/// Verbs that help does not list.
const HIDDEN: &[&Spec] = &[&help::HELP, &help::OPTIONS, &help::ALPHA];

const COUNT: usize = {
    let mut count = HIDDEN.len();
    let mut group = 0;
    while group < GROUPS.len() {
        count += GROUPS[group].1.len();
        group += 1;
    }
    count
};

/// All verbs, group by group.
static ALL: [&Spec; COUNT] = {
    let mut all = [&help::HELP; COUNT];
    let (mut at, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut member = 0;
        while member < GROUPS[group].1.len() {
            all[at] = GROUPS[group].1[member];
            at += 1;
            member += 1;
        }
        group += 1;
    }
    let mut member = 0;
    while member < HIDDEN.len() {
        all[at] = HIDDEN[member];
        at += 1;
        member += 1;
    }
    all
};

/// The refusal of a word that is no verb, with those it may have been meant for. Models cobra's
/// SuggestionsFor.
pub fn unknown(word: &str) -> Fail {
    let lower = word.to_lowercase();
    let near: Vec<String> = GROUPS
        .iter()
        .flat_map(|(_, members)| members.iter())
        .filter(|spec| distance(&lower, spec.name) <= 2 || spec.name.starts_with(&lower))
        .map(|spec| format!("\n\t{}", spec.name))
        .collect();
    let mut text = format!("unknown command {} for \"kubectl\"", quote(word));
    if !near.is_empty() {
        text.push_str(&format!("\n\nDid you mean this?{}", near.concat()));
    }
    Fail::plain(text)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (row[j] + 1).min(row[j + 1] + 1).min(corner + usize::from(x != *y));
            corner = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}
