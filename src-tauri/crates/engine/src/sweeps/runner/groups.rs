//! Which trials train together, from the request to what is done when a worker
//! dies or refuses.

use super::super::group::{GroupEnd, GroupTask};
use super::super::grouping::{self, Member};
use super::super::trials::trial_ref;
use super::{GroupWork, Runner};
use crate::jobs::training::{Halt, worker_refused};
use retort_domain::protocol::{GroupRequest, Purpose, TrialRequest};
use retort_domain::{
    AppError, ErrorCode, Platform, RunId, TrainingConfig, TrialRef, TrialStage, TrialStatus,
};
use retort_store::TrialGroup;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

/// Deaths of a worker under one trial alone after which the trial fails.
const MAX_DEATHS: u32 = 3;
/// Groups handed to the pool beyond those that train, so that no worker waits.
const GROUPS_AHEAD: usize = 2;

impl Runner {
    /// Groups that an earlier process, or a pause, left unfinished.
    pub(super) fn take_up_groups(&mut self) {
        let mut members: BTreeMap<u32, Vec<TrialRef>> = BTreeMap::new();
        let mut unfinished = BTreeSet::new();
        for record in self.trials.records() {
            let Some(group) = record.group else { continue };
            self.next_group = self.next_group.max(group.id + 1);
            members.entry(group.id).or_default().push(trial_ref(&record.trial));
            if matches!(record.trial.status, TrialStatus::Queued | TrialStatus::Running) {
                unfinished.insert(group.id);
            }
        }
        for id in unfinished {
            if let Some(members) = members.remove(&id)
                && let Some(first) = members.first()
            {
                let platform = first.platform;
                self.groups.insert(id, GroupWork { platform, members, deaths: 0, is_active: false });
                self.ready.push_back(id);
            }
        }
    }

    /// Puts trials that wait and are in no group into groups.
    pub(super) fn group_loose(&mut self) {
        let loose: Vec<(TrialRef, TrainingConfig, u32)> = self
            .trials
            .open()
            .filter(|r| r.trial.status == TrialStatus::Queued && r.group.is_none())
            .map(|r| (trial_ref(&r.trial), self.plan.config_of(&r.trial), r.trial.epoch))
            .collect();
        if loose.is_empty() {
            return;
        }
        let members: Vec<Member<'_>> =
            loose.iter().map(|(key, config, epoch)| Member { key: *key, config, epoch: *epoch }).collect();
        let (_, preparation) = &self.data.trials;
        let groups = grouping::groups(
            &members,
            preparation.n_features as usize,
            preparation.target.n_outputs(),
            self.spec.resampling.n_folds() as usize,
            self.engine.inner.max_group_size,
        );
        for members in groups {
            self.new_group(members);
        }
    }

    fn new_group(&mut self, members: Vec<TrialRef>) {
        let Some(&TrialRef { platform, .. }) = members.first() else { return };
        let id = self.next_group;
        self.next_group += 1;
        for &key in &members {
            let Some(mut record) = self.trials.get_mut(key) else { continue };
            let trial = &record.trial;
            let pause_after = match trial.stage {
                TrialStage::Search => {
                    self.plan.next_rung(trial.number, trial.epoch.max(record.passed), trial.epochs)
                }
                TrialStage::Confirmation => None,
            };
            record.group = Some(TrialGroup { id, pause_after, begins_after: trial.epoch });
            self.changed.insert((key.number, key.platform));
        }
        self.groups.insert(id, GroupWork { platform, members, deaths: 0, is_active: false });
        self.ready.push_back(id);
    }

    pub(super) fn start_groups(&mut self) {
        let mut active: BTreeMap<Platform, usize> = BTreeMap::new();
        for group in self.groups.values().filter(|g| g.is_active) {
            *active.entry(group.platform).or_default() += 1;
        }
        let most = self.engine.inner.pool.n_workers() + GROUPS_AHEAD;
        let mut waiting = VecDeque::new();
        while let Some(id) = self.ready.pop_front() {
            let Some(group) = self.groups.get_mut(&id) else { continue };
            let n_active = active.entry(group.platform).or_default();
            if *n_active >= most {
                waiting.push_back(id);
                continue;
            }
            *n_active += 1;
            group.is_active = true;
            let platform = group.platform;
            let request = self.request(id);
            let task = GroupTask {
                engine: self.engine.clone(),
                id,
                platform,
                request,
                stop: self.stop.clone(),
                news: self.sender.clone(),
            };
            self.tasks.spawn(task.run());
        }
        self.ready = waiting;
        // Those that have ended are of no more interest.
        while self.tasks.try_join_next().is_some() {}
    }

    fn request(&self, id: u32) -> GroupRequest {
        let members = self.groups.get(&id).map(|g| g.members.as_slice()).unwrap_or_default();
        let trials = members.iter().filter_map(|&key| {
            let record = self.trials.get(key)?;
            let group = record.group?;
            let run_id = self.name(&record.trial);
            let continue_from =
                (group.begins_after > 0).then(|| self.state_file(&run_id, group.begins_after));
            Some(TrialRequest {
                config: self.plan.config_of(&record.trial),
                artifact_dir: self.folder.clone(),
                continue_from,
                pause_after: group.pause_after,
                distillation: None,
                run_id,
            })
        });
        GroupRequest {
            teacher: None,
            prepared: self.data.trials.0.clone(),
            trials: trials.collect(),
            checkpoint: self.checkpoint(id),
            checkpoint_every_secs: self.engine.inner.checkpoint_every_secs,
            purpose: Purpose::Sweep { objective: self.objective, judged_epoch: self.spec.judged_epoch },
        }
    }

    fn state_file(&self, id: &RunId, epoch: u32) -> PathBuf {
        retort_trainer::train::state_file(&self.folder, id.as_str(), epoch)
    }

    fn checkpoint(&self, group: u32) -> PathBuf {
        self.folder.join(format!("group-{group}.checkpoint.safetensors"))
    }

    pub(super) fn end_group(&mut self, id: u32, end: GroupEnd) -> Result<(), Halt> {
        let Some(group) = self.groups.get_mut(&id) else { return Ok(()) };
        group.is_active = false;
        let trials = &self.trials;
        let is_open = |key: &TrialRef| {
            trials.get(*key).is_some_and(|r| {
                r.group.is_some_and(|g| g.id == id)
                    && matches!(r.trial.status, TrialStatus::Queued | TrialStatus::Running)
            })
        };
        let open: Vec<TrialRef> = group.members.iter().copied().filter(is_open).collect();
        let (is_split, retry, error) = match end {
            GroupEnd::Stopped => return Ok(()),
            GroupEnd::Done => {
                let error = AppError::new(ErrorCode::Internal, "the worker ended the trial without a result")
                    .with_hint("Report it with the log");
                (false, false, error)
            }
            GroupEnd::Died(death) => {
                group.deaths += 1;
                let deaths = group.deaths;
                let message = format!("{} ({deaths} times in a row)", death.reason);
                let error = AppError::new(ErrorCode::WorkerFailed, message)
                    .with_hint("Try a smaller network or batch; if it stays, look at the log");
                let is_alone = open.len() == 1;
                (!is_alone && deaths >= 2, if is_alone { deaths < MAX_DEATHS } else { deaths < 2 }, error)
            }
            GroupEnd::TooLarge(message) => {
                let error = AppError::new(ErrorCode::LimitReached, message)
                    .with_hint("Try a smaller batch_size, smaller hidden_layers or fewer columns");
                (open.len() > 1, false, error)
            }
            GroupEnd::Refused(message) => {
                let error = worker_refused(&message);
                if error.code == ErrorCode::Storage {
                    return Err(Halt::Store(error));
                }
                (open.len() > 1, false, error)
            }
            GroupEnd::Unusable(error) => return Err(Halt::Store(error)),
        };
        if open.is_empty() {
            self.forget_group(id);
        } else if retry {
            self.ready.push_front(id);
        } else if is_split {
            let (front, back) = open.split_at(open.len() / 2);
            for half in [front, back] {
                for key in half {
                    if let Some(mut record) = self.trials.get_mut(*key) {
                        // Each begins where its last group began.
                        record.trial.status = TrialStatus::Queued;
                        record.trial.epoch = record.group.map_or(0, |g| g.begins_after);
                    }
                }
                self.new_group_keeping(half.to_vec());
            }
            // After its halves have taken over the states that they begin with.
            self.forget_group(id);
        } else {
            self.forget_group(id);
            for key in open {
                self.fail(key, TrialStatus::Failed, error.clone())?;
            }
        }
        if self.failures_in_a_row >= self.spec.failure_cap {
            let last = self.last_failure.take().unwrap_or(error);
            let message = format!(
                "{} trials failed in a row, the last because {}",
                self.failures_in_a_row, last.message
            );
            let hint = last.hint.unwrap_or_else(|| "Look at the trials that failed".into());
            return Err(Halt::Store(AppError::new(last.code, message).with_hint(hint)));
        }
        Ok(())
    }

    /// Half of a group: it begins where the whole began.
    fn new_group_keeping(&mut self, members: Vec<TrialRef>) {
        let before: Vec<Option<TrialGroup>> =
            members.iter().map(|key| self.trials.get(*key).and_then(|r| r.group)).collect();
        let id = self.next_group;
        self.new_group(members.clone());
        for (key, before) in members.iter().zip(before) {
            if let (Some(mut record), Some(before)) = (self.trials.get_mut(*key), before) {
                record.group = Some(TrialGroup { id, ..before });
            }
        }
    }

    fn forget_group(&mut self, id: u32) {
        let Some(group) = self.groups.remove(&id) else { return };
        self.spent.push(self.checkpoint(id));
        for key in group.members {
            let Some(record) = self.trials.get(key) else { continue };
            if let Some(begun_after) = record.group.filter(|g| g.id == id).map(|g| g.begins_after)
                && begun_after > 0
            {
                self.spent.push(self.state_file(&self.name(&record.trial), begun_after));
            }
        }
    }

    /// A trial whose weights are gone is trained again, without a pause.
    pub(in crate::sweeps) fn train_again(&mut self, key: TrialRef) {
        self.begin_alone(key, None);
    }

    /// From the start, in a group of its own, past the rungs that it has passed.
    pub(super) fn begin_alone(&mut self, key: TrialRef, pause_after: Option<u32>) {
        let Some(mut record) = self.trials.get_mut(key) else { return };
        record.trial.status = TrialStatus::Queued;
        record.trial.epoch = 0;
        drop(record);
        let id = self.next_group;
        self.new_group(vec![key]);
        if let Some(mut record) = self.trials.get_mut(key) {
            record.group = Some(TrialGroup { id, pause_after, begins_after: 0 });
        }
    }
}
