//! The world without a browser; see [`drydock::cli`].

fn main() {
    std::process::exit(drydock::cli::main(std::env::args().skip(1).collect()));
}
