//! Which objects a command is about: `TYPE NAME…`, `TYPE/NAME…`, selectors, files.
//!
//! Models cli-runtime/pkg/resource/builder.go, its errors above all.

use std::rc::Rc;
use std::sync::Arc;

use super::{Info, collection_path, items, manifests_unchecked, object_path};
use crate::api::{Kind, Meta, Selector};
use crate::kubectl::fail::Fail;
use crate::kubectl::flags::quote;
use crate::kubectl::{Kubectl, client::Query};

/// What is said where nothing was named.
pub const ONE_OR_MORE: &str = "You must provide one or more resources by argument or filename.\n\
    Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

const MIXED: &str = "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'";

/// What is looked for.
#[derive(Clone, Debug)]
pub enum Target {
    /// One object.
    Named(Arc<Kind>, String),
    /// All objects of a kind that selectors let pass.
    All(Arc<Kind>),
}

/// The objects found, and what could not be.
#[derive(Default)]
pub struct Found {
    /// The objects, in order.
    pub infos: Vec<Info>,
    /// The failures, in order.
    pub fails: Vec<Fail>,
    /// Whether a single object was asked for by name.
    pub single: bool,
}

impl Found {
    /// The objects, if nothing failed.
    pub fn all(self) -> Result<Vec<Info>, Fail> {
        Fail::join(self.fails)?;
        Ok(self.infos)
    }
}

/// What a command takes for its objects.
pub struct Builder<'a> {
    k: &'a Kubectl,
    args: Vec<String>,
    /// Whether a type alone means all of its objects.
    type_alone: bool,
    /// Whether `--all` was given.
    select_all: bool,
    selector: String,
    fields: String,
    local: bool,
}

impl<'a> Builder<'a> {
    /// Objects named by the command's arguments and flags.
    pub fn new(k: &'a Kubectl) -> Builder<'a> {
        Builder {
            k,
            args: k.flags.args.clone(),
            type_alone: false,
            select_all: k.flags.is("all"),
            selector: k.flags.text("selector").to_owned(),
            fields: k.flags.text("field-selector").to_owned(),
            local: false,
        }
    }

    /// With other arguments than the command's.
    pub fn args(mut self, args: &[String]) -> Builder<'a> {
        self.args = args.to_vec();
        self
    }

    /// With another selector than the command's.
    pub fn selector(mut self, selector: &str) -> Builder<'a> {
        self.selector = selector.to_owned();
        self
    }

    /// A type alone means all of its objects.
    pub fn type_alone(mut self) -> Builder<'a> {
        self.type_alone = true;
        self
    }

    /// `--all` only lets a type stand alone; names may be given beside it.
    pub fn all_as_type_alone(mut self) -> Builder<'a> {
        self.type_alone |= self.select_all;
        self.select_all = false;
        self
    }

    /// Files are taken as they are; the server is not asked.
    pub fn local(mut self, local: bool) -> Builder<'a> {
        self.local = local;
        self
    }

    /// What the arguments name.
    pub async fn targets(&self) -> Result<Vec<Target>, Fail> {
        let args: Vec<&String> = self.args.iter().collect();
        if args.iter().any(|arg| arg.contains('/')) {
            return self.pairs(&args).await;
        }
        let Some((types, names)) = args.split_first() else { return Ok(Vec::new()) };
        let mut kinds = Vec::new();
        for word in types.split(',').filter(|word| !word.is_empty()) {
            let members = self.k.mapper().await?.category(word);
            if members.is_empty() {
                kinds.push(self.k.resource(word).await?);
            } else {
                kinds.extend(members);
            }
        }
        let selecting = self.select_all || !self.selector.is_empty() || !self.fields.is_empty();
        if names.is_empty() {
            if !selecting && !self.type_alone {
                return Err(Fail::plain("resource(s) were provided, but no name was specified"));
            }
            return Ok(kinds.into_iter().map(Target::All).collect());
        }
        if self.select_all || !self.selector.is_empty() {
            return Err(Fail::plain("name cannot be provided when a selector is specified"));
        }
        if !self.fields.is_empty() {
            return Err(Fail::plain("name cannot be provided when a selector is specified"));
        }
        if self.k.all_namespaces() {
            return Err(Fail::plain("a resource cannot be retrieved by name across all namespaces"));
        }
        let mut targets = Vec::new();
        for kind in &kinds {
            if names.iter().any(|name| name.is_empty()) {
                return Err(Fail::plain("resource name may not be empty"));
            }
            targets.extend(names.iter().map(|name| Target::Named(Arc::clone(kind), (*name).clone())));
        }
        Ok(targets)
    }

    async fn pairs(&self, args: &[&String]) -> Result<Vec<Target>, Fail> {
        if args.iter().any(|arg| !arg.contains('/')) {
            return Err(Fail::plain(MIXED));
        }
        let mut targets = Vec::new();
        for arg in args {
            let parts: Vec<&str> = arg.split('/').collect();
            let [types, name] = parts[..] else {
                return Err(Fail::plain("arguments in resource/name form may not have more than one slash"));
            };
            if types.is_empty() || name.is_empty() || types.contains(',') {
                return Err(Fail::plain("arguments in resource/name form must have a single resource and name"));
            }
            let kind = self.k.resource(types).await?;
            targets.push(Target::Named(kind, name.to_owned()));
        }
        if self.select_all || !self.selector.is_empty() {
            return Err(Fail::plain("name cannot be provided when a selector is specified"));
        }
        if self.k.all_namespaces() {
            return Err(Fail::plain("a resource cannot be retrieved by name across all namespaces"));
        }
        Ok(targets)
    }

    /// The namespace in which a kind's objects are looked for; empty for all or none.
    pub async fn namespace_for(&self, kind: &Kind) -> Result<String, Fail> {
        match !kind.namespaced || self.k.all_namespaces() {
            true => Ok(String::new()),
            false => self.k.namespace().await,
        }
    }

    /// The selectors as a query.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        if !self.fields.is_empty() {
            query.push(("fieldSelector", self.fields.clone()));
        }
        if !self.selector.is_empty() {
            query.push(("labelSelector", self.selector.clone()));
        }
        query
    }

    /// Words a list's failure as the selectors had their part in it.
    pub fn selector_fail(&self, kind: &Kind, fail: Fail) -> Fail {
        if !matches!(fail.reason(), "BadRequest" | "NotFound") {
            return fail;
        }
        let resource = format!("{}, Resource={}", group_version(kind), kind.plural);
        let prefix = if self.selector.is_empty() && self.fields.is_empty() {
            format!("Unable to list {}: ", quote(&resource))
        } else {
            format!(
                "Unable to find {} that match label selector {}, field selector {}: ",
                quote(&resource),
                quote(&self.selector),
                quote(&self.fields)
            )
        };
        fail.before_api(&prefix)
    }

    /// The objects themselves, fetched from the server.
    pub async fn objects(&self) -> Result<Found, Fail> {
        if !self.k.flags.list("filename").is_empty() || !self.k.flags.text("kustomize").is_empty() {
            if !self.args.is_empty() {
                return Err(Fail::plain(
                    "when paths, URLs, or stdin is provided as resource input, you may not specify resource arguments as well",
                ));
            }
            return self.file_infos().await;
        }
        if self.args.is_empty() {
            return Err(Fail::plain(ONE_OR_MORE));
        }
        let targets = self.targets().await?;
        let client = self.k.client().await?;
        let mut found = Found { single: targets.len() == 1, ..Found::default() };
        for target in targets {
            match target {
                Target::Named(kind, name) => {
                    let namespace = self.namespace_for(&kind).await?;
                    match client.get(&object_path(&kind, &namespace, &name), &[]).await {
                        Ok(object) => found.infos.push(Info { kind, namespace, name, object, source: String::new() }),
                        Err(fail @ Fail::Api(_)) => found.fails.push(or_namespace(self.k, &namespace, fail).await?),
                        Err(fail) => return Err(fail),
                    }
                }
                Target::All(kind) => {
                    found.single = false;
                    let namespace = self.namespace_for(&kind).await?;
                    match self.list(&kind, &namespace, &self.query()).await {
                        Ok(infos) => found.infos.extend(infos),
                        Err(fail @ Fail::Api(_)) => found.fails.push(fail),
                        Err(fail) => return Err(fail),
                    }
                }
            }
        }
        Ok(found)
    }

    async fn list(&self, kind: &Arc<Kind>, namespace: &str, query: &Query<'_>) -> Result<Vec<Info>, Fail> {
        let client = self.k.client().await?;
        let list = client.get(&collection_path(kind, namespace), query).await;
        let list = list.map_err(|fail| self.selector_fail(kind, fail))?;
        Ok(items(&list).into_iter().map(|object| info(kind, object, String::new())).collect())
    }

    async fn file_infos(&self) -> Result<Found, Fail> {
        let mut found = Found::default();
        let client = self.k.client().await?;
        for manifest in manifests_unchecked(self.k).await? {
            let text = |key: &str| manifest.object["metadata"][key].as_str().unwrap_or_default().to_owned();
            if manifest.object["kind"].as_str().unwrap_or_default().is_empty() {
                return Err(Fail::plain(format!(
                    "unable to decode {}: Object 'Kind' is missing in '{}'",
                    quote(&manifest.source),
                    manifest.object
                )));
            }
            let kind = match self.k.kind_of(&manifest.object).await? {
                Some(kind) => kind,
                None => {
                    found.fails.push(no_match(&manifest));
                    continue;
                }
            };
            let namespace = self.k.namespace_of(&kind, &text("namespace")).await?;
            let mut info = info(&kind, manifest.object, manifest.source.clone());
            info.namespace = namespace;
            if !self.local {
                match client.get(&info.path(), &[]).await {
                    Ok(object) => info.object = object,
                    Err(fail @ Fail::Api(_)) => {
                        found.fails.push(or_namespace(self.k, &info.namespace, fail).await?);
                        continue;
                    }
                    Err(fail) => return Err(fail),
                }
            }
            found.infos.push(info);
        }
        Ok(found)
    }
}

/// The failure to get an object; where its whole namespace is not there, that is told. Models
/// cli-runtime/pkg/resource/visitor.go Info.Get.
pub async fn or_namespace(k: &Kubectl, namespace: &str, fail: Fail) -> Result<Fail, Fail> {
    if !fail.is_not_found() || matches!(namespace, "" | "default") {
        return Ok(fail);
    }
    let asked = k.client().await?.get(&format!("/api/v1/namespaces/{namespace}"), &[]).await;
    Ok(asked.err().filter(Fail::is_not_found).unwrap_or(fail))
}

/// `apps/v1`, `/v1`: as Go prints a group and version.
fn group_version(kind: &Kind) -> String {
    format!("{}/{}", kind.group, kind.version)
}

fn info(kind: &Arc<Kind>, object: serde_json::Value, source: String) -> Info {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
    let namespace = if kind.namespaced { text("namespace") } else { String::new() };
    Info { kind: Arc::clone(kind), namespace, name: text("name"), object: Rc::new(object), source }
}

/// A manifest of a kind that is not served.
pub fn no_match(manifest: &super::Manifest) -> Fail {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let object = &manifest.object;
    Fail::plain(format!(
        "resource mapping not found for name: {} namespace: {} from {}: no matches for kind {} in version {}\nensure CRDs are installed first",
        quote(&text(&object["metadata"]["name"])),
        quote(&text(&object["metadata"]["namespace"])),
        quote(&manifest.source),
        quote(&text(&object["kind"])),
        quote(&text(&object["apiVersion"]))
    ))
}

impl Kubectl {
    /// The namespace that an object of a file goes to.
    pub(in crate::kubectl) async fn namespace_of(&self, kind: &Kind, own: &str) -> Result<String, Fail> {
        if !kind.namespaced {
            return Ok(String::new());
        }
        let namespace = self.namespace().await?;
        if own.is_empty() {
            return Ok(namespace);
        }
        if self.namespace_given() && own != namespace {
            return Err(Fail::plain(format!(
                "the namespace from the provided object \"{own}\" does not match the namespace \"{namespace}\". You must pass '--namespace={own}' to perform this operation."
            )));
        }
        Ok(own.to_owned())
    }

    /// The objects of the files, of kinds that are served; the server is not asked for them.
    ///
    /// A selector lets only those pass whose own labels match (FilterByLabelSelector).
    pub(in crate::kubectl) async fn infos_of(&self, manifests: Vec<super::Manifest>) -> Result<Found, Fail> {
        let mut found = Found::default();
        let selector = Selector::parse(self.flags.text("selector")).map_err(Fail::Plain)?;
        for manifest in manifests {
            let Some(kind) = self.kind_of(&manifest.object).await? else {
                found.fails.push(no_match(&manifest));
                continue;
            };
            let own = manifest.object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
            let namespace = self.namespace_of(&kind, &own).await?;
            let mut object = manifest.object;
            if kind.namespaced && object["metadata"].is_object() && own.is_empty() {
                object["metadata"]["namespace"] = namespace.clone().into();
            }
            let mut info = info(&kind, object, manifest.source);
            info.namespace = namespace;
            if selector.is_everything() || selector.matches(&Meta::from_value(&info.object["metadata"]).labels) {
                found.infos.push(info);
            }
        }
        Ok(found)
    }
}
