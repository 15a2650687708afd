//! The usual command line tools, as programs of simulated machines.
//!
//! [`ALL`] is their one list: a tool is one function and one line here.

mod args;
mod awk;
mod cat;
mod curl;
mod diff;
mod ends;
mod files;
mod grep;
mod input;
mod ls;
mod minikube;
mod misc;
mod nslookup;
mod perl;
mod run;
mod sed;
mod sed_script;
mod sort;
mod ssh;
mod stress;
mod systemctl;
mod text;
mod wget;

use crate::machine::{ProgramFn, program};

/// Every tool by name.
pub const ALL: &[(&str, ProgramFn)] = &[
    ("[", program!(misc::builtin)),
    ("awk", program!(awk::run)),
    ("base64", program!(text::base64::base64)),
    ("basename", program!(files::basename::basename)),
    ("cat", program!(cat::run)),
    ("chmod", program!(files::chmod::chmod)),
    ("chown", program!(files::chmod::chown)),
    ("clear", program!(misc::clear)),
    ("cp", program!(files::cp::cp)),
    ("curl", program!(curl::run)),
    ("cut", program!(text::cut::cut)),
    ("date", program!(misc::date)),
    ("diff", program!(diff::diff)),
    ("dirname", program!(files::basename::dirname)),
    ("echo", program!(misc::builtin)),
    ("egrep", program!(grep::run)),
    ("env", program!(run::env)),
    ("false", program!(misc::r#false)),
    ("fgrep", program!(grep::run)),
    ("find", program!(misc::find)),
    ("grep", program!(grep::run)),
    ("head", program!(ends::head)),
    ("hostname", program!(misc::hostname)),
    ("id", program!(misc::id)),
    ("kill", program!(misc::builtin)),
    ("ln", program!(files::ln::ln)),
    ("ls", program!(ls::ls)),
    ("mawk", program!(awk::run)),
    ("minikube", program!(minikube::run)),
    ("mkdir", program!(files::mkdir::mkdir)),
    ("mktemp", program!(files::mktemp::mktemp)),
    ("mv", program!(files::mv::mv)),
    ("nl", program!(text::nl::nl)),
    ("nohup", program!(run::through)),
    ("nproc", program!(misc::nproc)),
    ("nslookup", program!(nslookup::run)),
    ("paste", program!(text::paste::paste)),
    ("perl", program!(perl::run)),
    ("printenv", program!(run::env)),
    ("printf", program!(misc::builtin)),
    ("ps", program!(misc::ps)),
    ("pwd", program!(misc::builtin)),
    ("readlink", program!(files::readlink::readlink)),
    ("realpath", program!(files::readlink::readlink)),
    ("reset", program!(misc::clear)),
    ("rev", program!(text::nl::rev)),
    ("rm", program!(files::rm::rm)),
    ("rmdir", program!(files::mkdir::rmdir)),
    ("sed", program!(sed::run)),
    ("seq", program!(text::seq::seq)),
    ("sleep", program!(run::sleep)),
    ("sort", program!(sort::run)),
    ("ssh", program!(ssh::run)),
    ("stat", program!(files::stat::stat)),
    ("stress", program!(stress::run)),
    ("sudo", program!(run::through)),
    ("systemctl", program!(systemctl::run)),
    ("tac", program!(text::nl::tac)),
    ("tail", program!(ends::tail)),
    ("tee", program!(text::tee::tee)),
    ("test", program!(misc::builtin)),
    ("timeout", program!(run::timeout)),
    ("touch", program!(files::touch::touch)),
    ("tr", program!(text::tr::tr)),
    ("true", program!(misc::r#true)),
    ("tty", program!(misc::tty)),
    ("uname", program!(misc::uname)),
    ("uniq", program!(text::uniq::uniq)),
    ("watch", program!(run::watch)),
    ("wc", program!(text::wc::wc)),
    ("wget", program!(wget::run)),
    ("which", program!(run::which)),
    ("whoami", program!(misc::id)),
    ("xargs", program!(run::xargs)),
    ("yes", program!(text::seq::yes)),
];
