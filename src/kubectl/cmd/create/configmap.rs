//! `kubectl create configmap`. Models create_configmap.go.

use serde_json::{Map, json};

use super::sources;
use crate::kubectl::fail::Outcome;
use crate::kubectl::spec::{self, Spec, run};
use crate::kubectl::{Kubectl, base64};

/// The command.
pub const SPEC: Spec = Spec {
    name: "configmap",
    aliases: &["cm"],
    usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none] [options]",
    short: "Create a config map from a local file, directory or literal value",
    long: "Create a ConfigMap from files, directories, literal values or files of key=value lines.",
    examples: "# Two values\nkubectl create configmap app --from-literal=mode=dev --from-literal=color=red\n\n# A file\nkubectl create configmap app --from-file=app.properties",
    flags: &[sources::FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(create),
    ..Spec::EMPTY
};

async fn create(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let (mut data, mut binary) = (Map::new(), Map::new());
    for (key, bytes) in sources::read(k).await? {
        match String::from_utf8(bytes) {
            Ok(text) => data.insert(key, json!(text)),
            Err(error) => binary.insert(key, json!(base64::encode(error.as_bytes()))),
        };
    }
    let mut object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    if !data.is_empty() {
        object["data"] = data.into();
    }
    if !binary.is_empty() {
        object["binaryData"] = binary.into();
    }
    super::send(k, object, "failed to create configmap: ").await
}
