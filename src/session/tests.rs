//! The joints: the API over HTTP, containers through the runtime port, logs, exec.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::*;
use crate::api::PodSpec;
use crate::machine::{Body, CLIENT_CERTIFICATE, HttpRequest, HttpResponse};

fn session() -> Session {
    Session::new(Config { profile: "kubeadm".into(), seed: 1, start: Time::from_secs(1_795_164_114) }).unwrap()
}

/// Sends a request from the host and lets time pass until the answer's head is there.
fn ask(session: &mut Session, to: &str, port: u16, request: HttpRequest) -> HttpResponse {
    let (host, to) = (session.host().clone(), to.parse().unwrap());
    let answer = async move {
        match host.connect(to, port).await {
            Ok(connection) => connection.request(request).await,
            Err(error) => HttpResponse::new(599, error.to_string()),
        }
    };
    until_done(session, answer)
}

fn until_done(session: &mut Session, work: impl Future<Output = HttpResponse> + 'static) -> HttpResponse {
    let answer = Rc::new(RefCell::new(None));
    let slot = Rc::clone(&answer);
    session.world.sim.spawn(async move {
        let response = work.await;
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
    // Of passwords the server knows nothing: who shows one is anonymous.
    assert_eq!(ask(&mut session, "172.30.1.2", 6443, bad).status, 403);
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

/// Starts a container by hand, as a kubelet would.
fn start(session: &Session, pod: &str, ip: &str, image: &str, command: &[&str]) -> Result<(), String> {
    use crate::kubelet::runtime::Start;
    use k8s_openapi::api::core::v1::Container;
    let container = Container { name: "app".into(), image: Some(image.into()), ..Container::default() };
    let mut spec = PodSpec::default();
    spec.containers.push(container.clone());
    let mut cluster = session.world.cluster().borrow_mut();
    let runtime = cluster.runtime_mut();
    let facts = runtime.image(image)?;
    let start = Start {
        pod_uid: &pod.into(),
        namespace: "default",
        pod,
        spec: &spec,
        container: &container,
        env: Vec::new(),
        command: command.iter().map(|&word| word.to_owned()).collect(),
        args: Vec::new(),
        image: &facts,
        node: "node01",
        ip,
        hostname: pod,
        container_id: pod,
        restarts: 0,
        now: session.now(),
    };
    runtime.start(start).map(drop).map_err(|error| error.message)
}

fn text(body: &Body) -> String {
    match body {
        Body::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

#[test]
fn a_server_answers_and_logs_without_a_machine() {
    let mut session = session();
    start(&session, "web-1", "192.168.1.9", "gcr.io/google-samples/kubernetes-bootcamp:v2", &[]).unwrap();
    // No object of the cluster stands for this Pod, so nothing is routed: straight to its port.
    let listener = |session: &Session, port| network::listener_at(&session.world, "192.168.1.9".parse().unwrap(), port);
    let from = core::net::SocketAddrV4::new([172, 30, 1, 2].into(), 40_000);
    let answer = listener(&session, 8080).unwrap().handle(HttpRequest::new("GET", "/"), from);
    let response = until_done(&mut session, answer);
    assert_eq!(text(&response.body), "Hello Kubernetes bootcamp! | Running on: web-1 | v=2\n");
    let pod = session.world.pods.borrow().get("web-1").unwrap();
    let container = pod.containers.borrow().get("app").cloned().unwrap();
    let log = String::from_utf8(container.log.read(&Default::default())).unwrap();
    assert!(
        log.starts_with("Kubernetes Bootcamp App Started At: 2026-11-20T08:41:54.000Z | Running On:  web-1 \n\n"),
        "{log}"
    );
    assert!(log.contains("Running On: web-1 | Total Requests: 1 | App Uptime: 0."), "{log}");
    assert!(container.machine().is_none());
    assert!(listener(&session, 80).is_none());
    let signal = |signal| {
        let now = session.now();
        session.world.cluster().borrow_mut().runtime_mut().signal("web-1", "app", signal, now)
    };
    assert_eq!(signal(crate::kubelet::runtime::Signal::Stop), None);
    assert_eq!(signal(crate::kubelet::runtime::Signal::Kill).map(|exit| exit.code), Some(137));
    assert!(listener(&session, 8080).is_none());
}

#[test]
fn what_cannot_run_is_told_in_the_runtimes_words() {
    let session = session();
    let error = start(&session, "bad", "192.168.1.8", "nginx", &["nosuchcommand"]).unwrap_err();
    assert!(error.ends_with("exec: \"nosuchcommand\": executable file not found in $PATH"), "{error}");
    let error = start(&session, "bad", "192.168.1.8", "nginx:nosuch", &[]).unwrap_err();
    let full = "docker.io/library/nginx:nosuch";
    assert_eq!(
        error,
        format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve image: {full}: not found"
        )
    );
}

/// Types at the first terminal, and gives what it shows in the seconds after.
fn types(session: &mut Session, keys: &str, seconds: u64) -> String {
    session.input(Input::Keys { terminal: 0, text: keys.into() });
    session.advance(Duration::from_secs(seconds));
    String::from_utf8_lossy(&session.outputs().terminals.remove(&0).unwrap_or_default()).into_owned()
}

#[test]
fn a_terminal_reaches_into_a_container_that_was_added() {
    let mut session = session();
    session.input(Input::Resize { terminal: 0, columns: 200, rows: 24 });
    types(&mut session, "kubectl run web --image=nginx\r", 20);
    let shown = types(&mut session, "kubectl debug -it web --image=busybox -c box -- sh\r", 20);
    assert!(shown.contains("If you don't see a command prompt, try pressing enter."), "{shown:?}");
    types(&mut session, "\r", 1);
    let shown = types(&mut session, "echo $((6*7)) $(hostname)\r", 1);
    assert!(shown.contains("42 web\r"), "{shown:?}");
    let shown = types(&mut session, "exit\r", 3);
    assert!(shown.ends_with("$ "), "{shown:?}");
}

#[test]
fn ctrl_c_ends_a_forwarding_and_gives_the_port_back() {
    let mut session = session();
    session.input(Input::Resize { terminal: 0, columns: 200, rows: 24 });
    types(&mut session, "kubectl run web --image=nginx\r", 20);
    let shown = types(&mut session, "kubectl port-forward web 8080:80\r", 3);
    assert!(shown.ends_with("Forwarding from [::1]:8080 -> 80\r\n"), "{shown:?}");
    let shown = types(&mut session, "\x03", 1);
    assert!(shown.ends_with("$ "), "{shown:?}");
    let shown = types(&mut session, "curl -s localhost:8080; echo status $?\r", 2);
    assert!(shown.contains("status 7\r\n"), "{shown:?}");
}
