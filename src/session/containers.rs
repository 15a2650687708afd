//! The containers of the cluster: what the kubelets' runtime port runs.
//!
//! A container of a known server is a record with a listener: no machine, no task. It becomes a
//! machine of its own once somebody looks inside (`exec`) or asks for what lies in its files.
//! Everything else is a machine from the start, with its command as process 1.

use core::net::Ipv4Addr;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::logs::Log;
use crate::api::PodSpec;
use crate::collections::SortedMap;
use crate::images::{Found, Life, Server};
use crate::machine::{Cpu, Machine, NetNamespace, Node, Process, Tty};
use crate::sim::{Sender, Time};

/// A Pod that has containers.
pub struct PodRecord {
    /// Its namespace.
    pub namespace: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// The node it runs on.
    pub node: Rc<str>,
    /// What its containers call their machine.
    pub hostname: Rc<str>,
    /// Its address and ports, or its node's where it uses them.
    pub net: Rc<NetNamespace>,
    /// Its address.
    pub ip: Option<Ipv4Addr>,
    /// Its volumes, by name: made when a container's machine first needs one.
    pub volumes: RefCell<SortedMap<String, Node>>,
    /// Its containers, by name.
    pub containers: RefCell<SortedMap<Rc<str>, Rc<Container>>>,
}

/// One run of one container.
pub struct Container {
    /// Its name in the Pod.
    pub name: Rc<str>,
    /// `containerd://…` without the scheme.
    pub id: Rc<str>,
    /// Its image.
    pub image: Found,
    /// What runs as its first process.
    pub argv: Vec<String>,
    /// The environment that the Pod gives it.
    pub env: Rc<[(String, String)]>,
    /// When it started.
    pub started: Time,
    /// What it uses, and how much it may.
    pub cpu: Rc<Cpu>,
    /// What it printed.
    pub log: Log,
    /// What the run before printed.
    pub previous: Option<Log>,
    /// Whether it is an idle server, a machine, or over.
    pub state: RefCell<State>,
    /// The keyboard's end of its standard input, where it has one.
    pub stdin: RefCell<Option<Sender<Vec<u8>>>>,
    /// Its terminal, where the Pod asks for one.
    pub tty: RefCell<Option<Tty>>,
    /// Whether the kubelet was told of its end, or asked for it.
    pub over: Cell<bool>,
    /// Whether it was killed because it used more memory than it may.
    pub out_of_memory: Cell<bool>,
}

/// See [`Container::state`].
pub enum State {
    /// Its machine is about to start.
    Booting,
    /// A server without a machine.
    Idle(&'static Server, Rc<Life>),
    /// A machine and its first process.
    Machine(Machine, Process),
    /// It ended.
    Ended,
}

/// Pods by uid, and by address.
#[derive(Default)]
pub struct Pods {
    by_uid: SortedMap<Arc<str>, Rc<PodRecord>>,
    by_ip: SortedMap<Ipv4Addr, Arc<str>>,
    /// The environment that the last container got: most get the same.
    last_env: Option<Rc<[(String, String)]>>,
}

impl Pods {
    /// The Pod with this uid.
    pub fn get(&self, uid: &str) -> Option<Rc<PodRecord>> {
        self.by_uid.get(uid).cloned()
    }

    /// The Pod with this address.
    pub fn at(&self, ip: Ipv4Addr) -> Option<Rc<PodRecord>> {
        self.get(self.by_ip.get(&ip)?)
    }

    /// Adds a Pod.
    pub fn add(&mut self, uid: &Arc<str>, pod: Rc<PodRecord>, shares_node: bool) {
        if let (Some(ip), false) = (pod.ip, shares_node) {
            self.by_ip.insert(ip, Arc::clone(uid));
        }
        self.by_uid.insert(Arc::clone(uid), pod);
    }

    /// Forgets a Pod.
    pub fn remove(&mut self, uid: &str) -> Option<Rc<PodRecord>> {
        let pod = self.by_uid.remove(uid)?;
        if let Some(ip) = pod.ip
            && self.by_ip.get(&ip).is_some_and(|owner| **owner == *uid)
        {
            self.by_ip.remove(&ip);
        }
        Some(pod)
    }

    /// Every Pod.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Rc<PodRecord>)> {
        self.by_uid.iter()
    }

    /// The environment, shared with the container before where it is the same.
    pub fn share_env(&mut self, env: Vec<(String, String)>) -> Rc<[(String, String)]> {
        match &self.last_env {
            Some(last) if **last == *env => Rc::clone(last),
            _ => {
                let env: Rc<[(String, String)]> = env.into();
                self.last_env = Some(Rc::clone(&env));
                env
            }
        }
    }
}

impl Container {
    /// Its machine and first process, if it has them.
    pub fn machine(&self) -> Option<(Machine, Process)> {
        match &*self.state.borrow() {
            State::Machine(machine, init) => Some((machine.clone(), init.clone())),
            _ => None,
        }
    }

    /// Whether it has not ended.
    pub fn is_running(&self) -> bool {
        !matches!(*self.state.borrow(), State::Ended)
    }
}

/// The command line of a container, as a runtime puts it together from image and Pod.
pub fn command_line(found: &Found, command: Vec<String>, args: Vec<String>) -> Vec<String> {
    let own = |words: &[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
    if !command.is_empty() {
        return command.into_iter().chain(args).collect();
    }
    let rest = if args.is_empty() { own(found.image.cmd) } else { args };
    own(found.image.entrypoint).into_iter().chain(rest).collect()
}

/// Whether a Pod uses its node's addresses and ports.
pub fn shares_node(spec: &PodSpec) -> bool {
    spec.host_network == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_come_from_image_and_pod() {
        let found = crate::images::find("nginx").unwrap();
        let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        let line = |command, args| command_line(&found, words(command), words(args)).join(" ");
        assert_eq!(line("", ""), "/docker-entrypoint.sh nginx -g daemon off;");
        assert_eq!(line("", "nginx -t"), "/docker-entrypoint.sh nginx -t");
        assert_eq!(line("sleep", "5"), "sleep 5");
        assert_eq!(line("sh", ""), "sh");
    }
}
