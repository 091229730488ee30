//! Trains a group from a request to its artefacts: epochs, validation, early
//! stopping, time limits, checkpoints. A single run is a group of one; there is
//! no second path.

use crate::artifacts::{self, ArtifactError, Describe, Environment};
use crate::backend::{Backend, BackendError, Group, Tensors, TrialSetup, TrialSteps};
use crate::checkpoint::{
    self, Checkpoint, CheckpointError, EndedTrial, Position, TrialPosition, TrialTensors,
};
use crate::evaluation::{self, Evaluation};
use crate::metrics::{self, Predictions};
use crate::prepared::{Part, Prepared, PreparedError};
use crate::schedule::LearningRates;
use crate::{random, tensors};
use retort_domain::protocol::{Frame, GroupRequest, ModelSpec, TrialRequest};
use retort_domain::{
    ClassWeighting, ConfigError, EpochRecord, PartMetrics, RunId, TargetTransform, TrainingConfig,
    TrialOutcome,
};
use std::time::{Duration, Instant};

/// Rows on which training metrics are computed after each epoch, at most.
const TRAIN_METRIC_ROWS: usize = 10_000;
/// A request to stop is looked for about this often.
const PIECE_SECS: f64 = 0.1;

/// Why a group could not be trained. What happens to one trial (divergence,
/// its time limit) is a frame, not an error.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A configuration out of bounds.
    #[error("run {run_id}: {source}")]
    Config {
        /// The trial.
        run_id: RunId,
        /// Why.
        source: ConfigError,
    },
    /// The trials of a group must share shapes.
    #[error("run {run_id} differs from the group's first in its layers, activation, optimizer or batch size")]
    MixedGroup {
        /// The trial.
        run_id: RunId,
    },
    /// A request without trials.
    #[error("the request holds no trials")]
    NoTrials,
    /// A split without training rows or features.
    #[error("there is nothing to train on: {n_rows} training rows with {n_features} features")]
    NothingToTrainOn {
        /// Training rows.
        n_rows: usize,
        /// Columns of the matrix.
        n_features: usize,
    },
    /// The matrices.
    #[error(transparent)]
    Prepared(#[from] PreparedError),
    /// The framework.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// What should have been left behind.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
}

/// Trains the group, resuming from the request's checkpoint where there is a
/// valid one. Tells `Epoch…` and `Checkpointed…`, then one `Finished`,
/// `Diverged` or `TimedOut` a trial, and last `GroupDone`; on an error, no
/// `GroupDone`. A resumed group tells again what its checkpoint holds, since
/// those who listened may have died with the last of it unread.
///
/// `cancelled` is asked every tenth of a second or so; after it said true, a
/// checkpoint is written and `GroupDone` ends the matter.
pub fn train_group(
    backend: &dyn Backend,
    request: &GroupRequest,
    sink: &mut dyn FnMut(Frame),
    cancelled: &dyn Fn() -> bool,
) -> Result<(), TrainError> {
    let prepared = Prepared::open(&request.prepared)?;
    let spec = model_spec(request, &prepared)?;
    let mut training = Training::open(backend, request, &prepared, &spec)?;
    training.tell_again(sink);
    let end = training.run(sink, cancelled)?;
    let was_cancelled = end == End::Cancelled;
    if was_cancelled {
        training.write_checkpoint(sink)?;
    }
    sink(Frame::GroupDone { cancelled: was_cancelled });
    Ok(())
}

/// What the trials share; an error where they do not.
fn model_spec(request: &GroupRequest, prepared: &Prepared) -> Result<ModelSpec, TrainError> {
    let first = &request.trials.first().ok_or(TrainError::NoTrials)?.config;
    for TrialRequest { run_id, config, .. } in &request.trials {
        config.validate().map_err(|source| TrainError::Config { run_id: run_id.clone(), source })?;
        let shape = |c: &TrainingConfig| {
            (c.hidden_layers.clone(), c.activation, c.batch_norm, c.optimizer, c.batch_size)
        };
        if shape(config) != shape(first) {
            return Err(TrainError::MixedGroup { run_id: run_id.clone() });
        }
    }
    let preparation = prepared.preparation();
    let (n_rows, n_features) = (prepared.train().n_rows, preparation.n_features as usize);
    if n_rows == 0 || n_features == 0 {
        return Err(TrainError::NothingToTrainOn { n_rows, n_features });
    }
    Ok(ModelSpec {
        n_features,
        hidden_layers: first.hidden_layers.iter().map(|&units| units as usize).collect(),
        n_outputs: preparation.target.n_outputs(),
        activation: first.activation,
        batch_norm: first.batch_norm,
        task: preparation.target.task(),
        optimizer: first.optimizer,
    })
}

/// `n / (classes · n_c)` over training rows; a class without any counts 1.
fn balanced_class_weights(target: &TargetTransform, y: &[f32]) -> Option<Vec<f32>> {
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
    let trials: Vec<_> = request.trials.iter().map(|t| (&t.run_id, &t.config)).collect();
    let parts = serde_json::json!({
        "platform": backend.platform(),
        "runtime": backend.version(),
        "app": env!("CARGO_PKG_VERSION"),
        "preparation": prepared.preparation().hash,
        "spec": spec,
        "trials": trials,
    });
    blake3::hash(parts.to_string().as_bytes()).to_hex().to_string()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Cancelled,
}

/// One trial under way.
struct Trial<'a> {
    request: &'a TrialRequest,
    position: TrialPosition,
    rates: LearningRates,
    class_weights: Option<Vec<f32>>,
    /// Weights of the best epoch; None where the last epoch counts.
    best: Option<Tensors>,
    /// Of the epoch under way.
    order: Vec<u32>,
}

impl Trial<'_> {
    fn config(&self) -> &TrainingConfig {
        &self.request.config
    }

    /// Has trained all it will train, after `epoch` epochs.
    fn is_over(&self, epoch: u32) -> bool {
        let waited = epoch.saturating_sub(self.position.best_epoch);
        let out_of_patience = self.config().early_stopping_patience.is_some_and(|p| epoch > 0 && waited >= p);
        epoch >= self.config().epochs || out_of_patience
    }

    fn best_validation_loss(&self) -> Option<f64> {
        let best = self.position.best_epoch.checked_sub(1)?;
        self.position.records.get(best as usize)?.validation_loss
    }
}

struct Training<'a> {
    request: &'a GroupRequest,
    prepared: &'a Prepared,
    spec: &'a ModelSpec,
    environment: Environment,
    hash: String,
    group: Box<dyn Group + 'a>,
    /// In the order of the group.
    trials: Vec<Trial<'a>>,
    ended: Vec<EndedTrial>,
    epoch: u32,
    steps_in_epoch: u64,
    batch_size: usize,
    steps_per_epoch: u64,
    /// Training rows for each epoch's metrics, where they are not all of them.
    metric_rows: Option<(Vec<f32>, Vec<f32>)>,
    /// Steps between two looks at whether to stop.
    piece_steps: u64,
    last_checkpoint: Instant,
}

impl<'a> Training<'a> {
    fn open(
        backend: &dyn Backend,
        request: &'a GroupRequest,
        prepared: &'a Prepared,
        spec: &'a ModelSpec,
    ) -> Result<Self, TrainError> {
        let hash = request_hash(backend, request, prepared, spec);
        let train = prepared.train();
        let batch_size = (request.trials[0].config.batch_size as usize).min(train.n_rows);
        let steps_per_epoch = train.n_rows.div_ceil(batch_size) as u64;

        let (position, saved) = match resumable(request, &hash, spec) {
            Some(Checkpoint { position, tensors }) => (position, tensors.into_iter().map(Some).collect()),
            None => {
                let fresh = |index| TrialPosition {
                    index,
                    loss_sum: 0.0,
                    train_seconds: 0.0,
                    elapsed_secs: 0.0,
                    best_epoch: 0,
                    records: Vec::new(),
                    optimizer_names: Vec::new(),
                    has_best: false,
                };
                let trials: Vec<_> = (0..request.trials.len()).map(fresh).collect();
                let saved: Vec<Option<TrialTensors>> = trials.iter().map(|_| None).collect();
                (
                    Position {
                        request: hash.clone(),
                        epoch: 0,
                        steps_in_epoch: 0,
                        trials,
                        ended: Vec::new(),
                    },
                    saved,
                )
            }
        };

        let mut trials = Vec::new();
        let mut setups = Vec::new();
        let mut states = Vec::new();
        for (position, saved) in position.trials.into_iter().zip(saved) {
            let request = &request.trials[position.index];
            let config = &request.config;
            let (weights, optimizer, best) = match saved {
                Some(TrialTensors { weights, optimizer, best }) => (weights, Some(optimizer), best),
                None => (random::initial_weights(spec, config.seed), None, None),
            };
            let class_weights = match config.class_weighting {
                ClassWeighting::None => None,
                ClassWeighting::Balanced => balanced_class_weights(&prepared.preparation().target, train.y),
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
            });
            states.push(optimizer);
            let rates = LearningRates::new(config, steps_per_epoch);
            trials.push(Trial { request, position, rates, class_weights, best, order: Vec::new() });
        }
        let mut group = backend.open(spec, train.into(), &setups)?;
        for (k, state) in states.iter().enumerate() {
            if let Some(state) = state.as_ref().filter(|s| !s.is_empty()) {
                group.set_optimizer_state(k, state)?;
            }
        }

        // A first guess at a tenth of a second, then by the clock.
        let flops_a_step =
            6.0 * batch_size as f64 * tensors::parameter_count(spec) as f64 * trials.len() as f64;
        let piece_steps = (PIECE_SECS * 2e9 / flops_a_step).clamp(1.0, 256.0) as u64;
        Ok(Self {
            request,
            prepared,
            spec,
            environment: Environment::of(backend),
            hash,
            group,
            trials,
            ended: position.ended,
            epoch: position.epoch,
            steps_in_epoch: position.steps_in_epoch,
            batch_size,
            steps_per_epoch,
            metric_rows: metric_rows(train, spec.n_features),
            piece_steps,
            last_checkpoint: Instant::now(),
        })
    }

    /// Epochs and ends that a checkpoint holds.
    fn tell_again(&self, sink: &mut dyn FnMut(Frame)) {
        let mut epochs = |run_id: &RunId, records: &[EpochRecord]| {
            for record in records {
                sink(Frame::Epoch { run_id: run_id.clone(), record: record.clone() });
            }
        };
        for trial in &self.trials {
            epochs(&trial.request.run_id, &trial.position.records);
        }
        for ended in &self.ended {
            epochs(&ended.run_id, &ended.records);
        }
        for ended in &self.ended {
            sink(ended.frame.clone());
        }
    }

    fn run(&mut self, sink: &mut dyn FnMut(Frame), cancelled: &dyn Fn() -> bool) -> Result<End, TrainError> {
        let mut clock = Instant::now();
        loop {
            // `finish_over` is asked first, since a resumed group may stand at
            // its end.
            if self.steps_in_epoch == 0 && self.finish_over(sink, cancelled)? == End::Cancelled {
                return Ok(End::Cancelled);
            }
            if self.trials.is_empty() {
                return Ok(End::Complete);
            }
            if self.train_epoch(sink, cancelled, &mut clock)? == End::Cancelled {
                return Ok(End::Cancelled);
            }
            if self.trials.is_empty() {
                return Ok(End::Complete);
            }
            if self.evaluate_epoch(sink, cancelled)? == End::Cancelled {
                return Ok(End::Cancelled);
            }
            self.count_elapsed(&mut clock);
            let interval =
                Duration::try_from_secs_f64(self.request.checkpoint_every_secs).unwrap_or(Duration::MAX);
            if self.last_checkpoint.elapsed() >= interval {
                self.write_checkpoint(sink)?;
            }
        }
    }

    /// The steps that are left of the epoch under way.
    fn train_epoch(
        &mut self,
        sink: &mut dyn FnMut(Frame),
        cancelled: &dyn Fn() -> bool,
        clock: &mut Instant,
    ) -> Result<End, TrainError> {
        let n_rows = self.prepared.train().n_rows;
        for trial in &mut self.trials {
            trial.order = random::row_order(trial.request.config.seed, self.epoch + 1, n_rows as u32);
        }
        while self.steps_in_epoch < self.steps_per_epoch && !self.trials.is_empty() {
            if cancelled() {
                return Ok(End::Cancelled);
            }
            let started = Instant::now();
            let n_steps = self.piece_steps.min(self.steps_per_epoch - self.steps_in_epoch);
            let first_row = self.steps_in_epoch as usize * self.batch_size;
            let last_row = (first_row + n_steps as usize * self.batch_size).min(n_rows);
            let first_step = u64::from(self.epoch) * self.steps_per_epoch + self.steps_in_epoch;
            let rates: Vec<Vec<f64>> = self
                .trials
                .iter()
                .map(|t| (first_step..first_step + n_steps).map(|s| t.rates.at(s)).collect())
                .collect();
            let steps: Vec<TrialSteps<'_>> = self
                .trials
                .iter()
                .zip(&rates)
                .map(|(trial, learning_rates)| TrialSteps {
                    rows: &trial.order[first_row..last_row],
                    batch_size: self.batch_size,
                    learning_rates,
                    first_step,
                })
                .collect();
            let losses = self.group.train_steps(&steps)?;

            let spent = started.elapsed().as_secs_f64();
            let share = spent / self.trials.len() as f64;
            let mut frames = Vec::with_capacity(losses.len());
            for (trial, losses) in self.trials.iter_mut().zip(&losses) {
                trial.position.train_seconds += share;
                for (i, &loss) in losses.iter().enumerate() {
                    let rows = self.batch_size.min(n_rows - first_row - i * self.batch_size);
                    trial.position.loss_sum += f64::from(loss) * rows as f64;
                }
                let step_in_epoch = |i: usize| self.steps_in_epoch + i as u64 + 1;
                let bad = losses.iter().position(|loss| !loss.is_finite());
                frames.push(bad.map(|i| diverged(trial, self.epoch + 1, step_in_epoch(i), losses[i])));
            }
            self.steps_in_epoch += n_steps;
            // Doubling at most: the first pieces pay for warming up.
            let fitting = (n_steps as f64 * PIECE_SECS / spent.max(1e-9)) as u64;
            self.piece_steps = fitting.clamp(1, self.piece_steps * 2);

            self.count_elapsed(clock);
            for (trial, frame) in self.trials.iter().zip(&mut frames) {
                let limit = trial.config().time_limit_secs.unwrap_or(f64::INFINITY);
                if frame.is_none() && trial.position.elapsed_secs > limit {
                    *frame =
                        Some(Frame::TimedOut { run_id: trial.request.run_id.clone(), epoch: self.epoch });
                }
            }
            self.end_trials(frames, sink)?;
        }
        Ok(End::Complete)
    }

    /// Judges all trials after their epoch, then moves on to the next.
    fn evaluate_epoch(
        &mut self,
        sink: &mut dyn FnMut(Frame),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<End, TrainError> {
        let prepared = self.prepared;
        let sampled = self.metric_rows.take();
        let train = match &sampled {
            Some((x, y)) => Part { x, y, n_rows: y.len() },
            None => prepared.train(),
        };
        let mut evaluations = Vec::with_capacity(self.trials.len());
        for k in 0..self.trials.len() {
            let both = match self.evaluate(k, train, cancelled)? {
                Some(on_train) => self.evaluate(k, prepared.validation(), cancelled)?.map(|v| (on_train, v)),
                None => None,
            };
            // Nothing is committed before all are judged, so that a resumed
            // group judges them all again.
            let Some(both) = both else {
                self.metric_rows = sampled;
                return Ok(End::Cancelled);
            };
            evaluations.push(both);
        }
        self.metric_rows = sampled;

        let epoch = self.epoch + 1;
        let last_step = u64::from(epoch) * self.steps_per_epoch - 1;
        let n_rows = prepared.train().n_rows as f64;
        let mut frames = Vec::with_capacity(evaluations.len());
        for (k, (on_train, on_validation)) in evaluations.into_iter().enumerate() {
            let trial = &mut self.trials[k];
            if !on_train.is_finite() || !on_validation.is_finite() {
                frames.push(Some(diverged(trial, epoch, self.steps_per_epoch, f32::NAN)));
                continue;
            }
            frames.push(None);
            let record = EpochRecord {
                epoch,
                learning_rate: trial.rates.at(last_step),
                train_loss: trial.position.loss_sum / n_rows,
                validation_loss: on_validation.loss,
                train_metrics: on_train.metrics,
                validation_metrics: on_validation.metrics,
                train_seconds: trial.position.train_seconds,
            };
            let better = match (on_validation.loss, trial.best_validation_loss()) {
                (Some(now), Some(best)) => now < best,
                (Some(_), None) | (None, _) => true,
            };
            if better {
                trial.position.best_epoch = epoch;
                trial.best = if on_validation.loss.is_some() { Some(self.group.weights(k)?) } else { None };
            }
            trial.position.loss_sum = 0.0;
            trial.position.records.push(record.clone());
            sink(Frame::Epoch { run_id: trial.request.run_id.clone(), record });
        }
        self.epoch = epoch;
        self.steps_in_epoch = 0;
        self.end_trials(frames, sink)?;
        Ok(End::Complete)
    }

    fn evaluate(
        &mut self,
        k: usize,
        part: Part<'_>,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Option<Evaluation>, TrainError> {
        let outputs = evaluation::outputs(self.group.as_mut(), k, self.spec, part.x, part.n_rows, cancelled)?;
        let target = &self.prepared.preparation().target;
        let class_weights = self.trials[k].class_weights.as_deref();
        Ok(outputs.map(|outputs| Evaluation::of(target, outputs, part, class_weights)))
    }

    /// Final figures and artefacts of the trials that have trained enough.
    fn finish_over(
        &mut self,
        sink: &mut dyn FnMut(Frame),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<End, TrainError> {
        let mut frames = Vec::with_capacity(self.trials.len());
        for k in 0..self.trials.len() {
            if !self.trials[k].is_over(self.epoch) {
                frames.push(None);
                continue;
            }
            match self.finish(k, cancelled)? {
                Some(frame) => frames.push(Some(frame)),
                None => {
                    // Those that did finish need not do it again.
                    frames.resize(self.trials.len(), None);
                    self.end_trials(frames, sink)?;
                    return Ok(End::Cancelled);
                }
            }
        }
        self.end_trials(frames, sink)?;
        Ok(End::Complete)
    }

    /// None when cancelled meanwhile; the trial is then as it was.
    fn finish(&mut self, k: usize, cancelled: &dyn Fn() -> bool) -> Result<Option<Frame>, TrainError> {
        let prepared = self.prepared;
        let not_last = self.trials[k].position.best_epoch != self.epoch;
        let last = match &self.trials[k].best {
            Some(best) if not_last => {
                let last = self.group.weights(k)?;
                self.group.set_weights(k, best)?;
                Some(last)
            }
            Some(_) | None => None,
        };
        let mut evaluations = Vec::with_capacity(3);
        for part in [prepared.train(), prepared.validation(), prepared.test()] {
            match self.evaluate(k, part, cancelled)? {
                Some(evaluation) => evaluations.push(evaluation),
                None => {
                    if let Some(last) = &last {
                        self.group.set_weights(k, last)?;
                    }
                    return Ok(None);
                }
            }
        }
        let trial = &self.trials[k];
        if !evaluations.iter().all(Evaluation::is_finite) {
            return Ok(Some(diverged(trial, self.epoch, self.steps_per_epoch, f32::NAN)));
        }
        let TrialRequest { run_id, config, artifact_dir } = trial.request;
        let TrialPosition { best_epoch, train_seconds, .. } = trial.position;
        let preparation = prepared.preparation();
        let describe = Describe { environment: &self.environment, model: self.spec, preparation };
        let description = describe.trial(run_id, config, self.epoch, best_epoch);
        let artifacts = artifacts::write(self.group.as_mut(), k, &description, artifact_dir)?;

        let test = Predictions { outputs: &evaluations[2].outputs, y: prepared.test().y };
        let confusion = match &preparation.target {
            TargetTransform::Classification { labels } => Some(metrics::confusion(labels.len(), test)),
            TargetTransform::Regression { .. } => None,
        };
        let last_record = trial.position.records.last().filter(|_| not_last);
        let [train, validation, test] = [0, 1, 2].map(|i| evaluations[i].metrics.clone());
        let outcome = TrialOutcome {
            epochs_run: self.epoch,
            best_epoch,
            metrics: PartMetrics { train, validation, test },
            last_validation: last_record.map(|r| r.validation_metrics.clone()).unwrap_or_default(),
            confusion,
            train_seconds,
            parameter_count: u32::try_from(description.parameter_count).unwrap_or(u32::MAX),
            artifacts,
        };
        Ok(Some(Frame::Finished { run_id: run_id.clone(), outcome: Box::new(outcome) }))
    }

    /// Tells and drops the trials that have a frame, one entry a trial.
    fn end_trials(
        &mut self,
        frames: Vec<Option<Frame>>,
        sink: &mut dyn FnMut(Frame),
    ) -> Result<(), TrainError> {
        let keep: Vec<bool> = frames.iter().map(Option::is_none).collect();
        if keep.iter().all(|k| *k) {
            return Ok(());
        }
        for (trial, frame) in self.trials.iter_mut().zip(frames) {
            if let Some(frame) = frame {
                let records = std::mem::take(&mut trial.position.records);
                let run_id = trial.request.run_id.clone();
                self.ended.push(EndedTrial { run_id, records, frame: frame.clone() });
                sink(frame);
            }
        }
        if keep.iter().any(|k| *k) {
            self.group.retain(&keep)?;
        }
        let mut kept = keep.iter();
        self.trials.retain(|_| kept.next().copied().unwrap_or(true));
        Ok(())
    }

    fn count_elapsed(&mut self, clock: &mut Instant) {
        let passed = clock.elapsed().as_secs_f64();
        *clock = Instant::now();
        for trial in &mut self.trials {
            trial.position.elapsed_secs += passed;
        }
    }

    /// A checkpoint that cannot be written (a full disk) costs the chance to
    /// resume, not the training.
    fn write_checkpoint(&mut self, sink: &mut dyn FnMut(Frame)) -> Result<(), TrainError> {
        self.last_checkpoint = Instant::now();
        let mut positions = Vec::with_capacity(self.trials.len());
        let mut numbers = Vec::with_capacity(self.trials.len());
        for (k, trial) in self.trials.iter().enumerate() {
            let optimizer = self.group.optimizer_state(k)?;
            positions.push(TrialPosition {
                optimizer_names: optimizer.iter().map(|t| t.name.clone()).collect(),
                has_best: trial.best.is_some(),
                ..trial.position.clone()
            });
            numbers.push(TrialTensors {
                weights: self.group.weights(k)?,
                optimizer,
                best: trial.best.clone(),
            });
        }
        let position = Position {
            request: self.hash.clone(),
            epoch: self.epoch,
            steps_in_epoch: self.steps_in_epoch,
            trials: positions,
            ended: self.ended.clone(),
        };
        match checkpoint::write(&self.request.checkpoint, &Checkpoint { position, tensors: numbers }) {
            Ok(()) => sink(Frame::Checkpointed { epoch: self.epoch }),
            Err(error) => tracing::warn!(%error, "no checkpoint was written; training goes on without"),
        }
        Ok(())
    }
}

fn diverged(trial: &Trial<'_>, epoch: u32, step: u64, loss: f32) -> Frame {
    let message = format!(
        "the loss became {loss} at step {step} of epoch {epoch}; try a smaller learning_rate (it is {}) or set gradient_clip_norm",
        trial.config().learning_rate
    );
    Frame::Diverged { run_id: trial.request.run_id.clone(), epoch, message }
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

#[cfg(test)]
mod tests;
