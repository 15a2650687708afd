//! Servers: programs that print a few lines when they start and then answer requests.
//!
//! The same server runs as a bare record (an idle container) or as a process (`serve`), with
//! the same [`Life`] behind it, so a container can turn from one into the other unnoticed.

use core::net::SocketAddrV4;
use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Waker};

use super::{Found, figures};
use crate::machine::{
    Cpu, Disposition, File, Files, HttpHandler, HttpRequest, HttpResponse, LocalBoxFuture, Process, Signal,
};
use crate::sim::{Duration, Sim, Time};

/// What a server does when it is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// SIGTERM ends it with status 0, at once.
    Graceful,
    /// SIGTERM ends it with status 2, as a Go program that has not asked for the signal.
    Abrupt,
    /// SIGTERM is ignored: only SIGKILL ends it.
    Ignored,
}

impl Stop {
    /// The exit status after SIGTERM.
    pub fn status(self) -> i32 {
        if self == Stop::Abrupt { 2 } else { 0 }
    }
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
    found: Found,
    argv: Rc<[String]>,
    requests: Cell<u64>,
    stdout: Rc<dyn File>,
    stderr: Rc<dyn File>,
    files: Option<Files>,
    cpu: Rc<Cpu>,
    /// What a request costs.
    request: Duration,
}

impl Life {
    /// A server of the image that starts at `started`, uses `cpu` and prints to the two files of `log`.
    pub fn new(
        sim: &Sim,
        started: Time,
        hostname: &str,
        found: Found,
        argv: &[String],
        cpu: &Rc<Cpu>,
        log: [Rc<dyn File>; 2],
    ) -> Life {
        let [stdout, stderr] = log;
        Life {
            sim: sim.clone(),
            started,
            hostname: hostname.into(),
            request: figures(found.image.repository).request,
            found,
            argv: argv.into(),
            requests: Cell::new(0),
            stdout,
            stderr,
            files: None,
            cpu: Rc::clone(cpu),
        }
    }

    /// The same server with files to serve.
    pub fn with_files(&self, files: Files) -> Life {
        Life {
            sim: self.sim.clone(),
            started: self.started,
            hostname: Rc::clone(&self.hostname),
            found: self.found.clone(),
            argv: Rc::clone(&self.argv),
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
        &self.found.reference.tag
    }

    /// The command line that it was started by.
    pub fn argv(&self) -> &[String] {
        &self.argv
    }

    /// A text of its image with what stands in braces filled in.
    pub fn fill(&self, text: &str) -> String {
        fill(text, &self.hostname, self.tag(), self.started)
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

    /// Whether its machine has that directory.
    pub fn is_directory(&self, path: &str) -> bool {
        let inode = self.files.as_ref().and_then(|files| files.find("/", path).ok()?.get().ok());
        inode.is_some_and(|inode| inode.is_dir())
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

/// The program of an image's own server, for whoever starts it by hand: it knows its image by its machine.
pub async fn run(process: Process) -> i32 {
    let machine = process.machine().clone();
    let fact = |name: &str| machine.fact(name).unwrap_or_default();
    let found = super::find(&format!("{}:{}", fact("image"), fact("image-tag")));
    let Some((found, server)) = found.and_then(|found| Some((found.clone(), found.image.server?))) else { return 127 };
    let argv = process.args();
    if let Some(flag) =
        argv.iter().skip(1).find(|word| matches!(&***word, "-t" | "-s" | "-v" | "-V" | "-h" | "--help" | "--version"))
    {
        process.err(&format!("{}: {flag} is not simulated\n", argv[0])).await;
        return 1;
    }
    let env: Vec<(String, String)> =
        process.environ().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let lacks = found.lacks(&env);
    let file = |fd| process.fd(fd).unwrap_or_else(|_| Rc::new(crate::machine::file::Null));
    let (sim, log) = (process.sim().clone(), [file(1), file(2)]);
    let life = Life::new(&sim, sim.now(), &machine.hostname(), found, &argv, machine.cpu(), log);
    let life = Rc::new(life.with_files(machine.files().clone()));
    if let Some(needs) = lacks {
        life.complain(&life.fill(needs.told));
        return 1;
    }
    serve(process, server, life, true).await
}

/// Runs a server as the process it is given, until a signal ends it. A fresh one has not listened yet.
pub async fn serve(process: Process, server: &'static Server, life: Rc<Life>, fresh: bool) -> i32 {
    process.trap(Signal::TERM, if server.stop == Stop::Ignored { Disposition::Ignore } else { Disposition::Catch });
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
            return server.stop.status();
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

/// A text with `{host}`, `{tag}` and times filled in; doubled braces stand for themselves.
fn fill(text: &str, host: &str, tag: &str, at: Time) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(['{', '}']) {
        out.push_str(&rest[..place]);
        let brace = &rest[place..=place];
        rest = &rest[place + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
        } else if let Some((name, after)) = rest.split_once('}').filter(|_| brace == "{") {
            match name {
                "host" => out.push_str(host),
                "tag" => out.push_str(tag),
                format => out.push_str(&format_time(at, format)),
            }
            rest = after;
        }
    }
    out + rest
}

/// What the row of an image says of a server that listens there: see [`super::Image::log`] and
/// [`super::Image::pages`].
pub(super) const fn daemon(ports: &'static [u16]) -> Server {
    Server { ports, start: banner, answer: served, stop: Stop::Graceful, reads_files: false }
}

/// Prints what its row says.
pub(super) fn banner(life: &Life) {
    if !life.found.image.log.is_empty() {
        life.print(&life.fill(life.found.image.log));
    }
}

/// Answers what its row says.
pub(super) fn served(life: &Life, request: &HttpRequest, from: SocketAddrV4) -> HttpResponse {
    let pages = life.found.image.pages;
    if pages.is_empty() {
        return refuse(life, request, from);
    }
    match pages.iter().find(|(path, ..)| request.path().starts_with(path)) {
        Some((_, status, body)) => HttpResponse::new(*status, life.fill(body)),
        None => HttpResponse::new(404, "404 page not found\n"),
    }
}

/// For servers whose protocol is another than HTTP.
pub(super) fn refuse(_: &Life, _: &HttpRequest, _: SocketAddrV4) -> HttpResponse {
    HttpResponse::new(400, "This server's protocol is not simulated.\n")
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
