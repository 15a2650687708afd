//! Commands that are known elsewhere and are not simulated. To bash they are not found; a second line says what
//! to do here instead, as a distribution's command_not_found_handle does.

use crate::machine::Process;

/// What to do instead of a command.
const ADVICE: &[(&str, &str)] = &[
    ("apt", "packages cannot be installed; the tools that exist here are there already"),
    ("apt-get", "packages cannot be installed; the tools that exist here are there already"),
    ("argocd", "apply the manifests with kubectl"),
    ("brew", "packages cannot be installed; the tools that exist here are there already"),
    ("buildah", "images cannot be built; use one that the registry has"),
    ("calicoctl", "look at NetworkPolicies with kubectl"),
    ("cilium", "look at NetworkPolicies with kubectl"),
    ("containerd", "the nodes' containers are seen with kubectl"),
    ("crictl", "kubectl get pods -A -o wide shows what runs on which node, kubectl logs what it said"),
    ("ctr", "the nodes' containers are seen with kubectl"),
    ("df", "disks have no size; a volume's is seen with kubectl get pvc"),
    ("dig", "nslookup NAME asks the name server"),
    ("dnf", "packages cannot be installed; the tools that exist here are there already"),
    ("docker", "containers run in Pods: kubectl run, kubectl logs, kubectl exec"),
    ("du", "disks have no size; ls -l shows the size of files"),
    ("eksctl", "the cluster is there already; kubectl reaches it"),
    ("etcdctl", "the cluster's objects are read and written with kubectl"),
    ("flux", "apply the manifests with kubectl"),
    ("free", "a node's memory is seen with kubectl describe node and kubectl top node"),
    ("gcloud", "the cluster is there already; kubectl reaches it"),
    ("git", "there is no network outside of the simulation; write the files here or drop them on the page"),
    ("go", "programs cannot be compiled; write scripts for bash"),
    ("helm", "there are no charts; apply the manifests with kubectl, or kustomizations with kubectl apply -k"),
    ("host", "nslookup NAME asks the name server"),
    ("htop", "what Pods and nodes use is seen with kubectl top"),
    ("ip", "addresses are seen with kubectl get nodes -o wide, hostname -I and in /etc/hosts"),
    ("istioctl", "there is no service mesh; use Services and Ingresses"),
    ("journalctl", "services keep no journal; systemctl status and kubectl describe node show how they are"),
    ("k3d", "the cluster is there already; kubectl reaches it"),
    ("k9s", "kubectl get --watch shows what changes"),
    ("kind", "the cluster is there already; kubectl reaches it"),
    ("kubeadm", "the cluster is set up already; kubectl get nodes shows it"),
    ("kustomize", "kubectl kustomize does the same"),
    ("man", "COMMAND --help and kubectl explain tell what there is to know"),
    ("nerdctl", "containers run in Pods: kubectl run, kubectl logs, kubectl exec"),
    ("netstat", "who listens is seen with curl or nc -z HOST PORT"),
    ("node", "there is no JavaScript; write scripts for bash, jq and awk"),
    ("npm", "packages cannot be installed; the tools that exist here are there already"),
    ("ping", "only TCP is simulated: curl, or nc -z HOST PORT"),
    ("pip", "packages cannot be installed; the tools that exist here are there already"),
    ("pip3", "packages cannot be installed; the tools that exist here are there already"),
    ("podman", "containers run in Pods: kubectl run, kubectl logs, kubectl exec"),
    ("python", "there is no Python; write scripts for bash, jq and awk"),
    ("python3", "there is no Python; write scripts for bash, jq and awk"),
    ("snap", "packages cannot be installed; the tools that exist here are there already"),
    ("ss", "who listens is seen with curl or nc -z HOST PORT"),
    ("telnet", "nc -z HOST PORT tells whether somebody listens"),
    ("terraform", "apply the manifests with kubectl"),
    ("top", "what Pods and nodes use is seen with kubectl top"),
    ("traceroute", "only TCP is simulated: curl, or nc -z HOST PORT"),
    ("trivy", "images are not scanned; their names and tags are seen with kubectl"),
    ("velero", "there is no backup; kubectl get -o yaml saves objects into a file"),
    ("yum", "packages cannot be installed; the tools that exist here are there already"),
];

/// What to do instead of a command that was not found. Only where kubectl is: elsewhere its advice is of no use.
pub fn advice(process: &Process, name: &str) -> Option<String> {
    let (_, advice) = ADVICE.iter().find(|(known, _)| *known == name)?;
    process.find_program("kubectl").ok()?;
    Some(format!("{name} is not simulated here: {advice}.\n"))
}
