//! How much a column says about the target, in one figure for all kinds, and
//! Pearson's correlations between columns of numbers.

use super::cells::{Coded, Target};
use polars::prelude::PlHashMap;

/// Counts of pairs up to this many lie in one block of memory.
const DENSE_PAIRS: usize = 1 << 22;

/// Share of the target's entropy that the column takes away, beyond what it
/// would take away by chance: `(I - E[I]) / (H - E[I])`, 0 to 1. This is the
/// adjusted mutual information of Vinh, Epps and Bailey, "Information Theoretic
/// Measures for Clusterings Comparison" (JMLR 11, 2010), with the target's
/// entropy as the upper bound and `E[I]` estimated from shuffled targets. So a
/// key, which tells every row and predicts none, has 0. None where either does
/// not vary.
pub(super) fn association(column: &Coded, target: &Target) -> Option<f64> {
    let own = entropy(&column.codes, column.n);
    let entropy = entropy(&target.coded.codes, target.coded.n);
    if own <= 0.0 || entropy <= 0.0 {
        return None;
    }
    let information = |y: &[u32]| mutual_information(&column.codes, column.n, y, target.coded.n);
    let chance = target.shuffled.iter().map(|y| information(y)).sum::<f64>() / target.shuffled.len() as f64;
    let room = entropy - chance;
    // Where chance explains all but a hundredth, nothing can be told.
    let share = if room > 0.01 * entropy { (information(&target.coded.codes) - chance) / room } else { 0.0 };
    Some(share.clamp(0.0, 1.0))
}

/// In nats.
fn entropy(codes: &[u32], n_codes: usize) -> f64 {
    let n = codes.len() as f64;
    let mut counts = vec![0_u32; n_codes];
    codes.iter().for_each(|&code| counts[code as usize] += 1);
    counts.iter().filter(|c| **c > 0).map(|&c| f64::from(c) / n).map(|p| -p * p.ln()).sum()
}

/// In nats, from the counts as they are.
fn mutual_information(x: &[u32], n_x: usize, y: &[u32], n_y: usize) -> f64 {
    let n = x.len() as f64;
    let (mut of_x, mut of_y) = (vec![0_u32; n_x], vec![0_u32; n_y]);
    x.iter().for_each(|&code| of_x[code as usize] += 1);
    y.iter().for_each(|&code| of_y[code as usize] += 1);
    let term = |pair: usize, count: u32| {
        let (a, b) = (f64::from(of_x[pair / n_y]), f64::from(of_y[pair % n_y]));
        let c = f64::from(count);
        c / n * (c * n / (a * b)).ln()
    };
    let pairs = x.iter().zip(y).map(|(&a, &b)| a as usize * n_y + b as usize);
    if n_x * n_y <= DENSE_PAIRS {
        let mut counts = vec![0_u32; n_x * n_y];
        pairs.for_each(|pair| counts[pair] += 1);
        counts.iter().enumerate().filter(|(_, c)| **c > 0).map(|(pair, c)| term(pair, *c)).sum()
    } else {
        let mut counts: PlHashMap<usize, u32> = PlHashMap::default();
        pairs.for_each(|pair| *counts.entry(pair).or_default() += 1);
        // Summed in a fixed order, so that the last digit is always the same.
        let mut counts: Vec<(usize, u32)> = counts.into_iter().collect();
        counts.sort_unstable();
        counts.iter().map(|(pair, c)| term(*pair, *c)).sum()
    }
}

/// Pearson's correlation over rows that have both; none where either does not
/// vary on them.
pub(super) fn correlation(x: &[Option<f64>], y: &[Option<f64>]) -> Option<f64> {
    let both = || x.iter().zip(y).filter_map(|(a, b)| Some((((*a)?), (*b)?)));
    let (mut n, mut mean_x, mut mean_y) = (0.0, 0.0, 0.0);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    // Welford's way: no large sums are taken from each other.
    for (a, b) in both() {
        n += 1.0;
        let (da, db) = (a - mean_x, b - mean_y);
        mean_x += da / n;
        mean_y += db / n;
        xx += da * (a - mean_x);
        yy += db * (b - mean_y);
        xy += da * (b - mean_y);
    }
    (n > 2.0 && xx > 0.0 && yy > 0.0)
        .then(|| (xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))
        .filter(|r| r.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_is_that_of_the_counts() {
        // sklearn.metrics.mutual_info_score([0, 0, 1, 1], [0, 0, 1, 1]) is ln 2.
        assert!((mutual_information(&[0, 0, 1, 1], 2, &[0, 0, 1, 1], 2) - 2.0_f64.ln()).abs() < 1e-12);
        assert!(mutual_information(&[0, 0, 1, 1], 2, &[0, 1, 0, 1], 2).abs() < 1e-12);
        // sklearn.metrics.mutual_info_score([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 1])
        let found = mutual_information(&[0, 0, 0, 1, 1, 2], 3, &[0, 0, 1, 1, 1, 1], 2);
        assert!((found - 0.318_257_084_134_470_4).abs() < 1e-9, "{found}");
    }

    #[test]
    fn correlation_leaves_out_rows_that_have_not_both() {
        let some = |values: &[f64]| values.iter().map(|v| Some(*v)).collect::<Vec<_>>();
        let (mut x, y) = (some(&[1.0, 2.0, 3.0, 4.0]), some(&[2.0, 4.0, 6.0, 0.0]));
        x[3] = None;
        assert!(correlation(&x, &y).is_some_and(|r| (r - 1.0).abs() < 1e-12));
        assert_eq!(correlation(&some(&[1.0, 1.0, 1.0]), &some(&[1.0, 2.0, 3.0])), None);
    }
}
