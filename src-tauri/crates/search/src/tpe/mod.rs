//! A tree-structured Parzen estimator (Bergstra et al. 2011), multivariate: the
//! known trials are split into the good and the rest, and each part is made
//! into a density over the whole space, one kernel a trial ([`mixture`]). The
//! good ones' density proposes.
//!
//! The ratio of the two densities, by which the original chooses among its
//! proposals, uses of each outcome only on which side it fell, and learns too
//! slowly where outcomes arrive late, as they do when trials are trained in
//! waves. So here the choice is made by the improvement that a Gaussian process
//! over a bounded part of the known trials expects ([`surrogate`]), with the
//! ratio, which all of them have a part in, as a weight on it that matters
//! where the process has little to say. Trials still being trained count as
//! bad for the ratio (constant liar) and as come out as expected for the
//! process, so the proposals of a wave keep apart.

mod evidence;
mod factor;
mod known;
mod mixture;
mod normal;
mod surrogate;

use crate::plan::Plan;
use crate::random::{Purpose, Stream};
use crate::sobol::Sobol;
use crate::space::{Place, Point, Space};
use crate::suggest::Observation;
use known::Known;
use mixture::Mixture;
use std::collections::HashSet;
use std::ops::Range;
use surrogate::Surrogate;

/// Trials with a finite outcome before which the points are Sobol's.
const FEWEST_KNOWN: usize = 6;

/// Proposals from the good trials' density, and from the whole space.
const N_FROM_GOOD: usize = 36;
const N_FROM_ANYWHERE: usize = 12;

/// Afterwards, proposals near the best so far, in rounds ever nearer.
const NEARNESS: [f64; 4] = [0.1, 0.04, 0.016, 0.0064];
const N_NEAR: usize = 24;

/// Of the ratio's logarithm beside that of the improvement.
const RATIO_WEIGHT: f64 = 0.1;

/// The points of one wave, or of a part of it that starts at `numbers.start`.
pub(crate) fn points(
    space: &Space,
    plan: &Plan,
    seed: u32,
    numbers: Range<u32>,
    history: &[Observation],
) -> Vec<Point> {
    let n_known = (plan.wave_of(numbers.start).known as usize).min(history.len());
    let n_before = (numbers.start as usize).min(history.len());
    let known = Known::new(space, &history[..n_known]);
    let tried = Tried::new(space, &history[..n_known]);
    let chooser = if known.n_finite < FEWEST_KNOWN { None } else { Chooser::new(space, &known, tried) };
    let Some(mut chooser) = chooser else {
        let sobol = Sobol::new(seed, space.n_dimensions());
        return numbers.map(|number| space.point_at(|dimension| sobol.unit(number, dimension))).collect();
    };
    for observation in &history[n_known..n_before] {
        chooser.await_outcome(&space.place(&observation.point));
    }
    let proposed = numbers.map(|number| {
        let mut stream = Stream::new(seed, Purpose::Tpe, number);
        let point = space.point_in(&chooser.choose(&mut stream));
        chooser.await_outcome(&space.place(&point));
        point
    });
    proposed.collect()
}

/// What a wave's points are chosen by.
struct Chooser<'s> {
    space: &'s Space,
    good: Mixture,
    bad: Mixture,
    surrogate: Surrogate,
    tried: Tried,
}

impl<'s> Chooser<'s> {
    fn new(space: &'s Space, known: &Known, tried: Tried) -> Option<Self> {
        Some(Self {
            space,
            tried,
            good: Mixture::new(space, &known.good),
            bad: Mixture::new(space, &known.bad),
            surrogate: Surrogate::fit(space, &known.judged)?,
        })
    }

    /// Counts a point that is being trained.
    fn await_outcome(&mut self, place: &Place) {
        self.tried.add(place);
        self.bad.push(place);
        self.surrogate.believe(place);
    }

    fn choose(&self, stream: &mut Stream) -> Place {
        let mut best = (f64::NEG_INFINITY, mixture::anywhere(self.space, stream));
        let mut judge = |place: Place| {
            let score = if self.tried.holds(&place) { f64::NEG_INFINITY } else { self.score(&place) };
            if score > best.0 {
                best = (score, place);
            }
            best.1.clone()
        };
        let mut centre = Place::new();
        for _ in 0..N_FROM_ANYWHERE {
            centre = judge(mixture::anywhere(self.space, stream));
        }
        for _ in 0..N_FROM_GOOD {
            centre = judge(self.good.sample(self.space, stream));
        }
        for sigma in NEARNESS {
            let around = centre.clone();
            for _ in 0..N_NEAR {
                centre = judge(mixture::near(self.space, &around, sigma, stream));
            }
        }
        centre
    }

    fn score(&self, place: &Place) -> f64 {
        let ratio = self.good.log_density(place) - self.bad.log_density(place);
        self.surrogate.log_improvement(place) + RATIO_WEIGHT * ratio
    }
}

/// What has been proposed before, in a space of separate values: training it
/// again would tell nothing. Empty where real numbers keep points apart.
struct Tried {
    is_kept: bool,
    places: HashSet<Vec<Option<u64>>>,
}

impl Tried {
    fn new(space: &Space, history: &[Observation]) -> Self {
        let is_kept = space.n_combinations().is_some();
        let mut tried = Self { is_kept, places: HashSet::new() };
        if is_kept {
            for observation in history {
                tried.add(&space.place(&observation.point));
            }
        }
        tried
    }

    fn add(&mut self, place: &Place) {
        if self.is_kept {
            self.places.insert(Self::bits(place));
        }
    }

    fn holds(&self, place: &Place) -> bool {
        self.is_kept && self.places.contains(&Self::bits(place))
    }

    fn bits(place: &Place) -> Vec<Option<u64>> {
        place.iter().map(|number| number.map(f64::to_bits)).collect()
    }
}
