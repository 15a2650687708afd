//! StatefulSets: names that stay, one after the other, revisions.

use k8s_openapi::api::apps::v1::{
    RollingUpdateStatefulSetStrategy, StatefulSetSpec, StatefulSetStatus, StatefulSetUpdateStrategy,
};

use super::*;
use crate::collections::SortedMap;

/// A StatefulSet `db`, with what `more` says of its spec.
fn stateful_set(world: &mut World, more: Value) {
    let mut spec = json!({
        "replicas": 3, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
        "template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {"containers": [{"name": "c", "image": "nginx:1"}], "terminationGracePeriodSeconds": 5},
        },
    });
    for (field, value) in more.as_object().unwrap() {
        spec[field] = value.clone();
    }
    world.create(json!({"apiVersion": "apps/v1", "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "default"}, "spec": spec}));
}

fn change(world: &mut World, change: impl FnOnce(&mut StatefulSetSpec)) {
    let kind = world.cluster.kinds.stateful_set.clone();
    let mut object = (**world.cluster.api.get(&kind, &Key::new("default", "db")).unwrap()).clone();
    change(object.spec.get_mut::<StatefulSetSpec>().unwrap());
    world.cluster.api.act_as(Actor { name: "kubernetes-admin".into(), because: None });
    world.cluster.api.update(object).unwrap();
    world.cluster.settle(world.now);
}

fn set_image(world: &mut World, image: &str) {
    change(world, |spec| spec.template.spec.as_mut().unwrap().containers[0].image = Some(image.to_owned()));
}

fn status(world: &World) -> StatefulSetStatus {
    let set = world.cluster.api.get(&world.cluster.kinds.stateful_set, &Key::new("default", "db")).unwrap();
    set.status::<StatefulSetStatus>().unwrap().clone()
}

/// What became of the Pods since the beginning: `+` created, `!` ready, `~` told to end, `-` gone.
fn story(world: &World) -> String {
    let pod = world.cluster.kinds.pod.id;
    let mut words = Vec::new();
    for change in world.cluster.api.store().changes_since(world.begin).iter().filter(|change| change.kind == pod) {
        let ready = |pod: &Option<Arc<Object>>| pod.as_deref().is_some_and(is_ready);
        let leaving = |pod: &Option<Arc<Object>>| pod.as_ref().is_some_and(|pod| pod.meta.deleted.is_some());
        let sign = match (&change.old, &change.new) {
            (None, _) => "+",
            (_, None) => "-",
            _ if !ready(&change.old) && ready(&change.new) => "!",
            _ if !leaving(&change.old) && leaving(&change.new) => "~",
            _ => continue,
        };
        let name = &change.object().unwrap().meta.name;
        words.push(format!("{sign}{}", name.rsplit('-').next().unwrap()));
    }
    words.join(" ")
}

/// The story from here on.
fn then(world: &mut World, seconds: u64) -> String {
    world.begin = world.cluster.api.store().revision();
    world.run(seconds);
    story(world)
}

fn images(world: &World) -> Vec<String> {
    let image = |pod: &Arc<Object>| pod.spec::<PodSpec>().unwrap().containers[0].image.clone().unwrap();
    world.pods().iter().map(image).collect()
}

#[test]
fn pods_come_one_after_the_other_and_go_in_the_opposite_order() {
    let mut world = World::new(1);
    stateful_set(&mut world, json!({}));
    assert_eq!(then(&mut world, 15), "+0 !0 +1 !1 +2 !2");
    let pods = world.pods();
    let pod = &pods[1];
    let spec = pod.spec::<PodSpec>().unwrap();
    assert_eq!(
        (&*pod.meta.name, spec.hostname.as_deref(), spec.subdomain.as_deref()),
        ("db-1", Some("db-1"), Some("db"))
    );
    assert_eq!(pod.meta.label("apps.kubernetes.io/pod-index"), Some("1"));
    assert_eq!(pod.meta.label("statefulset.kubernetes.io/pod-name"), Some("db-1"));
    assert_eq!(pod.meta.label("controller-revision-hash"), status(&world).current_revision.as_deref());
    change(&mut world, |spec| spec.replicas = Some(0));
    assert_eq!(then(&mut world, 15), "~2 -2 ~1 -1 ~0 -0");
    assert!(
        world.events().iter().any(|event| event == "SuccessfulDelete: Delete Pod db-0 in StatefulSet db successful")
    );
}

#[test]
fn parallel_pods_wait_for_nobody() {
    let mut world = World::new(1);
    stateful_set(&mut world, json!({"podManagementPolicy": "Parallel"}));
    let told = then(&mut world, 15);
    // In batches of 1, 2, 4 …; within a batch any may be the first.
    assert!(told.starts_with("+0 +1 +2 !") || told.starts_with("+0 +2 +1 !"), "{told}");
    change(&mut world, |spec| spec.replicas = Some(0));
    assert!(then(&mut world, 15).starts_with("~2 ~1 ~0 -"));
}

#[test]
fn a_name_is_given_again_only_when_it_is_free() {
    let mut world = World::new(2);
    stateful_set(
        &mut world,
        json!({"template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {"containers": [{"name": "c", "image": "stubborn:1"}], "terminationGracePeriodSeconds": 5},
        }}),
    );
    world.run(15);
    let before: Vec<Arc<str>> = world.pods().iter().map(|pod| Arc::clone(&pod.meta.uid)).collect();
    let kind = world.cluster.kinds.pod.clone();
    world.begin = world.cluster.api.store().revision();
    world.cluster.api.delete(&kind, &Key::new("default", "db-1"), &DeleteOptions::default()).unwrap();
    world.cluster.settle(world.now);
    world.run(4);
    assert_eq!(story(&world), "~1", "the grace is not over, so no other db-1 comes");
    world.run(6);
    assert_eq!(story(&world), "~1 -1 +1 !1");
    let after: Vec<Arc<str>> = world.pods().iter().map(|pod| Arc::clone(&pod.meta.uid)).collect();
    assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
    assert_ne!(before[1], after[1]);
}

#[test]
fn an_update_goes_from_the_highest_down_to_the_partition() {
    let mut world = World::new(3);
    stateful_set(&mut world, json!({}));
    world.run(15);
    let first = status(&world).current_revision;
    set_image(&mut world, "nginx:2");
    assert_eq!(then(&mut world, 20), "~2 -2 +2 !2 ~1 -1 +1 !1 ~0 -0 +0 !0");
    let done = status(&world);
    assert_eq!((done.current_revision.clone(), done.updated_replicas), (done.update_revision.clone(), Some(3)));
    // Only what is at or above the partition follows the next change …
    change(&mut world, |spec| {
        let rolling = RollingUpdateStatefulSetStrategy { partition: Some(2), max_unavailable: None };
        let type_ = Some("RollingUpdate".to_owned());
        spec.update_strategy = Some(StatefulSetUpdateStrategy { rolling_update: Some(rolling), type_ });
    });
    set_image(&mut world, "nginx:1");
    assert_eq!(then(&mut world, 15), "~2 -2 +2 !2");
    assert_eq!(images(&world), ["nginx:2", "nginx:2", "nginx:1"]);
    let now = status(&world);
    assert_eq!((now.current_revision, now.update_revision), (done.current_revision, first), "the first revision again");
    // … and a Pod below it that is lost comes back as it was.
    let kind = world.cluster.kinds.pod.clone();
    world.cluster.api.delete(&kind, &Key::new("default", "db-0"), &DeleteOptions::default()).unwrap();
    world.cluster.settle(world.now);
    world.run(10);
    assert_eq!(images(&world), ["nginx:2", "nginx:2", "nginx:1"]);
}

#[test]
fn other_strategies() {
    let rolling =
        |most| json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": most}}});
    for (more, expected) in [
        (json!({"updateStrategy": {"type": "OnDelete"}}), ""),
        (rolling(json!(2)), "~2 ~1 -"),
        (rolling(json!("100%")), "~2 ~1 ~0 -"),
    ] {
        let mut world = World::new(4);
        stateful_set(&mut world, more.clone());
        world.run(15);
        set_image(&mut world, "nginx:2");
        let told = then(&mut world, 30);
        assert!(told.starts_with(expected) && told.is_empty() == expected.is_empty(), "{more}: {told}");
    }
}

#[test]
fn ready_is_not_available_yet() {
    let mut world = World::new(5);
    stateful_set(&mut world, json!({"minReadySeconds": 10, "replicas": 2, "ordinals": {"start": 5}}));
    assert_eq!(then(&mut world, 10), "+5 !5");
    let early = status(&world);
    assert_eq!((early.ready_replicas, early.available_replicas), (Some(1), Some(0)));
    assert_eq!(then(&mut world, 30), "+6 !6");
    assert_eq!(status(&world).available_replicas, Some(2));
}

#[test]
fn revisions_are_kept_up_to_the_limit() {
    let mut world = World::new(6);
    stateful_set(&mut world, json!({"replicas": 1, "revisionHistoryLimit": 2}));
    world.run(8);
    for version in 2..7 {
        set_image(&mut world, &format!("nginx:{version}"));
        world.run(8);
    }
    let kind = world.cluster.kinds.controller_revision.id;
    let revisions = world.cluster.api.store().list(kind, Some("default"));
    let mut numbers = SortedMap::new();
    for revision in revisions {
        numbers.insert(revision.rest.json().unwrap()["revision"].as_i64().unwrap(), revision.meta.name.clone());
    }
    assert_eq!(numbers.keys().copied().collect::<Vec<_>>(), [4, 5, 6]);
    // Back to an earlier template: the same revision under a new number.
    set_image(&mut world, "nginx:5");
    world.run(8);
    assert_eq!(status(&world).update_revision.as_deref(), Some(&*numbers[&5]));
}

#[test]
fn pods_without_an_owner_are_taken_in() {
    let mut world = World::new(7);
    stateful_set(&mut world, json!({"replicas": 2}));
    world.run(10);
    let kind = world.cluster.kinds.stateful_set.clone();
    let orphan = DeleteOptions { propagation: Some(Propagation::Orphan), ..DeleteOptions::default() };
    world.cluster.api.delete(&kind, &Key::new("default", "db"), &orphan).unwrap();
    world.cluster.settle(world.now);
    world.run(2);
    assert_eq!(world.pods().iter().filter(|pod| pod.meta.owners.is_empty()).count(), 2);
    stateful_set(&mut world, json!({"replicas": 2}));
    assert_eq!(then(&mut world, 10), "", "they are of the right revision");
    assert!(world.pods().iter().all(|pod| pod.meta.controller().is_some()));
}
