//! Requests as kubectl makes them, answered as the recorded cluster answered.

use std::rc::Rc;

use serde_json::{Value, json};

use super::{NodeAction, Request, Response, User};
use crate::apiserver::ApiServer;
use crate::sim::Time;

fn send(server: &mut ApiServer, method: &str, path: &str, content_type: &str, body: Value) -> Response {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    server.handle(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        accept: "application/json".to_owned(),
        content_type: content_type.to_owned(),
        user_agent: "kubectl/v1.36.4".to_owned(),
        user: User::master(),
        impersonate: None,
        body,
    })
}

fn answer(response: Response) -> (u16, Rc<Value>) {
    match response {
        Response::Value { status, body, .. } => (status, body),
        other => panic!("{other:?}"),
    }
}

fn call(server: &mut ApiServer, method: &str, path: &str, body: Value) -> (u16, Rc<Value>) {
    answer(send(server, method, path, "application/json", body))
}

fn message(server: &mut ApiServer, method: &str, path: &str, body: Value) -> String {
    call(server, method, path, body).1["message"].as_str().unwrap_or("fine").to_owned()
}

fn patch(server: &mut ApiServer, path: &str, kind: &str, body: Value) -> (u16, Rc<Value>) {
    answer(send(server, "PATCH", path, &format!("application/{kind}-patch+json"), body))
}

const PODS: &str = "/api/v1/namespaces/default/pods";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

fn pod() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "solo", "labels": {"app": "solo"}},
        "spec": {"containers": [{"name": "solo", "image": "nginx:1.16.1"}]}})
}

fn deployment() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "nginx", "image": "nginx:1.16.1"}]}}}})
}

#[test]
fn a_pod_becomes_what_a_real_server_makes_of_it() {
    let mut server = ApiServer::for_tests();
    let (status, made) = call(&mut server, "POST", PODS, pod());
    assert_eq!(status, 201);
    let volume = made["spec"]["volumes"][0]["name"].as_str().unwrap();
    assert!(volume.starts_with("kube-api-access-") && volume.len() == 21);
    let toleration = |taint: &str| json!({"effect": "NoExecute", "key": format!("node.kubernetes.io/{taint}"), "operator": "Exists", "tolerationSeconds": 300});
    assert_eq!(
        made["spec"],
        json!({
            "containers": [{
                "image": "nginx:1.16.1", "imagePullPolicy": "IfNotPresent", "name": "solo", "resources": {},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                "volumeMounts": [{"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": volume, "readOnly": true}],
            }],
            "dnsPolicy": "ClusterFirst", "enableServiceLinks": true, "preemptionPolicy": "PreemptLowerPriority",
            "priority": 0, "restartPolicy": "Always", "schedulerName": "default-scheduler", "securityContext": {},
            "serviceAccount": "default", "serviceAccountName": "default", "terminationGracePeriodSeconds": 30,
            "tolerations": [toleration("not-ready"), toleration("unreachable")],
            "volumes": [{"name": volume, "projected": {"defaultMode": 420, "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
                {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}},
            ]}}],
        })
    );
    assert_eq!(made["metadata"]["generation"], 1);
    assert_eq!(made["status"], json!({"phase": "Pending", "qosClass": "BestEffort"}));
}

#[test]
fn a_deployment_becomes_what_a_real_server_makes_of_it() {
    let mut server = ApiServer::for_tests();
    let (_, made) = call(&mut server, "POST", DEPLOYMENTS, deployment());
    assert_eq!(
        made["spec"],
        json!({
            "progressDeadlineSeconds": 600, "replicas": 2, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
                "containers": [{
                    "image": "nginx:1.16.1", "imagePullPolicy": "IfNotPresent", "name": "nginx", "resources": {},
                    "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                }],
                "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler",
                "securityContext": {}, "terminationGracePeriodSeconds": 30,
            }},
        })
    );
    assert_eq!(made["status"], json!({}));
}

#[test]
fn a_service_becomes_what_a_real_server_makes_of_it() {
    let mut server = ApiServer::for_tests();
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"type": "NodePort", "selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let (_, made) = call(&mut server, "POST", "/api/v1/namespaces/default/services", service);
    let (ip, node) = (&made["spec"]["clusterIP"], &made["spec"]["ports"][0]["nodePort"]);
    assert!(ip.as_str().unwrap().starts_with("10.96."));
    assert_eq!(
        made["spec"],
        json!({
            "clusterIP": ip, "clusterIPs": [ip], "externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
            "ports": [{"nodePort": node, "port": 80, "protocol": "TCP", "targetPort": 80}],
            "selector": {"app": "web"}, "sessionAffinity": "None", "type": "NodePort",
        })
    );
    assert_eq!(made["status"], json!({"loadBalancer": {}}));
}

#[test]
fn refusals() {
    let mut server = ApiServer::for_tests();
    let mut other = |field: &str, value: Value| {
        let mut body = deployment();
        body["spec"][field] = value;
        message(&mut server, "POST", &format!("{DEPLOYMENTS}?fieldValidation=Strict"), body)
    };
    assert_eq!(
        other("replica", json!(1)),
        "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\""
    );
    assert_eq!(
        other("replicas", json!("two")),
        "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field \
         DeploymentSpec.spec.replicas of type int32"
    );
    for (method, path, body, said) in [
        ("GET", "/api/v1/namespaces/default/pods/nosuch", Value::Null, "pods \"nosuch\" not found"),
        ("GET", "/foo", Value::Null, "the server could not find the requested resource"),
        ("GET", "/api/v1/nosuch", Value::Null, "the server could not find the requested resource"),
        ("PUT", PODS, pod(), "the server does not allow this method on the requested resource"),
        ("POST", "/api/v1/namespaces/nosuch/pods", pod(), "namespaces \"nosuch\" not found"),
        (
            "POST",
            PODS,
            json!({"apiVersion": "v1", "kind": "pod", "metadata": {"name": "x"}}),
            "pod in version \"v1\" cannot be handled as a Pod: no kind \"pod\" is registered for version \"v1\" in scheme \
             \"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"",
        ),
        (
            "GET",
            "/api/v1/namespaces/default/pods?labelSelector=a b",
            Value::Null,
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        ),
        ("GET", "/api/v1/pods?fieldSelector=foo=bar", Value::Null, "field label not supported: foo"),
    ] {
        assert_eq!(message(&mut server, method, path, body), said);
    }
    call(&mut server, "POST", PODS, pod());
    assert_eq!(message(&mut server, "POST", PODS, pod()), "pods \"solo\" already exists");
}

#[test]
fn updates_and_patches() {
    let mut server = ApiServer::for_tests();
    let (_, made) = call(&mut server, "POST", DEPLOYMENTS, deployment());
    let web = format!("{DEPLOYMENTS}/web");
    let (_, same) = patch(&mut server, &web, "strategic-merge", json!({"spec": {"replicas": 2}}));
    assert_eq!(same["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    let (_, scaled) = patch(&mut server, &format!("{web}/scale"), "merge", json!({"spec": {"replicas": 4}}));
    assert_eq!(scaled["spec"]["replicas"], 4);
    let (_, now) = call(&mut server, "GET", &web, Value::Null);
    assert_eq!((&now["spec"]["replicas"], &now["metadata"]["generation"]), (&json!(4), &json!(2)));
    let (status, stale) = call(&mut server, "PUT", &web, (*made).clone());
    assert_eq!(status, 409);
    assert_eq!(
        stale["message"],
        "Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; please apply your \
         changes to the latest version and try again"
    );
    let env = json!({"spec": {"template": {"spec": {"containers": [{"name": "nginx", "env": [{"name": "A", "value": "1"}]}]}}}});
    let (_, changed) = patch(&mut server, &web, "strategic-merge", env);
    let container = &changed["spec"]["template"]["spec"]["containers"][0];
    assert_eq!((&container["image"], &container["env"][0]["value"]), (&json!("nginx:1.16.1"), &json!("1")));
    for (kind, body, said) in [
        (
            "strategic-merge",
            json!({"spec": {"replicas": "x"}}),
            " \"\" is invalid: patch: Invalid value: \"map[spec:map[replicas:x]]\": unrecognized type: int32",
        ),
        (
            "json",
            json!([{"op": "remove", "path": "/spec/nosuch"}]),
            "the server rejected our request due to an error in our request",
        ),
        (
            "json",
            json!({"spec": {}}),
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
        ),
        (
            "merge",
            json!({"spec": {"selector": {"matchLabels": {"app": "x"}}}}),
            "Deployment.apps \"web\" is invalid: [spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` \
             does not match template `labels`, spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"x\"}}: field is immutable]",
        ),
    ] {
        assert_eq!(patch(&mut server, &web, kind, body).1["message"], said);
    }
}

#[test]
fn dry_run_changes_nothing() {
    let mut server = ApiServer::for_tests();
    let before = server.store().revision();
    let (status, made) = call(&mut server, "POST", &format!("{PODS}?dryRun=All"), pod());
    assert_eq!((status, &made["metadata"]["name"]), (201, &json!("solo")));
    assert_eq!(server.store().revision(), before);
}

#[test]
fn tables_and_watches() {
    let mut server = ApiServer::for_tests();
    call(&mut server, "POST", PODS, pod());
    server.set_now(Time::from_secs(1_005));
    let rows = |server: &mut ApiServer, path: &str| {
        server.handle(Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: if path == PODS {
                vec![("watch".into(), "true".into()), ("labelSelector".into(), "app=solo".into())]
            } else {
                vec![]
            },
            accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json".to_owned(),
            user: User::master(),
            ..Request::default()
        })
    };
    let (_, table) = answer(rows(&mut server, &format!("{PODS}/solo")));
    assert_eq!(table["columnDefinitions"][3]["name"], "Restarts");
    assert_eq!(
        table["rows"][0]["cells"],
        json!(["solo", "0/1", "Pending", "0", "5s", "<none>", "<none>", "<none>", "<none>"])
    );
    let Response::Watch { events, .. } = rows(&mut server, PODS) else { panic!("no watch") };
    let first = events.0.try_recv().unwrap();
    assert_eq!((&first["type"], &first["object"]["kind"]), (&json!("ADDED"), &json!("Table")));
    // An object that ceases to match is deleted for this watch.
    patch(&mut server, &format!("{PODS}/solo"), "merge", json!({"metadata": {"labels": {"app": "other"}}}));
    let second = events.0.try_recv().unwrap();
    assert_eq!((&second["type"], &second["object"]["columnDefinitions"]), (&json!("DELETED"), &json!([])));
    call(&mut server, "DELETE", &format!("{PODS}/solo"), Value::Null);
    assert!(events.0.try_recv().is_none());
}

#[test]
fn what_a_node_must_do() {
    let mut server = ApiServer::for_tests();
    call(&mut server, "POST", PODS, pod());
    let exec = send(&mut server, "POST", &format!("{PODS}/solo/exec?command=ls"), "", Value::Null);
    assert_eq!(answer(exec).1["message"], "pod solo does not have a host assigned");
    let bind = json!({"apiVersion": "v1", "kind": "Binding", "target": {"kind": "Node", "name": "node01"}});
    call(&mut server, "POST", &format!("{PODS}/solo/binding"), bind);
    for (status, path, said) in [
        ("ContainerCreating", "log", "container \"solo\" in pod \"solo\" is waiting to start: ContainerCreating"),
        (
            "ImagePullBackOff",
            "log",
            "container \"solo\" in pod \"solo\" is waiting to start: trying and failing to pull image",
        ),
        ("ContainerCreating", "log?container=x", "container x is not valid for pod solo"),
        ("ContainerCreating", "exec", "unable to upgrade connection: container not found (\"solo\")"),
    ] {
        let container = json!({"name": "solo", "state": {"waiting": {"reason": status}}});
        patch(
            &mut server,
            &format!("{PODS}/solo/status"),
            "merge",
            json!({"status": {"containerStatuses": [container]}}),
        );
        let response = send(&mut server, "GET", &format!("{PODS}/solo/{path}"), "", Value::Null);
        assert_eq!(answer(response).1["message"], said);
    }
    let running = json!({"name": "solo", "state": {"running": {"startedAt": "2026-11-20T08:55:08Z"}}});
    patch(&mut server, &format!("{PODS}/solo/status"), "merge", json!({"status": {"containerStatuses": [running]}}));
    let Response::Node(call) = send(&mut server, "GET", &format!("{PODS}/solo/log?follow=true"), "", Value::Null)
    else {
        panic!("no node call");
    };
    assert_eq!((call.action, call.node.as_str(), call.container.as_str()), (NodeAction::Log, "node01", "solo"));
}

#[test]
fn discovery() {
    let mut server = ApiServer::for_tests();
    let (_, groups) = call(&mut server, "GET", "/apis", Value::Null);
    assert_eq!(groups["groups"][1]["preferredVersion"]["groupVersion"], "apps/v1");
    let (_, apps) = call(&mut server, "GET", "/apis/apps/v1", Value::Null);
    let scale = apps["resources"].as_array().unwrap().iter().find(|resource| resource["name"] == "deployments/scale");
    assert_eq!(scale.unwrap()["group"], "autoscaling");
    let aggregated = Request {
        method: "GET".to_owned(),
        path: "/apis".to_owned(),
        accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList".to_owned(),
        user: User::master(),
        ..Request::default()
    };
    let (_, all) = answer(server.handle(aggregated));
    assert_eq!(all["items"][1]["metadata"]["name"], "apps");
    assert!(matches!(
        server.handle(Request {
            method: "GET".into(),
            path: "/version".into(),
            user: User::master(),
            ..Request::default()
        }),
        Response::Text { .. }
    ));
}

#[test]
fn one_storage_several_versions() {
    let mut server = ApiServer::for_tests();
    let scaler = json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"},
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "targetCPUUtilizationPercentage": 50}});
    let path = |version: &str| format!("/apis/autoscaling/{version}/namespaces/default/horizontalpodautoscalers");
    let (status, one) = call(&mut server, "POST", &path("v1"), scaler);
    assert_eq!((status, &one["apiVersion"]), (201, &json!("autoscaling/v1")), "{one}");
    let (_, two) = call(&mut server, "GET", &format!("{}/web", path("v2")), Value::Null);
    assert_eq!(two["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"], 50);
    let (_, one) = call(&mut server, "GET", &format!("{}/web", path("v1")), Value::Null);
    assert_eq!(one["spec"]["targetCPUUtilizationPercentage"], 50);
}

/// Whatever is sent, there is an answer.
#[test]
fn nonsense_is_answered() {
    let mut server = ApiServer::for_tests();
    let bodies = [
        json!(null),
        json!([]),
        json!("x"),
        json!({"metadata": 1, "spec": []}),
        json!({"kind": 1}),
        json!({"spec": {"a": null}}),
    ];
    for kind in server.kinds().clone().iter() {
        let group = if kind.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", kind.group) };
        let namespace = if kind.namespaced { "/namespaces/default" } else { "" };
        let all = format!("{group}/{}{namespace}/{}", kind.version, kind.plural);
        for body in &bodies {
            send(&mut server, "POST", &all, "application/json", body.clone());
            for patch in ["strategic-merge", "merge", "json"] {
                send(
                    &mut server,
                    "PATCH",
                    &format!("{all}/default"),
                    &format!("application/{patch}-patch+json"),
                    body.clone(),
                );
            }
            send(&mut server, "PUT", &format!("{all}/default"), "application/json", body.clone());
        }
        for subresource in ["", "/status", "/scale", "/log", "/proxy", "/nosuch"] {
            send(&mut server, "GET", &format!("{all}/default{subresource}"), "", Value::Null);
        }
        send(&mut server, "DELETE", &all, "application/json", json!({"gracePeriodSeconds": "x"}));
    }
}
