//! Closing the window. While jobs run a person is asked once; either answer
//! loses nothing, as interrupted jobs go on at the next start.

use crate::bindings::CloseRequested;
use crate::state::EngineState;
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::{Manager, Window, WindowEvent};
use tauri_specta::Event;

/// Whether a person has agreed to close though jobs run.
#[derive(Default)]
pub struct CloseConsent(AtomicBool);

impl CloseConsent {
    /// They have.
    pub fn give(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_given(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Holds a close request back while jobs run and nobody has agreed.
pub fn on_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else { return };
    if window.state::<CloseConsent>().is_given() {
        return;
    }
    let active_jobs =
        window.state::<EngineState>().engine_now().map_or(0, |engine| engine.active_jobs()) as u32;
    if active_jobs > 0 {
        api.prevent_close();
        if let Err(error) = (CloseRequested { active_jobs }).emit(window) {
            tracing::error!(%error, "the window cannot be asked");
        }
    }
}
