//! Sweeps that judge each configuration on several folds: the same results in
//! whatever groups, and winners that are trained once more for the test rows.

use super::support::{open, options};
use super::sweeps::{SPACE, assert_close, spec, start, succeeded, trials};
use retort_domain::{
    Confirmation, JobEventKind, JobSpec, JobStatus, Metric, Platform, PrunerKind, Resampling, RunStatus,
    SamplerKind, SweepSpec, TrainSpec, TrainingConfig, Trial, TrialStatus,
};
use retort_engine::{Engine, EngineOptions};

async fn folds_of(engine: &Engine, n_trials: u32) -> SweepSpec {
    SweepSpec { resampling: Resampling::KFold { folds: 4 }, ..spec(engine, SPACE, n_trials).await }
}

fn assert_close_with_deviations(found: &[Trial], expected: &[Trial]) {
    assert_close(found, expected);
    for (found, expected) in found.iter().zip(expected) {
        let (a, b) = (found.objective_sd.expect("a deviation"), expected.objective_sd.expect("a deviation"));
        assert!((a - b).abs() <= 1e-4 * b, "{found:?}\n{expected:?}");
    }
}

#[tokio::test]
async fn groups_change_nothing() {
    let mut known: Option<Vec<Trial>> = None;
    for group_size in [1, 7, 32] {
        let folder = tempfile::tempdir().expect("a folder");
        let engine =
            Engine::open(EngineOptions { max_group_size: Some(group_size), ..options(folder.path()) })
                .await
                .expect("opened");
        let id = start(&engine, &folds_of(&engine, 12).await).await;
        succeeded(&engine, &id).await;
        let found = trials(&engine, &id).await;
        assert!(found.iter().all(|trial| trial.status == TrialStatus::Succeeded));
        match &known {
            Some(expected) => assert_close_with_deviations(&found, expected),
            None => known = Some(found),
        }
        engine.shutdown().await;
    }
}

#[tokio::test]
async fn a_pause_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let mut spec = folds_of(&engine, 20).await;
    (spec.sampler, spec.pruner) = (SamplerKind::Tpe, PrunerKind::Hyperband);
    let undisturbed = start(&engine, &spec).await;
    succeeded(&engine, &undisturbed).await;
    let expected = trials(&engine, &undisturbed).await;
    assert!(expected.iter().any(|trial| trial.status == TrialStatus::Pruned));

    let mut events = engine.subscribe();
    let id = start(&engine, &spec).await;
    loop {
        let event = events.recv().await.expect("an event");
        let is_midway = matches!(event.kind, JobEventKind::TrialsChanged { counts } if counts.waiting + counts.ended() >= 3);
        if event.job_id == id && is_midway {
            break;
        }
    }
    engine.jobs_pause(&id).await.expect("paused");
    assert_eq!(engine.jobs_get(&id).await.expect("the job").job.status, JobStatus::Paused);
    engine.jobs_resume(&id).await.expect("resumed");
    succeeded(&engine, &id).await;
    assert_eq!(trials(&engine, &id).await, expected);
    engine.shutdown().await;
}

/// As if the winner's settings had been typed into the form of a run.
#[tokio::test]
async fn the_winner_is_trained_once_more_on_the_split() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let mut spec = folds_of(&engine, 6).await;
    spec.confirmation = Some(Confirmation { top: 2, seeds: 2 });
    let id = start(&engine, &spec).await;
    succeeded(&engine, &id).await;

    let sweep = engine.sweeps_get(&id).await.expect("the sweep");
    assert_eq!((sweep.counts.total, sweep.counts.succeeded), (20, 20));
    assert!(sweep.comparison.is_some_and(|c| c.metric == Metric::Rmse && c.n_rows > 100));
    let snapshot = engine.jobs_get(&id).await.expect("the job");
    assert_eq!(snapshot.runs.len(), 2);
    for best in &sweep.best {
        let run = snapshot.runs.iter().find(|run| Some(&run.id) == best.run_id.as_ref()).expect("a run");
        assert_eq!(run.status, RunStatus::Succeeded);
        let outcome = run.outcome.as_ref().expect("an outcome");
        let platforms = vec![best.trial.platform];
        let (dataset, target) = (spec.dataset.clone(), spec.target.clone());
        let typed = TrainSpec { dataset, target, platforms, config: run.config.clone() };
        let typed = engine.jobs_start(JobSpec::Train(typed)).await.expect("started");
        let typed = engine.wait(&typed).await.expect("ended").runs.remove(0).outcome.expect("an outcome");
        assert_eq!((&outcome.metrics, outcome.best_epoch), (&typed.metrics, typed.best_epoch));
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn folds_need_no_validation_fraction_and_repeats_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let good = spec(&engine, SPACE, 4).await;
    let config = TrainingConfig { validation_fraction: 0.0, ..good.config.clone() };
    let without = SweepSpec { config, platforms: vec![Platform::Pytorch], ..good.clone() };
    for (spec, word) in [
        (
            SweepSpec { resampling: Resampling::RepeatedHoldout { repeats: 3 }, ..without.clone() },
            "validation",
        ),
        (SweepSpec { resampling: Resampling::KFold { folds: 1 }, ..good.clone() }, "1 times"),
        (SweepSpec { resampling: Resampling::RepeatedHoldout { repeats: 21 }, ..good.clone() }, "21 times"),
    ] {
        let error = engine.jobs_start(JobSpec::Sweep(spec)).await.expect_err(word);
        assert!(error.message.contains(word) && error.hint.is_some(), "{error:?}");
    }

    let spec = SweepSpec { resampling: Resampling::KFold { folds: 3 }, ..without };
    let id = start(&engine, &spec).await;
    succeeded(&engine, &id).await;
    let sweep = engine.sweeps_get(&id).await.expect("the sweep");
    let run = engine.jobs_get(&id).await.expect("the job").runs.remove(0);
    assert_eq!(
        run.outcome.expect("an outcome").epochs_run,
        sweep.best[0].trial.best_epoch.expect("an epoch")
    );

    let spec = SweepSpec { resampling: Resampling::RepeatedHoldout { repeats: 3 }, ..good };
    let id = start(&engine, &spec).await;
    succeeded(&engine, &id).await;
    assert!(trials(&engine, &id).await.iter().all(|t| t.objective_sd.is_some_and(|sd| sd > 0.0)));
    engine.shutdown().await;
}
