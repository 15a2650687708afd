//! Volumes and their mounts. Models describe.go describeVolumes.

use serde_json::Value;

use super::page::Page;
use super::{list, shown, text};
use crate::collections::Sort;

/// What a container mounts.
pub fn mounts(page: &mut Page, container: &Value) {
    let mut mounts: Vec<&Value> = list(&container["volumeMounts"]).collect();
    mounts.arrange_by_key(|mount| text(&mount["mountPath"]));
    page.line(2, if mounts.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    for mount in mounts {
        let mut flags = vec![if mount["readOnly"] == true { "ro".to_owned() } else { "rw".to_owned() }];
        if !text(&mount["subPath"]).is_empty() {
            flags.push(format!("path=\"{}\"", text(&mount["subPath"])));
        }
        page.line(3, format!("{} from {} ({})", text(&mount["mountPath"]), text(&mount["name"]), flags.join(",")));
    }
}

/// A Pod's volumes.
pub fn volumes(page: &mut Page, volumes: &Value, space: &str) {
    if list(volumes).next().is_none() {
        page.line(0, format!("{space}Volumes:\t<none>"));
        return;
    }
    page.line(0, format!("{space}Volumes:"));
    for volume in list(volumes) {
        page.line(1, format!("{}{}:", if space.is_empty() { "" } else { " " }, text(&volume["name"])));
        one(page, volume);
    }
}

fn optional(source: &Value) -> bool {
    source["optional"] == true
}

/// Where a volume comes from.
pub fn one(page: &mut Page, volume: &Value) {
    let or_unset = |value: &Value| if value.is_null() { "<unset>".to_owned() } else { shown(value) };
    if let Some(source) = volume.get("emptyDir") {
        page.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        page.field(2, "Medium", text(&source["medium"]));
        page.field(2, "SizeLimit", or_unset(&source["sizeLimit"]));
    } else if let Some(source) = volume.get("hostPath") {
        page.field(2, "Type", "HostPath (bare host directory volume)");
        page.field(2, "Path", text(&source["path"]));
        page.field(2, "HostPathType", text(&source["type"]));
    } else if let Some(source) = volume.get("secret") {
        page.field(2, "Type", "Secret (a volume populated by a Secret)");
        page.field(2, "SecretName", text(&source["secretName"]));
        page.field(2, "Optional", optional(source));
    } else if let Some(source) = volume.get("configMap") {
        page.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        page.field(2, "Name", text(&source["name"]));
        page.field(2, "Optional", optional(source));
    } else if let Some(source) = volume.get("persistentVolumeClaim") {
        let what = "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)";
        page.field(2, "Type", what);
        page.field(2, "ClaimName", text(&source["claimName"]));
        page.field(2, "ReadOnly", source["readOnly"] == true);
    } else if let Some(source) = volume.get("projected") {
        page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
        list(&source["sources"]).for_each(|source| projected(page, source));
    } else if let Some(source) = volume.get("downwardAPI") {
        page.field(2, "Type", "DownwardAPI (a volume populated by information about the pod)");
        page.line(2, "Items:");
        for item in list(&source["items"]) {
            let from = match text(&item["fieldRef"]["fieldPath"]) {
                "" => text(&item["resourceFieldRef"]["resource"]),
                path => path,
            };
            page.line(3, format!("{from} -> {}", text(&item["path"])));
        }
    } else if let Some(source) = volume.get("nfs") {
        page.field(2, "Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
        page.field(2, "Server", text(&source["server"]));
        page.field(2, "Path", text(&source["path"]));
        page.field(2, "ReadOnly", source["readOnly"] == true);
    } else if let Some(source) = volume.get("csi") {
        page.field(2, "Type", "CSI (a Container Storage Interface (CSI) volume source)");
        page.field(2, "Driver", text(&source["driver"]));
        page.field(2, "FSType", text(&source["fsType"]));
        // A Pod's own volume has no handle.
        if source["volumeHandle"].is_string() {
            page.field(2, "VolumeHandle", text(&source["volumeHandle"]));
        }
        page.field(2, "ReadOnly", source["readOnly"] == true);
        page.put(2, "VolumeAttributes:\t");
        let attributes: Vec<_> = source["volumeAttributes"].as_object().into_iter().flatten().collect();
        if attributes.is_empty() {
            page.line(0, "<none>");
        }
        for (at, (key, value)) in attributes.into_iter().enumerate() {
            page.line(
                if at == 0 { 2 } else { 0 },
                format!("{}{key}={}", if at > 0 { "\t    " } else { "" }, text(value)),
            );
        }
    } else if let Some(source) = volume.get("local") {
        page.field(2, "Type", "LocalVolume (a persistent volume backed by local storage on a node)");
        page.field(2, "Path", text(&source["path"]));
    } else if let Some(source) = volume.get("ephemeral") {
        let claim = &source["volumeClaimTemplate"];
        page.field(
            2,
            "Type",
            "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        );
        page.field(2, "StorageClass", text(&claim["spec"]["storageClassName"]));
        page.field(2, "Volume", "");
        for (title, name, mark) in [("Labels", "labels", "="), ("Annotations", "annotations", ": ")] {
            let pairs = claim["metadata"][name].as_object().into_iter().flatten();
            let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}{mark}{}", text(value))).collect();
            page.field(2, title, if pairs.is_empty() { "<none>".to_owned() } else { pairs.join("\n    \t") });
        }
        // These are known of a claim that has its volume only.
        page.field(2, "Capacity", "");
        page.field(2, "Access Modes", "");
        page.field_if(2, "VolumeMode", text(&claim["spec"]["volumeMode"]));
    } else {
        page.line(2, "<unknown>");
    }
}

fn projected(page: &mut Page, source: &Value) {
    if let Some(secret) = source.get("secret") {
        page.field(2, "SecretName", text(&secret["name"]));
        page.field(2, "Optional", optional(secret));
    } else if source.get("downwardAPI").is_some() {
        page.field(2, "DownwardAPI", true);
    } else if let Some(map) = source.get("configMap") {
        page.field(2, "ConfigMapName", text(&map["name"]));
        page.field(2, "Optional", optional(map));
    } else if let Some(token) = source.get("serviceAccountToken") {
        page.field(2, "TokenExpirationSeconds", token["expirationSeconds"].as_i64().unwrap_or(3600));
    }
}
