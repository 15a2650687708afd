//! The addresses of a node's Pods. Models the host-local plugin of containernetworking: the next
//! free address after the one that was given last.

use std::net::Ipv4Addr;

use crate::collections::SortedSet;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Ipam {
    network: u32,
    size: u32,
    last: u32,
    used: SortedSet<u32>,
}

impl Ipam {
    /// The addresses of a network: `192.168.1.0/24`. The first of them is the node's bridge.
    pub(super) fn new(cidr: &str) -> Ipam {
        let (network, bits) = cidr.split_once('/').unwrap_or((cidr, "32"));
        let network = network.parse().map_or(0, |ip: Ipv4Addr| ip.to_bits());
        let bits = bits.parse().unwrap_or(32).min(32);
        Ipam { network, size: 1_u32.checked_shl(32 - bits).unwrap_or(0), last: 1, used: SortedSet::new() }
    }

    /// The next free address; `None` where all are in use.
    pub(super) fn take(&mut self) -> Option<Ipv4Addr> {
        let free = |host: &u32| !self.used.contains(host);
        // The last of a network is its broadcast address.
        let host = (self.last + 1..self.size.saturating_sub(1)).find(free).or_else(|| (2..=self.last).find(free))?;
        self.last = host;
        self.used.insert(host);
        Some(Ipv4Addr::from_bits(self.network + host))
    }

    /// Gives an address back.
    pub(super) fn give_back(&mut self, ip: &str) {
        if let Ok(ip) = ip.parse::<Ipv4Addr>() {
            self.used.remove(&ip.to_bits().wrapping_sub(self.network));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascending_then_from_the_start_again() {
        let mut ipam = Ipam::new("192.168.1.0/29");
        let all: Vec<String> = std::iter::from_fn(|| ipam.take()).map(|ip| ip.to_string()).collect();
        assert_eq!(all, ["192.168.1.2", "192.168.1.3", "192.168.1.4", "192.168.1.5", "192.168.1.6"]);
        ipam.give_back("192.168.1.4");
        assert_eq!(ipam.take().map(|ip| ip.to_string()).as_deref(), Some("192.168.1.4"));
    }
}
