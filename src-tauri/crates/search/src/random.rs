//! Chance, as samplers need it. A stream is found by the sweep's seed, what it
//! is for and the trial's number, so a suggestion depends on nothing that was
//! drawn before it. How words become numbers is written out here, so that no
//! dependency's new version can change a sweep.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of random words is for; part of its key, so the numbers are
/// fixed for ever.
#[derive(Debug, Clone, Copy)]
#[repr(u32)]
pub(crate) enum Purpose {
    Random = 1,
    Scrambling = 2,
    Tpe = 3,
}

/// Random words keyed by everything that names the stream.
pub(crate) struct Stream {
    rng: ChaCha8Rng,
}

impl Stream {
    pub(crate) fn new(seed: u32, purpose: Purpose, number: u32) -> Self {
        let mut key = [0_u8; 32];
        key[0..4].copy_from_slice(&seed.to_le_bytes());
        key[4..8].copy_from_slice(&(purpose as u32).to_le_bytes());
        key[8..12].copy_from_slice(&number.to_le_bytes());
        key[20..32].copy_from_slice(b"retortsearch");
        Self { rng: ChaCha8Rng::from_seed(key) }
    }

    pub(crate) fn word(&mut self) -> u32 {
        self.rng.next_u32()
    }

    /// Uniform in [0, 1), 53 bits.
    pub(crate) fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        (self.rng.next_u64() >> 11) as f64 * STEP
    }
}
