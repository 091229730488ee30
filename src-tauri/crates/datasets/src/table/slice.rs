//! A table some rows at a time, for work that goes through all of its cells:
//! whatever its size, no more than a part of it is in memory.

use super::{Stored, Table};
use crate::error::DatasetError;
use polars::prelude::{ParquetReader, SerReader};
use std::{
    fs::File,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

/// Most rows in memory at a time; about as many as the file keeps together.
const MAX_ROWS: usize = 1 << 18;
/// Values in memory at a time, bytes, where rows are wide.
const MAX_BYTES: usize = 256 << 20;

impl Table {
    /// All rows, in parts that are read one at a time.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        let (n_rows, memory_bytes) = (self.n_rows(), self.stored.memory_bytes);
        let row_bytes = (memory_bytes / n_rows.max(1)).max(1);
        let size = (MAX_BYTES / row_bytes).clamp(1, MAX_ROWS);
        (0..n_rows).step_by(size).map(move |start| start..(start + size).min(n_rows))
    }

    /// A table of some of its rows, in memory.
    pub(crate) fn part(&self, rows: Range<usize>) -> Result<Table, DatasetError> {
        let stored = &self.stored;
        let damaged = |reason: String| DatasetError::TableDamaged { id: stored.id.to_string(), reason };
        let file = File::open(&stored.path).map_err(|e| damaged(e.to_string()))?;
        let slice = Some((rows.start, rows.len()));
        // A damaged file reaches corners of the reader that no writer makes.
        let frame = catch_unwind(AssertUnwindSafe(|| ParquetReader::new(file).with_slice(slice).finish()))
            .map_err(|_| damaged("its structure makes no sense".to_owned()))?
            .map_err(|e| damaged(e.to_string()))?;
        if frame.height() != rows.len() || frame.width() != stored.names.len() {
            return Err(damaged("its rows or columns are not all there".to_owned()));
        }
        let series = |c: &polars::prelude::Column| OnceLock::from(c.as_materialized_series().rechunk());
        let columns = frame.columns().iter().map(series).collect();
        let stored = Stored {
            id: stored.id.clone(),
            path: stored.path.clone(),
            file_bytes: stored.file_bytes,
            n_rows: rows.len(),
            names: stored.names.clone(),
            formats: stored.formats.clone(),
            positions: stored.positions.clone(),
            memory_bytes: stored.memory_bytes,
        };
        Ok(Table { stored: Arc::new(stored), columns })
    }

    /// Where the dataset's cells lie as they were in the file, if anywhere.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.stored.path.parent().unwrap_or(std::path::Path::new("."))
    }
}
