//! bash: expansion, execution, builtins, jobs, line editing, completion.
//!
//! A [`Shell`] is the state of one shell process. Subshells are clones of it in processes of
//! their own. Every command, loop turn and expansion is charged virtual time, so that any
//! loop passes time and can be interrupted.

mod arith;
mod ast;
mod braces;
mod builtins;
mod commands;
mod complete;
mod compound;
mod cond;
pub mod conversion;
pub mod edit;
mod elsewhere;
mod escape;
mod exec;
mod expand;
mod glob;
mod interactive;
mod jobs;
mod main;
mod operators;
mod param;
mod parse;
pub mod pattern;
mod redirect;
pub mod regex;
mod simple;
mod state;
mod vars;
mod word;

pub use main::{BASH, bash, run_builtin, seconds};
pub use state::Shell;

/// Why a list of commands was left early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// `break n`
    Break(u32),
    /// `continue n`
    Continue(u32),
    /// `return n`
    Return(i32),
    /// `exit n`, or a failure under `set -e`
    Exit(i32),
    /// Ctrl-C
    Interrupt,
    /// An error that ends a script and, in an interactive shell, the line.
    Fail(i32),
}

/// What running something gives: an exit status, or a leap.
type Run = Result<i32, Flow>;
