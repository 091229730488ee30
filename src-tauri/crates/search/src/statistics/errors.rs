//! Differences of RMSE, of mean absolute error and of means, over pairs.

use super::resampling::{Resampling, Studentized, symmetric_interval};
use super::{StatisticsError, check_finite, check_paired};
use retort_domain::Interval;

/// Fewest rows that have a spread.
const FEWEST_ROWS: usize = 2;

/// The first RMSE minus the second, with a symmetric bootstrap-t interval over
/// rows. Takes predictions minus targets, in the target's units; fails for lists
/// of different lengths, under two rows and for errors that are not finite.
/// Takes rows × resamples steps of a few nanoseconds.
pub fn rmse_difference(
    first_errors: &[f64],
    second_errors: &[f64],
    resampling: Resampling,
) -> Result<Interval, StatisticsError> {
    check_paired(first_errors.len(), second_errors.len(), FEWEST_ROWS)?;
    check_finite(first_errors)?;
    check_finite(second_errors)?;
    // In a unit of the largest error no square can overflow.
    let unit = first_errors.iter().chain(second_errors).fold(0.0_f64, |most, error| most.max(error.abs()));
    if unit == 0.0 {
        return Ok(Interval { estimate: 0.0, low: 0.0, high: 0.0 });
    }
    let squares = |errors: &[f64]| errors.iter().map(|error| (error / unit).powi(2)).collect::<Vec<f64>>();
    let squares = PairedSquares::new(&squares(first_errors), &squares(second_errors));
    let interval = symmetric_interval(first_errors.len(), resampling, |rows| squares.rmse_difference(rows));
    Ok(Interval { estimate: interval.estimate * unit, low: interval.low * unit, high: interval.high * unit })
}

/// The first mean absolute error minus the second; otherwise as
/// [`rmse_difference`].
pub fn mae_difference(
    first_errors: &[f64],
    second_errors: &[f64],
    resampling: Resampling,
) -> Result<Interval, StatisticsError> {
    check_paired(first_errors.len(), second_errors.len(), FEWEST_ROWS)?;
    let differences: Vec<f64> =
        first_errors.iter().zip(second_errors).map(|(first, second)| first.abs() - second.abs()).collect();
    mean_difference(&differences, resampling)
}

/// The mean of paired differences. From 20 pairs on with a symmetric bootstrap-t
/// interval over pairs, below with Student's. Fails under two pairs and for
/// differences that are not finite.
pub fn mean_difference(differences: &[f64], resampling: Resampling) -> Result<Interval, StatisticsError> {
    check_paired(differences.len(), differences.len(), FEWEST_ROWS)?;
    check_finite(differences)?;
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let centred: Vec<f64> = differences.iter().map(|difference| difference - mean).collect();
    Ok(symmetric_interval(differences.len(), resampling, |rows| {
        let (mut sum, mut squares) = (0.0, 0.0);
        for &row in rows {
            let value = centred[row as usize];
            sum += value;
            squares += value * value;
        }
        let shift = sum / n;
        let variance = (squares / n - shift * shift).max(0.0);
        Studentized { estimate: mean + shift, standard_error: (variance / (n - 1.0)).sqrt() }
    }))
}

/// Squared errors of two models, each about its mean: sums of squares of what is
/// far from 0 would lose the variance to rounding.
struct PairedSquares {
    first_mean: f64,
    second_mean: f64,
    centred: Vec<[f64; 2]>,
}

impl PairedSquares {
    fn new(first: &[f64], second: &[f64]) -> Self {
        let n = first.len() as f64;
        let first_mean = first.iter().sum::<f64>() / n;
        let second_mean = second.iter().sum::<f64>() / n;
        let centred = first.iter().zip(second).map(|(a, b)| [a - first_mean, b - second_mean]).collect();
        Self { first_mean, second_mean, centred }
    }

    /// The standard error is the delta method's: a root changes by its square's
    /// change over twice the root.
    fn rmse_difference(&self, rows: &[u32]) -> Studentized {
        let (mut sums, mut squares, mut product) = ([0.0; 2], [0.0; 2], 0.0);
        for &row in rows {
            let [first, second] = self.centred[row as usize];
            sums[0] += first;
            sums[1] += second;
            squares[0] += first * first;
            squares[1] += second * second;
            product += first * second;
        }
        let n = rows.len() as f64;
        let shifts = [sums[0] / n, sums[1] / n];
        let first = (self.first_mean + shifts[0]).max(0.0).sqrt();
        let second = (self.second_mean + shifts[1]).max(0.0).sqrt();
        // A model without any error on these rows has none to vary.
        let slope = |root: f64| if root > 0.0 { 0.5 / root } else { 0.0 };
        let (first_slope, second_slope) = (slope(first), slope(second));
        let variance = first_slope * first_slope * (squares[0] / n - shifts[0] * shifts[0])
            + second_slope * second_slope * (squares[1] / n - shifts[1] * shifts[1])
            - 2.0 * first_slope * second_slope * (product / n - shifts[0] * shifts[1]);
        Studentized { estimate: first - second, standard_error: (variance.max(0.0) / (n - 1.0)).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Errors of two models, the second's larger by a tenth and by chance.
    fn errors(unit: f64) -> (Vec<f64>, Vec<f64>) {
        (0..80)
            .map(|row| {
                let angle = f64::from(row);
                (unit * angle.sin(), unit * (1.1 * angle.sin() + 0.3 * (7.0 * angle).cos()))
            })
            .unzip()
    }

    #[test]
    fn the_seed_decides_and_hardly_matters() {
        let (first, second) = errors(1.0);
        let interval = |seed| rmse_difference(&first, &second, Resampling::new(seed)).unwrap();
        assert_eq!(interval(1), interval(1));
        let (one, other) = (interval(1), interval(2));
        assert_ne!(one, other);
        assert!((one.low - other.low).abs() < 0.05 * (one.high - one.low), "{one:?} {other:?}");
    }

    #[test]
    fn units_of_the_target_carry_through() {
        let (first, second) = errors(1.0);
        let plain = rmse_difference(&first, &second, Resampling::new(1)).unwrap();
        for unit in [1e-200, 1e3, 1e200] {
            let (first, second) = errors(unit);
            let scaled = rmse_difference(&first, &second, Resampling::new(1)).unwrap();
            for (got, expected) in
                [(scaled.estimate, plain.estimate), (scaled.low, plain.low), (scaled.high, plain.high)]
            {
                assert!((got / unit - expected).abs() < 1e-9, "{unit:e}: {scaled:?}");
            }
        }
    }

    #[test]
    fn signs_of_errors_do_not_matter_but_their_sizes_do() {
        let first = [1.0, -1.0, 2.0, -2.0];
        let second = [-1.0, 1.0, -2.0, 4.0];
        let resampling = Resampling::new(1);
        let rmse = rmse_difference(&first, &second, resampling).unwrap().estimate;
        let mae = mae_difference(&first, &second, resampling).unwrap().estimate;
        assert!((rmse - (2.5_f64.sqrt() - 5.5_f64.sqrt())).abs() < 1e-12, "{rmse}");
        assert_eq!(mae, -0.5);
    }

    /// As accuracies on few rows are: most pairs end equal. Where only two of 30 do
    /// not, an eighth of the resamples hold neither.
    #[test]
    fn pairs_that_mostly_agree_get_students_interval() {
        let mut differences = [0.0; 30];
        differences[3] = 0.3;
        differences[17] = 0.1;
        differences[20] = 0.1;
        differences[25] = -0.05;
        let all = mean_difference(&differences, Resampling::new(1)).unwrap();
        assert!(all.high < 0.1 && all.low > -0.1, "{all:?}");
        differences[17] = 0.0;
        differences[20] = 0.0;
        let few = mean_difference(&differences, Resampling::new(1)).unwrap();
        // scipy.stats.ttest_1samp(differences, 0).confidence_interval().high
        assert!((few.high - 0.029_183_364).abs() < 1e-6, "{few:?}");
    }

    #[test]
    fn a_model_without_errors_can_be_compared() {
        let perfect = [0.0; 40];
        let (other, _) = errors(1.0);
        let interval = rmse_difference(&perfect, &other[..40], Resampling::new(1)).unwrap();
        assert!(interval.high < 0.0 && interval.low.is_finite(), "{interval:?}");
        let same = rmse_difference(&perfect, &perfect, Resampling::new(1)).unwrap();
        assert_eq!((same.low, same.high), (0.0, 0.0));
    }
}
