//! The lesson: finding it, its pages, its checks.

use std::rc::Rc;

use yew::prelude::*;

use super::{App, Msg, Reading, Tab, Waiting, browser, loading};
use crate::lesson::{Installed, stage};
use crate::session::Input;
use crate::ui::page::lesson::{Check, Wish, pages};
use crate::ui::page::loading::Loaded;
use crate::ui::page::world::{self, Phase};
use crate::view::address::Address;

impl App {
    pub(super) fn fetch_lesson(&self, ctx: &Context<App>) {
        let (language, place) = (self.texts.language(), self.address.place.clone());
        ctx.link().send_future(async move {
            let fetched = loading::place(language, &place).await;
            Msg::Lesson(place, fetched)
        });
    }

    /// Shows the list of lessons, or hides it.
    pub(super) fn choose(&mut self, ctx: &Context<App>, wanted: bool) {
        self.choosing = wanted.then_some(None);
        if wanted {
            self.tab = Tab::Lesson;
            // The list tells how far each lesson is.
            self.save();
            let language = self.texts.language();
            ctx.link().send_future(async move { Msg::Course(loading::course(language).await) });
        }
    }

    /// The address names a place: goes there, unless it is here.
    pub(super) fn go(&mut self, ctx: &Context<App>, address: Address) {
        self.choosing = None;
        let here = self.saved().is_some_and(|saved| world::place(&saved.lesson) == address.place);
        self.address = address;
        if !here {
            self.save();
            self.leave(ctx);
        }
    }

    /// Leaves this world for the one that the address names.
    pub(super) fn leave(&mut self, ctx: &Context<App>) {
        self.world.saved = None;
        self.reading = Reading::Nothing;
        self.reopen();
        self.fetch_lesson(ctx);
    }

    pub(super) fn lesson_loaded(&mut self, fetched: Result<Option<Loaded>, String>) {
        self.reading = match fetched {
            Ok(Some(loaded)) => Reading::Lesson(loaded),
            Ok(None) => Reading::Sandbox,
            Err(error) => Reading::Missing(error),
        };
        if self.saved().is_none() {
            let mut saved = self.find_world();
            if let Some(Loaded { lesson, .. }) = self.reading.loaded() {
                saved.stage.progress.reconcile(&lesson.scenario);
                saved.stage.page = saved.stage.page.min(pages(lesson).len().saturating_sub(1));
            }
            self.world.take(saved);
        }
        browser::set_title(self.reading.loaded().map(|loaded| loaded.lesson.title.as_str()));
    }

    /// There is a world. A new one gets the lesson's files first, then its scripts.
    pub(super) fn opened(&mut self, ctx: &Context<App>) {
        self.world.phase = Phase::Live;
        for (terminal, (columns, rows)) in self.world.sizes.clone() {
            self.world.input(Input::Resize { terminal, columns, rows });
        }
        let is_new = self.saved().is_some_and(|saved| saved.stage.begun.is_empty());
        match self.reading.loaded() {
            Some(loaded) if is_new && !loaded.lesson.scenario.assets.is_empty() => {
                let loaded = loaded.clone();
                ctx.link().send_future(async move { Msg::Assets(loading::assets(loaded).await) });
            }
            _ => self.begin_page(),
        }
    }

    pub(super) fn begin_world(&mut self, files: Vec<(Installed, String)>) {
        for (installed, content) in files {
            self.world.input(stage::install(installed, content));
        }
        self.begin_page();
    }

    /// Starts the scripts of the open page, the first time it is opened.
    fn begin_page(&mut self) {
        let Some(Loaded { lesson, .. }) = self.reading.loaded() else { return };
        let (Some(saved), Phase::Live) = (&mut self.world.saved, &self.world.phase) else { return };
        let Some(page) = pages(lesson).get(saved.stage.page).copied().cloned() else { return };
        let before = saved.stage.clone();
        if !saved.stage.begun.insert(page.key.clone()) {
            return;
        }
        for input in stage::enter(&page) {
            self.world.input(input);
        }
        self.world.left(before);
    }

    pub(super) fn wish(&mut self, ctx: &Context<App>, wish: Wish) {
        let Some(Loaded { lesson, .. }) = self.reading.loaded() else { return };
        let lesson = Rc::clone(lesson);
        let Some(saved) = &mut self.world.saved else { return };
        let all = pages(&lesson);
        let Some(page) = all.get(saved.stage.page).copied() else { return };
        let before = saved.stage.clone();
        match wish {
            Wish::Open(to) => {
                saved.stage.page = to.min(all.len().saturating_sub(1));
                saved.stage.progress.finished |= saved.stage.page + 1 == all.len();
                self.check = Check::Idle;
                self.world.left(before);
                self.begin_page();
            }
            Wish::Check => {
                if let Some(script) = page.verify.clone() {
                    let at = saved.stage.page;
                    self.check = Check::Running;
                    self.ask(script, Waiting::Check(at));
                }
            }
            Wish::Hint => *saved.stage.progress.hints.entry(page.key.clone()).or_default() += 1,
            Wish::Solution => drop(saved.stage.progress.solutions.insert(page.key.clone())),
        }
        self.save_soon(ctx);
    }

    pub(super) fn checked(&mut self, ctx: &Context<App>, id: u64, exit: i32, output: String) {
        let at = match self.waiting.remove(&id) {
            Some(Waiting::Ask(told)) => return told.emit((exit, output)),
            Some(Waiting::Check(at)) => at,
            // Asked in an earlier life of this page.
            None => return,
        };
        let Some(Loaded { lesson, .. }) = self.reading.loaded() else { return };
        let lesson = Rc::clone(lesson);
        let all = pages(&lesson);
        let (Some(page), Some(saved)) = (all.get(at).copied(), &mut self.world.saved) else { return };
        let is_open = saved.stage.page == at;
        if exit == 0 {
            let before = saved.stage.clone();
            saved.stage.progress.pass(&lesson.scenario, &page.key);
            self.said = self.texts.get("check.passed");
            self.world.left(before);
            if is_open {
                self.wish(ctx, Wish::Open(at + 1));
            }
        } else if is_open {
            self.check = Check::Failed(page.missing.findings(&output));
        }
        self.save_soon(ctx);
    }
}
