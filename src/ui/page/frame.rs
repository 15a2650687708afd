//! What the page looks like: where its parts are.

use std::rc::Rc;

use yew::prelude::*;

use super::app::{App, Form, Msg, Reading, Tab};
use super::clock::ClockBar;
use super::failure::Failure;
use super::header::Header;
use super::lesson::LessonPane;
use super::lists::{ClusterLists, Requests, legend};
use super::loading::Loaded;
use super::picture::ClusterPicture;
use super::split::Divider;
use super::terminal::{Look, Make, Terminal, xterm};
use super::world::Phase;
use super::{course, files};

/// The whole page.
pub fn draw(app: &App, ctx: &Context<App>) -> Html {
    let texts = &app.texts;
    let link = ctx.link();
    let title = app.reading.loaded().map(|loaded| loaded.lesson.title.clone()).unwrap_or_default();
    let style = format!("--lesson:{:.2}%;--cluster:{:.2}%", app.settings.lesson, app.settings.cluster);
    let tab = match app.tab {
        Tab::Lesson => "lesson",
        Tab::Terminal => "terminal",
        Tab::Cluster => "cluster",
    };
    let saved = app.saved();
    let turns = saved.map_or((false, false), |saved| (saved.can_undo(), !saved.undone.is_empty()));
    html! {
        <div class="app" data-tab={tab} {style}>
            <Header texts={Rc::clone(texts)} lesson={title} theme={app.settings.theme}
                on_language={link.callback(Msg::Language)} on_theme={link.callback(Msg::Theme)}
                on_terminal={link.callback({ let next = app.open_terminals; move |()| Msg::Terminal(next) })}
                choosing={app.choosing.is_some()} seed={saved.map(|saved| saved.config.seed)}
                on_lessons={link.callback(Msg::Lessons)} on_file={link.callback(Msg::File)} on_way={link.callback(Msg::Way)} />
            { notices(app, ctx) }
            { tabs(app, ctx) }
            <main>
                <section class="lesson" aria-label={texts.get("lesson.title")}>{ lesson(app, ctx) }</section>
                <Divider label={texts.get("divider.lesson")} percent={app.settings.lesson} upright=true
                    on_move={link.callback(Msg::LessonWidth)} />
                <div class="side">
                    if let Phase::Failed(message, lived) = &app.world.phase {
                        <Failure texts={Rc::clone(texts)} message={message.clone()} lived={*lived} on_way={link.callback(Msg::Way)} />
                    }
                    <section class="cluster" aria-label={texts.get("cluster.title")}>{ cluster(app, ctx) }</section>
                    <Divider label={texts.get("divider.cluster")} percent={app.settings.cluster}
                        on_move={link.callback(Msg::ClusterHeight)} />
                    <section class="terminals" id="terminal" tabindex="-1" aria-label={texts.get("terminal.title")}>
                        <ClockBar texts={Rc::clone(texts)} clock={app.world.clock} making={app.world.phase != Phase::Live}
                            happened={app.happened.clone()} {turns} on_order={link.callback(Msg::Order)}
                            on_undo={link.callback(|()| Msg::Undo)} on_redo={link.callback(|()| Msg::Redo)} />
                        { terminals(app, ctx) }
                    </section>
                </div>
            </main>
            <div class="visually-hidden" aria-live="polite" data-testid="said">{ &app.said }</div>
        </div>
    }
}

fn notices(app: &App, ctx: &Context<App>) -> Html {
    let each = app.notices.iter().enumerate().map(|(at, notice)| {
        let file = notice.file.clone().map(|(name, text)| {
            let onclick = ctx.link().callback(move |_: MouseEvent| Msg::Download(name.clone(), text.clone()));
            html! { <button type="button" class="quiet" {onclick}>{ app.texts.get("notice.download") }</button> }
        });
        html! {
            <div class="notice" role="alert">
                <p>{ &notice.text }</p>
                { file }
                <button type="button" class="quiet" onclick={ctx.link().callback(move |_: MouseEvent| Msg::Dismiss(at))}>{ app.texts.get("notice.dismiss") }</button>
            </div>
        }
    });
    html! { <div class="notices">{ for each }</div> }
}

/// On a narrow screen, which pane is seen.
fn tabs(app: &App, ctx: &Context<App>) -> Html {
    let tab = |tab: Tab, key: &str| {
        let current = (app.tab == tab).then_some("true");
        html! { <button type="button" aria-current={current} onclick={ctx.link().callback(move |_: MouseEvent| Msg::Tab(tab))}>{ app.texts.get(key) }</button> }
    };
    html! {
        <nav class="tabs" aria-label={app.texts.get("tabs.title")}>
            { tab(Tab::Lesson, "lesson.title") }
            { tab(Tab::Terminal, "terminal.title") }
            { tab(Tab::Cluster, "cluster.title") }
        </nav>
    }
}

fn lesson(app: &App, ctx: &Context<App>) -> Html {
    let texts = &app.texts;
    if let Some(course) = &app.choosing {
        let open = app.saved().map_or("", |saved| &saved.lesson);
        return course::draw(
            course.as_deref(),
            open,
            &*app.shelf,
            texts,
            &ctx.link().callback(|()| Msg::Lessons(false)),
        );
    }
    let words = |title: &str, explain: &str, detail: Option<&String>| {
        html! {
            <div class="no-lesson">
                <h1>{ texts.get(title) }</h1>
                <p>{ texts.get(explain) }</p>
                { for detail.map(|detail| html! { <p><code>{ detail }</code></p> }) }
                <p><button type="button" class="quiet" onclick={ctx.link().callback(|_| Msg::Lessons(true))}>{ texts.get("lessons.show") }</button></p>
            </div>
        }
    };
    match (&app.reading, app.saved()) {
        (Reading::Missing(error), _) => words("lesson.missing", "lesson.missing.explain", Some(error)),
        (Reading::Sandbox, _) => words("lessons.sandbox", "sandbox.explain", None),
        (Reading::Lesson(Loaded { scenario, lesson }), Some(saved)) => html! {
            <LessonPane texts={Rc::clone(texts)} lesson={Rc::clone(lesson)} folder={files::folder(scenario)}
                page={saved.stage.page} progress={saved.stage.progress.clone()} check={app.check.clone()}
                live={app.world.phase == Phase::Live} on_wish={ctx.link().callback(Msg::Wish)}
                on_run={ctx.link().callback(|(command, run)| Msg::Run(command, run))}
                on_copy={ctx.link().callback(Msg::Copy)} on_ask={ctx.link().callback(Msg::Ask)} />
        },
        _ => html! { <p class="loading" role="status">{ texts.get("lesson.loading") }</p> },
    }
}

fn cluster(app: &App, ctx: &Context<App>) -> Html {
    let texts = &app.texts;
    let form = |form: Form, key: &str| {
        let pressed = if app.form == form { "true" } else { "false" };
        html! { <button type="button" aria-pressed={pressed} onclick={ctx.link().callback(move |_: MouseEvent| Msg::Form(form))}>{ texts.get(key) }</button> }
    };
    let (texts_, cluster, traffic, system) =
        (Rc::clone(texts), Rc::clone(&app.cluster), Rc::clone(&app.traffic), app.settings.system);
    html! {
        <>
            <div class="bar">
                <div class="forms" role="group" aria-label={texts.get("cluster.forms")}>
                    { form(Form::Picture, "cluster.picture") }
                    { form(Form::List, "cluster.list") }
                    { form(Form::Requests, "cluster.requests") }
                </div>
                <span class="grow" />
                <label class="system">
                    <input type="checkbox" checked={system} onchange={ctx.link().callback(|_: Event| Msg::System)} />
                    { texts.get("cluster.system") }
                </label>
            </div>
            {
                match app.form {
                    Form::Picture => html! { <><ClusterPicture texts={texts_} {cluster} {traffic} {system} />{ legend(texts) }</> },
                    Form::List => html! { <ClusterLists texts={texts_} {cluster} {traffic} {system} /> },
                    Form::Requests => html! { <Requests texts={texts_} {traffic} /> },
                }
            }
        </>
    }
}

fn terminals(app: &App, ctx: &Context<App>) -> Html {
    let texts = &app.texts;
    let label = |number: u32| texts.fill("terminal.number", &[("number", &(number + 1).to_string())]);
    let each = (0..app.open_terminals).map(|number| {
        let look = Look { label: label(number), font_size: 14 };
        html! {
            <Terminal key={number} terminal={number} shown={number == app.terminal} {look} terminals={app.terminals.clone()}
                on_keys={ctx.link().callback(|(terminal, text)| Msg::Keys(terminal, text))}
                on_size={ctx.link().callback(|(terminal, columns, rows)| Msg::Size(terminal, columns, rows))}
                make={Make(xterm::make)} />
        }
    });
    let choose = (0..app.open_terminals).map(|number| {
        let pressed = if number == app.terminal { "true" } else { "false" };
        html! { <button type="button" aria-pressed={pressed} onclick={ctx.link().callback(move |_: MouseEvent| Msg::Terminal(number))}>{ label(number) }</button> }
    });
    let progress = match app.world.phase {
        Phase::Starting => Some(texts.get("engine.starting")),
        Phase::Replaying(_, 0) | Phase::Live | Phase::Failed(..) => None,
        Phase::Replaying(done, total) => {
            Some(texts.fill("engine.replaying", &[("done", &done.to_string()), ("total", &total.to_string())]))
        }
    };
    html! {
        <>
            if app.open_terminals > 1 {
                <div class="forms terminal-tabs" role="group" aria-label={texts.get("terminal.choose")}>{ for choose }</div>
            }
            <div class="screens">
                { for each }
                if let Some(progress) = progress { <p class="over" role="status">{ progress }</p> }
            </div>
        </>
    }
}
