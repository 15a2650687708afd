//! How much a Pod costs: CPU time and heap of a Deployment scaled from 1 to N until all are
//! Ready, and of requests through its Service.
#![allow(clippy::disallowed_types)] // It measures real time.

use std::alloc::{GlobalAlloc, Layout, System};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use drydock::cluster::Profile;
use drydock::machine::{Capture, File, file};
use drydock::session::{Config, Session};
use drydock::sim::{Duration, Time};

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

/// Runs a command on the learner's machine to its end.
fn run(session: &mut Session, command: &str) -> String {
    let output = Capture::default();
    let null: Rc<dyn File> = Rc::new(file::Null);
    let fds = [null, Rc::new(output.clone()), Rc::new(output.clone())];
    let child = session.start(&["bash", "-c", command], "/root", fds).expect("bash starts");
    let limit = session.now() + Duration::from_secs(3600);
    session.wait(&child, limit);
    output.text()
}

fn ready(session: &Session) -> usize {
    use k8s_openapi::api::apps::v1::DeploymentStatus;
    let cluster = session.cluster();
    let mut all = cluster.api().store().list(cluster.kinds().deployment.id, Some("default"));
    let status = all.next().and_then(|object| object.status::<DeploymentStatus>()?.ready_replicas);
    usize::try_from(status.unwrap_or(0)).unwrap_or(0)
}

fn measure(pods: usize) {
    let profile = Profile::named("kubeadm").expect("it exists").with_workers(pods / 100 + 2);
    let config = Config { profile: "kubeadm".into(), seed: 1, start: Time::from_secs(1_795_164_114) };
    let mut session = Session::with_profile(config, &profile);
    run(&mut session, "kubectl create deployment web --image=gcr.io/google-samples/kubernetes-bootcamp:v1");
    run(&mut session, "kubectl expose deployment web --port=8080 --type=NodePort");
    session.advance(Duration::from_secs(10));
    assert_eq!(ready(&session), 1);
    let (heap, clock, began) = (HEAP.load(Ordering::Relaxed), Instant::now(), session.now());
    run(&mut session, &format!("kubectl scale deployment web --replicas={pods}"));
    while ready(&session) < pods {
        session.advance(Duration::from_secs(1));
        assert!(session.now() < began + Duration::from_secs(7200), "only {} of {pods} are ready", ready(&session));
    }
    let cpu = clock.elapsed();
    let grown = HEAP.load(Ordering::Relaxed) - heap;
    let clock = Instant::now();
    let requests = 1000;
    let script = format!(
        "url=localhost:$(kubectl get svc web -o jsonpath={{.spec.ports[0].nodePort}}); \
         for ((i = 0; i < {requests}; i++)); do curl -s $url; done > /dev/null"
    );
    run(&mut session, &script);
    let per_second = f64::from(requests) / clock.elapsed().as_secs_f64();
    println!(
        "{pods:6} Pods: {:7.3} ms CPU a Pod, {:6.1} KB heap a Pod, {:5} s of virtual time; {per_second:.0} requests/s",
        cpu.as_secs_f64() * 1e3 / pods as f64,
        grown as f64 / 1024.0 / pods as f64,
        (session.now() - began).as_secs(),
    );
}

fn main() {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    for pods in if asked.is_empty() { vec![100, 1_000, 10_000] } else { asked } {
        measure(pods);
    }
}
