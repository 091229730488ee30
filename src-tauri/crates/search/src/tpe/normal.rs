//! The normal distribution, cut off at 0 and 1.

use crate::random::Stream;
use libm::{erf, log, sqrt};
use std::f64::consts::{PI, SQRT_2};

/// Logarithm of what `exp(-z² / 2)` must be divided by to be a density over
/// [0, 1].
pub(crate) fn log_mass(mean: f64, sigma: f64) -> f64 {
    let scale = 1.0 / (sigma * SQRT_2);
    let mass = 0.5 * (erf((1.0 - mean) * scale) + erf(mean * scale));
    log(mass * sigma * sqrt(2.0 * PI))
}

/// A normal number (Marsaglia's polar method).
fn standard(stream: &mut Stream) -> f64 {
    loop {
        let (a, b) = (2.0 * stream.unit() - 1.0, 2.0 * stream.unit() - 1.0);
        let square = a * a + b * b;
        if square > 0.0 && square < 1.0 {
            return a * sqrt(-2.0 * log(square) / square);
        }
    }
}

/// A normal number in [0, 1), for a mean in there and a deviation up to 1 (at
/// worst two of three draws are thrown away).
pub(crate) fn within_unit(mean: f64, sigma: f64, stream: &mut Stream) -> f64 {
    loop {
        let number = mean + sigma * standard(stream);
        if (0.0..1.0).contains(&number) {
            return number;
        }
    }
}
