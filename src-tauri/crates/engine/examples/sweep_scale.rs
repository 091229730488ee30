//! What a sweep costs beside its training: milliseconds a trial, bytes of the
//! store a trial, and how long pages of a large sweep's trials take.
//!
//! `cargo run -p retort-engine --example sweep_scale -- [TRIALS_RUN] [TRIALS_STORED]
//! [FOLDER]`; the workers have to be built and the runtimes set up. A folder
//! that is named keeps the trials that were stored, to be looked at in the window.

use retort_domain::{
    Job, JobId, JobSpec, JobStatus, Metric, ParameterValue, Platform, PrunerKind, SamplerKind, SweepSpec,
    TrainingConfig, Trial, TrialColumn, TrialColumnsQuery, TrialCounts, TrialFilter, TrialQuery, TrialRange,
    TrialRef, TrialSort, TrialStage, TrialStatus,
};
use retort_engine::{Engine, EngineOptions, ImportOptions};
use retort_store::{Store, SweepChange, TrialRecord};
use std::env::args;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

const SPACE: &str = r#"{
    "learning_rate": {"float": [0.0005, 0.02], "log": true},
    "dropout": {"float": [0, 0.5]},
    "weight_decay": {"float": [1e-6, 1e-2], "log": true},
    "optimizer": {"choice": ["adam", "sgd"]}
}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let number = |at: usize, otherwise: u32| args().nth(at).and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    overhead(number(1, 2_000)).await?;
    let temporary = tempfile::tempdir()?;
    let folder = args().nth(3).map_or(temporary.path().to_owned(), PathBuf::from);
    stored(number(2, 100_000), &folder).await
}

fn spec(dataset: retort_domain::DatasetId, n_trials: u32) -> Result<SweepSpec, Box<dyn Error>> {
    Ok(SweepSpec {
        dataset,
        target: "species".into(),
        platforms: vec![Platform::Pytorch],
        config: TrainingConfig { hidden_layers: vec![4], epochs: 1, ..Default::default() },
        space: serde_json::from_str(SPACE)?,
        sampler: SamplerKind::Random,
        pruner: PrunerKind::None,
        n_trials,
        objective: Some(Metric::LogLoss),
        judged_epoch: Default::default(),
        resampling: Default::default(),
        confirmation: None,
        failure_cap: SweepSpec::DEFAULT_FAILURE_CAP,
    })
}

/// The smallest trials there are, so that nearly all of the time is ours.
async fn overhead(n_trials: u32) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let options = EngineOptions {
        data_dir: folder.path().to_owned(),
        // Examples lie in a folder of their own, one below the workers.
        worker_dir: std::env::current_exe()?.parent().and_then(Path::parent).map(Path::to_owned),
        workers_per_platform: Some(1),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).await?;
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../data/penguins.csv");
    let dataset = engine.datasets_import(table, ImportOptions::default(), None).await?;
    // The worker's start is no trial's.
    for n_trials in [32, n_trials] {
        let began = Instant::now();
        let id = engine.jobs_start(JobSpec::Sweep(spec(dataset.id.clone(), n_trials)?)).await?;
        let job = engine.wait(&id).await?.job;
        let wall = began.elapsed().as_secs_f64();
        let mut trained = 0.0;
        for offset in (0..n_trials).step_by(1000) {
            let query = TrialQuery { offset, limit: 1000, ..Default::default() };
            let page = engine.sweeps_trials(&id, query).await?;
            trained += page.rows.iter().map(|trial| trial.train_seconds).sum::<f64>();
        }
        println!(
            "{n_trials} trials ({:?}): {wall:.2} s, {trained:.2} s of it training steps: {:.3} ms a trial beside them",
            job.status,
            (wall - trained) * 1e3 / f64::from(n_trials)
        );
    }
    engine.shutdown().await;
    Ok(())
}

fn trial(number: u32) -> Trial {
    let share = f64::from(number.wrapping_mul(2_654_435_761)) / f64::from(u32::MAX);
    let metrics = [Metric::Accuracy, Metric::MacroF1, Metric::LogLoss, Metric::RocAuc].map(|m| (m, share));
    let params = [
        ("learning_rate", ParameterValue::Number(0.0005 + share / 50.0)),
        ("dropout", ParameterValue::Number(share / 2.0)),
        ("weight_decay", ParameterValue::Number(share / 1e3)),
        ("optimizer", ParameterValue::Text(if number.is_multiple_of(2) { "adam" } else { "sgd" }.into())),
    ];
    Trial {
        number,
        platform: Platform::Pytorch,
        stage: TrialStage::Search,
        seed: 0,
        confirms: None,
        params: params.map(|(name, value)| (name.to_owned(), value)).into(),
        status: TrialStatus::Succeeded,
        epoch: 20,
        epochs: 20,
        objective: Some(share),
        objective_sd: None,
        best_epoch: Some(17),
        metrics: metrics.into(),
        train_seconds: share,
        parameter_count: Some(139),
        error: None,
        finished_at: Some(1.7e12 + f64::from(number)),
    }
}

/// Of the store alone: `n_trials` that ended, as a sweep writes them.
async fn stored(n_trials: u32, folder: &Path) -> Result<(), Box<dyn Error>> {
    let engine_options = || EngineOptions { data_dir: folder.to_owned(), ..EngineOptions::default() };
    let engine = Engine::open(engine_options()).await?;
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../data/penguins.csv");
    let dataset = engine.datasets_import(table, ImportOptions::default(), None).await?;
    engine.shutdown().await;
    let file = find_store(folder).ok_or("the store is not found")?;

    let id = JobId::fresh();
    let store = Store::open(&file, "filler").await?;
    let before = std::fs::metadata(&file)?.len();
    let job = Job {
        id: id.clone(),
        spec: JobSpec::Sweep(spec(dataset.id, n_trials)?),
        status: JobStatus::Queued,
        error: None,
        created_at: 0.0,
        finished_at: None,
        last_seq: 1,
    };
    store.insert_job(&job, &[], 0.0).await?;
    let began = Instant::now();
    let numbers: Vec<u32> = (1..=n_trials).collect();
    for portion in numbers.chunks(500) {
        let mut counts = TrialCounts::default();
        (1..=portion[portion.len() - 1]).for_each(|_| counts.add(TrialStatus::Succeeded));
        let trials = portion.iter().map(|&n| TrialRecord::new(trial(n))).collect();
        store.append_sweep_change(&id, &SweepChange { trials, counts, ..Default::default() }, 1.0).await?;
    }
    let kind = retort_domain::JobEventKind::JobStatus { status: JobStatus::Succeeded, error: None };
    store.append_events(&id, vec![kind], 2.0).await?;
    store.close().await;
    let bytes = std::fs::metadata(&file)?.len() - before;
    println!(
        "{n_trials} trials stored in {:.1} s, {:.0} bytes a trial",
        began.elapsed().as_secs_f64(),
        bytes as f64 / f64::from(n_trials)
    );

    let engine = Engine::open(engine_options()).await?;
    let sort = |by| vec![TrialSort { by, descending: false }];
    let range = TrialRange { column: TrialColumn::Objective, min: Some(0.2), max: Some(0.3) };
    let by_name = TrialColumn::Parameter { name: "learning_rate".into() };
    for (what, query) in [
        ("the first page, cold", TrialQuery::default()),
        ("the first page", TrialQuery::default()),
        ("sorted by objective", TrialQuery { sort: sort(TrialColumn::Objective), ..Default::default() }),
        ("sorted by a parameter", TrialQuery { sort: sort(by_name), ..Default::default() }),
        (
            "filtered by range",
            TrialQuery {
                filter: TrialFilter { ranges: vec![range], ..Default::default() },
                ..Default::default()
            },
        ),
        (
            "filtered by search",
            TrialQuery {
                filter: TrialFilter { search: "sgd".into(), ..Default::default() },
                ..Default::default()
            },
        ),
    ] {
        let began = Instant::now();
        let page = engine.sweeps_trials(&id, TrialQuery { limit: 100, ..query }).await?;
        println!("{what}: {:.1} ms ({} match)", began.elapsed().as_secs_f64() * 1e3, page.n_matching);
    }
    let began = Instant::now();
    engine.sweeps_get(&id).await?;
    println!("at a glance: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    engine.sweeps_columns(&id, TrialColumnsQuery { with_parameters: true, ..Default::default() }).await?;
    println!("columns for charts: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    engine.sweeps_curves(&id, vec![TrialRef { number: 1, platform: Platform::Pytorch }]).await?;
    println!("a curve: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    engine.shutdown().await;
    Ok(())
}

/// SQLite's file in a data folder.
fn find_store(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries
        .into_iter()
        .find(|path| std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3")))
}
