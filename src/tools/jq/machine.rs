//! The machine that runs a program: what is to be evaluated, what comes after it (a continuation, linked and
//! shared), and where to go on when it gives no more (choices, a stack). Nothing recurses, so a program can be
//! stopped between any two steps, and the depth of its recursion is counted, not the stack's.
//!
//! Models what execute.c does with its forks; an error goes to the nearest `try` that its continuation still
//! lies in, as since jq 1.7.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::frames::{Choice, Env, Frame, Kont, Link, Path, Slot, Term, What};
use super::native::{Call, World};
use super::paths;
use super::print::short;
use super::program::{Id, Node, Part, Program, Special};
use super::text;
use super::value::{MAX_DEPTH, MAX_ITEMS, MAX_TEXT, Object, Value};

/// So much may wait to be done.
const MAX_FRAMES: u32 = 100_000;
/// So many ways may be left to try.
const MAX_CHOICES: usize = 300_000;

/// What a program does that others must know of.
pub enum Event {
    Output(Value),
    /// It asks for the next input; see [`Machine::give`].
    Input,
    Debug(Value),
    Stderr(Value),
    Error(Value),
    /// It stops everything, with a status and what it says about it.
    Halt(i32, Option<Value>),
    /// No more comes of this input.
    Done,
    /// It has run for a while and can go on.
    Tired,
}

/// What comes next.
pub enum State {
    Eval(Id, Env, Term, Kont),
    Return(Term, Kont),
    Raise(Value, Kont),
    Back,
    Wait(Term, Kont),
    Tell(Event, Box<State>),
}

pub struct Machine {
    pub world: World,
    program: Rc<Program>,
    root: Env,
    choices: Vec<Choice>,
    state: State,
    labels: u64,
    /// What was done since somebody asked.
    spent: u64,
}

impl Machine {
    /// A machine for a program whose variables have these values, the last one nearest.
    pub fn new(program: Program, variables: Vec<Value>, world: World) -> Machine {
        let root = variables.into_iter().fold(None, |env, value| link(Slot::Var(value), env));
        Machine { world, program: Rc::new(program), root, choices: Vec::new(), state: State::Back, labels: 0, spent: 0 }
    }

    /// Begins with an input.
    pub fn start(&mut self, input: Value) {
        self.choices.clear();
        self.state = State::Eval(self.program.main, self.root.clone(), Term { value: input, path: None }, None);
    }

    /// Answers [`Event::Input`].
    pub fn give(&mut self, input: Option<Value>) {
        let State::Wait(term, kont) = std::mem::replace(&mut self.state, State::Back) else { return };
        self.state = match input {
            Some(value) => State::Return(term.with(value), kont),
            None => State::Raise(Value::text("No more inputs"), kont),
        };
    }

    /// How many steps were done since the last call.
    pub fn spent(&mut self) -> u64 {
        std::mem::take(&mut self.spent)
    }

    /// Runs until something happens, or so many steps are done.
    pub fn run(&mut self, steps: u64) -> Event {
        let program = Rc::clone(&self.program);
        loop {
            if self.spent >= steps {
                return Event::Tired;
            }
            self.spent += 1;
            let state = std::mem::replace(&mut self.state, State::Back);
            self.state = match state {
                State::Eval(id, env, term, kont) => self.eval(&program, id, env, term, kont),
                State::Return(term, None) => return Event::Output(term.value),
                State::Return(term, Some(frame)) => self.resume(&program, term, &frame),
                State::Raise(error, kont) => match self.raise(error, kont) {
                    Ok(state) => state,
                    Err(error) => {
                        self.choices.clear();
                        return Event::Error(error);
                    }
                },
                State::Back => match self.choices.pop() {
                    Some(choice) => self.choose(choice),
                    None => return Event::Done,
                },
                State::Wait(term, kont) => {
                    self.state = State::Wait(term, kont);
                    return Event::Input;
                }
                State::Tell(event, next) => {
                    self.state = *next;
                    return event;
                }
            };
            let deep = match &self.state {
                State::Eval(.., Some(frame)) | State::Return(_, Some(frame)) => frame.depth > MAX_FRAMES,
                _ => false,
            };
            if deep || self.choices.len() > MAX_CHOICES {
                self.choices.clear();
                self.state = State::Back;
                return Event::Error(Value::text("the program recurses too deep"));
            }
        }
    }

    fn eval(&mut self, program: &Program, id: Id, env: Env, term: Term, kont: Kont) -> State {
        if let Some(value) = self.quick(program, id, &env, &term) {
            return State::Return(term.with(value), kont);
        }
        let Some(node) = program.nodes.get(id as usize) else { return State::Back };
        match node {
            Node::Identity => State::Return(term, kont),
            Node::Literal(value) => State::Return(term.with(value.clone()), kont),
            Node::Env => State::Return(term.with(self.world.env.clone()), kont),
            Node::Var(hops) => match nth(&env, *hops).map(|link| &link.slot) {
                Some(Slot::Var(value)) => State::Return(term.with(value.clone()), kont),
                _ => State::Back,
            },
            Node::Format(name) => match text::format(name, &term.value) {
                Ok(text) => State::Return(term.with(Value::text(&text)), kont),
                Err(error) => State::Raise(error, kont),
            },
            Node::Pipe(first, second) => {
                let kont = push(What::Then(*second, env.clone()), kont);
                State::Eval(*first, env, term, kont)
            }
            Node::Comma(first, second) => {
                self.choices.push(Choice::Eval(*second, env.clone(), term.clone(), kont.clone()));
                State::Eval(*first, env, term, kont)
            }
            Node::Index(of, key, optional) => match self.quick(program, *key, &env, &term) {
                Some(key) => State::Eval(*of, env, term, push(What::At(key, *optional), kont)),
                None => {
                    let what = What::Key { of: *of, optional: *optional, env: env.clone(), term: term.clone() };
                    State::Eval(*key, env, term.plain(), push(what, kont))
                }
            },
            Node::Each(of, optional) => State::Eval(*of, env, term, push(What::Each(*optional), kont)),
            Node::And(first, second) | Node::Or(first, second) => {
                let or = matches!(node, Node::Or(..));
                let what = What::Logic { or, second: *second, env: env.clone(), term: term.clone() };
                State::Eval(*first, env, term.plain(), push(what, kont))
            }
            Node::Either(first, second) => {
                let found = Rc::new(Cell::new(false));
                self.choices.push(Choice::Either {
                    found: Rc::clone(&found),
                    second: *second,
                    env: env.clone(),
                    term: term.clone(),
                    kont: kont.clone(),
                });
                State::Eval(*first, env, term, push(What::Found(found), kont))
            }
            Node::If(test, then, otherwise) => match self.quick(program, *test, &env, &term) {
                Some(value) => State::Eval(if value.truth() { *then } else { *otherwise }, env, term, kont),
                None => {
                    let what = What::Cond { then: *then, otherwise: *otherwise, env: env.clone(), term: term.clone() };
                    State::Eval(*test, env, term.plain(), push(what, kont))
                }
            },
            Node::Try(body, handler) => {
                let what = What::Caught {
                    handler: *handler,
                    env: env.clone(),
                    path: term.path.clone(),
                    height: self.choices.len(),
                };
                State::Eval(*body, env, term, push(what, kont))
            }
            Node::Bind(source, body) => match self.quick(program, *source, &env, &term) {
                Some(value) => State::Eval(*body, link(Slot::Var(value), env), term, kont),
                None => {
                    let what = What::Bind { body: *body, env: env.clone(), term: term.clone() };
                    State::Eval(*source, env, term.plain(), push(what, kont))
                }
            },
            Node::Reduce(_, begin, _) | Node::Foreach(_, begin, ..) => {
                let what = What::Begin { fold: id, env: env.clone(), term: term.clone() };
                State::Eval(*begin, env, term, push(what, kont))
            }
            Node::Label(body) => {
                self.labels += 1;
                let slot = Slot::Label { height: self.choices.len(), number: self.labels };
                self.choices.push(Choice::Label(self.labels));
                State::Eval(*body, link(slot, env), term, kont)
            }
            Node::Break(hops) => {
                let Some(Slot::Label { height, number }) = nth(&env, *hops).map(|link| &link.slot) else {
                    return State::Back;
                };
                if !matches!(self.choices.get(*height), Some(Choice::Label(other)) if other == number) {
                    return State::Raise(Value::text("break"), kont);
                }
                self.choices.truncate(*height);
                State::Back
            }
            Node::Def(function, rest) => State::Eval(*rest, link(Slot::Function(*function), env), term, kont),
            Node::Call(hops, args) => {
                let Some(found) = nth(&env, *hops) else { return State::Back };
                let Slot::Function(function) = found.slot else { return State::Back };
                let inner = closures(program, args, &env, Some(Rc::clone(found)));
                self.call(program, function, inner, term, kont)
            }
            Node::Global(function, args) => {
                let inner = closures(program, args, &env, None);
                self.call(program, *function, inner, term, kont)
            }
            Node::Param(hops) => match nth(&env, *hops).map(|link| &link.slot) {
                Some(Slot::Closure(body, inner)) => State::Eval(*body, inner.clone(), term, kont),
                _ => State::Back,
            },
            Node::Array(None) => State::Return(term.with(Value::array(Vec::new())), kont),
            Node::Array(Some(inner)) => {
                let items = Rc::new(RefCell::new(Vec::new()));
                self.choices.push(Choice::Gathered(Rc::clone(&items), term.clone(), kont.clone()));
                State::Eval(*inner, env, term.plain(), push(What::Gather(items), kont))
            }
            Node::Object(_) => self.object(program, id, 0, Object::default(), None, env, term, kont),
            Node::Text(..) | Node::Native(..) => {
                let count = arguments(node).len();
                self.args(program, id, count, Vec::new(), env, term, kont)
            }
            Node::Special(special, args) => self.special(program, *special, args, env, term, kont),
        }
    }

    /// The value of a node that has one value without any step.
    fn quick(&self, program: &Program, id: Id, env: &Env, term: &Term) -> Option<Value> {
        self.quick_within(program, id, env, term, 8)
    }

    /// As [`Machine::quick`], through so many indexes.
    fn quick_within(&self, program: &Program, id: Id, env: &Env, term: &Term, left: u32) -> Option<Value> {
        match program.nodes.get(id as usize)? {
            Node::Identity => Some(term.value.clone()),
            Node::Literal(value) => Some(value.clone()),
            Node::Var(hops) => match &nth(env, *hops)?.slot {
                Slot::Var(value) => Some(value.clone()),
                _ => None,
            },
            // In a path expression an index is more than its value.
            Node::Index(of, key, _) if term.path.is_none() && left > 0 => {
                let key = match program.nodes.get(*key as usize)? {
                    Node::Literal(key) => key.clone(),
                    Node::Var(_) => self.quick(program, *key, env, term)?,
                    _ => return None,
                };
                let of = self.quick_within(program, *of, env, term, left - 1)?;
                paths::get(&of, &key).ok()
            }
            _ => None,
        }
    }

    fn call(&mut self, program: &Program, function: u32, env: Env, term: Term, kont: Kont) -> State {
        match program.functions.get(function as usize) {
            Some(function) => State::Eval(function.body, env, term, kont),
            None => State::Back,
        }
    }

    /// Goes on behind a frame with the value that it waited for.
    fn resume(&mut self, program: &Program, term: Term, frame: &Rc<Frame>) -> State {
        let kont = frame.next.clone();
        match &frame.what {
            What::Then(next, env) => State::Eval(*next, env.clone(), term, kont),
            What::At(key, optional) => index(term, key, *optional, kont),
            What::Key { of, optional, env, term: outer } => {
                let what = What::At(term.value, *optional);
                State::Eval(*of, env.clone(), outer.clone(), push(what, kont))
            }
            What::Each(optional) => self.each(term, *optional, kont),
            What::Logic { or, second, env, term: outer } => {
                if term.value.truth() == *or {
                    return State::Return(outer.with(Value::Bool(*or)), kont);
                }
                let what = What::Truth(outer.clone());
                State::Eval(*second, env.clone(), outer.plain(), push(what, kont))
            }
            What::Truth(outer) => State::Return(outer.with(Value::Bool(term.value.truth())), kont),
            What::Found(found) => {
                if !term.value.truth() {
                    return State::Back;
                }
                found.set(true);
                State::Return(term, kont)
            }
            What::Cond { then, otherwise, env, term: outer } => {
                let next = if term.value.truth() { *then } else { *otherwise };
                State::Eval(next, env.clone(), outer.clone(), kont)
            }
            What::Caught { .. } => State::Return(term, kont),
            What::Bind { body, env, term: outer } => {
                State::Eval(*body, link(Slot::Var(term.value), env.clone()), outer.clone(), kont)
            }
            What::Begin { fold, env, term: outer } => {
                let held = Rc::new(RefCell::new(Some(term)));
                let what = What::Item { fold: *fold, env: env.clone(), held: Rc::clone(&held) };
                match program.nodes.get(*fold as usize) {
                    Some(Node::Reduce(source, ..)) => {
                        self.choices.push(Choice::Reduced(held, kont.clone()));
                        State::Eval(*source, env.clone(), outer.plain(), push(what, kont))
                    }
                    Some(Node::Foreach(source, ..)) => {
                        State::Eval(*source, env.clone(), outer.clone(), push(what, kont))
                    }
                    _ => State::Back,
                }
            }
            What::Item { fold, env, held } => {
                let inner = link(Slot::Var(term.value.clone()), env.clone());
                let state = held.take().unwrap_or(Term { value: Value::Null, path: None });
                match program.nodes.get(*fold as usize) {
                    Some(Node::Reduce(_, _, update)) => {
                        State::Eval(*update, inner, state, push(What::Store(Rc::clone(held)), kont))
                    }
                    Some(Node::Foreach(_, _, update, extract)) => {
                        let what = What::Give { extract: *extract, env: inner.clone(), held: Rc::clone(held) };
                        State::Eval(*update, inner, term.with(state.value), push(what, kont))
                    }
                    _ => State::Back,
                }
            }
            What::Store(held) => {
                *held.borrow_mut() = Some(term);
                State::Back
            }
            What::Give { extract, env, held } => {
                *held.borrow_mut() = Some(term.clone());
                State::Eval(*extract, env.clone(), term, kont)
            }
            What::Gather(items) => {
                let mut items = items.borrow_mut();
                if items.len() >= MAX_ITEMS {
                    return State::Raise(Value::text("an array gets too long"), kont);
                }
                items.push(term.value);
                State::Back
            }
            What::Member { node, at, object, key, env, term: outer } => {
                let mut object = object.clone();
                let key = match key {
                    Some(key) => {
                        object.set(Rc::clone(key), term.value);
                        None
                    }
                    None => match object_key(&term.value) {
                        Ok(key) => Some(key),
                        Err(error) => return State::Raise(error, kont),
                    },
                };
                self.object(program, *node, at + 1, object, key, env.clone(), outer.clone(), kont)
            }
            What::Arg { node, left, got, env, term: outer } => {
                let mut got = got.clone();
                got.push(term.value);
                self.args(program, *node, *left, got, env.clone(), outer.clone(), kont)
            }
            What::PathEnd(outer) => {
                let Some(path) = &term.path else { return State::Back };
                if !path.at.same(&term.value) {
                    let message = format!("Invalid path expression with result {}", short(&term.value));
                    return State::Raise(Value::text(&message), kont);
                }
                State::Return(Term { value: Value::array(path.keys.clone()), path: outer.clone() }, kont)
            }
        }
    }

    /// Takes the last choice that was left open.
    fn choose(&mut self, choice: Choice) -> State {
        match choice {
            Choice::Eval(id, env, term, kont) => State::Eval(id, env, term, kont),
            Choice::Each(term, at, kont) => {
                let (key, value, more) = match &term.value {
                    Value::Array(array) => {
                        let Some(item) = array.items.get(at) else { return State::Back };
                        (Value::number(at as f64), item.clone(), at + 1 < array.items.len())
                    }
                    Value::Object(object) => {
                        let Some((key, value)) = object.member(at) else { return State::Back };
                        (Value::String(Rc::clone(key)), value.clone(), at + 1 < object.len())
                    }
                    _ => return State::Back,
                };
                let path = term.path.as_ref().map(|path| path.behind(key, &value));
                if more {
                    self.choices.push(Choice::Each(term, at + 1, kont.clone()));
                }
                State::Return(Term { value, path }, kont)
            }
            Choice::Range { next, to, term, kont } => {
                if next >= to || next.is_nan() || to.is_nan() {
                    return State::Back;
                }
                let value = term.with(Value::number(next));
                self.choices.push(Choice::Range { next: next + 1.0, to, term, kont: kont.clone() });
                State::Return(value, kont)
            }
            Choice::Either { found, second, env, term, kont } => {
                if found.get() {
                    State::Back
                } else {
                    State::Eval(second, env, term, kont)
                }
            }
            Choice::Reduced(held, kont) => {
                State::Return(held.take().unwrap_or(Term { value: Value::Null, path: None }), kont)
            }
            Choice::Gathered(items, term, kont) => {
                let items = items.take();
                self.spent += items.len() as u64 / 8;
                made(term.with(Value::array(items)), kont)
            }
            Choice::Label(_) => State::Back,
        }
    }

    /// An error goes to whoever catches it.
    fn raise(&mut self, error: Value, mut kont: Kont) -> Result<State, Value> {
        while let Some(frame) = kont {
            match &frame.what {
                What::Caught { handler, env, path, height } => {
                    self.choices.truncate(*height);
                    let Some(handler) = handler else { return Ok(State::Back) };
                    let term = Term { value: error, path: path.clone() };
                    return Ok(State::Eval(*handler, env.clone(), term, frame.next.clone()));
                }
                _ => kont = frame.next.clone(),
            }
        }
        Err(error)
    }

    fn each(&mut self, term: Term, optional: bool, kont: Kont) -> State {
        if let Some(path) = &term.path
            && !path.at.same(&term.value)
        {
            let message = format!("Invalid path expression near attempt to iterate through {}", short(&term.value));
            return State::Raise(Value::text(&message), kont);
        }
        match &term.value {
            Value::Array(_) | Value::Object(_) => {
                self.choices.push(Choice::Each(term, 0, kont));
                State::Back
            }
            _ if optional => State::Back,
            other => {
                let message = format!("Cannot iterate over {} ({})", other.kind(), short(other));
                State::Raise(Value::text(&message), kont)
            }
        }
    }

    /// Keys and values of an object from the `at`th on, a key counting as one and its value as one.
    #[allow(clippy::too_many_arguments)]
    fn object(
        &mut self,
        program: &Program,
        id: Id,
        mut at: usize,
        mut object: Object,
        mut key: Option<Rc<str>>,
        env: Env,
        term: Term,
        kont: Kont,
    ) -> State {
        let Some(Node::Object(members)) = program.nodes.get(id as usize) else { return State::Back };
        while let Some((name, value)) = members.get(at / 2) {
            let next = if at.is_multiple_of(2) { *name } else { *value };
            let plain = term.plain();
            let Some(found) = self.quick(program, next, &env, &plain) else {
                let what = What::Member { node: id, at, object, key, env: env.clone(), term };
                return State::Eval(next, env, plain, push(what, kont));
            };
            match key.take() {
                Some(key) => object.set(key, found),
                None => match object_key(&found) {
                    Ok(found) => key = Some(found),
                    Err(error) => return State::Raise(error, kont),
                },
            }
            at += 1;
        }
        made(term.with(Value::object(object)), kont)
    }

    /// The arguments of a call that are left, the last one first; then the call.
    #[allow(clippy::too_many_arguments)]
    fn args(
        &mut self,
        program: &Program,
        id: Id,
        mut left: usize,
        mut got: Vec<Value>,
        env: Env,
        term: Term,
        kont: Kont,
    ) -> State {
        let Some(node) = program.nodes.get(id as usize) else { return State::Back };
        let args = arguments(node);
        let plain = term.plain();
        while left > 0 {
            left -= 1;
            match self.quick(program, args[left], &env, &plain) {
                Some(value) => got.push(value),
                None => {
                    let what = What::Arg { node: id, left, got, env: env.clone(), term };
                    return State::Eval(args[left], env, plain, push(what, kont));
                }
            }
        }
        got.reverse();
        let result = match node {
            Node::Native(native, _) => (native.run)(&Call { world: &self.world, input: &term.value, args: &got }),
            Node::Text(format, parts) => interpolated(format.as_deref(), parts, &got),
            _ => return State::Back,
        };
        match result {
            Ok(value) => {
                self.spent += match &value {
                    Value::Array(array) => array.items.len() as u64 / 8,
                    Value::Object(object) => object.len() as u64 / 4,
                    Value::String(text) => text.len() as u64 / 64,
                    _ => 0,
                };
                made(term.with(value), kont)
            }
            Err(error) => State::Raise(error, kont),
        }
    }

    fn special(&mut self, program: &Program, special: Special, args: &[Id], env: Env, term: Term, kont: Kont) -> State {
        // Where a value is asked for it is a variable's: the prelude sees to that.
        let mut values = args.iter().map(|arg| self.quick(program, *arg, &env, &term).unwrap_or(Value::Null));
        match special {
            Special::Empty => State::Back,
            Special::Error => State::Raise(term.value, kont),
            Special::Path => {
                let Some(inner) = args.first() else { return State::Back };
                let path = Rc::new(Path { keys: Vec::new(), at: term.value.clone() });
                let what = What::PathEnd(term.path.clone());
                State::Eval(*inner, env, Term { value: term.value, path: Some(path) }, push(what, kont))
            }
            Special::GetPath => {
                let keys = values.next().unwrap_or(Value::Null);
                let got = match paths::get_path(&term.value, &keys) {
                    Ok(got) => got,
                    Err(error) => return State::Raise(error, kont),
                };
                let mut path = term.path.clone();
                if let (Some(old), Value::Array(keys)) = (&term.path, &keys) {
                    if !old.at.same(&term.value) {
                        let message = format!("Invalid path expression with result {}", short(&term.value));
                        return State::Raise(Value::text(&message), kont);
                    }
                    let keys = old.keys.iter().chain(&keys.items).cloned().collect();
                    path = Some(Rc::new(Path { keys, at: got.clone() }));
                }
                State::Return(Term { value: got, path }, kont)
            }
            Special::Input => State::Wait(term, kont),
            Special::Debug => {
                let event = Event::Debug(term.value.clone());
                State::Tell(event, Box::new(State::Return(term, kont)))
            }
            Special::Stderr => {
                let event = Event::Stderr(term.value.clone());
                State::Tell(event, Box::new(State::Return(term, kont)))
            }
            Special::Range => match (values.next(), values.next()) {
                (Some(Value::Number(next, _)), Some(Value::Number(to, _))) => {
                    self.choices.push(Choice::Range { next, to, term, kont });
                    State::Back
                }
                _ => State::Raise(Value::text("Range bounds must be numeric"), kont),
            },
            Special::Halt => State::Tell(Event::Halt(0, None), Box::new(State::Back)),
            Special::HaltError => match values.next() {
                Some(Value::Number(status, _)) => {
                    State::Tell(Event::Halt(status as i32, Some(term.value)), Box::new(State::Back))
                }
                _ => State::Raise(Value::text("halt_error/1: number required"), kont),
            },
        }
    }
}

/// A value that was made, unless it grew too big.
fn made(term: Term, kont: Kont) -> State {
    let big = match &term.value {
        Value::Array(array) => array.items.len() > MAX_ITEMS,
        Value::Object(object) => object.len() > MAX_ITEMS,
        Value::String(text) => text.len() > MAX_TEXT,
        _ => false,
    };
    if big || term.value.depth() > MAX_DEPTH {
        return State::Raise(Value::text("a value gets too big"), kont);
    }
    State::Return(term, kont)
}

fn push(what: What, next: Kont) -> Kont {
    let depth = next.as_ref().map_or(0, |next| next.depth) + 1;
    Some(Rc::new(Frame { what, next, depth }))
}

fn link(slot: Slot, next: Env) -> Env {
    Some(Rc::new(Link { slot, next }))
}

fn nth(env: &Env, hops: u32) -> Option<&Rc<Link>> {
    let mut link = env.as_ref()?;
    for _ in 0..hops {
        link = link.next.as_ref()?;
    }
    Some(link)
}

/// A function's parameters get what stands for them, in the environment where it stands.
fn closures(program: &Program, args: &[Id], outer: &Env, mut inner: Env) -> Env {
    for arg in args {
        // A parameter that is handed on stays what it is, so that recursion does not wrap it up ever deeper.
        let handed = match program.nodes.get(*arg as usize) {
            Some(Node::Param(hops)) => match nth(outer, *hops).map(|link| &link.slot) {
                Some(Slot::Closure(body, env)) => Some(Slot::Closure(*body, env.clone())),
                _ => None,
            },
            _ => None,
        };
        inner = link(handed.unwrap_or_else(|| Slot::Closure(*arg, outer.clone())), inner);
    }
    inner
}

/// What a call or a text evaluates first.
fn arguments(node: &Node) -> Vec<Id> {
    match node {
        Node::Native(_, args) => args.clone(),
        Node::Text(_, parts) => {
            let exprs = parts.iter().filter_map(|part| match part {
                Part::Expr(id) => Some(*id),
                Part::Text(_) => None,
            });
            exprs.collect()
        }
        _ => Vec::new(),
    }
}

fn interpolated(format: Option<&str>, parts: &[Part], values: &[Value]) -> Result<Value, Value> {
    let mut values = values.iter();
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Expr(_) => {
                let value = values.next().unwrap_or(&Value::Null);
                out.push_str(&text::format(format.unwrap_or("@text"), value)?);
            }
        }
        if out.len() > MAX_TEXT {
            return Err(Value::text("a text gets too long"));
        }
    }
    Ok(Value::text(&out))
}

fn object_key(value: &Value) -> Result<Rc<str>, Value> {
    match value {
        Value::String(key) => Ok(Rc::clone(key)),
        other => Err(Value::text(&format!("Object keys must be strings, not {} ({})", other.kind(), short(other)))),
    }
}

fn index(term: Term, key: &Value, optional: bool, kont: Kont) -> State {
    if let Some(path) = &term.path
        && !path.at.same(&term.value)
    {
        let message =
            format!("Invalid path expression near attempt to access element {} of {}", short(key), short(&term.value));
        return State::Raise(Value::text(&message), kont);
    }
    match paths::get(&term.value, key) {
        Ok(value) => {
            let path = term.path.map(|path| path.behind(key.clone(), &value));
            if path.as_ref().is_some_and(|path| path.keys.len() > usize::from(MAX_DEPTH)) {
                return State::Raise(Value::text("a path gets too long"), kont);
            }
            State::Return(Term { value, path }, kont)
        }
        Err(_) if optional => State::Back,
        Err(error) => State::Raise(error, kont),
    }
}
