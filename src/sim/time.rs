//! Instants of virtual time.

use core::ops::{Add, AddAssign, Sub};
pub use core::time::Duration;

use serde::{Deserialize, Serialize};

/// An instant of virtual time, in microseconds since 1970-01-01T00:00:00Z.
///
/// Virtual time is the only clock there is: `date`, `creationTimestamp` and every timer read
/// the same number.
///
/// ```
/// use drydock::sim::{Duration, Time};
/// let start = Time::from_secs(10);
/// assert_eq!(start + Duration::from_millis(1), Time(10_001_000));
/// assert_eq!((start + Duration::from_secs(2)) - start, Duration::from_secs(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// The instant `secs` seconds after the Unix epoch.
    pub const fn from_secs(secs: u64) -> Time {
        Time(secs * 1_000_000)
    }

    /// Whole seconds since the Unix epoch, rounded down, as Kubernetes' timestamps are.
    pub const fn secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The time passed since `earlier`; zero where `earlier` is later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for Time {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub for Time {
    type Output = Duration;
    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}
