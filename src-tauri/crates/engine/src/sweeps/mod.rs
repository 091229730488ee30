//! Sweeps, as window and command line reach them.

mod finish;
pub(crate) mod group;
mod grouping;
mod plan;
mod runner;
mod speeds;
mod trials;
mod view;

pub(crate) use grouping::MAX_GROUP_SIZE;

use crate::blocking::blocking;
use crate::jobs::active::{Stop, StopSignal};
use crate::jobs::training::Halt;
use crate::{Engine, not_found};
use plan::Plan;
use retort_domain::{
    AppError, BestTrial, ErrorCode, JobId, JobSpec, JobStatus, Metric, ParameterImportance, ParameterValue,
    Platform, Preparation, PreparationSpec, PrunerKind, Resampling, RunId, SweepPlan, SweepSnapshot,
    SweepSpec, Task, Trial, TrialColumns, TrialColumnsQuery, TrialCurve, TrialFilter, TrialPage, TrialQuery,
    TrialRef, TrialStage, TrialStatus, TrialsFormat,
};
use retort_search::Space;
use retort_search::importance::{self, ImportanceColumn, ImportanceKind};
use retort_store::{StoreError, SweepChange, SweepState};
use runner::{Runner, SweepData};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use trials::Trials;

/// Sweeps whose trials are kept in memory between two questions.
const CACHED_SWEEPS: usize = 4;
/// Curves that are answered at once.
const MAX_CURVES: usize = 500;
/// Over which the pace is told.
const PACE_MILLIS: f64 = 60_000.0;
const LIST_HINT: &str = "Look at the list of jobs";

/// Trials as of an event.
#[derive(Debug, Default)]
struct Known {
    trials: Trials,
    last_seq: u32,
}

/// Trials of the sweeps that were asked for last.
#[derive(Debug, Default)]
pub(crate) struct SweepCache {
    known: Mutex<Vec<(JobId, Arc<tokio::sync::Mutex<Known>>)>>,
}

impl SweepCache {
    fn of(&self, id: &JobId) -> Arc<tokio::sync::Mutex<Known>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().position(|(job, _)| job == id).map(|place| known.remove(place));
        let entry = found.unwrap_or_else(|| (id.clone(), Arc::default()));
        let trials = Arc::clone(&entry.1);
        known.push(entry);
        if known.len() > CACHED_SWEEPS {
            known.remove(0);
        }
        trials
    }
}

impl Engine {
    /// What a sweep would hold, before it is started; every mistake that can be
    /// known then is an error.
    pub async fn sweeps_plan(&self, spec: &SweepSpec) -> Result<SweepPlan, AppError> {
        let objective = self.checked_sweep(spec).await?;
        let plan = Plan::new(spec, 0, objective.is_some_and(Metric::higher_is_better))?;
        let n_platforms = spec.platforms.len() as u32;
        let repeated = spec.confirmation.map_or(0, |c| c.top.min(plan.n_configurations()) * c.seeds);
        let n_trials = (plan.n_configurations() + repeated) * n_platforms;
        Ok(SweepPlan {
            n_combinations: plan.space().n_combinations(),
            n_trials,
            estimated_secs: self.estimate(spec, plan.space(), n_trials).await?,
            swept: plan.space().swept().to_vec(),
        })
    }

    /// By the pace of the newest sweep on the same table, else of its newest
    /// run; none where there is neither.
    async fn estimate(
        &self,
        spec: &SweepSpec,
        space: &Space,
        n_trials: u32,
    ) -> Result<Option<f64>, AppError> {
        // Where trials are stopped early, about a third of the epochs is left.
        let share = match spec.pruner {
            PrunerKind::None => 1.0,
            PrunerKind::Halving | PrunerKind::Hyperband => 0.35,
            PrunerKind::Median => 0.6,
        };
        let n_folds = f64::from(spec.resampling.n_folds());
        let epochs = f64::from(n_trials) * n_folds * f64::from(space.max_epochs()) * share;
        for job in self.store().jobs().await? {
            if job.spec.dataset() != &spec.dataset || !job.status.is_terminal() {
                continue;
            }
            match &job.spec {
                JobSpec::Sweep(earlier) => {
                    let state = self.store().sweep_state(&job.id).await?;
                    let known = self.known_trials(&job.id).await?;
                    let known = known.lock().await;
                    let trained: f64 = known.trials.iter().map(|t| f64::from(t.epoch)).sum();
                    if trained > 0.0 && state.elapsed_secs > 0.0 {
                        let trained = trained * f64::from(earlier.resampling.n_folds());
                        return Ok(Some(epochs * state.elapsed_secs / trained));
                    }
                }
                JobSpec::Train(_) | JobSpec::Distil(_) => {
                    let Some((_, runs)) = self.store().job_with_runs(&job.id).await? else { continue };
                    let outcomes = runs.iter().filter_map(|run| run.outcome.as_ref());
                    let (seconds, trained) = outcomes.fold((0.0, 0.0), |(seconds, epochs), outcome| {
                        (seconds + outcome.train_seconds, epochs + f64::from(outcome.epochs_run))
                    });
                    if trained > 0.0 {
                        let n_workers = self.inner.pool.n_workers() as f64;
                        return Ok(Some(epochs * seconds / trained / n_workers));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The objective, where it is known before the data is looked at.
    pub(crate) async fn checked_sweep(&self, spec: &SweepSpec) -> Result<Option<Metric>, AppError> {
        let refuse = |message: String, hint: &str| {
            Err(AppError::new(ErrorCode::InvalidConfig, message).with_hint(hint))
        };
        if !(1..=retort_domain::MAX_TRIALS).contains(&spec.n_trials) {
            return refuse(
                format!("n_trials is {}; it must be 1 to {}", spec.n_trials, retort_domain::MAX_TRIALS),
                "Set the number of trials",
            );
        }
        spec.config.validate()?;
        match spec.resampling {
            Resampling::KFold { .. } => {}
            Resampling::Holdout | Resampling::RepeatedHoldout { .. } => {
                if spec.config.validation_fraction <= 0.0 {
                    return refuse(
                        "a sweep is judged on validation rows, and validation_fraction is 0".into(),
                        "Set validation_fraction above 0, or judge by folds",
                    );
                }
            }
        }
        let n_folds = spec.resampling.n_folds();
        if !spec.resampling.is_holdout() && !Resampling::BOUNDS.contains(&n_folds) {
            let (least, most) = (Resampling::BOUNDS.start(), Resampling::BOUNDS.end());
            return refuse(
                format!("each trial is to be judged {n_folds} times; it must be {least} to {most}"),
                "Choose 5 folds, or judge on one holdout",
            );
        }
        if spec.failure_cap == 0 {
            return refuse("failure_cap is 0; it must be at least 1".into(), "Leave it at 20");
        }
        if let Some(confirmation) = spec.confirmation
            && (!(1..=50).contains(&confirmation.top) || !(2..=50).contains(&confirmation.seeds))
        {
            return refuse(
                format!(
                    "the best {} are to be repeated with {} seeds; 1 to 50 can be, with 2 to 50 seeds",
                    confirmation.top, confirmation.seeds
                ),
                "Repeat the best 3 with 5 seeds",
            );
        }
        let dataset = self.datasets_get(&spec.dataset).await?;
        let space = Space::new(&spec.space, &spec.config).map_err(|e| plan::space_error(&e))?;
        if spec.sampler == retort_domain::SamplerKind::Grid {
            space.grid_len().map_err(|e| plan::space_error(&e))?;
        }
        let likely_task = spec.config.task.or_else(|| dataset.suggested_task(&spec.target));
        match (spec.objective, likely_task) {
            (Some(metric), Some(task)) => {
                check_objective(metric, task)?;
                Ok(Some(metric))
            }
            (objective, _) => Ok(objective),
        }
    }

    /// A sweep at a glance.
    pub async fn sweeps_get(&self, id: &JobId) -> Result<SweepSnapshot, AppError> {
        let (job, spec) = self.sweep_spec(id).await?;
        let state = self.store().sweep_state(id).await?;
        let known = self.known_trials(id).await?;
        let known = known.lock().await;
        let trials = &known.trials;
        let objective = self.objective_of(&spec, trials).await;
        let plan = Plan::new(&spec, state.extended_by, objective.higher_is_better())?;
        let counts = trials.counts();
        let n_searched = plan.n_configurations() * spec.platforms.len() as u32;
        let n_repeated = trials.iter().filter(|t| t.stage == TrialStage::Confirmation).count() as u32;
        let planned = n_searched + n_repeated;
        let now = self.now();
        let ended_lately =
            trials.iter().filter(|t| t.finished_at.is_some_and(|at| now - at < PACE_MILLIS)).count() as f64;
        let is_running = job.status == JobStatus::Running;
        let window_secs = state.elapsed_secs.clamp(1.0, PACE_MILLIS / 1e3);
        let trials_per_minute = (is_running && ended_lately > 0.0).then(|| ended_lately * 60.0 / window_secs);
        let remaining = planned.saturating_sub(counts.ended());
        let remaining_secs = if remaining == 0 || !is_running {
            None
        } else if counts.ended() > 0 && state.elapsed_secs > 0.0 {
            Some(f64::from(remaining) * state.elapsed_secs / f64::from(counts.ended()))
        } else {
            None
        };
        let mut best = Vec::new();
        for &platform in &spec.platforms {
            best.extend(best_of(trials, &state, platform, objective.higher_is_better()));
        }
        Ok(SweepSnapshot {
            job_id: id.clone(),
            objective,
            planned,
            counts,
            elapsed_secs: state.elapsed_secs,
            remaining_secs,
            trials_per_minute,
            best,
            comparison: state.comparison.clone(),
            swept: plan.space().swept().to_vec(),
        })
    }

    /// Some trials of a sweep, sorted and filtered.
    pub async fn sweeps_trials(&self, id: &JobId, query: TrialQuery) -> Result<TrialPage, AppError> {
        self.with_trials(id, move |trials| Ok(view::page(trials, &query))).await
    }

    /// What charts draw.
    pub async fn sweeps_columns(
        &self,
        id: &JobId,
        query: TrialColumnsQuery,
    ) -> Result<TrialColumns, AppError> {
        let TrialColumnsQuery { filter, cost, with_parameters } = query;
        let (_, spec) = self.sweep_spec(id).await?;
        let swept = if with_parameters { swept_of(&spec)? } else { Vec::new() };
        let higher = self.objective_of_job(id, &spec).await?.higher_is_better();
        let latencies = self.latencies(id).await?;
        self.with_trials(id, move |trials| {
            Ok(view::columns(trials, &filter, &swept, &latencies, view::Front { higher, cost }))
        })
        .await
    }

    /// Epochs of some trials; at most 500 trials.
    pub async fn sweeps_curves(&self, id: &JobId, of: Vec<TrialRef>) -> Result<Vec<TrialCurve>, AppError> {
        let known = self.known_trials(id).await?;
        let known = known.lock().await;
        let mut curves = Vec::new();
        for trial in of.into_iter().take(MAX_CURVES) {
            let Some(record) = known.trials.get(trial) else { continue };
            let epochs = self.store().trial_epochs(id, trial.number, trial.platform).await?;
            curves.push(TrialCurve { trial, status: record.trial.status, epochs });
        }
        Ok(curves)
    }

    /// How much each parameter matters, by trials that were trained to the end.
    pub async fn sweeps_importance(
        &self,
        id: &JobId,
        platform: Option<Platform>,
    ) -> Result<Vec<ParameterImportance>, AppError> {
        let (_, spec) = self.sweep_spec(id).await?;
        let swept = swept_of(&spec)?;
        let higher = self.objective_of_job(id, &spec).await?.higher_is_better();
        self.with_trials(id, move |trials| {
            let of_platform = view::of_platform(platform);
            let judged: Vec<(&Trial, f64)> = trials
                .iter()
                .filter(|t| t.status == TrialStatus::Succeeded && t.stage == TrialStage::Search)
                .filter(of_platform)
                .filter_map(|t| Some((t, t.objective.filter(|v| v.is_finite())?)))
                .collect();
            let objective: Vec<f64> =
                judged.iter().map(|(_, value)| if higher { -value } else { *value }).collect();
            let columns: Vec<ImportanceColumn> =
                swept.iter().map(|name| importance_column(name, &judged, &spec)).collect();
            Ok(importance::importance(&columns, &objective))
        })
        .await
    }

    /// Writes the trials that pass a filter to a new file.
    pub async fn sweeps_export(
        &self,
        id: &JobId,
        filter: TrialFilter,
        format: TrialsFormat,
        path: PathBuf,
    ) -> Result<(), AppError> {
        let (_, spec) = self.sweep_spec(id).await?;
        let (swept, job) = (swept_of(&spec)?, id.clone());
        let text =
            self.with_trials(id, move |trials| view::export(trials, &job, &filter, &swept, format)).await?;
        blocking(move || crate::reports::write_whole(&path, &text)).await
    }

    /// Adds configurations to a sweep that has ended or is paused, and goes on
    /// with it.
    pub async fn sweeps_extend(&self, id: &JobId, more: u32) -> Result<(), AppError> {
        let (_, spec) = self.resting_sweep(id).await?;
        let mut state = self.store().sweep_state(id).await?;
        let total = spec.n_trials.saturating_add(state.extended_by).saturating_add(more);
        if more == 0 || total > retort_domain::MAX_TRIALS {
            return Err(AppError::new(
                ErrorCode::InvalidConfig,
                format!(
                    "{more} more trials would make {total}; at most {} can be",
                    retort_domain::MAX_TRIALS
                ),
            )
            .with_hint("Choose another number of trials"));
        }
        state.extended_by += more;
        self.store().set_sweep_state(id, &state).await?;
        self.reopen(id, &[TrialStatus::Cancelled], &[]).await
    }

    /// Puts trials of a sweep that has ended or is paused back into the queue:
    /// those named, or all that failed.
    pub async fn sweeps_retry(&self, id: &JobId, of: Vec<TrialRef>) -> Result<(), AppError> {
        self.resting_sweep(id).await?;
        if of.is_empty() {
            self.reopen(id, &[TrialStatus::Failed, TrialStatus::Cancelled], &[]).await
        } else {
            self.reopen(id, &[], &of).await
        }
    }

    /// Pauses a sweep, whichever process runs it, and answers once it rests.
    pub async fn jobs_pause(&self, id: &JobId) -> Result<(), AppError> {
        let (job, _) = self.sweep_spec(id).await?;
        if job.status.is_terminal() {
            return Err(AppError::new(ErrorCode::Conflict, format!("job {id} has ended already"))
                .with_hint("There is nothing to pause"));
        }
        if let Some(active) = self.active_job(id) {
            active.stop(Stop::Pause);
            let _ = tokio::time::timeout(crate::jobs::CANCEL_PATIENCE, active.ended()).await;
            return Ok(());
        }
        if job.status != JobStatus::Paused {
            self.store().request_pause(id).await?;
        }
        Ok(())
    }

    /// A sweep's job and what was asked for.
    async fn sweep_spec(&self, id: &JobId) -> Result<(retort_domain::Job, SweepSpec), AppError> {
        let job = self.store().job(id).await?.ok_or_else(|| not_found("job", id.as_str(), LIST_HINT))?;
        match job.spec.clone() {
            JobSpec::Sweep(spec) => Ok((job, spec)),
            JobSpec::Train(_) | JobSpec::Distil(_) => {
                Err(AppError::new(ErrorCode::Conflict, format!("job {id} is no sweep"))
                    .with_hint("Choose a sweep"))
            }
        }
    }

    async fn resting_sweep(&self, id: &JobId) -> Result<(retort_domain::Job, SweepSpec), AppError> {
        let (job, spec) = self.sweep_spec(id).await?;
        if job.status.is_terminal() || job.status == JobStatus::Paused {
            return Ok((job, spec));
        }
        Err(AppError::new(ErrorCode::Conflict, format!("sweep {id} is under way"))
            .with_hint("Pause it, or wait for its end"))
    }

    /// Queues a resting job again, and runs it here.
    async fn reopen(&self, id: &JobId, statuses: &[TrialStatus], of: &[TrialRef]) -> Result<(), AppError> {
        let event = {
            let _in_order = self.inner.telling.lock().await;
            let event = self.store().reopen_job(id, self.now()).await?;
            event.inspect(|event| self.tell(event.clone()))
        };
        if event.is_none() {
            return Err(AppError::new(ErrorCode::Conflict, format!("sweep {id} is under way"))
                .with_hint("Pause it, or wait for its end"));
        }
        let known = self.known_trials(id).await?;
        let change = {
            let mut known = known.lock().await;
            let again: Vec<_> = known
                .trials
                .records()
                .iter()
                .filter(|r| {
                    let key = TrialRef { number: r.trial.number, platform: r.trial.platform };
                    statuses.contains(&r.trial.status) || of.contains(&key)
                })
                .cloned()
                .map(|mut record| {
                    record.trial.status = TrialStatus::Queued;
                    record.trial.epoch = 0;
                    record.trial.error = None;
                    record.trial.finished_at = None;
                    record.trial.objective = None;
                    record.trial.objective_sd = None;
                    record.trial.best_epoch = None;
                    record.trial.metrics.clear();
                    record.group = None;
                    record
                })
                .collect();
            known.trials.merge(again.clone());
            SweepChange { trials: again, counts: known.trials.counts(), ..Default::default() }
        };
        if !change.trials.is_empty() {
            self.record_sweep(id, &change).await?;
        }
        let job = self.store().job(id).await?.ok_or_else(|| not_found("job", id.as_str(), LIST_HINT))?;
        self.begin(job, crate::jobs::task::Start::Fresh);
        Ok(())
    }

    /// Goes on with a paused sweep.
    pub(crate) async fn resume_paused(&self, id: &JobId) -> Result<(), AppError> {
        self.reopen(id, &[], &[]).await
    }

    /// What is known of a sweep's trials, brought up to date.
    async fn known_trials(&self, id: &JobId) -> Result<Arc<tokio::sync::Mutex<Known>>, AppError> {
        let known = self.inner.sweeps.of(id);
        {
            let mut known = known.lock().await;
            let (changed, last_seq) = self.store().trials_changed_after(id, known.last_seq).await?;
            known.trials.merge(changed);
            known.last_seq = last_seq;
        }
        Ok(known)
    }

    /// Works on a sweep's trials off the runtime's threads.
    async fn with_trials<T: Send + 'static>(
        &self,
        id: &JobId,
        work: impl FnOnce(&Trials) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        self.sweep_spec(id).await?;
        let known = self.known_trials(id).await?.lock_owned().await;
        blocking(move || work(&known.trials)).await
    }

    async fn objective_of_job(&self, id: &JobId, spec: &SweepSpec) -> Result<Metric, AppError> {
        let known = self.known_trials(id).await?;
        let known = known.lock().await;
        Ok(self.objective_of(spec, &known.trials).await)
    }

    /// The objective as asked for, else as the trials' metrics say, else as the
    /// target's kind suggests.
    async fn objective_of(&self, spec: &SweepSpec, trials: &Trials) -> Metric {
        if let Some(metric) = spec.objective {
            return metric;
        }
        let of_trials = trials.iter().find_map(|t| {
            [Metric::LogLoss, Metric::Rmse].into_iter().find(|metric| t.metrics.contains_key(metric))
        });
        if let Some(metric) = of_trials {
            return metric;
        }
        let dataset = self.datasets_get(&spec.dataset).await.ok();
        let task = spec.config.task.or_else(|| dataset.as_ref()?.suggested_task(&spec.target));
        default_objective(task.unwrap_or(Task::Classification))
    }

    pub(crate) async fn record_sweep(&self, id: &JobId, change: &SweepChange) -> Result<(), StoreError> {
        let _in_order = self.inner.telling.lock().await;
        let event = self.store().append_sweep_change(id, change, self.now()).await?;
        self.tell(event);
        Ok(())
    }
}

/// Trains a sweep to its end, or until it has to stop.
pub(crate) async fn run(
    engine: Engine,
    job_id: JobId,
    spec: SweepSpec,
    prepared: (PathBuf, Preparation),
    stop: StopSignal,
) -> Result<(), Halt> {
    let task = prepared.1.target.task();
    let objective = spec.objective.unwrap_or_else(|| default_objective(task));
    check_objective(objective, task).map_err(Halt::Store)?;
    let state = engine.store().sweep_state(&job_id).await?;
    let (records, _) = engine.store().trials_changed_after(&job_id, 0).await?;
    let mut trials = Trials::default();
    trials.merge(records);
    let plan = Plan::new(&spec, state.extended_by, objective.higher_is_better()).map_err(Halt::Store)?;
    let data = if spec.resampling.is_holdout() {
        SweepData { trials: prepared.clone(), split: prepared }
    } else {
        let resampled = PreparationSpec { resampling: spec.resampling, ..prepared.1.spec.clone() };
        let mut signal = stop.clone();
        let trials = tokio::select! {
            trials = engine.prepare(resampled) => trials.map_err(Halt::Store)?,
            stop = signal.raised() => return Err(Halt::Stopped(stop)),
        };
        SweepData { trials, split: prepared }
    };
    Runner::new(engine, job_id, spec, plan, objective, data, (state, trials), stop).run().await
}

fn default_objective(task: Task) -> Metric {
    match task {
        Task::Classification => Metric::LogLoss,
        Task::Regression => Metric::Rmse,
    }
}

fn check_objective(metric: Metric, task: Task) -> Result<(), AppError> {
    let of = match metric {
        Metric::Accuracy | Metric::MacroF1 | Metric::LogLoss | Metric::RocAuc => Task::Classification,
        Metric::Rmse | Metric::Mae | Metric::R2 => Task::Regression,
    };
    if of == task {
        return Ok(());
    }
    let (word, hint) = match task {
        Task::Classification => ("classification", "accuracy, macro_f1, log_loss or roc_auc"),
        Task::Regression => ("regression", "rmse, mae or r2"),
    };
    let name =
        serde_json::to_value(metric).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    Err(AppError::new(ErrorCode::InvalidConfig, format!("{name} is no metric of a {word}"))
        .with_hint(format!("Choose {hint} as the objective")))
}

fn swept_of(spec: &SweepSpec) -> Result<Vec<String>, AppError> {
    let space = Space::new(&spec.space, &spec.config).map_err(|e| plan::space_error(&e))?;
    Ok(space.swept().to_vec())
}

fn best_of(
    trials: &Trials,
    state: &SweepState,
    platform: Platform,
    higher_is_better: bool,
) -> Option<BestTrial> {
    let (key, confirmed) = finish::winner(trials, platform, higher_is_better)?;
    let trial = trials.get(key)?.trial.clone();
    let run_id: Option<RunId> =
        state.promoted.iter().find(|(promoted, _)| *promoted == key).map(|(_, id)| id.clone());
    Some(BestTrial { trial, confirmed, run_id })
}

/// Numbers as they are, anything else by its place among the values seen.
fn importance_column(name: &str, judged: &[(&Trial, f64)], spec: &SweepSpec) -> ImportanceColumn {
    let of = |trial: &Trial| trial.params.get(name).cloned();
    let values: Vec<Option<ParameterValue>> = judged.iter().map(|(trial, _)| of(trial)).collect();
    let numbers: Option<Vec<Option<f64>>> = values
        .iter()
        .map(|value| match value {
            None => Some(None),
            Some(ParameterValue::Number(number)) => Some(Some(*number)),
            Some(_) => None,
        })
        .collect();
    let is_choice = matches!(spec.space.0.get(name), Some(retort_domain::ParameterSpace::Choice(_)));
    if let Some(numbers) = numbers.filter(|_| !is_choice) {
        let known = || numbers.iter().flatten().copied();
        let log = match spec.space.0.get(name) {
            Some(retort_domain::ParameterSpace::Float(range)) => range.log,
            Some(retort_domain::ParameterSpace::Int(range)) => range.log,
            _ => false,
        };
        let step =
            matches!(spec.space.0.get(name), Some(retort_domain::ParameterSpace::Int(_))).then_some(1.0);
        let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
        return ImportanceColumn {
            name: name.into(),
            values: numbers,
            kind: ImportanceKind::Numeric { log, low, high, step },
        };
    }
    let mut places: HashMap<String, usize> = HashMap::new();
    let values = values
        .iter()
        .map(|value| {
            value.as_ref().map(|value| {
                let n = places.len();
                *places.entry(view::value_text(value)).or_insert(n) as f64
            })
        })
        .collect();
    ImportanceColumn { name: name.into(), values, kind: ImportanceKind::Categorical { n: places.len() } }
}
