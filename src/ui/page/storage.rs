//! What the browser keeps for us.

use gloo::storage::{LocalStorage, Storage as _};

/// A small shelf of texts by name. The other one is in tests, and stands in where a browser keeps
/// nothing (a private window, a school's policy).
pub trait Shelf {
    /// What lies under `key`.
    fn get(&self, key: &str) -> Option<String>;
    /// Puts `text` under `key`; says whether it will be there tomorrow.
    fn put(&self, key: &str, text: &str) -> bool;
    /// Takes away what lies under `key`.
    fn remove(&self, key: &str);
}

/// The browser's local storage.
pub struct Local;

impl Shelf for Local {
    fn get(&self, key: &str) -> Option<String> {
        // `LocalStorage::raw` panics where the browser refuses the storage altogether.
        local()?.get_item(key).ok().flatten()
    }

    fn put(&self, key: &str, text: &str) -> bool {
        local().is_some_and(|storage| storage.set_item(key, text).is_ok())
    }

    fn remove(&self, key: &str) {
        if local().is_some() {
            LocalStorage::delete(key);
        }
    }
}

fn local() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}
