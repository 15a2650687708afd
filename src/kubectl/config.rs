//! Kubeconfig files: where the server is and who we are. Models client-go/tools/clientcmd.
//!
//! Diverges: one file at a time; of several in KUBECONFIG the first that exists counts.

use serde_json::{Map, Value, json};

use super::fail::Fail;
use super::flags::{Parsed, quote};
use super::{base64, yaml};
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

/// The kubeconfig file that counts, and what it holds (empty where there is none).
pub async fn load(process: &Process, flags: &Parsed) -> Result<(String, Value), Fail> {
    let given = flags.text("kubeconfig");
    if !given.is_empty() {
        return match read(process, given).await? {
            Some(config) => Ok((given.to_owned(), config)),
            None => Err(Fail::plain(format!("stat {given}: no such file or directory"))),
        };
    }
    let home = process.env("HOME").unwrap_or_else(|| "/root".to_owned());
    let default = format!("{home}/.kube/config");
    let paths = process.env("KUBECONFIG").filter(|paths| !paths.is_empty()).unwrap_or(default);
    let mut first = String::new();
    for path in paths.split(':').filter(|path| !path.is_empty()) {
        if first.is_empty() {
            first = path.to_owned();
        }
        if let Some(config) = read(process, path).await? {
            return Ok((path.to_owned(), config));
        }
    }
    Ok((first, empty()))
}

/// A kubeconfig without anything.
pub fn empty() -> Value {
    json!({"apiVersion": "v1", "clusters": [], "contexts": [], "current-context": "", "kind": "Config", "users": []})
}

async fn read(process: &Process, path: &str) -> Result<Option<Value>, Fail> {
    let bytes = match process.read_file(path).await {
        Ok(bytes) => bytes,
        Err(Errno::NotFound | Errno::NotDir) => return Ok(None),
        Err(errno) => {
            return Err(Fail::plain(format!(
                "error loading config file {}: open {path}: {}",
                quote(path),
                errno.text().to_lowercase()
            )));
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    let value = yaml::parse(&text)
        .map_err(|error| Fail::plain(format!("error loading config file {}: {error}", quote(path))))?;
    Ok(Some(if value.is_object() { value } else { empty() }))
}

/// The entry of a list of named things.
pub fn entry<'a>(config: &'a Value, list: &str, name: &str) -> Option<&'a Map<String, Value>> {
    let entries = config[list].as_array()?;
    let found = entries.iter().find(|entry| entry["name"] == name)?;
    let key = list.strip_suffix('s').unwrap_or(list);
    found.get(key).and_then(Value::as_object)
}

/// The configuration that file, environment and flags make together.
pub async fn resolve(process: &Process, flags: &Parsed) -> Result<Config, Fail> {
    let (_, file) = load(process, flags).await?;
    let mut context_name = flags.global("context").to_owned();
    if context_name.is_empty() {
        context_name = file["current-context"].as_str().unwrap_or_default().to_owned();
    }
    let context = entry(&file, "contexts", &context_name);
    if context.is_none() && !context_name.is_empty() {
        return Err(Fail::Verbatim(format!(
            "Error in configuration: context was not found for specified context: {context_name}"
        )));
    }
    let text = |map: Option<&Map<String, Value>>, key: &str| -> String {
        map.and_then(|map| map.get(key)).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let pick = |flag: &str, key: &str| {
        let given = flags.global(flag);
        if given.is_empty() { text(context, key) } else { given.to_owned() }
    };
    let (cluster_name, user_name) = (pick("cluster", "cluster"), pick("user", "user"));
    let cluster = entry(&file, "clusters", &cluster_name);
    if cluster.is_none() && !flags.global("cluster").is_empty() {
        return Err(Fail::plain(format!("no server found for cluster {}", quote(&cluster_name))));
    }
    let user = entry(&file, "users", &user_name);
    if user.is_none() && !flags.global("user").is_empty() {
        return Err(Fail::plain(format!("auth info {} does not exist", quote(&user_name))));
    }
    let (groups, uid) = (flags.list("as-group"), flags.global("as-uid"));
    if flags.global("as").is_empty() && !(groups.is_empty() && uid.is_empty()) {
        return Err(Fail::Verbatim(format!(
            "Error in configuration: requesting uid, groups or user-extra for {user_name} without impersonating a user"
        )));
    }
    let mut config = Config { namespace: pick("namespace", "namespace"), ..Config::default() };
    let server = flags.global("server");
    config.server = if server.is_empty() { text(cluster, "server") } else { server.to_owned() };
    config.token = text(user, "token");
    let certificate_file = text(user, "client-certificate");
    config.certificate = text(user, "client-certificate-data");
    if config.certificate.is_empty() && !certificate_file.is_empty() {
        let bytes = process.read_file(&certificate_file).await.unwrap_or_default();
        config.certificate = base64::encode(&bytes);
    }
    if config.server.is_empty() {
        in_cluster(process, &mut config).await;
    }
    if !flags.global("token").is_empty() {
        config.token = flags.global("token").to_owned();
        config.certificate.clear();
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

/// In a Pod the service account says who we are; elsewhere the old default is all that is left.
async fn in_cluster(process: &Process, config: &mut Config) {
    let (host, port) = (process.env("KUBERNETES_SERVICE_HOST"), process.env("KUBERNETES_SERVICE_PORT"));
    let token = process.read_file(&format!("{IN_CLUSTER}/token")).await;
    let (Some(host), Some(port), Ok(token)) = (host, port, token) else {
        config.server = "http://localhost:8080".to_owned();
        return;
    };
    config.server = format!("https://{host}:{port}");
    config.token = String::from_utf8_lossy(&token).trim().to_owned();
    if config.namespace.is_empty() {
        let namespace = process.read_file(&format!("{IN_CLUSTER}/namespace")).await.unwrap_or_default();
        config.namespace = String::from_utf8_lossy(&namespace).trim().to_owned();
    }
}
