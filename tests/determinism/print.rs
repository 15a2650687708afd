//! Prints the hash of each world, for the browser tests to compare with: `cargo run --example worlds`.

mod worlds;

fn main() {
    for world in worlds::ALL {
        println!("{}", world.hash());
    }
}
