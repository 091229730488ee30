//! Tables as files for other programs.

use crate::Engine;
use crate::blocking::blocking;
use retort_datasets::{CellsAs, DatasetError, ImportOptions};
use retort_domain::{AppError, Dataset, DatasetId, ErrorCode, ExportFormat, WorkId};
use std::fs;
use std::path::{Path, PathBuf};

impl Engine {
    /// Writes a dataset's table to a file: whole, or not at all. Without a format
    /// the file's name says it. Cells of CSV are as in the source file, apart
    /// from their quoting, unless `typed`. The file that the dataset was read
    /// from is never written to.
    pub async fn datasets_export(
        &self,
        id: &DatasetId,
        path: PathBuf,
        format: Option<ExportFormat>,
        typed: bool,
        work: Option<WorkId>,
    ) -> Result<(), AppError> {
        let dataset = self.datasets_get(id).await?;
        let format = match format {
            Some(format) => format,
            None => format_of(&path)?,
        };
        let cells = if typed { CellsAs::Typed } else { CellsAs::Source };
        let table = self.inner.tables.open(id).await?;
        let watched = self.inner.works.begin(work);
        blocking(move || {
            refuse_source(&dataset, &path)?;
            let written = table.export(&dataset, &path, format, cells, &|share| watched.goes_on(share));
            written.map_err(|error: DatasetError| AppError::from(error))
        })
        .await
    }

    /// Reads a file as an import would, and writes to `out`, as CSV, everything
    /// of it that was left out or does not fit.
    pub async fn reading_report(
        &self,
        path: PathBuf,
        options: ImportOptions,
        out: PathBuf,
        work: Option<WorkId>,
    ) -> Result<(), AppError> {
        let (tables, watched) = (self.inner.folders.tables(), self.inner.works.begin(work));
        blocking(move || {
            if is_same_file(&out, &path) {
                return Err(never_changed(format!("the report is about this file: {}", out.display())));
            }
            let goes_on = |share| watched.goes_on(share);
            let saved = retort_datasets::save_misfits(&path, &options, &tables, &out, &goes_on);
            saved.map_err(AppError::from)
        })
        .await
    }
}

fn never_changed(what: String) -> AppError {
    AppError::new(ErrorCode::Conflict, what)
        .with_hint("Choose another name; files that were imported are never changed")
}

fn format_of(path: &Path) -> Result<ExportFormat, AppError> {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    ExportFormat::of_name(&name).ok_or_else(|| {
        AppError::new(
            ErrorCode::InvalidConfig,
            format!("\"{name}\" does not say by its ending what is to be written"),
        )
        .with_hint("End it in .csv, .xlsx or .parquet, or name the format")
    })
}

fn refuse_source(dataset: &Dataset, path: &Path) -> Result<(), AppError> {
    if dataset.source.as_ref().is_some_and(|source| is_same_file(Path::new(&source.path), path)) {
        return Err(never_changed(format!(
            "\"{}\" was read from this file: {}",
            dataset.name,
            path.display()
        )));
    }
    Ok(())
}

/// True where both are there, and are one file by whatever way.
fn is_same_file(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).is_ok_and(|one| fs::canonicalize(other).is_ok_and(|other| one == other))
}
