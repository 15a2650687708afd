//! The arithmetic of rollouts. Models pkg/controller/deployment/util/deployment_util.go.

use k8s_openapi::api::apps::v1::DeploymentSpec;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Set;
use crate::api::Object;

/// Whether the Deployment's strategy is Recreate.
pub(super) fn recreates(deployment: &Object) -> bool {
    let strategy = deployment.spec::<DeploymentSpec>().and_then(|spec| spec.strategy.as_ref());
    strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("Recreate")
}

/// How many of `total` a number or a percentage is.
pub(in crate::controllers) fn scaled(value: Option<&IntOrString>, total: i32, round_up: bool) -> i32 {
    match value {
        None => 0,
        Some(IntOrString::Int(number)) => *number,
        Some(IntOrString::String(text)) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
            let product = percent * i64::from(total);
            i32::try_from(if round_up { (product + 99).div_euclid(100) } else { product.div_euclid(100) }).unwrap_or(0)
        }
    }
}

/// How many Pods more than wanted there may be, and how many fewer (ResolveFenceposts,
/// MaxSurge, MaxUnavailable). Both are 0 unless the strategy is a rolling update.
pub(super) fn bounds(spec: &DeploymentSpec) -> (i32, i32) {
    let strategy = spec.strategy.as_ref();
    if strategy.is_some_and(|strategy| strategy.type_.as_deref() == Some("Recreate")) {
        return (0, 0);
    }
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    let (replicas, quarter) = (spec.replicas.unwrap_or(1), IntOrString::String("25%".into()));
    let surge = scaled(rolling.map_or(Some(&quarter), |rolling| rolling.max_surge.as_ref()), replicas, true);
    let unavailable =
        scaled(rolling.map_or(Some(&quarter), |rolling| rolling.max_unavailable.as_ref()), replicas, false);
    // With both at 0 nothing could ever move.
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
    (surge, if replicas == 0 { 0 } else { unavailable.min(replicas) })
}

/// How many Pods the ReplicaSets shall have.
pub(super) fn desired_total<'a>(sets: impl IntoIterator<Item = &'a Set>) -> i32 {
    sets.into_iter().map(Set::desired).sum()
}

/// How many Pods the ReplicaSets have.
pub(super) fn actual_total<'a>(sets: impl IntoIterator<Item = &'a Set>) -> i32 {
    sets.into_iter().map(|set| set.status.replicas).sum()
}

/// How many Pods of the ReplicaSets are available.
pub(super) fn available_total<'a>(sets: impl IntoIterator<Item = &'a Set>) -> i32 {
    sets.into_iter().map(Set::available).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_as_upstream_rounds_them() {
        use k8s_openapi::api::apps::v1::{DeploymentStrategy, RollingUpdateDeployment};
        let percent = |text: &str| Some(IntOrString::String(text.into()));
        let number = |number| Some(IntOrString::Int(number));
        for (replicas, surge, unavailable, expected) in [
            (1, percent("25%"), percent("25%"), (1, 0)),
            (4, percent("25%"), percent("25%"), (1, 1)),
            (10, percent("25%"), percent("25%"), (3, 2)),
            (10, number(0), percent("5%"), (0, 1)),
            (3, number(5), number(7), (5, 3)),
            (0, percent("25%"), percent("25%"), (0, 0)),
        ] {
            let rolling = RollingUpdateDeployment { max_surge: surge, max_unavailable: unavailable };
            let strategy = DeploymentStrategy { type_: Some("RollingUpdate".into()), rolling_update: Some(rolling) };
            let spec =
                DeploymentSpec { replicas: Some(replicas), strategy: Some(strategy), ..DeploymentSpec::default() };
            assert_eq!(bounds(&spec), expected, "{spec:?}");
        }
    }
}
