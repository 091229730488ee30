//! Who comes first in a sweep of 256 configurations does not depend on how they
//! were grouped, on how many workers trained them, or on what happened to those.

use super::process::{App, RANKING, kill, wait_for_end};
use super::support::{newest_job, open, options, sample};
use super::sweeps::assert_close;
use retort_domain::{
    JobEventKind, JobId, JobSpec, JobStatus, Metric, Platform, PrunerKind, SamplerKind, SweepSpec,
    TrainingConfig, Trial, TrialStatus,
};
use retort_engine::{Engine, EngineOptions, ImportOptions};
use std::collections::HashMap;

const CONFIGURATIONS: u32 = 256;
/// Log losses as far apart as this come in their order; nearer ones may swap by
/// the rounding that a group's size leaves.
const NEAR: f64 = 1e-6;

const SPACE: &str = r#"{
    "hidden_layers": {"choice": [[4], [8]]},
    "optimizer": {"choice": ["adam", "sgd"]},
    "learning_rate": {"float": [0.001, 0.03], "log": true},
    "weight_decay": {"float": [1e-6, 1e-2], "log": true}
}"#;

/// Started here and by [`super::process`]. Log loss is continuous, so hardly
/// two trials share a value.
pub async fn start(engine: &Engine) -> JobId {
    let dataset = engine
        .datasets_import(sample("penguins.csv"), ImportOptions::default(), None)
        .await
        .expect("imported");
    let spec = SweepSpec {
        dataset: dataset.id,
        target: "species".into(),
        platforms: Platform::ALL.to_vec(),
        config: TrainingConfig { epochs: 4, validation_fraction: 0.2, ..Default::default() },
        space: serde_json::from_str(SPACE).expect("a space"),
        sampler: SamplerKind::Sobol,
        pruner: PrunerKind::None,
        n_trials: CONFIGURATIONS,
        objective: Some(Metric::LogLoss),
        judged_epoch: Default::default(),
        resampling: Default::default(),
        confirmation: None,
        failure_cap: SweepSpec::DEFAULT_FAILURE_CAP,
    };
    engine.jobs_start(JobSpec::Sweep(spec)).await.expect("started")
}

async fn ended(engine: &Engine, id: &JobId) -> Vec<Trial> {
    let job = engine.wait(id).await.expect("ended").job;
    assert_eq!(job.status, JobStatus::Succeeded, "{:?}", job.error);
    let trials = super::sweeps::trials(engine, id).await;
    assert_eq!(trials.len(), 2 * CONFIGURATIONS as usize);
    assert!(trials.iter().all(|trial| trial.status == TrialStatus::Succeeded));
    trials
}

/// A platform's trials, best first, of equals the lower number first.
fn ranked(trials: &[Trial], platform: Platform) -> Vec<(u32, f64)> {
    let of_platform = trials.iter().filter(|trial| trial.platform == platform);
    let mut ranked: Vec<(u32, f64)> =
        of_platform.map(|trial| (trial.number, trial.objective.expect("an objective"))).collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    ranked
}

fn assert_same_ranking(found: &[Trial], expected: &[Trial], what: &str) {
    assert_close(found, expected);
    for platform in Platform::ALL {
        let (found, expected) = (ranked(found, platform), ranked(expected, platform));
        let known: HashMap<u32, f64> = expected.iter().copied().collect();
        for (place, (is, was)) in found.iter().zip(&expected).enumerate() {
            let (is, was) = ((is.0, known[&is.0]), *was);
            let is_same = is.0 == was.0 || (is.1 - was.1).abs() <= NEAR * was.1.abs();
            assert!(is_same, "{what}, {platform}, place {}: {is:?} instead of {was:?}", place + 1);
        }
    }
}

#[tokio::test]
async fn groups_and_workers_and_a_pause_leave_the_ranking_as_it_is() {
    let mut known: Option<Vec<Trial>> = None;
    for (group_size, workers, pauses) in
        [(32, 2, false), (32, 1, false), (7, 2, false), (1, 1, false), (32, 2, true)]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::open(EngineOptions {
            max_group_size: Some(group_size),
            workers_per_platform: Some(workers),
            ..options(folder.path())
        })
        .await
        .expect("opened");
        let mut events = engine.subscribe();
        let id = start(&engine).await;
        if pauses {
            loop {
                let event = events.recv().await.expect("an event");
                let is_midway = |ended| (1..2 * CONFIGURATIONS).contains(&ended);
                if matches!(event.kind, JobEventKind::TrialsChanged { counts } if is_midway(counts.ended())) {
                    break;
                }
            }
            engine.jobs_pause(&id).await.expect("paused");
            assert_eq!(engine.jobs_get(&id).await.expect("the job").job.status, JobStatus::Paused);
            engine.jobs_resume(&id).await.expect("resumed");
        }
        let found = ended(&engine, &id).await;
        match &known {
            Some(expected) => {
                let what = format!("groups of {group_size}, {workers} workers, paused {pauses}");
                assert_same_ranking(&found, expected, &what);
            }
            None => known = Some(found),
        }
        engine.shutdown().await;
    }
}

#[test]
fn a_killed_worker_leaves_the_ranking_as_it_is() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let found = |folder: &std::path::Path| {
        runtime.block_on(async {
            let engine = open(folder).await;
            let job = newest_job(&engine).await;
            let trials = ended(&engine, &job.id).await;
            engine.shutdown().await;
            (trials, job.last_seq)
        })
    };
    let folder = tempfile::tempdir().expect("a folder");
    App::open(folder.path(), Some(RANKING)).until_ended();
    let (undisturbed, n_events) = found(folder.path());

    let mut app = App::open(folder.path(), Some(RANKING));
    app.until_event(n_events / 2);
    let workers = app.workers();
    kill(*workers.first().expect("a worker"));
    app.until_ended();
    assert_same_ranking(&found(folder.path()).0, &undisturbed, "a worker was killed");
    workers.into_iter().for_each(wait_for_end);
}
