//! What an update may not have changed, as a diff of Go's own structs. Models
//! apimachinery/pkg/util/diff: both sides as indented JSON with the fields' Go names, and a unified diff
//! of the lines.

use serde_json::{Value, json};

/// How many lines around a change are shown.
const CONTEXT: usize = 3;

/// The lines of a claim's spec.
pub fn claim_spec(spec: &Value) -> Vec<String> {
    let resources = &spec["resources"];
    let fields = [
        ("AccessModes", spec["accessModes"].clone()),
        ("Selector", spec["selector"].clone()),
        ("Resources", Value::Null),
        ("VolumeName", json!(spec["volumeName"].as_str().unwrap_or_default())),
        ("StorageClassName", spec["storageClassName"].clone()),
        ("VolumeMode", spec["volumeMode"].clone()),
        ("DataSource", spec["dataSource"].clone()),
        ("DataSourceRef", spec["dataSourceRef"].clone()),
        ("VolumeAttributesClassName", spec["volumeAttributesClassName"].clone()),
    ];
    let mut lines = vec!["{".to_owned()];
    for (at, (name, value)) in fields.iter().enumerate() {
        if *name == "Resources" {
            lines.push(" \"Resources\": {".to_owned());
            print("  \"Limits\": ", &resources["limits"], 2, ",", &mut lines);
            print("  \"Requests\": ", &resources["requests"], 2, "", &mut lines);
            lines.push(" },".to_owned());
            continue;
        }
        let end = if at + 1 < fields.len() { "," } else { "" };
        print(&format!(" \"{name}\": "), value, 1, end, &mut lines);
    }
    lines.push("}".to_owned());
    lines
}

/// A value as Go's MarshalIndent with one blank a level prints it.
fn print(before: &str, value: &Value, level: usize, end: &str, out: &mut Vec<String>) {
    let inner = " ".repeat(level + 1);
    let each: Vec<(String, &Value)> = match value {
        Value::Array(all) if !all.is_empty() => all.iter().map(|one| (inner.clone(), one)).collect(),
        Value::Object(all) if !all.is_empty() => {
            all.iter().map(|(key, one)| (format!("{inner}{}: ", json!(key)), one)).collect()
        }
        _ => return out.push(format!("{before}{value}{end}")),
    };
    let (open, close) = if value.is_array() { ('[', ']') } else { ('{', '}') };
    out.push(format!("{before}{open}"));
    let last = each.len() - 1;
    for (at, (before, one)) in each.into_iter().enumerate() {
        print(&before, one, level + 1, if at < last { "," } else { "" }, out);
    }
    out.push(format!("{}{close}{end}", " ".repeat(level)));
}

/// A unified diff without the names of files.
pub fn unified(old: &[String], new: &[String]) -> String {
    let marked = mark(old, new);
    let changed = |at: usize| marked.get(at).is_some_and(|(sign, _)| *sign != ' ');
    let near = |at: usize| (at.saturating_sub(CONTEXT)..=at + CONTEXT).any(changed);
    let mut out = String::new();
    let (mut before, mut after, mut at) = (0, 0, 0);
    while at < marked.len() {
        if !near(at) {
            (before, after, at) = (before + 1, after + 1, at + 1);
            continue;
        }
        let end = (at..marked.len()).find(|&place| !near(place)).unwrap_or(marked.len());
        let hunk = &marked[at..end];
        let count = |other: char| hunk.iter().filter(|(sign, _)| *sign != other).count();
        let (removed, added) = (count('+'), count('-'));
        out.push_str(&format!("@@ -{},{removed} +{},{added} @@\n", before + 1, after + 1));
        hunk.iter().for_each(|(sign, line)| out.push_str(&format!("{sign}{line}\n")));
        (before, after, at) = (before + removed, after + added, end);
    }
    out
}

/// Every line with its sign, by the longest common subsequence.
fn mark<'a>(old: &'a [String], new: &'a [String]) -> Vec<(char, &'a str)> {
    // common[i][j]: how many lines old[i..] and new[j..] have in common.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut marked) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            marked.push((' ', old[i].as_str()));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            marked.push(('-', old[i].as_str()));
            i += 1;
        } else {
            marked.push(('+', new[j].as_str()));
            j += 1;
        }
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_of_another_class() {
        let claim = |class: &str| {
            claim_spec(&json!({
                "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1G"}}, "volumeName": "pv-1",
                "storageClassName": class, "volumeMode": "Filesystem",
            }))
        };
        assert_eq!(
            unified(&claim("slow"), &claim("quick")),
            "@@ -10,7 +10,7 @@\n   }\n  },\n  \"VolumeName\": \"pv-1\",\n- \"StorageClassName\": \"slow\",\n\
             + \"StorageClassName\": \"quick\",\n  \"VolumeMode\": \"Filesystem\",\n  \"DataSource\": null,\n  \
             \"DataSourceRef\": null,\n"
        );
    }
}
