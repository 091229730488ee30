//! Jobs as stored.

use crate::{Store, StoreError, events::insert_event};
use retort_domain::{DatasetId, Job, JobEvent, JobEventKind, JobId, Run, TimestampMillis};
use serde::Serialize;
use serde::de::DeserializeOwned;

type Row = (String, String, String, Option<String>, f64, Option<f64>, i64);
const COLUMNS_BY_ID: &str =
    "SELECT id, spec, status, error, created_at, finished_at, last_seq FROM jobs WHERE id = ?";
const NEWEST_FIRST: &str = "SELECT id, spec, status, error, created_at, finished_at, last_seq FROM jobs ORDER BY created_at DESC, id DESC";
const UNFINISHED: &str = "SELECT id, spec, status, error, created_at, finished_at, last_seq FROM jobs
     WHERE status IN ('queued', 'running') ORDER BY created_at, id";

fn job_of((id, spec, status, error, created_at, finished_at, last_seq): Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: JobId(id),
        spec: from_json("job", &spec)?,
        status: from_word("job", &status)?,
        error: error.as_deref().map(|e| from_json("job", e)).transpose()?,
        created_at,
        finished_at,
        last_seq: last_seq as u32,
    })
}

pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|source| StoreError::Document { what, source })
}

pub(crate) fn to_json<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Document { what, source })
}

/// A plain enum's variant as the word that JSON has for it.
pub(crate) fn to_word<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    Ok(to_json(what, value)?.trim_matches('"').to_owned())
}

fn from_word<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|source| StoreError::Document { what, source })
}

impl Store {
    /// Stores a new job with its runs and this process's lease on it, and
    /// answers with the event that tells of it.
    pub async fn insert_job(
        &self,
        job: &Job,
        runs: &[Run],
        now: TimestampMillis,
    ) -> Result<JobEvent, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO jobs (id, dataset_id, spec, status, created_at, last_seq) VALUES (?, ?, ?, ?, ?, 1)",
        )
        .bind(job.id.as_str())
        .bind(job.spec.dataset().as_str())
        .bind(to_json("job", &job.spec)?)
        .bind(to_word("job", &job.status)?)
        .bind(job.created_at)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.failed(e))?;
        for (position, run) in runs.iter().enumerate() {
            sqlx::query(
                "INSERT INTO runs (id, job_id, position, name, status, created_at, document) VALUES (?, ?, ?, ?, ?, ?, ?)",
            )
            .bind(run.id.as_str())
            .bind(job.id.as_str())
            .bind(position as i64)
            .bind(&run.name)
            .bind(to_word("run", &run.status)?)
            .bind(run.created_at)
            .bind(to_json("run", run)?)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        }
        sqlx::query("INSERT INTO leases (job_id, owner, heartbeat_at) VALUES (?, ?, ?)")
            .bind(job.id.as_str())
            .bind(&self.owner)
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        let kind = JobEventKind::JobStatus { status: job.status, error: None };
        let event = JobEvent { job_id: job.id.clone(), seq: 1, at: now, kind };
        insert_event(self, &mut tx, &event).await?;
        tx.commit().await.map_err(|e| self.failed(e))?;
        Ok(event)
    }

    /// The job of that id.
    pub async fn job(&self, id: &JobId) -> Result<Option<Job>, StoreError> {
        let row: Option<Row> = sqlx::query_as(COLUMNS_BY_ID)
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        row.map(job_of).transpose()
    }

    /// A job with its runs, as of one moment: the runs are those that the
    /// job's last event tells of.
    pub async fn job_with_runs(&self, id: &JobId) -> Result<Option<(Job, Vec<Run>)>, StoreError> {
        let mut tx = self.pool.begin().await.map_err(|e| self.failed(e))?;
        let row: Option<Row> = sqlx::query_as(COLUMNS_BY_ID)
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        let Some(row) = row else { return Ok(None) };
        let runs = self.runs_in(&mut tx, id).await?;
        Ok(Some((job_of(row)?, runs)))
    }

    /// All jobs, newest first.
    pub async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        let rows: Vec<Row> =
            sqlx::query_as(NEWEST_FIRST).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(job_of).collect()
    }

    /// Jobs that have not ended, oldest first.
    pub async fn unfinished_jobs(&self) -> Result<Vec<Job>, StoreError> {
        let rows: Vec<Row> =
            sqlx::query_as(UNFINISHED).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(job_of).collect()
    }

    /// How many jobs were ever asked for on a dataset and are still listed.
    pub async fn n_jobs_on(&self, dataset: &DatasetId) -> Result<u32, StoreError> {
        let n: i64 = sqlx::query_scalar("SELECT count(*) FROM jobs WHERE dataset_id = ?")
            .bind(dataset.as_str())
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(n as u32)
    }

    /// Asks whichever process holds the job to cancel it.
    pub async fn request_cancel(&self, id: &JobId) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET cancel_requested = 1 WHERE id = ?")
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// Jobs of this process that somebody asked to cancel.
    pub async fn cancel_requests(&self) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM jobs JOIN leases ON leases.job_id = jobs.id
             WHERE cancel_requested = 1 AND owner = ? AND status IN ('queued', 'running')",
        )
        .bind(&self.owner)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(ids.into_iter().map(JobId).collect())
    }

    /// Asks whichever process holds the job to pause it.
    pub async fn request_pause(&self, id: &JobId) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET pause_requested = 1 WHERE id = ?")
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// Jobs of this process that somebody asked to pause.
    pub async fn pause_requests(&self) -> Result<Vec<JobId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM jobs JOIN leases ON leases.job_id = jobs.id
             WHERE pause_requested = 1 AND owner = ? AND status IN ('queued', 'running')",
        )
        .bind(&self.owner)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(ids.into_iter().map(JobId).collect())
    }

    /// True where somebody asked to cancel the job.
    pub async fn is_cancel_requested(&self, id: &JobId) -> Result<bool, StoreError> {
        let asked: Option<i64> = sqlx::query_scalar("SELECT cancel_requested FROM jobs WHERE id = ?")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(asked.is_some_and(|a| a != 0))
    }
}
