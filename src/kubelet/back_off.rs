//! Delays that grow with every failure. Models client-go/util/flowcontrol/backoff.go as the
//! kubelet uses it for containers and images.

use crate::sim::{Duration, Time};

const FIRST: Duration = Duration::from_secs(10);
const MOST: Duration = Duration::from_secs(300);
/// After so long without a failure all is forgotten.
const FORGET: Duration = Duration::from_secs(600);

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BackOff {
    delay: Duration,
    last: Time,
}

impl BackOff {
    /// How long after the failure at `failed` the next try must wait; nothing after the first.
    /// `again` must be told when that try is made.
    pub(super) fn wait(&self, failed: Time) -> Duration {
        if self.delay.is_zero() || failed.since(self.last) > FORGET { Duration::ZERO } else { self.delay }
    }

    /// A try after a failure: the next failure waits longer.
    pub(super) fn again(&mut self, now: Time) {
        let fresh = self.delay.is_zero() || now.since(self.last) > FORGET + self.delay;
        self.delay = if fresh { FIRST } else { (self.delay * 2).min(MOST) };
        self.last = now;
    }

    /// The delay that is in force.
    pub(super) fn delay(&self) -> Duration {
        self.delay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_doubling_to_five_minutes() {
        let (mut back_off, mut now, mut waits) = (BackOff::default(), Time::from_secs(1000), Vec::new());
        for _ in 0..8 {
            let wait = back_off.wait(now);
            waits.push(wait.as_secs());
            now += wait;
            back_off.again(now);
            now += Duration::from_secs(1);
        }
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(back_off.wait(now + Duration::from_secs(700)), Duration::ZERO);
    }
}
