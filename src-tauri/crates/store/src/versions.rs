//! Versions of a dataset: what was read from one file as it changed.

use crate::datasets::{missing, unfinished_on};
use crate::{Store, StoreError};
use retort_domain::{Dataset, DatasetId};

/// Longest name of an older version, characters.
const MAX_NAME_CHARS: usize = 200;

impl Store {
    /// Puts a newer version of `previous` into the registry: it gets the name,
    /// and `previous` is called by its number from then on. A dataset of that id
    /// that is there already is replaced. While a job on `previous` has not ended
    /// nothing happens, and the answer is false.
    pub async fn add_version(&self, previous: &Dataset, newer: &Dataset) -> Result<bool, StoreError> {
        let failed = |e| self.failed(e);
        let mut tx = self.begin().await?;
        if unfinished_on(&mut tx, &previous.id).await.map_err(failed)? {
            return Ok(false);
        }
        // It may have the name that `previous` is about to get.
        sqlx::query("DELETE FROM datasets WHERE id = ?")
            .bind(newer.id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        for number in 1_u32.. {
            let name = version_name(&newer.name, previous.version, number);
            let taken: i64 = sqlx::query_scalar("SELECT count(*) FROM datasets WHERE name = ? AND id <> ?")
                .bind(&name)
                .bind(previous.id.as_str())
                .fetch_one(&mut *tx)
                .await
                .map_err(failed)?;
            if taken > 0 {
                continue;
            }
            let done = sqlx::query("UPDATE datasets SET name = ? WHERE id = ?")
                .bind(&name)
                .bind(previous.id.as_str())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            if done.rows_affected() == 0 {
                return Err(missing(&previous.id));
            }
            break;
        }
        self.insert_dataset_with(&mut *tx, newer).await?;
        tx.commit().await.map_err(failed)?;
        Ok(true)
    }

    /// All versions of a file's dataset, the oldest first.
    pub async fn dataset_versions(&self, series: &DatasetId) -> Result<Vec<Dataset>, StoreError> {
        let mut versions = self.datasets().await?;
        versions.retain(|dataset| dataset.series() == series);
        versions.sort_by_key(|dataset| dataset.version);
        Ok(versions)
    }
}

/// What an older version is called; `number` tells apart those whose names were
/// taken.
fn version_name(name: &str, version: u32, number: u32) -> String {
    let ending =
        if number == 1 { format!(" (version {version})") } else { format!(" (version {version}, {number})") };
    let kept: String = name.chars().take(MAX_NAME_CHARS - ending.len()).collect();
    kept + &ending
}
