//! Everything that is done to Drydock from the command line. Each command sets up what it needs.

mod dist;
mod json;
mod place;
mod run;
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
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}\n{}", test::list());
            Ok(())
        }
        other => Err(format!("cargo xtask: unknown: {}\n\n{USAGE}", other.join(" "))),
    }
}
