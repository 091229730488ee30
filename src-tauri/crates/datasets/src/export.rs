//! A table written as a file for other programs: whole or not at all.

mod csv_file;
mod parquet_file;
mod xlsx_file;

use crate::{error::DatasetError, profile::GoesOn, table::Table, watch::Watch};
use retort_domain::{Dataset, ExportFormat};
use std::{
    fs::{File, Permissions},
    io,
    path::Path,
};

/// How cells of a text file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellsAs {
    /// As they are shown: numbers plain, missing cells empty.
    Typed,
    /// As they are in the source file, apart from their quoting; so are the names
    /// above them, which may be empty or recur there.
    Source,
}

impl Table {
    /// Writes the whole table to `path`. What lay there is replaced only once all
    /// is written; where the work fails or is stopped, nothing is left behind.
    /// `cells` matter to CSV alone, the other formats hold typed values.
    ///
    /// CSV is as RFC 4180 has it: UTF-8, commas, CRLF, a header, missing cells
    /// empty. A workbook has one sheet with a header; a table that does not fit
    /// on a sheet is refused before anything is written.
    pub fn export(
        &self,
        dataset: &Dataset,
        path: &Path,
        format: ExportFormat,
        cells: CellsAs,
        goes_on: GoesOn<'_>,
    ) -> Result<(), DatasetError> {
        let watch = Watch::new(goes_on);
        match format {
            ExportFormat::Csv => whole(path, |file| csv_file::write(self, dataset, cells, file, path, watch)),
            ExportFormat::Parquet => {
                whole(path, |file| parquet_file::write(self, dataset, file, path, watch))
            }
            ExportFormat::Xlsx => {
                xlsx_file::check(dataset)?;
                whole(path, |file| xlsx_file::write(self, dataset, file, path, watch))
            }
        }
    }
}

/// Writes beside the place and renames.
pub(crate) fn whole(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let failed = |e: io::Error| DatasetError::write(path, e);
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return Err(DatasetError::write(path, "something that is no file lies there"));
    }
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".retort-").suffix(".part");
    if let Some(permissions) = usual_permissions() {
        builder.permissions(permissions);
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Where a file is to lie.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Those of any new file, where temporary ones have others.
#[cfg(unix)]
fn usual_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn usual_permissions() -> Option<Permissions> {
    None
}

/// Rows between two looks whether the work is still wanted.
const LOOK_ROWS: usize = 4096;

/// After each row of so many, counted from 0.
fn after_row(watch: Watch<'_>, row: usize, n_rows: usize) -> Result<(), DatasetError> {
    if row.is_multiple_of(LOOK_ROWS) { watch.tell(row, n_rows) } else { Ok(()) }
}
