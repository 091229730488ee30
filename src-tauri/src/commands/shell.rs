//! The runtimes, and the window itself.

use super::Answer;
use crate::state::EngineState;
use crate::window::CloseConsent;
use retort_domain::RuntimeReport;
use tauri::{State, WebviewWindow};

/// Trains a small network on each runtime and reports.
#[tauri::command]
#[specta::specta]
pub async fn runtimes_check(state: State<'_, EngineState>) -> Answer<Vec<RuntimeReport>> {
    state.engine().await?.doctor().await
}

/// The window is painted: what can wait until then begins.
#[tauri::command]
#[specta::specta]
pub async fn app_ready(state: State<'_, EngineState>) -> Answer<()> {
    state.engine().await?.warm_up().await;
    Ok(())
}

/// Closes the window though jobs run; they go on when the app opens again.
#[tauri::command]
#[specta::specta]
pub fn close_confirm(window: WebviewWindow, consent: State<'_, CloseConsent>) {
    consent.give();
    if let Err(error) = window.close() {
        tracing::error!(%error, "the window does not close");
    }
}
