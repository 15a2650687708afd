//! `curl`: HTTP over the simulated network, with curl's messages and exit statuses.
//!
//! Diverges: TLS is not spoken; a server's certificate counts as unknown unless -k or --cacert is
//! given, and `--cert` sends its file as the client's certificate.

mod output;
pub(super) mod url;

use super::args::{self, No, Value};
use crate::machine::{Body, CLIENT_CERTIFICATE, HttpRequest, HttpResponse, NetError, Process};
use crate::sim::{Duration, Either, race};
use output::{Facts, head_text, write_body, write_out};
use url::Url;

fn seconds(text: &str) -> Option<Duration> {
    let value: f64 = text.parse().ok().filter(|value: &f64| *value >= 0.0 && *value < 1e9)?;
    Some(Duration::from_micros((value * 1e6) as u64))
}

/// curl -s -S -i -I -v -k -f -L -g -H -X -d -o -O -w -m -u -A -e -b -F -T -G --retry …
pub async fn run(process: Process) -> i32 {
    let flags = [
        ('s', "silent", No),
        ('S', "show-error", No),
        ('i', "include", No),
        ('I', "head", No),
        ('v', "verbose", No),
        ('k', "insecure", No),
        ('f', "fail", No),
        ('L', "location", No),
        ('g', "globoff", No),
        ('G', "get", No),
        ('N', "no-buffer", No),
        ('O', "remote-name", No),
        ('J', "remote-header-name", No),
        ('#', "progress-bar", No),
        ('4', "ipv4", No),
        ('V', "version", No),
        ('0', "http1.0", No),
        ('H', "header", Value),
        ('X', "request", Value),
        ('d', "data", Value),
        ('o', "output", Value),
        ('D', "dump-header", Value),
        ('w', "write-out", Value),
        ('m', "max-time", Value),
        ('u', "user", Value),
        ('A', "user-agent", Value),
        ('e', "referer", Value),
        ('b', "cookie", Value),
        ('T', "upload-file", Value),
        ('E', "cert", Value),
        ('ā', "data-raw", Value),
        ('ă', "data-binary", Value),
        ('ą', "data-urlencode", Value),
        ('ć', "json", Value),
        ('ĉ', "retry", Value),
        ('ċ', "retry-delay", Value),
        ('č', "retry-connrefused", No),
        ('ď', "retry-all-errors", No),
        ('đ', "connect-timeout", Value),
        ('ē', "cacert", Value),
        ('ĕ', "key", Value),
        ('ė', "resolve", Value),
        ('ę', "fail-with-body", No),
        ('ě', "max-redirs", Value),
        ('ĝ', "compressed", No),
        ('ğ', "http1.1", No),
        ('ġ', "no-progress-meter", No),
        ('ģ', "url", Value),
        ('ĥ', "retry-max-time", Value),
        ('ħ', "http2", No),
        ('ĩ', "noproxy", Value),
        ('ī', "create-dirs", No),
    ];
    let parsed = match args::parse(&process, &flags, args::Style { status: 2, stop_at_operand: false }).await {
        Ok(parsed) => parsed,
        Err(status) => return status,
    };
    if parsed.has('V') {
        process.out("curl 7.88.1 (x86_64-pc-linux-gnu), as simulated by Drydock\nProtocols: http https\n").await;
        return 0;
    }
    let urls: Vec<String> = parsed.operands.iter().cloned().chain(parsed.values('ģ').map(str::to_owned)).collect();
    if urls.is_empty() {
        process.err("curl: try 'curl --help' or 'curl --manual' for more information\n").await;
        return 2;
    }
    process.spend(Duration::from_millis(4)).await;
    let mut status = 0;
    for (at, text) in urls.iter().enumerate() {
        let output = parsed.values('o').nth(at).map(str::to_owned);
        status = with_retries(&process, &parsed, text, output.as_deref()).await;
    }
    status
}

async fn with_retries(process: &Process, parsed: &args::Parsed, text: &str, output: Option<&str>) -> i32 {
    let retries = parsed.value('ĉ').and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    let mut delay = Duration::from_secs(1);
    for turn in 0.. {
        let (status, message) = transfer(process, parsed, text, output).await;
        let transient = match status {
            28 => true,
            7 => parsed.has('č') || parsed.has('ď'),
            0 => false,
            _ => parsed.has('ď'),
        };
        if transient && turn < retries {
            let pause = parsed.value('ċ').and_then(seconds).filter(|pause| !pause.is_zero()).unwrap_or(delay);
            if !parsed.has('s') {
                let left = retries - turn;
                let text = format!(
                    "curl: ({status}) {message}\nWarning: Problem: (retrying all errors) Will retry in {} seconds. {left} retries left.\n",
                    pause.as_secs()
                );
                process.err(&text).await;
            }
            process.sleep(pause).await;
            delay = (delay * 2).min(Duration::from_secs(600));
            continue;
        }
        if status != 0 && (!parsed.has('s') || parsed.has('S')) && !message.is_empty() {
            process.err(&format!("curl: ({status}) {message}\n")).await;
        }
        return status;
    }
    0
}

async fn transfer(process: &Process, parsed: &args::Parsed, text: &str, output: Option<&str>) -> (i32, String) {
    let limit = parsed.value('m').and_then(seconds).filter(|limit| !limit.is_zero());
    let started = process.sim().now();
    let run = fetch(process, parsed, text, output);
    match limit {
        None => run.await,
        Some(limit) => match race(run, process.sim().sleep(limit)).await {
            Either::First(result) => result,
            Either::Second(()) => {
                let millis = process.sim().now().since(started).as_millis();
                (28, format!("Operation timed out after {millis} milliseconds with 0 bytes received"))
            }
        },
    }
}

/// The request's body, if any option gives one.
async fn body(process: &Process, parsed: &args::Parsed) -> Result<Option<Vec<u8>>, (i32, String)> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for (letter, value) in &parsed.options {
        let Some(value) = value else { continue };
        let part = match (letter, value.strip_prefix('@')) {
            ('d' | 'ă' | 'ć', Some(path)) => {
                let read = if path == "-" { process.read_to_end(0).await } else { process.read_file(path).await };
                let bytes = read.map_err(|_| (26, format!("Failed to open {path}")))?;
                // -d drops newlines; the others send the file as it is.
                if *letter == 'd' {
                    bytes.into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r' | 0)).collect()
                } else {
                    bytes
                }
            }
            ('d' | 'ā' | 'ă' | 'ć', _) => value.clone().into_bytes(),
            ('ą', _) => {
                let (name, text) = value.split_once('=').map_or(("", value.as_str()), |(name, text)| (name, text));
                let mut out = if name.is_empty() { String::new() } else { format!("{name}=") };
                for byte in text.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        out.push(char::from(byte));
                    } else {
                        out.push_str(&format!("%{byte:02X}"));
                    }
                }
                out.into_bytes()
            }
            _ => continue,
        };
        parts.push(part);
    }
    if let Some(path) = parsed.value('T') {
        let read = if path == "-" { process.read_to_end(0).await } else { process.read_file(path).await };
        return read.map(Some).map_err(|_| (26, format!("Failed to open {path}")));
    }
    Ok((!parts.is_empty()).then(|| parts.join(&b'&')))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            out.push(if at <= chunk.len() { char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]) } else { '=' });
        }
    }
    out
}

async fn say(process: &Process, parsed: &args::Parsed, text: &str) {
    if parsed.has('v') {
        process.err(text).await;
    }
}

async fn fetch(process: &Process, parsed: &args::Parsed, text: &str, output: Option<&str>) -> (i32, String) {
    let mut url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return error,
    };
    let mut data = match body(process, parsed).await {
        Ok(data) => data,
        Err(error) => return error,
    };
    if parsed.has('G')
        && let Some(query) = data.take()
    {
        let mark = if url.target.contains('?') { '&' } else { '?' };
        url.target = format!("{}{mark}{}", url.target, String::from_utf8_lossy(&query));
    }
    let mut method = match parsed.value('X') {
        Some(method) => method.to_owned(),
        None if parsed.has('I') => "HEAD".to_owned(),
        None if parsed.has('T') => "PUT".to_owned(),
        None if data.is_some() => "POST".to_owned(),
        None => "GET".to_owned(),
    };
    let mut facts = Facts { started: process.sim().now(), url: text.to_owned(), ..Facts::default() };
    let most = parsed.value('ě').and_then(|text| text.parse().ok()).unwrap_or(50);
    loop {
        let response = match exchange(process, parsed, &url, &method, data.as_deref(), &mut facts).await {
            Ok(response) => response,
            Err(error) => {
                write_out(process, parsed, &facts, error.0).await;
                return error;
            }
        };
        facts.status = response.status;
        facts.content_type = response.header("Content-Type").unwrap_or_default().to_owned();
        let location = response.header("Location").map(str::to_owned);
        let follows = parsed.has('L') && (300..400).contains(&response.status);
        let head = head_text(&response);
        if parsed.has('i') || parsed.has('I') {
            write_body(process, output, head.as_bytes(), facts.redirects == 0).await;
        }
        if let Some(path) = parsed.value('D') {
            let _ = process.write_file(path, head.as_bytes()).await;
        }
        if let (true, Some(location)) = (follows, location) {
            facts.redirects += 1;
            if facts.redirects > most {
                return (47, format!("Maximum ({most}) redirects followed"));
            }
            let next = if location.contains("://") {
                location
            } else {
                let scheme = if url.tls { "https" } else { "http" };
                format!("{scheme}://{}{location}", url.authority())
            };
            url = match Url::parse(&next) {
                Ok(url) => url,
                Err(error) => return error,
            };
            facts.url = next;
            if matches!(response.status, 301..=303) && method == "POST" && !parsed.has('X') {
                (method, data) = ("GET".to_owned(), None);
            }
            continue;
        }
        if response.status >= 400 && (parsed.has('f') || parsed.has('ę')) {
            if parsed.has('ę') {
                finish(process, parsed, output, &response, &mut facts, &url).await;
            }
            write_out(process, parsed, &facts, 22).await;
            return (22, format!("The requested URL returned error: {}", response.status));
        }
        if method != "HEAD" {
            let status = finish(process, parsed, output, &response, &mut facts, &url).await;
            if status != 0 {
                return (status, "Failure writing output to destination".to_owned());
            }
        }
        write_out(process, parsed, &facts, 0).await;
        return (0, String::new());
    }
}

async fn exchange(
    process: &Process,
    parsed: &args::Parsed,
    url: &Url,
    method: &str,
    data: Option<&[u8]>,
    facts: &mut Facts,
) -> Result<HttpResponse, (i32, String)> {
    let machine = process.machine();
    let started = process.sim().now();
    let pinned = parsed.values('ė').find_map(|entry| {
        let mut parts = entry.splitn(3, ':');
        let fits = parts.next() == Some(url.host.as_str()) && parts.next() == Some(url.port.to_string().as_str());
        parts.next().filter(|_| fits).and_then(|address| address.parse().ok())
    });
    let patience =
        parsed.value('đ').and_then(seconds).filter(|span| !span.is_zero()).unwrap_or(Duration::from_secs(300));
    let millis = || process.sim().now().since(started).as_millis();
    let addresses = match pinned {
        Some(address) => vec![address],
        None => match race(machine.resolve(&url.host), process.sim().sleep(patience)).await {
            Either::First(Ok(addresses)) if !addresses.is_empty() => addresses,
            Either::Second(()) => return Err((28, format!("Resolving timed out after {} milliseconds", millis()))),
            Either::First(_) => {
                say(process, parsed, &format!("* Could not resolve host: {}\n", url.host)).await;
                return Err((6, format!("Could not resolve host: {}", url.host)));
            }
        },
    };
    let address = addresses[0];
    say(process, parsed, &format!("*   Trying {address}:{}...\n", url.port)).await;
    let connecting = machine.connect(address, url.port);
    let connection = match race(connecting, process.sim().sleep(patience)).await {
        Either::First(Ok(connection)) => connection,
        Either::Second(()) => return Err((28, format!("Connection timed out after {} milliseconds", millis()))),
        Either::First(Err(NetError::Timeout)) => {
            return Err((
                28,
                format!(
                    "Failed to connect to {} port {} after {} ms: Couldn't connect to server",
                    url.host,
                    url.port,
                    millis()
                ),
            ));
        }
        Either::First(Err(error)) => {
            let why = if error == NetError::NoRoute { "No route to host" } else { "Connection refused" };
            say(process, parsed, &format!("* connect to {address} port {} failed: {why}\n", url.port)).await;
            let message = format!(
                "Failed to connect to {} port {} after {} ms: Couldn't connect to server",
                url.host,
                url.port,
                millis()
            );
            say(process, parsed, &format!("* {message}\n* Closing connection 0\n")).await;
            return Err((7, message));
        }
    };
    facts.connected = process.sim().now();
    facts.remote = Some(connection.remote);
    facts.local = Some(connection.local);
    say(process, parsed, &format!("* Connected to {} ({address}) port {} (#0)\n", url.host, url.port)).await;
    if url.tls && !parsed.has('k') && !parsed.has('ē') {
        let text = "SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\n\
                    curl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\n\
                    how to fix it, please visit the web page mentioned above.";
        return Err((60, text.to_owned()));
    }
    let mut request = HttpRequest::new(method, &url.target).with_header("Host", &url.authority());
    let user = parsed.value('u').map(str::to_owned).or_else(|| url.user.clone());
    if let Some(user) = user {
        let user = if user.contains(':') { user } else { format!("{user}:") };
        request = request.with_header("Authorization", &format!("Basic {}", base64(user.as_bytes())));
    }
    request =
        request.with_header("User-Agent", parsed.value('A').unwrap_or("curl/7.88.1")).with_header("Accept", "*/*");
    for (letter, name) in [('e', "Referer"), ('b', "Cookie")] {
        if let Some(value) = parsed.value(letter) {
            request = request.with_header(name, value);
        }
    }
    if let Some(data) = data {
        if !parsed.has('T') {
            let kind = if parsed.has('ć') { "application/json" } else { "application/x-www-form-urlencoded" };
            request = request.with_header("Content-Length", &data.len().to_string()).with_header("Content-Type", kind);
        }
        request.body = Body::Bytes(data.into());
    }
    for header in parsed.values('H') {
        if let Some((name, value)) = header.split_once(':') {
            request.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name.trim()));
            if !value.trim().is_empty() {
                request = request.with_header(name.trim(), value.trim());
            }
        }
    }
    if let Some(path) = parsed.value('E') {
        match process.read_file(path).await {
            Ok(bytes) => request = request.with_header(CLIENT_CERTIFICATE, String::from_utf8_lossy(&bytes).trim()),
            Err(_) => {
                return Err((
                    58,
                    format!(
                        "could not load PEM client certificate from {path}, OpenSSL error error:80000002:system library::No such file or directory, (no key found, wrong pass phrase, or wrong file format?)"
                    ),
                ));
            }
        }
    }
    if parsed.has('v') {
        let mut shown = format!("> {method} {} HTTP/1.1\n", url.target);
        for (name, value) in request.headers.iter().filter(|(name, _)| !name.starts_with(':')) {
            shown.push_str(&format!("> {name}: {value}\n"));
        }
        process.err(&(shown + "> \n")).await;
    }
    let response = connection.request(request).await;
    // A peer that closes without a word answers with status 0.
    if response.status == 0 {
        return Err((52, "Empty reply from server".to_owned()));
    }
    if parsed.has('v') {
        let mut shown = String::new();
        for line in head_text(&response).lines() {
            shown.push_str(&format!("< {line}\n"));
        }
        process.err(&shown).await;
    }
    Ok(response)
}

/// Prints the body as it comes.
async fn finish(
    process: &Process,
    parsed: &args::Parsed,
    output: Option<&str>,
    response: &HttpResponse,
    facts: &mut Facts,
    url: &Url,
) -> i32 {
    let name = url.target.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned();
    let output = if parsed.has('O') { Some(name.as_str()) } else { output };
    let mut first = true;
    while let Some(chunk) = response.body.next_chunk(first).await {
        facts.size += chunk.len();
        let fresh = first && !(parsed.has('i') && output.is_some());
        if write_body(process, output, &chunk, fresh).await != 0 {
            return 23;
        }
        first = false;
    }
    if facts.size == 0 && output.is_some() && !parsed.has('i') {
        return write_body(process, output, b"", true).await;
    }
    0
}
