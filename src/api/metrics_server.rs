//! The manifest of metrics-server: what its own components.yaml sets up.

use serde_json::{Value, json};

/// Its image.
pub const IMAGE: &str = "registry.k8s.io/metrics-server/metrics-server:v0.8.0";
const NAMESPACE: &str = "kube-system";
const RBAC: &str = "rbac.authorization.k8s.io";

/// All that belongs to it.
pub fn objects() -> Vec<Value> {
    let role = |name: &str, labels: Value, rules: Value| {
        json!({"apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole",
            "metadata": {"name": name, "labels": labels}, "rules": rules})
    };
    let binding = |kind: &str, name: &str, role: &str| {
        let mut binding = json!({"apiVersion": format!("{RBAC}/v1"), "kind": kind,
            "metadata": {"name": name, "labels": labels()},
            "roleRef": {"apiGroup": RBAC, "kind": if kind == "RoleBinding" { "Role" } else { "ClusterRole" }, "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": "metrics-server", "namespace": NAMESPACE}]});
        if kind == "RoleBinding" {
            binding["metadata"]["namespace"] = json!(NAMESPACE);
        }
        binding
    };
    let read = json!(["get", "list", "watch"]);
    vec![
        json!({"apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": {"name": "metrics-server", "namespace": NAMESPACE, "labels": labels()}}),
        role(
            "system:aggregated-metrics-reader",
            json!({"k8s-app": "metrics-server",
                "rbac.authorization.k8s.io/aggregate-to-admin": "true",
                "rbac.authorization.k8s.io/aggregate-to-edit": "true",
                "rbac.authorization.k8s.io/aggregate-to-view": "true"}),
            json!([{"apiGroups": ["metrics.k8s.io"], "resources": ["pods", "nodes"], "verbs": read}]),
        ),
        role(
            "system:metrics-server",
            labels(),
            json!([
                {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
                {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": read},
            ]),
        ),
        binding("RoleBinding", "metrics-server-auth-reader", "extension-apiserver-authentication-reader"),
        binding("ClusterRoleBinding", "metrics-server:system:auth-delegator", "system:auth-delegator"),
        binding("ClusterRoleBinding", "system:metrics-server", "system:metrics-server"),
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "metrics-server", "namespace": NAMESPACE, "labels": labels()},
            "spec": {"selector": labels(), "ports": [
                {"appProtocol": "https", "name": "https", "port": 443, "protocol": "TCP", "targetPort": "https"}]}}),
        deployment(),
        json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io", "labels": labels()},
        "spec": {
            "group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
            "insecureSkipTLSVerify": true,
            "service": {"name": "metrics-server", "namespace": NAMESPACE, "port": 443},
        }}),
    ]
}

fn labels() -> Value {
    json!({"k8s-app": "metrics-server"})
}

fn deployment() -> Value {
    let probe = |path: &str, delay: Option<i64>| {
        let mut probe = json!({"failureThreshold": 3, "periodSeconds": 10,
            "httpGet": {"path": path, "port": "https", "scheme": "HTTPS"}});
        if let Some(delay) = delay {
            probe["initialDelaySeconds"] = json!(delay);
        }
        probe
    };
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "metrics-server", "namespace": NAMESPACE, "labels": labels()},
    "spec": {
        "selector": {"matchLabels": labels()},
        "strategy": {"rollingUpdate": {"maxUnavailable": 0}},
        "template": {
            "metadata": {"labels": labels()},
            "spec": {
                "containers": [{
                    "name": "metrics-server", "image": IMAGE,
                    "imagePullPolicy": "IfNotPresent",
                    "args": ["--cert-dir=/tmp", "--secure-port=10250",
                        "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                        "--kubelet-use-node-status-port", "--metric-resolution=15s", "--kubelet-insecure-tls"],
                    "ports": [{"containerPort": 10250, "name": "https", "protocol": "TCP"}],
                    "livenessProbe": probe("/livez", None),
                    "readinessProbe": probe("/readyz", Some(20)),
                    "resources": {"requests": {"cpu": "100m", "memory": "200Mi"}},
                    "securityContext": {
                        "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                        "readOnlyRootFilesystem": true, "runAsNonRoot": true, "runAsUser": 1000,
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "volumeMounts": [{"mountPath": "/tmp", "name": "tmp-dir"}],
                }],
                "nodeSelector": {"kubernetes.io/os": "linux"}, "priorityClassName": "system-cluster-critical",
                "serviceAccountName": "metrics-server",
                "volumes": [{"emptyDir": {}, "name": "tmp-dir"}],
            },
        },
    }})
}
