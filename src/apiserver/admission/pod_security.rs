//! What Pods may ask for, by the labels of their namespace: the Pod Security Standards.
//!
//! Models k8s.io/pod-security-admission (admission/admission.go, policy/check_*.go). Diverges: AppArmor's
//! annotations, hosts of probes and Windows are not looked at, versions older than the latest neither, and a
//! namespace whose labels change is not searched for Pods that break the new level.

use k8s_openapi::api::core::v1::{Capabilities, Container, PodSpec as Whole, SecurityContext};

use super::Context;
use crate::api::{Key, Object, PodSpec, Status, codec};
use crate::collections::{Sort, SortedSet};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Privileged,
    Baseline,
    Restricted,
}

/// A level by the name in a label; a name that nobody knows is the strictest.
fn level(name: Option<&str>) -> Option<Level> {
    Some(match name? {
        "privileged" => Level::Privileged,
        "baseline" => Level::Baseline,
        _ => Level::Restricted,
    })
}

const LABEL: &str = "pod-security.kubernetes.io/";
/// Kinds with a template of Pods, which are warned of but never refused.
const TEMPLATES: [&str; 8] =
    ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController", "PodTemplate"];

/// Refuses a Pod that its namespace does not allow; what is only warned of goes to `warnings`.
pub fn admit(object: &Object, context: &mut Context<'_>) -> Result<(), Status> {
    let namespace = context.kinds.kind("", "Namespace");
    let namespace = namespace.and_then(|kind| context.store.get(kind.id, &Key::new("", &object.meta.namespace)));
    let label = |mode: &str| namespace.and_then(|namespace| namespace.meta.label(&format!("{LABEL}{mode}")));
    let enforced = level(label("enforce")).unwrap_or(Level::Privileged);
    let warned = level(label("warn")).unwrap_or(enforced);
    if enforced.max(warned) == Level::Privileged {
        return Ok(());
    }
    let version = |mode: &str| {
        let name = label(mode).or(label("enforce")).unwrap_or_default();
        format!("{name}:{}", label(&format!("{mode}-version")).unwrap_or("latest"))
    };
    if let Some(spec) = object.spec.get::<PodSpec>() {
        let broken = violations(spec, enforced);
        if !broken.is_empty() {
            let why = format!("violates PodSecurity {:?}: {}", version("enforce"), broken.join(", "));
            return Err(Status::forbidden("pods", &object.meta.name, &why));
        }
        let broken = violations(spec, warned);
        if !broken.is_empty() {
            context.warnings.push(format!("would violate PodSecurity {:?}: {}", version("warn"), broken.join(", ")));
        }
    } else if TEMPLATES.contains(&&*object.kind.kind) {
        let value = object.to_value();
        let template = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/template/spec"];
        let spec =
            template.iter().find_map(|path| value.pointer(path)).and_then(|spec| codec::read::<Whole>(spec).ok());
        let broken = spec.map(|spec| violations(&spec, warned)).unwrap_or_default();
        if !broken.is_empty() {
            context.warnings.push(format!("would violate PodSecurity {:?}: {}", version("warn"), broken.join(", ")));
        }
    }
    Ok(())
}

/// What of a Pod a level does not allow, as `reason (detail)`.
fn violations(spec: &Whole, level: Level) -> Vec<String> {
    let mut out = Vec::new();
    if level >= Level::Baseline {
        baseline(spec, level == Level::Restricted, &mut out);
    }
    if level >= Level::Restricted {
        restricted(spec, &mut out);
    }
    out
}

fn containers(spec: &Whole) -> impl Iterator<Item = &Container> {
    spec.init_containers.iter().flatten().chain(&spec.containers)
}

/// The names of the containers whose security context is so.
fn those(spec: &Whole, wrong: impl Fn(Option<&SecurityContext>) -> bool) -> Vec<&str> {
    let wrong = containers(spec).filter(|container| wrong(container.security_context.as_ref()));
    wrong.map(|container| container.name.as_str()).collect()
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// `container "a"`, `containers "a", "b"`.
fn named(what: &str, names: &[&str]) -> String {
    format!("{what}{} {}", if names.len() == 1 { "" } else { "s" }, quoted(names))
}

/// `pod and container "a"`: whoever sets something wrong; empty where nobody does.
fn setters(pod: bool, containers: &[&str]) -> String {
    let mut all = Vec::new();
    if pod {
        all.push("pod".to_owned());
    }
    if !containers.is_empty() {
        all.push(named("container", containers));
    }
    all.join(" and ")
}

fn add(out: &mut Vec<String>, reason: &str, detail: String) {
    if !detail.is_empty() {
        out.push(format!("{reason} ({detail})"));
    }
}

/// The capabilities that are added beyond those allowed, and by whom.
fn added(spec: &Whole, allowed: &[&str]) -> String {
    let mut found: SortedSet<&str> = SortedSet::new();
    let mut names: Vec<&str> = Vec::new();
    for container in containers(spec) {
        let capabilities: Option<&Capabilities> =
            container.security_context.as_ref().and_then(|own| own.capabilities.as_ref());
        let beyond: Vec<&str> = capabilities
            .and_then(|all| all.add.as_ref())
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|name| !allowed.contains(name))
            .collect();
        if !beyond.is_empty() {
            names.push(&container.name);
        }
        beyond.into_iter().for_each(|name| {
            found.insert(name);
        });
    }
    if names.is_empty() {
        return String::new();
    }
    let found: Vec<&str> = found.iter().copied().collect();
    format!("{} must not include {} in securityContext.capabilities.add", named("container", &names), quoted(&found))
}

/// What a container may add by default.
const CAPABILITIES: [&str; 13] = [
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
const SELINUX_TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// The checks of the baseline in the order of their names; a few are stricter in the other level.
fn baseline(spec: &Whole, restricted: bool, out: &mut Vec<String>) {
    let pod = spec.security_context.as_ref();
    let unconfined = "Unconfined";
    let armor = |own: Option<&SecurityContext>| {
        own.and_then(|own| own.app_armor_profile.as_ref()).is_some_and(|profile| profile.type_ == unconfined)
    };
    let pod_armor =
        pod.and_then(|pod| pod.app_armor_profile.as_ref()).is_some_and(|profile| profile.type_ == unconfined);
    let who = setters(pod_armor, &those(spec, armor));
    let told = |who: String, rest: &str| if who.is_empty() { who } else { format!("{who} {rest}") };
    add(out, "forbidden AppArmor profile", told(who, "must not set AppArmor profile type to \"Unconfined\""));
    if !restricted {
        add(out, "non-default capabilities", added(spec, &CAPABILITIES));
    }
    let flags = [("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc)];
    let flags: Vec<String> =
        flags.iter().filter(|(_, set)| *set == Some(true)).map(|(name, _)| format!("{name}=true")).collect();
    add(out, "host namespaces", flags.join(", "));
    if !restricted {
        let volumes: Vec<&str> = spec
            .volumes
            .iter()
            .flatten()
            .filter(|volume| volume.host_path.is_some())
            .map(|volume| &*volume.name)
            .collect();
        add(out, "hostPath volumes", if volumes.is_empty() { String::new() } else { named("volume", &volumes) });
    }
    let uses = |container: &&Container| container.ports.iter().flatten().any(|port| port.host_port.unwrap_or(0) != 0);
    let names: Vec<&str> = containers(spec).filter(uses).map(|container| &*container.name).collect();
    if !names.is_empty() {
        let ports = containers(spec).flat_map(|container| container.ports.iter().flatten());
        let mut ports: Vec<String> =
            ports.filter_map(|port| port.host_port).filter(|port| *port != 0).map(|port| port.to_string()).collect();
        ports.arrange();
        ports.dedup();
        let verb = if names.len() == 1 { "uses" } else { "use" };
        let noun = if ports.len() == 1 { "hostPort" } else { "hostPorts" };
        add(out, "hostPort", format!("{} {verb} {noun} {}", named("container", &names), ports.join(", ")));
    }
    let who = setters(false, &those(spec, |own| own.is_some_and(|own| own.privileged == Some(true))));
    add(out, "privileged", told(who, "must not set securityContext.privileged=true"));
    let odd = |own: Option<&SecurityContext>| {
        own.and_then(|own| own.proc_mount.as_deref()).is_some_and(|mount| mount != "Default")
    };
    let who = setters(false, &those(spec, odd));
    add(out, "procMount", told(who, "must not set securityContext.procMount to \"Unmasked\""));
    selinux(spec, out);
    if !restricted {
        let seccomp = |own: Option<&SecurityContext>| {
            own.and_then(|own| own.seccomp_profile.as_ref()).is_some_and(|profile| profile.type_ == unconfined)
        };
        let pod = pod.and_then(|pod| pod.seccomp_profile.as_ref()).is_some_and(|profile| profile.type_ == unconfined);
        let who = setters(pod, &those(spec, seccomp));
        add(out, "seccompProfile", told(who, "must not set securityContext.seccompProfile.type to \"Unconfined\""));
    }
    let sysctls = pod.and_then(|pod| pod.sysctls.as_ref()).into_iter().flatten().map(|sysctl| &*sysctl.name);
    let sysctls: Vec<&str> = sysctls.filter(|name| !SYSCTLS.contains(name)).collect();
    add(out, "forbidden sysctls", sysctls.join(", "));
}

fn selinux(spec: &Whole, out: &mut Vec<String>) {
    let (mut types, mut user, mut role) = (SortedSet::new(), false, false);
    let mut bad = |options: Option<&k8s_openapi::api::core::v1::SELinuxOptions>| {
        let Some(options) = options else { return false };
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let odd_type = !SELINUX_TYPES.contains(&text(&options.type_).as_str());
        if odd_type {
            types.insert(text(&options.type_));
        }
        let (has_user, has_role) = (!text(&options.user).is_empty(), !text(&options.role).is_empty());
        (user, role) = (user || has_user, role || has_role);
        odd_type || has_user || has_role
    };
    let pod = bad(spec.security_context.as_ref().and_then(|pod| pod.se_linux_options.as_ref()));
    let mut names = Vec::new();
    for container in containers(spec) {
        if bad(container.security_context.as_ref().and_then(|own| own.se_linux_options.as_ref())) {
            names.push(&*container.name);
        }
    }
    let who = setters(pod, &names);
    if who.is_empty() {
        return;
    }
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    let mut what = Vec::new();
    if !types.is_empty() {
        what.push(named("type", &types));
    }
    what.extend(user.then(|| "user may not be set".to_owned()));
    what.extend(role.then(|| "role may not be set".to_owned()));
    add(out, "seLinuxOptions", format!("{who} set forbidden securityContext.seLinuxOptions: {}", what.join("; ")));
}

/// The checks of the restricted level beyond the baseline.
fn restricted(spec: &Whole, out: &mut Vec<String>) {
    let pod = spec.security_context.as_ref();
    let names = those(spec, |own| own.and_then(|own| own.allow_privilege_escalation) != Some(false));
    if !names.is_empty() {
        let detail = format!("{} must set securityContext.allowPrivilegeEscalation=false", named("container", &names));
        add(out, "allowPrivilegeEscalation != false", detail);
    }
    let keeps = |own: Option<&SecurityContext>| {
        let dropped = own.and_then(|own| own.capabilities.as_ref()?.drop.as_ref());
        !dropped.is_some_and(|dropped| dropped.iter().any(|name| name == "ALL"))
    };
    let names = those(spec, keeps);
    let mut told = Vec::new();
    if !names.is_empty() {
        told.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", named("container", &names)));
    }
    told.extend(Some(added(spec, &["NET_BIND_SERVICE"])).filter(|told| !told.is_empty()));
    add(out, "unrestricted capabilities", told.join("; "));
    volumes(spec, out);
    let pod_non_root = pod.and_then(|pod| pod.run_as_non_root);
    let own = |own: Option<&SecurityContext>| own.and_then(|own| own.run_as_non_root);
    let who = setters(pod_non_root == Some(false), &those(spec, |context| own(context) == Some(false)));
    let implicit = those(spec, |context| own(context).is_none() && pod_non_root != Some(true));
    if !who.is_empty() {
        add(out, "runAsNonRoot != true", format!("{who} must not set securityContext.runAsNonRoot=false"));
    } else if !implicit.is_empty() {
        let detail = format!("pod or {} must set securityContext.runAsNonRoot=true", named("container", &implicit));
        add(out, "runAsNonRoot != true", detail);
    }
    let root = pod.and_then(|pod| pod.run_as_user) == Some(0);
    let who = setters(root, &those(spec, |own| own.and_then(|own| own.run_as_user) == Some(0)));
    add(out, "runAsUser=0", if who.is_empty() { who } else { format!("{who} must not set runAsUser=0") });
    seccomp(spec, out);
}

fn seccomp(spec: &Whole, out: &mut Vec<String>) {
    let fine = |type_: &str| matches!(type_, "RuntimeDefault" | "Localhost");
    let own = |own: Option<&SecurityContext>| own.and_then(|own| Some(own.seccomp_profile.as_ref()?.type_.clone()));
    let pod = spec.security_context.as_ref().and_then(|pod| Some(pod.seccomp_profile.as_ref()?.type_.clone()));
    let names = those(spec, |context| own(context).is_some_and(|type_| !fine(&type_)));
    let who = setters(pod.as_ref().is_some_and(|type_| !fine(type_)), &names);
    if !who.is_empty() {
        let types = containers(spec).filter_map(|container| own(container.security_context.as_ref())).chain(pod);
        let mut types: Vec<String> = types.filter(|type_| !fine(type_)).collect();
        types.arrange();
        types.dedup();
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        add(
            out,
            "seccompProfile",
            format!("{who} must not set securityContext.seccompProfile.type to {}", quoted(&types)),
        );
        return;
    }
    let implicit = those(spec, |context| own(context).is_none() && pod.is_none());
    if !implicit.is_empty() {
        let detail = format!(
            "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
            named("container", &implicit)
        );
        add(out, "seccompProfile", detail);
    }
}

/// The kinds of volumes that the restricted level allows.
const VOLUMES: [&str; 8] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

fn volumes(spec: &Whole, out: &mut Vec<String>) {
    let (mut names, mut types) = (Vec::new(), SortedSet::new());
    for volume in spec.volumes.iter().flatten() {
        let written = codec::write(volume);
        let odd = written.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let odd: Vec<String> = odd.filter(|name| name != "name" && !VOLUMES.contains(&name.as_str())).collect();
        if !odd.is_empty() {
            names.push(&*volume.name);
        }
        odd.into_iter().for_each(|name| {
            types.insert(name);
        });
    }
    if names.is_empty() {
        return;
    }
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    let verb = if names.len() == 1 { "uses" } else { "use" };
    let detail = format!("{} {verb} restricted {}", named("volume", &names), named("volume type", &types));
    add(out, "restricted volume types", detail);
}
