//! Our bash and tools against the real ones: each script of `cases.txt` prints the same, complains
//! the same and ends with the same status. Where there is no real bash the comparison is skipped
//! with a message.

mod fuzz;
mod terminal;
mod vi;

use std::process::Command;
use std::rc::Rc;

use drydock::machine::{Capture, Fds, File, Machine, MachineSpec, Programs, SpawnSpec, file};
use drydock::shell;
use drydock::sim::{Duration, Rng, Sim, Time};

/// What a run gave: output, complaints, status.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub status: Option<i32>,
}

/// A machine with the shell and the tools, alone in the world.
pub fn machine() -> Machine {
    let mut programs = Programs::new();
    programs.add_all(shell::BASH);
    programs.add_all(drydock::tools::ALL);
    let mut spec = MachineSpec::new("host", &Sim::new(Time::from_secs(1_794_744_000)), Rng::new(7), Rc::new(programs));
    spec.env.insert("PATH".into(), "/usr/bin:/bin".into());
    spec.env.remove("LANG");
    let machine = Machine::new(spec);
    machine.skip_pids(1000);
    machine
}

/// Runs a script on a simulated machine for an hour at most.
pub fn simulated(script: &str) -> Ran {
    let machine = machine();
    machine.files().mkdir_all("/tmp/work").unwrap();
    let (out, err) = (Capture::default(), Capture::default());
    let null: Rc<dyn File> = Rc::new(file::Null);
    let fds = Fds::from([(0, null), (1, Rc::new(out.clone()) as Rc<dyn File>), (2, Rc::new(err.clone()))]);
    let spec = SpawnSpec { fds: Some(fds), cwd: Some("/tmp/work".into()), ..SpawnSpec::new(["bash", "-c", script]) };
    let child = machine.run(spec, None).unwrap();
    let sim = machine.sim().clone();
    for _ in 0..3600 {
        sim.advance_to(sim.now() + Duration::from_secs(1));
        if child.process().ended().is_some() {
            break;
        }
    }
    let status = child.process().ended().map(|status| status.code());
    Ran { out: out.text(), err: err.text(), status }
}

/// Runs a script for so many virtual seconds at most; it need not end.
pub fn within(script: &str, secs: u64) {
    let machine = machine();
    let Ok(_) = machine.run(SpawnSpec::new(["bash", "-c", script]), None) else { return };
    machine.sim().advance_to(machine.sim().now() + Duration::from_secs(secs));
}

fn real(script: &str) -> Option<Ran> {
    let dir = std::env::temp_dir().join(format!(
        "drydock-bash-{}-{:x}",
        std::process::id(),
        script.len() * 31 + script.bytes().map(usize::from).sum::<usize>()
    ));
    std::fs::create_dir_all(&dir).ok()?;
    let work = dir.join("work");
    std::fs::create_dir_all(&work).ok()?;
    let output = Command::new("timeout")
        .args(["20", "bash", "-c", script])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", "/root")
        .env("USER", "root")
        .env("LC_ALL", "C.UTF-8")
        .current_dir(&work)
        .stdin(std::process::Stdio::null())
        .output();
    let _ = std::fs::remove_dir_all(&dir);
    let output = output.ok()?;
    let text = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).replace(&*work.to_string_lossy(), "/tmp/work").replace(['‘', '’'], "'")
    };
    Some(Ran { out: text(&output.stdout), err: text(&output.stderr), status: output.status.code() })
}

/// jq 1.6 says `$end` and indents its complaints' last lines otherwise.
fn as_jq_17(ran: Ran) -> Ran {
    let lines = ran.err.lines().map(|line| line.trim_end().replace("unexpected $end", "unexpected end of file"));
    let err = if ran.err.contains("jq: ") { lines.map(|line| line + "\n").collect() } else { ran.err.clone() };
    Ran { err, ..ran }
}

fn cases(text: &str) -> Vec<String> {
    text.split("\n----\n").map(|case| case.trim_matches('\n').to_owned()).filter(|case| !case.is_empty()).collect()
}

#[test]
fn scripts_do_what_real_bash_does() {
    let version = Command::new("bash")
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !version.is_ok_and(|version| version.contains("version 5.2")) {
        eprintln!("skipped: no bash 5.2 here to compare with");
        return;
    }
    let tables = [
        include_str!("cases.txt"),
        include_str!("arithmetic.txt"),
        include_str!("arrays.txt"),
        include_str!("conditions.txt"),
        include_str!("control.txt"),
        include_str!("io.txt"),
        include_str!("parameters.txt"),
        include_str!("scripts.txt"),
        include_str!("words.txt"),
    ];
    let all = tables.join("\n----\n");
    assert!(cases(&all).len() >= 500, "{}", cases(&all).len());
    compare(&all);
}

#[test]
fn awk_programs_do_what_real_awk_does() {
    let version = Command::new("awk")
        .args(["-W", "version"])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !version.is_ok_and(|version| version.contains("mawk 1.3.4")) {
        eprintln!("skipped: no mawk 1.3.4 here to compare with");
        return;
    }
    compare(include_str!("awk.txt"));
}

/// The real jq is often 1.6 and ours is 1.7: the table has what both do alike, and what 1.7 words otherwise is
/// made alike here.
#[test]
fn jq_programs_do_what_real_jq_does() {
    let version = Command::new("jq").arg("--version").output();
    if !version.is_ok_and(|output| output.stdout.starts_with(b"jq-1.")) {
        eprintln!("skipped: no jq 1 here to compare with");
        return;
    }
    compare(include_str!("jq.txt"));
}

/// mikefarah's yq is rarely there to compare with: these are its manual's forms.
#[test]
fn yq_reads_and_edits_documents() {
    let ran = simulated(
        "cat > d.yaml <<'END'\n# the app\nkind: Deployment # its kind\nmetadata: {name: web}\nspec:\n  replicas: 2\n  \
         args: [\"-c\", x]\n---\nkind: Service\nEND\n\
         yq '.spec.replicas' d.yaml; yq -i 'select(.kind == \"Dep*\").spec.replicas = 3' d.yaml; cat d.yaml\n\
         N=5 yq 'select(di == 0) | .spec | .replicas = env(N) | .name = strenv(N)' d.yaml; yq -o json -I0 . d.yaml\n\
         echo 'a: {b: 1}' > x.yaml; echo 'a: {c: 2}' > y.yaml; yq ea 'select(fi == 0) * select(fi == 1)' x.yaml y.yaml\n\
         yq ea '. as $x ireduce ({}; . * $x) | .a | keys' x.yaml y.yaml; yq '.a.b.c' x.yaml; yq -n '.a.b = \"x: y\"'\n\
         echo '{\"a\":[1]}' | yq -p json .; yq . nosuch.yaml",
    );
    let expected = "2\n---\nnull\n# the app\nkind: Deployment # its kind\nmetadata: {name: web}\nspec:\n  replicas: 3\n  \
         args: [\"-c\", x]\n---\nkind: Service\n\
         replicas: 5\nargs: [\"-c\", x]\nname: \"5\"\n\
         {\"kind\":\"Deployment\",\"metadata\":{\"name\":\"web\"},\"spec\":{\"replicas\":3,\"args\":[\"-c\",\"x\"]}}\n\
         {\"kind\":\"Service\"}\na: {b: 1, c: 2}\n- b\n- c\na:\n  b: \"x: y\"\na:\n  - 1\n";
    assert_eq!(ran.out, expected);
    assert_eq!(ran.err, "Error: open nosuch.yaml: no such file or directory\n");
}

/// A request made here is one that the cluster can read, and a certificate says what it was made for.
#[test]
fn openssl_makes_requests_and_certificates() {
    let ran = simulated(
        "openssl genrsa -out k 2048; head -1 k; openssl req -new -key k -out r -subj /CN=jane/O=devs -addext subjectAltName=DNS:a.b\n\
         openssl req -in r -noout -subject; openssl req -x509 -newkey rsa:2048 -nodes -keyout ck -out c -subj /CN=ca -days 10 2>/dev/null\n\
         openssl x509 -req -in r -CA c -CAkey ck -CAcreateserial -out u -days 1; openssl x509 -in u -noout -subject -issuer -enddate\n\
         openssl rand -hex 4 | wc -c; echo -n hi | openssl base64; openssl s_client; echo $?",
    );
    let expected = "-----BEGIN PRIVATE KEY-----\nsubject=CN = jane, O = devs\nsubject=CN = jane, O = devs\nissuer=CN = ca\n\
         notAfter=Nov 16 12:00:00 2026 GMT\n9\naGk=\n1\n";
    assert_eq!(ran.out.replace("12:00:01", "12:00:00"), expected);
    assert!(ran.err.contains("s_client is not simulated here"), "{}", ran.err);
}

fn compare(text: &str) {
    let mut faults = Vec::new();
    let cases = cases(text);
    for script in &cases {
        let Some(expected) = real(script) else { continue };
        let got = simulated(script);
        let (got, expected) = (as_jq_17(got), as_jq_17(expected));
        if got != expected {
            faults.push(format!("--- script:\n{script}\n--- real: {expected:#?}\n--- ours: {got:#?}"));
        }
    }
    assert!(faults.is_empty(), "{} of {} differ:\n{}", faults.len(), cases.len(), faults.join("\n\n"));
}
