//! A sweep under way: proposes trials, trains them in groups, stores what
//! happens and decides what comes next. All decisions are made here, in one
//! task, from what the trials came to and never from when; that is what makes
//! a sweep come out the same whatever happens to its workers.

mod frames;
mod groups;

use super::finish;
use super::group::News;
use super::plan::Plan;
use super::trials::{Trials, trial_ref};
use crate::Engine;
use crate::jobs::active::{Stop, StopSignal};
use crate::jobs::training::Halt;
use retort_domain::{
    AppError, JobId, Metric, Platform, Preparation, RunId, SweepSpec, TrainingConfig, Trial, TrialEpoch,
    TrialRef, TrialStage, TrialStatus,
};
use retort_store::{SweepChange, SweepState, TrialRecord};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// What happens within so long is stored and told as one.
const COALESCE: Duration = Duration::from_millis(100);
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

    /// Trains until nothing is left to train.
    pub async fn run(mut self) -> Result<(), Halt> {
        tokio::fs::create_dir_all(&self.folder)
            .await
            .map_err(|error| Halt::Store(crate::runs::cannot_write(&self.folder, &error)))?;
        let mut stop = self.stop.clone();
        loop {
            self.decide();
            // Workers train while it is stored. A process that dies in between
            // decides the same again, and takes up what the groups have left.
            self.start_groups();
            if let Err(halt) = self.store().await {
                return Err(self.give_up(halt).await);
            }
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
            let is_searched = self.trials.open().next().is_none();
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
        self.trials.merge(vec![TrialRecord::new(trial)]);
    }

    /// Of brackets whose trials all stand at a rung: who goes on.
    fn judge_rungs(&mut self) -> usize {
        let verdicts = self.plan.verdicts(&self.trials);
        for (key, goes_on) in &verdicts {
            let now = self.engine.now();
            let Some(mut record) = self.trials.get_mut(*key) else { continue };
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

    /// As workers and files name a trial.
    pub fn name(&self, trial: &Trial) -> RunId {
        RunId(format!("{}-{}", trial.number, trial.platform.key()))
    }

    async fn take_in_for_a_while(&mut self, first: Option<(u32, News)>) -> Result<(), Halt> {
        let until = Instant::now() + COALESCE;
        let mut next = first;
        while let Some((id, news)) = next {
            let has_ended = matches!(news, News::Ended(_));
            self.take_in(id, news)?;
            if has_ended {
                // A worker is free, and need not wait until all this is stored.
                self.start_groups();
            }
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
                    if let Some(mut record) = self.trials.get_mut(key)
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
        let running: Vec<TrialRef> = self
            .trials
            .open()
            .map(|r| &r.trial)
            .filter(|t| t.status == TrialStatus::Running)
            .map(trial_ref)
            .collect();
        for key in running {
            if let Some(mut record) = self.trials.get_mut(key) {
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
        let open: Vec<TrialRef> = self.trials.open().map(|r| trial_ref(&r.trial)).collect();
        for key in open {
            if let Some(mut record) = self.trials.get_mut(key) {
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

pub(super) fn new_trial(
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
