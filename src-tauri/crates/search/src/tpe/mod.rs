//! Tree-structured Parzen estimator.
use crate::plan::Plan;
use crate::sobol::Sobol;
use crate::space::{Point, Space};
use crate::suggest::Observation;
use std::ops::Range;

pub(crate) fn points(
    space: &Space,
    _plan: &Plan,
    seed: u32,
    numbers: Range<u32>,
    _history: &[Observation],
) -> Vec<Point> {
    let sobol = Sobol::new(seed, space.n_dimensions());
    numbers.map(|number| space.point_at(|dimension| sobol.unit(number, dimension))).collect()
}
