//! Sweeps with real workers: the same trials, results and ranking whatever the
//! groups, the workers, pauses and kills.

use super::support::{open, options, sample};
use retort_domain::{
    ColumnRole, ColumnRoleChoice, Confirmation, ErrorCode, JobEventKind, JobId, JobSpec, JobStatus, Metric,
    Platform, PrunerKind, SamplerKind, SearchSpace, SweepSpec, TrainingConfig, Trial, TrialColumn,
    TrialQuery, TrialRef, TrialSort, TrialStatus,
};
use retort_engine::{Engine, EngineOptions, ImportOptions};

/// Two shapes, two optimizers, and a learning rate far enough out to be beaten.
pub const SPACE: &str = r#"{
    "hidden_layers": {"choice": [[16], [8, 8]]},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": ["sgd"]}},
    "learning_rate": {"float": [0.0005, 0.02], "log": true},
    "dropout": {"choice": [0, 0.1]}
}"#;

pub async fn spec(engine: &Engine, space: &str, n_trials: u32) -> SweepSpec {
    let dataset = engine
        .datasets_import(sample("concrete.csv"), ImportOptions::default(), None)
        .await
        .expect("imported");
    let target = dataset.columns.last().expect("a column").name.clone();
    let space: SearchSpace = serde_json::from_str(space).expect("a space");
    SweepSpec {
        dataset: dataset.id,
        target,
        platforms: Platform::ALL.to_vec(),
        config: TrainingConfig { epochs: 9, batch_size: 64, validation_fraction: 0.2, ..Default::default() },
        space,
        sampler: SamplerKind::Sobol,
        pruner: PrunerKind::None,
        n_trials,
        objective: None,
        judged_epoch: Default::default(),
        resampling: Default::default(),
        confirmation: None,
        failure_cap: SweepSpec::DEFAULT_FAILURE_CAP,
    }
}

pub async fn start(engine: &Engine, spec: &SweepSpec) -> JobId {
    engine.jobs_start(JobSpec::Sweep(spec.clone())).await.expect("started")
}

pub async fn succeeded(engine: &Engine, id: &JobId) {
    let job = engine.wait(id).await.expect("ended").job;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
}

/// All trials, without what depends on the clock.
pub async fn trials(engine: &Engine, id: &JobId) -> Vec<Trial> {
    let page =
        engine.sweeps_trials(id, TrialQuery { limit: 1000, ..Default::default() }).await.expect("trials");
    let mut rows = page.rows;
    for trial in &mut rows {
        trial.train_seconds = 0.0;
        trial.finished_at = None;
    }
    rows
}

/// Numbers of each platform's trials, best first.
type Ranking = Vec<(Platform, Vec<u32>)>;

/// Of each platform: the two trials of a pair are equal but for rounding.
async fn ranking(engine: &Engine, id: &JobId) -> Ranking {
    let sort = vec![TrialSort { by: TrialColumn::Objective, descending: false }];
    let page = engine.sweeps_trials(id, TrialQuery { sort, limit: 1000, ..Default::default() }).await;
    let rows = page.expect("trials").rows;
    let of = |platform| rows.iter().filter(move |t| t.platform == platform).map(|t| t.number).collect();
    Platform::ALL.map(|platform| (platform, of(platform))).into()
}

pub fn assert_close(found: &[Trial], expected: &[Trial]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(
            (found.number, found.platform, found.status, &found.params),
            (expected.number, expected.platform, expected.status, &expected.params)
        );
        match (found.objective, expected.objective) {
            (Some(a), Some(b)) => assert!((a - b).abs() <= 1e-5 * b.abs(), "{found:?}\n{expected:?}"),
            (a, b) => assert_eq!(a, b),
        }
    }
}

#[tokio::test]
async fn groups_and_workers_change_nothing() {
    let mut known: Option<(Vec<Trial>, Ranking)> = None;
    for (group_size, workers) in [(1, 2), (7, 1), (32, 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::open(EngineOptions {
            max_group_size: Some(group_size),
            workers_per_platform: Some(workers),
            ..options(folder.path())
        })
        .await
        .expect("opened");
        let spec = spec(&engine, SPACE, 24).await;
        let id = start(&engine, &spec).await;
        succeeded(&engine, &id).await;
        let found = (trials(&engine, &id).await, ranking(&engine, &id).await);
        if let Some((expected, ranking)) = &known {
            assert_close(&found.0, expected);
            assert_eq!(&found.1, ranking, "groups of {group_size}, {workers} workers");
        } else {
            assert!(found.0.iter().all(|t| t.status == TrialStatus::Succeeded));
            known = Some(found);
        }
        engine.shutdown().await;
    }
}

#[tokio::test]
async fn a_paused_sweep_goes_on_as_if_it_never_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let mut spec = spec(&engine, SPACE, 30).await;
    spec.pruner = PrunerKind::Hyperband;
    spec.sampler = SamplerKind::Tpe;
    let undisturbed = start(&engine, &spec).await;
    succeeded(&engine, &undisturbed).await;
    let expected = trials(&engine, &undisturbed).await;
    let statuses = |wanted| expected.iter().filter(|t| t.status == wanted).count();
    assert!(statuses(TrialStatus::Pruned) > 10 && statuses(TrialStatus::Succeeded) > 5, "{expected:?}");

    let mut events = engine.subscribe();
    let id = start(&engine, &spec).await;
    let mut pauses = 0;
    for share in [10, 30, 45] {
        loop {
            let event = events.recv().await.expect("an event");
            let enough =
                matches!(event.kind, JobEventKind::TrialsChanged { counts } if counts.ended() >= share);
            if event.job_id == id && enough {
                break;
            }
        }
        engine.jobs_pause(&id).await.expect("paused");
        let job = engine.jobs_get(&id).await.expect("the job").job;
        pauses += u32::from(job.status == JobStatus::Paused);
        if job.status == JobStatus::Paused {
            // What other trainings are to leave out is none of this one's business.
            let role = ColumnRole::Excluded { because: "measured too late".into() };
            let choices = vec![ColumnRoleChoice { column: "cement".into(), role }];
            engine.datasets_roles_set(&spec.dataset, choices).await.expect("described");
            engine.jobs_resume(&id).await.expect("resumed");
        }
    }
    assert!(pauses > 0);
    succeeded(&engine, &id).await;
    assert_eq!(trials(&engine, &id).await, expected);
    engine.shutdown().await;
}

#[tokio::test]
async fn the_best_are_repeated_made_into_runs_and_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let mut spec = spec(&engine, SPACE, 8).await;
    spec.confirmation = Some(Confirmation { top: 2, seeds: 3 });
    spec.objective = Some(Metric::R2);
    let id = start(&engine, &spec).await;
    succeeded(&engine, &id).await;

    let sweep = engine.sweeps_get(&id).await.expect("the sweep");
    assert_eq!((sweep.counts.total, sweep.counts.succeeded, sweep.planned), (28, 28, 28));
    assert_eq!(sweep.best.len(), 2);
    let snapshot = engine.jobs_get(&id).await.expect("the job");
    for best in &sweep.best {
        assert_eq!(best.confirmed.expect("repeated").n, 3);
        let run = snapshot.runs.iter().find(|run| Some(&run.id) == best.run_id.as_ref()).expect("a run");
        let outcome = run.outcome.as_ref().expect("an outcome");
        // Alone as in the group, but for the roundings of some processors.
        let (of_run, of_trial) = (&outcome.metrics.validation, &best.trial.metrics);
        assert!(of_run.keys().eq(of_trial.keys()));
        for (run, trial) in of_run.values().zip(of_trial.values()) {
            assert!((run - trial).abs() <= 1e-6 * trial.abs(), "{of_run:?}, {of_trial:?}");
        }
        assert!(outcome.metrics.test.contains_key(&Metric::Rmse));
        assert!(folder.path().join("runs").join(run.id.as_str()).join("model.json").exists());
        assert_eq!(engine.runs_epochs(&run.id).await.expect("epochs").len(), 9);
    }
    let comparison = sweep.comparison.expect("compared");
    assert_eq!(comparison.metric, Metric::Rmse);
    assert!(comparison.pairs.expect("pairs").n_pairs == 8, "{:?}", comparison.pairs);
    assert!(comparison.difference.low <= comparison.difference.high);

    // More of the same: what is there stays.
    let before = trials(&engine, &id).await;
    engine.sweeps_extend(&id, 4).await.expect("extended");
    succeeded(&engine, &id).await;
    let after = trials(&engine, &id).await;
    assert!(before.iter().all(|trial| after.contains(trial)));
    assert!(after.len() >= before.len() + 8);
    engine.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_swept_is_refused_before_it_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let good = spec(&engine, SPACE, 4).await;
    let space = |text: &str| serde_json::from_str::<SearchSpace>(text).expect("a space");
    let table: &[(&str, SweepSpec)] = &[
        ("vari", SweepSpec { space: space("{}"), ..good.clone() }),
        (
            "learning_rate",
            SweepSpec {
                space: space(r#"{"learning_rate": {"float": [0, 0.1], "log": true}}"#),
                ..good.clone()
            },
        ),
        (
            "learning_rat",
            SweepSpec { space: space(r#"{"learning_rat": {"float": [0.1, 1]}}"#), ..good.clone() },
        ),
        (
            "combinations",
            SweepSpec {
                sampler: SamplerKind::Grid,
                space: space(r#"{"batch_size": {"int": [1, 1000000]}, "epochs": {"int": [1, 1000000]}}"#),
                ..good.clone()
            },
        ),
        ("accuracy", SweepSpec { objective: Some(Metric::Accuracy), ..good.clone() }),
        ("n_trials is 0", SweepSpec { n_trials: 0, ..good.clone() }),
        (
            "validation",
            SweepSpec {
                config: TrainingConfig { validation_fraction: 0.0, ..good.config.clone() },
                ..good.clone()
            },
        ),
        ("repeated", SweepSpec { confirmation: Some(Confirmation { top: 0, seeds: 3 }), ..good.clone() }),
    ];
    for (word, spec) in table {
        let error = engine.jobs_start(JobSpec::Sweep(spec.clone())).await.expect_err(word);
        assert!(error.message.contains(word), "{}", error.message);
        assert!(error.hint.is_some() && !error.message.contains('\n'), "{error:?}");
    }
    assert!(engine.jobs_list().await.expect("jobs").is_empty(), "nothing was started");
    engine.shutdown().await;
}

#[tokio::test]
async fn without_workers_or_runtimes_nothing_is_started() {
    let nowhere = tempfile::tempdir().expect("a folder");
    let folder = tempfile::tempdir().expect("a folder");
    let without_workers =
        EngineOptions { worker_dir: Some(nowhere.path().to_owned()), ..options(folder.path()) };
    let without_runtimes =
        EngineOptions { runtimes_dir: Some(nowhere.path().to_owned()), ..options(folder.path()) };
    for (options, word, command) in [
        (without_workers, "the PyTorch worker is missing", "cargo build"),
        (without_runtimes, "is not installed", "cargo xtask setup"),
    ] {
        let engine = Engine::open(options).await.expect("opened");
        let spec = spec(&engine, SPACE, 4).await;
        let error = engine.jobs_start(JobSpec::Sweep(spec)).await.expect_err(word);
        assert_eq!(error.code, ErrorCode::RuntimeMissing);
        assert!(error.message.contains(word) && !error.message.contains('\n'), "{}", error.message);
        assert!(error.hint.is_some_and(|hint| hint.contains(command)));
        assert!(engine.jobs_list().await.expect("jobs").is_empty(), "nothing was started");
        engine.shutdown().await;
    }
}

#[tokio::test]
async fn a_space_where_all_diverges_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let space = r#"{"learning_rate": {"float": [900, 1000]}, "hidden_layers": {"choice": [[64, 64, 64]]}}"#;
    let mut spec = spec(&engine, space, 4).await;
    spec.config.optimizer = retort_domain::Optimizer::Sgd;
    let id = start(&engine, &spec).await;
    let job = engine.wait(&id).await.expect("ended").job;
    assert_eq!(job.status, JobStatus::Failed);
    let error = job.error.expect("an error");
    assert!(error.message.contains("none of the 8 trials"), "{}", error.message);
    assert!(trials(&engine, &id).await.iter().all(|t| t.status == TrialStatus::Diverged));
    engine.shutdown().await;
}

#[tokio::test]
async fn a_stopped_sweep_keeps_what_it_has_and_can_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let spec = spec(&engine, SPACE, 64).await;
    let mut events = engine.subscribe();
    let id = start(&engine, &spec).await;
    loop {
        let event = events.recv().await.expect("an event");
        if matches!(event.kind, JobEventKind::TrialsChanged { counts } if counts.succeeded >= 1) {
            break;
        }
    }
    engine.jobs_cancel(&id).await.expect("stopped");
    assert_eq!(engine.jobs_get(&id).await.expect("the job").job.status, JobStatus::Cancelled);
    let sweep = engine.sweeps_get(&id).await.expect("the sweep");
    assert_eq!(sweep.counts.total, sweep.counts.succeeded + sweep.counts.cancelled);

    engine.sweeps_retry(&id, Vec::new()).await.expect("goes on");
    succeeded(&engine, &id).await;
    let sweep = engine.sweeps_get(&id).await.expect("the sweep");
    assert_eq!(sweep.counts.succeeded, 128);
    let curve = engine.sweeps_curves(&id, vec![TrialRef { number: 1, platform: Platform::Pytorch }]).await;
    assert_eq!(curve.expect("a curve")[0].epochs.len(), 9);
    engine.shutdown().await;
}

/// For [`super::kills`]: a sweep that has some of everything.
pub async fn eventful(engine: &Engine) -> JobId {
    let mut spec = spec(engine, SPACE, 24).await;
    spec.pruner = PrunerKind::Halving;
    spec.config.epochs = 27;
    start(engine, &spec).await
}
