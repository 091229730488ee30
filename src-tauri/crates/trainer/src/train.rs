//! Trains a group from a request to its artefacts: epochs, validation, early
//! stopping, time limits, checkpoints. A single run is a group of one; there is
//! no second path.

mod opening;
mod promotion;
mod runs;
mod sweep;

use crate::artifacts::{ArtifactError, Environment};
use crate::backend::{Backend, BackendError, Group, Tensors, TrialSteps};
use crate::checkpoint::{self, Checkpoint, EndedTrial, Position, TrialPosition, TrialTensors};
use crate::lesson::{self, Lesson, LessonError};
use crate::prepared::{FoldData, Prepared, PreparedError};
use crate::schedule::LearningRates;
use crate::tensors::{Durability, TensorFileError};
use retort_domain::protocol::{Frame, GroupRequest, ModelSpec, Purpose, TrialRequest};
use retort_domain::{ConfigError, EpochRecord, RunId, TrainingConfig};
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    #[error(
        "run {run_id} differs from the group's first in its layers, activation, optimizer, batch size or epoch"
    )]
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
    /// The teacher's outputs.
    #[error(transparent)]
    Lesson(#[from] LessonError),
    /// The framework.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// What should have been left behind.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// Weights of a sweep's trial.
    #[error(transparent)]
    Tensors(#[from] TensorFileError),
    /// A trial that is to become a run has outputs that are no numbers.
    #[error("the weights of run {run_id} give outputs that are not finite")]
    NotFinite {
        /// The run.
        run_id: RunId,
    },
    /// Told to stop.
    #[error("it was cancelled")]
    Cancelled,
}

pub use opening::model_of;
pub use promotion::promote;
pub use sweep::{state_file, weights_file};

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
    let spec = opening::model_spec(request, &prepared)?;
    let start = opening::start(backend, request, &prepared, &spec)?;
    if start.position.trials.is_empty() {
        start.position.ended.iter().for_each(|ended| tell_again(request, ended, sink));
        sink(Frame::GroupDone { cancelled: false });
        return Ok(());
    }
    let lesson = request.teacher.as_ref().map(|file| Lesson::open(file, &prepared)).transpose()?;
    let rows = lesson.as_ref().map_or_else(|| prepared.train().into(), |l| l.rows(&prepared));
    let mut training = Training::open(backend, request, &prepared, rows, &spec, start)?;
    training.tell_again(sink);
    let end = training.run(sink, cancelled)?;
    let was_cancelled = end == End::Cancelled;
    if was_cancelled {
        training.write_checkpoint(sink)?;
    }
    sink(Frame::GroupDone { cancelled: was_cancelled });
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Cancelled,
}

/// One trial under way: a network a fold, which differ in their rows alone.
struct Trial<'a> {
    request: &'a TrialRequest,
    /// Its figures are means over the folds.
    position: TrialPosition,
    rates: LearningRates,
    /// One a fold; in the group they follow one another.
    members: Vec<Member>,
    /// Epochs that were told before the group began.
    told_epochs: u32,
}

/// One network of a trial.
struct Member {
    class_weights: Option<Vec<f32>>,
    /// Weights of the best epoch; None where the last epoch counts.
    best: Option<Tensors>,
    /// Training rows of the epoch under way.
    order: Arc<[u32]>,
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
    /// At least one; all train on equally many rows.
    folds: Vec<FoldData<'a>>,
    spec: &'a ModelSpec,
    environment: Environment,
    hash: String,
    /// One a trial of the request: of what it leaves when it is paused.
    state_hashes: Vec<String>,
    /// Holds the networks of all folds of the first trial, then of the second…
    group: Box<dyn Group + 'a>,
    /// In the order of the group.
    trials: Vec<Trial<'a>>,
    ended: Vec<EndedTrial>,
    epoch: u32,
    steps_in_epoch: u64,
    batch_size: usize,
    steps_per_epoch: u64,
    /// Rows of an epoch of each network: those with a target, and those with a
    /// teacher's outputs alone.
    n_rows: usize,
    /// Training rows for each epoch's metrics, where they are not all of them.
    metric_rows: Option<(Vec<f32>, Vec<f32>)>,
    /// Steps between two looks at whether to stop.
    piece_steps: u64,
    last_checkpoint: Instant,
}

impl<'a> Training<'a> {
    /// Epochs and ends that a checkpoint holds.
    fn tell_again(&self, sink: &mut dyn FnMut(Frame)) {
        for trial in &self.trials {
            let records = &trial.position.records[trial.told_epochs as usize..];
            tell_epochs(self.request, &trial.request.run_id, records, sink);
        }
        for ended in &self.ended {
            tell_again(self.request, ended, sink);
        }
    }

    fn run(&mut self, sink: &mut dyn FnMut(Frame), cancelled: &dyn Fn() -> bool) -> Result<End, TrainError> {
        let mut clock = Instant::now();
        loop {
            // Asked first, since a resumed group may stand at its end.
            if self.steps_in_epoch == 0 {
                match self.request.purpose {
                    Purpose::Runs => {
                        if self.finish_over(sink, cancelled)? == End::Cancelled {
                            return Ok(End::Cancelled);
                        }
                    }
                    Purpose::Sweep { objective, judged_epoch } => {
                        self.end_or_pause(sweep::Judge { objective, judged_epoch }, sink)?;
                    }
                }
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
            let end = match self.request.purpose {
                Purpose::Runs => self.evaluate_epoch(sink, cancelled)?,
                Purpose::Sweep { objective, judged_epoch } => {
                    self.judge_epoch(sweep::Judge { objective, judged_epoch }, sink, cancelled)?
                }
            };
            if end == End::Cancelled {
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
        let n_rows = self.n_rows;
        self.shuffle();
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
            let batch_size = self.batch_size;
            let steps: Vec<TrialSteps<'_>> = self
                .trials
                .iter()
                .zip(&rates)
                .flat_map(|(trial, learning_rates)| {
                    trial.members.iter().map(move |member| TrialSteps {
                        rows: &member.order[first_row..last_row],
                        batch_size,
                        learning_rates,
                        first_step,
                    })
                })
                .collect();
            let losses = self.group.train_steps(&steps)?;
            let n_folds = self.folds.len();

            let spent = started.elapsed().as_secs_f64();
            let share = spent / self.trials.len() as f64;
            let mut frames = Vec::with_capacity(losses.len());
            for (trial, of_folds) in self.trials.iter_mut().zip(losses.chunks(n_folds)) {
                trial.position.train_seconds += share;
                for (i, &loss) in of_folds.iter().flat_map(|losses| losses.iter().enumerate()) {
                    let rows = self.batch_size.min(n_rows - first_row - i * self.batch_size);
                    trial.position.loss_sum += f64::from(loss) * rows as f64 / n_folds as f64;
                }
                let step_in_epoch = |i: usize| self.steps_in_epoch + i as u64 + 1;
                let bad = of_folds
                    .iter()
                    .filter_map(|losses| Some((losses.iter().position(|loss| !loss.is_finite())?, losses)))
                    .min_by_key(|(i, _)| *i);
                frames.push(
                    bad.map(|(i, losses)| diverged(trial, self.epoch + 1, step_in_epoch(i), losses[i])),
                );
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

    /// The order of the epoch under way. All folds of a trial, and all trials of
    /// a seed, go through their rows by the same permutation.
    fn shuffle(&mut self) {
        let (n_rows, n_labelled) = (self.n_rows, self.folds[0].train.n_rows);
        // Rows without a target teach nothing where there is no teacher.
        let drawn = |trial: &Trial<'_>| {
            let n_drawn = if trial.request.distillation.is_some() { n_rows } else { n_labelled };
            (trial.config().seed, n_drawn)
        };
        for k in 0..self.trials.len() {
            let own @ (seed, n_drawn) = drawn(&self.trials[k]);
            // Trials of a sweep share their seed more often than not.
            let (before, rest) = self.trials.split_at_mut(k);
            if let Some(alike) = before.iter().find(|trial| drawn(trial) == own) {
                for (member, alike) in rest[0].members.iter_mut().zip(&alike.members) {
                    member.order = Arc::clone(&alike.order);
                }
                continue;
            }
            let order = lesson::row_order(seed, self.epoch, n_drawn, n_rows);
            for (member, fold) in rest[0].members.iter_mut().zip(&self.folds) {
                member.order = order.iter().map(|row| fold.first_row + row).collect();
            }
        }
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
            let n_folds = self.folds.len();
            let of_members: Vec<bool> = keep.iter().flat_map(|&k| std::iter::repeat_n(k, n_folds)).collect();
            self.group.retain(&of_members)?;
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

    /// Where a trial stands, and the numbers of its networks, one a fold.
    fn state(&self, k: usize) -> Result<(TrialPosition, Vec<TrialTensors>), TrainError> {
        let trial = &self.trials[k];
        let mut tensors = Vec::with_capacity(trial.members.len());
        for (m, member) in (k * self.folds.len()..).zip(&trial.members) {
            let (weights, optimizer) = (self.group.weights(m)?, self.group.optimizer_state(m)?);
            tensors.push(TrialTensors { weights, optimizer, best: member.best.clone() });
        }
        let position = TrialPosition {
            optimizer_names: tensors[0].optimizer.iter().map(|t| t.name.clone()).collect(),
            has_best: trial.members[0].best.is_some(),
            ..trial.position.clone()
        };
        Ok((position, tensors))
    }

    /// A checkpoint that cannot be written (a full disk) costs the chance to
    /// resume, not the training.
    fn write_checkpoint(&mut self, sink: &mut dyn FnMut(Frame)) -> Result<(), TrainError> {
        self.last_checkpoint = Instant::now();
        let mut positions = Vec::with_capacity(self.trials.len());
        let mut numbers = Vec::with_capacity(self.trials.len());
        for k in 0..self.trials.len() {
            let (position, tensors) = self.state(k)?;
            positions.push(position);
            numbers.extend(tensors);
        }
        let position = Position {
            request: self.hash.clone(),
            epoch: self.epoch,
            steps_in_epoch: self.steps_in_epoch,
            n_folds: self.folds.len(),
            trials: positions,
            ended: self.ended.clone(),
        };
        let checkpoint = Checkpoint { position, tensors: numbers };
        match checkpoint::write(&self.request.checkpoint, &checkpoint, Durability::Flushed) {
            Ok(()) => sink(Frame::Checkpointed { epoch: self.epoch }),
            Err(error) => tracing::warn!(%error, "no checkpoint was written; training goes on without"),
        }
        Ok(())
    }
}

/// Everything that was told of a trial that has ended.
fn tell_again(request: &GroupRequest, ended: &EndedTrial, sink: &mut dyn FnMut(Frame)) {
    tell_epochs(request, &ended.run_id, &ended.records, sink);
    sink(ended.frame.clone());
}

fn tell_epochs(request: &GroupRequest, id: &RunId, records: &[EpochRecord], sink: &mut dyn FnMut(Frame)) {
    match request.purpose {
        Purpose::Runs => records
            .iter()
            .for_each(|record| sink(Frame::Epoch { run_id: id.clone(), record: record.clone() })),
        Purpose::Sweep { objective, .. } if !records.is_empty() => {
            let compact = records.iter().map(|record| (id.clone(), sweep::compact(record, objective)));
            sink(Frame::Epochs { records: compact.collect() });
        }
        Purpose::Sweep { .. } => {}
    }
}

fn diverged(trial: &Trial<'_>, epoch: u32, step: u64, loss: f32) -> Frame {
    let message = format!(
        "the loss became {loss} at step {step} of epoch {epoch}; try a smaller learning_rate (it is {}) or set gradient_clip_norm",
        trial.config().learning_rate
    );
    Frame::Diverged { run_id: trial.request.run_id.clone(), epoch, message }
}

#[cfg(test)]
mod tests;
