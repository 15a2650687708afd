//! Nobody gives away what they do not have.
//!
//! Models pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased and
//! ConfirmNoEscalation.

use serde_json::{Value, json};

use super::{Attributes, PRIVILEGED, bindings::GROUP};
use crate::api::rbac::{self, Rule, quoted};
use crate::api::{Object, Status};
use crate::apiserver::ApiServer;
use crate::apiserver::rest::User;
use crate::collections::SortedSet;

impl ApiServer {
    /// Refuses a role or binding by which the user who asks would grant more than they have.
    pub(in crate::apiserver) fn confirm_no_escalation(&self, new: &Object, old: Option<&Object>) -> Result<(), Status> {
        let Some(user) = self.user.as_ref().filter(|user| !user.groups.iter().any(|group| group == PRIVILEGED)) else {
            return Ok(());
        };
        let (Some(rest), true) = (new.rest.json(), *new.kind.group == *GROUP) else { return Ok(()) };
        let may = |verb: &str, resource: &str, name: &str| {
            let namespace = &new.meta.namespace;
            let wanted = Attributes { verb, group: GROUP, resource, name, namespace, ..Attributes::default() };
            self.authorize(user, &wanted).allowed
        };
        let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        if matches!(&*new.kind.kind, "Role" | "ClusterRole") {
            if may("escalate", &new.kind.plural, &new.meta.name) {
                return Ok(());
            }
            let was = |field: &str| old.and_then(|old| old.rest.json()).map(|rest| &rest[field]);
            if was("rules") == Some(&rest["rules"]) && was("aggregationRule") == Some(&rest["aggregationRule"]) {
                return Ok(());
            }
            // Who chooses what is aggregated chooses everything.
            if rest["aggregationRule"].is_object() {
                let all = [
                    json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}),
                    json!({"verbs": ["*"], "nonResourceURLs": ["*"]}),
                ];
                let all: Vec<Rule> = all.iter().map(Rule::from_value).collect();
                return self.confirm(user, new, &all).map_err(|_| {
                    let why = "must have cluster-admin privileges to use the aggregationRule";
                    Status::forbidden(&new.kind.group_resource(), &new.meta.name, why)
                });
            }
            let rules: Vec<Rule> = rest["rules"].as_array().into_iter().flatten().map(Rule::from_value).collect();
            return self.confirm(user, new, &rules);
        }
        let role = &rest["roleRef"];
        let plural = if role["kind"] == "Role" { "roles" } else { "clusterroles" };
        if may("bind", plural, &text(role, "name")) {
            return Ok(());
        }
        let rules: Vec<Rule> = self.role_rules(role, &new.meta.namespace)?.map(Rule::from_value).collect();
        self.confirm(user, new, &rules)
    }

    fn confirm(&self, user: &User, new: &Object, rules: &[Rule]) -> Result<(), Status> {
        let (owned, faults) = self.rules_for(user, &new.meta.namespace);
        let owned: Vec<Rule> = owned.into_iter().map(Rule::from_value).collect();
        let missing = rbac::compact(rbac::missing(&owned, rules));
        if missing.is_empty() {
            return Ok(());
        }
        let told: SortedSet<String> = missing.iter().map(Rule::compact).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let mut why = format!(
            "user {:?} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}",
            user.name,
            quoted(&user.groups),
            told.join("\n")
        );
        if !faults.is_empty() {
            why = format!("{why}; resolution errors: [{faults}]");
        }
        Err(Status::forbidden(&new.kind.group_resource(), &new.meta.name, &why))
    }
}
