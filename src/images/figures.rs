//! What containers of an image use. The figures of the cluster's own images and of hpa-example are
//! those that `kubectl top` printed in `tests/transcripts`; all others are guesses at the usual size.

use crate::sim::Duration;

/// What a container uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Thousandths of a CPU while nobody asks anything of it.
    pub idle: u64,
    /// Bytes.
    pub memory: u64,
    /// CPU time of one request.
    pub request: Duration,
}

/// Repository, idle millicores, MiB, microseconds of CPU for a request.
const FIGURES: &[(&str, u64, u64, u64)] = &[
    ("registry.k8s.io/coredns/coredns", 2, 13, REQUEST),
    ("registry.k8s.io/etcd", 3, 21, REQUEST),
    ("registry.k8s.io/kube-apiserver", 3, 28, REQUEST),
    ("registry.k8s.io/kube-controller-manager", 2, 26, REQUEST),
    ("registry.k8s.io/kube-scheduler", 3, 26, REQUEST),
    ("registry.k8s.io/kube-proxy", 1, 10, REQUEST),
    ("registry.k8s.io/metrics-server/metrics-server", 1, 12, REQUEST),
    ("docker.io/flannel/flannel", 1, 20, REQUEST),
    ("ghcr.io/flannel-io/flannel", 1, 20, REQUEST),
    ("registry.k8s.io/hpa-example", 2, 22, 50_000),
    ("docker.io/library/httpd", 1, 6, REQUEST),
    ("docker.io/library/nginx", 1, 4, REQUEST),
    ("docker.io/library/redis", 2, 4, REQUEST),
    ("docker.io/hazelcast/hazelcast", 8, 280, REQUEST),
    ("quay.io/fluentd_elasticsearch/fluentd", 2, 75, REQUEST),
    ("gcr.io/google-samples/kubernetes-bootcamp", 1, 18, REQUEST),
    ("docker.io/jocatalin/kubernetes-bootcamp", 1, 18, REQUEST),
    ("docker.io/luksa/kiada", 1, 18, REQUEST),
    ("docker.io/kubetm/app", 1, 22, REQUEST),
    ("docker.io/library/mysql", 5, 380, REQUEST),
    ("docker.io/library/mariadb", 2, 95, REQUEST),
    ("docker.io/library/postgres", 2, 38, REQUEST),
    ("docker.io/library/mongo", 7, 165, REQUEST),
    ("docker.io/library/rabbitmq", 9, 130, REQUEST),
    ("docker.io/library/cassandra", 25, 1300, REQUEST),
    ("docker.io/library/elasticsearch", 12, 1250, REQUEST),
    ("docker.elastic.co/elasticsearch/elasticsearch", 12, 1250, REQUEST),
    ("docker.io/library/memcached", 1, 3, REQUEST),
    ("docker.io/library/zookeeper", 3, 110, REQUEST),
    ("docker.io/library/tomcat", 2, 140, 900),
    ("docker.io/library/wordpress", 1, 32, 30_000),
    ("docker.io/library/ghost", 2, 150, 9_000),
    ("docker.io/jenkins/jenkins", 6, 620, 5_000),
    ("docker.io/grafana/grafana", 4, 85, 2_000),
    ("docker.io/prom/prometheus", 4, 55, 1_000),
    ("docker.io/minio/minio", 2, 110, REQUEST),
];

/// The CPU time of a small answer.
const REQUEST: u64 = 400;
/// A shell, or a program that sleeps.
const OTHERS: (u64, u64) = (0, 1);

/// What a container of that image uses.
pub fn figures(repository: &str) -> Figures {
    let found = FIGURES.iter().find(|(known, ..)| *known == repository);
    let (idle, mebibytes, request) = match found {
        Some(&(_, idle, mebibytes, request)) => (idle, mebibytes, request),
        None => (OTHERS.0, OTHERS.1, REQUEST),
    };
    Figures { idle, memory: mebibytes << 20, request: Duration::from_micros(request) }
}
