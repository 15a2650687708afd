//! HTTP messages as they pass between simulated machines: values, not bytes on a wire.

use std::rc::Rc;

use serde_json::Value;

use super::{HttpHandler, Tty};
use crate::sim::{Receiver, Sender};

/// The header in which a TLS client's certificate travels, since there are no bytes on a wire to
/// carry it: the text of a kubeconfig's `client-certificate-data`, or of the file that
/// `client-certificate` or `curl --cert` names. Whether the certificate is good is the server's matter.
pub const CLIENT_CERTIFICATE: &str = ":client-certificate";

/// A request.
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query, as `/api/v1/pods?watch=true`.
    pub target: String,
    /// Header names as sent, and their values.
    pub headers: Vec<(String, String)>,
    /// What is sent with it.
    pub body: Body,
}

/// A response.
pub struct HttpResponse {
    /// As 200.
    pub status: u16,
    /// As `OK`.
    pub reason: String,
    /// Header names as sent, and their values.
    pub headers: Vec<(String, String)>,
    /// What is sent with it.
    pub body: Body,
}

/// The body of a message. Objects of the API travel as they are, so that nothing is encoded
/// only to be decoded again.
pub enum Body {
    /// Plain bytes.
    Bytes(Rc<[u8]>),
    /// One JSON document.
    Json(Rc<Value>),
    /// JSON documents as they come, one a line: a watch.
    Stream(Receiver<Rc<Value>>),
    /// Bytes as they come: `logs -f`, a chunked response.
    Bytestream(Receiver<Vec<u8>>),
    /// A process at the other end: `exec`, `attach`.
    Session(Box<Session>),
    /// The ports of a machine at the other end, `portforward`: what is asked for `/8080/path` goes to its
    /// port 8080. The answer of a port where nobody listens has status 0, and says why.
    Ports(Rc<dyn HttpHandler>),
}

/// The streams of a process at the other end of a connection.
pub struct Session {
    /// Its standard input; dropping it is the end of the input.
    pub stdin: Option<Sender<Vec<u8>>>,
    /// What it prints.
    pub stdout: Receiver<Vec<u8>>,
    /// What it complains.
    pub stderr: Receiver<Vec<u8>>,
    /// Its exit status, once.
    pub exit: Receiver<i32>,
    /// Columns and rows of the terminal here, when they change.
    pub resize: Sender<(u16, u16)>,
    /// The terminal that it has there.
    pub tty: Option<Tty>,
}

impl Body {
    /// No body.
    pub fn empty() -> Body {
        Body::Bytes(Rc::from([]))
    }

    /// All of it as bytes; waits for the end of a stream.
    pub async fn to_bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next_chunk(all.is_empty()).await {
            all.extend_from_slice(&chunk);
            if !self.is_stream() {
                break;
            }
        }
        all
    }

    /// Whether it comes in pieces over time.
    pub fn is_stream(&self) -> bool {
        matches!(self, Body::Stream(_) | Body::Bytestream(_) | Body::Session(_))
    }

    /// The next piece of a stream; `None` at its end. A body that is no stream is one piece,
    /// given where `first` says so.
    pub async fn next_chunk(&self, first: bool) -> Option<Vec<u8>> {
        match self {
            Body::Bytes(bytes) => first.then(|| bytes.to_vec()),
            Body::Json(value) => first.then(|| value.to_string().into_bytes()),
            Body::Stream(stream) => stream.recv().await.map(|value| format!("{value}\n").into_bytes()),
            Body::Bytestream(stream) => stream.recv().await,
            Body::Session(session) => session.stdout.recv().await,
            Body::Ports(_) => None,
        }
    }

    /// How long it is, where that is known from the start.
    pub fn len_hint(&self) -> Option<usize> {
        match self {
            Body::Bytes(bytes) => Some(bytes.len()),
            Body::Json(value) => Some(value.to_string().len()),
            _ => None,
        }
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Body {
        Body::Bytes(Rc::from(text.as_bytes()))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::Bytes(Rc::from(text.into_bytes()))
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Body {
        Body::Json(Rc::new(value))
    }
}

impl HttpRequest {
    /// A request without headers and body.
    pub fn new(method: &str, target: &str) -> HttpRequest {
        HttpRequest { method: method.into(), target: target.into(), headers: Vec::new(), body: Body::empty() }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: &str, value: &str) -> HttpRequest {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    pub fn with_body(mut self, body: impl Into<Body>) -> HttpRequest {
        self.body = body.into();
        self
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The target before `?`.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The target after `?`.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

impl HttpResponse {
    /// A response without headers.
    pub fn new(status: u16, body: impl Into<Body>) -> HttpResponse {
        HttpResponse { status, reason: reason(status).into(), headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    pub fn with_header(mut self, name: &str, value: &str) -> HttpResponse {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// The usual words for a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
