//! The files that datasets were read from: whether they have changed since, and
//! reading them again. A changed file becomes a new version of its dataset, with
//! the name, the notes and what was said of its columns; the version before
//! stays, with its runs, until a person deletes it.

use crate::Engine;
use crate::blocking::blocking;
use crate::datasets::has_unfinished_jobs;
use retort_datasets::{ImportOptions, Imported};
use retort_domain::{
    AppError, Dataset, DatasetId, DatasetSource, ErrorCode, RefreshOutcome, Refreshed, SourceState,
    TimestampMillis, WorkId,
};
use std::fs::{self, Metadata};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A file before it is read.
#[derive(PartialEq)]
pub(crate) struct FileStamp {
    path: Option<String>,
    modified_at: Option<TimestampMillis>,
    n_bytes: u64,
}

impl FileStamp {
    /// Looks at the file. Has to be done before reading: what is written later
    /// then counts as a change.
    pub fn of(path: &Path) -> Self {
        let whole = std::path::absolute(path).ok().and_then(|path| path.to_str().map(str::to_owned));
        let metadata = fs::metadata(path).ok();
        Self {
            path: whole,
            modified_at: metadata.as_ref().and_then(modified_at),
            n_bytes: metadata.map_or(0, |m| m.len()),
        }
    }

    /// Size of the file; 0 where it cannot be seen.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// True where the same stamp again says that the file is as it was.
    pub fn is_known(&self) -> bool {
        self.modified_at.is_some()
    }

    /// The imported dataset with its source; without one where the path is no
    /// text, because it could not be kept.
    pub fn sign(self, imported: Imported, options: &ImportOptions) -> Dataset {
        let source = self.path.map(|path| DatasetSource {
            path,
            content_hash: imported.content_hash,
            modified_at: self.modified_at,
            reading: options.reading.clone(),
        });
        Dataset { source, ..imported.dataset }
    }
}

fn modified_at(metadata: &Metadata) -> Option<TimestampMillis> {
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(since.as_micros() as f64 / 1000.0)
}

/// What a look at the file says, with its modification time where the file has
/// to be read to know more.
enum Look {
    Sure(SourceState),
    Read(Option<TimestampMillis>),
}

fn look(dataset: &Dataset, source: &DatasetSource) -> Look {
    let Ok(metadata) = fs::metadata(&source.path) else { return Look::Sure(SourceState::Missing) };
    let modified_at = modified_at(&metadata);
    if !metadata.is_file() {
        Look::Sure(SourceState::Missing)
    } else if metadata.len() as f64 != dataset.source_bytes {
        Look::Sure(SourceState::Changed)
    } else if modified_at.is_some() && modified_at == source.modified_at {
        Look::Sure(SourceState::Unchanged)
    } else {
        Look::Read(modified_at)
    }
}

impl Engine {
    /// Whether a dataset's file still holds what was read from it. Size and
    /// modification time are looked at first; only where they do not say is the
    /// file read, once.
    pub async fn datasets_source(&self, id: &DatasetId) -> Result<SourceState, AppError> {
        let dataset = self.datasets_get(id).await?;
        let Some(source) = dataset.source.clone() else { return Ok(SourceState::Unknown) };
        let looked = blocking(move || {
            Ok::<_, AppError>(match look(&dataset, &source) {
                Look::Sure(state) => (state, None),
                Look::Read(modified_at) => match retort_datasets::content_hash(Path::new(&source.path)) {
                    Ok(hash) if hash == source.content_hash => (SourceState::Unchanged, Some(modified_at)),
                    Ok(_) => (SourceState::Changed, None),
                    Err(_) => (SourceState::Missing, None),
                },
            })
        });
        let (state, looked_again) = looked.await?;
        if let Some(modified_at) = looked_again {
            self.keep_modified_at(id, modified_at).await?;
        }
        Ok(state)
    }

    /// Reads a dataset's file again, in the way in which it was read. Refused
    /// for older versions, and while a job on the dataset has not ended.
    pub async fn datasets_refresh(
        &self,
        id: &DatasetId,
        work: Option<WorkId>,
    ) -> Result<Refreshed, AppError> {
        let _one_at_a_time = self.inner.refreshing.lock().await;
        let dataset = self.datasets_get(id).await?;
        let source = self.refreshable(&dataset).await?;
        if self.datasets_source(id).await? == SourceState::Unchanged {
            let dataset = self.datasets_get(id).await?;
            return Ok(Refreshed { outcome: RefreshOutcome::Unchanged, dataset });
        }
        let options = ImportOptions { name: None, sheet: dataset.sheet.clone(), reading: source.reading };
        let read = self.read_file(source.path.into(), options, work).await?;
        let there = self.store().dataset(&read.id).await?;
        match &there {
            // Written again while it was looked at, with the same content.
            Some(there) if there.id == dataset.id => {
                Ok(Refreshed { outcome: RefreshOutcome::Unchanged, dataset: there.clone() })
            }
            Some(there) if there.series() != dataset.series() => {
                Ok(Refreshed { outcome: RefreshOutcome::HereAlready, dataset: there.clone() })
            }
            // The content of an earlier version has come back, perhaps.
            Some(_) | None => {
                if let Some(there) = &there
                    && self.store().has_unfinished_jobs_on(&there.id).await?
                {
                    return Err(has_unfinished_jobs(there));
                }
                let newer = self.next_version(&dataset, read).await?;
                if !self.store().add_version(&dataset, &newer).await? {
                    if there.is_none() {
                        self.forget_files(&newer.id).await;
                    }
                    return Err(has_unfinished_jobs(&dataset));
                }
                self.datasets_changed();
                Ok(Refreshed { outcome: RefreshOutcome::NewVersion, dataset: newer })
            }
        }
    }

    /// Where it was read from, if it may be read again.
    async fn refreshable(&self, dataset: &Dataset) -> Result<DatasetSource, AppError> {
        let name = &dataset.name;
        let Some(source) = dataset.source.clone() else {
            return Err(AppError::new(
                ErrorCode::NotFound,
                format!("it is not known which file \"{name}\" was read from"),
            )
            .with_hint("Import the file again"));
        };
        let versions = self.store().dataset_versions(dataset.series()).await?;
        if let Some(newest) = versions.last().filter(|newest| newest.id != dataset.id) {
            return Err(AppError::new(ErrorCode::Conflict, format!("\"{name}\" is an older version"))
                .with_hint(format!("Refresh \"{}\" ({}), the newest one", newest.name, newest.id)));
        }
        if self.store().has_unfinished_jobs_on(&dataset.id).await? {
            return Err(has_unfinished_jobs(dataset));
        }
        Ok(source)
    }

    /// What was read, as the next version of a dataset: what a person has said
    /// of it holds on, where the columns are still there.
    async fn next_version(&self, before: &Dataset, read: Dataset) -> Result<Dataset, AppError> {
        let mut newer = Dataset {
            name: base_name(before).to_owned(),
            first_version: Some(before.series().clone()),
            version: before.version + 1,
            notes: before.notes.clone(),
            tags: before.tags.clone(),
            ..read
        };
        if before.described_by_hand {
            self.describe_as_before(&mut newer, before).await?;
        }
        Ok(newer)
    }

    async fn describe_as_before(&self, newer: &mut Dataset, before: &Dataset) -> Result<(), AppError> {
        newer.described_by_hand = true;
        newer.default_target = before.default_target.clone().filter(|target| newer.column(target).is_some());
        let changed_kind = |column: &retort_domain::Column| {
            before.column(&column.name).is_some_and(|earlier| earlier.kind != column.kind)
        };
        // Asking for kinds reads the table, so only where that matters.
        let cells = match newer.columns.iter().any(changed_kind) {
            true => Some(self.inner.views.cells(&newer.id).await?),
            false => None,
        };
        for column in &mut newer.columns {
            let Some(earlier) = before.column(&column.name) else { continue };
            if earlier.kind == column.kind
                || cells.as_ref().is_some_and(|cells| cells.kinds_of(column).contains(&earlier.kind))
            {
                if column.kind != earlier.kind {
                    newer.kinds_by_hand.push(column.name.clone());
                }
                column.kind = earlier.kind;
                column.excluded_because.clone_from(&earlier.excluded_because);
            }
        }
        Ok(())
    }

    async fn keep_modified_at(
        &self,
        id: &DatasetId,
        modified_at: Option<TimestampMillis>,
    ) -> Result<(), AppError> {
        self.store()
            .change_dataset(id, |dataset| {
                if let Some(source) = &mut dataset.source {
                    source.modified_at = modified_at;
                }
                Ok::<_, AppError>(())
            })
            .await?;
        Ok(())
    }

    /// A file that was imported again has been opened where it lies now.
    pub(crate) async fn adopt_source(&self, there: Dataset, read: Dataset) -> Result<Dataset, AppError> {
        if there.is_sample || read.source.is_none() || there.source == read.source {
            return Ok(there);
        }
        let changed = self
            .store()
            .change_dataset(&there.id, |dataset| {
                dataset.source = read.source;
                dataset.source_file = read.source_file;
                Ok::<_, AppError>(())
            })
            .await?;
        self.datasets_changed();
        Ok(changed.unwrap_or(there))
    }
}

/// The name without what was added when it became an older version.
fn base_name(dataset: &Dataset) -> &str {
    let ending = format!(" (version {})", dataset.version);
    dataset.name.strip_suffix(&ending).unwrap_or(&dataset.name)
}
