//! The command line: the same world without a browser.
//!
//! Virtual time passes only in commands: `sleep` and `rollout status` cost no real time.

pub mod lesson;
mod run;
pub mod scenario;
mod shell;
pub mod transcript;

use crate::session::{Config, Session};
use crate::sim::Time;

const USAGE: &str = "\
drydock: a Kubernetes cluster, a bash and a kubectl, simulated.

Usage:
  drydock shell [--profile P] [--seed N]               this terminal becomes the learner's
  drydock run [--profile P] [--seed N] SCRIPT|- [ARG…] run a bash script: its output, its exit status
  drydock transcript [--profile P] [--seed N] FILE.scn replay a scenario file: JSON lines on stdout
  drydock lesson check [--json] [--lint] DIR…          lint lessons, then prove that they can be solved
  drydock lesson play DIR…                             play anybody's scenarios: a report as JSON
  drydock lesson stamp DIR…                            note in translations what they were made from

Profiles: kubeadm (the default), minikube, killercoda, killercoda-1node, k3s; kubeadm+metrics-server has
metrics-server installed.
";

/// When a world begins where nothing else is said: 2026-11-20T08:41:54Z.
const START: Time = Time::from_secs(1_795_164_114);

/// Runs the command line; its exit status.
pub fn main(args: Vec<String>) -> i32 {
    match dispatch(args) {
        Ok(status) => status,
        Err(message) => {
            eprintln!("drydock: {message}");
            2
        }
    }
}

fn dispatch(args: Vec<String>) -> Result<i32, String> {
    let mut args = args.into_iter();
    let verb = args.next().unwrap_or_default();
    if verb == "lesson" {
        return Ok(lesson::lesson(&args.collect::<Vec<_>>()));
    }
    let (options, rest) = options(args)?;
    match (verb.as_str(), rest.as_slice()) {
        ("help" | "-h" | "--help" | "", _) => {
            print!("{USAGE}");
            Ok(0)
        }
        ("shell", []) => shell::shell(options.session()?),
        ("run", [script, arguments @ ..]) => run::run(options.session()?, script, arguments),
        ("transcript", [file]) => transcript::transcript(options.config(), file),
        ("shell" | "run" | "transcript", _) => Err(format!("{verb}: wrong arguments\n\n{USAGE}")),
        _ => Err(format!("unknown command \"{verb}\"\n\n{USAGE}")),
    }
}

/// What every command takes.
struct Options {
    profile: String,
    seed: u64,
}

impl Options {
    fn config(self) -> Config {
        Config { profile: self.profile, seed: self.seed, start: START }
    }

    fn session(self) -> Result<Session, String> {
        Session::new(self.config())
    }
}

fn options(args: impl Iterator<Item = String>) -> Result<(Options, Vec<String>), String> {
    let mut options = Options { profile: "kubeadm".to_owned(), seed: 1 };
    let mut rest = Vec::new();
    let mut args = args.peekable();
    while let Some(arg) = args.next() {
        // What follows the script is the script's.
        if !rest.is_empty() || !arg.starts_with("--") {
            rest.push(arg);
            continue;
        }
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (arg.clone(), args.next()),
        };
        let value = value.ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--profile" => options.profile = value,
            "--seed" => options.seed = value.parse().map_err(|_| format!("--seed {value}: not a number"))?,
            _ => return Err(format!("unknown option {name}")),
        }
    }
    Ok((options, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_options() {
        let args = ["--seed", "7", "--profile=minikube", "a.sh", "--seed", "8"].map(str::to_owned);
        let (options, rest) = options(args.into_iter()).unwrap();
        assert_eq!((options.seed, &*options.profile), (7, "minikube"));
        assert_eq!(rest, ["a.sh", "--seed", "8"]);
        assert_eq!(dispatch(vec!["--help".into()]), Ok(0));
        assert!(dispatch(vec!["run".into(), "--nosuch".into(), "x".into()]).is_err());
    }
}
