//! The page's start.

fn main() {
    drydock::ui::start();
}
