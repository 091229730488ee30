//! Which configurations to try: one pure function for all samplers.

use crate::grid;
use crate::plan::Plan;
use crate::random::{Purpose, Stream};
use crate::sobol::Sobol;
use crate::space::{Point, Space};
use crate::tpe;
use retort_domain::SamplerKind;

/// What became of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// Not known yet.
    Pending,
    /// Trained to its end; lower is better. Not finite counts as failed.
    Value(f64),
    /// Stopped after `epoch` epochs, at `value`; lower is better.
    Pruned {
        /// The objective when it was stopped.
        value: f64,
        /// Epochs trained.
        epoch: u32,
    },
    /// Failed or diverged: as bad as can be.
    Failed,
}

/// A trial as samplers see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// What was tried.
    pub point: Point,
    /// What came of it.
    pub outcome: Outcome,
}

/// The points numbered `first .. first + n`, from 0; fewer where a grid ends.
///
/// A pure function of its arguments: the same always gives the same. Grid,
/// random and Sobol look at no history. For TPE, `history[i]` is trial `i`, at
/// least up to `first`, and the numbers asked for are one wave's, or a part of
/// it (see [`Plan::wave_of`]); outcomes that the wave may not know yet are taken
/// for pending, whatever they are.
pub fn suggest(
    space: &Space,
    plan: &Plan,
    seed: u32,
    first: u32,
    n: u32,
    history: &[Observation],
) -> Vec<Point> {
    let numbers = first..first.saturating_add(n);
    match plan.sampler() {
        SamplerKind::Grid => grid::points(space, first, n),
        SamplerKind::Random => numbers
            .map(|number| {
                let mut stream = Stream::new(seed, Purpose::Random, number);
                space.point_at(|_| stream.unit())
            })
            .collect(),
        SamplerKind::Sobol => {
            let sobol = Sobol::new(seed, space.n_dimensions());
            numbers.map(|number| space.point_at(|dimension| sobol.unit(number, dimension))).collect()
        }
        SamplerKind::Tpe => tpe::points(space, plan, seed, numbers, history),
    }
}
