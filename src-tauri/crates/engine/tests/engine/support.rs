//! A job to compare with, and what of it has to be the same each time.

use retort_domain::{
    ArtifactKind, EpochRecord, Job, JobId, JobSpec, JobStatus, Platform, Run, TrainSpec, TrainingConfig,
    TrialOutcome,
};
use retort_engine::{Engine, EngineOptions, ImportOptions};
use std::fs;
use std::path::{Path, PathBuf};

/// Often enough that a run of seconds writes several.
const CHECKPOINT_EVERY_SECS: f64 = 0.1;
/// Makes a run last a second or so.
pub const EPOCHS: u32 = 120;

pub fn options(data_dir: &Path) -> EngineOptions {
    EngineOptions {
        data_dir: data_dir.to_owned(),
        checkpoint_every_secs: CHECKPOINT_EVERY_SECS,
        ..EngineOptions::default()
    }
}

pub async fn open(data_dir: &Path) -> Engine {
    Engine::open(options(data_dir)).await.expect("the data folder opens")
}

/// As the window does it: alone on the folder, going on with what was left.
pub async fn open_as_app(data_dir: &Path) -> Engine {
    let options = EngineOptions { exclusive: true, resume_interrupted: true, ..options(data_dir) };
    Engine::open(options).await.expect("the data folder opens")
}

pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../data").join(name)
}

/// Whatever has a state between epochs takes part: moments, running means of
/// the batch normalisation, dropout, a schedule, the best epoch so far.
pub fn config() -> TrainingConfig {
    TrainingConfig {
        hidden_layers: vec![32, 16],
        dropout: 0.1,
        batch_norm: true,
        lr_schedule: retort_domain::LrSchedule::Cosine,
        validation_fraction: 0.2,
        epochs: EPOCHS,
        ..TrainingConfig::default()
    }
}

pub async fn newest_job(engine: &Engine) -> Job {
    engine.jobs_list().await.expect("jobs").swap_remove(0)
}

/// Starts a regression on both platforms.
pub async fn start(engine: &Engine, config: TrainingConfig) -> JobId {
    start_on(engine, Platform::ALL.to_vec(), config).await
}

pub async fn start_on(engine: &Engine, platforms: Vec<Platform>, config: TrainingConfig) -> JobId {
    let dataset = engine
        .datasets_import(sample("concrete.csv"), ImportOptions::default(), None)
        .await
        .expect("imported");
    let target = dataset.columns.last().expect("a column").name.clone();
    let spec = TrainSpec { dataset: dataset.id, target, platforms, config };
    engine.jobs_start(JobSpec::Train(spec)).await.expect("started")
}

/// What one run comes to, without what depends on the clock.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub platform: Platform,
    pub outcome: TrialOutcome,
    pub epochs: Vec<EpochRecord>,
    weights: Vec<u8>,
}

pub async fn outcomes(engine: &Engine, data_dir: &Path, id: &JobId) -> Vec<Outcome> {
    let snapshot = engine.jobs_get(id).await.expect("the job");
    assert_eq!(snapshot.job.status, JobStatus::Succeeded, "{:?}", snapshot.job.error);
    let mut all = Vec::new();
    for run in snapshot.runs {
        all.push(outcome(engine, data_dir, run).await);
    }
    all.sort_by_key(|o| o.platform);
    all
}

async fn outcome(engine: &Engine, data_dir: &Path, run: Run) -> Outcome {
    let mut outcome = run.outcome.expect("a run that succeeded has an outcome");
    outcome.train_seconds = 0.0;
    let files = data_dir.join("runs").join(run.id.as_str());
    for artifact in &outcome.artifacts {
        assert!(files.join(&artifact.name).exists(), "{} is missing", artifact.name);
    }
    let weights = outcome.artifacts.iter().find(|a| a.kind == ArtifactKind::Weights).expect("weights");
    let weights = fs::read(files.join(&weights.name)).expect("readable weights");
    let mut epochs = engine.runs_epochs(&run.id).await.expect("epochs");
    for record in &mut epochs {
        record.train_seconds = 0.0;
    }
    Outcome { platform: run.platform, outcome, epochs, weights }
}

/// Numbered from 1 without a gap, and ending with the job's end.
pub async fn assert_events_are_whole(engine: &Engine, job: &Job) {
    let events = engine.jobs_events(&job.id, 0).await.expect("events");
    let numbers: Vec<u32> = events.iter().map(|e| e.seq).collect();
    assert_eq!(numbers, (1..=job.last_seq).collect::<Vec<_>>());
}
