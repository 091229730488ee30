//! Learns as well as plain PyTorch with scikit-learn's preprocessing, on the
//! tables and with the configuration of `tests/reference/reference_metrics.json`:
//! five seeds, both platforms, every mean within two standard deviations of the
//! reference, or better.

use super::support::{open, sample};
use retort_domain::{JobSpec, JobStatus, MetricSet, Platform, TrainSpec, TrainingConfig};
use retort_engine::ImportOptions;
use serde_json::Value;
use std::fs;
use std::path::Path;

const SEEDS: u32 = 5;
const MAX_DEVIATIONS: f64 = 2.0;

#[tokio::test]
async fn penguins() {
    learns_as_well("penguins.csv").await;
}

#[tokio::test]
async fn titanic() {
    learns_as_well("titanic.xls").await;
}

#[tokio::test]
async fn concrete() {
    learns_as_well("concrete.csv").await;
}

#[tokio::test]
async fn credit() {
    learns_as_well("credit.xlsx").await;
}

#[tokio::test]
async fn letter() {
    learns_as_well("letter.csv").await;
}

#[tokio::test]
async fn diamonds() {
    learns_as_well("diamonds.csv").await;
}

async fn learns_as_well(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/reference/reference_metrics.json");
    let all: Value = serde_json::from_slice(&fs::read(path).expect("the reference")).expect("JSON");
    let reference = &all["datasets"][file];
    let folder = tempfile::tempdir().expect("a folder");
    let engine = open(folder.path()).await;
    let dataset =
        engine.datasets_import(sample(file), ImportOptions::default(), None).await.expect("imported");

    let mut jobs = Vec::new();
    for seed in 0..SEEDS {
        let spec = TrainSpec {
            dataset: dataset.id.clone(),
            target: reference["target"].as_str().expect("a target").into(),
            platforms: Platform::ALL.to_vec(),
            config: config(&all["config"], seed),
        };
        jobs.push(engine.jobs_start(JobSpec::Train(spec)).await.expect("started"));
    }
    let mut runs = Vec::new();
    for job in jobs {
        let snapshot = engine.wait(&job).await.expect("ended");
        assert_eq!(snapshot.job.status, JobStatus::Succeeded, "{:?}", snapshot.job.error);
        runs.extend(snapshot.runs);
    }
    engine.shutdown().await;

    let mut misses = Vec::new();
    for (metric, known) in reference["metrics"].as_object().expect("metrics") {
        let number = |key: &str| known[key].as_f64().expect("a number");
        for platform in Platform::ALL {
            let values: Vec<f64> = runs
                .iter()
                .filter(|run| run.platform == platform)
                .map(|run| value(&run.outcome.as_ref().expect("an outcome").metrics.test, metric))
                .collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let better = if matches!(metric.as_str(), "rmse" | "mae") { -1.0 } else { 1.0 };
            let deviations = better * (mean - number("mean")) / number("sd");
            let line = format!(
                "{file} {platform} {metric}: {mean:.4}, reference {:.4} ± {:.4} ({deviations:+.2} sd, + is better)",
                number("mean"),
                number("sd")
            );
            println!("{line}");
            if deviations < -MAX_DEVIATIONS {
                misses.push(line);
            }
        }
    }
    assert!(misses.is_empty(), "worse than the reference:\n{}", misses.join("\n"));
}

/// The reference keeps no rows for validation and takes the last epoch.
fn config(reference: &Value, seed: u32) -> TrainingConfig {
    let mut settings = reference.as_object().expect("a configuration").clone();
    let hidden = settings.remove("hidden").expect("hidden layers");
    settings.insert("hidden_layers".into(), hidden);
    settings.insert("validation_fraction".into(), 0.0.into());
    settings.insert("seed".into(), seed.into());
    serde_json::from_value(Value::Object(settings)).expect("a configuration of ours")
}

fn value(metrics: &MetricSet, name: &str) -> f64 {
    let metrics = serde_json::to_value(metrics).expect("JSON");
    metrics[name].as_f64().unwrap_or_else(|| panic!("no {name} in {metrics}"))
}
