//! What is refused, by manifests such as learners write.

use serde_json::{Value, json};

use crate::api::schema::{Schemas, Words, decode};
use crate::api::{Kinds, Object};

/// What the creation of a manifest is refused for.
fn refusal(mut manifest: Value) -> String {
    let kinds = Kinds::builtin();
    let (version, kind) = (manifest["apiVersion"].as_str().unwrap(), manifest["kind"].as_str().unwrap());
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let (name, schema) = Schemas::builtin().kind(group, version, kind).unwrap();
    let kind = kinds.builtin_kind(group, kind);
    if kind.namespaced {
        manifest["metadata"]["namespace"] = json!("default");
    }
    let decoded = decode(Schemas::builtin(), name, schema, manifest, Words::Json);
    assert_eq!(decoded.error, None);
    let mut object = Object::from_value(&kind, decoded.value).unwrap();
    crate::apiserver::defaults::apply(&mut object);
    super::create(&object).map_or_else(|status| status.message, |()| "fine".to_owned())
}

fn deployment(spec: Value) -> String {
    let mut all = json!({"selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}});
    crate::api::patch::merge_patch(&mut all, &spec);
    let said =
        refusal(json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": all}));
    said.strip_prefix("Deployment.apps \"web\" is invalid: ").unwrap_or(&said).to_owned()
}

#[test]
fn deployments() {
    let containers = |container: Value| json!({"template": {"spec": {"containers": [container]}}});
    for (spec, said) in [
        (json!({}), "fine"),
        (json!({"replicas": -2}), "spec.replicas: Invalid value: -2: must be greater than or equal to 0"),
        (
            json!({"selector": null}),
            "[spec.selector: Required value, spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: \
             `selector` does not match template `labels`]",
        ),
        (
            json!({"template": {"metadata": {"labels": {"app": "other"}}}}),
            "spec.template.metadata.labels: Invalid value: {\"app\":\"other\"}: `selector` does not match template `labels`",
        ),
        (json!({"template": {"spec": {"containers": null}}}), "spec.template.spec.containers: Required value"),
        (containers(json!({"name": "a", "image": ""})), "spec.template.spec.containers[0].image: Required value"),
        (containers(json!({"image": "redis"})), "spec.template.spec.containers[0].name: Required value"),
        (
            containers(json!({"name": "a", "image": "b", "imagePullPolicy": "Sometimes"})),
            "spec.template.spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \
             \"Always\", \"IfNotPresent\", \"Never\"",
        ),
        (
            containers(json!({"name": "a", "image": "b", "ports": [{"containerPort": 70000}]})),
            "spec.template.spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            containers(
                json!({"name": "a", "image": "b", "resources": {"requests": {"cpu": "200m"}, "limits": {"cpu": "100m"}}}),
            ),
            "spec.template.spec.containers[0].resources.requests: Invalid value: \"200m\": must be less than or equal to cpu limit of 100m",
        ),
        (
            containers(json!({"name": "a", "image": "b", "volumeMounts": [{"name": "data", "mountPath": "/x"}]})),
            "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
        ),
        (
            json!({"strategy": {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}}),
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
        (
            json!({"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}),
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0",
        ),
        (
            json!({"strategy": {"rollingUpdate": {"maxSurge": "50 %"}}}),
            "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"50 %\": a valid percent string must be a numeric \
             string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        ),
        (
            json!({"strategy": {"type": "Blue", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}}),
            "spec.strategy: Unsupported value: {\"Type\":\"Blue\",\"RollingUpdate\":{\"MaxUnavailable\":1,\"MaxSurge\":0}}: \
             supported values: \"Recreate\", \"RollingUpdate\"",
        ),
        (
            json!({"minReadySeconds": 700}),
            "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
        ),
        (
            json!({"template": {"spec": {"restartPolicy": "Never"}}}),
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
    ] {
        assert_eq!(deployment(spec), said);
    }
}

#[test]
fn services() {
    let service = |spec: Value| {
        let said = refusal(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "w2"}, "spec": spec}));
        said.strip_prefix("Service \"w2\" is invalid: ").unwrap_or(&said).to_owned()
    };
    for (spec, said) in [
        (json!({"ports": [{"port": 80}]}), "fine"),
        (json!({}), "spec.ports: Required value"),
        (json!({"clusterIP": "None"}), "fine"),
        (
            json!({"ports": [{"port": 99999}]}),
            "[spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive, \
             spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive]",
        ),
        (
            json!({"ports": [{"port": 80}, {"port": 81}]}),
            "[spec.ports[0].name: Required value, spec.ports[1].name: Required value]",
        ),
        (
            json!({"type": "Foo", "ports": [{"port": 80}]}),
            "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
        ),
        (
            json!({"ports": [{"port": 80, "protocol": "HTTP"}]}),
            "spec.ports[0].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\", \"TCP\", \"UDP\"",
        ),
        (json!({"type": "ExternalName"}), "spec.externalName: Required value"),
    ] {
        assert_eq!(service(spec), said);
    }
}

#[test]
fn others() {
    let meta = json!({"name": "x"});
    for (manifest, said) in [
        (
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}),
            "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [{"name": "x", "image": "y", "ports": [{}]}]}}),
            "Pod \"x\" is invalid: spec.containers[0].ports[0].containerPort: Required value",
        ),
        (
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta}),
            "Ingress.networking.k8s.io \"x\" is invalid: spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
        ),
        (
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "spec": {"schedule": "* * *",
                "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}}}}}}),
            "CronJob.batch \"x\" is invalid: spec.schedule: Invalid value: \"* * *\": expected exactly 5 fields, found 3: [* * *]",
        ),
        (
            json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": {}}),
            "PersistentVolumeClaim \"x\" is invalid: [spec.accessModes: Required value: at least 1 access mode is required, \
             spec.resources[storage]: Required value]",
        ),
    ] {
        assert_eq!(refusal(manifest), said);
    }
}
