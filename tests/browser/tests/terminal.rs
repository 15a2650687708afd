//! A terminal of the page, with a screen that only remembers: xterm needs the page's import map.

use std::cell::RefCell;
use std::rc::Rc;

use drydock::ui::terminal::{Look, Make, Screen, Shared, Terminal, Terminals};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;
use yew::prelude::*;

thread_local! {
    static WRITTEN: RefCell<String> = RefCell::default();
    static KEYS: RefCell<Vec<(u32, String)>> = RefCell::default();
}

struct Remembers;

impl Screen for Remembers {
    fn write(&self, text: &str) {
        WRITTEN.with_borrow_mut(|written| written.push_str(text));
    }
    fn fit(&self) -> (u16, u16) {
        (80, 24)
    }
    fn focus(&self) {}
}

fn make(_: HtmlElement, look: &Look, keys: Callback<String>) -> Rc<dyn Screen> {
    assert_eq!(look.label, "Terminal 1");
    keys.emit("ls\r".to_owned());
    Rc::new(Remembers)
}

#[derive(Properties, PartialEq)]
struct Props {
    terminals: Shared,
}

#[component]
fn Page(props: &Props) -> Html {
    let look = Look { label: "Terminal 1".to_owned(), font_size: 14 };
    let on_keys = Callback::from(|keys| KEYS.with_borrow_mut(|all| all.push(keys)));
    html! {
        <Terminal terminal=0 shown=true {look} terminals={props.terminals.clone()} {on_keys}
            on_size={Callback::noop()} make={Make(make)} />
    }
}

#[wasm_bindgen_test]
async fn what_is_written_before_the_screen_is_there_waits_for_it() {
    let terminals = Rc::new(Terminals::default());
    terminals.write(0, "controlplane:~$ ");
    let root = gloo::utils::document().create_element("div").unwrap();
    let props = Props { terminals: Shared(Rc::clone(&terminals)) };
    yew::Renderer::<Page>::with_root_and_props(root, props).render();
    yew::platform::time::sleep(std::time::Duration::from_millis(50)).await;
    terminals.write(0, "ls");
    assert_eq!(WRITTEN.with_borrow(Clone::clone), "controlplane:~$ ls");
    assert_eq!(KEYS.with_borrow(Clone::clone), [(0, "ls\r".to_owned())]);
}
