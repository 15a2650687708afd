//! Pods stay five minutes on a node that is not ready or not reachable.
//! Models plugin/pkg/admission/defaulttolerationseconds.

use k8s_openapi::api::core::v1::{PodSpec, Toleration};

const SECONDS: i64 = 300;

pub fn admit(spec: &mut PodSpec) {
    for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerates = |toleration: &Toleration| {
            let text = |value: &Option<String>| value.clone().unwrap_or_default();
            (toleration.key.as_deref() == Some(taint) || text(&toleration.key).is_empty())
                && matches!(toleration.effect.as_deref(), None | Some("" | "NoExecute"))
        };
        let tolerations = spec.tolerations.get_or_insert_default();
        if !tolerations.iter().any(tolerates) {
            tolerations.push(Toleration {
                effect: Some("NoExecute".to_owned()),
                key: Some(taint.to_owned()),
                operator: Some("Exists".to_owned()),
                toleration_seconds: Some(SECONDS),
                value: None,
            });
        }
    }
}
