//! Claims, volumes and storage classes. Models describe.go PersistentVolumeClaimDescriber,
//! PersistentVolumeDescriber and StorageClassDescriber.

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
    phase(scene, page);
    page.field(0, "Volume", text(&spec["volumeName"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    finalizers(page, metadata);
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

pub async fn describe_volume(scene: &Scene<'_>, page: &mut Page) -> Result<(), Fail> {
    let volume = scene.object;
    let (metadata, spec, status) = (&volume["metadata"], &volume["spec"], &volume["status"]);
    page.field(0, "Name", text(&metadata["name"]));
    labels::labels(page, "Labels", &metadata["labels"]);
    labels::annotations(page, "Annotations", &metadata["annotations"]);
    finalizers(page, metadata);
    page.field(0, "StorageClass", text(&spec["storageClassName"]));
    phase(scene, page);
    let claim = &spec["claimRef"];
    page.field(
        0,
        "Claim",
        match claim.is_null() {
            true => String::new(),
            false => format!("{}/{}", text(&claim["namespace"]), text(&claim["name"])),
        },
    );
    page.field(0, "Reclaim Policy", text(&spec["persistentVolumeReclaimPolicy"]));
    page.field(0, "Access Modes", modes(&spec["accessModes"]));
    page.field_if(0, "VolumeMode", text(&spec["volumeMode"]));
    page.field(0, "Capacity", shown(&spec["capacity"]["storage"]));
    node_affinity(page, &spec["nodeAffinity"]);
    page.field(0, "Message", text(&status["message"]));
    page.line(0, "Source:");
    super::volumes::one(page, spec);
    scene.events(page).await
}

fn phase(scene: &Scene<'_>, page: &mut Page) {
    let deleted = &scene.object["metadata"]["deletionTimestamp"];
    let phase = match deleted.is_string() {
        true => format!("Terminating (lasts {})", crate::kubectl::age::since(deleted, scene.now)),
        false => text(&scene.object["status"]["phase"]).to_owned(),
    };
    page.field(0, "Status", phase);
}

fn finalizers(page: &mut Page, metadata: &Value) {
    let finalizers: Vec<&str> = list(&metadata["finalizers"]).map(text).collect();
    page.field(0, "Finalizers", format!("[{}]", finalizers.join(" ")));
}

fn node_affinity(page: &mut Page, affinity: &Value) {
    if affinity.is_null() {
        return page.field(0, "Node Affinity", "<none>");
    }
    page.field(0, "Node Affinity", "");
    let terms: Vec<&Value> = list(&affinity["required"]["nodeSelectorTerms"]).collect();
    if terms.is_empty() {
        return page.field(1, "Required Terms", "<none>");
    }
    page.field(1, "Required Terms", "");
    for (at, term) in terms.into_iter().enumerate() {
        page.put(2, format!("Term {at}:\t"));
        let mut level = 0;
        for one in list(&term["matchExpressions"]) {
            let (key, operator) = (text(&one["key"]), text(&one["operator"]).to_lowercase());
            let values: Vec<&str> = list(&one["values"]).map(text).collect();
            let values = if values.is_empty() { String::new() } else { format!(" [{}]", values.join(", ")) };
            page.line(level, format!("{key} {operator}{values}"));
            level = 3;
        }
        if level == 0 {
            page.line(0, "<none>");
        }
    }
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
