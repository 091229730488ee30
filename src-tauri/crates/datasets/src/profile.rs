//! Figures of each column, for the stats tab.

use crate::{
    error::DatasetError,
    table::{ColumnView, Table},
};
use retort_domain::{Column, ColumnKind, ColumnStats, Dataset, ValueCount};
use std::{borrow::Cow, collections::HashMap};

/// Most frequent values that are listed.
const TOP: usize = 10;
/// Numbers with at most this many distinct values are counted like names.
const COUNTED_NUMBERS: u32 = 20;

impl Table {
    /// Figures of every column, in the dataset's order. Quartiles are linear
    /// between neighbours, the standard deviation is the sample's.
    pub fn stats(&self, dataset: &Dataset) -> Result<Vec<ColumnStats>, DatasetError> {
        dataset.columns.iter().map(|c| Ok(stats_of(c, self.column(&c.name)?, self.n_rows()))).collect()
    }
}

fn stats_of(column: &Column, view: ColumnView, n_rows: usize) -> ColumnStats {
    let total = u32::try_from(n_rows).unwrap_or(u32::MAX);
    let mut stats = ColumnStats {
        name: column.name.clone(),
        kind: column.kind,
        count: total.saturating_sub(column.missing),
        missing: column.missing,
        distinct: column.distinct,
        mean: None,
        sd: None,
        min: None,
        q25: None,
        median: None,
        q75: None,
        max: None,
        top: Vec::new(),
    };
    let key = column.kind == ColumnKind::Identifier;
    if let (ColumnView::Number(values), false) = (view, key) {
        let mut sorted: Vec<f64> = values.iter().flatten().collect();
        sorted.sort_by(f64::total_cmp);
        if !sorted.is_empty() {
            let mean = sorted.iter().map(|v| v / sorted.len() as f64).sum::<f64>();
            let squares = sorted.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
            stats.mean = Some(mean);
            // Squares of numbers near the largest overflow; then there is no figure to show.
            stats.sd = (sorted.len() > 1)
                .then(|| (squares / (sorted.len() - 1) as f64).sqrt())
                .filter(|sd| sd.is_finite());
            stats.min = sorted.first().copied();
            stats.q25 = Some(quantile(&sorted, 0.25));
            stats.median = Some(quantile(&sorted, 0.5));
            stats.q75 = Some(quantile(&sorted, 0.75));
            stats.max = sorted.last().copied();
        }
    }
    let counted = !matches!(view, ColumnView::Number(_)) || column.distinct <= COUNTED_NUMBERS;
    if counted && !key {
        stats.top = most_frequent((0..n_rows).filter_map(|row| view.text(row)));
    }
    stats
}

/// Quantile of sorted, present values, linear between neighbours.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = share * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    let part = at - at.floor();
    low * (1.0 - part) + high * part
}

fn most_frequent<'a>(values: impl Iterator<Item = Cow<'a, str>>) -> Vec<ValueCount> {
    let mut counts: HashMap<Cow<str>, u32> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts.truncate(TOP);
    counts.into_iter().map(|(value, count)| ValueCount { value: value.into_owned(), count }).collect()
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_are_numpys_default_ones() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&sorted, q)), [1.0, 1.75, 3.0, 5.0, 8.0]);
    }
}
