//! What a person may choose for one run, its defaults and its bounds. The
//! bounds are a table, so that Rust's check and the form's schema in the
//! window come from the same lines.

use crate::{PreparationSpec, SplitRule};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::fmt;

/// The framework a network is trained with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// libtorch, through `tch`.
    Pytorch,
    /// libtensorflow, through `tensorflow`.
    Tensorflow,
}

impl Platform {
    /// Both, in the order in which they are shown.
    pub const ALL: [Platform; 2] = [Platform::Pytorch, Platform::Tensorflow];

    /// `pytorch` or `tensorflow`, as in configuration files and file names.
    pub fn key(self) -> &'static str {
        match self {
            Platform::Pytorch => "pytorch",
            Platform::Tensorflow => "tensorflow",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Platform::Pytorch => "PyTorch",
            Platform::Tensorflow => "TensorFlow",
        })
    }
}

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of two or more classes; softmax and cross-entropy.
    Classification,
    /// A number; identity output and squared error.
    Regression,
}

/// Non-linearity after each hidden layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `max(0, x)`
    Relu,
    /// hyperbolic tangent
    Tanh,
    /// logistic function
    Sigmoid,
    /// `x·Φ(x)`, exact (by the error function), as `torch.nn.GELU()`
    Gelu,
    /// `x·sigmoid(x)`
    Silu,
}

/// Update rule; meanings are PyTorch's documented ones on both platforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Optimizer {
    /// Stochastic gradient descent, with `momentum` and `nesterov`.
    Sgd,
    /// Adam, β₁ 0.9, β₂ 0.999, ε 1e-8; weight decay as L2 in the gradient.
    Adam,
    /// Adam with decoupled weight decay.
    Adamw,
    /// RMSprop, α 0.9, ε 1e-8, with `momentum`.
    Rmsprop,
}

/// How the learning rate moves over the steps of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LrSchedule {
    /// Stays.
    Constant,
    /// Times `lr_step_factor` every `lr_step_epochs` epochs.
    Step,
    /// `lr/2·(1 + cos(π·step/steps))`, by step, down to 0.
    Cosine,
    /// `torch.optim.lr_scheduler.OneCycleLR` with `max_lr = learning_rate` and
    /// its defaults, momentum left alone.
    OneCycle,
}

/// How classes weigh in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeighting {
    /// Every row counts 1.
    None,
    /// A row of class c counts `n / (classes · n_c)` over training rows; the
    /// batch loss is the weighted mean, as `torch.nn.CrossEntropyLoss`.
    Balanced,
}

/// How rows come to be trained on, validated on or tested on; see
/// [`SplitRule`](crate::SplitRule) for what each means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SplitKind {
    /// By lot, each class with its share in every part.
    #[default]
    Random,
    /// Older rows before newer ones, by the dates of `split_column`.
    ByTime,
    /// Rows with the same value of `split_column` in one part.
    ByGroup,
    /// As `split_column` says: `train`, `validation` or `test`.
    ByColumn,
}

/// Everything that may be set for one run. Keys are those of the command line
/// and of configuration files; unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingConfig {
    /// Units of each hidden layer, input side first; empty means linear or
    /// logistic regression.
    pub hidden_layers: Vec<u32>,
    /// After each hidden layer.
    pub activation: Activation,
    /// Share of a hidden layer's outputs set to zero in training, 0 to below 1.
    pub dropout: f64,
    /// Batch normalisation between each hidden layer's sum and its activation.
    pub batch_norm: bool,
    /// The update rule.
    pub optimizer: Optimizer,
    /// Step size at its largest.
    pub learning_rate: f64,
    /// For sgd and rmsprop, 0 to below 1.
    pub momentum: f64,
    /// Nesterov's form of momentum, sgd only; needs `momentum` above 0.
    pub nesterov: bool,
    /// L2 penalty (decoupled for adamw).
    pub weight_decay: f64,
    /// How the learning rate moves.
    pub lr_schedule: LrSchedule,
    /// Epochs between drops, for the step schedule.
    pub lr_step_epochs: u32,
    /// Factor of each drop, for the step schedule.
    pub lr_step_factor: f64,
    /// Epochs over which the rate rises linearly from 0 first; not for
    /// one-cycle, which has its own.
    pub warmup_epochs: u32,
    /// Largest allowed global L2 norm of the gradient; none leaves it alone.
    pub gradient_clip_norm: Option<f64>,
    /// Rows a step; the last, smaller batch is trained on too.
    pub batch_size: u32,
    /// Passes over the training rows, at most.
    pub epochs: u32,
    /// Stop after so many epochs without a better validation loss.
    pub early_stopping_patience: Option<u32>,
    /// How classes weigh in the loss.
    pub class_weighting: ClassWeighting,
    /// Share of rows kept for the final figures.
    pub test_fraction: f64,
    /// Share of rows for choosing the best epoch; 0 means the last epoch counts.
    pub validation_fraction: f64,
    /// Which rows are in which part.
    pub split: SplitKind,
    /// What the split goes by; for every split but the random one.
    pub split_column: Option<String>,
    /// Use only the first of rows that are the same in every column,
    /// identifiers aside.
    pub drop_duplicates: bool,
    /// Fixes split, initial weights, row order and dropout.
    pub seed: u32,
    /// Only these columns as features; none means all that are fit for it.
    pub features: Option<Vec<String>>,
    /// Columns left out beside those left out by default.
    pub exclude: Vec<String>,
    /// What to predict; none means as the target's kind suggests.
    pub task: Option<Task>,
    /// Wall-clock limit for the run, seconds; none means no limit.
    pub time_limit_secs: Option<f64>,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            hidden_layers: vec![64, 64],
            activation: Activation::Relu,
            dropout: 0.0,
            batch_norm: false,
            optimizer: Optimizer::Adam,
            learning_rate: 0.001,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            lr_schedule: LrSchedule::Constant,
            lr_step_epochs: 10,
            lr_step_factor: 0.1,
            warmup_epochs: 0,
            gradient_clip_norm: None,
            batch_size: 64,
            epochs: 30,
            early_stopping_patience: None,
            class_weighting: ClassWeighting::None,
            test_fraction: 0.2,
            validation_fraction: 0.1,
            split: SplitKind::Random,
            split_column: None,
            drop_duplicates: false,
            seed: 0,
            features: None,
            exclude: Vec::new(),
            task: None,
            time_limit_secs: None,
        }
    }
}

/// Bounds of one numeric field of [`TrainingConfig`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Type)]
pub struct Bound {
    /// The field's key.
    pub field: &'static str,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// True where `min` itself is not allowed.
    pub min_exclusive: bool,
    /// True where `max` itself is not allowed.
    pub max_exclusive: bool,
    /// True where only whole numbers are allowed.
    pub integer: bool,
}

const fn bound(field: &'static str, min: f64, max: f64, integer: bool) -> Bound {
    Bound { field, min, max, min_exclusive: false, max_exclusive: false, integer }
}

/// Bounds of every numeric field; the form's schema is generated from it.
pub const BOUNDS: &[Bound] = &[
    bound("hidden_layers", 1.0, 65_536.0, true),
    Bound { max_exclusive: true, ..bound("dropout", 0.0, 1.0, false) },
    Bound { min_exclusive: true, ..bound("learning_rate", 0.0, 1000.0, false) },
    Bound { max_exclusive: true, ..bound("momentum", 0.0, 1.0, false) },
    bound("weight_decay", 0.0, 1000.0, false),
    bound("lr_step_epochs", 1.0, 1_000_000.0, true),
    Bound { min_exclusive: true, ..bound("lr_step_factor", 0.0, 1.0, false) },
    bound("warmup_epochs", 0.0, 1_000_000.0, true),
    Bound { min_exclusive: true, ..bound("gradient_clip_norm", 0.0, 1e9, false) },
    bound("batch_size", 1.0, 10_000_000.0, true),
    bound("epochs", 1.0, 1_000_000.0, true),
    bound("early_stopping_patience", 1.0, 1_000_000.0, true),
    Bound { min_exclusive: true, max_exclusive: true, ..bound("test_fraction", 0.0, 1.0, false) },
    Bound { max_exclusive: true, ..bound("validation_fraction", 0.0, 1.0, false) },
    bound("seed", 0.0, 4_294_967_295.0, true),
    Bound { min_exclusive: true, ..bound("time_limit_secs", 0.0, 31_536_000.0, false) },
];

/// Most hidden layers a network may have.
pub const MAX_HIDDEN_LAYERS: usize = 64;

/// Why a configuration cannot be trained.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// A number outside its bounds, or not a number.
    #[error("{field} is {value}; it must be {allowed}")]
    OutOfBounds {
        /// The field's key.
        field: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed, in words.
        allowed: String,
    },
    /// Too many layers.
    #[error("hidden_layers has {count} layers; at most {MAX_HIDDEN_LAYERS} are supported")]
    TooManyLayers {
        /// Layers given.
        count: usize,
    },
    /// Test and validation leave nothing to train on.
    #[error(
        "test_fraction {test} and validation_fraction {validation} leave no rows to train on; their sum must be below 1"
    )]
    NothingToTrainOn {
        /// `test_fraction`
        test: f64,
        /// `validation_fraction`
        validation: f64,
    },
    /// Nesterov without momentum, or not sgd.
    #[error("nesterov needs the sgd optimizer and a momentum above 0")]
    NesterovWithoutMomentum,
    /// A split that has nothing to go by.
    #[error("split is {split}; name the column to go by as split_column")]
    SplitWithoutColumn {
        /// `by_time`, …
        split: &'static str,
    },
    /// A column for a split that goes by none.
    #[error("split_column is {column}, but split is random; set split to by_time, by_group or by_column")]
    SplitColumnUnused {
        /// `split_column`
        column: String,
    },
    /// Early stopping judges by validation rows.
    #[error("early_stopping_patience needs validation rows; set validation_fraction above 0")]
    EarlyStoppingWithoutValidation,
}

impl Bound {
    /// What is allowed, in words: "above 0 and at most 1000".
    pub fn in_words(&self) -> String {
        let low = if self.min_exclusive { "above" } else { "at least" };
        let high = if self.max_exclusive { "below" } else { "at most" };
        let whole = if self.integer { "a whole number, " } else { "" };
        format!("{whole}{low} {} and {high} {}", self.min, self.max)
    }

    /// The bounds of a field by its key.
    pub fn of(field: &str) -> Option<&'static Bound> {
        BOUNDS.iter().find(|b| b.field == field)
    }

    /// True where `value` is allowed; never for NaN.
    pub fn allows(&self, value: f64) -> bool {
        let low = if self.min_exclusive { value > self.min } else { value >= self.min };
        let high = if self.max_exclusive { value < self.max } else { value <= self.max };
        low && high && (!self.integer || value.fract() == 0.0)
    }
}

impl TrainingConfig {
    fn numbers(&self) -> Vec<(&'static str, f64)> {
        let mut numbers: Vec<(&'static str, f64)> =
            self.hidden_layers.iter().map(|&units| ("hidden_layers", f64::from(units))).collect();
        numbers.extend([
            ("dropout", self.dropout),
            ("learning_rate", self.learning_rate),
            ("momentum", self.momentum),
            ("weight_decay", self.weight_decay),
            ("lr_step_epochs", f64::from(self.lr_step_epochs)),
            ("lr_step_factor", self.lr_step_factor),
            ("warmup_epochs", f64::from(self.warmup_epochs)),
            ("batch_size", f64::from(self.batch_size)),
            ("epochs", f64::from(self.epochs)),
            ("test_fraction", self.test_fraction),
            ("validation_fraction", self.validation_fraction),
        ]);
        numbers.extend(self.gradient_clip_norm.map(|v| ("gradient_clip_norm", v)));
        numbers.extend(self.early_stopping_patience.map(|v| ("early_stopping_patience", f64::from(v))));
        numbers.extend(self.time_limit_secs.map(|v| ("time_limit_secs", v)));
        numbers
    }

    /// Which rows are in which part, from `split` and `split_column`.
    pub fn split_rule(&self) -> Result<SplitRule, ConfigError> {
        let column = || self.split_column.clone();
        let (rule, split) = match self.split {
            SplitKind::Random => {
                return match column() {
                    None => Ok(SplitRule::Random),
                    Some(column) => Err(ConfigError::SplitColumnUnused { column }),
                };
            }
            SplitKind::ByTime => (column().map(|column| SplitRule::ByTime { column }), "by_time"),
            SplitKind::ByGroup => (column().map(|column| SplitRule::ByGroup { column }), "by_group"),
            SplitKind::ByColumn => (column().map(|column| SplitRule::ByColumn { column }), "by_column"),
        };
        rule.ok_or(ConfigError::SplitWithoutColumn { split })
    }

    /// Takes on which rows and columns another preparation has.
    #[must_use]
    pub fn with_rows_and_columns_of(self, other: &PreparationSpec) -> Self {
        let (split, split_column) = match &other.split {
            SplitRule::Random => (SplitKind::Random, None),
            SplitRule::ByTime { column } => (SplitKind::ByTime, Some(column.clone())),
            SplitRule::ByGroup { column } => (SplitKind::ByGroup, Some(column.clone())),
            SplitRule::ByColumn { column } => (SplitKind::ByColumn, Some(column.clone())),
        };
        Self {
            task: other.task,
            features: other.features.clone(),
            exclude: other.exclude.clone(),
            test_fraction: other.test_fraction,
            validation_fraction: other.validation_fraction,
            split,
            split_column,
            drop_duplicates: other.drop_duplicates,
            ..self
        }
    }

    /// Checks every bound and the rules between fields; the first trouble wins.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.hidden_layers.len() > MAX_HIDDEN_LAYERS {
            return Err(ConfigError::TooManyLayers { count: self.hidden_layers.len() });
        }
        for (field, value) in self.numbers() {
            if let Some(bound) = Bound::of(field).filter(|b| !b.allows(value)) {
                return Err(ConfigError::OutOfBounds { field, value, allowed: bound.in_words() });
            }
        }
        if self.test_fraction + self.validation_fraction >= 1.0 {
            return Err(ConfigError::NothingToTrainOn {
                test: self.test_fraction,
                validation: self.validation_fraction,
            });
        }
        self.split_rule()?;
        if self.nesterov && (self.momentum <= 0.0 || self.optimizer != Optimizer::Sgd) {
            return Err(ConfigError::NesterovWithoutMomentum);
        }
        if self.early_stopping_patience.is_some() && self.validation_fraction == 0.0 {
            return Err(ConfigError::EarlyStoppingWithoutValidation);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid() {
        assert_eq!(TrainingConfig::default().validate(), Ok(()));
    }

    #[test]
    fn each_bad_number_is_named_with_what_is_allowed() {
        let table: &[(&str, TrainingConfig)] = &[
            ("learning_rate", TrainingConfig { learning_rate: -1.0, ..Default::default() }),
            ("learning_rate", TrainingConfig { learning_rate: 0.0, ..Default::default() }),
            ("learning_rate", TrainingConfig { learning_rate: f64::NAN, ..Default::default() }),
            ("dropout", TrainingConfig { dropout: 1.0, ..Default::default() }),
            ("hidden_layers", TrainingConfig { hidden_layers: vec![8, 0], ..Default::default() }),
            ("batch_size", TrainingConfig { batch_size: 0, ..Default::default() }),
            ("test_fraction", TrainingConfig { test_fraction: 0.0, ..Default::default() }),
        ];
        for (field, config) in table {
            let message = config.validate().expect_err(field).to_string();
            assert!(message.starts_with(field), "{message}");
        }
    }

    #[test]
    fn rules_between_fields_hold() {
        let nothing_left =
            TrainingConfig { test_fraction: 0.6, validation_fraction: 0.4, ..Default::default() };
        assert!(matches!(nothing_left.validate(), Err(ConfigError::NothingToTrainOn { .. })));
        let nesterov = TrainingConfig { nesterov: true, ..Default::default() };
        assert_eq!(nesterov.validate(), Err(ConfigError::NesterovWithoutMomentum));
        let patience = TrainingConfig {
            early_stopping_patience: Some(3),
            validation_fraction: 0.0,
            ..Default::default()
        };
        assert_eq!(patience.validate(), Err(ConfigError::EarlyStoppingWithoutValidation));
    }

    #[test]
    fn a_split_has_a_column_where_it_goes_by_one_and_only_there() {
        let of = |split, column: Option<&str>| TrainingConfig {
            split,
            split_column: column.map(str::to_owned),
            ..Default::default()
        };
        let column = "day".to_owned();
        assert_eq!(of(SplitKind::ByTime, Some("day")).split_rule(), Ok(SplitRule::ByTime { column }));
        let without = of(SplitKind::ByGroup, None).validate().expect_err("refused").to_string();
        assert!(without.contains("by_group") && without.contains("split_column"), "{without}");
        let unused = of(SplitKind::Random, Some("day")).validate().expect_err("refused").to_string();
        assert!(unused.contains("day"), "{unused}");
    }

    #[test]
    fn unknown_keys_are_refused() {
        let error = serde_json::from_str::<TrainingConfig>(r#"{"learning_rat": 0.1}"#).expect_err("refused");
        assert!(error.to_string().contains("learning_rat"));
    }
}
