//! kubectl 1.36: a program that is a pure client of the Kubernetes API.
//!
//! It reads a kubeconfig, talks HTTP through its machine's network and prints. The verbs lie in
//! [`cmd`], one file each; what they share is here: flags, resources, printers.

mod age;
mod apply;
mod base64;
mod client;
mod cmd;
mod complete;
mod config;
mod describe;
mod fail;
mod flags;
mod gofmt;
mod gotemplate;
mod help;
mod kubeconfig;
mod kustomize;
mod printers;
mod resource;
mod spec;
pub(crate) mod yaml;

use std::cell::RefCell;
use std::rc::Rc;

use client::Client;
use fail::Fail;
use flags::{FlagSet, HELP, Parsed};
use resource::Mapper;
use spec::Spec;

use crate::machine::{Errno, Process, ProgramFn, program};
use crate::sim::Duration;

pub use complete::complete;

/// The program.
pub const KUBECTL: ProgramFn = program!(main);

/// How long a kubectl takes at least, and by how much that varies: it starts, reads its
/// configuration and what it knows of the API.
const STARTS_IN: (u64, u64) = (50_000, 40_000);

/// One run of kubectl: the process, the command line, and what was learnt on the way.
pub struct Kubectl {
    /// The process.
    process: Process,
    /// The command, as `kubectl create deployment`.
    path: String,
    /// The command's flags and arguments.
    flags: Parsed,
    client: RefCell<Option<Rc<Client>>>,
    mapper: RefCell<Option<Rc<Mapper>>>,
}

async fn main(process: Process) -> i32 {
    let jitter = process.machine().random_below(STARTS_IN.1);
    process.sleep(Duration::from_micros(STARTS_IN.0 + jitter)).await;
    let args: Vec<String> = process.args().into_iter().skip(1).collect();
    match run(&process, &args).await {
        Ok(()) => 0,
        Err(fail) => {
            let mut fail = &fail;
            while let Fail::Told { stdout, fail: next } = fail {
                process.out(stdout).await;
                fail = next;
            }
            let (text, status) = fail.told();
            process.err(&text).await;
            status
        }
    }
}

async fn run(process: &Process, args: &[String]) -> Result<(), Fail> {
    let (path, rest) = match find(args) {
        Ok(found) => found,
        Err(fail) => {
            return match cmd::run_plugin(process, args).await {
                None => Err(fail),
                Some(0) => Ok(()),
                Some(status) => Err(Fail::Exit(status)),
            };
        }
    };
    let spec = path[path.len() - 1];
    let name = path.iter().map(|spec| spec.name).collect::<Vec<_>>().join(" ");
    let set = FlagSet(spec::groups(&path));
    let flags = match set.parse(&rest) {
        Ok(flags) => flags,
        Err(told) if told == HELP => {
            process.out(&help::of(&path)).await;
            return Ok(());
        }
        Err(told) => return Err(Fail::plain(format!("{told}\nSee '{name} --help' for usage."))),
    };
    let Some(run) = spec.run else {
        return group(process, &path, &name, &flags).await;
    };
    let missing: Vec<String> = set
        .iter()
        .filter(|flag| flag.required && !flags.given(flag.name))
        .map(|flag| format!("\"{}\"", flag.name))
        .collect();
    if !missing.is_empty() {
        return Err(Fail::plain(format!("required flag(s) {} not set", missing.join(", "))));
    }
    check_timeout(flags.text("request-timeout"))?;
    let kubectl =
        Kubectl { process: process.clone(), path: name, flags, client: RefCell::default(), mapper: RefCell::default() };
    run(&kubectl).await
}

/// A command that only has commands below it.
async fn group(process: &Process, path: &[&'static Spec], name: &str, flags: &Parsed) -> Result<(), Fail> {
    if path.len() > 1 && !flags.args.is_empty() {
        return Err(Fail::usage(name, format!("unknown command {}", flags::quote(&flags.args.join(" ")))));
    }
    process.out(&help::of(path)).await;
    if path.len() > 1 { Err(Fail::Exit(1)) } else { Ok(()) }
}

/// The command that the arguments name, and what is left of them. Models cobra's Find.
fn find(args: &[String]) -> Result<(Vec<&'static Spec>, Vec<String>), Fail> {
    let mut path: Vec<&'static Spec> = vec![&cmd::ROOT];
    let mut rest = args.to_vec();
    loop {
        let here = path[path.len() - 1];
        let set = FlagSet(spec::groups(&path));
        let stripped = set.strip(&rest);
        let Some(word) = stripped.first().map(|word| (*word).clone()) else { return Ok((path, rest)) };
        let Some(next) = here.subs.iter().find(|sub| sub.name == word || sub.aliases.contains(&word.as_str())) else {
            if path.len() == 1 {
                return Err(cmd::unknown(&word));
            }
            return Ok((path, rest));
        };
        if let Some(at) = position(&set, &rest, &word) {
            rest.remove(at);
        }
        path.push(next);
    }
}

/// Where the word stands as an argument, not as a flag's value.
fn position(set: &FlagSet<'_>, args: &[String], word: &str) -> Option<usize> {
    (0..args.len()).find(|&at| args[at] == word && set.strip(&args[..=at]).len() > set.strip(&args[..at]).len())
}

fn check_timeout(text: &str) -> Result<(), Fail> {
    let seconds = text.parse::<u64>().is_ok();
    if seconds || flags::parse_duration(text).is_ok() {
        return Ok(());
    }
    Err(Fail::plain(
        "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
    ))
}

impl Kubectl {
    /// Prints on standard output.
    async fn out(&self, text: &str) {
        self.process.out(text).await;
    }

    /// Prints on standard error.
    async fn err(&self, text: &str) {
        self.process.err(text).await;
    }

    /// A warning on standard error, coloured on a terminal.
    async fn warn(&self, text: &str) {
        client::warn(&self.process, text).await;
    }

    /// A file as text.
    async fn read_file(&self, path: &str) -> Result<String, Errno> {
        Ok(String::from_utf8_lossy(&self.process.read_file(path).await?).into_owned())
    }

    /// The client of the API that the kubeconfig and the flags describe.
    async fn client(&self) -> Result<Rc<Client>, Fail> {
        let known = self.client.borrow().clone();
        if let Some(client) = known {
            return Ok(client);
        }
        let client = Rc::new(Client::new(&self.process, config::resolve(&self.process, &self.flags).await?));
        *self.client.borrow_mut() = Some(Rc::clone(&client));
        Ok(client)
    }

    /// What is known of the API's resources.
    async fn mapper(&self) -> Result<Rc<Mapper>, Fail> {
        let known = self.mapper.borrow().clone();
        if let Some(mapper) = known {
            return Ok(mapper);
        }
        let mapper = Rc::new(Mapper::load(self).await?);
        *self.mapper.borrow_mut() = Some(Rc::clone(&mapper));
        Ok(mapper)
    }

    /// Learns the API's resources anew, after a resource was not found among those known.
    async fn refresh_mapper(&self) -> Result<Rc<Mapper>, Fail> {
        let mapper = Rc::new(Mapper::discover(self).await?);
        *self.mapper.borrow_mut() = Some(Rc::clone(&mapper));
        Ok(mapper)
    }

    /// The namespace that the command is about.
    async fn namespace(&self) -> Result<String, Fail> {
        Ok(self.client().await?.config().namespace.clone())
    }

    /// Whether `-n` was given.
    fn namespace_given(&self) -> bool {
        !self.flags.text("namespace").is_empty()
    }

    /// Whether `-A` was given.
    fn all_namespaces(&self) -> bool {
        self.flags.is("all-namespaces")
    }

    /// What `--dry-run` asks for.
    async fn dry_run(&self) -> Result<DryRun, Fail> {
        match self.flags.text("dry-run") {
            "none" | "false" | "" => Ok(DryRun::None),
            "client" | "true" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" => {
                let (time, pid) = (client::klog_time(&self.process), self.process.pid());
                self.err(&format!(
                    "W{time} {pid:>7} helpers.go:719] --dry-run is deprecated and can be replaced with --dry-run=client.\n"
                ))
                .await;
                Ok(DryRun::Client)
            }
            other => Err(Fail::plain(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }
}

/// `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DryRun {
    None,
    Client,
    Server,
}

impl DryRun {
    /// What is said after what was done.
    fn note(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }

    /// The query that asks the server only to try.
    fn query(self) -> Vec<(&'static str, String)> {
        if self == DryRun::Server { vec![("dryRun", "All".to_owned())] } else { Vec::new() }
    }
}
