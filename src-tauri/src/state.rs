//! The engine as the commands reach it. It opens in the background, so that
//! the window is painted before a database is; a command that comes early
//! waits, and where opening failed every command answers with the reason.

use retort_domain::{AppError, ErrorCode};
use retort_engine::Engine;
use tokio::sync::watch;

type Opened = Option<Result<Engine, AppError>>;

/// Managed by Tauri; one a process.
pub struct EngineState {
    opened: watch::Receiver<Opened>,
}

/// Fulfils [`EngineState`] once.
pub struct EngineOpener(watch::Sender<Opened>);

impl EngineState {
    /// A state that waits for its opener.
    pub fn pending() -> (EngineOpener, EngineState) {
        let (sender, opened) = watch::channel(None);
        (EngineOpener(sender), EngineState { opened })
    }

    /// The engine, once it is open.
    pub async fn engine(&self) -> Result<Engine, AppError> {
        let mut opened = self.opened.clone();
        let ready = opened
            .wait_for(Option::is_some)
            .await
            .map_err(|_| AppError::new(ErrorCode::Internal, "the engine ended before it was open"))?;
        match ready.as_ref() {
            Some(result) => result.clone(),
            None => Err(AppError::new(ErrorCode::Internal, "the engine is not open")),
        }
    }

    /// The engine if it is open by now.
    pub fn engine_now(&self) -> Option<Engine> {
        self.opened.borrow().as_ref().and_then(|result| result.as_ref().ok().cloned())
    }
}

impl EngineOpener {
    /// Lets every waiting command go on.
    pub fn fulfil(self, result: Result<Engine, AppError>) {
        self.0.send_replace(Some(result));
    }
}
