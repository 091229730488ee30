//! How much each parameter matters for being among the best: PED-ANOVA
//! (Watanabe, Bansal and Hutter 2023, "PED-ANOVA: Efficiently quantifying
//! hyperparameter importance in arbitrary subspaces", arXiv 2304.10255), extended
//! to parameters that not every trial has (conditional PED-ANOVA, arXiv
//! 2601.20800). The estimator's details (grid, bandwidth, prior) are those of
//! Optuna 5.0's `PedAnovaImportanceEvaluator`, with whose figures the tests agree.
//!
//! Where a parameter's values are distributed among the best tenth of the trials
//! as among all, it does not matter; importance is the Pearson divergence between
//! the two densities, estimated on a grid. Time is linear in trials.

use retort_domain::ParameterImportance;

/// What a parameter's values may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ImportanceKind {
    /// Numbers from `low` to `high`, both included.
    Numeric {
        /// By order of magnitude; bounds and values are above 0.
        log: bool,
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
        /// Between neighbouring values, above 0, 1 for whole numbers; none where
        /// every number is allowed.
        step: Option<f64>,
    },
    /// Values are indices from 0.
    Categorical {
        /// How many there are.
        n: usize,
    },
}

/// One parameter over all trials.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportanceColumn {
    /// Its key.
    pub name: String,
    /// One a trial; none where a trial does not have the parameter.
    pub values: Vec<Option<f64>>,
    /// What they may be.
    pub kind: ImportanceKind,
}

/// Trials that count as the best, as a share (γ').
const BEST_SHARE: f64 = 0.1;
/// Most cells of a numeric parameter's grid.
const MOST_CELLS: usize = 50;
/// Weight of the uniform prior, in trials.
const PRIOR_WEIGHT: f64 = 1.0;
/// Fewest trials with a parameter.
const FEWEST_TRIALS: usize = 2;

/// Shares of importance that add up to 1, largest first, equals in the order of
/// `columns`. `objective` holds one number a trial, lower is better; trials without
/// a finite one are left out. A trial beyond a column's end does not have that
/// parameter. Empty where nothing can be told: fewer than two trials, or no
/// parameter distributed among the best other than among all.
pub fn importance(columns: &[ImportanceColumn], objective: &[f64]) -> Vec<ParameterImportance> {
    let trials: Vec<usize> = (0..objective.len()).filter(|&trial| objective[trial].is_finite()).collect();
    if trials.len() < FEWEST_TRIALS {
        return Vec::new();
    }
    // The inverted empirical distribution; whoever equals the last one is in.
    let n_best = (BEST_SHARE * trials.len() as f64).ceil() as usize;
    let mut sorted: Vec<f64> = trials.iter().map(|&trial| objective[trial]).collect();
    let (_, &mut cutoff, _) = sorted.select_nth_unstable_by(n_best - 1, f64::total_cmp);
    let n_best = trials.iter().filter(|&&trial| objective[trial] <= cutoff).count();

    let mut shares: Vec<ParameterImportance> = columns
        .iter()
        .map(|column| {
            let (mut best, mut all) = (Vec::new(), Vec::new());
            for &trial in &trials {
                let value = column.values.get(trial).copied().flatten();
                if let Some(value) = value.filter(|value| value.is_finite()) {
                    all.push(value);
                    if objective[trial] <= cutoff {
                        best.push(value);
                    }
                }
            }
            let importance = if all.len() < FEWEST_TRIALS || best.is_empty() {
                0.0
            } else {
                // A parameter that only some trials have counts by how many of the
                // best have it, against how many of all (α² / β).
                let of_best = best.len() as f64 / n_best as f64;
                let of_all = all.len() as f64 / trials.len() as f64;
                of_best * of_best / of_all * divergence(column.kind, &best, &all)
            };
            ParameterImportance { name: column.name.clone(), importance }
        })
        .collect();
    let total: f64 = shares.iter().map(|share| share.importance).sum();
    if !(total.is_finite() && total > 0.0) {
        return Vec::new();
    }
    for share in &mut shares {
        share.importance /= total;
    }
    shares.sort_by(|a, b| b.importance.total_cmp(&a.importance));
    shares
}

/// Pearson's divergence of the best trials' density from all trials'.
fn divergence(kind: ImportanceKind, best: &[f64], all: &[f64]) -> f64 {
    const FLOOR: f64 = 1e-12;
    let Some(grid) = Grid::of(kind) else { return 0.0 };
    let density = |values: &[f64]| {
        let counts = grid.counts(values);
        match kind {
            ImportanceKind::Numeric { .. } => numeric_density(&counts),
            ImportanceKind::Categorical { .. } => categorical_density(&counts),
        }
    };
    let terms = density(best).into_iter().zip(density(all)).map(|(best, all)| {
        let all = all + FLOOR;
        all * ((best + FLOOR) / all - 1.0).powi(2)
    });
    terms.sum()
}

/// Cells of equal width into which values fall.
struct Grid {
    n_cells: usize,
    log: bool,
    low: f64,
    cell: f64,
}

impl Grid {
    /// None for a parameter that can only have one value.
    fn of(kind: ImportanceKind) -> Option<Self> {
        match kind {
            ImportanceKind::Categorical { n } => {
                (n > 1).then_some(Self { n_cells: n, log: false, low: 0.0, cell: 1.0 })
            }
            ImportanceKind::Numeric { log, low, high, step } => {
                let n_cells = match step {
                    // As many as the range has doublings.
                    Some(_) if log => (high - low + 1.0).log2().ceil() as usize + 1,
                    Some(step) => ((high - low) / step).round_ties_even() as usize + 1,
                    None => MOST_CELLS,
                }
                .min(MOST_CELLS);
                let (low, high) = if log { (low.ln(), high.ln()) } else { (low, high) };
                (n_cells > 1 && high > low).then(|| Self {
                    n_cells,
                    log,
                    low,
                    cell: (high - low) / (n_cells - 1) as f64,
                })
            }
        }
    }

    /// Values in each cell; halfway between two, the lower.
    fn counts(&self, values: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; self.n_cells];
        for &value in values {
            let value = if self.log { value.ln() } else { value };
            let cell = ((value - self.low) / self.cell - 0.5).ceil();
            counts[(cell.max(0.0) as usize).min(self.n_cells - 1)] += 1.0;
        }
        counts
    }
}

/// A kernel for each category that occurs: itself and a little of all.
fn categorical_density(counts: &[f64]) -> Vec<f64> {
    let n_categories = counts.len() as f64;
    let n_kernels = counts.iter().filter(|&&count| count > 0.0).count() as f64 + 1.0;
    let total: f64 = counts.iter().sum::<f64>() + PRIOR_WEIGHT;
    let little = PRIOR_WEIGHT / n_kernels;
    let kernel_total = 1.0 + little * n_categories;
    counts
        .iter()
        .map(|count| {
            let others = total - PRIOR_WEIGHT - count;
            (count * (1.0 + little) / kernel_total
                + others * little / kernel_total
                + PRIOR_WEIGHT / n_categories)
                / total
        })
        .collect()
}

/// Normal kernels on cells, cut off at the grid's ends, their width by Scott's
/// rule (1992, "Multivariate density estimation"), and one as wide as the grid.
fn numeric_density(counts: &[f64]) -> Vec<f64> {
    let last = (counts.len() - 1) as f64;
    let total: f64 = counts.iter().sum();
    let occupied: Vec<(f64, f64)> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0.0)
        .map(|(cell, &count)| (cell as f64, count))
        .collect();
    let width = scott_width(&occupied, total);
    let kernels = occupied.into_iter().map(|(cell, count)| (cell, width, count)).chain([(
        last / 2.0,
        last + 1.0,
        PRIOR_WEIGHT,
    )]);
    let mut density = vec![0.0; counts.len()];
    for (centre, width, weight) in kernels {
        let below = |x: f64| 0.5 * libm::erfc((centre - x) / (width * std::f64::consts::SQRT_2));
        let mass = below(last + 0.5) - below(-0.5);
        for (cell, density) in density.iter_mut().enumerate() {
            let cell = cell as f64;
            *density += weight / (total + PRIOR_WEIGHT) * (below(cell + 0.5) - below(cell - 0.5)) / mass;
        }
    }
    density
}

/// Scott's rule over (cell, count), cells rising: spread by standard deviation or
/// quartiles, whichever is smaller, and never so narrow that a kernel misses its
/// neighbours (half a cell at 90 %).
fn scott_width(occupied: &[(f64, f64)], total: f64) -> f64 {
    const NARROWEST: f64 = 0.5 / 1.64;
    let mean = occupied.iter().map(|(cell, count)| cell * count).sum::<f64>() / total;
    let squares: f64 = occupied.iter().map(|(cell, count)| count * (cell - mean).powi(2)).sum();
    let deviation = (squares / (total - 1.0).max(1.0)).sqrt();
    let cumulated: Vec<f64> = occupied
        .iter()
        .scan(0.0, |sum, (_, count)| {
            *sum += count;
            Some(*sum)
        })
        .collect();
    let lower = cumulated.partition_point(|&sum| sum < (total / 4.0).floor());
    let upper = cumulated.partition_point(|&sum| sum <= (total * 3.0 / 4.0).floor());
    let quartiles = occupied[upper.min(occupied.len() - 1)].0 - occupied[lower].0;
    (1.059 * deviation.min(quartiles / 1.34) * total.powf(-0.2)).max(NARROWEST)
}

#[cfg(test)]
mod tests;
