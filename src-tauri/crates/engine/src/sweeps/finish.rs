//! After the search: the best repeated with other seeds, the winners made into
//! runs with test figures, and both platforms compared.
//!
//! On one holdout, the winner's own weights become the run: it was trained on
//! the training rows of the split already. With folds, none of its networks was,
//! so the winner's configuration is trained once more, as any run on the split
//! is: on the training rows, with the best epoch by the loss on the validation
//! rows. Where the split has no validation rows, it trains for as many epochs as
//! the mean over the folds found best. Either way the test rows are looked at
//! once, by winners alone.

use super::runner::Runner;
use super::trials::{Trials, trial_ref};
use crate::jobs::training::{self, Halt, TrainingData};
use crate::workers::StartError;
use retort_domain::protocol::{Frame, Promotion, Request, TrialResult};
use retort_domain::{
    AppError, DatasetRef, ErrorCode, JobEventKind, JobStatus, MeanAndDeviation, PairAgreement, Platform,
    PlatformComparison, Run, RunId, RunStatus, TargetTransform, TrainingConfig, Trial, TrialRef, TrialStage,
    TrialStatus,
};
use retort_search::statistics::{self, RepeatedTrial, Resampling};
use retort_trainer::{artifacts, metrics, tensors};
use std::collections::BTreeMap;

/// Best trials of each platform whose weights are kept.
pub(super) const KEPT: usize = 50;
/// Times that a trial is given to a worker to become a run.
const ATTEMPTS: u32 = 3;

/// Trials that repeat the best with other seeds and are not there yet.
pub(super) fn repeat_best(runner: &Runner) -> Vec<Trial> {
    let Some(confirmation) = runner.spec.confirmation else { return Vec::new() };
    let mut number = runner.trials.records().last().map_or(0, |record| record.trial.number);
    let mut repeated = Vec::new();
    for &platform in &runner.spec.platforms {
        let ranked = searched(&runner.trials, platform, runner.objective.higher_is_better());
        for best in ranked.into_iter().take(confirmation.top as usize) {
            for offset in 1..=confirmation.seeds {
                let seed = runner.spec.config.seed.wrapping_add(offset);
                let is_there = runner
                    .trials
                    .iter()
                    .any(|t| t.confirms == Some(best.number) && t.platform == platform && t.seed == seed);
                if is_there {
                    continue;
                }
                number += 1;
                repeated.push(Trial {
                    number,
                    stage: TrialStage::Confirmation,
                    seed,
                    confirms: Some(best.number),
                    status: TrialStatus::Queued,
                    epoch: 0,
                    objective: None,
                    objective_sd: None,
                    best_epoch: None,
                    metrics: Default::default(),
                    train_seconds: 0.0,
                    finished_at: None,
                    ..best.clone()
                });
            }
        }
    }
    repeated
}

/// Trials of the search that succeeded, best first.
fn searched(trials: &Trials, platform: Platform, higher_is_better: bool) -> Vec<&Trial> {
    let ranked = trials.ranked(platform, higher_is_better);
    ranked.into_iter().filter(|t| t.stage == TrialStage::Search).collect()
}

/// Objectives of the trials that repeat each of a platform's best, by number.
fn repetitions<'t>(trials: impl Iterator<Item = &'t Trial>, platform: Platform) -> BTreeMap<u32, Vec<f64>> {
    let mut of_number: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for trial in trials.filter(|t| t.platform == platform && t.status.is_terminal()) {
        if let Some(number) = trial.confirms {
            of_number.entry(number).or_default().push(trial.objective.unwrap_or(f64::NAN));
        }
    }
    of_number
}

/// A platform's best, by the mean of its repetitions where there are some, with
/// that mean.
pub(super) fn winner(
    trials: &Trials,
    platform: Platform,
    higher_is_better: bool,
) -> Option<(TrialRef, Option<MeanAndDeviation>)> {
    let repetitions = repetitions(trials.iter(), platform);
    let repeated: Vec<RepeatedTrial<'_>> =
        repetitions.iter().map(|(&number, objectives)| RepeatedTrial { number, objectives }).collect();
    match statistics::confirmed_winner(&repeated, higher_is_better) {
        Some(winner) => Some((TrialRef { number: winner.number, platform }, Some(winner.confirmed))),
        None => trials.best_searched(platform, higher_is_better).map(|t| (trial_ref(t), None)),
    }
}

fn winner_of(runner: &Runner, platform: Platform) -> Option<TrialRef> {
    winner(&runner.trials, platform, runner.objective.higher_is_better()).map(|(key, _)| key)
}

/// Winners whose weights are gone; they are trained again.
pub(super) async fn without_weights(runner: &Runner) -> Vec<TrialRef> {
    let mut missing = Vec::new();
    if !runner.spec.resampling.is_holdout() {
        return missing;
    }
    for &platform in &runner.spec.platforms {
        let Some(key) = winner_of(runner, platform) else { continue };
        let is_run = runner.state.promoted.iter().any(|(promoted, _)| *promoted == key);
        let Some(record) = runner.trials.get(key).filter(|_| !is_run) else { continue };
        let file = retort_trainer::train::weights_file(&runner.folder, runner.name(&record.trial).as_str());
        if !tokio::fs::try_exists(&file).await.unwrap_or(false) {
            missing.push(key);
        }
    }
    missing
}

/// Makes runs of the winners and compares them. What cannot be made is left
/// out, and said in the log.
pub(super) async fn make_runs(runner: &mut Runner) -> Result<(), Halt> {
    let mut made = Vec::new();
    for platform in runner.spec.platforms.clone() {
        let Some(key) = winner_of(runner, platform) else { continue };
        let known =
            runner.state.promoted.iter().find(|(promoted, _)| *promoted == key).map(|(_, id)| id.clone());
        let stored = match &known {
            Some(id) => runner.engine.store().run(id).await?,
            None => None,
        };
        // One that was stopped with the sweep is made anew.
        let was_cancelled = stored.as_ref().is_some_and(|run| run.status == RunStatus::Cancelled);
        let run = match stored.filter(|_| !was_cancelled) {
            Some(run) if run.status.is_terminal() => {
                Some(run).filter(|run| run.status == RunStatus::Succeeded)
            }
            Some(begun) => train(runner, begun).await?,
            None => {
                let id = known.filter(|_| !was_cancelled).unwrap_or_else(RunId::fresh);
                runner.state.promoted.retain(|(promoted, _)| *promoted != key);
                runner.state.promoted.push((key, id.clone()));
                if runner.spec.resampling.is_holdout() {
                    promote(runner, key, id).await?
                } else {
                    begin(runner, key, id).await?
                }
            }
        };
        made.extend(run.map(|run| (platform, run)));
    }
    if let [(Platform::Pytorch, pytorch), (Platform::Tensorflow, tensorflow)] = made.as_slice() {
        match compare(runner, &pytorch.id, &tensorflow.id).await {
            Ok(comparison) => runner.state.comparison = Some(comparison),
            Err(error) => tracing::warn!(%error, "the best of both platforms could not be compared"),
        }
    }
    let unmeasured: Vec<RunId> =
        made.iter().filter(|(_, run)| run.speed.is_none()).map(|(_, run)| run.id.clone()).collect();
    if !unmeasured.is_empty()
        && let Err(error) = runner.engine.runs_measure(&unmeasured).await
    {
        tracing::warn!(%error, "the speed of the best could not be measured");
    }
    runner.touch();
    runner.store().await
}

/// How the sweep ended, stored.
pub(super) async fn conclude(runner: &mut Runner) -> Result<(), Halt> {
    let counts = runner.trials.counts();
    let (status, error) = if counts.succeeded > 0 {
        (JobStatus::Succeeded, None)
    } else {
        let last = runner.trials.iter().filter_map(|t| t.error.as_ref()).last();
        let error = match last {
            Some(error) if counts.diverged > 0 => AppError::new(
                ErrorCode::Diverged,
                format!("none of the {} trials ended with a finite loss; {}", counts.total, error.message),
            )
            .with_hint("Lower the range of learning_rate, or set gradient_clip_norm"),
            Some(error) => AppError::new(error.code, format!("no trial succeeded; {}", error.message))
                .with_hint(error.hint.clone().unwrap_or_else(|| "Look at the trials that failed".into())),
            None => AppError::new(ErrorCode::Internal, "the sweep ended without a trial")
                .with_hint("Report it with the log"),
        };
        (JobStatus::Failed, Some(error))
    };
    let kind = JobEventKind::JobStatus { status, error };
    Ok(runner.engine.record(&runner.job_id, vec![kind]).await?)
}

async fn promote(runner: &Runner, key: TrialRef, id: RunId) -> Result<Option<Run>, Halt> {
    let Some(record) = runner.trials.get(key) else { return Ok(None) };
    let trial = &record.trial;
    let engine = &runner.engine;
    let artifact_dir = engine.inner.folders.run(&id);
    tokio::fs::create_dir_all(&artifact_dir)
        .await
        .map_err(|error| Halt::Store(crate::runs::cannot_write(&artifact_dir, &error)))?;
    let config = runner.plan.config_of(trial);
    let promotion = Promotion {
        prepared: runner.data.split.0.clone(),
        weights: retort_trainer::train::weights_file(&runner.folder, runner.name(trial).as_str()),
        run_id: id.clone(),
        config: config.clone(),
        result: TrialResult {
            epochs_run: trial.epoch,
            best_epoch: trial.best_epoch.unwrap_or(trial.epoch),
            objective: trial.objective,
            objective_sd: trial.objective_sd,
            metrics: trial.metrics.clone(),
            train_seconds: trial.train_seconds,
            parameter_count: trial.parameter_count.unwrap_or_default(),
        },
        artifact_dir,
    };
    let mut outcome = None;
    for _ in 0..ATTEMPTS {
        let mut worker = match engine.inner.pool.borrow(key.platform).await {
            Ok(worker) => worker,
            Err(StartError::Killed(death)) => {
                tracing::warn!(reason = %death.reason, "a worker did not come up");
                continue;
            }
            Err(StartError::Unusable(error)) => return Err(Halt::Store(error)),
        };
        worker.send(&Request::Promote(Box::new(promotion.clone()))).await;
        match worker.next_frame().await {
            Some(Frame::Finished { outcome: made, .. }) => {
                engine.inner.pool.give_back(key.platform, worker);
                outcome = Some(*made);
                break;
            }
            Some(other) => {
                tracing::warn!(?other, trial = trial.number, "the best trial could not be made into a run");
                engine.inner.pool.give_back(key.platform, worker);
                break;
            }
            None => {
                let death = worker.into_worker().death().await;
                tracing::warn!(reason = %death.reason, "a worker died while it made a run");
            }
        }
    }
    let Some(outcome) = outcome else { return Ok(None) };

    let run = Run {
        status: RunStatus::Succeeded,
        epoch: outcome.epochs_run,
        outcome: Some(outcome),
        started_at: Some(engine.now()),
        finished_at: Some(engine.now()),
        ..queued_run(runner, key, id, config).await?
    };
    engine.record(&runner.job_id, vec![JobEventKind::RunAdded { run: Box::new(run.clone()) }]).await?;
    // Its curve, as of any other run.
    let epochs = engine.store().trial_epochs(&runner.job_id, key.number, key.platform).await?;
    let records = epochs.into_iter().map(|epoch| JobEventKind::Epoch {
        run_id: run.id.clone(),
        record: retort_domain::EpochRecord {
            epoch: epoch.epoch,
            learning_rate: run.config.learning_rate,
            train_loss: epoch.train_loss,
            validation_loss: epoch.validation_loss,
            train_metrics: Default::default(),
            validation_metrics: epoch.objective.map(|value| (runner.objective, value)).into_iter().collect(),
            train_seconds: 0.0,
        },
    });
    engine.record(&runner.job_id, records.collect()).await?;
    Ok(Some(run))
}

/// A run of a winner's configuration, not stored yet.
async fn queued_run(runner: &Runner, key: TrialRef, id: RunId, config: TrainingConfig) -> Result<Run, Halt> {
    let engine = &runner.engine;
    let dataset = engine.datasets_get(&runner.spec.dataset).await;
    let name = dataset.map_or_else(|_| runner.spec.dataset.to_string(), |dataset| dataset.name);
    let number = engine.store().n_jobs_on(&runner.spec.dataset).await?;
    let (_, preparation) = &runner.data.split;
    Ok(Run {
        id,
        job_id: runner.job_id.clone(),
        name: format!("{name} {number}, best of sweep"),
        platform: key.platform,
        dataset: DatasetRef { id: runner.spec.dataset.clone(), name },
        target: runner.spec.target.clone(),
        task: Some(preparation.target.task()),
        split: Some(preparation.split),
        labels: match &preparation.target {
            TargetTransform::Classification { labels } => Some(labels.clone()),
            TargetTransform::Regression { .. } => None,
        },
        notes: preparation.notes.clone(),
        config,
        status: RunStatus::Queued,
        epoch: 0,
        outcome: None,
        speed: None,
        role: None,
        error: None,
        created_at: engine.now(),
        started_at: None,
        finished_at: None,
    })
}

/// Trains the winner of a sweep with folds on the split.
async fn begin(runner: &mut Runner, key: TrialRef, id: RunId) -> Result<Option<Run>, Halt> {
    let Some(record) = runner.trials.get(key) else { return Ok(None) };
    let mut config = runner.plan.config_of(&record.trial);
    if runner.data.split.1.split.validation == 0 {
        config.epochs = record.trial.best_epoch.unwrap_or(config.epochs);
    }
    let run = queued_run(runner, key, id, config).await?;
    // Stored before it begins, so that it is found again after a pause.
    runner.touch();
    runner.store().await?;
    let added = JobEventKind::RunAdded { run: Box::new(run.clone()) };
    runner.engine.record(&runner.job_id, vec![added]).await?;
    train(runner, run).await
}

/// As any run; none where it did not succeed, which is stored with it.
async fn train(runner: &Runner, run: Run) -> Result<Option<Run>, Halt> {
    let id = run.id.clone();
    let (file, _) = &runner.data.split;
    let data = TrainingData { prepared: file.clone(), teacher: None };
    training::train(runner.engine.clone(), vec![run], data, runner.stop.clone()).await?;
    let stored = runner.engine.store().run(&id).await?;
    Ok(stored.filter(|run| run.status == RunStatus::Succeeded))
}

async fn compare(
    runner: &Runner,
    pytorch: &RunId,
    tensorflow: &RunId,
) -> Result<PlatformComparison, AppError> {
    let folders = &runner.engine.inner.folders;
    let files = [pytorch, tensorflow].map(|id| folders.run(id).join(artifacts::TEST_OUTPUTS_FILE));
    let target = runner.data.split.1.target.clone();
    let resampling = Resampling::new(runner.spec.config.seed);
    let pairs = pair_agreement(runner, resampling);
    crate::blocking::blocking(move || {
        let failed = |message: String| AppError::new(ErrorCode::Internal, message);
        let mut outputs = Vec::new();
        for file in &files {
            let mut read = tensors::read(file).map_err(|e| failed(e.to_string()))?;
            let take = |tensor: Option<retort_trainer::NamedTensor>| {
                tensor.map(|t| t.data).ok_or_else(|| failed(format!("{file:?} is not whole")))
            };
            outputs.push((take(read.tensors.remove("outputs"))?, take(read.tensors.remove("y"))?));
        }
        let compared = match &target {
            TargetTransform::Classification { labels } => {
                let right = |(outputs, y): &(Vec<f32>, Vec<f32>)| -> Vec<bool> {
                    let rows = outputs.chunks_exact(labels.len()).zip(y);
                    rows.map(|(logits, class)| metrics::predicted_class(logits) == *class as usize).collect()
                };
                statistics::compare_classifiers(&right(&outputs[0]), &right(&outputs[1]))
            }
            TargetTransform::Regression { sd, .. } => {
                let errors = |(outputs, y): &(Vec<f32>, Vec<f32>)| -> Vec<f64> {
                    outputs.iter().zip(y).map(|(o, y)| (f64::from(*o) - f64::from(*y)) * sd).collect()
                };
                statistics::compare_regressors(&errors(&outputs[0]), &errors(&outputs[1]), resampling)
            }
        };
        let compared = compared.map_err(|e| failed(e.to_string()))?;
        Ok::<_, AppError>(PlatformComparison { pairs, ..compared })
    })
    .await
}

fn pair_agreement(runner: &Runner, resampling: Resampling) -> Option<PairAgreement> {
    let ended = |number, platform| {
        let trial = &runner.trials.get(TrialRef { number, platform })?.trial;
        trial.objective.filter(|v| trial.status == TrialStatus::Succeeded && v.is_finite())
    };
    let searched =
        runner.trials.iter().filter(|t| t.platform == Platform::Pytorch && t.stage == TrialStage::Search);
    let (pytorch, tensorflow): (Vec<f64>, Vec<f64>) = searched
        .filter_map(|t| Some((ended(t.number, Platform::Pytorch)?, ended(t.number, Platform::Tensorflow)?)))
        .unzip();
    statistics::pair_agreement(&pytorch, &tensorflow, resampling).ok()
}
