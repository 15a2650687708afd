//! DaemonSets, ReplicationControllers and tainted nodes over time.

use k8s_openapi::api::apps::v1::DaemonSetStatus;
use k8s_openapi::api::core::v1::Taint;

use super::*;

impl World {
    fn daemon_set(&mut self, image: &str, strategy: Value) {
        self.create(json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent", "namespace": "default"},
            "spec": {"selector": {"matchLabels": {"app": "agent"}}, "updateStrategy": strategy, "template": {
                "metadata": {"labels": {"app": "agent"}},
                "spec": {"containers": [{"name": "c", "image": image}]},
            }},
        }));
    }

    fn daemon_status(&self) -> DaemonSetStatus {
        let set = self.cluster.api.get(&self.cluster.kinds.daemon_set, &Key::new("default", "agent")).unwrap();
        set.status::<DaemonSetStatus>().unwrap().clone()
    }

    /// Changes the image of the DaemonSet's template.
    fn set_agent(&mut self, image: &str) {
        let kind = self.cluster.kinds.daemon_set.clone();
        let mut set = self.cluster.api.get(&kind, &Key::new("default", "agent")).unwrap().to_value();
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!(image);
        self.cluster.api.update(Object::from_value(&kind, set).unwrap()).unwrap();
        self.cluster.settle(self.now);
    }

    /// The node of each Pod that is not about to end.
    fn placed(&self) -> Vec<String> {
        let living = self.pods().into_iter().filter(|pod| pod.meta.deleted.is_none());
        let mut nodes: Vec<String> =
            living.filter_map(|pod| pod.spec::<PodSpec>().unwrap().node_name.clone()).collect();
        nodes.arrange();
        nodes
    }

    fn images(&self) -> Vec<String> {
        let pods = self.pods();
        let mut images: Vec<String> =
            pods.iter().map(|pod| pod.spec::<PodSpec>().unwrap().containers[0].image.clone().unwrap()).collect();
        images.arrange();
        images
    }

    /// The revisions' numbers, and the hash in the label of each.
    fn revisions(&self) -> Vec<(i64, String)> {
        let all = self.cluster.api.store().list(self.cluster.kinds.controller_revision.id, Some("default"));
        let number = |one: &Arc<Object>| one.rest.json().unwrap()["revision"].as_i64().unwrap();
        let label = |one: &Arc<Object>| one.meta.label("controller-revision-hash").unwrap().to_owned();
        let mut all: Vec<(i64, String)> = all.map(|one| (number(one), label(one))).collect();
        all.arrange();
        all
    }

    fn taint(&mut self, node: &str, taints: Vec<Taint>, unschedulable: bool) {
        let kind = self.cluster.kinds.node.clone();
        let mut object = (**self.cluster.api.get(&kind, &Key::new("", node)).unwrap()).clone();
        let spec = object.spec.get_mut::<NodeSpec>().unwrap();
        (spec.taints, spec.unschedulable) = (Some(taints), Some(unschedulable));
        self.cluster.api.update(object).unwrap();
        self.cluster.settle(self.now);
    }
}

#[test]
fn a_daemon_set_has_a_pod_on_each_node_that_will_have_it() {
    let mut world = World::new(1);
    world.daemon_set("busy", json!({}));
    world.run(5);
    // The control plane's taint keeps it off.
    assert_eq!(world.placed(), ["node01", "node02"]);
    let status = world.daemon_status();
    assert_eq!((status.desired_number_scheduled, status.number_ready, status.number_available), (2, 2, Some(2)));
    // A cordoned node keeps its Pod: every daemon tolerates that.
    world.taint("node01", Vec::new(), true);
    world.run(3);
    let cordoned = world.cluster.api.get(&world.cluster.kinds.node, &Key::new("", "node01")).unwrap();
    assert_eq!(
        cordoned.spec::<NodeSpec>().unwrap().taints.as_ref().unwrap()[0].key,
        "node.kubernetes.io/unschedulable"
    );
    assert_eq!(world.placed(), ["node01", "node02"]);
    // One that is tainted for execution loses it.
    let taint = Taint { key: "gone".to_owned(), effect: "NoExecute".to_owned(), ..Taint::default() };
    world.taint("node01", vec![taint], false);
    world.run(3);
    assert_eq!((world.placed(), world.daemon_status().desired_number_scheduled), (vec!["node02".to_owned()], 1));
}

#[test]
fn a_rolling_update_takes_one_node_after_the_other() {
    let mut world = World::new(1);
    world.daemon_set("busy:1", json!({}));
    world.run(5);
    world.set_agent("busy:2");
    let mut least = 2;
    for _ in 0..40 {
        world.now += Duration::from_millis(250);
        world.cluster.run_until(world.now);
        least = least.min(world.daemon_status().number_ready);
    }
    assert_eq!((least, world.images()), (1, vec!["busy:2".to_owned(); 2]));
    assert_eq!(world.revisions().iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2]);
    // Back again: the first template's revision becomes the last.
    let first = world.revisions()[0].1.clone();
    world.set_agent("busy:1");
    world.run(10);
    assert_eq!(world.revisions().last(), Some(&(3, first)));
}

#[test]
fn with_a_surge_the_new_pod_comes_before_the_old_one_goes() {
    let mut world = World::new(1);
    world.daemon_set("busy:1", json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}));
    world.run(5);
    world.set_agent("busy:2");
    for _ in 0..40 {
        world.now += Duration::from_millis(250);
        world.cluster.run_until(world.now);
        let living = world.pods().into_iter().filter(|pod| pod.meta.deleted.is_none());
        assert!(living.filter(|pod| is_ready(pod)).count() >= 2);
    }
    assert_eq!(world.images(), ["busy:2", "busy:2"]);
}

#[test]
fn on_delete_waits_for_somebody_to_delete_the_pods() {
    let mut world = World::new(1);
    world.daemon_set("busy:1", json!({"type": "OnDelete"}));
    world.run(5);
    world.set_agent("busy:2");
    world.run(5);
    assert_eq!((world.images(), world.daemon_status().updated_number_scheduled), (vec!["busy:1".to_owned(); 2], None));
    let pod = world.pods()[0].clone();
    world.cluster.api.delete(&pod.kind, &pod.key(), &DeleteOptions::default()).unwrap();
    world.cluster.settle(world.now);
    world.run(5);
    assert_eq!(world.images(), ["busy:1", "busy:2"]);
}

#[test]
fn a_replication_controller_keeps_its_number() {
    let mut world = World::new(1);
    world.create(json!({
        "apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "old", "namespace": "default"},
        "spec": {"replicas": 2, "template": {
            "metadata": {"labels": {"app": "old"}}, "spec": {"containers": [{"name": "c", "image": "busy"}]},
        }},
    }));
    world.run(5);
    let kind = world.cluster.kinds.replication_controller.clone();
    let object = world.cluster.api.get(&kind, &Key::new("default", "old")).unwrap().clone();
    assert_eq!(object.meta.label("app"), Some("old"));
    assert_eq!(object.status.json().unwrap()["readyReplicas"], 2);
    let mut scaled = object.to_value();
    scaled["spec"]["replicas"] = json!(1);
    world.cluster.api.update(Object::from_value(&kind, scaled).unwrap()).unwrap();
    world.cluster.settle(world.now);
    world.run(5);
    assert_eq!(world.pods().len(), 1);
}

#[test]
fn a_pod_may_stay_beside_a_taint_for_as_long_as_it_tolerates_it() {
    let mut world = World::new(1);
    for (name, tolerations) in [
        ("never", json!([])),
        ("briefly", json!([{"key": "gone", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 20}])),
        ("always", json!([{"operator": "Exists"}])),
    ] {
        world.create(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"nodeName": "node01", "tolerations": tolerations, "containers": [{"name": "c", "image": "busy"}]},
        }));
    }
    world.run(5);
    let taint = Taint { key: "gone".to_owned(), effect: "NoExecute".to_owned(), ..Taint::default() };
    world.taint("node01", vec![taint], false);
    let names = |world: &World| world.pods().iter().map(|pod| pod.meta.name.to_string()).collect::<Vec<_>>();
    world.run(5);
    assert_eq!(names(&world), ["always", "briefly"]);
    world.run(20);
    assert_eq!(names(&world), ["always"]);
    assert!(world.events().contains(&"TaintManagerEviction: Marking for deletion Pod default/never".to_owned()));
}
