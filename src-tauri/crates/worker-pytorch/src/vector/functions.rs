//! Exponentials and what is made of them, without branches, so that a loop
//! over them becomes vector instructions. NaN goes in and comes out.

use super::mul_add;
use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E};

/// ln 2 in two parts; multiples of the first up to 2⁸ are exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Adding and subtracting 1.5 · 2²³ rounds to the nearest integer, which then
/// stands in the lowest bits of the sum.
const ROUNDER: f32 = 12_582_912.0;

/// `x` between the bounds; NaN stays NaN, which `f32::clamp` would promise too
/// but `max` and `min` would not.
#[inline(always)]
fn between(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// (n, e^r - 1) with x = n ln 2 + r and |r| ≤ ln 2 / 2; n as `2ⁿ`.
/// Taylor's series up to r⁷: the rest is below a tenth of a rounding.
#[inline(always)]
fn reduced<const FUSED: bool>(x: f32) -> (f32, f32) {
    let shifted = mul_add::<FUSED>(x, LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r = mul_add::<FUSED>(n, -LN2_HIGH, x);
    let r = mul_add::<FUSED>(n, -LN2_LOW, r);
    let mut series = 1.0 / 5040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5] {
        series = mul_add::<FUSED>(series, r, coefficient);
    }
    let below_one = mul_add::<FUSED>(series * r, r, r);
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    (power, below_one)
}

/// e^x, to about a rounding; 0 below e⁻⁸⁷ and at most e⁸⁸.
#[inline(always)]
pub(crate) fn exp<const FUSED: bool>(x: f32) -> f32 {
    let (power, below_one) = reduced::<FUSED>(between(x, -87.0, 88.0));
    let e = mul_add::<FUSED>(below_one, power, power);
    if x < -87.0 { 0.0 } else { e }
}

/// 1 / (1 + e^-x)
#[inline(always)]
pub(crate) fn sigmoid<const FUSED: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<FUSED>(-x))
}

/// (e^2x - 1) / (e^2x + 1), the numerator without cancellation near 0.
#[inline(always)]
pub(crate) fn tanh<const FUSED: bool>(x: f32) -> f32 {
    let (power, below_one) = reduced::<FUSED>(between(2.0 * x, -30.0, 30.0));
    let numerator = mul_add::<FUSED>(below_one, power, power - 1.0);
    numerator / (numerator + 2.0)
}

/// Φ(x) of the normal distribution, and e^(-x²/2).
/// Abramowitz and Stegun 7.1.26, absolute error below 1e-7.
#[inline(always)]
pub(crate) fn normal<const FUSED: bool>(x: f32) -> (f32, f32) {
    let bell = exp::<FUSED>(-0.5 * x * x);
    let t = 1.0 / mul_add::<FUSED>(0.327_591_1 * FRAC_1_SQRT_2, x.abs(), 1.0);
    let mut series = 1.061_405_4;
    for coefficient in [-1.453_152_1, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
        series = mul_add::<FUSED>(series, t, coefficient);
    }
    let tail = 0.5 * series * t * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}

#[cfg(test)]
mod tests {
    use super::super::vectorized;
    use super::*;

    fn worst(got: impl Fn(f32) -> f32, want: impl Fn(f64) -> f64, relative: bool) -> f64 {
        let of = |x: f32| {
            let want = want(f64::from(x));
            let off = (f64::from(got(x)) - want).abs();
            if relative { off / want.abs().max(1e-30) } else { off }
        };
        (-80_000..80_000).map(|i| of(i as f32 * 1.01e-3)).fold(0.0, f64::max)
    }

    vectorized! {
        fn exps(x: &mut [f32]) {
            for x in x {
                *x = exp::<FUSED>(*x);
            }
        }
    }

    #[test]
    fn they_are_right_to_a_few_roundings() {
        let rounding = f64::from(f32::EPSILON) / 2.0;
        for (name, off) in [
            ("exp", worst(exp::<true>, f64::exp, true)),
            ("exp, twice rounded", worst(exp::<false>, f64::exp, true)),
            ("tanh", worst(tanh::<true>, f64::tanh, true)),
            ("tanh, twice rounded", worst(tanh::<false>, f64::tanh, true)),
            ("sigmoid", worst(sigmoid::<true>, |x| 1.0 / (1.0 + (-x).exp()), false)),
        ] {
            assert!(off < 4.0 * rounding, "{name} is off by {:.2} roundings", off / rounding);
        }
    }

    #[test]
    fn the_normal_distribution_is_libtorchs() {
        let x: Vec<f32> = (-6000..6000).map(|i| i as f32 * 1e-3).collect();
        let want = tch::Tensor::from_slice(&x).to_kind(tch::Kind::Double) / std::f64::consts::SQRT_2;
        let want = Vec::<f64>::try_from((want.erf() + 1.0) * 0.5).unwrap();
        for (&x, &want) in x.iter().zip(&want) {
            let got = normal::<true>(x).0;
            assert!((f64::from(got) - want).abs() < 2.5e-7, "{x}: {got}, not {want}");
        }
    }

    #[test]
    fn what_is_no_number_stays_none_and_the_ends_are_the_limits() {
        for x in [f32::NAN, -f32::NAN] {
            assert!(exp::<true>(x).is_nan() && tanh::<true>(x).is_nan() && sigmoid::<true>(x).is_nan());
            assert!(normal::<true>(x).0.is_nan());
        }
        assert_eq!(exp::<true>(f32::NEG_INFINITY), 0.0);
        assert_eq!((tanh::<true>(f32::INFINITY), tanh::<true>(-40.0)), (1.0, -1.0));
        assert_eq!(sigmoid::<true>(f32::INFINITY), 1.0);
        assert!(sigmoid::<true>(f32::NEG_INFINITY) < 1e-37);
        assert_eq!((normal::<true>(20.0).0, normal::<true>(-20.0).0), (1.0, 0.0));
    }

    #[test]
    fn a_values_place_in_the_loop_does_not_matter() {
        let mut together: Vec<f32> = (0..77).map(|i| (i as f32 - 40.0) * 0.37).collect();
        let mut alone = together.clone();
        exps(&mut together);
        for x in &mut alone {
            exps(std::slice::from_mut(x));
        }
        assert_eq!(together, alone);
    }
}
