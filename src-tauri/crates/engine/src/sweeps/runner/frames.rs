//! What a worker's frames mean for the trials of a sweep.

use super::Runner;
use crate::jobs::training::{Halt, diverged, timed_out};
use retort_domain::protocol::{Frame, TrialResult};
use retort_domain::{AppError, JudgedEpoch, Platform, RunId, TrialEpoch, TrialRef, TrialStatus};
use retort_store::TrialRecord;

impl Runner {
    pub(super) fn take_in_frame(&mut self, group: u32, frame: Frame) -> Result<(), Halt> {
        match frame {
            Frame::Epochs { records } => {
                for (id, epoch) in records {
                    self.note_epoch(group, &id, epoch);
                }
            }
            Frame::TrialEnded { run_id, result } => {
                self.note_result(group, &run_id, result, TrialStatus::Succeeded);
            }
            Frame::TrialPaused { run_id, result } => {
                self.note_result(group, &run_id, result, TrialStatus::Waiting);
            }
            Frame::Diverged { run_id, message, .. } => {
                self.note_failure(group, &run_id, TrialStatus::Diverged, diverged(&message))?;
            }
            Frame::TimedOut { run_id, epoch } => {
                let limit = self.spec.config.time_limit_secs.unwrap_or_default();
                self.note_failure(group, &run_id, TrialStatus::Failed, timed_out(limit, epoch))?;
            }
            // Its epochs so far are trained again, to the same end.
            Frame::StateLost { run_id } => {
                if let Some(key) = self.open_in(group, &run_id) {
                    if let Some(group) = self.groups.get_mut(&group) {
                        group.members.retain(|member| *member != key);
                    }
                    let pause_after = self.trials.get(key).and_then(|r| r.group?.pause_after);
                    self.begin_alone(key, pause_after);
                }
            }
            Frame::Checkpointed { .. } => {}
            Frame::Epoch { .. }
            | Frame::Finished { .. }
            | Frame::Ready { .. }
            | Frame::SelfTestPassed { .. }
            | Frame::Measured { .. }
            | Frame::Failed { .. }
            | Frame::GroupDone { .. }
            | Frame::Predicted { .. } => tracing::warn!(?frame, "an unexpected frame"),
        }
        Ok(())
    }

    fn key_of(&self, id: &RunId) -> Option<TrialRef> {
        let (number, platform) = id.as_str().split_once('-')?;
        let platform = Platform::ALL.into_iter().find(|p| p.key() == platform)?;
        Some(TrialRef { number: number.parse().ok()?, platform })
    }

    /// The trial that a frame of a group is about, if that group trains it: one
    /// that began again tells also of trials that have ended, or that have gone
    /// on in another group since.
    fn open_in(&self, group: u32, id: &RunId) -> Option<TrialRef> {
        let key = self.key_of(id)?;
        let record = self.trials.get(key)?;
        let is_open = record.group.is_some_and(|g| g.id == group)
            && matches!(record.trial.status, TrialStatus::Queued | TrialStatus::Running);
        is_open.then_some(key)
    }

    fn note_epoch(&mut self, group: u32, id: &RunId, epoch: TrialEpoch) {
        let higher = self.objective.higher_is_better();
        let judged = self.spec.judged_epoch;
        let Some(key) = self.open_in(group, id) else { return };
        let Some(mut record) = self.trials.get_mut(key) else { return };
        let TrialRecord { trial, at_rungs, .. } = &mut *record;
        // A resumed group tells again what is known.
        if epoch.epoch <= trial.epoch {
            return;
        }
        trial.epoch = epoch.epoch;
        let is_better = match (epoch.objective, trial.objective) {
            (Some(now), Some(best)) if higher => now > best,
            (Some(now), Some(best)) => now < best,
            (now, best) => now.is_some() && best.is_none(),
        };
        if is_better || judged == JudgedEpoch::Last {
            trial.objective = epoch.objective;
            trial.best_epoch = Some(epoch.epoch);
        }
        let is_rung = self.plan.next_rung(trial.number, epoch.epoch - 1, trial.epochs) == Some(epoch.epoch);
        if let Some(objective) = trial.objective.filter(|_| is_rung) {
            at_rungs.retain(|(rung, _)| *rung != epoch.epoch);
            at_rungs.push((epoch.epoch, objective));
        }
        self.epochs.push((key, epoch));
        self.changed.insert((key.number, key.platform));
        if let Some(group) = self.groups.get_mut(&group) {
            group.deaths = 0;
        }
    }

    fn note_result(&mut self, group: u32, id: &RunId, result: TrialResult, status: TrialStatus) {
        let now = self.engine.now();
        let Some(key) = self.open_in(group, id) else { return };
        let Some(mut record) = self.trials.get_mut(key) else { return };
        let trial = &mut record.trial;
        trial.status = status;
        trial.epoch = result.epochs_run;
        trial.objective = result.objective;
        trial.objective_sd = result.objective_sd;
        trial.best_epoch = Some(result.best_epoch);
        trial.metrics = result.metrics;
        trial.train_seconds = result.train_seconds;
        trial.parameter_count = Some(result.parameter_count);
        if status.is_terminal() {
            trial.finished_at = Some(now);
            self.failures_in_a_row = 0;
        }
        self.changed.insert((key.number, key.platform));
    }

    fn note_failure(
        &mut self,
        group: u32,
        id: &RunId,
        status: TrialStatus,
        error: AppError,
    ) -> Result<(), Halt> {
        match self.open_in(group, id) {
            Some(key) => self.fail(key, status, error),
            None => Ok(()),
        }
    }

    pub(super) fn fail(&mut self, key: TrialRef, status: TrialStatus, error: AppError) -> Result<(), Halt> {
        let now = self.engine.now();
        let Some(mut record) = self.trials.get_mut(key) else { return Ok(()) };
        if record.trial.status.is_terminal() {
            return Ok(());
        }
        record.trial.status = status;
        record.trial.error = Some(error.clone());
        record.trial.finished_at = Some(now);
        self.changed.insert((key.number, key.platform));
        if status == TrialStatus::Failed {
            self.failures_in_a_row += 1;
            self.last_failure = Some(error);
        }
        Ok(())
    }
}
