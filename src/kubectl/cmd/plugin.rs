//! `kubectl plugin list`, and programs `kubectl-NAME` as verbs. Models kubectl/pkg/cmd/plugin and HandlePluginCommand
//! of cmd.go.

use super::{ALL, ROOT};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{Spec, run};
use crate::kubectl::{Kubectl, help};
use crate::machine::{Process, SpawnSpec};

/// The command.
pub static SPEC: Spec = Spec {
    name: "plugin",
    usage: "[flags] [options]",
    short: "Provides utilities for interacting with plugins",
    long: "Find plugins: programs whose names begin with kubectl-, which become commands of kubectl.",
    subs: &[&LIST],
    run: run!(about),
    ..Spec::EMPTY
};

const LIST: Spec = Spec {
    name: "list",
    usage: "[flags] [options]",
    short: "List all visible plugin executables on a user's PATH",
    long: "List the plugins that PATH has.",
    flags: &[&[Flag::switch("name-only", "Names without their directories.")]],
    run: run!(list),
    ..Spec::EMPTY
};

async fn about(k: &Kubectl) -> Outcome {
    k.out(&help::of(&[&ROOT, &SPEC])).await;
    Ok(())
}

async fn list(k: &Kubectl) -> Outcome {
    let (files, cwd) = (k.process.machine().files(), k.process.cwd());
    let (mut found, mut warnings, mut seen) = (Vec::new(), 0, Vec::new());
    let path = k.process.env("PATH").unwrap_or_default();
    let mut folders: Vec<&str> = Vec::new();
    for folder in path.split(':').filter(|folder| !folder.is_empty()) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    for folder in folders {
        for name in files.list(&cwd, folder).unwrap_or_default() {
            let Some(command) = name.strip_prefix("kubectl-") else { continue };
            let path = format!("{folder}/{name}");
            let Ok(inode) = files.find(&cwd, &path).and_then(|node| node.get()) else { continue };
            if inode.is_dir() {
                continue;
            }
            let mut faults = Vec::new();
            if inode.mode & 0o111 == 0 {
                faults.push(format!("  - warning: {path} identified as a kubectl plugin, but it is not executable"));
            }
            if let Some(first) = seen.iter().find(|other: &&String| other.rsplit('/').next() == Some(&name)) {
                faults.push(format!("  - warning: {path} is overshadowed by a similarly named plugin: {first}"));
            } else {
                seen.push(path.clone());
            }
            if ALL.iter().any(|spec| spec.name == command) {
                faults.push(format!("  - warning: {name} overwrites existing command: \"kubectl {command}\""));
            }
            warnings += faults.len();
            found.push((if k.flags.is("name-only") { name } else { path }, faults));
        }
    }
    if found.is_empty() {
        return Err(Fail::plain("unable to find any kubectl plugins in your PATH"));
    }
    k.out("The following compatible plugins are available:\n\n").await;
    for (line, faults) in found {
        k.out(&format!("{line}\n")).await;
        for fault in faults {
            k.err(&format!("{fault}\n")).await;
        }
    }
    match warnings {
        0 => Ok(()),
        1 => Err(Fail::plain("one plugin warning was found")),
        n => Err(Fail::plain(format!("{n} plugin warnings were found"))),
    }
}

/// Runs the plugin that the words name, the longest name first: `kubectl-a-b c` before `kubectl-a b c`. Its status,
/// if there is one.
pub async fn run_plugin(process: &Process, args: &[String]) -> Option<i32> {
    let words = args.iter().take_while(|word| !word.starts_with('-'));
    let words: Vec<String> = words.map(|word| word.replace('-', "_")).collect();
    for count in (1..=words.len()).rev() {
        let name = format!("kubectl-{}", words[..count].join("-"));
        if process.find_program(&name).is_err() {
            continue;
        }
        let argv = [&[name][..], &args[count..]].concat();
        let child = process.spawn(SpawnSpec { argv, ..SpawnSpec::default() }).ok()?;
        return Some(child.wait().await.code());
    }
    None
}
