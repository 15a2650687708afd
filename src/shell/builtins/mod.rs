//! Builtin commands, in families. [`ALL`] is their one list.

mod alias;
mod command;
mod declare;
mod flow;
mod io;
mod jobs;
mod misc;
mod options;
mod printf;
mod read;
mod test;

use super::{Run, Shell};
use crate::machine::LocalBoxFuture;

pub use options::set_options;
pub use test::compare;

/// A builtin: its arguments begin with its name.
pub type Builtin = for<'a> fn(&'a mut Shell, &'a [String]) -> LocalBoxFuture<'a, Run>;

macro_rules! table {
    ($($name:literal => $function:path,)*) => {
        /// Every builtin by name.
        pub const ALL: &[(&str, Builtin)] = &[$(($name, |shell, args| Box::pin($function(shell, args))),)*];
    };
}

table! {
    "." => flow::source,
    ":" => misc::nothing,
    "[" => test::test,
    "alias" => alias::alias,
    "bg" => jobs::bg,
    "break" => flow::leave,
    "builtin" => command::command,
    "caller" => misc::caller,
    "cd" => io::cd,
    "command" => command::command,
    "compgen" => misc::quiet,
    "complete" => misc::quiet,
    "continue" => flow::leave,
    "declare" => declare::declare,
    "dirs" => io::dirs,
    "disown" => jobs::disown,
    "echo" => io::echo,
    "enable" => misc::quiet,
    "eval" => flow::eval,
    "exec" => flow::exec,
    "exit" => flow::exit,
    "export" => declare::export,
    "false" => misc::failure,
    "fg" => jobs::fg,
    "getopts" => misc::getopts,
    "hash" => misc::quiet,
    "help" => misc::help,
    "history" => misc::history,
    "jobs" => jobs::jobs,
    "kill" => jobs::kill,
    "let" => declare::r#let,
    "local" => declare::declare,
    "logout" => flow::exit,
    "mapfile" => read::mapfile,
    "popd" => io::popd,
    "printf" => printf::printf,
    "pushd" => io::pushd,
    "pwd" => io::pwd,
    "read" => read::read,
    "readarray" => read::mapfile,
    "readonly" => declare::readonly,
    "return" => flow::leave,
    "set" => options::set,
    "shift" => flow::shift,
    "shopt" => options::shopt,
    "source" => flow::source,
    "suspend" => misc::quiet,
    "test" => test::test,
    "times" => misc::times,
    "trap" => jobs::trap,
    "true" => misc::nothing,
    "type" => command::r#type,
    "typeset" => declare::declare,
    "ulimit" => misc::ulimit,
    "umask" => misc::umask,
    "unalias" => alias::unalias,
    "unset" => declare::unset,
    "wait" => jobs::wait,
}

/// What follows the complaint about an unknown option. Those that tell it themselves are not here.
const USAGES: &[(&str, &str)] = &[
    ("command", "[-pVv] command [arg ...]"),
    ("declare", "[-aAfFgiIlnrtux] [name[=value] ...] or declare -p [-aAfFilnrtux] [name ...]"),
    ("exec", "[-cl] [-a name] [command [argument ...]] [redirection ...]"),
    ("export", "[-fn] [name[=value] ...] or export -p"),
    ("local", "[option] name[=value] ..."),
    ("readonly", "[-aAf] [name[=value] ...] or readonly -p"),
    ("set", "[-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]"),
    ("typeset", "[-aAfFgiIlnrtux] name[=value] ... or typeset -p [-aAfFilnrtux] [name ...]"),
    ("unset", "[-f] [-v] [-n] [name ...]"),
];

/// The builtin called `name`.
pub fn find(name: &str) -> Option<Builtin> {
    ALL.iter().find(|(other, _)| *other == name).map(|(_, builtin)| *builtin)
}

impl Shell {
    /// Prints what is wrong with a builtin's use, with its name.
    pub(super) async fn wrong(&self, args: &[String], message: &str) {
        let name = args.first().map_or("", String::as_str);
        self.fail(&format!("{name}: {message}")).await;
        if message.ends_with("invalid option")
            && let Some((_, usage)) = USAGES.iter().find(|(other, _)| *other == name)
        {
            self.process.err(&format!("{name}: usage: {name} {usage}\n")).await;
        }
    }
}
