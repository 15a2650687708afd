//! `kubectl config delete-cluster`, `delete-context`, `delete-user`.

use super::{SPEC, load};
use crate::kubectl::cmd::ROOT;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::kubeconfig::{CLUSTERS, CONTEXTS, LISTS, USERS};
use crate::kubectl::spec::{Spec, run};
use crate::kubectl::{Kubectl, help};

/// `kubectl config delete-cluster`
pub static CLUSTER: Spec = Spec {
    name: "delete-cluster",
    usage: "NAME [options]",
    short: "Delete the specified cluster from the kubeconfig",
    long: "Take a cluster out of the kubeconfig.",
    examples: "# The cluster old\nkubectl config delete-cluster old",
    run: run!(cluster),
    ..Spec::EMPTY
};

/// `kubectl config delete-context`
pub static CONTEXT: Spec = Spec {
    name: "delete-context",
    usage: "NAME [options]",
    short: "Delete the specified context from the kubeconfig",
    long: "Take a context out of the kubeconfig.",
    examples: "# The context old\nkubectl config delete-context old",
    run: run!(context),
    ..Spec::EMPTY
};

/// `kubectl config delete-user`
pub static USER: Spec = Spec {
    name: "delete-user",
    usage: "NAME [options]",
    short: "Delete the specified user from the kubeconfig",
    long: "Take a user out of the kubeconfig.",
    examples: "# The user jane\nkubectl config delete-user jane",
    run: run!(user),
    ..Spec::EMPTY
};

async fn cluster(k: &Kubectl) -> Outcome {
    delete(k, CLUSTERS, &CLUSTER).await
}

async fn context(k: &Kubectl) -> Outcome {
    delete(k, CONTEXTS, &CONTEXT).await
}

async fn user(k: &Kubectl) -> Outcome {
    if k.flags.args.len() != 1 {
        return Err(Fail::usage(&k.path, "user to delete is required"));
    }
    delete(k, USERS, &USER).await
}

async fn delete(k: &Kubectl, list: usize, spec: &'static Spec) -> Outcome {
    let (sources, mut config) = load(k).await?;
    let [name] = k.flags.args.as_slice() else {
        k.out(&help::of(&[&ROOT, &SPEC, spec])).await;
        return Ok(());
    };
    let (what, file) = (LISTS[list].1, sources.default_file(&k.process));
    if config.lists[list].remove(name).is_none() {
        return Err(Fail::plain(format!("cannot delete {what} {name}, not in {file}")));
    }
    if list == CONTEXTS && config.current == *name {
        k.err(
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n",
        )
        .await;
    }
    sources.modify(&k.process, &config, true).await?;
    k.out(&format!("deleted {what} {name} from {file}\n")).await;
    Ok(())
}
