//! How long a Job waits after a failure. Models pkg/controller/job/backoff_utils.go.

use std::sync::Arc;

use super::pods;
use crate::api::Object;
use crate::sim::{Duration, Time};

const FIRST: Duration = Duration::from_secs(10);
const MOST: Duration = Duration::from_secs(600);

/// The failures of a Job since its last success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    failures: u32,
    last: Time,
}

impl Record {
    /// The record after these Pods have ended as well.
    pub(super) fn after(self, succeeded: &[Arc<Object>], failed: &[Arc<Object>]) -> Record {
        let ends = |pods: &[Arc<Object>]| pods.iter().map(|pod| pods::finished_at(pod)).max();
        let success = ends(succeeded);
        let before = if success.is_some() { Record::default() } else { self };
        let counted =
            failed.iter().map(|pod| pods::finished_at(pod)).filter(|&at| success.is_none_or(|then| at > then));
        counted.fold(before, |record, at| Record { failures: record.failures + 1, last: record.last.max(at) })
    }

    /// How long until the next Pod may be made.
    pub(super) fn remaining(self, now: Time) -> Duration {
        remaining(self.failures, self.last, now)
    }
}

/// How long until the next Pod may be made after so many failures, the last of them at `last`.
pub(super) fn remaining(failures: u32, last: Time, now: Time) -> Duration {
    match failures.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => FIRST.saturating_mul(1 << doublings.min(6)).min(MOST).saturating_sub(now.since(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_doubling_to_ten_minutes() {
        let waits: Vec<u64> =
            (0..9).map(|failures| remaining(failures, Time::from_secs(5), Time::from_secs(6)).as_secs()).collect();
        assert_eq!(waits, [0, 9, 19, 39, 79, 159, 319, 599, 599]);
    }
}
