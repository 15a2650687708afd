//! wget: busybox's where there is no bash beside it, else GNU's.
//!
//! Models busybox networking/wget.c and GNU wget 1.21. Diverges: no recursion, no FTP, and of busybox's
//! progress bar only the last state; options beyond those listed are refused.

use super::args::{self, No, Value};
use super::curl::url::Url;
use crate::machine::{Body, HttpRequest, HttpResponse, NetError, Process};
use crate::sim::{Duration, Either, race};

const FLAGS: &[args::Flag] = &[
    ('q', "quiet", No),
    ('O', "output-document", Value),
    ('S', "server-response", No),
    ('T', "timeout", Value),
    ('t', "tries", Value),
    ('ā', "spider", No),
    ('ă', "header", Value),
    ('ą', "post-data", Value),
    ('ć', "no-check-certificate", No),
    ('U', "user-agent", Value),
    ('v', "verbose", No),
    ('ĉ', "no-verbose", No),
];

/// How often a redirection is followed.
const REDIRECTIONS: u32 = 20;

/// A failed download: what is said, and GNU's status for it.
struct Fault(String, i32);

struct Wget<'a> {
    process: &'a Process,
    parsed: &'a args::Parsed,
    busybox: bool,
}

pub async fn run(process: Process) -> i32 {
    let parsed = match args::parse(&process, FLAGS, args::Style { status: 2, stop_at_operand: false }).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    let busybox = process.machine().programs().get("bash").is_none();
    if parsed.operands.is_empty() {
        let usage = "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n";
        process.err(usage).await;
        return 1;
    }
    process.spend(Duration::from_millis(2)).await;
    let wget = Wget { process: &process, parsed: &parsed, busybox };
    let mut status = 0;
    for url in &parsed.operands {
        if let Err(Fault(said, code)) = wget.download(url).await {
            // GNU's -q says nothing at all.
            if busybox || !parsed.has('q') {
                process.err(&said).await;
            }
            status = if busybox { 1 } else { code };
        }
    }
    status
}

impl Wget<'_> {
    async fn say(&self, text: &str) {
        if !self.parsed.has('q') {
            self.process.err(text).await;
        }
    }

    async fn download(&self, text: &str) -> Result<(), Fault> {
        let mut url = Url::parse(text).map_err(|_| Fault(format!("wget: not an http or ftp url: {text}\n"), 1))?;
        for _ in 0..=REDIRECTIONS {
            let patience = self.parsed.value('T').and_then(|text| text.parse().ok()).unwrap_or(900);
            let asked = race(self.ask(&url), self.process.sim().sleep(Duration::from_secs(patience))).await;
            let Either::First(response) = asked else {
                return Err(Fault("wget: download timed out\n".to_owned(), 4));
            };
            let response = response?;
            let location = response.header("Location").filter(|_| (300..400).contains(&response.status));
            let Some(location) = location else { return self.keep(&url, response).await };
            let next = match location.contains("://") {
                true => location.to_owned(),
                false => format!("http{}://{}{location}", if url.tls { "s" } else { "" }, url.authority()),
            };
            url = Url::parse(&next).map_err(|(_, why)| Fault(format!("wget: {why}\n"), 1))?;
        }
        Err(Fault("wget: too many redirections\n".to_owned(), 8))
    }

    async fn ask(&self, url: &Url) -> Result<HttpResponse, Fault> {
        let machine = self.process.machine();
        let host = &url.host;
        let address = machine.resolve(host).await.ok().and_then(|found| found.first().copied());
        let Some(address) = address else {
            let gnu = format!("wget: unable to resolve host address '{host}'\n");
            return Err(Fault(if self.busybox { format!("wget: bad address '{host}'\n") } else { gnu }, 4));
        };
        if self.busybox {
            self.say(&format!("Connecting to {} ({address}:{})\n", url.authority(), url.port)).await;
        } else {
            self.say(&format!("Connecting to {host} ({host})|{address}|:{}... ", url.port)).await;
        }
        let connection = machine.connect(address, url.port).await.map_err(|error| {
            let why = match error {
                NetError::Timeout => "Connection timed out",
                NetError::NoRoute => "No route to host",
                _ => "Connection refused",
            };
            let busybox = format!("wget: can't connect to remote host ({address}): {why}\n");
            Fault(if self.busybox { busybox } else { format!("failed: {why}.\n") }, 4)
        })?;
        if url.tls && !self.parsed.has('ć') && !self.busybox {
            let text = format!("connected.\nERROR: cannot verify {host}'s certificate.\n");
            return Err(Fault(text, 5));
        }
        let data = self.parsed.value('ą');
        let method = match data {
            Some(_) => "POST",
            None if self.parsed.has('ā') => "HEAD",
            None => "GET",
        };
        let agent = self.parsed.value('U').unwrap_or(if self.busybox { "Wget" } else { "Wget/1.21.4" });
        let mut request = HttpRequest::new(method, &url.target)
            .with_header("Host", &url.authority())
            .with_header("User-Agent", agent)
            .with_header("Connection", "close");
        if let Some(data) = data {
            request = request.with_header("Content-Type", "application/x-www-form-urlencoded");
            request.body = Body::Bytes(data.as_bytes().into());
        }
        for (name, value) in self.parsed.values('ă').filter_map(|header| header.split_once(':')) {
            request = request.with_header(name.trim(), value.trim());
        }
        let response = connection.request(request).await;
        let status = format!("{} {}", response.status, response.reason);
        if !self.busybox {
            self.say(&format!("connected.\nHTTP request sent, awaiting response... {status}\n")).await;
        }
        if self.parsed.has('S') {
            let headers = response.headers.iter().map(|(name, value)| format!("  {name}: {value}\n"));
            self.process.err(&format!("  HTTP/1.1 {status}\n{}", headers.collect::<String>())).await;
        }
        match response.status {
            0 => Err(Fault("wget: error getting response\n".to_owned(), 4)),
            400.. if self.busybox => Err(Fault(format!("wget: server returned error: HTTP/1.1 {status}\n"), 8)),
            400.. => Err(Fault(format!("ERROR {}: {}.\n", response.status, response.reason), 8)),
            _ => Ok(response),
        }
    }

    /// Writes the body to where it belongs.
    async fn keep(&self, url: &Url, response: HttpResponse) -> Result<(), Fault> {
        if self.parsed.has('ā') {
            self.say("remote file exists\n").await;
            return Ok(());
        }
        let bytes = response.body.to_bytes().await;
        let path = url.target.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
        let name = self.parsed.value('O').unwrap_or(last);
        if name == "-" {
            return self.process.write(1, &bytes).await.map_err(|_| Fault(String::new(), 3));
        }
        if self.busybox {
            self.say(&format!("saving to '{name}'\n")).await;
        }
        self.process
            .write_file(name, &bytes)
            .await
            .map_err(|errno| Fault(format!("wget: can't open '{name}': {}\n", errno.text()), 3))?;
        let length = bytes.len();
        let stars = "*".repeat(32);
        let done = match self.busybox {
            true => format!("{name:<20} 100% |{stars}| {length:>5}  0:00:00 ETA\n'{name}' saved\n"),
            false => format!("Length: {length}\nSaving to: '{name}'\n\n'{name}' saved [{length}/{length}]\n\n"),
        };
        self.say(&done).await;
        Ok(())
    }
}
