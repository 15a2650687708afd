//! The cluster's picture, drawn from [`layout`]'s places.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::Element;
use yew::prelude::*;

use crate::view::cluster::{Cluster, Deployment, Phase, Pod, Service};
use crate::view::layout::{Area, NodeBox, Picture, Room, Size, layout};
use crate::view::text::Texts;
use crate::view::traffic::{Outcome, Traffic};

/// See [`ClusterPicture`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The page's words.
    pub texts: Rc<Texts>,
    /// What there is.
    pub cluster: Rc<Cluster>,
    /// What was asked, and who answered.
    pub traffic: Rc<Traffic>,
    /// Whether the cluster's own Pods are drawn.
    pub system: bool,
}

/// At most so many requests travel at once.
const TRAVELLERS: usize = 12;

/// The picture, in whatever room its parent gives it.
#[component]
pub fn ClusterPicture(props: &Props) -> Html {
    let node = use_node_ref();
    let room = use_state(|| (640.0, 360.0));
    {
        let (node, room) = (node.clone(), room.clone());
        use_effect_with((), move |()| {
            let mut ends = None;
            if let Some(element) = node.cast::<Element>() {
                let measure = Closure::<dyn FnMut()>::new({
                    let element = element.clone();
                    move || {
                        let (width, height) = (element.client_width(), element.client_height());
                        if width > 0 && height > 0 {
                            room.set((f64::from(width), f64::from(height)));
                        }
                    }
                });
                if let Ok(observer) = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()) {
                    observer.observe(&element);
                    ends = Some((observer, measure));
                }
            }
            move || {
                if let Some((observer, _measure)) = ends {
                    observer.disconnect();
                }
            }
        });
    }
    let room = Room { width: room.0, height: room.1, system: props.system };
    let picture = use_memo((Rc::clone(&props.cluster), room), |(cluster, room)| layout(cluster, *room));
    html! {
        <div class="picture" ref={node} tabindex="0" role="group" aria-label={props.texts.get("cluster.picture")}>
            { draw(props, &picture) }
        </div>
    }
}

fn draw(props: &Props, picture: &Picture) -> Html {
    let (texts, cluster) = (&props.texts, &*props.cluster);
    let drawing = Drawing { texts, cluster, traffic: &props.traffic, picture };
    let services = picture
        .services
        .iter()
        .filter_map(|place| Some(drawing.service(cluster.services.get(&place.name)?, place.area)));
    let deployments = picture
        .deployments
        .iter()
        .filter_map(|place| Some(drawing.deployment(cluster.deployments.get(&place.name)?, place.area)));
    let wires = picture.wires.iter().map(|wire| {
        html! { <path key={format!("{}>{}", wire.service, wire.pod)} class={classes!("wire", wire.ending.then_some("ending"))} d={wire.path.clone()} /> }
    });
    let label = summary(cluster, props.system, texts);
    html! {
        <svg role="img" aria-label={label} width={picture.width.to_string()} height={picture.height.to_string()}
            viewBox={format!("0 0 {} {}", picture.width, picture.height)}>
            <g>{ for picture.nodes.iter().map(|place| drawing.walls(place)) }</g>
            <g>{ for wires }</g>
            <g>{ for picture.nodes.iter().map(|place| drawing.node(place)) }</g>
            { drawing.client() }
            <g>{ for deployments }</g>
            <g>{ for services }</g>
            <g>{ for picture.nodes.iter().flat_map(|node| &node.pods).filter_map(|place| Some(drawing.pod(cluster.pods.get(&place.pod)?, &place.pod, place.area))) }</g>
            <g aria-hidden="true">{ for drawing.travellers() }</g>
        </svg>
    }
}

/// The picture in one sentence.
pub fn summary(cluster: &Cluster, system: bool, texts: &Texts) -> String {
    let pods: Vec<&Pod> =
        cluster.pods.values().filter(|pod| system || !crate::view::narrate::is_system(&pod.namespace)).collect();
    let ready = pods.iter().filter(|pod| pod.phase == Phase::Ready).count().to_string();
    let (nodes, pods) = (cluster.nodes.len().to_string(), pods.len().to_string());
    texts.fill("cluster.summary", &[("nodes", &nodes), ("pods", &pods), ("ready", &ready)])
}

/// The word for a phase.
pub fn phase_key(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "phase.pending",
        Phase::Starting => "phase.starting",
        Phase::Unready => "phase.unready",
        Phase::Ready => "phase.ready",
        Phase::Terminating => "phase.terminating",
        Phase::Completed => "phase.completed",
        Phase::Failing => "phase.failing",
    }
}

fn phase_class(phase: Phase) -> Option<&'static str> {
    phase_key(phase).strip_prefix("phase.")
}

/// A mark for a phase: its shape tells it, its colour only helps.
pub fn mark(phase: Phase, x: f64, y: f64) -> Html {
    let class = classes!("mark", phase_class(phase));
    let at = format!("translate({x:.1} {y:.1})");
    let inside = match phase {
        Phase::Ready => {
            html! { <><circle r="5.5" class="full" /><path class="cut" d="M-2.6 .2 L-.7 2.1 L2.8 -1.9" /></> }
        }
        Phase::Unready => html! { <><circle r="4.8" class="ring" /><circle r="1.8" class="full" /></> },
        Phase::Starting => {
            html! { <><circle r="4.8" class="ring" /><path class="full" d="M0 -4.8 A4.8 4.8 0 0 1 0 4.8 Z" /></> }
        }
        Phase::Pending => html! { <circle r="4.8" class="ring dashed" /> },
        Phase::Terminating => {
            html! { <><circle r="4.8" class="ring" /><path class="ring" d="M-3.4 3.4 L3.4 -3.4" /></> }
        }
        Phase::Completed => {
            html! { <><rect x="-5" y="-5" width="10" height="10" rx="1.5" class="full" /><path class="cut" d="M-2.6 .2 L-.7 2.1 L2.8 -1.9" /></> }
        }
        Phase::Failing => {
            html! { <><path class="full" d="M0 -6 L6 5 L-6 5 Z" /><path class="cut" d="M0 -2.4 V1.4 M0 3.2 V3.7" /></> }
        }
    };
    html! { <g {class} transform={at}>{ inside }</g> }
}

struct Drawing<'a> {
    texts: &'a Texts,
    cluster: &'a Cluster,
    traffic: &'a Traffic,
    picture: &'a Picture,
}

impl Drawing<'_> {
    fn client(&self) -> Html {
        let Area { x, y, w, h } = self.picture.client;
        let (mid, low) = (x + w / 2.0, y + h - 12.0);
        html! {
            <g class="client">
                <rect x={n(x)} y={n(y)} width={n(w)} height={n(h)} rx="6" />
                <path d={format!("M{:.0} {:.0} l5 4 l-5 4 M{:.0} {:.0} h8", mid - 9.0, y + 14.0, mid + 1.0, y + 23.0)} />
                <text x={n(mid)} y={n(low)} text-anchor="middle">{ self.texts.get("cluster.client") }</text>
            </g>
        }
    }

    fn service(&self, service: &Service, area: Area) -> Html {
        let Area { x, y, w, h } = area;
        let ready = service.endpoints.iter().filter(|endpoint| endpoint.ready).count();
        let ending = service.endpoints.iter().filter(|endpoint| endpoint.terminating).count();
        let mut endpoints = self.texts.fill("service.endpoints", &[("ready", &ready.to_string())]);
        if ending > 0 {
            endpoints.push_str(&self.texts.fill("service.ending", &[("ending", &ending.to_string())]));
        }
        let place = format!("{} · {}", service.cluster_ip, service.ports.join(","));
        let none = (ready == 0).then_some("none");
        html! {
            <g key={format!("service/{}/{}", service.namespace, service.name)} class={classes!("service", none)}>
                <rect x={n(x)} y={n(y)} width={n(w)} height={n(h)} rx={n(h / 2.0)} />
                <text class="kind" x={n(x + 22.0)} y={n(y + 17.0)}>{ &service.kind }</text>
                <text class="name" x={n(x + 22.0)} y={n(y + 33.0)}>{ fit(&service.name, w - 44.0, 7.4) }<title>{ &service.name }</title></text>
                <text class="fact" x={n(x + 22.0)} y={n(y + 49.0)}>{ fit(&format!("{endpoints} · {place}"), w - 44.0, 5.9) }<title>{ place.clone() }</title></text>
            </g>
        }
    }

    fn deployment(&self, deployment: &Deployment, area: Area) -> Html {
        let Area { x, y, w, h } = area;
        let owner = format!("Deployment/{}", deployment.name);
        let sets = self.cluster.replica_sets.values().filter(|set| {
            set.namespace == deployment.namespace && set.owner == owner && (set.desired > 0 || set.current > 0)
        });
        let sets: Vec<String> = sets
            .map(|set| {
                let hash = set.name.strip_prefix(&format!("{}-", deployment.name)).unwrap_or(&set.name);
                format!("rs {hash} {}/{}", set.ready, set.desired)
            })
            .collect();
        let (ready, desired) = (deployment.ready.to_string(), deployment.desired.to_string());
        let ready = self.texts.fill("deployment.ready", &[("ready", &ready), ("desired", &desired)]);
        let share =
            if deployment.desired == 0 { 0.0 } else { f64::from(deployment.ready) / f64::from(deployment.desired) };
        let full = (deployment.ready == deployment.desired).then_some("full");
        html! {
            <g key={format!("deployment/{}/{}", deployment.namespace, deployment.name)} class={classes!("deployment", full)}>
                <rect x={n(x)} y={n(y)} width={n(w)} height={n(h)} rx="6" />
                <text class="kind" x={n(x + 12.0)} y={n(y + 16.0)}>{ "Deployment" }</text>
                <text class="fact" x={n(x + w - 12.0)} y={n(y + 16.0)} text-anchor="end">{ ready }</text>
                <text class="name" x={n(x + 12.0)} y={n(y + 31.0)}>{ fit(&deployment.name, w - 24.0, 7.4) }<title>{ &deployment.name }</title></text>
                <text class="fact" x={n(x + 12.0)} y={n(y + 45.0)}>{ fit(&sets.join("  "), w - 24.0, 6.2) }</text>
                <rect class="bar" x={n(x + 1.0)} y={n(y + h - 3.0)} width={n(w - 2.0)} height="2" />
                <rect class="bar-full" x={n(x + 1.0)} y={n(y + h - 3.0)} width={n((w - 2.0) * share.min(1.0))} height="2" />
            </g>
        }
    }

    /// A dock seen from the end: walls that go down in steps, and a floor.
    fn walls(&self, place: &NodeBox) -> Html {
        let Area { x, y, w, h } = place.area;
        let node = place.node.as_ref().and_then(|name| self.cluster.nodes.get(name));
        let state = match node {
            None => Some("nowhere"),
            Some(node) => (!node.ready).then_some("down"),
        };
        let walls = format!(
            "M{x:.1} {y:.1} v{:.1} q0 6 6 6 h{:.1} q6 0 6 -6 v{:.1} h-4 v7 h-4 v7 h{:.1} v-7 h-4 v-7 z",
            h - 6.0,
            w - 12.0,
            6.0 - h,
            16.0 - w,
        );
        let key = format!("walls/{}", place.node.as_deref().unwrap_or_default());
        html! { <path {key} class={classes!("walls", state)} d={walls} /> }
    }

    /// What is written in a node's walls; wires go beneath it.
    fn node(&self, place: &NodeBox) -> Html {
        let Area { x, y, w, h } = place.area;
        let node = place.node.as_ref().and_then(|name| self.cluster.nodes.get(name));
        let title = node.map_or_else(|| self.texts.get("cluster.waiting"), |node| node.name.clone());
        let mut facts: Vec<String> = Vec::new();
        if let Some(node) = node {
            facts.extend(node.roles.iter().cloned());
            if !node.ready {
                facts.push(self.texts.get("node.not-ready"));
            }
            if node.unschedulable {
                facts.push(self.texts.get("node.cordoned"));
            }
        }
        let pods: usize = place.count.values().sum();
        let empty = pods == 0;
        let sums = place.count.iter().enumerate().filter(|_| self.picture.size == Size::Sum).map(|(at, (phase, count))| {
            let line = y + 50.0 + 18.0 * f64::from(u32::try_from(at).unwrap_or(0));
            html! { <>{ mark(*phase, x + 18.0, line) }<text class="fact" x={n(x + 30.0)} y={n(line + 4.0)}>{ format!("{count} {}", self.texts.get(phase_key(*phase))) }</text></> }
        });
        html! {
            <g key={format!("node/{}", place.node.as_deref().unwrap_or_default())} class="node">
                <text class="name" x={n(x + 14.0)} y={n(y + 20.0 + 7.0)}>{ fit(&title, w * 0.55, 7.2) }<title>{ title.clone() }</title></text>
                <text class="fact" x={n(x + w - 14.0)} y={n(y + 27.0)} text-anchor="end">{ node.map(|node| node.address.clone()) }</text>
                if !facts.is_empty() {
                    <text class="fact role" x={n(x + 14.0)} y={n(y + h - 8.0)}>{ fit(&facts.join(" · "), w - 28.0, 6.2) }</text>
                }
                if empty {
                    <text class="fact none" x={n(x + w / 2.0)} y={n(y + 58.0)} text-anchor="middle">{ self.texts.get("node.empty") }</text>
                }
                { for sums }
            </g>
        }
    }

    fn pod(&self, pod: &Pod, name: &str, area: Area) -> Html {
        let Area { x, y, w, h } = area;
        let requests = self.traffic.by_pod.get(name).copied().unwrap_or(0);
        let title = format!("{} · {} · {}", pod.name, pod.status, if pod.ip.is_empty() { "–" } else { &pod.ip });
        let class = classes!("pod", phase_class(pod.phase));
        let (_, middle) = area.middle();
        let short = pod.name.rsplit('-').next().unwrap_or(&pod.name);
        let rest = pod.name.strip_suffix(short).unwrap_or_default();
        match self.picture.size {
            Size::Card => html! {
                <g key={format!("pod/{name}")} {class}>
                    <title>{ title }</title>
                    <rect x={n(x)} y={n(y)} width={n(w)} height={n(h)} rx="4" />
                    { mark(pod.phase, x + 13.0, y + 15.0) }
                    <text class="name" x={n(x + 25.0)} y={n(y + 19.0)}>{ fit(short, w - 76.0, 7.4) }</text>
                    <text class="fact rest" x={n(x + 10.0)} y={n(y + 32.0)}>{ fit(rest, w - 16.0, 5.5) }</text>
                    <text class="fact" x={n(x + 10.0)} y={n(y + 44.0)}>{ fit(&self.second_line(pod), w - 16.0, 6.0) }</text>
                    if requests > 0 {
                        <text class="requests" x={n(x + w - 8.0)} y={n(y + 19.0)} text-anchor="end">{ format!("{requests} ⇠") }<title>{ self.texts.get("pod.requests") }</title></text>
                    }
                </g>
            },
            Size::Short => html! {
                <g key={format!("pod/{name}")} {class}>
                    <title>{ title }</title>
                    <rect x={n(x)} y={n(y)} width={n(w)} height={n(h)} rx="4" />
                    { mark(pod.phase, x + 11.0, middle) }
                    <text class="name" x={n(x + 21.0)} y={n(middle + 4.0)}>{ fit(short, w - 24.0, 7.2) }</text>
                </g>
            },
            Size::Mark | Size::Sum => html! {
                <g key={format!("pod/{name}")} {class}><title>{ title }</title>{ mark(pod.phase, x + w / 2.0, middle) }</g>
            },
        }
    }

    /// State and address, or what keeps a Pod from having one.
    fn second_line(&self, pod: &Pod) -> String {
        match (pod.phase, pod.ip.is_empty()) {
            (Phase::Ready, false) => pod.ip.clone(),
            (_, false) => format!("{} {}", pod.status, pod.ip),
            (_, true) => pod.status.clone(),
        }
    }

    /// The requests that are on their way: each runs once along its way.
    fn travellers(&self) -> impl Iterator<Item = Html> {
        let skip = self.traffic.recent.len().saturating_sub(TRAVELLERS);
        self.traffic.recent.iter().skip(skip).map(|(number, request)| {
            let way = self.picture.way(&request.from, request.service.as_deref(), request.pod.as_deref());
            let class = classes!("traveller", (request.outcome != Outcome::Answered).then_some("lost"));
            html! { <circle key={*number} {class} r="5" style={format!("offset-path:path('{way}')")} /> }
        })
    }
}

fn n(number: f64) -> String {
    format!("{number:.1}")
}

/// Shortens a text to a width, given what a character takes on average.
fn fit(text: &str, width: f64, character: f64) -> String {
    let wide = |c: char| if c.is_ascii() { 1.0 } else { 1.7 };
    let whole: f64 = text.chars().map(wide).sum();
    if whole * character <= width {
        return text.to_owned();
    }
    let mut used = 1.0;
    let kept = text.chars().take_while(|c| {
        used += wide(*c);
        used * character <= width
    });
    kept.collect::<String>() + "…"
}
