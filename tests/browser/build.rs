//! Runs the worlds of tests/determinism natively, for the browser to compare with.

#[path = "../determinism/worlds.rs"]
mod worlds;

fn main() {
    let hashes: Vec<String> = worlds::ALL.iter().map(|world| world.hash().to_string()).collect();
    // Cargo runs this again whenever the library was built anew.
    println!("cargo::rerun-if-changed=../determinism/worlds.rs");
    println!("cargo::rustc-env=NATIVE_HASHES={}", hashes.join(" "));
}
