//! The worker: lets wall time pass in the world, and answers the page.
//!
//! Work is done in slices of a few milliseconds with a return to the browser between them, so that
//! a Ctrl-C is heard while a loop runs without end.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::api::schema::prose;
use crate::collections::SortedMap;
use crate::session::{Ahead, Ended, Entry, Goal, Input, Session};
use crate::sim::{Duration, Time};
use crate::view::clock::{Clock, Order, Pace, SPEEDS};
use crate::view::cluster::Delta;
use crate::view::observe::{Observer, happened, request};
use crate::view::protocol::{FromEngine, ToEngine};
use crate::view::saved::Mark;

/// How long one slice may take, in milliseconds of wall time.
const SLICE: f64 = 10.0;
/// How often the world is looked at while time passes: as often as a screen is drawn, and half.
const TICK: i32 = 25;
/// The most virtual time between two looks at the wall clock.
const STEP: Duration = Duration::from_millis(20);
/// `Step` and `UntilStable` give up after this much virtual time.
const AHEAD: Duration = Duration::from_secs(900);

#[wasm_bindgen]
extern "C" {
    /// The worker's loader has it, where the program comes in two halves.
    #[wasm_bindgen(js_name = loadRest)]
    fn bring_rest();
    /// The loader has it too: a text file of the site, or nothing where it cannot be had.
    #[wasm_bindgen(catch, js_name = readFile)]
    fn read_file(name: &str) -> Result<Option<String>, JsValue>;
}

/// Brings the half of the program that was not there at the start. Nothing here calls it: where `cargo xtask dist`
/// divides the program, it puts the calls in.
#[wasm_bindgen]
pub fn load_rest() {
    bring_rest();
}

/// Starts the worker: from here on everything happens when a message or a timer comes.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| post(&FromEngine::Failed { message: panic.to_string() })));
    prose::read_by(|| read_file("explain.json").ok().flatten());
    let drive = Rc::new(RefCell::new(Drive::default()));
    let timer = Rc::new(RefCell::new(None::<Closure<dyn FnMut()>>));
    let again = {
        let (drive, timer) = (Rc::clone(&drive), Rc::clone(&timer));
        move || {
            let next = drive.borrow_mut().tick();
            if let (Some(after), Some(tick)) = (next, timer.borrow().as_ref()) {
                drive.borrow_mut().waiting = true;
                let tick: &js_sys::Function = tick.as_ref().unchecked_ref();
                // Fails only for a worker that is being closed.
                let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_0(tick, after);
            }
        }
    };
    *timer.borrow_mut() = Some(Closure::new({
        let (drive, again) = (Rc::clone(&drive), again.clone());
        move || {
            drive.borrow_mut().waiting = false;
            again();
        }
    }));
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        match serde_json::from_str(&text) {
            Ok(message) => drive.borrow_mut().hear(message),
            Err(error) => post(&FromEngine::Failed { message: format!("not understood: {error}") }),
        }
        if !drive.borrow().waiting {
            again();
        }
    });
    scope().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    // Lives as long as the worker.
    heard.forget();
    post(&FromEngine::Ready);
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Wall time in milliseconds.
fn wall() -> f64 {
    scope().performance().map(|performance| performance.now()).unwrap_or_default()
}

fn post(message: &FromEngine) {
    let text = serde_json::to_string(message).unwrap_or_default();
    // Only what cannot be cloned is refused; a string can.
    let _ = scope().post_message(&JsValue::from_str(&text));
}

/// What the clock was told to run ahead for.
struct Errand {
    ahead: Ahead,
    order: Order,
    /// The store's revision before it.
    revision: u64,
    /// Whether the clock was paused before.
    paused: bool,
}

/// A log that is being done again.
struct Replay {
    log: std::vec::IntoIter<Entry>,
    done: usize,
    total: usize,
    until: Time,
    mark: Option<Mark>,
}

#[derive(Default)]
struct Drive {
    world: Option<World>,
    clock: Option<Clock>,
    /// What the page was told of the clock.
    told: Option<Clock>,
    pace: Pace,
    /// Wall time of the last tick.
    last: f64,
    hidden: bool,
    replay: Option<Replay>,
    errand: Option<Errand>,
    /// A timer is set.
    waiting: bool,
}

impl Drive {
    fn hear(&mut self, message: ToEngine) {
        match message {
            ToEngine::Open { config, log, until, mark, pace } => {
                let (paused, speed) = pace;
                self.clock = Some(Clock { paused, speed, ..Clock::new(config.start) });
                self.errand = None;
                match Session::new(config) {
                    Ok(session) => self.world = Some(World::new(session)),
                    Err(message) => return post(&FromEngine::Failed { message }),
                }
                let total = log.len();
                self.replay = Some(Replay { log: log.into_iter(), done: 0, total, until, mark });
                self.last = wall();
            }
            ToEngine::Mark => {
                if let (Some(world), None) = (&self.world, &self.replay) {
                    let saved = world.session.save();
                    let (entries, at, hash, objects) = (saved.log.len(), saved.until, saved.hash, saved.objects);
                    post(&FromEngine::Marked(Mark { entries, at, hash, objects }));
                }
            }
            ToEngine::Input(input) => self.input(input),
            ToEngine::Clock(order) => self.order(order),
            ToEngine::Visible(visible) => self.hidden = !visible,
        }
    }

    fn input(&mut self, input: Input) {
        let Some(world) = &mut self.world else { return };
        let at = world.session.now();
        // Told first: if this is the end of the engine, the page must know what was.
        post(&FromEngine::Logged(vec![Entry { at, input: input.clone() }]));
        world.session.input(input);
    }

    fn order(&mut self, order: Order) {
        let (Some(clock), Some(world)) = (&mut self.clock, &self.world) else { return };
        if let Some(errand) = self.errand.take() {
            (clock.ahead, clock.paused) = (false, errand.paused);
        }
        let mut run_ahead = |goal| {
            let (session, paused) = (&world.session, clock.paused);
            let (ahead, revision) = (session.ahead(goal, AHEAD), session.cluster().api().store().revision());
            clock.ahead = true;
            Some(Errand { ahead, order, revision, paused })
        };
        match order {
            Order::Step => self.errand = run_ahead(Goal::Change),
            Order::UntilStable => self.errand = run_ahead(Goal::Stable),
            Order::Pause => clock.paused = true,
            Order::Run => clock.paused = false,
            Order::Speed(speed) if SPEEDS.contains(&speed) => clock.speed = speed,
            Order::Speed(_) => {}
        }
        self.pace.reset();
    }

    /// One slice of work; gives back after how many milliseconds there is more.
    fn tick(&mut self) -> Option<i32> {
        let (Some(world), Some(clock)) = (&mut self.world, &mut self.clock) else { return None };
        let began = wall();
        let passed = Duration::from_micros(((began - self.last).max(0.0) * 1000.0) as u64);
        self.last = began;
        if let Some(replay) = &mut self.replay {
            let finished = redo(world, replay, began + SLICE);
            if !finished {
                post(&FromEngine::Replaying { done: replay.done, total: replay.total });
                return Some(0);
            }
            self.replay = None;
            clock.now = world.session.now();
            post(&FromEngine::Clock(*clock));
            post(&FromEngine::Opened);
        }
        if let Some(errand) = &mut self.errand {
            let ended = go_ahead(world, &mut errand.ahead, began + SLICE);
            if let Some(ended) = ended {
                clock.ahead = false;
                // After a step the learner wants to look at what it did.
                clock.paused = errand.paused || errand.order == Order::Step;
                let step = (errand.order == Order::Step).then(|| happened(&world.session, errand.revision));
                post(&FromEngine::WentAhead { arrived: ended == Ended::Arrived, happened: step.unwrap_or_default() });
                self.errand = None;
                self.pace.reset();
            }
        } else if world.session.foreground_busy() || !(clock.paused || self.hidden) {
            let speed = if clock.paused { 1 } else { clock.speed };
            self.pace.pass(passed, speed);
            while wall() < began + SLICE {
                let step = self.pace.take(STEP * speed);
                if step == Duration::ZERO {
                    break;
                }
                world.session.advance_to(world.session.now() + step);
            }
        }
        tell(world);
        clock.now = world.session.now();
        clock.busy = world.session.foreground_busy();
        let running = clock.busy || !(clock.paused || self.hidden);
        if self
            .told
            .is_none_or(|told| Clock { now: clock.now, ..told } != *clock || told.now.secs() != clock.now.secs())
        {
            self.told = Some(*clock);
            post(&FromEngine::Clock(*clock));
        }
        match (self.errand.is_some(), running) {
            (true, _) => Some(0),
            (false, true) => Some(TICK),
            (false, false) => None,
        }
    }
}

/// Does the log again until `deadline`; says whether it is done.
fn redo(world: &mut World, replay: &mut Replay, deadline: f64) -> bool {
    while wall() < deadline {
        let mark = replay.mark.take_if(|mark| mark.entries <= replay.done && mark.at <= world.session.now());
        if mark.is_some_and(|mark| mark.hash != world.session.state_hash()) {
            post(&FromEngine::Diverged);
        }
        let next = replay.log.as_slice().first().map_or(replay.until, |entry| entry.at);
        let marked = replay.mark.as_ref().filter(|mark| mark.entries <= replay.done).map(|mark| mark.at);
        let target = marked.map_or(next, |at| at.min(next));
        if world.session.now() < target {
            world.session.advance_to(target.min(world.session.now() + STEP * 10));
        } else if let Some(entry) = replay.log.next() {
            world.session.input(entry.input);
            replay.done += 1;
        } else {
            return true;
        }
    }
    false
}

/// Lets the world run ahead until `deadline` or until that has ended.
fn go_ahead(world: &mut World, ahead: &mut Ahead, deadline: f64) -> Option<Ended> {
    while wall() < deadline {
        let until = world.session.now() + STEP * 10;
        if let Some(ended) = world.session.go_ahead(ahead, until) {
            return Some(ended);
        }
    }
    None
}

/// A session, and what the page was told of it.
struct World {
    session: Session,
    observer: Observer,
    /// The beginning of a character whose end has not come, by terminal.
    halves: SortedMap<u32, Vec<u8>>,
}

impl World {
    fn new(session: Session) -> World {
        let observer = Observer::new(session.cluster().api().kinds());
        World { session, observer, halves: SortedMap::new() }
    }
}

/// Tells the page what is new in the world.
fn tell(world: &mut World) {
    let outputs = world.session.outputs();
    for (terminal, bytes) in outputs.terminals {
        let mut all = world.halves.remove(&terminal).unwrap_or_default();
        all.extend(bytes);
        let text = whole_characters(&mut all);
        if !all.is_empty() {
            world.halves.insert(terminal, all);
        }
        if !text.is_empty() {
            post(&FromEngine::Output { terminal, text });
        }
    }
    for checked in outputs.checks {
        post(&FromEngine::Checked(checked));
    }
    let delta: Delta = world.observer.look(world.session.cluster().api());
    if !delta.is_empty() {
        post(&FromEngine::Cluster(delta));
    }
    let requests =
        outputs.traffic.iter().filter_map(|traced| request(&world.session, world.observer.cluster(), traced));
    let requests: Vec<_> = requests.collect();
    if !requests.is_empty() {
        post(&FromEngine::Traffic(requests));
    }
}

/// Takes the text out of `bytes`; the beginning of a character at their end stays.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let end = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    };
    let rest = bytes.split_off(end);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}
