//! The few lines of JavaScript that start the wasm programs.

use super::Effort;
use super::version::MARK;

/// The file of a program's wasm: packed where it is for the world.
pub fn wasm(program: &str, effort: Effort) -> String {
    match effort {
        Effort::Quick => format!("{program}_bg.wasm"),
        Effort::Small => format!("{program}_bg.wasm.xz"),
    }
}

/// Starts an undivided program in a worker: what Trunk calls its loader shim.
pub fn loader(program: &str) -> String {
    format!("{}await {};\n", import(program, Effort::Quick), init(program, Effort::Quick))
}

/// Starts the page. A browser without wasm, a download that broke off: it says so rather than
/// stay blank.
pub fn boot(program: &str, effort: Effort) -> String {
    let import = import(program, effort);
    let init = init(program, effort);
    format!(
        "{import}try {{\n  await {init};\n}} catch (error) {{\n  \
         document.body.append(`Drydock could not start: ${{error}}`);\n  throw error;\n}}\n"
    )
}

fn import(program: &str, effort: Effort) -> String {
    let unpack = format!("import {{ unpack }} from './unpack.js{MARK}';\n");
    let unpack = if effort == Effort::Small { unpack } else { String::new() };
    format!("{unpack}import init from './{program}.js{MARK}';\n")
}

fn init(program: &str, effort: Effort) -> String {
    let url = format!("new URL('./{}{MARK}', import.meta.url)", wasm(program, effort));
    match effort {
        Effort::Quick => format!("init({{ module_or_path: {url} }})"),
        Effort::Small => format!("init({{ module_or_path: unpack({url}) }})"),
    }
}
