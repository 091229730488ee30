//! Distils as plain PyTorch does, with the settings of
//! `tests/reference/reference_distillation.json`: teachers, controls and
//! students of three seeds on both platforms, each mean within two standard
//! deviations of the reference, or better, and the verdict that its figures
//! give.

use super::support::{open, sample};
use retort_domain::{
    Budget, DistillationSpec, DistillationVerdict, JobSpec, JobStatus, Metric, Platform, Run, Teacher,
    TrainSpec, TrainingConfig, Transfer,
};
use retort_engine::{Engine, ImportOptions};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const MAX_DEVIATIONS: f64 = 2.0;
/// The reference's split is not known, and this teacher's accuracy depends more
/// on the split (0.966 to 0.974) than the bar leaves room for (0.003): plain
/// PyTorch on the rows of the first three seeds ends at 0.968, on those of the
/// next four at 0.972. So it is judged by more of them.
const TINY_TEACHER_SEEDS: u32 = 9;

#[tokio::test]
#[ignore = "half an hour of training, all three together; README says how"]
async fn where_every_row_has_a_label() {
    distils_as_well("full_labels", Transfer::None, DistillationVerdict::NoClearDifference, None).await;
}

#[tokio::test]
#[ignore = "half an hour of training, all three together; README says how"]
async fn where_the_student_is_tiny() {
    let verdict = DistillationVerdict::Costs;
    distils_as_well("tiny_student", Transfer::None, verdict, Some(TINY_TEACHER_SEEDS)).await;
}

#[tokio::test]
#[ignore = "half an hour of training, all three together; README says how"]
async fn where_few_rows_have_a_label() {
    distils_as_well("few_labels", Transfer::Unlabelled, DistillationVerdict::Pays, None).await;
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/reference")
}

async fn distils_as_well(
    part: &str,
    transfer: Transfer,
    verdict: DistillationVerdict,
    teacher_seeds: Option<u32>,
) {
    let all: Value = serde_json::from_slice(
        &fs::read(folder().join("reference_distillation.json")).expect("the reference"),
    )
    .expect("JSON");
    let settings = &all["parts"][part];
    let seeds = all["seeds"].as_u64().expect("seeds") as u32;
    let file = match settings["file"].as_str().expect("a file") {
        "letter.csv" => sample("letter.csv"),
        other => folder().join(format!("{other}.gz")),
    };
    let data_dir = tempfile::tempdir().expect("a folder");
    let engine = open(data_dir.path()).await;
    let dataset = engine.datasets_import(file, ImportOptions::default(), None).await.expect("imported").id;
    let config = |role: &str, seed: u32| config(&all, settings, role, seed);

    let mut jobs = Vec::new();
    for seed in 0..teacher_seeds.unwrap_or(seeds) {
        let spec = TrainSpec {
            dataset: dataset.clone(),
            target: "letter".into(),
            platforms: Platform::ALL.to_vec(),
            config: config("teacher", seed),
        };
        jobs.push(engine.jobs_start(JobSpec::Train(spec)).await.expect("started"));
    }
    let mut teachers = Vec::new();
    for job in jobs {
        let ended = engine.wait(&job).await.expect("ended");
        assert_eq!(ended.job.status, JobStatus::Succeeded, "{:?}", ended.job.error);
        teachers.extend(ended.runs);
    }
    let mut figures = Figures { part, reference: &settings["test_accuracy"], misses: Vec::new() };
    for platform in Platform::ALL {
        let accuracy = |run: &Run| run.outcome.as_ref().expect("an outcome").metrics.test[&Metric::Accuracy];
        let values: Vec<f64> = teachers.iter().filter(|r| r.platform == platform).map(accuracy).collect();
        figures.judge("teacher", &platform.to_string(), values.iter().sum::<f64>() / values.len() as f64);
    }

    for teacher in &teachers[..Platform::ALL.len()] {
        let spec = DistillationSpec {
            dataset: dataset.clone(),
            target: "letter".into(),
            platforms: Platform::ALL.to_vec(),
            teacher: Teacher::Runs { run_ids: vec![teacher.id.clone()] },
            config: config("student", 0),
            loss: None,
            temperature: settings["temperature"].as_f64().expect("a temperature"),
            alpha: settings["alpha"].as_f64().expect("a weight"),
            seeds,
            transfer,
            control: true,
            student_space: None,
            budget: Budget::default(),
            compression: None,
        };
        for comparison in distilled(&engine, spec).await {
            let pair = format!("{} from {}", comparison.platform, teacher.platform);
            let control = comparison.control.expect("a control");
            figures.judge("student_alone", &pair, control.test[&Metric::Accuracy].mean);
            figures.judge("student_distilled", &pair, comparison.student.test[&Metric::Accuracy].mean);
            println!("{part} {pair}: {}", comparison.sentence);
            if comparison.verdict != verdict {
                figures.misses.push(format!("{pair}: {:?} where {verdict:?} is true", comparison.verdict));
            }
        }
    }
    engine.shutdown().await;
    assert!(figures.misses.is_empty(), "otherwise than the reference:\n{}", figures.misses.join("\n"));
}

async fn distilled(engine: &Engine, spec: DistillationSpec) -> Vec<retort_domain::StudentComparison> {
    let id = engine.jobs_start(JobSpec::Distil(Box::new(spec))).await.expect("started");
    let ended = engine.wait(&id).await.expect("ended");
    assert_eq!(ended.job.status, JobStatus::Succeeded, "{:?}", ended.job.error);
    engine.distillations_get(&id).await.expect("the distillation").result.expect("an answer").students
}

/// Means beside the reference's.
struct Figures<'a> {
    part: &'a str,
    reference: &'a Value,
    misses: Vec<String>,
}

impl Figures<'_> {
    fn judge(&mut self, role: &str, who: &str, mean: f64) {
        let known = |key: &str| self.reference[role][key].as_f64().expect("a number");
        let deviations = (mean - known("mean")) / known("sd");
        let line = format!(
            "{} {role} {who}: {mean:.4}, reference {:.4} ± {:.4} ({deviations:+.2} sd)",
            self.part,
            known("mean"),
            known("sd")
        );
        println!("{line}");
        if deviations < -MAX_DEVIATIONS {
            self.misses.push(line);
        }
    }
}

/// A network's settings, with those that all of the reference share.
fn config(all: &Value, part: &Value, role: &str, seed: u32) -> TrainingConfig {
    let mut settings = part[role].clone();
    for name in ["optimizer", "activation", "batch_size", "validation_fraction"] {
        settings[name] = all[name].clone();
    }
    settings["test_fraction"] = part["test_fraction"].clone();
    settings["seed"] = json!(seed);
    serde_json::from_value(settings).expect("a configuration of ours")
}
