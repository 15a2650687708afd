//! Kustomize: resources of a directory, varied as its `kustomization.yaml` says.
//!
//! Models sigs.k8s.io/kustomize/api (krusty, internal/target): resources, generators, patches and
//! transformers, layer by layer; hashes and references to names at the end. What a kustomization
//! asks for and is not simulated is refused by name. Diverges: nothing is fetched from outside.

mod generators;
mod names;
mod patches;
mod transform;

use serde_json::Value;

use super::fail::Fail;
use super::flags::quote;
use super::{Kubectl, yaml};
use crate::collections::SortedSet;
use crate::machine::files::normalize;
use names::Resource;

const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Directories nest no deeper than this.
const DEPTH_MAX: usize = 20;

/// What a kustomization may say, and whether that is simulated.
const FIELDS: [(&str, bool); 27] = [
    ("apiVersion", true),
    ("kind", true),
    ("metadata", true),
    ("resources", true),
    ("bases", true),
    ("components", true),
    ("namePrefix", true),
    ("nameSuffix", true),
    ("namespace", true),
    ("labels", true),
    ("commonLabels", true),
    ("commonAnnotations", true),
    ("images", true),
    ("replicas", true),
    ("configMapGenerator", true),
    ("secretGenerator", true),
    ("generatorOptions", true),
    ("patches", true),
    ("patchesStrategicMerge", true),
    ("patchesJson6902", true),
    ("buildMetadata", false),
    ("crds", false),
    ("generators", false),
    ("helmCharts", false),
    ("replacements", false),
    ("transformers", false),
    ("vars", false),
];

/// Fields that have better ones now.
const DEPRECATED: [(&str, &str); 4] = [
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
];

/// One directory, and what its kustomization says.
struct Layer<'a> {
    k: &'a Kubectl,
    /// The directory, from the root.
    dir: String,
    says: Value,
}

/// The objects that a directory makes, in the order in which they are to be created.
pub async fn build(k: &Kubectl, name: &str) -> Result<Vec<Value>, Fail> {
    if name.contains("://") || name.starts_with("github.com/") || name.starts_with("git@") {
        return Err(Fail::plain(format!(
            "the simulated network has no way to {name}; kustomize builds directories only"
        )));
    }
    let dir = normalize(&crate::machine::files::join(&k.process.cwd(), name));
    if !is_dir(k, &dir) {
        return Err(Fail::plain(format!("must build at directory: {}", no_directory(name, &dir))));
    }
    let mut resources = Vec::new();
    // The layers below come first; a layer changes all that it has gathered.
    accumulate(k, dir, &mut resources).await?;
    names::finish(&mut resources);
    names::sort(&mut resources);
    Ok(resources.into_iter().map(|resource| resource.value).collect())
}

fn is_dir(k: &Kubectl, path: &str) -> bool {
    k.process.machine().files().find("/", path).and_then(|node| node.get()).is_ok_and(|inode| inode.is_dir())
}

fn no_directory(name: &str, path: &str) -> String {
    format!("not a valid directory: evalsymlink failure on '{name}' : lstat {path}: no such file or directory")
}

/// What is still to be done: go into a directory, or change what was gathered since.
enum Step {
    Enter(String, Vec<String>),
    Add(String, String),
    Leave(Value, String, usize),
}

async fn accumulate(k: &Kubectl, root: String, all: &mut Vec<Resource>) -> Result<(), Fail> {
    let mut waiting = vec![Step::Enter(root, Vec::new())];
    while let Some(step) = waiting.pop() {
        match step {
            Step::Enter(dir, above) => {
                if above.contains(&dir) || above.len() > DEPTH_MAX {
                    return Err(Fail::plain(format!("cycle detected: candidate root '{dir}' contains visited root")));
                }
                let layer = Layer::read(k, &dir).await?;
                let mut within = above;
                within.push(dir.clone());
                let component = layer.says["kind"] == "Component";
                let start = if component { 0 } else { all.len() };
                let mut next = Vec::new();
                for (field, entry) in ["resources", "bases", "components"]
                    .iter()
                    .flat_map(|field| layer.texts(field).map(move |entry| (field, entry)))
                {
                    if entry.contains("://") || entry.starts_with("github.com/") {
                        return Err(Fail::plain(format!(
                            "accumulating resources: the simulated network has no way to {entry}; copy it into a file"
                        )));
                    }
                    let path = normalize(&format!("{dir}/{entry}"));
                    next.push(match is_dir(k, &path) {
                        true => Step::Enter(path, within.clone()),
                        false if *field == "resources" => Step::Add(dir.clone(), entry),
                        false => {
                            return Err(Fail::plain(format!("accumulating {field}: {}", no_directory(&path, &path))));
                        }
                    });
                }
                waiting.push(Step::Leave(layer.says, dir, start));
                waiting.extend(next.into_iter().rev());
            }
            Step::Add(dir, entry) => {
                let layer = Layer { k, dir, says: Value::Null };
                layer.add(&entry, all).await?;
            }
            Step::Leave(says, dir, start) => {
                let mut own = all.split_off(start.min(all.len()));
                let layer = Layer { k, dir, says };
                generators::generate(&layer, &mut own).await?;
                patches::patch(&layer, &mut own).await?;
                transform::transform(&layer.says, &mut own)?;
                all.extend(own);
                distinct(all)?;
            }
        }
    }
    Ok(())
}

/// No two resources may be the same object.
fn distinct(all: &[Resource]) -> Result<(), Fail> {
    let mut seen = SortedSet::new();
    for resource in all {
        let id = resource.id();
        if !seen.insert(id.clone()) {
            return Err(Fail::plain(format!("may not add resource with an already registered id: {id}")));
        }
    }
    Ok(())
}

impl Layer<'_> {
    async fn read<'a>(k: &'a Kubectl, dir: &str) -> Result<Layer<'a>, Fail> {
        let names = k.process.machine().files().list("/", dir).unwrap_or_default();
        let found: Vec<&str> = FILES.into_iter().filter(|file| names.iter().any(|name| name == file)).collect();
        let file = match found.as_slice() {
            [file] => *file,
            [] => {
                return Err(Fail::plain(format!(
                    "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{dir}'"
                )));
            }
            _ => return Err(Fail::plain(format!("Found multiple kustomization files under: {dir}\n"))),
        };
        let layer = Layer { k, dir: dir.to_owned(), says: Value::Null };
        let text = layer.file(file).await?;
        let says = yaml::parse(&text)
            .map_err(|error| Fail::plain(format!("invalid Kustomization: error converting YAML to JSON: {error}")))?;
        let Value::Object(map) = &says else { return Err(Fail::plain("kustomization.yaml is empty")) };
        for field in map.keys() {
            match FIELDS.iter().find(|(known, _)| known == field) {
                None => {
                    return Err(Fail::plain(format!("invalid Kustomization: json: unknown field {}", quote(field))));
                }
                Some((_, false)) => return Err(Fail::plain(format!("kustomize: {field} is not simulated"))),
                Some((_, true)) => {}
            }
        }
        for (old, new) in DEPRECATED.iter().filter(|(old, _)| map.contains_key(*old)) {
            k.err(&format!("# Warning: '{old}' is deprecated. Please use '{new}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n"))
                .await;
        }
        Ok(Layer { says, ..layer })
    }

    /// The texts of a list.
    fn texts(&self, field: &str) -> impl Iterator<Item = String> {
        let list = self.says[field].as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned))
    }

    /// A file of the directory, as text.
    async fn file(&self, name: &str) -> Result<String, Fail> {
        Ok(String::from_utf8_lossy(&self.bytes(name).await?).into_owned())
    }

    /// A file of the directory. Files outside of it are not read.
    async fn bytes(&self, name: &str) -> Result<Vec<u8>, Fail> {
        let path = normalize(&crate::machine::files::join(&self.dir, name));
        if !path.starts_with(&format!("{}/", self.dir.trim_end_matches('/'))) {
            return Err(Fail::plain(format!("security; file '{path}' is not in or below '{}'", self.dir)));
        }
        self.k
            .process
            .read_file(&path)
            .await
            .map_err(|errno| Fail::plain(format!("open {path}: {}", errno.text().to_lowercase())))
    }

    /// Adds the objects of a file.
    async fn add(&self, name: &str, all: &mut Vec<Resource>) -> Result<(), Fail> {
        let path = normalize(&format!("{}/{name}", self.dir));
        let text = self.file(name).await.map_err(|fail| {
            Fail::plain(format!(
                "accumulating resources: accumulation err='accumulating resources from '{name}': {}': must build at directory: {}",
                fail.message(),
                no_directory(&path, &path)
            ))
        })?;
        for object in objects(&text).map_err(|error| {
            Fail::plain(format!(
                "accumulating resources: accumulation err='accumulating resources from '{name}': {error}'"
            ))
        })? {
            all.push(Resource::new(object));
        }
        Ok(())
    }
}

/// The objects of a text; lists are taken apart.
fn objects(text: &str) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for document in yaml::documents(text) {
        let object = yaml::parse(&document).map_err(|error| format!("MalformedYAMLError: {error}"))?;
        let listed = object["kind"].as_str().is_some_and(|kind| kind.ends_with("List")) && object["items"].is_array();
        match listed {
            true => all.extend(super::resource::items(&object)),
            false => all.push(object),
        }
    }
    if let Some(bare) = all.iter().find(|object| object["kind"].as_str().unwrap_or_default().is_empty()) {
        return Err(format!("missing Resource metadata: {bare}"));
    }
    Ok(all)
}
