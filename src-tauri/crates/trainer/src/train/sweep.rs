//! Judging trials of a sweep: by one objective on validation rows. Test rows
//! are left alone; only weights are left behind, or the state to go on from.
//!
//! Where the rows were resampled, a trial has a network for each fold, and what
//! is told of it after each epoch is the mean over them: the best epoch is the
//! best of the mean curve, the same for all folds. All of them start from the
//! same weights and see their rows by the same permutation, so that they differ
//! by their rows alone.

use super::{End, TrainError, Training, Trial, diverged};
use crate::checkpoint::{self, Checkpoint, CheckpointError, Position};
use crate::evaluation;
use crate::metrics::{self, Predictions};
use crate::prepared::{FoldData, Part};
use crate::tensors::{self, Durability};
use retort_domain::protocol::{Frame, TrialRequest, TrialResult};
use retort_domain::{EpochRecord, JudgedEpoch, Metric, MetricSet, TrialEpoch};
use std::path::{Path, PathBuf};

/// What is judged, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judge {
    pub objective: Metric,
    pub judged_epoch: JudgedEpoch,
}

/// What one network is worth on the validation rows of its fold.
struct Judgement {
    loss: Option<f64>,
    objective: Option<f64>,
    is_finite: bool,
}

impl Judge {
    fn judge(self, fold: &FoldData<'_>, class_weights: Option<&[f32]>, outputs: &[f32]) -> Judgement {
        let predictions = Predictions { outputs, y: fold.validation.y };
        let loss = metrics::loss(fold.target, predictions, class_weights);
        let is_finite = outputs.iter().all(|v| v.is_finite()) && loss.is_none_or(f64::is_finite);
        // Without class weights the loss is the log loss already.
        let objective = match (self.objective, class_weights) {
            _ if !is_finite => None,
            (Metric::LogLoss, None) => loss,
            (metric, _) => metrics::metric(fold.target, predictions, metric),
        };
        Judgement { loss, objective, is_finite }
    }

    fn of(self, record: &EpochRecord) -> Option<f64> {
        record.validation_metrics.get(&self.objective).copied()
    }

    fn is_better(self, now: Option<f64>, best: Option<f64>) -> bool {
        match (now, best) {
            (Some(now), Some(best)) if self.objective.higher_is_better() => now > best,
            (Some(now), Some(best)) => now < best,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

/// The file with the weights of a trial that has ended.
pub fn weights_file(folder: &Path, trial: &str) -> PathBuf {
    folder.join(format!("{trial}.weights.safetensors"))
}

/// The file from which a trial goes on that was paused after `epoch`. Each
/// pause has its own, so that a group whose end was not stored begins again
/// where it began.
pub fn state_file(folder: &Path, trial: &str, epoch: u32) -> PathBuf {
    folder.join(format!("{trial}.after-{epoch}.state.safetensors"))
}

/// An epoch as a sweep tells it.
pub(super) fn compact(record: &EpochRecord, objective: Metric) -> TrialEpoch {
    TrialEpoch {
        epoch: record.epoch,
        train_loss: record.train_loss,
        validation_loss: record.validation_loss,
        objective: record.validation_metrics.get(&objective).copied(),
    }
}

/// Of one number, that number; of none, none.
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn sample_sd(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// Of the metrics that are defined in every fold.
fn mean_metrics(of_folds: &[MetricSet]) -> MetricSet {
    let Some(first) = of_folds.first() else { return MetricSet::new() };
    let over_folds = |metric: &Metric| {
        let values: Option<Vec<f64>> = of_folds.iter().map(|set| set.get(metric).copied()).collect();
        Some((*metric, mean(&values?)?))
    };
    first.keys().filter_map(over_folds).collect()
}

impl Training<'_> {
    /// Judges all trials after their epoch, then moves on to the next.
    pub(super) fn judge_epoch(
        &mut self,
        judge: Judge,
        sink: &mut dyn FnMut(Frame),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<End, TrainError> {
        let Some(outputs) = self.validation_outputs(cancelled)? else { return Ok(End::Cancelled) };

        let epoch = self.epoch + 1;
        let last_step = u64::from(epoch) * self.steps_per_epoch - 1;
        let n_rows = self.n_rows as f64;
        let mut ends = Vec::with_capacity(self.trials.len());
        let mut told = Vec::with_capacity(self.trials.len());
        for (k, outputs) in outputs.chunks(self.folds.len()).enumerate() {
            let trial = &mut self.trials[k];
            let folds = self.folds.iter().zip(&trial.members).zip(outputs);
            let judged: Vec<Judgement> = folds
                .map(|((fold, member), outputs)| judge.judge(fold, member.class_weights.as_deref(), outputs))
                .collect();
            if !judged.iter().all(|fold| fold.is_finite) {
                ends.push(Some(diverged(trial, epoch, self.steps_per_epoch, f32::NAN)));
                continue;
            }
            ends.push(None);
            let objectives: Option<Vec<f64>> = judged.iter().map(|fold| fold.objective).collect();
            let objective = objectives.as_deref().and_then(mean);
            let losses: Option<Vec<f64>> = judged.iter().map(|fold| fold.loss).collect();
            let record = EpochRecord {
                epoch,
                learning_rate: trial.rates.at(last_step),
                train_loss: trial.position.loss_sum / n_rows,
                validation_loss: losses.as_deref().and_then(mean),
                train_metrics: MetricSet::new(),
                validation_metrics: objective.map(|value| (judge.objective, value)).into_iter().collect(),
                train_seconds: trial.position.train_seconds,
            };
            let is_better = judge.is_better(objective, trial.best_objective(judge));
            if is_better || trial.position.best_epoch == 0 {
                trial.position.best_epoch = epoch;
                for (m, member) in (k * self.folds.len()..).zip(&mut trial.members) {
                    member.best = match judge.judged_epoch {
                        JudgedEpoch::Best => Some(self.group.weights(m)?),
                        JudgedEpoch::Last => None,
                    };
                }
            }
            if trial.position.best_epoch == epoch || judge.judged_epoch == JudgedEpoch::Last {
                trial.position.objectives = objectives.filter(|o| o.len() > 1).unwrap_or_default();
            }
            trial.position.loss_sum = 0.0;
            told.push((trial.request.run_id.clone(), compact(&record, judge.objective)));
            trial.position.records.push(record);
        }
        self.epoch = epoch;
        self.steps_in_epoch = 0;
        sink(Frame::Epochs { records: told });
        self.end_trials(ends, sink)?;
        Ok(End::Complete)
    }

    /// Lets go of the trials that have trained enough, or up to their pause.
    pub(super) fn end_or_pause(
        &mut self,
        judge: Judge,
        sink: &mut dyn FnMut(Frame),
    ) -> Result<(), TrainError> {
        let is_over: Vec<bool> = self.trials.iter().map(|t| t.is_over(self.epoch)).collect();
        let is_paused = |trial: &Trial<'_>| trial.request.pause_after.is_some_and(|at| self.epoch >= at);
        let is_paused: Vec<bool> = self.trials.iter().map(is_paused).collect();
        let mut frames: Vec<Option<Frame>> = vec![None; self.trials.len()];

        for k in (0..frames.len()).filter(|&k| is_paused[k] && !is_over[k]) {
            frames[k] = Some(self.pause(k, judge)?);
        }
        if is_over.contains(&true) {
            let n_folds = self.folds.len();
            for k in (0..frames.len()).filter(|&k| is_over[k]) {
                let trial = &mut self.trials[k];
                for (m, member) in (k * n_folds..).zip(&mut trial.members) {
                    if let Some(best) = member.best.take()
                        && trial.position.best_epoch != self.epoch
                    {
                        self.group.set_weights(m, &best)?;
                    }
                }
            }
            // Not to be stopped: weights have been exchanged, and it is short.
            let outputs = self.validation_outputs(&|| false)?.unwrap_or_default();
            for k in (0..frames.len()).filter(|&k| is_over[k]) {
                frames[k] = Some(self.end(k, judge, &outputs[k * n_folds..(k + 1) * n_folds])?);
            }
        }
        self.end_trials(frames, sink)
    }

    /// Outputs of every network for the validation rows of its fold; None when
    /// `cancelled` said so.
    fn validation_outputs(
        &mut self,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Option<Vec<Vec<f32>>>, TrainError> {
        let (group, spec) = (self.group.as_mut(), self.spec);
        if let [only] = self.folds.as_slice() {
            let Part { x, n_rows, .. } = only.validation;
            return Ok(evaluation::outputs_of_all(group, spec, x, n_rows, cancelled)?);
        }
        // Each has rows of its own, which the others need not see.
        let mut all = Vec::with_capacity(group.n_trials());
        for m in 0..group.n_trials() {
            let Part { x, n_rows, .. } = self.folds[m % self.folds.len()].validation;
            match evaluation::outputs(group, m, spec, x, n_rows, cancelled)? {
                Some(outputs) => all.push(outputs),
                None => return Ok(None),
            }
        }
        Ok(Some(all))
    }

    /// Weights of folds are not kept: none of them is the trial's model.
    fn end(&mut self, k: usize, judge: Judge, outputs: &[Vec<f32>]) -> Result<Frame, TrainError> {
        let trial = &self.trials[k];
        if !outputs.iter().flatten().all(|v| v.is_finite()) {
            return Ok(diverged(trial, self.epoch, self.steps_per_epoch, f32::NAN));
        }
        let TrialRequest { run_id, artifact_dir, .. } = trial.request;
        let of_folds: Vec<MetricSet> = self
            .folds
            .iter()
            .zip(outputs)
            .map(|(fold, outputs)| {
                metrics::metrics(fold.target, Predictions { outputs, y: fold.validation.y })
            })
            .collect();
        let result = TrialResult { metrics: mean_metrics(&of_folds), ..self.result(trial, judge) };
        if self.folds.len() == 1 {
            let path = weights_file(artifact_dir, run_id.as_str());
            tensors::write_with(&path, &self.group.weights(k)?, None, Durability::Quick)?;
        }
        Ok(Frame::TrialEnded { run_id: run_id.clone(), result })
    }

    fn pause(&mut self, k: usize, judge: Judge) -> Result<Frame, TrainError> {
        let (position, tensors) = self.state(k)?;
        let trial = &self.trials[k];
        let TrialRequest { run_id, artifact_dir, .. } = trial.request;
        let hash = self.state_hashes[trial.position.index].clone();
        let position = Position {
            request: hash,
            epoch: self.epoch,
            steps_in_epoch: 0,
            n_folds: self.folds.len(),
            trials: vec![position],
            ended: Vec::new(),
        };
        let path = state_file(artifact_dir, run_id.as_str(), self.epoch);
        let checkpoint = Checkpoint { position, tensors };
        match checkpoint::write(&path, &checkpoint, Durability::Quick) {
            Ok(()) => {}
            Err(CheckpointError::Tensors(error)) => return Err(error.into()),
            // A trial that cannot be kept starts over when it is wanted.
            Err(error) => tracing::warn!(%error, ?path, "a paused trial could not be kept"),
        }
        Ok(Frame::TrialPaused { run_id: run_id.clone(), result: self.result(trial, judge) })
    }

    fn result(&self, trial: &Trial<'_>, judge: Judge) -> TrialResult {
        let best_epoch = match judge.judged_epoch {
            JudgedEpoch::Best => trial.position.best_epoch,
            JudgedEpoch::Last => self.epoch,
        };
        let record = best_epoch.checked_sub(1).and_then(|i| trial.position.records.get(i as usize));
        TrialResult {
            epochs_run: self.epoch,
            best_epoch,
            objective: record.and_then(|record| judge.of(record)),
            objective_sd: sample_sd(&trial.position.objectives),
            metrics: MetricSet::new(),
            train_seconds: trial.position.train_seconds,
            parameter_count: u32::try_from(tensors::parameter_count(self.spec)).unwrap_or(u32::MAX),
        }
    }
}

impl Trial<'_> {
    fn best_objective(&self, judge: Judge) -> Option<f64> {
        let best = self.position.best_epoch.checked_sub(1)?;
        judge.of(self.position.records.get(best as usize)?)
    }
}
