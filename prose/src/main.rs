//! Writes what [`drydock_prose::json`] makes: `drydock-prose FILE`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: drydock-prose FILE");
        return ExitCode::FAILURE;
    };
    match std::fs::write(&file, drydock_prose::json()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write {}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
