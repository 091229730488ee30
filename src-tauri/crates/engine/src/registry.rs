//! What a person keeps with a dataset, and what it takes up.

use crate::blocking::blocking;
use crate::folders::Folders;
use crate::{Engine, not_found};
use retort_domain::{AppError, Dataset, DatasetDetails, DatasetId, DiskUse, ErrorCode};
use std::collections::HashSet;
use std::fs;
use std::path::Path;

const MAX_NOTES_CHARS: usize = 10_000;
const MAX_TAGS: usize = 20;
const MAX_TAG_CHARS: usize = 40;

impl Engine {
    /// Gives a dataset other notes, other tags, or both. Tags have no spaces
    /// around them, and none is there twice, whatever the case.
    pub async fn datasets_annotate(
        &self,
        id: &DatasetId,
        notes: Option<String>,
        tags: Option<Vec<String>>,
    ) -> Result<Dataset, AppError> {
        let dataset = self.datasets_get(id).await?;
        let notes = notes.map_or(Ok(dataset.notes), |notes| checked_notes(&notes))?;
        let tags = tags.map_or(Ok(dataset.tags), checked_tags)?;
        self.store().annotate_dataset(id, &notes, &tags).await?;
        self.datasets_changed();
        self.datasets_get(id).await
    }

    /// What has to do with a dataset beside its table.
    pub async fn datasets_details(&self, id: &DatasetId) -> Result<DatasetDetails, AppError> {
        self.datasets_get(id).await?;
        let (n_runs, n_sweeps) = self.store().uses_of_dataset(id).await?;
        let disk = self.datasets_disk_use(vec![id.clone()]).await?.pop();
        let disk = disk.ok_or_else(|| not_found("dataset", id.as_str(), "Look at the list of datasets"))?;
        Ok(DatasetDetails { disk, n_runs, n_sweeps })
    }

    /// Room that datasets take, in their order.
    pub async fn datasets_disk_use(&self, ids: Vec<DatasetId>) -> Result<Vec<DiskUse>, AppError> {
        let folders = self.inner.folders.clone();
        blocking(move || Ok::<_, AppError>(ids.iter().map(|id| disk_use(&folders, id)).collect())).await
    }
}

fn disk_use(folders: &Folders, id: &DatasetId) -> DiskUse {
    let tables = folders.tables();
    DiskUse {
        table_bytes: bytes_of(&folders.table(id)) + bytes_of(&retort_datasets::source_path(&tables, id)),
        view_bytes: bytes_of(&retort_datasets::cells_path(&tables, id)),
        prepared_bytes: bytes_of(&folders.prepared(id)),
    }
}

/// Of a file, or of all files in a folder; 0 where there is none.
fn bytes_of(path: &Path) -> f64 {
    let Ok(metadata) = fs::symlink_metadata(path) else { return 0.0 };
    if !metadata.is_dir() {
        return metadata.len() as f64;
    }
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| bytes_of(&entry.path())).sum()
}

fn checked_notes(notes: &str) -> Result<String, AppError> {
    let notes = notes.trim_end();
    let n_chars = notes.chars().count();
    if n_chars > MAX_NOTES_CHARS {
        return Err(AppError::new(
            ErrorCode::InvalidConfig,
            format!("a note has at most {MAX_NOTES_CHARS} characters; this one has {n_chars}"),
        )
        .with_hint("Shorten it"));
    }
    Ok(notes.to_owned())
}

fn checked_tags(tags: Vec<String>) -> Result<Vec<String>, AppError> {
    let mut there = HashSet::new();
    let mut kept = Vec::new();
    for tag in tags {
        let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ");
        let n_chars = tag.chars().count();
        if n_chars == 0 || n_chars > MAX_TAG_CHARS || tag.contains(',') || tag.chars().any(char::is_control) {
            return Err(AppError::new(
                ErrorCode::InvalidConfig,
                format!("a tag has 1 to {MAX_TAG_CHARS} characters and no comma; this one is \"{tag}\""),
            )
            .with_hint("Choose another tag"));
        }
        if there.insert(tag.to_lowercase()) {
            kept.push(tag);
        }
    }
    if kept.len() > MAX_TAGS {
        return Err(AppError::new(
            ErrorCode::LimitReached,
            format!("a dataset has at most {MAX_TAGS} tags; these are {}", kept.len()),
        )
        .with_hint("Take some off"));
    }
    Ok(kept)
}
