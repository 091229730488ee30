//! Figures of one column. Those that need one pass are of all rows; quantiles
//! are of the sample.

use super::cells::{Cells, Numbers};
use crate::table::ColumnView;
use polars::prelude::{Float64Chunked, PlHashMap};
use retort_domain::{Column, ColumnKind, ColumnProfile, ValueCount};
use std::{borrow::Cow, hash::Hash};

/// Most frequent values that are listed.
const TOP: usize = 10;
/// Numbers with at most this many distinct values are counted like names.
const COUNTED_NUMBERS: u32 = 20;
/// Where more values than this are different, none is frequent enough to list.
const MAX_COUNTED: u32 = 1_000_000;

pub(super) fn figures_of(column: &Column, view: ColumnView, n_rows: usize, cells: &Cells) -> ColumnProfile {
    let total = u32::try_from(n_rows).unwrap_or(u32::MAX);
    let mut profile = ColumnProfile {
        name: column.name.clone(),
        kind: column.kind,
        count: total.saturating_sub(column.missing),
        missing: column.missing,
        distinct: column.distinct,
        mean: None,
        sd: None,
        min: None,
        q05: None,
        q25: None,
        median: None,
        q75: None,
        q95: None,
        max: None,
        skew: None,
        top: Vec::new(),
        association: None,
    };
    if column.kind == ColumnKind::Identifier {
        return profile;
    }
    if let ColumnView::Number(values) = view {
        add_moments(&mut profile, values);
    }
    if let (ColumnView::Number(_), Cells::Numbers(Numbers { sorted, .. })) = (view, cells)
        && !sorted.is_empty()
    {
        let at = |share| Some(quantile(sorted, share));
        profile.q05 = at(0.05);
        profile.q25 = at(0.25);
        profile.median = at(0.5);
        profile.q75 = at(0.75);
        profile.q95 = at(0.95);
    }
    let is_counted = match view {
        ColumnView::Number(_) => column.distinct <= COUNTED_NUMBERS,
        ColumnView::Text(_) | ColumnView::Boolean(..) | ColumnView::Moment(..) => {
            column.distinct <= MAX_COUNTED
        }
    };
    if is_counted {
        let top = counts_of(view).into_iter().take(TOP);
        profile.top = top.map(|(value, count)| ValueCount { value: value.into_owned(), count }).collect();
    }
    profile
}

/// Mean, standard deviation, skew and extremes of the values that are there.
fn add_moments(profile: &mut ColumnProfile, values: &Float64Chunked) {
    let n = (values.len() - values.null_count()) as f64;
    if n == 0.0 {
        return;
    }
    let mut lowest = [f64::INFINITY; LANES];
    let mut highest = [f64::NEG_INFINITY; LANES];
    // Blocks are summed by themselves, so that small values do not vanish in
    // the sum of millions.
    let mut mean = 0.0;
    in_blocks(values, |block| {
        let mut sums = [0.0; LANES];
        in_lanes(block, |lane, v| {
            sums[lane] += v;
            lowest[lane] = if v < lowest[lane] { v } else { lowest[lane] };
            highest[lane] = if v > highest[lane] { v } else { highest[lane] };
        });
        let sum: f64 = sums.iter().sum();
        // Numbers near the largest add up to more than there is.
        mean += if sum.is_finite() { sum / n } else { block.iter().map(|v| v / n).sum() };
    });
    let min = lowest.into_iter().fold(f64::INFINITY, f64::min);
    let max = highest.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let (mut squares, mut cubes) = (0.0, 0.0);
    in_blocks(values, |block| {
        let (mut s2, mut s3) = ([0.0; LANES], [0.0; LANES]);
        in_lanes(block, |lane, v| {
            let d = v - mean;
            s2[lane] += d * d;
            s3[lane] += d * d * d;
        });
        squares += s2.iter().sum::<f64>();
        cubes += s3.iter().sum::<f64>();
    });
    profile.mean = Some(mean);
    profile.min = Some(min);
    profile.max = Some(max);
    // Squares of numbers near the largest overflow; then there is no figure to show.
    profile.sd = (n > 1.0).then(|| (squares / (n - 1.0)).sqrt()).filter(|sd| sd.is_finite());
    let population_sd = (squares / n).sqrt();
    profile.skew =
        Some(cubes / n / population_sd.powi(3)).filter(|skew| skew.is_finite() && min < max && n > 2.0);
}

/// Sums that are kept apart, so that the processor adds several at a time.
const LANES: usize = 8;

/// Hands over each value with the lane that it belongs to.
fn in_lanes(block: &[f64], mut each: impl FnMut(usize, f64)) {
    let (whole, rest) = block.as_chunks::<LANES>();
    for values in whole {
        for (lane, value) in values.iter().enumerate() {
            each(lane, *value);
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        each(lane, *value);
    }
}

/// Hands over the values that are there, some thousand at a time.
fn in_blocks(values: &Float64Chunked, mut each: impl FnMut(&[f64])) {
    const BLOCK: usize = 4096;
    let mut present = Vec::with_capacity(BLOCK);
    for part in values.downcast_iter() {
        match part.validity().filter(|validity| validity.unset_bits() > 0) {
            None => part.values().chunks(BLOCK).for_each(&mut each),
            Some(validity) => {
                for (at, block) in part.values().chunks(BLOCK).enumerate() {
                    let is_there = validity.clone().sliced(at * BLOCK, block.len());
                    present.clear();
                    let there = block.iter().zip(is_there.iter()).filter(|(_, there)| *there);
                    present.extend(there.map(|(value, _)| *value));
                    each(&present);
                }
            }
        }
    }
}

/// Quantile of sorted, present values, linear between neighbours.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = share * last as f64;
    let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
    let part = at - at.floor();
    low * (1.0 - part) + high * part
}

/// Each value as shown with its rows, the most frequent first.
pub(super) fn counts_of(view: ColumnView) -> Vec<(Cow<str>, u32)> {
    fn counted<T: Hash + Eq>(values: impl Iterator<Item = T>) -> Vec<(T, u32)> {
        let mut counts: PlHashMap<T, u32> = PlHashMap::default();
        values.for_each(|value| *counts.entry(value).or_default() += 1);
        counts.into_iter().collect()
    }
    let mut counts: Vec<(Cow<str>, u32)> = match view {
        ColumnView::Text(v) => {
            counted(v.iter().flatten()).into_iter().map(|(text, n)| (Cow::Borrowed(text), n)).collect()
        }
        ColumnView::Number(v) => counted(v.iter().flatten().map(|x| (x + 0.0).to_bits()))
            .into_iter()
            .map(|(bits, n)| (Cow::Owned(crate::number::format(f64::from_bits(bits))), n))
            .collect(),
        ColumnView::Boolean(v, words) => counted(v.iter().flatten())
            .into_iter()
            .map(|(yes, n)| (Cow::Borrowed(words[usize::from(yes)].as_str()), n))
            .collect(),
        ColumnView::Moment(v, format) => counted(v.iter().flatten())
            .into_iter()
            .map(|(moment, n)| (Cow::Owned(format.show(moment)), n))
            .collect(),
    };
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

#[cfg(test)]
mod tests {
    use super::{super::sample::Sample, *};
    use polars::prelude::NewChunkedArray;

    #[test]
    fn quantiles_are_numpys_default_ones() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|q| quantile(&sorted, q)), [1.0, 1.75, 3.0, 5.0, 8.0]);
    }

    #[test]
    fn skew_is_the_third_standardised_moment() {
        let column = Column {
            name: "a".into(),
            kind: ColumnKind::Numeric,
            missing: 1,
            distinct: 5,
            excluded_because: None,
        };
        let values = [Some(1.0), Some(2.0), None, Some(3.0), Some(4.0), Some(15.0)];
        let values = Float64Chunked::from_slice_options("a".into(), &values);
        let view = ColumnView::Number(&values);
        let profile = figures_of(&column, view, 6, &Cells::of(view, &Sample::of(6)));
        // Deviations -4, -3, -2, -1 and 10: third moment 180, variance 26.
        assert!((profile.skew.expect("a skew") - 180.0 / 26.0_f64.powf(1.5)).abs() < 1e-12, "{profile:?}");
        assert_eq!((profile.mean, profile.min, profile.max), (Some(5.0), Some(1.0), Some(15.0)));
    }
}
