//! The difference of two accuracies on the same rows.

use super::{StatisticsError, check_paired};
use retort_domain::Interval;

/// The 97.5 % quantile of the standard normal distribution.
pub(super) const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// What two classifiers did on the same rows. Rows that both predict right or
/// both wrong say nothing about the difference beyond their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairedOutcomes {
    /// Rows that only the first predicts right.
    pub first_only: u32,
    /// Rows that only the second predicts right.
    pub second_only: u32,
    /// All rows.
    pub n_rows: u32,
}

impl PairedOutcomes {
    /// Counts rows; true where a model predicts the row right. Fails for lists
    /// of different lengths and without rows.
    pub fn count(first_right: &[bool], second_right: &[bool]) -> Result<Self, StatisticsError> {
        check_paired(first_right.len(), second_right.len(), 1)?;
        let mut outcomes = Self { first_only: 0, second_only: 0, n_rows: first_right.len() as u32 };
        for (&first, &second) in first_right.iter().zip(second_right) {
            outcomes.first_only += u32::from(first && !second);
            outcomes.second_only += u32::from(second && !first);
        }
        Ok(outcomes)
    }
}

/// The first accuracy minus the second, as a share (-1 to 1), with Tango's score
/// interval (Tango 1998, "Equivalence test and confidence interval for the
/// difference in proportions for the paired-sample design", Statistics in
/// Medicine 17:891-908): all differences that the score test would not reject.
///
/// A bootstrap over rows draws from three numbers, the counts of `outcomes`, and
/// cannot see beyond them: without a row on which the models disagree its
/// interval has no width at all. The score interval keeps its coverage down to
/// about three such rows (and errs on the wide side below), takes no draws, and
/// leaves 0 out exactly where McNemar's test without correction rejects.
pub fn accuracy_difference(outcomes: PairedOutcomes) -> Interval {
    let n = f64::from(outcomes.n_rows);
    let estimate = (f64::from(outcomes.first_only) - f64::from(outcomes.second_only)) / n;
    Interval {
        estimate,
        low: boundary(-1.0, estimate, |difference| score(outcomes, difference) > NORMAL_QUANTILE),
        high: boundary(estimate, 1.0, |difference| score(outcomes, difference) > -NORMAL_QUANTILE),
    }
}

/// The score statistic for a true difference of `difference`, which falls as that
/// rises. The nuisance parameter, the share of rows that only the second predicts
/// right, is at its maximum likelihood, the larger root of a quadratic.
fn score(outcomes: PairedOutcomes, difference: f64) -> f64 {
    let n = f64::from(outcomes.n_rows);
    let (first, second) = (f64::from(outcomes.first_only), f64::from(outcomes.second_only));
    let linear = (2.0 * n - first + second) * difference - first - second;
    let constant = -second * difference * (1.0 - difference);
    let root = (linear * linear - 8.0 * n * constant).max(0.0).sqrt();
    let second_share = (root - linear) / (4.0 * n);
    let variance = n * (2.0 * second_share + difference * (1.0 - difference));
    // No variance: certain, and right only about the estimate itself.
    let distance = first - second - n * difference;
    if variance > 0.0 { distance / variance.sqrt() } else { distance.signum() * f64::INFINITY }
}

/// Where `below` turns from true to false between `low` and `high`, by bisection
/// down to neighbouring numbers.
fn boundary(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(first_only: u32, second_only: u32, n_rows: u32) -> Interval {
        accuracy_difference(PairedOutcomes { first_only, second_only, n_rows })
    }

    /// Fagerland, Lydersen and Laake 2014, "Recommended tests and confidence
    /// intervals for paired binomial proportions", Statistics in Medicine
    /// 33:2850-2875: airway hyper-responsiveness, 1 and 7 discordant of 21.
    #[test]
    fn a_published_interval_comes_out() {
        let published = interval(1, 7, 21);
        assert!((published.estimate + 0.286).abs() < 5e-4, "{published:?}");
        assert!((published.low + 0.517).abs() < 5e-4, "{published:?}");
        assert!((published.high + 0.026).abs() < 5e-4, "{published:?}");
    }

    #[test]
    fn models_that_never_disagree_still_leave_room() {
        // By hand: d²n² / (n d (1 - d)) = z² at d = z² / (n + z²).
        let square = NORMAL_QUANTILE * NORMAL_QUANTILE;
        let same = interval(0, 0, 100);
        assert_eq!(same.estimate, 0.0);
        assert!((same.high - square / (100.0 + square)).abs() < 1e-12, "{same:?}");
        assert!((same.low + same.high).abs() < 1e-12, "{same:?}");
    }

    #[test]
    fn one_right_everywhere_the_other_nowhere() {
        let extreme = interval(20, 0, 20);
        assert_eq!((extreme.estimate, extreme.high), (1.0, 1.0));
        assert!(extreme.low > 0.6 && extreme.low < 1.0, "{extreme:?}");
    }

    #[test]
    fn swapping_the_models_mirrors_the_interval() {
        let (one, other) = (interval(30, 18, 500), interval(18, 30, 500));
        assert!((one.low + other.high).abs() < 1e-12 && (one.high + other.low).abs() < 1e-12);
    }

    #[test]
    fn counts_only_rows_that_differ() {
        let outcomes =
            PairedOutcomes::count(&[true, true, false, false, true], &[true, false, false, true, false]);
        assert_eq!(outcomes, Ok(PairedOutcomes { first_only: 2, second_only: 1, n_rows: 5 }));
        assert_eq!(
            PairedOutcomes::count(&[true], &[]),
            Err(StatisticsError::Unpaired { first: 1, second: 0 })
        );
        assert_eq!(PairedOutcomes::count(&[], &[]), Err(StatisticsError::TooFew { got: 0, needed: 1 }));
    }
}
