//! Judging trials of a sweep: by one objective on validation rows. Test rows
//! are left alone; only weights are left behind, or the state to go on from.

use super::{End, TrainError, Training, Trial, diverged};
use crate::checkpoint::{self, Checkpoint, CheckpointError, Position};
use crate::evaluation;
use crate::metrics::{self, Predictions};
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

impl Judge {
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

/// The file from which a paused trial goes on.
pub fn state_file(folder: &Path, trial: &str) -> PathBuf {
    folder.join(format!("{trial}.state.safetensors"))
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

impl Training<'_> {
    /// Judges all trials after their epoch, then moves on to the next.
    pub(super) fn judge_epoch(
        &mut self,
        judge: Judge,
        sink: &mut dyn FnMut(Frame),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<End, TrainError> {
        let validation = self.prepared.validation();
        let group = self.group.as_mut();
        let outputs =
            evaluation::outputs_of_all(group, self.spec, validation.x, validation.n_rows, cancelled)?;
        let Some(outputs) = outputs else { return Ok(End::Cancelled) };

        let target = &self.prepared.preparation().target;
        let epoch = self.epoch + 1;
        let last_step = u64::from(epoch) * self.steps_per_epoch - 1;
        let n_rows = self.n_rows as f64;
        let mut ends = Vec::with_capacity(self.trials.len());
        let mut told = Vec::with_capacity(self.trials.len());
        for (k, outputs) in outputs.iter().enumerate() {
            let trial = &mut self.trials[k];
            let predictions = Predictions { outputs, y: validation.y };
            let loss = metrics::loss(target, predictions, trial.class_weights.as_deref());
            if !outputs.iter().all(|v| v.is_finite()) || !loss.is_none_or(f64::is_finite) {
                ends.push(Some(diverged(trial, epoch, self.steps_per_epoch, f32::NAN)));
                continue;
            }
            ends.push(None);
            // Without class weights the loss is the log loss already.
            let objective = match (judge.objective, &trial.class_weights) {
                (Metric::LogLoss, None) => loss,
                (metric, _) => metrics::metric(target, predictions, metric),
            };
            let record = EpochRecord {
                epoch,
                learning_rate: trial.rates.at(last_step),
                train_loss: trial.position.loss_sum / n_rows,
                validation_loss: loss,
                train_metrics: MetricSet::new(),
                validation_metrics: objective.map(|value| (judge.objective, value)).into_iter().collect(),
                train_seconds: trial.position.train_seconds,
            };
            if judge.is_better(objective, trial.best_objective(judge)) || trial.position.best_epoch == 0 {
                trial.position.best_epoch = epoch;
                trial.best = match judge.judged_epoch {
                    JudgedEpoch::Best => Some(self.group.weights(k)?),
                    JudgedEpoch::Last => None,
                };
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
            for k in (0..frames.len()).filter(|&k| is_over[k]) {
                if let Some(best) = self.trials[k].best.take()
                    && self.trials[k].position.best_epoch != self.epoch
                {
                    self.group.set_weights(k, &best)?;
                }
            }
            let validation = self.prepared.validation();
            let group = self.group.as_mut();
            // Not to be stopped: weights have been exchanged, and it is short.
            let outputs =
                evaluation::outputs_of_all(group, self.spec, validation.x, validation.n_rows, &|| false)?
                    .unwrap_or_default();
            for k in (0..frames.len()).filter(|&k| is_over[k]) {
                frames[k] = Some(self.end(k, judge, &outputs[k])?);
            }
        }
        self.end_trials(frames, sink)
    }

    fn end(&mut self, k: usize, judge: Judge, outputs: &[f32]) -> Result<Frame, TrainError> {
        let trial = &self.trials[k];
        let predictions = Predictions { outputs, y: self.prepared.validation().y };
        if !outputs.iter().all(|v| v.is_finite()) {
            return Ok(diverged(trial, self.epoch, self.steps_per_epoch, f32::NAN));
        }
        let TrialRequest { run_id, artifact_dir, .. } = trial.request;
        let result = TrialResult {
            metrics: metrics::metrics(&self.prepared.preparation().target, predictions),
            ..self.result(trial, judge)
        };
        let path = weights_file(artifact_dir, run_id.as_str());
        tensors::write_with(&path, &self.group.weights(k)?, None, Durability::Quick)?;
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
            trials: vec![position],
            ended: Vec::new(),
        };
        let path = state_file(artifact_dir, run_id.as_str());
        let checkpoint = Checkpoint { position, tensors: vec![tensors] };
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
