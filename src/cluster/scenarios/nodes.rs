//! Nodes that are lost, and Pods that drive others off them.

use k8s_openapi::api::core::v1::NodeStatus;

use super::*;

impl World {
    fn node(&self, name: &str) -> Arc<Object> {
        Arc::clone(self.cluster.api.get(&self.cluster.kinds.node, &Key::new("", name)).unwrap())
    }

    fn run_kubelet(&mut self, node: &str, runs: bool) {
        self.cluster.run_kubelet(node, runs, self.now);
    }

    /// The status of the node's `Ready` condition, and its taints.
    fn condition(&self, name: &str) -> String {
        let node = self.node(name);
        let status = node.status::<NodeStatus>().unwrap();
        let ready = status.conditions.iter().flatten().find(|one| one.type_ == "Ready").unwrap();
        let taints = node.spec::<NodeSpec>().unwrap().taints.iter().flatten();
        let taints =
            taints.map(|taint| format!(" {}:{}", taint.key.trim_start_matches("node.kubernetes.io/"), taint.effect));
        std::iter::once(ready.status.clone()).chain(taints).collect()
    }

    /// The Pods of a node: how many are ready, how many are not, and how many are to go.
    fn of_node(&self, name: &str) -> (usize, usize, usize) {
        let pods = self.pods();
        let here = pods.iter().filter(|pod| pod.spec::<PodSpec>().unwrap().node_name.as_deref() == Some(name));
        here.fold((0, 0, 0), |(ready, not, going), pod| match (pod.meta.deleted.is_some(), is_ready(pod)) {
            (true, _) => (ready, not, going + 1),
            (false, true) => (ready + 1, not, going),
            (false, false) => (ready, not + 1, going),
        })
    }
}

#[test]
fn a_node_whose_kubelet_stops_is_given_up_and_comes_back() {
    let mut world = World::new(1);
    world.deployment(4, "busy:v1");
    world.service();
    world.run(10);
    let [lost, left] = ["node01", "node02"].map(|node| world.of_node(node).0);
    assert_eq!((lost + left, world.endpoints().len()), (4, 4));
    world.run_kubelet("node01", false);
    // Its lease is at most ten seconds old.
    world.run(39);
    assert_eq!((&*world.condition("node01"), world.of_node("node01")), ("True", (lost, 0, 0)));
    world.run(17);
    assert!(world.condition("node01").starts_with("Unknown unreachable:NoSchedule"));
    assert_eq!((world.of_node("node01"), world.endpoints().len()), ((0, lost, 0), left));
    world.run(5);
    assert_eq!(world.condition("node01"), "Unknown unreachable:NoSchedule unreachable:NoExecute");
    // Its Pods tolerate that for five minutes; then others take their place, and they stay until their kubelet
    // sees to their end.
    world.run(280);
    assert_eq!(world.of_node("node01"), (0, lost, 0));
    world.run(25);
    assert_eq!((world.of_node("node01"), world.of_node("node02")), ((0, 0, lost), (4, 0, 0)));
    world.run(600);
    assert_eq!(world.of_node("node01"), (0, 0, lost));
    world.run_kubelet("node01", true);
    world.run(5);
    assert_eq!((&*world.condition("node01"), world.of_node("node01")), ("True", (0, 0, 0)));
    let events = world.events();
    for told in [
        "NodeNotReady: Node node01 status is now: NodeNotReady",
        "NodeNotReady: Node is not ready",
        "TaintManagerEviction: Marking for deletion Pod default/web-",
        "NodeReady: Node node01 status is now: NodeReady",
    ] {
        assert!(events.iter().any(|event| event.starts_with(told)), "{told}: {events:?}");
    }
}

#[test]
fn a_node_that_comes_back_in_time_keeps_its_pods() {
    let mut world = World::new(2);
    world.deployment(2, "busy:v1");
    world.service();
    world.run(10);
    let lost = world.of_node("node01").0;
    world.run_kubelet("node01", false);
    world.run(90);
    assert_eq!(world.of_node("node01"), (0, lost, 0));
    world.run_kubelet("node01", true);
    world.run(5);
    assert_eq!((&*world.condition("node01"), world.of_node("node01")), ("True", (lost, 0, 0)));
    assert_eq!(world.endpoints().len(), 2);
    assert!(world.events().iter().any(|event| event.starts_with("TaintManagerEviction: Cancelling deletion of Pod")));
    world.run(400);
    assert_eq!(world.of_node("node01"), (lost, 0, 0));
}

#[test]
fn when_every_node_is_lost_nobody_is_driven_off() {
    let mut world = World::new(3);
    world.deployment(2, "busy:v1");
    world.run(10);
    for node in ["controlplane", "node01", "node02"] {
        world.run_kubelet(node, false);
    }
    world.run(500);
    assert_eq!(world.condition("node01"), "Unknown unreachable:NoSchedule");
    assert!(world.pods().iter().all(|pod| pod.meta.deleted.is_none()));
}

#[test]
fn a_cluster_that_is_well_has_nothing_to_do() {
    let mut world = World::new(4);
    world.run(60);
    assert_eq!(world.cluster.next_event_at(), None);
    world.run_kubelet("node02", false);
    assert!(world.cluster.next_event_at().is_some_and(|at| at.since(world.now) <= Duration::from_secs(10)));
}

impl World {
    /// A Pod of a priority, that asks for so many CPUs.
    fn ask(&mut self, name: &str, priority: &str, cpus: u32, policy: &str) {
        self.create(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": {"app": "many"}},
            "spec": {"priorityClassName": priority, "preemptionPolicy": policy, "terminationGracePeriodSeconds": 3,
                "containers": [{"name": "c", "image": "busy:v1", "resources": {"requests": {"cpu": cpus.to_string()}}}]},
        }));
    }

    fn priorities(&mut self) {
        for (name, value) in [("low", 10), ("high", 1000)] {
            self.create(json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                "metadata": {"name": name}, "value": value}));
        }
    }

    fn names(&self) -> Vec<String> {
        self.pods().iter().map(|pod| pod.meta.name.to_string()).collect()
    }
}

#[test]
fn a_pod_of_higher_priority_drives_lower_ones_off() {
    let mut world = World::new(5);
    world.priorities();
    for (name, cpus) in [("a", 3), ("b", 2), ("c", 1)] {
        world.ask(name, "low", cpus, "PreemptLowerPriority");
        world.run(3);
    }
    // It needs a whole node: the one with the fewest to lose.
    world.ask("vip", "high", 3, "Never");
    world.run(3);
    assert!(world.events().last().unwrap().ends_with("preemption: not eligible due to preemptionPolicy=Never."));
    world.ask("king", "high", 3, "PreemptLowerPriority");
    world.run(1);
    let nominated = |world: &World| {
        let pods = world.pods();
        let king = pods.iter().find(|pod| *pod.meta.name == *"king").unwrap();
        king.status::<PodStatus>().unwrap().nominated_node_name.clone()
    };
    let node = nominated(&world).unwrap();
    let events = world.events();
    let told = events.iter().filter(|event| event.starts_with("Preempted: Preempted by pod "));
    assert!(
        told.clone().count() > 0 && told.clone().all(|event| event.ends_with(&format!(" on node {node}"))),
        "{events:?}"
    );
    world.run(15);
    let pods = world.pods();
    let king = pods.iter().find(|pod| *pod.meta.name == *"king").unwrap();
    assert_eq!(king.spec::<PodSpec>().unwrap().node_name.as_deref(), Some(&*node));
    assert!(is_ready(king));
    assert_eq!(nominated(&world), None);
}

#[test]
fn a_disruption_budget_decides_between_equals() {
    let mut world = World::new(6);
    world.priorities();
    for name in ["a", "b"] {
        world.ask(name, "low", 3, "PreemptLowerPriority");
        world.run(3);
    }
    let kind = world.cluster.kinds.pod.clone();
    let mut kept = (**world.cluster.api.get(&kind, &Key::new("default", "a")).unwrap()).clone();
    kept.meta.labels = Arc::new([("app".to_owned(), "kept".to_owned())].into());
    world.cluster.api.update(kept).unwrap();
    world.create(json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "kept", "namespace": "default"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "kept"}}}}));
    world.run(3);
    world.ask("king", "high", 3, "PreemptLowerPriority");
    world.run(20);
    assert_eq!(world.names(), ["a", "king"]);
    // Where nothing else is left, even that gives way.
    world.ask("queen", "high", 3, "PreemptLowerPriority");
    world.run(20);
    assert_eq!(world.names(), ["king", "queen"]);
}
