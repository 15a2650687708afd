//! What a change of the cluster sounds like: one short sentence for the page's live region.

use super::cluster::{Cluster, Deed, Delta, Happened, Phase, Pod};
use super::text::Texts;

/// More than this at once are told by number.
const BY_NAME: usize = 3;

/// The sentences for `delta`, about to be applied to `before`. System Pods are not told.
pub fn tell(before: &Cluster, delta: &Delta, texts: &Texts) -> Vec<String> {
    let mut said = Vec::new();
    let mut about = |key: &str, many: &str, pods: Vec<&Pod>| {
        if pods.is_empty() {
            return;
        }
        if pods.len() > BY_NAME {
            let count = pods.len().to_string();
            said.push(texts.fill(many, &[("count", &count)]));
            return;
        }
        for pod in pods {
            let values = [("pod", &*pod.name), ("node", &*pod.node), ("status", &*pod.status)];
            said.push(texts.fill(key, &values));
        }
    };
    let entered = |phase: Phase| -> Vec<&Pod> {
        let changed = delta.pods.iter().filter_map(|(name, pod)| Some((name, pod.as_ref()?)));
        changed
            .filter(|(_, pod)| !is_system(&pod.namespace) && pod.phase == phase)
            .filter(|(name, _)| before.pods.get(*name).is_none_or(|old| old.phase != phase))
            .map(|(_, pod)| pod)
            .collect()
    };
    about("say.pod.starting", "say.pods.starting", entered(Phase::Starting));
    about("say.pod.ready", "say.pods.ready", entered(Phase::Ready));
    about("say.pod.failing", "say.pods.failing", entered(Phase::Failing));
    about("say.pod.terminating", "say.pods.terminating", entered(Phase::Terminating));
    let gone = delta.pods.iter().filter(|(_, pod)| pod.is_none()).filter_map(|(name, _)| before.pods.get(name));
    about("say.pod.gone", "say.pods.gone", gone.filter(|pod| !is_system(&pod.namespace)).collect());
    for (name, service) in &delta.services {
        match (before.services.get(name), service) {
            (None, Some(service)) if !is_system(&service.namespace) && service.name != "kubernetes" => {
                said.push(texts.fill("say.service.new", &[("service", &service.name)]));
            }
            (Some(old), None) => said.push(texts.fill("say.service.gone", &[("service", &old.name)])),
            _ => {}
        }
    }
    said
}

/// A sentence for each of these writes: who did what.
pub fn deeds(happened: &[Happened], texts: &Texts) -> Vec<String> {
    let tell = |happened: &Happened| {
        let key = match happened.deed {
            Deed::Created => "deed.created",
            Deed::Changed => "deed.changed",
            Deed::Deleted => "deed.deleted",
        };
        let Happened { kind, name, by, .. } = happened;
        texts.fill(key, &[("kind", kind), ("name", name), ("by", by)])
    };
    let mut said: Vec<String> = happened.iter().take(BY_NAME).map(tell).collect();
    if let Some(more) = happened.len().checked_sub(BY_NAME).filter(|more| *more > 0) {
        said.push(texts.fill("list.more", &[("count", &more.to_string())]));
    }
    said
}

/// Whether a namespace belongs to the cluster itself.
pub fn is_system(namespace: &str) -> bool {
    namespace.starts_with("kube-") || namespace == "local-path-storage"
}

#[cfg(test)]
mod tests {
    use super::super::text::Language;
    use super::*;

    fn pods(count: usize, namespace: &str, phase: Phase) -> Delta {
        let pod = |n| Pod { name: format!("p{n}"), namespace: namespace.into(), phase, ..Pod::default() };
        Delta { pods: (0..count).map(|n| (format!("{namespace}/p{n}"), Some(pod(n)))).collect(), ..Delta::default() }
    }

    #[test]
    fn tells_few_by_name_and_many_by_number() {
        let texts = Texts::new(Language::En);
        let before = Cluster::default();
        assert_eq!(tell(&before, &pods(1, "default", Phase::Ready), &texts), ["Pod p0 is ready."]);
        assert_eq!(tell(&before, &pods(9, "default", Phase::Ready), &texts), ["Pods that became ready: 9."]);
        assert!(tell(&before, &pods(9, "kube-system", Phase::Ready), &texts).is_empty());
        let mut after = before.clone();
        after.apply(pods(1, "default", Phase::Ready));
        assert!(tell(&after, &pods(1, "default", Phase::Ready), &texts).is_empty());
    }
}
