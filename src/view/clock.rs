//! The clock bar: what time it is in the cluster, and how wall time becomes virtual time.

use serde::{Deserialize, Serialize};

use crate::sim::{Duration, Time};

/// How fast virtual time passes, in virtual seconds a second.
pub const SPEEDS: [u32; 5] = [1, 2, 5, 10, 60];

/// What the learner may ask of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Time passes only while a command runs in the foreground.
    Pause,
    /// Time passes.
    Run,
    /// So many virtual seconds a second.
    Speed(u32),
    /// On to the next change that can be seen, then pause.
    Step,
    /// On until nothing is under way.
    UntilStable,
}

/// What the clock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Now.
    pub now: Time,
    /// When this world began.
    pub start: Time,
    /// Paused.
    pub paused: bool,
    /// Virtual seconds a second.
    pub speed: u32,
    /// Running ahead, for `Step` or `UntilStable`.
    pub ahead: bool,
    /// A command runs in the foreground of some terminal.
    pub busy: bool,
}

impl Clock {
    /// A clock that runs at ×1.
    pub fn new(start: Time) -> Clock {
        Clock { now: start, start, paused: false, speed: 1, ahead: false, busy: false }
    }

    /// The time of day in the cluster: `08:41:54`.
    pub fn time_of_day(&self) -> String {
        let secs = self.now.secs() % 86_400;
        format!("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
    }

    /// How long the world has been going: `3:20`, `1:03:20`.
    pub fn elapsed(&self) -> String {
        let secs = self.now.since(self.start).as_secs();
        let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
        if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
    }
}

/// Turns passing wall time into virtual time that is owed to the world.
///
/// A machine that cannot keep up falls behind instead of freezing: what is owed is bounded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    owed: Duration,
}

impl Pace {
    /// At most this much wall time is ever owed; a tab that slept does not catch up.
    const BOUND: Duration = Duration::from_millis(250);

    /// `wall` has passed at ×`speed`.
    pub fn pass(&mut self, wall: Duration, speed: u32) {
        self.owed = (self.owed + wall * speed).min(Self::BOUND * speed);
    }

    /// What the world may be advanced by now, at most `slice`.
    pub fn take(&mut self, slice: Duration) -> Duration {
        let taken = self.owed.min(slice);
        self.owed -= taken;
        taken
    }

    /// Forgets what is owed.
    pub fn reset(&mut self) {
        self.owed = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_time() {
        let mut clock = Clock::new(Time::from_secs(1_795_164_114));
        assert_eq!((clock.time_of_day(), clock.elapsed()), ("08:41:54".into(), "0:00".into()));
        clock.now = clock.start + Duration::from_secs(3_800);
        assert_eq!(clock.elapsed(), "1:03:20");
    }

    #[test]
    fn a_tab_that_slept_does_not_catch_up() {
        let mut pace = Pace::default();
        pace.pass(Duration::from_secs(3600), 10);
        assert_eq!(pace.take(Duration::from_secs(100)), Duration::from_millis(2500));
        assert_eq!(pace.take(Duration::from_secs(100)), Duration::ZERO);
        pace.pass(Duration::from_millis(10), 10);
        assert_eq!(pace.take(Duration::from_millis(60)), Duration::from_millis(60));
        assert_eq!(pace.take(Duration::from_millis(60)), Duration::from_millis(40));
    }
}
