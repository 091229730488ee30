//! A sweep under way: proposes trials, trains them in groups, stores what
//! happens and decides what comes next. All decisions are made here, in one
//! task, from what the trials came to and never from when; that is what makes
//! a sweep come out the same whatever happens to its workers.

use super::finish;
use super::group::{GroupEnd, GroupTask, News};
use super::grouping::{self, Member};
use super::plan::Plan;
use super::trials::{Trials, trial_ref};
use crate::Engine;
use crate::jobs::active::{Stop, StopSignal};
use crate::jobs::training::{Halt, diverged, timed_out, worker_refused};
use retort_domain::protocol::{Frame, GroupRequest, Purpose, TrialRequest, TrialResult};
use retort_domain::{
    AppError, ErrorCode, JobId, Metric, Platform, Preparation, RunId, SweepSpec, TrainingConfig, Trial,
    TrialEpoch, TrialRef, TrialStage, TrialStatus,
};
use retort_store::{SweepChange, SweepState, TrialGroup, TrialRecord};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// What happens within so long is stored and told as one.
const COALESCE: Duration = Duration::from_millis(100);
/// Deaths of a worker under one trial alone after which the trial fails.
const MAX_DEATHS: u32 = 3;
/// Groups handed to the pool beyond those that train, so that no worker waits.
const GROUPS_AHEAD: usize = 2;
const NEWS_IN_FLIGHT: usize = 256;

/// A group that has not ended.
struct GroupWork {
    platform: Platform,
    /// All that it began with; what a checkpoint is for.
    members: Vec<TrialRef>,
    /// Deaths of its worker since an epoch.
    deaths: u32,
    is_active: bool,
}

/// Files that a sweep trains on, with what they hold.
pub(super) struct SweepData {
    /// What trials are trained and judged on: the split, or its folds.
    pub trials: (PathBuf, Preparation),
    /// The split, on which the winners are made into runs.
    pub split: (PathBuf, Preparation),
}

pub(super) struct Runner {
    pub engine: Engine,
    pub job_id: JobId,
    pub spec: SweepSpec,
    pub plan: Plan,
    pub objective: Metric,
    pub data: SweepData,
    /// Of everything that trials leave.
    pub folder: PathBuf,
    pub state: SweepState,
    pub trials: Trials,
    pub stop: StopSignal,
    groups: BTreeMap<u32, GroupWork>,
    ready: VecDeque<u32>,
    next_group: u32,
    changed: BTreeSet<(u32, Platform)>,
    epochs: Vec<(TrialRef, TrialEpoch)>,
    /// Files that are of no more use once what has changed is stored.
    spent: Vec<PathBuf>,
    is_touched: bool,
    failures_in_a_row: u32,
    last_failure: Option<AppError>,
    clock: Instant,
    sender: mpsc::Sender<(u32, News)>,
    news: mpsc::Receiver<(u32, News)>,
    tasks: JoinSet<()>,
}

impl Runner {
    #[expect(clippy::too_many_arguments, reason = "each is a thing of its own")]
    pub fn new(
        engine: Engine,
        job_id: JobId,
        spec: SweepSpec,
        plan: Plan,
        objective: Metric,
        data: SweepData,
        (state, trials): (SweepState, Trials),
        stop: StopSignal,
    ) -> Self {
        let folder = engine.inner.folders.sweep(&job_id);
        let (sender, news) = mpsc::channel(NEWS_IN_FLIGHT);
        let mut runner = Self {
            engine,
            job_id,
            spec,
            plan,
            objective,
            data,
            folder,
            state,
            trials,
            stop,
            groups: BTreeMap::new(),
            ready: VecDeque::new(),
            next_group: 1,
            changed: BTreeSet::new(),
            epochs: Vec::new(),
            spent: Vec::new(),
            is_touched: false,
            failures_in_a_row: 0,
            last_failure: None,
            clock: Instant::now(),
            sender,
            news,
            tasks: JoinSet::new(),
        };
        runner.plan.take_up(&runner.trials);
        runner.take_up_groups();
        runner
    }

    /// Groups that an earlier process, or a pause, left unfinished.
    fn take_up_groups(&mut self) {
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

    /// Trains until nothing is left to train.
    pub async fn run(mut self) -> Result<(), Halt> {
        tokio::fs::create_dir_all(&self.folder)
            .await
            .map_err(|error| Halt::Store(crate::runs::cannot_write(&self.folder, &error)))?;
        let mut stop = self.stop.clone();
        loop {
            self.decide();
            if let Err(halt) = self.store().await {
                return Err(self.give_up(halt).await);
            }
            self.start_groups();
            if self.groups.is_empty() {
                let missing = finish::without_weights(&self).await;
                if missing.is_empty() {
                    break;
                }
                missing.into_iter().for_each(|key| self.train_again(key));
                continue;
            }
            let first = tokio::select! {
                biased;
                reason = stop.raised() => return self.stop_groups(reason).await,
                news = self.news.recv() => news,
            };
            if let Err(halt) = self.take_in_for_a_while(first).await {
                return Err(self.give_up(halt).await);
            }
        }
        tokio::select! {
            biased;
            reason = stop.raised() => return Err(Halt::Stopped(reason)),
            made = finish::make_runs(&mut self) => made?,
        }
        finish::conclude(&mut self).await?;
        self.clear_files().await;
        Ok(())
    }

    /// A sweep that cannot go on: what has not ended is not going to.
    async fn give_up(&mut self, halt: Halt) -> Halt {
        if let Halt::Store(_) = &halt {
            self.stop.raise(Stop::Broken);
            self.cancel_open();
            if let Err(error) = self.store().await {
                tracing::warn!(?error, "the last of a sweep is not stored");
            }
        }
        halt
    }

    /// Proposes, lets go on or prunes, and groups, as far as what is known says.
    fn decide(&mut self) {
        loop {
            let judged = self.judge_rungs();
            let proposed = self.propose();
            let is_searched = self.trials.iter().all(|t| t.status.is_terminal());
            let repeated = if proposed == 0 && is_searched { finish::repeat_best(self) } else { Vec::new() };
            let n_repeated = repeated.len();
            for trial in repeated {
                self.add(trial);
            }
            self.group_loose();
            if judged + proposed + n_repeated == 0 {
                return;
            }
        }
    }

    fn propose(&mut self) -> usize {
        let proposals = self.plan.proposals(&self.trials);
        for (number, params, config) in &proposals {
            for platform in self.spec.platforms.clone() {
                self.add(new_trial(*number, platform, params.clone(), config));
            }
        }
        proposals.len()
    }

    fn add(&mut self, trial: Trial) {
        self.changed.insert((trial.number, trial.platform));
        self.trials.merge(vec![TrialRecord { trial, group: None, passed: 0 }]);
    }

    /// Of brackets whose trials all stand at a rung: who goes on.
    fn judge_rungs(&mut self) -> usize {
        let verdicts = self.plan.verdicts(&self.trials);
        for (key, goes_on) in &verdicts {
            let now = self.engine.now();
            let Some(record) = self.trials.get_mut(*key) else { continue };
            if *goes_on {
                record.trial.status = TrialStatus::Queued;
                record.group = None;
                record.passed = record.trial.epoch;
            } else {
                record.trial.status = TrialStatus::Pruned;
                record.trial.finished_at = Some(now);
            }
            self.changed.insert((key.number, key.platform));
        }
        verdicts.len()
    }

    /// Puts trials that wait and are in no group into groups.
    fn group_loose(&mut self) {
        let loose: Vec<(TrialRef, TrainingConfig, u32)> = self
            .trials
            .records()
            .iter()
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
            let Some(record) = self.trials.get_mut(key) else { continue };
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

    fn start_groups(&mut self) {
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
            prepared: self.data.trials.0.clone(),
            trials: trials.collect(),
            checkpoint: self.checkpoint(id),
            checkpoint_every_secs: self.engine.inner.checkpoint_every_secs,
            purpose: Purpose::Sweep { objective: self.objective, judged_epoch: self.spec.judged_epoch },
            teacher: None,
        }
    }

    fn state_file(&self, id: &RunId, epoch: u32) -> PathBuf {
        retort_trainer::train::state_file(&self.folder, id.as_str(), epoch)
    }

    fn checkpoint(&self, group: u32) -> PathBuf {
        self.folder.join(format!("group-{group}.checkpoint.safetensors"))
    }

    /// As workers and files name a trial.
    pub fn name(&self, trial: &Trial) -> RunId {
        RunId(format!("{}-{}", trial.number, trial.platform.key()))
    }

    async fn take_in_for_a_while(&mut self, first: Option<(u32, News)>) -> Result<(), Halt> {
        let until = Instant::now() + COALESCE;
        let mut next = first;
        while let Some((id, news)) = next {
            self.take_in(id, news)?;
            if self.news.is_empty() && self.is_worth_deciding() {
                break;
            }
            next = timeout_at(until, self.news.recv()).await.ok().flatten();
        }
        Ok(())
    }

    /// A worker may be waiting for what is decided next.
    fn is_worth_deciding(&self) -> bool {
        self.ready.is_empty() || self.groups.is_empty()
    }

    fn take_in(&mut self, id: u32, news: News) -> Result<(), Halt> {
        match news {
            News::Started => {
                let members = self.groups.get(&id).map(|g| g.members.clone()).unwrap_or_default();
                for key in members {
                    if let Some(record) = self.trials.get_mut(key)
                        && record.trial.status == TrialStatus::Queued
                    {
                        record.trial.status = TrialStatus::Running;
                        self.changed.insert((key.number, key.platform));
                    }
                }
                Ok(())
            }
            News::Frames(frames) => {
                for frame in frames {
                    self.take_in_frame(id, frame)?;
                }
                Ok(())
            }
            News::Ended(end) => self.end_group(id, end),
        }
    }

    fn take_in_frame(&mut self, group: u32, frame: Frame) -> Result<(), Halt> {
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
        let Some(record) = self.trials.get_mut(key) else { return };
        let trial = &mut record.trial;
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
        if is_better || judged == retort_domain::JudgedEpoch::Last {
            trial.objective = epoch.objective;
            trial.best_epoch = Some(epoch.epoch);
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
        let Some(record) = self.trials.get_mut(key) else { return };
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

    fn fail(&mut self, key: TrialRef, status: TrialStatus, error: AppError) -> Result<(), Halt> {
        let now = self.engine.now();
        let Some(record) = self.trials.get_mut(key) else { return Ok(()) };
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

    fn end_group(&mut self, id: u32, end: GroupEnd) -> Result<(), Halt> {
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
            self.forget_group(id);
            let (front, back) = open.split_at(open.len() / 2);
            for half in [front, back] {
                for key in half {
                    if let Some(record) = self.trials.get_mut(*key) {
                        // Each begins where its last group began.
                        record.trial.status = TrialStatus::Queued;
                        record.trial.epoch = record.group.map_or(0, |g| g.begins_after);
                    }
                }
                self.new_group_keeping(half.to_vec());
            }
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
            if let (Some(record), Some(before)) = (self.trials.get_mut(*key), before) {
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

    /// Lets the groups write their checkpoints and takes in their last words.
    async fn stop_groups(mut self, reason: Stop) -> Result<(), Halt> {
        if matches!(reason, Stop::LeaseLost | Stop::Broken) {
            return Err(Halt::Stopped(reason));
        }
        // Groups that none of the workers has taken yet end by themselves too.
        while self.groups.values().any(|group| group.is_active) {
            match self.news.recv().await {
                Some((id, news)) => self.take_in(id, news)?,
                None => break,
            }
        }
        // What trains no more waits.
        let running: Vec<TrialRef> =
            self.trials.iter().filter(|t| t.status == TrialStatus::Running).map(trial_ref).collect();
        for key in running {
            if let Some(record) = self.trials.get_mut(key) {
                record.trial.status = TrialStatus::Queued;
                self.changed.insert((key.number, key.platform));
            }
        }
        if reason == Stop::Cancel {
            self.cancel_open();
        }
        self.store().await?;
        if reason == Stop::Cancel {
            // The best so far is worth keeping, where it need not be trained.
            if self.spec.resampling.is_holdout() {
                finish::make_runs(&mut self).await?;
            }
            self.clear_files().await;
        }
        Err(Halt::Stopped(reason))
    }

    fn cancel_open(&mut self) {
        let now = self.engine.now();
        let open: Vec<TrialRef> =
            self.trials.iter().filter(|t| !t.status.is_terminal()).map(trial_ref).collect();
        for key in open {
            if let Some(record) = self.trials.get_mut(key) {
                record.trial.status = TrialStatus::Cancelled;
                record.trial.finished_at = Some(now);
                self.changed.insert((key.number, key.platform));
            }
        }
    }

    /// Stores what has changed since the last time, and tells of it.
    pub async fn store(&mut self) -> Result<(), Halt> {
        if self.changed.is_empty() && self.epochs.is_empty() && !self.is_touched {
            return Ok(());
        }
        self.is_touched = false;
        self.count_elapsed();
        let records = self
            .changed
            .iter()
            .filter_map(|&(number, platform)| self.trials.get(TrialRef { number, platform }).cloned());
        let change = SweepChange {
            trials: records.collect(),
            epochs: std::mem::take(&mut self.epochs),
            state: Some(self.state.clone()),
            counts: self.trials.counts(),
        };
        if let Err(error) = self.engine.record_sweep(&self.job_id, &change).await {
            self.epochs = change.epochs;
            return Err(error.into());
        }
        self.changed.clear();
        for file in self.spent.drain(..) {
            // One that stays costs room and nothing else.
            let _ = std::fs::remove_file(file);
        }
        Ok(())
    }

    /// Has the state stored the next time, though no trial has changed.
    pub fn touch(&mut self) {
        self.is_touched = true;
    }

    fn count_elapsed(&mut self) {
        self.state.elapsed_secs += self.clock.elapsed().as_secs_f64();
        self.clock = Instant::now();
    }

    /// A trial whose weights are gone is trained again, without a pause.
    pub fn train_again(&mut self, key: TrialRef) {
        self.begin_alone(key, None);
    }

    /// From the start, in a group of its own, past the rungs that it has passed.
    fn begin_alone(&mut self, key: TrialRef, pause_after: Option<u32>) {
        let Some(record) = self.trials.get_mut(key) else { return };
        record.trial.status = TrialStatus::Queued;
        record.trial.epoch = 0;
        let id = self.next_group;
        self.new_group(vec![key]);
        if let Some(record) = self.trials.get_mut(key) {
            record.group = Some(TrialGroup { id, pause_after, begins_after: 0 });
        }
    }

    /// Keeps the weights of the best, from which runs may yet be made.
    async fn clear_files(&self) {
        let higher = self.objective.higher_is_better();
        let mut kept = BTreeSet::new();
        for platform in Platform::ALL {
            for trial in self.trials.ranked(platform, higher).into_iter().take(finish::KEPT) {
                let name = self.name(trial);
                kept.insert(retort_trainer::train::weights_file(&self.folder, name.as_str()));
            }
        }
        let folder = self.folder.clone();
        let cleared = crate::blocking::blocking(move || {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                if !kept.contains(&entry.path()) {
                    let _ = std::fs::remove_file(entry.path());
                }
            }
            Ok::<(), AppError>(())
        });
        if let Err(error) = cleared.await {
            tracing::warn!(%error, "files of a sweep stay");
        }
    }
}

fn new_trial(
    number: u32,
    platform: Platform,
    params: BTreeMap<String, retort_domain::ParameterValue>,
    config: &TrainingConfig,
) -> Trial {
    Trial {
        number,
        platform,
        stage: TrialStage::Search,
        seed: config.seed,
        confirms: None,
        params,
        status: TrialStatus::Queued,
        epoch: 0,
        epochs: config.epochs,
        objective: None,
        objective_sd: None,
        best_epoch: None,
        metrics: Default::default(),
        train_seconds: 0.0,
        parameter_count: None,
        error: None,
        finished_at: None,
    }
}
