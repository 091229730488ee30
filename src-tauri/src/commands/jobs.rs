//! Jobs: start, look, catch up, cancel.

use super::{Answer, checked_dataset, checked_job};
use crate::state::EngineState;
use retort_domain::{Job, JobEvent, JobId, JobSnapshot, JobSpec};
use tauri::State;

/// Queues a job and answers at once.
#[tauri::command]
#[specta::specta]
pub async fn jobs_start(state: State<'_, EngineState>, spec: JobSpec) -> Answer<JobId> {
    checked_dataset(spec.dataset().clone())?;
    state.engine().await?.jobs_start(spec).await
}

/// A job with its runs as they are now.
#[tauri::command]
#[specta::specta]
pub async fn jobs_get(state: State<'_, EngineState>, id: JobId) -> Answer<JobSnapshot> {
    state.engine().await?.jobs_get(&checked_job(id)?).await
}

/// All jobs, newest first.
#[tauri::command]
#[specta::specta]
pub async fn jobs_list(state: State<'_, EngineState>) -> Answer<Vec<Job>> {
    state.engine().await?.jobs_list().await
}

/// The events of a job after the number last seen, in order.
#[tauri::command]
#[specta::specta]
pub async fn jobs_events(state: State<'_, EngineState>, id: JobId, after: u32) -> Answer<Vec<JobEvent>> {
    state.engine().await?.jobs_events(&checked_job(id)?, after).await
}

/// Stops a job within a second.
#[tauri::command]
#[specta::specta]
pub async fn jobs_cancel(state: State<'_, EngineState>, id: JobId) -> Answer<()> {
    state.engine().await?.jobs_cancel(&checked_job(id)?).await
}

/// Lets a sweep rest, within a second.
#[tauri::command]
#[specta::specta]
pub async fn jobs_pause(state: State<'_, EngineState>, id: JobId) -> Answer<()> {
    state.engine().await?.jobs_pause(&checked_job(id)?).await
}

/// Goes on with a paused sweep, or a job whose process has ended.
#[tauri::command]
#[specta::specta]
pub async fn jobs_resume(state: State<'_, EngineState>, id: JobId) -> Answer<()> {
    state.engine().await?.jobs_resume(&checked_job(id)?).await
}
