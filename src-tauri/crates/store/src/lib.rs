//! What must survive: datasets, jobs, runs, epochs and events in one SQLite
//! file. Several processes may hold it open. What is *done* with any of it is
//! the engine's business; tables and weights are files and lie elsewhere.

mod datasets;
mod distillations;
mod error;
mod events;
mod jobs;
mod leases;
mod open;
mod runs;
mod settings;
mod speeds;
mod trials;
mod versions;

pub use distillations::{ChosenStudent, DistillationState};
pub use error::StoreError;
pub use leases::Lease;
pub use trials::{SweepChange, SweepState, TrialGroup, TrialRecord};

use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, Transaction};
use std::path::PathBuf;

/// The open store. Cloning it shares the connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
    path: PathBuf,
    owner: String,
}

impl Store {
    /// Who writes through this store, as leases and events say.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Ends all connections; later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that may write. It takes the lock at once: one that began
    /// by reading and then found another writer could only be rolled back.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|e| self.failed(e))
    }

    fn failed(&self, error: sqlx::Error) -> StoreError {
        StoreError::of(error, &self.path)
    }
}
