//! The API over HTTP: what kubectl and curl talk to.
//!
//! Nothing here knows sockets: a [`Request`] comes in, a [`Response`] goes out. Whoever serves
//! HTTP translates. Bodies are JSON values; text forms (YAML) are translated by the caller.
//!
//! As a real server does, a list's `items` carry no `apiVersion` and `kind` of their own.

mod form;
mod options;
mod path;
mod read;
mod write;

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

pub use form::Form;
pub use path::{Path, Resource};

use super::{Actor, ApiServer};
use crate::api::{Key, Kind, Status};
use crate::sim::Receiver;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `kubernetes-admin`, `system:serviceaccount:default:default`.
    pub name: String,
    /// `kubeadm:cluster-admins`, `system:authenticated`.
    pub groups: Vec<String>,
}

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// The Accept header; `…;as=Table;…` asks for rows.
    pub accept: String,
    /// The Content-Type header; it tells the patches apart.
    pub content_type: String,
    /// Who asks.
    pub user: User,
    /// The body; null where there is none.
    pub body: Value,
}

impl Request {
    /// The first value of a query parameter; empty where it is not given.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Whether a query parameter says yes.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.parameter(name), "true" | "1")
    }

    fn dry_run(&self) -> bool {
        self.query.iter().any(|(key, value)| key == "dryRun" && value == "All") || self.body["dryRun"][0] == "All"
    }
}

/// One response.
#[derive(Debug)]
pub enum Response {
    /// JSON.
    Value {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Rc<Value>,
        /// What the `Warning` headers say.
        warnings: Vec<String>,
    },
    /// Plain text.
    Text {
        /// The HTTP status.
        status: u16,
        /// `text/plain`.
        content_type: &'static str,
        /// The body.
        text: String,
    },
    /// A watch: each value is `{"type": "ADDED", "object": …}`. It ends when the receiver is dropped.
    Watch {
        /// What the `Warning` headers say.
        warnings: Vec<String>,
        /// The events, as they happen.
        events: Events,
    },
    /// For the kubelet of the Pod's node to carry out.
    Node(NodeCall),
}

/// The events of a watch.
pub struct Events(pub Receiver<Rc<Value>>);

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}

/// A call that the API server has checked and passes on to a kubelet (or to what listens in a Pod).
#[derive(Clone, Debug)]
pub struct NodeCall {
    /// What to do.
    pub action: NodeAction,
    /// The Pod.
    pub pod: Key,
    /// The Pod's uid.
    pub uid: Arc<str>,
    /// The node that it runs on.
    pub node: String,
    /// The container, chosen where the request named none.
    pub container: String,
    /// The request's query: `command`, `follow`, `tailLines`, …
    pub query: Vec<(String, String)>,
}

/// What a [`NodeCall`] is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeAction {
    /// Read the container's output.
    Log,
    /// Run a command in the container.
    Exec,
    /// Join the container's terminal.
    Attach,
    /// Open connections to the Pod's ports.
    PortForward,
    /// Send an HTTP request to the Pod.
    Proxy {
        /// The port in the Pod.
        port: i32,
        /// The path to ask for.
        path: String,
    },
}

type Answer = Result<Response, Status>;

impl ApiServer {
    /// Answers one request.
    pub fn handle(&mut self, request: Request) -> Response {
        self.act_as(Actor { name: request.user.name.as_str().into(), because: None });
        self.warnings.clear();
        let answer = self.answer(&request);
        let said = std::mem::take(&mut self.warnings);
        match answer {
            Ok(Response::Value { status, body, .. }) => Response::Value { status, body, warnings: said },
            Ok(Response::Watch { events, .. }) => Response::Watch { events, warnings: said },
            Ok(other) => other,
            Err(status) => Response::Value { status: status.code, body: Rc::new(status.to_value()), warnings: said },
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        match path::parse(&request.path) {
            Path::Other(_) => Err(Status::unknown_path()),
            Path::Resource(resource) => {
                let kind = self.kinds.resource(resource.group, resource.version, resource.plural);
                let kind = Arc::clone(kind.ok_or_else(Status::unknown_path)?);
                self.object_request(request, &resource, &kind)
            }
        }
    }

    fn object_request(&mut self, request: &Request, resource: &Resource<'_>, kind: &Arc<Kind>) -> Answer {
        if !resource.subresource.is_empty() {
            return Err(Status::unknown_path());
        }
        match (&*request.method, resource.name) {
            ("GET", "") => self.list_or_watch(request, resource, kind),
            ("GET", _) => self.get_one(request, resource, kind),
            ("POST", "") => self.post(request, resource, kind),
            ("DELETE", "") => self.delete_collection(request, resource, kind),
            ("DELETE", _) => self.delete_one(request, resource, kind),
            _ => Err(Status::method_not_allowed()),
        }
    }
}

fn value(status: u16, body: Value) -> Answer {
    Ok(Response::Value { status, body: Rc::new(body), warnings: Vec::new() })
}
