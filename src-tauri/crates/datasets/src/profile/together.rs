//! How a table's numbers hang together: whether some add up to the target, and
//! how they correlate. What that takes of a column is kept when it is read.

use super::{
    association::correlation,
    cells::{Cells, Target},
    sample::Sample,
    sums::{Relation, relation},
};
use rayon::prelude::*;
use retort_domain::{Column, ColumnKind, Correlations, Dataset};
use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

/// Most columns whose correlations are shown.
const CORRELATED: usize = 60;
/// Sampled rows that correlations are computed on.
const CORRELATED_ROWS: usize = 50_000;
/// Sampled rows on which sums are looked for.
const SUMMED_ROWS: usize = 4_000;
/// Most columns among which sums are looked for.
const SUMMED_COLUMNS: usize = 2_000;

/// A column's numbers in some rows; none of what is missing.
type Numbers = Vec<Option<f64>>;

/// Numbers kept of columns, which come in any order.
pub(super) struct Together<'a> {
    target: Option<&'a str>,
    /// Positions in the sample that correlations are computed on.
    correlated: Vec<u32>,
    /// Those on which sums are looked for; none where nothing can be a sum.
    summed: Vec<u32>,
    /// Columns among which they are looked for.
    terms: HashSet<&'a str>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The target's.
    sums: Numbers,
    /// Of columns by their place in the dataset.
    terms: Vec<(usize, Numbers)>,
    /// The columns that tell most about the target, no more than are shown.
    correlated: Vec<Ranked>,
}

struct Ranked {
    /// The higher, the earlier it is shown; among equals, by place.
    rank: f64,
    place: usize,
    numbers: Numbers,
}

impl<'a> Together<'a> {
    /// `read` are the sampled values of `target`, where there are any.
    pub fn of(
        dataset: &'a Dataset,
        sample: &Sample,
        target: Option<&'a Column>,
        read: Option<&Target>,
    ) -> Self {
        let summed = match (target, read) {
            // Only numbers are sums.
            (Some(target), Some(read)) if target.kind == ColumnKind::Numeric => {
                some_of(read.positions.iter().copied(), SUMMED_ROWS)
            }
            (_, _) => Vec::new(),
        };
        let target = target.map(|target| target.name.as_str());
        let numeric = dataset.columns.iter().filter(|column| column.kind == ColumnKind::Numeric);
        let others = numeric.map(|column| column.name.as_str()).filter(|name| Some(*name) != target);
        let n_terms = if summed.is_empty() { 0 } else { SUMMED_COLUMNS };
        Self {
            target,
            correlated: some_of(0..sample.rows.len() as u32, CORRELATED_ROWS),
            summed,
            terms: others.take(n_terms).collect(),
            kept: Mutex::default(),
        }
    }

    /// Keeps what is needed of the column at this place. `association` is what
    /// it says about the target.
    pub fn keep(&self, place: usize, column: &Column, cells: &Cells, association: Option<f64>) {
        let (ColumnKind::Numeric, Cells::Numbers(numbers)) = (column.kind, cells) else { return };
        let at = |positions: &[u32]| positions.iter().map(|&p| numbers.values[p as usize]).collect();
        let is_target = self.target == Some(column.name.as_str());
        // The target before all others; without one, all stay in their order.
        let rank = if is_target { 2.0 } else { association.unwrap_or(0.0) };
        let ranked = Ranked { rank, place, numbers: at(&self.correlated) };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if is_target {
            kept.sums = at(&self.summed);
        } else if self.terms.contains(column.name.as_str()) {
            kept.terms.push((place, at(&self.summed)));
        }
        kept.correlated.push(ranked);
        if kept.correlated.len() > CORRELATED {
            kept.correlated.sort_by(Ranked::order);
            kept.correlated.pop();
        }
    }

    /// What all columns come to.
    pub fn found(self, dataset: &Dataset) -> (Option<Relation>, Correlations) {
        let Kept { sums, mut terms, mut correlated } =
            self.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        terms.sort_unstable_by_key(|(place, _)| *place);
        let (places, terms): (Vec<usize>, Vec<Numbers>) = terms.into_iter().unzip();
        let sums: Vec<f64> = sums.into_iter().flatten().collect();
        let found = if sums.is_empty() { None } else { relation(&terms, &sums) };
        let found = found.map(|found| Relation {
            terms: found.terms.iter().map(|&(term, factor)| (places[term], factor)).collect(),
            ..found
        });
        correlated.sort_by(Ranked::order);
        let names = correlated.iter().map(|ranked| dataset.columns[ranked.place].name.clone()).collect();
        let cells: Vec<&Numbers> = correlated.iter().map(|ranked| &ranked.numbers).collect();
        (found, correlations(names, &cells))
    }
}

impl Ranked {
    fn order(a: &Self, b: &Self) -> std::cmp::Ordering {
        b.rank.total_cmp(&a.rank).then(a.place.cmp(&b.place))
    }
}

/// Some positions, at most so many, spread evenly.
fn some_of(positions: impl ExactSizeIterator<Item = u32>, most: usize) -> Vec<u32> {
    let step = positions.len().div_ceil(most).max(1);
    positions.step_by(step).collect()
}

/// Of each column with each.
fn correlations(columns: Vec<String>, cells: &[&Numbers]) -> Correlations {
    let upper: Vec<Vec<Option<f64>>> = (0..cells.len())
        .into_par_iter()
        .map(|i| (i..cells.len()).map(|j| correlation(cells[i], cells[j])).collect())
        .collect();
    let at = |i: usize, j: usize| upper[i.min(j)][i.max(j) - i.min(j)];
    let values = (0..cells.len()).map(|i| (0..cells.len()).map(|j| at(i, j)).collect()).collect();
    Correlations { columns, values }
}
