//! Any words after `kubectl`: it ends, and whatever it did, the cluster goes on.
//!
//! Commands and flags are those that kubectl's own help lists, so a new one is tried as soon as it is there.

use std::sync::OnceLock;

use drydock::session::{Input, Session};
use drydock::sim::Duration;
use proptest::prelude::*;
use proptest::sample::Index;

use super::manifests::run;

/// What stands for an object, a value, a file.
const WORDS: &[&str] = &[
    "web",
    "deploy/web",
    "deployments",
    "pods",
    "pod/solo",
    "solo",
    "svc",
    "service/web",
    "nodes",
    "node01",
    "default",
    "ns",
    "secrets",
    "cm/settings",
    "sts,ds",
    "all",
    "crd",
    "nosuch",
    "nosuch/web",
    "pods.v1.",
    "deployments.apps",
    "kube-system",
    "-A",
    "--all",
    "--all-namespaces",
    "0",
    "1",
    "-1",
    "3",
    "2147483648",
    "99999999999999999999",
    "50%",
    "1s",
    "5m0s",
    "-5s",
    "1h30",
    "true",
    "maybe",
    "",
    " ",
    ",",
    "=",
    "a=b",
    "a=",
    "=b",
    "a-",
    "app=web",
    "app in (web,x)",
    "app!=web",
    "!app",
    "metadata.name=solo",
    "status.phase=Running",
    "k=v:NoSchedule",
    "k:NoExecute-",
    "nginx",
    "web=nginx:1.26",
    "*=busybox",
    "registry.example/x@sha256:0",
    "80",
    "80:8080",
    "8080:web",
    "http",
    "tcp=80:80",
    "json",
    "yaml",
    "wide",
    "name",
    "jsonpath={.items[*].metadata.name}",
    "jsonpath={.a[?(@.b==1)]}",
    "jsonpath={",
    "go-template={{range .items}}{{.metadata.name}}{{end}}",
    "go-template={{",
    "custom-columns=N:.metadata.name",
    "csv",
    "client",
    "server",
    "none",
    "merge",
    "strategic",
    "{\"spec\":{\"replicas\":2}}",
    "{\"spec\":null}",
    "[]",
    "{",
    "[{\"op\":\"remove\",\"path\":\"/spec\"}]",
    "/dev/null",
    "web.yaml",
    "broken.yaml",
    ".",
    "nosuch.yaml",
    "-",
    "http://127.0.0.1:1/x",
    "condition=Available",
    "delete",
    "jsonpath={.status.phase}=Running",
    "create",
    "get",
    "list",
    "alice",
    "system:masters",
    "system:serviceaccount:default:default",
    "--",
    "sh",
    "-c",
    "echo hello",
    "-it",
    "-h",
    "cpu=100m,memory=64Mi",
    "cpu=much",
    "KEY=value",
    "KEY-",
    "--from=cm/settings",
    "deployment.spec.replicas",
    "\u{e9}\u{200b}",
    "'",
    "\\",
    "\u{1b}[31m",
    "*",
    "~",
    "$HOME",
    "../..",
    "solo:/etc/hostname",
    "/tmp/x",
];

/// One command line, as numbers that mean something once kubectl has said what it can do.
#[derive(Clone, Debug)]
struct Line {
    command: Index,
    flags: Vec<(Index, Index, bool)>,
    words: Vec<Index>,
}

fn line() -> impl Strategy<Value = Line> {
    let flag = (any::<Index>(), any::<Index>(), any::<bool>());
    let flags = proptest::collection::vec(flag, 0..4);
    let words = proptest::collection::vec(any::<Index>(), 0..4);
    (any::<Index>(), flags, words).prop_map(|(command, flags, words)| Line { command, flags, words })
}

/// A command and its flags.
struct Command {
    path: String,
    flags: Vec<String>,
}

impl Line {
    fn text(&self, commands: &[Command]) -> String {
        let command = self.command.get(commands);
        let mut text = command.path.clone();
        let word = |index: &Index| format!("'{}'", index.get(WORDS).replace('\'', "'\\''"));
        text.extend(self.words.iter().map(|index| format!(" {}", word(index))));
        for (flag, value, joined) in self.flags.iter().filter(|_| !command.flags.is_empty()) {
            let (flag, value) = (flag.get(&command.flags), word(value));
            text.push_str(&if *joined { format!(" {flag}={value}") } else { format!(" {flag} {value}") });
        }
        text
    }
}

/// Every command with its flags: each is asked for its help, once for all cases.
fn commands() -> &'static [Command] {
    static COMMANDS: OnceLock<Vec<Command>> = OnceLock::new();
    COMMANDS.get_or_init(|| listed(&mut super::session(3)))
}

fn listed(session: &mut Session) -> Vec<Command> {
    let (_, options) = run(session, "kubectl options");
    let global = flags(&options);
    let mut found = Vec::new();
    let mut open = vec!["kubectl".to_owned()];
    while let Some(path) = open.pop() {
        let (status, help) = run(session, &format!("{path} --help"));
        assert_eq!(status, 0, "{path} --help: {help}");
        let mut listing = false;
        for line in help.lines() {
            match line.strip_prefix("  ").and_then(|line| line.split_whitespace().next()) {
                Some(name) if listing => open.push(format!("{path} {name}")),
                Some(_) => {}
                None => listing = line.contains("Commands") && line.ends_with(':'),
            }
        }
        let mut own = flags(&help);
        own.extend(global.iter().cloned());
        found.push(Command { path, flags: own });
    }
    found
}

/// `--replicas` of `    -r, --replicas=-1:`.
fn flags(help: &str) -> Vec<String> {
    let lines = help.lines().filter(|line| line.trim_start().starts_with('-') && line.ends_with(':'));
    let names = lines.filter_map(|line| line.split("--").nth(1)?.split(['=', ':']).next());
    names.map(|name| format!("--{name}")).collect()
}

/// A cluster with something in it, and some files.
fn furnished() -> Session {
    let mut session = super::session(3);
    for (path, content) in [
        ("/root/web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"),
        ("/root/broken.yaml", "apiVersion: v1\nkind: [\n"),
    ] {
        session.input(Input::Write { path: path.into(), content: content.into(), executable: false });
    }
    run(
        &mut session,
        "kubectl create deployment web --image=nginx --replicas=2; kubectl expose deployment web --port=80; \
         kubectl run solo --image=nginx; kubectl apply -f web.yaml; kubectl wait --for=condition=Ready pod --all",
    );
    session
}

#[test]
fn help_tells_of_commands_and_flags() {
    let found = commands();
    let paths: Vec<&str> = found.iter().map(|command| &*command.path).collect();
    for path in ["kubectl", "kubectl get", "kubectl create secret generic", "kubectl rollout undo"] {
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
    let scale = found.iter().find(|command| command.path == "kubectl scale").unwrap();
    assert!(scale.flags.iter().any(|flag| flag == "--replicas") && scale.flags.iter().any(|flag| flag == "--context"));
}

proptest! {
    #![proptest_config(super::cases())]

    #[test]
    fn any_words_after_kubectl_do_no_harm(lines in proptest::collection::vec(line(), 25)) {
        let mut session = furnished();
        for line in lines {
            let text = line.text(commands());
            let (status, _) = run(&mut session, &format!("timeout -k 1 20 {text} < /dev/null"));
            prop_assert!((0..256).contains(&status), "{}: {}", text, status);
        }
        session.advance(Duration::from_secs(60));
        let (status, told) = run(&mut session, "echo on");
        prop_assert_eq!((status, &*told), (0, "on\n"));
    }
}
