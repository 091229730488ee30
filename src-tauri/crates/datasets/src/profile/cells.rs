//! Sampled cells of one column, and the target's, as numbers or as names.

use super::sample::{Sample, scrambled};
use crate::table::ColumnView;
use polars::prelude::PlHashMap;
use retort_domain::Task;
use std::hash::Hash;

/// Quantile bins of numbers that take many values.
const BINS: usize = 20;
/// Numbers that take at most this many values are names to the count.
const NAMED_NUMBERS: usize = 32;

/// Sampled cells of one column, one a sampled row.
#[derive(Debug)]
pub(super) enum Cells {
    /// Numbers and moments.
    Numbers(Numbers),
    /// Index of each name.
    Names(Vec<Option<u32>>),
}

/// Sampled numbers.
#[derive(Debug)]
pub(super) struct Numbers {
    pub values: Vec<Option<f64>>,
    /// Those that are there, ascending.
    pub sorted: Vec<f64>,
    /// Those that are different, ascending.
    pub different: Vec<f64>,
}

impl Numbers {
    pub fn new(values: Vec<Option<f64>>) -> Self {
        // Adding 0 makes -0 and 0 one value.
        let mut sorted: Vec<f64> = values.iter().flatten().map(|v| v + 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut different = sorted.clone();
        different.dedup();
        Self { values, sorted, different }
    }
}

impl Cells {
    pub fn of(view: ColumnView, sample: &Sample) -> Self {
        let rows = sample.rows.iter().map(|&row| row as usize);
        match view {
            ColumnView::Number(v) => Self::Numbers(Numbers::new(sample.numbers(v))),
            ColumnView::Moment(v, _) => {
                Self::Numbers(Numbers::new(rows.map(|row| v.get(row).map(|m| m as f64)).collect()))
            }
            ColumnView::Boolean(v, _) => Self::Names(rows.map(|row| v.get(row).map(u32::from)).collect()),
            ColumnView::Text(v) => Self::Names(indexed(rows.map(|row| v.get(row)))),
        }
    }

    /// Each different value as a name.
    pub fn named(&self) -> Vec<Option<u32>> {
        match self {
            Self::Numbers(numbers) => {
                numbers.values.iter().map(|v| v.map(|v| place(&numbers.different, v) as u32)).collect()
            }
            Self::Names(names) => names.clone(),
        }
    }

    /// Codes of some of the cells: each name one, numbers in bins of about
    /// equally many, what is missing the last.
    pub fn coded(&self, positions: &[u32]) -> Coded {
        match self {
            Self::Names(names) => Coded::new(positions.iter().map(|&p| names[p as usize])),
            Self::Numbers(numbers) => {
                let binned;
                let cuts = if numbers.different.len() <= NAMED_NUMBERS {
                    &numbers.different
                } else {
                    binned = cuts(&numbers.sorted, BINS);
                    &binned
                };
                let chosen = positions.iter().map(|&p| numbers.values[p as usize]);
                Coded::new(chosen.map(|v| v.map(|v| place(cuts, v) as u32)))
            }
        }
    }

    /// Chance that two rows agree.
    pub fn collision(&self) -> f64 {
        let pairs = |n: f64| n * (n - 1.0);
        let (n, present, agreeing) = match self {
            Self::Numbers(numbers) => {
                let groups = numbers.sorted.chunk_by(|a, b| a == b);
                let agreeing = groups.map(|group| pairs(group.len() as f64)).sum::<f64>();
                (numbers.values.len(), numbers.sorted.len(), agreeing)
            }
            Self::Names(names) => {
                let n_names = names.iter().flatten().max().map_or(0, |max| *max as usize + 1);
                let mut counts = vec![0_u32; n_names];
                names.iter().flatten().for_each(|&name| counts[name as usize] += 1);
                let present = names.iter().flatten().count();
                (names.len(), present, counts.into_iter().map(|n| pairs(f64::from(n))).sum())
            }
        };
        // Two missing cells agree too.
        if n < 2 { 1.0 } else { (agreeing + pairs((n - present) as f64)) / pairs(n as f64) }
    }
}

/// Upper ends of at most `n` bins of about equally many values; equal values
/// are in one bin.
pub(super) fn cuts(sorted: &[f64], n: usize) -> Vec<f64> {
    let mut cuts: Vec<f64> = (1..=n).map(|i| sorted[(i * sorted.len() / n).max(1) - 1]).collect();
    cuts.dedup();
    cuts
}

/// The bin of a value.
pub(super) fn place(cuts: &[f64], value: f64) -> usize {
    cuts.partition_point(|cut| *cut < value).min(cuts.len().saturating_sub(1))
}

/// Indices in the order of first sight.
fn indexed<T: Hash + Eq>(cells: impl Iterator<Item = Option<T>>) -> Vec<Option<u32>> {
    let mut index: PlHashMap<T, u32> = PlHashMap::default();
    cells
        .map(|cell| {
            let next = index.len() as u32;
            cell.map(|cell| *index.entry(cell).or_insert(next))
        })
        .collect()
}

/// Cells as whole numbers below `n`.
#[derive(Debug)]
pub(super) struct Coded {
    pub codes: Vec<u32>,
    pub n: usize,
}

impl Coded {
    fn new(cells: impl Iterator<Item = Option<u32>>) -> Self {
        let cells: Vec<Option<u32>> = cells.collect();
        let missing = cells.iter().flatten().max().map_or(0, |max| max + 1);
        let codes: Vec<u32> = cells.iter().map(|cell| cell.unwrap_or(missing)).collect();
        let n = codes.iter().max().map_or(0, |max| *max as usize + 1);
        Self { codes, n }
    }
}

/// The target on the sampled rows that have it.
#[derive(Debug)]
pub(super) struct Target {
    /// Positions in the sample.
    pub positions: Vec<u32>,
    pub values: TargetCells,
    /// For counting together with other columns; numbers in bins.
    pub coded: Coded,
    /// The same codes in other orders, for what chance alone gives.
    pub shuffled: Vec<Vec<u32>>,
}

/// One a position.
#[derive(Debug)]
pub(super) enum TargetCells {
    /// Index of each class, and how many there are.
    Classes(Vec<u32>, usize),
    /// Values, and their ranks from 0, ties at their mean.
    Numbers { values: Vec<f64>, ranks: Vec<f64> },
}

/// Orders that chance is judged by.
const SHUFFLES: u64 = 3;

impl Target {
    pub fn of(view: ColumnView, task: Task, sample: &Sample) -> Self {
        let cells = Cells::of(view, sample);
        let positions: Vec<u32> = match &cells {
            Cells::Numbers(v) => present(&v.values),
            Cells::Names(v) => present(v),
        };
        let (values, coded) = match (task, &cells) {
            (Task::Regression, Cells::Numbers(numbers)) => {
                let values: Vec<f64> = positions.iter().filter_map(|&p| numbers.values[p as usize]).collect();
                let ranks = ranks(&values);
                (TargetCells::Numbers { values, ranks }, cells.coded(&positions))
            }
            (Task::Regression | Task::Classification, _) => {
                let names = cells.named();
                let coded = Coded::new(positions.iter().map(|&p| names[p as usize]));
                (TargetCells::Classes(coded.codes.clone(), coded.n), coded)
            }
        };
        let shuffled = (1..=SHUFFLES).map(|seed| {
            let mut order: Vec<(u64, u32)> =
                (0_u64..).zip(&coded.codes).map(|(i, code)| (scrambled(i ^ (seed << 40)), *code)).collect();
            order.sort_unstable();
            order.into_iter().map(|(_, code)| code).collect()
        });
        let shuffled = shuffled.collect();
        Self { positions, values, coded, shuffled }
    }
}

fn present<T>(cells: &[Option<T>]) -> Vec<u32> {
    (0_u32..).zip(cells).filter(|(_, cell)| cell.is_some()).map(|(position, _)| position).collect()
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let value = values[order[start]];
        let end = start + order[start..].iter().take_while(|&&i| values[i] == value).count();
        order[start..end].iter().for_each(|&i| ranks[i] = (start + end - 1) as f64 / 2.0);
        start = end.max(start + 1);
    }
    ranks
}
