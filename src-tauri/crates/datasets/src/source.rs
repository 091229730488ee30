//! The cells of a dataset as they are in its file, where its typed values do
//! not show them alike: `$1,200.50`, `NA`, `1.50`. Kept beside the table.

use crate::{
    error::DatasetError,
    infer::{Typed, Values},
    number,
    raw::{RawColumn, RawTable},
};
use polars::prelude::{
    Column, DataFrame, IntoColumn, NewChunkedArray, ParquetReader, ParquetWriter, SerReader, StringChunked,
};
use rayon::prelude::*;
use retort_domain::DatasetId;
use std::{
    collections::HashMap,
    fs::{self, File},
    ops::Range,
    path::{Path, PathBuf},
};

/// Where a dataset's cells lie as they were in the file, if they are not shown
/// alike.
pub fn source_path(tables_dir: &Path, id: &DatasetId) -> PathBuf {
    tables_dir.join(format!("{id}.source.parquet"))
}

/// Writes the columns whose values are not shown as they are in the file.
pub(crate) fn write_source(
    tables_dir: &Path,
    id: &DatasetId,
    raw: &RawTable,
    typed: &[Typed],
) -> Result<(), DatasetError> {
    let path = source_path(tables_dir, id);
    let failed = |e: &dyn std::fmt::Display| DatasetError::write(&path, e);
    let columns: Vec<Column> = (raw.names.par_iter().zip(&raw.columns).zip(typed))
        .filter(|((_, column), typed)| !is_shown_alike(column, &typed.values))
        .map(|((name, column), _)| {
            let cells = (0..column.len()).map(|row| Some(column.source(row)));
            StringChunked::from_iter_options(name.as_str().into(), cells).into_column()
        })
        .collect();
    if columns.is_empty() {
        return Ok(());
    }
    let mut frame = DataFrame::new(raw.lines.len(), columns).map_err(|e| failed(&e))?;
    fs::create_dir_all(tables_dir).map_err(|e| failed(&e))?;
    let mut file = tempfile::NamedTempFile::new_in(tables_dir).map_err(|e| failed(&e))?;
    ParquetWriter::new(file.as_file_mut()).finish(&mut frame).map_err(|e| failed(&e))?;
    file.persist(&path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// Some rows of the columns kept as they are in the file, by name; none of them
/// where the file is shown alike.
pub(crate) fn read_source(
    tables_dir: &Path,
    id: &DatasetId,
    rows: &Range<usize>,
) -> Result<HashMap<String, StringChunked>, DatasetError> {
    let path = source_path(tables_dir, id);
    let damaged =
        |e: &dyn std::fmt::Display| DatasetError::TableDamaged { id: id.to_string(), reason: e.to_string() };
    if !id.is_well_formed() || !path.exists() {
        return Ok(HashMap::new());
    }
    let file = File::open(&path).map_err(|e| damaged(&e))?;
    let mut frame = ParquetReader::new(file)
        .with_slice(Some((rows.start, rows.len())))
        .finish()
        .map_err(|e| damaged(&e))?;
    frame.rechunk_mut();
    frame
        .columns()
        .iter()
        .map(|c| Ok((c.name().to_string(), c.str().map_err(|e| damaged(&e))?.clone())))
        .collect()
}

fn is_shown_alike(column: &RawColumn, values: &Values) -> bool {
    let rows = 0..column.len();
    match values {
        Values::Text(_) => {
            rows.into_iter().all(|row| column.get(row).unwrap_or_default() == column.source(row))
        }
        Values::Number(v) => rows.into_iter().all(|row| match v[row] {
            Some(_) => number::is_shown_alike(column.source(row)),
            None => column.source(row).is_empty(),
        }),
        Values::Boolean(v, words) => rows
            .into_iter()
            .all(|row| v[row].map_or("", |b| words[usize::from(b)].as_str()) == column.source(row)),
        Values::Moment(v, format) => rows.into_iter().all(|row| match v[row] {
            Some(micros) => format.shows_alike(micros, column.source(row)),
            None => column.source(row).is_empty(),
        }),
    }
}
