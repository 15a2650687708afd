//! What the nodes' kernels keep for the rules: chance, and who came recently.

use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::collections::SortedMap;
use crate::sim::{Duration, Rng, Time};

/// How many addresses a list of xt_recent holds (its `ip_list_tot`); the oldest makes room.
const MOST: usize = 100;

/// See the module.
#[derive(Debug)]
pub struct Kernels {
    rng: Rng,
    /// By node and list: when each address was last seen. Models the kernel's xt_recent.
    recent: SortedMap<(Arc<str>, Arc<str>), SortedMap<Ipv4Addr, Time>>,
}

impl Kernels {
    /// Kernels that have seen nobody.
    pub fn new(rng: Rng) -> Kernels {
        Kernels { rng, recent: SortedMap::new() }
    }

    /// A number below 2³¹.
    pub(super) fn draw(&mut self) -> u32 {
        u32::try_from(self.rng.below(1 << 31)).unwrap_or(0)
    }

    /// `-m recent --set`: the address was seen now.
    pub(super) fn saw(&mut self, node: &Arc<str>, list: &Arc<str>, from: Ipv4Addr, now: Time) {
        let seen = self.recent.entry((Arc::clone(node), Arc::clone(list))).or_default();
        seen.insert(from, now);
        if seen.len() > MOST
            && let Some(oldest) = seen.iter().min_by_key(|(_, at)| **at).map(|(ip, _)| *ip)
        {
            seen.remove(&oldest);
        }
    }

    /// `-m recent --rcheck --seconds`: whether the address was seen so lately.
    pub(super) fn has_seen(
        &self,
        node: &Arc<str>,
        list: &Arc<str>,
        from: Ipv4Addr,
        within: Duration,
        now: Time,
    ) -> bool {
        let seen = self.recent.get(&(Arc::clone(node), Arc::clone(list)));
        seen.and_then(|seen| seen.get(&from)).is_some_and(|at| now <= *at + within)
    }
}
