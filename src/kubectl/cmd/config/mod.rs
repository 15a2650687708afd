//! `kubectl config` and what is below it. Models kubectl/pkg/cmd/config.

mod cluster;
mod context;
mod credentials;
mod delete;
mod get;
mod property;
mod view;

use super::ROOT;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::kubeconfig::{Kubeconfig, Sources, Stanza};
use crate::kubectl::spec::Spec;
use crate::kubectl::{Kubectl, help};

/// The command.
pub static SPEC: Spec = Spec {
    name: "config",
    usage: "SUBCOMMAND [options]",
    short: "Modify kubeconfig files",
    long: "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".\n\n Which files count:\n\n  1.  If the --kubeconfig flag is given, that file alone.\n  2.  Else, if $KUBECONFIG is set, the files it lists, separated by colons, read as one: of two entries of a name the \
first counts. What changes is written to the file that holds it, what is new to the first file that is there, or to the last of the list.\n  3.  Else ${HOME}/.kube/config.",
    subs: &[
        &get::CURRENT,
        &delete::CLUSTER,
        &delete::CONTEXT,
        &delete::USER,
        &get::CLUSTERS,
        &get::CONTEXTS,
        &get::USERS,
        &context::RENAME,
        &property::SET,
        &cluster::SPEC,
        &context::SET,
        &credentials::SPEC,
        &property::UNSET,
        &context::USE,
        &view::SPEC,
    ],
    ..Spec::EMPTY
};

/// The files that count, and what they hold together. A file that `--kubeconfig` names need not be there.
async fn load(k: &Kubectl) -> Result<(Sources, Kubeconfig), Fail> {
    let sources = Sources::of(&k.process, &k.flags);
    let config = sources.load(&k.process).await?;
    Ok((sources, config))
}

/// The refusal of a wrong number of arguments, after the command's help. Models helpErrorf.
fn unexpected(k: &Kubectl, spec: &'static Spec, words: &str) -> Fail {
    let fail = Fail::plain(format!("{words}: [{}]", k.flags.args.join(" ")));
    Fail::Told { stdout: help::of(&[&ROOT, &SPEC, spec]), fail: Box::new(fail) }
}

/// Writes a stanza of `list` anew.
async fn store(k: &Kubectl, list: usize, name: &str, change: impl FnOnce(&mut Stanza)) -> Result<bool, Fail> {
    let (sources, mut config) = load(k).await?;
    let known = config.lists[list].get(name).cloned();
    let mut stanza = known.clone().unwrap_or_default();
    change(&mut stanza);
    config.lists[list].insert(name.to_owned(), stanza);
    sources.modify(&k.process, &config, true).await?;
    Ok(known.is_some())
}

/// A file to embed or to name: whether it is there.
fn there(k: &Kubectl, flag: &str) -> Outcome {
    let path = k.flags.text(flag);
    if path.is_empty() || k.process.machine().files().find(&k.process.cwd(), path).is_ok() {
        return Ok(());
    }
    Err(Fail::plain(format!("could not stat {flag} file {path}: stat {path}: no such file or directory")))
}
