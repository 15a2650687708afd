//! Images pulled, one at a time on each node. Models pkg/kubelet/images/image_manager.go.
//!
//! Diverges: a pull takes most of a second and what 400 MB/s make of the image's size; layers are
//! not shared between images.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Container;

use super::worker::Job;
use super::{Kubelets, Tools};
use crate::sim::{Duration, Time};

const BYTES_PER_MICROSECOND: u64 = 400;

/// When the container's image is pulled.
pub(super) fn policy(container: &Container) -> &str {
    match container.image_pull_policy.as_deref() {
        Some(policy) if !policy.is_empty() => policy,
        _ => {
            let image = container.image.as_deref().unwrap_or_default();
            let name = image.rsplit('/').next().unwrap_or(image);
            let latest = !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest");
            if latest { "Always" } else { "IfNotPresent" }
        }
    }
}

/// `861ms`, `1.2s`: as Go prints a duration cut to milliseconds.
pub(super) fn go_duration(span: Duration) -> String {
    let millis = span.as_millis();
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let text = format!("{}.{:03}", rest / 1000, rest % 1000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if minutes > 0 { format!("{minutes}m{text}s") } else { format!("{text}s") }
}

impl Kubelets {
    pub(super) fn pull(
        &mut self,
        uid: &Arc<str>,
        at: usize,
        reference: &str,
        present: bool,
        now: Time,
        tools: &mut Tools<'_>,
    ) {
        self.tell(uid, Some(at), "Normal", "Pulling", format!("Pulling image \"{reference}\""), now, tools);
        let facts = tools.runtime.image(reference);
        let takes = match &facts {
            // Only asks whether it is still the same.
            Ok(_) if present => self.jitter(260_000, 480_000),
            Ok(facts) => self.jitter(650_000, 1_150_000) + Duration::from_micros(facts.size / BYTES_PER_MICROSECOND),
            Err(_) => self.jitter(500_000, 900_000),
        };
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Some(node) = self.nodes.get_mut(&worker.node) else { return };
        let begin = node.pulling_until.max(now);
        node.pulling_until = begin + takes;
        let container = &mut worker.containers[at];
        container.busy = true;
        container.pull = Some((now, takes, facts.as_ref().err().cloned()));
        container.image = facts.ok().or(container.image.take());
        let done = node.pulling_until.since(now);
        self.after(uid, now, done, Job::Pulled(at));
    }

    pub(super) fn pulled(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Some((asked, takes, error)) = worker.containers[at].pull.clone() else { return };
        let Some(container) = worker.spec().and_then(|spec| worker.containers[at].container(spec)) else { return };
        let reference = container.image.clone().unwrap_or_default();
        if let Some(error) = error {
            let message = format!("Failed to pull image \"{reference}\": {error}");
            self.tell(uid, Some(at), "Warning", "Failed", message, now, tools);
            self.tell(uid, Some(at), "Warning", "Failed", "Error: ErrImagePull", now, tools);
            self.hold(uid, at, "ErrImagePull", error, now);
            let delay = self.jitter(1_500_000, 2_500_000);
            self.after(uid, now, delay, Job::PullBackOff(at));
            self.after(uid, now, Duration::from_millis(1), Job::Proceed);
            return;
        }
        let size = worker.containers[at].image.as_ref().map_or(0, |facts| facts.size);
        if let Some(node) = self.nodes.get_mut(&worker.node) {
            node.images.insert(reference.clone());
        }
        let message = format!(
            "Successfully pulled image \"{reference}\" in {} ({} including waiting). Image size: {size} bytes.",
            go_duration(takes),
            go_duration(now.since(asked)),
        );
        self.tell(uid, Some(at), "Normal", "Pulled", message, now, tools);
        let delay = self.jitter(800, 2_000);
        self.after(uid, now, delay, Job::Create(at));
    }

    pub(super) fn pull_back_off(&mut self, uid: &Arc<str>, at: usize, now: Time, tools: &mut Tools<'_>) {
        let Some(worker) = self.workers.get_mut(uid) else { return };
        let Some(container) = worker.spec().and_then(|spec| worker.containers[at].container(spec)) else { return };
        let reference = container.image.clone().unwrap_or_default();
        let Some((_, _, Some(error))) = worker.containers[at].pull.clone() else { return };
        let work = &mut worker.containers[at];
        work.pull_back_off.again(now);
        let wait = work.pull_back_off.delay();
        let message = format!("Back-off pulling image \"{reference}\"");
        self.tell(uid, Some(at), "Normal", "BackOff", message.clone(), now, tools);
        self.tell(uid, Some(at), "Warning", "Failed", "Error: ImagePullBackOff", now, tools);
        self.hold(uid, at, "ImagePullBackOff", format!("{message}: ErrImagePull: {error}"), now);
        self.after(uid, now, wait, Job::Retry(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_go_prints_them() {
        for (millis, text) in [(861, "861ms"), (1000, "1s"), (1200, "1.2s"), (2515, "2.515s"), (65_010, "1m5.01s")] {
            assert_eq!(go_duration(Duration::from_micros(millis * 1000 + 999)), text);
        }
    }

    #[test]
    fn the_policy_follows_the_tag() {
        for (image, expected) in [
            ("nginx", "Always"),
            ("nginx:latest", "Always"),
            ("nginx:1.16.1", "IfNotPresent"),
            ("localhost:5000/web", "Always"),
            ("nginx@sha256:00", "IfNotPresent"),
        ] {
            let container = Container { image: Some(image.to_owned()), ..Container::default() };
            assert_eq!(policy(&container), expected, "{image}");
        }
    }
}
