//! Jobs that are stopped: by a person, by the clock, by the memory watch.

use super::support::{config, open, options, start, start_on};
use retort_domain::{ErrorCode, JobEventKind, JobStatus, Platform, RunStatus, TrainingConfig};
use retort_engine::{Engine, EngineOptions};
use std::time::Instant;

/// Would take hours.
fn endless() -> TrainingConfig {
    TrainingConfig { epochs: 1_000_000, ..config() }
}

#[tokio::test]
async fn cancelling_keeps_what_was_seen_and_frees_the_workers() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let mut events = engine.subscribe();
    let job = start(&engine, endless()).await;
    while !matches!(events.recv().await.expect("an event").kind, JobEventKind::Epoch { .. }) {}

    let asked = Instant::now();
    engine.jobs_cancel(&job).await.expect("cancelled");
    println!("cancelling took {} ms", asked.elapsed().as_millis());
    let snapshot = engine.jobs_get(&job).await.expect("the job");
    assert_eq!(snapshot.job.status, JobStatus::Cancelled);
    assert!(snapshot.runs.iter().all(|run| run.status == RunStatus::Cancelled));
    let mut n_epochs = 0;
    for run in &snapshot.runs {
        let epochs = engine.runs_epochs(&run.id).await.expect("epochs");
        assert_eq!(epochs.len() as u32, run.epoch);
        n_epochs += epochs.len();
    }
    assert!(n_epochs > 0);
    assert!(folder.path().join("checkpoints").read_dir().expect("listed").next().is_none());

    let next = start(&engine, TrainingConfig { epochs: 2, ..config() }).await;
    assert_eq!(engine.wait(&next).await.expect("ended").job.status, JobStatus::Succeeded);
    engine.shutdown().await;
}

/// As `retort job cancel` does to a job of the app.
#[tokio::test]
async fn another_engine_on_the_folder_cancels() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let other = open(folder.path()).await;
    let mut events = engine.subscribe();
    let job = start_on(&engine, vec![Platform::Pytorch], endless()).await;
    while !matches!(events.recv().await.expect("an event").kind, JobEventKind::Epoch { .. }) {}
    other.jobs_cancel(&job).await.expect("cancelled");
    assert_eq!(other.jobs_get(&job).await.expect("the job").job.status, JobStatus::Cancelled);
    other.shutdown().await;
    engine.shutdown().await;
}

#[tokio::test]
async fn a_time_limit_ends_a_run_and_says_after_which_epoch() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    // Room for an epoch on a busy machine: TensorFlow compiles its loop first.
    let job = start(&engine, TrainingConfig { time_limit_secs: Some(4.0), ..endless() }).await;
    let snapshot = engine.wait(&job).await.expect("ended");
    assert_eq!(snapshot.job.status, JobStatus::Failed);
    for run in snapshot.runs {
        let error = run.error.expect("an error");
        assert_eq!(error.code, ErrorCode::LimitReached);
        assert!(run.epoch > 0 && error.message.contains(&format!("after {} epochs", run.epoch)), "{error}");
    }
    engine.shutdown().await;
}

#[tokio::test]
async fn a_worker_that_outgrows_the_memory_is_ended_and_only_its_run_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let limited = EngineOptions { memory_limit_bytes: Some(16 << 20), ..options(folder.path()) };
    let engine = Engine::open(limited).await.expect("opened");
    let job = start_on(&engine, vec![Platform::Pytorch], endless()).await;
    let snapshot = engine.wait(&job).await.expect("ended");
    let error = snapshot.runs[0].error.clone().expect("an error");
    assert_eq!(error.code, ErrorCode::LimitReached);
    assert!(error.message.contains("the limit is 16 MiB"), "{error}");
    assert!(error.hint.expect("a hint").contains("batch_size"));
    engine.shutdown().await;

    let engine = open(folder.path()).await;
    let next = start_on(&engine, vec![Platform::Pytorch], TrainingConfig { epochs: 2, ..config() }).await;
    assert_eq!(engine.wait(&next).await.expect("ended").job.status, JobStatus::Succeeded);
    engine.shutdown().await;
}

#[tokio::test]
async fn a_loss_that_is_not_finite_is_a_state_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let wild = TrainingConfig {
        hidden_layers: vec![8],
        optimizer: retort_domain::Optimizer::Sgd,
        learning_rate: 1000.0,
        epochs: 100,
        ..TrainingConfig::default()
    };
    let job = start(&engine, wild).await;
    let snapshot = engine.wait(&job).await.expect("ended");
    for run in snapshot.runs {
        assert_eq!(run.status, RunStatus::Diverged, "{}", run.platform);
        let error = run.error.expect("an error");
        assert_eq!(error.code, ErrorCode::Diverged);
        assert!(error.message.contains("epoch"), "{error}");
    }
    engine.shutdown().await;
}
