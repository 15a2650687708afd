//! Scenarios on the virtual clock: something is asked for, time passes, and what came of it is
//! looked at, moment by moment.

use std::net::Ipv4Addr;
use std::sync::Arc;

use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus, ReplicaSetSpec};
use k8s_openapi::api::core::v1::{NodeSpec, PodStatus};
use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::*;
use crate::api::event::EventBody;
use crate::api::kinds::EndpointSliceBody;
use crate::api::{Object, PodSpec};
use crate::apiserver::{Actor, DeleteOptions, Propagation};
use crate::collections::{Sort, SortedSet};
use crate::kubelet::fake::FakeRuntime;
use crate::network::{Connect, Kernels, Outcome, Protocol, Trace, route};

mod daemons;
mod jobs;
mod kubelets;
mod neighbours;
mod nodes;
mod stateful;
mod storage;

const START: Time = Time::from_secs(1_795_164_114);

/// A cluster and its clock.
struct World {
    cluster: Cluster,
    now: Time,
    begin: u64,
}

impl World {
    fn new(seed: u64) -> World {
        let profile = Profile::named("kubeadm").unwrap();
        World::of(&profile, seed)
    }

    fn of(profile: &Profile, seed: u64) -> World {
        let cluster = Cluster::new(profile, seed, START, Box::new(FakeRuntime::new()));
        let begin = cluster.api.store().revision();
        World { cluster, now: START, begin }
    }

    fn create(&mut self, value: Value) {
        self.cluster.api.act_as(Actor { name: "kubernetes-admin".into(), because: None });
        bootstrap::create(&mut self.cluster.api, &Kinds::builtin(), vec![value], None);
        self.cluster.settle(self.now);
    }

    fn deployment(&mut self, replicas: i32, image: &str) {
        self.create(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "c", "image": image}]},
            }},
        }));
    }

    fn service(&mut self) {
        self.create(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"type": "NodePort", "selector": {"app": "web"},
                "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30080}]},
        }));
    }

    fn change(&mut self, change: impl FnOnce(&mut DeploymentSpec)) {
        let kind = self.cluster.kinds.deployment.clone();
        let mut object = (**self.cluster.api.get(&kind, &Key::new("default", "web")).unwrap()).clone();
        change(object.spec.get_mut::<DeploymentSpec>().unwrap());
        self.cluster.api.act_as(Actor { name: "kubernetes-admin".into(), because: None });
        self.cluster.api.update(object).unwrap();
        self.cluster.settle(self.now);
    }

    fn scale(&mut self, replicas: i32) {
        self.change(|spec| spec.replicas = Some(replicas));
    }

    fn set_image(&mut self, image: &str) {
        self.change(|spec| spec.template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned()));
    }

    fn run(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.cluster.run_until(self.now);
    }

    fn pods(&self) -> Vec<Arc<Object>> {
        let pods = self.cluster.api.store().list(self.cluster.kinds.pod.id, Some("default"));
        pods.cloned().collect()
    }

    fn status(&self) -> DeploymentStatus {
        let deployment = self.cluster.api.get(&self.cluster.kinds.deployment, &Key::new("default", "web")).unwrap();
        deployment.status::<DeploymentStatus>().unwrap().clone()
    }

    /// `reason: message` of the events since the start, oldest first.
    fn events(&self) -> Vec<String> {
        let changes = self.cluster.api.store().changes_since(self.begin).iter();
        let events = changes.filter(|change| change.old.is_none()).filter_map(|change| change.new.as_ref());
        let bodies = events.filter_map(|event| event.rest::<EventBody>());
        bodies.map(|body| format!("{}: {}", body.reason, body.message)).collect()
    }

    /// What a Deployment's status said, each time it changed: replicas, ready, terminating and
    /// the conditions in their order.
    fn history(&self) -> Vec<String> {
        let changes = self.cluster.api.store().changes_since(self.begin).iter();
        let mut seen: Vec<String> = Vec::new();
        for object in changes.filter_map(|change| change.new.as_ref()).filter(|one| *one.meta.name == *"web") {
            let Some(status) = object.status::<DeploymentStatus>() else { continue };
            let conditions = status.conditions.iter().flatten();
            let conditions: Vec<String> =
                conditions.map(|one| format!("{}={}", one.type_, one.reason.as_deref().unwrap_or_default())).collect();
            let number = |number: Option<i32>| number.unwrap_or(0);
            let line = format!(
                "{} {} {}",
                number(status.replicas),
                number(status.ready_replicas),
                conditions.join(" ").replace("MinimumReplicas", "").replace("NewReplicaSet", "New"),
            );
            if seen.last() != Some(&line) {
                seen.push(line);
            }
        }
        seen
    }

    fn endpoints(&self) -> SortedSet<String> {
        let slices = self.cluster.api.store().list(self.cluster.kinds.endpoint_slice.id, Some("default"));
        let bodies =
            slices.filter(|one| *one.meta.name != *"kubernetes").filter_map(|one| one.rest::<EndpointSliceBody>());
        let endpoints = bodies.flat_map(|body| &body.endpoints);
        let ready = endpoints.filter(|one| one.conditions.as_ref().and_then(|is| is.ready) == Some(true));
        ready.map(|one| one.addresses[0].clone()).collect()
    }

    fn ready_addresses(&self) -> SortedSet<String> {
        let pods = self.pods();
        let ready = pods.iter().filter(|pod| is_ready(pod) && pod.meta.deleted.is_none());
        ready.filter_map(|pod| pod.status::<PodStatus>().unwrap().pod_ip.clone()).collect()
    }
}

fn is_ready(pod: &Object) -> bool {
    let status = pod.status::<PodStatus>().unwrap();
    status.conditions.iter().flatten().any(|one| one.type_ == "Ready" && one.status == "True")
}

#[test]
fn a_cluster_is_twenty_seconds_old_and_whole() {
    let world = World::new(1);
    let store = world.cluster.api.store();
    let kinds = &world.cluster.kinds;
    let system: Vec<&Arc<Object>> = store.list(kinds.pod.id, Some("kube-system")).collect();
    assert_eq!(system.len(), 12);
    assert!(system.iter().all(|pod| is_ready(pod)));
    assert_eq!(store.list(kinds.event.id, None).count(), 0);
    assert_eq!(store.list(kinds.lease.id, Some("kube-node-lease")).count(), 3);
    assert_eq!(store.list(kinds.storage_class.id, None).count(), 2);
    for namespace in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        assert!(store.get(kinds.service_account.id, &Key::new(namespace, "default")).is_some());
        assert!(store.get(kinds.config_map.id, &Key::new(namespace, "kube-root-ca.crt")).is_some());
    }
    assert_eq!(world.cluster.api.store().list(kinds.pod.id, Some("default")).count(), 0);
}

#[test]
fn a_deployment_comes_up_as_a_real_one_does() {
    let mut world = World::new(1);
    world.deployment(2, "nginx:1.14.2");
    world.run(6);
    assert_eq!(
        world.history(),
        [
            "0 0 ",
            "0 0 Progressing=NewCreated",
            "0 0 Progressing=NewCreated Available=Unavailable",
            "2 0 Available=Unavailable Progressing=ReplicaSetUpdated",
            "2 1 Available=Unavailable Progressing=ReplicaSetUpdated",
            "2 2 Available=Available Progressing=NewAvailable",
        ]
    );
    // The hash is the one that a real cluster gives this template.
    let set = world.cluster.api.store().list(world.cluster.kinds.replica_set.id, Some("default")).next().unwrap();
    let mut reasons: Vec<String> =
        world.events().iter().filter_map(|one| one.split(':').next().map(str::to_owned)).collect();
    reasons.arrange();
    assert_eq!(
        reasons,
        [
            "Created",
            "Created",
            "Pulled",
            "Pulled",
            "Pulling",
            "Pulling",
            "ScalingReplicaSet",
            "Scheduled",
            "Scheduled",
            "Started",
            "Started",
            "SuccessfulCreate",
            "SuccessfulCreate",
        ]
    );
    assert_eq!(world.events()[0], format!("ScalingReplicaSet: Scaled up replica set {} from 0 to 2", set.meta.name));
    // Apart, on the nodes that tolerate no taint of theirs.
    let nodes: SortedSet<String> =
        world.pods().iter().filter_map(|pod| pod.spec::<PodSpec>().unwrap().node_name.clone()).collect();
    assert_eq!(nodes, SortedSet::from(["node01".to_owned(), "node02".to_owned()]));
}

#[test]
fn surplus_pods_stop_counting_at_once_and_end_in_their_own_time() {
    let mut world = World::new(2);
    world.deployment(4, "stubborn:v1");
    world.run(10);
    world.scale(1);
    world.run(1);
    assert_eq!(world.pods().len(), 4);
    let status = world.status();
    assert_eq!((status.replicas, status.ready_replicas, status.terminating_replicas), (Some(1), Some(1), Some(3)));
    world.run(28);
    assert_eq!(world.pods().len(), 4, "SIGTERM is ignored, and the grace is not over");
    world.run(3);
    assert_eq!(world.pods().len(), 1);
    assert!(world.events().iter().filter(|event| event.starts_with("Killing: Stopping container c")).count() == 3);
}

#[test]
fn what_crashes_is_started_again_later_and_later() {
    let mut world = World::new(3);
    world.deployment(1, "crash:v1");
    world.run(60);
    let pods = world.pods();
    let status = pods[0].status::<PodStatus>().unwrap();
    let container = &status.container_statuses.as_ref().unwrap()[0];
    let waiting = container.state.as_ref().unwrap().waiting.as_ref().unwrap();
    assert_eq!(waiting.reason.as_deref(), Some("CrashLoopBackOff"));
    assert!(waiting.message.as_ref().unwrap().starts_with("back-off 40s restarting failed container=c pod=web-"));
    // At once, after 10 s, after 20 s more.
    assert_eq!(container.restart_count, 3);
}

#[test]
fn an_image_that_is_not_there_is_told_and_tried_again() {
    let mut world = World::new(4);
    world.deployment(1, "missing:v1");
    world.run(5);
    let pods = world.pods();
    let status = pods[0].status::<PodStatus>().unwrap();
    let waiting = status.container_statuses.as_ref().unwrap()[0].state.as_ref().unwrap().waiting.clone().unwrap();
    assert_eq!(waiting.reason.as_deref(), Some("ImagePullBackOff"));
    let told: Vec<String> = world.events().into_iter().filter(|event| event.starts_with("Failed: Error")).collect();
    assert_eq!(told, ["Failed: Error: ErrImagePull", "Failed: Error: ImagePullBackOff"]);
}

#[test]
fn a_pod_without_room_waits_and_says_why() {
    let mut world = World::new(5);
    world.create(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big", "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "nginx:1", "resources": {"requests": {"cpu": "100"}}}]},
    }));
    world.run(2);
    assert_eq!(
        world.events(),
        ["FailedScheduling: 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new \
          claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."]
    );
    // A node is let go of its taint: the Pod still does not fit, but is looked at again.
    let kind = world.cluster.kinds.node.clone();
    let mut node = (**world.cluster.api.get(&kind, &Key::new("", "controlplane")).unwrap()).clone();
    node.spec.get_mut::<NodeSpec>().unwrap().taints = None;
    world.cluster.api.update(node).unwrap();
    world.cluster.settle(world.now);
    world.run(3);
    assert!(world.events().last().unwrap().contains("3 Insufficient cpu"));
}

#[test]
fn dependents_follow_their_owner() {
    for (propagation, sets, pods) in
        [(Propagation::Background, 0, 0), (Propagation::Foreground, 0, 0), (Propagation::Orphan, 1, 2)]
    {
        let mut world = World::new(6);
        world.deployment(2, "nginx:1.14.2");
        world.run(5);
        let options = DeleteOptions { propagation: Some(propagation), ..DeleteOptions::default() };
        let kind = world.cluster.kinds.deployment.clone();
        world.cluster.api.delete(&kind, &Key::new("default", "web"), &options).unwrap();
        world.cluster.settle(world.now);
        world.run(5);
        let store = world.cluster.api.store();
        assert!(store.get(kind.id, &Key::new("default", "web")).is_none(), "{propagation:?}");
        assert_eq!(store.list(world.cluster.kinds.replica_set.id, Some("default")).count(), sets, "{propagation:?}");
        assert_eq!(world.pods().len(), pods, "{propagation:?}");
    }
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it() {
    let mut world = World::new(7);
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}));
    world.run(1);
    world.create(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "c", "image": "nginx:1"}]},
    }));
    world.run(3);
    let kind = world.cluster.kinds.namespace.clone();
    world.cluster.api.delete(&kind, &Key::new("", "shop"), &DeleteOptions::default()).unwrap();
    world.cluster.settle(world.now);
    world.run(8);
    assert!(world.cluster.api.store().get(kind.id, &Key::new("", "shop")).is_none());
    assert_eq!(world.cluster.api.store().list(world.cluster.kinds.pod.id, Some("shop")).count(), 0);
}

/// A connection from the control plane's node to a port of the other one.
fn to_node(world: &World, kernels: &mut Kernels) -> Trace {
    let (from, to) = (Ipv4Addr::new(172, 30, 1, 2), Ipv4Addr::new(172, 30, 2, 2));
    let sent = Connect { from, to, port: 30080, protocol: Protocol::Tcp, at: world.now };
    route(world.cluster.network(), world.cluster.api.store(), world.cluster.kinds(), sent, kernels)
}

#[test]
fn a_request_follows_the_rules_to_every_endpoint_alike() {
    for replicas in [2, 3, 4, 7] {
        let mut world = World::new(8);
        world.deployment(replicas, "nginx:1.14.2");
        world.service();
        world.run(20);
        let mut kernels = Kernels::new(Rng::new(9));
        let mut counts = crate::collections::SortedMap::new();
        for _ in 0..1000 {
            let trace = to_node(&world, &mut kernels);
            let Outcome::Delivered { ip, port, .. } = trace.outcome else { panic!("{trace:?}") };
            assert_eq!(port, 8080);
            assert_eq!(trace.source, Ipv4Addr::new(172, 30, 2, 2), "masqueraded by the node that was asked");
            *counts.entry(ip).or_insert(0_i64) += 1;
        }
        assert_eq!(counts.len(), usize::try_from(replicas).unwrap());
        let expected = 1000 / i64::from(replicas);
        let chi_square: i64 = counts.values().map(|count| (count - expected).pow(2)).sum::<i64>() / expected;
        // One in a thousand would be above this, for up to six degrees of freedom.
        assert!(chi_square < 23, "{counts:?}: {chi_square}");
        let tables = world.cluster.network().tables("node01");
        let saved = tables.iter().flat_map(|(_, chains)| chains).flat_map(|chain| chain.saved()).collect::<Vec<_>>();
        let saved = saved.join("\n");
        // Three ports of CoreDNS with two endpoints each, and ours.
        assert_eq!(saved.matches("--probability").count(), 3 + counts.len() - 1);
        let rule = "-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment \"default/kubernetes:https cluster \
                    IP\" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y";
        assert!(saved.contains(rule), "{saved}");
    }
}

#[test]
fn nobody_there_is_refused() {
    let mut world = World::new(10);
    world.deployment(0, "nginx:1.14.2");
    world.service();
    world.run(3);
    let trace = to_node(&world, &mut Kernels::new(Rng::new(1)));
    assert_eq!(trace.outcome, Outcome::Refused);
}

/// Everything that was written, in order.
fn log(cluster: &Cluster) -> Vec<String> {
    let changes = cluster.api.store().changes_since(0).iter();
    let line = |change: &crate::apiserver::Change| {
        let object = change.new.as_ref().map(|object| object.to_value().to_string());
        format!("{} {} {object:?}", change.at.0, change.by)
    };
    changes.map(line).collect()
}

#[test]
fn any_split_of_time_gives_the_same_world() {
    let run = |step: u64| {
        let mut world = World::new(11);
        world.deployment(5, "nginx:1.14.2");
        world.service();
        let end = world.now + Duration::from_secs(9);
        while world.now < end {
            world.now = (world.now + Duration::from_micros(step)).min(end);
            world.cluster.run_until(world.now);
        }
        world.set_image("nginx:1.16.1");
        world.run(15);
        log(&world.cluster)
    };
    let whole = run(9_000_000);
    assert_eq!(whole, run(777));
    assert_eq!(whole, run(2_500_001));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever is asked for and when: a rollout stays within its bounds, no two Pods share an
    /// address, and in the end the endpoints are the ready Pods.
    #[test]
    fn invariants(seed in 0_u64..1000, steps in proptest::collection::vec((0_u8..4, 0_i32..7, 1_u64..4000), 1..8)) {
        let mut world = World::new(seed);
        world.deployment(3, "nginx:1.14.2");
        world.service();
        world.run(8);
        for (what, number, millis) in steps {
            match what {
                0 => world.scale(number),
                1 => world.set_image(&format!("nginx:1.{number}")),
                2 => world.set_image("sick:v1"),
                _ => world.change(|spec| spec.paused = Some(number > 3)),
            }
            let until = world.now + Duration::from_millis(millis);
            while let Some(at) = world.cluster.next_at().filter(|&at| at <= until) {
                world.cluster.step(at);
                check_addresses(&world);
                check_surge(&world);
            }
            world.now = until;
            world.cluster.run_until(until);
        }
        world.change(|spec| spec.paused = None);
        world.run(120);
        prop_assert_eq!(world.endpoints(), world.ready_addresses());
    }
}

fn check_addresses(world: &World) {
    let mut seen = SortedSet::new();
    for pod in world.cluster.api.store().list(world.cluster.kinds.pod.id, None) {
        let (spec, status) = (pod.spec::<PodSpec>().unwrap(), pod.status::<PodStatus>().unwrap());
        let ended = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
        if spec.host_network != Some(true)
            && !ended
            && let Some(ip) = &status.pod_ip
        {
            assert!(seen.insert(ip.clone()), "{ip} is given twice");
        }
    }
}

/// The ReplicaSets together never want more than the largest size lately wanted and its surge.
fn check_surge(world: &World) {
    let sets = world.cluster.api.store().list(world.cluster.kinds.replica_set.id, Some("default"));
    let wanted: i32 = sets.filter_map(|set| set.spec::<ReplicaSetSpec>()?.replicas).sum();
    assert!(wanted <= 6 + 2, "{wanted} wanted together");
}
