//! What roles allow, by requests.

use serde_json::{Value, json};

use super::{Attributes, policy};
use crate::api::Object;
use crate::apiserver::ApiServer;
use crate::apiserver::rest::{Request, Response, User};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";

fn server() -> ApiServer {
    let mut server = ApiServer::for_tests();
    for value in [
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-public"}}),
    ]
    .into_iter()
    .chain(policy())
    {
        let (version, kind) = (value["apiVersion"].as_str().unwrap(), value["kind"].as_str().unwrap());
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let kind = server.kinds().builtin_kind(group, kind);
        server.create(Object::from_value(&kind, value).unwrap()).unwrap();
    }
    server
}

fn user(name: &str) -> User {
    User { name: name.to_owned(), groups: vec!["system:authenticated".to_owned()], ..User::default() }
}

fn send(server: &mut ApiServer, user: User, method: &str, path: &str, body: Value) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query =
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned()));
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.collect(),
        user,
        body,
        ..Request::default()
    };
    match server.handle(request) {
        Response::Value { body, .. } => body["message"].as_str().unwrap_or("fine").to_owned(),
        _ => "fine".to_owned(),
    }
}

fn role(name: &str, rules: Value) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules})
}

fn binding(name: &str, kind: &str, role: &str, user: &str) -> Value {
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": name},
        "roleRef": {"kind": kind, "name": role}, "subjects": [{"kind": "User", "name": user}]})
}

fn master(server: &mut ApiServer, path: &str, body: Value) {
    assert_eq!(send(server, User::master(), "POST", path, body), "fine");
}

#[test]
fn requests_are_asked_about() {
    let mut server = server();
    let roles = format!("{RBAC}/namespaces/default/roles");
    let bindings = format!("{RBAC}/namespaces/default/rolebindings");
    let rules = json!([
        {"apiGroups": [""], "resources": ["pods", "*/status"], "verbs": ["list", "patch"]},
        {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["one"], "verbs": ["get", "list"]},
    ]);
    master(&mut server, &roles, role("r", rules));
    master(&mut server, &bindings, binding("ann", "Role", "r", "ann"));
    master(&mut server, &bindings, binding("lost", "ClusterRole", "gone", "ben"));
    let lost = "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found";
    let cases = [
        ("ann", "GET", "/api/v1/namespaces/default/pods", "fine".to_owned()),
        ("ann", "GET", "/api/v1/pods", r#"pods is forbidden: User "ann" cannot list resource "pods" in API group "" at the cluster scope"#.into()),
        ("ann", "GET", "/api/v1/namespaces/default/pods/x", r#"pods "x" is forbidden: User "ann" cannot get resource "pods" in API group "" in the namespace "default""#.into()),
        ("ann", "PATCH", "/api/v1/namespaces/default/services/x/status", "services \"x\" not found".into()),
        ("ann", "GET", "/api/v1/namespaces/default/configmaps/one", "configmaps \"one\" not found".into()),
        ("ann", "GET", "/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name=one", "fine".into()),
        ("ann", "GET", "/api/v1/namespaces/default/configmaps?watch=1", r#"configmaps is forbidden: User "ann" cannot watch resource "configmaps" in API group "" in the namespace "default""#.into()),
        ("ann", "GET", "/api/v1/namespaces/default", r#"namespaces "default" is forbidden: User "ann" cannot get resource "namespaces" in API group "" in the namespace "default""#.into()),
        ("ann", "DELETE", "/apis/apps/v1/namespaces/default/deployments", r#"deployments.apps is forbidden: User "ann" cannot deletecollection resource "deployments" in API group "apps" in the namespace "default""#.into()),
        ("ann", "GET", "/metrics", r#"forbidden: User "ann" cannot get path "/metrics""#.into()),
        ("ann", "GET", "/version", "fine".into()),
        ("ben", "GET", "/api/v1/namespaces/default/pods", format!(r#"pods is forbidden: User "ben" cannot list resource "pods" in API group "" in the namespace "default": {lost}"#)),
    ];
    for (name, method, path, expected) in cases {
        assert_eq!(send(&mut server, user(name), method, path, Value::Null), expected, "{name} {method} {path}");
    }
    let (anonymous, expected) = (User::anonymous(), r#"forbidden: User "system:anonymous" cannot get path "/api""#);
    assert_eq!(send(&mut server, anonymous, "GET", "/api", Value::Null), expected);
    // Without its binding nobody remembers.
    assert_eq!(send(&mut server, User::master(), "DELETE", &format!("{bindings}/ann"), Value::Null), "fine");
    assert_ne!(send(&mut server, user("ann"), "GET", "/api/v1/namespaces/default/pods", Value::Null), "fine");
}

#[test]
fn nobody_gives_away_what_they_do_not_have() {
    let mut server = server();
    let roles = format!("{RBAC}/namespaces/default/roles");
    let bindings = format!("{RBAC}/namespaces/default/rolebindings");
    let all = |verbs: &[&str], resources: &[&str]| json!([{"apiGroups": ["", "rbac.authorization.k8s.io"], "resources": resources, "verbs": verbs}]);
    master(&mut server, &roles, role("boss", all(&["get", "create", "update"], &["pods", "roles", "rolebindings"])));
    master(&mut server, &bindings, binding("boss", "Role", "boss", "ann"));
    let mut ask = |path: &str, body: Value| send(&mut server, user("ann"), "POST", path, body);
    assert_eq!(ask(&roles, role("less", all(&["get"], &["pods"]))), "fine");
    let why = "is attempting to grant RBAC permissions not currently held:\n";
    assert_eq!(
        ask(
            &roles,
            role("more", json!([{"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["get", "list"]}]))
        ),
        format!(
            "roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"ann\" (groups=[\"system:authenticated\"]) {why}\
             {{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"list\"]}}\n\
             {{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"list\"]}}"
        )
    );
    assert_eq!(ask(&bindings, binding("b", "Role", "less", "ben")), "fine");
    assert!(ask(&bindings, binding("c", "ClusterRole", "system:aggregate-to-view", "ben")).contains(why));
    let missing = "role.rbac.authorization.k8s.io \"absent\" not found";
    assert_eq!(ask(&bindings, binding("d", "Role", "absent", "ben")), missing);
    let may_bind = json!([{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"], "resourceNames": ["system:aggregate-to-view"], "verbs": ["bind"]}]);
    master(&mut server, &roles, role("binder", may_bind));
    master(&mut server, &bindings, binding("binder", "Role", "binder", "ann"));
    assert_eq!(
        send(
            &mut server,
            user("ann"),
            "POST",
            &bindings,
            binding("c", "ClusterRole", "system:aggregate-to-view", "ben")
        ),
        "fine"
    );
}

#[test]
fn asking_as_somebody_else() {
    let mut server = server();
    let ask = |server: &mut ApiServer, who: User, other: User| {
        let path = "/api/v1/namespaces/default/pods".to_owned();
        let request = Request { method: "GET".into(), path, user: who, impersonate: Some(other), ..Request::default() };
        match server.handle(request) {
            Response::Value { body, .. } => body["message"].as_str().unwrap_or("fine").to_owned(),
            _ => "fine".to_owned(),
        }
    };
    let named = |name: &str, groups: &[&str]| User {
        name: name.into(),
        groups: groups.iter().map(|group| (*group).into()).collect(),
        ..User::default()
    };
    let refused = ask(&mut server, user("ann"), named("ben", &[]));
    assert_eq!(
        refused,
        r#"users "ben" is forbidden: User "ann" cannot impersonate resource "users" in API group "" at the cluster scope"#
    );
    let as_account = ask(&mut server, user("ann"), named("system:serviceaccount:x:y", &[]));
    assert_eq!(
        as_account,
        r#"serviceaccounts "y" is forbidden: User "ann" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "x""#
    );
    let told = ask(&mut server, User::master(), named("ben", &[]));
    assert!(told.contains(r#"User "ben" cannot list"#), "{told}");
    assert_eq!(ask(&mut server, User::master(), named("ben", &["system:masters"])), "fine");
}

#[test]
fn the_policy_says_why() {
    let server = server();
    let scheduler = user("system:kube-scheduler");
    let wanted = Attributes {
        verb: "create",
        resource: "pods",
        subresource: "binding",
        namespace: "default",
        ..Attributes::default()
    };
    let decision = server.authorize(&scheduler, &wanted);
    let why = r#"RBAC: allowed by ClusterRoleBinding "system:kube-scheduler" of ClusterRole "system:kube-scheduler" to User "system:kube-scheduler""#;
    assert_eq!((decision.allowed, &*decision.reason), (true, why));
    let account = user("system:serviceaccount:kube-system:job-controller");
    assert!(
        server.authorize(&account, &Attributes { verb: "delete", resource: "pods", ..Attributes::default() }).allowed
    );
}
