//! How much a Pod costs: a Deployment scaled from 1 to N until all are Ready, and requests through
//! its Service; the same natively and in a browser.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use drydock::cluster::Profile;
use drydock::machine::{Capture, File, file};
use drydock::session::{Config, Session};
use drydock::sim::{Duration, Time};
use k8s_openapi::api::apps::v1::DeploymentStatus;

/// The sizes that are measured unless others are asked for.
pub const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// How often each is; the fastest counts, since others share the machine.
const ROUNDS: usize = 3;
const REQUESTS: usize = 1_000;

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

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    pods: usize,
    /// Milliseconds of one thread, a Pod.
    scaling: f64,
    /// Bytes that the heap has grown, a Pod; events and history included.
    heap: f64,
    /// Seconds of virtual time.
    took: u64,
    /// Through the Service, by curl in a shell's loop, a second.
    requests: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { pods, scaling, heap, took, requests } = *self;
        let kilobytes = heap / 1000.0;
        write!(
            f,
            "{pods:6} Pods: {scaling:6.3} ms a Pod, {kilobytes:5.1} KB a Pod, \
             {took:4} s of virtual time; {requests:5.0} requests/s"
        )
    }
}

/// Measures one size; `clock` tells milliseconds. (Where it can only tell the time that has passed: there is
/// one thread, so on a calm machine that is the time that it computes.)
pub fn best(pods: usize, clock: fn() -> f64) -> Figures {
    let mut best = once(pods, clock);
    for _ in 1..ROUNDS {
        let next = once(pods, clock);
        best.scaling = best.scaling.min(next.scaling);
        best.requests = best.requests.max(next.requests);
    }
    best
}

fn once(pods: usize, clock: fn() -> f64) -> Figures {
    let profile = Profile::named("kubeadm").expect("it exists").with_workers(pods / 100 + 2);
    let config = Config { profile: "kubeadm".into(), seed: 1, start: Time::from_secs(1_795_164_114) };
    let mut session = Session::with_profile(config, &profile);
    run(&mut session, "kubectl create deployment web --image=gcr.io/google-samples/kubernetes-bootcamp:v1");
    run(&mut session, "kubectl expose deployment web --port=8080 --type=NodePort");
    session.advance(Duration::from_secs(10));
    assert_eq!(ready(&session), 1);

    let (heap, start, began) = (HEAP.load(Ordering::Relaxed), clock(), session.now());
    run(&mut session, &format!("kubectl scale deployment web --replicas={pods}"));
    while ready(&session) < pods {
        session.advance(Duration::from_secs(1));
        assert!(session.now() < began + Duration::from_secs(7200), "only {} of {pods} are ready", ready(&session));
    }
    let scaling = (clock() - start) / pods as f64;
    let heap = (HEAP.load(Ordering::Relaxed) - heap) as f64 / pods as f64;
    let took = (session.now() - began).as_secs();

    let start = clock();
    let script = format!(
        "url=localhost:$(kubectl get service web -o jsonpath={{.spec.ports[0].nodePort}}); \
         for ((i = 0; i < {REQUESTS}; i++)); do curl -s $url; done"
    );
    let answers = run(&mut session, &script);
    assert_eq!(answers.matches("Hello Kubernetes bootcamp!").count(), REQUESTS);
    let requests = REQUESTS as f64 * 1000.0 / (clock() - start);
    Figures { pods, scaling, heap, took, requests }
}

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
    let cluster = session.cluster();
    let mut all = cluster.api().store().list(cluster.kinds().deployment.id, Some("default"));
    let status = all.next().and_then(|object| object.status::<DeploymentStatus>()?.ready_replicas);
    usize::try_from(status.unwrap_or(0)).unwrap_or(0)
}
