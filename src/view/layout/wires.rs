//! The lines of the picture, and the ways that requests take along them.

use super::{Area, GAP, NODE_HEAD, Picture, Wire, gap_of};
use crate::view::cluster::Cluster;

/// More endpoints than this are not drawn one by one.
const WIRES: usize = 24;

pub(super) fn wires(cluster: &Cluster, picture: &Picture) -> Vec<Wire> {
    let mut wires = Vec::new();
    for place in &picture.services {
        let Some(service) = cluster.services.get(&place.name) else { continue };
        if service.endpoints.len() > WIRES {
            continue;
        }
        for endpoint in service.endpoints.iter().filter(|endpoint| endpoint.ready || endpoint.terminating) {
            let pod = format!("{}/{}", service.namespace, endpoint.pod);
            let Some(area) = picture.pod(&pod) else { continue };
            let path = picture.drop_path(&place.area, &area);
            wires.push(Wire { service: place.name.clone(), pod, path, ending: !endpoint.ready });
        }
    }
    wires
}

impl Picture {
    /// Where a Pod stands; its node, where Pods are told by number.
    pub fn pod(&self, pod: &str) -> Option<Area> {
        let boxes = self.nodes.iter().flat_map(|node| &node.pods);
        boxes.into_iter().find(|place| place.pod == pod).map(|place| place.area)
    }

    /// The way of a request: from where it was sent, through the Service, to the Pod; as far as
    /// it came.
    pub fn way(&self, from: &str, service: Option<&str>, pod: Option<&str>) -> String {
        let start = self.pod(from).unwrap_or(self.client);
        let (x, y) = (start.x + start.w, start.y + start.h / 2.0);
        let mut path = format!("M{x:.0} {y:.0}");
        let mut last = start;
        if let Some(place) = service.and_then(|name| self.services.iter().find(|place| place.name == name)) {
            let (to_x, to_y) = place.area.middle();
            path.push_str(&format!(" L{to_x:.0} {to_y:.0}"));
            last = place.area;
        }
        match pod.and_then(|pod| self.pod(pod)) {
            Some(area) => path.push_str(&self.drop_path(&last, &area).replacen('M', " L", 1)),
            None if last == start => path.push_str(&format!(" L{:.0} {y:.0}", x + 40.0)),
            None => {}
        }
        path
    }

    /// A line that leaves a box downwards and comes to a Pod behind no other.
    fn drop_path(&self, from: &Area, to: &Area) -> String {
        let legs = self.legs(to);
        let (to_x, to_y) = legs.first().copied().unwrap_or_else(|| to.middle());
        let (x, _) = from.middle();
        let y = from.y + from.h;
        let bend = (to_y - y).max(20.0) / 2.0;
        let mut path =
            format!("M{x:.0} {y:.0} C{x:.0} {:.0} {to_x:.0} {:.0} {to_x:.0} {to_y:.0}", y + bend, to_y - bend);
        for (x, y) in legs.iter().skip(1) {
            path.push_str(&format!(" L{x:.0} {y:.0}"));
        }
        path
    }

    /// The corners of a line's way to a Pod, from where the first row begins. A Pod in the first
    /// row is entered from above; any other from its left, by the lanes between columns and rows.
    pub(super) fn legs(&self, to: &Area) -> Vec<(f64, f64)> {
        let top = self.nodes.iter().map(|node| node.area.y).fold(f64::MAX, f64::min);
        let Some(node) = self.nodes.iter().map(|node| node.area).find(|node| node.holds(to)) else {
            return vec![to.middle()];
        };
        let (x, middle) = to.middle();
        let is_first_row = to.y <= node.y + NODE_HEAD;
        if node.y <= top && is_first_row {
            return vec![(x, to.y)];
        }
        let lane = to.x - gap_of(self.size) / 2.0;
        let mut legs = Vec::new();
        if node.y > top {
            let (beside, above) = (node.x - GAP / 2.0, node.y - GAP / 2.0);
            legs.extend([(beside, top), (beside, above), (lane, above)]);
        } else {
            legs.push((lane, node.y + NODE_HEAD));
        }
        legs.extend([(lane, middle), (to.x, middle)]);
        legs
    }
}
