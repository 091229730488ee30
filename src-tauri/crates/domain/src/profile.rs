//! A dataset at a glance: figures of each column, how columns hang together,
//! and warnings about what would spoil a model. `retort_datasets` computes it.

use crate::{ColumnKind, DatasetId, ValueCount};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Figures and warnings of a whole table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DatasetProfile {
    /// The column that associations and warnings are about; none where no
    /// target was named.
    pub target: Option<String>,
    /// Rows of the table.
    pub n_rows: u32,
    /// Rows that quantiles, correlations, associations and warnings about the
    /// target were computed on; all rows in a table of at most 200,000, and so
    /// many evenly spread ones in a longer one. Counts, means, standard
    /// deviations, extremes, skew and duplicates are always those of all rows.
    pub sampled_rows: u32,
    /// In the dataset's order.
    pub columns: Vec<ColumnProfile>,
    /// Between columns of numbers.
    pub correlations: Correlations,
    /// The gravest first.
    pub warnings: Vec<ProfileWarning>,
}

/// Figures of one column. Figures that a kind does not have are absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ColumnProfile {
    /// The column.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Rows with a value.
    pub count: u32,
    /// Rows without a value.
    pub missing: u32,
    /// Distinct values.
    pub distinct: u32,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Sample standard deviation.
    pub sd: Option<f64>,
    /// Smallest.
    pub min: Option<f64>,
    /// Quantile 0.05.
    pub q05: Option<f64>,
    /// Lower quartile.
    pub q25: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Upper quartile.
    pub q75: Option<f64>,
    /// Quantile 0.95.
    pub q95: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// Third standardised moment, `mean((x - mean)³) / sd³` with the population
    /// standard deviation; 0 for what is symmetric.
    pub skew: Option<f64>,
    /// The most frequent values, at most 10, most frequent first.
    pub top: Vec<ValueCount>,
    /// Share of the uncertainty about the target that this column takes away, 0
    /// to 1: mutual information beyond what chance gives, over the target's
    /// entropy. One figure for all kinds; none without a target, for the target
    /// itself, and where either does not vary.
    pub association: Option<f64>,
}

/// Pearson's correlation between columns of numbers, over rows that have both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct Correlations {
    /// At most 60, on at most 50,000 of the sampled rows: the target first where it is one, then those most associated
    /// with it, or the first ones without a target.
    pub columns: Vec<String>,
    /// `values[i][j]`, -1 to 1, symmetric; none where a column does not vary.
    pub values: Vec<Vec<Option<f64>>>,
}

/// What a warning is about, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProfileWarningKind {
    /// One column alone nearly determines the target.
    TargetLeakage,
    /// The target is the sum (or difference) of a few columns.
    SumOfColumns,
    /// Rows that are alike would be trained on and tested on.
    RowsInTrainAndTest,
    /// Rows that repeat another in every column.
    DuplicateRows,
    /// A key or a row number.
    Identifier,
    /// One value only, or none.
    Constant,
    /// Classes with too few rows for every part of the split.
    RareClasses,
    /// One class has far more rows than another.
    Imbalance,
    /// Rows are ordered in time, and a random split would mix past and future.
    DateSuggestsTimeSplit,
    /// The target's distribution has one long tail.
    SkewedTarget,
    /// A few values lie far from all others.
    Outliers,
    /// Names with so many different values that they cannot be learned from.
    HighCardinalityText,
}

/// Something about a table that would spoil a model, and what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProfileWarning {
    /// What it is about.
    pub kind: ProfileWarningKind,
    /// The columns it is about; empty where it is about rows.
    pub columns: Vec<String>,
    /// What was found, one line, no full stop.
    pub message: String,
    /// Why it matters, one line, no full stop.
    pub why: String,
    /// The figures that the warning rests on.
    pub figures: Vec<Figure>,
    /// What one click can do; none where a person has to think.
    pub action: Option<ProfileAction>,
}

/// A number with its name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Figure {
    /// A few words, small.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// A change of the configuration that answers a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProfileAction {
    /// Leave these columns out: `exclude`.
    ExcludeColumns {
        /// Not learned from any more.
        columns: Vec<String>,
    },
    /// Keep rows of the same group in one part: `split` and `split_column`.
    SplitByGroup {
        /// Says which group a row is of.
        column: String,
    },
    /// Train on the past and test on what came later: `split` and
    /// `split_column`.
    SplitByTime {
        /// Says when a row was.
        column: String,
    },
    /// Keep the first of equal rows: `drop_duplicates`.
    DropDuplicates,
    /// Let every class weigh the same: `class_weighting`.
    BalanceClasses,
}

/// How far the computation of a profile has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ProfileProgress {
    /// The table.
    pub dataset: DatasetId,
    /// As asked for.
    pub target: Option<String>,
    /// 0 to 1.
    pub share: f64,
}
