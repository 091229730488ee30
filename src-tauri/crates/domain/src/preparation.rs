//! A table turned into matrices: what went in, what came out, and how to do it
//! again to new rows. `retort_datasets::prepare` writes it, `retort_trainer`
//! reads the matrices.
//!
//! The matrices lie in one safetensors file with these tensors, all row-major:
//! `x_train`, `x_validation`, `x_test` (`[n, n_features]` f32), `y_train`,
//! `y_validation`, `y_test` (`[n]` f32: the standardised target, or the class
//! index), and `rows_train`, `rows_validation`, `rows_test` (`[n]` u32: row in
//! the dataset). An empty part has zero rows. Its metadata holds
//! `preparation`: the JSON of [`Preparation`].

use crate::{DatasetId, Task};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Most frequent values that get a column of their own in one-hot encoding.
pub const MAX_CATEGORIES: usize = 50;

/// Everything that decides a preparation; its hash is the cache's key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PreparationSpec {
    /// The table.
    pub dataset: DatasetId,
    /// The column to predict.
    pub target: String,
    /// What to predict; none means as the target's kind suggests.
    pub task: Option<Task>,
    /// Only these columns; none means all that are not left out by default.
    pub features: Option<Vec<String>>,
    /// Columns left out beside.
    pub exclude: Vec<String>,
    /// Share of rows for the final figures.
    pub test_fraction: f64,
    /// Share of rows for choosing the best epoch.
    pub validation_fraction: f64,
    /// Fixes the split.
    pub seed: u32,
}

/// Rows in each part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SplitSizes {
    /// Rows trained on.
    pub train: u32,
    /// Rows for choosing the best epoch.
    pub validation: u32,
    /// Rows for the final figures.
    pub test: u32,
}

/// Part of a date that varies on training rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// Calendar year.
    Year,
    /// 1 to 12.
    Month,
    /// 1 to 31.
    Day,
    /// Monday 1 to Sunday 7.
    Weekday,
    /// 0 to 23.
    Hour,
}

/// Imputation by the median, then standardisation; all from training rows.
/// `(value or median - mean) / sd`
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct Standardization {
    /// Stands in for a missing value.
    pub median: f64,
    /// Mean after imputation.
    pub mean: f64,
    /// Population standard deviation after imputation; 1 where it is 0.
    pub sd: f64,
}

/// How one source column becomes columns of the matrix, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeatureTransform {
    /// One matrix column.
    Numeric {
        /// Source column.
        column: String,
        /// Fitted figures.
        scale: Standardization,
    },
    /// `categories.len() + 2` matrix columns: one a category, one for missing,
    /// one for unseen or rare values.
    OneHot {
        /// Source column.
        column: String,
        /// At most [`MAX_CATEGORIES`], most frequent first.
        categories: Vec<String>,
    },
    /// One matrix column a part.
    Datetime {
        /// Source column.
        column: String,
        /// Parts that vary, with fitted figures.
        parts: Vec<(DatePart, Standardization)>,
    },
}

impl FeatureTransform {
    /// Source column.
    pub fn column(&self) -> &str {
        match self {
            Self::Numeric { column, .. } | Self::OneHot { column, .. } | Self::Datetime { column, .. } => {
                column
            }
        }
    }

    /// Matrix columns it makes.
    pub fn width(&self) -> usize {
        match self {
            Self::Numeric { .. } => 1,
            Self::OneHot { categories, .. } => categories.len() + 2,
            Self::Datetime { parts, .. } => parts.len(),
        }
    }
}

/// How the network's output becomes a prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum TargetTransform {
    /// Output i is the logit of `labels[i]`.
    Classification {
        /// Class names, sorted (numerically where all are numbers).
        labels: Vec<String>,
    },
    /// `prediction = output · sd + mean`, fitted on training rows.
    Regression {
        /// Mean of the target.
        mean: f64,
        /// Population standard deviation of the target; 1 where it is 0.
        sd: f64,
    },
}

impl TargetTransform {
    /// Outputs the network needs: one a class, or one.
    pub fn n_outputs(&self) -> usize {
        match self {
            Self::Classification { labels } => labels.len(),
            Self::Regression { .. } => 1,
        }
    }

    /// The task.
    pub fn task(&self) -> Task {
        match self {
            Self::Classification { .. } => Task::Classification,
            Self::Regression { .. } => Task::Regression,
        }
    }
}

/// What a preparation came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Preparation {
    /// Hash of all inputs; names the file.
    pub hash: String,
    /// What was asked for.
    pub spec: PreparationSpec,
    /// Rows in each part.
    pub split: SplitSizes,
    /// Rows without a target, left out.
    pub dropped_rows: u32,
    /// Features in matrix order.
    pub features: Vec<FeatureTransform>,
    /// Columns of the matrix.
    pub n_features: u32,
    /// The target.
    pub target: TargetTransform,
    /// What a person should know (a class with one row went to train, …).
    pub notes: Vec<String>,
}
