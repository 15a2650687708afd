//! How many requests a second a component may make. Models client-go/util/flowcontrol.

use crate::sim::{Duration, Time};

/// A token bucket, kept as the instant at which it will be full again.
#[derive(Clone, Debug)]
pub struct Limiter {
    interval: Duration,
    burst: u32,
    full_at: Time,
}

impl Limiter {
    /// `per_second` requests a second, `burst` of them at once.
    pub fn new(per_second: u32, burst: u32) -> Limiter {
        Limiter { interval: Duration::from_secs(1) / per_second.max(1), burst, full_at: Time(0) }
    }

    /// One token each `interval`, `burst` of them at once.
    pub fn every(interval: Duration, burst: u32) -> Limiter {
        Limiter { interval, burst, full_at: Time(0) }
    }

    /// Takes a token, and tells when the request may go.
    pub fn reserve(&mut self, now: Time) -> Time {
        let full_at = self.full_at.max(now) + self.interval;
        self.full_at = full_at;
        let ahead = full_at.since(now).saturating_sub(self.interval * self.burst);
        now + ahead
    }

    /// Takes a token if one is there.
    pub fn try_take(&mut self, now: Time) -> bool {
        let full_at = self.full_at.max(now) + self.interval;
        if full_at.since(now) > self.interval * self.burst {
            return false;
        }
        self.full_at = full_at;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut limiter = Limiter::new(20, 3);
        let now = Time::from_secs(1);
        let waits: Vec<u128> = (0..5).map(|_| limiter.reserve(now).since(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 50, 100]);
        let mut limiter = Limiter::every(Duration::from_secs(300), 2);
        let taken: Vec<bool> = (0..3).map(|_| limiter.try_take(now)).collect();
        assert_eq!(taken, [true, true, false]);
        assert!(limiter.try_take(now + Duration::from_secs(300)));
    }
}
