//! Terminals: what the page asks of one ([`Screen`]), and xterm.js behind it.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::collections::SortedMap;

/// What a terminal looks like to the page. The other one is in the browser tests: a page without
/// an import map cannot load xterm.
pub trait Screen {
    /// Shows what a program wrote.
    fn write(&self, text: &str);
    /// Takes the room that there is; gives back columns and lines.
    fn fit(&self) -> (u16, u16);
    /// Gets the keys from now on.
    fn focus(&self);
}

/// Makes a screen in an element; keys go to the callback.
pub type MakeScreen = fn(HtmlElement, &Look, Callback<String>) -> Rc<dyn Screen>;

/// How a terminal is set.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// What a screen reader calls it.
    pub label: String,
    /// In pixels.
    pub font_size: u32,
}

/// All terminals of the page. What is written before a screen is there waits for it.
#[derive(Default)]
pub struct Terminals {
    screens: RefCell<SortedMap<u32, Rc<dyn Screen>>>,
    waiting: RefCell<SortedMap<u32, String>>,
}

impl Terminals {
    /// Shows text on a terminal.
    pub fn write(&self, terminal: u32, text: &str) {
        match self.screens.borrow().get(&terminal) {
            Some(screen) => screen.write(text),
            None => self.waiting.borrow_mut().entry(terminal).or_default().push_str(text),
        }
    }

    /// Gives the keys to a terminal.
    pub fn focus(&self, terminal: u32) {
        if let Some(screen) = self.screens.borrow().get(&terminal) {
            screen.focus();
        }
    }

    /// Clears all: a new world begins.
    pub fn reset(&self) {
        self.waiting.borrow_mut().clear();
        for screen in self.screens.borrow().values() {
            screen.write("\x1bc");
        }
    }

    fn attach(&self, terminal: u32, screen: Rc<dyn Screen>) {
        if let Some(text) = self.waiting.borrow_mut().remove(&terminal) {
            screen.write(&text);
        }
        self.screens.borrow_mut().insert(terminal, screen);
    }

    fn detach(&self, terminal: u32) {
        self.screens.borrow_mut().remove(&terminal);
    }
}

/// See [`Terminal`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// Its number.
    pub terminal: u32,
    /// Whether it is the one that is seen.
    pub shown: bool,
    /// How it is set.
    pub look: Look,
    /// Where it is listed.
    pub terminals: Shared,
    /// Keys, as the terminal sends them.
    pub on_keys: Callback<(u32, String)>,
    /// Columns and lines, whenever they change.
    pub on_size: Callback<(u32, u16, u16)>,
    /// What makes the screen.
    pub make: Make,
}

/// The page's terminals, handed down; there is one such list.
#[derive(Clone)]
pub struct Shared(pub Rc<Terminals>);

impl PartialEq for Shared {
    fn eq(&self, other: &Shared) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A [`MakeScreen`], handed down. It never changes while the page lives.
#[derive(Clone, Copy)]
pub struct Make(pub MakeScreen);

impl PartialEq for Make {
    fn eq(&self, _: &Make) -> bool {
        true
    }
}

/// One terminal.
#[component]
pub fn Terminal(props: &Props) -> Html {
    let node = use_node_ref();
    let number = props.terminal;
    {
        let node = node.clone();
        let (terminals, on_keys, on_size) = (props.terminals.clone(), props.on_keys.clone(), props.on_size.clone());
        let (look, make) = (props.look.clone(), props.make);
        use_effect_with(number, move |_| {
            let mut ends: Option<(web_sys::ResizeObserver, Closure<dyn FnMut()>)> = None;
            if let Some(element) = node.cast::<HtmlElement>() {
                let keys = Callback::from(move |text| on_keys.emit((number, text)));
                let screen = make.0(element.clone(), &look, keys);
                let last = RefCell::new((0, 0));
                let fit = Closure::<dyn FnMut()>::new({
                    let (screen, element) = (Rc::clone(&screen), element.clone());
                    move || {
                        // A hidden terminal has no size, and keeps the one it had.
                        if element.client_width() < 40 || element.client_height() < 20 {
                            return;
                        }
                        let size = screen.fit();
                        if last.replace(size) != size {
                            on_size.emit((number, size.0, size.1));
                        }
                    }
                });
                terminals.0.attach(number, screen);
                if let Ok(observer) = web_sys::ResizeObserver::new(fit.as_ref().unchecked_ref()) {
                    observer.observe(&element);
                    ends = Some((observer, fit));
                }
            }
            move || {
                if let Some((observer, _fit)) = ends {
                    observer.disconnect();
                }
                terminals.0.detach(number);
            }
        });
    }
    html! { <div class="terminal" hidden={!props.shown} ref={node} /> }
}

/// xterm.js.
pub mod xterm {
    use super::*;
    use xterm_js_rs::addons::fit::FitAddon;
    use xterm_js_rs::{Disposable, Terminal, TerminalOptions, Theme};

    /// A terminal of xterm.js.
    pub struct Xterm {
        terminal: Terminal,
        fit: FitAddon,
        keys: Disposable,
        _on_keys: Closure<dyn FnMut(JsValue)>,
    }

    /// Makes one; see [`MakeScreen`].
    pub fn make(element: HtmlElement, look: &Look, keys: Callback<String>) -> Rc<dyn Screen> {
        let options: TerminalOptions = js_sys::Object::new().unchecked_into();
        options.set_screen_reader_mode(true);
        options.set_cursor_blink(false);
        options.set_scrollback(5_000);
        options.set_font_size(look.font_size);
        options.set_font_family(FONTS);
        options.set_theme(&theme());
        options.set_mac_option_is_meta(true);
        let terminal = Terminal::construct(Some(&options));
        let fit = FitAddon::new();
        terminal.load_addon(fit.clone().unchecked_into());
        terminal.open(element);
        if let Some(textarea) =
            js_sys::Reflect::get(&terminal, &"textarea".into()).ok().filter(|found| !found.is_falsy())
        {
            let textarea: web_sys::Element = textarea.unchecked_into();
            // An attribute of our own element cannot be refused.
            let _ = textarea.set_attribute("aria-label", &look.label);
        }
        let on_keys = Closure::<dyn FnMut(JsValue)>::new(move |text: JsValue| {
            keys.emit(text.as_string().unwrap_or_default());
        });
        let listening = terminal.on_data(on_keys.as_ref().unchecked_ref());
        Rc::new(Xterm { terminal, fit, keys: listening, _on_keys: on_keys })
    }

    impl Screen for Xterm {
        fn write(&self, text: &str) {
            self.terminal.write(text);
        }

        fn fit(&self) -> (u16, u16) {
            self.fit.fit();
            let narrow = |size: u32| u16::try_from(size).unwrap_or(u16::MAX);
            (narrow(self.terminal.get_cols()), narrow(self.terminal.get_rows()))
        }

        fn focus(&self) {
            self.terminal.focus();
        }
    }

    impl Drop for Xterm {
        fn drop(&mut self) {
            self.keys.dispose();
            self.terminal.dispose();
        }
    }

    const FONTS: &str =
        "ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

    /// The colours of deep water, the same by day and by night.
    fn theme() -> Theme {
        let theme: Theme = js_sys::Object::new().unchecked_into();
        let colours = [
            ("background", "#10212b"),
            ("foreground", "#d9e4e6"),
            ("cursor", "#ff8a66"),
            ("cursorAccent", "#10212b"),
            ("selectionBackground", "#2f5568"),
            ("black", "#23363f"),
            ("red", "#ff8f7a"),
            ("green", "#7ed3a2"),
            ("yellow", "#e9bf6b"),
            ("blue", "#86bdf2"),
            ("magenta", "#d7a5e6"),
            ("cyan", "#74ced0"),
            ("white", "#d9e4e6"),
            ("brightBlack", "#8499a2"),
            ("brightRed", "#ffb3a3"),
            ("brightGreen", "#a5e6c0"),
            ("brightYellow", "#f6d893"),
            ("brightBlue", "#b0d5fa"),
            ("brightMagenta", "#e8c6f2"),
            ("brightCyan", "#a3e4e5"),
            ("brightWhite", "#ffffff"),
        ];
        for (name, colour) in colours {
            // A plain object of our own takes every property.
            let _ = js_sys::Reflect::set(&theme, &name.into(), &colour.into());
        }
        theme
    }
}
