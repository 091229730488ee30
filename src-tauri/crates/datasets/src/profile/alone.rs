//! How well one column alone tells the target, on rows that it was not fitted
//! on: what tells nearly all is a leak. Fitting on one half of the rows and
//! judging on the other keeps keys from looking like knowledge.

use super::{
    cells::{Cells, Target, TargetCells, cuts, place},
    sample::scrambled,
};

/// Fewer rows with a target do not show a leak.
const FEWEST_ROWS: usize = 40;
/// Rows outside the most frequent class, at least, for the same reason.
const FEWEST_OTHERS: usize = 10;
const MOST_BINS: usize = 256;
/// In tables of more rows, bins are fine enough to find a threshold.
const NEIGHBOUR_ROWS: usize = 10_000;

/// What a column tells by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Alone {
    /// Share of what the most frequent class, or the mean, gets wrong that the
    /// column gets right: `(accuracy - base) / (1 - base)`, or R². At most 1.
    pub share: f64,
    /// As `share`, of the target's ranks; for a regression.
    pub share_of_ranks: Option<f64>,
    /// Different values, and the share that they tell as names; none where they
    /// hardly repeat.
    pub names: Option<(usize, f64)>,
    /// It tells most by its values as names.
    pub is_by_name: bool,
}

/// None where there are too few rows to say. `groups` are those of the sampled
/// rows that have to stay in one half together.
pub(super) fn alone(cells: &Cells, target: &Target, groups: Option<&[Option<u32>]>) -> Option<Alone> {
    let n = target.positions.len();
    if n < FEWEST_ROWS {
        return None;
    }
    let half = |i: u64| scrambled(i ^ 0xA10E) & 1 == 0;
    let first_half: Vec<bool> = match groups {
        None => (0..n as u64).map(half).collect(),
        Some(groups) => {
            let group = target.positions.iter().map(|&p| groups[p as usize]);
            group.map(|group| half(group.map_or(u64::MAX, u64::from))).collect()
        }
    };
    let mut codings = Vec::new();
    match cells {
        Cells::Names(names) => {
            codings.push(Coding::by_name(target.positions.iter().map(|&p| names[p as usize])));
        }
        Cells::Numbers(numbers) => {
            if numbers.sorted.is_empty() {
                return None;
            }
            // Values that hardly repeat are no names.
            if numbers.different.len() * 6 <= n {
                let names = cells.named();
                codings.push(Coding::by_name(target.positions.iter().map(|&p| names[p as usize])));
            }
            let x: Vec<Option<f64>> = target.positions.iter().map(|&p| numbers.values[p as usize]).collect();
            codings.push(Coding::by_bin(&x, &numbers.sorted, 1));
            codings.push(Coding::by_bin(&x, &numbers.sorted, (n / 40).clamp(2, MOST_BINS)));
        }
    }
    let mut best: Option<Alone> = None;
    if let (Cells::Numbers(numbers), TargetCells::Classes(classes, n_classes)) = (cells, &target.values)
        && n <= NEIGHBOUR_ROWS
    {
        let x: Vec<Option<f64>> = target.positions.iter().map(|&p| numbers.values[p as usize]).collect();
        let share = neighbours_told(&x, classes, *n_classes, &first_half)?;
        best = Some(Alone { share, share_of_ranks: None, names: None, is_by_name: false });
    }
    for coding in codings {
        let (share, share_of_ranks) = match &target.values {
            TargetCells::Classes(classes, n_classes) => {
                (classes_told(&coding.codes, classes, *n_classes, &first_half)?, None)
            }
            TargetCells::Numbers { values, ranks } => {
                let told = |y: &[f64]| numbers_told(&coding, y, &first_half);
                (told(values)?, told(ranks))
            }
        };
        let named = coding.n_names.map(|n| (n, share));
        let names = named.or(best.and_then(|best| best.names));
        best = Some(match best {
            Some(best) if best.share >= share => Alone { names, ..best },
            _ => Alone { share, share_of_ranks, names, is_by_name: coding.n_names.is_some() },
        });
    }
    best
}

/// A column made ready to predict from.
struct Coding {
    /// Name or bin of each row; what is missing is one of its own.
    codes: Vec<u32>,
    /// Values, for lines within bins; 0 where missing.
    x: Option<Vec<f64>>,
    n_names: Option<usize>,
}

impl Coding {
    fn by_name(names: impl Iterator<Item = Option<u32>>) -> Self {
        let codes: Vec<u32> = names.map(|name| name.map_or(0, |name| name + 1)).collect();
        let mut different: Vec<u32> = codes.iter().copied().filter(|code| *code > 0).collect();
        different.sort_unstable();
        different.dedup();
        Self { codes, x: None, n_names: Some(different.len()) }
    }

    fn by_bin(x: &[Option<f64>], sorted: &[f64], n_bins: usize) -> Self {
        let cuts = cuts(sorted, n_bins);
        let codes = x.iter().map(|v| v.map_or(0, |v| place(&cuts, v) as u32 + 1)).collect();
        Self { codes, x: Some(x.iter().map(|v| v.unwrap_or(0.0)).collect()), n_names: None }
    }
}

/// Kappa-like share of classes told by the majority of each code.
fn classes_told(codes: &[u32], classes: &[u32], n_classes: usize, first_half: &[bool]) -> Option<f64> {
    let (mut right, mut base, mut judged) = (0_usize, 0_usize, 0_usize);
    let n_codes = codes.iter().max().map_or(0, |max| *max as usize + 1);
    for fitted in [true, false] {
        let mut totals = vec![0_u32; n_classes];
        let known = codes.iter().zip(classes).zip(first_half).filter(|(_, first)| **first == fitted);
        let mut pairs: Vec<u64> = Vec::with_capacity(codes.len() / 2);
        for ((&code, &class), _) in known {
            totals[class as usize] += 1;
            pairs.push(u64::from(code) << 32 | u64::from(class));
        }
        let usual = (0..n_classes).max_by_key(|&class| totals[class])? as u32;
        // The most frequent class of each code, the first of several.
        let mut majority = vec![(0_u32, usual); n_codes];
        pairs.sort_unstable();
        for pair in pairs.chunk_by(|a, b| a == b) {
            let (code, class) = ((pair[0] >> 32) as usize, pair[0] as u32);
            if pair.len() as u32 > majority[code].0 {
                majority[code] = (pair.len() as u32, class);
            }
        }
        let judged_rows = codes.iter().zip(classes).zip(first_half).filter(|(_, first)| **first != fitted);
        for ((&code, &class), _) in judged_rows {
            judged += 1;
            base += usize::from(class == usual);
            right += usize::from(majority[code as usize].1 == class);
        }
    }
    let others = judged - base;
    (others >= FEWEST_OTHERS).then(|| (right as f64 - base as f64) / others as f64)
}

/// Kappa-like share of classes told by the three nearest values of the other
/// half, and by the majority of what is missing there.
fn neighbours_told(x: &[Option<f64>], classes: &[u32], n_classes: usize, first_half: &[bool]) -> Option<f64> {
    let (mut right, mut base, mut judged) = (0_usize, 0_usize, 0_usize);
    for fitted in [true, false] {
        let mut known: Vec<(f64, u32)> = Vec::new();
        let (mut totals, mut of_missing) = (vec![0_u32; n_classes], vec![0_u32; n_classes]);
        for ((x, &class), _) in x.iter().zip(classes).zip(first_half).filter(|(_, first)| **first == fitted) {
            totals[class as usize] += 1;
            match x {
                Some(x) => known.push((*x, class)),
                None => of_missing[class as usize] += 1,
            }
        }
        known.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let most =
            |counts: &[u32]| (0..n_classes).max_by_key(|&class| counts[class]).map(|class| class as u32);
        let usual = most(&totals)?;
        let missing = if of_missing.iter().any(|n| *n > 0) { most(&of_missing)? } else { usual };
        for ((x, &class), _) in x.iter().zip(classes).zip(first_half).filter(|(_, first)| **first != fitted) {
            judged += 1;
            base += usize::from(class == usual);
            let told = match x {
                Some(x) => majority_near(&known, *x).unwrap_or(usual),
                None => missing,
            };
            right += usize::from(told == class);
        }
    }
    let others = judged - base;
    (others >= FEWEST_OTHERS).then(|| (right as f64 - base as f64) / others as f64)
}

/// The class of two of the three nearest, or else of the nearest.
fn majority_near(known: &[(f64, u32)], x: f64) -> Option<u32> {
    let at = known.partition_point(|(value, _)| *value < x);
    let mut near: Vec<(f64, u32)> = known[at.saturating_sub(3)..(at + 3).min(known.len())].to_vec();
    near.sort_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()));
    match near.as_slice() {
        [(_, a), (_, b), (_, c), ..] => Some(if b == c { *b } else { *a }),
        [(_, a), ..] => Some(*a),
        [] => None,
    }
}

/// R² of the mean of each name, or of a line within each bin.
fn numbers_told(coding: &Coding, y: &[f64], first_half: &[bool]) -> Option<f64> {
    let n_codes = coding.codes.iter().max().map_or(0, |max| *max as usize + 1);
    let (mut errors, mut spread) = (0.0, 0.0);
    for fitted in [true, false] {
        let rows = |wanted: bool| (0..y.len()).filter(move |&i| first_half[i] == wanted);
        let mut lines = vec![Line::default(); n_codes];
        let mut total = Line::default();
        for i in rows(fitted) {
            let x = coding.x.as_ref().map_or(0.0, |x| x[i]);
            lines[coding.codes[i] as usize].add(x, y[i]);
            total.add(0.0, y[i]);
        }
        let judged_mean = {
            let (n, sum) = rows(!fitted).fold((0.0, 0.0), |(n, sum), i| (n + 1.0, sum + y[i]));
            sum / n
        };
        for i in rows(!fitted) {
            let line = &lines[coding.codes[i] as usize];
            let x = coding.x.as_ref().map_or(0.0, |x| x[i]);
            let told = if line.n > 0.0 { line.at(x) } else { total.mean_y };
            errors += (y[i] - told).powi(2);
            spread += (y[i] - judged_mean).powi(2);
        }
    }
    (spread > 0.0).then(|| 1.0 - errors / spread).filter(|share| share.is_finite())
}

/// Least squares through points that come one by one.
#[derive(Clone, Copy)]
struct Line {
    n: f64,
    mean_x: f64,
    mean_y: f64,
    xx: f64,
    xy: f64,
    low: f64,
    high: f64,
}

impl Default for Line {
    fn default() -> Self {
        let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { n: 0.0, mean_x: 0.0, mean_y: 0.0, xx: 0.0, xy: 0.0, low, high }
    }
}

impl Line {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        let dx = x - self.mean_x;
        self.mean_x += dx / self.n;
        self.mean_y += (y - self.mean_y) / self.n;
        self.xx += dx * (x - self.mean_x);
        self.xy += dx * (y - self.mean_y);
        self.low = self.low.min(y);
        self.high = self.high.max(y);
    }

    /// Where the line is steep beyond its points, it is held near them.
    fn at(&self, x: f64) -> f64 {
        let slope = if self.xx > 0.0 && self.n > 2.0 { self.xy / self.xx } else { 0.0 };
        let margin = self.high - self.low;
        (self.mean_y + slope * (x - self.mean_x)).clamp(self.low - margin, self.high + margin)
    }
}
