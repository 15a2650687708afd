//! Where the numbers of what Pods use come from, and what is done about them, as a learner does it.

use crate::learner::printed;
use drydock::session::{Config, Session};
use drydock::sim::{Duration, Time};

fn session(profile: &str) -> Session {
    Session::new(Config { profile: profile.into(), seed: 5, start: Time::from_secs(1_795_164_114) }).unwrap()
}

/// metrics-server under other names than its own: what counts is what runs and what leads to it.
const NUMBERS: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: watching}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: numbers, namespace: watching}
spec:
  selector: {matchLabels: {app: numbers}}
  template:
    metadata: {labels: {app: numbers}}
    spec:
      containers:
      - name: server
        image: registry.k8s.io/metrics-server/metrics-server:v0.7.2
        args: [--secure-port=4443]
        readinessProbe: {httpGet: {path: /readyz, port: 4443, scheme: HTTPS}, periodSeconds: 2}
---
apiVersion: v1
kind: Service
metadata: {name: numbers, namespace: watching}
spec:
  selector: {app: numbers}
  ports: [{port: 8443, targetPort: 4443}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: numbers, namespace: watching, port: 8443}
";

#[test]
fn requests_make_an_autoscaler_act() {
    let mut session = session("kubeadm");
    assert_eq!(printed(&mut session, "kubectl top nodes"), "error: Metrics API not available\n");
    let applied = printed(&mut session, &format!("kubectl apply -f - <<'EOF'\n{NUMBERS}\nEOF"));
    assert!(applied.contains("apiservice.apiregistration.k8s.io/v1beta1.metrics.k8s.io created"), "{applied}");
    let available = "kubectl get apiservice v1beta1.metrics.k8s.io --no-headers | awk '{print $2, $3, $4}'";
    assert_eq!(printed(&mut session, available), "watching/numbers False (MissingEndpoints)\n");
    session.advance(Duration::from_secs(30));
    assert!(printed(&mut session, available).starts_with("watching/numbers True"));
    assert!(printed(&mut session, "kubectl top nodes").contains("controlplane   "));

    printed(&mut session, "kubectl create deployment shop --image=registry.k8s.io/hpa-example --port=80");
    printed(&mut session, "kubectl set resources deployment shop --requests=cpu=200m --limits=cpu=500m");
    printed(&mut session, "kubectl expose deployment shop");
    printed(&mut session, "kubectl autoscale deployment shop --cpu=50% --min=1 --max=10");
    printed(&mut session, "kubectl rollout status deployment shop");
    let replicas = "kubectl get deployment shop -o jsonpath='{.status.readyReplicas}'";
    assert_eq!(printed(&mut session, replicas), "1");
    let load = "kubectl run load --image=busybox:1.36 --restart=Never -- sh -c 'while sleep 0.01; do wget -q -O- http://shop; done'";
    printed(&mut session, load);
    session.advance(Duration::from_secs(180));
    let busy: i64 = printed(&mut session, replicas).parse().unwrap();
    assert!((5..=10).contains(&busy), "{busy}");
    printed(&mut session, "kubectl delete pod load --now");
    session.advance(Duration::from_secs(240));
    assert_eq!(printed(&mut session, replicas), busy.to_string(), "nothing is taken away within five minutes");
    session.advance(Duration::from_secs(150));
    assert_eq!(printed(&mut session, replicas), "1");
}

#[test]
fn a_busy_loop_uses_all_that_it_may() {
    let mut session = session("kubeadm+metrics-server");
    session.advance(Duration::from_secs(20));
    let pod = |name: &str, limit: &str| {
        format!(
            "kubectl apply -f - <<'EOF'\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  \
             - {{name: c, image: busybox, command: [sh, -c, 'while true; do :; done'], resources: {{limits: {{{limit}}}}}}}\nEOF"
        )
    };
    printed(&mut session, &pod("free", ""));
    printed(&mut session, &pod("bound", "cpu: 300m"));
    printed(&mut session, "kubectl run idle --image=busybox -- sleep 1000");
    session.advance(Duration::from_secs(40));
    let seen = printed(&mut session, "kubectl top pods --no-headers | awk '{print $1, $2}'");
    assert_eq!(seen, "bound 300m\nfree 1000m\nidle 0m\n");
}

#[test]
fn minikube_brings_metrics_server() {
    let mut session = session("minikube");
    assert_eq!(printed(&mut session, "kubectl top nodes"), "error: Metrics API not available\n");
    let told = printed(&mut session, "minikube addons enable metrics-server");
    assert!(told.ends_with("* The 'metrics-server' addon is enabled\n"), "{told}");
    session.advance(Duration::from_secs(60));
    assert!(printed(&mut session, "kubectl top nodes").contains("minikube"));
    printed(&mut session, "minikube addons disable metrics-server");
    session.advance(Duration::from_secs(5));
    assert_eq!(printed(&mut session, "kubectl top nodes"), "error: Metrics API not available\n");
    let refused = printed(&mut session, "minikube addons enable dashboard");
    assert!(refused.contains("only ingress and metrics-server are simulated"), "{refused}");
}
