//! A table some rows at a time, for work that goes through all of its cells:
//! whatever its size, no more than a part of it is in memory.

use super::{Stored, Table};
use crate::error::DatasetError;
use std::{
    ops::Range,
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
        let read = self.read_columns(0..stored.names.len(), Some(&rows)).map_err(damaged)?;
        let columns = read.into_iter().map(OnceLock::from).collect();
        let stored = Stored { n_rows: rows.len(), ..Stored::clone(stored) };
        Ok(Table { stored: Arc::new(stored), columns })
    }

    /// Where the dataset's cells lie as they were in the file, if anywhere.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.stored.path.parent().unwrap_or(std::path::Path::new("."))
    }
}
