//! Lengths and noise of the Gaussian process: those that explain the targets
//! best, weighed against what is usual (Rasmussen and Williams 2006, section
//! 5.4).

use crate::space::Place;
use crate::tpe::factor::dot;
use crate::tpe::surrogate::{imputed, matern, square_difference};
use libm::{exp, log, sqrt};

/// What a process has beside its data.
pub(crate) struct Fitted {
    /// 1 / length², by dimension.
    pub(crate) precision: Vec<f64>,
    /// Variance of the noise, as a share of the process's.
    pub(crate) noise: f64,
}

const N_STEPS: i32 = 40;

/// Bounds of the noise.
const NOISE: [f64; 2] = [1e-6, 1.0];

/// The most likely lengths and noise. None where the targets are all the same
/// or the places coincide.
pub(crate) fn fit(places: &[Place], targets: &[f64], is_choice: &[bool]) -> Option<Fitted> {
    let n_dimensions = is_choice.len();
    let evidence = Evidence::new(places, targets, is_choice);
    let usual_length = Usual { mean: log(0.4) + 0.5 * log(n_dimensions as f64), deviation: 1.0 };
    let usual_noise = Usual { mean: log(1e-3), deviation: 2.0 };
    let usual: Vec<Usual> =
        (0..=n_dimensions).map(|d| if d < n_dimensions { usual_length } else { usual_noise }).collect();
    let mut logs: Vec<f64> = usual.iter().map(|usual| usual.mean).collect();
    let mut best: Option<(f64, Vec<f64>)> = None;
    let mut moments = vec![[0.0; 2]; logs.len()];
    for step in 1..=N_STEPS {
        let Some((mut value, mut slope)) = evidence.at(&logs) else { break };
        for ((slope, usual), log) in slope.iter_mut().zip(&usual).zip(&logs) {
            let z = (log - usual.mean) / usual.deviation;
            value -= 0.5 * z * z;
            *slope -= z / usual.deviation;
        }
        if best.as_ref().is_none_or(|(highest, _)| value > *highest) {
            best = Some((value, logs.clone()));
        }
        for ((log, moments), slope) in logs.iter_mut().zip(&mut moments).zip(&slope) {
            *log += climb(moments, *slope, step);
        }
        logs[n_dimensions] = logs[n_dimensions].clamp(log(NOISE[0]), log(NOISE[1]));
    }
    let (_, logs) = best?;
    Some(Fitted {
        precision: logs[..n_dimensions].iter().map(|log| exp(-2.0 * log)).collect(),
        noise: exp(logs[n_dimensions]),
    })
}

/// A normal belief about a logarithm.
#[derive(Clone, Copy)]
struct Usual {
    mean: f64,
    deviation: f64,
}

/// How far to go along one slope: Adam (Kingma and Ba 2015), upwards.
fn climb(moments: &mut [f64; 2], slope: f64, step: i32) -> f64 {
    const RATE: f64 = 0.15;
    const DECAY: [f64; 2] = [0.8, 0.95];
    let mut corrected = [0.0; 2];
    for (index, power) in [slope, slope * slope].into_iter().enumerate() {
        moments[index] = DECAY[index] * moments[index] + (1.0 - DECAY[index]) * power;
        corrected[index] = moments[index] / (1.0 - libm::pow(DECAY[index], f64::from(step)));
    }
    RATE * corrected[0] / (sqrt(corrected[1]) + 1e-9)
}

/// The logarithm of the marginal likelihood, the process's variance profiled
/// out. Pairs `j < i` of places are numbered `i (i - 1) / 2 + j`.
struct Evidence<'t> {
    targets: &'t [f64],
    /// By dimension, of each pair.
    squares: Vec<Vec<f64>>,
}

impl<'t> Evidence<'t> {
    fn new(places: &[Place], targets: &'t [f64], is_choice: &[bool]) -> Self {
        let squares = (0..is_choice.len())
            .map(|d| {
                let pairs = (0..places.len()).flat_map(|i| (0..i).map(move |j| (i, j)));
                let number = |i: usize| imputed(places[i][d], is_choice[d]);
                pairs.map(|(i, j)| square_difference(number(i), number(j), is_choice[d])).collect()
            })
            .collect();
        Self { targets, squares }
    }

    /// Its value and slope at the logarithms of lengths and, last, noise.
    fn at(&self, logs: &[f64]) -> Option<(f64, Vec<f64>)> {
        let n = self.targets.len();
        let n_dimensions = self.squares.len();
        let precision: Vec<f64> = logs[..n_dimensions].iter().map(|log| exp(-2.0 * log)).collect();
        let noise = exp(logs[n_dimensions]);
        let mut distances = vec![0.0; n * n.saturating_sub(1) / 2];
        for (squares, precision) in self.squares.iter().zip(&precision) {
            for (distance, square) in distances.iter_mut().zip(squares) {
                *distance += precision * square;
            }
        }
        let correlations: Vec<(f64, f64)> = distances.into_iter().map(matern).collect();
        let factor = cholesky(n, 1.0 + noise, &correlations)?;
        let inverse = inverse_by_columns(n, &factor);
        let weights = self.weights(&inverse);
        let scale = (dot(&weights, self.targets) / n as f64).max(1e-12);
        let log_determinant: f64 = (0..n).map(|i| log(factor[i * n + i])).sum();
        let value = -0.5 * n as f64 * log(scale) - log_determinant;

        let mut slope = vec![0.0; n_dimensions + 1];
        let mut by_pair = Vec::with_capacity(correlations.len());
        for i in 0..n {
            for j in 0..=i {
                let [a, b] = [i, j].map(|row| &inverse[row * n + i..row * n + n]);
                let difference = weights[i] * weights[j] / scale - dot(a, b);
                if i == j {
                    slope[n_dimensions] += 0.5 * difference * noise;
                } else {
                    by_pair.push(difference * correlations[by_pair.len()].1);
                }
            }
        }
        for ((slope, squares), precision) in slope.iter_mut().zip(&self.squares).zip(&precision) {
            *slope = precision * dot(&by_pair, squares);
        }
        Some((value, slope))
    }

    /// Correlations' inverse times targets.
    fn weights(&self, inverse: &[f64]) -> Vec<f64> {
        let n = self.targets.len();
        let mut solved = vec![0.0; n];
        for j in 0..n {
            for (solved, x) in solved[j..].iter_mut().zip(&inverse[j * n + j..j * n + n]) {
                *solved += x * self.targets[j];
            }
        }
        (0..n).map(|j| dot(&inverse[j * n + j..j * n + n], &solved[j..])).collect()
    }
}

/// The lower factor of the matrix with `diagonal` and the pairs' correlations,
/// `[n, n]` by rows. None where it is not positive definite.
fn cholesky(n: usize, diagonal: f64, correlations: &[(f64, f64)]) -> Option<Vec<f64>> {
    let mut factor = vec![0.0; n * n];
    for i in 0..n {
        let (earlier, row) = factor.split_at_mut(i * n);
        for j in 0..i {
            let of_j = &earlier[j * n..j * n + n];
            row[j] = (correlations[i * (i - 1) / 2 + j].0 - dot(&row[..j], of_j)) / of_j[j];
        }
        let rest = diagonal - dot(&row[..i], &row[..i]);
        if rest <= 1e-12 {
            return None;
        }
        row[i] = sqrt(rest);
    }
    Some(factor)
}

/// The inverse of a lower factor, `[n, n]`, column `j` of it as row `j`.
fn inverse_by_columns(n: usize, factor: &[f64]) -> Vec<f64> {
    let mut inverse = vec![0.0; n * n];
    for (j, column) in inverse.chunks_exact_mut(n).enumerate() {
        column[j] = 1.0 / factor[j * n + j];
        for i in j + 1..n {
            let row = &factor[i * n..i * n + n];
            column[i] = -dot(&row[j..i], &column[j..i]) / row[i];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream};

    fn example(n: usize) -> (Vec<Place>, Vec<f64>) {
        let mut stream = Stream::new(5, Purpose::Tpe, 0);
        let places: Vec<Place> = (0..n)
            .map(|i| vec![Some(stream.unit()), (i % 3 > 0).then(|| stream.unit()), Some((i % 2) as f64)])
            .collect();
        let targets = places.iter().map(|p| libm::sin(6.0 * p[0].unwrap_or(0.0)) + 0.3 * p[2].unwrap_or(0.0));
        let targets = targets.collect();
        (places, targets)
    }

    #[test]
    fn the_slope_is_that_of_the_value() {
        let (places, targets) = example(12);
        let evidence = Evidence::new(&places, &targets, &[false, false, true]);
        let logs = [-0.7, 0.2, 0.4, -3.0];
        let (_, slope) = evidence.at(&logs).expect("positive definite");
        for (index, slope) in slope.into_iter().enumerate() {
            let beside = |by: f64| {
                let mut logs = logs;
                logs[index] += by;
                evidence.at(&logs).expect("positive definite").0
            };
            let difference = (beside(1e-5) - beside(-1e-5)) / 2e-5;
            assert!(
                (difference - slope).abs() < 1e-5 * (1.0 + slope.abs()),
                "{index}: {slope}, {difference}"
            );
        }
    }

    #[test]
    fn a_dimension_that_matters_gets_a_shorter_length() {
        let (places, targets) = example(40);
        let fitted = fit(&places, &targets, &[false, false, true]).expect("a fit");
        assert!(fitted.precision[0] > 20.0 * fitted.precision[1], "{:?}", fitted.precision);
    }
}
