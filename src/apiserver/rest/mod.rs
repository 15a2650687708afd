//! The API over HTTP: what kubectl and curl talk to.
//!
//! Nothing here knows sockets: a [`Request`] comes in, a [`Response`] goes out. Whoever serves
//! HTTP translates. Bodies are JSON values; text forms (YAML) are translated by the caller.
//!
//! As a real server does, a list's `items` carry no `apiVersion` and `kind` of their own.

mod apply;
mod body;
mod components;
mod discovery;
mod form;
mod impersonation;
mod metrics;
mod options;
mod path;
mod pods;
mod read;
mod reviews;
mod scale;
mod token;
mod write;

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

pub use form::{Form, Include, Shape};
pub use impersonation::{of_headers, service_account_groups};
pub use path::{Path, Resource};
pub use scale::Scale;

use super::versions::Version;
use super::{Actor, ApiServer, usage};
use crate::api::{Key, Kind, Status};
use crate::sim::Receiver;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `kubernetes-admin`, `system:serviceaccount:default:default`.
    pub name: String,
    /// Empty where the credentials tell none.
    pub uid: String,
    /// `kubeadm:cluster-admins`, `system:authenticated`.
    pub groups: Vec<String>,
    /// What else the credentials tell: `authentication.kubernetes.io/credential-id`.
    pub extra: Vec<(String, Vec<String>)>,
}

impl User {
    /// Somebody who shows no credentials.
    pub fn anonymous() -> User {
        let groups = vec!["system:unauthenticated".to_owned()];
        User { name: "system:anonymous".to_owned(), groups, ..User::default() }
    }

    /// Somebody who may do everything, whatever the roles say.
    #[cfg(test)]
    pub fn master() -> User {
        User { name: "admin".to_owned(), groups: vec!["system:masters".to_owned()], ..User::default() }
    }
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
    /// The User-Agent header.
    pub user_agent: String,
    /// Who asks.
    pub user: User,
    /// Whom they want to ask as: the `Impersonate-` headers, as they came.
    pub impersonate: Option<User>,
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
    pub fn handle(&mut self, mut request: Request) -> Response {
        self.warnings.clear();
        let answer = self.impersonate(&mut request).and_then(|()| {
            self.act_as(Actor { name: request.user.name.as_str().into(), because: None });
            self.manager = Some(manager(&request).into());
            self.user = Some(request.user.clone());
            self.answer(&request)
        });
        let said = std::mem::take(&mut self.warnings);
        match answer {
            Ok(Response::Value { status, body, .. }) => Response::Value { status, body, warnings: said },
            Ok(Response::Watch { events, .. }) => Response::Watch { events, warnings: said },
            Ok(other) => other,
            Err(status) => Response::Value { status: status.code, body: Rc::new(status.to_value()), warnings: said },
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let path = path::parse(&request.path);
        self.demand(&request.user, &path::attributes(request, &path))?;
        match path {
            Path::Other(parts) => self.meta_request(request, &parts),
            Path::Resource(resource) => {
                let kind = self.kinds.resource(resource.group, resource.version, resource.plural);
                let served = kind.ok_or_else(|| self.not_served(resource.group, resource.version))?;
                if *served.group == *usage::GROUP.0 {
                    return self.metrics_request(request, &resource, served);
                }
                let served = Arc::clone(served);
                let custom = served.custom.as_ref().and_then(|custom| custom.warning.clone());
                if let Some(warning) = custom.or_else(|| deprecation(&served).map(str::to_owned)) {
                    self.warnings.push(warning);
                }
                let target = match Version::of(&self.kinds, &served) {
                    Some((version, stored)) => Target { served, stored, version: Some(version) },
                    None => Target { stored: Arc::clone(&served), served, version: None },
                };
                if resource.subresource.is_empty() {
                    self.object_request(request, &resource, &target)
                } else {
                    self.subresource_request(request, &resource, &target)
                }
            }
        }
    }

    fn object_request(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        if (&*target.served.kind, &*request.method) == ("Binding", "POST") {
            let name = request.body["metadata"]["name"].as_str().unwrap_or_default();
            return self.binding(request, resource.namespace, name);
        }
        let verb = match (&*request.method, resource.name) {
            ("GET", "") if request.flag("watch") => "watch",
            ("GET", "") => "list",
            ("GET", _) if request.flag("watch") => "watch",
            ("GET", _) => "get",
            ("POST", "") => "create",
            ("PUT", name) if !name.is_empty() => "update",
            ("PATCH", name) if !name.is_empty() => "patch",
            ("DELETE", "") => "deletecollection",
            ("DELETE", _) => "delete",
            _ => return Err(Status::method_not_allowed()),
        };
        if !target.served.verbs.iter().any(|served| served == verb) {
            let mut status = Status::method_not_allowed();
            if target.served.custom.is_some() {
                status.message = format!("{verb} not allowed while custom resource definition is terminating");
            }
            return Err(status);
        }
        if target.served.verbs == ["create"] {
            return self.review(request, resource, target);
        }
        match verb {
            "list" | "watch" => self.list_or_watch(request, resource, target),
            "get" => self.get_one(request, resource, target),
            "create" => self.post(request, resource, target),
            "update" => self.put(request, resource, target),
            "patch" => self.patch(request, resource, target),
            "deletecollection" => self.delete_collection(request, resource, target),
            _ => self.delete_one(request, resource, target),
        }
    }

    fn subresource_request(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        if !target.served.subresources.iter().any(|name| name == resource.subresource) {
            return Err(Status::unknown_path());
        }
        match (&*target.served.kind, resource.subresource, &*request.method) {
            (_, "status" | "approval" | "ephemeralcontainers", "GET") => self.get_one(request, resource, target),
            (_, "status" | "finalize" | "approval" | "ephemeralcontainers", "PUT") => {
                self.put(request, resource, target)
            }
            (_, "status" | "approval" | "ephemeralcontainers", "PATCH") => self.patch(request, resource, target),
            (_, "scale", _) => self.scale(request, resource, target),
            ("Pod", "binding", "POST") => self.binding(request, resource.namespace, resource.name),
            ("Pod", "eviction", "POST") => self.eviction(request, resource, target),
            ("Pod", "log" | "exec" | "attach" | "portforward" | "proxy", _) => {
                self.node_call(request, resource, target)
            }
            ("Service", "proxy", _) => self.service_proxy(resource, target),
            ("ServiceAccount", "token", "POST") => self.token_request(request, resource),
            (_, name @ ("resize" | "proxy"), _) => {
                Err(Status::not_implemented(format!("{}/{name} is not simulated yet", target.served.plural)))
            }
            _ => Err(Status::method_not_allowed()),
        }
    }
}

/// The kind that a request names, and the one under which its objects are stored.
struct Target {
    served: Arc<Kind>,
    stored: Arc<Kind>,
    version: Option<Version>,
}

/// What every request for a kind that is going away is warned of.
fn deprecation(kind: &Kind) -> Option<&'static str> {
    match (&*kind.group, &*kind.kind) {
        ("", "Endpoints") => Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
        ("", "ComponentStatus") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}

/// Who is noted for what a request writes (managerOrUserAgent in endpoints/handlers/create.go).
fn manager(request: &Request) -> &str {
    match request.parameter("fieldManager") {
        "" => match request.user_agent.split('/').next() {
            None | Some("") => "unknown",
            Some(program) => program,
        },
        manager => manager,
    }
}

fn value(status: u16, body: Value) -> Answer {
    Ok(Response::Value { status, body: Rc::new(body), warnings: Vec::new() })
}

#[cfg(test)]
mod tests;
