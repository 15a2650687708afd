//! `kubectl create ingress`. Models create_ingress.go.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{self, Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "ingress",
    aliases: &["ing"],
    usage: "NAME --rule=host/path=service:port[,tls[=secret]]  [options]",
    short: "Create an ingress with the specified name",
    long: "Create an Ingress of the given name with a rule for each --rule.",
    examples: "# One host\nkubectl create ingress web --rule=\"foo.com/=web:80\"\n\n# All paths below one, with TLS\nkubectl create ingress web --rule=\"foo.com/app*=web:80,tls=cert\"",
    flags: &[FLAGS, spec::DRY_RUN, spec::WRITE, spec::PRINT],
    run: run!(create),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::new("annotation", Kind::Array, "", "Annotation: key=value."),
    Flag::text("class", "", "Class of the Ingress."),
    Flag::text("default-backend", "", "Service for requests that no rule is for: NAME:PORT."),
    Flag::new("rule", Kind::Array, "", "Rule: host/path=service:port[,tls[=secret]]."),
];

async fn create(k: &Kubectl) -> Outcome {
    let name = super::name(k)?;
    let (rules, default) = (k.flags.list("rule"), k.flags.text("default-backend"));
    if rules.is_empty() && default.is_empty() {
        return Err(Fail::plain(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let mut spec = json!({});
    if !k.flags.text("class").is_empty() {
        spec["ingressClassName"] = json!(k.flags.text("class"));
    }
    if !default.is_empty() {
        spec["defaultBackend"] = backend(default)
            .ok_or_else(|| Fail::plain("default-backend should be in format servicename:serviceport"))?;
    }
    let mut by_host: Vec<(String, Vec<Value>)> = Vec::new();
    let mut tls: Vec<Value> = Vec::new();
    for rule in &rules {
        let wrong = || {
            Fail::plain(format!(
                "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        };
        let (head, options) = rule.split_once(',').map_or((rule.as_str(), None), |(head, rest)| (head, Some(rest)));
        let (place, service) = head.split_once('=').ok_or_else(wrong)?;
        let at = place.find('/').ok_or_else(wrong)?;
        let (host, path) = place.split_at(at);
        let (path, path_type) = path.strip_suffix('*').map_or((path, "Exact"), |path| (path, "Prefix"));
        let to = backend(service).ok_or_else(wrong)?;
        let entry = json!({"backend": to, "path": path, "pathType": path_type});
        match by_host.iter_mut().find(|(known, _)| known == host) {
            Some((_, paths)) => paths.push(entry),
            None => by_host.push((host.to_owned(), vec![entry])),
        }
        if let Some(option) = options.filter(|option| *option == "tls" || option.starts_with("tls=")) {
            let mut item = json!({"hosts": [host]});
            if let Some(secret) = option.strip_prefix("tls=").filter(|secret| !secret.is_empty()) {
                item["secretName"] = json!(secret);
            }
            tls.push(item);
        }
    }
    let rules: Vec<Value> = by_host
        .into_iter()
        .map(|(host, paths)| {
            let mut rule = json!({"http": {"paths": paths}});
            if !host.is_empty() {
                rule["host"] = json!(host);
            }
            rule
        })
        .collect();
    if !rules.is_empty() {
        spec["rules"] = Value::Array(rules);
    }
    if !tls.is_empty() {
        spec["tls"] = Value::Array(tls);
    }
    let mut metadata = json!({"name": name});
    for annotation in k.flags.list("annotation") {
        let (key, value) = annotation.split_once('=').ok_or_else(|| {
            Fail::plain(format!("annotation {annotation} is invalid and should be in format key=[value]"))
        })?;
        metadata["annotations"][key] = json!(value);
    }
    let object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}});
    super::send(k, object, "failed to create ingress: ").await
}

/// `web:80`, `web:http`
fn backend(text: &str) -> Option<Value> {
    let (name, port) = text.split_once(':').filter(|(name, port)| !name.is_empty() && !port.is_empty())?;
    let port = port.parse::<i64>().map_or_else(|_| json!({"name": port}), |number| json!({"number": number}));
    Some(json!({"service": {"name": name, "port": port}}))
}
