//! Runs: the history and what each left behind.

use super::{Answer, checked_run};
use crate::state::EngineState;
use retort_domain::{EpochRecord, Run, RunId};
use std::path::PathBuf;
use tauri::State;

/// All runs, newest first.
#[tauri::command]
#[specta::specta]
pub async fn runs_list(state: State<'_, EngineState>) -> Answer<Vec<Run>> {
    state.engine().await?.runs_list().await
}

/// Every epoch of a run so far.
#[tauri::command]
#[specta::specta]
pub async fn runs_epochs(state: State<'_, EngineState>, id: RunId) -> Answer<Vec<EpochRecord>> {
    state.engine().await?.runs_epochs(&checked_run(id)?).await
}

/// Gives a run another name.
#[tauri::command]
#[specta::specta]
pub async fn runs_rename(state: State<'_, EngineState>, id: RunId, name: String) -> Answer<()> {
    state.engine().await?.runs_rename(&checked_run(id)?, name).await
}

/// Deletes a run that has ended, with its files.
#[tauri::command]
#[specta::specta]
pub async fn runs_delete(state: State<'_, EngineState>, id: RunId) -> Answer<()> {
    state.engine().await?.runs_delete(&checked_run(id)?).await
}

/// Measures how fast the networks of up to 64 runs answer, in turn; answers
/// with the runs as they are then.
#[tauri::command]
#[specta::specta]
pub async fn runs_measure(state: State<'_, EngineState>, ids: Vec<RunId>) -> Answer<Vec<Run>> {
    let ids = ids.into_iter().map(checked_run).collect::<Result<Vec<_>, _>>()?;
    state.engine().await?.runs_measure(&ids).await
}

/// Copies a run's files into a folder.
#[tauri::command]
#[specta::specta]
pub async fn runs_export(state: State<'_, EngineState>, id: RunId, path: String) -> Answer<()> {
    state.engine().await?.run_export(&checked_run(id)?, PathBuf::from(path)).await
}
