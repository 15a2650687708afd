//! Everything that is done to Drydock from the command line. Each command sets up what it needs.

// The tools live in real time; only the world does not (clippy.toml).
#![allow(clippy::disallowed_types, clippy::disallowed_methods)]

mod bench;
mod dist;
mod drive;
mod json;
mod place;
mod run;
mod screenshot;
mod serve;
mod setup;
mod site;
mod test;

use std::process::ExitCode;

use run::Outcome;
use setup::toolchain::Toolchain;
use site::Effort;

const USAGE: &str = "\
cargo xtask serve [--port N]    build the app and show it at http://localhost:8080
cargo xtask build               build it anew for a `serve` that is running
cargo xtask test [FAMILY...]    run every check, or the families named
cargo xtask dist                write the static site to dist/, small and checked
cargo xtask bench [PODS...]     measure: time and memory a Pod, first load, time to the prompt
cargo xtask screenshot [FOLDER [ADDRESS]]
                                pictures of the app, 1280 and 390 pixels wide, light and dark
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match command(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // The tests have said it all: their last line stays the last.
            if !message.is_empty() {
                eprintln!("{message}");
            }
            ExitCode::FAILURE
        }
    }
}

fn command(words: &[&str]) -> Outcome {
    match words {
        ["serve"] => serve::serve(None),
        ["serve", "--port", port] => serve::serve(Some(port.parse().map_err(|_| format!("{port} is no port number"))?)),
        ["build"] => site::build(Toolchain::for_wasm()?, Effort::Quick, &site::usual_folder()),
        ["test", families @ ..] => test::test(families),
        ["dist"] => dist::dist(Toolchain::for_wasm()?),
        ["bench", sizes @ ..] => bench::bench(sizes),
        ["screenshot"] => screenshot::screenshot(None, &[]),
        ["screenshot", folder, words @ ..] => screenshot::screenshot(Some(folder), words),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}\n{}", test::list());
            Ok(())
        }
        other => Err(format!("cargo xtask: unknown: {}\n\n{USAGE}", other.join(" "))),
    }
}
