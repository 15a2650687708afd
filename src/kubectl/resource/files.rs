//! Manifests: `-f` with files, directories and standard input.

use serde_json::Value;

use crate::api::{ingress_nginx, metrics_server};
use crate::collections::Sort;
use crate::kubectl::fail::Fail;
use crate::kubectl::{Kubectl, yaml};
use crate::machine::Errno;

/// A document of a file, not looked at yet.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// `web.yaml`, `STDIN`.
    pub source: String,
    /// What it holds.
    pub object: Value,
}

/// The documents of all files that the flags name, each told to be an object.
pub async fn manifests(k: &Kubectl) -> Result<Vec<Manifest>, Fail> {
    let documents = manifests_unchecked(k).await?;
    let validates = !matches!(k.flags.text("validate"), "false" | "ignore");
    let mut all = Vec::new();
    for manifest in documents {
        if validates {
            validate(&manifest)?;
        }
        all.push(manifest);
    }
    Ok(all)
}

/// The documents of all files that the flags name; lists are taken apart.
pub async fn manifests_unchecked(k: &Kubectl) -> Result<Vec<Manifest>, Fail> {
    if !k.flags.text("kustomize").is_empty() {
        let dir = k.flags.text("kustomize");
        let objects = crate::kubectl::kustomize::build(k, dir).await?;
        return Ok(objects.into_iter().map(|object| Manifest { source: dir.to_owned(), object }).collect());
    }
    let mut all = Vec::new();
    for name in k.flags.list("filename") {
        if name == "-" {
            let bytes = k.process.read_to_end(0).await.unwrap_or_default();
            read(&String::from_utf8_lossy(&bytes), "STDIN", &mut all)?;
            continue;
        }
        if name.starts_with("http://") || name.starts_with("https://") {
            fetch(k, &name, &mut all).await?;
            continue;
        }
        for path in expand(k, &name)? {
            let text = k.read_file(&path).await.map_err(|error| missing(&path, error))?;
            read(&text, &path, &mut all)?;
        }
    }
    Ok(all)
}

fn missing(path: &str, error: Errno) -> Fail {
    match error {
        Errno::NotFound | Errno::NotDir => Fail::plain(format!("the path \"{path}\" does not exist")),
        other => Fail::plain(format!("open {path}: {}", other.text().to_lowercase())),
    }
}

/// A file, or the manifests of a directory.
fn expand(k: &Kubectl, name: &str) -> Result<Vec<String>, Fail> {
    let (files, cwd) = (k.process.machine().files(), k.process.cwd());
    let node = files.find(&cwd, name).and_then(|node| node.get()).map_err(|error| missing(name, error))?;
    if !node.is_dir() {
        return Ok(vec![name.to_owned()]);
    }
    let mut found = Vec::new();
    walk(k, name, k.flags.is("recursive"), 0, &mut found);
    if found.is_empty() {
        return Err(Fail::plain(format!("error reading [{name}]: recognized file extensions are [.json .yaml .yml]")));
    }
    Ok(found)
}

fn walk(k: &Kubectl, dir: &str, recursive: bool, depth: usize, found: &mut Vec<String>) {
    let (files, cwd) = (k.process.machine().files(), k.process.cwd());
    let mut names = files.list(&cwd, dir).unwrap_or_default();
    names.arrange();
    for name in names {
        let path = format!("{}/{name}", dir.trim_end_matches('/'));
        let is_dir = files.find(&cwd, &path).and_then(|node| node.get()).is_ok_and(|inode| inode.is_dir());
        if is_dir {
            if recursive && depth < 20 {
                walk(k, &path, recursive, depth + 1, found);
            }
        } else if [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end)) {
            found.push(path);
        }
    }
}

/// The manifest that is kept for an address of the world outside: whose it is, and its objects.
fn kept(authority: &str, path: &str) -> Option<(&'static str, Vec<Value>)> {
    let of = |project: &str| {
        ["github.com", "raw.githubusercontent.com"].contains(&authority) && path.starts_with(&format!("/{project}/"))
    };
    if of("kubernetes/ingress-nginx") && path.contains("/deploy/static/provider/") && path.ends_with("/deploy.yaml") {
        let service = if path.contains("/baremetal/") { "NodePort" } else { "LoadBalancer" };
        return Some(("ingress-nginx", ingress_nginx::objects(service)));
    }
    let metrics = of("kubernetes-sigs/metrics-server") && path.ends_with("components.yaml");
    metrics.then(|| ("metrics-server", metrics_server::objects()))
}

/// A manifest on the simulated network. There is no way out of it, but some are kept here.
async fn fetch(k: &Kubectl, url: &str, all: &mut Vec<Manifest>) -> Result<(), Fail> {
    use crate::machine::{HttpRequest, NetError};
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    if let Some((name, objects)) = kept(authority, path) {
        k.err(&format!("# Nothing comes from outside: this is Drydock's own manifest of {name}, of one version.\n"))
            .await;
        all.extend(objects.into_iter().map(|object| Manifest { source: url.to_owned(), object }));
        return Ok(());
    }
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, if scheme == "https" { "443" } else { "80" }));
    let machine = k.process.machine();
    let connection = match machine.resolve(host).await {
        Ok(addresses) => match addresses.first() {
            Some(&address) => machine.connect(address, port.parse().unwrap_or(0)).await,
            None => Err(NetError::NoSuchHost),
        },
        Err(error) => Err(error),
    };
    let connection = connection.map_err(|error| match error {
        NetError::Refused => Fail::Verbatim(format!(
            "The connection to the server {authority} was refused - did you specify the right host or port?"
        )),
        NetError::NoSuchHost => Fail::plain(format!(
            "unable to read URL {}: the simulated network has no way to {host}; copy the manifest into a file and use -f FILE",
            super::super::flags::quote(url)
        )),
        other => Fail::Verbatim(format!("Unable to connect to the server: dial tcp: {other}")),
    })?;
    let request = HttpRequest::new("GET", path).with_header("Host", authority);
    let response = connection.request(request).await;
    if response.status != 200 {
        let status = format!("{} {}", response.status, response.reason);
        return Err(Fail::plain(format!(
            "unable to read URL {}, server reported {status}, status code={}",
            super::super::flags::quote(url),
            response.status
        )));
    }
    let bytes = response.body.to_bytes().await;
    read(&String::from_utf8_lossy(&bytes), url, all)
}

fn read(text: &str, source: &str, all: &mut Vec<Manifest>) -> Result<(), Fail> {
    for document in yaml::documents(text) {
        let object = yaml::parse(&document)
            .map_err(|error| Fail::plain(format!("error parsing {source}: error converting YAML to JSON: {error}")))?;
        if object.is_null() {
            continue;
        }
        let is_list = object["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) && object["items"].is_array();
        if is_list {
            let items = super::items(&object).into_iter();
            all.extend(items.map(|object| Manifest { source: source.to_owned(), object }));
        } else {
            all.push(Manifest { source: source.to_owned(), object });
        }
    }
    Ok(())
}

/// What kubectl itself checks before the server does. Models kubectl/pkg/validation.
fn validate(manifest: &Manifest) -> Result<(), Fail> {
    let fault = |what: &str| {
        Err(Fail::plain(format!(
            "error validating \"{}\": error validating data: {what}; if you choose to ignore these errors, turn validation off with --validate=false",
            manifest.source
        )))
    };
    let Value::Object(map) = &manifest.object else { return fault("invalid object to validate") };
    let empty = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().is_empty();
    match (empty("apiVersion"), empty("kind")) {
        (true, true) => fault("[apiVersion not set, kind not set]"),
        (true, false) => fault("apiVersion not set"),
        (false, true) => fault("kind not set"),
        (false, false) => Ok(()),
    }
}
