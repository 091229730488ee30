//! How a table's numbers hang together: whether some add up to the target, and
//! how they correlate. Both from one reading of their columns.

use super::{
    Seen,
    association::correlation,
    cells::Target,
    sample::{Progress, Sample},
    sums::{Relation, relation},
};
use crate::{
    error::DatasetError,
    table::{ColumnView, Table},
};
use rayon::prelude::*;
use retort_domain::{Column, ColumnKind, Correlations, Dataset};
use std::collections::{HashMap, HashSet};

/// Most columns whose correlations are shown.
const CORRELATED: usize = 60;
/// Sampled rows that correlations are computed on.
const CORRELATED_ROWS: usize = 50_000;
/// Sampled rows on which sums are looked for.
const SUMMED_ROWS: usize = 4_000;
/// Most columns among which sums are looked for.
const SUMMED_COLUMNS: usize = 2_000;

/// A column's numbers in some rows; none of what holds others.
type Numbers = Vec<Option<f64>>;

impl Table {
    /// `read` are the sampled values of `target`, where there are any.
    pub(super) fn together(
        &self,
        dataset: &Dataset,
        sample: &Sample,
        (target, read): (Option<&Column>, Option<&Target>),
        seen: &[Seen],
        progress: &Progress<'_>,
    ) -> Result<(Option<Relation>, Correlations), DatasetError> {
        let is_target = |column: &Column| target.is_some_and(|target| target.name == column.name);
        let mut numeric: Vec<(usize, &Column)> =
            dataset.columns.iter().enumerate().filter(|(_, c)| c.kind == ColumnKind::Numeric).collect();
        // The target before all others; without one, all stay in their order.
        let rank = |&(place, column): &(usize, &Column)| {
            if is_target(column) { 2.0 } else { seen[place].figures.association.unwrap_or(0.0) }
        };
        let mut ranked = numeric.clone();
        ranked.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        ranked.truncate(CORRELATED);
        let correlated: HashSet<&str> = ranked.iter().map(|(_, column)| column.name.as_str()).collect();
        let correlated_rows = some_of(sample, 0..sample.rows.len() as u32, CORRELATED_ROWS);
        let (y, summed_rows) = match (target, read) {
            (Some(target), Some(read)) if target.kind == ColumnKind::Numeric => {
                let rows = some_of(sample, read.positions.iter().copied(), SUMMED_ROWS);
                let y = numbers_at(self.column(&target.name)?, &rows).into_iter().flatten().collect();
                (y, rows)
            }
            (_, _) => (Vec::new(), Vec::new()),
        };
        let n_summed = if summed_rows.is_empty() { 0 } else { SUMMED_COLUMNS };
        let summed: HashMap<&str, usize> = (numeric.iter())
            .filter(|(_, column)| !is_target(column))
            .map(|(place, column)| (column.name.as_str(), *place))
            .take(n_summed)
            .collect();

        numeric.retain(|(_, c)| correlated.contains(c.name.as_str()) || summed.contains_key(c.name.as_str()));
        let columns: Vec<&Column> = numeric.iter().map(|(_, column)| *column).collect();
        let numbers: Vec<(Numbers, Numbers)> = self.of_each(&columns, |column, view| {
            let name = column.name.as_str();
            let of = |is_wanted: bool, rows| if is_wanted { numbers_at(view, rows) } else { Vec::new() };
            let numbers = (
                of(summed.contains_key(name), &summed_rows),
                of(correlated.contains(name), &correlated_rows),
            );
            progress.step().map(|()| numbers)
        })?;

        let mut to_sum: (Vec<usize>, Vec<Numbers>) = Default::default();
        let mut to_correlate: HashMap<&str, Numbers> = HashMap::new();
        for (column, (in_summed_rows, in_correlated_rows)) in columns.iter().zip(numbers) {
            to_correlate.insert(&column.name, in_correlated_rows);
            if let Some(&place) = summed.get(column.name.as_str()) {
                to_sum.0.push(place);
                to_sum.1.push(in_summed_rows);
            }
        }
        let found = if y.is_empty() { None } else { relation(&to_sum.1, &y) };
        let found = found.map(|found| Relation {
            terms: found.terms.iter().map(|&(c, factor)| (to_sum.0[c], factor)).collect(),
            ..found
        });
        let names: Vec<String> = ranked.iter().map(|(_, column)| column.name.clone()).collect();
        let cells: Vec<&Numbers> = names.iter().filter_map(|name| to_correlate.get(name.as_str())).collect();
        Ok((found, correlations(names.clone(), &cells)))
    }
}

/// Rows at some positions of the sample, at most so many, spread evenly.
fn some_of(sample: &Sample, positions: impl ExactSizeIterator<Item = u32>, most: usize) -> Vec<usize> {
    let step = positions.len().div_ceil(most).max(1);
    positions.step_by(step).map(|position| sample.rows[position as usize] as usize).collect()
}

fn numbers_at(view: ColumnView<'_>, rows: &[usize]) -> Numbers {
    match view {
        ColumnView::Number(v) => rows.iter().map(|&row| v.get(row)).collect(),
        ColumnView::Text(_) | ColumnView::Boolean(..) | ColumnView::Moment(..) => Vec::new(),
    }
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
