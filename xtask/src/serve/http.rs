//! A web server for one folder: as much of HTTP as a browser on the same machine needs.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::run::Outcome;

/// Serves the files of a folder below a prefix of the address.
#[derive(Clone)]
pub struct Server {
    folder: PathBuf,
    prefix: String,
}

impl Server {
    /// `prefix` begins and ends with a slash: `/` or `/some/where/`.
    pub fn new(folder: PathBuf, prefix: &str) -> Self {
        Self { folder, prefix: prefix.to_owned() }
    }

    /// Answers until the listener fails; one thread a connection.
    pub fn run(&self, listener: &TcpListener) -> Outcome {
        for stream in listener.incoming() {
            let stream = stream.map_err(|e| format!("the server stopped: {e}"))?;
            let server = self.clone();
            // A browser that hangs up in the middle is no news.
            std::thread::spawn(move || drop(server.answer(stream)));
        }
        Ok(())
    }

    /// Serves on a free port in a thread of its own; returns the address of the page.
    pub fn in_background(self) -> Outcome<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|e| format!("no port is free: {e}"))?;
        let port = listener.local_addr().map_err(|e| e.to_string())?.port();
        let address = format!("http://localhost:{port}{}", self.prefix);
        std::thread::spawn(move || self.run(&listener));
        Ok(address)
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        // No request of a browser is longer than this; the rest is not read.
        let mut lines = BufReader::new(Read::by_ref(&mut stream).take(64 * 1024)).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        // The headers tell nothing that we need, but closing before they are read resets the connection.
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if method != "GET" && method != "HEAD" {
            return reply(&mut stream, "405 Method Not Allowed", "text/plain", 0, &mut io::empty());
        }
        let Some(path) = self.file(target) else {
            return reply(&mut stream, "404 Not Found", "text/plain", 10, &mut &b"not found\n"[..]);
        };
        let mut file = File::open(&path)?;
        let length = file.metadata()?.len();
        if method == "HEAD" {
            return reply(&mut stream, "200 OK", content_type(&path), length, &mut io::empty());
        }
        reply(&mut stream, "200 OK", content_type(&path), length, &mut file)
    }

    /// The file that an address means; none outside of the folder.
    fn file(&self, target: &str) -> Option<PathBuf> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let inside = decode(path.strip_prefix(self.prefix.as_str())?)?;
        let inside = Path::new(&inside);
        if inside.components().any(|c| !matches!(c, Component::Normal(_))) {
            return None;
        }
        let mut file = self.folder.join(inside);
        if file.is_dir() {
            file.push("index.html");
        }
        file.is_file().then_some(file)
    }
}

fn reply(stream: &mut TcpStream, status: &str, kind: &str, length: u64, body: &mut dyn Read) -> io::Result<()> {
    // no-cache: what was built a moment ago is what the browser shall show.
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    io::copy(body, stream)?;
    stream.flush()
}

/// Browsers refuse modules and wasm of the wrong type.
fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|e| e.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "md" | "sh" | "txt" | "yaml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Undoes %-escapes.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_inside_its_folder() {
        let server = Server::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")), "/sub/");
        assert!(server.file("/sub/Cargo.toml?x").is_some());
        assert!(server.file("/sub/src%2fmain.rs").is_some());
        for outside in ["/Cargo.toml", "/sub/../Cargo.toml", "/sub/%2e%2e/Cargo.toml", "/sub//etc/passwd", "/sub/%zz"] {
            assert_eq!(server.file(outside), None, "{outside}");
        }
    }
}
