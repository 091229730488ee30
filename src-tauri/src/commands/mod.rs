//! What the window may ask for. Each command is a few lines: check ids, call
//! the engine, pass its answer or its error on.

pub mod datasets;
pub mod distillations;
pub mod jobs;
pub mod reports;
pub mod runs;
pub mod shell;
pub mod sweeps;
pub mod table;

use retort_domain::{AppError, DatasetId, ErrorCode, JobId, RunId, WorkId};

/// What every command answers.
pub type Answer<T> = Result<T, AppError>;

fn refuse(what: &str) -> AppError {
    AppError::new(ErrorCode::NotFound, format!("that is no {what} id"))
}

fn checked_dataset(id: DatasetId) -> Answer<DatasetId> {
    if id.is_well_formed() { Ok(id) } else { Err(refuse("dataset")) }
}

fn checked_job(id: JobId) -> Answer<JobId> {
    if id.is_well_formed() { Ok(id) } else { Err(refuse("job")) }
}

fn checked_run(id: RunId) -> Answer<RunId> {
    if id.is_well_formed() { Ok(id) } else { Err(refuse("run")) }
}

fn checked_work(id: WorkId) -> Answer<WorkId> {
    if id.is_well_formed() { Ok(id) } else { Err(refuse("work")) }
}
