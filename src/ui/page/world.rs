//! The world as the page holds it: the worker, and everything needed to make it again.

use serde::Deserialize;
use yew::Callback;

use super::engine::Engine;
use super::storage::Shelf;
use crate::collections::SortedMap;
use crate::lesson::ScenarioProgress;
use crate::session::{Entry, Input};
use crate::view::address::SANDBOX;
use crate::view::clock::Clock;
use crate::view::protocol::{FromEngine, ToEngine};
use crate::view::saved::{Mark, Problem, Saved, Stage};

/// How the engine is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Its worker is being started.
    Starting,
    /// The log is done again: so many entries of so many.
    Replaying(usize, usize),
    /// There is a world.
    Live,
    /// It cannot be used; what it said last, and whether there ever was a world.
    Failed(String, bool),
}

/// See the module.
pub struct World {
    /// How the engine is.
    pub phase: Phase,
    /// What to keep.
    pub saved: Option<Saved>,
    /// The clock, as last heard: while the log is done again, that of the world before.
    pub clock: Option<Clock>,
    /// How often it was looked whether the engine answers since it was last heard.
    pub silent: u32,
    /// Columns and lines of each terminal, as last measured.
    pub sizes: SortedMap<u32, (u16, u16)>,
    engine: Option<Engine>,
    told: Callback<FromEngine>,
    /// Whether the worker waits for a world.
    ready: bool,
    /// How many entries the log will have when everything that was sent is in it.
    sent: usize,
}

/// A world that says nothing while this many pulses pass is frozen. (Pulses are counted, not time:
/// a machine that slept is not frozen.)
const FROZEN: u32 = 6;

impl World {
    /// Starts the worker; what it says goes to `told`.
    pub fn start(told: Callback<FromEngine>) -> World {
        let mut world = World {
            phase: Phase::Starting,
            saved: None,
            clock: None,
            silent: 0,
            sizes: SortedMap::new(),
            engine: None,
            told,
            ready: false,
            sent: 0,
        };
        world.restart();
        world
    }

    /// Ends the worker, if there is one, and starts another.
    pub fn restart(&mut self) {
        self.engine = None;
        (self.ready, self.silent) = (false, 0);
        match Engine::start(self.told.clone()) {
            Ok(engine) => (self.engine, self.phase) = (Some(engine), Phase::Starting),
            Err(message) => self.phase = Phase::Failed(message, false),
        }
    }

    /// The worker is there.
    pub fn is_ready(&mut self) {
        self.ready = true;
        self.open();
    }

    /// This is the world to have.
    pub fn take(&mut self, saved: Saved) {
        self.saved = Some(saved);
        self.open();
    }

    /// Makes the world, once the worker is there and it is known which.
    fn open(&mut self) {
        if let (true, Some(saved)) = (self.ready, &self.saved) {
            let (config, log, until, mark) = (saved.config.clone(), saved.log.clone(), saved.until, saved.mark.clone());
            let pace = self.clock.map_or((false, 1), |clock| (clock.paused, clock.speed));
            self.ready = false;
            self.sent = log.len();
            self.phase = Phase::Replaying(0, log.len());
            self.send(&ToEngine::Open { config, log, until, mark, pace });
        }
    }

    /// Tells the worker something.
    pub fn send(&self, message: &ToEngine) {
        if let Some(engine) = &self.engine {
            engine.send(message);
        }
    }

    /// Does something to the world.
    pub fn input(&mut self, input: Input) {
        if self.phase == Phase::Live {
            self.sent += 1;
            self.send(&ToEngine::Input(input));
        }
    }

    /// What was done to the world.
    pub fn logged(&mut self, entries: Vec<Entry>) {
        if let Some(saved) = &mut self.saved {
            saved.did(entries);
        }
    }

    /// The learner came here from `before`; what that brought with it is sent already.
    pub fn left(&mut self, before: Stage) {
        let sent = self.sent;
        if let Some(saved) = &mut self.saved {
            saved.left(before, sent);
        }
    }

    /// Notes the time: until then the world will be brought back.
    pub fn note_time(&mut self) {
        if let (Some(saved), Phase::Live, Some(clock)) = (&mut self.saved, &self.phase, self.clock) {
            saved.until = saved.until.max(clock.now);
        }
    }

    /// Asks where the log has led, if that is not known and nothing runs.
    pub fn ask_mark(&self) {
        let Some(saved) = &self.saved else { return };
        let known = saved.mark.as_ref().is_some_and(|mark| mark.entries == saved.log.len());
        if self.phase == Phase::Live && !known && self.clock.is_some_and(|clock| !clock.busy && !clock.ahead) {
            self.send(&ToEngine::Mark);
        }
    }

    /// Where the log has led.
    pub fn marked(&mut self, mark: Mark) {
        if let Some(saved) = self.saved.as_mut().filter(|saved| saved.log.len() == mark.entries) {
            saved.until = saved.until.max(mark.at);
            saved.mark = Some(mark);
        }
    }

    /// The engine gave up.
    pub fn failed(&mut self, message: String) {
        let lived = matches!(self.phase, Phase::Live | Phase::Replaying(..));
        self.engine = None;
        self.phase = Phase::Failed(message, lived);
    }

    /// Notices a worker that answers no more.
    pub fn is_frozen(&mut self) -> bool {
        let due = self.clock.is_some_and(|clock| clock.busy || clock.ahead || !clock.paused);
        let waits = matches!(self.phase, Phase::Replaying(..)) || (self.phase == Phase::Live && due);
        self.silent = if waits && !super::browser::is_hidden() { self.silent + 1 } else { 0 };
        self.silent > FROZEN
    }

    /// Keeps the world on the shelf; says whether it will be there.
    pub fn save(&mut self, shelf: &dyn Shelf) -> bool {
        self.note_time();
        let Some(saved) = &self.saved else { return true };
        shelf.put(&key(&saved.lesson), &saved.write())
    }
}

/// What the address calls the place of a lesson, or of a world without one.
pub fn place(lesson: &str) -> &str {
    if lesson.is_empty() { SANDBOX } else { lesson }
}

/// Where a lesson's world is kept.
pub fn key(lesson: &str) -> String {
    format!("drydock/world/{lesson}")
}

/// Where a world that cannot be opened is set aside.
fn aside_key(lesson: &str) -> String {
    format!("drydock/set-aside/{lesson}")
}

/// What lies on the shelf for a lesson. What cannot be opened is set aside, and given back with the reason.
pub fn find(shelf: &dyn Shelf, lesson: &str) -> Result<Option<Saved>, (Problem, String)> {
    let Some(text) = shelf.get(&key(lesson)) else { return Ok(None) };
    let problem = match Saved::read(&text) {
        Ok(saved) if saved.lesson == lesson => return Ok(Some(saved)),
        Ok(_) => Problem::Foreign,
        Err(problem) => problem,
    };
    shelf.put(&aside_key(lesson), &text);
    shelf.remove(&key(lesson));
    Err((problem, text))
}

/// How far the learner has come in a lesson whose world lies on the shelf, whoever wrote it.
pub fn progress(shelf: &dyn Shelf, lesson: &str) -> Option<ScenarioProgress> {
    #[derive(Deserialize)]
    struct Head {
        stage: Halfway,
    }
    #[derive(Deserialize)]
    struct Halfway {
        progress: ScenarioProgress,
    }
    let head: Head = serde_json::from_str(&shelf.get(&key(lesson))?).ok()?;
    Some(head.stage.progress)
}
