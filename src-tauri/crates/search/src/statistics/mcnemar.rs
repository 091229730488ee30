//! McNemar's exact test. Two classifiers that are equally good are right alone
//! equally often, so the count of one is binomial with probability 1/2.

use std::f64::consts::{LN_2, TAU};

/// Two-sided p-value of the exact test (McNemar 1947; the binomial tail doubled,
/// at most 1) for the numbers of rows that only one of two classifiers predicts
/// right. 1 without such rows. Values under 1e-308 come out as 0.
pub fn mcnemar_exact(first_only: u32, second_only: u32) -> f64 {
    let smaller = f64::from(first_only.min(second_only));
    let n = f64::from(first_only) + f64::from(second_only);
    if first_only == second_only {
        return 1.0;
    }
    // Each term of the tail is the one above it times k / (n - k + 1), a factor
    // under 1, so the sum may stop once nothing is added any more.
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut k = smaller;
    while k > 0.0 {
        term *= k / (n - k + 1.0);
        if term < sum * f64::EPSILON / 8.0 {
            break;
        }
        sum += term;
        k -= 1.0;
    }
    (2.0 * (ln_fair_binomial(smaller, n) + sum.ln()).exp()).min(1.0)
}

/// Logarithm of the probability of `k` heads in `n` throws of a fair coin, for
/// `k < n - k`. By Loader's saddle-point form (2000, "Fast and accurate
/// computation of binomial probabilities"): differences of log-factorials would
/// lose nine digits at a million throws.
fn ln_fair_binomial(k: f64, n: f64) -> f64 {
    if k == 0.0 {
        return -n * LN_2;
    }
    let other = n - k;
    let deviance = deviance(k, n / 2.0) + deviance(other, n / 2.0);
    let remainders = stirling_remainder(n) - stirling_remainder(k) - stirling_remainder(other);
    remainders - deviance + 0.5 * (n / (TAU * k * other)).ln()
}

/// `x ln(x / mean) + mean - x`, without cancellation where they are close.
fn deviance(x: f64, mean: f64) -> f64 {
    let ratio = (x - mean) / (x + mean);
    if ratio.abs() >= 0.1 {
        return x * (x / mean).ln() + mean - x;
    }
    // ln(x / mean) = 2 artanh(ratio), whose first term joins mean - x.
    let square = ratio * ratio;
    let mut power = 2.0 * x * ratio;
    let mut sum = (x - mean) * ratio;
    for odd in (3_u32..).step_by(2) {
        power *= square;
        let next = sum + power / f64::from(odd);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// `ln n! - ln(sqrt(TAU n) (n / e)^n)`, for whole `n` above 0.
fn stirling_remainder(n: f64) -> f64 {
    if n < 16.0 {
        let factorial: f64 = (1..=n as u32).map(f64::from).product();
        return factorial.ln() - (n + 0.5) * n.ln() + n - 0.5 * TAU.ln();
    }
    let square = n * n;
    let tail = 1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - tail / square) / square) / n
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.binomtest(min(b, c), b + c, 0.5).pvalue` (SciPy 1.17.1) for
    /// rows that only one predicts right; statsmodels 0.15.0,
    /// `mcnemar([[0, b], [c, 0]], exact=True)`, gives the same to 1e-12.
    const SCIPY: &[(u32, u32, f64)] = &[
        (0, 0, 1.0),
        (0, 1, 1.0),
        (1, 1, 1.0),
        (1, 2, 1.0),
        (0, 5, 0.0625),
        (0, 6, 0.03125),
        (1, 7, 0.0703125),
        (2, 10, 0.03857421875),
        (5, 15, 0.04138946533203125),
        (8, 19, 0.052238985896110535),
        (9, 20, 0.06142834573984146),
        (15, 16, 1.0),
        (17, 40, 0.0032015437674503813),
        (0, 100, 1.5777218104420236e-30),
        (30, 70, 7.85013964559367e-05),
        (49, 51, 0.9204107626128221),
        (100, 101, 1.0),
        (250, 310, 0.012590475149380293),
        (0, 1000, 1.8665272370064378e-301),
        (1000, 1200, 2.1817026407914194e-05),
        (5000, 5300, 0.003215819673645259),
        (10000, 10001, 1.0),
        (12000, 12500, 0.0014321425048026506),
        (100000, 101000, 0.02586239243973295),
        (333333, 335000, 0.04156188456286066),
        (499000, 501000, 0.0456082998653896),
        (999000, 1000000, 0.4798298053092891),
        (990000, 1000000, 1.3594824638540268e-12),
        (970000, 1000000, 2.3419465181188693e-101),
        (1000000, 1000000, 1.0),
    ];

    #[test]
    fn equals_scipy_from_one_row_to_a_million() {
        for &(first_only, second_only, expected) in SCIPY {
            for p in [mcnemar_exact(first_only, second_only), mcnemar_exact(second_only, first_only)] {
                assert!(
                    (p - expected).abs() <= 1e-10 * expected,
                    "{first_only} and {second_only}: {p:e}, not {expected:e}"
                );
            }
        }
    }

    #[test]
    fn vanishing_values_become_zero() {
        assert_eq!(mcnemar_exact(0, 1_000_000), 0.0);
        assert_eq!(mcnemar_exact(400_000, 1_000_000), 0.0);
    }
}
