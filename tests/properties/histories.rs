//! Whatever befalls a cluster, its controllers keep their promises: Pods are killed, kubelets stopped, images broken,
//! quotas set, in any order and at any time.
//!
//! A history is a script, and that script is what runs: what a failure prints can be given to `drydock run`. While it
//! runs, a Deployment's ReplicaSets stay within its bounds and no two Pods of a StatefulSet's name run. Once what
//! was broken is mended the cluster comes to rest, with the Pods that were asked for, the endpoints of those that are
//! ready, and nothing that belongs to nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::rc::Rc;

use drydock::api::Object;
use drydock::api::kinds::EndpointSliceBody;
use drydock::apiserver::Change;
use drydock::machine::{Capture, Child, File, file};
use drydock::session::Session;
use drydock::sim::{Duration, Time};
use k8s_openapi::api::apps::v1::{DeploymentSpec, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::PodStatus;
use proptest::prelude::*;

/// Images that come up, that cannot be pulled and that end at once.
const IMAGES: [&str; 5] = [
    "gcr.io/google-samples/kubernetes-bootcamp:v1",
    "jocatalin/kubernetes-bootcamp:v2",
    "nginx:1.16.1",
    "no-such-image:v1",
    "busybox:1.28",
];

/// Something that happens.
#[derive(Clone, Debug)]
enum Deed {
    Kill(usize),
    KillByForce(usize),
    Stop(usize),
    Start(usize),
    Cordon(usize),
    Uncordon(usize),
    Drain(usize),
    Image(usize),
    DatabaseImage(usize),
    Scale(usize),
    ScaleDatabase(usize),
    Quota(usize),
    NoQuota,
    Restart,
    Undo,
    Pause,
    Resume,
}

impl Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deed::Kill(at) => {
                write!(f, "kubectl get pods -o name | sed -n {at}p | xargs -r kubectl delete --wait=false")
            }
            // A StatefulSet's Pod that is deleted by force may go on running, here as there.
            Deed::KillByForce(at) => write!(
                f,
                "kubectl get pods -l app=web -o name | sed -n {at}p | xargs -r kubectl delete --force --grace-period=0"
            ),
            Deed::Stop(node) => write!(f, "ssh node0{node} systemctl stop kubelet"),
            Deed::Start(node) => write!(f, "ssh node0{node} systemctl start kubelet"),
            Deed::Cordon(node) => write!(f, "kubectl cordon node0{node}"),
            Deed::Uncordon(node) => write!(f, "kubectl uncordon node0{node}"),
            Deed::Drain(node) => {
                write!(f, "kubectl drain node0{node} --ignore-daemonsets --delete-emptydir-data --timeout=20s")
            }
            Deed::Image(image) => write!(f, "kubectl set image deployment/web '*={}'", IMAGES[*image]),
            Deed::DatabaseImage(image) => write!(f, "kubectl set image statefulset/db '*={}'", IMAGES[*image]),
            Deed::Scale(replicas) => write!(f, "kubectl scale deployment web --replicas={replicas}"),
            Deed::ScaleDatabase(replicas) => write!(f, "kubectl scale statefulset db --replicas={replicas}"),
            Deed::Quota(pods) => write!(f, "kubectl create quota cap --hard=pods={pods}"),
            Deed::NoQuota => write!(f, "kubectl delete quota cap"),
            Deed::Restart => write!(f, "kubectl rollout restart deployment/web"),
            Deed::Undo => write!(f, "kubectl rollout undo deployment/web"),
            Deed::Pause => write!(f, "kubectl rollout pause deployment/web"),
            Deed::Resume => write!(f, "kubectl rollout resume deployment/web"),
        }
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (1_usize..9).prop_map(Deed::Kill),
        1 => (1_usize..5).prop_map(Deed::KillByForce),
        3 => (1_usize..3).prop_map(Deed::Stop),
        2 => (1_usize..3).prop_map(Deed::Start),
        1 => (1_usize..3).prop_map(Deed::Cordon),
        1 => (1_usize..3).prop_map(Deed::Uncordon),
        1 => (1_usize..3).prop_map(Deed::Drain),
        4 => (0..IMAGES.len()).prop_map(Deed::Image),
        1 => (0..IMAGES.len()).prop_map(Deed::DatabaseImage),
        3 => (0_usize..7).prop_map(Deed::Scale),
        1 => (0_usize..4).prop_map(Deed::ScaleDatabase),
        1 => (0_usize..9).prop_map(Deed::Quota),
        1 => Just(Deed::NoQuota),
        1 => Just(Deed::Restart),
        1 => Just(Deed::Undo),
        1 => Just(Deed::Pause),
        1 => Just(Deed::Resume),
    ]
}

/// How long it is until the next deed, in tenths of a second: mostly while the one before still works.
fn pause() -> impl Strategy<Value = u32> {
    prop_oneof![6 => 0_u32..50, 2 => 50_u32..400, 1 => 400_u32..1200, 1 => 3000_u32..4500]
}

/// See the module.
#[derive(Clone)]
struct History {
    seed: u64,
    replicas: usize,
    databases: usize,
    /// `maxSurge` and `maxUnavailable`, in Pods.
    surge: usize,
    unavailable: usize,
    deeds: Vec<(u32, Deed)>,
}

impl Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let History { replicas, databases, surge, unavailable, .. } = self;
        writeln!(f, "kubectl create deployment web --image={} --replicas={replicas}", IMAGES[0])?;
        writeln!(
            f,
            "kubectl patch deployment web -p '{{\"spec\":{{\"strategy\":{{\"rollingUpdate\":\
             {{\"maxSurge\":{surge},\"maxUnavailable\":{unavailable}}}}}}}}}'"
        )?;
        writeln!(f, "kubectl expose deployment web --port=80 --target-port=8080")?;
        writeln!(
            f,
            "kubectl apply -f - <<EOF\n{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: db}}, spec: \
             {{serviceName: db, replicas: {databases}, selector: {{matchLabels: {{app: db}}}}, template: {{metadata: \
             {{labels: {{app: db}}}}, spec: {{terminationGracePeriodSeconds: 5, containers: [{{name: db, image: '{}'}}]}}}}}}}}\nEOF",
            IMAGES[2]
        )?;
        for (pause, deed) in &self.deeds {
            writeln!(f, "sleep {}.{}\n{deed}", pause / 10, pause % 10)?;
        }
        // All that was broken is mended.
        writeln!(
            f,
            "sleep 5\nfor node in node01 node02; do ssh $node systemctl start kubelet; kubectl uncordon $node; done"
        )?;
        writeln!(f, "kubectl delete quota cap --ignore-not-found\nkubectl rollout resume deployment/web")?;
        writeln!(
            f,
            "kubectl set image deployment/web '*={}'\nkubectl set image statefulset/db '*={}'",
            IMAGES[1], IMAGES[0]
        )?;
        // An ordered StatefulSet does not get over a broken Pod by itself.
        writeln!(f, "sleep 5\nkubectl delete pods -l app=db --wait=false")
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drydock run --seed {} - <<'END'\n{self}END", self.seed)
    }
}

fn history() -> impl Strategy<Value = History> {
    let bounds = (0_usize..4, 0_usize..4).prop_filter("one of them must be", |(surge, fewer)| surge + fewer > 0);
    (0_u64..1_000_000, 0_usize..6, 0_usize..4, bounds, prop::collection::vec((pause(), deed()), 1..9)).prop_map(
        |(seed, replicas, databases, (surge, unavailable), deeds)| History {
            seed,
            replicas,
            databases,
            surge,
            unavailable,
            deeds,
        },
    )
}

fn count(number: Option<i32>) -> usize {
    number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
}

/// What is known of a ReplicaSet.
#[derive(Clone, Default)]
struct Set {
    replicas: usize,
    available: usize,
    /// How many Pods its Deployment was to have when it was last scaled.
    desired: String,
}

/// Goes along with the changes and says when a ReplicaSet is given a size that its Deployment does not allow.
///
/// As far as the Deployment's controller can know (pkg/controller/deployment/rolling.go), that is: it goes by the
/// statuses of the ReplicaSets and by the Deployment as it was a moment ago.
struct Bounds {
    surge: usize,
    unavailable: usize,
    seen: u64,
    sets: BTreeMap<String, Set>,
    /// How many Pods were asked for, and how many were available, in the last second.
    asked: Vec<(Time, usize)>,
    available: Vec<(Time, usize)>,
}

/// How far behind the controller may be.
const BEHIND: Duration = Duration::from_secs(1);

impl Bounds {
    fn new(history: &History) -> Bounds {
        // With neither more nor fewer nothing could move.
        Bounds {
            surge: history.surge,
            unavailable: history.unavailable,
            seen: 0,
            sets: BTreeMap::new(),
            asked: Vec::new(),
            available: Vec::new(),
        }
    }

    fn totals(&self) -> (usize, usize) {
        let kept = |set: &Set| set.available.min(set.replicas);
        (self.sets.values().map(|set| set.replicas).sum(), self.sets.values().map(kept).sum())
    }

    fn note(list: &mut Vec<(Time, usize)>, now: Time, number: usize) {
        // The last one before that second still holds at its beginning.
        while list.len() > 1 && now.since(list[1].0) > BEHIND {
            list.remove(0);
        }
        list.push((now, number));
    }

    fn look(&mut self, session: &Session) -> Result<(), String> {
        let cluster = session.cluster();
        let (kinds, now) = (cluster.kinds(), session.now());
        for change in cluster.api().store().changes_since(self.seen) {
            self.seen = change.revision;
            if change.kind == kinds.deployment.id {
                if let Some(spec) = change.new.as_ref().and_then(|new| new.spec::<DeploymentSpec>()) {
                    Bounds::note(&mut self.asked, now, count(spec.replicas));
                }
            } else if change.kind == kinds.replica_set.id {
                self.set_changed(change, now)?;
            }
        }
        Ok(())
    }

    fn set_changed(&mut self, change: &Change, now: Time) -> Result<(), String> {
        let Some(object) = change.object().filter(|object| *object.meta.namespace == *"default") else { return Ok(()) };
        let name = object.meta.name.to_string();
        let Some(new) = &change.new else {
            self.sets.remove(&name);
            return Ok(());
        };
        let (spec, status) = (new.spec::<ReplicaSetSpec>().unwrap(), new.status::<ReplicaSetStatus>());
        let set = Set {
            replicas: count(spec.replicas),
            available: status.map_or(0, |status| count(status.available_replicas)),
            desired: new.meta.annotation("deployment.kubernetes.io/desired-replicas").unwrap_or_default().to_owned(),
        };
        let was = self.sets.get(&name).cloned().unwrap_or_default();
        let (_, kept_before) = self.totals();
        // What statuses count that is to go already, as long as they do.
        let claimed = self.sets.values().map(|set| set.available).sum::<usize>() - kept_before;
        self.sets.insert(name.clone(), set.clone());
        let (total, kept) = self.totals();
        let available = self.sets.values().map(|set| set.available).sum();
        Bounds::note(&mut self.available, now, available);
        let most = self.asked.iter().map(|(_, replicas)| replicas + self.surge).max().unwrap_or(0);
        if set.replicas > was.replicas && total > most {
            return Err(format!("{name} grows to {}: {total} Pods of at most {most}", set.replicas));
        }
        let least = self.asked.iter().map(|(_, replicas)| replicas.saturating_sub(self.unavailable)).min().unwrap_or(0);
        let lost = self.available.iter().map(|(_, number)| number).max().unwrap_or(&0) - available;
        // Whoever asks for fewer Pods takes them from every ReplicaSet in proportion.
        let scaled = set.desired != was.desired;
        if set.replicas < was.replicas && !scaled && kept + lost + claimed < least.min(kept_before) {
            return Err(format!("{name} shrinks to {}: {kept} available stay of at least {least}", set.replicas));
        }
        Ok(())
    }
}

/// Starts a script on the learner's machine.
fn start(session: &mut Session, script: &str) -> Child {
    let null: Rc<dyn File> = Rc::new(file::Null);
    let output: Rc<dyn File> = Rc::new(Capture::default());
    session.start(&["bash", "-c", script], "/root", [null, Rc::clone(&output), output]).unwrap()
}

fn list<'a>(session: &'a drydock::cluster::Cluster, plural: &str) -> Vec<&'a Object> {
    let kinds = session.kinds();
    let kind = match plural {
        "pods" => &kinds.pod,
        "replicasets" => &kinds.replica_set,
        _ => unreachable!(),
    };
    session.api().store().list(kind.id, Some("default")).map(|object| &**object).collect()
}

fn is_ready(pod: &Object) -> bool {
    let conditions = pod.status::<PodStatus>().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|one| one.type_ == "Ready" && one.status == "True")
}

/// What no cluster at rest may show.
fn faults(session: &Session) -> Vec<String> {
    let cluster = session.cluster();
    let (store, kinds) = (cluster.api().store(), cluster.kinds());
    let mut faults = Vec::new();
    let owners: BTreeSet<&str> = [&kinds.deployment, &kinds.replica_set, &kinds.stateful_set]
        .iter()
        .flat_map(|kind| store.list(kind.id, Some("default")))
        .map(|object| &*object.meta.uid)
        .collect();
    let mut have: BTreeMap<&str, i64> = BTreeMap::new();
    for object in [list(&cluster, "replicasets"), list(&cluster, "pods")].concat() {
        match object.meta.controller() {
            Some(owner) if owners.contains(&*owner.uid) => {}
            _ => faults.push(format!("{} belongs to nobody", object.meta.name)),
        }
    }
    let pods = list(&cluster, "pods");
    for pod in &pods {
        *have.entry(pod.meta.labels.get("app").map_or("", String::as_str)).or_default() += 1;
        if !is_ready(pod) || pod.meta.deleted.is_some() {
            faults.push(format!("{} is not ready", pod.meta.name));
        }
    }
    for (kind, name) in [(&kinds.deployment, "web"), (&kinds.stateful_set, "db")] {
        let wanted = store.list(kind.id, Some("default")).find_map(|one| one.spec.to_value()?["replicas"].as_i64());
        let have = have.get(name).copied().unwrap_or(0);
        if wanted.unwrap_or(0) != have {
            faults.push(format!("{have} Pods of {name}, {wanted:?} wanted"));
        }
    }
    let address = |pod: &&Object| pod.status::<PodStatus>().and_then(|status| status.pod_ip.clone());
    let of_web = |pod: &&Object| pod.meta.labels.get("app").is_some_and(|app| app == "web");
    let pods: BTreeSet<String> =
        pods.into_iter().filter(of_web).filter(|pod| is_ready(pod)).filter_map(|pod| address(&pod)).collect();
    let slices = store.list(kinds.endpoint_slice.id, Some("default")).filter(|one| one.meta.name.starts_with("web-"));
    let endpoints = slices.filter_map(|one| one.rest::<EndpointSliceBody>()).flat_map(|body| &body.endpoints);
    let ready = endpoints.filter(|one| one.conditions.as_ref().and_then(|is| is.ready) == Some(true));
    let endpoints: BTreeSet<String> = ready.flat_map(|one| one.addresses.iter().cloned()).collect();
    if pods != endpoints {
        faults.push(format!("ready Pods {pods:?}, endpoints {endpoints:?}"));
    }
    faults
}

/// Lets time pass until nothing but leases and events has changed for so long; whether that came about in time.
fn comes_to_rest(session: &mut Session, quiet: Duration, limit: Duration) -> bool {
    let end = session.now() + limit;
    let mut seen = session.cluster().api().store().revision();
    let mut since = session.now();
    while session.now() < end {
        if session.now().since(since) >= quiet {
            return true;
        }
        session.advance(Duration::from_secs(5));
        let cluster = session.cluster();
        let kinds = cluster.kinds();
        let changes = cluster.api().store().changes_since(seen);
        if changes.iter().any(|change| change.kind != kinds.lease.id && change.kind != kinds.event.id) {
            since = session.now();
        }
        seen = cluster.api().store().revision();
    }
    false
}

fn config() -> ProptestConfig {
    let asked = std::env::var("DRYDOCK_CASES").is_ok();
    let config = super::cases();
    ProptestConfig { cases: if asked { config.cases } else { 100 }, max_shrink_iters: 300, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn controllers_keep_their_promises_whatever_happens(history in history()) {
        let mut session = super::session(history.seed);
        let child = start(&mut session, &history.to_string());
        let mut bounds = Bounds::new(&history);
        let limit = session.now() + Duration::from_secs(20_000);
        while child.process().ended().is_none() {
            let Some(at) = session.next_at().filter(|&at| at <= limit) else { break };
            session.advance_to(at);
            let kept = bounds.look(&session);
            prop_assert!(kept.is_ok(), "{}", kept.unwrap_err());
            for at in 0..4 {
                let running = session.runs("default", &format!("db-{at}"));
                prop_assert!(running < 2, "{} Pods db-{} run", running, at);
            }
        }
        prop_assert!(child.process().ended().is_some(), "the script does not end");
        prop_assert!(comes_to_rest(&mut session, Duration::from_secs(60), Duration::from_secs(1800)), "there is no rest");
        prop_assert_eq!(faults(&session), Vec::<String>::new());

        let child = start(&mut session, "kubectl delete deployments,statefulsets,services --all --wait=false");
        let limit = session.now() + Duration::from_secs(10);
        prop_assert_eq!(session.wait(&child, limit), Some(0));
        prop_assert!(comes_to_rest(&mut session, Duration::from_secs(40), Duration::from_secs(600)), "there is no rest");
        let cluster = session.cluster();
        let left: Vec<String> = [list(&cluster, "pods"), list(&cluster, "replicasets")].concat().iter().map(|one| one.meta.name.to_string()).collect();
        prop_assert_eq!(left, Vec::<String>::new());
    }
}
