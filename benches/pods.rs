//! What a Pod costs, natively: `cargo bench --bench pods [-- N…]`.
#![allow(clippy::disallowed_types)] // It measures real time.

mod measure;

use std::sync::LazyLock;
use std::time::Instant;

/// What this thread has computed so far, as Linux counts it; elsewhere the time that has passed.
fn milliseconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat");
    let nanos = counted.ok().and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    nanos.map_or_else(|| START.elapsed().as_secs_f64() * 1e3, |nanos| nanos / 1e6)
}

fn main() {
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    for pods in if asked.is_empty() { measure::SIZES.to_vec() } else { asked } {
        println!("{}", measure::best(pods, milliseconds));
    }
}
