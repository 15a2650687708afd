//! The engine in two halves: what a first visit runs, and what comes while the learner reads.
//!
//! The engine grows with every kind and tool; what a beginner's first lesson runs does not. So the program is
//! gone through once, by xtask/split/first_visit.mjs, and what was not called then is set apart. The worker
//! loads that in the background, and waits for it only where it is called earlier.

use std::path::Path;
use std::process::Command;

use super::scripts;
use super::version::MARK;
use crate::place;
use crate::run::{self, Outcome};
use crate::setup::toolchain::Toolchain;

/// Divides the program in `folder`: its wasm becomes the first half, and `PROGRAM_later.wasm` the second.
pub fn divide(toolchain: Toolchain, folder: &Path, program: &str) -> Outcome {
    let tool = || -> Outcome<Command> {
        let mut build = toolchain.cargo();
        run::openly(build.args(["build", "--quiet", "--package", "drydock-split"]))?;
        Ok(Command::new(place::target().join("debug/drydock-split")))
    };
    let work = |name: &str| place::work().join(format!("{program}-{name}"));
    let (whole, marked, script, list) = (work("whole.wasm"), work("marked.wasm"), work("whole.mjs"), work("called"));
    let copied = std::fs::copy(folder.join(format!("{program}_bg.wasm")), &whole)
        .and_then(|_| std::fs::copy(folder.join(format!("{program}.js")), &script));
    copied.map_err(|e| format!("cannot copy the {program}: {e}"))?;
    run::openly(tool()?.arg("mark").arg(&whole).arg(&marked))?;
    let mut visit = Command::new("node");
    visit.arg(place::root().join("xtask/split/first_visit.mjs")).arg(&script).arg(&marked).arg(&list);
    run::quietly("Going through a first visit, to see what it runs", "about 20 seconds", &mut visit)?;
    let (first, later) = (folder.join(format!("{program}_bg.wasm")), folder.join(later(program)));
    run::openly(tool()?.arg("divide").args([&whole, &list, &first, &later]))
}

/// The file of the second half.
pub fn later(program: &str) -> String {
    format!("{program}_later.wasm")
}

/// The worker's start: the first half, then the second. The second is packed too; as it is, it is there for
/// one who cannot wait for unpacking, which takes turns of the event loop.
pub fn loader(program: &str) -> String {
    let (later, read_file) = (later(program), scripts::file_reader());
    format!(
        "import {{ unpack }} from './unpack.js{MARK}';
import init from './{program}.js{MARK}';
{read_file}let first;
const at = (file) => new URL(file, import.meta.url);
const join = (later) => {{
  if (first['~loaded'].value) return;
  new WebAssembly.Instance(later, {{ first }});
  first['~loaded'].value = 1;
}};
self.loadRest = () => {{
  const request = new XMLHttpRequest();
  request.open('GET', at('./{later}{MARK}'), false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw new Error(`${{request.status}} ${{request.statusText}} for {later}`);
  join(new WebAssembly.Module(request.response));
}};
first = await init({{ module_or_path: unpack(at('./{program}_bg.wasm.xz{MARK}')) }});
// If this fails, the other way tells of it when there is need.
WebAssembly.compileStreaming(unpack(at('./{later}.xz{MARK}'))).then(join, () => {{}});
"
    )
}
