//! All state of the page, and everything that happens to it. What it looks like is in [`frame`](super::frame).

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use yew::prelude::*;

use super::document::Ask;
use super::failure::Way;
use super::lesson::{Check, Wish, pages};
use super::loading::{self, Loaded};
use super::settings::{Settings, Theme};
use super::storage::{Local, Shelf};
use super::terminal::{Shared, Terminals};
use super::world::{self, Phase, World};
use super::{browser, frame};
use crate::collections::SortedMap;
use crate::lesson::{Installed, Run};
use crate::session::{Checked, Config, Input};
use crate::sim::Time;
use crate::view::clock::Order;
use crate::view::cluster::Cluster;
use crate::view::narrate;
use crate::view::protocol::{FromEngine, ToEngine};
use crate::view::saved::{Problem, Saved};
use crate::view::text::{Language, Texts};
use crate::view::traffic::Traffic;

/// The panes, one of which a narrow screen shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// What to do.
    #[default]
    Lesson,
    /// Where to do it.
    Terminal,
    /// What came of it.
    Cluster,
}

/// The forms of the cluster's pane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Drawn.
    #[default]
    Picture,
    /// As tables.
    List,
    /// The requests that were seen.
    Requests,
}

/// Something that is told once, above everything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// In the learner's language.
    pub text: String,
    /// A file to keep, with its name.
    pub file: Option<(String, String)>,
}

/// Whatever happens.
pub enum Msg {
    /// The worker said something.
    Engine(FromEngine),
    /// The lesson was fetched.
    Lesson(Result<Loaded, String>),
    /// The files that the lesson puts on the learner's machine were fetched.
    Assets(Vec<(Installed, String)>),
    /// Keys in a terminal.
    Keys(u32, String),
    /// A terminal has a size.
    Size(u32, u16, u16),
    /// The clock was set.
    Order(Order),
    /// A run button was pressed.
    Run(String, Run),
    /// A copy button was pressed.
    Copy(String),
    /// A question to the cluster.
    Ask(Ask),
    /// The lesson pane was used.
    Wish(Wish),
    /// Another language.
    Language(Language),
    /// Another theme.
    Theme(Theme),
    /// Another pane, on a narrow screen.
    Tab(Tab),
    /// Another form of the cluster's pane.
    Form(Form),
    /// The divider beside the lesson was moved.
    LessonWidth(f64),
    /// The divider below the picture was moved.
    ClusterHeight(f64),
    /// Show the cluster's own Pods, or not.
    System,
    /// Show another terminal.
    Terminal(u32),
    /// The page is seen, or no more.
    Visible(bool),
    /// Keep everything now.
    Save,
    /// Look whether the engine still answers.
    Pulse,
    /// After a failure.
    Way(Way),
    /// A notice was read.
    Dismiss(usize),
    /// A file is wanted: its name and what is in it.
    Download(String, String),
}

/// Who waits for the end of a script that runs unseen.
enum Waiting {
    /// The check of a page.
    Check(usize),
    /// Somebody who asked the cluster.
    Ask(Callback<(i32, String)>),
}

/// See the module.
pub struct App {
    pub(super) settings: Settings,
    pub(super) texts: Rc<Texts>,
    pub(super) world: World,
    pub(super) terminals: Shared,
    /// How many terminals there are, and which is seen.
    pub(super) open_terminals: u32,
    pub(super) terminal: u32,
    pub(super) cluster: Rc<Cluster>,
    pub(super) traffic: Rc<Traffic>,
    pub(super) lesson: Option<Result<Loaded, String>>,
    pub(super) check: Check,
    pub(super) tab: Tab,
    pub(super) form: Form,
    pub(super) notices: Vec<Notice>,
    /// What the live region says.
    pub(super) said: String,
    shelf: Rc<dyn Shelf>,
    waiting: SortedMap<u64, Waiting>,
    next_id: u64,
    saving: Option<Timeout>,
    may_not_save: bool,
    _listeners: Vec<EventListener>,
    _pulse: Interval,
}

impl Component for App {
    type Message = Msg;
    type Properties = ();

    fn create(ctx: &Context<App>) -> App {
        let shelf: Rc<dyn Shelf> = Rc::new(Local);
        let settings = Settings::load(&*shelf);
        let language = settings.language();
        let app = App {
            texts: Rc::new(Texts::new(language)),
            world: World::start(ctx.link().callback(Msg::Engine)),
            terminals: Shared(Rc::new(Terminals::default())),
            open_terminals: 1,
            terminal: 0,
            cluster: Rc::default(),
            traffic: Rc::default(),
            lesson: None,
            check: Check::Idle,
            tab: Tab::default(),
            form: Form::default(),
            notices: Vec::new(),
            said: String::new(),
            shelf,
            waiting: SortedMap::new(),
            next_id: 1,
            saving: None,
            may_not_save: false,
            _listeners: browser::on_visibility(ctx.link().callback(Msg::Visible)),
            _pulse: Interval::new(2_000, {
                let pulse = ctx.link().callback(|()| Msg::Pulse);
                move || pulse.emit(())
            }),
            settings,
        };
        browser::set_language(language);
        browser::set_theme(app.settings.theme);
        app.fetch_lesson(ctx);
        app
    }

    fn update(&mut self, ctx: &Context<App>, msg: Msg) -> bool {
        match msg {
            Msg::Engine(said) => return self.heard(ctx, said),
            Msg::Lesson(loaded) => self.lesson_loaded(loaded),
            Msg::Assets(files) => self.begin_world(files),
            Msg::Keys(terminal, text) => {
                self.world.input(Input::Keys { terminal, text });
                return false;
            }
            Msg::Size(terminal, columns, rows) => {
                self.world.sizes.insert(terminal, (columns, rows));
                self.world.input(Input::Resize { terminal, columns, rows });
                return false;
            }
            Msg::Order(order) => self.world.send(&ToEngine::Clock(order)),
            Msg::Run(command, run) => self.run(&command, &run),
            Msg::Copy(text) => {
                browser::copy(&text);
                self.said = self.texts.get("say.copied");
            }
            Msg::Ask((script, told)) => self.ask(script, Waiting::Ask(told)),
            Msg::Wish(wish) => self.wish(ctx, wish),
            Msg::Language(language) => {
                self.settings.language = Some(language);
                self.settings.save(&*self.shelf);
                self.texts = Rc::new(Texts::new(language));
                browser::set_language(language);
                self.fetch_lesson(ctx);
            }
            Msg::Theme(theme) => {
                self.settings.theme = theme;
                self.settings.save(&*self.shelf);
                browser::set_theme(theme);
            }
            Msg::Tab(tab) => self.tab = tab,
            Msg::Form(form) => self.form = form,
            Msg::LessonWidth(percent) => {
                self.settings.lesson = percent;
                self.save_soon(ctx);
            }
            Msg::ClusterHeight(percent) => {
                self.settings.cluster = percent;
                self.save_soon(ctx);
            }
            Msg::System => {
                self.settings.system = !self.settings.system;
                self.save_soon(ctx);
            }
            Msg::Terminal(number) => {
                let number = number.min(TERMINALS - 1);
                self.terminal = number;
                self.open_terminals = self.open_terminals.max(number + 1);
            }
            Msg::Visible(visible) => {
                self.world.send(&ToEngine::Visible(visible));
                if !visible {
                    self.save();
                }
                return false;
            }
            Msg::Save => {
                self.save();
                return false;
            }
            Msg::Pulse => {
                if !self.world.is_frozen() {
                    self.world.ask_mark();
                    return false;
                }
                self.world.failed(self.texts.get("failure.frozen"));
            }
            Msg::Way(way) => self.go_on(ctx, way),
            Msg::Dismiss(at) => drop(self.notices.remove(at)),
            Msg::Download(name, text) => {
                browser::download(&name, &text);
                return false;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<App>) -> Html {
        frame::draw(self, ctx)
    }
}

impl App {
    /// What is said about the learner's progress; nothing before there is a world.
    pub(super) fn saved(&self) -> Option<&Saved> {
        self.world.saved.as_ref()
    }

    fn fetch_lesson(&self, ctx: &Context<App>) {
        let language = self.texts.language();
        ctx.link().send_future(async move { Msg::Lesson(loading::lesson(language).await) });
    }

    fn heard(&mut self, ctx: &Context<App>, said: FromEngine) -> bool {
        self.world.silent = 0;
        match said {
            FromEngine::Ready => self.world.is_ready(),
            FromEngine::Replaying { done, total } => self.world.phase = Phase::Replaying(done, total),
            FromEngine::Opened => self.opened(ctx),
            FromEngine::Output { terminal, text } => {
                self.terminals.0.write(terminal, &text);
                return false;
            }
            FromEngine::Cluster(delta) => {
                if self.world.phase == Phase::Live {
                    let sentences = narrate::tell(&self.cluster, &delta, &self.texts);
                    if !sentences.is_empty() {
                        self.said = sentences.join(" ");
                    }
                }
                Rc::make_mut(&mut self.cluster).apply(delta);
            }
            FromEngine::Traffic(requests) => Rc::make_mut(&mut self.traffic).add(requests),
            FromEngine::Clock(clock) => self.world.clock = Some(clock),
            FromEngine::Checked(Checked { id, exit, output }) => self.checked(ctx, id, exit, output),
            FromEngine::Logged(entries) => {
                self.world.logged(entries);
                self.save_soon(ctx);
                return false;
            }
            FromEngine::Marked(mark) => {
                self.world.marked(mark);
                self.save_soon(ctx);
                return false;
            }
            FromEngine::Diverged => self.notices.push(Notice { text: self.texts.get("notice.diverged"), file: None }),
            FromEngine::Failed { message } => {
                self.world.failed(message);
                self.waiting.clear();
                self.check = Check::Idle;
            }
        }
        true
    }

    fn lesson_loaded(&mut self, loaded: Result<Loaded, String>) {
        if let (None, Ok(Loaded { scenario, lesson })) = (self.saved(), &loaded) {
            let saved = match world::find(&*self.shelf, scenario) {
                Ok(Some(mut saved)) => {
                    saved.progress.reconcile(&lesson.scenario);
                    saved.page = saved.page.min(pages(lesson).len().saturating_sub(1));
                    saved
                }
                Ok(None) => fresh(loaded.as_ref().ok()),
                Err((problem, text)) => {
                    self.notices.push(self.set_aside(&problem, text));
                    fresh(loaded.as_ref().ok())
                }
            };
            self.world.take(saved);
        } else if self.saved().is_none() {
            // Without a lesson there still is a cluster to play with.
            self.world.take(fresh(None));
        }
        browser::set_title(loaded.as_ref().map(|loaded| loaded.lesson.title.as_str()).ok());
        self.lesson = Some(loaded);
    }

    fn set_aside(&self, problem: &Problem, text: String) -> Notice {
        let told = match problem {
            Problem::Broken => self.texts.get("aside.broken"),
            Problem::Foreign => self.texts.get("aside.foreign"),
            Problem::OtherEngine(version) => self.texts.fill("aside.other", &[("version", version)]),
        };
        Notice { text: told, file: Some(("drydock-set-aside.json".to_owned(), text)) }
    }

    /// There is a world. A new one gets the lesson's files first, then its scripts.
    fn opened(&mut self, ctx: &Context<App>) {
        self.world.phase = Phase::Live;
        for (terminal, (columns, rows)) in self.world.sizes.clone() {
            self.world.input(Input::Resize { terminal, columns, rows });
        }
        let is_new = self.saved().is_some_and(|saved| saved.begun.is_empty());
        match &self.lesson {
            Some(Ok(loaded)) if is_new && !loaded.lesson.scenario.assets.is_empty() => {
                let loaded = loaded.clone();
                ctx.link().send_future(async move { Msg::Assets(loading::assets(loaded).await) });
            }
            _ => self.begin_page(),
        }
    }

    fn begin_world(&mut self, files: Vec<(Installed, String)>) {
        for (installed, content) in files {
            let Installed { path, executable, .. } = installed;
            self.world.input(Input::Write { path, content, executable });
        }
        self.begin_page();
    }

    /// Starts the scripts of the open page, the first time it is opened.
    fn begin_page(&mut self) {
        let Some(Ok(Loaded { lesson, .. })) = &self.lesson else { return };
        let (Some(saved), Phase::Live) = (&mut self.world.saved, &self.world.phase) else { return };
        let Some(page) = pages(lesson).get(saved.page).copied().cloned() else { return };
        if !saved.begun.insert(page.key.clone()) {
            return;
        }
        if let Some(script) = page.background {
            self.world.input(Input::Background { script });
        }
        if let Some(script) = page.foreground {
            self.world.input(Input::Keys { terminal: 0, text: typed(&script) });
        }
    }

    fn run(&mut self, command: &str, run: &Run) {
        let terminal = u32::from(run.terminal.saturating_sub(1)).min(TERMINALS - 1);
        self.terminal = terminal;
        self.open_terminals = self.open_terminals.max(terminal + 1);
        let mut text = String::new();
        if run.interrupt {
            text.push('\u{3}');
        } else if self.world.clock.is_some_and(|clock| !clock.busy) {
            // What was being typed makes room: end of line, then erase to its beginning.
            text.push_str("\u{5}\u{15}");
        }
        text.push_str(&typed(command));
        self.world.input(Input::Keys { terminal, text });
        self.tab = Tab::Terminal;
        self.terminals.0.focus(terminal);
    }

    fn ask(&mut self, script: String, waiting: Waiting) {
        let id = self.next_id;
        self.next_id += 1;
        self.waiting.insert(id, waiting);
        self.world.input(Input::Check { id, script });
    }

    fn wish(&mut self, ctx: &Context<App>, wish: Wish) {
        let Some(Ok(Loaded { lesson, .. })) = &self.lesson else { return };
        let lesson = Rc::clone(lesson);
        let Some(saved) = &mut self.world.saved else { return };
        let all = pages(&lesson);
        let Some(page) = all.get(saved.page).copied() else { return };
        match wish {
            Wish::Open(to) => {
                saved.page = to.min(all.len().saturating_sub(1));
                saved.progress.finished |= saved.page + 1 == all.len();
                self.check = Check::Idle;
                self.begin_page();
            }
            Wish::Check => {
                if let Some(script) = page.verify.clone() {
                    let at = saved.page;
                    self.check = Check::Running;
                    self.ask(script, Waiting::Check(at));
                }
            }
            Wish::Hint => *saved.progress.hints.entry(page.key.clone()).or_default() += 1,
            Wish::Solution => drop(saved.progress.solutions.insert(page.key.clone())),
        }
        self.save_soon(ctx);
    }

    fn checked(&mut self, ctx: &Context<App>, id: u64, exit: i32, output: String) {
        let at = match self.waiting.remove(&id) {
            Some(Waiting::Ask(told)) => return told.emit((exit, output)),
            Some(Waiting::Check(at)) => at,
            // Asked in an earlier life of this page.
            None => return,
        };
        let Some(Ok(Loaded { lesson, .. })) = &self.lesson else { return };
        let lesson = Rc::clone(lesson);
        let all = pages(&lesson);
        let (Some(page), Some(saved)) = (all.get(at).copied(), &mut self.world.saved) else { return };
        if exit == 0 {
            saved.progress.pass(&lesson.scenario, &page.key);
            self.said = self.texts.get("check.passed");
            if saved.page == at {
                self.wish(ctx, Wish::Open(at + 1));
            }
        } else if saved.page == at {
            self.check = Check::Failed(page.missing.findings(&output));
        }
        self.save_soon(ctx);
    }

    fn go_on(&mut self, ctx: &Context<App>, way: Way) {
        match way {
            Way::Download => {
                if let Some(saved) = self.saved() {
                    browser::download("drydock.json", &saved.write());
                }
                return;
            }
            Way::Before => drop(self.world.saved.as_mut().map(Saved::back_one_line)),
            Way::Again => {}
            Way::Anew => {
                let sure = self.world.phase != Phase::Live || browser::confirm(&self.texts.get("menu.anew.sure"));
                if !sure {
                    return;
                }
                let loaded = self.lesson.as_ref().and_then(|lesson| lesson.as_ref().ok());
                self.world.saved = self.world.saved.is_some().then(|| fresh(loaded));
            }
        }
        (self.cluster, self.traffic, self.check) = (Rc::default(), Rc::default(), Check::Idle);
        self.terminals.0.reset();
        self.waiting.clear();
        self.world.restart();
        self.save_soon(ctx);
    }

    fn save_soon(&mut self, ctx: &Context<App>) {
        if self.saving.is_none() {
            let save = ctx.link().callback(|()| Msg::Save);
            self.saving = Some(Timeout::new(700, move || save.emit(())));
        }
    }

    fn save(&mut self) {
        self.saving = None;
        self.settings.save(&*self.shelf);
        if !self.world.save(&*self.shelf) && !self.may_not_save {
            self.may_not_save = true;
            self.notices.push(Notice { text: self.texts.get("notice.not-saved"), file: None });
        }
    }
}

/// A new world for a lesson, or one to play in.
fn fresh(loaded: Option<&Loaded>) -> Saved {
    let scenario = loaded.map(|loaded| &loaded.lesson.scenario);
    let config = Config {
        profile: scenario.map_or("kubeadm", |scenario| scenario.profile()).to_owned(),
        seed: scenario.and_then(|scenario| scenario.seed).unwrap_or(1),
        start: START,
    };
    Saved::new(loaded.map_or("", |loaded| &loaded.scenario), config)
}

/// The morning on which every world begins: 20 November 2026, 09:00.
const START: Time = Time::from_secs(1_795_165_200);

/// More terminals than this have no room.
const TERMINALS: u32 = 4;

/// A script as keys.
fn typed(script: &str) -> String {
    script.trim_end_matches('\n').replace('\n', "\r") + "\r"
}
