//! What engine and workers say to each other: JSON lines, requests on the
//! worker's stdin, frames on its stdout. Tensors travel as paths of
//! safetensors files. Logs go to stderr and are nobody's protocol.

use crate::{
    Activation, Distillation, EpochRecord, JudgedEpoch, Metric, MetricSet, Optimizer, Platform, RunId, Task,
    TrainingConfig, TrialEpoch, TrialOutcome,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Version of this protocol; a worker of another version is not used.
pub const PROTOCOL_VERSION: u32 = 4;

/// What the trials of a group share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// Width of the input.
    pub n_features: usize,
    /// Units of each hidden layer.
    pub hidden_layers: Vec<usize>,
    /// Classes, or 1.
    pub n_outputs: usize,
    /// After each hidden layer.
    pub activation: Activation,
    /// Batch normalisation in each hidden layer.
    pub batch_norm: bool,
    /// Which loss.
    pub task: Task,
    /// The update rule.
    pub optimizer: Optimizer,
}

/// One trial of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRequest {
    /// Names the trial in every frame.
    pub run_id: RunId,
    /// Its hyperparameters; those in [`ModelSpec`] are equal throughout a group.
    pub config: TrainingConfig,
    /// Existing folder for what it leaves behind; files are written beside and
    /// renamed. Trials of a sweep share one.
    pub artifact_dir: PathBuf,
    /// Sweeps: the file that the trial left when it was paused, to go on from.
    #[serde(default)]
    pub continue_from: Option<PathBuf>,
    /// Sweeps: stop after this epoch, unless the trial has ended before, and
    /// leave a file to go on from.
    #[serde(default)]
    pub pause_after: Option<u32>,
    /// What its loss asks of it beside the labels; without, it trains on rows with
    /// a target alone, by as many steps.
    #[serde(default)]
    pub distillation: Option<Distillation>,
}

/// What a group is trained for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "purpose", rename_all = "snake_case")]
pub enum Purpose {
    /// Runs that a person looks at: all metrics after each epoch, test figures
    /// and artefacts at the end.
    #[default]
    Runs,
    /// Trials that are compared: validation rows alone, and weights alone.
    Sweep {
        /// What is judged.
        objective: Metric,
        /// When.
        judged_epoch: JudgedEpoch,
    },
}

/// What a trial of a sweep came to, at its end or at a pause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialResult {
    /// Epochs trained.
    pub epochs_run: u32,
    /// The epoch that counts, from 1.
    pub best_epoch: u32,
    /// The objective at that epoch; absent where it is undefined.
    pub objective: Option<f64>,
    /// Sample standard deviation of the objective over folds; absent without.
    pub objective_sd: Option<f64>,
    /// All metrics on validation rows at that epoch; empty at a pause.
    pub metrics: MetricSet,
    /// Its share of the seconds of the group's steps.
    pub train_seconds: f64,
    /// Weights and biases that were trained.
    pub parameter_count: u32,
}

/// A trial of a sweep that becomes a run: its weights are evaluated on every
/// part, and written with all artefacts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Promotion {
    /// The prepared safetensors file.
    pub prepared: PathBuf,
    /// Weights that the trial left behind.
    pub weights: PathBuf,
    /// The run.
    pub run_id: RunId,
    /// Its hyperparameters.
    pub config: TrainingConfig,
    /// What it came to.
    pub result: TrialResult,
    /// Existing folder for its artefacts.
    pub artifact_dir: PathBuf,
}

/// Train a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRequest {
    /// The prepared safetensors file.
    pub prepared: PathBuf,
    /// The trials, at least one.
    pub trials: Vec<TrialRequest>,
    /// Written every few seconds and when asked to stop; read first if there.
    pub checkpoint: PathBuf,
    /// Seconds between checkpoints.
    pub checkpoint_every_secs: f64,
    /// What for.
    #[serde(default)]
    pub purpose: Purpose,
    /// The safetensors file of a teacher's outputs (see
    /// `retort_trainer::lesson`); needed where a trial is distilled. Its name
    /// tells its content.
    #[serde(default)]
    pub teacher: Option<PathBuf>,
}

/// A network whose speed is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "network", rename_all = "snake_case")]
pub enum MeasuredNetwork {
    /// As a run left it behind, in the platform's own format.
    Saved {
        /// The run's artefact folder.
        artifact_dir: PathBuf,
    },
    /// Of that shape, with weights as before training; speed depends on the
    /// shape alone.
    Untrained {
        /// The shape.
        spec: ModelSpec,
    },
}

/// How long a worker's calls of one network took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeedSamples {
    /// Seconds from the file to a network that can be asked.
    pub load_secs: f64,
    /// By how much the process grew at most; known on Linux.
    pub peak_memory_bytes: Option<f64>,
    /// Microseconds of each call, one list a batch size.
    pub call_micros: Vec<Vec<f64>>,
}

/// To a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Train a two-layer network for a few steps.
    SelfTest,
    /// Train a group; answered by `Epoch…` (`Epochs…` in a sweep), then one
    /// `Finished` (`TrialEnded`, `TrialPaused`), `Diverged` or `TimedOut` a
    /// trial, then `GroupDone`; or by `Failed`.
    Train(GroupRequest),
    /// Make a run of a sweep's trial; answered by `Finished`.
    Promote(Box<Promotion>),
    /// Stop the group under way after the current step; answered by
    /// `GroupDone` once a checkpoint is written.
    Cancel,
    /// Outputs (logits, or the standardised target) of an artefact folder's
    /// weights for `x` of a safetensors file, written as `outputs`.
    Predict {
        /// A run's artefact folder.
        artifact_dir: PathBuf,
        /// Holds `x`, `[n, n_features]` f32.
        input: PathBuf,
        /// Is given `outputs`, `[n, n_outputs]` f32.
        output: PathBuf,
    },
    /// Time calls of networks, in turn; answered by `Measured`.
    Measure {
        /// In any number; they are asked one after the other, again and again.
        networks: Vec<MeasuredNetwork>,
        /// Rows in one call, each at least 1.
        batch_sizes: Vec<u32>,
        /// Timed calls of one network with one number of rows, at most.
        most_calls: u32,
    },
    /// End. A closed stdin means the same.
    Shutdown,
}

/// From a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum Frame {
    /// First frame: it is up.
    Ready {
        /// [`PROTOCOL_VERSION`]
        protocol: u32,
        /// The framework.
        platform: Platform,
        /// As the framework says.
        version: String,
    },
    /// The self-test went well.
    SelfTestPassed {
        /// Seconds it took.
        secs: f64,
    },
    /// A trial trained an epoch.
    Epoch {
        /// The trial.
        run_id: RunId,
        /// The epoch.
        record: EpochRecord,
    },
    /// Trials of a sweep trained an epoch.
    Epochs {
        /// Each trial that did, with its epoch.
        records: Vec<(RunId, TrialEpoch)>,
    },
    /// A trial of a sweep ended well; its weights are in place.
    TrialEnded {
        /// The trial.
        run_id: RunId,
        /// What it came to.
        result: TrialResult,
    },
    /// A trial of a sweep was paused; the file to go on from is in place.
    TrialPaused {
        /// The trial.
        run_id: RunId,
        /// What it came to so far.
        result: TrialResult,
    },
    /// What a paused trial left cannot be read; it has to start over.
    StateLost {
        /// The trial.
        run_id: RunId,
    },
    /// All that was told so far is in the checkpoint.
    Checkpointed {
        /// Last epoch in it.
        epoch: u32,
    },
    /// A trial ended well; its artefacts are in place.
    Finished {
        /// The trial.
        run_id: RunId,
        /// What it came to.
        outcome: Box<TrialOutcome>,
    },
    /// A trial's loss is not finite.
    Diverged {
        /// The trial.
        run_id: RunId,
        /// In this epoch, from 1.
        epoch: u32,
        /// One line.
        message: String,
    },
    /// A trial ran into its time limit.
    TimedOut {
        /// The trial.
        run_id: RunId,
        /// Epochs trained.
        epoch: u32,
    },
    /// The request could not be carried out; the worker lives.
    Failed {
        /// One line.
        message: String,
    },
    /// The group is over, or was cancelled.
    GroupDone {
        /// True where `Cancel` ended it.
        cancelled: bool,
    },
    /// `Measure` is done.
    Measured {
        /// One entry a network.
        samples: Vec<SpeedSamples>,
    },
    /// `Predict` is done.
    Predicted {
        /// Rows predicted.
        n_rows: usize,
    },
}
