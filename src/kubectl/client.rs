//! HTTP to the API server: requests with credentials, errors in client-go's words.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};

use super::base64;
use super::config::Config;
use super::fail::Fail;
use crate::api::time;
use crate::machine::{Body, CLIENT_CERTIFICATE, Connection, HttpRequest, HttpResponse, NetError, Process};

/// Asks for tables of the server's making.
pub const AS_TABLE: &str =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/// Kinds of patch.
pub const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";
/// RFC 7386.
pub const MERGE_PATCH: &str = "application/merge-patch+json";
/// RFC 6902.
pub const JSON_PATCH: &str = "application/json-patch+json";
/// Server-side apply.
pub const APPLY_PATCH: &str = "application/apply-patch+yaml";

/// What is said of a path that no server knows.
const NOT_SERVED: &str = "the server could not find the requested resource";

/// A query's parameters.
pub type Query<'a> = [(&'a str, String)];

/// A client of one API server.
pub struct Client {
    process: Process,
    config: Config,
    connection: RefCell<Option<Connection>>,
    warned: RefCell<Vec<String>>,
}

impl Client {
    /// A client with this configuration.
    pub fn new(process: &Process, config: Config) -> Client {
        Client { process: process.clone(), config, connection: RefCell::default(), warned: RefCell::default() }
    }

    /// Where it connects to and as whom.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// `GET`, as JSON.
    pub async fn get(&self, path: &str, query: &Query<'_>) -> Result<Rc<Value>, Fail> {
        self.json("GET", path, query, "application/json", "", None).await
    }

    /// `GET`, as a table where the server can.
    pub async fn table(&self, path: &str, query: &Query<'_>) -> Result<Rc<Value>, Fail> {
        self.json("GET", path, query, AS_TABLE, "", None).await
    }

    /// `POST`
    pub async fn post(&self, path: &str, query: &Query<'_>, body: Value) -> Result<Rc<Value>, Fail> {
        self.json("POST", path, query, "application/json", "application/json", Some(body)).await
    }

    /// `PUT`
    pub async fn put(&self, path: &str, query: &Query<'_>, body: Value) -> Result<Rc<Value>, Fail> {
        self.json("PUT", path, query, "application/json", "application/json", Some(body)).await
    }

    /// `PATCH`
    pub async fn patch(&self, path: &str, query: &Query<'_>, kind: &str, body: Value) -> Result<Rc<Value>, Fail> {
        self.json("PATCH", path, query, "application/json", kind, Some(body)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str, query: &Query<'_>, options: Value) -> Result<Rc<Value>, Fail> {
        self.json("DELETE", path, query, "application/json", "application/json", Some(options)).await
    }

    async fn json(
        &self,
        method: &str,
        path: &str,
        query: &Query<'_>,
        accept: &str,
        content_type: &str,
        body: Option<Value>,
    ) -> Result<Rc<Value>, Fail> {
        let mut request = HttpRequest::new(method, &target(path, query)).with_header("Accept", accept);
        if let Some(body) = body {
            request = request.with_header("Content-Type", content_type).with_body(body);
        }
        let response = self.send(request).await.map_err(|fail| not_served(fail, method, path))?;
        json_body(&response).await
    }

    /// Sends any request; an answer that is an error becomes a failure.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Fail> {
        let response = self.raw(request).await?;
        for (name, value) in &response.headers {
            if name.eq_ignore_ascii_case("warning") {
                self.server_warns(value).await;
            }
        }
        if response.status < 400 {
            return Ok(response);
        }
        if let Body::Json(status) = &response.body
            && status["kind"] == "Status"
        {
            return Err(Fail::Api((**status).clone()));
        }
        let text = String::from_utf8_lossy(&response.body.to_bytes().await).trim().to_owned();
        let (reason, message) = match response.status {
            401 => ("Unauthorized", "Unauthorized".to_owned()),
            404 => ("NotFound", NOT_SERVED.to_owned()),
            503 => (
                "ServiceUnavailable",
                if text.is_empty() { "the server is currently unable to handle the request".to_owned() } else { text },
            ),
            _ => ("", if text.is_empty() { response.reason.clone() } else { text }),
        };
        Err(Fail::Api(json!({"kind": "Status", "code": response.status, "reason": reason, "message": message})))
    }

    /// Sends a request with our credentials, and gives whatever is answered.
    pub async fn raw(&self, mut request: HttpRequest) -> Result<HttpResponse, Fail> {
        let config = &self.config;
        let mut add = |name: &str, value: &str| request.headers.push((name.to_owned(), value.to_owned()));
        add("Host", &config.host_port());
        add("User-Agent", "kubectl/v1.36.4 (linux/amd64) kubernetes/drydock");
        if config.https && !config.certificate.is_empty() {
            add(CLIENT_CERTIFICATE, &config.certificate);
        }
        if !config.token.is_empty() {
            add("Authorization", &format!("Bearer {}", config.token));
        }
        if !config.basic.is_empty() {
            add("Authorization", &format!("Basic {}", base64::encode(config.basic.as_bytes())));
        }
        if !config.impersonate.is_empty() {
            add("Impersonate-User", &config.impersonate);
            config.impersonate_groups.iter().for_each(|group| add("Impersonate-Group", group));
            if !config.impersonate_uid.is_empty() {
                add("Impersonate-Uid", &config.impersonate_uid);
            }
        }
        let connection = self.connect().await?;
        Ok(connection.request(request).await)
    }

    /// The connection, made with the first request and kept.
    pub async fn connect(&self) -> Result<Connection, Fail> {
        let open = self.connection.borrow().clone();
        if let Some(open) = open {
            return Ok(open);
        }
        let config = &self.config;
        let machine = self.process.machine();
        let addresses = machine.resolve(&config.host).await.map_err(|error| self.unreachable(error, ""))?;
        let Some(&address) = addresses.first() else { return Err(self.unreachable(NetError::NoSuchHost, "")) };
        let to = format!("{address}:{}", config.port);
        let connection = machine.connect(address, config.port).await.map_err(|error| self.unreachable(error, &to))?;
        *self.connection.borrow_mut() = Some(connection.clone());
        Ok(connection)
    }

    fn unreachable(&self, error: NetError, address: &str) -> Fail {
        let host = self.config.host_port();
        Fail::Verbatim(match error {
            NetError::Refused => {
                format!("The connection to the server {host} was refused - did you specify the right host or port?")
            }
            NetError::NoSuchHost => {
                format!(
                    "Unable to connect to the server: dial tcp: lookup {} on 127.0.0.53:53: no such host",
                    self.config.host
                )
            }
            NetError::Timeout | NetError::NoRoute => {
                format!("Unable to connect to the server: dial tcp {address}: {}", dial_words(error))
            }
        })
    }

    async fn server_warns(&self, header: &str) {
        let text = header.splitn(3, ' ').nth(2).unwrap_or(header);
        let text = serde_json::from_str::<String>(text).unwrap_or_else(|_| text.trim_matches('"').to_owned());
        self.warns(&text).await;
    }

    /// A warning, told once.
    pub async fn warns(&self, text: &str) {
        if self.warned.borrow().iter().any(|told| told == text) {
            return;
        }
        warn(&self.process, text).await;
        self.warned.borrow_mut().push(text.to_owned());
    }
}

/// A path that the server does not know is told with what was looked for there (apierrors
/// NewGenericServerResponse); of subresources, whose clients know nothing but a path, without.
fn not_served(fail: Fail, method: &str, path: &str) -> Fail {
    let Fail::Api(mut status) = fail else { return fail };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (group, rest) = match parts[..] {
        ["api", _, ref rest @ ..] => ("", rest),
        ["apis", group, _, ref rest @ ..] => (group, rest),
        _ => return Fail::Api(status),
    };
    let rest = match rest {
        ["namespaces", _, rest @ ..] if !rest.is_empty() => rest,
        rest => rest,
    };
    let resource = |plural: &str| if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
    let what = match rest {
        [plural] => resource(plural),
        [plural, name] => format!("{} {name}", resource(plural)),
        _ => return Fail::Api(status),
    };
    if status["message"] == NOT_SERVED {
        status["message"] = json!(format!("{NOT_SERVED} ({} {what})", method.to_lowercase()));
    }
    Fail::Api(status)
}

fn dial_words(error: NetError) -> String {
    match error {
        NetError::Timeout => "i/o timeout".to_owned(),
        other => format!("connect: {other}"),
    }
}

/// The JSON of a response, whatever way it travels.
pub async fn json_body(response: &HttpResponse) -> Result<Rc<Value>, Fail> {
    if let Body::Json(value) = &response.body {
        return Ok(Rc::clone(value));
    }
    let bytes = response.body.to_bytes().await;
    serde_json::from_slice(&bytes).map(Rc::new).map_err(|error| Fail::plain(format!("unable to decode: {error}")))
}

/// Prints a warning, coloured on a terminal.
pub async fn warn(process: &Process, text: &str) {
    let word = if process.is_tty(2) { "\x1b[33;1mWarning:\x1b[0m" } else { "Warning:" };
    process.err(&format!("{word} {text}\n")).await;
}

/// A path with its query.
pub fn target(path: &str, query: &Query<'_>) -> String {
    let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}{}{}", if path.contains('?') { "&" } else { "?" }, pairs.join("&")),
    }
}

/// Percent-encodes a query's value.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The instant as klog writes it: `1120 08:53:24.172735`.
pub fn klog_time(process: &Process) -> String {
    let text = time::rfc3339_micro(process.sim().now());
    let (date, clock) = text.trim_end_matches('Z').split_once('T').unwrap_or_default();
    format!("{} {clock}", date.get(5..).unwrap_or_default().replace('-', ""))
}
