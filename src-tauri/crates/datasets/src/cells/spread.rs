//! How the values of a whole column are spread: found once, when its cells are
//! written, and kept with them.

use crate::moment::MomentFormat;
use serde::{Deserialize, Serialize};

/// Values that are listed with their counts.
pub(crate) const MAX_LISTED: usize = 50;
/// Bins of a histogram are about so many.
const N_BINS: f64 = 30.0;
/// Whole numbers that span no more than this have a bin each.
const MAX_SINGLE_BINS: f64 = 40.0;

const MILLIS_PER_HOUR: f64 = 3_600_000.0;
const MILLIS_PER_DAY: f64 = 24.0 * MILLIS_PER_HOUR;
/// Widths of bins of dates, milliseconds: of seconds, minutes, hours, days, and
/// of about a month, a quarter, a year and more.
const DATE_STEPS: [f64; 27] = [
    1.0,
    10.0,
    100.0,
    1_000.0,
    5_000.0,
    15_000.0,
    60_000.0,
    300_000.0,
    900_000.0,
    MILLIS_PER_HOUR,
    3.0 * MILLIS_PER_HOUR,
    6.0 * MILLIS_PER_HOUR,
    12.0 * MILLIS_PER_HOUR,
    MILLIS_PER_DAY,
    2.0 * MILLIS_PER_DAY,
    7.0 * MILLIS_PER_DAY,
    14.0 * MILLIS_PER_DAY,
    28.0 * MILLIS_PER_DAY,
    91.0 * MILLIS_PER_DAY,
    182.0 * MILLIS_PER_DAY,
    365.0 * MILLIS_PER_DAY,
    730.0 * MILLIS_PER_DAY,
    1_826.0 * MILLIS_PER_DAY,
    3_652.0 * MILLIS_PER_DAY,
    9_131.0 * MILLIS_PER_DAY,
    18_262.0 * MILLIS_PER_DAY,
    36_524.0 * MILLIS_PER_DAY,
];

/// What is known of all values of a column.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Overview {
    pub missing: u32,
    /// Ends of bins, of numbers and dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<f64>,
    /// Rows in each bin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<u32>,
    /// Most frequent texts with their rows, most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<(String, u32)>,
}

/// Milliseconds, as ranges and bins of dates are given in.
pub(crate) fn millis(micros: i64) -> f64 {
    micros as f64 / 1000.0
}

/// Ends of bins for numbers between these two; `whole` where all are whole.
pub(crate) fn number_edges(min: f64, max: f64, whole: bool) -> Vec<f64> {
    let span = max - min;
    if whole && span < MAX_SINGLE_BINS && min.abs().max(max.abs()) < 1e15 {
        return (0..=(span as usize + 1)).map(|i| min - 0.5 + i as f64).collect();
    }
    if !span.is_finite() {
        // Between the largest negative and positive numbers.
        return (0..=30).map(|i| min + (max / 30.0 - min / 30.0) * f64::from(i)).collect();
    }
    if span == 0.0 {
        let around = (min.abs() * 1e-3).max(f64::MIN_POSITIVE);
        return vec![min - around, max + around];
    }
    let rough = span / N_BINS;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|f| f * power).into_iter().find(|s| *s >= rough * 0.999);
    let edges = steps_over(min, max, step.unwrap_or(rough));
    // Where numbers are too close to each other for round ends.
    let ascending = edges.windows(2).all(|e| e[0] < e[1]) && edges.len() > 2 && edges.len() < 100;
    if ascending { edges } else { vec![min, max] }
}

/// Ends of bins for dates between these two, milliseconds.
pub(crate) fn date_edges(min: f64, max: f64) -> Vec<f64> {
    let rough = (max - min) / N_BINS;
    let step = DATE_STEPS.into_iter().find(|s| *s >= rough).unwrap_or(rough);
    steps_over(min, max, step)
}

/// Multiples of a step that cover both numbers, at least two.
fn steps_over(min: f64, max: f64, step: f64) -> Vec<f64> {
    let first = (min / step).floor();
    let n = ((max / step).ceil() - first).max(1.0) as usize;
    // Dividing keeps 0.3 from becoming 0.30000000000000004.
    let inverse = (1.0 / step).round();
    let at = |i: usize| {
        let multiple = first + i as f64;
        if step < 1.0 && ((1.0 / step) - inverse).abs() < 1e-6 * inverse {
            multiple / inverse
        } else {
            multiple * step
        }
    };
    let mut edges: Vec<f64> = (0..=n).map(at).collect();
    // Rounding may leave the largest just outside.
    if edges.last().is_some_and(|last| *last < max) {
        edges.push(at(n + 1));
    }
    if edges.first().is_some_and(|first| *first > min) {
        edges.insert(0, (first - 1.0) * step);
    }
    edges
}

/// Counts values into bins whose ends are given.
#[derive(Debug, Clone)]
pub(crate) struct Binning<'a> {
    edges: &'a [f64],
    low: f64,
    per_bin: f64,
}

impl<'a> Binning<'a> {
    pub fn new(edges: &'a [f64]) -> Self {
        let (low, high) = (edges.first().copied().unwrap_or(0.0), edges.last().copied().unwrap_or(1.0));
        let n = edges.len().saturating_sub(1) as f64;
        // Divided first, because the difference of two large numbers overflows.
        let per_bin = 1.0 / (high / n - low / n);
        Self { edges, low, per_bin }
    }

    /// The bin of a value that lies between the first and the last end: lower
    /// ends belong to their bin, and to the last bin its upper end too.
    pub fn bin(&self, value: f64) -> usize {
        let last = self.edges.len().saturating_sub(2);
        let guess = ((value - self.low) * self.per_bin).clamp(0.0, last as f64) as usize;
        let fits = self.edges[guess] <= value && (guess == last || value < self.edges[guess + 1]);
        // Rounding may miss.
        if fits { guess } else { self.edges.partition_point(|e| *e <= value).clamp(1, last + 1) - 1 }
    }
}

/// An end of a bin of dates as it is shown.
pub(crate) fn date_label(millis: f64, format: MomentFormat) -> String {
    format.show((millis * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edges_are_round_and_whole_numbers_have_bins_of_their_own() {
        assert_eq!(number_edges(0.0, 3.0, true), [-0.5, 0.5, 1.5, 2.5, 3.5]);
        let edges = number_edges(0.05, 2.9, false);
        assert_eq!((edges[0], edges[1], edges[3]), (0.0, 0.1, 0.3));
        assert_eq!(edges.len(), 30);
        let days = date_edges(0.0, 29.0 * MILLIS_PER_DAY);
        assert_eq!((days[1], days.len()), (MILLIS_PER_DAY, 30));
    }

    proptest! {
        #[test]
        fn every_value_has_its_bin(
            mut values in proptest::collection::vec(proptest::num::f64::NORMAL | proptest::num::f64::ZERO, 1..50),
            scale in proptest::sample::select(vec![1.0, 1e-300, 1e-9]),
        ) {
            values.iter_mut().for_each(|v| *v *= scale);
            let (min, max) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
            let whole = values.iter().all(|v| v.fract() == 0.0);
            let edges = number_edges(min, max, whole);
            prop_assert!(edges.windows(2).all(|e| e[0] < e[1]), "{edges:?}");
            prop_assert!(edges[0] <= min && max <= edges[edges.len() - 1], "{min} {max} {edges:?}");
            let binning = Binning::new(&edges);
            for &value in &values {
                let bin = binning.bin(value);
                prop_assert!(edges[bin] <= value, "{value} {bin} {edges:?}");
                prop_assert!(value < edges[bin + 1] || bin + 2 == edges.len(), "{value} {bin} {edges:?}");
            }
        }
    }
}
