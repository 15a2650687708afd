//! The verbs. This is the only list of them, in the groups and the order of kubectl's help.

pub mod create;
pub mod delete;
pub mod describe;
pub mod events;
pub mod exec;
pub mod expose;
pub mod get;
pub mod label;
pub mod logs;
mod pods;
pub mod scale;
mod session;
pub mod watch;

use super::fail::Fail;
use super::flags::quote;
use super::spec::Spec;

/// The command `kubectl` itself.
pub const ROOT: Spec = Spec {
    name: "kubectl",
    usage: "[flags] [options]",
    short: "kubectl controls the Kubernetes cluster manager",
    long: "kubectl controls the Kubernetes cluster manager.",
    subs: ALL,
    ..Spec::EMPTY
};

/// The verbs as help groups them.
pub const GROUPS: &[(&str, &[&Spec])] = &[(
    "Basic Commands (Intermediate):",
    &[
        &get::SPEC,
        &describe::SPEC,
        &create::SPEC,
        &delete::SPEC,
        &expose::SPEC,
        &scale::SPEC,
        &label::LABEL,
        &label::ANNOTATE,
        &logs::SPEC,
        &events::SPEC,
        &exec::SPEC,
    ],
)];

const ALL: &[&Spec] = &[
    &get::SPEC,
    &describe::SPEC,
    &create::SPEC,
    &delete::SPEC,
    &expose::SPEC,
    &scale::SPEC,
    &label::LABEL,
    &label::ANNOTATE,
    &logs::SPEC,
    &events::SPEC,
    &exec::SPEC,
];

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
