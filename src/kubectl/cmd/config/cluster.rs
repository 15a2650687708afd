//! `kubectl config set-cluster`.

use serde_json::json;

use super::{store, there};
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, quote};
use crate::kubectl::kubeconfig::CLUSTERS;
use crate::kubectl::spec::{Spec, run};
use crate::kubectl::{Kubectl, base64};
use crate::machine::files;

/// The command.
pub const SPEC: Spec = Spec {
    name: "set-cluster",
    usage: "NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com] [options]",
    short: "Set a cluster entry in kubeconfig",
    long: "Make a cluster, or change what it has. What is not given stays as it is.",
    examples: "# Its address\nkubectl config set-cluster lab --server=https://10.0.0.5:6443\n\n# Its authority, copied into the kubeconfig\nkubectl config set-cluster lab --embed-certs --certificate-authority=ca.crt",
    flags: &[FLAGS],
    run: run!(set_cluster),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("certificate-authority", "", "File with the cluster's certificate authority."),
    Flag::switch("embed-certs", "Copy the file into the kubeconfig."),
    Flag::switch("insecure-skip-tls-verify", "Trust any certificate of the cluster."),
    Flag::text("proxy-url", "", "Proxy on the way to the cluster."),
    Flag::text("server", "", "Address of the API server."),
    Flag::text("tls-server-name", "", "Name that the server's certificate must have."),
];

async fn set_cluster(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    let [name] = flags.args.as_slice() else {
        return Err(Fail::plain(format!("unexpected args: [{}]", flags.args.join(" "))));
    };
    let authority = flags.given("certificate-authority").then(|| flags.text("certificate-authority"));
    let (insecure, embed) = (flags.is("insecure-skip-tls-verify"), flags.is("embed-certs"));
    if insecure && authority.is_some() {
        return Err(Fail::plain("you cannot specify a certificate authority and insecure mode at the same time"));
    }
    if embed && authority.is_none() {
        return Err(Fail::plain("you must specify a --certificate-authority to embed"));
    }
    let mut embedded = Vec::new();
    if let (true, Some(path)) = (embed, authority) {
        there(k, "certificate-authority")?;
        embedded = k.process.read_file(path).await.unwrap_or_default();
    }
    store(k, CLUSTERS, name, |cluster| {
        if flags.given("server") {
            cluster.set("server", json!(flags.text("server")));
            cluster.set("tls-server-name", json!(""));
        }
        for flag in ["tls-server-name", "proxy-url"] {
            if flags.given(flag) {
                cluster.set(flag, json!(flags.text(flag)));
            }
        }
        if insecure || authority.is_some() {
            cluster.set("insecure-skip-tls-verify", json!(insecure));
            cluster.set("certificate-authority", json!(""));
            cluster.set("certificate-authority-data", json!(base64::encode(&embedded)));
        }
        if let (false, Some(path)) = (embed, authority) {
            cluster.set("certificate-authority", json!(files::normalize(&files::join(&k.process.cwd(), path))));
        }
    })
    .await?;
    k.out(&format!("Cluster {} set.\n", quote(name))).await;
    Ok(())
}
