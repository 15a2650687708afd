//! Nodes that have the images already. Models pkg/scheduler/framework/plugins/imagelocality.

use super::MAX;
use crate::scheduler::node_info::NodeInfo;
use crate::scheduler::pod_info::PodInfo;

const MEGABYTE: i64 = 1024 * 1024;
/// Less than this is not worth looking at.
const MIN: i64 = 23 * MEGABYTE;
/// More than this, for each container, counts no more.
const MAX_FOR_CONTAINER: i64 = 1000 * MEGABYTE;

pub(super) fn score(pod: &PodInfo, nodes: &[&NodeInfo]) -> Vec<i64> {
    let Some(spec) = pod.spec() else { return vec![0; nodes.len()] };
    let total = i64::try_from(nodes.len()).unwrap_or(i64::MAX).max(1);
    let images: Vec<&str> = spec.containers.iter().filter_map(|container| container.image.as_deref()).collect();
    let holders: Vec<i64> = images
        .iter()
        .map(|image| i64::try_from(nodes.iter().filter(|node| node.images.contains_key(*image)).count()).unwrap_or(0))
        .collect();
    let most = MAX_FOR_CONTAINER * i64::try_from(images.len()).unwrap_or(1).max(1);
    let one = |node: &&NodeInfo| {
        // An image that few nodes have would draw all Pods there, so it counts less.
        let found =
            images.iter().zip(&holders).filter_map(|(image, holders)| Some(node.images.get(*image)? * holders / total));
        let sum = found.sum::<i64>().clamp(MIN, most);
        MAX * (sum - MIN) / (most - MIN)
    };
    nodes.iter().map(one).collect()
}
