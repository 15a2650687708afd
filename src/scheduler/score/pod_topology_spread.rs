//! Siblings apart. Models pkg/scheduler/framework/plugins/podtopologyspread/scoring.go with the
//! cluster's default constraints (three by host name, five by zone, ScheduleAnyway).
//!
//! Diverges: siblings are the Pods of the same managing owner, which is what upstream's default
//! selector comes to for all but Pods that share only a Service; a Pod's own
//! `topologySpreadConstraints` are not read; there are no zones.

use super::MAX;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

const MAX_SKEW: i64 = 3;
/// Thousandths, so that every machine reckons the same.
const SCALE: i64 = 1000;

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo]) -> Vec<i64> {
    let Some(owner) = &pod.owner else { return vec![0; nodes.len()] };
    let weight = thousandths_of_ln(i64::try_from(nodes.len()).unwrap_or(0) + 2);
    let one = |node: &&NodeInfo| {
        let siblings = node.owners.get(owner).copied().unwrap_or(0);
        (siblings * weight + (MAX_SKEW - 1) * SCALE + SCALE / 2) / SCALE
    };
    let raw: Vec<i64> = nodes.iter().map(one).collect();
    let (least, most) = (raw.iter().copied().min().unwrap_or(0), raw.iter().copied().max().unwrap_or(0));
    raw.into_iter().map(|score| if most == 0 { MAX } else { MAX * (most + least - score) / most }).collect()
}

/// The natural logarithm of a small number, in thousandths: by halving, then by the series of
/// the inverse hyperbolic tangent.
fn thousandths_of_ln(number: i64) -> i64 {
    const UNIT: i64 = 1_000_000_000;
    const LN_2: i64 = 693_147_181;
    let (mut value, mut halvings) = (number.max(1).saturating_mul(UNIT), 0);
    while value > 2 * UNIT {
        value /= 2;
        halvings += 1;
    }
    let ratio = |a: i64, b: i64| i64::try_from(i128::from(a) * i128::from(UNIT) / i128::from(b)).unwrap_or(0);
    let product = |a: i64, b: i64| i64::try_from(i128::from(a) * i128::from(b) / i128::from(UNIT)).unwrap_or(0);
    let x = ratio(value - UNIT, value + UNIT);
    let (mut power, mut sum) = (x, 0);
    for odd in [1, 3, 5, 7, 9, 11, 13, 15] {
        sum += power / odd;
        power = product(product(power, x), x);
    }
    (halvings * LN_2 + 2 * sum) / (UNIT / SCALE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm() {
        for (number, expected) in [(1, 0), (2, 693), (3, 1098), (4, 1386), (5, 1609), (102, 4624), (5000, 8517)] {
            let got = thousandths_of_ln(number);
            assert!((got - expected).abs() <= 2, "ln {number}: {got}, not {expected}");
        }
    }
}
