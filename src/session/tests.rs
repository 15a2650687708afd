//! The joints: the API over HTTP, containers through the runtime port, logs, exec.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::machine::{Body, CLIENT_CERTIFICATE, HttpRequest, HttpResponse};

fn session() -> Session {
    Session::new(Config { profile: "kubeadm".into(), seed: 1, start: Time::from_secs(1_795_164_114) }).unwrap()
}

/// Sends a request from the host and lets time pass until the answer's head is there.
fn ask(session: &mut Session, to: &str, port: u16, request: HttpRequest) -> HttpResponse {
    let answer = Rc::new(RefCell::new(None));
    let (host, slot, to) = (session.host().clone(), Rc::clone(&answer), to.parse().unwrap());
    session.world.sim.spawn(async move {
        let response = match host.connect(to, port).await {
            Ok(connection) => connection.request(request).await,
            Err(error) => HttpResponse::new(599, error.to_string()),
        };
        *slot.borrow_mut() = Some(response);
    });
    for _ in 0..1000 {
        session.advance(Duration::from_millis(1));
        if let Some(response) = answer.borrow_mut().take() {
            return response;
        }
    }
    panic!("no answer");
}

fn api(session: &mut Session, method: &str, target: &str, body: Value) -> (u16, Value) {
    let certificate = credentials::certificate("kubernetes-admin", &["kubeadm:cluster-admins"]);
    let request = HttpRequest::new(method, target).with_header(CLIENT_CERTIFICATE, &certificate).with_body(body);
    let response = ask(session, "127.0.0.1", 6443, request);
    let body = match response.body {
        Body::Json(value) => (*value).clone(),
        Body::Bytes(bytes) => json!(String::from_utf8_lossy(&bytes)),
        _ => Value::Null,
    };
    (response.status, body)
}

#[test]
fn the_api_answers_over_http() {
    let mut session = session();
    let (status, nodes) = api(&mut session, "GET", "/api/v1/nodes", Value::Null);
    assert_eq!((status, nodes["items"].as_array().unwrap().len()), (200, 3));
    let (status, told) = api(&mut session, "GET", "/api/v1/namespaces/default/pods/nosuch", Value::Null);
    assert_eq!((status, told["message"].as_str().unwrap()), (404, "pods \"nosuch\" not found"));
    let bad = HttpRequest::new("GET", "/api").with_header("Authorization", "Basic eHg=");
    assert_eq!(ask(&mut session, "172.30.1.2", 6443, bad).status, 401);
}

#[test]
fn unknown_profiles_are_refused() {
    let config = Config { profile: "nosuch".into(), seed: 1, start: Time(0) };
    assert_eq!(Session::new(config).err().unwrap(), "unknown profile \"nosuch\"");
}

#[test]
fn saved_worlds_come_back_and_broken_ones_are_told_apart() {
    let mut session = session();
    session.input(Input::Write { path: "a/b.txt".into(), content: "x".into(), executable: true });
    session.advance(Duration::from_secs(7));
    let text = session.save().write();
    let saved = Saved::read(&text).unwrap();
    let again = Session::restore(&saved, |_, _| true).unwrap();
    assert_eq!(again.state_hash(), session.state_hash());
    assert_eq!(Session::restore(&saved, |_, _| false).err(), Some(Problem::Stopped));
    let other = Saved { hash: 0, ..saved.clone() };
    assert_eq!(Session::restore(&other, |_, _| true).err(), Some(Problem::Diverged));
    assert!(matches!(Saved::read("{"), Err(Problem::Broken(_))));
    assert!(matches!(Saved::read("[]"), Err(Problem::Broken(_))));
    assert_eq!(Saved::read("{\"format\":99}"), Err(Problem::Foreign));
    assert!(matches!(Saved::read("{\"format\":1,\"engine\":\"x\"}"), Err(Problem::Broken(_))));
    let newer = Saved { engine: "99.0.0".into(), ..saved };
    assert_eq!(Saved::read(&newer.write()), Err(Problem::OtherEngine("99.0.0".into())));
}
