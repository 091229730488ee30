//! What can go wrong with the store, and how it reads to a person.

use retort_domain::{AppError, ErrorCode, JobId};
use std::path::{Path, PathBuf};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be made or opened.
    #[error("the store cannot be opened: {path:?}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not SQLite's, or damaged. The file is left as it is.
    #[error("the store is damaged ({reason}): {path:?}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Written by a later version.
    #[error("the store was written by a newer version of Retort (schema {version}): {path:?}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The first migration that is not known here.
        version: i64,
    },
    /// No room, or the disk does not take what is written.
    #[error("the store cannot be written ({reason}): {path:?}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// As SQLite says.
        reason: String,
    },
    /// Dataset names are unique.
    #[error("another dataset is called \"{name}\"")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// Another process holds the job; this one may no longer write about it.
    #[error("job {job_id} was taken over by another process")]
    LeaseLost {
        /// The job.
        job_id: JobId,
    },
    /// There is nothing of that id.
    #[error("there is no {what} {id}")]
    Missing {
        /// `job`, `run` or `dataset`.
        what: &'static str,
        /// As asked for.
        id: String,
    },
    /// A row holds JSON of another shape.
    #[error("the store holds an unreadable {what}: {source}")]
    Document {
        /// What the row should be.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// Reading was given up, as the program ends.
    #[error("reading the {what} was given up")]
    Interrupted {
        /// What was read.
        what: &'static str,
    },
    /// Anything else that SQLite reports.
    #[error("the store refused: {0}")]
    Database(#[source] sqlx::Error),
}

// Primary result codes, https://www.sqlite.org/rescode.html
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const NOTADB: u32 = 26;

impl StoreError {
    /// Sorts what SQLite says.
    pub(crate) fn of(error: sqlx::Error, path: &Path) -> Self {
        let Some(database) = error.as_database_error() else { return Self::Database(error) };
        let code: Option<u32> = database.code().and_then(|c| c.parse().ok());
        let reason = database.message().to_owned();
        // The low byte is the primary code.
        match code.map(|c| c & 0xff) {
            Some(CORRUPT | NOTADB) => Self::Corrupt { path: path.into(), reason },
            Some(FULL | IOERR | READONLY | CANTOPEN) => Self::Unwritable { path: path.into(), reason },
            Some(_) | None => Self::Database(error),
        }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::Open { .. } | Self::Corrupt { .. } | Self::Newer { .. } | Self::Unwritable { .. } => {
                ErrorCode::Storage
            }
            Self::NameTaken { .. } | Self::LeaseLost { .. } => ErrorCode::Conflict,
            Self::Missing { .. } => ErrorCode::NotFound,
            Self::Document { .. } | Self::Interrupted { .. } | Self::Database(_) => ErrorCode::Internal,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Open { .. } => {
                "Check that the folder exists and can be written, or choose another data folder"
            }
            Self::Corrupt { .. } => {
                "Nothing was changed; put a backup in its place, or move the file away to begin anew"
            }
            Self::Newer { .. } => "Update Retort, or choose another data folder",
            Self::Unwritable { .. } => "Make room on the disk and check that the folder can be written",
            Self::NameTaken { .. } => "Choose another name",
            Self::LeaseLost { .. } => "Follow it there",
            Self::Missing { .. } => "Look at the list for what is there",
            Self::Document { .. } | Self::Interrupted { .. } | Self::Database(_) => {
                "Try again; if it stays, report it with the log"
            }
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        let hint = error.hint();
        Self::new(error.code(), error.to_string()).with_hint(hint)
    }
}
