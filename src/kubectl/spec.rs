//! What a command is: its names, its words of help, its flags, what it does.

use super::Kubectl;
use super::fail::Outcome;
use super::flags::{Flag, Kind};
use crate::machine::LocalBoxFuture;

/// What a command does.
pub type Run = for<'a> fn(&'a Kubectl) -> LocalBoxFuture<'a, Outcome>;

/// Makes a [`Run`] of an `async fn(&Kubectl) -> Outcome`.
macro_rules! run {
    ($function:path) => {
        Some(|kubectl| ::std::boxed::Box::pin($function(kubectl)))
    };
}
pub(super) use run;

/// A command.
#[derive(Debug)]
pub struct Spec {
    /// `get`
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What follows the command's path in its line of usage.
    pub usage: &'static str,
    /// One line.
    pub short: &'static str,
    /// Some lines more.
    pub long: &'static str,
    /// Examples: a comment and a command, each on its line.
    pub examples: &'static str,
    /// Its flags, in groups shared with other commands.
    pub flags: &'static [&'static [Flag]],
    /// The commands below it.
    pub subs: &'static [&'static Spec],
    /// What it does; nothing where it only has commands below.
    pub run: Option<Run>,
}

impl Spec {
    /// A command without anything, to fill in.
    pub const EMPTY: Spec =
        Spec { name: "", aliases: &[], usage: "", short: "", long: "", examples: "", flags: &[], subs: &[], run: None };
}

/// All groups of flags of the last command of a path.
pub fn groups(path: &[&'static Spec]) -> Vec<&'static [Flag]> {
    let own = path.last().map_or(&[][..], |spec| spec.flags);
    own.iter().copied().chain([GLOBAL]).collect()
}

/// The flags of every command.
pub const GLOBAL: &[Flag] = &[
    Flag::text("as", "", "User name to act as."),
    Flag::new("as-group", Kind::Array, "", "Group to act as; may be given more than once."),
    Flag::text("as-uid", "", "UID to act as."),
    Flag::text("cache-dir", "", "Where discovery is cached."),
    Flag::text("certificate-authority", "", "File with the certificate authority of the server."),
    Flag::text("client-certificate", "", "File with the client's certificate."),
    Flag::text("client-key", "", "File with the client's key."),
    Flag::text("cluster", "", "Cluster of the kubeconfig to use."),
    Flag::text("context", "", "Context of the kubeconfig to use."),
    Flag::switch("disable-compression", "Ask the server for plain responses."),
    Flag::switch("insecure-skip-tls-verify", "Trust any certificate of the server."),
    Flag::text("kubeconfig", "", "Kubeconfig file to use."),
    Flag::text("kuberc", "", "Preferences file to use."),
    Flag::switch("match-server-version", "Require the server to have this kubectl's version."),
    Flag::text("namespace", "", "Namespace that the command is about.").short('n'),
    Flag::text("password", "", "Password for basic authentication."),
    Flag::text("profile", "none", "Profile to capture."),
    Flag::text("profile-output", "profile.pprof", "File that the profile goes to."),
    Flag::text("request-timeout", "0", "How long to wait for one request; 0 is for ever."),
    Flag::text("server", "", "Address and port of the API server.").short('s'),
    Flag::text("tls-server-name", "", "Name that the server's certificate must have."),
    Flag::text("token", "", "Bearer token to show to the server."),
    Flag::text("user", "", "User of the kubeconfig to act as."),
    Flag::text("username", "", "User name for basic authentication."),
    Flag::new("v", Kind::Int32, "0", "How much to log.").short('v'),
    Flag::text("vmodule", "", "How much to log, by source file."),
    Flag::switch("warnings-as-errors", "Fail where the server warns."),
];

/// `-o` and what goes with it.
pub const PRINT: &[Flag] = &[
    Flag::switch("allow-missing-template-keys", "Pass over what a template asks for and is not there."),
    Flag::text("output", "", "Output format.").short('o'),
    Flag::switch("show-managed-fields", "Keep managedFields in JSON and YAML."),
    Flag::text("template", "", "Template for -o go-template, go-template-file."),
];

/// `-f`, `-k`, `-R`.
pub const FILES: &[Flag] = &[
    Flag::new("filename", Kind::Slice, "", "Files, directories or - with the resources.").short('f'),
    Flag::text("kustomize", "", "Kustomization directory.").short('k'),
    Flag::switch("recursive", "Directories with all that is below them.").short('R'),
];

/// `-l`
pub const SELECTOR: &[Flag] = &[Flag::text("selector", "", "Labels that the objects must have.").short('l')];

/// `--selector` where `-l` means something else.
pub const SELECTOR_TEXT: &[Flag] = &[Flag::text("selector", "", "Labels that the Service selects.")];

/// `--field-selector`
pub const FIELDS: &[Flag] = &[Flag::text("field-selector", "", "Fields that the objects must have.")];

/// `--all`
pub const ALL: &[Flag] = &[Flag::switch("all", "All objects of the type in the namespace.")];

/// `-A`
pub const ALL_NAMESPACES: &[Flag] = &[Flag::switch("all-namespaces", "In all namespaces.").short('A')];

/// `--dry-run`
pub const DRY_RUN: &[Flag] = &[Flag::text("dry-run", "none", "none, server or client: only try.").alone("unchanged")];

/// `--field-manager`, `--validate`, `--record`, `--save-config`
pub const WRITE: &[Flag] = &[
    Flag::text("field-manager", "", "Who is noted as the manager of the fields."),
    Flag::text("validate", "strict", "strict, warn or ignore: what to do with unknown fields.").alone("strict"),
    Flag::switch("record", "Note the command in an annotation (deprecated)."),
    Flag::switch("save-config", "Keep the configuration in an annotation for apply."),
];

/// `--local`
pub const LOCAL: &[Flag] = &[Flag::switch("local", "Do not ask the server.")];
