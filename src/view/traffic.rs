//! Requests that were seen: who asked, which way it went, who answered.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::cluster::Name;
use crate::collections::SortedMap;
use crate::sim::Time;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It reached a listener.
    Answered,
    /// Nothing listens there, or the Service has no endpoints.
    Refused,
    /// No answer came.
    Lost,
    /// A NetworkPolicy let it neither out nor in; no answer came.
    Denied,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// When.
    pub at: Time,
    /// The machine that asked: `controlplane`, or a Pod's `namespace/name`.
    pub from: String,
    /// What it asked for: `10.98.70.3:8080`.
    pub to: String,
    /// The Service whose rules it met.
    pub service: Option<Name>,
    /// The Pod that it was sent to.
    pub pod: Option<Name>,
    /// How it ended.
    pub outcome: Outcome,
    /// The rules that it met, in order: those that took it, and those that left it to chance.
    pub hops: Vec<Hop>,
}

/// A rule that a request met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The node whose rule it is.
    pub node: String,
    /// Its chain.
    pub chain: String,
    /// The rule, as `iptables-save` prints it.
    pub rule: String,
    /// Where it is left to chance: the number drawn, of 2³¹, and below which it had to be.
    pub draw: Option<(u32, u32)>,
    /// Whether it took the request.
    pub matched: bool,
}

/// A share of the 2³¹ numbers that may be drawn, as a fraction of one: `0.33333`.
pub fn share(number: u32) -> String {
    let scaled = (u64::from(number) * 100_000 + (1 << 30)) >> 31;
    format!("{}.{:05}", scaled / 100_000, scaled % 100_000)
}

/// The last requests, and how many each Pod got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Newest last; see [`Traffic::KEPT`].
    pub recent: VecDeque<(u64, Request)>,
    /// How many went to each Pod.
    pub by_pod: SortedMap<Name, u64>,
    /// How many there were in all.
    pub total: u64,
}

impl Traffic {
    /// How many requests are kept in full.
    pub const KEPT: usize = 50;

    /// Takes over requests that were seen.
    pub fn add(&mut self, requests: Vec<Request>) {
        for request in requests {
            self.total += 1;
            if let Some(pod) = &request.pod {
                *self.by_pod.entry(pod.clone()).or_default() += 1;
            }
            self.recent.push_back((self.total, request));
            if self.recent.len() > Self::KEPT {
                self.recent.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_as_a_fraction() {
        let cases = [(0, "0.00000"), (1 << 30, "0.50000"), (715_827_883, "0.33333"), (u32::MAX >> 1, "1.00000")];
        for (number, expected) in cases {
            assert_eq!(share(number), expected);
        }
    }

    #[test]
    fn counts_all_and_keeps_the_last() {
        let mut traffic = Traffic::default();
        let request = |n: u64| Request {
            at: Time(n),
            from: "controlplane".into(),
            to: "10.96.0.10:80".into(),
            service: Some("default/web".into()),
            pod: Some(format!("default/web-{}", n % 2)),
            outcome: Outcome::Answered,
            hops: Vec::new(),
        };
        traffic.add((0..101).map(request).collect());
        assert_eq!((traffic.total, traffic.recent.len()), (101, Traffic::KEPT));
        assert_eq!(traffic.by_pod["default/web-0"], 51);
        assert_eq!(traffic.recent.back().unwrap().1.at, Time(100));
    }
}
