//! Mean, spread and median of a few numbers.

use retort_domain::MeanAndDeviation;

/// Mean and sample standard deviation (divisor n - 1). None for fewer than two
/// values, whose spread is unknown.
pub fn mean_and_deviation(values: &[f64]) -> Option<MeanAndDeviation> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some(MeanAndDeviation { mean, sd: (squares / (n - 1.0)).sqrt(), n: values.len() as u32 })
}

/// The middle value, or the mean of the middle two. None without values.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let above = *sorted.get(sorted.len() / 2)?;
    let below = sorted[(sorted.len() - 1) / 2];
    Some(below + (above - below) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_the_samples() {
        // numpy.std([2, 4, 4, 4, 5, 5, 7, 9], ddof=1)
        let summary = mean_and_deviation(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!((summary.mean, summary.n), (5.0, 8));
        assert!((summary.sd - 2.138_089_935_299_395).abs() < 1e-15);
    }

    #[test]
    fn one_value_has_no_spread_to_speak_of() {
        assert_eq!(mean_and_deviation(&[0.5]), None);
        assert_eq!(mean_and_deviation(&[0.5, 0.5]).map(|summary| summary.sd), Some(0.0));
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        for (values, expected) in [
            (&[][..], None),
            (&[3.0][..], Some(3.0)),
            (&[3.0, 1.0][..], Some(2.0)),
            (&[9.0, 1.0, 2.0][..], Some(2.0)),
            (&[4.0, 9.0, 1.0, 2.0][..], Some(3.0)),
        ] {
            assert_eq!(median(values), expected, "{values:?}");
        }
    }
}
