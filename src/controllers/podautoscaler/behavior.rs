//! How fast an autoscaler may act on what its metrics ask for: stabilisation windows and policies.
//! Models the second half of pkg/controller/podautoscaler/horizontal.go.

use serde_json::Value;

use crate::sim::{Duration, Time};

/// --horizontal-pod-autoscaler-downscale-stabilization
const STABILIZATION: i64 = 300;

/// What an autoscaler remembers of its looks.
#[derive(Debug, Default)]
pub struct History {
    /// How many replicas the metrics asked for, and when.
    recommendations: Vec<(Time, i64)>,
    /// By how many it scaled up or (below zero) down, and when.
    changes: Vec<(Time, i64)>,
}

/// How many replicas there shall be, and the conditions that say why.
pub struct Decision {
    /// How many.
    pub replicas: i64,
    /// Reason and message of AbleToScale.
    pub able: (&'static str, &'static str),
    /// Status, reason and message of ScalingLimited.
    pub limited: (bool, &'static str, &'static str),
}

/// What is asked for and what is allowed.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// The present number.
    pub current: i64,
    /// What the metrics ask for.
    pub wanted: i64,
    /// `minReplicas`.
    pub least: i64,
    /// `maxReplicas`.
    pub most: i64,
}

const READY: (&str, &str) = ("ReadyForNewScale", "recommended size matches current size");
const UP: (&str, &str) = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const DOWN: (&str, &str) = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const WITHIN: (&str, &str) = ("DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_FEW: (&str, &str) = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
const TOO_MANY: (&str, &str) = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const UP_LIMIT: (&str, &str) =
    ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const DOWN_LIMIT: (&str, &str) =
    ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");

impl History {
    /// Notes the number that the autoscaler found when it first looked.
    pub fn begin(&mut self, current: i64, now: Time) {
        if self.recommendations.is_empty() {
            self.recommendations.push((now, current));
        }
    }

    /// Notes that the number was changed.
    pub fn changed(&mut self, from: i64, to: i64, now: Time) {
        self.changes.push((now, to - from));
    }

    /// Normalizes what the metrics ask for.
    pub fn decide(&mut self, behavior: &Value, bounds: Bounds, now: Time) -> Decision {
        let (up, down) = (&behavior["scaleUp"], &behavior["scaleDown"]);
        let window = |rules: &Value, otherwise| {
            let seconds = rules["stabilizationWindowSeconds"].as_i64().unwrap_or(otherwise);
            Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
        };
        let (up_window, down_window) = (window(up, 0), window(down, STABILIZATION));
        let (stable, why) = match behavior.is_object() {
            true => self.stabilize(bounds, up_window, down_window, now),
            false => (self.highest(bounds.wanted, down_window, now), DOWN),
        };
        self.recommendations.retain(|(at, _)| now.since(*at) <= up_window.max(down_window));
        self.recommendations.push((now, bounds.wanted));
        let able = if stable == bounds.wanted { READY } else { why };
        let stabilized = Bounds { wanted: stable, ..bounds };
        let (replicas, (reason, message)) = match behavior.is_object() {
            true => self.limit(stabilized, up, down, now),
            false => limit_plainly(stabilized),
        };
        Decision { replicas, able, limited: (replicas != stable, reason, message) }
    }

    /// Models stabilizeRecommendation.
    fn highest(&self, wanted: i64, window: Duration, now: Time) -> i64 {
        let recent = self.recommendations.iter().filter(|(at, _)| now.since(*at) <= window);
        recent.map(|(_, count)| *count).fold(wanted, i64::max)
    }

    /// Models stabilizeRecommendationWithBehaviors.
    fn stabilize(
        &self,
        bounds: Bounds,
        up_window: Duration,
        down_window: Duration,
        now: Time,
    ) -> (i64, (&'static str, &'static str)) {
        let (mut lowest, mut highest) = (bounds.wanted, bounds.wanted);
        for (at, count) in &self.recommendations {
            if now.since(*at) < up_window {
                lowest = lowest.min(*count);
            }
            if now.since(*at) < down_window {
                highest = highest.max(*count);
            }
        }
        let why = if bounds.wanted >= bounds.current { UP } else { DOWN };
        (bounds.current.max(lowest).min(highest), why)
    }

    /// Models convertDesiredReplicasWithBehaviorRate.
    fn limit(&mut self, bounds: Bounds, up: &Value, down: &Value, now: Time) -> (i64, (&'static str, &'static str)) {
        let Bounds { current, wanted, least, most } = bounds;
        let longest = policies(up).chain(policies(down)).map(period).max().unwrap_or_default();
        self.changes.retain(|(at, _)| now.since(*at) < longest);
        if wanted > current {
            let rate = self.furthest(current, up, 1, now).max(current);
            let (limit, why) = if most > rate { (rate, UP_LIMIT) } else { (most, TOO_MANY) };
            if wanted > limit {
                return (limit, why);
            }
        } else if wanted < current {
            let rate = self.furthest(current, down, -1, now).min(current);
            let (limit, why) = if least < rate { (rate, DOWN_LIMIT) } else { (least, TOO_FEW) };
            if wanted < limit {
                return (limit, why);
            }
        }
        (wanted, WITHIN)
    }

    /// How far the policies of one direction (1 up, -1 down) let the number go.
    /// Models calculateScaleUpLimitWithScalingRules and calculateScaleDownLimitWithBehaviors.
    fn furthest(&self, current: i64, rules: &Value, direction: i64, now: Time) -> i64 {
        let select = rules["selectPolicy"].as_str().unwrap_or("Max");
        if select == "Disabled" {
            return current;
        }
        let proposals = policies(rules).map(|policy| {
            let recent = self.changes.iter().filter(|(at, _)| now.since(*at) < period(policy));
            let start = current - recent.map(|(_, change)| *change).sum::<i64>();
            let value = policy["value"].as_i64().unwrap_or(0);
            match (policy["type"].as_str(), direction) {
                (Some("Pods"), _) => start.saturating_add(direction * value),
                // Up is rounded up, so that there is always a way.
                (_, 1) => (start as f64 * (1.0 + value as f64 / 100.0)).ceil() as i64,
                _ => (start as f64 * (1.0 - value as f64 / 100.0)) as i64,
            }
        });
        let farthest = (select != "Min") == (direction == 1);
        let found = if farthest { proposals.max() } else { proposals.min() };
        found.unwrap_or(current)
    }
}

fn policies(rules: &Value) -> impl Iterator<Item = &Value> {
    rules["policies"].as_array().into_iter().flatten()
}

fn period(policy: &Value) -> Duration {
    Duration::from_secs(policy["periodSeconds"].as_u64().unwrap_or(0))
}

/// Models convertDesiredReplicasWithRules.
fn limit_plainly(bounds: Bounds) -> (i64, (&'static str, &'static str)) {
    let rate = bounds.current.saturating_mul(2).max(4);
    let (limit, why) = if bounds.most > rate { (rate, UP_LIMIT) } else { (bounds.most, TOO_MANY) };
    if bounds.wanted < bounds.least {
        (bounds.least, TOO_FEW)
    } else if bounds.wanted > limit {
        (limit, why)
    } else {
        (bounds.wanted, WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What it is about, the rules, the least and the most, the first number, what is asked for, what comes.
    type Case<'a> = (&'a str, Value, (i64, i64), i64, &'a [i64], &'a [i64]);

    /// What comes of a row of recommendations, fifteen seconds apart, of which each is carried out.
    fn run(behavior: &Value, bounds: (i64, i64), start: i64, wanted: &[i64]) -> Vec<i64> {
        let (mut history, mut current, mut now) = (History::default(), start, Time::from_secs(1000));
        history.begin(start, now);
        let mut seen = Vec::new();
        for wanted in wanted {
            let bounds = Bounds { current, wanted: *wanted, least: bounds.0, most: bounds.1 };
            let decided = history.decide(behavior, bounds, now).replicas;
            if decided != current {
                history.changed(current, decided, now);
            }
            current = decided;
            seen.push(current);
            now += Duration::from_secs(15);
        }
        seen
    }

    #[test]
    fn what_the_rules_let_through() {
        let defaults = |window: Value| {
            let policy = |kind: &str, value: i64| json!({"type": kind, "value": value, "periodSeconds": 15});
            json!({
                "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [policy("Pods", 4), policy("Percent", 100)]},
                "scaleDown": {"stabilizationWindowSeconds": window, "selectPolicy": "Max", "policies": [policy("Percent", 100)]},
            })
        };
        let slow = json!({
            "scaleUp": {"stabilizationWindowSeconds": 30, "selectPolicy": "Min",
                "policies": [{"type": "Pods", "value": 3, "periodSeconds": 30}, {"type": "Percent", "value": 10, "periodSeconds": 60}]},
            "scaleDown": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max",
                "policies": [{"type": "Pods", "value": 2, "periodSeconds": 30}]},
        });
        let cases: [Case<'_>; 5] = [
            ("no rules: twice as many or four", Value::Null, (1, 20), 1, &[20, 20, 20, 20], &[4, 8, 16, 20]),
            (
                "no rules: down after five minutes",
                Value::Null,
                (1, 20),
                4,
                &[1; 22],
                &[[4; 21].as_slice(), &[1]].concat(),
            ),
            ("rules: four more or twice as many", defaults(json!(0)), (1, 20), 1, &[20, 20, 20, 1], &[5, 10, 20, 1]),
            (
                "at most ten percent in a minute, after thirty seconds",
                slow.clone(),
                (1, 50),
                10,
                &[40; 5],
                &[10, 10, 11, 11, 11],
            ),
            ("at most two fewer in thirty seconds", slow, (1, 50), 10, &[1; 5], &[8, 8, 6, 6, 4]),
        ];
        for (about, behavior, bounds, start, wanted, expected) in cases {
            assert_eq!(run(&behavior, bounds, start, wanted), expected, "{about}");
        }
        let disabled = json!({"scaleUp": {"selectPolicy": "Disabled"}, "scaleDown": {"selectPolicy": "Disabled"}});
        assert_eq!(run(&disabled, (1, 9), 5, &[9]), [5]);
    }
}
