//! What a learner has done, to be kept and taken along. Nothing in it needs a clock.

use serde::{Deserialize, Serialize};

use super::scenario::{Part, Scenario};
use crate::collections::{SortedMap, SortedSet};

/// Progress through one scenario. Steps are known by [`Part::key`], so that it survives a change of the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScenarioProgress {
    /// The step that is open; none means the intro.
    pub current: Option<String>,
    /// The steps that are passed.
    pub passed: SortedSet<String>,
    /// How many hints were opened, by step.
    pub hints: SortedMap<String, usize>,
    /// The steps whose solution was looked at.
    pub solutions: SortedSet<String>,
    /// The answers given, by step and number of the question.
    pub predictions: SortedMap<String, SortedMap<usize, String>>,
    /// Whether the end was reached.
    pub finished: bool,
}

impl ScenarioProgress {
    /// Notes that a step is passed and opens the next one.
    pub fn pass(&mut self, scenario: &Scenario, step: &str) {
        self.passed.insert(step.to_owned());
        let mut after = scenario.steps.iter().map(Part::key).skip_while(|key| *key != step).skip(1);
        match after.next() {
            Some(next) => self.current = Some(next.to_owned()),
            None => self.finished = true,
        }
    }

    /// How many of the scenario's steps are passed.
    pub fn done(&self, scenario: &Scenario) -> usize {
        scenario.steps.iter().filter(|step| self.passed.contains(step.key())).count()
    }

    /// Forgets steps that the scenario no longer has.
    pub fn reconcile(&mut self, scenario: &Scenario) {
        let known = |key: &String| scenario.steps.iter().any(|step| step.key() == key);
        self.passed.retain(known);
        self.solutions.retain(known);
        self.hints.retain(|key, _| known(key));
        self.predictions.retain(|key, _| known(key));
        self.current = self.current.take().filter(known);
        self.finished &= self.done(scenario) == scenario.steps.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(steps: &[&str]) -> Scenario {
        let part = |key: &&str| Part { text: Some(format!("{key}/text.md")), ..Part::default() };
        Scenario { steps: steps.iter().map(part).collect(), ..Scenario::default() }
    }

    #[test]
    fn a_way_through() {
        let scenario = scenario(&["deploy", "scale"]);
        let mut one = ScenarioProgress::default();
        one.pass(&scenario, "deploy");
        assert_eq!((one.current.as_deref(), one.done(&scenario), one.finished), (Some("scale"), 1, false));
        one.pass(&scenario, "scale");
        assert_eq!((one.done(&scenario), one.finished), (2, true));
        let saved = serde_json::to_string(&one).unwrap();
        assert_eq!(serde_json::from_str::<ScenarioProgress>(&saved).unwrap(), one);
        // What an older version did not save is as at the beginning.
        assert_eq!(serde_json::from_str::<ScenarioProgress>("{}").unwrap(), ScenarioProgress::default());
    }

    #[test]
    fn a_changed_scenario() {
        let mut progress = ScenarioProgress::default();
        progress.pass(&scenario(&["old", "scale"]), "old");
        progress.pass(&scenario(&["old", "scale"]), "scale");
        progress.reconcile(&scenario(&["scale", "new"]));
        assert_eq!((progress.passed.len(), progress.finished), (1, false));
    }
}
