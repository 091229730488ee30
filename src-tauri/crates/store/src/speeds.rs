//! How fast networks of a sweep's shapes answer.

use crate::jobs::{from_json, to_json};
use crate::{Store, StoreError};
use retort_domain::{InferenceSpeed, JobId};
use std::collections::HashMap;

impl Store {
    /// Keeps what was measured of some shapes; an earlier figure of the same
    /// shape is replaced. The names of shapes are the caller's.
    pub async fn set_sweep_speeds(
        &self,
        job_id: &JobId,
        speeds: &[(String, InferenceSpeed)],
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for (shape, speed) in speeds {
            sqlx::query(
                "INSERT INTO sweep_speeds (job_id, shape, document) VALUES (?, ?, ?)
                 ON CONFLICT (job_id, shape) DO UPDATE SET document = excluded.document",
            )
            .bind(job_id.as_str())
            .bind(shape)
            .bind(to_json("speed", speed)?)
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        }
        tx.commit().await.map_err(|e| self.failed(e))
    }

    /// What was measured of a sweep's shapes, by name.
    pub async fn sweep_speeds(&self, job_id: &JobId) -> Result<HashMap<String, InferenceSpeed>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT shape, document FROM sweep_speeds WHERE job_id = ?")
                .bind(job_id.as_str())
                .fetch_all(&self.pool)
                .await
                .map_err(|e| self.failed(e))?;
        rows.into_iter().map(|(shape, document)| Ok((shape, from_json("speed", &document)?))).collect()
    }
}
