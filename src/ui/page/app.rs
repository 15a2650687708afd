//! All state of the page, and everything that happens to it. What it looks like is in [`frame`](super::frame).

mod keeping;
mod learning;

use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use yew::prelude::*;

use super::document::Ask;
use super::failure::Way;
use super::lesson::{Check, Wish};
use super::loading::{self, Loaded};
use super::settings::{Settings, Theme};
use super::storage::{Local, Shelf};
use super::terminal::{Shared, Terminals};
use super::world::{Phase, World};
use super::{browser, frame};
use crate::collections::SortedMap;
use crate::lesson::{Course, Installed, Run, stage};
use crate::session::{Checked, Input};
use crate::view::address::Address;
use crate::view::clock::Order;
use crate::view::cluster::{Cluster, Happened};
use crate::view::narrate;
use crate::view::protocol::{FromEngine, ToEngine};
use crate::view::saved::Saved;
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

/// What the lesson's pane holds.
#[derive(Clone, Debug, Default)]
pub enum Reading {
    /// It is being fetched.
    #[default]
    Nothing,
    /// It cannot be fetched; why, for a developer.
    Missing(String),
    /// No lesson: a cluster to play with.
    Sandbox,
    /// This one.
    Lesson(Loaded),
}

impl Reading {
    /// The lesson, if there is one.
    pub fn loaded(&self) -> Option<&Loaded> {
        match self {
            Reading::Lesson(loaded) => Some(loaded),
            _ => None,
        }
    }
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
    /// What belongs to a place of the address was fetched; `None` for the place without a lesson.
    Lesson(String, Result<Option<Loaded>, String>),
    /// The address names another place.
    Address,
    /// The list of lessons is wanted, or no more.
    Lessons(bool),
    /// The list of lessons was fetched.
    Course(Course),
    /// A saved copy was chosen: its text.
    File(Option<String>),
    /// A saved copy was read, and its lesson is on this site, or not.
    Arrived(Box<Saved>, bool),
    /// The files that the lesson puts on the learner's machine were fetched.
    Assets(Vec<(Installed, String)>),
    /// Keys in a terminal.
    Keys(u32, String),
    /// A terminal has a size.
    Size(u32, u16, u16),
    /// The clock was set.
    Order(Order),
    /// Back to before the last line that was entered.
    Undo,
    /// And forth again.
    Redo,
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
    /// What happened in the last step of the clock.
    pub(super) happened: Vec<Happened>,
    pub(super) reading: Reading,
    /// The list of lessons, while it is seen; `None` inside until it is fetched.
    pub(super) choosing: Option<Option<Rc<Course>>>,
    pub(super) check: Check,
    pub(super) tab: Tab,
    pub(super) form: Form,
    pub(super) notices: Vec<Notice>,
    /// What the live region says.
    pub(super) said: String,
    pub(super) shelf: Rc<dyn Shelf>,
    address: Address,
    /// A world that was read from a file and waits for its lesson.
    arriving: Option<Saved>,
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
            happened: Vec::new(),
            reading: Reading::default(),
            choosing: None,
            check: Check::Idle,
            tab: Tab::default(),
            form: Form::default(),
            notices: Vec::new(),
            said: String::new(),
            shelf,
            address: browser::address(),
            arriving: None,
            waiting: SortedMap::new(),
            next_id: 1,
            saving: None,
            may_not_save: false,
            _listeners: browser::listen(ctx.link().callback(Msg::Visible), ctx.link().callback(|()| Msg::Address)),
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
            Msg::Lesson(place, fetched) if place == self.address.place => self.lesson_loaded(fetched),
            Msg::Lesson(..) => return false,
            Msg::Address => self.go(ctx, browser::address()),
            Msg::Lessons(wanted) => self.choose(ctx, wanted),
            Msg::Course(course) => self.choosing = self.choosing.is_some().then(|| Some(Rc::new(course))),
            Msg::File(text) => self.read_copy(ctx, text),
            Msg::Arrived(saved, known) => self.take_copy(ctx, *saved, known),
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
            Msg::Order(order) => {
                self.happened.clear();
                self.world.send(&ToEngine::Clock(order));
            }
            Msg::Undo => self.undo(ctx),
            Msg::Redo => self.redo(ctx),
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
                if self.choosing.is_some() {
                    self.choose(ctx, true);
                }
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
            Msg::Dismiss(at) if at < self.notices.len() => drop(self.notices.remove(at)),
            Msg::Dismiss(_) => return false,
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
            FromEngine::WentAhead { arrived, happened } => {
                self.happened = happened;
                self.said = match arrived {
                    true => narrate::deeds(&self.happened, &self.texts).join(" "),
                    false => self.texts.get("clock.gave-up"),
                };
            }
            FromEngine::Checked(Checked { id, exit, output }) => self.checked(ctx, id, exit, output),
            FromEngine::Logged(entries) => {
                self.world.logged(entries);
                self.save_soon(ctx);
            }
            FromEngine::Marked(mark) => {
                self.world.marked(mark);
                self.save_soon(ctx);
                return false;
            }
            FromEngine::Diverged => self.tell(self.texts.get("notice.diverged"), None),
            FromEngine::Failed { message } => {
                self.world.failed(message);
                self.waiting.clear();
                self.check = Check::Idle;
            }
        }
        true
    }

    /// Tells something above everything else, with a file to keep.
    fn tell(&mut self, text: String, file: Option<(String, String)>) {
        let notice = Notice { text, file };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    fn run(&mut self, command: &str, run: &Run) {
        let terminal = stage::terminal(run).min(TERMINALS - 1);
        self.terminal = terminal;
        self.open_terminals = self.open_terminals.max(terminal + 1);
        let text = stage::keys(run, command, self.world.clock.is_some_and(|clock| !clock.busy));
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
}

/// More terminals than this have no room.
const TERMINALS: u32 = 4;
