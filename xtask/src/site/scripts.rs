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
    let import = import(program, Effort::Quick);
    format!("{import}{}await {};\n", file_reader(), init(program, Effort::Quick))
}

/// What the engine asks for a file that only few need; it cannot go on before it has it.
pub fn file_reader() -> String {
    format!(
        "self.readFile = (name) => {{
  const request = new XMLHttpRequest();
  request.open('GET', new URL(`./${{name}}{MARK}`, import.meta.url), false);
  request.send();
  return request.status === 200 ? request.responseText : undefined;
}};
"
    )
}

/// Starts the page, and before it the engine's worker, which loads meanwhile; what that says first is kept until
/// the page listens. A browser without wasm, a download that broke off: it says so rather than stay blank.
pub fn boot(program: &str, worker: &str, effort: Effort) -> String {
    let import = import(program, effort);
    let init = init(program, effort);
    format!(
        "{import}const worker = new Worker(new URL('./{worker}_loader.js{MARK}', import.meta.url), {{ type: 'module' }});
worker.onmessage = ({{ data }}) => {{ worker.said = data; }};
worker.onerror = ({{ message = '' }}) => {{ worker.said = JSON.stringify({{ failed: {{ message }} }}); }};
self.{worker} = worker;
try {{
  await {init};
}} catch (error) {{
  document.body.append(`Drydock could not start: ${{error}}`);
  throw error;
}}
"
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
