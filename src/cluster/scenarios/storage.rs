//! Claims and volumes: who binds what, when, and what is left of it.

use super::*;
use crate::api::storage::{phase, text};

impl World {
    fn claim(&mut self, name: &str, class: Value, size: &str) {
        let mut spec = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}});
        spec["storageClassName"] = class;
        self.create(json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": "default"}, "spec": spec}));
    }

    fn volume(&mut self, name: &str, size: &str, more: Value) {
        let mut spec = json!({"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size},
            "storageClassName": "manual", "hostPath": {"path": format!("/mnt/{name}")}});
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        self.create(json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}));
    }

    /// A Pod that mounts a claim; `more` is added to its spec.
    fn user(&mut self, name: &str, claim: &str, more: Value) {
        let mut spec = json!({"terminationGracePeriodSeconds": 1,
            "containers": [{"name": "c", "image": "nginx:1", "volumeMounts": [{"name": "v", "mountPath": "/data"}]}],
            "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": claim}}]});
        for (field, value) in more.as_object().unwrap() {
            spec[field] = value.clone();
        }
        self.create(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "default"}, "spec": spec}));
    }

    fn delete(&mut self, kind: &str, name: &str) {
        let kind = self.cluster.api.kinds().builtin_kind("", kind);
        let key = Key::new(if kind.namespaced { "default" } else { "" }, name);
        self.cluster.api.delete(&kind, &key, &DeleteOptions::default()).unwrap();
        self.cluster.settle(self.now);
    }

    /// Every claim and its volume, then every volume and its phase.
    fn storage(&self) -> Vec<String> {
        let (store, kinds) = (self.cluster.api.store(), &self.cluster.kinds);
        let state = |object: &Object| match object.meta.deleted {
            Some(_) => "Terminating".to_owned(),
            None => phase(object).to_owned(),
        };
        let short = |name: &str| if name.starts_with("pvc-") { "made".to_owned() } else { name.to_owned() };
        let claims = store.list(kinds.persistent_volume_claim.id, None);
        let claims = claims.map(|one| format!("{} {} {}", one.meta.name, state(one), short(text(one, "/volumeName"))));
        let volumes = store.list(kinds.persistent_volume.id, None);
        let volumes =
            volumes.map(|one| format!("{} {} {}", short(&one.meta.name), state(one), text(one, "/capacity/storage")));
        claims.chain(volumes).map(|line| line.trim_end().to_owned()).collect()
    }

    fn node_of(&self, pod: &str) -> Option<String> {
        let pods = self.pods();
        pods.iter().find(|one| *one.meta.name == *pod)?.spec::<PodSpec>()?.node_name.clone()
    }
}

#[test]
fn the_smallest_volume_that_is_large_enough() {
    let mut world = World::new(1);
    world.volume("large", "10Gi", json!({}));
    world.volume("small", "1Gi", json!({}));
    world.volume("middle", "5Gi", json!({}));
    world.volume("shared", "4Gi", json!({"accessModes": ["ReadOnlyMany"]}));
    world.volume("other", "4Gi", json!({"storageClassName": "else"}));
    world.run(1);
    world.claim("data", json!("manual"), "3Gi");
    world.run(1);
    assert_eq!(world.storage()[0], "data Bound middle");
    // Kept, with what is on it, until somebody looks after it.
    world.delete("PersistentVolumeClaim", "data");
    world.run(1);
    assert!(world.storage().contains(&"middle Released 5Gi".to_owned()));
    world.claim("again", json!("manual"), "3Gi");
    world.run(1);
    assert_eq!(world.storage()[0], "again Bound large", "a released volume is nobody's yet");
    // One that comes late is found at the next look around.
    world.claim("late", json!("manual"), "20Gi");
    world.run(2);
    world.volume("huge", "30Gi", json!({}));
    world.run(15);
    assert!(world.storage().contains(&"late Bound huge".to_owned()));
}

#[test]
fn a_volume_is_made_at_once_or_where_the_first_pod_runs() {
    let mut world = World::new(2);
    world.claim("quick", json!("fast"), "1G");
    world.claim("later", Value::Null, "1Gi");
    world.run(4);
    assert_eq!(world.storage(), ["later Pending", "quick Bound made", "made Bound 954Mi"]);
    let events = world.events();
    assert!(
        events.contains(&"WaitForFirstConsumer: waiting for first consumer to be created before binding".to_owned())
    );
    assert!(
        events.iter().any(|event| event.starts_with("ProvisioningSucceeded: Successfully provisioned volume pvc-"))
    );
    world.user("first", "later", json!({"nodeSelector": {"kubernetes.io/hostname": "node02"}}));
    world.run(6);
    assert_eq!(world.storage()[0], "later Bound made");
    assert!(is_ready(world.pods().iter().find(|pod| *pod.meta.name == *"first").unwrap()));
    // The volume is a directory of that node: a Pod that must run elsewhere cannot have it.
    world.user("second", "later", json!({"nodeSelector": {"kubernetes.io/hostname": "node01"}}));
    world.run(2);
    assert_eq!(world.node_of("second"), None);
    assert!(world.events().last().unwrap().contains("1 node(s) didn't match PersistentVolume's node affinity"));
}

#[test]
fn what_is_in_use_stays_until_it_is_not() {
    let mut world = World::new(3);
    world.claim("data", json!("fast"), "1Gi");
    world.user("user", "data", json!({}));
    world.run(8);
    assert!(is_ready(&world.pods()[0]));
    world.delete("PersistentVolumeClaim", "data");
    world.run(5);
    assert_eq!(world.storage(), ["data Terminating made", "made Bound 1Gi"]);
    world.delete("Pod", "user");
    world.run(4);
    assert_eq!(world.storage(), Vec::<String>::new(), "the class's policy is Delete");
    assert_eq!(world.cluster.api.store().list(world.cluster.kinds.volume_attachment.id, None).count(), 0);
}

#[test]
fn a_volume_is_attached_to_one_node_at_a_time() {
    let mut world = World::new(4);
    let on = |node: &str| json!({"nodeSelector": {"kubernetes.io/hostname": node}});
    world.claim("data", json!("fast"), "1Gi");
    world.user("one", "data", on("node01"));
    world.run(8);
    world.user("beside", "data", on("node01"));
    world.user("away", "data", on("node02"));
    world.run(8);
    let ready = |world: &World| -> Vec<bool> { world.pods().iter().map(|pod| is_ready(pod)).collect() };
    assert_eq!(ready(&world), [false, true, true], "away, beside, one");
    let told = world.events().into_iter().find(|event| event.starts_with("FailedAttachVolume")).unwrap();
    assert!(told.ends_with("Volume is already used by pod(s) beside, one"), "{told}");
    world.delete("Pod", "one");
    world.delete("Pod", "beside");
    world.run(15);
    assert_eq!(ready(&world), [true]);
}

#[test]
fn a_claim_may_grow_where_its_class_allows_it() {
    let mut world = World::new(7);
    world.claim("data", json!("fast"), "1Gi");
    world.run(3);
    let kind = world.cluster.kinds.persistent_volume_claim.clone();
    let mut claim = (**world.cluster.api.get(&kind, &Key::new("default", "data")).unwrap()).clone();
    claim.spec.json_mut().unwrap()["resources"]["requests"]["storage"] = json!("2Gi");
    world.cluster.api.update(claim.clone()).unwrap();
    world.cluster.settle(world.now);
    world.run(5);
    let capacity = |world: &World| {
        let claim = world.cluster.api.get(&kind, &Key::new("default", "data")).unwrap();
        claim.status.json().unwrap()["capacity"]["storage"].as_str().unwrap().to_owned()
    };
    assert_eq!((world.storage()[1].as_str(), &*capacity(&world)), ("made Bound 2Gi", "1Gi"), "no node has it yet");
    world.user("user", "data", json!({}));
    world.run(8);
    assert_eq!(capacity(&world), "2Gi");
    // It never shrinks.
    let mut smaller = (**world.cluster.api.get(&kind, &Key::new("default", "data")).unwrap()).clone();
    smaller.spec.json_mut().unwrap()["resources"]["requests"]["storage"] = json!("1Gi");
    assert!(world.cluster.api.update(smaller).unwrap_err().message.contains("can not be less than status.capacity"));
}

#[test]
fn what_a_claim_or_a_pod_waits_for() {
    let mut world = World::new(5);
    world.claim("odd", json!("nosuch"), "1Gi");
    world.claim("none", json!(""), "1Gi");
    world.claim("quick", json!("fast"), "1Gi");
    world.user("early", "quick", json!({}));
    world.user("lost", "nothing", json!({}));
    world.run(1);
    for expected in [
        "ProvisioningFailed: storageclass.storage.k8s.io \"nosuch\" not found",
        "FailedBinding: no persistent volumes available for this claim and no storage class is set",
        "FailedScheduling: 0/3 nodes are available: persistentvolumeclaim \"nothing\" not found. not found",
        "FailedScheduling: 0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    ] {
        assert!(world.events().iter().any(|event| event == expected), "{expected}");
    }
    world.run(8);
    assert!(is_ready(&world.pods()[0]), "early");
}

#[test]
fn a_stateful_sets_claims_stay_or_go() {
    for (scaled, deleted, after_scaling, after_deletion) in
        [("Retain", "Retain", 2, 2), ("Delete", "Retain", 1, 1), ("Retain", "Delete", 2, 0), ("Delete", "Delete", 1, 0)]
    {
        let mut world = World::new(6);
        world.create(json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "default"},
            "spec": {
                "replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
                "persistentVolumeClaimRetentionPolicy": {"whenScaled": scaled, "whenDeleted": deleted},
                "template": {"metadata": {"labels": {"app": "db"}},
                    "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                    "storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}}}],
            },
        }));
        world.run(20);
        let claims = |world: &World| {
            world.cluster.api.store().list(world.cluster.kinds.persistent_volume_claim.id, None).count()
        };
        assert_eq!((claims(&world), world.pods().len()), (2, 2));
        let kind = world.cluster.kinds.stateful_set.clone();
        let mut set = (**world.cluster.api.get(&kind, &Key::new("default", "db")).unwrap()).clone();
        set.spec.get_mut::<k8s_openapi::api::apps::v1::StatefulSetSpec>().unwrap().replicas = Some(1);
        world.cluster.api.update(set).unwrap();
        world.cluster.settle(world.now);
        world.run(10);
        assert_eq!(claims(&world), after_scaling, "{scaled} {deleted}: scaled");
        let options = DeleteOptions { propagation: Some(Propagation::Background), ..DeleteOptions::default() };
        world.cluster.api.delete(&kind, &Key::new("default", "db"), &options).unwrap();
        world.cluster.settle(world.now);
        world.run(10);
        assert_eq!(claims(&world), after_deletion, "{scaled} {deleted}: deleted");
    }
}
