//! Kubeconfig files: several are read as one, and what changes is written to the file that holds it.
//!
//! Models client-go/tools/clientcmd/{loader,config}.go. Diverges: fields that clientcmd does not know are kept.

use serde_json::{Map, Value, json};

use super::fail::{Fail, Outcome};
use super::flags::{Parsed, quote};
use super::yaml;
use crate::collections::SortedMap;
use crate::machine::{Errno, OpenOptions, Process, files};

/// The lists of a kubeconfig: how each is called, how what an entry holds is called, and which of its
/// fields are written even where they are empty.
pub const LISTS: [(&str, &str, &[&str]); 3] =
    [("clusters", "cluster", &["server"]), ("contexts", "context", &["cluster", "user"]), ("users", "user", &[])];
/// Where in [`LISTS`] the clusters are.
pub const CLUSTERS: usize = 0;
/// Where the contexts are.
pub const CONTEXTS: usize = 1;
/// Where the users are.
pub const USERS: usize = 2;

/// Fields that name files.
const PATHS: [&str; 4] = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/// The entries of one list, by name.
pub type Stanzas = SortedMap<String, Stanza>;

/// What an entry holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stanza {
    /// The file that it comes from; empty for a new one.
    pub origin: String,
    /// Its fields; empty ones are left out.
    pub fields: Map<String, Value>,
}

impl Stanza {
    /// A field's text.
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Sets a field, or takes it out where the value is empty.
    pub fn set(&mut self, field: &str, value: Value) {
        if is_empty(&value) {
            self.fields.remove(field);
        } else {
            self.fields.insert(field.to_owned(), value);
        }
    }

    /// A field's path, which is relative to the file that it stands in.
    pub fn path(&self, field: &str, cwd: &str) -> String {
        match self.text(field) {
            "" => String::new(),
            path => files::normalize(&files::join(&folder(&self.origin, cwd), path)),
        }
    }
}

/// What one or several files hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kubeconfig {
    /// The context in use.
    pub current: String,
    /// Clusters, contexts, users.
    pub lists: [Stanzas; 3],
    /// `preferences` and `extensions`, where they hold something.
    rest: Map<String, Value>,
}

impl Kubeconfig {
    /// As clientcmd writes it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"apiVersion": "v1", "kind": "Config", "current-context": self.current});
        for (key, part) in &self.rest {
            value[key] = part.clone();
        }
        for ((list, kind, always), stanzas) in LISTS.into_iter().zip(&self.lists) {
            let entry = |(name, stanza): (&String, &Stanza)| {
                let mut fields = stanza.fields.clone();
                for field in always {
                    fields.entry(*field).or_insert_with(|| json!(""));
                }
                json!({"name": name, kind: fields})
            };
            let entries: Vec<Value> = stanzas.iter().map(entry).collect();
            value[list] = if entries.is_empty() { Value::Null } else { entries.into() };
        }
        value
    }

    fn of_value(value: &Value, origin: &str) -> Kubeconfig {
        let mut config = Kubeconfig {
            current: value["current-context"].as_str().unwrap_or_default().to_owned(),
            ..Kubeconfig::default()
        };
        for key in ["preferences", "extensions"] {
            if !is_empty(&value[key]) {
                config.rest.insert(key.to_owned(), value[key].clone());
            }
        }
        for ((list, kind, _), stanzas) in LISTS.into_iter().zip(&mut config.lists) {
            for entry in value[list].as_array().into_iter().flatten() {
                let mut fields = entry[kind].as_object().cloned().unwrap_or_default();
                fields.retain(|_, value| !is_empty(value));
                let name = entry["name"].as_str().unwrap_or_default().to_owned();
                stanzas.insert(name, Stanza { origin: origin.to_owned(), fields });
            }
        }
        config
    }

    /// Adds what a file later in the list has and no earlier one.
    fn merge(&mut self, later: Kubeconfig) {
        if self.current.is_empty() {
            self.current = later.current;
        }
        for (key, value) in later.rest {
            self.rest.entry(key).or_insert(value);
        }
        for (known, stanzas) in self.lists.iter_mut().zip(later.lists) {
            for (name, stanza) in stanzas {
                known.entry(name).or_insert(stanza);
            }
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Which files count.
pub struct Sources {
    /// Whether `--kubeconfig` names the one that does.
    pub explicit: bool,
    files: Vec<String>,
}

impl Sources {
    /// `--kubeconfig`, the list in KUBECONFIG, or the file in the home directory.
    pub fn of(process: &Process, flags: &Parsed) -> Sources {
        let given = flags.text("kubeconfig");
        if !given.is_empty() {
            return Sources { explicit: true, files: vec![given.to_owned()] };
        }
        let mut files: Vec<String> = Vec::new();
        for path in process.env("KUBECONFIG").unwrap_or_default().split(':') {
            if !path.is_empty() && !files.iter().any(|known| known == path) {
                files.push(path.to_owned());
            }
        }
        if files.is_empty() {
            let home = process.env("HOME").unwrap_or_else(|| "/root".to_owned());
            files.push(format!("{home}/.kube/config"));
        }
        Sources { explicit: false, files }
    }

    /// The file that new entries go to: the first that is there, or the last of the list.
    pub fn default_file(&self, process: &Process) -> String {
        let there = self.files.iter().find(|path| exists(process, path));
        there.or(self.files.last()).cloned().unwrap_or_default()
    }

    /// The file that `--kubeconfig` names, where it is not there.
    pub fn missing(&self, process: &Process) -> Option<&str> {
        let first = self.files.first().filter(|path| self.explicit && !exists(process, path));
        first.map(String::as_str)
    }

    /// What the files hold together: of two entries of a name the first counts.
    pub async fn load(&self, process: &Process) -> Result<Kubeconfig, Fail> {
        let mut all = Kubeconfig::default();
        for path in &self.files {
            if let Some(config) = read(process, path).await? {
                all.merge(config);
            }
        }
        Ok(all)
    }

    /// Writes what differs from the files to the files that it belongs to. Paths become `relative`
    /// to their file where they lie below its directory. Models clientcmd.ModifyConfig.
    pub async fn modify(&self, process: &Process, new: &Kubeconfig, relative: bool) -> Outcome {
        let old = self.load(process).await?;
        if old.current != new.current {
            let file = self.file_of_current(process, &new.current).await?;
            let mut config = read(process, &file).await?.unwrap_or_default();
            config.current.clone_from(&new.current);
            write(process, &file, &config).await?;
        }
        for (at, (before, after)) in old.lists.iter().zip(&new.lists).enumerate() {
            for (name, stanza) in after {
                if before.get(name) == Some(stanza) {
                    continue;
                }
                let file = if stanza.origin.is_empty() { self.default_file(process) } else { stanza.origin.clone() };
                let mut config = read(process, &file).await?.unwrap_or_default();
                let mut stanza = Stanza { origin: file.clone(), ..stanza.clone() };
                if relative {
                    relativize(&mut stanza, &process.cwd());
                }
                config.lists[at].insert(name.clone(), stanza);
                write(process, &file, &config).await?;
            }
            for (name, stanza) in before {
                if !after.contains_key(name)
                    && let Some(mut config) = read(process, &stanza.origin).await?
                {
                    config.lists[at].remove(name);
                    write(process, &stanza.origin, &config).await?;
                }
            }
        }
        Ok(())
    }

    /// The file whose current-context is to change: to clear it, the first that has one.
    async fn file_of_current(&self, process: &Process, new: &str) -> Result<String, Fail> {
        if new.is_empty() && !self.explicit {
            for path in &self.files {
                if read(process, path).await?.is_some_and(|config| !config.current.is_empty()) {
                    return Ok(path.clone());
                }
            }
            return Err(Fail::plain("no config found to write context"));
        }
        Ok(self.default_file(process))
    }
}

fn exists(process: &Process, path: &str) -> bool {
    process.machine().files().find(&process.cwd(), path).is_ok()
}

/// The directory of a file.
fn folder(file: &str, cwd: &str) -> String {
    let path = files::normalize(&files::join(cwd, file));
    path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
}

fn relativize(stanza: &mut Stanza, cwd: &str) {
    let folder = format!("{}/", folder(&stanza.origin, cwd));
    for field in PATHS {
        let path = stanza.path(field, cwd);
        if let Some(below) = path.strip_prefix(&folder) {
            stanza.set(field, json!(below));
        }
    }
}

/// What a file holds; nothing where there is none.
pub async fn read(process: &Process, path: &str) -> Result<Option<Kubeconfig>, Fail> {
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
    let value = yaml::parse(&String::from_utf8_lossy(&bytes))
        .map_err(|error| Fail::plain(format!("error loading config file {}: {error}", quote(path))))?;
    Ok(Some(Kubeconfig::of_value(&value, path)))
}

async fn write(process: &Process, path: &str, config: &Kubeconfig) -> Outcome {
    let fail = |errno: Errno| Fail::plain(format!("open {path}: {}", errno.text().to_lowercase()));
    process.machine().files().mkdir_all(&folder(path, &process.cwd())).map_err(fail)?;
    let file = process.open_with_mode(path, OpenOptions::WRITE, 0o600).map_err(fail)?;
    process.write_file_object(&file, yaml::emit(&config.to_value()).as_bytes()).await.map_err(fail)
}
