//! Who runs a job. A lease belongs to a process, which keeps it alive by a
//! heartbeat; one that has died may be claimed by another.

use crate::{Store, StoreError};
use retort_domain::{JobId, TimestampMillis};

/// A lease as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// The process.
    pub owner: String,
    /// When it last gave a sign of life.
    pub heartbeat_at: TimestampMillis,
}

impl Store {
    /// Takes a job over from `from`, or from nobody. False where somebody else
    /// was faster, or the job has ended meanwhile.
    pub async fn claim(
        &self,
        job_id: &JobId,
        from: Option<&str>,
        now: TimestampMillis,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let holder: Option<String> = sqlx::query_scalar("SELECT owner FROM leases WHERE job_id = ?")
            .bind(job_id.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        if holder.as_deref() != from {
            return Ok(false);
        }
        let done = sqlx::query(
            "INSERT INTO leases (job_id, owner, heartbeat_at)
             SELECT id, ?, ? FROM jobs WHERE id = ? AND status IN ('queued', 'running', 'paused')
             ON CONFLICT (job_id) DO UPDATE SET owner = excluded.owner, heartbeat_at = excluded.heartbeat_at",
        )
        .bind(&self.owner)
        .bind(now)
        .bind(job_id.as_str())
        .execute(&mut *tx)
        .await
        .map_err(|e| self.failed(e))?;
        tx.commit().await.map_err(|e| self.failed(e))?;
        Ok(done.rows_affected() > 0)
    }

    /// A sign of life for all jobs of this process; answers with those it
    /// still holds.
    pub async fn heartbeat(&self, now: TimestampMillis) -> Result<Vec<JobId>, StoreError> {
        let held: Vec<String> =
            sqlx::query_scalar("UPDATE leases SET heartbeat_at = ? WHERE owner = ? RETURNING job_id")
                .bind(now)
                .bind(&self.owner)
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        Ok(held.into_iter().map(JobId).collect())
    }

    /// Gives all jobs of this process free.
    pub async fn release_all(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM leases WHERE owner = ?")
            .bind(&self.owner)
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// Gives one job of this process free.
    pub async fn release(&self, job_id: &JobId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM leases WHERE job_id = ? AND owner = ?")
            .bind(job_id.as_str())
            .bind(&self.owner)
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// The lease of a job.
    pub async fn lease(&self, job_id: &JobId) -> Result<Option<Lease>, StoreError> {
        let row: Option<(String, f64)> =
            sqlx::query_as("SELECT owner, heartbeat_at FROM leases WHERE job_id = ?")
                .bind(job_id.as_str())
                .fetch_optional(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        Ok(row.map(|(owner, heartbeat_at)| Lease { job_id: job_id.clone(), owner, heartbeat_at }))
    }
}
