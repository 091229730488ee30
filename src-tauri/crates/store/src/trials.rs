//! Trials of sweeps, their epochs, and what a sweep knows of itself.

use crate::events::insert_event;
use crate::jobs::{from_json, to_json};
use crate::{Store, StoreError};
use retort_domain::{
    JobEvent, JobEventKind, JobId, Platform, PlatformComparison, RunId, TimestampMillis, Trial, TrialCounts,
    TrialEpoch, TrialRef,
};
use serde::{Deserialize, Serialize};

/// A trial as stored: what is shown, and what the engine needs to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// As shown.
    pub trial: Trial,
    /// The group that it trains in, or last trained in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<TrialGroup>,
    /// The last epoch after which it was judged to go on, 0 before the first;
    /// one that starts over is not judged there again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub passed: u32,
    /// What it was worth after each epoch at which its bracket is judged: one
    /// that comes late is compared with what the others were worth then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_rungs: Vec<(u32, f64)>,
}

impl TrialRecord {
    /// A trial that has not begun.
    pub fn new(trial: Trial) -> Self {
        Self { trial, group: None, passed: 0, at_rungs: Vec::new() }
    }

    /// What it was worth when it stood at `epoch`; what it came to where that is
    /// not known.
    pub fn objective_at(&self, epoch: u32) -> Option<f64> {
        let at_rung = self.at_rungs.iter().find(|(rung, _)| *rung == epoch);
        at_rung.map(|(_, objective)| *objective).or(self.trial.objective)
    }
}

/// Numbers of trials that are read at once.
const PORTION: i64 = 2048;

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A group that a trial is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialGroup {
    /// Unique within the sweep.
    pub id: u32,
    /// The epoch after which its trials wait for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_after: Option<u32>,
    /// Epochs behind its trials when it began; where there are some, it goes on
    /// from what an earlier group left after the last of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub begins_after: u32,
}

/// What a sweep knows of itself beside its trials.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepState {
    /// Configurations that were asked for since, beside those of the job.
    pub extended_by: u32,
    /// Seconds under way, pauses left out.
    pub elapsed_secs: f64,
    /// Runs made, or about to be made, of the best trials.
    pub promoted: Vec<(TrialRef, RunId)>,
    /// Of the best of both platforms.
    pub comparison: Option<PlatformComparison>,
}

/// What happened to a sweep, stored as one.
#[derive(Debug, Clone, Default)]
pub struct SweepChange {
    /// As they are now.
    pub trials: Vec<TrialRecord>,
    /// Trained since.
    pub epochs: Vec<(TrialRef, TrialEpoch)>,
    /// As it is now, where it has changed.
    pub state: Option<SweepState>,
    /// How many trials stand where, after this.
    pub counts: TrialCounts,
}

impl Store {
    /// Stores what happened and the event that tells of it. Only the holder of
    /// the job's lease may do so: others get [`StoreError::LeaseLost`].
    pub async fn append_sweep_change(
        &self,
        job_id: &JobId,
        change: &SweepChange,
        now: TimestampMillis,
    ) -> Result<JobEvent, StoreError> {
        let mut tx = self.begin().await?;
        self.check_lease(&mut tx, job_id).await?;
        let seq = self.last_seq(&mut tx, job_id).await? + 1;
        for record in &change.trials {
            sqlx::query(
                "INSERT INTO trials (job_id, number, platform, changed_seq, document) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (job_id, number, platform)
                 DO UPDATE SET changed_seq = excluded.changed_seq, document = excluded.document",
            )
            .bind(job_id.as_str())
            .bind(i64::from(record.trial.number))
            .bind(record.trial.platform.key())
            .bind(seq)
            .bind(to_json("trial", record)?)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        }
        for (trial, epoch) in &change.epochs {
            sqlx::query(
                "INSERT OR REPLACE INTO trial_epochs (trial_id, epoch, train_loss, validation_loss, objective)
                 SELECT id, ?, ?, ?, ? FROM trials WHERE job_id = ? AND number = ? AND platform = ?",
            )
            .bind(i64::from(epoch.epoch))
            .bind(epoch.train_loss)
            .bind(epoch.validation_loss)
            .bind(epoch.objective)
            .bind(job_id.as_str())
            .bind(i64::from(trial.number))
            .bind(trial.platform.key())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        }
        if let Some(state) = &change.state {
            self.write_sweep_state(&mut tx, job_id, state).await?;
        }
        let kind = JobEventKind::TrialsChanged { counts: change.counts };
        let event = JobEvent { job_id: job_id.clone(), seq: seq as u32, at: now, kind };
        insert_event(self, &mut tx, &event).await?;
        self.set_last_seq(&mut tx, job_id, seq).await?;
        tx.commit().await.map_err(|e| self.failed(e))?;
        Ok(event)
    }

    /// Changes what a sweep that nobody runs knows of itself.
    pub async fn set_sweep_state(&self, job_id: &JobId, state: &SweepState) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        self.write_sweep_state(&mut tx, job_id, state).await?;
        tx.commit().await.map_err(|e| self.failed(e))
    }

    async fn write_sweep_state(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Sqlite>,
        job_id: &JobId,
        state: &SweepState,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sweeps (job_id, state) VALUES (?, ?)
             ON CONFLICT (job_id) DO UPDATE SET state = excluded.state",
        )
        .bind(job_id.as_str())
        .bind(to_json("sweep", state)?)
        .execute(&mut **tx)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(())
    }

    /// What a sweep knows of itself; that of a new one where nothing is stored.
    pub async fn sweep_state(&self, job_id: &JobId) -> Result<SweepState, StoreError> {
        let state: Option<String> = sqlx::query_scalar("SELECT state FROM sweeps WHERE job_id = ?")
            .bind(job_id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        state.map_or_else(|| Ok(SweepState::default()), |json| from_json("sweep", &json))
    }

    /// Trials that changed after an event of the job, by number and platform;
    /// after 0, all. The number is that of the last change among them.
    pub async fn trials_changed_after(
        &self,
        job_id: &JobId,
        seq: u32,
    ) -> Result<(Vec<TrialRecord>, u32), StoreError> {
        // Few have changed since an event, all since none: the index that finds
        // few would be slow for all, and the other way round. Documents come in
        // one piece, since a row each would take longer than what is in it.
        let wanted = if seq > 0 {
            "SELECT max(changed_seq), '[' || group_concat(document) || ']' FROM (
                SELECT changed_seq, document FROM trials INDEXED BY trials_by_change
                WHERE job_id = ? AND changed_seq > ? AND number BETWEEN ? AND ? ORDER BY number, platform
             )"
        } else {
            "SELECT max(changed_seq), '[' || group_concat(document) || ']' FROM (
                SELECT changed_seq, document FROM trials
                WHERE job_id = ? AND +changed_seq > ? AND number BETWEEN ? AND ? ORDER BY number, platform
             )"
        };
        // One snapshot, so that no change falls between two portions.
        let mut tx = self.pool.begin().await.map_err(|e| self.failed(e))?;
        let portions: Vec<(i64, i64)> = if seq > 0 {
            vec![(0, i64::MAX)]
        } else {
            let last: Option<i64> = sqlx::query_scalar("SELECT max(number) FROM trials WHERE job_id = ?")
                .bind(job_id.as_str())
                .fetch_one(&mut *tx)
                .await
                .map_err(|e| self.failed(e))?;
            let starts = (0..=last.unwrap_or(-1)).step_by(PORTION as usize);
            starts.map(|start| (start, start + PORTION - 1)).collect()
        };
        let mut last = seq;
        // A hundred thousand documents take long to parse: portions are parsed on
        // threads of their own while the next ones are read.
        let mut parsed = Vec::with_capacity(portions.len());
        for (first, end) in portions {
            let (changed, documents): (Option<i64>, Option<String>) = sqlx::query_as(wanted)
                .bind(job_id.as_str())
                .bind(i64::from(seq))
                .bind(first)
                .bind(end)
                .fetch_one(&mut *tx)
                .await
                .map_err(|e| self.failed(e))?;
            let (Some(changed), Some(documents)) = (changed, documents) else { continue };
            last = last.max(changed as u32);
            let parse = move || from_json::<Vec<TrialRecord>>("trial", &documents);
            parsed.push(tokio::task::spawn_blocking(parse));
        }
        let mut records = Vec::new();
        for portion in parsed {
            records.extend(portion.await.map_err(|_| StoreError::Interrupted { what: "trials" })??);
        }
        Ok((records, last))
    }

    /// A trial's epochs, in order.
    pub async fn trial_epochs(
        &self,
        job_id: &JobId,
        number: u32,
        platform: Platform,
    ) -> Result<Vec<TrialEpoch>, StoreError> {
        let rows: Vec<(i64, f64, Option<f64>, Option<f64>)> = sqlx::query_as(
            "SELECT epoch, train_loss, validation_loss, objective FROM trial_epochs
             JOIN trials ON trials.id = trial_id
             WHERE job_id = ? AND number = ? AND platform = ? ORDER BY epoch",
        )
        .bind(job_id.as_str())
        .bind(i64::from(number))
        .bind(platform.key())
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.failed(e))?;
        Ok(rows
            .into_iter()
            .map(|(epoch, train_loss, validation_loss, objective)| TrialEpoch {
                epoch: epoch as u32,
                train_loss,
                validation_loss,
                objective,
            })
            .collect())
    }

    /// Puts an ended job back into the queue, held by this process. False where
    /// it has not ended.
    pub async fn reopen_job(
        &self,
        job_id: &JobId,
        now: TimestampMillis,
    ) -> Result<Option<JobEvent>, StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE jobs SET status = 'queued', error = NULL, finished_at = NULL, cancel_requested = 0,
             pause_requested = 0
             WHERE id = ? AND status IN ('succeeded', 'failed', 'cancelled', 'paused')",
        )
        .bind(job_id.as_str())
        .execute(&mut *tx)
        .await
        .map_err(|e| self.failed(e))?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        sqlx::query(
            "INSERT INTO leases (job_id, owner, heartbeat_at) VALUES (?, ?, ?)
             ON CONFLICT (job_id) DO UPDATE SET owner = excluded.owner, heartbeat_at = excluded.heartbeat_at",
        )
        .bind(job_id.as_str())
        .bind(&self.owner)
        .bind(now)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.failed(e))?;
        let seq = self.last_seq(&mut tx, job_id).await? + 1;
        let kind = JobEventKind::JobStatus { status: retort_domain::JobStatus::Queued, error: None };
        let event = JobEvent { job_id: job_id.clone(), seq: seq as u32, at: now, kind };
        insert_event(self, &mut tx, &event).await?;
        self.set_last_seq(&mut tx, job_id, seq).await?;
        tx.commit().await.map_err(|e| self.failed(e))?;
        Ok(Some(event))
    }
}
