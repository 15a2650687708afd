//! Small things that are asked of the browser.

use gloo::events::EventListener;
use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use yew::Callback;

use super::settings::Theme;
use crate::view::address::Address;
use crate::view::text::Language;

/// Sets the page's language, by which the browser chooses glyphs and a screen reader its voice.
pub fn set_language(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.code());
    }
}

/// Sets light or dark.
pub fn set_theme(theme: Theme) {
    let name = Theme::ALL.iter().find(|(this, ..)| *this == theme).map_or("auto", |(_, name, _)| name);
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("data-theme", name);
    }
}

/// Sets the window's title.
pub fn set_title(lesson: Option<&str>) {
    match lesson {
        Some(lesson) => document().set_title(&format!("{lesson} · Drydock")),
        None => document().set_title("Drydock"),
    }
}

/// Puts a text on the clipboard, where the browser has one.
pub fn copy(text: &str) {
    let navigator = window().navigator();
    let has_one =
        js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_undefined());
    if has_one {
        let copied = wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text));
        // A browser may refuse, and then says so itself.
        wasm_bindgen_futures::spawn_local(async move { drop(copied.await) });
    }
}

/// Asks the person at the keyboard.
pub fn confirm(question: &str) -> bool {
    window().confirm_with_message(question).unwrap_or(true)
}

/// Hands out a file.
pub fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&text.into());
    let address =
        web_sys::Blob::new_with_str_sequence(&parts).and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob));
    let (Ok(address), Ok(link)) = (address, document().create_element("a")) else { return };
    let link: web_sys::HtmlAnchorElement = link.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    let _ = web_sys::Url::revoke_object_url(&address);
}

/// Whether nobody sees the page.
pub fn is_hidden() -> bool {
    document().hidden()
}

/// Tells when the page is seen and when it is no more, and when its address names another place.
pub fn listen(seen: Callback<bool>, moved: Callback<()>) -> Vec<EventListener> {
    let hidden = seen.clone();
    let changed = EventListener::new(&document(), "visibilitychange", move |_| {
        seen.emit(document().visibility_state() == web_sys::VisibilityState::Visible);
    });
    let leaves = EventListener::new(&window(), "pagehide", move |_| hidden.emit(false));
    let moves = EventListener::new(&window(), "hashchange", move |_| moved.emit(()));
    vec![changed, leaves, moves]
}

/// What the page's address asks for.
pub fn address() -> Address {
    let location = window().location();
    Address::of(&location.search().unwrap_or_default(), &location.hash().unwrap_or_default())
}

/// Makes the address name this place, without going there.
pub fn set_place(place: &str) {
    if let Ok(history) = window().history() {
        // Refused only for another site's address.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&format!("#/{place}")));
    }
}

/// A seed that nobody chose; short, so that it can be told and typed.
#[allow(clippy::disallowed_methods)] // The one place that may: chance below comes from this seed.
pub fn draw_seed() -> u64 {
    // A browser without randomness has a page without luck, no more.
    getrandom::u32().map_or(1, u64::from)
}

/// Reads a file that was chosen; `None` where that fails, or it is far too large to be ours.
pub async fn read(file: web_sys::File) -> Option<String> {
    const MOST: f64 = 64e6;
    if file.size() > MOST {
        return None;
    }
    wasm_bindgen_futures::JsFuture::from(file.text()).await.ok()?.as_string()
}
