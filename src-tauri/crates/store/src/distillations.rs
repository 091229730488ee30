//! What a distillation knows of itself beside its runs.

use crate::jobs::{from_json, to_json};
use crate::{Store, StoreError};
use retort_domain::{
    Distillation, DistillationPhase, DistillationResult, DistillationWarning, JobId, NetworkFigures,
    Platform, RunId, StudentSearch,
};
use serde::{Deserialize, Serialize};

/// How far a distillation has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DistillationState {
    /// What it is doing.
    pub phase: DistillationPhase,
    /// Runs whose outputs are learned, once settled.
    pub teacher_runs: Vec<RunId>,
    /// The teacher's figures, once its outputs are there.
    pub teacher: Option<NetworkFigures>,
    /// File of its outputs beside the prepared file.
    pub lesson: Option<String>,
    /// Rows of it without a target.
    pub n_transfer_rows: u32,
    /// Known so far.
    pub warnings: Vec<DistillationWarning>,
    /// Students tried so far.
    pub search: Option<StudentSearch>,
    /// One a platform, where students were searched.
    pub chosen: Vec<ChosenStudent>,
    /// The answer.
    pub result: Option<DistillationResult>,
}

/// The student that a search came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenStudent {
    /// On this platform.
    pub platform: Platform,
    /// Units of each hidden layer.
    pub hidden_layers: Vec<u32>,
    /// Of its soft loss.
    pub distillation: Distillation,
}

impl Store {
    /// Stores how far a distillation has come. Only the holder of the job's lease
    /// may do so: others get [`StoreError::LeaseLost`].
    pub async fn set_distillation_state(
        &self,
        job_id: &JobId,
        state: &DistillationState,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        self.check_lease(&mut tx, job_id).await?;
        sqlx::query(
            "INSERT INTO distillations (job_id, state) VALUES (?, ?)
             ON CONFLICT (job_id) DO UPDATE SET state = excluded.state",
        )
        .bind(job_id.as_str())
        .bind(to_json("distillation", state)?)
        .execute(&mut *tx)
        .await
        .map_err(|e| self.failed(e))?;
        tx.commit().await.map_err(|e| self.failed(e))
    }

    /// How far a distillation has come; that of a new one where nothing is stored.
    pub async fn distillation_state(&self, job_id: &JobId) -> Result<DistillationState, StoreError> {
        let state: Option<String> = sqlx::query_scalar("SELECT state FROM distillations WHERE job_id = ?")
            .bind(job_id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        state.map_or_else(|| Ok(DistillationState::default()), |json| from_json("distillation", &json))
    }
}
