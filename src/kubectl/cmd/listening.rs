//! Ports that a kubectl listens on while it runs: for `port-forward` and `proxy`.

use core::net::Ipv4Addr;
use std::rc::Rc;

use crate::kubectl::Kubectl;
use crate::machine::{HttpHandler, Process};

/// Ports of the machine. However the process ends, they are given back.
pub struct Listening {
    process: Process,
    ports: Vec<u16>,
}

impl Listening {
    /// None yet.
    pub fn new(k: &Kubectl) -> Listening {
        Listening { process: k.process.clone(), ports: Vec::new() }
    }

    /// Listens on a port, or on any where it is 0: the port, or why not.
    pub fn add(
        &mut self,
        addresses: &[Ipv4Addr],
        port: u16,
        handler: Rc<dyn HttpHandler>,
    ) -> Result<u16, &'static str> {
        let net = self.process.machine().net();
        if addresses.iter().any(|&address| !net.has(address)) {
            return Err("cannot assign requested address");
        }
        let listens = |port: u16| net.listen_at(addresses.to_vec(), port, Rc::clone(&handler));
        let port = match port {
            0 => (0..64).map(|_| net.ephemeral_port()).find(|&port| listens(port)),
            port => Some(port).filter(|&port| listens(port)),
        };
        let port = port.ok_or("address already in use")?;
        self.ports.push(port);
        Ok(port)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        for &port in &self.ports {
            self.process.machine().unlisten(port);
        }
    }
}
