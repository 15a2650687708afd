//! `pod-template-hash`, equal to the real one.
//!
//! Models pkg/util/hash DeepHashObject and pkg/controller ComputeHash: FNV-1a over what Go's
//! spew library prints of the template (`%#v`, keys sorted, no pointer addresses). That text
//! names every field of every struct in Go's own order, so the order is kept here as data
//! (layout.txt), for the fields of Kubernetes 1.36. The same template thus gets the same name
//! here as on a real cluster of that version: `kubernetes-bootcamp-66d5c96cb`.
//!
//! Diverges: a volume of a kind that is not in layout.txt (the clouds' own) is printed as JSON, so a
//! template with one gets a hash of its own.

use std::sync::OnceLock;

use serde_json::Value;

use super::names::{fnv32a, safe_encode};
use crate::collections::SortedMap;

/// The hash of a Pod template, given as the API prints it. `collisions` is the Deployment's
/// `status.collisionCount`.
pub fn pod_template_hash(template: &Value, collisions: Option<i32>) -> String {
    let mut text = String::with_capacity(4096);
    text.push_str("(v1.PodTemplateSpec)");
    dump(&mut text, "PodTemplateSpec", Some(template));
    let mut bytes = text.into_bytes();
    if let Some(count) = collisions {
        bytes.extend(i64::from(count).to_string().bytes());
    }
    safe_encode(fnv32a(&bytes))
}

/// A field of a Go struct.
struct Field {
    name: &'static str,
    /// `None` for an embedded struct, whose fields lie in the same JSON object.
    json: Option<String>,
    type_: &'static str,
}

type Layout = SortedMap<&'static str, Vec<Field>>;

fn layout() -> &'static Layout {
    static LAYOUT: OnceLock<Layout> = OnceLock::new();
    LAYOUT.get_or_init(|| {
        let lines = include_str!("layout.txt").lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| {
                let (name, fields) = line.split_once(' ')?;
                Some((name, fields.split(' ').filter_map(Field::parse).collect()))
            })
            .collect()
    })
}

impl Field {
    fn parse(text: &'static str) -> Option<Field> {
        let (name, type_) = text.split_once(':')?;
        let (name, json) = match name.split_once('=') {
            Some((name, "")) => (name, None),
            Some((name, json)) => (name, Some(json.to_owned())),
            None => (name, Some(format!("{}{}", name[..1].to_lowercase(), &name[1..]))),
        };
        Some(Field { name, json, type_ })
    }
}

/// Prints the type as Go does and then the value.
fn typed(out: &mut String, type_: &str, value: Option<&Value>) {
    out.push('(');
    name_type(out, type_);
    out.push(')');
    dump(out, type_, value);
}

fn name_type(out: &mut String, type_: &str) {
    if let Some(inner) = type_.strip_prefix('*') {
        out.push('*');
        name_type(out, inner);
    } else if let Some(inner) = type_.strip_prefix("[]") {
        out.push_str("[]");
        name_type(out, inner);
    } else {
        if type_.starts_with(|first: char| first.is_ascii_uppercase()) {
            out.push_str("v1.");
        }
        out.push_str(type_);
    }
}

/// Prints a value without its type. A missing value is Go's zero value.
fn dump(out: &mut String, type_: &str, value: Option<&Value>) {
    let value = value.filter(|value| !value.is_null());
    if let Some(inner) = type_.strip_prefix('*') {
        match value {
            Some(_) => dump(out, inner, value),
            None => out.push_str("<nil>"),
        }
    } else if let Some(inner) = type_.strip_prefix("[]") {
        // Stored empty, a list comes back as nil.
        match value.and_then(Value::as_array).filter(|items| !items.is_empty()) {
            Some(items) => joined(out, "[", items, |out, item| dump(out, inner, Some(item))),
            None => out.push_str("<nil>"),
        }
    } else if let Some(inner) =
        type_.strip_prefix("map[string]").or((type_ == "ResourceList").then_some("resource.Quantity"))
    {
        match value.and_then(Value::as_object).filter(|map| !map.is_empty()) {
            Some(map) => joined(out, "map[", map, |out, (key, value)| {
                out.push_str(key);
                out.push(':');
                dump(out, inner, Some(value));
            }),
            None => out.push_str("<nil>"),
        }
    } else {
        scalar_or_struct(out, type_, value);
    }
}

fn joined<T>(out: &mut String, open: &str, items: impl IntoIterator<Item = T>, mut print: impl FnMut(&mut String, T)) {
    out.push_str(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        print(out, item);
    }
    out.push(']');
}

fn scalar_or_struct(out: &mut String, type_: &str, value: Option<&Value>) {
    match type_ {
        "bool" => out.push_str(if value.and_then(Value::as_bool) == Some(true) { "true" } else { "false" }),
        "int32" | "int64" => out.push_str(&value.and_then(Value::as_i64).unwrap_or(0).to_string()),
        // Templates carry no timestamps: the zero time.
        "time.Time" => out.push_str("{wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}"),
        "intstr.IntOrString" => {
            let (kind, number) =
                (i32::from(value.is_some_and(Value::is_string)), value.and_then(Value::as_i64).unwrap_or(0));
            let text = value.and_then(Value::as_str).unwrap_or("");
            out.push_str(&format!("{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"));
        }
        "resource.Quantity" => quantity(out, value),
        _ => match layout().get(type_) {
            Some(fields) => {
                out.push('{');
                for (index, field) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    out.push_str(field.name);
                    out.push(':');
                    let inner = match &field.json {
                        Some(json) => value.and_then(|value| value.get(json)),
                        None => value,
                    };
                    typed(out, field.type_, inner);
                }
                out.push('}');
            }
            None => match value {
                Some(Value::String(text)) => out.push_str(text),
                Some(other) => out.push_str(&other.to_string()),
                None => {}
            },
        },
    }
}

/// A quantity's inside, as apimachinery's fast parser leaves it: the digits as a number, the
/// decimal point and suffix as a power of ten. Numbers past 64 bits would take another form and are rare.
fn quantity(out: &mut String, value: Option<&Value>) {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => "0".to_owned(),
    };
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let suffix = &text[digits.len()..];
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let mut number: i64 = format!("{whole}{fraction}").parse().unwrap_or(0);
    let mut scale = -i64::try_from(fraction.len()).unwrap_or(0);
    let format = if suffix.ends_with('i') { "BinarySI" } else { "DecimalSI" };
    let power = "KMGTPE".find(&suffix[..suffix.len().min(1)]).map_or(0, |at| at as i64 + 1);
    match suffix {
        "" => {}
        "m" => scale -= 3,
        "u" => scale -= 6,
        "n" => scale -= 9,
        "k" => scale += 3,
        _ if format == "BinarySI" => number = number.wrapping_shl(u32::try_from(power * 10).unwrap_or(0)),
        _ => scale += power * 3,
    }
    out.push_str(&format!(
        "{{i:(resource.int64Amount){{value:(int64){number} scale:(resource.Scale){scale}}} \
         d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){text} Format:(resource.Format){format}}}"
    ));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(app: Value, container: Value, grace: i64) -> Value {
        let mut container = container;
        for (key, value) in [
            ("terminationMessagePath", json!("/dev/termination-log")),
            ("terminationMessagePolicy", json!("File")),
            ("resources", json!({})),
            ("imagePullPolicy", json!("IfNotPresent")),
        ] {
            if container.get(key).is_none() {
                container[key] = value;
            }
        }
        json!({
            "metadata": {"creationTimestamp": null, "labels": app},
            "spec": {
                "containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": "Always",
                "schedulerName": "default-scheduler", "securityContext": {}, "terminationGracePeriodSeconds": grace,
            },
        })
    }

    /// Hashes that a real Kubernetes 1.36.2 gave to these templates.
    #[test]
    fn equals_the_real_ones() {
        let bootcamp = json!({"name": "kubernetes-bootcamp", "image": "gcr.io/google-samples/kubernetes-bootcamp:v1"});
        let port = json!([{"containerPort": 80, "protocol": "TCP"}]);
        let nginx = |image: &str| json!({"name": "nginx", "image": image, "ports": port});
        let hpa = json!({
            "name": "php-apache", "image": "registry.k8s.io/hpa-example", "ports": port, "imagePullPolicy": "Always",
            "resources": {"limits": {"cpu": "500m"}, "requests": {"cpu": "200m"}},
        });
        for (labels, container, grace, hash) in [
            (json!({"app": "kubernetes-bootcamp"}), bootcamp, 30, "66d5c96cb"),
            (json!({"app": "nginx"}), nginx("nginx:1.14.2"), 30, "6c5f67b5f7"),
            (json!({"app": "nginx"}), nginx("nginx:1.16.1"), 30, "66b9cb6d4d"),
            (json!({"run": "php-apache"}), hpa, 2, "74cd4c845d"),
        ] {
            assert_eq!(pod_template_hash(&template(labels, container, grace), None), hash);
        }
    }
}
