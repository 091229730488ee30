//! Numbered events. Each is stored in one transaction with the change that it
//! tells of, so that nothing is told that could be lost, and nothing is lost
//! that was not told.

use crate::jobs::{from_json, to_json, to_word};
use crate::{Store, StoreError};
use retort_domain::{InferenceSpeed, JobEvent, JobEventKind, JobId, JobStatus, Run, RunId, TimestampMillis};
use sqlx::{Sqlite, Transaction};

type Tx = Transaction<'static, Sqlite>;

impl Store {
    /// Carries out what the events tell of and stores them under the job's next
    /// numbers, all or nothing. Only the holder of the job's lease may do so:
    /// others get [`StoreError::LeaseLost`].
    pub async fn append_events(
        &self,
        job_id: &JobId,
        kinds: Vec<JobEventKind>,
        now: TimestampMillis,
    ) -> Result<Vec<JobEvent>, StoreError> {
        let mut tx = self.begin().await?;
        self.check_lease(&mut tx, job_id).await?;
        let mut seq = self.last_seq(&mut tx, job_id).await?;
        let mut events = Vec::with_capacity(kinds.len());
        for mut kind in kinds {
            self.carry_out(&mut tx, job_id, &mut kind, now).await?;
            seq += 1;
            let event = JobEvent { job_id: job_id.clone(), seq: seq as u32, at: now, kind };
            insert_event(self, &mut tx, &event).await?;
            events.push(event);
        }
        self.set_last_seq(&mut tx, job_id, seq).await?;
        tx.commit().await.map_err(|e| self.failed(e))?;
        Ok(events)
    }

    /// Gives a run another name, whoever holds its job.
    pub async fn rename_run(
        &self,
        id: &RunId,
        name: &str,
        now: TimestampMillis,
    ) -> Result<JobEvent, StoreError> {
        self.change_run(id, now, |run| run.name = name.to_owned()).await
    }

    /// Keeps how fast a run's network answers, whoever holds its job. For runs
    /// that have ended: the holder of one under way would undo it.
    pub async fn set_run_speed(
        &self,
        id: &RunId,
        speed: InferenceSpeed,
        now: TimestampMillis,
    ) -> Result<JobEvent, StoreError> {
        self.change_run(id, now, |run| run.speed = Some(speed)).await
    }

    async fn change_run(
        &self,
        id: &RunId,
        now: TimestampMillis,
        change: impl FnOnce(&mut Run),
    ) -> Result<JobEvent, StoreError> {
        let mut tx = self.begin().await?;
        let row: Option<(String, String, i64, String)> =
            sqlx::query_as("SELECT job_id, name, epoch, document FROM runs WHERE id = ?")
                .bind(id.as_str())
                .fetch_optional(&mut *tx)
                .await
                .map_err(|e| self.failed(e))?;
        let (job_id, name, epoch, document) =
            row.ok_or_else(|| StoreError::Missing { what: "run", id: id.to_string() })?;
        let mut run: Run = from_json("run", &document)?;
        (run.name, run.epoch) = (name, epoch as u32);
        change(&mut run);
        sqlx::query("UPDATE runs SET name = ?, document = ? WHERE id = ?")
            .bind(&run.name)
            .bind(to_json("run", &run)?)
            .bind(id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        let job_id = JobId(job_id);
        let seq = self.last_seq(&mut tx, &job_id).await? + 1;
        let kind = JobEventKind::RunChanged { run: Box::new(run) };
        let event = JobEvent { job_id: job_id.clone(), seq: seq as u32, at: now, kind };
        insert_event(self, &mut tx, &event).await?;
        self.set_last_seq(&mut tx, &job_id, seq).await?;
        tx.commit().await.map_err(|e| self.failed(e))?;
        Ok(event)
    }

    /// The job's events after the number last seen, in order.
    pub async fn events(&self, job_id: &JobId, after: u32) -> Result<Vec<JobEvent>, StoreError> {
        let rows: Vec<(i64, f64, String)> =
            sqlx::query_as("SELECT seq, at, kind FROM job_events WHERE job_id = ? AND seq > ? ORDER BY seq")
                .bind(job_id.as_str())
                .bind(i64::from(after))
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        rows.into_iter()
            .map(|(seq, at, kind)| {
                Ok(JobEvent { job_id: job_id.clone(), seq: seq as u32, at, kind: from_json("event", &kind)? })
            })
            .collect()
    }

    /// Place of the last event of all, 0 before the first.
    pub async fn last_event_id(&self) -> Result<i64, StoreError> {
        let last: Option<i64> = sqlx::query_scalar("SELECT max(id) FROM job_events")
            .fetch_one(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(last.unwrap_or(0))
    }

    /// Events that other processes stored after one place and up to another, in
    /// order.
    pub async fn foreign_events(&self, after: i64, up_to: i64) -> Result<Vec<JobEvent>, StoreError> {
        let rows: Vec<(String, i64, f64, String)> = sqlx::query_as(
            "SELECT job_id, seq, at, kind FROM job_events WHERE id > ? AND id <= ? AND owner <> ? ORDER BY id",
        )
        .bind(after)
        .bind(up_to)
        .bind(&self.owner)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        rows.into_iter()
            .map(|(job_id, seq, at, kind)| {
                Ok(JobEvent { job_id: JobId(job_id), seq: seq as u32, at, kind: from_json("event", &kind)? })
            })
            .collect()
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        job_id: &JobId,
        kind: &mut JobEventKind,
        now: TimestampMillis,
    ) -> Result<(), StoreError> {
        match kind {
            JobEventKind::JobStatus { status, error } => {
                let error = error.as_ref().map(|e| to_json("job", e)).transpose()?;
                let ended = status.is_terminal();
                sqlx::query("UPDATE jobs SET status = ?, error = ?, finished_at = ? WHERE id = ?")
                    .bind(to_word("job", status)?)
                    .bind(error)
                    .bind(ended.then_some(now))
                    .bind(job_id.as_str())
                    .execute(&mut **tx)
                    .await
                    .map_err(|e| self.failed(e))?;
                // A paused job is free for whoever resumes it.
                if ended || *status == JobStatus::Paused {
                    sqlx::query("DELETE FROM leases WHERE job_id = ?")
                        .bind(job_id.as_str())
                        .execute(&mut **tx)
                        .await
                        .map_err(|e| self.failed(e))?;
                }
            }
            JobEventKind::RunChanged { run } => {
                // The name is a person's, and may have changed meanwhile.
                let name: Option<String> = sqlx::query_scalar(
                    "UPDATE runs SET status = ?, document = ? WHERE id = ? RETURNING name",
                )
                .bind(to_word("run", &run.status)?)
                .bind(to_json("run", run)?)
                .bind(run.id.as_str())
                .fetch_optional(&mut **tx)
                .await
                .map_err(|e| self.failed(e))?;
                run.name = name.ok_or_else(|| StoreError::Missing { what: "run", id: run.id.to_string() })?;
            }
            JobEventKind::Epoch { run_id, record } => {
                sqlx::query("INSERT OR REPLACE INTO epochs (run_id, epoch, record) VALUES (?, ?, ?)")
                    .bind(run_id.as_str())
                    .bind(i64::from(record.epoch))
                    .bind(to_json("epoch", record)?)
                    .execute(&mut **tx)
                    .await
                    .map_err(|e| self.failed(e))?;
                sqlx::query("UPDATE runs SET epoch = max(epoch, ?) WHERE id = ?")
                    .bind(i64::from(record.epoch))
                    .bind(run_id.as_str())
                    .execute(&mut **tx)
                    .await
                    .map_err(|e| self.failed(e))?;
            }
            JobEventKind::RunAdded { run } => {
                sqlx::query(
                    "INSERT INTO runs (id, job_id, position, name, status, epoch, created_at, document)
                     SELECT ?1, ?2, (SELECT count(*) FROM runs WHERE job_id = ?2), ?3, ?4, ?5, ?6, ?7
                     WHERE NOT EXISTS (SELECT 1 FROM runs WHERE id = ?1)",
                )
                .bind(run.id.as_str())
                .bind(job_id.as_str())
                .bind(&run.name)
                .bind(to_word("run", &run.status)?)
                .bind(i64::from(run.epoch))
                .bind(run.created_at)
                .bind(to_json("run", run)?)
                .execute(&mut **tx)
                .await
                .map_err(|e| self.failed(e))?;
            }
            JobEventKind::Interrupted { .. } | JobEventKind::TrialsChanged { .. } => {}
        }
        Ok(())
    }

    pub(crate) async fn check_lease(&self, tx: &mut Tx, job_id: &JobId) -> Result<(), StoreError> {
        let holder: Option<String> = sqlx::query_scalar("SELECT owner FROM leases WHERE job_id = ?")
            .bind(job_id.as_str())
            .fetch_optional(&mut **tx)
            .await
            .map_err(|e| self.failed(e))?;
        if holder.as_deref() == Some(self.owner.as_str()) {
            Ok(())
        } else {
            Err(StoreError::LeaseLost { job_id: job_id.clone() })
        }
    }

    pub(crate) async fn last_seq(&self, tx: &mut Tx, job_id: &JobId) -> Result<i64, StoreError> {
        sqlx::query_scalar("SELECT last_seq FROM jobs WHERE id = ?")
            .bind(job_id.as_str())
            .fetch_optional(&mut **tx)
            .await
            .map_err(|e| self.failed(e))?
            .ok_or_else(|| StoreError::Missing { what: "job", id: job_id.to_string() })
    }

    pub(crate) async fn set_last_seq(&self, tx: &mut Tx, job_id: &JobId, seq: i64) -> Result<(), StoreError> {
        sqlx::query("UPDATE jobs SET last_seq = ? WHERE id = ?")
            .bind(seq)
            .bind(job_id.as_str())
            .execute(&mut **tx)
            .await
            .map_err(|e| self.failed(e))?;
        Ok(())
    }
}

pub(crate) async fn insert_event(store: &Store, tx: &mut Tx, event: &JobEvent) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO job_events (job_id, seq, at, owner, kind) VALUES (?, ?, ?, ?, ?)")
        .bind(event.job_id.as_str())
        .bind(i64::from(event.seq))
        .bind(event.at)
        .bind(store.owner())
        .bind(to_json("event", &event.kind)?)
        .execute(&mut **tx)
        .await
        .map_err(|e| store.failed(e))?;
    Ok(())
}
