//! `kubectl create job`. Models create_job.go.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "job",
    usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...] [options]",
    short: "Create a job with the specified name",
    long: "Create a Job of the given name, from an image or from a CronJob.",
    examples: "# A command\nkubectl create job hello --image=busybox -- echo hello\n\n# A CronJob's, now\nkubectl create job now --from=cronjob/nightly",
    flags: &[FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(create),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("from", "", "CronJob to take the template from: cronjob/NAME."),
    Flag::text("image", "", "Image to run."),
];

async fn create(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let (image, from) = (k.flags.text("image"), k.flags.text("from"));
    let command = super::command(k);
    if image.is_empty() == from.is_empty() {
        return Err(Fail::plain("either --image or --from must be specified"));
    }
    if !from.is_empty() && !command.is_empty() {
        return Err(Fail::plain("cannot specify --from and command"));
    }
    let object = if from.is_empty() {
        let mut container = json!({"image": image, "name": name, "resources": {}});
        if !command.is_empty() {
            container["command"] = json!(command);
        }
        json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
            "spec": {"template": {"metadata": {}, "spec": {"containers": [container], "restartPolicy": "Never"}}},
            "status": {},
        })
    } else {
        from_cron_job(k, &name, from).await?
    };
    super::send(k, object, "failed to create job: ").await
}

async fn from_cron_job(k: &Kubectl, name: &str, from: &str) -> Result<Value, Fail> {
    let (word, cron_name) = from.split_once('/').unwrap_or(("cronjob", from));
    let kind = k.resource(word).await?;
    if *kind.kind != *"CronJob" {
        return Err(Fail::plain("from must be an existing cronjob"));
    }
    let path = crate::kubectl::resource::object_path(&kind, &k.namespace().await?, cron_name);
    let cron = k.client().await?.get(&path, &[]).await?;
    let template = &cron["spec"]["jobTemplate"];
    let mut annotations = template["metadata"]["annotations"].clone();
    if !annotations.is_object() {
        annotations = json!({});
    }
    annotations["cronjob.kubernetes.io/instantiate"] = json!("manual");
    let mut metadata = json!({
        "annotations": annotations, "name": name,
        "ownerReferences": [{"apiVersion": "batch/v1", "controller": true, "kind": "CronJob",
            "name": cron["metadata"]["name"], "uid": cron["metadata"]["uid"]}],
    });
    if template["metadata"]["labels"].is_object() {
        metadata["labels"] = template["metadata"]["labels"].clone();
    }
    Ok(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": template["spec"], "status": {}}))
}
