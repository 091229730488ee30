//! Reports that a person keeps.

use super::Answer;
use crate::state::EngineState;
use std::path::PathBuf;
use tauri::State;

/// Writes a report (`.html`, `.csv` or `.txt`) to the file that a person named.
#[tauri::command]
#[specta::specta]
pub async fn reports_save(state: State<'_, EngineState>, path: String, text: String) -> Answer<()> {
    state.engine().await?.reports_save(PathBuf::from(path), text).await
}
