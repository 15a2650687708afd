//! What the lessons must teach about workloads, row by row: every command of a scenario succeeds.
//!
//! A line that begins with `!` is a command that must fail. The documents that learners follow are not
//! part of this repository; where they lie beside it, their manifests are applied as they stand.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::transcripts::replay;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn commands(name: &str, scenario: &str) -> Vec<Value> {
    let records: Vec<Value> = replay(name, scenario).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    records.into_iter().filter(|record| record["kind"] == "cmd").collect()
}

fn failures(name: &str, scenario: &str) -> Vec<String> {
    let failed = commands(name, scenario).into_iter().filter(|record| record["exit"] != 0);
    failed.map(|one| format!("{name}: {}\n{}{}", one["cmd"], one["stdout"], one["stderr"])).collect()
}

#[test]
fn every_row_holds() {
    let mut failed = Vec::new();
    for entry in root().join("tests/subjects").read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "scn") {
            let scenario = std::fs::read_to_string(&path).unwrap();
            failed.extend(failures(&path.file_stem().unwrap().to_string_lossy(), &scenario));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The manifests in a text: from their first line to the next empty one.
fn manifests(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(|line| line.trim_end().replace('\u{a0}', " ")) {
        if line.starts_with("apiVersion:") || line.starts_with("piVersion:") {
            inside = true;
            found.push(String::new());
        }
        inside &= !line.is_empty();
        if inside && let Some(last) = found.last_mut() {
            *last += &format!("{line}\n");
        }
    }
    found
}

#[test]
fn the_documents_manifests_apply_as_they_stand() {
    let seeds = root().join("../shared/seeds");
    if !Path::exists(&seeds) {
        println!("skipped: the documents are not here");
        return;
    }
    let mut scenario = String::new();
    let mut count = 0;
    for entry in seeds.read_dir().unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for manifest in manifests(&text) {
            count += 1;
            let not = if manifest.starts_with("piVersion") { "! " } else { "" };
            scenario += &format!("@file m{count}.yaml\n{manifest}@end\n{not}kubectl apply -f m{count}.yaml\n");
        }
    }
    scenario += "@sleep 20\n[ \"$(kubectl get sts stateful-pvc -o jsonpath='{.status.readyReplicas}')\" = 1 ]\n";
    assert!(count >= 7, "{count} manifests");
    let failed = failures("seeds", &scenario);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
