//! What the machine remembers: environments, continuations and choices.
//!
//! All are linked lists whose parts are shared. A long one is taken down link by link, since dropping it by
//! recursion would need as much stack as it is long.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::program::Id;
use super::value::{Object, Value};

/// A value, and in a path expression where it comes from.
#[derive(Clone)]
pub struct Term {
    pub value: Value,
    pub path: Option<Rc<Path>>,
}

impl Term {
    /// Another value in its place; where a path led stays known.
    pub fn with(&self, value: Value) -> Term {
        Term { value, path: self.path.clone() }
    }

    /// The value alone.
    pub fn plain(&self) -> Term {
        Term { value: self.value.clone(), path: None }
    }
}

/// A path, and what it led to.
pub struct Path {
    pub keys: Vec<Value>,
    pub at: Value,
}

impl Path {
    /// The path one key further.
    pub fn behind(&self, key: Value, at: &Value) -> Rc<Path> {
        let mut keys = self.keys.clone();
        keys.push(key);
        Rc::new(Path { keys, at: at.clone() })
    }
}

/// What a name stands for.
pub enum Slot {
    Var(Value),
    Function(u32),
    Closure(Id, Env),
    Label { height: usize, number: u64 },
}

pub type Env = Option<Rc<Link>>;

/// An environment: a name's meaning, and the names around it.
pub struct Link {
    pub slot: Slot,
    pub next: Env,
}

impl Drop for Link {
    fn drop(&mut self) {
        let mut left = Vec::new();
        let take = |link: &mut Link, left: &mut Vec<Rc<Link>>| {
            left.extend(link.next.take());
            if let Slot::Closure(_, env) = &mut link.slot {
                left.extend(env.take());
            }
        };
        take(self, &mut left);
        while let Some(link) = left.pop() {
            if let Some(mut link) = Rc::into_inner(link) {
                take(&mut link, &mut left);
            }
        }
    }
}

pub type Kont = Option<Rc<Frame>>;
pub type Held = Rc<RefCell<Option<Term>>>;

/// What waits for a value, and what comes after it.
pub struct Frame {
    pub what: What,
    pub next: Kont,
    pub depth: u32,
}

impl Drop for Frame {
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut frame) = next.and_then(Rc::into_inner) {
            next = frame.next.take();
        }
    }
}

/// What is done with the value that a frame waits for.
pub enum What {
    /// It is the next one's input.
    Then(Id, Env),
    /// It is indexed.
    At(Value, bool),
    /// It is the key of an index.
    Key {
        of: Id,
        optional: bool,
        env: Env,
        term: Term,
    },
    Each(bool),
    /// The first half of `and` and `or`, and the second.
    Logic {
        or: bool,
        second: Id,
        env: Env,
        term: Term,
    },
    Truth(Term),
    /// `//`: it counts if it is true.
    Found(Rc<Cell<bool>>),
    Cond {
        then: Id,
        otherwise: Id,
        env: Env,
        term: Term,
    },
    /// The end of a `try`; where errors of its inside go.
    Caught {
        handler: Option<Id>,
        env: Env,
        path: Option<Rc<Path>>,
        height: usize,
    },
    Bind {
        body: Id,
        env: Env,
        term: Term,
    },
    /// `reduce` and `foreach`: what they begin with, an item, what the update made of it.
    Begin {
        fold: Id,
        env: Env,
        term: Term,
    },
    Item {
        fold: Id,
        env: Env,
        held: Held,
    },
    Store(Held),
    Give {
        extract: Id,
        env: Env,
        held: Held,
    },
    Gather(Rc<RefCell<Vec<Value>>>),
    /// A key or a value of an object.
    Member {
        node: Id,
        at: usize,
        object: Object,
        key: Option<Rc<str>>,
        env: Env,
        term: Term,
    },
    /// An argument; those that stand behind it are there.
    Arg {
        node: Id,
        left: usize,
        got: Vec<Value>,
        env: Env,
        term: Term,
    },
    /// The end of `path(…)`; which path was followed around it.
    PathEnd(Option<Rc<Path>>),
}

/// Where to go on when nothing more comes.
pub enum Choice {
    Eval(Id, Env, Term, Kont),
    Each(Term, usize, Kont),
    Range { next: f64, to: f64, term: Term, kont: Kont },
    Either { found: Rc<Cell<bool>>, second: Id, env: Env, term: Term, kont: Kont },
    Reduced(Held, Kont),
    Gathered(Rc<RefCell<Vec<Value>>>, Term, Kont),
    Label(u64),
}
