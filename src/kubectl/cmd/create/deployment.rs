//! `kubectl create deployment`. Models create_deployment.go.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "deployment",
    aliases: &["deploy"],
    usage: "NAME --image=image -- [COMMAND] [args...] [options]",
    short: "Create a deployment with the specified name",
    long: "Create a Deployment of the given name that runs the given image.",
    examples: "# Three web servers\nkubectl create deployment web --image=nginx --replicas=3\n\n# With a command of its own\nkubectl create deployment sleeper --image=busybox -- sleep 3600",
    flags: &[FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(create),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("image", Kind::Slice, "", "Images to run, one container each.").required(),
    Flag::new("port", Kind::Int32, "-1", "Port that the container listens on."),
    Flag::new("replicas", Kind::Int32, "1", "Number of Pods.").short('r'),
];

async fn create(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let images = k.flags.list("image");
    let command = super::command(k);
    if images.len() > 1 && !command.is_empty() {
        return Err(Fail::plain("cannot specify multiple --image options and command"));
    }
    let port = k.flags.int("port");
    let containers: Vec<Value> = images
        .iter()
        .filter(|image| !image.is_empty())
        .map(|image| {
            let mut container = json!({"image": image, "name": container_name(k, image), "resources": {}});
            if !command.is_empty() {
                container["command"] = json!(command);
            }
            if port >= 0 {
                container["ports"] = json!([{"containerPort": port}]);
            }
            container
        })
        .collect();
    let labels = json!({"app": name});
    let containers = if containers.is_empty() { Value::Null } else { Value::Array(containers) };
    let object = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": labels, "name": name},
        "spec": {
            "replicas": k.flags.int("replicas"), "selector": {"matchLabels": labels}, "strategy": {},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
        "status": {},
    });
    super::send(k, object, "failed to create deployment: ").await
}

/// The image's last part without tag and digest. A name with dots or underscores gets a random
/// ending besides, so that it stays unique once they are gone.
pub fn container_name(k: &Kubectl, image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name = last.split([':', '@']).next().unwrap_or(last);
    if !name.contains(['.', '_']) {
        return name.to_owned();
    }
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let machine = k.process.machine();
    let letters = (0..5).map(|_| char::from(LETTERS[machine.random_below(LETTERS.len() as u64) as usize]));
    format!("{}-{}", name.replace(['.', '_'], "-"), letters.collect::<String>())
}
