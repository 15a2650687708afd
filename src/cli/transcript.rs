//! `drydock transcript`: replays a scenario file and prints what happened as JSON lines.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::rc::Rc;
use std::task::{Context, Poll};

use serde_json::{Value, json};

use super::scenario::{Step, parse};
use crate::api::time;
use crate::cluster::profile::METRICS_SERVER;
use crate::machine::{Child, Errno, File, Signal, file};
use crate::session::{Config, Session};
use crate::sim::{Duration, Sim, Time};

/// The directory in which commands run.
const WORK: &str = "/root/work";

/// How long one command may take.
const LIMIT: Duration = Duration::from_secs(3600);

/// How often `@wait` tries.
const POLL: Duration = Duration::from_millis(200);

/// Replays the scenario in `path` in a new world.
pub fn transcript(config: Config, path: &str) -> Result<i32, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let steps = parse(&text).map_err(|error| format!("{path}: {error}"))?;
    let session = world(config, &steps)?;
    let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".scn");
    let out = std::io::stdout();
    replay(session, name, &steps, |record| {
        // A reader that has gone away ends the replay.
        writeln!(out.lock(), "{record}").map_err(|error| error.to_string())
    })?;
    Ok(0)
}

/// The world that a scenario needs.
pub fn world(mut config: Config, steps: &[Step]) -> Result<Session, String> {
    if steps.contains(&Step::Metrics) {
        config.profile += METRICS_SERVER;
    }
    Session::new(config)
}

/// Runs `steps` and hands each record to `emit`.
pub fn replay(
    session: Session,
    name: &str,
    steps: &[Step],
    mut emit: impl FnMut(Value) -> Result<(), String>,
) -> Result<(), String> {
    session.host().files().mkdir_all(WORK).map_err(|errno| format!("{WORK}: {errno}"))?;
    let mut replay = Replay { start: session.now(), session, commands: 0, background: BTreeMap::new() };
    let utc = time::rfc3339_micro(replay.start);
    emit(json!({"kind": "start", "scenario": name, "utc": utc, "metrics_server": steps.contains(&Step::Metrics)}))?;
    for step in steps {
        if let Some(record) = replay.step(step)? {
            emit(record)?;
        }
    }
    Ok(())
}

struct Replay {
    session: Session,
    start: Time,
    commands: u64,
    background: BTreeMap<String, Running>,
}

/// A command that was started.
struct Running {
    command: String,
    began: Time,
    stdout: Recording,
    stderr: Recording,
    child: Child,
}

impl Replay {
    fn step(&mut self, step: &Step) -> Result<Option<Value>, String> {
        let t = self.seconds(self.session.now());
        Ok(Some(match step {
            Step::Note(text) => json!({"kind": "note", "text": text, "t": t}),
            Step::Sleep(span) => {
                self.session.advance(*span);
                json!({"kind": "sleep", "seconds": round(*span), "t": t})
            }
            Step::Wait { command, limit } => {
                let until = self.session.now() + *limit;
                let ok = self.poll(command, until)?;
                let waited = self.seconds(self.session.now()) - t;
                json!({"kind": "wait", "until": command, "ok": ok, "waited": (waited * 100.0).round() / 100.0, "t": self.seconds(self.session.now())})
            }
            Step::File { name, content } => {
                let written = self.session.host().files().write(WORK, name, content.as_bytes());
                written.map_err(|errno| format!("@file {name}: {errno}"))?;
                json!({"kind": "file", "name": name, "content": content, "t": t})
            }
            Step::Setup(command) => {
                let running = self.start(command)?;
                let exit = self.finish(&running);
                json!({"kind": "setup", "cmd": command, "exit": exit, "t": t})
            }
            Step::Background { name, command } => {
                let running = self.start(command)?;
                self.background.insert(name.clone(), running);
                json!({"kind": "bg-start", "cmd": command, "t": t})
            }
            Step::Collect(name) => {
                let running = self.background.remove(name).ok_or_else(|| format!("@collect {name}: no such @bg"))?;
                let exit = self.finish(&running);
                let mut record = self.record(&running, exit);
                record["bg"] = json!(true);
                record["t_end"] = json!(self.seconds(running.stdout.last().max(running.began)));
                record["lines"] = running.stdout.lines(|at| self.seconds(at));
                record
            }
            Step::Command(command) => {
                let running = self.start(command)?;
                let exit = self.finish(&running);
                self.record(&running, exit)
            }
            Step::Load(load) => {
                self.session.set_load(load.clone());
                return Ok(None);
            }
            Step::Metrics => return Ok(None),
        }))
    }

    fn start(&mut self, command: &str) -> Result<Running, String> {
        let sim = self.session.host().sim().clone();
        let (stdout, stderr) = (Recording::new(&sim), Recording::new(&sim));
        let fds: [Rc<dyn File>; 3] = [Rc::new(file::Null), Rc::new(stdout.clone()), Rc::new(stderr.clone())];
        let began = self.session.now();
        let child =
            self.session.start(&["bash", "-c", command], WORK, fds).map_err(|errno| format!("bash: {errno}"))?;
        Ok(Running { command: command.to_owned(), began, stdout, stderr, child })
    }

    /// Waits for a command's end; one that does not come to it is killed and has no status.
    fn finish(&mut self, running: &Running) -> Option<i32> {
        let limit = running.began + LIMIT;
        let exit = self.session.wait(&running.child, limit.max(self.session.now()));
        if exit.is_none() {
            for process in self.session.host().processes() {
                process.signal(Signal::KILL);
            }
        }
        exit
    }

    fn poll(&mut self, command: &str, until: Time) -> Result<bool, String> {
        loop {
            let running = self.start(command)?;
            if self.session.wait(&running.child, until) == Some(0) {
                return Ok(true);
            }
            running.child.process().signal(Signal::KILL);
            if self.session.now() + POLL > until {
                return Ok(false);
            }
            self.session.advance(POLL);
        }
    }

    fn record(&mut self, running: &Running, exit: Option<i32>) -> Value {
        self.commands += 1;
        json!({
            "kind": "cmd", "n": self.commands, "cmd": running.command, "exit": exit,
            "stdout": running.stdout.text(), "stderr": running.stderr.text(),
            "t": self.seconds(running.began), "dur": round(self.session.now() - running.began),
        })
    }

    fn seconds(&self, at: Time) -> f64 {
        round(at - self.start)
    }
}

/// Seconds, to two places.
fn round(span: Duration) -> f64 {
    (span.as_micros() / 10_000) as f64 / 100.0
}

type Written = Vec<(Time, Vec<u8>)>;

/// What was written, and when.
#[derive(Clone)]
struct Recording {
    sim: Sim,
    written: Rc<RefCell<Written>>,
}

impl Recording {
    fn new(sim: &Sim) -> Recording {
        Recording { sim: sim.clone(), written: Rc::default() }
    }

    fn text(&self) -> String {
        let all: Vec<u8> = self.written.borrow().iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        String::from_utf8_lossy(&all).into_owned()
    }

    fn last(&self) -> Time {
        self.written.borrow().last().map_or(Time(0), |(at, _)| *at)
    }

    fn lines(&self, seconds: impl Fn(Time) -> f64) -> Value {
        let written = self.written.borrow();
        let mut lines = Vec::new();
        let mut line = Vec::new();
        for (at, bytes) in written.iter() {
            for &byte in bytes {
                if byte == b'\n' {
                    lines.push(json!([seconds(*at), String::from_utf8_lossy(&line)]));
                    line.clear();
                } else {
                    line.push(byte);
                }
            }
        }
        Value::Array(lines)
    }
}

impl File for Recording {
    fn poll_read(&self, _: &mut Context<'_>, _: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Err(Errno::BadFd))
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        self.written.borrow_mut().push((self.sim.now(), bytes.to_vec()));
        Poll::Ready(Ok(bytes.len()))
    }
}
