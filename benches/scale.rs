//! What a Pod costs the cluster alone, without a session around it: CPU time and heap of a
//! Deployment scaled from 1 to N until all are Ready, over a runtime that only pretends.
#![allow(clippy::disallowed_types)] // It measures real time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use drydock::api::{Key, Object};
use drydock::cluster::{Cluster, Profile};
use drydock::kubelet::fake::FakeRuntime;
use drydock::sim::{Duration, Time};
use k8s_openapi::api::apps::v1::{DeploymentSpec, DeploymentStatus};
use serde_json::json;

/// Counts what is allocated.
struct Counting;

static HEAP: AtomicUsize = AtomicUsize::new(0);

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HEAP.fetch_add(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HEAP.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn create(cluster: &mut Cluster, group: &str, kind: &str, value: serde_json::Value, now: Time) {
    let kind = cluster.api().kinds().builtin_kind(group, kind);
    let object = Object::from_value(&kind, value).expect("the object is well formed");
    cluster.api_mut().create(object).expect("the object is valid");
    cluster.settle(now);
}

fn ready(cluster: &Cluster) -> usize {
    let deployment = cluster.api().get(&cluster.kinds().deployment, &Key::new("default", "web"));
    let status = deployment.ok().and_then(|object| object.status::<DeploymentStatus>());
    usize::try_from(status.and_then(|status| status.ready_replicas).unwrap_or(0)).unwrap_or(0)
}

fn measure(pods: usize) {
    let profile = Profile::named("kubeadm").expect("it exists").with_workers(pods / 100 + 2);
    let mut now = Time::from_secs(1_795_164_114);
    let mut cluster = Cluster::new(&profile, 1, now, Box::new(FakeRuntime::new()));
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}},
    });
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    });
    create(&mut cluster, "apps", "Deployment", deployment, now);
    create(&mut cluster, "", "Service", service, now);
    now += Duration::from_secs(10);
    cluster.run_until(now);
    assert_eq!(ready(&cluster), 1);
    let (heap, clock, began) = (HEAP.load(Ordering::Relaxed), Instant::now(), now);
    let revision = cluster.api().store().revision();
    let kind = cluster.kinds().deployment.clone();
    let mut object = (**cluster.api().get(&kind, &Key::new("default", "web")).expect("it is there")).clone();
    object.spec.get_mut::<DeploymentSpec>().expect("it is typed").replicas = i32::try_from(pods).ok();
    cluster.api_mut().update(object).expect("it is valid");
    cluster.settle(now);
    while ready(&cluster) < pods {
        now += Duration::from_secs(1);
        cluster.run_until(now);
        assert!(now < began + Duration::from_secs(7200), "only {} of {pods} are ready", ready(&cluster));
    }
    let cpu = clock.elapsed();
    let grown = HEAP.load(Ordering::Relaxed) - heap;
    println!(
        "{pods:6} Pods: {:7.3} ms CPU a Pod, {:6.1} KB heap a Pod, {:4.1} writes a Pod, {:5} s of virtual time",
        cpu.as_secs_f64() * 1e3 / pods as f64,
        grown as f64 / 1024.0 / pods as f64,
        (cluster.api().store().revision() - revision) as f64 / pods as f64,
        (now - began).as_secs(),
    );
}

fn main() {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    for pods in if asked.is_empty() { vec![100, 1_000, 10_000] } else { asked } {
        measure(pods);
    }
}
