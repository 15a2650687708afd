//! What a program is after it was read: nodes that name each other by number, and functions.

use std::rc::Rc;

use super::native::Native;
use super::value::Value;

/// The number of a node.
pub type Id = u32;

/// A piece of a text.
pub enum Part {
    Text(Rc<str>),
    Expr(Id),
}

/// What the machine itself does, since it is more than a function of values.
#[derive(Clone, Copy, PartialEq)]
pub enum Special {
    Empty,
    Error,
    Path,
    GetPath,
    Input,
    Debug,
    Stderr,
    Range,
    Halt,
    HaltError,
}

/// Every special by name and number of arguments.
pub const SPECIALS: [(&str, usize, Special); 10] = [
    ("empty", 0, Special::Empty),
    ("error", 0, Special::Error),
    ("path", 1, Special::Path),
    ("_getpath", 1, Special::GetPath),
    ("input", 0, Special::Input),
    ("debug", 0, Special::Debug),
    ("stderr", 0, Special::Stderr),
    ("_range", 2, Special::Range),
    ("halt", 0, Special::Halt),
    ("_halt_error", 1, Special::HaltError),
];

/// A piece of a program. Names are resolved: a number says how many links of the environment lie before
/// what is meant.
pub enum Node {
    Identity,
    Literal(Value),
    /// A text with pieces, each through a format.
    Text(Option<Rc<str>>, Vec<Part>),
    Format(Rc<str>),
    /// `a[b]`; whether a `?` stands behind it.
    Index(Id, Id, bool),
    /// `a[]`
    Each(Id, bool),
    Pipe(Id, Id),
    Comma(Id, Id),
    And(Id, Id),
    Or(Id, Id),
    /// `a // b`
    Either(Id, Id),
    If(Id, Id, Id),
    Try(Id, Option<Id>),
    /// `a as $x | b`; the variable is the nearest link.
    Bind(Id, Id),
    /// Source, beginning, update.
    Reduce(Id, Id, Id),
    /// Source, beginning, update, what to give.
    Foreach(Id, Id, Id, Id),
    Label(Id),
    Break(u32),
    /// A function, and what may call it.
    Def(u32, Id),
    /// A call of a function in the environment.
    Call(u32, Vec<Id>),
    /// A call of a function that comes with jq.
    Global(u32, Vec<Id>),
    /// A function's parameter.
    Param(u32),
    Var(u32),
    Env,
    Array(Option<Id>),
    Object(Vec<(Id, Id)>),
    Native(&'static Native, Vec<Id>),
    Special(Special, Vec<Id>),
}

/// A function.
pub struct Function {
    pub name: Rc<str>,
    pub arity: usize,
    pub body: Id,
}

/// A program that was read.
#[derive(Default)]
pub struct Program {
    pub nodes: Vec<Node>,
    pub functions: Vec<Function>,
    pub main: Id,
}
