//! Claims and storage classes. Models describe.go PersistentVolumeClaimDescriber and
//! StorageClassDescriber.

use serde_json::Value;

use super::page::Page;
use super::{Scene, labels, list, or_none, shown, text};
use crate::kubectl::fail::Fail;

/// `RWO,ROX`
fn modes(modes: &Value) -> String {
    let short = list(modes).map(|mode| match text(mode) {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    });
    short.collect::<Vec<_>>().join(",")
}

pub async fn describe_claim(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let claim = scene.object;
    let (metadata, spec, status) = (&claim["metadata"], &claim["spec"], &claim["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    page.field(0, "StorageClass", text(&spec["storageClassName"]));
    if metadata["deletionTimestamp"].is_string() {
        let lasts = crate::kubectl::age::since(&metadata["deletionTimestamp"], scene.now);
        page.field(0, "Status", format!("Terminating (lasts {lasts})"));
    } else {
        page.field(0, "Status", text(&status["phase"]));
    }
    page.field(0, "Volume", text(&spec["volumeName"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    let finalizers: Vec<&str> = list(&metadata["finalizers"]).map(text).collect();
    page.field(0, "Finalizers", format!("[{}]", finalizers.join(" ")));
    let bound = !text(&spec["volumeName"]).is_empty();
    page.field(0, "Capacity", if bound { shown(&status["capacity"]["storage"]) } else { String::new() });
    page.field(0, "Access Modes", if bound { modes(&status["accessModes"]) } else { String::new() });
    page.field_if(0, "VolumeMode", text(&spec["volumeMode"]));
    let pods = scene.list(&format!("/api/v1/namespaces/{}/pods", scene.info.namespace), &[]).await?;
    let uses = |pod: &&Value| {
        list(&pod["spec"]["volumes"]).any(|volume| volume["persistentVolumeClaim"]["claimName"] == *scene.info.name)
    };
    let users: Vec<&str> = pods.iter().filter(uses).map(|pod| text(&pod["metadata"]["name"])).collect();
    page.field(0, "Used By", or_none(&users.join("\n\t")));
    scene.events(page).await
}

pub async fn describe_class(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let class = scene.object;
    page.field(0, "Name", text(&class["metadata"]["name"]));
    let annotations = &class["metadata"]["annotations"];
    let default = annotations["storageclass.kubernetes.io/is-default-class"] == "true";
    page.field(0, "IsDefaultClass", if default { "Yes" } else { "No" });
    page.field(0, "Annotations", or_none(&labels::map_selector(annotations)));
    page.line(0, "");
    page.field(0, "Provisioner", text(&class["provisioner"]));
    page.field(0, "Parameters", or_none(&labels::map_selector(&class["parameters"])));
    let expansion = match class["allowVolumeExpansion"].as_bool() {
        None => "<unset>",
        Some(flag) => super::yes(flag),
    };
    page.field(0, "AllowVolumeExpansion", expansion);
    page.line(0, if list(&class["mountOptions"]).next().is_none() { "MountOptions:\t<none>" } else { "MountOptions:" });
    list(&class["mountOptions"]).for_each(|option| page.line(1, text(option)));
    page.field_if(0, "ReclaimPolicy", text(&class["reclaimPolicy"]));
    page.field_if(0, "VolumeBindingMode", text(&class["volumeBindingMode"]));
    scene.events(page).await
}
