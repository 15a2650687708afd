//! The CPU time of a machine: what its processes use, as a cgroup counts it, and how much it may have.
//!
//! A process uses CPU while it spends time, and none while it sleeps or waits. A server takes CPU for
//! each request; where the limit is reached, requests wait for each other.
//!
//! Diverges: a limit slows down requests and bounds what is measured, but other programs run on at
//! full speed.

use std::cell::{Cell, RefCell};

use crate::sim::{Duration, Time};

/// Over how long use is averaged: metrics-server reads every fifteen seconds.
pub const WINDOW: Duration = Duration::from_secs(15);
/// For how long seconds are remembered.
const REMEMBERED: u64 = WINDOW.as_secs() + 1;
const SECOND: u64 = 1_000_000;

/// See the module.
#[derive(Debug)]
pub struct Cpu {
    /// Thousandths of a CPU that it may use.
    limit: u64,
    /// Microseconds of CPU used within a second, by second.
    used: RefCell<Vec<(u64, u64)>>,
    /// When the requests taken so far are served.
    busy: Cell<Time>,
}

impl Cpu {
    /// A machine that may use `limit` thousandths of a CPU.
    pub fn new(limit: u64) -> Cpu {
        Cpu { limit: limit.max(1), used: RefCell::default(), busy: Cell::default() }
    }

    /// Counts CPU time that is used from `at` on.
    pub fn count(&self, at: Time, span: Duration) {
        let mut used = self.used.borrow_mut();
        let (mut from, end) = (at.0, (at + span).0);
        while from < end {
            let second = from / SECOND;
            let to = end.min((second + 1) * SECOND);
            match used.iter_mut().rev().find(|(known, _)| *known == second) {
                Some((_, sum)) => *sum += to - from,
                None => {
                    used.retain(|(known, _)| *known + REMEMBERED >= at.secs());
                    used.push((second, to - from));
                }
            }
            from = to;
        }
    }

    /// Takes the CPU time of a request that comes at `now`, after those that came before; gives back how
    /// long it takes.
    pub fn serve(&self, now: Time, span: Duration) -> Duration {
        let start = now.max(self.busy.get());
        // Work of `span` takes that much of the limit away from those who come later.
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let share = Duration::from_micros(micros.saturating_mul(1000) / self.limit);
        self.busy.set(start + share);
        self.count(start, span);
        span.max(start.since(now) + share.min(span))
    }

    /// Thousandths of a CPU that were used on average over the window before `now`.
    pub fn average(&self, now: Time) -> u64 {
        let second = now.secs();
        let window = second.saturating_sub(WINDOW.as_secs())..second;
        let used: u64 = self.used.borrow().iter().filter(|(at, _)| window.contains(at)).map(|(_, sum)| sum).sum();
        (used / (WINDOW.as_secs() * 1000)).min(self.limit)
    }

    /// Thousandths of a CPU that it may use.
    pub fn limit(&self) -> u64 {
        self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_averaged_over_the_window() {
        let cpu = Cpu::new(4000);
        cpu.count(Time::from_secs(100), Duration::from_secs(6));
        for (second, average) in [(100, 0), (103, 200), (106, 400), (115, 400), (118, 200), (121, 0)] {
            assert_eq!(cpu.average(Time::from_secs(second)), average, "{second}");
        }
        // Two at a time use two CPUs, and no more than the limit is ever seen.
        let cpu = Cpu::new(1500);
        cpu.count(Time::from_secs(100), Duration::from_secs(15));
        cpu.count(Time::from_secs(100), Duration::from_secs(15));
        assert_eq!(cpu.average(Time::from_secs(115)), 1500);
    }

    #[test]
    fn requests_wait_where_the_limit_is_reached() {
        let (span, now) = (Duration::from_millis(50), Time::from_secs(100));
        let cpu = Cpu::new(500);
        let waits = [0, 0, 0].map(|_| cpu.serve(now, span).as_millis());
        assert_eq!(waits, [50, 150, 250]);
        let idle = Cpu::new(4000);
        // Four at a time.
        assert_eq!([0; 5].map(|_| idle.serve(now, span).as_micros()), [50_000, 50_000, 50_000, 50_000, 62_500]);
    }
}
