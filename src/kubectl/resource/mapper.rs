//! Which kinds there are and what they are called.
//!
//! The kinds of a plain 1.36 are known beforehand, as a real kubectl knows them from its cache in
//! ~/.kube/cache/discovery; any other is looked for by asking the server, whose answers that cache
//! keeps for six hours. So a kind that has gone is missed only by the server, as with a real kubectl.
//! Models client-go/discovery/cached/disk.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::api::kinds::{Codec, KindId};
use crate::api::{Kind, Kinds};
use crate::collections::Sort;
use crate::kubectl::client::klog_time;
use crate::kubectl::fail::Fail;
use crate::kubectl::flags::quote;
use crate::kubectl::{Kubectl, client};
use crate::sim::Duration;

/// The kinds of a plain cluster; they never change, so one copy serves every process.
static BUILTIN: OnceLock<Vec<Arc<Kind>>> = OnceLock::new();

fn builtin() -> &'static [Arc<Kind>] {
    BUILTIN.get_or_init(|| Kinds::builtin().iter().cloned().collect())
}

/// What is known of the API's resources, in the order of discovery.
pub struct Mapper {
    kinds: Vec<Arc<Kind>>,
    /// Whether the server was asked.
    pub discovered: bool,
}

impl Mapper {
    /// What is known beforehand, once this server was found to answer.
    pub async fn load(k: &Kubectl) -> Result<Mapper, Fail> {
        let client = k.client().await?;
        let cache = cache(k, &client);
        let files = k.process.machine().files();
        if files.find("/", &cache).is_err() {
            Mapper::knock(k, &client).await?;
            // A home that cannot be written to only means asking again.
            let _ = files.mkdir_all(&cache);
        }
        let mut kinds = builtin().to_vec();
        remembered(k, &cache, &mut kinds);
        Ok(Mapper { kinds, discovered: false })
    }

    /// Asks a server that is not known yet whether it is one. Real ones log each attempt.
    async fn knock(k: &Kubectl, client: &client::Client) -> Result<(), Fail> {
        for attempt in 1..=5 {
            match client.get("/api", &[("timeout", "32s".to_owned())]).await {
                Ok(_) => return Ok(()),
                Err(Fail::Verbatim(told)) => {
                    let config = client.config();
                    let cause = if told.contains("refused") {
                        format!("dial tcp {}: connect: connection refused", config.host_port())
                    } else {
                        told.trim_start_matches("Unable to connect to the server: ").to_owned()
                    };
                    let inner = format!(
                        "couldn't get current server API group list: Get {}: {cause}",
                        quote(&format!("{}/api?timeout=32s", config.server))
                    );
                    k.err(&format!(
                        "E{} {:>7} memcache.go:265] \"Unhandled Error\" err={}\n",
                        klog_time(&k.process),
                        k.process.pid(),
                        quote(&inner)
                    ))
                    .await;
                    if attempt == 5 {
                        return Err(Fail::Verbatim(told));
                    }
                }
                // Discovery may be forbidden; the command itself will tell.
                Err(fail) if fail.reason() == "Unauthorized" => return Err(fail),
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Asks the server for all it serves.
    pub async fn discover(k: &Kubectl) -> Result<Mapper, Fail> {
        let client = k.client().await?;
        let mut group_versions = vec!["v1".to_owned()];
        let groups = client.get("/apis", &[]).await?;
        for group in groups["groups"].as_array().into_iter().flatten() {
            // The preferred version first: names mean that one.
            let preferred = group["preferredVersion"]["groupVersion"].as_str().unwrap_or_default();
            let versions = group["versions"].as_array().into_iter().flatten();
            let mut all: Vec<&str> = versions.filter_map(|version| version["groupVersion"].as_str()).collect();
            all.arrange_by_key(|version| *version != preferred);
            group_versions.extend(all.into_iter().map(str::to_owned));
        }
        let mut kinds = Vec::new();
        let cache = cache(k, &client);
        let files = k.process.machine().files();
        // A home that cannot be written to only means asking again.
        let _ = files.write("/", &format!("{cache}/{GROUPS}"), groups.to_string().as_bytes());
        for group_version in group_versions {
            let root = if group_version.contains('/') { "/apis" } else { "/api" };
            let Ok(list) = client.get(&format!("{root}/{group_version}"), &[]).await else { continue };
            let found = resources(&list, kinds.len());
            let plain = |kind: &Arc<Kind>| builtin().iter().any(|known| known.group == kind.group);
            if !found.iter().any(plain) {
                let place = format!("{cache}/{group_version}");
                let _ = files.mkdir_all(&place);
                let _ = files.write("/", &format!("{place}/{RESOURCES}"), list.to_string().as_bytes());
            }
            kinds.extend(found);
        }
        Ok(Mapper { kinds, discovered: true })
    }

    /// All kinds, in the order of discovery.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.kinds.iter()
    }

    /// The kind that a word means: `po`, `pods`, `Pod`, `deployments.apps`, `deployments.v1.apps`.
    pub fn resource(&self, word: &str) -> Option<Arc<Kind>> {
        let word = word.to_lowercase();
        let parts: Vec<&str> = word.splitn(3, '.').collect();
        let named = |kind: &Kind, name: &str| {
            *kind.plural == *name || *kind.singular == *name || kind.short_names.iter().any(|short| short == name)
        };
        if let [name, version, group] = parts[..] {
            let exact = |kind: &&Arc<Kind>| named(kind, name) && *kind.version == *version && *kind.group == *group;
            if let Some(kind) = self.kinds.iter().find(exact) {
                return Some(Arc::clone(kind));
            }
        }
        let (name, group) = word.split_once('.').unwrap_or((&word, ""));
        let plural_first = self.kinds.iter().filter(|kind| *kind.plural == *name || *kind.singular == *name);
        let then_short = self.kinds.iter().filter(|kind| kind.short_names.iter().any(|short| short == name));
        let found = plural_first.chain(then_short).find(|kind| group.is_empty() || *kind.group == *group);
        found.map(Arc::clone)
    }

    /// The resources that have the same short name as the one that it means. Models
    /// restmapper/shortcut.go.
    fn shadowed(&self, word: &str) -> Vec<String> {
        let Some(meant) = self.resource(word).filter(|kind| *kind.plural != *word && *kind.singular != *word) else {
            return Vec::new();
        };
        let short = |kind: &&Arc<Kind>| kind.short_names.iter().any(|short| short == word);
        let others = self.kinds.iter().filter(short).map(|kind| kind.group_resource());
        let mut found: Vec<String> = Vec::new();
        for other in others.filter(|other| *other != meant.group_resource()) {
            if !found.contains(&other) {
                found.push(other);
            }
        }
        found
    }

    /// The kinds of a category: `all`.
    pub fn category(&self, word: &str) -> Vec<Arc<Kind>> {
        let mut seen: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        let members = self.kinds.iter().filter(|kind| kind.categories.iter().any(|category| category == word));
        members
            .filter(|kind| {
                let key = (Arc::clone(&kind.group), Arc::clone(&kind.plural));
                let new = !seen.contains(&key);
                seen.push(key);
                new
            })
            .cloned()
            .collect()
    }

    /// The kind that an object says it is.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<Arc<Kind>> {
        let found = |known: &&Arc<Kind>| *known.kind == *kind && known.api_version() == api_version;
        let exact = self.kinds.iter().find(found);
        // The server takes the kind of built-in types in any case, and complains in its own words.
        let loose = |known: &&Arc<Kind>| known.kind.eq_ignore_ascii_case(kind) && known.api_version() == api_version;
        exact.or_else(|| self.kinds.iter().find(loose)).map(Arc::clone)
    }
}

/// The files of the cache, as a real kubectl names them.
const GROUPS: &str = "servergroups.json";
const RESOURCES: &str = "serverresources.json";
/// How long what is in the cache is believed.
const BELIEVED: Duration = Duration::from_secs(6 * 3600);

/// The folder that keeps what a server has told.
fn cache(k: &Kubectl, client: &client::Client) -> String {
    let server = client.config().host_port().replace(':', "_");
    let home = k.process.env("HOME").unwrap_or_else(|| "/root".to_owned());
    format!("{home}/.kube/cache/discovery/{server}")
}

/// Adds the kinds beside the plain ones that the cache tells of.
fn remembered(k: &Kubectl, cache: &str, kinds: &mut Vec<Arc<Kind>>) {
    let files = k.process.machine().files();
    let now = k.process.sim().now();
    let read = |path: String| -> Option<Value> {
        let written = files.find("/", &path).ok()?.get().ok()?.mtime;
        (written + BELIEVED > now).then_some(())?;
        serde_json::from_slice(&files.read("/", &path).ok()?).ok()
    };
    let Some(groups) = read(format!("{cache}/{GROUPS}")) else { return };
    for group in groups["groups"].as_array().into_iter().flatten() {
        if builtin().iter().any(|known| group["name"] == *known.group) {
            continue;
        }
        for version in group["versions"].as_array().into_iter().flatten() {
            let path = format!("{cache}/{}/{RESOURCES}", version["groupVersion"].as_str().unwrap_or_default());
            if let Some(list) = read(path) {
                let found = resources(&list, kinds.len());
                kinds.extend(found);
            }
        }
    }
}

fn resources(list: &Value, first: usize) -> Vec<Arc<Kind>> {
    let group_version = list["groupVersion"].as_str().unwrap_or_default();
    let (group, version) = group_version.split_once('/').unwrap_or(("", group_version));
    let all: Vec<&Value> = list["resources"].as_array().into_iter().flatten().collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| -> Vec<String> { value.as_array().into_iter().flatten().map(text).collect() };
    let mut kinds = Vec::new();
    for resource in all.iter().filter(|resource| !text(&resource["name"]).contains('/')) {
        let prefix = format!("{}/", text(&resource["name"]));
        let subresources = all.iter().filter_map(|sub| text(&sub["name"]).strip_prefix(&prefix).map(str::to_owned));
        kinds.push(Arc::new(Kind {
            id: KindId(first + kinds.len()),
            group: group.into(),
            version: version.into(),
            kind: text(&resource["kind"]).into(),
            plural: text(&resource["name"]).into(),
            // Of who tells no singular, the kind stands for it (restmapper/discovery.go).
            singular: match resource["singularName"].as_str() {
                None | Some("") => text(&resource["kind"]).to_lowercase().into(),
                Some(singular) => singular.into(),
            },
            short_names: texts(&resource["shortNames"]),
            categories: texts(&resource["categories"]),
            namespaced: resource["namespaced"] == true,
            verbs: texts(&resource["verbs"]),
            subresources: subresources.collect(),
            codec: Codec::default(),
            custom: None,
        }));
    }
    kinds
}

impl Kubectl {
    /// The kind that a word means, asking the server where it is not known beforehand.
    pub(in crate::kubectl) async fn resource(&self, word: &str) -> Result<Arc<Kind>, Fail> {
        let mut mapper = self.mapper().await?;
        if mapper.resource(word).is_none() && !mapper.discovered {
            mapper = self.refresh_mapper().await?;
        }
        let missing = || {
            let name = word.split('.').next().unwrap_or(word);
            Fail::plain(format!("the server doesn't have a resource type {}", quote(name)))
        };
        for shadowed in mapper.shadowed(word) {
            let told = format!("short name {} could also match lower priority resource {shadowed}", quote(word));
            self.client().await?.warns(&told).await;
        }
        mapper.resource(word).ok_or_else(missing)
    }

    /// The kind that an object says it is.
    pub(in crate::kubectl) async fn kind_of(&self, object: &Value) -> Result<Option<Arc<Kind>>, Fail> {
        let text = |key: &str| object[key].as_str().unwrap_or_default();
        let mut mapper = self.mapper().await?;
        if mapper.kind(text("apiVersion"), text("kind")).is_none() && !mapper.discovered {
            mapper = self.refresh_mapper().await?;
        }
        Ok(mapper.kind(text("apiVersion"), text("kind")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_kinds() {
        let mapper = Mapper { kinds: builtin().to_vec(), discovered: false };
        for (word, resource) in [
            ("po", "pods"),
            ("Pods", "pods"),
            ("pod", "pods"),
            ("deploy", "deployments.apps"),
            ("deployments.apps", "deployments.apps"),
            ("deployments.v1.apps", "deployments.apps"),
            ("ev", "events"),
            ("ep", "endpoints"),
            ("endpointslice", "endpointslices.discovery.k8s.io"),
            ("hpa", "horizontalpodautoscalers.autoscaling"),
        ] {
            assert_eq!(mapper.resource(word).map(|kind| kind.group_resource()).as_deref(), Some(resource), "{word}");
        }
        for word in ["nosuch", "deployments.extensions", "pods.v9", "deploys"] {
            assert!(mapper.resource(word).is_none(), "{word}");
        }
        let all: Vec<String> = mapper.category("all").iter().map(|kind| kind.plural.to_string()).collect();
        assert_eq!(all[..4], ["pods", "replicationcontrollers", "services", "daemonsets"]);
    }
}
