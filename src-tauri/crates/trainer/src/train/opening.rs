//! How a group begins: what its trials share, where they go on from, the
//! backend's group built from it.

use super::{Member, PIECE_SECS, TrainError, Training, Trial};
use crate::artifacts::Environment;
use crate::backend::{Backend, TrainRows, TrialSetup};
use crate::checkpoint::{
    self, Checkpoint, CheckpointError, EndedTrial, Position, TrialPosition, TrialTensors,
};
use crate::prepared::{Part, Prepared};
use crate::schedule::LearningRates;
use crate::{random, tensors};
use retort_domain::protocol::{Frame, GroupRequest, ModelSpec, Purpose, TrialRequest};
use retort_domain::{ClassWeighting, Distillation, Preparation, TargetTransform, TrainingConfig};
use std::time::Instant;

/// Rows on which training metrics are computed after each epoch, at most.
const TRAIN_METRIC_ROWS: usize = 10_000;

/// What the trials share; an error where they do not.
pub(super) fn model_spec(request: &GroupRequest, prepared: &Prepared) -> Result<ModelSpec, TrainError> {
    let first = &request.trials.first().ok_or(TrainError::NoTrials)?.config;
    let soft_losses = request.trials.iter().filter_map(|trial| trial.distillation.as_ref());
    for TrialRequest { run_id, config, distillation, .. } in &request.trials {
        config.validate().map_err(|source| TrainError::Config { run_id: run_id.clone(), source })?;
        let shape = |c: &TrainingConfig| {
            (c.hidden_layers.clone(), c.activation, c.batch_norm, c.optimizer, c.batch_size)
        };
        if shape(config) != shape(first) || !may_share(soft_losses.clone(), distillation) {
            return Err(TrainError::MixedGroup { run_id: run_id.clone() });
        }
    }
    let preparation = prepared.preparation();
    let (n_rows, n_features) = (prepared.folds()[0].train.n_rows, preparation.n_features as usize);
    if n_rows == 0 || n_features == 0 {
        return Err(TrainError::NothingToTrainOn { n_rows, n_features });
    }
    Ok(model_of(first, preparation))
}

/// True where none of a group's soft losses is of another kind.
fn may_share<'a>(
    mut soft_losses: impl Iterator<Item = &'a Distillation>,
    own: &Option<Distillation>,
) -> bool {
    let kind = |distillation: &Distillation| std::mem::discriminant(&distillation.loss);
    own.as_ref().is_none_or(|own| soft_losses.all(|other| kind(other) == kind(own)))
}

/// The network of a configuration on this data.
pub fn model_of(config: &TrainingConfig, preparation: &Preparation) -> ModelSpec {
    ModelSpec {
        n_features: preparation.n_features as usize,
        hidden_layers: config.hidden_layers.iter().map(|&units| units as usize).collect(),
        n_outputs: preparation.target.n_outputs(),
        activation: config.activation,
        batch_norm: config.batch_norm,
        task: preparation.target.task(),
        optimizer: config.optimizer,
    }
}

/// `n / (classes · n_c)` over training rows; a class without any counts 1.
pub(super) fn balanced_class_weights(target: &TargetTransform, y: &[f32]) -> Option<Vec<f32>> {
    let TargetTransform::Classification { labels } = target else { return None };
    let mut counts = vec![0_u64; labels.len()];
    for &class in y {
        counts[class as usize] += 1;
    }
    let weight =
        |&count: &u64| if count == 0 { 1.0 } else { y.len() as f64 / (labels.len() as f64 * count as f64) };
    Some(counts.iter().map(|count| weight(count) as f32).collect())
}

/// Everything on which the result depends, and the runs it is for.
fn request_hash(
    backend: &dyn Backend,
    request: &GroupRequest,
    prepared: &Prepared,
    spec: &ModelSpec,
) -> String {
    let trials: Vec<_> = request
        .trials
        .iter()
        .map(|t| (&t.run_id, &t.config, t.continue_from.is_some(), t.pause_after))
        .collect();
    hash_of(backend, request, prepared, spec, &with_lesson(request, serde_json::json!(trials)))
}

/// What a teacher adds to what decides the result. Its file is named by what it
/// holds.
fn with_lesson(request: &GroupRequest, trials: serde_json::Value) -> serde_json::Value {
    let Some(teacher) = &request.teacher else { return trials };
    let soft_losses: Vec<_> = request.trials.iter().map(|t| &t.distillation).collect();
    serde_json::json!([trials, teacher.file_name().map(|name| name.to_string_lossy()), soft_losses])
}

/// The same for what a paused trial leaves, whatever group it goes on in.
pub(super) fn state_hash(
    backend: &dyn Backend,
    request: &GroupRequest,
    prepared: &Prepared,
    spec: &ModelSpec,
    trial: &TrialRequest,
) -> String {
    hash_of(backend, request, prepared, spec, &serde_json::json!((&trial.run_id, &trial.config)))
}

fn hash_of(
    backend: &dyn Backend,
    request: &GroupRequest,
    prepared: &Prepared,
    spec: &ModelSpec,
    trials: &serde_json::Value,
) -> String {
    let parts = serde_json::json!({
        "platform": backend.platform(),
        "runtime": backend.version(),
        "app": env!("CARGO_PKG_VERSION"),
        "preparation": prepared.preparation().hash,
        "spec": spec,
        "purpose": request.purpose,
        "trials": trials,
    });
    blake3::hash(parts.to_string().as_bytes()).to_hex().to_string()
}

/// Where a group begins.
pub(super) struct Start {
    hash: String,
    pub position: Position,
    /// One a network of the position; None for one that begins.
    saved: Vec<Option<TrialTensors>>,
    /// Epochs that were told by earlier groups of the same trials.
    told_epochs: u32,
}

/// From the group's checkpoint, else from what its trials left when they were
/// paused, else from nothing.
pub(super) fn start(
    backend: &dyn Backend,
    request: &GroupRequest,
    prepared: &Prepared,
    spec: &ModelSpec,
) -> Result<Start, TrainError> {
    let hash = request_hash(backend, request, prepared, spec);
    let n_folds = prepared.folds().len();
    if let Some(Checkpoint { position, tensors }) = resumable(request, &hash, spec) {
        return Ok(Start { hash, position, saved: tensors.into_iter().map(Some).collect(), told_epochs: 0 });
    }
    let mut position = Position {
        request: hash.clone(),
        epoch: 0,
        steps_in_epoch: 0,
        n_folds,
        trials: Vec::new(),
        ended: Vec::new(),
    };
    let mut saved = Vec::with_capacity(request.trials.len() * n_folds);
    let mut epochs: Vec<u32> = Vec::with_capacity(request.trials.len());
    for (index, trial) in request.trials.iter().enumerate() {
        let Some(path) = &trial.continue_from else {
            position.trials.push(TrialPosition {
                index,
                loss_sum: 0.0,
                train_seconds: 0.0,
                elapsed_secs: 0.0,
                best_epoch: 0,
                objectives: Vec::new(),
                records: Vec::new(),
                optimizer_names: Vec::new(),
                has_best: false,
            });
            saved.extend(std::iter::repeat_with(|| None).take(n_folds));
            epochs.push(0);
            continue;
        };
        match checkpoint::read(path, &state_hash(backend, request, prepared, spec, trial), spec) {
            Ok(Checkpoint { position: Position { epoch, trials, .. }, tensors }) => {
                for of_trial in trials {
                    position.trials.push(TrialPosition { index, ..of_trial });
                    epochs.push(epoch);
                }
                saved.extend(tensors.into_iter().map(Some));
            }
            Err(error) => {
                tracing::warn!(%error, ?path, "what a paused trial left is not used; it has to start over");
                let run_id = trial.run_id.clone();
                let frame = Frame::StateLost { run_id: run_id.clone() };
                position.ended.push(EndedTrial { run_id, records: Vec::new(), frame });
            }
        }
    }
    position.epoch = epochs.first().copied().unwrap_or(0);
    if let Some(other) = epochs.iter().position(|epoch| *epoch != position.epoch) {
        let run_id = request.trials[position.trials[other].index].run_id.clone();
        return Err(TrainError::MixedGroup { run_id });
    }
    let told_epochs = position.epoch;
    Ok(Start { hash, position, saved, told_epochs })
}

impl<'a> Training<'a> {
    pub(super) fn open(
        backend: &dyn Backend,
        request: &'a GroupRequest,
        prepared: &'a Prepared,
        rows: TrainRows<'a>,
        spec: &'a ModelSpec,
        start: Start,
    ) -> Result<Self, TrainError> {
        let Start { hash, position, saved, told_epochs } = start;
        let folds = prepared.folds();
        let n_rows = if request.teacher.is_some() { rows.n_rows } else { folds[0].train.n_rows };
        let batch_size = (request.trials[0].config.batch_size as usize).min(n_rows);
        let steps_per_epoch = n_rows.div_ceil(batch_size) as u64;

        let mut trials = Vec::new();
        let mut setups = Vec::new();
        let mut states = Vec::new();
        let mut saved = saved.into_iter();
        for position in position.trials {
            let request = &request.trials[position.index];
            let config = &request.config;
            let mut members = Vec::with_capacity(folds.len());
            for (fold, saved) in folds.iter().zip(&mut saved) {
                let (weights, optimizer, best) = match saved {
                    Some(TrialTensors { weights, optimizer, best }) => (weights, Some(optimizer), best),
                    None => (random::initial_weights(spec, config.seed), None, None),
                };
                let class_weights = match config.class_weighting {
                    ClassWeighting::None => None,
                    ClassWeighting::Balanced => balanced_class_weights(fold.target, fold.train.y),
                };
                setups.push(TrialSetup {
                    seed: config.seed,
                    weights,
                    class_weights: class_weights.clone(),
                    dropout: config.dropout,
                    momentum: config.momentum,
                    nesterov: config.nesterov,
                    weight_decay: config.weight_decay,
                    gradient_clip_norm: config.gradient_clip_norm,
                    distillation: request.distillation,
                    planned_steps: u64::from(config.epochs) * steps_per_epoch,
                });
                states.push(optimizer);
                members.push(Member { class_weights, best, order: Vec::new().into() });
            }
            let rates = LearningRates::new(config, steps_per_epoch);
            trials.push(Trial { request, position, rates, members, told_epochs });
        }
        let mut group = backend.open(spec, rows, &setups)?;
        for (k, state) in states.iter().enumerate() {
            if let Some(state) = state.as_ref().filter(|s| !s.is_empty()) {
                group.set_optimizer_state(k, state)?;
            }
        }

        // A first guess at a tenth of a second, then by the clock.
        let flops_a_step =
            6.0 * batch_size as f64 * tensors::parameter_count(spec) as f64 * setups.len() as f64;
        let piece_steps = (PIECE_SECS * 2e9 / flops_a_step).clamp(1.0, 256.0) as u64;
        Ok(Self {
            request,
            prepared,
            folds,
            spec,
            environment: Environment::of(backend),
            state_hashes: request
                .trials
                .iter()
                .map(|trial| state_hash(backend, request, prepared, spec, trial))
                .collect(),
            hash,
            group,
            trials,
            ended: position.ended,
            epoch: position.epoch,
            steps_in_epoch: position.steps_in_epoch,
            batch_size,
            steps_per_epoch,
            n_rows,
            metric_rows: match request.purpose {
                Purpose::Runs => metric_rows(prepared.train(), spec.n_features),
                Purpose::Sweep { .. } => None,
            },
            piece_steps,
            last_checkpoint: Instant::now(),
        })
    }
}

/// Up to [`TRAIN_METRIC_ROWS`] training rows, evenly spread; None for all.
fn metric_rows(train: Part<'_>, n_features: usize) -> Option<(Vec<f32>, Vec<f32>)> {
    if train.n_rows <= TRAIN_METRIC_ROWS {
        return None;
    }
    let rows = || (0..TRAIN_METRIC_ROWS).map(|i| i * train.n_rows / TRAIN_METRIC_ROWS);
    let x = rows().flat_map(|row| &train.x[row * n_features..(row + 1) * n_features]).copied().collect();
    Some((x, rows().map(|row| train.y[row]).collect()))
}

/// The request's checkpoint, where it is there, whole and of this request.
fn resumable(request: &GroupRequest, hash: &str, spec: &ModelSpec) -> Option<Checkpoint> {
    if !request.checkpoint.exists() {
        return None;
    }
    let fits = |checkpoint: Checkpoint| {
        let known = checkpoint.position.trials.iter().all(|t| t.index < request.trials.len());
        if known { Ok(checkpoint) } else { Err(CheckpointError::Foreign) }
    };
    match checkpoint::read(&request.checkpoint, hash, spec).and_then(fits) {
        Ok(checkpoint) => Some(checkpoint),
        Err(error) => {
            tracing::warn!(%error, path = ?request.checkpoint, "the checkpoint is not used; training starts over");
            None
        }
    }
}
