//! Which Ingresses ingress-nginx looks after, and its manifest: what its own deploy.yaml sets up, but for the jobs
//! that make a certificate for its admission webhook, and the webhook.

use serde_json::{Value, json};

use super::{Key, Object};

/// Its image's repository.
pub const REPOSITORY: &str = "registry.k8s.io/ingress-nginx/controller";
/// Its image.
pub const IMAGE: &str = "registry.k8s.io/ingress-nginx/controller:v1.14.0";
/// Where it lives, and what its objects are called.
pub const NAMESPACE: &str = "ingress-nginx";
const NAME: &str = "ingress-nginx";
const CONTROLLER: &str = "ingress-nginx-controller";
const RBAC: &str = "rbac.authorization.k8s.io";

/// What IngressClasses name it by.
const CLASS: &str = "k8s.io/ingress-nginx";

/// The IngressClass that an Ingress names.
pub fn class_of(ingress: &Object) -> Option<Key> {
    Some(Key::new("", ingress.spec.json()?["ingressClassName"].as_str()?))
}

/// Whether it looks after an Ingress; `class` is the object that [`class_of`] names, if there is one.
pub fn looks_after(ingress: &Object, class: Option<&Object>) -> bool {
    match class_of(ingress) {
        Some(_) => class.and_then(|class| class.spec.json()).is_some_and(|spec| spec["controller"] == CLASS),
        None => ingress.meta.annotation("kubernetes.io/ingress.class") == Some("nginx"),
    }
}

/// All that belongs to it; its Service is of the type `service`.
pub fn objects(service: &str) -> Vec<Value> {
    let read = json!(["list", "watch"]);
    let meta = |name: &str| json!({"name": name, "namespace": NAMESPACE, "labels": labels(false)});
    let about = |kind: &str, role: &str| {
        json!({"roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}]})
    };
    let with = |mut base: Value, more: Value| {
        if let (Some(base), Some(more)) = (base.as_object_mut(), more.as_object()) {
            base.extend(more.clone());
        }
        base
    };
    let rbac =
        |kind: &str, metadata: Value| json!({"apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": metadata});
    let ingress = ["ingresses", "ingressclasses"];
    let rules = json!([
        {"apiGroups": [""], "resources": ["configmaps", "endpoints", "nodes", "pods", "secrets", "namespaces"], "verbs": read},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": read},
        {"apiGroups": [""], "resources": ["services"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ingress, "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]},
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingresses/status"], "verbs": ["update"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch", "get"]},
    ]);
    let cluster = json!({"name": NAME, "labels": labels(false)});
    let port = |name: &str, number: u16| json!({"name": name, "appProtocol": name, "port": number, "protocol": "TCP", "targetPort": name});
    vec![
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE,
            "labels": {"app.kubernetes.io/instance": NAME, "app.kubernetes.io/name": NAME}}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(NAME), "automountServiceAccountToken": true}),
        with(rbac("ClusterRole", cluster.clone()), json!({"rules": rules})),
        with(rbac("ClusterRoleBinding", cluster), about("ClusterRole", NAME)),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(CONTROLLER), "data": null}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(CONTROLLER), "spec": {
            "type": service, "selector": labels(true), "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [port("http", 80), port("https", 443)]}}),
        deployment(),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
            "metadata": {"name": "nginx", "labels": labels(false)}, "spec": {"controller": CLASS}}),
    ]
}

fn labels(selector: bool) -> Value {
    let mut labels = json!({"app.kubernetes.io/component": "controller", "app.kubernetes.io/instance": NAME,
        "app.kubernetes.io/name": NAME});
    if !selector {
        labels["app.kubernetes.io/part-of"] = json!(NAME);
        labels["app.kubernetes.io/version"] = json!(IMAGE.rsplit(":v").next());
    }
    labels
}

fn deployment() -> Value {
    let probe = |failures: u16| {
        json!({"failureThreshold": failures, "initialDelaySeconds": 10, "periodSeconds": 10, "successThreshold": 1,
            "timeoutSeconds": 1, "httpGet": {"path": "/healthz", "port": 10254, "scheme": "HTTP"}})
    };
    let field = |name: &str, path: &str| json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}});
    let port = |name: &str, number: u16| json!({"containerPort": number, "name": name, "protocol": "TCP"});
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": CONTROLLER, "namespace": NAMESPACE, "labels": labels(false)},
    "spec": {
        "minReadySeconds": 0, "revisionHistoryLimit": 10,
        "selector": {"matchLabels": labels(true)},
        "strategy": {"rollingUpdate": {"maxUnavailable": 1}, "type": "RollingUpdate"},
        "template": {
            "metadata": {"labels": labels(false)},
            "spec": {
                "containers": [{
                    "name": "controller", "image": IMAGE, "imagePullPolicy": "IfNotPresent",
                    "args": ["/nginx-ingress-controller", "--election-id=ingress-nginx-leader",
                        format!("--controller-class={CLASS}"), "--ingress-class=nginx",
                        "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller"],
                    "env": [field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace")],
                    "livenessProbe": probe(5), "readinessProbe": probe(3),
                    "ports": [port("http", 80), port("https", 443)],
                    "resources": {"requests": {"cpu": "100m", "memory": "90Mi"}},
                }],
                "dnsPolicy": "ClusterFirst", "nodeSelector": {"kubernetes.io/os": "linux"},
                "serviceAccountName": NAME, "terminationGracePeriodSeconds": 300,
            },
        },
    }})
}
