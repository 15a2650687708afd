//! What Pods ask for and may use. Models kubectl/pkg/util/resource PodRequestsAndLimits.

use serde_json::Value;

use super::{list, text};
use crate::api::Quantity;
use crate::collections::SortedMap;

/// Amounts by resource name.
pub type Amounts = SortedMap<String, Quantity>;

/// A Pod's requests (`requests`) or limits (`limits`): the sum over its containers, or the most
/// that any init container takes, whichever is more.
pub fn of_pod(pod: &Value, kind: &str) -> Amounts {
    let mut total = Amounts::new();
    for container in list(&pod["spec"]["containers"]) {
        add(&mut total, &container["resources"][kind]);
    }
    let mut sidecars = Amounts::new();
    let mut most = Amounts::new();
    for container in list(&pod["spec"]["initContainers"]) {
        let mut needed = sidecars.clone();
        add(&mut needed, &container["resources"][kind]);
        if text(&container["restartPolicy"]) == "Always" {
            sidecars = needed.clone();
        }
        for (name, amount) in needed {
            let known = most.entry(name).or_insert(amount);
            if amount.milli_value() > known.milli_value() {
                *known = amount;
            }
        }
    }
    for (name, amount) in &sidecars {
        plus(&mut total, name, *amount);
    }
    for (name, amount) in most {
        let known = total.entry(name).or_insert(amount);
        if amount.milli_value() > known.milli_value() {
            *known = amount;
        }
    }
    add(&mut total, &pod["spec"]["overhead"]);
    total
}

/// Adds amounts as an object writes them.
pub fn add(total: &mut Amounts, amounts: &Value) {
    for (name, amount) in amounts.as_object().into_iter().flatten() {
        if let Some(amount) = Quantity::parse(&super::shown(amount)) {
            plus(total, name, amount);
        }
    }
}

/// Adds one amount.
pub fn plus(total: &mut Amounts, name: &str, amount: Quantity) {
    let known = total.entry(name.to_owned()).or_insert(Quantity::from_value(0));
    *known = if known.is_zero() { amount } else { *known + amount };
}
