//! Scenarios in Killercoda's format, written as strangers write them: played from their first script to their last
//! check. None of them asks for anything of this project's own, but for `solution.sh`, which proves a step.

use std::path::Path;

use drydock::cli::lesson::open;
use drydock::lesson::check::{Folder, Played, play};

fn all() -> Vec<Played> {
    let folder = Folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")).unwrap();
    play("scenarios", &folder, &mut open)
}

/// What a scenario's report has against it.
fn faults(played: &Played) -> Vec<String> {
    let mut faults = played.problems.clone();
    for part in played.setup.iter().chain(&played.steps).chain(&played.finish) {
        let mut note = |what: &str, told: &dyn std::fmt::Debug| faults.push(format!("{}: {what}: {told:?}", part.part));
        for script in part.background.iter().chain(&part.foreground) {
            if script.exit != Some(0) {
                note("a script of its own", script);
            }
        }
        if !part.ok {
            let failing: Vec<_> = part.buttons.iter().filter(|button| button.told.exit != Some(0)).collect();
            note("buttons", &failing);
        }
        let Some(verify) = &part.verify else { continue };
        if verify.before.exit == Some(0) {
            note("its check passes before anything is done", &verify.before);
        }
        if verify.after.exit != Some(0) {
            note("its check does not pass", &(&verify.after, &verify.solution));
        }
    }
    faults
}

#[test]
fn every_scenario_can_be_played() {
    let all = all();
    assert!(all.len() >= 40, "{}", all.len());
    let faults: Vec<String> =
        all.iter().flat_map(|one| faults(one).into_iter().map(|fault| format!("{}: {fault}", one.scenario))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let steps: usize = all.iter().map(|one| one.steps.iter().filter(|step| step.verify.is_some()).count()).sum();
    assert!(steps >= 80, "{steps}");
    // What is not simulated is told, with its place.
    let refused = all.iter().find(|one| one.scenario.ends_with("etcd-backup")).unwrap();
    assert!(refused.refusals.iter().any(|refusal| refusal.message.contains("etcdctl")), "{:?}", refused.refusals);
    assert!(refused.refusals.iter().all(|refusal| refusal.by == "step 1: button 1"), "{:?}", refused.refusals);
}
