//! One learner's world: inputs go in, time passes, outputs come out.
//!
//! A world is a function of its [`Config`] and its log of inputs ([`Entry`]); the instants at
//! which it was looked at, and the steps in which time passed, leave no trace. So undo, saving
//! and sharing are one thing: the log is run again.

mod ahead;
mod api_listener;
mod boot;
mod containers;
mod credentials;
mod hash;
mod host;
mod ingress;
mod input;
mod layers;
mod logs;
mod meters;
mod network;
mod node_calls;
mod nodes;
mod pretty;
mod probes;
mod programs;
mod runtime;
mod save;
mod static_pods;
mod streams;
mod terminals;
#[cfg(test)]
mod tests;
mod volumes;
mod world;

use std::cell::Ref;
use std::rc::Rc;

pub use crate::network::{Hop, Outcome};
pub use ahead::{Ahead, Ended, Goal};
pub use input::{Checked, Config, Entry, Input, Outputs};
pub use network::Traced;
pub use save::{Problem, Saved, engine_version};

use crate::apiserver::usage::Load;
use crate::cluster::{Cluster, Profile};
use crate::machine::{Child, Fds, File, Machine, SpawnSpec, Tty};
use crate::sim::{Duration, Time};
use terminals::Terminals;
use world::World;

/// See the module.
pub struct Session {
    config: Config,
    world: Rc<World>,
    terminals: Terminals,
    log: Vec<Entry>,
    checks: Vec<input::RunningCheck>,
    outputs: Outputs,
    /// How many connections were seen already by whoever reads the outputs.
    traced: u64,
}

impl Session {
    /// A new world. The error names what is wrong with `config`.
    pub fn new(config: Config) -> Result<Session, String> {
        let profile =
            Profile::named(&config.profile).ok_or_else(|| format!("unknown profile \"{}\"", config.profile))?;
        Ok(Session::with_profile(config, &profile))
    }

    /// A new world of a profile that has no name of its own (a benchmark's many nodes).
    pub fn with_profile(config: Config, profile: &Profile) -> Session {
        let world = World::new(profile, config.seed, config.start, programs::all());
        Session {
            config,
            world,
            terminals: Terminals::default(),
            log: Vec::new(),
            checks: Vec::new(),
            outputs: Outputs::default(),
            traced: 0,
        }
    }

    /// What the world was made from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What was done to it so far.
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// The present instant.
    pub fn now(&self) -> Time {
        self.world.sim.now()
    }

    /// Does something to the world, now.
    pub fn input(&mut self, input: Input) {
        let entry = Entry { at: self.now(), input };
        self.apply(&entry.input);
        self.log.push(entry);
    }

    fn apply(&mut self, input: &Input) {
        match input {
            Input::Keys { terminal, text } => self.terminals.keys(*terminal, text.as_bytes()),
            Input::Resize { terminal, columns, rows } => self.terminals.resize(&self.world, *terminal, *columns, *rows),
            Input::Check { id, script } => self.checks.push(input::RunningCheck::start(&self.world, *id, script)),
            Input::Background { script } => input::background(&self.world, script),
            Input::Write { path, content, executable } => input::write(&self.world, path, content, *executable),
        }
        self.world.sim.run_ready();
    }

    /// Lets time pass until `at`.
    pub fn advance_to(&mut self, at: Time) {
        self.world.run_until(at.max(self.now()));
    }

    /// Lets time pass.
    pub fn advance(&mut self, span: Duration) {
        self.advance_to(self.now() + span);
    }

    /// When the next thing happens by itself.
    pub fn next_at(&self) -> Option<Time> {
        self.world.next_at()
    }

    /// Whether a command runs in the foreground of some terminal, or a check does: while the
    /// clock is paused, time passes only then.
    pub fn foreground_busy(&self) -> bool {
        self.terminals.busy() || !self.checks.is_empty()
    }

    /// A terminal of the learner's, if it is open: whether it prompts, and how its command lines ended. Not for keys,
    /// which are an input.
    pub fn terminal(&self, id: u32) -> Option<&Tty> {
        self.terminals.get(id)
    }

    /// What the world has shown since the last call.
    pub fn outputs(&mut self) -> Outputs {
        let mut outputs = std::mem::take(&mut self.outputs);
        self.terminals.take_output(&mut outputs.terminals);
        let (ended, running) = std::mem::take(&mut self.checks).into_iter().partition(input::RunningCheck::has_ended);
        self.checks = running;
        let ended: Vec<input::RunningCheck> = ended;
        outputs.checks.extend(ended.into_iter().map(input::RunningCheck::result));
        let traces = self.world.traces.borrow();
        let new = usize::try_from(traces.count - self.traced).unwrap_or(usize::MAX).min(traces.recent.len());
        outputs.traffic.extend(traces.recent.range(traces.recent.len() - new..).cloned());
        self.traced = traces.count;
        outputs
    }

    /// The cluster, to read.
    pub fn cluster(&self) -> Ref<'_, Cluster> {
        self.world.cluster().borrow()
    }

    /// The learner's machine.
    pub fn host(&self) -> &Machine {
        self.world.host()
    }

    /// Sets the CPU of Pods from outside. Not an input: scenario files use it, and it is not logged.
    pub fn set_load(&mut self, load: Load) {
        self.world.cluster().borrow_mut().api_mut().set_load(load);
    }

    /// The name of the Pod (`namespace/name`) or machine that has an address now.
    pub fn name_of(&self, ip: core::net::Ipv4Addr) -> Option<String> {
        if let Some(pod) = self.world.pods.borrow().at(ip) {
            return Some(format!("{}/{}", pod.namespace, pod.name));
        }
        let cluster = self.cluster();
        let node = cluster.profile().nodes.iter().find(|node| node.ip.parse() == Ok(ip)).map(|node| node.name.clone());
        node.or_else(|| (self.world.host_place.ip == ip).then(|| cluster.profile().host.to_owned()))
    }

    /// How many Pods of that name have a container that runs: two, where one was deleted by force and its kubelet
    /// does not know of it yet.
    pub fn runs(&self, namespace: &str, name: &str) -> usize {
        let pods = self.world.pods.borrow();
        let named = pods.iter().filter(|(_, pod)| *pod.namespace == *namespace && *pod.name == *name);
        named.filter(|(_, pod)| pod.containers.borrow().values().any(|one| one.is_running())).count()
    }

    /// Starts a command on the learner's machine without a terminal, in `cwd`. Not an input: the
    /// command line and tests use it, and log nothing.
    pub fn start(&mut self, argv: &[&str], cwd: &str, fds: [Rc<dyn File>; 3]) -> Result<Child, crate::machine::Errno> {
        let fds: Fds = (0..).zip(fds).collect();
        let spec = SpawnSpec { fds: Some(fds), cwd: Some(cwd.to_owned()), ..SpawnSpec::new(argv.iter().copied()) };
        self.host().run(spec, None)
    }

    /// Lets time pass until `child` has ended or nothing can happen any more, at most until
    /// `limit`. Its exit status, if it has ended.
    pub fn wait(&mut self, child: &Child, limit: Time) -> Option<i32> {
        loop {
            if let Some(status) = child.process().ended() {
                return Some(status.code());
            }
            if !self.world.step(limit) {
                self.advance_to(limit);
                return child.process().ended().map(crate::machine::ExitStatus::code);
            }
        }
    }

    /// A number that two worlds share exactly if everything in them is alike.
    pub fn state_hash(&self) -> u64 {
        hash::of(&self.world, &self.terminals)
    }
}
