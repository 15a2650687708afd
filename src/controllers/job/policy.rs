//! What a Job says about its failures and successes. Models pkg/controller/job/pod_failure_policy.go
//! and success_policy.go.

use k8s_openapi::api::batch::v1::{JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule};
use k8s_openapi::api::core::v1::{ContainerStatus, PodStatus};

use super::indexes::Indexes;
use crate::api::Object;

/// What the first matching rule of `podFailurePolicy` makes of a failed Pod.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It counts towards the limit; no rule, or `Count`.
    Count,
    /// It does not.
    Ignore,
    /// Its index has failed.
    FailIndex,
    /// The Job has failed, and why.
    FailJob(String),
}

pub(super) fn judge(spec: &JobSpec, pod: &Object) -> Verdict {
    let rules = spec.pod_failure_policy.iter().flat_map(|policy| &policy.rules);
    let Some(status) = pod.status::<PodStatus>() else { return Verdict::Count };
    for (at, rule) in rules.enumerate() {
        let Some(why) = matched(rule, status, pod) else { continue };
        return match rule.action.as_str() {
            "Ignore" => Verdict::Ignore,
            "FailIndex" => Verdict::FailIndex,
            "FailJob" => Verdict::FailJob(format!("{why} matching FailJob rule at index {at}")),
            _ => Verdict::Count,
        };
    }
    Verdict::Count
}

/// What of the Pod the rule matches, in words.
fn matched(rule: &PodFailurePolicyRule, status: &PodStatus, pod: &Object) -> Option<String> {
    let (namespace, name) = (&pod.meta.namespace, &pod.meta.name);
    if let Some(codes) = &rule.on_exit_codes {
        let all = status.container_statuses.iter().chain(&status.init_container_statuses).flatten();
        let (container, code) = all.filter_map(|container| Some((container, exit_code(container, codes)?))).next()?;
        return Some(format!("Container {} for pod {namespace}/{name} failed with exit code {code}", container.name));
    }
    let patterns = || rule.on_pod_conditions.iter().flatten();
    let mut conditions = status.conditions.iter().flatten();
    let condition = conditions.find(|one| {
        patterns()
            .any(|pattern| pattern.type_ == one.type_ && pattern.status.as_deref().unwrap_or("True") == one.status)
    })?;
    Some(format!("Pod {namespace}/{name} has condition {}", condition.type_))
}

fn exit_code(container: &ContainerStatus, rule: &PodFailurePolicyOnExitCodesRequirement) -> Option<i32> {
    let code = container.state.as_ref()?.terminated.as_ref()?.exit_code;
    let named = rule.container_name.as_ref().is_none_or(|name| *name == container.name);
    (named && code != 0 && rule.values.contains(&code) == (rule.operator == "In")).then_some(code)
}

/// The message of the first rule of `successPolicy` that the succeeded indexes fulfil.
pub(super) fn success(spec: &JobSpec, succeeded: &Indexes) -> Option<String> {
    let rules = &spec.success_policy.as_ref()?.rules;
    let completions = spec.completions.unwrap_or(0);
    let met = rules.iter().position(|rule| match (&rule.succeeded_indexes, rule.succeeded_count) {
        (Some(wanted), count) => {
            let wanted = Indexes::parse(wanted, completions);
            let common = wanted.common(succeeded);
            wanted.total() > 0 && (common == wanted.total() || count.is_some_and(|count| common >= count))
        }
        (None, Some(count)) => succeeded.total() >= count,
        (None, None) => false,
    });
    met.filter(|_| succeeded.total() > 0).map(|at| format!("Matched rules at index {at}"))
}
