//! Scenarios recorded on a real Kubernetes 1.36 (`*.scn`, `*.jsonl`), replayed here and compared.
//!
//! What no two clusters share is masked on both sides. The comparison is blind to column padding,
//! to the order of lines and to ages: `tests/goldens` pins those.

mod mask;

use std::collections::BTreeMap;

use drydock::cli::{scenario, transcript};
use drydock::session::Config;
use drydock::sim::Time;
use serde_json::Value;

/// How alike two transcripts are.
#[derive(Debug)]
pub struct Score {
    /// Commands compared.
    pub commands: usize,
    /// Of these, how many agree in every line and in their exit status.
    pub exact: usize,
    /// Each command that differs, told for a person.
    pub differences: Vec<String>,
}

impl Score {
    /// The share of exact commands in percent, rounded down.
    pub fn percent(&self) -> usize {
        100 * self.exact / self.commands.max(1)
    }
}

fn commands(text: &str) -> Vec<Value> {
    let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records.filter(|record| record["kind"] == "cmd").collect()
}

fn lines(record: &Value) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for stream in ["stdout", "stderr"] {
        for line in record[stream].as_str().unwrap_or_default().split('\n').map(mask::mask) {
            if !line.trim().is_empty() {
                *lines.entry(line).or_default() += 1;
            }
        }
    }
    lines
}

/// Whether a command's output is a stream: how often it repeats a state is chance.
fn streams(command: &str) -> bool {
    command.contains("rollout status") || command.contains(" -w") || command.contains("--watch")
}

/// Compares the commands of two transcripts, one by one.
pub fn compare(recorded: &str, replayed: &str) -> Score {
    let mut score = Score { commands: 0, exact: 0, differences: Vec::new() };
    let ours = commands(replayed);
    for (at, want) in commands(recorded).iter().enumerate() {
        let prose = want["stdout"].as_str().is_some_and(|text| text.contains("\nUsage:\n"));
        if want["skip"] == true || prose {
            continue;
        }
        score.commands += 1;
        let have = ours.get(at).unwrap_or(&Value::Null);
        let (mut a, mut b) = (lines(want), lines(have));
        if streams(want["cmd"].as_str().unwrap_or_default()) {
            a.values_mut().chain(b.values_mut()).for_each(|count| *count = 1);
        }
        if a == b && want["exit"] == have["exit"] {
            score.exact += 1;
            continue;
        }
        let mut told = format!("$ {}   (exit {} real, {} ours)", want["cmd"], want["exit"], have["exit"]);
        for (sign, these, those) in [("-", &a, &b), ("+", &b, &a)] {
            for (line, count) in these.iter().filter(|(line, count)| those.get(*line) != Some(count)) {
                told += &format!("\n  {sign} {line} x{count}");
            }
        }
        score.differences.push(told);
    }
    score
}

/// Replays a scenario in a fresh world: JSON lines, as `drydock transcript` prints them.
pub fn replay(name: &str, scenario: &str) -> String {
    let config = Config { profile: "kubeadm".into(), seed: 1, start: Time::from_secs(1_795_164_114) };
    let steps = scenario::parse(scenario).unwrap();
    let mut lines = String::new();
    let emit = |record: Value| {
        lines += &format!("{record}\n");
        Ok(())
    };
    transcript::replay(transcript::world(config, &steps).unwrap(), name, &steps, emit).unwrap();
    lines
}

/// Scenarios that must agree, and in how many percent of their commands at least.
const RECORDED: &[(&str, &str, &str, usize)] =
    &[("basics-scale", include_str!("basics-scale.scn"), include_str!("basics-scale.jsonl"), 90)];

#[test]
fn recorded_scenarios_replay() {
    for (name, scenario, recorded, least) in RECORDED {
        let score = compare(recorded, &replay(name, scenario));
        let told = score.differences.join("\n\n");
        assert!(score.percent() >= *least, "{name}: {} %, but at least {least} %\n\n{told}", score.percent());
    }
}

#[test]
fn a_transcript_agrees_with_itself_and_a_changed_one_does_not() {
    let recorded = include_str!("basics-scale.jsonl");
    let score = compare(recorded, recorded);
    assert_eq!((score.commands, score.exact), (140, 140));
    let changed = recorded.replace("1/1     Running", "0/1     Pending");
    assert!(compare(recorded, &changed).percent() < 95);
    assert_eq!(compare(recorded, "").exact, 0);
}
