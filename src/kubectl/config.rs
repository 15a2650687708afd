//! Where the server is and who we are. Models client-go/tools/clientcmd/{client_config,validation}.go.

use super::fail::Fail;
use super::flags::{Parsed, quote};
use super::kubeconfig::{CLUSTERS, CONTEXTS, Sources, Stanza, USERS};
use super::{base64, kubeconfig::Kubeconfig};
use crate::machine::{Errno, Process};

/// Where a service account's credentials lie in a Pod.
const IN_CLUSTER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What a client needs to know.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// As written: `https://127.0.0.1:6443`.
    pub server: String,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether certificates travel.
    pub https: bool,
    /// The client's certificate, as the kubeconfig holds it.
    pub certificate: String,
    /// A bearer token.
    pub token: String,
    /// `user:password`, where either is given.
    pub basic: String,
    /// Whom to act as.
    pub impersonate: String,
    /// And as a member of which groups.
    pub impersonate_groups: Vec<String>,
    /// And with which uid.
    pub impersonate_uid: String,
    /// The namespace of commands that name none.
    pub namespace: String,
}

impl Config {
    /// `127.0.0.1:6443`
    pub fn host_port(&self) -> String {
        let authority = self.server.split_once("://").map_or(self.server.as_str(), |(_, rest)| rest);
        authority.split('/').next().unwrap_or_default().to_owned()
    }
}

/// The configuration that files, environment and flags make together.
pub async fn resolve(process: &Process, flags: &Parsed) -> Result<Config, Fail> {
    let sources = Sources::of(process, flags);
    if let Some(path) = sources.missing(process) {
        return Err(Fail::plain(format!("stat {path}: no such file or directory")));
    }
    let file = sources.load(process).await?;
    let context_name = flags.global("context");
    let context_name = if context_name.is_empty() { &file.current } else { context_name };
    let context = file.lists[CONTEXTS].get(context_name);
    if context.is_none() && !context_name.is_empty() {
        return Err(Fail::Verbatim(format!(
            "Error in configuration: context was not found for specified context: {context_name}"
        )));
    }
    let pick = |flag: &str, key: &str| {
        let given = flags.global(flag);
        let known = context.map_or("", |context| context.text(key));
        if given.is_empty() { known } else { given }.to_owned()
    };
    let (cluster_name, user_name) = (pick("cluster", "cluster"), pick("user", "user"));
    let cluster = named(&file, CLUSTERS, &cluster_name);
    if cluster == Stanza::default() && !flags.global("cluster").is_empty() {
        return Err(Fail::plain(format!("no server found for cluster {}", quote(&cluster_name))));
    }
    if !file.lists[USERS].contains_key(&user_name) && !flags.global("user").is_empty() {
        return Err(Fail::plain(format!("auth info {} does not exist", quote(&user_name))));
    }
    let mut user = named(&file, USERS, &user_name);
    for (field, others) in OVERRIDES {
        let given = flags.global(field);
        if !given.is_empty() {
            others.iter().for_each(|other| user.set(other, "".into()));
            let path = field.starts_with("client-");
            user.set(
                field,
                if path { crate::machine::files::join(&process.cwd(), given) } else { given.into() }.into(),
            );
        }
    }
    let mut config = Config { namespace: pick("namespace", "namespace"), ..Config::default() };
    let (groups, uid) = (flags.list("as-group"), flags.global("as-uid"));
    let mut faults = Vec::new();
    config.certificate = certificate(process, &user_name, &user, &mut faults).await;
    if flags.global("as").is_empty() && !(groups.is_empty() && uid.is_empty()) {
        faults.push(format!("requesting uid, groups or user-extra for {user_name} without impersonating a user"));
    }
    file_of(process, &cluster_name, &cluster, "certificate-authority", "certificate-authority", &mut faults).await;
    told(&faults)?;
    let server = flags.global("server");
    config.server = if server.is_empty() { cluster.text("server") } else { server }.to_owned();
    config.token = user.text("token").to_owned();
    if !(user.text("username").is_empty() && user.text("password").is_empty()) {
        config.basic = format!("{}:{}", user.text("username"), user.text("password"));
    }
    if config.server.is_empty() {
        in_cluster(process, &mut config).await;
    }
    if config.namespace.is_empty() {
        config.namespace = "default".to_owned();
    }
    config.impersonate = flags.global("as").to_owned();
    (config.impersonate_groups, config.impersonate_uid) = (groups, uid.to_owned());
    config.https = !config.server.starts_with("http://");
    let authority = config.host_port();
    let default_port = if config.https { 443 } else { 80 };
    let (host, port) = authority.rsplit_once(':').unwrap_or((&authority, ""));
    config.port = if port.is_empty() { default_port } else { port.parse().unwrap_or(0) };
    config.host = host.to_owned();
    Ok(config)
}

/// Flags that stand above the user's fields, and the fields that count no more when they are given.
const OVERRIDES: [(&str, &[&str]); 5] = [
    (
        "token",
        &["client-certificate", "client-certificate-data", "client-key", "client-key-data", "username", "password"],
    ),
    ("username", &["token"]),
    ("password", &["token"]),
    ("client-certificate", &["client-certificate-data"]),
    ("client-key", &["client-key-data"]),
];

fn named(file: &Kubeconfig, list: usize, name: &str) -> Stanza {
    file.lists[list].get(name).cloned().unwrap_or_default()
}

/// The words for a configuration that cannot be used. Models cmdutil.MultilineError.
fn told(faults: &[String]) -> Result<(), Fail> {
    let words = "Error in configuration: ";
    match faults {
        [] => Ok(()),
        [fault] => Err(Fail::Verbatim(format!("{words}{fault}"))),
        faults => {
            let lines: String = faults.iter().map(|fault| format!("* {fault}\n")).collect();
            Err(Fail::Verbatim(format!("{words}\n{lines}")))
        }
    }
}

/// What the file holds that a field names.
async fn file_of(
    process: &Process,
    name: &str,
    stanza: &Stanza,
    field: &str,
    what: &str,
    faults: &mut Vec<String>,
) -> Vec<u8> {
    let path = stanza.path(field, &process.cwd());
    if path.is_empty() {
        return Vec::new();
    }
    let read = process.read_file(&path).await;
    let fault = |errno: Errno| {
        format!("unable to read {what} {path} for {name} due to open {path}: {}", errno.text().to_lowercase())
    };
    read.map_err(|errno| faults.push(fault(errno))).unwrap_or_default()
}

/// The certificate that a user shows, for which a key must be there too.
async fn certificate(process: &Process, name: &str, user: &Stanza, faults: &mut Vec<String>) -> String {
    let has = |field: &str| !user.text(field).is_empty();
    if !has("client-certificate") && !has("client-certificate-data") {
        return String::new();
    }
    for (data, path, what) in [
        ("client-certificate-data", "client-certificate", "client-cert"),
        ("client-key-data", "client-key", "client-key"),
    ] {
        if has(data) && has(path) {
            let end = if what == "client-cert" { (".", ".") } else { (";", "") };
            faults.push(format!(
                "{what}-data and {what} are both specified for {name}{} {what}-data will override{}",
                end.0, end.1
            ));
        }
    }
    if !has("client-key") && !has("client-key-data") {
        faults.push(format!(
            "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
        ));
    }
    let bytes = file_of(process, name, user, "client-certificate", "client-cert", faults).await;
    file_of(process, name, user, "client-key", "client-key", faults).await;
    match user.text("client-certificate-data") {
        "" => base64::encode(&bytes),
        data => data.to_owned(),
    }
}

/// In a Pod the service account says who we are; elsewhere the old default is all that is left.
async fn in_cluster(process: &Process, config: &mut Config) {
    let (host, port) = (process.env("KUBERNETES_SERVICE_HOST"), process.env("KUBERNETES_SERVICE_PORT"));
    let token = process.read_file(&format!("{IN_CLUSTER}/token")).await;
    let (Some(host), Some(port), Ok(token)) = (host, port, token) else {
        config.server = "http://localhost:8080".to_owned();
        return;
    };
    config.server = format!("https://{host}:{port}");
    if config.token.is_empty() {
        config.token = String::from_utf8_lossy(&token).trim().to_owned();
    }
    if config.namespace.is_empty() {
        let namespace = process.read_file(&format!("{IN_CLUSTER}/namespace")).await.unwrap_or_default();
        config.namespace = String::from_utf8_lossy(&namespace).trim().to_owned();
    }
}
