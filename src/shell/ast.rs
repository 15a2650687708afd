//! What a script says: the tree that the parser makes and the executor walks.

use std::cell::OnceCell;
use std::rc::Rc;

/// Commands one after another.
pub type List = Rc<[Item]>;

/// One entry of a list: `a && b || c`, perhaps with `&` behind it.
#[derive(Debug)]
pub struct Item {
    pub first: Pipeline,
    pub rest: Vec<(Joint, Pipeline)>,
    pub background: bool,
    /// As it stood in the script, for `jobs`.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    And,
    Or,
}

#[derive(Debug)]
pub struct Pipeline {
    pub negated: bool,
    pub timed: bool,
    pub commands: Vec<Rc<Command>>,
    pub text: String,
}

#[derive(Debug)]
pub struct Command {
    pub line: u32,
    pub kind: CommandKind,
    pub redirects: Vec<Redirect>,
}

#[derive(Debug)]
pub enum CommandKind {
    Simple { assigns: Vec<Assign>, words: Vec<Word> },
    Group(List),
    Subshell(List),
    If { arms: Vec<(List, List)>, otherwise: Option<List> },
    For { name: String, words: Option<Vec<Word>>, body: List },
    Select { name: String, words: Option<Vec<Word>>, body: List },
    ForArith { init: Word, test: Word, step: Word, body: List },
    While { until: bool, test: List, body: List },
    Case { subject: Word, arms: Vec<CaseArm> },
    Arith(Word),
    Cond(Cond),
    Function { name: String, function: Rc<Function> },
}

#[derive(Debug)]
pub struct Function {
    pub body: Rc<Command>,
    /// As it stood in the script, for `type` and `declare -f`.
    pub text: String,
}

#[derive(Debug)]
pub struct CaseArm {
    pub patterns: Vec<Word>,
    pub body: List,
    pub end: CaseEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseEnd {
    /// `;;`
    Break,
    /// `;&`
    FallThrough,
    /// `;;&`
    Continue,
}

/// What stands between `[[` and `]]`.
#[derive(Debug)]
pub enum Cond {
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
    Word(Word),
    Unary(String, Word),
    Binary(Word, String, Word),
}

#[derive(Debug)]
pub struct Assign {
    pub name: String,
    pub index: Option<Word>,
    pub append: bool,
    pub value: AssignValue,
}

#[derive(Debug)]
pub enum AssignValue {
    Scalar(Word),
    Array(Vec<(Option<Word>, Word)>),
}

#[derive(Debug)]
pub struct Redirect {
    /// The descriptor, where one is written.
    pub fd: Option<i32>,
    /// `{name}>`: the variable that gets the descriptor.
    pub variable: Option<String>,
    pub kind: RedirectKind,
}

#[derive(Debug)]
pub enum RedirectKind {
    /// `<`
    Read(Word),
    /// `>`, `>|`
    Write { target: Word, clobber: bool },
    /// `>>`
    Append(Word),
    /// `<>`
    ReadWrite(Word),
    /// `&>`, `>&file`, `&>>`
    Both { target: Word, append: bool },
    /// `<&`, `>&`: a descriptor, or `-`
    Duplicate { from: Word, output: bool },
    /// `<<`, `<<-`; the body is read after the line's end
    HereDoc(Rc<OnceCell<Word>>),
    /// `<<<`
    HereString(Word),
}

/// A word before expansion.
#[derive(Clone, Debug, Default)]
pub struct Word(pub Vec<Part>);

#[derive(Clone, Debug)]
pub enum Part {
    /// Unquoted text; `* ? [ { ~` in it may mean something.
    Literal(String),
    /// Text that stands for itself.
    Quoted(String),
    /// `"…"`
    Double(Vec<Part>),
    /// `$x`, `${…}`
    Param(Box<Param>),
    /// `$(…)`, `` `…` ``
    Command(List),
    /// `$((…))`
    Arith(Word),
    /// `name=value` or `name=(…)` behind `declare`, `local`, `export`, …; alone in its word.
    Assign(Rc<Assign>),
    /// `<(…)`, `>(…)`
    Process { list: List, output: bool },
}

#[derive(Clone, Debug)]
pub struct Param {
    pub name: String,
    pub index: Option<Index>,
    /// `${!x}`
    pub indirect: bool,
    pub op: ParamOp,
    /// As written, for "bad substitution".
    pub text: String,
}

#[derive(Clone, Debug)]
pub enum Index {
    /// `[@]`
    All,
    /// `[*]`
    Joined,
    /// `[expression]`
    At(Word),
}

#[derive(Clone, Debug)]
pub enum ParamOp {
    Plain,
    /// `${#x}`
    Length,
    /// `${x:-w}` and its kin; `colon`: empty counts as unset
    Default {
        colon: bool,
        word: Word,
    },
    Assign {
        colon: bool,
        word: Word,
    },
    Error {
        colon: bool,
        word: Word,
    },
    Alternative {
        colon: bool,
        word: Word,
    },
    /// `${x#p}`, `##`
    TrimStart {
        longest: bool,
        pattern: Word,
    },
    /// `${x%p}`, `%%`
    TrimEnd {
        longest: bool,
        pattern: Word,
    },
    /// `${x/p/r}`
    Replace {
        pattern: Word,
        with: Word,
        how: Replace,
    },
    /// `${x:o:l}`
    Slice {
        offset: Word,
        length: Option<Word>,
    },
    /// `${x^}`, `^^`, `,`, `,,`, `~`, `~~`, and of which characters
    Case {
        change: Case,
        all: bool,
        pattern: Word,
    },
    /// `${x@Q}`
    Transform(char),
    /// `${!prefix*}`, `${!prefix@}`
    Names {
        joined: bool,
    },
    /// `${!a[@]}`
    Keys {
        joined: bool,
    },
    /// Not understood.
    Bad,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Upper,
    Lower,
    Toggle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    First,
    All,
    Start,
    End,
}

impl Word {
    /// The text of a word that has neither quotes nor expansions.
    pub fn plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}
