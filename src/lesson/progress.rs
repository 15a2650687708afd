//! What a learner has done, to be kept and taken along. Nothing in it needs a clock.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::scenario::{Part, Scenario};

/// The version of the form that is written.
const VERSION: u32 = 1;
/// The largest saved progress that is read.
const MAX_BYTES: usize = 1024 * 1024;

/// A learner's progress through all scenarios, by the scenario's path in the course.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    version: u32,
    scenarios: BTreeMap<String, ScenarioProgress>,
}

/// Progress through one scenario. Steps are known by [`Part::key`], so that it survives a change of the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScenarioProgress {
    /// The step that is open; none means the intro.
    pub current: Option<String>,
    /// The steps that are passed.
    pub passed: BTreeSet<String>,
    /// How many hints were opened, by step.
    pub hints: BTreeMap<String, usize>,
    /// The steps whose solution was looked at.
    pub solutions: BTreeSet<String>,
    /// The answers given, by step and number of the question.
    pub predictions: BTreeMap<String, BTreeMap<usize, String>>,
    /// Whether the end was reached.
    pub finished: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Progress { version: VERSION, scenarios: BTreeMap::new() }
    }
}

impl Progress {
    /// Reads what [`Progress::to_json`] wrote; the text of the error says why it cannot.
    pub fn from_json(text: &str) -> Result<Progress, String> {
        if text.len() > MAX_BYTES {
            return Err("the saved progress is too large".to_owned());
        }
        let progress: Progress =
            serde_json::from_str(text).map_err(|error| format!("this is no saved progress: {error}"))?;
        match progress.version {
            VERSION => Ok(progress),
            other => {
                Err(format!("this progress was saved by another version (form {other}, this one reads {VERSION})"))
            }
        }
    }

    /// A text to save.
    pub fn to_json(&self) -> String {
        // Only maps with text keys and plain values: it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Progress through the scenario at `path`, if it was ever opened.
    pub fn scenario(&self, path: &str) -> Option<&ScenarioProgress> {
        self.scenarios.get(path)
    }

    /// The same, to change.
    pub fn scenario_mut(&mut self, path: &str) -> &mut ScenarioProgress {
        self.scenarios.entry(path.to_owned()).or_default()
    }

    /// Takes in what another saved progress has achieved.
    pub fn merge(&mut self, other: Progress) {
        for (path, theirs) in other.scenarios {
            let ours = self.scenarios.entry(path).or_default();
            if ours.current.is_none() || theirs.passed.len() > ours.passed.len() {
                ours.current = theirs.current.or(ours.current.take());
            }
            ours.passed.extend(theirs.passed);
            ours.solutions.extend(theirs.solutions);
            for (step, count) in theirs.hints {
                let hints = ours.hints.entry(step).or_default();
                *hints = count.max(*hints);
            }
            for (step, answers) in theirs.predictions {
                ours.predictions.entry(step).or_default().extend(answers);
            }
            ours.finished |= theirs.finished;
        }
    }
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
        let mut progress = Progress::default();
        let one = progress.scenario_mut("basics/scale");
        one.pass(&scenario, "deploy");
        assert_eq!((one.current.as_deref(), one.done(&scenario), one.finished), (Some("scale"), 1, false));
        one.pass(&scenario, "scale");
        assert_eq!((one.done(&scenario), one.finished), (2, true));
        assert_eq!(Progress::from_json(&progress.to_json()), Ok(progress));
    }

    #[test]
    fn a_changed_scenario() {
        let mut progress = ScenarioProgress::default();
        progress.pass(&scenario(&["old", "scale"]), "old");
        progress.pass(&scenario(&["old", "scale"]), "scale");
        progress.reconcile(&scenario(&["scale", "new"]));
        assert_eq!((progress.passed.len(), progress.finished), (1, false));
    }

    #[test]
    fn merging_keeps_the_most() {
        let scenario = scenario(&["a", "b", "c"]);
        let (mut mine, mut theirs) = (Progress::default(), Progress::default());
        mine.scenario_mut("x").pass(&scenario, "a");
        theirs.scenario_mut("x").pass(&scenario, "a");
        theirs.scenario_mut("x").pass(&scenario, "b");
        theirs.scenario_mut("y").hints.insert("a".to_owned(), 2);
        mine.merge(theirs);
        assert_eq!(mine.scenario("x").and_then(|one| one.current.as_deref()), Some("c"));
        assert_eq!(mine.scenario("y").map(|one| one.hints["a"]), Some(2));
    }

    #[test]
    fn foreign_text_is_refused() {
        for text in ["", "{}", "[]", "{\"version\":2,\"scenarios\":{}}", "{\"version\":1,\"scenarios\":[]}"] {
            assert!(Progress::from_json(text).is_err(), "{text}");
        }
    }
}
