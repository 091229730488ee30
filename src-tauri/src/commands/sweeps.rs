//! Sweeps: plan, look, compare, pause, go on.

use super::{Answer, checked_dataset, checked_job};
use crate::state::EngineState;
use retort_domain::{
    JobId, ParameterImportance, Platform, SweepPlan, SweepSnapshot, SweepSpec, TrialColumns,
    TrialColumnsQuery, TrialCurve, TrialFilter, TrialPage, TrialQuery, TrialRef, TrialsFormat,
};
use std::path::PathBuf;
use tauri::State;

/// What a sweep would hold and take; every mistake that can be known before it
/// is started is an error.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_plan(state: State<'_, EngineState>, spec: SweepSpec) -> Answer<SweepPlan> {
    checked_dataset(spec.dataset.clone())?;
    state.engine().await?.sweeps_plan(&spec).await
}

/// A sweep at a glance.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_get(state: State<'_, EngineState>, id: JobId) -> Answer<SweepSnapshot> {
    state.engine().await?.sweeps_get(&checked_job(id)?).await
}

/// Some trials, sorted and filtered; at most 1,000.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_trials(state: State<'_, EngineState>, id: JobId, query: TrialQuery) -> Answer<TrialPage> {
    state.engine().await?.sweeps_trials(&checked_job(id)?, query).await
}

/// What charts draw of the trials that pass a filter.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_columns(
    state: State<'_, EngineState>,
    id: JobId,
    query: TrialColumnsQuery,
) -> Answer<TrialColumns> {
    state.engine().await?.sweeps_columns(&checked_job(id)?, query).await
}

/// Measures how fast a sweep's networks answer, once for each shape; answers
/// with the number of shapes.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_measure(state: State<'_, EngineState>, id: JobId) -> Answer<u32> {
    state.engine().await?.sweeps_measure(&checked_job(id)?).await
}

/// Epochs of some trials; at most 500 trials.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_curves(
    state: State<'_, EngineState>,
    id: JobId,
    trials: Vec<TrialRef>,
) -> Answer<Vec<TrialCurve>> {
    state.engine().await?.sweeps_curves(&checked_job(id)?, trials).await
}

/// How much each parameter matters; of one platform or of both.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_importance(
    state: State<'_, EngineState>,
    id: JobId,
    platform: Option<Platform>,
) -> Answer<Vec<ParameterImportance>> {
    state.engine().await?.sweeps_importance(&checked_job(id)?, platform).await
}

/// Writes the trials that pass a filter to a file.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_export(
    state: State<'_, EngineState>,
    id: JobId,
    filter: TrialFilter,
    format: TrialsFormat,
    path: PathBuf,
) -> Answer<()> {
    state.engine().await?.sweeps_export(&checked_job(id)?, filter, format, path).await
}

/// Adds configurations to a sweep that rests, and goes on with it.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_extend(state: State<'_, EngineState>, id: JobId, more: u32) -> Answer<()> {
    state.engine().await?.sweeps_extend(&checked_job(id)?, more).await
}

/// Queues trials of a sweep that rests again: those named, or all that failed.
#[tauri::command]
#[specta::specta]
pub async fn sweeps_retry(state: State<'_, EngineState>, id: JobId, trials: Vec<TrialRef>) -> Answer<()> {
    state.engine().await?.sweeps_retry(&checked_job(id)?, trials).await
}
