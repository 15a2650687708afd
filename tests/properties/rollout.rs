//! A rolling update stays within what its strategy allows, at every instant of it.
//!
//! As far as a Deployment's controller can know, that is: like upstream's (pkg/controller/deployment/rolling.go)
//! it goes by the statuses of the ReplicaSets. Where one of them still counts a Pod that is being deleted while a
//! new one becomes available, one Pod too many is let go. So the property reckons with what the statuses
//! claimed too much when ReplicaSets were last made smaller. And it goes by what the ReplicaSets are to have: a
//! new one may make a Pod just before the old one has begun to delete those it was told to. So Pods are counted
//! where every ReplicaSet's controller has seen what it is to have.

use std::rc::Rc;

use drydock::machine::{Capture, File, file};
use drydock::session::Session;
use drydock::sim::Duration;
use k8s_openapi::api::apps::v1::{DeploymentStatus, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::PodStatus;
use proptest::prelude::*;

/// A `maxSurge` or `maxUnavailable`: a number of Pods or a share of them.
#[derive(Clone, Copy, Debug)]
enum Bound {
    Pods(usize),
    Percent(usize),
}

impl Bound {
    fn json(self) -> String {
        match self {
            Bound::Pods(pods) => pods.to_string(),
            Bound::Percent(percent) => format!("\"{percent}%\""),
        }
    }

    /// How many Pods that is of so many.
    fn of(self, replicas: usize, round_up: bool) -> usize {
        match self {
            Bound::Pods(pods) => pods,
            Bound::Percent(percent) if round_up => (replicas * percent).div_ceil(100),
            Bound::Percent(percent) => replicas * percent / 100,
        }
    }
}

fn bound() -> impl Strategy<Value = Bound> {
    prop_oneof![(0_usize..5).prop_map(Bound::Pods), (0_usize..=100).prop_map(Bound::Percent)]
}

/// Starts a command on the learner's machine.
fn start(session: &mut Session, command: &str) -> drydock::machine::Child {
    let null: Rc<dyn File> = Rc::new(file::Null);
    let output: Rc<dyn File> = Rc::new(Capture::default());
    session.start(&["bash", "-c", command], "/root", [null, Rc::clone(&output), output]).unwrap()
}

/// How many Pods there are that are not ending, and how many of them are available.
fn pods(session: &Session) -> (usize, usize) {
    let cluster = session.cluster();
    let pods = cluster.api().store().list(cluster.kinds().pod.id, Some("default"));
    let staying: Vec<_> = pods.filter(|pod| pod.meta.deleted.is_none()).collect();
    let ready = staying.iter().filter_map(|pod| pod.status::<PodStatus>()?.conditions.as_ref());
    let ready = ready.filter(|all| all.iter().any(|one| one.type_ == "Ready" && one.status == "True"));
    (staying.len(), ready.count())
}

/// What the ReplicaSets say together.
struct Sets {
    /// How many Pods they are to have.
    wanted: usize,
    /// How many their statuses call available.
    available: usize,
    /// Whether all their controllers have seen what they are to have.
    observed: bool,
}

fn sets(session: &Session) -> Sets {
    let cluster = session.cluster();
    let sets = cluster.api().store().list(cluster.kinds().replica_set.id, Some("default"));
    let number = |number: Option<i32>| number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
    sets.fold(Sets { wanted: 0, available: 0, observed: true }, |all, set| {
        let (spec, status) = (set.spec::<ReplicaSetSpec>().unwrap(), set.status::<ReplicaSetStatus>().unwrap());
        Sets {
            wanted: all.wanted + number(spec.replicas),
            available: all.available + number(status.available_replicas),
            observed: all.observed && status.observed_generation == Some(set.meta.generation),
        }
    })
}

/// Whether the Deployment's status says that all is as it was asked for.
fn complete(session: &Session, replicas: usize) -> bool {
    let cluster = session.cluster();
    let mut all = cluster.api().store().list(cluster.kinds().deployment.id, Some("default"));
    all.next().is_some_and(|object| {
        let status = object.status::<DeploymentStatus>().unwrap();
        let numbers = [status.replicas, status.updated_replicas, status.available_replicas];
        status.observed_generation == Some(object.meta.generation)
            && numbers.iter().all(|number| number.and_then(|number| usize::try_from(number).ok()) == Some(replicas))
    })
}

proptest! {
    #![proptest_config(super::cases())]

    #[test]
    fn a_rollout_stays_within_its_bounds(
        seed in 0_u64..1000,
        replicas in 1_usize..9,
        surge in bound(),
        unavailable in bound(),
        comes_up in prop::bool::weighted(0.8),
    ) {
        let most = replicas + surge.of(replicas, true);
        // With neither more nor fewer nothing moves: the API refuses it.
        prop_assume!(surge.of(100, true) + unavailable.of(100, true) > 0);
        let mut fewer = unavailable.of(replicas, false);
        // What only rounds to that means one fewer (ResolveFenceposts).
        if fewer == 0 && most == replicas {
            fewer = 1;
        }
        let least = replicas.saturating_sub(fewer);

        let mut session = super::session(seed);
        let create = format!(
            "kubectl create deployment web --image=gcr.io/google-samples/kubernetes-bootcamp:v1 --replicas={replicas}; \
             kubectl patch deployment web -p '{{\"spec\":{{\"strategy\":{{\"rollingUpdate\":\
             {{\"maxSurge\":{},\"maxUnavailable\":{}}}}}}}}}'; kubectl rollout status deployment web",
            surge.json(), unavailable.json(),
        );
        let child = start(&mut session, &create);
        let limit = session.now() + Duration::from_secs(600);
        prop_assert_eq!(session.wait(&child, limit), Some(0));
        prop_assert_eq!(pods(&session), (replicas, replicas));

        let image = if comes_up { "jocatalin/kubernetes-bootcamp:v2" } else { "no-such-image:v1" };
        start(&mut session, &format!("kubectl set image deployment web '*={image}'"));
        let before = { session.cluster().api().store().revision() };
        let end = session.now() + Duration::from_secs(300);
        let asked = |session: &Session| session.cluster().api().store().revision() > before;
        let (mut wanted, mut lag) = (replicas, 0);
        while !(asked(&session) && complete(&session, replicas)) {
            let Some(at) = session.next_at().filter(|&at| at <= end) else { break };
            session.advance_to(at);
            let (staying, available) = pods(&session);
            let sets = sets(&session);
            if sets.wanted < wanted {
                lag = lag.max(sets.available.saturating_sub(available));
            }
            wanted = sets.wanted;
            prop_assert!(wanted <= most, "{} Pods wanted of at most {}", wanted, most);
            prop_assert!(!sets.observed || staying <= most, "{} Pods of at most {}", staying, most);
            prop_assert!(available + lag >= least, "{} available of at least {} (lag {})", available, least, lag);
        }
        prop_assert_eq!(complete(&session, replicas), comes_up);
    }
}
