//! `retort job …`

use crate::arguments::JobCommand;
use crate::failure::Failure;
use crate::output::{Output, figure, left, right, table};
use crate::runs::{comparison, word};
use crate::{distill, sweep, train};
use retort_domain::{Job, JobEvent, JobEventKind, JobSpec};
use retort_engine::Engine;
use serde_json::json;

/// Carries the command out.
pub async fn run(engine: &Engine, output: Output, command: JobCommand) -> Result<(), Failure> {
    match command {
        JobCommand::List => {
            let jobs = engine.jobs_list().await?;
            output.print(&json!({ "jobs": jobs }), || list(&jobs))?;
        }
        JobCommand::Show { job } => {
            let job = engine.jobs_resolve(&job).await?;
            let snapshot = engine.jobs_get(&job.id).await?;
            match job.spec {
                JobSpec::Sweep(_) => return sweep::show(engine, output, &snapshot).await,
                JobSpec::Distil(_) => return distill::show(engine, output, &snapshot).await,
                JobSpec::Train(_) => {}
            }
            output.print(&snapshot, || {
                let error = snapshot.job.error.as_ref().map_or_else(String::new, |e| format!("error: {e}\n"));
                list(std::slice::from_ref(&snapshot.job)) + &comparison(&snapshot.runs) + &error
            })?;
        }
        JobCommand::Events { job, after } => {
            let job = engine.jobs_resolve(&job).await?;
            let events = engine.jobs_events(&job.id, after).await?;
            output.print(&json!({ "events": events }), || told(&events))?;
        }
        JobCommand::Cancel { job } => {
            let job = engine.jobs_resolve(&job).await?;
            engine.jobs_cancel(&job.id).await?;
            let job = engine.jobs_get(&job.id).await?.job;
            output.print(&job, || format!("job {} is {}", job.id, word(&job.status)))?;
        }
        JobCommand::Pause { job } => {
            let job = engine.jobs_resolve(&job).await?;
            engine.jobs_pause(&job.id).await?;
            let job = engine.jobs_get(&job.id).await?.job;
            output.print(&job, || format!("job {} is {}", job.id, word(&job.status)))?;
        }
        JobCommand::Extend { job, trials } => {
            let job = engine.jobs_resolve(&job).await?;
            engine.sweeps_extend(&job.id, trials).await?;
            sweep::follow(engine, output, &job.id, false).await?;
        }
        JobCommand::Retry { job } => {
            let job = engine.jobs_resolve(&job).await?;
            engine.sweeps_retry(&job.id, Vec::new()).await?;
            sweep::follow(engine, output, &job.id, false).await?;
        }
        JobCommand::Resume { job } => {
            let job = engine.jobs_resolve(&job).await?;
            engine.jobs_resume(&job.id).await?;
            match job.spec {
                JobSpec::Train(_) => train::follow(engine, output, &job.id).await?,
                JobSpec::Sweep(_) => sweep::follow(engine, output, &job.id, false).await?,
                JobSpec::Distil(_) => distill::follow(engine, output, &job.id).await?,
            }
        }
    }
    Ok(())
}

fn list(jobs: &[Job]) -> String {
    if jobs.is_empty() {
        return "No jobs yet; `retort train DATASET --target COL` starts one.".into();
    }
    let rows: Vec<Vec<String>> = jobs
        .iter()
        .map(|job| {
            let kind = match &job.spec {
                JobSpec::Train(_) => "train",
                JobSpec::Sweep(_) => "sweep",
                JobSpec::Distil(_) => "distil",
            };
            let platforms: Vec<&str> = job.spec.platforms().iter().map(|p| p.key()).collect();
            vec![
                job.id.to_string(),
                word(&job.status),
                kind.to_owned(),
                job.spec.dataset().to_string(),
                job.spec.target().to_owned(),
                platforms.join(", "),
                job.last_seq.to_string(),
            ]
        })
        .collect();
    let columns = [
        left("id"),
        left("state"),
        left("kind"),
        left("dataset"),
        left("target"),
        left("platforms"),
        right("events"),
    ];
    table(&columns, &rows)
}

fn told(events: &[JobEvent]) -> String {
    let rows: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let (what, run) = match &event.kind {
                JobEventKind::JobStatus { status, error } => {
                    let why = error.as_ref().map_or_else(String::new, |e| format!(": {e}"));
                    (format!("job {}{why}", word(status)), String::new())
                }
                JobEventKind::RunChanged { run } => {
                    (format!("{} {}", run.platform, word(&run.status)), run.id.to_string())
                }
                JobEventKind::RunAdded { run } => (format!("run added: {}", run.name), run.id.to_string()),
                JobEventKind::TrialsChanged { counts } => {
                    (format!("{} of {} trials ended", counts.ended(), counts.total), String::new())
                }
                JobEventKind::Epoch { run_id, record } => (
                    format!("epoch {}, loss {}", record.epoch, figure(record.train_loss)),
                    run_id.to_string(),
                ),
                JobEventKind::Interrupted { run_id, reason, resumes_after_epoch } => {
                    (format!("goes on after epoch {resumes_after_epoch}: {reason}"), run_id.to_string())
                }
            };
            vec![event.seq.to_string(), run, what]
        })
        .collect();
    table(&[right("seq"), left("run"), left("what")], &rows)
}
