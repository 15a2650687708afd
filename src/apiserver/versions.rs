//! One storage, several versions: kinds that are served under two names and stored under one.
//!
//! A request for the other version is translated on its way in and its answer on its way out, as
//! a real API server converts between versions (pkg/apis/*/conversion.go).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::api::{Kind, Kinds};

type Fields = Map<String, Value>;

/// How a built-in kind is served in a version that is not the stored one.
#[derive(Debug)]
struct Translation {
    served: (&'static str, &'static str, &'static str),
    stored: (&'static str, &'static str, &'static str),
    /// From the served form to the stored one.
    into: fn(&mut Fields),
    /// From the stored form to the served one.
    from: fn(&mut Fields),
}

static TRANSLATIONS: [Translation; 2] = [
    Translation {
        served: ("events.k8s.io", "v1", "events"),
        stored: ("", "v1", "events"),
        into: event_into_core,
        from: event_from_core,
    },
    Translation {
        served: ("autoscaling", "v1", "horizontalpodautoscalers"),
        stored: ("autoscaling", "v2", "horizontalpodautoscalers"),
        into: autoscaler_into_v2,
        from: autoscaler_from_v2,
    },
];

/// The version in which a request is answered, where objects may be stored in another. Custom kinds
/// are all alike but for their names (conversion by `None`), and get what their schema fills in.
#[derive(Clone, Debug)]
pub struct Version {
    /// The kind that is asked for.
    pub served: Arc<Kind>,
    translation: Option<&'static Translation>,
}

impl Version {
    /// The translation for a kind that is stored under another name, and that other kind.
    pub fn of(kinds: &Kinds, kind: &Arc<Kind>) -> Option<(Version, Arc<Kind>)> {
        if kind.custom.is_some() {
            return Some((Version { served: Arc::clone(kind), translation: None }, Arc::clone(kind)));
        }
        let served = (&*kind.group, &*kind.version, &*kind.plural);
        let translation = TRANSLATIONS.iter().find(|translation| translation.served == served)?;
        let (group, name, plural) = translation.stored;
        let version = Version { served: Arc::clone(kind), translation: Some(translation) };
        Some((version, Arc::clone(kinds.resource(group, name, plural)?)))
    }

    /// Whether objects are stored in another form than they are served.
    pub fn translates(&self) -> bool {
        self.translation.is_some()
    }

    /// An object of the served version as it is stored.
    pub fn into_stored(&self, mut value: Value) -> Value {
        if let (Some(fields), Some(translation)) = (value.as_object_mut(), self.translation) {
            (translation.into)(fields);
        }
        value
    }

    /// A stored object as this version serves it.
    pub fn from_stored(&self, mut value: Value) -> Value {
        if let Some(custom) = &self.served.custom {
            custom.refresh(&mut value);
        }
        if let Some(fields) = value.as_object_mut() {
            if fields.contains_key("apiVersion") {
                fields.insert("apiVersion".into(), json!(self.served.api_version()));
            }
            if let Some(translation) = self.translation {
                (translation.from)(fields);
            }
        }
        value
    }
}

/// events.k8s.io's name for a field, and the core group's.
const EVENT_FIELDS: [(&str, &str); 7] = [
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedCount", "count"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedSource", "source"),
];

fn event_into_core(fields: &mut Fields) {
    for (new, core) in EVENT_FIELDS {
        if let Some(value) = fields.remove(new) {
            fields.insert(core.into(), value);
        }
    }
}

fn event_from_core(fields: &mut Fields) {
    for (new, core) in EVENT_FIELDS {
        if let Some(value) = fields.remove(core) {
            fields.insert(new.into(), value);
        }
    }
}

fn autoscaler_into_v2(fields: &mut Fields) {
    let Some(Value::Object(spec)) = fields.get_mut("spec") else { return };
    if let Some(percent) = spec.remove("targetCPUUtilizationPercentage") {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        spec.insert("metrics".into(), json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
}

/// Diverges: metrics other than the CPU's are left out, where upstream hides them in annotations.
fn autoscaler_from_v2(fields: &mut Fields) {
    let cpu = |metrics: Option<Value>, part: &str| {
        let metrics = metrics.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
        let cpu = metrics.into_iter().find(|metric| metric["resource"]["name"] == "cpu")?;
        Some(cpu["resource"][part]["averageUtilization"].clone()).filter(|percent| !percent.is_null())
    };
    if let Some(Value::Object(spec)) = fields.get_mut("spec")
        && let Some(percent) = cpu(spec.remove("metrics"), "target")
    {
        spec.remove("behavior");
        spec.insert("targetCPUUtilizationPercentage".into(), percent);
    }
    if let Some(Value::Object(status)) = fields.get_mut("status") {
        status.remove("conditions");
        if let Some(percent) = cpu(status.remove("currentMetrics"), "current") {
            status.insert("currentCPUUtilizationPercentage".into(), percent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let kinds = Kinds::builtin();
        for (group, plural, value) in [
            ("events.k8s.io", "events", json!({"note": "hello", "regarding": {"kind": "Pod"}})),
            (
                "autoscaling",
                "horizontalpodautoscalers",
                json!({"spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 50}}),
            ),
        ] {
            let kind = kinds.resource(group, "v1", plural).unwrap();
            let (version, _) = Version::of(&kinds, kind).unwrap();
            assert_eq!(version.from_stored(version.into_stored(value.clone())), value);
        }
    }
}
