//! `kubectl kustomize`. Models kustomize/commands/build.

use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{Spec, run};
use crate::kubectl::{Kubectl, kustomize, yaml};

/// The command.
pub const SPEC: Spec = Spec {
    name: "kustomize",
    usage: "DIR [flags] [options]",
    short: "Build a kustomization target from a directory or URL",
    long: "Print the objects that a directory's kustomization.yaml makes. Without a directory, the present one is meant.",
    examples: "# What a directory makes\nkubectl kustomize overlays/dev\n\n# The same, applied\nkubectl apply -k overlays/dev",
    flags: &[FLAGS],
    run: run!(build),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[Flag::text("output", "", "File that the objects go to.").short('o')];

async fn build(k: &Kubectl) -> Outcome {
    let dir = match k.flags.args.as_slice() {
        [] => ".",
        [dir] => dir,
        _ => return Err(Fail::plain("specify one path to a kustomization.yaml")),
    };
    let objects = kustomize::build(k, dir).await?;
    let text = objects.iter().map(yaml::emit).collect::<Vec<_>>().join("---\n");
    match k.flags.text("output") {
        "" => k.out(&text).await,
        path => k
            .process
            .write_file(path, text.as_bytes())
            .await
            .map_err(|errno| Fail::plain(format!("open {path}: {}", errno.text().to_lowercase())))?,
    }
    Ok(())
}
