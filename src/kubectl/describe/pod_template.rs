//! Containers and Pod templates. Models describe.go describeContainers and
//! DescribePodTemplate.

use serde_json::Value;

use super::page::Page;
use super::{labels, list, or_none, shown, text, volumes, yes};
use crate::collections::Sort;
use crate::kubectl::age::rfc1123;

/// A Pod template as workloads show it.
pub fn pod_template(page: &mut Page, template: &Value) {
    page.line(0, "Pod Template:");
    let (metadata, spec) = (&template["metadata"], &template["spec"]);
    labels::labels(page, "  Labels", &metadata["labels"]);
    if metadata["annotations"].as_object().is_some_and(|map| !map.is_empty()) {
        labels::annotations(page, "  Annotations", &metadata["annotations"]);
    }
    page.field_if(0, "  Service Account", text(&spec["serviceAccountName"]));
    if list(&spec["initContainers"]).next().is_some() {
        containers(page, "Init Containers", &spec["initContainers"], &Value::Null, "  ");
    }
    containers(page, "Containers", &spec["containers"], &Value::Null, "  ");
    volumes::volumes(page, &spec["volumes"], "  ");
    spread(page, &spec["topologySpreadConstraints"], "  ");
    page.field_if(0, "  Priority Class Name", text(&spec["priorityClassName"]));
    labels::labels(page, "  Node-Selectors", &spec["nodeSelector"]);
    labels::tolerations(page, "  Tolerations", &spec["tolerations"]);
}

/// Topology spread constraints, if there are any.
pub fn spread(page: &mut Page, constraints: &Value, space: &str) {
    let mut all: Vec<&Value> = list(constraints).collect();
    all.arrange_by_key(|constraint| text(&constraint["topologyKey"]));
    for (at, constraint) in all.into_iter().enumerate() {
        page.put(0, if at == 0 { format!("{space}Topology Spread Constraints:") } else { space.to_owned() });
        let mut line = format!(
            "\t{}:{} when max skew {} is exceeded",
            text(&constraint["topologyKey"]),
            text(&constraint["whenUnsatisfiable"]),
            constraint["maxSkew"]
        );
        if constraint["labelSelector"].is_object() {
            line.push_str(&format!(" for selector {}", labels::selector(&constraint["labelSelector"])));
        }
        page.line(0, line);
    }
}

/// Containers, with their state where there is one.
pub fn containers(page: &mut Page, title: &str, containers: &Value, statuses: &Value, space: &str) {
    if list(containers).next().is_none() {
        page.line(0, format!("{space}{title}: <none>"));
        return;
    }
    page.line(0, format!("{space}{title}:"));
    for container in list(containers) {
        let status = list(statuses).find(|status| status["name"] == container["name"]);
        basics(page, container, status, if space.is_empty() { "" } else { " " });
        for (title, words) in [("Command", &container["command"]), ("Args", &container["args"])] {
            if list(words).next().is_some() {
                page.line(2, format!("{title}:"));
            }
            for word in list(words) {
                text(word).split('\n').for_each(|line| page.line(3, line));
            }
        }
        if let Some(status) = status {
            state(page, "State", &status["state"]);
            if status["lastState"]["terminated"].is_object() {
                state(page, "Last State", &status["lastState"]);
            }
            page.field(2, "Ready", yes(status["ready"] == true));
            page.field(2, "Restart Count", &status["restartCount"]);
        }
        for (title, kind) in [("Limits", "limits"), ("Requests", "requests")] {
            let amounts = container["resources"][kind].as_object();
            if amounts.is_some_and(|amounts| !amounts.is_empty()) {
                page.line(2, format!("{title}:"));
            }
            amounts.into_iter().flatten().for_each(|(name, amount)| page.field(3, name, shown(amount)));
        }
        for (title, probe) in
            [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")]
        {
            if container[probe].is_object() {
                page.field(2, title, probe_words(&container[probe]));
            }
        }
        environment(page, container);
        volumes::mounts(page, container);
    }
}

fn basics(page: &mut Page, container: &Value, status: Option<&Value>, indent: &str) {
    page.line(1, format!("{indent}{}:", text(&container["name"])));
    if let Some(status) = status {
        page.field(2, "Container ID", text(&status["containerID"]));
    }
    page.field(2, "Image", text(&container["image"]));
    if let Some(status) = status {
        page.field(2, "Image ID", text(&status["imageID"]));
    }
    for (title, key) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports: Vec<String> = list(&container["ports"])
            .map(|port| {
                let name = match text(&port["name"]) {
                    "" => String::new(),
                    name => format!(" ({name})"),
                };
                let protocol = if port["protocol"].is_string() { text(&port["protocol"]) } else { "TCP" };
                format!("{}/{protocol}{name}", port[key].as_i64().unwrap_or(0))
            })
            .collect();
        let all = ports.join(", ");
        page.field(2, &format!("{title}{}", if ports.len() > 1 { "s" } else { "" }), or_none(&all));
    }
}

fn state(page: &mut Page, title: &str, state: &Value) {
    if state["running"].is_object() {
        page.field(2, title, "Running");
        page.field(3, "Started", rfc1123(&state["running"]["startedAt"]));
    } else if state["terminated"].is_object() {
        let ended = &state["terminated"];
        page.field(2, title, "Terminated");
        page.field_if(3, "Reason", text(&ended["reason"]));
        page.field_if(3, "Message", text(&ended["message"]));
        page.field(3, "Exit Code", ended["exitCode"].as_i64().unwrap_or(0));
        if ended["signal"].as_i64().is_some_and(|signal| signal > 0) {
            page.field(3, "Signal", &ended["signal"]);
        }
        page.field(3, "Started", rfc1123(&ended["startedAt"]));
        page.field(3, "Finished", rfc1123(&ended["finishedAt"]));
    } else {
        page.field(2, title, "Waiting");
        page.field_if(3, "Reason", text(&state["waiting"]["reason"]));
    }
}

fn probe_words(probe: &Value) -> String {
    let number = |key: &str, default: i64| probe[key].as_i64().unwrap_or(default);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds", 0),
        number("timeoutSeconds", 1),
        number("periodSeconds", 10),
        number("successThreshold", 1),
        number("failureThreshold", 3)
    );
    if probe["exec"].is_object() {
        let words: Vec<&str> = list(&probe["exec"]["command"]).map(text).collect();
        return format!("exec [{}] {attributes}", words.join(" "));
    }
    if probe["httpGet"].is_object() {
        let get = &probe["httpGet"];
        let scheme = if get["scheme"].is_string() { text(&get["scheme"]).to_lowercase() } else { "http".to_owned() };
        let path = text(&get["path"]).trim_start_matches('/');
        return format!("http-get {scheme}://{}:{}/{path} {attributes}", text(&get["host"]), shown(&get["port"]));
    }
    if probe["tcpSocket"].is_object() {
        let socket = &probe["tcpSocket"];
        return format!("tcp-socket {}:{} {attributes}", text(&socket["host"]), shown(&socket["port"]));
    }
    if probe["grpc"].is_object() {
        return format!("grpc <pod>:{} {} {attributes}", probe["grpc"]["port"], text(&probe["grpc"]["service"]));
    }
    format!("unknown {attributes}")
}

fn environment(page: &mut Page, container: &Value) {
    if list(&container["envFrom"]).next().is_some() {
        page.line(2, "Environment Variables from:");
    }
    for from in list(&container["envFrom"]) {
        let (kind, source) = match from["configMapRef"].is_object() {
            true => ("ConfigMap", &from["configMapRef"]),
            false => ("Secret", &from["secretRef"]),
        };
        let prefix = match text(&from["prefix"]) {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        let optional = source["optional"] == true;
        page.line(3, format!("{}\t{kind}{prefix}\tOptional: {optional}", text(&source["name"])));
    }
    if list(&container["env"]).next().is_none() {
        page.line(2, "Environment:\t<none>");
        return;
    }
    page.line(2, "Environment:");
    for variable in list(&container["env"]) {
        let (name, from) = (text(&variable["name"]), &variable["valueFrom"]);
        if from.is_null() {
            for (at, line) in text(&variable["value"]).split('\n').enumerate() {
                page.line(3, if at == 0 { format!("{name}:\t{line}") } else { format!("\t{line}") });
            }
            continue;
        }
        let optional = |reference: &Value| reference["optional"] == true;
        let words = if from["fieldRef"].is_object() {
            let field = &from["fieldRef"];
            let version = if field["apiVersion"].is_string() { text(&field["apiVersion"]) } else { "v1" };
            format!(" ({version}:{})", text(&field["fieldPath"]))
        } else if from["resourceFieldRef"].is_object() {
            format!(" ({})", text(&from["resourceFieldRef"]["resource"]))
        } else if from["secretKeyRef"].is_object() {
            let key = &from["secretKeyRef"];
            let (name, what) = (text(&key["name"]), text(&key["key"]));
            format!("<set to the key '{what}' in secret '{name}'>\tOptional: {}", optional(key))
        } else {
            let key = &from["configMapKeyRef"];
            let (name, what) = (text(&key["name"]), text(&key["key"]));
            format!("<set to the key '{what}' of config map '{name}'>\tOptional: {}", optional(key))
        };
        page.field(3, name, words);
    }
}
