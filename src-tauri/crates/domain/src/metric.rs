//! Names of metrics and what a set of them looks like. They are computed in
//! one place, `retort_trainer::metrics`.

use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// A measure of quality on one part of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of rows predicted right, 0 to 1.
    Accuracy,
    /// Unweighted mean over classes of F1, 0 to 1.
    MacroF1,
    /// Mean negative log-likelihood of the true class, nats.
    LogLoss,
    /// Area under the ROC curve, one-vs-rest, macro, 0 to 1. Absent where a
    /// part holds only one class.
    RocAuc,
    /// Root mean squared error, in the target's units.
    Rmse,
    /// Mean absolute error, in the target's units.
    Mae,
    /// Coefficient of determination, at most 1. Absent where the part's target
    /// does not vary.
    R2,
}

impl Metric {
    /// True where a larger value is better.
    pub fn higher_is_better(self) -> bool {
        match self {
            Metric::Accuracy | Metric::MacroF1 | Metric::RocAuc | Metric::R2 => true,
            Metric::LogLoss | Metric::Rmse | Metric::Mae => false,
        }
    }
}

/// Metrics of one part. A metric that is undefined there (one class only, no
/// rows) is absent, never an invented number.
pub type MetricSet = BTreeMap<Metric, f64>;

/// Metrics of the three parts; a part without rows is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct PartMetrics {
    /// On the rows trained on.
    pub train: MetricSet,
    /// On the validation rows; empty when `validation_fraction` is 0.
    pub validation: MetricSet,
    /// On the test rows, computed once, after the last epoch.
    pub test: MetricSet,
}
