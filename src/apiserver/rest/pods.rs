//! The subresources of Pods: `binding`, `eviction`, and the calls that the kubelet carries out.
//!
//! Models pkg/registry/core/pod/{strategy.go,storage/storage.go,storage/eviction.go} and, for what
//! a container's state says about its log, the kubelet's validateContainerLogStatus.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ContainerState, PodStatus};
use serde_json::{Value, json};

use super::{Answer, NodeAction, NodeCall, Request, Resource, Response, Target, options, value};
use crate::api::{Key, Object, Part, PodSpec, Selector, Status, codec, time};
use crate::apiserver::ApiServer;

impl ApiServer {
    /// `POST pods/x/binding`, and `POST bindings` with the Pod's name in its metadata.
    pub(super) fn binding(&mut self, request: &Request, namespace: &str, name: &str) -> Answer {
        let pod = self.kinds.builtin_kind("", "Pod");
        let node = request.body["target"]["name"].as_str().unwrap_or_default();
        if !request.dry_run() {
            self.bind(&pod, &Key::new(namespace, name), node)?;
        }
        value(201, success())
    }

    /// Deletes a Pod if the disruption budgets over it allow it.
    pub(super) fn eviction(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        let key = Key::new(resource.namespace, resource.name);
        let pod = Arc::clone(self.get(&target.stored, &key)?);
        let body = request.body["deleteOptions"].clone();
        let inner = Request { body, ..request.clone() };
        let options = options::delete_options(&inner)?;
        let budget = self.budget_of(&pod)?;
        if !request.dry_run() {
            if let Some(budget) = budget {
                self.update_status(budget)?;
            }
            self.delete(&target.stored, &key, &options)?;
        }
        value(201, success())
    }

    /// The budget over the Pod, as it will be once the Pod is evicted; none where it may go anyway.
    fn budget_of(&self, pod: &Object) -> Result<Option<Object>, Status> {
        let Some(kind) = self.kinds.kind("policy", "PodDisruptionBudget") else { return Ok(None) };
        if matches!(phase(pod), "Succeeded" | "Failed" | "Pending") || pod.meta.deleted.is_some() {
            return Ok(None);
        }
        let mut spent = None;
        for budget in self.store.list(kind.id, Some(&pod.meta.namespace)) {
            let selector = budget.spec.json().map(|spec| spec["selector"].clone()).unwrap_or_default();
            let selector = codec::read(&selector).ok();
            if !Selector::from(selector.as_ref()).matches(&pod.meta.labels) {
                continue;
            }
            if spent.is_some() {
                let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does \
                               not support.";
                return Err(Status {
                    code: 500,
                    reason: "InternalError",
                    message: message.to_owned(),
                    details: json!({}),
                });
            }
            let mut status = budget.status.json().cloned().unwrap_or_default();
            let number = |name: &str| status[name].as_i64().unwrap_or(0);
            let name = &budget.meta.name;
            if number("observedGeneration") < budget.meta.generation {
                let why = format!("The disruption budget {name} is still being processed by the server.");
                return Err(too_many(why, "Cannot evict pod as it would violate the pod's disruption budget."));
            }
            if number("disruptionsAllowed") <= 0 {
                let why = format!(
                    "The disruption budget {name} needs {} healthy pods and has {} currently",
                    number("desiredHealthy"),
                    number("currentHealthy")
                );
                return Err(too_many(why, "Cannot evict pod as it would violate the pod's disruption budget."));
            }
            status["disruptionsAllowed"] = json!(number("disruptionsAllowed") - 1);
            status["disruptedPods"][&*pod.meta.name] = json!(time::rfc3339(self.now));
            spent = Some(Object { status: Part::Json(Arc::new(status)), ..(**budget).clone() });
        }
        Ok(spent)
    }

    /// `log`, `exec`, `attach`, `portforward`, `proxy`: checks, and passes on to the node.
    pub(super) fn node_call(&mut self, request: &Request, resource: &Resource<'_>, target: &Target) -> Answer {
        // `pods/https:web:8443/proxy` names scheme and port with the Pod.
        let (name, port) = proxied(resource.name, resource.subresource == "proxy");
        let key = Key::new(resource.namespace, name);
        let pod = Arc::clone(self.get(&target.stored, &key)?);
        let path = || format!("/{}", resource.rest.join("/"));
        let action = match resource.subresource {
            "log" => NodeAction::Log,
            "exec" => NodeAction::Exec,
            "attach" => NodeAction::Attach,
            "portforward" => NodeAction::PortForward,
            _ => NodeAction::Proxy { port: port.unwrap_or_else(|| first_port(&pod)), path: path() },
        };
        let spec = pod.spec::<PodSpec>().ok_or_else(Status::unknown_path)?;
        let container = match action {
            NodeAction::Log | NodeAction::Exec | NodeAction::Attach => {
                container(spec, &key.name, request.parameter("container"))?
            }
            _ => spec.containers.first().map(|container| container.name.clone()).unwrap_or_default(),
        };
        let node = spec.node_name.clone().unwrap_or_default();
        match action {
            // A Pod on no node yet has an empty log.
            NodeAction::Log if node.is_empty() => {
                return Ok(Response::Text { status: 200, content_type: "text/plain", text: String::new() });
            }
            NodeAction::Log => log_is_there(&pod, &container, request.flag("previous"))?,
            _ if node.is_empty() => {
                return Err(Status::bad_request(format!("pod {} does not have a host assigned", key.name)));
            }
            NodeAction::Exec | NodeAction::Attach if !running(&pod, &container) => {
                let message = format!("unable to upgrade connection: container not found (\"{container}\")");
                return Err(Status { code: 500, reason: "InternalError", message, details: json!({}) });
            }
            _ => {}
        }
        let uid = Arc::clone(&pod.meta.uid);
        Ok(Response::Node(NodeCall { action, pod: key, uid, node, container, query: request.query.clone() }))
    }

    /// `services/x/proxy`: one of the Service's ready Pods answers.
    pub(super) fn service_proxy(&mut self, resource: &Resource<'_>, target: &Target) -> Answer {
        use k8s_openapi::api::core::v1::ServiceSpec;
        let (name, port) = proxied(resource.name, true);
        let key = Key::new(resource.namespace, name);
        let service = Arc::clone(self.get(&target.stored, &key)?);
        let ports = service.spec::<ServiceSpec>().and_then(|spec| spec.ports.clone()).unwrap_or_default();
        let found = ports.iter().find(|known| port.is_none_or(|port| known.port == port));
        let name = found.and_then(|found| found.name.clone()).unwrap_or_default();
        let slices = self.kinds.builtin_kind("discovery.k8s.io", "EndpointSlice");
        let mut backends = Vec::new();
        let label = "kubernetes.io/service-name";
        for slice in self.store.labelled(slices.id, resource.namespace, label, &key.name) {
            let Some(body) = slice.rest::<crate::api::kinds::EndpointSliceBody>() else { continue };
            let named = body.ports.iter().flatten().find(|port| port.name.clone().unwrap_or_default() == name);
            let Some(port) = named.and_then(|port| port.port) else { continue };
            for endpoint in &body.endpoints {
                let ready = endpoint.conditions.as_ref().and_then(|conditions| conditions.ready).unwrap_or(true);
                if let (true, Some(pod)) = (ready, endpoint.target_ref.as_ref().and_then(|pod| pod.name.clone())) {
                    backends.push((pod, port));
                }
            }
        }
        let unavailable = || Status {
            code: 503,
            reason: "ServiceUnavailable",
            message: format!("no endpoints available for service \"{}\"", key.name),
            details: json!({}),
        };
        let at = usize::try_from(self.rng.below(backends.len() as u64)).unwrap_or(0);
        let (pod, port) = backends.get(at).ok_or_else(unavailable)?.clone();
        let key = Key::new(resource.namespace, &pod);
        let pod = self.get(&self.kinds.builtin_kind("", "Pod"), &key)?;
        let spec = pod.spec::<PodSpec>().ok_or_else(Status::unknown_path)?;
        Ok(Response::Node(NodeCall {
            action: NodeAction::Proxy { port, path: format!("/{}", resource.rest.join("/")) },
            uid: Arc::clone(&pod.meta.uid),
            node: spec.node_name.clone().unwrap_or_default(),
            container: String::new(),
            query: Vec::new(),
            pod: key,
        }))
    }
}

fn success() -> Value {
    json!({"apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Success", "code": 201})
}

fn too_many(why: String, message: &str) -> Status {
    let mut status = Status::too_many_requests(message);
    status.details = json!({"causes": [{"reason": "DisruptionBudget", "message": why}]});
    status
}

fn phase(pod: &Object) -> &str {
    pod.status::<PodStatus>().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// `[scheme:]name[:port]`.
fn proxied(name: &str, proxy: bool) -> (&str, Option<i32>) {
    let parts: Vec<&str> = name.split(':').collect();
    match parts[..] {
        _ if !proxy => (name, None),
        [name, port] => (name, port.parse().ok()),
        [_, name, port] => (name, port.parse().ok()),
        _ => (name, None),
    }
}

fn first_port(pod: &Object) -> i32 {
    let containers = pod.spec::<PodSpec>().map(|spec| &*spec.containers).unwrap_or_default();
    let ports = containers.first().and_then(|container| container.ports.as_ref());
    ports.and_then(|ports| ports.first()).map_or(80, |port| port.container_port)
}

/// The container that a request names, or the only one.
fn container(spec: &PodSpec, pod: &str, wanted: &str) -> Result<String, Status> {
    let init = spec.init_containers.iter().flatten().map(|container| &container.name);
    let ephemeral = spec.ephemeral_containers.iter().flatten().map(|container| &container.name);
    if !wanted.is_empty() {
        let mut all = spec.containers.iter().map(|container| &container.name).chain(init).chain(ephemeral);
        return match all.any(|name| name == wanted) {
            true => Ok(wanted.to_owned()),
            false => Err(Status::bad_request(format!("container {wanted} is not valid for pod {pod}"))),
        };
    }
    let names: Vec<&str> = spec.containers.iter().map(|container| &*container.name).collect();
    match names[..] {
        [name] => Ok(name.to_owned()),
        _ => {
            let mut why =
                format!("a container name must be specified for pod {pod}, choose one of: [{}]", names.join(" "));
            let init: Vec<&str> = init.map(String::as_str).collect();
            if !init.is_empty() {
                why.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
            }
            Err(Status::bad_request(why))
        }
    }
}

/// The state of a container and the one before, if its status is known.
fn states(pod: &Object, container: &str) -> Option<(ContainerState, ContainerState)> {
    let status = pod.status::<PodStatus>()?;
    let lists = [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    let found = lists.into_iter().flatten().flatten().find(|status| status.name == container)?;
    Some((found.state.clone().unwrap_or_default(), found.last_state.clone().unwrap_or_default()))
}

fn running(pod: &Object, container: &str) -> bool {
    states(pod, container).is_some_and(|(state, _)| state.running.is_some())
}

/// Refuses a log that cannot be there yet, or no more.
fn log_is_there(pod: &Object, container: &str, previous: bool) -> Result<(), Status> {
    let refuse = |why: String| Err(Status::bad_request(why));
    let name = &pod.meta.name;
    let Some((state, last)) = states(pod, container) else {
        return refuse(format!("container \"{container}\" in pod \"{name}\" is not available"));
    };
    if previous {
        return match last.terminated {
            Some(_) => Ok(()),
            None => refuse(format!("previous terminated container \"{container}\" in pod \"{name}\" not found")),
        };
    }
    if state.running.is_some() || state.terminated.is_some() || last.terminated.is_some() {
        return Ok(());
    }
    let reason = state.waiting.and_then(|waiting| waiting.reason).unwrap_or_default();
    let reason = match &*reason {
        "ErrImagePull" => "image can't be pulled".to_owned(),
        "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        _ => reason,
    };
    refuse(format!("container \"{container}\" in pod \"{name}\" is waiting to start: {reason}"))
}
