//! A container's environment. Models pkg/kubelet/kubelet_pods.go makeEnvironmentVariables and
//! third_party/forked/golang/expansion.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Container, EnvVarSource, NodeStatus, ResourceFieldSelector, ServiceSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Amount;
use serde_json::Value;

use super::worker::Worker;
use crate::api::quantity::Quantity;
use crate::api::{Key, Kind, Object, StringMap, WellKnown};
use crate::apiserver::ApiServer;
use crate::collections::SortedMap;

/// The variables in the order in which they were set. An error is what the container's state says.
pub(super) fn resolve(
    worker: &Worker,
    container: &Container,
    host_ip: &str,
    api: &ApiServer,
    kinds: &WellKnown,
) -> Result<Vec<(String, String)>, String> {
    let namespace = &worker.pod.meta.namespace;
    let links = worker.spec().is_none_or(|spec| spec.enable_service_links != Some(false));
    let mut env = Env(service_variables(namespace, links, api, kinds));
    let look = Look { worker, container, host_ip, api, kinds };
    for source in container.env_from.iter().flatten() {
        let prefix = source.prefix.as_deref().unwrap_or_default();
        let (name, optional, secret) = match (&source.config_map_ref, &source.secret_ref) {
            (Some(map), _) => (&map.name, map.optional, false),
            (_, Some(secret)) => (&secret.name, secret.optional, true),
            _ => continue,
        };
        match look.data(name, secret) {
            Some(data) => {
                for (key, value) in data {
                    env.set(format!("{prefix}{key}"), value);
                }
            }
            None if optional == Some(true) => {}
            None => return Err(not_found(name, secret)),
        }
    }
    for variable in container.env.iter().flatten() {
        let value = match &variable.value_from {
            Some(source) => match look.value(source)? {
                Some(value) => value,
                None => continue,
            },
            None => expand(variable.value.as_deref().unwrap_or_default(), &env.0),
        };
        env.set(variable.name.clone(), value);
    }
    Ok(env.0)
}

fn not_found(name: &str, secret: bool) -> String {
    format!("{} \"{name}\" not found", if secret { "secret" } else { "configmap" })
}

/// `$(NAME)` replaced, `$$(NAME)` kept with one dollar, what is not known left as it is.
pub fn expand(text: &str, env: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inner| inner.split_once(')')) {
            match env.iter().find(|(known, _)| known == name) {
                Some((_, value)) => out.push_str(value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out + rest
}

struct Env(Vec<(String, String)>);

impl Env {
    fn set(&mut self, name: String, value: String) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => self.0.push((name, value)),
        }
    }
}

struct Look<'a> {
    worker: &'a Worker,
    container: &'a Container,
    host_ip: &'a str,
    api: &'a ApiServer,
    kinds: &'a WellKnown,
}

impl Look<'_> {
    fn object(&self, kind: &Kind, name: &str) -> Option<&Value> {
        let key = Key { namespace: Arc::clone(&self.worker.pod.meta.namespace), name: name.into() };
        // One without any data has no further fields at all.
        Some(self.api.store().get(kind.id, &key)?.rest.json().unwrap_or(&Value::Null))
    }

    fn data(&self, name: &str, secret: bool) -> Option<SortedMap<String, String>> {
        let kind = if secret { &self.kinds.secret } else { &self.kinds.config_map };
        let object = self.object(kind, name)?;
        let entries = object["data"].as_object().into_iter().flatten();
        Some(entries.map(|(key, value)| (key.clone(), text(value.as_str().unwrap_or_default(), secret))).collect())
    }

    fn value(&self, source: &EnvVarSource) -> Result<Option<String>, String> {
        if let Some(field) = &source.field_ref {
            return Ok(Some(self.field(&field.field_path)));
        }
        if let Some(resource) = &source.resource_field_ref {
            let node = self.api.store().get(self.kinds.node.id, &Key::new("", &self.worker.node));
            return Ok(Some(self::resource(self.container, node.map(|node| &**node), resource)));
        }
        let (name, key, optional, secret) = match (&source.config_map_key_ref, &source.secret_key_ref) {
            (Some(map), _) => (&map.name, &map.key, map.optional, false),
            (_, Some(secret)) => (&secret.name, &secret.key, secret.optional, true),
            _ => return Ok(None),
        };
        match self.data(name, secret) {
            Some(mut data) => match data.remove(key) {
                Some(value) => Ok(Some(value)),
                None if optional == Some(true) => Ok(None),
                None => {
                    let namespace = &self.worker.pod.meta.namespace;
                    let what = if secret { "Secret" } else { "ConfigMap" };
                    Err(format!("couldn't find key {key} in {what} {namespace}/{name}"))
                }
            },
            None if optional == Some(true) => Ok(None),
            None => Err(not_found(name, secret)),
        }
    }

    fn field(&self, path: &str) -> String {
        let spec = self.worker.spec();
        match path {
            "spec.nodeName" => self.worker.node.to_string(),
            "spec.serviceAccountName" => spec.and_then(|spec| spec.service_account_name.clone()).unwrap_or_default(),
            "status.hostIP" | "status.hostIPs" => self.host_ip.to_owned(),
            "status.podIP" | "status.podIPs" => self.worker.ip.as_deref().unwrap_or_default().to_owned(),
            path => metadata(&self.worker.pod, path),
        }
    }
}

/// A field of a Pod's metadata, alone or all labels or annotations (fieldpath.ExtractFieldPathAsString).
pub fn metadata(pod: &Object, path: &str) -> String {
    let meta = &pod.meta;
    let subscript = |prefix: &str| path.strip_prefix(prefix)?.strip_suffix("']");
    if let Some(key) = subscript("metadata.labels['") {
        return meta.label(key).unwrap_or_default().to_owned();
    }
    if let Some(key) = subscript("metadata.annotations['") {
        return meta.annotation(key).unwrap_or_default().to_owned();
    }
    let all = |map: &StringMap| -> String {
        let lines: Vec<String> =
            map.iter().map(|(key, value)| format!("{key}={}", Value::from(value.as_str()))).collect();
        lines.join("\n")
    };
    match path {
        "metadata.name" => meta.name.to_string(),
        "metadata.namespace" => meta.namespace.to_string(),
        "metadata.uid" => meta.uid.to_string(),
        "metadata.labels" => all(&meta.labels),
        "metadata.annotations" => all(&meta.annotations),
        _ => String::new(),
    }
}

/// `limits.cpu` and the like, in whole parts of the divisor, rounded up; what is not limited, all that the node has
/// (resource.ExtractContainerResourceValue).
pub fn resource(container: &Container, node: Option<&Object>, what: &ResourceFieldSelector) -> String {
    let (list, name) = what.resource.split_once('.').unwrap_or(("limits", &what.resource));
    let resources = container.resources.as_ref();
    let of = |map: Option<&BTreeMap<String, Amount>>| map.and_then(|map| Quantity::parse(&map.get(name)?.0));
    let asked = match list {
        "requests" => of(resources.and_then(|all| all.requests.as_ref())),
        _ => of(resources.and_then(|all| all.limits.as_ref())).or_else(|| {
            of(node.and_then(|node| node.status::<NodeStatus>()).and_then(|status| status.allocatable.as_ref()))
        }),
    };
    let amount = asked.unwrap_or(Quantity::ZERO);
    let divisor = what.divisor.as_ref().and_then(|divisor| Quantity::parse(&divisor.0));
    let divisor = divisor.filter(|divisor| !divisor.is_zero()).unwrap_or(Quantity::from_value(1));
    let (amount, divisor) = match name {
        "cpu" => (amount.milli_value(), divisor.milli_value()),
        _ => (amount.value(), divisor.value()),
    };
    let divisor = divisor.max(1);
    (amount / divisor + i64::from(amount % divisor != 0)).to_string()
}

/// A ConfigMap's value as it is, a Secret's out of base64. What is no text is passed over.
fn text(value: &str, secret: bool) -> String {
    if !secret {
        return value.to_owned();
    }
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in value.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `WEB_SERVICE_HOST` and its kin for the Services of the namespace, and for the API server's.
/// Models pkg/kubelet/envvars.
fn service_variables(namespace: &Arc<str>, links: bool, api: &ApiServer, kinds: &WellKnown) -> Vec<(String, String)> {
    let store = api.store();
    let master = store.get(kinds.service.id, &Key::new("default", "kubernetes"));
    let own = store.list(kinds.service.id, Some(namespace)).filter(|_| links);
    let others = own.filter(|service| !(*service.meta.name == *"kubernetes" && **namespace == *"default"));
    let mut env = Vec::new();
    for service in others.chain(master) {
        let Some(spec) = service.spec::<ServiceSpec>() else { continue };
        let Some(ip) = spec.cluster_ip.as_deref().filter(|ip| !ip.is_empty() && *ip != "None") else { continue };
        let name = service.meta.name.to_ascii_uppercase().replace('-', "_");
        let ports = spec.ports.as_deref().unwrap_or_default();
        let Some(first) = ports.first() else { continue };
        let mut set = |key: String, value: String| env.push((key, value));
        set(format!("{name}_SERVICE_HOST"), ip.to_owned());
        set(format!("{name}_SERVICE_PORT"), first.port.to_string());
        for port in ports {
            if let Some(port_name) = port.name.as_deref().filter(|name| !name.is_empty()) {
                let port_name = port_name.to_ascii_uppercase().replace('-', "_");
                set(format!("{name}_SERVICE_PORT_{port_name}"), port.port.to_string());
            }
        }
        let protocol = |port: &Option<String>| port.as_deref().unwrap_or("TCP").to_ascii_lowercase();
        set(format!("{name}_PORT"), format!("{}://{ip}:{}", protocol(&first.protocol), first.port));
        for port in ports {
            let lower = protocol(&port.protocol);
            let prefix = format!("{name}_PORT_{}_{}", port.port, lower.to_ascii_uppercase());
            set(prefix.clone(), format!("{lower}://{ip}:{}", port.port));
            set(format!("{prefix}_PROTO"), lower);
            set(format!("{prefix}_PORT"), port.port.to_string());
            set(format!("{prefix}_ADDR"), ip.to_owned());
        }
    }
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_expanded() {
        let env = [("A".to_owned(), "1".to_owned())];
        for (text, expected) in
            [("x$(A)y", "x1y"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$A $(A", "$A $(A"), ("$", "$")]
        {
            assert_eq!(expand(text, &env), expected, "{text}");
        }
    }

    #[test]
    fn secrets_are_base64() {
        assert_eq!(text("cGFzc3dvcmQ=", true), "password");
        assert_eq!(text("a=b", false), "a=b");
    }
}
