//! A runtime for tests and benchmarks of the cluster alone: every image is there, every
//! container runs until it is stopped.

use std::sync::Arc;

use super::runtime::{Exit, ImageFacts, ProbeAction, ProbeResult, Runtime, Signal, Start, StartError};
use crate::collections::{SortedMap, SortedSet};
use crate::sim::{Duration, Time};

/// See the module. What a test wants otherwise, it says by the image's name: `missing` cannot
/// be pulled, `stubborn` ignores SIGTERM, `crash` ends with status 1 after 100 ms, `done` ends with
/// status 0, `greedy` is killed for its use of memory, `sick` fails its probes.
#[derive(Debug, Default)]
pub struct FakeRuntime {
    running: SortedMap<(Arc<str>, String), String>,
    images: std::cell::RefCell<SortedMap<String, ImageFacts>>,
    healthy: SortedSet<Arc<str>>,
}

impl FakeRuntime {
    /// A runtime that runs nothing yet.
    pub fn new() -> FakeRuntime {
        FakeRuntime::default()
    }

    /// Lets the probes of a Pod with the image `sick` succeed.
    pub fn heal(&mut self, pod_uid: &Arc<str>) {
        self.healthy.insert(Arc::clone(pod_uid));
    }

    fn image_of(&self, pod_uid: &str, container: &str) -> Option<&str> {
        self.running.get(&(Arc::from(pod_uid), container.to_owned())).map(String::as_str)
    }
}

impl Runtime for FakeRuntime {
    fn names_image(&self, reference: &str) -> bool {
        !reference.contains(' ')
    }

    fn image(&self, reference: &str) -> Result<ImageFacts, String> {
        if reference.contains("missing") {
            return Err(format!(
                "failed to pull and unpack image \"{reference}\": failed to resolve reference \"{reference}\": {reference}: not found"
            ));
        }
        let mut images = self.images.borrow_mut();
        let facts = images.entry(reference.to_owned()).or_insert_with(|| ImageFacts {
            name: reference.into(),
            id: format!("{reference}@sha256:00").into(),
            size: 31_478_228,
            uid: 0,
        });
        Ok(facts.clone())
    }

    fn start(&mut self, start: Start<'_>) -> Result<Option<Exit>, StartError> {
        let image = start.container.image.clone().unwrap_or_default();
        let code = if image.contains("greedy") {
            Some(137)
        } else if image.contains("crash") {
            Some(1)
        } else if image.contains("done") {
            Some(0)
        } else {
            None
        };
        self.running.insert((Arc::clone(start.pod_uid), start.container.name.clone()), image);
        Ok(code.map(|code| Exit { at: start.now + Duration::from_millis(100), code }))
    }

    fn signal(&mut self, pod_uid: &str, container: &str, signal: Signal, now: Time) -> Option<Exit> {
        let stubborn = self.image_of(pod_uid, container).is_some_and(|image| image.contains("stubborn"));
        match signal {
            Signal::Kill => Some(Exit { at: now, code: 137 }),
            Signal::Stop if stubborn => None,
            Signal::Stop => Some(Exit { at: now + Duration::from_millis(300), code: 0 }),
        }
    }

    fn probe(&mut self, pod: &str, container: &str, _: &ProbeAction, _: Duration, _: u32) -> Option<ProbeResult> {
        let sick = self.image_of(pod, container).is_some_and(|image| image.contains("sick"));
        Some(match sick && !self.healthy.contains(pod) {
            true => ProbeResult::Failure("HTTP probe failed with statuscode: 500".into()),
            false => ProbeResult::Success,
        })
    }

    fn remount(&mut self, _: &str) {}

    fn was_out_of_memory(&self, pod_uid: &str, container: &str) -> bool {
        self.image_of(pod_uid, container).is_some_and(|image| image.contains("greedy"))
    }

    fn remove(&mut self, pod_uid: &str) {
        let from = (Arc::from(pod_uid), String::new());
        let keys: Vec<_> = self.running.range(&from..).map(|(key, _)| key.clone()).collect();
        for key in keys.into_iter().take_while(|key| *key.0 == *pod_uid) {
            self.running.remove(&key);
        }
    }
}
