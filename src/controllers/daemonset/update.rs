//! Rolling updates. Models pkg/controller/daemon/update.go rollingUpdate.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Look, Names, OnNode, Pods};
use crate::api::Object;
use crate::collections::SortedMap;
use crate::controllers::deployment::scaled;

/// The new and the old Pod of a node.
type Pair<'a> = (Option<&'a Arc<Object>>, Option<&'a Arc<Object>>);

impl Look<'_> {
    /// How many Pods more than wanted there may be, and how many fewer (updatedDesiredNodeCounts).
    pub(super) fn bounds(&self, nodes: &SortedMap<Arc<str>, OnNode<'_>>) -> (usize, usize) {
        let desired = nodes.values().filter(|here| here.run).count();
        let desired = i32::try_from(desired).unwrap_or(i32::MAX);
        let rolling = self.spec.update_strategy.as_ref().and_then(|strategy| strategy.rolling_update.as_ref());
        let number = |value: Option<&IntOrString>| usize::try_from(scaled(value, desired, true)).unwrap_or(0);
        let surge = number(rolling.and_then(|rolling| rolling.max_surge.as_ref()));
        let unavailable = number(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()));
        // With both at 0 nothing could ever move.
        (surge, if surge == 0 && unavailable == 0 { 1 } else { unavailable })
    }

    /// The one new and the one old Pod of a node; `None` where there are more, which is for
    /// [`Look::manage`] to clean up (findUpdatedPodsOnNode).
    fn pair<'a>(&self, here: &'a OnNode<'_>) -> Option<Pair<'a>> {
        let (mut new, mut old) = (None, None);
        for pod in here.pods.iter().copied().filter(|pod| pod.meta.deleted.is_none()) {
            let place = if self.updated(pod) { &mut new } else { &mut old };
            if place.replace(pod).is_some() {
                return None;
            }
        }
        Some((new, old))
    }

    /// The nodes that get a new Pod beside the old one, and the old Pods that go now.
    pub(super) fn roll(&mut self, nodes: &SortedMap<Arc<str>, OnNode<'_>>) -> (Names, Pods) {
        let strategy = self.spec.update_strategy.as_ref().and_then(|strategy| strategy.type_.as_deref());
        if strategy == Some("OnDelete") {
            return (Vec::new(), Vec::new());
        }
        let (surge, unavailable) = self.bounds(nodes);
        // Those at once, and those for whom there must be room.
        let (mut create, mut to_create): (Names, Names) = (Vec::new(), Vec::new());
        let (mut delete, mut to_delete): (Pods, Pods) = (Vec::new(), Vec::new());
        let (mut surging, mut missing) = (0, 0);
        for (name, here) in nodes.iter().filter(|(_, here)| here.run || !here.pods.is_empty()) {
            let Some((new, old)) = self.pair(here) else {
                surging += 1;
                missing += 1;
                continue;
            };
            match (new, old) {
                (Some(new), Some(old)) if surge > 0 => {
                    if self.available(new) {
                        delete.push(Arc::clone(old));
                    } else {
                        surging += 1;
                    }
                }
                (None, Some(old)) if surge > 0 => {
                    let list = if self.available(old) { &mut to_create } else { &mut create };
                    list.push(Arc::clone(name));
                }
                (None, Some(old)) => {
                    let list = if self.available(old) { &mut to_delete } else { &mut delete };
                    list.push(Arc::clone(old));
                }
                (Some(new), None) => missing += usize::from(!self.available(new)),
                _ => missing += 1,
            }
        }
        if surge > 0 {
            create.extend(to_create.into_iter().take(surge.saturating_sub(surging)));
        } else {
            delete.extend(to_delete.into_iter().take(unavailable.saturating_sub(missing)));
        }
        (create, delete)
    }
}
