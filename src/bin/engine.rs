//! The start of the engine's Web Worker.

fn main() {
    drydock::ui::drive::start();
}
