//! A Pod's priority comes from its class. Models plugin/pkg/admission/priority.

use k8s_openapi::api::core::v1::PodSpec;
use serde_json::Value;

use super::Context;
use crate::api::{Key, Status};

pub fn admit(pod: &str, spec: &mut PodSpec, context: &Context<'_>) -> Result<(), Status> {
    let kind = context.kinds.kind("scheduling.k8s.io", "PriorityClass");
    let named = spec.priority_class_name.as_deref().unwrap_or_default();
    let field =
        |class: &crate::api::Object, name: &str| class.rest.json().map_or(Value::Null, |rest| rest[name].clone());
    let class = match (kind, named) {
        (Some(kind), "") => context.store.list(kind.id, None).find(|class| field(class, "globalDefault") == true),
        (Some(kind), name) => {
            let found = context.store.get(kind.id, &Key::new("", name));
            if found.is_none() {
                let why = format!("no PriorityClass with name {name} was found");
                return Err(Status::forbidden("pods", pod, &why));
            }
            found
        }
        (None, _) => None,
    };
    let value = class.and_then(|class| field(class, "value").as_i64()).and_then(|value| i32::try_from(value).ok());
    if let Some(class) = class {
        spec.priority_class_name = Some(class.meta.name.to_string());
    }
    let value = value.unwrap_or(0);
    if let Some(given) = spec.priority.filter(|given| *given != value) {
        let why = format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller \
             computed {value} from the given PriorityClass name"
        );
        return Err(Status::forbidden("pods", pod, &why));
    }
    spec.priority = Some(value);
    if spec.preemption_policy.is_none() {
        let policy = class.and_then(|class| field(class, "preemptionPolicy").as_str().map(str::to_owned));
        spec.preemption_policy = Some(policy.unwrap_or_else(|| "PreemptLowerPriority".to_owned()));
    }
    Ok(())
}
