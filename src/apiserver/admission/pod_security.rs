//! What a namespace's labels allow Pods to do. Models pod-security-admission: admission.go, and the
//! checks of the levels baseline and restricted in policy.
//!
//! Diverges: the newest version of the policies whatever version a label names; nothing of Windows,
//! AppArmor, SELinux and host probes; nothing is audited.

use k8s_openapi::api::apps::v1 as apps;
use k8s_openapi::api::batch::v1 as batch;
use k8s_openapi::api::core::v1::{Container, PodSpec as Whole, SecurityContext, Volume};

use super::Context;
use crate::api::{Key, Object, PodSpec, Status};
use crate::collections::Sort;

const PREFIX: &str = "pod-security.kubernetes.io/";
const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

/// What Pods may add without being more than usual.
const DEFAULT_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Sysctls that touch nobody else.
const SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// A level, by its place in [`LEVELS`], and the version that was named with it.
type Level = (usize, String);

/// The level that a namespace's labels set for a mode: `enforce` or `warn`.
fn level(namespace: &Object, mode: &str) -> Option<Level> {
    let label = |name: String| namespace.meta.labels.get(&name).map(String::as_str);
    let named = label(format!("{PREFIX}{mode}"))?;
    // A word that is none counts as the strictest, as upstream.
    let place = LEVELS.iter().position(|level| *level == named).unwrap_or(2);
    Some((place, label(format!("{PREFIX}{mode}-version")).unwrap_or("latest").to_owned()))
}

/// The level of warnings: that of enforcement where it is stricter and nothing else is said.
fn warning_level(namespace: &Object) -> Option<Level> {
    level(namespace, "warn").or_else(|| level(namespace, "enforce"))
}

/// Refuses a Pod, or warns of one or of a workload whose Pods would be refused.
pub fn admit(object: &Object, context: &mut Context<'_>) -> Result<(), Status> {
    let (pod, workload) = (object.spec.get::<PodSpec>(), template(object));
    let Some(spec) = pod.map(|spec| &**spec).or(workload) else { return Ok(()) };
    let kind = context.kinds.kind("", "Namespace");
    let Some(namespace) = kind.and_then(|kind| context.store.get(kind.id, &Key::new("", &object.meta.namespace)))
    else {
        return Ok(());
    };
    let violations = |level: &Option<Level>| {
        let (level, version) = level.as_ref()?;
        let found = violations(spec, *level);
        let told: Vec<String> = found.into_iter().map(|(reason, detail)| format!("{reason} ({detail})")).collect();
        let policy = format!("violate PodSecurity \"{}:{version}\"", LEVELS[*level]);
        (!told.is_empty()).then(|| (policy, told.join(", ")))
    };
    if pod.is_some()
        && let Some((policy, told)) = violations(&level(namespace, "enforce"))
    {
        let why = format!("{}: {told}", policy.replacen("violate", "violates", 1));
        return Err(Status::forbidden("pods", &object.meta.name, &why));
    }
    if let Some((policy, told)) = violations(&warning_level(namespace)) {
        context.warnings.push(format!("would {policy}: {told}"));
    }
    Ok(())
}

/// Warns of the Pods that break a level which a namespace begins to enforce.
pub fn relabelled(new: &Object, old: &Object, context: &mut Context<'_>) {
    let Some((place, version)) = level(new, "enforce").filter(|now| level(old, "enforce").as_ref() != Some(now)) else {
        return;
    };
    let Some(kind) = context.kinds.kind("", "Pod") else { return };
    // Pods of the same faults are told once.
    let mut told: Vec<(String, String, usize)> = Vec::new();
    for pod in context.store.list(kind.id, Some(&new.meta.name)) {
        let Some(spec) = pod.spec::<PodSpec>() else { continue };
        let reasons: Vec<&str> = violations(spec, place).into_iter().map(|(reason, _)| reason).collect();
        match told.iter_mut().find(|(known, ..)| *known == reasons.join(", ")) {
            _ if reasons.is_empty() => {}
            Some((_, _, more)) => *more += 1,
            None => told.push((reasons.join(", "), pod.meta.name.to_string(), 0)),
        }
    }
    if told.is_empty() {
        return;
    }
    let name = &new.meta.name;
    context.warnings.push(format!(
        "existing pods in namespace \"{name}\" violate the new PodSecurity enforce level \"{}:{version}\"",
        LEVELS[place]
    ));
    for (reasons, pod, more) in told {
        context.warnings.push(match more {
            0 => format!("{pod}: {reasons}"),
            1 => format!("{pod} (and 1 other pod): {reasons}"),
            more => format!("{pod} (and {more} other pods): {reasons}"),
        });
    }
}

/// The Pods that a workload would make.
fn template(object: &Object) -> Option<&Whole> {
    let template = if let Some(spec) = object.spec.get::<apps::DeploymentSpec>() {
        &spec.template
    } else if let Some(spec) = object.spec.get::<apps::ReplicaSetSpec>() {
        spec.template.as_ref()?
    } else if let Some(spec) = object.spec.get::<apps::DaemonSetSpec>() {
        &spec.template
    } else if let Some(spec) = object.spec.get::<apps::StatefulSetSpec>() {
        &spec.template
    } else if let Some(spec) = object.spec.get::<batch::JobSpec>() {
        &spec.template
    } else {
        &object.spec.get::<batch::CronJobSpec>()?.job_template.spec.as_ref()?.template
    };
    template.spec.as_ref()
}

fn containers(spec: &Whole) -> impl Iterator<Item = &Container> {
    spec.init_containers.iter().flatten().chain(&spec.containers)
}

/// The names of the containers for whose security context that holds.
fn naming(spec: &Whole, bad: impl Fn(Option<&SecurityContext>) -> bool) -> Vec<&str> {
    containers(spec)
        .filter(|container| bad(container.security_context.as_ref()))
        .map(|container| &*container.name)
        .collect()
}

/// `container "a"`, `containers "a", "b"`.
fn these(word: &str, names: &[&str]) -> String {
    let s = if names.len() == 1 { "" } else { "s" };
    format!("{word}{s} {}", quoted(names))
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// `a and b`, of those that are there.
fn joined(parts: &[String], by: &str) -> String {
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(by)
}

/// What a Pod does against a level: reason and detail of each.
fn violations(spec: &Whole, level: usize) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if level >= 1 {
        baseline(spec, level, &mut found);
    }
    if level >= 2 {
        restricted(spec, &mut found);
    }
    found
}

type Found = Vec<(&'static str, String)>;

fn baseline(spec: &Whole, level: usize, found: &mut Found) {
    let added = |context: Option<&SecurityContext>| -> Vec<String> {
        context.and_then(|context| context.capabilities.as_ref()?.add.clone()).unwrap_or_default()
    };
    let unusual = |name: &String| !DEFAULT_CAPABILITIES.contains(&name.as_str());
    let adding = naming(spec, |context| added(context).iter().any(unusual));
    // The stricter level has a rule of its own for capabilities, volumes and seccomp.
    if level == 1 && !adding.is_empty() {
        let mut names: Vec<String> =
            containers(spec).flat_map(|container| added(container.security_context.as_ref())).filter(unusual).collect();
        names.arrange();
        names.dedup();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let detail = format!(
            "{} must not include {} in securityContext.capabilities.add",
            these("container", &adding),
            quoted(&names)
        );
        found.push(("non-default capabilities", detail));
    }
    let host = [("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc)];
    let host = host.map(|(name, on)| if on == Some(true) { format!("{name}=true") } else { String::new() });
    if host.iter().any(|name| !name.is_empty()) {
        found.push(("host namespaces", joined(&host, ", ")));
    }
    let mounted = spec.volumes.iter().flatten().filter(|volume| volume.host_path.is_some());
    let mounted: Vec<&str> = mounted.map(|volume| &*volume.name).collect();
    if level == 1 && !mounted.is_empty() {
        found.push(("hostPath volumes", these("volume", &mounted)));
    }
    let ports = |container: &Container| -> Vec<String> {
        let ports = container.ports.iter().flatten().filter_map(|port| port.host_port.filter(|port| *port != 0));
        ports.map(|port| port.to_string()).collect()
    };
    let using: Vec<&Container> = containers(spec).filter(|container| !ports(container).is_empty()).collect();
    if !using.is_empty() {
        let names: Vec<&str> = using.iter().map(|container| &*container.name).collect();
        let all: Vec<String> = using.iter().flat_map(|container| ports(container)).collect();
        let (uses, s) = (if names.len() == 1 { "uses" } else { "use" }, if all.len() == 1 { "" } else { "s" });
        found.push(("hostPort", format!("{} {uses} hostPort{s} {}", these("container", &names), all.join(", "))));
    }
    let privileged = naming(spec, |context| context.is_some_and(|context| context.privileged == Some(true)));
    if !privileged.is_empty() {
        let detail = format!("{} must not set securityContext.privileged=true", these("container", &privileged));
        found.push(("privileged", detail));
    }
    let unmasked = |context: Option<&SecurityContext>| {
        context.and_then(|context| context.proc_mount.as_deref()).is_some_and(|mount| mount != "Default")
    };
    let unmasked = naming(spec, unmasked);
    if !unmasked.is_empty() {
        let detail =
            format!("{} must not set securityContext.procMount to \"Unmasked\"", these("container", &unmasked));
        found.push(("procMount", detail));
    }
    let pod = spec.security_context.as_ref();
    let unconfined = |kind: Option<&str>| kind == Some("Unconfined");
    let by_pod = unconfined(pod.and_then(|pod| pod.seccomp_profile.as_ref()).map(|profile| &*profile.type_));
    let by_containers = naming(spec, |context| {
        unconfined(context.and_then(|context| context.seccomp_profile.as_ref()).map(|profile| &*profile.type_))
    });
    if level == 1 && (by_pod || !by_containers.is_empty()) {
        let detail = format!(
            "{} must not set securityContext.seccompProfile.type to \"Unconfined\"",
            setters(by_pod, &by_containers)
        );
        found.push(("seccompProfile", detail));
    }
    let sysctls = pod.and_then(|pod| pod.sysctls.as_ref()).into_iter().flatten();
    let forbidden: Vec<&str> = sysctls.map(|sysctl| &*sysctl.name).filter(|name| !SYSCTLS.contains(name)).collect();
    if !forbidden.is_empty() {
        found.push(("forbidden sysctls", forbidden.join(", ")));
    }
}

/// `pod and container "a"`, of those that set something.
fn setters(pod: bool, names: &[&str]) -> String {
    let pod = if pod { "pod".to_owned() } else { String::new() };
    let names = if names.is_empty() { String::new() } else { these("container", names) };
    joined(&[pod, names], " and ")
}

fn restricted(spec: &Whole, found: &mut Found) {
    let pod = spec.security_context.as_ref();
    let escalating =
        naming(spec, |context| context.and_then(|context| context.allow_privilege_escalation) != Some(false));
    if !escalating.is_empty() {
        let detail =
            format!("{} must set securityContext.allowPrivilegeEscalation=false", these("container", &escalating));
        found.push(("allowPrivilegeEscalation != false", detail));
    }
    let list = |context: Option<&SecurityContext>, add: bool| -> Vec<String> {
        let capabilities = context.and_then(|context| context.capabilities.as_ref());
        capabilities.and_then(|lists| if add { lists.add.clone() } else { lists.drop.clone() }).unwrap_or_default()
    };
    let keeping = naming(spec, |context| !list(context, false).iter().any(|name| name == "ALL"));
    let forbidden = |name: &String| name != "NET_BIND_SERVICE";
    let adding = naming(spec, |context| list(context, true).iter().any(forbidden));
    let mut parts = [String::new(), String::new()];
    if !keeping.is_empty() {
        parts[0] = format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", these("container", &keeping));
    }
    if !adding.is_empty() {
        let mut names: Vec<String> = containers(spec)
            .flat_map(|container| list(container.security_context.as_ref(), true))
            .filter(forbidden)
            .collect();
        names.arrange();
        names.dedup();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        parts[1] = format!(
            "{} must not include {} in securityContext.capabilities.add",
            these("container", &adding),
            quoted(&names)
        );
    }
    if !joined(&parts, "; ").is_empty() {
        found.push(("unrestricted capabilities", joined(&parts, "; ")));
    }
    volumes(spec, found);
    let not_root = pod.and_then(|pod| pod.run_as_non_root);
    let of = |context: Option<&SecurityContext>| context.and_then(|context| context.run_as_non_root);
    let refusing = naming(spec, |context| of(context) == Some(false));
    let silent = naming(spec, |context| of(context).is_none());
    if not_root == Some(false) && !silent.is_empty() || !refusing.is_empty() {
        let detail =
            format!("{} must not set securityContext.runAsNonRoot=false", setters(not_root == Some(false), &refusing));
        found.push(("runAsNonRoot != true", detail));
    } else if not_root.is_none() && !silent.is_empty() {
        let detail = format!("pod or {} must set securityContext.runAsNonRoot=true", these("container", &silent));
        found.push(("runAsNonRoot != true", detail));
    }
    let root = pod.and_then(|pod| pod.run_as_user) == Some(0);
    let roots = naming(spec, |context| context.and_then(|context| context.run_as_user) == Some(0));
    if root || !roots.is_empty() {
        found.push(("runAsUser=0", format!("{} must not set runAsUser=0", setters(root, &roots))));
    }
    let confined = |kind: &str| matches!(kind, "RuntimeDefault" | "Localhost");
    let by_pod = pod.and_then(|pod| pod.seccomp_profile.as_ref()).map(|profile| confined(&profile.type_));
    let of = |context: Option<&SecurityContext>| {
        context.and_then(|context| context.seccomp_profile.as_ref()).map(|profile| confined(&profile.type_))
    };
    let wrong = naming(spec, |context| of(context) == Some(false));
    let silent = naming(spec, |context| of(context).is_none());
    let wanted = "securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
    if by_pod == Some(false) && !silent.is_empty() || !wrong.is_empty() {
        let who = setters(by_pod == Some(false), &wrong);
        found.push(("seccompProfile", format!("{who} must set {wanted}")));
    } else if by_pod.is_none() && !silent.is_empty() {
        found.push(("seccompProfile", format!("pod or {} must set {wanted}", these("container", &silent))));
    }
}

/// Volumes beyond those that hold what the Pod was given.
fn volumes(spec: &Whole, found: &mut Found) {
    let kind = |volume: &Volume| -> Option<&'static str> {
        let kinds = [
            ("hostPath", volume.host_path.is_some()),
            ("nfs", volume.nfs.is_some()),
            ("iscsi", volume.iscsi.is_some()),
            ("fc", volume.fc.is_some()),
            ("cephfs", volume.cephfs.is_some()),
            ("rbd", volume.rbd.is_some()),
            ("gcePersistentDisk", volume.gce_persistent_disk.is_some()),
            ("awsElasticBlockStore", volume.aws_elastic_block_store.is_some()),
            ("azureDisk", volume.azure_disk.is_some()),
            ("azureFile", volume.azure_file.is_some()),
        ];
        kinds.into_iter().find(|(_, there)| *there).map(|(name, _)| name)
    };
    let bad: Vec<(&str, &str)> =
        spec.volumes.iter().flatten().filter_map(|volume| Some((&*volume.name, kind(volume)?))).collect();
    if bad.is_empty() {
        return;
    }
    let names: Vec<&str> = bad.iter().map(|(name, _)| *name).collect();
    let mut kinds: Vec<&str> = bad.iter().map(|(_, kind)| *kind).collect();
    kinds.arrange();
    kinds.dedup();
    let (uses, s) = (if names.len() == 1 { "uses" } else { "use" }, if kinds.len() == 1 { "" } else { "s" });
    let detail = format!("{} {uses} restricted volume type{s} {}", these("volume", &names), quoted(&kinds));
    found.push(("restricted volume types", detail));
}
