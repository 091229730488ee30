//! A Gaussian process over known trials: how good a place is likely to be, and
//! how sure that is (Rasmussen and Williams 2006, chapters 2 and 5).

use crate::scale::Scale;
use crate::space::{Place, Space};
use crate::tpe::evidence;
use crate::tpe::factor::{Factor, dot};
use libm::{erf, exp, log, sqrt};
use std::f64::consts::{PI, SQRT_2};

/// The process, fitted.
pub(crate) struct Surrogate {
    columns: Vec<Column>,
    noise: f64,
    targets: Vec<f64>,
    /// Of the correlations with noise.
    factor: Factor,
    /// Correlations' inverse times targets.
    weights: Vec<f64>,
    /// Variance.
    scale: f64,
    /// The lowest target that is known or believed.
    best: f64,
}

/// One dimension of all places that the process knows.
struct Column {
    is_choice: bool,
    /// 1 / length²
    precision: f64,
    numbers: Vec<f64>,
}

impl Column {
    fn number(&self, number: Option<f64>) -> f64 {
        imputed(number, self.is_choice)
    }
}

impl Surrogate {
    /// Fits to places with their values, lower being better. None where they
    /// are too few or do not differ.
    pub(crate) fn fit(space: &Space, judged: &[(Place, f64)]) -> Option<Self> {
        let places: Vec<Place> = judged.iter().map(|(place, _)| place.clone()).collect();
        let values: Vec<f64> = judged.iter().map(|(_, value)| *value).collect();
        let targets = targets(&values)?;
        let is_choice: Vec<bool> =
            space.dimensions.iter().map(|d| matches!(d.scale, Scale::Choice(_))).collect();
        let fitted = evidence::fit(&places, &targets, &is_choice)?;
        let columns = is_choice.into_iter().zip(fitted.precision).map(|(is_choice, precision)| Column {
            is_choice,
            precision,
            numbers: Vec::new(),
        });
        let mut surrogate = Self {
            columns: columns.collect(),
            noise: fitted.noise,
            targets: Vec::new(),
            factor: Factor::default(),
            weights: Vec::new(),
            scale: 1.0,
            best: targets.iter().copied().fold(f64::INFINITY, f64::min),
        };
        for (place, target) in places.iter().zip(targets) {
            surrogate.push(place, target);
        }
        surrogate.weights = surrogate.factor.solve(&surrogate.targets);
        let quadratic = dot(&surrogate.weights, &surrogate.targets);
        surrogate.scale = (quadratic / surrogate.targets.len() as f64).max(1e-12);
        Some(surrogate)
    }

    /// Takes a place that is still being tried for one that came out as
    /// expected.
    pub(crate) fn believe(&mut self, place: &Place) {
        let (mean, _) = self.predict(place);
        self.best = self.best.min(mean);
        self.push(place, mean);
        self.weights = self.factor.solve(&self.targets);
    }

    /// Adds a place, unless it is so near to others that nothing is learnt.
    fn push(&mut self, place: &Place, target: f64) {
        let correlations = self.correlations(place);
        if self.factor.push(&correlations, 1.0 + self.noise) {
            self.targets.push(target);
            for (column, number) in self.columns.iter_mut().zip(place) {
                column.numbers.push(column.number(*number));
            }
        }
    }

    fn correlations(&self, place: &Place) -> Vec<f64> {
        let mut squares = vec![0.0; self.targets.len()];
        for (column, number) in self.columns.iter().zip(place) {
            let number = column.number(*number);
            for (square, other) in squares.iter_mut().zip(&column.numbers) {
                *square += column.precision * square_difference(number, *other, column.is_choice);
            }
        }
        squares.into_iter().map(|square| matern(square).0).collect()
    }

    /// Mean and standard deviation.
    fn predict(&self, place: &Place) -> (f64, f64) {
        let correlations = self.correlations(place);
        let solved = self.factor.forward(&correlations);
        let explained = dot(&solved, &solved);
        (dot(&correlations, &self.weights), sqrt((1.0 - explained).max(1e-12) * self.scale))
    }

    /// Logarithm of the improvement to be expected over the best known.
    pub(crate) fn log_improvement(&self, place: &Place) -> f64 {
        let (mean, deviation) = self.predict(place);
        let z = (self.best - mean) / deviation;
        let log_density = -0.5 * z * z - 0.5 * log(2.0 * PI);
        let log_share = if z > -5.0 {
            log(z * 0.5 * (1.0 + erf(z / SQRT_2)) + exp(log_density))
        } else {
            // What remains of it so far out, without the cancellation.
            log_density - 2.0 * log(-z)
        };
        log(deviation) + log_share
    }
}

/// What stands for a number that a place has not: the middle, or a choice of its
/// own, so that distances remain those of points in some space.
pub(crate) fn imputed(number: Option<f64>, is_choice: bool) -> f64 {
    number.unwrap_or(if is_choice { -1.0 } else { 0.5 })
}

/// Choices are the same or not.
pub(crate) fn square_difference(a: f64, b: f64, is_choice: bool) -> f64 {
    if is_choice { f64::from(u8::from(a != b)) } else { (a - b) * (a - b) }
}

/// Matérn's correlation with ν = 5/2 at a squared distance, and minus twice its
/// derivative by that.
pub(crate) fn matern(square: f64) -> (f64, f64) {
    let r = sqrt(5.0 * square);
    let decay = exp(-r);
    ((1.0 + r + 5.0 / 3.0 * square) * decay, 5.0 / 3.0 * (1.0 + r) * decay)
}

/// Values brought to mean 0 and deviation 1, those far above the best by order
/// of magnitude: a loss of thousands must not drown differences near the best.
fn targets(values: &[f64]) -> Option<Vec<f64>> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let best = *sorted.first()?;
    // Of a value that most are better than.
    let middling = sorted[sorted.len() * 7 / 10] - best;
    let logs: Vec<f64> = values.iter().map(|value| log(1.0 + (value - best) / middling)).collect();
    let mean = logs.iter().sum::<f64>() / n;
    let deviation = sqrt(logs.iter().map(|log| (log - mean) * (log - mean)).sum::<f64>() / n);
    let targets: Vec<f64> = logs.iter().map(|log| (log - mean) / deviation).collect();
    targets.iter().all(|target| target.is_finite()).then_some(targets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use retort_domain::{SearchSpace, TrainingConfig};

    /// A parabola with its lowest point at 0.3.
    fn fitted() -> Surrogate {
        let written: SearchSpace =
            serde_json::from_str(r#"{"dropout":{"float":[0.0,0.5]}}"#).expect("a space");
        let space = Space::new(&written, &TrainingConfig::default()).expect("a good space");
        let judged: Vec<(Place, f64)> = [0.0, 0.15, 0.45, 0.6, 0.8, 1.0]
            .into_iter()
            .map(|x: f64| (vec![Some(x)], (x - 0.3) * (x - 0.3)))
            .collect();
        Surrogate::fit(&space, &judged).expect("a fit")
    }

    #[test]
    fn what_is_known_is_predicted_and_what_lies_between_is_not_sure() {
        let surrogate = fitted();
        for (place, target) in [0.0, 0.45, 1.0].into_iter().zip([0, 2, 5].map(|i| surrogate.targets[i])) {
            let (mean, deviation) = surrogate.predict(&vec![Some(place)]);
            assert!((mean - target).abs() < 0.1 && deviation < 0.2, "{mean} ± {deviation} for {target}");
        }
        let [known, between] = [0.6, 0.9].map(|place| surrogate.predict(&vec![Some(place)]).1);
        assert!(between > 1.2 * known, "{between} against {known}");
    }

    #[test]
    fn improvement_is_expected_at_the_lowest_point_until_it_is_tried() {
        let mut surrogate = fitted();
        let highest = |surrogate: &Surrogate| {
            let at = |x: i32| surrogate.log_improvement(&vec![Some(f64::from(x) / 100.0)]);
            (0..=100).max_by(|a, b| at(*a).total_cmp(&at(*b)))
        };
        let first = highest(&surrogate).expect("some");
        assert!((20..=40).contains(&first), "{first}");
        let before = surrogate.log_improvement(&vec![Some(f64::from(first) / 100.0)]);
        surrogate.believe(&vec![Some(f64::from(first) / 100.0)]);
        let after = surrogate.log_improvement(&vec![Some(f64::from(first) / 100.0)]);
        assert!(after < before - 1.0, "{before}, then {after}");
    }

    #[test]
    fn improvement_far_out_meets_the_formula_near() {
        let mut surrogate = fitted();
        let place = vec![Some(0.9)];
        let (mean, deviation) = surrogate.predict(&place);
        let mut at = |z: f64| {
            surrogate.best = mean + z * deviation;
            surrogate.log_improvement(&place)
        };
        let (near, far) = (at(-4.999_999), at(-5.000_001));
        assert!((near - far).abs() < 0.15 && at(-40.0) < at(-39.0), "{near}, {far}");
    }

    #[test]
    fn values_that_do_not_differ_tell_nothing() {
        assert_eq!(targets(&[0.5; 8]), None);
        assert_eq!(targets(&[]), None);
    }
}
