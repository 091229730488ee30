//! `retort sweep`: many configurations, from the question to the verdict.

use crate::arguments::SweepArguments;
use crate::failure::Failure;
use crate::output::{Output, figure, figure_or_dash, left, right, table};
use crate::runs::word;
use crate::settings::search_space;
use crate::train::{find_or_import, until_told_to_stop};
use indicatif::{ProgressBar, ProgressStyle};
use retort_domain::{
    AppError, Confirmation, ErrorCode, JobEventKind, JobId, JobSnapshot, JobSpec, JobStatus, JudgedEpoch,
    Metric, ParameterValue, Run, SweepSnapshot, SweepSpec, TrainingConfig, Trial, TrialColumn, TrialCounts,
    TrialFilter, TrialQuery, TrialSort, TrialStatus,
};
use retort_engine::Engine;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

/// Rows asked for at once.
const PAGE: u32 = 1000;
/// Trials that are shown to a person.
const SHOWN: usize = 10;

/// Sweeps, and prints trials, winners and their comparison.
pub async fn run(
    engine: &Engine,
    output: Output,
    arguments: SweepArguments,
    config: TrainingConfig,
) -> Result<(), Failure> {
    let space = search_space(&arguments.space)?;
    let dataset = find_or_import(engine, &arguments.dataset).await?;
    let confirmation = arguments.confirm_top.zip(arguments.confirm_seeds);
    let resampling = arguments.resampling();
    let spec = SweepSpec {
        dataset: dataset.id,
        target: arguments.target,
        platforms: arguments.platform.platforms(),
        config,
        space,
        sampler: arguments.sampler.kind(),
        pruner: arguments.pruner.kind(),
        n_trials: arguments.trials,
        objective: arguments.objective,
        judged_epoch: if arguments.last_epoch { JudgedEpoch::Last } else { JudgedEpoch::Best },
        resampling,
        confirmation: confirmation.map(|(top, seeds)| Confirmation { top, seeds }),
        failure_cap: arguments.failure_cap,
    };
    let id = engine.jobs_start(JobSpec::Sweep(spec)).await?;
    follow(engine, output, &id, arguments.follow).await
}

/// Waits for a sweep of this process, and prints what came of it.
pub async fn follow(engine: &Engine, output: Output, id: &JobId, with_table: bool) -> Result<(), Failure> {
    let snapshot = until_told_to_stop(engine, id, watch(engine, id, with_table)).await?;
    show(engine, output, &snapshot).await?;
    verdict(&snapshot).map_err(Failure::from)
}

/// Prints a sweep as it stands.
pub async fn show(engine: &Engine, output: Output, snapshot: &JobSnapshot) -> Result<(), Failure> {
    let id = &snapshot.job.id;
    let sweep = engine.sweeps_get(id).await?;
    let trials = all_trials(engine, id).await?;
    output.print(&document(&sweep, &trials, &snapshot.runs), || text(&sweep, &trials, snapshot))?;
    Ok(())
}

fn verdict(snapshot: &JobSnapshot) -> Result<(), AppError> {
    let id = &snapshot.job.id;
    match (snapshot.job.status, &snapshot.job.error) {
        (JobStatus::Cancelled, _) => {
            Err(AppError::new(ErrorCode::Cancelled, format!("job {id} was cancelled")))
        }
        (JobStatus::Paused, _) => Err(AppError::new(ErrorCode::Cancelled, format!("sweep {id} is paused"))
            .with_hint(format!("Go on with `retort job resume {id}`"))),
        (_, Some(error)) => Err(error.clone()),
        (_, None) => Ok(()),
    }
}

async fn all_trials(engine: &Engine, id: &JobId) -> Result<Vec<Trial>, AppError> {
    let mut trials = Vec::new();
    loop {
        let query = TrialQuery { offset: trials.len() as u32, limit: PAGE, ..Default::default() };
        let page = engine.sweeps_trials(id, query).await?;
        let is_last = page.rows.len() < PAGE as usize;
        trials.extend(page.rows);
        if is_last {
            return Ok(trials);
        }
    }
}

/// The document that scripts read.
fn document(sweep: &SweepSnapshot, trials: &[Trial], runs: &[Run]) -> Value {
    let of_trial = |trial: &Trial| {
        json!({
            "trial_id": trial.id(&sweep.job_id), "number": trial.number, "platform": trial.platform,
            "status": trial.status, "stage": trial.stage, "seed": trial.seed, "confirms": trial.confirms,
            "params": trial.params, "objective": trial.objective, "objective_sd": trial.objective_sd,
            "best_epoch": trial.best_epoch, "epochs_run": trial.epoch, "metrics": trial.metrics, "train_seconds": trial.train_seconds,
            "finished_at": trial.finished_at,
            "parameter_count": trial.parameter_count, "error": trial.error,
        })
    };
    let mut best = serde_json::Map::new();
    for winner in &sweep.best {
        let run = runs.iter().find(|run| Some(&run.id) == winner.run_id.as_ref());
        let outcome = run.and_then(|run| run.outcome.as_ref());
        let mut of_best = of_trial(&winner.trial);
        of_best["confirmed"] = json!(winner.confirmed);
        of_best["run_id"] = json!(run.map(|run| &run.id));
        of_best["validation"] = json!(winner.trial.metrics);
        of_best["test"] = json!(outcome.map(|outcome| &outcome.metrics.test));
        of_best["artifact_bytes"] = json!(run.and_then(Run::artifact_bytes));
        best.insert(winner.trial.platform.key().into(), of_best);
    }
    json!({
        "job_id": sweep.job_id, "objective": sweep.objective, "counts": sweep.counts,
        "elapsed_seconds": sweep.elapsed_secs, "trials": trials.iter().map(of_trial).collect::<Vec<_>>(),
        "best": best, "comparison": sweep.comparison,
    })
}

fn text(sweep: &SweepSnapshot, trials: &[Trial], snapshot: &JobSnapshot) -> String {
    let mut lines = vec![format!(
        "Sweep {} ({}): {}",
        sweep.job_id,
        word(&snapshot.job.status),
        counts_in_words(&sweep.counts)
    )];
    let objective = word(&sweep.objective);
    for winner in &sweep.best {
        let trial = &winner.trial;
        let confirmed = winner.confirmed.map_or_else(String::new, |c| {
            format!("; {} ± {} over {} seeds", figure(c.mean), figure(c.sd), c.n)
        });
        let value = objective_in_words(trial);
        lines.push(format!(
            "Best on {}: trial {} with {objective} {value}{confirmed} ({})",
            trial.platform,
            trial.number,
            params_in_words(trial)
        ));
        let run = snapshot.runs.iter().find(|run| Some(&run.id) == winner.run_id.as_ref());
        if let Some(outcome) = run.and_then(|run| run.outcome.as_ref()) {
            let test = outcome.metrics.test.iter().map(|(m, v)| format!("{} {}", word(m), figure(*v)));
            lines.push(format!("  on test rows: {}", test.collect::<Vec<_>>().join(", ")));
        }
    }
    if let Some(comparison) = &sweep.comparison {
        lines.push(comparison.verdict.clone());
    }
    lines.push(String::new());
    lines.push(best_table(sweep, trials));
    lines.join("\n")
}

/// With its spread over the folds, where there are some.
fn objective_in_words(trial: &Trial) -> String {
    let spread = trial.objective_sd.map_or_else(String::new, |sd| format!(" ± {}", figure(sd)));
    figure_or_dash(trial.objective) + &spread
}

fn params_in_words(trial: &Trial) -> String {
    let params = trial.params.iter().map(|(name, value)| format!("{name} {}", value_in_words(value)));
    params.collect::<Vec<_>>().join(", ")
}

fn value_in_words(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Number(number) if number.fract() == 0.0 && number.abs() < 1e9 => {
            format!("{number:.0}")
        }
        ParameterValue::Number(number) => figure(*number),
        ParameterValue::Text(text) => text.clone(),
        ParameterValue::Flag(flag) => flag.to_string(),
        ParameterValue::Units(units) => {
            format!("[{}]", units.iter().map(u32::to_string).collect::<Vec<_>>().join(","))
        }
        ParameterValue::Nothing(()) => "none".into(),
    }
}

fn best_table(sweep: &SweepSnapshot, trials: &[Trial]) -> String {
    let mut best: Vec<&Trial> = trials.iter().filter(|t| t.status == TrialStatus::Succeeded).collect();
    let value = |trial: &Trial| {
        let value = trial.objective.unwrap_or(f64::INFINITY);
        if sweep.objective.higher_is_better() { -value } else { value }
    };
    best.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut columns = vec![
        right("trial"),
        left("platform"),
        right(word(&sweep.objective)),
        right("epoch"),
        right("seconds"),
    ];
    columns.extend(sweep.swept.iter().map(left));
    let rows: Vec<Vec<String>> = best
        .into_iter()
        .take(SHOWN)
        .map(|trial| {
            let mut row = vec![
                trial.number.to_string(),
                trial.platform.key().to_owned(),
                objective_in_words(trial),
                trial.best_epoch.map_or_else(|| "–".into(), |e| e.to_string()),
                figure(trial.train_seconds),
            ];
            row.extend(
                sweep
                    .swept
                    .iter()
                    .map(|name| trial.params.get(name).map_or_else(String::new, value_in_words)),
            );
            row
        })
        .collect();
    if rows.is_empty() { "No trial has succeeded.".into() } else { table(&columns, &rows) }
}

fn counts_in_words(counts: &TrialCounts) -> String {
    let parts = [
        (counts.succeeded, "succeeded"),
        (counts.pruned, "pruned"),
        (counts.diverged, "diverged"),
        (counts.failed, "failed"),
        (counts.cancelled, "cancelled"),
        (counts.running, "running"),
        (counts.waiting, "waiting"),
        (counts.queued, "queued"),
    ];
    let shown = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    shown.collect::<Vec<_>>().join(", ")
}

async fn watch(engine: &Engine, id: &JobId, with_table: bool) -> Result<JobSnapshot, AppError> {
    let mut events = engine.subscribe();
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    let show = async {
        loop {
            match events.recv().await {
                Ok(event) if event.job_id == *id => {
                    if let JobEventKind::TrialsChanged { counts } = event.kind
                        && !bar.is_hidden()
                    {
                        progress(engine, id, &bar, counts, with_table).await;
                    }
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    let snapshot = tokio::select! {
        snapshot = engine.wait(id) => snapshot,
        () = show => unreachable!("showing does not end"),
    };
    bar.finish_and_clear();
    snapshot
}

async fn progress(engine: &Engine, id: &JobId, bar: &ProgressBar, counts: TrialCounts, with_table: bool) {
    let Ok(sweep) = engine.sweeps_get(id).await else { return };
    bar.set_length(u64::from(sweep.planned));
    bar.set_position(u64::from(counts.ended()));
    let left = sweep.remaining_secs.map_or_else(String::new, |secs| format!(", {} s left", figure(secs)));
    let mut message = format!("{}{left}", counts_in_words(&counts));
    if with_table {
        let query = TrialQuery {
            sort: vec![TrialSort {
                by: TrialColumn::Objective,
                descending: Metric::higher_is_better(sweep.objective),
            }],
            filter: TrialFilter { statuses: vec![TrialStatus::Succeeded], ..Default::default() },
            offset: 0,
            limit: SHOWN as u32,
        };
        if let Ok(page) = engine.sweeps_trials(id, query).await {
            message = format!("{message}\n{}", best_table(&sweep, &page.rows));
        }
    }
    bar.set_message(message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_without_noughts() {
        let mut counts = TrialCounts::default();
        for status in [TrialStatus::Succeeded, TrialStatus::Succeeded, TrialStatus::Pruned] {
            counts.add(status);
        }
        assert_eq!(counts_in_words(&counts), "2 succeeded, 1 pruned");
    }
}
