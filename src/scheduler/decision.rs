//! What the scheduler thought, kept to be shown.

use std::collections::VecDeque;
use std::sync::Arc;

use super::filter::Rejection;
use super::preemption::Outcome;
use super::volume_binding;
use crate::api::Key;
use crate::collections::{Sort, SortedMap};
use crate::sim::Time;

/// How many decisions are kept.
const KEPT: usize = 64;

/// How one Pod was looked at.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The Pod.
    pub pod: Key,
    /// When.
    pub at: Time,
    /// The change that made the Pod be looked at.
    pub because: Option<u64>,
    /// Why no node was looked at, and how many there were.
    pub refused: Option<(String, usize)>,
    /// The nodes that were looked at.
    pub candidates: Vec<Candidate>,
}

/// How one node did.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The node.
    pub node: Arc<str>,
    /// Why it was out, if it was.
    pub rejection: Option<Rejection>,
    /// Its scores, in the order of [`super::SCORES`]; none where it was the only one.
    pub scores: Vec<i64>,
    /// The weighted sum.
    pub total: i64,
    /// Whether it was chosen.
    pub chosen: bool,
}

impl Candidate {
    pub(super) fn rejected(node: &Arc<str>, rejection: Rejection) -> Candidate {
        let (scores, total) = (Vec::new(), 0);
        Candidate { node: Arc::clone(node), rejection: Some(rejection), scores, total, chosen: false }
    }

    pub(super) fn scored(node: &Arc<str>, scores: Vec<i64>, total: i64, chosen: bool) -> Candidate {
        Candidate { node: Arc::clone(node), rejection: None, scores, total, chosen }
    }
}

impl Decision {
    /// The node that was chosen.
    pub fn chosen(&self) -> Option<Arc<str>> {
        self.candidates.iter().find(|one| one.chosen).map(|one| Arc::clone(&one.node))
    }

    /// The plugins that kept the Pod from nodes.
    pub(super) fn plugins(&self) -> Vec<&'static str> {
        let mut plugins: Vec<&'static str> = Vec::new();
        plugins.extend(self.refused.as_ref().map(|_| volume_binding::PLUGIN));
        for rejection in self.candidates.iter().filter_map(|one| one.rejection.as_ref()) {
            if !plugins.contains(&rejection.plugin) {
                plugins.push(rejection.plugin);
            }
        }
        plugins
    }

    /// Why none was, in the words of the Pod's event (FitError), and what came of preemption.
    pub(super) fn failure(&self, preemption: &Outcome) -> String {
        if let Some((why, total)) = &self.refused {
            return format!("0/{total} nodes are available: {why}. not found");
        }
        let total = self.candidates.len();
        if total == 0 {
            return "no nodes available to schedule pods".to_owned();
        }
        let rejections = self.candidates.iter().filter_map(|one| one.rejection.as_ref());
        let reasons = counted(rejections.flat_map(|rejection| rejection.reasons.iter().copied()));
        let failed = format!("0/{total} nodes are available: {reasons}.");
        let why: &str = match preemption {
            Outcome::Nominated(_) => return failed,
            Outcome::NotEligible(why) => why,
            Outcome::NoCandidates(why) => why,
        };
        format!("{failed} no new claims to deallocate, preemption: {why}")
    }
}

/// `1 this, 2 that`, in the order of the text.
pub(super) fn counted<'a>(reasons: impl Iterator<Item = &'a str>) -> String {
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let mut texts: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    texts.arrange();
    texts.join(", ")
}

/// The latest decisions.
#[derive(Debug, Default)]
pub(super) struct Log(VecDeque<Decision>);

impl Log {
    pub(super) fn push(&mut self, decision: Decision) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(decision);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Decision> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_failure() {
        let out = |plugin, reason, resolvable| Rejection { plugin, reasons: vec![reason], resolvable };
        let candidate = |name: &str, rejection| Candidate::rejected(&name.into(), rejection);
        let decision = Decision {
            pod: Key::new("default", "big"),
            at: Time(0),
            because: None,
            refused: None,
            candidates: vec![
                candidate("node01", out("NodeResourcesFit", "Insufficient cpu", false)),
                candidate("node02", out("NodeResourcesFit", "Insufficient cpu", false)),
                candidate("controlplane", out("TaintToleration", "node(s) had untolerated taint(s)", false)),
            ],
        };
        let failed = "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.";
        assert_eq!(decision.failure(&Outcome::Nominated("node01".into())), failed);
        let why = "not eligible due to preemptionPolicy=Never.";
        let told = format!("{failed} no new claims to deallocate, preemption: {why}");
        assert_eq!(decision.failure(&Outcome::NotEligible(why)), told);
    }
}
