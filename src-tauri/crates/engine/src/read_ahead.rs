//! Large files that are read for good while a person still looks at how they are
//! read: one that is imported then as it was read is not read twice.

use crate::Engine;
use crate::blocking::blocking;
use crate::sources::FileStamp;
use retort_datasets::{DatasetError, ImportOptions, Imported, source_path};
use retort_domain::{AppError, DatasetId, Reading, ReadingOptions, TimestampMillis, WorkId};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// Smaller files are read again sooner than their tables are written, bytes.
const LARGE_BYTES: u64 = 16 << 20;

/// Files that were read ahead, by their paths.
#[derive(Default)]
pub(crate) struct ReadAhead {
    files: Mutex<HashMap<PathBuf, ReadFile>>,
}

/// A file that was read ahead; its table goes with it.
pub(crate) struct ReadFile {
    stamp: FileStamp,
    sheet: Option<String>,
    reading: ReadingOptions,
    imported: Imported,
    folder: TempDir,
}

impl ReadAhead {
    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, ReadFile>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file, if it was read with these options; whatever else was made of it
    /// is given up.
    pub fn take(&self, path: &Path, options: &ImportOptions) -> Option<ReadFile> {
        let read = self.files().remove(path)?;
        (read.sheet == options.sheet && read.reading == options.reading).then_some(read)
    }

    fn give_up(&self, path: &Path) {
        self.files().remove(path);
    }

    /// Gives up all of them.
    pub fn clear(&self) {
        self.files().clear();
    }
}

impl ReadFile {
    fn read(
        path: &Path,
        stamp: FileStamp,
        options: ImportOptions,
        folder: TempDir,
        goes_on: &(dyn Fn(f64) -> bool + Sync),
    ) -> Result<Self, DatasetError> {
        let imported = retort_datasets::import(path, &options, folder.path(), 0.0, goes_on)?;
        let ImportOptions { name: _, sheet, reading } = options;
        Ok(Self { stamp, sheet, reading, imported, folder })
    }

    /// Moves the table to the others, as imported at `now` with the name that the
    /// options may give. None where the file has changed since, or its table
    /// cannot be moved: it is to be read again.
    pub fn settle(
        self,
        path: &Path,
        tables: &Path,
        options: &ImportOptions,
        now: TimestampMillis,
    ) -> Option<(FileStamp, Imported)> {
        let Self { stamp, mut imported, folder, .. } = self;
        if !stamp.is_known() || stamp != FileStamp::of(path) {
            return None;
        }
        match moved(folder.path(), tables, &imported.dataset.id) {
            Ok(()) => {
                imported.dataset.imported_at = now;
                if let Some(name) = &options.name {
                    imported.dataset.name.clone_from(name);
                }
                Some((stamp, imported))
            }
            Err(error) => {
                tracing::warn!(%error, "a table that was read ahead cannot be moved");
                None
            }
        }
    }
}

/// The table last: a dataset without one is none.
fn moved(from: &Path, to: &Path, id: &DatasetId) -> io::Result<()> {
    let source = source_path(from, id);
    if source.exists() {
        fs::rename(source, source_path(to, id))?;
    }
    let table = format!("{id}.parquet");
    fs::rename(from.join(&table), to.join(&table))
}

impl Engine {
    /// Says how a file would be read, as [`Engine::datasets_understand`] does. A
    /// large one is read for good, so that importing it with the same options is
    /// done at once; [`Engine::datasets_give_up`] tells that it is not wanted.
    pub async fn datasets_read_ahead(
        &self,
        path: PathBuf,
        options: ImportOptions,
        work: Option<WorkId>,
    ) -> Result<Reading, AppError> {
        let (tables, temporary) = (self.inner.folders.tables(), self.inner.folders.temporary());
        let watched = self.inner.works.begin(work);
        let engine = self.clone();
        blocking(move || {
            engine.inner.read_ahead.give_up(&path);
            let goes_on = |share| watched.goes_on(share);
            let stamp = FileStamp::of(&path);
            if stamp.n_bytes() >= LARGE_BYTES
                && let Ok(folder) = tempfile::tempdir_in(temporary)
            {
                match ReadFile::read(&path, stamp, options.clone(), folder, &goes_on) {
                    Ok(read) => {
                        let reading = read.imported.reading.clone();
                        engine.inner.read_ahead.files().insert(path, read);
                        return Ok(reading);
                    }
                    Err(DatasetError::Stopped) => return Err(DatasetError::Stopped),
                    // Without rows, or without room for its table: it can be
                    // looked at all the same.
                    Err(error) => tracing::debug!(%error, "a file is not read ahead"),
                }
            }
            retort_datasets::understand(&path, &options, &tables, &goes_on)
        })
        .await
    }

    /// What was read ahead of a file is not wanted any more.
    pub async fn datasets_give_up(&self, path: PathBuf) -> Result<(), AppError> {
        let engine = self.clone();
        blocking(move || {
            engine.inner.read_ahead.give_up(&path);
            Ok::<_, AppError>(())
        })
        .await
    }
}
