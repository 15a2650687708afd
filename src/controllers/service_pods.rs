//! Which Services a Pod belongs to: shared by the two controllers that write endpoints.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, PodStatus, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::api::meta::StringMap;
use crate::api::{Key, Object, PodSpec, WellKnown, time};
use crate::apiserver::{Change, Store};
use crate::collections::{SortedMap, SortedSet};
use crate::sim::Time;

/// What has changed for a Service since it was last looked at.
#[derive(Debug, Default)]
pub(super) struct News {
    /// Look at all its Pods.
    pub(super) all: bool,
    /// Look at these Pods.
    pub(super) pods: SortedSet<Arc<str>>,
    /// The earliest instant at which one of them turned.
    pub(super) trigger: Option<Time>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct ServicePods {
    selectors: SortedMap<Key, StringMap>,
    news: SortedMap<Key, News>,
}

impl ServicePods {
    /// Takes note of a change; gives back the Services that it concerns.
    pub(super) fn observe(&mut self, change: &Change, kinds: &WellKnown) -> Vec<Key> {
        let Some(object) = change.object() else { return Vec::new() };
        if change.kind == kinds.service.id {
            return self.observe_service(change, object);
        }
        if change.kind != kinds.pod.id {
            return Vec::new();
        }
        let (old, new) = (change.old.as_deref(), change.new.as_deref());
        let same = match (old, new) {
            (Some(old), Some(new)) => view(old) == view(new) && old.meta.labels == new.meta.labels,
            _ => false,
        };
        if same {
            return Vec::new();
        }
        let from = Key { namespace: Arc::clone(&object.meta.namespace), name: "".into() };
        let mut keys = Vec::new();
        for (key, selector) in self.selectors.range(&from..) {
            if key.namespace != object.meta.namespace {
                break;
            }
            let matches = |pod: Option<&Object>| pod.is_some_and(|pod| selects(selector, &pod.meta.labels));
            if matches(old) || matches(new) {
                let news = self.news.entry(key.clone()).or_default();
                news.pods.insert(Arc::clone(&object.meta.name));
                if let Some(at) = new.and_then(turned) {
                    news.trigger = Some(news.trigger.map_or(at, |other| other.min(at)));
                }
                keys.push(key.clone());
            }
        }
        keys
    }

    fn observe_service(&mut self, change: &Change, service: &Object) -> Vec<Key> {
        let key = service.key();
        if change.new.is_none() {
            self.selectors.remove(&key);
            self.news.remove(&key);
            return vec![key];
        }
        let selector = service.spec::<ServiceSpec>().and_then(selector).cloned().unwrap_or_default();
        let news = self.news.entry(key.clone()).or_default();
        news.all = true;
        if change.old.is_none() {
            news.trigger = service.meta.created;
        }
        if selector.is_empty() {
            self.selectors.remove(&key);
        } else {
            self.selectors.insert(key.clone(), selector);
        }
        vec![key]
    }

    /// Takes what is new for a Service.
    pub(super) fn take(&mut self, key: &Key) -> News {
        self.news.remove(key).unwrap_or_default()
    }

    /// Everything must be looked at again.
    pub(super) fn renew(&mut self, key: &Key) {
        self.news.entry(key.clone()).or_default().all = true;
    }
}

/// What selects the Service's Pods; nothing for a name of something outside the cluster.
pub(super) fn selector(spec: &ServiceSpec) -> Option<&StringMap> {
    let inside = spec.type_.as_deref() != Some("ExternalName");
    spec.selector.as_ref().filter(|selector| inside && !selector.is_empty())
}

/// Whether the labels meet a Service's selector.
pub(super) fn selects(selector: &StringMap, labels: &StringMap) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// The Pods that a Service selects.
pub(super) fn pods<'a>(
    store: &'a Store,
    kinds: &WellKnown,
    namespace: &'a str,
    selector: &'a StringMap,
) -> impl Iterator<Item = &'a Arc<Object>> {
    // The last label is as good as any to look up by; the others are checked.
    let exact = selector.iter().next_back();
    let found = exact.map(|(key, value)| store.labelled(kinds.pod.id, namespace, key, value));
    found.into_iter().flatten().filter(move |pod| selects(selector, &pod.meta.labels))
}

/// What of a Pod its endpoints show.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PodView<'a> {
    pub(super) ip: &'a str,
    pub(super) ready: bool,
    pub(super) terminating: bool,
    pub(super) node: &'a str,
}

/// What endpoints show of a Pod; `None` for one without an address, and one that has ended.
pub(super) fn view(pod: &Object) -> Option<PodView<'_>> {
    let (spec, status) = (pod.spec::<PodSpec>()?, pod.status::<PodStatus>()?);
    if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return None;
    }
    let ready = status.conditions.iter().flatten().any(|one| one.type_ == "Ready" && one.status == "True");
    Some(PodView {
        ip: status.pod_ip.as_deref().filter(|ip| !ip.is_empty())?,
        ready,
        terminating: pod.meta.deleted.is_some(),
        node: spec.node_name.as_deref().unwrap_or_default(),
    })
}

/// When the Pod last turned ready or not.
fn turned(pod: &Object) -> Option<Time> {
    let status = pod.status::<PodStatus>()?;
    let ready = status.conditions.iter().flatten().find(|one| one.type_ == "Ready")?;
    ready.last_transition_time.as_ref().map(time::from_meta)
}

/// The number of a Service's target port in a Pod; `None` where the Pod has no port of that name.
pub(super) fn target_port(port: &ServicePort, pod: &Object) -> Option<i32> {
    let name = match &port.target_port {
        None => return Some(port.port),
        Some(IntOrString::Int(0)) => return Some(port.port),
        Some(IntOrString::Int(number)) => return Some(*number),
        Some(IntOrString::String(name)) if name.is_empty() => return Some(port.port),
        Some(IntOrString::String(name)) => name,
    };
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    let containers: &[Container] = pod.spec::<PodSpec>().map(|spec| &*spec.containers).unwrap_or_default();
    let mut ports = containers.iter().flat_map(|container| container.ports.iter().flatten());
    let found =
        ports.find(|one| one.name.as_ref() == Some(name) && one.protocol.as_deref().unwrap_or("TCP") == protocol);
    found.map(|one| one.container_port)
}
