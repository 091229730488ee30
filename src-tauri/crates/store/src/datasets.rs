//! The registry of datasets.

use crate::{Store, StoreError};
use retort_domain::{Dataset, DatasetId};
use sqlx::{Executor, Sqlite, SqliteConnection};

/// Name, notes, tags, document.
type Row = (String, String, String, String);

const ALL: &str = "SELECT name, notes, tags, document FROM datasets ORDER BY imported_at, id";
const ONE: &str = "SELECT name, notes, tags, document FROM datasets WHERE id = ?";

fn dataset_of((name, notes, tags, document): Row) -> Result<Dataset, StoreError> {
    let unreadable = |source| StoreError::Document { what: "dataset", source };
    let dataset: Dataset = serde_json::from_str(&document).map_err(unreadable)?;
    let tags = serde_json::from_str(&tags).map_err(unreadable)?;
    Ok(Dataset { name, notes, tags, ..dataset })
}

fn json(what: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(what).map_err(|source| StoreError::Document { what: "dataset", source })
}

impl Store {
    /// Registers a dataset; an id that is there already is an error of ours,
    /// a name that is taken is [`StoreError::NameTaken`].
    pub async fn insert_dataset(&self, dataset: &Dataset) -> Result<(), StoreError> {
        self.insert_dataset_with(&self.pool, dataset).await
    }

    pub(crate) async fn insert_dataset_with<'e>(
        &self,
        executor: impl Executor<'e, Database = Sqlite>,
        dataset: &Dataset,
    ) -> Result<(), StoreError> {
        let (tags, document) = (json(&dataset.tags)?, json(dataset)?);
        sqlx::query(
            "INSERT INTO datasets (id, name, imported_at, notes, tags, document) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(dataset.id.as_str())
        .bind(&dataset.name)
        .bind(dataset.imported_at)
        .bind(&dataset.notes)
        .bind(tags)
        .bind(document)
        .execute(executor)
        .await
        .map_err(|e| self.name_taken(e, &dataset.name))?;
        Ok(())
    }

    /// All datasets, in the order of their import.
    pub async fn datasets(&self) -> Result<Vec<Dataset>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(ALL).fetch_all(&self.pool).await.map_err(|e| self.failed(e))?;
        rows.into_iter().map(dataset_of).collect()
    }

    /// The dataset of that id.
    pub async fn dataset(&self, id: &DatasetId) -> Result<Option<Dataset>, StoreError> {
        let row: Option<Row> = sqlx::query_as(ONE)
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        row.map(dataset_of).transpose()
    }

    /// Gives it another name.
    pub async fn rename_dataset(&self, id: &DatasetId, name: &str) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE datasets SET name = ? WHERE id = ?")
            .bind(name)
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(|e| self.name_taken(e, name))?;
        if done.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// Gives it other notes and tags.
    pub async fn annotate_dataset(
        &self,
        id: &DatasetId,
        notes: &str,
        tags: &[String],
    ) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE datasets SET notes = ?, tags = ? WHERE id = ?")
            .bind(notes)
            .bind(json(&tags)?)
            .bind(id.as_str())
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e))?;
        if done.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// How many runs and sweeps have been on it.
    pub async fn uses_of_dataset(&self, id: &DatasetId) -> Result<(u32, u32), StoreError> {
        sqlx::query_as(
            "SELECT (SELECT count(*) FROM runs JOIN jobs ON jobs.id = runs.job_id WHERE jobs.dataset_id = ?1),
                    (SELECT count(*) FROM sweeps JOIN jobs ON jobs.id = sweeps.job_id WHERE jobs.dataset_id = ?1)",
        )
        .bind(id.as_str())
        .fetch_one(&self.pool)
        .await
        .map_err(|e| self.failed(e))
    }

    /// Changes what is known of it; its id, its name, its notes and its tags stay. The answer is none
    /// where there is no such dataset. What `change` refuses changes nothing.
    pub async fn change_dataset<E: From<StoreError>>(
        &self,
        id: &DatasetId,
        change: impl FnOnce(&mut Dataset) -> Result<(), E>,
    ) -> Result<Option<Dataset>, E> {
        let failed = |e: sqlx::Error| E::from(self.failed(e));
        let mut tx = self.begin().await?;
        let row: Option<Row> =
            sqlx::query_as(ONE).bind(id.as_str()).fetch_optional(&mut *tx).await.map_err(failed)?;
        let Some(mut dataset) = row.map(dataset_of).transpose()? else { return Ok(None) };
        change(&mut dataset)?;
        let document = json(&dataset)?;
        sqlx::query("UPDATE datasets SET document = ? WHERE id = ?")
            .bind(document)
            .bind(id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(Some(dataset))
    }

    /// True while a job on it has not ended.
    pub async fn has_unfinished_jobs_on(&self, id: &DatasetId) -> Result<bool, StoreError> {
        let mut connection = self.pool.acquire().await.map_err(|e| self.failed(e))?;
        unfinished_on(&mut connection, id).await.map_err(|e| self.failed(e))
    }

    /// Takes it out of the registry, unless a job on it has not ended: then
    /// nothing happens, and the answer is false.
    pub async fn delete_dataset(&self, id: &DatasetId) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        if unfinished_on(&mut tx, id).await.map_err(|e| self.failed(e))? {
            return Ok(false);
        }
        let done = sqlx::query("DELETE FROM datasets WHERE id = ?")
            .bind(id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(|e| self.failed(e))?;
        if done.rows_affected() == 0 {
            return Err(missing(id));
        }
        tx.commit().await.map_err(|e| self.failed(e))?;
        Ok(true)
    }

    pub(crate) fn name_taken(&self, error: sqlx::Error, name: &str) -> StoreError {
        let taken = error
            .as_database_error()
            .is_some_and(|e| e.is_unique_violation() && e.message().contains("datasets.name"));
        if taken { StoreError::NameTaken { name: name.to_owned() } } else { self.failed(error) }
    }
}

/// True while a job on it has not ended; a paused sweep will want it again.
pub(crate) async fn unfinished_on(
    connection: &mut SqliteConnection,
    id: &DatasetId,
) -> Result<bool, sqlx::Error> {
    let unfinished: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM jobs WHERE dataset_id = ? AND status IN ('queued', 'running', 'paused')",
    )
    .bind(id.as_str())
    .fetch_one(connection)
    .await?;
    Ok(unfinished > 0)
}

pub(crate) fn missing(id: &DatasetId) -> StoreError {
    StoreError::Missing { what: "dataset", id: id.to_string() }
}
