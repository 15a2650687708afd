//! `kubectl version`. Models kubectl/pkg/cmd/version.

use serde_json::{Value, json};

use crate::kubectl::Kubectl;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::spec::{Spec, run};
use crate::kubectl::yaml;

/// The command.
pub const SPEC: Spec = Spec {
    name: "version",
    usage: "[flags] [options]",
    short: "Print the client and server version information",
    long: "Print the versions of this kubectl and of the server.",
    examples: "# Both\nkubectl version\n\n# Only this kubectl's\nkubectl version --client",
    flags: &[FLAGS],
    run: run!(version),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] =
    &[Flag::switch("client", "Only this kubectl's version."), Flag::text("output", "", "yaml or json.").short('o')];

const KUSTOMIZE: &str = "v5.8.1";

/// The version that this kubectl is a simulation of.
fn client() -> Value {
    json!({
        "buildDate": "2026-09-29T20:03:31Z", "compiler": "gc", "gitCommit": "bb826b1d48562f110659e64e8ec444327433db95",
        "gitTreeState": "clean", "gitVersion": "v1.36.4", "goVersion": "go1.27.1", "major": "1", "minor": "36",
        "platform": "linux/amd64",
    })
}

async fn version(k: &Kubectl) -> Outcome {
    let format = k.flags.text("output");
    if !matches!(format, "" | "yaml" | "json") {
        return Err(Fail::plain("--output must be 'yaml' or 'json'"));
    }
    let mut all = json!({"clientVersion": client(), "kustomizeVersion": KUSTOMIZE});
    let mut failed = None;
    if !k.flags.is("client") {
        match k.client().await?.get("/version", &[]).await {
            Ok(server) => all["serverVersion"] = (*server).clone(),
            Err(fail) => failed = Some(fail),
        }
    }
    let text = match format {
        "yaml" => yaml::emit(&all) + "\n",
        "json" => serde_json::to_string_pretty(&all).unwrap_or_default() + "\n",
        _ => {
            let mut text = format!("Client Version: {}\nKustomize Version: {KUSTOMIZE}\n", word(&all["clientVersion"]));
            if all["serverVersion"].is_object() {
                text.push_str(&format!("Server Version: {}\n", word(&all["serverVersion"])));
            }
            text
        }
    };
    k.out(&text).await;
    failed.map_or(Ok(()), Err)
}

fn word(version: &Value) -> &str {
    version["gitVersion"].as_str().unwrap_or_default()
}
