//! `cargo xtask serve`: build the site and show it on this machine.

mod http;

use std::net::TcpListener;

use crate::run::{Outcome, say};
use crate::setup::toolchain::Toolchain;
use crate::site::{self, Effort};

pub use http::Server;

const FIRST_PORT: u16 = 8080;

/// Builds, then serves until interrupted.
pub fn serve(port: Option<u16>) -> Outcome {
    let folder = site::usual_folder();
    site::build(Toolchain::for_wasm()?, Effort::Quick, &folder)?;
    let listener = listen(port)?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    say(format!("\nDrydock is at http://localhost:{port}  (Ctrl-C ends it)"));
    say("After a change: `cargo xtask build` in another terminal, then reload the page.");
    Server::new(folder, "/").run(&listener)
}

/// Takes the port asked for, else 8080, else the next that is free.
fn listen(asked: Option<u16>) -> Outcome<TcpListener> {
    if let Some(port) = asked {
        return bind(port).map_err(|e| format!("cannot listen on port {port}: {e}"));
    }
    for port in FIRST_PORT..FIRST_PORT + 100 {
        if let Ok(listener) = bind(port) {
            if port != FIRST_PORT {
                say(format!("Port {FIRST_PORT} is taken: using {port} instead."));
            }
            return Ok(listener);
        }
    }
    Err(format!("no free port from {FIRST_PORT} on; name one with --port"))
}

/// This machine only: nobody else on the network gets in.
fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
}
