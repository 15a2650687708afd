//! Verbs that a real kubectl has and this one does not do yet. Each says so in one line.

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind};
use crate::kubectl::spec::{Spec, run};

macro_rules! refused {
    ($($constant:ident $name:literal $short:literal $flags:expr, $function:path;)*) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub const $constant: Spec = Spec {
                name: $name,
                usage: "[flags] [options]",
                short: $short,
                long: $short,
                flags: $flags,
                run: run!($function),
                ..Spec::EMPTY
            };
        )*
    };
}

refused! {
    CERTIFICATE "certificate" "Modify certificate resources" &[], other;
    PORT_FORWARD "port-forward" "Forward one or more local ports to a pod" &[FORWARD_FLAGS], port_forward;
    PROXY "proxy" "Run a proxy to the Kubernetes API server" &[PROXY_FLAGS], proxy;
    CP "cp" "Copy files and directories to and from containers" &[CP_FLAGS], cp;
    DEBUG "debug" "Create debugging sessions for troubleshooting workloads and nodes" &[DEBUG_FLAGS], debug;
    KUBERC "kuberc" "Manage kuberc configuration files" &[], other;
    PLUGIN "plugin" "Provides utilities for interacting with plugins" &[], plugin;
    COMPLETION "completion" "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)" &[], completion;
    SUBJECT "subject" "Update the user, group, or service account in a role binding or cluster role binding" &[], other;
}

const FORWARD_FLAGS: &[Flag] = &[
    Flag::new("address", Kind::Slice, "localhost", "Addresses to listen on."),
    Flag::new("pod-running-timeout", Kind::Duration, "1m0s", "How long to wait for a Pod to run."),
];
const PROXY_FLAGS: &[Flag] = &[
    Flag::text("address", "127.0.0.1", "Address to listen on."),
    Flag::text("api-prefix", "/", "Path to serve the API under."),
    Flag::new("port", Kind::Int, "8001", "Port to listen on.").short('p'),
    Flag::text("unix-socket", "", "Socket to listen on.").short('u'),
    Flag::text("www", "", "Directory to serve.").short('w'),
];
const CP_FLAGS: &[Flag] = &[
    Flag::text("container", "", "Container.").short('c'),
    Flag::switch("no-preserve", "Do not keep owner and mode."),
    Flag::new("retries", Kind::Int, "0", "How often to try again."),
];
const DEBUG_FLAGS: &[Flag] = &[
    Flag::text("container", "", "Name of the container.").short('c'),
    Flag::text("copy-to", "", "Name of the copy to debug."),
    Flag::new("env", Kind::Array, "", "Environment variables."),
    Flag::text("image", "", "Image to run."),
    Flag::text("profile", "general", "What the container may do."),
    Flag::switch("share-processes", "Let the containers see one another's processes."),
    Flag::switch("stdin", "Keep standard input open.").short('i'),
    Flag::text("target", "", "Container whose processes to see."),
    Flag::switch("tty", "Give the container a terminal.").short('t'),
    Flag::text("dry-run", "none", "none, server or client: only try.").alone("unchanged"),
];

fn not_simulated(k: &Kubectl, instead: &str) -> Outcome {
    let instead = if instead.is_empty() { String::new() } else { format!("; {instead}") };
    Err(Fail::plain(format!("{} is not simulated yet{instead}", k.path)))
}

async fn other(k: &Kubectl) -> Outcome {
    not_simulated(k, "")
}

async fn port_forward(k: &Kubectl) -> Outcome {
    if k.flags.args.len() < 2 {
        return Err(Fail::usage(&k.path, "TYPE/NAME and list of ports are required for port-forward"));
    }
    not_simulated(k, "curl reaches Pods and Services by their addresses from a node")
}

async fn proxy(k: &Kubectl) -> Outcome {
    not_simulated(k, "kubectl get --raw PATH asks the API server for a path")
}

async fn cp(k: &Kubectl) -> Outcome {
    let [from, to] = k.flags.args.as_slice() else {
        return Err(Fail::plain("source and destination are required"));
    };
    if !from.contains(':') && !to.contains(':') {
        return Err(Fail::plain("one of src or dest must be a remote file specification"));
    }
    not_simulated(
        k,
        "kubectl exec POD -- cat FILE prints a file, and kubectl exec -i POD -- sh -c 'cat > FILE' writes one",
    )
}

async fn debug(k: &Kubectl) -> Outcome {
    if k.flags.text("image").is_empty() && k.flags.text("copy-to").is_empty() {
        return Err(Fail::plain("you must specify --image when not using --copy-to."));
    }
    not_simulated(k, "kubectl exec runs a command in a container that is there")
}

async fn plugin(k: &Kubectl) -> Outcome {
    match k.flags.args.first().map(String::as_str) {
        Some("list") => Err(Fail::plain("unable to find any kubectl plugins in your PATH")),
        _ => not_simulated(k, ""),
    }
}

async fn completion(k: &Kubectl) -> Outcome {
    match k.flags.args.as_slice() {
        [] => Err(Fail::usage(&k.path, "Shell not specified.")),
        // The terminal completes kubectl's words by itself; sourcing this does no harm.
        [shell] if matches!(shell.as_str(), "bash" | "zsh" | "fish" | "powershell") => {
            k.out(&format!("# kubectl completion for {shell}: built into this terminal, nothing to load\n")).await;
            Ok(())
        }
        [shell] => Err(Fail::usage(&k.path, format!("Unsupported shell type \"{shell}\"."))),
        _ => Err(Fail::usage(&k.path, "Too many arguments. Expected only the shell type.")),
    }
}
