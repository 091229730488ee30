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
//!
//! A resampled preparation divides the rows of training and validation again,
//! several times. Its folds lie one after another in the same tensors, each
//! with rows prepared by what was fitted on its own training rows; a fold whose
//! features make fewer columns than another's has columns of zeros at the end.
//! The test part is empty: nobody looks at it while choosing.

use crate::{ConfigError, DatasetId, Task, TrainingConfig, ValueCount};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Most frequent values that get a column of their own in one-hot encoding.
pub const MAX_CATEGORIES: usize = 50;

/// How trials of a sweep are judged: on which rows, and how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Resampling {
    /// Once, on the validation rows of the split.
    #[default]
    Holdout,
    /// Every row of training and validation is validated once: they are dealt
    /// to so many parts, each of which is held out in turn. Needs no
    /// `validation_fraction`.
    KFold {
        /// 2 to 20.
        folds: u32,
    },
    /// So many independent splits of the same rows, with the same share held
    /// out as in the split itself.
    RepeatedHoldout {
        /// 2 to 20.
        repeats: u32,
    },
}

impl Resampling {
    /// Fewest and most folds or repeats.
    pub const BOUNDS: std::ops::RangeInclusive<u32> = 2..=20;

    /// How often each trial is trained and judged.
    pub fn n_folds(self) -> u32 {
        match self {
            Self::Holdout => 1,
            Self::KFold { folds } => folds,
            Self::RepeatedHoldout { repeats } => repeats,
        }
    }

    /// True for the plain split.
    pub fn is_holdout(&self) -> bool {
        *self == Self::Holdout
    }
}

/// How rows come to be trained on, validated on or tested on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SplitRule {
    /// By lot; each class has its share in every part.
    #[default]
    Random,
    /// The oldest rows are trained on, later ones validated on, the newest
    /// tested on. Rows of the same moment stay together, so parts are as large
    /// as asked for as nearly as moments allow.
    ByTime {
        /// Dates, or numbers that grow with time.
        column: String,
    },
    /// By lot among groups: all rows of a group are in one part. Parts are as
    /// large as asked for as nearly as groups allow. Rows without a value are
    /// one group.
    ByGroup {
        /// Rows with the same value are one group.
        column: String,
    },
    /// As the rows say themselves. Where none says validation, so many of those
    /// to train on are validated on as `validation_fraction` asks for, by lot;
    /// `test_fraction` is not looked at.
    ByColumn {
        /// Holds `train`, `validation` or `test`, or a usual spelling of them.
        column: String,
    },
}

impl SplitRule {
    /// True for the plain split by lot.
    pub fn is_random(&self) -> bool {
        *self == Self::Random
    }

    /// The column that the rule reads, which is not learned from by default.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Random => None,
            Self::ByTime { column } | Self::ByGroup { column } | Self::ByColumn { column } => Some(column),
        }
    }
}

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
    /// How the rows of training and validation are divided again.
    #[serde(default, skip_serializing_if = "Resampling::is_holdout")]
    pub resampling: Resampling,
    /// Which rows are in which part.
    #[serde(default, skip_serializing_if = "SplitRule::is_random")]
    pub split: SplitRule,
    /// Of rows that are the same in every column (identifiers aside), only the
    /// first is used.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drop_duplicates: bool,
}

impl PreparationSpec {
    /// What a configuration trains on, without resampling; refused where its
    /// split is not whole.
    pub fn of(dataset: DatasetId, target: String, config: &TrainingConfig) -> Result<Self, ConfigError> {
        Ok(Self {
            dataset,
            target,
            task: config.task,
            features: config.features.clone(),
            exclude: config.exclude.clone(),
            test_fraction: config.test_fraction,
            validation_fraction: config.validation_fraction,
            seed: config.seed,
            resampling: Resampling::Holdout,
            split: config.split_rule()?,
            drop_duplicates: config.drop_duplicates,
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SplitPart {
    /// Trained on.
    Train,
    /// For choosing the best epoch.
    Validation,
    /// For the final figures.
    Test,
}

/// What a split would come to, before anything is prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SplitPreview {
    /// Training, validation and test, in this order; a part that is not asked
    /// for has no rows.
    pub parts: Vec<PartPreview>,
    /// Rows in no part: without a target, without a date to order them by, or
    /// the same as another.
    pub dropped_rows: u32,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One part of a split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PartPreview {
    /// Which.
    pub part: SplitPart,
    /// Rows in it.
    pub rows: u32,
    /// Rows of each class, in the order of the labels, classes without a row
    /// among them; empty in a regression.
    pub classes: Vec<ValueCount>,
    /// Mean of the target; none in a classification and without rows.
    pub target_mean: Option<f64>,
    /// Population standard deviation of the target, likewise.
    pub target_sd: Option<f64>,
    /// Groups in it; none unless the split is by group.
    pub groups: Option<u32>,
    /// The oldest row's moment as shown; none unless the split is by time.
    pub first: Option<String>,
    /// The newest row's, likewise.
    pub last: Option<String>,
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

/// One division of a resampled preparation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Fold {
    /// Rows trained on; as many in every fold.
    pub train: u32,
    /// Rows judged on.
    pub validation: u32,
    /// The target, fitted on the fold's training rows.
    pub target: TargetTransform,
}

/// What a preparation came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Preparation {
    /// Hash of all inputs; names the file.
    pub hash: String,
    /// What was asked for.
    pub spec: PreparationSpec,
    /// Rows in each part; of all folds together in a resampled preparation.
    pub split: SplitSizes,
    /// In the order of their rows; empty where rows were not resampled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<Fold>,
    /// Rows left out: without a target, without a date in a split by time, or the
    /// same as another.
    pub dropped_rows: u32,
    /// Features in matrix order; none in a resampled preparation, where each
    /// fold has its own.
    pub features: Vec<FeatureTransform>,
    /// Columns of the matrix.
    pub n_features: u32,
    /// The target; in a resampled preparation the first fold's.
    pub target: TargetTransform,
    /// What a person should know (a class with one row went to train, …).
    pub notes: Vec<String>,
}
