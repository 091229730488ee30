//! A density over the whole space, conditions included: a kernel for each of
//! some trials, and a uniform one. A kernel is the product of one factor a
//! dimension; where the trial has no number for a dimension, the factor is
//! uniform, so trials of every branch can be used together.

use crate::random::Stream;
use crate::scale::Scale;
use crate::space::{Place, Space};
use crate::tpe::normal;
use libm::{exp, floor, log};

/// Kernels of equal weight; the first is the uniform one.
pub(crate) struct Mixture {
    n_kernels: usize,
    /// By dimension.
    factors: Vec<Factors>,
}

/// One dimension's factor of each kernel.
enum Factors {
    /// The trial's own choice has the weight of one, and `1 / n_kernels` is
    /// added to every choice.
    Choice { n_choices: u32, chosen: Vec<Option<u32>> },
    /// Normal, cut off at 0 and 1.
    Number {
        mean: Vec<f64>,
        /// 1 / σ; 0 where uniform.
        inverse: Vec<f64>,
        /// Minus the logarithm of what the density is divided by.
        log_height: Vec<f64>,
        /// σ of a kernel that is added.
        least: f64,
    },
}

impl Mixture {
    pub(crate) fn new(space: &Space, places: &[Place]) -> Self {
        let factors = space.dimensions.iter().enumerate().map(|(dimension, of)| match &of.scale {
            Scale::Choice(choices) => Factors::Choice { n_choices: choices.len() as u32, chosen: vec![None] },
            scale @ (Scale::Steps { .. } | Scale::LogWhole { .. } | Scale::Real { .. }) => Factors::Number {
                mean: vec![0.0],
                inverse: vec![0.0],
                log_height: vec![0.0],
                least: least_sigma(scale, places.iter().filter(|place| place[dimension].is_some()).count()),
            },
        });
        let mut mixture = Self { n_kernels: 1, factors: factors.collect() };
        let sigmas: Vec<Vec<f64>> = (0..space.n_dimensions())
            .map(|dimension| {
                let numbers: Vec<Option<f64>> = places.iter().map(|place| place[dimension]).collect();
                sigmas(&numbers)
            })
            .collect();
        for (index, place) in places.iter().enumerate() {
            mixture.add(place, |dimension| sigmas[dimension][index]);
        }
        mixture
    }

    /// Adds a kernel as narrow as they may be.
    pub(crate) fn push(&mut self, place: &Place) {
        self.add(place, |_| 0.0);
    }

    fn add(&mut self, place: &Place, sigma: impl Fn(usize) -> f64) {
        self.n_kernels += 1;
        for (dimension, (factors, number)) in self.factors.iter_mut().zip(place).enumerate() {
            match factors {
                Factors::Choice { chosen, .. } => chosen.push(number.map(|choice| choice as u32)),
                Factors::Number { mean, inverse, log_height, least } => {
                    let sigma = sigma(dimension).clamp(*least, 1.0);
                    let [of_mean, of_inverse, of_height] = match number {
                        Some(number) => [*number, 1.0 / sigma, -normal::log_mass(*number, sigma)],
                        None => [0.0; 3],
                    };
                    mean.push(of_mean);
                    inverse.push(of_inverse);
                    log_height.push(of_height);
                }
            }
        }
    }

    /// A place drawn from the density.
    pub(crate) fn sample(&self, space: &Space, stream: &mut Stream) -> Place {
        let kernel = floor(stream.unit() * self.n_kernels as f64) as usize;
        draw(space, |dimension, scale| match &self.factors[dimension] {
            Factors::Choice { n_choices, chosen } => {
                let n_choices = f64::from(*n_choices);
                let unit = stream.unit() * (1.0 + n_choices / self.n_kernels as f64);
                match chosen[kernel] {
                    Some(choice) if unit < 1.0 => f64::from(choice),
                    Some(_) | None => floor(stream.unit() * n_choices),
                }
            }
            Factors::Number { mean, inverse, .. } => {
                let unit = if inverse[kernel] == 0.0 {
                    stream.unit()
                } else {
                    normal::within_unit(mean[kernel], 1.0 / inverse[kernel], stream)
                };
                scale.nearest_unit(unit)
            }
        })
    }

    /// Logarithm of the density at a place.
    pub(crate) fn log_density(&self, place: &Place) -> f64 {
        let mut logs = vec![0.0; self.n_kernels];
        for (factors, number) in self.factors.iter().zip(place) {
            let Some(number) = *number else { continue };
            match factors {
                Factors::Choice { n_choices, chosen } => {
                    let (share, n_choices) = (1.0 / self.n_kernels as f64, f64::from(*n_choices));
                    let total = 1.0 + n_choices * share;
                    let [hit, miss, any] = [(1.0 + share) / total, share / total, 1.0 / n_choices].map(log);
                    for (log, choice) in logs.iter_mut().zip(chosen) {
                        *log += match choice {
                            Some(choice) if f64::from(*choice) == number => hit,
                            Some(_) => miss,
                            None => any,
                        };
                    }
                }
                Factors::Number { mean, inverse, log_height, .. } => {
                    let kernels = mean.iter().zip(inverse).zip(log_height);
                    for (log, ((mean, inverse), log_height)) in logs.iter_mut().zip(kernels) {
                        let z = (number - mean) * inverse;
                        *log += log_height - 0.5 * z * z;
                    }
                }
            }
        }
        let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|log| exp(log - highest)).sum();
        highest + log(sum / self.n_kernels as f64)
    }
}

/// Uniform over the whole space.
pub(crate) fn anywhere(space: &Space, stream: &mut Stream) -> Place {
    draw(space, |_, scale| match scale {
        Scale::Choice(choices) => floor(stream.unit() * choices.len() as f64),
        Scale::Steps { .. } | Scale::LogWhole { .. } | Scale::Real { .. } => {
            scale.nearest_unit(stream.unit())
        }
    })
}

/// Some or all numbers of a place moved a little, and now and then a choice.
pub(crate) fn near(space: &Space, around: &Place, sigma: f64, stream: &mut Stream) -> Place {
    const CHANGED_CHOICES: f64 = 0.2;
    let moved = if stream.unit() < 0.5 { 1.0 } else { 2.0 / around.len() as f64 };
    draw(space, |dimension, scale| {
        let is_moved = stream.unit() < moved;
        match (scale, around[dimension]) {
            (Scale::Choice(choices), from) => {
                let is_changed = is_moved && stream.unit() < CHANGED_CHOICES;
                from.filter(|_| !is_changed).unwrap_or_else(|| floor(stream.unit() * choices.len() as f64))
            }
            (Scale::Steps { .. } | Scale::LogWhole { .. } | Scale::Real { .. }, Some(from)) => {
                if !is_moved {
                    return from;
                }
                let step = scale.n_values().map_or(0.0, |n| 1.0 / f64::from(n));
                scale.nearest_unit(normal::within_unit(from, sigma.max(step), stream))
            }
            (Scale::Steps { .. } | Scale::LogWhole { .. } | Scale::Real { .. }, None) => {
                scale.nearest_unit(stream.unit())
            }
        }
    })
}

/// Asks for a number for each dimension, and keeps those that matter.
fn draw(space: &Space, mut number: impl FnMut(usize, &Scale) -> f64) -> Place {
    let mut coordinates = Vec::with_capacity(space.n_dimensions());
    let mut place = Place::with_capacity(space.n_dimensions());
    for (index, dimension) in space.dimensions.iter().enumerate() {
        let number = number(index, &dimension.scale);
        let is_active = dimension.is_active(&coordinates);
        place.push(is_active.then_some(number));
        coordinates.push(is_active.then(|| dimension.scale.coordinate_in(number)));
    }
    place
}

/// Numbers with fewer kernels are known less well; and where there are steps, a
/// kernel reaches over its own.
fn least_sigma(scale: &Scale, n_numbers: usize) -> f64 {
    let half_a_step = scale.n_values().map_or(0.0, |n| 0.5 / f64::from(n));
    (1.0 / (2.0 + n_numbers as f64).min(100.0)).max(half_a_step)
}

/// The distance to the farther neighbour, as Optuna has it; the outermost have
/// but one.
fn sigmas(numbers: &[Option<f64>]) -> Vec<f64> {
    let mut order: Vec<(f64, usize)> =
        numbers.iter().enumerate().filter_map(|(index, number)| Some(((*number)?, index))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut sigmas = vec![1.0; numbers.len()];
    for (position, &(number, index)) in order.iter().enumerate() {
        let before = position.checked_sub(1).map(|before| number - order[before].0);
        let after = order.get(position + 1).map(|after| after.0 - number);
        sigmas[index] = match (before, after) {
            (Some(before), Some(after)) => before.max(after),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => number.max(1.0 - number),
        };
    }
    sigmas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;
    use retort_domain::{SearchSpace, TrainingConfig};

    fn space() -> Space {
        let written: SearchSpace = serde_json::from_str(
            r#"{"optimizer":{"choice":["sgd","adam","rmsprop"]},
                "momentum":{"float":[0.0,0.9],"when":{"optimizer":["sgd"]}},
                "dropout":{"float":[0.0,0.5]},"learning_rate":{"float":[0.001,0.1],"log":true}}"#,
        )
        .expect("a space");
        Space::new(&written, &TrainingConfig::default()).expect("a good space")
    }

    /// One for each of three branches and corners, and one that is added.
    fn mixture(space: &Space) -> Mixture {
        let mut stream = Stream::new(1, Purpose::Tpe, 0);
        let places: Vec<Place> = (0..6).map(|_| anywhere(space, &mut stream)).collect();
        let mut mixture = Mixture::new(space, &places);
        mixture.push(&anywhere(space, &mut stream));
        mixture
    }

    /// The three choices have a share of a third each under `anywhere`.
    #[test]
    fn a_density_comes_to_one_over_the_space() {
        let space = space();
        let mixture = mixture(&space);
        let mut stream = Stream::new(2, Purpose::Tpe, 0);
        let n = 200_000;
        let mean =
            (0..n).map(|_| 3.0 * exp(mixture.log_density(&anywhere(&space, &mut stream)))).sum::<f64>()
                / f64::from(n);
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
    }

    /// The mean of `1 / density` over its own draws is the measure of the space:
    /// three choices, each over an area of 1.
    #[test]
    fn draws_follow_the_density() {
        let space = space();
        let mixture = mixture(&space);
        let mut stream = Stream::new(3, Purpose::Tpe, 0);
        let n = 200_000;
        let mean =
            (0..n).map(|_| exp(-mixture.log_density(&mixture.sample(&space, &mut stream)))).sum::<f64>()
                / f64::from(n);
        assert!((mean - 3.0).abs() < 0.1, "{mean}");
    }

    #[test]
    fn kernels_reach_to_the_farther_neighbour() {
        let found = sigmas(&[Some(0.5), None, Some(0.1), Some(0.2)]);
        for (found, expected) in found.iter().zip([0.3, 1.0, 0.1, 0.3]) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
        assert_eq!(sigmas(&[Some(0.3)]), [0.7]);
    }
}
