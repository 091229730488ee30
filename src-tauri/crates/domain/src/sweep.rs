//! Sweeps: many configurations, judged by one objective on validation rows.
//! Here is what is asked for, what becomes of each trial, and what is shown.

use crate::{
    AppError, DatasetId, JobId, Metric, MetricSet, ParameterValue, Platform, Resampling, RunId, SearchSpace,
    TimestampMillis, TrainingConfig,
};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// Most trials of one platform that a sweep may hold.
pub const MAX_TRIALS: u32 = 100_000;

/// Who proposes configurations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SamplerKind {
    /// Every combination, in order.
    Grid,
    /// Independent draws.
    Random,
    /// Quasi-random points that cover the space evenly (Sobol 1967, scrambled).
    #[default]
    Sobol,
    /// Tree-structured Parzen estimator, multivariate (Bergstra et al. 2011).
    Tpe,
}

/// Who stops trials that promise little.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PrunerKind {
    /// Nobody.
    #[default]
    None,
    /// Successive halving (Jamieson and Talwalkar 2016).
    Halving,
    /// Hyperband (Li et al. 2018): halving with several starts.
    Hyperband,
    /// Stops what is worse than the median of its wave at the same epoch.
    Median,
}

/// Which epoch of a trial counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JudgedEpoch {
    /// The one with the best objective on validation rows.
    #[default]
    Best,
    /// The last.
    Last,
}

/// Repeat the best with other seeds, on the same split, and name the winner by
/// the mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Configurations of each platform that are repeated, 1 to 50.
    pub top: u32,
    /// Seeds each, 2 to 50.
    pub seeds: u32,
}

/// Try many configurations on one or both platforms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct SweepSpec {
    /// The table.
    pub dataset: DatasetId,
    /// The column to predict.
    pub target: String,
    /// Each configuration is trained on each of these; not empty, none twice.
    pub platforms: Vec<Platform>,
    /// What the space leaves alone. Its seed fixes the split, the trials and
    /// the proposals.
    pub config: TrainingConfig,
    /// What varies.
    pub space: SearchSpace,
    /// Who proposes.
    pub sampler: SamplerKind,
    /// Who stops early.
    pub pruner: PrunerKind,
    /// Configurations, 1 to [`MAX_TRIALS`]; a grid may hold fewer.
    pub n_trials: u32,
    /// What is judged; none means log loss, or RMSE for regression.
    pub objective: Option<Metric>,
    /// When it is judged.
    pub judged_epoch: JudgedEpoch,
    /// On which rows it is judged. With folds, each trial trains on all of them
    /// together, and what is said of it is the mean over them.
    #[serde(default)]
    pub resampling: Resampling,
    /// Afterwards.
    pub confirmation: Option<Confirmation>,
    /// The sweep stops once this many trials failed in a row.
    pub failure_cap: u32,
}

impl SweepSpec {
    /// Failures in a row after which nothing better is to be expected.
    pub const DEFAULT_FAILURE_CAP: u32 = 20;
}

/// Where a trial stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TrialStatus {
    /// Waits for a worker.
    Queued,
    /// Trains.
    Running,
    /// Trained up to a rung, its weights kept, and waits for the others there.
    Waiting,
    /// Trained to its end.
    Succeeded,
    /// Stopped early, since others promised more.
    Pruned,
    /// Its loss stopped being finite.
    Diverged,
    /// Could not be trained.
    Failed,
    /// Not trained to its end because the sweep was stopped.
    Cancelled,
}

impl TrialStatus {
    /// All of them, in the order in which a trial may come to them.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Pruned,
        Self::Diverged,
        Self::Failed,
        Self::Cancelled,
    ];

    /// True once nothing more will happen.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Waiting => false,
            Self::Succeeded | Self::Pruned | Self::Diverged | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// What a trial is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TrialStage {
    /// Tries a configuration that the sampler proposed.
    Search,
    /// Repeats one of the best with another seed.
    Confirmation,
}

/// One configuration on one platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Trial {
    /// From 1; the trials of a configuration on both platforms share it.
    pub number: u32,
    /// The framework.
    pub platform: Platform,
    /// What it is for.
    pub stage: TrialStage,
    /// Of initial weights, row order and dropout. The split is the sweep's.
    pub seed: u32,
    /// The number of the trial that this one repeats.
    pub confirms: Option<u32>,
    /// Values of the parameters that vary.
    pub params: BTreeMap<String, ParameterValue>,
    /// Where it stands.
    pub status: TrialStatus,
    /// Epochs trained.
    pub epoch: u32,
    /// Epochs it would train.
    pub epochs: u32,
    /// On validation rows, at the epoch that counts; so far, while it trains.
    /// With folds, the mean over them, as everything else that is measured.
    pub objective: Option<f64>,
    /// Sample standard deviation of the objective over the folds, at the same
    /// epoch; once it has ended or was pruned, in a sweep with folds.
    pub objective_sd: Option<f64>,
    /// The epoch that counts, from 1.
    pub best_epoch: Option<u32>,
    /// On validation rows, at the epoch that counts; once it has ended.
    pub metrics: MetricSet,
    /// Seconds of training steps, its share of its group's.
    pub train_seconds: f64,
    /// Weights and biases that are trained; known once it trains.
    pub parameter_count: Option<u32>,
    /// Once failed or diverged.
    pub error: Option<AppError>,
    /// When it ended.
    pub finished_at: Option<TimestampMillis>,
}

impl Trial {
    /// As scripts and exports name it: the job, the number, the platform.
    pub fn id(&self, job: &JobId) -> String {
        format!("{job}-{}-{}", self.number, self.platform.key())
    }
}

/// One epoch of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct TrialEpoch {
    /// From 1.
    pub epoch: u32,
    /// Mean loss over the rows as they were trained on.
    pub train_loss: f64,
    /// Loss on validation rows after the epoch.
    pub validation_loss: Option<f64>,
    /// The objective after the epoch.
    pub objective: Option<f64>,
}

/// How many trials stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrialCounts {
    /// Known so far, all states.
    pub total: u32,
    /// Waiting for a worker.
    pub queued: u32,
    /// Training.
    pub running: u32,
    /// Waiting for the others at a rung.
    pub waiting: u32,
    /// Trained to the end.
    pub succeeded: u32,
    /// Stopped early.
    pub pruned: u32,
    /// Without a finite loss.
    pub diverged: u32,
    /// Failed.
    pub failed: u32,
    /// Cancelled.
    pub cancelled: u32,
}

impl TrialCounts {
    /// One more trial of this status.
    pub fn add(&mut self, status: TrialStatus) {
        self.total += 1;
        *self.of(status) += 1;
    }

    /// One trial of this status less; there has to be one.
    pub fn remove(&mut self, status: TrialStatus) {
        self.total -= 1;
        *self.of(status) -= 1;
    }

    fn of(&mut self, status: TrialStatus) -> &mut u32 {
        match status {
            TrialStatus::Queued => &mut self.queued,
            TrialStatus::Running => &mut self.running,
            TrialStatus::Waiting => &mut self.waiting,
            TrialStatus::Succeeded => &mut self.succeeded,
            TrialStatus::Pruned => &mut self.pruned,
            TrialStatus::Diverged => &mut self.diverged,
            TrialStatus::Failed => &mut self.failed,
            TrialStatus::Cancelled => &mut self.cancelled,
        }
    }

    /// Trials that have ended, however.
    pub fn ended(&self) -> u32 {
        self.succeeded + self.pruned + self.diverged + self.failed + self.cancelled
    }
}

/// The best of one platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct BestTrial {
    /// The trial, as it is now.
    pub trial: Trial,
    /// Mean over the seeds it was repeated with, and their sample standard
    /// deviation; absent without confirmation.
    pub confirmed: Option<MeanAndDeviation>,
    /// The run that it was made into once the sweep ended, with test figures
    /// and artefacts.
    pub run_id: Option<RunId>,
}

/// Of a few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct MeanAndDeviation {
    /// Arithmetic mean.
    pub mean: f64,
    /// Sample standard deviation.
    pub sd: f64,
    /// Numbers.
    pub n: u32,
}

/// An estimate with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How the best of both platforms compare on the same test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PlatformComparison {
    /// Accuracy, or RMSE for regression.
    pub metric: Metric,
    /// PyTorch's minus TensorFlow's on the same test rows: Tango's score
    /// interval for accuracy, bootstrap-t for RMSE (see `retort_search::statistics`).
    pub difference: Interval,
    /// McNemar's exact test on rows that only one predicts right, two-sided;
    /// for classifiers.
    pub mcnemar_p: Option<f64>,
    /// True where the interval leaves 0 out.
    pub differs: bool,
    /// In plain words.
    pub verdict: String,
    /// Test rows.
    pub n_rows: u32,
    /// How far apart the same configuration ended on both; absent without two
    /// pairs.
    pub pairs: Option<PairAgreement>,
}

/// How far apart the trials of a pair end, by objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct PairAgreement {
    /// Pairs of which both succeeded.
    pub n_pairs: u32,
    /// Mean of PyTorch's objective minus TensorFlow's, with its 95 % interval
    /// (bootstrap-t over pairs, Student's t of few).
    pub difference: Interval,
    /// Median of the absolute difference.
    pub median_gap: f64,
    /// Largest absolute difference.
    pub largest_gap: f64,
}

/// A sweep at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SweepSnapshot {
    /// The job.
    pub job_id: JobId,
    /// What is judged.
    pub objective: Metric,
    /// How many trials there will be, as far as is known; confirmation left out.
    pub planned: u32,
    /// How many stand where.
    pub counts: TrialCounts,
    /// Seconds spent so far, pauses left out.
    pub elapsed_secs: f64,
    /// Until the end, by the pace so far.
    pub remaining_secs: Option<f64>,
    /// Ended trials a minute, over the last minute or so.
    pub trials_per_minute: Option<f64>,
    /// The best so far, at most one a platform.
    pub best: Vec<BestTrial>,
    /// Once both platforms' best were evaluated on the test rows.
    pub comparison: Option<PlatformComparison>,
    /// Parameters that vary, in the order in which they are shown.
    pub swept: Vec<String>,
}

/// Before anything is started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SweepPlan {
    /// Different configurations that the space holds; none where it is
    /// continuous.
    pub n_combinations: Option<f64>,
    /// Trials that would be trained, over all platforms.
    pub n_trials: u32,
    /// Seconds it would take at the speed measured here so far.
    pub estimated_secs: Option<f64>,
    /// Parameters that vary.
    pub swept: Vec<String>,
}

/// A column to sort or filter by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "column", rename_all = "snake_case")]
pub enum TrialColumn {
    /// Its number.
    Number,
    /// Its platform.
    Platform,
    /// Its status.
    Status,
    /// Its objective.
    Objective,
    /// The epoch that counts.
    BestEpoch,
    /// Epochs trained.
    Epoch,
    /// Seconds of training.
    TrainSeconds,
    /// Weights and biases.
    ParameterCount,
    /// Its seed.
    Seed,
    /// A metric on validation rows.
    Metric {
        /// Which.
        metric: Metric,
    },
    /// A parameter that varies.
    Parameter {
        /// Its key.
        name: String,
    },
}

/// How to sort by one column. What is missing comes last, either way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TrialSort {
    /// By this.
    pub by: TrialColumn,
    /// Largest first.
    pub descending: bool,
}

/// What to leave out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct TrialFilter {
    /// Only these; empty means all.
    pub platforms: Vec<Platform>,
    /// Only these; empty means all.
    pub statuses: Vec<TrialStatus>,
    /// Numbers within bounds, both included.
    pub ranges: Vec<TrialRange>,
    /// Only these values of a parameter.
    pub values: Vec<TrialValues>,
    /// Only where number, platform, status or a parameter's value contains
    /// this, whatever its case.
    pub search: String,
}

/// A range of one column's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct TrialRange {
    /// Of this.
    pub column: TrialColumn,
    /// At least.
    pub min: Option<f64>,
    /// At most.
    pub max: Option<f64>,
}

/// Values of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct TrialValues {
    /// Its key.
    pub name: String,
    /// Any of these.
    pub values: Vec<ParameterValue>,
}

/// A view of a sweep's trials.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct TrialQuery {
    /// By the first; among equals by the next; last by number and platform.
    pub sort: Vec<TrialSort>,
    /// What to leave out.
    pub filter: TrialFilter,
    /// The first row, from 0.
    pub offset: u32,
    /// Rows, at most 1,000.
    pub limit: u32,
}

/// Some rows of a view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct TrialPage {
    /// Rows that the filter lets through.
    pub n_matching: u32,
    /// All trials.
    pub n_total: u32,
    /// Those asked for.
    pub rows: Vec<Trial>,
}

/// One trial of a sweep, as the window names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
pub struct TrialRef {
    /// Its number.
    pub number: u32,
    /// Its platform.
    pub platform: Platform,
}

/// A trial's epochs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct TrialCurve {
    /// Which.
    pub trial: TrialRef,
    /// How it ended, or stands.
    pub status: TrialStatus,
    /// In order.
    pub epochs: Vec<TrialEpoch>,
}

/// What a chart asks for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(default)]
pub struct TrialColumnsQuery {
    /// What to leave out.
    pub filter: TrialFilter,
    /// What the Pareto front weighs the objective against.
    pub cost: TrialCost,
    /// False for charts that need no parameter's values: they are half of what
    /// is sent.
    pub with_parameters: bool,
}

/// What charts draw: one entry a trial in every list, by number, of trials of
/// the view's filter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
pub struct TrialColumns {
    /// Trial numbers.
    pub number: Vec<u32>,
    /// Platforms.
    pub platform: Vec<Platform>,
    /// Statuses.
    pub status: Vec<TrialStatus>,
    /// Objectives.
    pub objective: Vec<Option<f64>>,
    /// When each ended.
    pub finished_at: Vec<Option<f64>>,
    /// Seconds of training.
    pub train_seconds: Vec<f64>,
    /// Weights and biases.
    pub parameter_count: Vec<Option<u32>>,
    /// Median of a call with one row, microseconds, where the trial's shape was
    /// measured.
    pub latency_micros: Vec<Option<f64>>,
    /// Values of each parameter that varies; empty where they were not asked for.
    pub params: BTreeMap<String, Vec<Option<ParameterValue>>>,
    /// True for trials that no other beats in both objective and cost (Pareto
    /// set); of trials that succeeded and whose cost is known.
    pub on_front: Vec<bool>,
}

/// What a better objective is weighed against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TrialCost {
    /// Weights and biases.
    #[default]
    Size,
    /// Seconds of training.
    TrainSeconds,
    /// Median of a call with one row.
    Latency,
}

/// How much a parameter matters for the objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ParameterImportance {
    /// Its key.
    pub name: String,
    /// Share, 0 to 1; all together 1.
    pub importance: f64,
}

/// In which form trials are written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TrialsFormat {
    /// One line a trial, RFC 4180.
    Csv,
    /// A list of objects.
    Json,
}
