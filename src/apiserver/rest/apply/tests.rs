//! Who has set what, and server-side apply, by requests.

use serde_json::{Value, json};

use crate::apiserver::ApiServer;
use crate::apiserver::rest::{Request, Response, User};
use crate::sim::Time;

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

/// Sends a request as `manager`; `PATCH` is an application, `FORCE` one that takes over.
fn send(server: &mut ApiServer, method: &str, path: &str, manager: &str, body: Value) -> (u16, Value) {
    let (verb, content_type) = match method {
        "PATCH" | "FORCE" => ("PATCH", "application/apply-patch+yaml"),
        "MERGE" => ("PATCH", "application/merge-patch+json"),
        "JSON" => ("PATCH", "application/json-patch+json"),
        other => (other, "application/json"),
    };
    let mut query = vec![("fieldManager".to_owned(), manager.to_owned())];
    if method == "FORCE" {
        query.push(("force".to_owned(), "true".to_owned()));
    }
    let request = Request {
        method: verb.to_owned(),
        path: path.to_owned(),
        query,
        accept: "application/json".to_owned(),
        content_type: content_type.to_owned(),
        user_agent: "curl/8".to_owned(),
        user: User::master(),
        impersonate: None,
        body,
    };
    match server.handle(request) {
        Response::Value { status, body, .. } => (status, (*body).clone()),
        other => panic!("{other:?}"),
    }
}

/// Who has set what: `manager operation subresource`, and the fields.
fn managers(object: &Value) -> Vec<(String, Value)> {
    let each = object["metadata"]["managedFields"].as_array().into_iter().flatten();
    each.map(|entry| {
        let words = ["manager", "operation", "subresource"].map(|word| entry[word].as_str().unwrap_or_default());
        (words.join(" ").trim_end().to_owned(), entry["fieldsV1"].clone())
    })
    .collect()
}

fn config_map(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
}

fn deployment(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
}

fn web(image: &str) -> Value {
    json!({"selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}]}}})
}

#[test]
fn every_write_is_noted() {
    let mut server = ApiServer::for_tests();
    let path = format!("{CONFIG_MAPS}/c");
    let (_, made) = send(&mut server, "POST", CONFIG_MAPS, "kubectl-create", config_map(json!({"a": "1", "b": "1"})));
    assert_eq!(
        managers(&made),
        [("kubectl-create Update".to_owned(), json!({"f:data": {".": {}, "f:a": {}, "f:b": {}}}))]
    );
    assert_eq!(made["metadata"]["managedFields"][0]["time"], "1970-01-01T00:16:40Z");
    server.set_now(Time::from_secs(1_010));
    let (_, changed) = send(&mut server, "MERGE", &path, "", json!({"data": {"a": "2", "c": "1", "b": null}}));
    assert_eq!(
        managers(&changed),
        [
            ("kubectl-create Update".to_owned(), json!({"f:data": {}})),
            ("curl Update".to_owned(), json!({"f:data": {"f:a": {}, "f:c": {}}})),
        ]
    );
    // What changes nothing is nobody's.
    let (_, same) = send(&mut server, "MERGE", &path, "other", json!({"data": {"a": "2"}}));
    assert_eq!(same, changed);
    // One empty entry takes all notes away.
    let reset = json!([{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]);
    let (_, reset) = send(&mut server, "JSON", &path, "x", reset);
    assert_eq!(managers(&reset), []);
}

#[test]
fn a_scale_is_noted_for_its_subresource() {
    let mut server = ApiServer::for_tests();
    send(&mut server, "POST", DEPLOYMENTS, "kubectl-create", deployment(web("nginx")));
    let scale = format!("{DEPLOYMENTS}/web/scale");
    server.set_now(Time::from_secs(1_010));
    send(&mut server, "MERGE", &scale, "kubectl", json!({"spec": {"replicas": 3}}));
    let (_, shown) = send(&mut server, "GET", &format!("{DEPLOYMENTS}/web"), "", Value::Null);
    let managers = managers(&shown);
    assert_eq!(managers[1], ("kubectl Update scale".to_owned(), json!({"f:spec": {"f:replicas": {}}})));
    let container = json!({".": {}, "f:image": {}, "f:imagePullPolicy": {}, "f:name": {}, "f:resources": {},
        "f:terminationMessagePath": {}, "f:terminationMessagePolicy": {}});
    assert_eq!(
        managers[0].1,
        json!({"f:spec": {
            "f:progressDeadlineSeconds": {}, "f:revisionHistoryLimit": {}, "f:selector": {},
            "f:strategy": {"f:rollingUpdate": {".": {}, "f:maxSurge": {}, "f:maxUnavailable": {}}, "f:type": {}},
            "f:template": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}, "f:spec": {
                "f:containers": {"k:{\"name\":\"web\"}": container}, "f:dnsPolicy": {}, "f:restartPolicy": {},
                "f:schedulerName": {}, "f:securityContext": {}, "f:terminationGracePeriodSeconds": {}}}}})
    );
}

#[test]
fn applies() {
    let mut server = ApiServer::for_tests();
    let path = format!("{DEPLOYMENTS}/web");
    let (code, made) = send(&mut server, "PATCH", &path, "kubectl", deployment(web("nginx:1")));
    assert_eq!((code, made["spec"]["replicas"].as_i64()), (201, Some(1)));
    assert_eq!(managers(&made)[0].0, "kubectl Apply");
    let (code, again) = send(&mut server, "PATCH", &path, "kubectl", deployment(web("nginx:1")));
    assert_eq!((code, &again), (200, &made));
    // A default is nobody's; who sets it first has it.
    let (code, _) = send(&mut server, "PATCH", &path, "scaler", deployment(json!({"replicas": 3})));
    assert_eq!(code, 200);
    send(&mut server, "MERGE", &path, "kubectl-set", json!({"spec": {"paused": true}}));
    let (code, refused) = send(&mut server, "PATCH", &path, "other", deployment(json!({"replicas": 4})));
    assert_eq!(code, 409);
    assert_eq!(refused["message"], "Apply failed with 1 conflict: conflict with \"scaler\": .spec.replicas");
    assert_eq!(refused["details"]["causes"][0]["reason"], "FieldManagerConflict");
    let mut both = web("nginx:2");
    both["replicas"] = json!(4);
    both["paused"] = json!(false);
    let (_, refused) = send(&mut server, "PATCH", &path, "other", deployment(both.clone()));
    assert_eq!(
        refused["message"],
        "Apply failed with 3 conflicts: conflicts with \"kubectl\":\n- .spec.template.spec.containers[name=\"web\"].image\nconflicts with \"kubectl-set\" using apps/v1:\n- .spec.paused\nconflicts with \"scaler\":\n- .spec.replicas"
    );
    let (code, taken) = send(&mut server, "FORCE", &path, "other", deployment(both));
    assert_eq!((code, &taken["spec"]["replicas"]), (200, &json!(4)));
    let names: Vec<String> = managers(&taken).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["kubectl Apply", "other Apply"]);
}

#[test]
fn what_is_not_applied_any_more_goes() {
    let mut server = ApiServer::for_tests();
    let path = format!("{CONFIG_MAPS}/c");
    send(&mut server, "PATCH", &path, "a", config_map(json!({"own": "1", "shared": "1"})));
    send(&mut server, "PATCH", &path, "b", config_map(json!({"shared": "1"})));
    let (_, left) = send(&mut server, "PATCH", &path, "a", config_map(json!({"new": "1"})));
    assert_eq!(left["data"], json!({"new": "1", "shared": "1"}));
    let (_, left) = send(&mut server, "PATCH", &path, "b", config_map(json!({})));
    assert_eq!(left["data"], json!({"new": "1"}));
}

#[test]
fn refusals() {
    let mut server = ApiServer::for_tests();
    let path = format!("{DEPLOYMENTS}/web");
    let mut typo = web("nginx");
    typo["replica"] = json!(1);
    for (method, manager, body, message) in [
        (
            "PATCH",
            "",
            deployment(web("nginx")),
            "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch",
        ),
        (
            "PATCH",
            "a",
            deployment(typo),
            "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema",
        ),
        (
            "PATCH",
            "a",
            deployment(json!({"replicas": "3"})),
            "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replicas: expected numeric (int or float), got string",
        ),
    ] {
        assert_eq!(send(&mut server, method, &path, manager, body).1["message"], message);
    }
}

#[test]
fn kubectl_takes_over_what_it_applied_on_its_own_side() {
    let mut server = ApiServer::for_tests();
    let path = format!("{CONFIG_MAPS}/c");
    let note = "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}\n";
    let mut made = config_map(json!({"a": "1"}));
    made["metadata"]["annotations"] = json!({crate::api::managed::apply::LAST_APPLIED: note});
    send(&mut server, "POST", CONFIG_MAPS, "kubectl-client-side-apply", made);
    let changed = config_map(json!({"a": "2"}));
    assert_eq!(send(&mut server, "PATCH", &path, "other", changed.clone()).0, 409);
    let (code, taken) = send(&mut server, "PATCH", &path, "kubectl", changed);
    assert_eq!((code, &taken["data"]["a"]), (200, &json!("2")));
    let noted = taken["metadata"]["annotations"][crate::api::managed::apply::LAST_APPLIED].as_str().unwrap();
    assert!(noted.contains("\"a\":\"2\""));
}
