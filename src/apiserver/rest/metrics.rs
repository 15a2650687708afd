//! metrics.k8s.io: what metrics-server answers behind its APIService.
//!
//! Models metrics-server's pkg/api (node.go, pod.go, table.go).

use serde_json::{Value, json};

use super::form::{Form, Include, Shape};
use super::{Answer, Request, Resource, options, value};
use crate::api::{Kind, Object, Quantity, Status, time};
use crate::apiserver::ApiServer;
use crate::apiserver::usage::{PodUsage, Usage, WINDOW_SECONDS};

fn quantities(usage: Usage) -> Value {
    json!({"cpu": cpu(usage).to_string(), "memory": memory(usage).to_string()})
}

fn cpu(usage: Usage) -> Quantity {
    Quantity::from_millis(i64::try_from(usage.cpu).unwrap_or(i64::MAX))
}

fn memory(usage: Usage) -> Quantity {
    Quantity::from_bytes(i64::try_from(usage.memory).unwrap_or(i64::MAX))
}

/// What is known of one node or Pod: it, what it uses, and its containers where it is a Pod.
struct Known<'a> {
    object: &'a Object,
    usage: Usage,
    containers: Option<&'a [(String, Usage)]>,
}

impl ApiServer {
    pub(super) fn metrics_request(&self, request: &Request, resource: &Resource<'_>, kind: &Kind) -> Answer {
        if request.method != "GET" {
            return Err(Status::method_not_allowed());
        }
        if !resource.subresource.is_empty() {
            return Err(Status::unknown_path());
        }
        let of = self.kinds.builtin_kind("", if kind.namespaced { "Pod" } else { "Node" });
        let mut filter = options::filter(request, resource, &of)?;
        filter.name = (!resource.name.is_empty()).then(|| resource.name.to_owned());
        let objects = self.select(&of, &filter);
        let pods: Vec<PodUsage>;
        let known: Vec<Known<'_>> = if kind.namespaced {
            pods = self.measure(objects.iter());
            pods.iter()
                .map(|pod| Known { object: &pod.pod, usage: pod.sum(), containers: Some(&pod.containers) })
                .collect()
        } else {
            let known = |node| Some(Known { object: node, usage: self.node_usage(node)?, containers: None });
            objects.iter().filter_map(|node| known(node)).collect()
        };
        let form = Shape::of(request, None).form;
        if resource.name.is_empty() {
            return value(200, self.metrics_list(kind, &known, form));
        }
        let Some(one) = known.first() else {
            return Err(match kind.namespaced {
                true => {
                    Status::not_found("podmetrics.metrics.k8s.io", &format!("{}/{}", resource.namespace, resource.name))
                }
                false => Status::unknown_path(),
            });
        };
        value(
            200,
            if matches!(form, Form::Table { .. }) {
                self.metrics_list(kind, &known, form)
            } else {
                self.show(kind, one)
            },
        )
    }

    fn metrics_list(&self, kind: &Kind, known: &[Known<'_>], form: Form) -> Value {
        if let Form::Table { include } = form {
            let column = |name: &str, format: &str| json!({"name": name, "type": "string", "format": format, "description": "", "priority": 0});
            let columns = [("Name", "name"), ("cpu", "quantity"), ("memory", "quantity"), ("Window", "duration")];
            let rows = known.iter().map(|one| {
                let mut object = self.show(kind, one);
                if include == Include::Metadata {
                    object = json!({"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": object["metadata"]});
                }
                let cells = json!([*one.object.meta.name, cpu(one.usage).to_string(), memory(one.usage).to_string(), window()]);
                json!({"cells": cells, "object": object})
            });
            return json!({
                "apiVersion": "meta.k8s.io/v1", "kind": "Table", "metadata": {},
                "columnDefinitions": columns.map(|(name, format)| column(name, format)),
                "rows": rows.collect::<Vec<_>>(),
            });
        }
        let bare = known.iter().map(|one| {
            let mut item = self.show(kind, one);
            if let Some(fields) = item.as_object_mut() {
                fields.remove("apiVersion");
                fields.remove("kind");
            }
            item
        });
        json!({
            "kind": format!("{}List", kind.kind), "apiVersion": kind.api_version(), "metadata": {},
            "items": bare.collect::<Vec<_>>(),
        })
    }

    fn show(&self, kind: &Kind, known: &Known<'_>) -> Value {
        let meta = &known.object.meta;
        let now = time::rfc3339(self.now);
        let mut metadata = json!({"name": *meta.name, "creationTimestamp": now});
        if !meta.namespace.is_empty() {
            metadata["namespace"] = json!(*meta.namespace);
        }
        if !meta.labels.is_empty() {
            metadata["labels"] = json!(*meta.labels);
        }
        let mut shown = json!({
            "kind": *kind.kind, "apiVersion": kind.api_version(), "metadata": metadata,
            "timestamp": now, "window": window(),
        });
        match known.containers {
            Some(containers) => {
                let each = |(name, usage): &(String, Usage)| json!({"name": name, "usage": quantities(*usage)});
                shown["containers"] = containers.iter().map(each).collect();
            }
            None => shown["usage"] = quantities(known.usage),
        }
        shown
    }
}

fn window() -> String {
    format!("{WINDOW_SECONDS}s")
}
