//! Values that lie far from all others, judged by how the tail before them
//! thins out: what is normal for a long-tailed column is none for a narrow one.

use super::{cells::Numbers, figures::quantile};
use polars::prelude::Float64Chunked;

const FEWEST_VALUES: usize = 50;
/// Different values below which a column is a scale with a few steps.
const FEWEST_DIFFERENT: usize = 10;

/// Values beyond the limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outliers {
    /// Nothing is too small above this.
    pub low: f64,
    /// Nothing is too large below this.
    pub high: f64,
    /// Rows beyond either.
    pub count: u32,
    /// The value that lies farthest out.
    pub farthest: f64,
}

/// Limits from the sampled values, counted over all of them, which lie between
/// `least` and `most`. None where everything is within.
pub(super) fn outliers(
    numbers: &Numbers,
    all: &Float64Chunked,
    (least, most): (Option<f64>, Option<f64>),
) -> Option<Outliers> {
    let sorted = numbers.sorted.as_slice();
    if numbers.different.len() < FEWEST_DIFFERENT {
        return None;
    }
    let (low, high) = limits(sorted)?;
    if least.is_some_and(|least| least >= low) && most.is_some_and(|most| most <= high) {
        return None;
    }
    let (mut count, mut farthest) = (0_u32, None::<f64>);
    let middle = quantile(sorted, 0.5);
    for v in all.iter().flatten().filter(|v| *v < low || *v > high) {
        count += 1;
        if farthest.is_none_or(|f| (v - middle).abs() > (f - middle).abs()) {
            farthest = Some(v);
        }
    }
    farthest.map(|farthest| Outliers { low, high, count, farthest })
}

/// Distances from the median, in units of the median distance, are looked at on
/// a scale that is linear near 0 and logarithmic far out (`asinh`), where the
/// tail of a normal column thins out fast and that of a long-tailed one evenly.
/// From how far the last tenth reaches (its 0.90 and 0.99 quantiles) follows
/// where the outermost of so many values is to be expected if the tail goes on
/// evenly; what lies three such steps farther is far out.
fn limits(sorted: &[f64]) -> Option<(f64, f64)> {
    if sorted.len() < FEWEST_VALUES {
        return None;
    }
    let median = quantile(sorted, 0.5);
    let mut distances: Vec<f64> = sorted.iter().map(|v| (v - median).abs()).filter(|d| *d > 0.0).collect();
    distances.sort_unstable_by(f64::total_cmp);
    // Of values that differ from the median: half of a column may be zeros.
    let unit = quantile(&distances, 0.5);
    if !(unit > 0.0 && unit.is_finite()) {
        return None;
    }
    let side = |values: &mut dyn Iterator<Item = f64>| -> f64 {
        let mut scaled: Vec<f64> = values.filter(|d| *d > 0.0).map(|d| (d / unit).asinh()).collect();
        scaled.sort_unstable_by(f64::total_cmp);
        if scaled.len() < FEWEST_VALUES / 2 {
            return f64::INFINITY;
        }
        let (q90, q99) = (quantile(&scaled, 0.90), quantile(&scaled, 0.99));
        // A single value far out must not stretch the tail that judges it.
        let q90 = q90.max(quantile(&scaled, 0.5));
        let q99 = q99.min(q90 + 2.0 * (q90 - quantile(&scaled, 0.25)).max(0.2));
        let step = ((q99 - q90) / 10.0_f64.ln()).max(0.1);
        let expected = q99 + step * (0.01 * scaled.len() as f64).max(1.0).ln();
        (expected + 3.0 * step).max(2.0 + q99).sinh() * unit
    };
    let low = median - side(&mut sorted.iter().map(|v| median - v));
    let high = median + side(&mut sorted.iter().map(|v| v - median));
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::{super::sample::scrambled, *};
    use polars::prelude::NewChunkedArray;

    /// Normal, by the sum of twelve even numbers.
    fn normal(seed: u64, row: u64) -> f64 {
        let even = |i: u64| (scrambled(seed << 50 ^ row << 8 ^ i) >> 11) as f64 / (1_u64 << 53) as f64;
        (0..12).map(even).sum::<f64>() - 6.0
    }

    fn found(values: Vec<f64>) -> Option<Outliers> {
        let all = Float64Chunked::from_slice("a".into(), &values);
        let numbers = Numbers::new(values.into_iter().map(Some).collect());
        let extremes = (numbers.sorted.first().copied(), numbers.sorted.last().copied());
        outliers(&numbers, &all, extremes)
    }

    #[test]
    fn long_tails_are_no_outliers() {
        for seed in 0..20 {
            for n in [100_u64, 1_000, 20_000] {
                let of = |f: fn(f64) -> f64| (0..n).map(|row| f(normal(seed, row))).collect::<Vec<f64>>();
                assert_eq!(found(of(|z| 50.0 + 10.0 * z)), None, "normal, {n}, {seed}");
                assert_eq!(found(of(f64::exp)), None, "lognormal, {n}, {seed}");
                assert_eq!(found(of(|z| (1.5 * z).exp())), None, "long lognormal, {n}, {seed}");
                assert_eq!(found(of(|z| z.powi(3))), None, "both tails long, {n}, {seed}");
                assert_eq!(found(of(|z| if z > 0.5 { z.exp().round() } else { 0.0 })), None, "zeros, {n}");
            }
        }
    }

    #[test]
    fn values_far_out_are_found() {
        for n in [100_u64, 1_000, 20_000] {
            let mut values: Vec<f64> = (0..n).map(|row| 50.0 + 10.0 * normal(3, row)).collect();
            values[7] = 9_999.0;
            values[8] = -2_000.0;
            let found = found(values).expect("outliers");
            assert_eq!((found.count, found.farthest), (2, 9_999.0), "{n}: {found:?}");
        }
    }
}
