//! Machines: files, processes, pipes, terminals and a port to the network. The learner's host,
//! the nodes and every container are machines.
//!
//! A machine knows programs only through its registry ([`Programs`]) and the network only
//! through [`Network`]; both are filled in by whoever builds it.

mod child;
mod cpu;
pub mod date;
mod errno;
pub mod file;
pub mod files;
pub mod fs;
mod http;
mod join;
mod memory;
mod net;
mod pipe;
mod process;
mod program;
mod rootfs;
mod signal;
pub mod tar;
#[cfg(test)]
mod tests;
mod tty;
mod units;

use core::net::Ipv4Addr;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub use child::{Change, Child, Disposition, ExitStatus, Fds, Group, SpawnSpec};
pub use cpu::{Cpu, WINDOW};
pub use errno::Errno;
pub use file::{Capture, File, OpenOptions};
pub use files::{Files, Node};
pub use fs::Fs;
pub use http::{Body, CLIENT_CERTIFICATE, HttpRequest, HttpResponse, Session, reason};
pub use join::{Collected, collect, join};
pub use memory::Memory;
pub use net::{
    Connection, HandlerFn, HttpHandler, LocalBoxFuture, NetError, NetNamespace, Network, NoNetwork, PacketChain,
};
pub use pipe::pipe;
pub use process::{Pid, Process};
pub use program::{Completer, Program, ProgramFn, Programs, binary, program};
pub use rootfs::{base_layer, install};
pub use signal::Signal;
pub use tty::{Modes, Size, Tty};
pub use units::Unit;

use crate::collections::SortedMap;
use crate::sim::{Duration, Rng, Sim};

/// What a machine is made of.
pub struct MachineSpec {
    /// Its name.
    pub hostname: String,
    /// The simulation it lives in.
    pub sim: Sim,
    /// Where its randomness comes from.
    pub rng: Rng,
    /// The programs its files may name.
    pub programs: Rc<Programs>,
    /// Its root file system; see [`base_layer`].
    pub root: Fs,
    /// Its addresses and ports.
    pub net: Rc<NetNamespace>,
    /// What it reaches others by.
    pub network: Rc<dyn Network>,
    /// The environment of its first process.
    pub env: SortedMap<String, String>,
    /// What its processes use.
    pub cpu: Rc<Cpu>,
}

impl MachineSpec {
    /// A machine alone in the world, with these programs and root's environment.
    pub fn new(hostname: &str, sim: &Sim, rng: Rng, programs: Rc<Programs>) -> MachineSpec {
        let root = Fs::over(base_layer(&programs, sim.now()));
        let env = [
            ("HOME", "/root"),
            ("LOGNAME", "root"),
            ("PATH", PATH),
            ("SHELL", "/bin/bash"),
            ("USER", "root"),
            ("LANG", "C.UTF-8"),
        ];
        MachineSpec {
            hostname: hostname.to_owned(),
            sim: sim.clone(),
            rng,
            programs,
            root,
            net: NetNamespace::new(Vec::new()),
            network: Rc::new(NoNetwork),
            env: env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            cpu: Rc::new(Cpu::new(CPUS)),
        }
    }
}

/// Where programs are looked for.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Thousandths of a CPU that a machine has where nothing else is said.
const CPUS: u64 = 4000;

/// How many processes a machine holds before `fork` fails.
const PROCESS_MAX: usize = 400;

struct Inner {
    hostname: RefCell<String>,
    sim: Sim,
    rng: RefCell<Rng>,
    files: Files,
    programs: Rc<Programs>,
    net: Rc<NetNamespace>,
    network: RefCell<Rc<dyn Network>>,
    env: RefCell<SortedMap<String, String>>,
    cpu: Rc<Cpu>,
    facts: RefCell<SortedMap<String, String>>,
    units: RefCell<Vec<Rc<Unit>>>,
    memory: Memory,
    processes: RefCell<SortedMap<Pid, Process>>,
    last_pid: Cell<u32>,
}

/// A machine. Cloning gives another handle on the same one.
#[derive(Clone)]
pub struct Machine(Rc<Inner>);

impl Machine {
    /// Builds a machine; nothing runs on it yet.
    pub fn new(spec: MachineSpec) -> Machine {
        let machine = Machine(Rc::new(Inner {
            hostname: RefCell::new(spec.hostname),
            files: Files::new(spec.sim.clone(), spec.root),
            sim: spec.sim,
            rng: RefCell::new(spec.rng),
            programs: spec.programs,
            net: spec.net,
            network: RefCell::new(spec.network),
            env: RefCell::new(spec.env),
            cpu: spec.cpu,
            facts: RefCell::default(),
            units: RefCell::default(),
            memory: Memory::default(),
            processes: RefCell::default(),
            last_pid: Cell::new(0),
        }));
        let hostname = format!("{}\n", machine.hostname());
        // A read-only root has none, which is fine.
        let _ = machine.files().write("/", "/etc/hostname", hostname.as_bytes());
        machine
    }

    /// Whether both are handles on one machine.
    pub fn same(&self, other: &Machine) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Its name.
    pub fn hostname(&self) -> String {
        self.0.hostname.borrow().clone()
    }

    /// Gives it another name.
    pub fn set_hostname(&self, name: &str) {
        *self.0.hostname.borrow_mut() = name.to_owned();
    }

    /// Its files.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// The programs its files may name.
    pub fn programs(&self) -> &Programs {
        &self.0.programs
    }

    /// The simulation it lives in.
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// Its addresses and ports.
    pub fn net(&self) -> &Rc<NetNamespace> {
        &self.0.net
    }

    /// What its processes use.
    pub fn cpu(&self) -> &Rc<Cpu> {
        &self.0.cpu
    }

    /// Its own address: the first it has, or loopback.
    pub fn address(&self) -> Ipv4Addr {
        self.0.net.addresses().first().copied().unwrap_or(Ipv4Addr::LOCALHOST)
    }

    /// Joins it to a network.
    pub fn set_network(&self, network: Rc<dyn Network>) {
        *self.0.network.borrow_mut() = network;
    }

    /// A fact about the machine's world that programs may ask for, such as `profile`.
    pub fn fact(&self, name: &str) -> Option<String> {
        self.0.facts.borrow().get(name).cloned()
    }

    /// States a fact.
    pub fn set_fact(&self, name: &str, value: &str) {
        self.0.facts.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// What its programs hold of its memory.
    pub fn memory(&self) -> &Memory {
        &self.0.memory
    }

    /// A program takes so many bytes of memory. Where that is more than there may be everything that runs
    /// here is killed, as a cgroup with memory.oom.group is.
    pub fn hold(&self, bytes: u64) -> bool {
        let fits = self.0.memory.take(bytes);
        if !fits {
            for process in self.processes() {
                process.signal(Signal::KILL);
            }
        }
        fits
    }

    /// A program gives memory back.
    pub fn release(&self, bytes: u64) {
        self.0.memory.give_back(bytes);
    }

    /// The service of that name.
    pub fn unit(&self, name: &str) -> Option<Rc<Unit>> {
        self.0.units.borrow().iter().find(|unit| unit.name == name).cloned()
    }

    /// Adds a service.
    pub fn add_unit(&self, unit: Unit) {
        self.0.units.borrow_mut().push(Rc::new(unit));
    }

    /// The environment of a process without a parent.
    pub fn default_env(&self) -> SortedMap<String, String> {
        self.0.env.borrow().clone()
    }

    /// Sets a variable in the environment of processes without a parent.
    pub fn set_default_env(&self, name: &str, value: &str) {
        self.0.env.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    // -- network ------------------------------------------------------------------------------

    /// Listens on a port; false where it is taken.
    pub fn listen(&self, port: u16, handler: Rc<dyn HttpHandler>) -> bool {
        self.0.net.listen(port, handler)
    }

    /// Ceases to listen on a port.
    pub fn unlisten(&self, port: u16) {
        self.0.net.unlisten(port);
    }

    /// The addresses of `host`: a dotted address, a name in /etc/hosts, or what the network says.
    pub async fn resolve(&self, host: &str) -> Result<Vec<Ipv4Addr>, NetError> {
        if let Ok(address) = host.parse::<Ipv4Addr>() {
            return Ok(vec![address]);
        }
        if host == "localhost" || host == self.hostname() && self.0.net.addresses().is_empty() {
            return Ok(vec![Ipv4Addr::LOCALHOST]);
        }
        let hosts = self.files().read("/", "/etc/hosts").unwrap_or_default();
        for line in String::from_utf8_lossy(&hosts).lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let address = words.next().and_then(|word| word.parse::<Ipv4Addr>().ok());
            if let Some(address) = address
                && words.any(|word| word == host)
            {
                return Ok(vec![address]);
            }
        }
        let network = Rc::clone(&self.0.network.borrow());
        network.resolve(self, host).await
    }

    /// Connects to a port of an address: the machine's own listeners, or through the network.
    pub async fn connect(&self, to: Ipv4Addr, port: u16) -> Result<Connection, NetError> {
        if self.0.net.has(to) {
            self.sim().sleep(self.jitter(Duration::from_micros(80))).await;
            // The network may have rules for own addresses too (a NodePort); own listeners win.
            let to = if to.is_unspecified() { Ipv4Addr::LOCALHOST } else { to };
            if let Some(peer) = self.0.net.listener(to, port) {
                let local = core::net::SocketAddrV4::new(to, self.0.net.ephemeral_port());
                let remote = core::net::SocketAddrV4::new(to, port);
                return Ok(Connection { local, remote, peer, seen_as: local });
            }
        }
        let network = Rc::clone(&self.0.network.borrow());
        network.connect(self, to, port).await
    }

    /// The rules by which the kernel treats packets.
    pub fn packet_rules(&self) -> Vec<PacketChain> {
        let network = Rc::clone(&self.0.network.borrow());
        network.packet_rules(self)
    }

    // -- processes ----------------------------------------------------------------------------

    /// Starts a process without a parent: a container's first, a login shell, a check.
    pub fn run(&self, spec: SpawnSpec, tty: Option<Tty>) -> Result<Child, Errno> {
        if let Some(tty) = &tty {
            self.adopt(tty);
        }
        let init = Process::first(self, tty.clone(), &SpawnSpec { fds: Some(Fds::new()), ..spec.clone() });
        let name = spec.path.clone().or_else(|| spec.argv.first().cloned()).ok_or(Errno::Invalid)?;
        let path = init.find_program(&name)?;
        let (run, argv) = init.load(&path, &spec.argv)?;
        init.set_args(argv);
        if let Some(fds) = spec.fds {
            init.set_fds(fds);
        } else if let Some(tty) = tty {
            let file: Rc<dyn File> = Rc::new(tty);
            init.set_fds((0..3).map(|fd| (fd, Rc::clone(&file))).collect());
        } else {
            let null: Rc<dyn File> = Rc::new(file::Null);
            init.set_fds((0..3).map(|fd| (fd, Rc::clone(&null))).collect());
        }
        if let Some(tty) = init.tty() {
            tty.set_foreground(init.group());
        }
        init.start(run(init.clone()));
        Ok(init.into())
    }

    /// Starts a process without a parent that runs `program`, which need not be in the registry.
    pub fn run_with<F: Future<Output = i32> + 'static>(
        &self,
        spec: SpawnSpec,
        program: impl FnOnce(Process) -> F,
    ) -> Child {
        let init = Process::first(self, None, &spec);
        init.start(Box::pin(program(init.clone())));
        init.into()
    }

    /// Makes a terminal's keys reach the processes here.
    pub fn adopt(&self, tty: &Tty) {
        let machine = Rc::downgrade(&self.0);
        tty.set_signaller(Rc::new(move |group, signal| {
            if let Some(inner) = machine.upgrade() {
                Machine(inner).kill_group(group, signal);
            }
        }));
    }

    /// Its processes, by number.
    pub fn processes(&self) -> Vec<Process> {
        self.0.processes.borrow().values().cloned().collect()
    }

    /// The process with this number.
    pub fn process(&self, pid: Pid) -> Result<Process, Errno> {
        self.0.processes.borrow().get(&pid).cloned().ok_or(Errno::NoProcess)
    }

    /// Sends a signal to a process.
    pub fn kill(&self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        self.process(pid)?.signal(signal);
        Ok(())
    }

    /// Sends a signal to all processes of a group; false where there is none.
    pub fn kill_group(&self, group: Pid, signal: Signal) -> bool {
        let members: Vec<Process> = self.processes().into_iter().filter(|process| process.group() == group).collect();
        for process in &members {
            process.signal(signal);
        }
        !members.is_empty()
    }

    /// Kills everything that runs and closes every port: the machine's end.
    pub fn shut_down(&self) {
        for process in self.processes() {
            process.signal(Signal::KILL);
        }
        for port in self.0.net.ports() {
            self.0.net.unlisten(port);
        }
    }

    fn is_crowded(&self) -> bool {
        self.0.processes.borrow().len() >= PROCESS_MAX
    }

    fn next_pid(&self) -> Pid {
        // As Linux: numbers go up and wrap, leaving out those in use.
        loop {
            let next = if self.0.last_pid.get() >= 4_194_303 { 300 } else { self.0.last_pid.get() + 1 };
            self.0.last_pid.set(next);
            if !self.0.processes.borrow().contains_key(&Pid(next)) {
                return Pid(next);
            }
        }
    }

    /// Says which number the next process gets, at least.
    pub fn skip_pids(&self, to: u32) {
        self.0.last_pid.set(to);
    }

    fn enter(&self, process: Process) {
        self.0.processes.borrow_mut().insert(process.pid(), process);
    }

    fn leave(&self, pid: Pid) {
        let process = self.0.processes.borrow_mut().remove(&pid);
        drop(process);
    }

    /// About `span`: a seventh more or less, from the machine's seed.
    pub fn jitter(&self, span: Duration) -> Duration {
        let seventh = span / 7;
        self.0.rng.borrow_mut().between(span - seventh, span + seventh)
    }

    /// A random number below `n`, from the machine's seed.
    pub fn random_below(&self, n: u64) -> u64 {
        self.0.rng.borrow_mut().below(n)
    }

    fn split_rng(&self) -> Rng {
        let seed = self.0.rng.borrow_mut().bits();
        Rng::new(seed)
    }
}
