//! What a framework must be able to do, and nothing more. Whatever decides
//! anything (epochs, validation, early stopping, schedules, metrics,
//! checkpoints) is above this line, in `train`, written once.
//!
//! A group is K trials of one shape. Trials differ in their numbers (learning
//! rate by step, momentum, weight decay, dropout, seed, row order), which is
//! why every call carries one entry a trial. How the K are computed (one after
//! the other, or as one batched model) is the backend's affair, as long as
//! each gives what it gives alone, to rounding.

use retort_domain::{Artifact, Distillation, Platform, protocol::ModelSpec};
use std::path::Path;

/// A named f32 array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// `layers.{i}.weight` (`[out, in]`), `layers.{i}.bias` (`[out]`); with
    /// batch normalisation also `layers.{i}.norm.weight`, `.norm.bias`,
    /// `.norm.running_mean`, `.norm.running_var` (`[out]` each). Optimiser state
    /// adds a suffix, as in `layers.0.weight.exp_avg`.
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Row-major values, as many as the shape says.
    pub data: Vec<f32>,
}

/// All tensors of one trial, in a fixed order (layer by layer).
pub type Tensors = Vec<NamedTensor>;

/// Training rows, borrowed from the mapped file.
#[derive(Debug, Clone, Copy)]
pub struct TrainRows<'d> {
    /// `[n_rows, n_features]`
    pub x: &'d [f32],
    /// `[n_rows]`: the standardised target, or the class index. NaN where a row
    /// has none: such rows are for distilled trials alone.
    pub y: &'d [f32],
    /// Rows.
    pub n_rows: usize,
    /// `[n_rows, n_outputs]`: a teacher's logits, or its standardised
    /// predictions; needed where a trial is distilled.
    pub teacher: Option<&'d [f32]>,
}

/// What is fixed for one trial over its whole life.
#[derive(Debug, Clone)]
pub struct TrialSetup {
    /// Keys the dropout masks (see [`crate::random`]).
    pub seed: u32,
    /// Where it starts.
    pub weights: Tensors,
    /// One a class; the batch loss is the weighted mean over its rows, as
    /// `torch.nn.CrossEntropyLoss(weight=…)`. None: every row counts 1.
    pub class_weights: Option<Vec<f32>>,
    /// 0 to below 1.
    pub dropout: f64,
    /// For sgd and rmsprop.
    pub momentum: f64,
    /// For sgd.
    pub nesterov: bool,
    /// L2 added to the gradient; decoupled for adamw. Applies to every
    /// parameter, biases included, as PyTorch does it.
    pub weight_decay: f64,
    /// Global L2 norm over all gradients of the trial, as
    /// `torch.nn.utils.clip_grad_norm_`, before the update.
    pub gradient_clip_norm: Option<f64>,
    /// What its loss asks of it beside the labels (see [`crate::soft_loss`]).
    /// Trials of a group have one kind of soft loss, or none.
    pub distillation: Option<Distillation>,
    /// Steps over its whole life, unless something ends it before: what pays
    /// off slowly does not for a short one.
    pub planned_steps: u64,
}

impl TrialSetup {
    /// These weights and no frills: no dropout, decay, momentum or clipping,
    /// and no end in sight.
    pub fn for_weights(weights: Tensors) -> Self {
        Self {
            seed: 0,
            weights,
            class_weights: None,
            dropout: 0.0,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            gradient_clip_norm: None,
            distillation: None,
            planned_steps: u64::MAX,
        }
    }
}

/// Some consecutive steps of one trial. The steps of all trials of a call are
/// equally many, unless a trial has none left (then it is empty).
#[derive(Debug, Clone, Copy)]
pub struct TrialSteps<'a> {
    /// Row indices, batch after batch; all batches hold `batch_size` rows but
    /// the last, which may hold fewer.
    pub rows: &'a [u32],
    /// Rows a step.
    pub batch_size: usize,
    /// Learning rate of each step; its length is the number of steps.
    pub learning_rates: &'a [f64],
    /// Number of the first step over the trial's whole life, from 0. Adam's
    /// bias correction for step s uses t = s + 1; dropout is keyed by s.
    pub first_step: u64,
}

/// Trouble inside a framework.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The framework refused or failed.
    #[error("{platform} could not {action}: {message}")]
    Framework {
        /// Which.
        platform: Platform,
        /// A verb phrase.
        action: &'static str,
        /// One line of what it said.
        message: String,
    },
    /// The machine has no memory left for this.
    #[error("{platform} ran out of memory while it tried to {action}")]
    OutOfMemory {
        /// Which.
        platform: Platform,
        /// A verb phrase.
        action: &'static str,
    },
    /// Writing an artefact failed.
    #[error("cannot write {path:?}: {source}")]
    Write {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A framework, loaded.
pub trait Backend {
    /// Which one.
    fn platform(&self) -> Platform;

    /// As the framework itself says.
    fn version(&self) -> String;

    /// Builds K = `trials.len()` trials of the same shape over the same rows.
    fn open<'d>(
        &self,
        spec: &ModelSpec,
        rows: TrainRows<'d>,
        trials: &[TrialSetup],
    ) -> Result<Box<dyn Group + 'd>, BackendError>;

    /// Opens what [`Group::export`] wrote into `dir`, as a program that uses
    /// the network would.
    fn load(&self, dir: &Path) -> Result<Box<dyn SavedNetwork>, BackendError>;
}

/// A network in the platform's own format, opened again.
pub trait SavedNetwork {
    /// Raw outputs, `[n_rows, n_outputs]`, for `x: [n_rows, n_features]`, on
    /// one thread.
    fn outputs(&mut self, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError>;
}

/// K trials being trained.
pub trait Group {
    /// Trials still in it.
    fn n_trials(&self) -> usize;

    /// Trains the given steps, one entry a trial. Returns each step's loss
    /// before its update, one vector a trial; a loss that is not finite is
    /// returned as it is. Where the steps are cut into calls makes no
    /// difference to any bit. With batch normalisation, a batch of one row
    /// normalises to the offset and leaves the running statistics alone.
    fn train_steps(&mut self, steps: &[TrialSteps<'_>]) -> Result<Vec<Vec<f32>>, BackendError>;

    /// Logits, or the standardised target, `[n_rows, n_outputs]`, for
    /// `x: [n_rows, n_features]`; no dropout, running statistics.
    fn outputs(&mut self, trial: usize, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError>;

    /// As [`Group::outputs`], of every trial for the same rows, one vector a
    /// trial. A backend that computes its trials together does so here too.
    fn outputs_of_all(&mut self, x: &[f32], n_rows: usize) -> Result<Vec<Vec<f32>>, BackendError> {
        (0..self.n_trials()).map(|trial| self.outputs(trial, x, n_rows)).collect()
    }

    /// Weights now, in the order in which they were given.
    fn weights(&self, trial: usize) -> Result<Tensors, BackendError>;

    /// Replaces weights; the optimiser's state stays.
    fn set_weights(&mut self, trial: usize, weights: &Tensors) -> Result<(), BackendError>;

    /// The optimiser's state, for a checkpoint; empty for plain sgd.
    fn optimizer_state(&self, trial: usize) -> Result<Tensors, BackendError>;

    /// Replaces the optimiser's state.
    fn set_optimizer_state(&mut self, trial: usize, state: &Tensors) -> Result<(), BackendError>;

    /// Drops the trials whose entry is false; the others keep their order.
    fn retain(&mut self, keep: &[bool]) -> Result<(), BackendError>;

    /// Writes the trial's network (weights as they are now, evaluation mode,
    /// any number of rows in, raw outputs out) into `dir` in the platform's own
    /// format: `model.pt` (TorchScript) or `saved_model/`.
    fn export(&mut self, trial: usize, dir: &Path) -> Result<Artifact, BackendError>;
}
