//! Judging trials that a person looks at: all metrics after each epoch, the best
//! epoch by validation loss, artefacts and test figures at the end. There are no
//! folds here: a run has one network.

use super::{End, TrainError, Training, diverged};
use crate::artifacts::{self, Describe};
use crate::checkpoint::TrialPosition;
use crate::evaluation::{self, Evaluation};
use crate::metrics::{self, Predictions};
use crate::prepared::Part;
use retort_domain::protocol::{Frame, TrialRequest};
use retort_domain::{EpochRecord, PartMetrics, TargetTransform, TrialOutcome};

impl Training<'_> {
    /// Judges all trials after their epoch, then moves on to the next.
    pub(super) fn evaluate_epoch(
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
        let n_rows = self.n_rows as f64;
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
                trial.members[0].best =
                    if on_validation.loss.is_some() { Some(self.group.weights(k)?) } else { None };
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
        let class_weights = self.trials[k].members[0].class_weights.as_deref();
        Ok(outputs.map(|outputs| Evaluation::of(target, outputs, part, class_weights)))
    }

    /// Final figures and artefacts of the trials that have trained enough.
    pub(super) fn finish_over(
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
        let last = match &self.trials[k].members[0].best {
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
        let TrialRequest { run_id, config, artifact_dir, .. } = trial.request;
        let TrialPosition { best_epoch, train_seconds, .. } = trial.position;
        let preparation = prepared.preparation();
        let describe = Describe { environment: &self.environment, model: self.spec, preparation };
        let description = describe.trial(run_id, config, self.epoch, best_epoch);
        let written = artifacts::write(self.group.as_mut(), k, &description, artifact_dir)?;
        artifacts::write_test_outputs(artifact_dir, self.spec, prepared, &evaluations[2].outputs)?;

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
            artifacts: written,
        };
        Ok(Some(Frame::Finished { run_id: run_id.clone(), outcome: Box::new(outcome) }))
    }
}
