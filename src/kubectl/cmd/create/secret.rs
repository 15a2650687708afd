//! `kubectl create secret` and its three types. Models create_secret.go.

use serde_json::{Map, Value, json};

use super::sources;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{Kubectl, base64};

/// The command.
pub const SPEC: Spec = Spec {
    name: "secret",
    usage: "(docker-registry | generic | tls) [options]",
    short: "Create a secret using a specified subcommand",
    long: "Create a secret with specified type.\n\n A docker-registry type secret is for accessing a container registry.\n\n A generic type secret indicate an Opaque secret type.\n\n A tls type secret holds TLS certificate and its associated key.",
    subs: &[&DOCKER, &GENERIC, &TLS],
    ..Spec::EMPTY
};

const GENERIC: Spec = Spec {
    name: "generic",
    usage: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
    short: "Create a secret from a local file, directory, or literal value",
    long: "Create a Secret from files, directories, literal values or files of key=value lines.",
    examples: "# A user and a password\nkubectl create secret generic db --from-literal=user=admin --from-literal=password=secret",
    flags: &[sources::FLAGS, TYPE, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(generic),
    ..Spec::EMPTY
};

const DOCKER: Spec = Spec {
    name: "docker-registry",
    usage: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none] [options]",
    short: "Create a secret for use with a Docker registry",
    long: "Create a Secret with which nodes log in to a registry.",
    examples: "# A registry's credentials\nkubectl create secret docker-registry reg --docker-server=r.example.com --docker-username=u --docker-password=p",
    flags: &[DOCKER_FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(docker),
    ..Spec::EMPTY
};

const TLS: Spec = Spec {
    name: "tls",
    usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none] [options]",
    short: "Create a TLS secret",
    long: "Create a Secret with a certificate and its key.",
    examples: "# From two files\nkubectl create secret tls web --cert=tls.crt --key=tls.key",
    flags: &[TLS_FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(tls),
    ..Spec::EMPTY
};

const TYPE: &[Flag] = &[Flag::text("type", "", "Type of the Secret.")];
const DOCKER_FLAGS: &[Flag] = &[
    Flag::text("docker-email", "", "Email address."),
    Flag::text("docker-password", "", "Password."),
    Flag::text("docker-server", "https://index.docker.io/v1/", "Address of the registry."),
    Flag::text("docker-username", "", "User name."),
];
const TLS_FLAGS: &[Flag] =
    &[Flag::text("cert", "", "File with the certificate."), Flag::text("key", "", "File with its key.")];

async fn generic(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let data = sources::read(k).await?;
    let encoded: Map<String, Value> =
        data.into_iter().map(|(key, bytes)| (key, json!(base64::encode(&bytes)))).collect();
    make(k, &name, k.flags.text("type"), encoded).await
}

async fn make(k: &Kubectl, name: &str, kind: &str, data: Map<String, Value>) -> Outcome {
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        object["data"] = data.into();
    }
    if !kind.is_empty() {
        object["type"] = json!(kind);
    }
    super::send(k, object, "failed to create secret ").await
}

async fn docker(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let text = |flag: &str| k.flags.text(flag).to_owned();
    let (user, password) = (text("docker-username"), text("docker-password"));
    if user.is_empty() || password.is_empty() {
        return Err(Fail::plain(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    }
    let mut entry = json!({"username": user, "password": password, "auth": base64::encode(format!("{user}:{password}").as_bytes())});
    if !text("docker-email").is_empty() {
        entry["email"] = json!(text("docker-email"));
    }
    let server = text("docker-server");
    let config = json!({"auths": {server: entry}});
    let data = [(".dockerconfigjson".to_owned(), json!(base64::encode(config.to_string().as_bytes())))];
    make(k, &name, "kubernetes.io/dockerconfigjson", data.into_iter().collect()).await
}

async fn tls(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    if k.flags.text("key").is_empty() || k.flags.text("cert").is_empty() {
        return Err(Fail::plain("key and cert must be specified"));
    }
    let mut data = Map::new();
    for (key, flag) in [("tls.crt", "cert"), ("tls.key", "key")] {
        let path = k.flags.text(flag);
        let bytes = k.process.read_file(path).await.map_err(|errno| {
            Fail::plain(format!("Cannot read file {path}, open {path}: {}", errno.text().to_lowercase()))
        })?;
        data.insert(key.to_owned(), json!(base64::encode(&bytes)));
    }
    make(k, &name, "kubernetes.io/tls", data).await
}
