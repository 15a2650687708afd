//! `kubectl set image`. Models set_image.go.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::resource::{Builder, Info};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "image",
    usage: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N [options]",
    short: "Update the image of a pod template",
    long: "Change the images of containers; * means all of them.",
    examples: "# One container\nkubectl set image deployment/web nginx=nginx:1.27\n\n# All containers\nkubectl set image deployment/web *=nginx:1.27",
    flags: &[super::FLAGS, spec::ALL, spec::SELECTOR, spec::FILES, spec::LOCAL, spec::DRY_RUN, spec::PRINT],
    run: run!(image),
    ..Spec::EMPTY
};

async fn image(k: &Kubectl) -> Outcome {
    let args = &k.flags.args;
    let first = args.iter().position(|arg| arg.contains('=')).unwrap_or(args.len());
    let (resources, pairs) = args.split_at(first);
    let dry_run = k.dry_run().await?;
    let local = k.flags.is("local");
    let mut images = Vec::new();
    for pair in pairs {
        let Some((name, image)) = pair.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(Fail::plain(format!("all resources must be specified before image changes: {pair}")));
        };
        images.push((name.to_owned(), image.to_owned()));
    }
    let no_files = k.flags.list("filename").is_empty();
    if resources.is_empty() && no_files {
        return Err(Fail::plain(crate::kubectl::resource::ONE_OR_MORE));
    }
    let mixed = resources.len() > 1 && resources.iter().any(|arg| arg.contains('/'));
    if images.is_empty() && !mixed {
        return Err(Fail::plain("at least one image update is required"));
    }
    let found = Builder::new(k).args(resources).local(local).objects().await?;
    let mut fails = found.fails;
    if !fails.is_empty() && found.infos.is_empty() {
        return Fail::join(fails);
    }
    for info in &found.infos {
        if let Err(more) = change(k, info, &images, local, dry_run).await {
            fails.push(more);
        }
    }
    Fail::join(fails)
}

async fn change(
    k: &Kubectl,
    info: &Info,
    images: &[(String, String)],
    local: bool,
    dry_run: crate::kubectl::DryRun,
) -> Outcome {
    let Some(path) = super::pod_spec_path(info) else {
        return Err(Fail::plain(format!(
            "{} the object is not a pod or does not have a pod template: {}",
            info.named(),
            info.kind.kind
        )));
    };
    let spec = super::pod_spec(&info.object, path);
    let mut patch = json!({});
    let mut missing = Vec::new();
    let mut changed = (*info.object).clone();
    for (pattern, image) in images {
        let mut found = false;
        for key in ["initContainers", "containers"] {
            let containers: Vec<&Value> = spec[key].as_array().into_iter().flatten().collect();
            for (at, container) in containers.iter().enumerate() {
                let name = container["name"].as_str().unwrap_or_default();
                if !super::matches(pattern, name) {
                    continue;
                }
                found = true;
                changed = super::with_pod_spec(&changed, path, |spec| spec[key][at]["image"] = json!(image));
                if !patch[key].is_array() {
                    patch[key] = json!([]);
                }
                if let Some(list) = patch[key].as_array_mut() {
                    list.push(json!({"image": image, "name": name}));
                }
            }
        }
        if !found {
            missing.push(Fail::plain(format!("unable to find container named \"{pattern}\"")));
        }
    }
    if !missing.is_empty() {
        return Fail::join(missing);
    }
    let words = ("image updated", "failed to patch image update to pod template: ");
    super::send(k, info, super::wrap(path, patch), changed, words, local, dry_run).await
}
