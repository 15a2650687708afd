//! Pods that mind who else is near, as they are scheduled.

use super::*;

impl World {
    fn label_node(&mut self, name: &str, key: &str, value: &str) {
        let kind = self.cluster.kinds.node.clone();
        let mut node = (**self.cluster.api.get(&kind, &Key::new("", name)).unwrap()).clone();
        Arc::make_mut(&mut node.meta.labels).insert(key.to_owned(), value.to_owned());
        self.cluster.api.update(node).unwrap();
        self.cluster.settle(self.now);
    }

    fn pod_with(&mut self, name: &str, labels: Value, spec: Value) {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default", "labels": labels},
            "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "c", "image": "nginx:1"}]}});
        for (field, value) in spec.as_object().unwrap() {
            pod["spec"][field] = value.clone();
        }
        self.create(pod);
    }

    fn place_of(&self, name: &str) -> Option<String> {
        let pods = self.pods();
        let found = pods.iter().find(|pod| &*pod.meta.name == name)?;
        found.spec::<PodSpec>()?.node_name.clone()
    }
}

fn wish(kind: &str, weight: i32) -> Value {
    let term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "db"}}});
    json!({"affinity": {kind: {"preferredDuringSchedulingIgnoredDuringExecution":
        [{"weight": weight, "podAffinityTerm": term}]}}})
}

#[test]
fn wishes_draw_pods_together_and_push_them_apart() {
    for seed in 0..6 {
        let mut world = World::new(seed);
        world.label_node("node01", "zone", "a");
        world.label_node("node02", "zone", "b");
        world.pod_with("db", json!({"app": "db"}), json!({}));
        world.run(5);
        world.pod_with("near", json!({}), wish("podAffinity", 100));
        world.pod_with("far", json!({}), wish("podAntiAffinity", 100));
        world.run(5);
        assert_eq!(world.place_of("near"), world.place_of("db"), "seed {seed}");
        assert_ne!(world.place_of("far"), world.place_of("db"), "seed {seed}");
        // What `far` does not want near it stays away, though it has no wish itself.
        world.pod_with("db2", json!({"app": "db"}), json!({}));
        world.run(5);
        assert_ne!(world.place_of("db2"), world.place_of("far"), "seed {seed}");
    }
}

#[test]
fn the_first_of_those_that_keep_together_goes_anywhere() {
    let mut world = World::new(1);
    let together = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "herd"}}}]}}});
    for name in ["a", "b", "c", "d"] {
        world.pod_with(name, json!({"app": "herd"}), together.clone());
    }
    world.run(5);
    let places: SortedSet<Option<String>> = ["a", "b", "c", "d"].map(|name| world.place_of(name)).into_iter().collect();
    assert_eq!(places.len(), 1);
    assert!(places.first().is_some_and(Option::is_some));
}

#[test]
fn a_soft_constraint_spreads_and_never_refuses() {
    let soft = json!({"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone",
        "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "even"}}}]});
    for seed in 0..4 {
        let mut world = World::new(seed);
        world.label_node("node01", "zone", "a");
        world.label_node("node02", "zone", "b");
        for at in 0..6 {
            world.pod_with(&format!("even-{at}"), json!({"app": "even"}), soft.clone());
            world.run(3);
        }
        let first = (0..6).filter(|at| world.place_of(&format!("even-{at}")).as_deref() == Some("node01")).count();
        assert_eq!(first, 3, "seed {seed}");
    }
}

#[test]
fn what_does_not_help_wakes_nobody() {
    let mut world = World::new(3);
    world.pod_with("picky", json!({}), json!({"nodeSelector": {"disk": "ssd"}}));
    world.pod_with("other", json!({}), json!({}));
    world.run(20);
    // Every try writes an event, or counts in one.
    let tries = |world: &World| {
        let changes = world.cluster.api.store().changes_since(world.begin).iter();
        let bodies = changes.filter_map(|change| change.new.as_ref()?.rest::<EventBody>());
        bodies.filter(|body| *body.reason == *"FailedScheduling").count()
    };
    assert_eq!(tries(&world), 1);
    world.label_node("node01", "colour", "red");
    world.run(20);
    assert_eq!((world.place_of("picky"), tries(&world)), (None, 1));
    world.label_node("node02", "disk", "ssd");
    world.run(20);
    assert_eq!(world.place_of("picky").as_deref(), Some("node02"));
}
