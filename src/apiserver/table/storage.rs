//! Rows of volumes, claims and storage classes.

use serde_json::{Value, json};

use super::{AGE, Column, NAME, Row, number, text, wide};

pub const VOLUME: &[Column] = &[
    NAME,
    text("Capacity"),
    text("Access Modes"),
    text("Reclaim Policy"),
    text("Status"),
    text("Claim"),
    text("StorageClass"),
    text("VolumeAttributesClass"),
    text("Reason"),
    AGE,
    wide("VolumeMode"),
];
pub const CLAIM: &[Column] = &[
    NAME,
    text("Status"),
    text("Volume"),
    text("Capacity"),
    text("Access Modes"),
    text("StorageClass"),
    text("VolumeAttributesClass"),
    AGE,
    wide("VolumeMode"),
];
pub const CLASS: &[Column] = &[
    NAME,
    text("Provisioner"),
    text("ReclaimPolicy"),
    text("VolumeBindingMode"),
    ("AllowVolumeExpansion", "boolean", "", 0),
    AGE,
];
pub const ATTACHMENT: &[Column] =
    &[NAME, text("Attacher"), text("PV"), text("Node"), ("Attached", "boolean", "", 0), AGE];
pub const CSI_NODE: &[Column] = &[NAME, number("Drivers"), AGE];
pub const CSI_DRIVER: &[Column] = &[
    NAME,
    ("AttachRequired", "boolean", "", 0),
    ("PodInfoOnMount", "boolean", "", 0),
    ("StorageCapacity", "boolean", "", 0),
    text("TokenRequests"),
    ("RequiresRepublish", "boolean", "", 0),
    text("Modes"),
    AGE,
];

/// `RWO,RWX`, in upstream's order.
fn access_modes(modes: &[Value]) -> String {
    let short =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let known = short.iter().filter(|(long, _)| modes.iter().any(|mode| mode == long));
    known.map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

/// The class by the old annotation, or by the field.
fn class_of(row: &Row<'_>) -> String {
    let old = row.object.meta.annotation("volume.beta.kubernetes.io/storage-class");
    old.map_or_else(|| row.text("/spec/storageClassName", ""), str::to_owned)
}

pub fn volume(row: &Row<'_>) -> Vec<Value> {
    let claim = &row.value["spec"]["claimRef"];
    let claim = match (claim["namespace"].as_str(), claim["name"].as_str()) {
        (Some(namespace), Some(name)) => format!("{namespace}/{name}"),
        _ => String::new(),
    };
    let terminating = row.object.meta.deleted.is_some();
    let phase = if terminating { "Terminating".to_owned() } else { row.text("/status/phase", "") };
    vec![
        row.name(),
        json!(row.text("/spec/capacity/storage", "")),
        json!(access_modes(row.list("/spec/accessModes"))),
        json!(row.text("/spec/persistentVolumeReclaimPolicy", "")),
        json!(phase),
        json!(claim),
        json!(class_of(row)),
        json!(row.text("/spec/volumeAttributesClassName", "<unset>")),
        json!(row.text("/status/reason", "")),
        row.age(),
        json!(row.text("/spec/volumeMode", "<unset>")),
    ]
}

pub fn claim(row: &Row<'_>) -> Vec<Value> {
    let terminating = row.object.meta.deleted.is_some();
    let phase = if terminating { "Terminating".to_owned() } else { row.text("/status/phase", "") };
    let bound = !row.text("/spec/volumeName", "").is_empty();
    let (capacity, modes) = match bound {
        true => (row.text("/status/capacity/storage", "0"), access_modes(row.list("/status/accessModes"))),
        false => (String::new(), String::new()),
    };
    vec![
        row.name(),
        json!(phase),
        json!(row.text("/spec/volumeName", "")),
        json!(capacity),
        json!(modes),
        json!(class_of(row)),
        json!(row.text("/spec/volumeAttributesClassName", "<unset>")),
        row.age(),
        json!(row.text("/spec/volumeMode", "<unset>")),
    ]
}

pub fn class(row: &Row<'_>) -> Vec<Value> {
    let default = row.object.meta.annotation("storageclass.kubernetes.io/is-default-class") == Some("true");
    let name = if default { format!("{} (default)", row.object.meta.name) } else { row.object.meta.name.to_string() };
    vec![
        json!(name),
        json!(row.text("/provisioner", "")),
        json!(row.text("/reclaimPolicy", "Delete")),
        json!(row.text("/volumeBindingMode", "Immediate")),
        json!(row.value["allowVolumeExpansion"] == true),
        row.age(),
    ]
}

pub fn attachment(row: &Row<'_>) -> Vec<Value> {
    vec![
        row.name(),
        json!(row.text("/spec/attacher", "")),
        json!(row.text("/spec/source/persistentVolumeName", "")),
        json!(row.text("/spec/nodeName", "")),
        json!(row.value["status"]["attached"] == true),
        row.age(),
    ]
}

pub fn csi_node(row: &Row<'_>) -> Vec<Value> {
    vec![row.name(), json!(row.list("/spec/drivers").len()), row.age()]
}

pub fn csi_driver(row: &Row<'_>) -> Vec<Value> {
    let flag = |field: &str| json!(row.value["spec"][field] == true);
    let join = |pointer: &str| {
        let each: Vec<&str> =
            row.list(pointer).iter().filter_map(|item| item.as_str().or(item["audience"].as_str())).collect();
        json!(if each.is_empty() { "<unset>".to_owned() } else { each.join(",") })
    };
    vec![
        row.name(),
        flag("attachRequired"),
        flag("podInfoOnMount"),
        flag("storageCapacity"),
        join("/spec/tokenRequests"),
        flag("requiresRepublish"),
        join("/spec/volumeLifecycleModes"),
        row.age(),
    ]
}
