//! Runs and their epochs as stored.

use crate::jobs::from_json;
use crate::{Store, StoreError};
use retort_domain::{EpochRecord, JobId, Run, RunId};
use sqlx::{Sqlite, Transaction};

type Row = (String, i64, String);

fn run_of((name, epoch, document): Row) -> Result<Run, StoreError> {
    let mut run: Run = from_json("run", &document)?;
    run.name = name;
    run.epoch = epoch as u32;
    Ok(run)
}

impl Store {
    pub(crate) async fn runs_in(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        job_id: &JobId,
    ) -> Result<Vec<Run>, StoreError> {
        let rows: Vec<Row> =
            sqlx::query_as("SELECT name, epoch, document FROM runs WHERE job_id = ? ORDER BY position")
                .bind(job_id.as_str())
                .fetch_all(&mut **tx)
                .await
                .map_err(|e| self.failed(e))?;
        rows.into_iter().map(run_of).collect()
    }

    /// All runs, newest first; those of one job in the order of its platforms.
    pub async fn runs(&self) -> Result<Vec<Run>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT name, epoch, document FROM runs ORDER BY created_at DESC, job_id DESC, position",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        rows.into_iter().map(run_of).collect()
    }

    /// The run of that id.
    pub async fn run(&self, id: &RunId) -> Result<Option<Run>, StoreError> {
        let row: Option<Row> = sqlx::query_as("SELECT name, epoch, document FROM runs WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        row.map(run_of).transpose()
    }

    /// Its epochs, in order.
    pub async fn epochs(&self, id: &RunId) -> Result<Vec<EpochRecord>, StoreError> {
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT record FROM epochs WHERE run_id = ? ORDER BY epoch")
                .bind(id.as_str())
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        rows.iter().map(|record| from_json("epoch", record)).collect()
    }

    /// Deletes a run with its epochs, and its job with its last run.
    pub async fn delete_run(&self, id: &RunId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let job_id: Option<String> = sqlx::query_scalar("DELETE FROM runs WHERE id = ? RETURNING job_id")
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(job_id) = job_id else {
            return Err(StoreError::Missing { what: "run", id: id.to_string() });
        };
        // A sweep is its trials, whatever becomes of the runs made of the best.
        sqlx::query(
            "DELETE FROM jobs WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM runs WHERE job_id = ?1)
             AND NOT EXISTS (SELECT 1 FROM trials WHERE job_id = ?1)",
        )
        .bind(job_id)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.failed(e))?;
        tx.commit().await.map_err(|e| self.failed(e))
    }

    /// Remembers which epoch the run's checkpoint holds.
    pub async fn set_checkpoint_epoch(&self, id: &RunId, epoch: u32) -> Result<(), StoreError> {
        sqlx::query("UPDATE runs SET checkpoint_epoch = ? WHERE id = ?")
            .bind(i64::from(epoch))
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// The epoch that the run's last checkpoint holds, 0 before the first.
    pub async fn checkpoint_epoch(&self, id: &RunId) -> Result<u32, StoreError> {
        let epoch: Option<i64> = sqlx::query_scalar("SELECT checkpoint_epoch FROM runs WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(epoch.unwrap_or(0) as u32)
    }
}
