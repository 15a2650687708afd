//! Who may do what: role-based access control.
//!
//! Models plugin/pkg/auth/authorizer/rbac and pkg/registry/rbac/validation/rule.go. What the
//! cluster's own parts do comes in by typed calls and is not asked about.
//!
//! Diverges: there is no Node authorizer; a node's own credentials are held by nobody.

mod bindings;
mod bootstrap;
mod escalation;

use serde_json::Value;

pub(super) use bindings::Bindings;
pub use bootstrap::policy;

use super::ApiServer;
use super::rest::User;
use crate::api::rbac::url_matches;
use crate::api::{Key, Object, Status};
use crate::collections::Sort;

/// Whose members may do everything, whatever the roles say.
const PRIVILEGED: &str = "system:masters";

/// What somebody wants to do.
#[derive(Clone, Debug, Default)]
pub struct Attributes<'a> {
    /// `get`, `list`, …; an HTTP method in lower case where a path is asked for.
    pub verb: &'a str,
    /// API group, empty for the core group.
    pub group: &'a str,
    /// `pods`
    pub resource: &'a str,
    /// `log`; empty for the object itself.
    pub subresource: &'a str,
    /// Empty for all.
    pub name: &'a str,
    /// Empty for objects without, and for all namespaces.
    pub namespace: &'a str,
    /// The path of a request that is not about a resource.
    pub path: Option<&'a str>,
}

/// Whether something may be done, and why or why not, where there is something to say.
#[derive(Debug)]
pub struct Decision {
    /// Whether it may be done.
    pub allowed: bool,
    /// What led to that.
    pub reason: String,
}

impl ApiServer {
    /// Whether `user` may do that.
    pub fn authorize(&self, user: &User, wanted: &Attributes<'_>) -> Decision {
        if user.groups.iter().any(|group| group == PRIVILEGED) {
            return Decision { allowed: true, reason: String::new() };
        }
        let mut decision = Decision { allowed: false, reason: String::new() };
        let mut faults = Vec::new();
        self.visit_rules(user, wanted.namespace, &mut |found| {
            match found {
                Ok((binding, rule)) if allows(rule, wanted) => {
                    decision.allowed = true;
                    decision.reason = format!("RBAC: allowed by {}", describe(binding, user));
                }
                Ok(_) => {}
                Err(fault) => faults.push(fault),
            }
            !decision.allowed
        });
        if !decision.allowed && !faults.is_empty() {
            decision.reason = format!("RBAC: {}", aggregate(&faults));
        }
        decision
    }

    /// Refuses what `user` may not do (responsewriters.Forbidden).
    pub(super) fn demand(&self, user: &User, wanted: &Attributes<'_>) -> Result<(), Status> {
        let decision = self.authorize(user, wanted);
        if decision.allowed {
            return Ok(());
        }
        let mut why = format!("User {:?} cannot {} ", user.name, wanted.verb);
        why.push_str(&match wanted.path {
            Some(path) => format!("path {path:?}"),
            None => {
                let slash = if wanted.subresource.is_empty() { "" } else { "/" };
                let place = match wanted.namespace {
                    "" => "at the cluster scope".to_owned(),
                    namespace => format!("in the namespace {namespace:?}"),
                };
                let (resource, subresource) = (wanted.resource, wanted.subresource);
                format!("resource \"{resource}{slash}{subresource}\" in API group {:?} {place}", wanted.group)
            }
        });
        if !decision.reason.is_empty() {
            why = format!("{why}: {}", decision.reason);
        }
        if wanted.path.is_some() {
            let message = format!("forbidden: {why}");
            return Err(Status { code: 403, reason: "Forbidden", message, details: serde_json::json!({}) });
        }
        let dot = if wanted.group.is_empty() { "" } else { "." };
        Err(Status::forbidden(&format!("{}{dot}{}", wanted.resource, wanted.group), wanted.name, &why))
    }

    /// Every rule that `user` has in a namespace, and what goes wrong where they are looked up.
    pub(super) fn rules_for(&self, user: &User, namespace: &str) -> (Vec<&Value>, String) {
        let (mut rules, mut faults) = (Vec::new(), Vec::new());
        self.visit_rules(user, namespace, &mut |found| {
            match found {
                Ok((_, rule)) => rules.push(rule),
                Err(fault) => faults.push(fault),
            }
            true
        });
        (rules, aggregate(&faults))
    }

    /// Shows `visit` the rules of all bindings that name `user`, those of the cluster first, until
    /// it says no (VisitRulesFor).
    fn visit_rules<'a>(
        &'a self,
        user: &User,
        namespace: &str,
        visit: &mut dyn FnMut(Result<(&'a Object, &'a Value), String>) -> bool,
    ) {
        for scope in ["", namespace] {
            let mut keys: Vec<&Key> = self.bindings.of(user, scope).collect();
            keys.arrange();
            keys.dedup();
            for key in keys {
                let Some(binding) = self.store.get(self.bindings.kind(key), key) else { continue };
                let Some(role) = binding.rest.json().map(|rest| &rest["roleRef"]) else { continue };
                match self.role_rules(role, scope) {
                    Ok(rules) => {
                        for rule in rules {
                            if !visit(Ok((binding, rule))) {
                                return;
                            }
                        }
                    }
                    Err(fault) => {
                        if !visit(Err(fault.message)) {
                            return;
                        }
                    }
                }
            }
            if namespace.is_empty() {
                return;
            }
        }
    }

    /// The rules of the role that a binding refers to (GetRoleReferenceRules).
    fn role_rules(&self, reference: &Value, namespace: &str) -> Result<impl Iterator<Item = &Value>, Status> {
        let name = reference["name"].as_str().unwrap_or_default();
        let (kind, word, key) = match reference["kind"].as_str() {
            Some("Role") => (self.bindings.role, "role", Key::new(namespace, name)),
            _ => (self.bindings.cluster_role, "clusterrole", Key::new("", name)),
        };
        let found = self.store.get(kind, &key);
        let role = found.ok_or_else(|| Status::not_found(&format!("{word}.{}", bindings::GROUP), name))?;
        Ok(role.rest.json().and_then(|rest| rest["rules"].as_array()).into_iter().flatten())
    }
}

/// Several faults as one (utilerrors.NewAggregate), each told once.
fn aggregate(faults: &[String]) -> String {
    let mut told: Vec<&str> = Vec::new();
    for fault in faults {
        if !told.contains(&fault.as_str()) {
            told.push(fault);
        }
    }
    if told.len() > 1 { format!("[{}]", told.join(", ")) } else { told.concat() }
}

/// Whether a rule allows that. Models RuleAllows.
fn allows(rule: &Value, wanted: &Attributes<'_>) -> bool {
    let any = |field: &str, fits: &dyn Fn(&str) -> bool| {
        rule[field].as_array().into_iter().flatten().filter_map(Value::as_str).any(fits)
    };
    if !any("verbs", &|verb| verb == "*" || verb == wanted.verb) {
        return false;
    }
    if let Some(path) = wanted.path {
        return any("nonResourceURLs", &|url| url_matches(url, path));
    }
    let resource = |resource: &str| match resource.split_once('/') {
        None => resource == "*" || wanted.subresource.is_empty() && resource == wanted.resource,
        Some((plural, sub)) => sub == wanted.subresource && (plural == "*" || plural == wanted.resource),
    };
    let named = rule["resourceNames"].as_array().is_some_and(|names| !names.is_empty());
    any("apiGroups", &|group| group == "*" || group == wanted.group)
        && any("resources", &resource)
        && (!named || any("resourceNames", &|name| name == wanted.name))
}

/// The binding by which `user` has a rule, in the words of a decision.
fn describe(binding: &Object, user: &User) -> String {
    let Some(rest) = binding.rest.json() else { return String::new() };
    let namespace = &*binding.meta.namespace;
    let subjects = rest["subjects"].as_array().into_iter().flatten();
    let subject = subjects.into_iter().find(|subject| {
        bindings::subject(subject, namespace).is_some_and(|(group, name)| match group {
            true => user.groups.contains(&name),
            false => user.name == name,
        })
    });
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let slash = |name: &str, namespace: &str| {
        if namespace.is_empty() { name.to_owned() } else { format!("{name}/{namespace}") }
    };
    let to = subject.map_or_else(String::new, |subject| {
        let (kind, name) = (text(subject, "kind"), text(subject, "name"));
        let own = text(subject, "namespace");
        let name = match (&*kind, &*own) {
            ("ServiceAccount", "") => format!("{name}/{namespace}"),
            ("ServiceAccount", own) => format!("{name}/{own}"),
            _ => name,
        };
        format!("{kind} {name:?}")
    });
    let role = &rest["roleRef"];
    format!(
        "{} {:?} of {} {:?} to {to}",
        binding.kind.kind,
        slash(&binding.meta.name, namespace),
        text(role, "kind"),
        text(role, "name")
    )
}

#[cfg(test)]
mod tests;
