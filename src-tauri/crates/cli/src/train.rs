//! `retort train`: a job from the question to its result.

use crate::arguments::TrainArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::runs;
use crate::work;
use retort_domain::{
    AppError, Dataset, ErrorCode, JobId, JobSnapshot, JobSpec, JobStatus, RunStatus, TrainSpec,
    TrainingConfig,
};
use retort_engine::{Engine, ImportOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::sync::broadcast::error::RecvError;

/// Trains, prints the runs, and then waits for jobs that were interrupted
/// earlier and go on in this process.
pub async fn run(
    engine: &Engine,
    output: Output,
    arguments: TrainArguments,
    config: TrainingConfig,
) -> Result<(), Failure> {
    let resumed = engine.active_job_ids();
    if !resumed.is_empty() {
        let _ = writeln!(std::io::stderr(), "going on with {} interrupted earlier", jobs(resumed.len()));
    }
    let dataset = find_or_import(engine, &arguments.dataset).await?;
    let platforms = arguments.platform.platforms();
    let spec = TrainSpec { dataset: dataset.id, target: arguments.target, platforms, config };
    let id = engine.jobs_start(JobSpec::Train(spec)).await?;
    let result = follow(engine, output, &id).await;
    for id in resumed {
        until_told_to_stop(engine, &id, engine.wait(&id)).await?;
    }
    result
}

fn jobs(n: usize) -> String {
    if n == 1 { "1 job".into() } else { format!("{n} jobs") }
}

/// Waits for a job of this process, showing how it goes, and prints its runs.
pub async fn follow(engine: &Engine, output: Output, id: &JobId) -> Result<(), Failure> {
    let snapshot = until_told_to_stop(engine, id, watch(engine, id)).await?;
    // A job that failed before anything was trained has no result to print.
    if snapshot.runs.iter().any(|run| run.started_at.is_some()) {
        output.print(&runs::documents(&snapshot.runs), || runs::comparison(&snapshot.runs))?;
    }
    verdict(&snapshot).map_err(Failure::from)
}

/// Waits for a job's end, with a bar for each of its runs.
pub async fn watch(engine: &Engine, id: &JobId) -> Result<JobSnapshot, AppError> {
    let mut events = engine.subscribe();
    let progress = Progress::of(&engine.jobs_get(id).await?);
    let show = async {
        loop {
            match events.recv().await {
                Ok(event) if event.job_id == *id => progress.show(&event.kind),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    let snapshot = tokio::select! {
        snapshot = engine.wait(id) => snapshot,
        () = show => unreachable!("showing does not end"),
    };
    progress.clear();
    snapshot
}

/// Ctrl-C cancels the job. A request to end leaves it to be resumed.
pub async fn until_told_to_stop(
    engine: &Engine,
    id: &JobId,
    work: impl Future<Output = Result<JobSnapshot, AppError>>,
) -> Result<JobSnapshot, AppError> {
    tokio::pin!(work);
    tokio::select! {
        result = &mut work => result,
        _ = tokio::signal::ctrl_c() => {
            match engine.jobs_cancel(id).await {
                // Ended meanwhile: its result stands.
                Err(error) if error.code == ErrorCode::Conflict => {}
                result => result?,
            }
            engine.jobs_get(id).await
        }
        () = asked_to_end() => {
            engine.shutdown().await;
            Err(AppError::new(ErrorCode::Cancelled, format!("job {id} was interrupted"))
                .with_hint(format!("Go on with `retort job resume {id}`")))
        }
    }
}

#[cfg(unix)]
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hang_up)) =
        (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

#[cfg(not(unix))]
pub async fn asked_to_end() {
    std::future::pending().await
}

/// An error where a run did not end well.
pub fn verdict(snapshot: &JobSnapshot) -> Result<(), AppError> {
    if snapshot.job.status == JobStatus::Cancelled {
        return Err(AppError::new(ErrorCode::Cancelled, format!("job {} was cancelled", snapshot.job.id)));
    }
    let ended_badly =
        snapshot.runs.iter().filter(|run| matches!(run.status, RunStatus::Failed | RunStatus::Diverged));
    let mut errors: Vec<(String, AppError)> =
        ended_badly.filter_map(|run| Some((run.platform.to_string(), run.error.clone()?))).collect();
    if errors.is_empty() {
        return snapshot.job.error.clone().map_or(Ok(()), Err);
    }
    let (platform, mut error) = errors.remove(0);
    // What befell only some of the runs is told with whom.
    let befell_all =
        errors.len() + 1 == snapshot.runs.len() && errors.iter().all(|(_, e)| e.message == error.message);
    if !befell_all && !error.message.contains(&platform) {
        error.message = format!("{platform}: {}", error.message);
    }
    Err(error)
}

/// An exact id or name stands before a file of that name, a file before the
/// start of an id.
pub async fn find_or_import(engine: &Engine, text: &str) -> Result<Dataset, AppError> {
    let all = engine.datasets_list().await?;
    if let Some(dataset) = all.into_iter().find(|d| d.id.as_str() == text || d.name == text) {
        return Ok(dataset);
    }
    if Path::new(text).exists() {
        let import = |work| engine.datasets_import(PathBuf::from(text), ImportOptions::default(), Some(work));
        return work::watched(engine, "importing", import).await;
    }
    engine.datasets_resolve(text).await.map_err(|error| match error.code {
        ErrorCode::NotFound => {
            AppError::new(ErrorCode::NotFound, format!("there is no dataset or file \"{text}\""))
                .with_hint("Check the path, or see `retort dataset list`")
        }
        _ => error,
    })
}
