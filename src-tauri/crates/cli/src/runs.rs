//! `retort run …` and `retort predict`, and how runs are printed everywhere.

use crate::arguments::{PredictArguments, RunCommand};
use crate::failure::Failure;
use crate::output::{Output, figure, figure_or_dash, left, right, size, table};
use retort_domain::{
    AppError, DatasetRef, InferenceSpeed, MetricSet, PartMetrics, Platform, Run, RunStatus, SplitSizes, Task,
    TrainingConfig,
};
use retort_engine::Engine;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// Carries the command out.
pub async fn run(engine: &Engine, output: Output, command: RunCommand) -> Result<(), Failure> {
    match command {
        RunCommand::List => {
            let runs = engine.runs_list().await?;
            output.print(&documents(&runs), || list(&runs))?;
        }
        RunCommand::Show { run } => {
            let run = engine.runs_resolve(&run).await?;
            output.print(&RunDocument::of(&run), || show(&run))?;
        }
        RunCommand::Measure { runs } => {
            let mut ids = Vec::with_capacity(runs.len());
            for run in &runs {
                ids.push(engine.runs_resolve(run).await?.id);
            }
            let runs = engine.runs_measure(&ids).await?;
            output.print(&documents(&runs), || speeds(&runs))?;
        }
        RunCommand::Export { run, format, output: path } => {
            let run = engine.runs_resolve(&run).await?;
            match format.kind() {
                None => engine.run_export(&run.id, path.clone()).await?,
                Some(kind) => engine.run_export_artifact(&run.id, kind, path.clone()).await?,
            }
            output.print(&json!({ "run_id": run.id, "path": path }), || {
                format!("written to {}", path.display())
            })?;
        }
    }
    Ok(())
}

/// `retort predict`
pub async fn predict(engine: &Engine, output: Output, arguments: PredictArguments) -> Result<(), Failure> {
    let run = engine.runs_resolve(&arguments.run).await?;
    let path = arguments.output;
    let n_rows = engine.predict(&run.id, arguments.file, path.clone()).await?;
    output.print(&json!({ "run_id": run.id, "path": path, "n_rows": n_rows }), || {
        format!("{n_rows} rows predicted into {}", path.display())
    })?;
    Ok(())
}

/// A run as scripts read it.
#[derive(Debug, Serialize)]
pub struct RunDocument<'a> {
    run_id: &'a str,
    job_id: &'a str,
    name: &'a str,
    platform: Platform,
    dataset: &'a DatasetRef,
    target: &'a str,
    task: Option<Task>,
    split: Option<SplitSizes>,
    params: &'a TrainingConfig,
    metrics: PartMetrics,
    train_seconds: Option<f64>,
    artifact_bytes: Option<u64>,
    parameter_count: Option<u32>,
    epochs_run: u32,
    status: RunStatus,
    best_epoch: Option<u32>,
    last_validation: Option<&'a MetricSet>,
    confusion: Option<&'a Vec<Vec<u32>>>,
    labels: Option<&'a Vec<String>>,
    notes: &'a [String],
    inference: Option<&'a InferenceSpeed>,
    error: Option<&'a AppError>,
}

impl<'a> RunDocument<'a> {
    fn of(run: &'a Run) -> Self {
        let outcome = run.outcome.as_ref();
        Self {
            run_id: run.id.as_str(),
            job_id: run.job_id.as_str(),
            name: &run.name,
            platform: run.platform,
            dataset: &run.dataset,
            target: &run.target,
            task: run.task,
            split: run.split,
            params: &run.config,
            metrics: outcome.map(|o| o.metrics.clone()).unwrap_or_default(),
            train_seconds: outcome.map(|o| o.train_seconds),
            artifact_bytes: run.artifact_bytes().map(|bytes| bytes as u64),
            parameter_count: outcome.map(|o| o.parameter_count),
            epochs_run: outcome.map_or(run.epoch, |o| o.epochs_run),
            status: run.status,
            best_epoch: outcome.map(|o| o.best_epoch),
            last_validation: outcome.map(|o| &o.last_validation),
            confusion: outcome.and_then(|o| o.confusion.as_ref()),
            labels: run.labels.as_ref(),
            notes: &run.notes,
            inference: run.speed.as_ref(),
            error: run.error.as_ref(),
        }
    }
}

/// The document of several runs.
#[derive(Debug, Serialize)]
pub struct RunDocuments<'a> {
    runs: Vec<RunDocument<'a>>,
}

/// All of them.
pub fn documents(runs: &[Run]) -> RunDocuments<'_> {
    RunDocuments { runs: runs.iter().map(RunDocument::of).collect() }
}

/// The runs of one job side by side, with their metrics on test rows.
pub fn comparison(runs: &[Run]) -> String {
    let metrics: BTreeSet<_> = runs
        .iter()
        .filter_map(|run| run.outcome.as_ref())
        .flat_map(|o| o.metrics.test.keys())
        .copied()
        .collect();
    let mut columns = vec![left("framework"), left("run"), left("state"), right("epochs"), right("best")];
    columns.extend(metrics.iter().map(|metric| right(format!("test {}", word(metric)))));
    columns.extend([right("train, s"), right("parameters"), right("size")]);
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            let outcome = run.outcome.as_ref();
            let mut cells = vec![
                run.platform.to_string(),
                run.id.to_string(),
                word(&run.status),
                run.epoch.to_string(),
                outcome.map_or_else(|| "–".into(), |o| o.best_epoch.to_string()),
            ];
            cells.extend(
                metrics.iter().map(|m| figure_or_dash(outcome.and_then(|o| o.metrics.test.get(m)).copied())),
            );
            cells.extend([
                figure_or_dash(outcome.map(|o| o.train_seconds)),
                outcome.map_or_else(|| "–".into(), |o| o.parameter_count.to_string()),
                run.artifact_bytes().map_or_else(|| "–".into(), size),
            ]);
            cells
        })
        .collect();
    let mut text = table(&columns, &rows);
    for note in runs.first().iter().flat_map(|run| &run.notes) {
        text.push_str(&format!("note: {note}\n"));
    }
    text
}

/// How fast each run's network answers.
fn speeds(runs: &[Run]) -> String {
    let columns = [
        left("run"),
        left("framework"),
        right("load, ms"),
        right("rows"),
        right("p50, µs"),
        right("p95, µs"),
        right("rows a second"),
    ];
    let mut rows = Vec::new();
    for (run, speed) in runs.iter().filter_map(|run| Some((run, run.speed.as_ref()?))) {
        for batch in &speed.batches {
            rows.push(vec![
                run.name.clone(),
                run.platform.to_string(),
                figure(speed.load_millis),
                batch.rows.to_string(),
                figure(batch.p50_micros),
                figure(batch.p95_micros),
                format!("{:.0}", batch.rows_per_second),
            ]);
        }
    }
    let mut text = table(&columns, &rows);
    if let Some(speed) = runs.iter().filter_map(|run| run.speed.as_ref()).find(|speed| !speed.is_reliable) {
        text.push_str(&format!(
            "note: other work kept {:.1} cores busy meanwhile; do not trust these figures\n",
            speed.other_busy_cores.unwrap_or_default()
        ));
    }
    text
}

fn list(runs: &[Run]) -> String {
    if runs.is_empty() {
        return "No runs yet; `retort train DATASET --target COL` makes some.".into();
    }
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            let main = run.outcome.as_ref().and_then(|o| o.metrics.test.iter().next());
            vec![
                run.id.to_string(),
                run.name.clone(),
                run.platform.to_string(),
                run.target.clone(),
                word(&run.status),
                run.epoch.to_string(),
                main.map_or_else(
                    || "–".into(),
                    |(metric, value)| format!("{} {}", word(metric), figure(*value)),
                ),
            ]
        })
        .collect();
    let columns = [
        left("id"),
        left("name"),
        left("framework"),
        left("target"),
        left("state"),
        right("epochs"),
        left("test"),
    ];
    table(&columns, &rows)
}

fn show(run: &Run) -> String {
    let mut text = comparison(std::slice::from_ref(run));
    text.push_str(&format!("dataset: {} ({})\ntarget: {}\n", run.dataset.name, run.dataset.id, run.target));
    if let Some(split) = run.split {
        text.push_str(&format!(
            "rows: {} to train on, {} for validation, {} to test on\n",
            split.train, split.validation, split.test
        ));
    }
    if let Ok(serde_json::Value::Object(settings)) = serde_json::to_value(&run.config) {
        for (key, value) in settings {
            text.push_str(&format!("{key}: {value}\n"));
        }
    }
    if let Some(error) = &run.error {
        text.push_str(&format!("error: {error}\n"));
    }
    text
}

/// A variant as JSON has it.
pub fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
