//! The registry of datasets, shared by all pages.

use crate::blocking::blocking;
use crate::sources::FileStamp;
use crate::{Engine, not_found};
use retort_datasets::{DatasetError, ImportOptions};
use retort_domain::{AppError, Dataset, DatasetId, ErrorCode, Reading, SheetInfo, WorkId};
use retort_store::StoreError;
use std::path::PathBuf;

/// Shortest start of an id that stands for it.
const MIN_ID_PREFIX: usize = 4;
const MAX_NAME_CHARS: usize = 200;

const LIST_HINT: &str = "Look at the list of datasets, or import the file";

impl Engine {
    /// All datasets, in the order of their import.
    pub async fn datasets_list(&self) -> Result<Vec<Dataset>, AppError> {
        Ok(self.store().datasets().await?)
    }

    /// The sheets of a workbook; none for a text file.
    pub async fn datasets_sheets(&self, path: PathBuf) -> Result<Vec<SheetInfo>, AppError> {
        blocking(move || retort_datasets::list_sheets(&path)).await
    }

    /// Reads a file and keeps its table. The same file again, read in the same
    /// way, answers with what is there already. A name that is taken is an error
    /// where it was asked for, and gets a number where it is the file's.
    pub async fn datasets_import(
        &self,
        path: PathBuf,
        options: ImportOptions,
        work: Option<WorkId>,
    ) -> Result<Dataset, AppError> {
        let name = options.name.map(|n| checked_name(&n)).transpose()?;
        let is_name_chosen = name.is_some();
        let dataset = self.read_file(path, ImportOptions { name, ..options }, work).await?;
        self.register(dataset, is_name_chosen).await
    }

    /// Says how a file would be read, with the evidence, and keeps nothing.
    pub async fn datasets_understand(
        &self,
        path: PathBuf,
        options: ImportOptions,
        work: Option<WorkId>,
    ) -> Result<Reading, AppError> {
        let (tables, watched) = (self.inner.folders.tables(), self.inner.works.begin(work));
        blocking(move || {
            retort_datasets::understand(&path, &options, &tables, &|share| watched.goes_on(share))
        })
        .await
    }

    /// Says how the first rows of a file are read, before all of it is. None
    /// where they cannot be had without all the others.
    pub async fn datasets_glance(
        &self,
        path: PathBuf,
        options: ImportOptions,
    ) -> Result<Option<Reading>, AppError> {
        blocking(move || retort_datasets::glance(&path, &options)).await
    }

    /// The dataset of that id.
    pub async fn datasets_get(&self, id: &DatasetId) -> Result<Dataset, AppError> {
        self.store().dataset(id).await?.ok_or_else(|| not_found("dataset", id.as_str(), LIST_HINT))
    }

    /// The dataset of that id, that name, or whose id alone begins like that.
    pub async fn datasets_resolve(&self, text: &str) -> Result<Dataset, AppError> {
        let all = self.datasets_list().await?;
        if let Some(exact) =
            all.iter().find(|d| d.id.as_str() == text).or_else(|| all.iter().find(|d| d.name == text))
        {
            return Ok(exact.clone());
        }
        let lower = text.to_lowercase();
        let mut alike = all.iter().filter(|d| {
            d.name.to_lowercase() == lower || (text.len() >= MIN_ID_PREFIX && d.id.as_str().starts_with(text))
        });
        match (alike.next(), alike.next()) {
            (Some(only), None) => Ok(only.clone()),
            (Some(_), Some(_)) => {
                Err(AppError::new(ErrorCode::Conflict, format!("several datasets go by \"{text}\""))
                    .with_hint("Give the whole id"))
            }
            (None, _) => Err(not_found("dataset", text, LIST_HINT)),
        }
    }

    /// Gives a dataset another name.
    pub async fn datasets_rename(&self, id: &DatasetId, name: String) -> Result<(), AppError> {
        self.store().rename_dataset(id, &checked_name(&name)?).await?;
        self.datasets_changed();
        Ok(())
    }

    /// Takes a dataset out of the registry, with its table; its runs keep their
    /// numbers. Refused while a job on it has not ended.
    pub async fn datasets_delete(&self, id: &DatasetId) -> Result<(), AppError> {
        let dataset = self.datasets_get(id).await?;
        if !self.store().delete_dataset(id).await? {
            return Err(has_unfinished_jobs(&dataset));
        }
        self.datasets_changed();
        self.forget_files(id).await;
        Ok(())
    }

    /// Takes away what is kept of a dataset's table.
    pub(crate) async fn forget_files(&self, id: &DatasetId) {
        self.inner.tables.forget(id);
        self.inner.profiles.forget(id);
        self.inner.views.forget(id);
        let (table, prepared) = (self.inner.folders.table(id), self.inner.folders.prepared(id));
        // What cannot be deleted costs room and nothing else.
        if let Err(error) = tokio::fs::remove_file(&table).await {
            tracing::warn!(%error, ?table, "a deleted dataset's table stays");
        }
        let _ = tokio::fs::remove_file(retort_datasets::source_path(&self.inner.folders.tables(), id)).await;
        let _ = tokio::fs::remove_file(retort_datasets::cells_path(&self.inner.folders.tables(), id)).await;
        let _ = tokio::fs::remove_dir_all(&prepared).await;
    }

    pub(crate) async fn read_file(
        &self,
        path: PathBuf,
        options: ImportOptions,
        work: Option<WorkId>,
    ) -> Result<Dataset, AppError> {
        let (tables, now) = (self.inner.folders.tables(), self.now());
        let watched = self.inner.works.begin(work);
        let engine = self.clone();
        blocking(move || {
            let ahead = engine.inner.read_ahead.take(&path, &options);
            let (stamp, imported) = match ahead.and_then(|read| read.settle(&path, &tables, &options, now)) {
                Some(read) => read,
                None => {
                    let stamp = FileStamp::of(&path);
                    let goes_on = |share| watched.goes_on(share);
                    (stamp, retort_datasets::import(&path, &options, &tables, now, &goes_on)?)
                }
            };
            Ok::<_, DatasetError>(stamp.sign(imported, &options))
        })
        .await
    }

    /// Puts an imported table into the registry, if it is not there.
    pub(crate) async fn register(
        &self,
        mut dataset: Dataset,
        is_name_chosen: bool,
    ) -> Result<Dataset, AppError> {
        if let Some(there) = self.store().dataset(&dataset.id).await? {
            return self.adopt_source(there, dataset).await;
        }
        let name: String = dataset.name.chars().take(MAX_NAME_CHARS).collect();
        dataset.name.clone_from(&name);
        for number in 2_u32.. {
            match self.store().insert_dataset(&dataset).await {
                Ok(()) => break,
                Err(StoreError::NameTaken { .. }) if !is_name_chosen => {
                    dataset.name = format!("{name} ({number})");
                }
                Err(error) => {
                    // Another import of the same file may have been faster.
                    if let Some(there) = self.store().dataset(&dataset.id).await? {
                        return Ok(there);
                    }
                    let _ = tokio::fs::remove_file(self.inner.folders.table(&dataset.id)).await;
                    return Err(error.into());
                }
            }
        }
        self.datasets_changed();
        Ok(dataset)
    }
}

pub(crate) fn has_unfinished_jobs(dataset: &Dataset) -> AppError {
    AppError::new(ErrorCode::Conflict, format!("a job on \"{}\" has not ended", dataset.name))
        .with_hint("Cancel the job or wait for its end")
}

/// A name without spaces around it, neither empty nor endless.
pub(crate) fn checked_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(AppError::new(
            ErrorCode::InvalidConfig,
            format!("a name has 1 to {MAX_NAME_CHARS} characters; this one has {}", name.chars().count()),
        )
        .with_hint("Choose another name"));
    }
    Ok(name.to_owned())
}
