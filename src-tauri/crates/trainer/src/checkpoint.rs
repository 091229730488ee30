//! A group's state between two steps, in one safetensors file. Whatever is not
//! in it follows from the request (row orders, masks, learning rates), which is
//! why a resumed run gives the bits of one that was never stopped.

use crate::backend::{NamedTensor, Tensors};
use crate::tensors::{self, Durability, TensorFileError};
use retort_domain::protocol::{Frame, ModelSpec};
use retort_domain::{EpochRecord, RunId};
use serde::{Deserialize, Serialize};
use std::path::Path;

const METADATA_KEY: &str = "checkpoint";

/// Where a group stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Hash of the request's parts that decide the result; a checkpoint of
    /// another request is not for us.
    pub request: String,
    /// Whole epochs behind all trials still trained.
    pub epoch: u32,
    /// Steps done in the epoch after that.
    pub steps_in_epoch: u64,
    /// Networks that each trial has.
    pub n_folds: usize,
    /// Trials still trained, by their index in the request.
    pub trials: Vec<TrialPosition>,
    /// The others.
    pub ended: Vec<EndedTrial>,
}

/// What was told of a trial that is no longer trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndedTrial {
    pub run_id: RunId,
    pub records: Vec<EpochRecord>,
    /// How it ended.
    pub frame: Frame,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TrialPosition {
    pub index: usize,
    /// Loss times rows, summed over the steps done in the epoch under way.
    pub loss_sum: f64,
    pub train_seconds: f64,
    /// Wall-clock, for the time limit.
    pub elapsed_secs: f64,
    pub best_epoch: u32,
    /// The objective of each fold at the epoch that counts, where it is defined
    /// in all of them; empty without folds.
    #[serde(default)]
    pub objectives: Vec<f64>,
    pub records: Vec<EpochRecord>,
    /// Names of the optimiser's state, in the backend's order.
    pub optimizer_names: Vec<String>,
    /// False where the last epoch is the one that counts.
    pub has_best: bool,
}

/// The numbers of one network.
#[derive(Debug, Clone)]
pub(crate) struct TrialTensors {
    pub weights: Tensors,
    pub optimizer: Tensors,
    pub best: Option<Tensors>,
}

/// Position and numbers, in the same order; the networks of a trial follow one
/// another.
pub(crate) struct Checkpoint {
    pub position: Position,
    pub tensors: Vec<TrialTensors>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckpointError {
    #[error(transparent)]
    Tensors(#[from] TensorFileError),
    #[error("it holds no readable position: {0}")]
    Position(String),
    #[error("it belongs to another request")]
    Foreign,
}

pub(crate) fn write(
    path: &Path,
    checkpoint: &Checkpoint,
    durability: Durability,
) -> Result<(), CheckpointError> {
    let position =
        serde_json::to_string(&checkpoint.position).map_err(|e| CheckpointError::Position(e.to_string()))?;
    let mut all: Vec<NamedTensor> = Vec::new();
    for (k, trial) in checkpoint.tensors.iter().enumerate() {
        let mut add = |kind: &str, tensors: &Tensors| {
            all.extend(
                tensors.iter().map(|t| NamedTensor { name: format!("{k}.{kind}.{}", t.name), ..t.clone() }),
            );
        };
        add("weights", &trial.weights);
        add("optimizer", &trial.optimizer);
        if let Some(best) = &trial.best {
            add("best", best);
        }
    }
    tensors::write_with(path, &all, Some((METADATA_KEY, position)), durability)?;
    Ok(())
}

/// Reads a checkpoint of the request with this hash.
pub(crate) fn read(path: &Path, request: &str, spec: &ModelSpec) -> Result<Checkpoint, CheckpointError> {
    let mut file = tensors::read(path)?;
    let json = file.metadata.get(METADATA_KEY).ok_or(CheckpointError::Position("there is none".into()))?;
    let position: Position =
        serde_json::from_str(json).map_err(|e| CheckpointError::Position(e.to_string()))?;
    if position.request != request {
        return Err(CheckpointError::Foreign);
    }
    let members = position.trials.iter().flat_map(|trial| std::iter::repeat_n(trial, position.n_folds));
    let mut trials = Vec::with_capacity(position.trials.len() * position.n_folds);
    for (k, trial) in members.enumerate() {
        let weights = file.take(spec, &format!("{k}.weights."), path)?;
        let best = if trial.has_best { Some(file.take(spec, &format!("{k}.best."), path)?) } else { None };
        let optimizer = trial
            .optimizer_names
            .iter()
            .map(|name| {
                let tensor = file.tensors.remove(&format!("{k}.optimizer.{name}"));
                let missing = || TensorFileError::Missing { path: path.into(), name: name.clone() };
                tensor.map(|t| NamedTensor { name: name.clone(), ..t }).ok_or_else(missing)
            })
            .collect::<Result<Tensors, _>>()?;
        trials.push(TrialTensors { weights, optimizer, best });
    }
    Ok(Checkpoint { position, tensors: trials })
}
