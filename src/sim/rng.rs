//! Seeded randomness. Every component draws from a stream of its own, split off by name, so
//! that one component drawing more does not change what another draws.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, SeedableRng as _};

use super::Duration;

/// A seeded random number generator.
///
/// ```
/// use drydock::sim::Rng;
/// let mut a = Rng::new(7).split("scheduler");
/// let mut b = Rng::new(7).split("scheduler");
/// assert_eq!(a.below(1000), b.below(1000));
/// ```
#[derive(Clone, Debug)]
pub struct Rng {
    seed: u64,
    stream: Xoshiro256PlusPlus,
}

impl Rng {
    /// A generator whose every draw follows from `seed`.
    pub fn new(seed: u64) -> Rng {
        Rng { seed, stream: Xoshiro256PlusPlus::seed_from_u64(seed) }
    }

    /// A generator of its own for the component `name`. It depends on this one's seed and on
    /// the name, not on what was drawn so far.
    pub fn split(&self, name: &str) -> Rng {
        // FNV-1a: short, and the same on every machine.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Rng::new(self.seed.rotate_left(17) ^ hash)
    }

    /// Sixty-four random bits.
    pub fn bits(&mut self) -> u64 {
        self.stream.next_u64()
    }

    /// A number below `n`, each equally likely; 0 where `n` is 0.
    ///
    /// Our own, since the sampling of ranges may differ from one release of `rand` to the next.
    pub fn below(&mut self, n: u64) -> u64 {
        // Lemire's method; the bias of 2^-64·n that is left is far below what a test can see.
        u64::try_from((u128::from(self.bits()) * u128::from(n)) >> 64).unwrap_or(0)
    }

    /// True in `numerator` of `denominator` cases.
    pub fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }

    /// A duration from `low` to `high`, in whole microseconds.
    pub fn between(&mut self, low: Duration, high: Duration) -> Duration {
        let span = high.saturating_sub(low).as_micros();
        low + Duration::from_micros(self.below(u64::try_from(span).unwrap_or(u64::MAX).saturating_add(1)))
    }

    /// `n` characters drawn from `alphabet`, which must be ASCII.
    pub fn text(&mut self, alphabet: &str, n: usize) -> String {
        let letters = alphabet.as_bytes();
        (0..n).map(|_| char::from(letters[self.below(letters.len() as u64) as usize])).collect()
    }
}
