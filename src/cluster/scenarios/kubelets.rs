//! What kubelets do beside starting containers: hooks and deadlines.

use super::*;

impl World {
    fn pod(&mut self, image: &str, container: Value, spec: Value) {
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one", "namespace": "default"},
            "spec": {"containers": [{"name": "c", "image": image}]},
        });
        for (field, value) in container.as_object().unwrap() {
            pod["spec"]["containers"][0][field] = value.clone();
        }
        for (field, value) in spec.as_object().unwrap() {
            pod["spec"][field] = value.clone();
        }
        self.create(pod);
    }

    fn delete_pod(&mut self) {
        let kind = self.cluster.kinds.pod.clone();
        self.cluster.api.delete(&kind, &Key::new("default", "one"), &DeleteOptions::default()).unwrap();
        self.cluster.settle(self.now);
    }
}

#[test]
fn a_pod_that_has_run_for_its_deadline_has_failed() {
    let mut world = World::new(1);
    world.pod("busy", json!({}), json!({"activeDeadlineSeconds": 5}));
    world.run(10);
    let status = world.pods()[0].status::<PodStatus>().unwrap().clone();
    assert_eq!((status.phase.as_deref(), status.reason.as_deref()), (Some("Failed"), Some("DeadlineExceeded")));
}

#[test]
fn a_container_is_ready_when_its_post_start_hook_is_done() {
    let mut world = World::new(1);
    world.pod("busy", json!({"lifecycle": {"postStart": {"sleep": {"seconds": 5}}}}), json!({}));
    world.run(4);
    assert!(!is_ready(&world.pods()[0]));
    world.run(5);
    assert!(is_ready(&world.pods()[0]));
    // One whose hook fails is killed, and started again.
    let mut world = World::new(1);
    let hook = json!({"lifecycle": {"postStart": {"exec": {"command": ["prepare"]}}}});
    world.pod("sick", hook, json!({"terminationGracePeriodSeconds": 1}));
    world.run(8);
    let events = world.events();
    for told in ["FailedPostStartHook: PostStartHook failed", "Killing: FailedPostStartHook"] {
        assert!(events.iter().any(|event| event == told), "{told}: {events:?}");
    }
    let restarts = world.pods()[0].status::<PodStatus>().unwrap().container_statuses.as_ref().unwrap()[0].restart_count;
    assert_eq!(restarts, 1);
}

#[test]
fn a_pre_stop_hook_comes_before_the_signal() {
    let mut world = World::new(1);
    world.pod("busy", json!({"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}), json!({}));
    world.run(5);
    world.delete_pod();
    world.run(4);
    assert_eq!(world.pods().len(), 1);
    world.run(3);
    assert!(world.pods().is_empty());
    // A hook that fails delays nothing.
    let mut world = World::new(1);
    world.pod("sick", json!({"lifecycle": {"preStop": {"httpGet": {"port": 80}}}}), json!({}));
    world.run(5);
    world.delete_pod();
    world.run(3);
    assert!(world.pods().is_empty());
    assert!(world.events().contains(&"FailedPreStopHook: PreStopHook failed".to_owned()));
}

#[test]
fn a_container_that_is_about_to_be_restarted_is_not_asked_again() {
    let mut world = World::new(1);
    let probe = json!({"livenessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 1, "failureThreshold": 2}});
    world.pod("sick-stubborn", probe, json!({"terminationGracePeriodSeconds": 10}));
    world.run(9);
    let events = world.cluster.api.store().list(world.cluster.kinds.event.id, Some("default"));
    let bodies = events.filter_map(|event| event.rest::<EventBody>());
    let counts: Vec<Option<i32>> = bodies.filter(|body| *body.reason == *"Unhealthy").map(|body| body.count).collect();
    assert_eq!(counts, [Some(2)]);
}

#[test]
fn a_container_that_used_too_much_memory_says_so() {
    let mut world = World::new(1);
    world.pod("greedy", json!({}), json!({}));
    world.run(5);
    let status = world.pods()[0].status::<PodStatus>().unwrap().clone();
    let container = &status.container_statuses.as_ref().unwrap()[0];
    let last = container.last_state.as_ref().unwrap().terminated.as_ref().unwrap();
    assert_eq!((last.exit_code, last.reason.as_deref()), (137, Some("OOMKilled")));
    let waiting = container.state.as_ref().unwrap().waiting.as_ref().unwrap();
    assert_eq!(waiting.reason.as_deref(), Some("CrashLoopBackOff"));
}
