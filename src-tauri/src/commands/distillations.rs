//! Distillations, once started: how far they are and what came of them.

use super::{Answer, checked_job};
use crate::state::EngineState;
use retort_domain::{DistillationSnapshot, JobId};
use tauri::State;

/// A distillation as it stands, with its answer once there is one.
#[tauri::command]
#[specta::specta]
pub async fn distillations_get(state: State<'_, EngineState>, id: JobId) -> Answer<DistillationSnapshot> {
    state.engine().await?.distillations_get(&checked_job(id)?).await
}
