//! Keeping the world: on the shelf, in files; and making it again.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::{App, Msg, browser};
use crate::session::Config;
use crate::sim::Time;
use crate::ui::page::failure::Way;
use crate::ui::page::files::Listing;
use crate::ui::page::lesson::Check;
use crate::ui::page::world::{self, Phase};
use crate::view::address::Address;
use crate::view::saved::{Problem, Saved};

impl App {
    /// The world that belongs here: from a file, from the shelf, or a new one.
    pub(super) fn find_world(&mut self) -> Saved {
        let lesson = self.reading.loaded().map(|loaded| loaded.scenario.clone()).unwrap_or_default();
        if let Some(saved) = self.arriving.take_if(|saved| saved.lesson == lesson) {
            return saved;
        }
        match world::find(&*self.shelf, &lesson) {
            Ok(Some(saved)) => {
                if let Some(asked) = self.address.seed.filter(|seed| *seed != saved.config.seed) {
                    let seeds = [("here", &*saved.config.seed.to_string()), ("asked", &asked.to_string())];
                    self.tell(self.texts.fill("seed.other", &seeds), None);
                }
                saved
            }
            Ok(None) => self.fresh(false),
            Err((problem, text)) => {
                let told = self.why("aside", &problem);
                self.tell(told, Some(("drydock-set-aside.json".to_owned(), text)));
                self.fresh(false)
            }
        }
    }

    /// What is wrong with a saved world: of those on the shelf (`aside`) or of a file (`open`).
    fn why(&self, what: &str, problem: &Problem) -> String {
        match (what, problem) {
            ("aside", Problem::Broken) => self.texts.get("aside.broken"),
            ("aside", Problem::Foreign) => self.texts.get("aside.foreign"),
            ("aside", Problem::OtherEngine(version)) => self.texts.fill("aside.other", &[("version", version)]),
            (_, Problem::Broken) => self.texts.get("open.broken"),
            (_, Problem::Foreign) => self.texts.get("open.foreign"),
            (_, Problem::OtherEngine(version)) => self.texts.fill("open.other", &[("version", version)]),
        }
    }

    /// A new world for the lesson, or one to play in. A lesson has its seed, and its texts may count
    /// on it; where none is asked for, it is drawn.
    fn fresh(&self, otherwise: bool) -> Saved {
        let loaded = self.reading.loaded();
        let scenario = loaded.map(|loaded| &loaded.lesson.scenario);
        let own = self.address.seed.or_else(|| Some(scenario?.seed.unwrap_or(1)));
        let config = Config {
            profile: scenario.map_or("kubeadm", |scenario| scenario.profile()).to_owned(),
            seed: own.filter(|_| !otherwise).unwrap_or_else(browser::draw_seed),
            start: START,
        };
        Saved::new(loaded.map_or("", |loaded| &loaded.scenario), config)
    }

    /// Makes the world anew out of what is saved.
    pub(super) fn reopen(&mut self) {
        (self.cluster, self.traffic, self.check) = (Rc::default(), Rc::default(), Check::Idle);
        self.happened.clear();
        self.terminals.0.reset();
        self.waiting.clear();
        self.world.restart();
    }

    pub(super) fn undo(&mut self, ctx: &Context<App>) {
        self.world.note_time();
        self.turn(ctx, Saved::undo, "say.undone");
    }

    pub(super) fn redo(&mut self, ctx: &Context<App>) {
        self.turn(ctx, Saved::redo, "say.redone");
    }

    /// Changes the log of a world that is there, and runs it.
    fn turn(&mut self, ctx: &Context<App>, change: fn(&mut Saved) -> bool, said: &str) {
        if self.world.phase == Phase::Live && self.world.saved.as_mut().is_some_and(change) {
            self.said = self.texts.get(said);
            self.reopen();
            self.save_soon(ctx);
        }
    }

    pub(super) fn go_on(&mut self, ctx: &Context<App>, way: Way) {
        match way {
            Way::Download => {
                if let Some(saved) = self.saved() {
                    browser::download("drydock.json", &saved.write());
                }
                return;
            }
            Way::Before => {
                if let Some(saved) = &mut self.world.saved {
                    saved.undo();
                    // It would be the end again.
                    saved.undone.clear();
                }
            }
            Way::Again => {}
            Way::Anew | Way::AnewOtherwise => {
                let sure = self.world.phase != Phase::Live || browser::confirm(&self.texts.get("menu.anew.sure"));
                if !sure {
                    return;
                }
                if self.world.saved.is_some() {
                    self.world.saved = Some(self.fresh(way == Way::AnewOtherwise));
                }
            }
        }
        self.reopen();
        self.save_soon(ctx);
    }

    /// A file was chosen. What cannot be opened changes nothing.
    pub(super) fn read_copy(&mut self, ctx: &Context<App>, text: Option<String>) {
        match Saved::read(&text.unwrap_or_default()) {
            Ok(saved) => ctx.link().send_future(async move {
                let listing = Listing::fetch().await.unwrap_or_default();
                let known = saved.lesson.is_empty() || listing.scenarios.contains_key(&saved.lesson);
                Msg::Arrived(Box::new(saved), known)
            }),
            Err(problem) => {
                let told = self.why("open", &problem);
                self.tell(told, None);
            }
        }
    }

    /// Opens the world of a file. The one that was in its place can be kept.
    pub(super) fn take_copy(&mut self, ctx: &Context<App>, saved: Saved, known: bool) {
        if !known {
            return self.tell(self.texts.fill("open.unknown", &[("lesson", &saved.lesson)]), None);
        }
        self.save();
        let before = self.shelf.get(&world::key(&saved.lesson));
        self.tell(self.texts.get("open.done"), before.map(|text| ("drydock-before.json".to_owned(), text)));
        let place = world::place(&saved.lesson).to_owned();
        self.arriving = Some(saved);
        browser::set_place(&place);
        self.address = Address { place, ..Address::default() };
        self.choosing = None;
        self.leave(ctx);
    }

    pub(super) fn save_soon(&mut self, ctx: &Context<App>) {
        if self.saving.is_none() {
            let save = ctx.link().callback(|()| Msg::Save);
            self.saving = Some(Timeout::new(700, move || save.emit(())));
        }
    }

    pub(super) fn save(&mut self) {
        self.saving = None;
        self.settings.save(&*self.shelf);
        if !self.world.save(&*self.shelf) && !self.may_not_save {
            self.may_not_save = true;
            self.tell(self.texts.get("notice.not-saved"), None);
        }
    }
}

/// The morning on which every world begins: 20 November 2026, 09:00.
const START: Time = Time::from_secs(1_795_165_200);
