//! How many replicas a resource metric asks for. Models pkg/controller/podautoscaler/replica_calculator.go
//! and metrics/utilization.go.

use std::sync::Arc;

use k8s_openapi::api::core::v1::PodStatus;

use crate::api::{Object, PodSpec, Quantity, Selector, time};
use crate::apiserver::usage::{PodUsage, Usage, WINDOW_SECONDS};
use crate::collections::SortedMap;
use crate::controllers::View;
use crate::sim::{Duration, Time};

/// --horizontal-pod-autoscaler-cpu-initialization-period
const CPU_INITIALIZATION_PERIOD: Duration = Duration::from_secs(5 * 60);
/// --horizontal-pod-autoscaler-initial-readiness-delay
const INITIAL_READINESS_DELAY: Duration = Duration::from_secs(30);

/// What a metric is about.
pub struct Question<'a> {
    /// `cpu`, `memory`.
    pub resource: &'a str,
    /// One container of each Pod; all where it is empty.
    pub container: &'a str,
    /// The namespace of the Pods …
    pub namespace: &'a str,
    /// … and their labels.
    pub selector: &'a Selector,
    /// How many replicas are wanted now.
    pub current: i64,
    /// By how much use may differ before anything is done: less, and more.
    pub tolerance: (f64, f64),
}

/// What to aim at.
#[derive(Clone, Copy)]
pub enum Target {
    /// Percent of what is requested.
    Utilization(i64),
    /// Thousandths for each Pod.
    Average(i64),
}

/// What a metric asks for.
pub struct Answer {
    /// How many replicas.
    pub replicas: i64,
    /// Percent of what is requested.
    pub utilization: i64,
    /// Thousandths that a Pod uses on average.
    pub average: i64,
}

/// Thousandths used, by Pod.
type Metrics = SortedMap<Arc<str>, i64>;

impl Question<'_> {
    /// Models GetResourceReplicas and GetRawResourceReplicas.
    pub fn answer(&self, target: Target, view: &View<'_>) -> Result<Answer, String> {
        let mut metrics =
            self.metrics(view).map_err(|why| format!("unable to get metrics for resource {}: {why}", self.resource))?;
        let pods: Vec<&Arc<Object>> = match self.selector.exact_label() {
            Some((key, value)) => view.store.labelled(view.kinds.pod.id, self.namespace, key, value).collect(),
            None => view.store.list(view.kinds.pod.id, Some(self.namespace)).collect(),
        };
        let pods: Vec<&Arc<Object>> = pods.into_iter().filter(|pod| self.selector.matches(&pod.meta.labels)).collect();
        if pods.is_empty() {
            return Err("No pods returned by selector while calculating replica count".to_owned());
        }
        let groups = self.group(&pods, &metrics, view.now);
        metrics.retain(|name, _| !groups.ignored.contains(name) && !groups.unready.contains(name));
        if metrics.is_empty() {
            return Err("did not receive metrics for targeted pods (pods might be unready)".to_owned());
        }
        let requests = match target {
            Target::Utilization(_) => self.requests(&pods)?,
            Target::Average(_) => SortedMap::new(),
        };
        let measure = |metrics: &Metrics| measure(metrics, &requests, target);
        let (ratio, utilization, average) = measure(&metrics)?;
        let answer = |replicas| Answer { replicas, utilization, average };
        let within = |ratio: f64| ratio >= 1.0 - self.tolerance.0 && ratio <= 1.0 + self.tolerance.1;
        let unready_count = !groups.unready.is_empty() && ratio > 1.0;
        if !unready_count && groups.missing.is_empty() {
            if within(ratio) {
                return Ok(answer(self.current));
            }
            return Ok(answer((ratio * groups.ready as f64).ceil() as i64));
        }
        // Who is not heard of is taken for what speaks against a change.
        for name in &groups.missing {
            let assumed = match target {
                _ if ratio >= 1.0 => 0,
                Target::Utilization(percent) => requests.get(name).unwrap_or(&0) * percent.max(100) / 100,
                Target::Average(average) => average,
            };
            if ratio != 1.0 || matches!(target, Target::Average(_)) {
                metrics.insert(Arc::clone(name), assumed);
            }
        }
        if unready_count {
            metrics.extend(groups.unready.iter().map(|name| (Arc::clone(name), 0)));
        }
        let (second, ..) = measure(&metrics)?;
        if within(second) || ratio < 1.0 && second > 1.0 || ratio > 1.0 && second < 1.0 {
            return Ok(answer(self.current));
        }
        let replicas = (second * metrics.len() as f64).ceil() as i64;
        if second < 1.0 && replicas > self.current || second > 1.0 && replicas < self.current {
            return Ok(answer(self.current));
        }
        Ok(answer(replicas))
    }

    /// Models metrics/client.go GetResourceMetric.
    fn metrics(&self, view: &View<'_>) -> Result<Metrics, String> {
        let usages = view.api.pod_usages(self.namespace, self.selector);
        let usages = usages
            .map_err(|status| format!("unable to fetch metrics from resource metrics API: {}", status.message))?;
        if usages.is_empty() {
            return Err("no metrics returned from resource metrics API".to_owned());
        }
        usages.iter().map(|usage| Ok((Arc::clone(&usage.pod.meta.name), self.used(usage)?))).collect()
    }

    /// What a Pod uses of the resource.
    fn used(&self, usage: &PodUsage) -> Result<i64, String> {
        let of = |usage: Usage| {
            let amount = if self.resource == "cpu" { usage.cpu } else { usage.memory.saturating_mul(1000) };
            i64::try_from(amount).unwrap_or(i64::MAX)
        };
        if self.container.is_empty() {
            return Ok(of(usage.sum()));
        }
        let found = usage.containers.iter().find(|(name, _)| name == self.container);
        found.map(|(_, usage)| of(*usage)).ok_or_else(|| {
            let meta = &usage.pod.meta;
            format!(
                "failed to get container metrics: container {} not present in metrics for pod {}/{}",
                self.container, meta.namespace, meta.name
            )
        })
    }

    /// Models groupPods.
    fn group(&self, pods: &[&Arc<Object>], metrics: &Metrics, now: Time) -> Groups {
        let mut groups = Groups::default();
        for pod in pods {
            let name = Arc::clone(&pod.meta.name);
            let status = pod.status::<PodStatus>();
            let phase = status.and_then(|status| status.phase.as_deref()).unwrap_or_default();
            if pod.meta.deleted.is_some() || phase == "Failed" {
                groups.ignored.push(name);
            } else if phase == "Pending" {
                groups.unready.push(name);
            } else if !metrics.contains_key(&name) {
                groups.missing.push(name);
            } else if self.resource == "cpu" && status.is_none_or(|status| unready(status, now)) {
                groups.unready.push(name);
            } else {
                groups.ready += 1;
            }
        }
        groups
    }

    /// Models calculateRequests.
    fn requests(&self, pods: &[&Arc<Object>]) -> Result<Metrics, String> {
        let mut requests = Metrics::new();
        for pod in pods {
            let Some(spec) = pod.spec::<PodSpec>() else { continue };
            let sidecars = spec.init_containers.iter().flatten();
            let sidecars = sidecars.filter(|container| container.restart_policy.as_deref() == Some("Always"));
            let mut sum = 0;
            for container in spec.containers.iter().chain(sidecars) {
                if !self.container.is_empty() && container.name != self.container {
                    continue;
                }
                let requests = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
                let request = requests.and_then(|requests| Quantity::parse(&requests.get(self.resource)?.0));
                sum += request.map(Quantity::milli_value).ok_or_else(|| {
                    format!(
                        "missing request for {} in container {} of Pod {}",
                        self.resource, container.name, pod.meta.name
                    )
                })?;
            }
            requests.insert(Arc::clone(&pod.meta.name), sum);
        }
        Ok(requests)
    }
}

/// The Pods, by what their metrics are worth.
#[derive(Default)]
struct Groups {
    ready: usize,
    unready: Vec<Arc<str>>,
    missing: Vec<Arc<str>>,
    ignored: Vec<Arc<str>>,
}

/// Whether a Pod's CPU is not yet worth looking at: it may be starting.
fn unready(status: &PodStatus, now: Time) -> bool {
    let ready = status.conditions.iter().flatten().find(|condition| condition.type_ == "Ready");
    let (Some(ready), Some(started)) = (ready, &status.start_time) else { return true };
    let started = time::from_meta(started);
    let turned = ready.last_transition_time.as_ref().map_or(Time::default(), time::from_meta);
    if started + CPU_INITIALIZATION_PERIOD > now {
        // The measurement's time is told in whole seconds.
        let seen = Time::from_secs(now.secs());
        return ready.status == "False" || seen < turned + Duration::from_secs(WINDOW_SECONDS);
    }
    ready.status == "False" && started + INITIAL_READINESS_DELAY > turned
}

/// How use compares to the target, in percent of what is requested, and on average.
/// Models GetResourceUtilizationRatio and GetMetricUsageRatio.
fn measure(metrics: &Metrics, requests: &Metrics, target: Target) -> Result<(f64, i64, i64), String> {
    let aim = match target {
        Target::Average(aim) => {
            let average = metrics.values().sum::<i64>() / (metrics.len() as i64).max(1);
            return Ok((average as f64 / aim.max(1) as f64, 0, average));
        }
        Target::Utilization(aim) => aim,
    };
    let (mut used, mut requested, mut count) = (0_i64, 0_i64, 0_i64);
    for (name, amount) in metrics {
        let Some(request) = requests.get(name) else { continue };
        used = used.saturating_add(*amount);
        requested = requested.saturating_add(*request);
        count += 1;
    }
    if requested == 0 {
        return Err("no metrics returned matched known pods".to_owned());
    }
    let percent = used.saturating_mul(100) / requested;
    Ok((percent as f64 / aim.max(1) as f64, percent, used / count))
}
