//! What engine and workers say to each other: JSON lines, requests on the
//! worker's stdin, frames on its stdout. Tensors travel as paths of
//! safetensors files. Logs go to stderr and are nobody's protocol.

use crate::{Activation, EpochRecord, Optimizer, Platform, RunId, Task, TrainingConfig, TrialOutcome};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Version of this protocol; a worker of another version is not used.
pub const PROTOCOL_VERSION: u32 = 1;

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
    /// Existing folder for its artefacts; files are written beside and renamed.
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
}

/// To a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Train a two-layer network for a few steps.
    SelfTest,
    /// Train a group; answered by `Epoch…`, then one `Finished`, `Diverged` or
    /// `Failed` a trial, then `GroupDone`.
    Train(GroupRequest),
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
    /// `Predict` is done.
    Predicted {
        /// Rows predicted.
        n_rows: usize,
    },
}
