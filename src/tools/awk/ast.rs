//! What an awk program is made of.

use std::rc::Rc;

use crate::shell::regex::Regex;

/// A program: its rules in their order, its functions, how many global variables it has.
#[derive(Default)]
pub struct Program {
    /// Actions of `BEGIN`.
    pub begin: Vec<Vec<Stmt>>,
    /// Patterns with their actions.
    pub rules: Vec<Rule>,
    /// Actions of `END`.
    pub end: Vec<Vec<Stmt>>,
    /// The program's own functions.
    pub functions: Vec<Function>,
    /// Names of the global variables, by their number.
    pub globals: Vec<Rc<str>>,
}

/// `pattern { action }`
pub struct Rule {
    /// When.
    pub pattern: Pattern,
    /// What.
    pub action: Vec<Stmt>,
}

/// When a rule's action is done.
pub enum Pattern {
    /// For every record.
    Always,
    /// Where this is true.
    When(Expr),
    /// From where the first is true to where the second is.
    Range(Expr, Expr),
}

/// `function name(parameters) { body }`
pub struct Function {
    /// Its name.
    pub name: Rc<str>,
    /// How many parameters it has, the local variables among them.
    pub parameters: usize,
    /// What it does.
    pub body: Vec<Stmt>,
}

/// A variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variable {
    /// By its number in [`Program::globals`].
    Global(usize),
    /// A parameter, by its place.
    Local(usize),
}

/// Where a value is kept.
pub enum Place {
    /// A variable.
    Variable(Variable),
    /// `$n`
    Field(Box<Expr>),
    /// `array[subscripts]`
    Element(Variable, Vec<Expr>),
}

/// Operations on numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arith {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `^`
    Pow,
}

/// Where `getline` reads.
pub enum Source {
    /// The program's input.
    Input,
    /// A file.
    File(Box<Expr>),
    /// What a command prints.
    Command(Box<Expr>),
}

/// An expression.
pub enum Expr {
    /// A number.
    Number(f64),
    /// A text.
    Text(Rc<str>),
    /// A regular expression; by itself it is compared with the record.
    Regex(Rc<Regex>),
    /// What is kept somewhere.
    Place(Place),
    /// `place = value`, `place += value`
    Assign(Place, Option<Arith>, Box<Expr>),
    /// `++place` (true) or `place++`, by this much.
    Step(Place, bool, f64),
    /// `a ? b : c`
    Choice(Box<(Expr, Expr, Expr)>),
    /// `a && b`
    And(Box<(Expr, Expr)>),
    /// `a || b`
    Or(Box<(Expr, Expr)>),
    /// `!a`
    Not(Box<Expr>),
    /// `-a`, `+a`
    Sign(bool, Box<Expr>),
    /// `a ~ b` (true), `a !~ b`
    Match(bool, Box<(Expr, Expr)>),
    /// `a < b`
    Compare(&'static str, Box<(Expr, Expr)>),
    /// `a b c`
    Join(Vec<Expr>),
    /// `a + b`
    Arith(Arith, Box<(Expr, Expr)>),
    /// `(subscripts) in array`
    In(Vec<Expr>, Variable),
    /// `name(arguments)`
    Call(usize, Vec<Expr>),
    /// A function that comes with awk.
    Builtin(&'static str, Vec<Expr>),
    /// `getline`, into the record where no place is named.
    Getline(Option<Box<Place>>, Source),
    /// `(a, b)`: of `print` or before `in`.
    List(Vec<Expr>),
    /// A bare name as an argument: it may be an array.
    Whole(Variable),
}

/// Where `print` writes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// `> file`
    File,
    /// `>> file`
    Append,
    /// `| command`
    Command,
}

/// A statement.
pub enum Stmt {
    /// An expression for what it does.
    Do(Expr),
    /// `print`: values, and perhaps where to.
    Print(Vec<Expr>, Option<(Target, Expr)>),
    /// `printf`
    Printf(Vec<Expr>, Option<(Target, Expr)>),
    /// `if`
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// `while`; with true its condition is asked after the body, as `do` has it.
    While(Expr, Vec<Stmt>, bool),
    /// `for (first; condition; step)`
    For(Option<Box<Stmt>>, Option<Expr>, Option<Box<Stmt>>, Vec<Stmt>),
    /// `for (variable in array)`
    Each(Variable, Variable, Vec<Stmt>),
    /// `{ … }`
    Block(Vec<Stmt>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `next`
    Next,
    /// `nextfile`
    NextFile,
    /// `exit`
    Exit(Option<Expr>),
    /// `return`
    Return(Option<Expr>),
    /// `delete array`, `delete array[subscripts]`
    Delete(Variable, Option<Vec<Expr>>),
}
