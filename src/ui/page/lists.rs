//! The cluster in words and numbers: the picture's other form, and the requests that were seen.

use std::rc::Rc;

use yew::prelude::*;

use super::picture::{Props, mark, phase_key};
use crate::view::narrate::is_system;
use crate::view::text::Texts;
use crate::view::traffic::{Hop, Outcome, Traffic, share};

/// More rows than this are told by number.
const ROWS: usize = 200;

/// Pods and Services as tables.
#[component]
pub fn ClusterLists(props: &Props) -> Html {
    let Props { texts, cluster, traffic, system } = props;
    let pods: Vec<_> = cluster.pods.iter().filter(|(_, pod)| *system || !is_system(&pod.namespace)).collect();
    let rows = pods.iter().take(ROWS).map(|(name, pod)| {
        html! {
            <tr key={(*name).clone()}>
                <th scope="row">{ &pod.name }</th>
                <td class="state"><svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">{ mark(pod.phase, 0.0, 0.0) }</svg>{ &pod.status }</td>
                <td>{ format!("{}/{}", pod.ready, pod.containers) }</td>
                <td>{ &pod.ip }</td>
                <td>{ &pod.node }</td>
                <td class="right">{ traffic.by_pod.get(*name).copied().unwrap_or(0) }</td>
            </tr>
        }
    });
    let services = cluster.services.values().filter(|service| *system || !is_system(&service.namespace));
    let services = services.map(|service| {
        let endpoints = service.endpoints.iter().map(|endpoint| {
            let key = if endpoint.ready {
                "endpoint.ready"
            } else if endpoint.terminating {
                "endpoint.ending"
            } else {
                "endpoint.unready"
            };
            html! { <li>{ format!("{} {} ", endpoint.ip, endpoint.pod) }<em>{ texts.get(key) }</em></li> }
        });
        html! {
            <tr>
                <th scope="row">{ &service.name }</th>
                <td>{ &service.kind }</td>
                <td>{ &service.cluster_ip }</td>
                <td>{ service.ports.join(", ") }</td>
                <td><ul class="plain">{ for endpoints }</ul></td>
            </tr>
        }
    });
    html! {
        <div class="lists" tabindex="0" role="group" aria-label={texts.get("cluster.list")}>
            <table>
                <caption>{ "Pods" }</caption>
                <thead><tr>
                    <th scope="col">{ "NAME" }</th><th scope="col">{ "STATUS" }</th><th scope="col">{ "READY" }</th>
                    <th scope="col">{ "IP" }</th><th scope="col">{ "NODE" }</th><th scope="col" class="right">{ texts.get("pod.requests") }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
            if pods.len() > ROWS {
                <p>{ texts.fill("list.more", &[("count", &(pods.len() - ROWS).to_string())]) }</p>
            }
            <table>
                <caption>{ "Services" }</caption>
                <thead><tr>
                    <th scope="col">{ "NAME" }</th><th scope="col">{ "TYPE" }</th><th scope="col">{ "CLUSTER-IP" }</th>
                    <th scope="col">{ "PORT(S)" }</th><th scope="col">{ "ENDPOINTS" }</th>
                </tr></thead>
                <tbody>{ for services }</tbody>
            </table>
        </div>
    }
}

/// See [`Requests`].
#[derive(Properties, PartialEq)]
pub struct RequestsProps {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// What was asked, and who answered.
    pub traffic: Rc<Traffic>,
}

/// Who answered how often, and the last requests rule by rule.
#[component]
pub fn Requests(props: &RequestsProps) -> Html {
    let RequestsProps { texts, traffic } = props;
    let most = traffic.by_pod.values().copied().max().unwrap_or(1).max(1);
    let bars = traffic.by_pod.iter().map(|(pod, count)| {
        let share = format!("width:{}%", count * 100 / most);
        let name = pod.rsplit('/').next().unwrap_or(pod).to_owned();
        html! {
            <tr key={pod.clone()}>
                <th scope="row">{ name }</th>
                <td class="right">{ *count }</td>
                <td class="share" aria-hidden="true"><span style={share} /></td>
            </tr>
        }
    });
    let recent = traffic.recent.iter().rev().map(|(number, request)| {
        let key = match request.outcome {
            Outcome::Answered => "request.answered",
            Outcome::Refused => "request.refused",
            Outcome::Lost => "request.lost",
            Outcome::Denied => "request.denied",
        };
        let pod = request.pod.as_deref().unwrap_or("–");
        html! {
            <li key={*number}>
                <details>
                    <summary>{ format!("{} → {} → {pod} ", request.from, request.to) }<em>{ texts.get(key) }</em></summary>
                    <ol class="hops">{ for request.hops.iter().map(|hop| draw_hop(hop, texts)) }</ol>
                </details>
            </li>
        }
    });
    html! {
        <div class="lists" tabindex="0" role="group" aria-label={texts.get("cluster.requests")}>
            if traffic.total == 0 {
                <p class="empty">{ texts.get("requests.none") }</p>
            } else {
                <table class="histogram">
                    <caption>{ texts.get("requests.by-pod") }</caption>
                    <tbody>{ for bars }</tbody>
                </table>
                <h3>{ texts.get("requests.recent") }</h3>
                <ul class="plain recent">{ for recent }</ul>
            }
        </div>
    }
}

/// A rule; where it leaves the request to chance, what was drawn and what that meant.
fn draw_hop(hop: &Hop, texts: &Texts) -> Html {
    let drawn = hop.draw.map(|(drawn, below)| {
        let key = if hop.matched { "hop.drawn.taken" } else { "hop.drawn.passed" };
        html! { <p class="draw">{ texts.fill(key, &[("drawn", &share(drawn)), ("below", &share(below))]) }</p> }
    });
    html! {
        <li class={classes!((!hop.matched).then_some("passed-by"))}>
            <code>{ &hop.rule }</code>
            { drawn }
        </li>
    }
}

/// The key to the marks.
pub fn legend(texts: &Texts) -> Html {
    use crate::view::cluster::Phase;
    let phases = [Phase::Pending, Phase::Starting, Phase::Unready, Phase::Ready, Phase::Terminating, Phase::Failing];
    let items = phases.into_iter().map(|phase| {
        html! { <li><svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">{ mark(phase, 0.0, 0.0) }</svg>{ texts.get(phase_key(phase)) }</li> }
    });
    html! { <ul class="legend">{ for items }</ul> }
}
