//! An Ingress without a class gets the default one. Models
//! plugin/pkg/admission/network/defaultingressclass.

use serde_json::{Value, json};

use super::Context;
use crate::api::{Object, Status};

const CLASS: &str = "kubernetes.io/ingress.class";
const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";

pub fn admit(ingress: &mut Object, context: &Context<'_>) -> Result<(), Status> {
    let named = ingress.spec.json().is_some_and(|spec| !spec["ingressClassName"].is_null());
    if named || ingress.meta.annotation(CLASS).is_some() {
        return Ok(());
    }
    let Some(kind) = context.kinds.kind("networking.k8s.io", "IngressClass") else { return Ok(()) };
    let classes = context.store.list(kind.id, None).filter(|class| class.meta.annotation(DEFAULT) == Some("true"));
    // Of several, the newest; of these the first by name.
    let Some(class) = classes.min_by_key(|class| (std::cmp::Reverse(class.meta.created), &class.meta.name)) else {
        return Ok(());
    };
    if let Some(Value::Object(spec)) = ingress.spec.json_mut() {
        spec.insert("ingressClassName".to_owned(), json!(*class.meta.name));
    }
    Ok(())
}
