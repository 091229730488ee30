//! The whole of what is said about two models: the card's figures at once.

use super::verdict::{excludes_zero, verdict};
use super::{
    PairedOutcomes, Resampling, StatisticsError, accuracy_difference, check_paired, mcnemar_exact,
    mean_difference, median, rmse_difference,
};
use retort_domain::{Interval, Metric, PairAgreement, PlatformComparison};

/// Compares classifiers by accuracy on the same test rows; true where one
/// predicts a row right. `pairs` is left to [`pair_agreement`]. Fails for lists
/// of different lengths and without rows.
pub fn compare_classifiers(
    pytorch_right: &[bool],
    tensorflow_right: &[bool],
) -> Result<PlatformComparison, StatisticsError> {
    let outcomes = PairedOutcomes::count(pytorch_right, tensorflow_right)?;
    let p = mcnemar_exact(outcomes.first_only, outcomes.second_only);
    Ok(comparison(Metric::Accuracy, accuracy_difference(outcomes), Some(p), outcomes.n_rows))
}

/// Compares regressors by RMSE on the same test rows: predictions minus targets,
/// in the target's units. `pairs` is left to [`pair_agreement`]. Fails as
/// [`rmse_difference`] does.
pub fn compare_regressors(
    pytorch_errors: &[f64],
    tensorflow_errors: &[f64],
    resampling: Resampling,
) -> Result<PlatformComparison, StatisticsError> {
    let difference = rmse_difference(pytorch_errors, tensorflow_errors, resampling)?;
    Ok(comparison(Metric::Rmse, difference, None, pytorch_errors.len() as u32))
}

fn comparison(
    metric: Metric,
    difference: Interval,
    mcnemar_p: Option<f64>,
    n_rows: u32,
) -> PlatformComparison {
    PlatformComparison {
        metric,
        difference,
        mcnemar_p,
        differs: excludes_zero(&difference),
        verdict: verdict(metric, &difference),
        n_rows,
        pairs: None,
    }
}

/// How far apart the same configurations ended: one objective a pair and
/// platform, in the same order. Fails for lists of different lengths, under two
/// pairs and for objectives that are not finite.
pub fn pair_agreement(
    pytorch: &[f64],
    tensorflow: &[f64],
    resampling: Resampling,
) -> Result<PairAgreement, StatisticsError> {
    check_paired(pytorch.len(), tensorflow.len(), 2)?;
    let differences: Vec<f64> =
        pytorch.iter().zip(tensorflow).map(|(first, second)| first - second).collect();
    let difference = mean_difference(&differences, resampling)?;
    let gaps: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
    let too_few = StatisticsError::TooFew { got: gaps.len(), needed: 2 };
    Ok(PairAgreement {
        n_pairs: gaps.len() as u32,
        difference,
        median_gap: median(&gaps).ok_or(too_few)?,
        largest_gap: gaps.iter().copied().fold(0.0, f64::max),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clear_difference_of_classifiers_is_named() {
        let pytorch: Vec<bool> = (0..200).map(|row| row % 10 != 0).collect();
        let tensorflow: Vec<bool> = (0..200).map(|row| row % 5 != 0).collect();
        let comparison = compare_classifiers(&pytorch, &tensorflow).unwrap();
        assert!(comparison.differs);
        assert_eq!(comparison.n_rows, 200);
        assert!((comparison.difference.estimate - 0.1).abs() < 1e-12);
        // scipy.stats.binomtest(0, 20, 0.5).pvalue
        assert_eq!(comparison.mcnemar_p, Some(1.907_348_632_812_5e-6));
        assert!(
            comparison.verdict.starts_with("PyTorch is better by 10.0 points ("),
            "{}",
            comparison.verdict
        );
    }

    #[test]
    fn regressors_with_the_same_errors_do_not_differ() {
        let errors: Vec<f64> = (0..50).map(|row| f64::from(row) - 25.0).collect();
        let comparison = compare_regressors(&errors, &errors, Resampling::new(1)).unwrap();
        assert!(!comparison.differs);
        assert_eq!(comparison.verdict, "No difference: the same RMSE");
    }

    #[test]
    fn agreement_is_about_gaps_and_their_direction() {
        let agreement = pair_agreement(&[0.5, 0.6, 0.9], &[0.4, 0.7, 0.6], Resampling::new(1)).unwrap();
        assert_eq!(agreement.n_pairs, 3);
        assert!((agreement.median_gap - 0.1).abs() < 1e-12 && (agreement.largest_gap - 0.3).abs() < 1e-12);
        // scipy.stats.ttest_1samp([0.1, -0.1, 0.3], 0).confidence_interval()
        assert!((agreement.difference.low + 0.396_827_540_8).abs() < 1e-8, "{agreement:?}");
        assert!((agreement.difference.high - 0.596_827_540_8).abs() < 1e-8, "{agreement:?}");
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        let resampling = Resampling::new(1);
        assert_eq!(
            compare_regressors(&[1.0, 2.0], &[1.0], resampling).unwrap_err(),
            StatisticsError::Unpaired { first: 2, second: 1 }
        );
        assert_eq!(
            compare_regressors(&[1.0, 2.0], &[1.0, f64::NAN], resampling).unwrap_err(),
            StatisticsError::NotFinite { row: 1 }
        );
        assert_eq!(
            pair_agreement(&[1.0], &[1.0], resampling).unwrap_err(),
            StatisticsError::TooFew { got: 1, needed: 2 }
        );
    }
}
