//! The few lines of JavaScript that start the wasm programs.

use super::version::MARK;

/// Starts a program in a worker: what Trunk calls its loader shim.
pub fn loader(program: &str) -> String {
    format!("{}await {};\n", import(program), init(program))
}

/// Starts the page. A browser without wasm, a download that broke off: it says so rather than
/// stay blank.
pub fn boot(program: &str) -> String {
    let import = import(program);
    let init = init(program);
    format!(
        "{import}try {{\n  await {init};\n}} catch (error) {{\n  \
         document.body.append(`Drydock could not start: ${{error}}`);\n  throw error;\n}}\n"
    )
}

fn import(program: &str) -> String {
    format!("import init from './{program}.js{MARK}';\n")
}

fn init(program: &str) -> String {
    format!("init({{ module_or_path: new URL('./{program}_bg.wasm{MARK}', import.meta.url) }})")
}
