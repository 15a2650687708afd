//! A Job's conditions. Models pkg/controller/job/utils.go and util/utils.go.

use k8s_openapi::api::batch::v1::{JobCondition, JobStatus};

use crate::api::time;
use crate::sim::Time;

/// The condition of that type, where it holds.
pub(crate) fn holds<'a>(status: &'a JobStatus, type_: &str) -> Option<&'a JobCondition> {
    status.conditions.iter().flatten().find(|one| one.type_ == type_ && one.status == "True")
}

/// The condition that says how the Job has finished: `Complete` or `Failed`.
pub(crate) fn finished(status: &JobStatus) -> Option<&JobCondition> {
    holds(status, "Complete").or_else(|| holds(status, "Failed"))
}

pub(super) fn new(type_: &str, reason: &str, message: impl Into<String>, now: Time) -> JobCondition {
    JobCondition {
        type_: type_.to_owned(),
        status: "True".to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message.into()),
        last_probe_time: Some(time::to_meta(now)),
        last_transition_time: Some(time::to_meta(now)),
    }
}

/// The same as a condition of another type.
pub(super) fn turned(condition: &JobCondition, type_: &str, now: Time) -> JobCondition {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    new(type_, &text(&condition.reason), text(&condition.message), now)
}

/// Sets a condition, and tells whether that changed anything; one that is not there is not set to
/// False (ensureJobConditionStatus).
pub(super) fn ensure(status: &mut JobStatus, condition: JobCondition) -> bool {
    let all = status.conditions.get_or_insert_default();
    let same = |one: &JobCondition| {
        (&one.status, &one.reason, &one.message) == (&condition.status, &condition.reason, &condition.message)
    };
    let changed = match all.iter_mut().find(|one| one.type_ == condition.type_) {
        Some(one) if same(one) => false,
        Some(one) => {
            *one = condition;
            true
        }
        None if condition.status == "False" => false,
        None => {
            all.push(condition);
            true
        }
    };
    if all.is_empty() {
        status.conditions = None;
    }
    changed
}
