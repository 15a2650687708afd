//! Probes and lifecycle handlers. Models pkg/apis/core/validation validateProbe, validateHandler.

use k8s_openapi::api::core::v1::{Container, ExecAction, HTTPGetAction, LifecycleHandler, Probe};

use super::{not_negative, port, port_or_name};
use crate::api::FieldError;

pub fn probes(container: &Container, field: &str, out: &mut Vec<FieldError>) {
    for (name, found, once) in [
        ("livenessProbe", &container.liveness_probe, true),
        ("readinessProbe", &container.readiness_probe, false),
        ("startupProbe", &container.startup_probe, true),
    ] {
        let Some(found) = found else { continue };
        let path = format!("{field}.{name}");
        probe(found, &path, out);
        if let (true, Some(threshold)) = (once, found.success_threshold.filter(|threshold| *threshold != 1)) {
            out.push(FieldError::invalid(&format!("{path}.successThreshold"), threshold, "must be 1"));
        }
    }
}

fn probe(probe: &Probe, field: &str, out: &mut Vec<FieldError>) {
    let mut handlers = 0;
    if let Some(exec) = &probe.exec {
        handlers += 1;
        self::exec(exec, &format!("{field}.exec"), out);
    }
    if let Some(get) = &probe.http_get {
        handlers += 1;
        http_get(get, &format!("{field}.httpGet"), out);
    }
    if let Some(socket) = &probe.tcp_socket {
        handlers += 1;
        port_or_name(&socket.port, &format!("{field}.tcpSocket.port"), out);
    }
    if let Some(grpc) = &probe.grpc {
        handlers += 1;
        port(i64::from(grpc.port), &format!("{field}.grpc.port"), out);
    }
    count(handlers, field, out);
    for (name, value) in [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ] {
        not_negative(value.map(i64::from), &format!("{field}.{name}"), out);
    }
    if let Some(seconds) = probe.termination_grace_period_seconds.filter(|seconds| *seconds <= 0) {
        let path = format!("{field}.terminationGracePeriodSeconds");
        out.push(FieldError::invalid(&path, seconds, "must be greater than 0"));
    }
}

fn count(handlers: usize, field: &str, out: &mut Vec<FieldError>) {
    match handlers {
        0 => out.push(FieldError::required(field, "must specify a handler type")),
        1 => {}
        _ => out.push(FieldError::forbidden(field, "may not specify more than 1 handler type")),
    }
}

fn exec(action: &ExecAction, field: &str, out: &mut Vec<FieldError>) {
    if action.command.as_ref().is_none_or(Vec::is_empty) {
        out.push(FieldError::required(&format!("{field}.command"), ""));
    }
}

fn http_get(action: &HTTPGetAction, field: &str, out: &mut Vec<FieldError>) {
    if action.path.as_deref().unwrap_or_default().is_empty() {
        out.push(FieldError::required(&format!("{field}.path"), ""));
    }
    port_or_name(&action.port, &format!("{field}.port"), out);
    let scheme = action.scheme.as_deref().unwrap_or_default();
    if !matches!(scheme, "HTTP" | "HTTPS") {
        out.push(FieldError::unsupported(&format!("{field}.scheme"), scheme, &["HTTP", "HTTPS"]));
    }
}

pub fn lifecycle(container: &Container, field: &str, out: &mut Vec<FieldError>) {
    let Some(lifecycle) = &container.lifecycle else { return };
    for (name, handler) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
        if let Some(handler) = handler {
            self::handler(handler, &format!("{field}.lifecycle.{name}"), out);
        }
    }
}

fn handler(handler: &LifecycleHandler, field: &str, out: &mut Vec<FieldError>) {
    let mut handlers = 0;
    if let Some(action) = &handler.exec {
        handlers += 1;
        exec(action, &format!("{field}.exec"), out);
    }
    if let Some(action) = &handler.http_get {
        handlers += 1;
        http_get(action, &format!("{field}.httpGet"), out);
    }
    if let Some(socket) = &handler.tcp_socket {
        handlers += 1;
        port_or_name(&socket.port, &format!("{field}.tcpSocket.port"), out);
    }
    if let Some(sleep) = &handler.sleep {
        handlers += 1;
        not_negative(Some(sleep.seconds), &format!("{field}.sleep.seconds"), out);
    }
    count(handlers, field, out);
}
