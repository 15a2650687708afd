//! `kubectl config set-credentials`.

use serde_json::{Value, json};

use super::{SPEC as PARENT, store, there};
use crate::kubectl::cmd::ROOT;
use crate::kubectl::fail::{Fail, Outcome};
use crate::kubectl::flags::{Flag, Kind, quote};
use crate::kubectl::kubeconfig::{Stanza, USERS};
use crate::kubectl::spec::{Spec, run};
use crate::kubectl::{Kubectl, base64, help};
use crate::machine::files;

/// The command.
pub static SPEC: Spec = Spec {
    name: "set-credentials",
    usage: "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value] [options]",
    short: "Set a user entry in kubeconfig",
    long: "Make a user, or change what it has. What is not given stays as it is.\n\n  Certificate: --client-certificate=FILE --client-key=FILE\n  Token:       --token=TOKEN\n  Password:    --username=NAME --password=PASSWORD\n\n A token and a password exclude each other.",
    examples: "# A certificate and its key, copied into the kubeconfig\nkubectl config set-credentials jane --client-certificate=jane.crt --client-key=jane.key --embed-certs=true\n\n# A token\nkubectl config set-credentials robot --token=abc",
    flags: &[FLAGS],
    run: run!(set_credentials),
    ..Spec::EMPTY
};

const FLAGS: &[Flag] = &[
    Flag::text("auth-provider", "", "Provider of credentials."),
    Flag::new("auth-provider-arg", Kind::Slice, "", "key=value for the provider; key- takes one away."),
    Flag::text("client-certificate", "", "File with the user's certificate."),
    Flag::text("client-key", "", "File with the user's key."),
    Flag::switch("embed-certs", "Copy the files into the kubeconfig."),
    Flag::text("exec-api-version", "", "API version of the command that gives credentials."),
    Flag::new("exec-arg", Kind::Slice, "", "Arguments of that command."),
    Flag::text("exec-command", "", "Command that gives credentials."),
    Flag::new("exec-env", Kind::Array, "", "key=value in that command's environment; key- takes one away."),
    Flag::text("password", "", "The user's password."),
    Flag::text("token", "", "The user's token."),
    Flag::text("username", "", "The user's name for a password."),
];

/// What is to be set, and what taken away.
type Pairs = (Vec<(String, String)>, Vec<String>);

/// `key=value` pairs, and the keys of `key-`. Models cmdutil.ParsePairs.
fn pairs(k: &Kubectl, flag: &str) -> Result<Pairs, Fail> {
    let (mut set, mut gone) = (Vec::new(), Vec::new());
    for word in k.flags.list(flag) {
        if let Some((key, value)) = word.split_once('=').filter(|(key, _)| !key.is_empty()) {
            set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = word.strip_suffix('-').filter(|key| !key.is_empty()) {
            gone.push(key.to_owned());
        } else {
            return Err(Fail::plain(format!("invalid {flag} format: {word}")));
        }
    }
    Ok((set, gone))
}

async fn set_credentials(k: &Kubectl) -> Outcome {
    let flags = &k.flags;
    let [name] = flags.args.as_slice() else {
        let fail = Fail::plain(format!("unexpected args: [{}]", flags.args.join(" ")));
        return Err(Fail::Told { stdout: help::of(&[&ROOT, &PARENT, &SPEC]), fail: Box::new(fail) });
    };
    if name.is_empty() {
        return Err(Fail::plain("you must specify a non-empty user name"));
    }
    let has = |flag: &str| !flags.text(flag).is_empty();
    let (token, basic, embed) = (has("token"), has("username") || has("password"), flags.is("embed-certs"));
    if token && basic {
        return Err(Fail::plain(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password",
        ));
    }
    let (provider, execution) = (pairs(k, "auth-provider-arg")?, pairs(k, "exec-env")?);
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    if embed && !has("client-certificate") && !has("client-key") {
        return Err(Fail::plain("you must specify a --client-certificate or --client-key to embed"));
    }
    for flag in ["client-certificate", "client-key"] {
        if embed {
            there(k, flag)?;
        }
        if flags.given(flag) {
            let bytes =
                if embed { k.process.read_file(flags.text(flag)).await.unwrap_or_default() } else { Vec::new() };
            files.push((flag, bytes));
        }
    }
    store(k, USERS, name, |user| {
        for (flag, bytes) in &files {
            let path = files::normalize(&files::join(&k.process.cwd(), flags.text(flag)));
            user.set(flag, json!(if embed { "" } else { &path }));
            user.set(&format!("{flag}-data"), json!(base64::encode(bytes)));
        }
        for (flag, other) in [("token", basic), ("username", token), ("password", token)] {
            if flags.given(flag) || other {
                user.set(flag, json!(flags.text(flag)));
            }
        }
        set_provider(k, user, &provider);
        set_exec(k, user, &execution);
    })
    .await?;
    k.out(&format!("User {} set.\n", quote(name))).await;
    Ok(())
}

fn set_provider(k: &Kubectl, user: &mut Stanza, (set, gone): &Pairs) {
    let mut provider = user.fields.get("auth-provider").cloned().unwrap_or_default();
    if k.flags.given("auth-provider") && provider["name"] != k.flags.text("auth-provider") {
        provider = json!({"name": k.flags.text("auth-provider"), "config": null});
    }
    if provider.is_null() {
        return;
    }
    let mut config = provider["config"].as_object().cloned().unwrap_or_default();
    config.retain(|key, _| !gone.contains(key));
    config.extend(set.iter().map(|(key, value)| (key.clone(), json!(value))));
    provider["config"] = if config.is_empty() { Value::Null } else { config.into() };
    user.set("auth-provider", provider);
}

fn set_exec(k: &Kubectl, user: &mut Stanza, (set, gone): &Pairs) {
    let mut exec = user.fields.get("exec").cloned().unwrap_or_default();
    if k.flags.given("exec-command") {
        if exec.is_null() {
            exec = json!({"env": null, "interactiveMode": "IfAvailable", "provideClusterInfo": false});
        }
        exec["command"] = json!(k.flags.text("exec-command"));
        exec["args"] = Value::Null;
    }
    if exec.is_null() {
        return;
    }
    if k.flags.given("exec-api-version") {
        exec["apiVersion"] = json!(k.flags.text("exec-api-version"));
    }
    let args = k.flags.list("exec-arg");
    if !args.is_empty() {
        exec["args"] = json!(args);
    }
    let mut env = exec["env"].as_array().cloned().unwrap_or_default();
    env.retain(|variable| !gone.iter().any(|key| variable["name"] == **key));
    for (key, value) in set {
        match env.iter_mut().find(|variable| variable["name"] == **key) {
            Some(variable) => variable["value"] = json!(value),
            None => env.push(json!({"name": key, "value": value})),
        }
    }
    exec["env"] = if env.is_empty() { Value::Null } else { env.into() };
    user.set("exec", exec);
}
