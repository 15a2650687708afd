//! Pods and Pod templates. Models pkg/apis/core/validation ValidatePodSpec.

use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvVar, PodSpec, PodTemplateSpec, ResourceRequirements, SecurityContext, Toleration,
};
use k8s_openapi::apimachinery::pkg::api::resource;

use super::{NOT_NEGATIVE, faults, meta, one_of, port, port_name, probes, scheduling, volumes};
use crate::api::{FieldError, Object, Quantity, StringMap, name_rules};
use crate::collections::SortedSet;

pub fn pod(object: &Object, out: &mut Vec<FieldError>) {
    if let Some(spec) = object.spec::<crate::api::PodSpec>() {
        self::spec(spec, spec.node_name.as_deref(), "spec", out);
    }
}

pub fn template(template: &PodTemplateSpec, field: &str, out: &mut Vec<FieldError>) {
    let empty = StringMap::new();
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.as_ref()).unwrap_or(&empty);
    meta::labels(labels, &format!("{field}.labels"), out);
    if let Some(spec) = &template.spec {
        self::spec(spec, spec.node_name.as_deref(), &format!("{field}.spec"), out);
    }
}

fn spec(spec: &PodSpec, node_name: Option<&str>, field: &str, out: &mut Vec<FieldError>) {
    let path = |name: &str| format!("{field}.{name}");
    let names = volumes::check(spec.volumes.as_deref().unwrap_or_default(), &path("volumes"), out);
    let known = Known { volumes: names, host_network: spec.host_network == Some(true) };
    containers(&spec.containers, &known, &path("containers"), out);
    init_containers(spec, &known, &path("initContainers"), out);
    one_of(spec.restart_policy.as_deref(), &path("restartPolicy"), &["Always", "OnFailure", "Never"], out);
    let policies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
    one_of(spec.dns_policy.as_deref(), &path("dnsPolicy"), &policies, out);
    meta::labels(spec.node_selector.as_ref().unwrap_or(&StringMap::new()), &path("nodeSelector"), out);
    scheduling::check(spec, field, out);
    for (name, value) in [
        ("serviceAccountName", spec.service_account_name.as_deref()),
        ("nodeName", node_name),
        ("priorityClassName", spec.priority_class_name.as_deref()),
        ("runtimeClassName", spec.runtime_class_name.as_deref()),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            faults(name_rules::subdomain_faults(value), value, &path(name), out);
        }
    }
    if let Some(seconds) = spec.active_deadline_seconds.filter(|seconds| !(1..=2_147_483_647).contains(seconds)) {
        let why = "must be between 1 and 2147483647, inclusive";
        out.push(FieldError::invalid(&path("activeDeadlineSeconds"), seconds, why));
    }
    for (name, value) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            faults(name_rules::label_faults(value), value, &path(name), out);
        }
    }
    for (at, toleration) in spec.tolerations.iter().flatten().enumerate() {
        self::toleration(toleration, &format!("{field}.tolerations[{at}]"), out);
    }
    if let Some(seconds) = spec.termination_grace_period_seconds.filter(|seconds| *seconds < 0) {
        out.push(FieldError::invalid(&path("terminationGracePeriodSeconds"), seconds, NOT_NEGATIVE));
    }
}

/// What containers may refer to.
struct Known {
    volumes: SortedSet<String>,
    host_network: bool,
}

fn containers(containers: &[Container], known: &Known, field: &str, out: &mut Vec<FieldError>) {
    if containers.is_empty() {
        out.push(FieldError::required(field, ""));
    }
    let mut seen = SortedSet::new();
    let mut host_ports = SortedSet::new();
    for (at, container) in containers.iter().enumerate() {
        let path = format!("{field}[{at}]");
        common(container, known, &path, out);
        probes::lifecycle(container, &path, out);
        probes::probes(container, &path, out);
        if !container.name.is_empty() && !seen.insert(&container.name) {
            out.push(FieldError::duplicate(&format!("{path}.name"), container.name.as_str()));
        }
        for (index, port) in container.ports.iter().flatten().enumerate() {
            let Some(number) = port.host_port.filter(|number| *number != 0) else { continue };
            let taken = format!(
                "{}/{}/{number}",
                port.protocol.as_deref().unwrap_or_default(),
                port.host_ip.as_deref().unwrap_or_default()
            );
            if !host_ports.insert(taken.clone()) {
                out.push(FieldError::duplicate(&format!("{path}.ports[{index}].hostPort"), taken));
            }
        }
    }
}

fn init_containers(spec: &PodSpec, known: &Known, field: &str, out: &mut Vec<FieldError>) {
    let mut seen: SortedSet<&str> = spec.containers.iter().map(|container| &*container.name).collect();
    for (at, container) in spec.init_containers.iter().flatten().enumerate() {
        let path = format!("{field}[{at}]");
        common(container, known, &path, out);
        if !container.name.is_empty() && !seen.insert(&container.name) {
            out.push(FieldError::duplicate(&format!("{path}.name"), container.name.as_str()));
        }
        let sidecar = match container.restart_policy.as_deref() {
            None | Some("Always") => container.restart_policy.is_some(),
            Some(other) => {
                out.push(FieldError::unsupported(&format!("{path}.restartPolicy"), other, &["Always"]));
                false
            }
        };
        if sidecar {
            probes::lifecycle(container, &path, out);
            probes::probes(container, &path, out);
            continue;
        }
        let why = "may not be set for init containers without restartPolicy=Always";
        for (name, set) in [
            ("lifecycle", container.lifecycle.is_some()),
            ("livenessProbe", container.liveness_probe.is_some()),
            ("readinessProbe", container.readiness_probe.is_some()),
            ("startupProbe", container.startup_probe.is_some()),
        ] {
            if set {
                out.push(FieldError::forbidden(&format!("{path}.{name}"), why));
            }
        }
    }
}

fn common(container: &Container, known: &Known, field: &str, out: &mut Vec<FieldError>) {
    let path = |name: &str| format!("{field}.{name}");
    if container.name.is_empty() {
        out.push(FieldError::required(&path("name"), ""));
    } else {
        faults(name_rules::label_faults(&container.name), &container.name, &path("name"), out);
    }
    let image = container.image.as_deref().unwrap_or_default();
    if image.is_empty() {
        out.push(FieldError::required(&path("image"), ""));
    } else if image.trim() != image {
        out.push(FieldError::invalid(&path("image"), image, "must not have leading or trailing whitespace"));
    }
    let policies = ["File", "FallbackToLogsOnError"];
    one_of(container.termination_message_policy.as_deref(), &path("terminationMessagePolicy"), &policies, out);
    ports(container.ports.as_deref().unwrap_or_default(), known, &path("ports"), out);
    environment(container.env.as_deref().unwrap_or_default(), &path("env"), out);
    volumes::mounts(container, &known.volumes, field, out);
    one_of(container.image_pull_policy.as_deref(), &path("imagePullPolicy"), &["Always", "IfNotPresent", "Never"], out);
    if let Some(resources) = &container.resources {
        self::resources(resources, &path("resources"), out);
    }
    if let Some(context) = &container.security_context {
        security(context, &path("securityContext"), out);
    }
}

fn ports(ports: &[ContainerPort], known: &Known, field: &str, out: &mut Vec<FieldError>) {
    let mut names = SortedSet::new();
    for (at, this) in ports.iter().enumerate() {
        let path = |name: &str| format!("{field}[{at}].{name}");
        if let Some(name) = this.name.as_deref().filter(|name| !name.is_empty()) {
            let before = out.len();
            port_name(name, &path("name"), out);
            if out.len() == before && !names.insert(name) {
                out.push(FieldError::duplicate(&path("name"), name));
            }
        }
        if this.container_port == 0 {
            out.push(FieldError::required(&path("containerPort"), ""));
        } else {
            port(i64::from(this.container_port), &path("containerPort"), out);
        }
        if let Some(number) = this.host_port.filter(|number| *number != 0) {
            port(i64::from(number), &path("hostPort"), out);
            if known.host_network && number != this.container_port {
                let why = "must match `containerPort` when `hostNetwork` is true";
                out.push(FieldError::invalid(&path("hostPort"), number, why));
            }
        }
        one_of(this.protocol.as_deref(), &path("protocol"), &["TCP", "UDP", "SCTP"], out);
    }
}

fn environment(variables: &[EnvVar], field: &str, out: &mut Vec<FieldError>) {
    for (at, variable) in variables.iter().enumerate() {
        let path = format!("{field}[{at}]");
        let name = &variable.name;
        if name.is_empty() {
            out.push(FieldError::required(&format!("{path}.name"), ""));
        } else if !name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
            let why =
                "a valid environment variable name must consist only of printable ASCII characters other than '='";
            out.push(FieldError::invalid(&format!("{path}.name"), name.as_str(), why));
        }
        let Some(source) = &variable.value_from else { continue };
        let path = format!("{path}.valueFrom");
        let given = [
            source.field_ref.is_some(),
            source.resource_field_ref.is_some(),
            source.config_map_key_ref.is_some(),
            source.secret_key_ref.is_some(),
            source.file_key_ref.is_some(),
        ];
        let count = given.iter().filter(|given| **given).count();
        if variable.value.as_deref().is_some_and(|value| !value.is_empty()) && count > 0 {
            out.push(FieldError::invalid(&path, "", "may not be specified when `value` is not empty"));
        } else if count == 0 {
            let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
            out.push(FieldError::invalid(&path, "", why));
        } else if count > 1 {
            out.push(FieldError::invalid(&path, "", "may not have more than one field specified at a time"));
        }
        for (kind, key, name) in [
            (
                "configMapKeyRef",
                source.config_map_key_ref.as_ref().map(|from| &from.key),
                source.config_map_key_ref.as_ref().map(|from| &from.name),
            ),
            (
                "secretKeyRef",
                source.secret_key_ref.as_ref().map(|from| &from.key),
                source.secret_key_ref.as_ref().map(|from| &from.name),
            ),
        ] {
            if name.is_some_and(String::is_empty) {
                out.push(FieldError::required(&format!("{path}.{kind}.name"), ""));
            }
            match key.map(String::as_str) {
                Some("") => out.push(FieldError::required(&format!("{path}.{kind}.key"), "")),
                Some(key) => faults(name_rules::config_key_faults(key), key, &format!("{path}.{kind}.key"), out),
                None => {}
            }
        }
    }
}

type Amounts = std::collections::BTreeMap<String, resource::Quantity>;

fn resources(resources: &ResourceRequirements, field: &str, out: &mut Vec<FieldError>) {
    let empty = Amounts::new();
    let (limits, requests) =
        (resources.limits.as_ref().unwrap_or(&empty), resources.requests.as_ref().unwrap_or(&empty));
    for (name, limit) in limits {
        amount(name, limit, &format!("{field}.limits"), out);
    }
    for (name, request) in requests {
        amount(name, request, &format!("{field}.requests"), out);
        let (Some(limit), asked) = (limits.get(name), Quantity::from(request)) else { continue };
        let limit = Quantity::from(limit);
        if asked > limit {
            let why = format!("must be less than or equal to {name} limit of {limit}");
            out.push(FieldError::invalid(&format!("{field}.requests"), asked.to_string(), why));
        }
    }
}

fn amount(name: &str, quantity: &resource::Quantity, field: &str, out: &mut Vec<FieldError>) {
    let path = format!("{field}[{name}]");
    if !name.contains('/') && !matches!(name, "cpu" | "memory" | "ephemeral-storage") && !name.starts_with("hugepages-")
    {
        out.push(FieldError::invalid(&path, name, "must be a standard resource type or fully qualified"));
        out.push(FieldError::invalid(&path, name, "must be a standard resource for containers"));
    }
    if Quantity::from(quantity).is_negative() {
        out.push(FieldError::invalid(&path, Quantity::from(quantity).to_string(), NOT_NEGATIVE));
    }
}

fn security(context: &SecurityContext, field: &str, out: &mut Vec<FieldError>) {
    for (name, id) in [("runAsUser", context.run_as_user), ("runAsGroup", context.run_as_group)] {
        if let Some(id) = id.filter(|id| !(0..=2_147_483_647).contains(id)) {
            let why = "must be between 0 and 2147483647, inclusive";
            out.push(FieldError::invalid(&format!("{field}.{name}"), id, why));
        }
    }
    if context.allow_privilege_escalation == Some(false) && context.privileged == Some(true) {
        let why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
        out.push(FieldError::invalid(field, super::shown(context), why));
    }
}

fn toleration(toleration: &Toleration, field: &str, out: &mut Vec<FieldError>) {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (key, operator, value, effect) =
        (text(&toleration.key), text(&toleration.operator), text(&toleration.value), text(&toleration.effect));
    if !key.is_empty() {
        faults(name_rules::qualified_name_faults(&key), &key, &format!("{field}.key"), out);
    } else if operator != "Exists" {
        let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        out.push(FieldError::invalid(&format!("{field}.operator"), operator.as_str(), why));
    }
    if toleration.toleration_seconds.is_some() && effect != "NoExecute" {
        let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
        out.push(FieldError::invalid(&format!("{field}.effect"), effect.as_str(), why));
    }
    match &*operator {
        "" | "Equal" => faults(name_rules::label_value_faults(&value), &value, &format!("{field}.operator"), out),
        "Exists" if !value.is_empty() => {
            let why = "value must be empty when `operator` is 'Exists'";
            out.push(FieldError::invalid(&format!("{field}.operator"), value.as_str(), why));
        }
        "Exists" | "Lt" | "Gt" => {}
        other => out.push(FieldError::unsupported(&format!("{field}.operator"), other, &["Equal", "Exists"])),
    }
    if !effect.is_empty() && !matches!(&*effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        let supported = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        out.push(FieldError::unsupported(&format!("{field}.effect"), effect.as_str(), &supported));
    }
}
