//! Where everything in the cluster picture goes: a pure function of the cluster and the room.
//!
//! On top stands what is wished for. Below it requests enter at the left, go through a Service and
//! down to the Pod that answers. The nodes stand side by side, each with its Pods. Pods are drawn as large as
//! the room allows: as cards, as short names, as marks; a node with more than marks can show
//! tells its Pods by number.

mod wires;

use super::cluster::{Cluster, Name, Phase, Pod, Service};
use super::narrate::is_system;
use crate::collections::SortedMap;
use wires::wires;

/// How much room there is, and what to leave out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels; a picture that needs more may grow past it and is scrolled.
    pub height: f64,
    /// Whether the cluster's own Pods and Services are drawn.
    pub system: bool,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Area {
    /// The middle.
    pub fn middle(&self) -> (f64, f64) {
        (self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Whether the two have a point inside in common.
    pub fn overlaps(&self, other: &Area) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }

    /// Whether `other` lies in it.
    pub fn holds(&self, other: &Area) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.x + other.w <= self.x + self.w
            && other.y + other.h <= self.y + self.h
    }
}

/// How a Pod is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// Name, state, address.
    Card,
    /// Mark and the end of its name.
    Short,
    /// A mark.
    Mark,
    /// A number for all.
    Sum,
}

/// A Pod in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct PodBox {
    /// The Pod.
    pub pod: Name,
    /// Its place.
    pub area: Area,
}

/// A node with its Pods, or the place of those that wait for one.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeBox {
    /// The node; `None` for the Pods without.
    pub node: Option<Name>,
    /// Its place.
    pub area: Area,
    /// Its Pods, unless they are told by number.
    pub pods: Vec<PodBox>,
    /// How many Pods are in each phase.
    pub count: SortedMap<Phase, usize>,
}

/// A Service or a Deployment in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedBox {
    /// The object.
    pub name: Name,
    /// Its place.
    pub area: Area,
}

/// A line from a Service to a Pod behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Wire {
    /// The Service.
    pub service: Name,
    /// The Pod.
    pub pod: Name,
    /// An SVG path.
    pub path: String,
    /// The Pod stops soon and gets no new requests.
    pub ending: bool,
}

/// All places.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Where requests of the learner's machine come from.
    pub client: Area,
    /// Services, in the upper band.
    pub services: Vec<NamedBox>,
    /// Deployments, in the upper band.
    pub deployments: Vec<NamedBox>,
    /// Nodes.
    pub nodes: Vec<NodeBox>,
    /// Lines from Services to Pods.
    pub wires: Vec<Wire>,
    /// How Pods are drawn.
    pub size: Size,
}

const EDGE: f64 = 12.0;
const GAP: f64 = 10.0;
const BAND: f64 = 62.0;
const NODE_HEAD: f64 = 40.0;
const NODE_LEAST: f64 = 172.0;
const CLIENT: f64 = 96.0;

/// Finds the places.
pub fn layout(cluster: &Cluster, room: Room) -> Picture {
    let width = room.width.max(260.0);
    let shown = |namespace: &str| room.system || !is_system(namespace);
    let services: Vec<&Name> = cluster
        .services
        .iter()
        .filter(|(_, service)| shown(&service.namespace) && (room.system || !is_own(service)))
        .map(|(name, _)| name)
        .collect();
    let deployments: Vec<&Name> =
        cluster.deployments.iter().filter(|(_, d)| shown(&d.namespace)).map(|(name, _)| name).collect();

    // What is wished for stands on top, so that nothing is in the way of requests.
    let top = Area { x: EDGE, y: EDGE, w: width - 2.0 * EDGE, h: BAND - 8.0 };
    let (deployments, y) = band(&deployments, top, BAND - 8.0);
    let client = Area { x: EDGE, y: y + GAP, w: CLIENT, h: BAND };
    let beside =
        Area { x: EDGE + CLIENT + 2.0 * GAP, y: client.y, w: width - CLIENT - 2.0 * EDGE - 2.0 * GAP, h: BAND };
    let (services, y) = band(&services, beside, BAND);
    let y = y.max(client.y + client.h);

    let mut by_node: SortedMap<&str, Vec<(&Name, &Pod)>> = SortedMap::new();
    for (name, pod) in cluster.pods.iter().filter(|(_, pod)| shown(&pod.namespace)) {
        by_node.entry(&pod.node).or_default().push((name, pod));
    }
    let mut places: Vec<Option<&Name>> = cluster.nodes.keys().map(Some).collect();
    // Pods without a node, or on a node that is gone, stand apart.
    let homeless: Vec<(&Name, &Pod)> = by_node
        .iter()
        .filter(|(node, _)| !cluster.nodes.contains_key(**node))
        .flat_map(|(_, pods)| pods.clone())
        .collect();
    if !homeless.is_empty() {
        places.push(None);
    }
    let pods_of = |place: &Option<&Name>| match place {
        Some(node) => by_node.get(node.as_str()).cloned().unwrap_or_default(),
        None => homeless.clone(),
    };
    // As much again: the lines from the Services need room to bend.
    let top = y + 2.0 * GAP;
    let size = [Size::Card, Size::Short, Size::Mark, Size::Sum];
    let attempts = size.into_iter().map(|size| nodes(&places, &pods_of, size, width, top));
    let mut fitting = None;
    for (nodes, bottom, size) in attempts {
        let most = nodes.iter().map(|node| node.count.values().sum::<usize>()).max().unwrap_or(0);
        // A handful of cards may be scrolled; marks by the thousand are for nobody.
        let fine = match size {
            Size::Card => bottom + EDGE <= room.height || most <= 4,
            Size::Short => bottom + EDGE <= room.height || most <= 24,
            Size::Mark => most <= 400,
            Size::Sum => true,
        };
        fitting = Some((nodes, bottom, size));
        if fine {
            break;
        }
    }
    let (mut nodes, mut bottom, size) = fitting.unwrap_or((Vec::new(), top, Size::Sum));
    // One row of nodes takes the height that is left: docks are deep.
    let spare = room.height - EDGE - bottom;
    if spare > 0.0 && nodes.iter().all(|node| node.area.y == top) {
        nodes.iter_mut().for_each(|node| node.area.h += spare);
        bottom += spare;
    }
    let mut picture =
        Picture { width, height: bottom + EDGE, client, services, deployments, nodes, wires: Vec::new(), size };
    picture.wires = wires(cluster, &picture);
    picture
}

/// The cluster's own Service for its API.
fn is_own(service: &Service) -> bool {
    service.namespace == "default" && service.name == "kubernetes"
}

/// Puts boxes side by side, as many to a row as have room; gives back the lower edge.
fn band(names: &[&Name], room: Area, height: f64) -> (Vec<NamedBox>, f64) {
    if names.is_empty() {
        return (Vec::new(), room.y - GAP);
    }
    let columns = across(names.len(), room.w, 190.0);
    let w = ((room.w - GAP * whole(columns - 1)) / whole(columns)).min(300.0);
    let place = |(at, name): (usize, &&Name)| {
        let (column, row) = (whole(at % columns), whole(at / columns));
        let area = Area { x: room.x + column * (w + GAP), y: room.y + row * (height + GAP), w, h: height };
        NamedBox { name: (*name).clone(), area }
    };
    let boxes: Vec<NamedBox> = names.iter().enumerate().map(place).collect();
    let rows = whole(names.len().div_ceil(columns));
    (boxes, room.y + rows * (height + GAP) - GAP)
}

/// How many columns of at least `least` fit, at most `wanted` and at least one.
fn across(wanted: usize, width: f64, least: f64) -> usize {
    let mut columns = 1;
    while columns < wanted && whole(columns + 1) * (least + GAP) - GAP <= width {
        columns += 1;
    }
    columns
}

type Pods<'a> = Vec<(&'a Name, &'a Pod)>;

fn nodes<'a>(
    places: &[Option<&Name>],
    pods_of: &dyn Fn(&Option<&Name>) -> Pods<'a>,
    size: Size,
    width: f64,
    top: f64,
) -> (Vec<NodeBox>, f64, Size) {
    let columns = across(places.len(), width - 2.0 * EDGE, NODE_LEAST);
    let w = (width - 2.0 * EDGE - GAP * whole(columns.saturating_sub(1))) / whole(columns.max(1));
    let (pod_w, pod_h) = match size {
        Size::Card => (148.0, 50.0),
        Size::Short => (74.0, 24.0),
        Size::Mark => (13.0, 13.0),
        Size::Sum => (0.0, 0.0),
    };
    let inside = w - 2.0 * GAP;
    let gap = gap_of(size);
    let mut boxes = Vec::new();
    let mut y = top;
    for row in places.chunks(columns.max(1)) {
        let mut tallest: f64 = 0.0;
        let from = boxes.len();
        for (at, place) in row.iter().enumerate() {
            let x = EDGE + whole(at) * (w + GAP);
            let pods = pods_of(place);
            let mut count = SortedMap::new();
            for (_, pod) in &pods {
                *count.entry(pod.phase).or_insert(0) += 1;
            }
            let mut lower = y + NODE_HEAD;
            let mut placed = Vec::new();
            if size == Size::Sum {
                lower += 18.0 * whole(count.len().max(1));
            } else {
                let per_row = across_gap(pods.len(), inside, pod_w, gap);
                // A card takes what its row leaves.
                let pod_w = if size == Size::Mark {
                    pod_w
                } else {
                    ((inside - gap * whole(per_row - 1)) / whole(per_row)).min(pod_w * 1.5)
                };
                for (at, (name, _)) in pods.iter().enumerate() {
                    let (column, line) = (whole(at % per_row), whole(at / per_row));
                    let area = Area {
                        x: x + GAP + column * (pod_w + gap),
                        y: y + NODE_HEAD + line * (pod_h + gap),
                        w: pod_w,
                        h: pod_h,
                    };
                    lower = lower.max(area.y + area.h);
                    placed.push(PodBox { pod: (*name).clone(), area });
                }
                lower = lower.max(y + NODE_HEAD + 26.0);
            }
            tallest = tallest.max(lower + GAP - y);
            let node = place.cloned();
            boxes.push(NodeBox { node, area: Area { x, y, w, h: 0.0 }, pods: placed, count });
        }
        for node in &mut boxes[from..] {
            node.area.h = tallest;
        }
        y += tallest + GAP;
    }
    (boxes, y - GAP, size)
}

fn across_gap(wanted: usize, width: f64, least: f64, gap: f64) -> usize {
    let mut columns = 1;
    while columns < wanted && whole(columns + 1) * (least + gap) - gap <= width {
        columns += 1;
    }
    columns
}

/// What is left free between Pods.
fn gap_of(size: Size) -> f64 {
    if size == Size::Mark { 3.0 } else { 6.0 }
}

/// A small count as a length.
fn whole(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::super::cluster::{Endpoint, Node};
    use super::*;

    fn cluster(nodes: usize, pods: usize) -> Cluster {
        let mut cluster = Cluster::default();
        for n in 0..nodes {
            let name = format!("node{n:02}");
            cluster.nodes.insert(name.clone(), Node { name, ..Node::default() });
        }
        let mut service = Service { namespace: "default".into(), name: "web".into(), ..Service::default() };
        for n in 0..pods {
            let name = format!("web-5bc7474869-{n:05}");
            service.endpoints.push(Endpoint { pod: name.clone(), ready: true, ..Endpoint::default() });
            let node = format!("node{:02}", n % nodes.max(1));
            let pod =
                Pod { namespace: "default".into(), name: name.clone(), node, phase: Phase::Ready, ..Pod::default() };
            cluster.pods.insert(format!("default/{name}"), pod);
        }
        cluster.services.insert("default/web".into(), service);
        cluster
    }

    fn room(width: f64, height: f64) -> Room {
        Room { width, height, system: false }
    }

    #[test]
    fn nothing_overlaps_and_nothing_sticks_out() {
        for width in [0.0, 320.0, 390.0, 700.0, 1400.0] {
            for (nodes, pods) in [(0, 0), (1, 1), (3, 4), (3, 50), (2, 600), (40, 400)] {
                let picture = layout(&cluster(nodes, pods), room(width, 500.0));
                let whole = Area { x: 0.0, y: 0.0, w: picture.width, h: picture.height };
                let mut areas: Vec<Area> = picture.nodes.iter().map(|node| node.area).collect();
                areas.extend(picture.services.iter().chain(&picture.deployments).map(|place| place.area));
                areas.push(picture.client);
                for (at, area) in areas.iter().enumerate() {
                    assert!(whole.holds(area), "{width} {nodes} {pods}: {area:?} in {whole:?}");
                    assert!(areas[..at].iter().all(|other| !other.overlaps(area)), "{width} {nodes} {pods}: {area:?}");
                }
                for node in &picture.nodes {
                    for (at, place) in node.pods.iter().enumerate() {
                        assert!(node.area.holds(&place.area), "{width} {pods}: {place:?} in {:?}", node.area);
                        assert!(node.pods[..at].iter().all(|other| !other.area.overlaps(&place.area)));
                    }
                }
            }
        }
    }

    #[test]
    fn pods_shrink_as_they_become_many() {
        let sizes: Vec<Size> =
            [4, 60, 600, 6_000].iter().map(|pods| layout(&cluster(3, *pods), room(760.0, 480.0)).size).collect();
        assert_eq!(sizes, [Size::Card, Size::Short, Size::Mark, Size::Sum]);
    }

    #[test]
    fn every_pod_is_counted_whatever_its_size() {
        for pods in [0, 7, 70, 7_000] {
            let picture = layout(&cluster(3, pods), room(760.0, 480.0));
            assert_eq!(picture.nodes.iter().flat_map(|node| node.count.values()).sum::<usize>(), pods);
        }
    }

    #[test]
    fn pods_without_a_node_stand_apart() {
        let mut cluster = cluster(1, 1);
        let waiting = Pod { namespace: "default".into(), name: "late".into(), ..Pod::default() };
        cluster.pods.insert("default/late".into(), waiting);
        let picture = layout(&cluster, room(760.0, 480.0));
        let last = picture.nodes.last().unwrap();
        assert_eq!((last.node.as_ref(), last.pods.len()), (None, 1));
    }

    #[test]
    fn lines_pass_behind_no_pod_and_through_no_other_node() {
        for width in [320.0, 390.0, 700.0, 1400.0] {
            for (nodes, pods) in [(1, 9), (3, 4), (3, 20), (5, 24), (8, 24)] {
                let picture = layout(&cluster(nodes, pods), room(width, 400.0));
                let all = || picture.nodes.iter().flat_map(|node| &node.pods);
                let highest = all().map(|place| place.area.y).fold(f64::MAX, f64::min);
                assert_eq!(picture.wires.len(), pods);
                for wire in &picture.wires {
                    let to = picture.pod(&wire.pod).unwrap();
                    let legs = picture.legs(&to);
                    assert!(legs[0].1 <= highest, "{width} {nodes} {pods}: the bend goes below {highest}");
                    for pair in legs.windows(2) {
                        let [(x, y), (to_x, to_y)] = [pair[0], pair[1]];
                        assert!(x == to_x || y == to_y, "{pair:?} is askew");
                        let leg = Area { x: x.min(to_x), y: y.min(to_y), w: (to_x - x).abs(), h: (to_y - y).abs() };
                        let is_behind = |place: &&PodBox| place.area != to && place.area.overlaps(&leg);
                        assert_eq!(all().find(is_behind), None, "{width} {nodes} {pods}: {pair:?}");
                        let others = picture.nodes.iter().filter(|node| !node.area.holds(&to));
                        assert!(
                            others.clone().all(|node| !node.area.overlaps(&leg)),
                            "{width} {nodes} {pods}: {pair:?}"
                        );
                        assert!(leg.x > 0.0 && leg.x + leg.w < picture.width);
                    }
                }
            }
        }
    }

    #[test]
    fn a_request_goes_through_the_service_to_the_pod() {
        let picture = layout(&cluster(2, 2), room(760.0, 480.0));
        let way = picture.way("controlplane", Some("default/web"), Some("default/web-5bc7474869-00001"));
        assert!(way.starts_with("M108 43 L") && way.contains(" C"), "{way}");
        assert_eq!(picture.wires.len(), 2);
        assert!(!picture.way("controlplane", None, None).is_empty());
    }
}
