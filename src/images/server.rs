//! Servers: programs that print a few lines when they start and then answer requests.
//!
//! The same server runs as a bare record (an idle container) or as a process (`serve`), with
//! the same [`Life`] behind it, so a container can turn from one into the other unnoticed.

use core::net::SocketAddrV4;
use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Waker};

use super::Figures;
use crate::machine::{
    Cpu, Disposition, File, Files, HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture, Process, Signal,
};
use crate::sim::{Duration, Sim, Time};

/// What a server does when it is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// SIGTERM ends it with status 0, at once.
    Graceful,
    /// SIGTERM is ignored: only SIGKILL ends it.
    Ignored,
}

/// A kind of server.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub ports: &'static [u16],
    /// Prints what it prints when it starts.
    pub start: fn(&Life),
    /// Answers a request.
    pub answer: fn(&Life, &HttpRequest, SocketAddrV4) -> HttpResponse,
    /// What SIGTERM does.
    pub stop: Stop,
    /// Whether it serves files, so that it needs a machine to answer at all.
    pub reads_files: bool,
}

/// One running server.
pub struct Life {
    sim: Sim,
    started: Time,
    hostname: Rc<str>,
    tag: Rc<str>,
    requests: Cell<u64>,
    stdout: Rc<dyn File>,
    stderr: Rc<dyn File>,
    files: Option<Files>,
    cpu: Rc<Cpu>,
    /// What a request costs.
    request: Duration,
}

impl Life {
    /// A server that starts at `started`, uses `cpu` and prints to the two files of `log`.
    pub fn new(
        sim: &Sim,
        started: Time,
        hostname: &str,
        tag: &str,
        figures: Figures,
        cpu: &Rc<Cpu>,
        log: [Rc<dyn File>; 2],
    ) -> Life {
        let [stdout, stderr] = log;
        Life {
            sim: sim.clone(),
            started,
            hostname: hostname.into(),
            tag: tag.into(),
            requests: Cell::new(0),
            stdout,
            stderr,
            files: None,
            cpu: Rc::clone(cpu),
            request: figures.request,
        }
    }

    /// The same server with files to serve.
    pub fn with_files(&self, files: Files) -> Life {
        Life {
            sim: self.sim.clone(),
            started: self.started,
            hostname: Rc::clone(&self.hostname),
            tag: Rc::clone(&self.tag),
            requests: self.requests.clone(),
            stdout: Rc::clone(&self.stdout),
            stderr: Rc::clone(&self.stderr),
            files: Some(files),
            cpu: Rc::clone(&self.cpu),
            request: self.request,
        }
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.sim.now()
    }

    /// When it started.
    pub fn started(&self) -> Time {
        self.started
    }

    /// The name of its machine.
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// The tag of its image.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// Works on a request, which takes its time and waits for those before it.
    pub async fn work(&self) {
        let span = self.cpu.serve(self.sim.now(), self.request);
        self.sim.sleep(span).await;
    }

    /// Which request this is, counted from 1.
    pub fn count_request(&self) -> u64 {
        self.requests.set(self.requests.get() + 1);
        self.requests.get()
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// A file of its machine.
    pub fn read(&self, path: &str) -> Option<Rc<Vec<u8>>> {
        self.files.as_ref()?.read("/", path).ok()
    }

    /// Its machine's files.
    pub fn files(&self) -> Option<&Files> {
        self.files.as_ref()
    }

    /// Prints to standard output.
    pub fn print(&self, text: &str) {
        put(&self.stdout, text);
    }

    /// Prints to standard error.
    pub fn complain(&self, text: &str) {
        put(&self.stderr, text);
    }
}

/// Writes at once; what a full pipe does not take is lost.
fn put(file: &Rc<dyn File>, text: &str) {
    let _ = file.poll_write(&mut Context::from_waker(Waker::noop()), text.as_bytes());
}

/// A server's listener.
pub struct Listener {
    server: &'static Server,
    life: Rc<Life>,
}

impl Listener {
    /// The listener of a running server.
    pub fn new(server: &'static Server, life: Rc<Life>) -> Listener {
        Listener { server, life }
    }
}

impl HttpHandler for Listener {
    fn handle(&self, request: HttpRequest, from: SocketAddrV4) -> LocalBoxFuture<'static, HttpResponse> {
        let (server, life) = (self.server, Rc::clone(&self.life));
        Box::pin(async move {
            life.work().await;
            (server.answer)(&life, &request, from)
        })
    }
}

/// Runs a server as the process it is given, until a signal ends it. `life` is `None` for one
/// that starts now.
pub async fn serve(process: Process, server: &'static Server, life: Option<Rc<Life>>) -> i32 {
    process.trap(Signal::TERM, if server.stop == Stop::Graceful { Disposition::Catch } else { Disposition::Ignore });
    let fresh = life.is_none();
    let life = life.unwrap_or_else(|| {
        let file = |fd| process.fd(fd).unwrap_or_else(|_| Rc::new(crate::machine::file::Null));
        let machine = process.machine();
        let tag = machine.fact("image-tag").unwrap_or_default();
        let figures = super::figures(&machine.fact("image").unwrap_or_default());
        let log = [file(1), file(2)];
        let sim = process.sim();
        let life = Life::new(sim, sim.now(), &machine.hostname(), &tag, figures, machine.cpu(), log);
        Rc::new(life.with_files(machine.files().clone()))
    });
    for &port in server.ports {
        if fresh && !process.machine().listen(port, Rc::new(Listener::new(server, Rc::clone(&life)))) {
            life.complain(&format!("bind() to 0.0.0.0:{port} failed (98: Address already in use)\n"));
            return 1;
        }
    }
    if fresh {
        (server.start)(&life);
    }
    let _closes = Closes { process: process.clone(), ports: server.ports };
    loop {
        if process.next_signal().await == Signal::TERM {
            return 0;
        }
    }
}

/// Closes the ports however the process ends.
struct Closes {
    process: Process,
    ports: &'static [u16],
}

impl Drop for Closes {
    fn drop(&mut self) {
        for &port in self.ports {
            self.process.machine().unlisten(port);
        }
    }
}

/// For servers that print nothing.
pub fn silent(_: &Life) {}

/// For servers that listen nowhere.
pub fn unanswered(_: &Life, _: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    HttpResponse::new(404, "")
}

/// `Fri, 20 Nov 2026 08:41:54 GMT`.
pub fn http_date(at: Time) -> String {
    format_time(at, "%a, %d %b %Y %H:%M:%S GMT")
}

/// An instant in strftime's notation.
pub fn format_time(at: Time, format: &str) -> String {
    use k8s_openapi::jiff::Timestamp;
    let micros = i64::try_from(at.0).unwrap_or(i64::MAX);
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX).strftime(format).to_string()
}
