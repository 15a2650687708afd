//! Nothing is made beyond what a namespace's ResourceQuotas allow. Models
//! apiserver/pkg/admission/plugin/resourcequota.
//!
//! Diverges: what is used is counted anew, not read from the quota's status; updates are not looked at.

use super::Context;
use crate::api::{Object, PodSpec, Status};
use crate::apiserver::quota::{self, Amounts};

pub fn admit(object: &Object, context: &Context<'_>) -> Result<(), Status> {
    let Some(kind) = quota::kind(context.kinds).filter(|_| object.kind.namespaced) else { return Ok(()) };
    for quota in context.store.list(kind.id, Some(&object.meta.namespace)) {
        let refused = |why: &str| Err(Status::forbidden(&object.kind.group_resource(), &object.meta.name, why));
        if !quota::matches(quota, object) {
            continue;
        }
        let (hard, name) = (quota::hard(quota), &quota.meta.name);
        let lacking = object.spec.get::<PodSpec>().map(|pod| quota::unnamed(pod, &hard)).unwrap_or_default();
        if !lacking.is_empty() {
            let told: Vec<String> = lacking.iter().map(|(name, names)| format!("{name} for: {names}")).collect();
            return refused(&format!("failed quota: {name}: must specify {}", told.join("; ")));
        }
        let asked = quota::usage(object, &hard);
        if asked.is_empty() {
            continue;
        }
        let used = quota::used(quota, context.store, context.kinds);
        let of = |amounts: &Amounts, name: &str| amounts.get(name).copied().unwrap_or_default();
        let mut told = [const { Vec::new() }; 3];
        for (resource, amount) in asked.iter().filter(|(_, amount)| !amount.is_zero()) {
            if of(&used, resource) + *amount > of(&hard, resource) {
                for (list, amount) in told.iter_mut().zip([*amount, of(&used, resource), of(&hard, resource)]) {
                    list.push(format!("{resource}={amount}"));
                }
            }
        }
        if !told[0].is_empty() {
            let [asked, used, limited] = told.map(|list| list.join(","));
            return refused(&format!("exceeded quota: {name}, requested: {asked}, used: {used}, limited: {limited}"));
        }
    }
    Ok(())
}
