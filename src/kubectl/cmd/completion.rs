//! `kubectl completion`. Models kubectl/pkg/cmd/completion.
//!
//! Diverges: terminals here complete kubectl's words by themselves, also those of its aliases; the script
//! only has what scripts and ~/.bashrc files name.

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{Spec, run};

/// The command.
pub const SPEC: Spec = Spec {
    name: "completion",
    usage: "SHELL [options]",
    short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    long: "Print a script that makes a shell complete kubectl's commands. Terminals of this simulation do so without it.",
    examples: "# In this shell\nsource <(kubectl completion bash)\n\n# For an alias too\nalias k=kubectl\ncomplete -o default -F __start_kubectl k",
    flags: &[&[Flag::switch("no-descriptions", "Offer words without descriptions.")]],
    run: run!(completion),
    ..Spec::EMPTY
};

const BASH: &str = "# bash completion for kubectl: this terminal completes kubectl by itself\n\
__start_kubectl()\n{\n    :\n}\n\ncomplete -o default -F __start_kubectl kubectl\n";

async fn completion(k: &Kubectl) -> Outcome {
    match k.flags.args.as_slice() {
        [] => Err(Fail::usage(&k.path, "Shell not specified.")),
        [shell] => match shell.as_str() {
            "bash" => {
                k.out(BASH).await;
                Ok(())
            }
            "zsh" | "fish" | "powershell" => Err(Fail::plain(format!("there is no {shell} here to complete for"))),
            _ => Err(Fail::usage(&k.path, format!("Unsupported shell type \"{shell}\"."))),
        },
        _ => Err(Fail::usage(&k.path, "Too many arguments. Expected only the shell type.")),
    }
}
