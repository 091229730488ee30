//! The one error that crosses the boundary to a person, be it the window or
//! the command line. Crates have typed errors of their own; the engine maps
//! them to this.

use serde::{Deserialize, Serialize};
use specta::Type;

/// What kind of trouble it is; the window acts on this, never on the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The file cannot be read as a table.
    UnreadableFile,
    /// The table was read but cannot serve for what was asked.
    UnusableData,
    /// A setting is out of bounds or contradicts another.
    InvalidConfig,
    /// No such dataset, job, run, column or sheet.
    NotFound,
    /// What was asked for does not fit the state of things (already finished,
    /// still running, name taken).
    Conflict,
    /// A framework's runtime is missing or broken.
    RuntimeMissing,
    /// A worker ended unexpectedly, repeatedly.
    WorkerFailed,
    /// Training ended in a number that is not finite.
    Diverged,
    /// The disk is full or the folder cannot be written.
    Storage,
    /// The time limit or the memory limit was reached.
    LimitReached,
    /// Cancelled by a person.
    Cancelled,
    /// A defect of ours.
    Internal,
}

/// An error as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, thiserror::Error)]
#[error("{message}")]
pub struct AppError {
    /// What kind of trouble.
    pub code: ErrorCode,
    /// What happened and where (file, row, column), one line, no full stop.
    pub message: String,
    /// What to do about it, one line.
    pub hint: Option<String>,
}

impl AppError {
    /// An error without a hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: one_line(message.into()), hint: None }
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(one_line(hint.into()));
        self
    }
}

impl From<crate::ConfigError> for AppError {
    fn from(error: crate::ConfigError) -> Self {
        Self::new(ErrorCode::InvalidConfig, error.to_string())
    }
}

/// Control characters would break the promise of one line (a column name may
/// hold any), so they are shown escaped.
fn one_line(text: String) -> String {
    if text.chars().any(char::is_control) {
        text.chars()
            .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
            .collect()
    } else {
        text
    }
}
