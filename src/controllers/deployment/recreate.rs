//! All old Pods go before the first new one comes. Models pkg/controller/deployment/recreate.go.

use k8s_openapi::api::core::v1::PodStatus;

use super::{Set, Sync, util};

impl Sync<'_> {
    pub(super) fn rollout_recreate(&mut self) {
        let (new, mut old) = self.sync_revision(false);
        let mut scaled = false;
        for set in old.iter_mut().filter(|set| set.desired() > 0) {
            if let Some(smaller) = self.scale_set(set, 0, true) {
                *set = smaller;
                scaled = true;
            }
        }
        if scaled || self.old_pods_running(&old) {
            return self.sync_rollout_status(new.as_ref(), &old);
        }
        let (new, old) = match new {
            Some(new) => (Some(new), old),
            None => self.sync_revision(true),
        };
        let Some(new) = new else { return };
        self.scale_set(&new, self.replicas(), true);
        if self.is_complete() {
            self.cleanup(&old);
        }
        self.sync_rollout_status(Some(&new), &old);
    }

    fn old_pods_running(&self, old: &[Set]) -> bool {
        util::actual_total(old) > 0
            || old.iter().any(|set| {
                self.view.store.owned_by(self.view.kinds.pod.id, &set.object.meta.uid).any(|pod| {
                    let phase = pod.status::<PodStatus>().and_then(|status| status.phase.as_deref());
                    !matches!(phase, Some("Succeeded" | "Failed"))
                })
            })
    }
}
