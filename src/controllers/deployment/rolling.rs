//! The rolling update. Models pkg/controller/deployment/rolling.go.

use super::{Set, Sync, util};

impl Sync<'_> {
    pub(super) fn rollout_rolling(&mut self) {
        let (new, mut old) = self.sync_revision(true);
        let Some(new) = new else { return };
        if !self.reconcile_new(&new, &old) && !self.reconcile_old(&new, &mut old) && self.is_complete() {
            self.cleanup(&old);
        }
        self.sync_rollout_status(Some(&new), &old);
    }

    fn reconcile_new(&mut self, new: &Set, old: &[Set]) -> bool {
        let wanted = self.replicas();
        let size = if new.desired() > wanted { wanted } else { self.new_set_replicas(new, old) };
        self.scale_set(new, size, true).is_some()
    }

    fn reconcile_old(&mut self, new: &Set, old: &mut [Set]) -> bool {
        let active: Vec<usize> = (0..old.len()).filter(|&at| old[at].desired() > 0).collect();
        let old_pods = util::desired_total(old.iter());
        if old_pods == 0 {
            return false;
        }
        let (_, max_unavailable) = util::bounds(self.spec);
        let min_available = self.replicas() - max_unavailable;
        let new_unavailable = new.desired() - new.available();
        let may_go = old_pods + new.desired() - min_available - new_unavailable;
        if may_go <= 0 {
            return false;
        }
        // First those that do not work anyway (cleanupUnhealthyReplicas) …
        let mut gone = 0;
        for &at in &active {
            let set = &mut old[at];
            let unhealthy = set.desired() - set.available();
            if gone >= may_go || unhealthy <= 0 {
                continue;
            }
            let down = unhealthy.min(may_go - gone);
            if let Some(scaled) = self.scale_set(set, set.desired() - down, true) {
                *set = scaled;
            }
            gone += down;
        }
        // … then as many as may be missed (scaleDownOldReplicaSetsForRollingUpdate).
        let available = util::available_total(old.iter()) + new.available();
        let mut surplus = (available - min_available).max(0);
        for &at in &active {
            let set = &mut old[at];
            let down = set.desired().min(surplus);
            if down > 0 {
                if let Some(scaled) = self.scale_set(set, set.desired() - down, true) {
                    *set = scaled;
                }
                surplus -= down;
                gone += down;
            }
        }
        gone > 0
    }
}
