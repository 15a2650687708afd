//! Time that runs ahead: on to the next change, or until nothing is under way.
//!
//! One rule for both, asked after each event. So where it ends does not depend on the slices in
//! which a caller, who has other things to do, lets it go on.

use k8s_openapi::api::core::v1::PodStatus;

use super::Session;
use crate::api::{Key, Object, PodSpec};
use crate::collections::SortedSet;
use crate::sim::{Duration, Time};

/// What time runs ahead for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// An object changes that a learner looks at: not a node's lease, not an Event.
    Change,
    /// No Pod is on its way somewhere, and no object has changed for [`QUIET`].
    Stable,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The goal has come about.
    Arrived,
    /// It has not by the limit, or nothing is left that could bring it about.
    GaveUp,
}

/// What is stable has been so for this long.
const QUIET: Duration = Duration::from_secs(2);

/// A run ahead that is going on. See [`Session::ahead`].
pub struct Ahead {
    goal: Goal,
    /// When it gives up.
    limit: Time,
    /// The revision of the last change that was looked at.
    seen: u64,
    /// When an object changed last.
    quiet_since: Time,
    /// The Pods that are on their way.
    under_way: SortedSet<Key>,
}

impl Session {
    /// Begins to run ahead, for `limit` at most; [`Session::go_ahead`] does it.
    pub fn ahead(&self, goal: Goal, limit: Duration) -> Ahead {
        let cluster = self.cluster();
        let pods = cluster.api().store().list(cluster.kinds().pod.id, None);
        let under_way = pods.filter(|pod| is_under_way(pod)).map(|pod| pod.key()).collect();
        let seen = cluster.api().store().revision();
        Ahead { goal, limit: self.now() + limit, seen, quiet_since: self.now(), under_way }
    }

    /// Goes on with it until `until`; says how it ended, if it has.
    pub fn go_ahead(&mut self, ahead: &mut Ahead, until: Time) -> Option<Ended> {
        loop {
            let stable = ahead.under_way.is_empty().then(|| ahead.quiet_since + QUIET);
            let arrives = stable.filter(|_| ahead.goal == Goal::Stable);
            if arrives.is_some_and(|at| at <= self.now()) {
                return Some(Ended::Arrived);
            }
            // Heartbeats alone change nothing.
            let is_over =
                arrives.is_none() && self.cluster().next_event_at().is_none() && self.world.sim.next_at().is_none();
            if is_over || ahead.limit <= self.now() {
                return Some(Ended::GaveUp);
            }
            if until <= self.now() {
                return None;
            }
            let target = arrives.unwrap_or(ahead.limit).min(ahead.limit).min(until);
            if !self.world.step(target) {
                self.advance_to(target);
            }
            if self.look(ahead) && ahead.goal == Goal::Change {
                return Some(Ended::Arrived);
            }
        }
    }

    /// Looks at what changed; says whether anything did.
    fn look(&self, ahead: &mut Ahead) -> bool {
        let cluster = self.cluster();
        let kinds = cluster.kinds();
        let mut changed = false;
        for change in cluster.api().store().changes_since(ahead.seen) {
            ahead.seen = change.revision;
            if change.kind == kinds.lease.id || change.kind == kinds.event.id {
                continue;
            }
            changed = true;
            if let (true, Some(pod)) = (change.kind == kinds.pod.id, change.object()) {
                match change.new.as_deref().is_some_and(is_under_way) {
                    true => ahead.under_way.insert(pod.key()),
                    false => ahead.under_way.remove(&pod.key()),
                };
            }
        }
        if changed {
            ahead.quiet_since = self.now();
        }
        changed
    }
}

/// Whether time alone will make something else of this Pod: it is being deleted, or it is bound
/// and neither ready, nor at its end, nor waiting for something that went wrong.
fn is_under_way(pod: &Object) -> bool {
    let status = pod.status::<PodStatus>();
    let is_bound = pod.spec::<PodSpec>().is_some_and(|spec| spec.node_name.is_some());
    let is_over = status.is_some_and(|status| matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")));
    let conditions = status.and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let is_ready = conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    let containers = status
        .into_iter()
        .flat_map(|status| status.init_container_statuses.iter().chain(&status.container_statuses).flatten());
    let mut reasons = containers.filter_map(|container| container.state.as_ref()?.waiting.as_ref()?.reason.as_deref());
    let fails = reasons.any(|reason| !matches!(reason, "ContainerCreating" | "PodInitializing"));
    pod.meta.deleted.is_some() || is_bound && !is_over && !is_ready && !fails
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Config, Input};

    const START: Time = Time::from_secs(1_795_164_114);

    fn session() -> Session {
        let mut session = Session::new(Config { profile: "kubeadm".into(), seed: 1, start: START }).unwrap();
        session.input(Input::Resize { terminal: 0, columns: 80, rows: 24 });
        session.advance(Duration::from_secs(5));
        session
    }

    fn type_in(session: &mut Session, line: &str) {
        session.input(Input::Keys { terminal: 0, text: format!("{line}\r") });
    }

    fn run(session: &mut Session, goal: Goal, slice: Duration) -> Ended {
        let mut ahead = session.ahead(goal, Duration::from_secs(300));
        loop {
            let until = session.now() + slice;
            if let Some(ended) = session.go_ahead(&mut ahead, until) {
                return ended;
            }
        }
    }

    fn phases(session: &Session) -> Vec<String> {
        let cluster = session.cluster();
        let pods = cluster.api().store().list(cluster.kinds().pod.id, Some("default"));
        pods.filter_map(|pod| pod.status::<PodStatus>()?.phase.clone()).collect()
    }

    #[test]
    fn ends_at_the_same_instant_in_whatever_slices() {
        let ends = [1_000_000, 33_333, 7_001].map(|micros| {
            let mut session = session();
            type_in(&mut session, "kubectl create deployment web --image=nginx --replicas=3");
            let mut ends = Vec::new();
            for goal in [Goal::Change, Goal::Change, Goal::Change, Goal::Stable, Goal::Stable] {
                let ended = run(&mut session, goal, Duration::from_micros(micros));
                ends.push((ended, session.now()));
            }
            (ends, session.state_hash())
        });
        assert_eq!(ends[0], ends[1]);
        assert_eq!(ends[0], ends[2]);
        let (ends, _) = &ends[0];
        assert!(ends.iter().all(|(ended, _)| *ended == Ended::Arrived), "{ends:?}");
        assert!(ends.windows(2).all(|pair| pair[0].1 < pair[1].1), "{ends:?}");
    }

    #[test]
    fn stable_is_when_every_pod_is_where_it_will_stay() {
        let mut session = session();
        type_in(&mut session, "kubectl create deployment web --image=nginx --replicas=3");
        assert_eq!(run(&mut session, Goal::Stable, Duration::from_secs(1)), Ended::Arrived);
        assert_eq!(phases(&session), ["Running"; 3]);
        // A command that goes on watching is not under way.
        type_in(&mut session, "kubectl scale deployment web --replicas=1; kubectl get pods -w");
        assert_eq!(run(&mut session, Goal::Stable, Duration::from_secs(1)), Ended::Arrived);
        assert_eq!(phases(&session), ["Running"]);
        session.input(Input::Keys { terminal: 0, text: "\u{3}".into() });
        // What cannot be pulled will not come by waiting.
        type_in(&mut session, "kubectl create deployment bad --image=nginx:nosuch");
        let before = session.now();
        assert_eq!(run(&mut session, Goal::Stable, Duration::from_secs(1)), Ended::Arrived);
        assert!(session.now() < before + Duration::from_secs(60));
        assert_eq!(phases(&session), ["Pending", "Running"]);
    }

    #[test]
    fn a_cluster_in_which_nothing_can_happen_is_left_alone() {
        let mut session = session();
        assert_eq!(run(&mut session, Goal::Stable, Duration::from_secs(1)), Ended::Arrived);
        let before = session.now();
        assert_eq!(run(&mut session, Goal::Change, Duration::from_secs(1)), Ended::GaveUp);
        assert!(session.now() <= before + Duration::from_secs(300));
    }
}
