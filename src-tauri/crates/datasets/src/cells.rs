//! A table's cells in a file from which any of them can be read alone: what the
//! table on screen pages through, sorts, filters and searches. It is made from
//! the Parquet table when it is first needed and can be made again.
//!
//! Columns lie one after another, uncompressed. They are read by position into
//! buffers of a few hundred kilobytes and never held as a whole, so that a table
//! of ten million rows costs the process next to nothing; what was read last,
//! the system keeps. After the columns comes a [`Footer`] as JSON, then its
//! length as u64, then [`MAGIC`]. All numbers are little-endian.

mod build;
mod read;
mod spread;

use crate::{error::DatasetError, moment::MomentFormat, table::Table};
use read::Source;
pub(crate) use read::{Chunk, Texts, exact_at};
use retort_domain::DatasetId;
use serde::{Deserialize, Serialize};
pub(crate) use spread::{Binning, MAX_LISTED, Overview, date_label, millis};
use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// First and last bytes of the file; the digit is the layout's version.
const MAGIC: &[u8; 8] = b"RTCELLS1";
/// Rows that are worked on at a time; a multiple of 64.
pub(crate) const CHUNK_ROWS: usize = 1 << 16;

/// Texts that are read at once are about so long together, bytes.
const MAX_TEXT_BYTES: u64 = 16 << 20;
/// Texts that were sought whose rows are kept.
const MAX_KEPT_HITS: usize = 8;

/// Says whether work is still wanted; asked from several threads.
pub type StillWanted<'a> = &'a (dyn Fn() -> bool + Sync);

/// Opened cells. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Cells {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: DatasetId,
    source: Source,
    footer: Footer,
    positions: HashMap<String, usize>,
    /// Read when first needed, one a column.
    words: Vec<OnceLock<Arc<[String]>>>,
    /// Rows that hold a text that was sought, used last first.
    hits: Mutex<VecDeque<(String, Arc<[u64]>)>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Footer {
    n_rows: usize,
    /// Size of the Parquet table that this was made from.
    table_bytes: u64,
    columns: Vec<StoredColumn>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredColumn {
    pub name: String,
    pub layout: Layout,
    pub overview: Overview,
}

/// How a column's cells lie in the file; `at` and the like are places of bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Layout {
    /// f64, NaN where missing, no negative zero.
    Numbers { at: u64 },
    /// i64 microseconds, the least where missing.
    Moments { at: u64, format: MomentFormat },
    /// Codes of one or two bytes, all ones where missing; a JSON list says what
    /// they stand for.
    Codes { at: u64, width: u8, words_at: u64, words_bytes: u64, boolean: bool },
    /// u64: twice the end of the cell's text, and 1 more where missing.
    Texts { ends_at: u64, text_at: u64 },
}

/// Where a dataset's cells lie once they have been looked at.
pub fn cells_path(tables_dir: &Path, id: &DatasetId) -> PathBuf {
    tables_dir.join(format!("{id}.cells"))
}

impl Cells {
    /// Opens the cells of a dataset, and makes their file first where there is
    /// none: for ten million rows that takes some seconds and as much room on
    /// the disk as the values have.
    pub fn open(tables_dir: &Path, id: &DatasetId, wanted: StillWanted<'_>) -> Result<Self, DatasetError> {
        let table = Table::open(tables_dir, id)?;
        let path = cells_path(tables_dir, id);
        match Self::open_made(&path, id) {
            Ok(cells) if cells.fits(&table) => return Ok(cells),
            Ok(_) | Err(_) => {}
        }
        match build::build(&table, &path, wanted) {
            Ok(()) => Self::open_made(&path, id),
            // What can be read is shown, though the disk be full.
            Err(DatasetError::Write { .. }) if table.is_kept() => {
                let bytes = build::build_held(&table, &path, wanted)?;
                Self::from_source(Source::Held(bytes), id)
            }
            Err(error) => Err(error),
        }
    }

    fn open_made(path: &Path, id: &DatasetId) -> Result<Self, DatasetError> {
        let file = File::open(path).map_err(|e| damaged(id, e))?;
        Self::from_source(Source::File(file), id)
    }

    fn from_source(source: Source, id: &DatasetId) -> Result<Self, DatasetError> {
        let size = source.size().map_err(|e| damaged(id, e))?;
        let mut tail = [0_u8; 16];
        let tail_at = size.checked_sub(16).ok_or_else(|| damaged(id, "its cells are cut off"))?;
        source.exact_at(&mut tail, tail_at).map_err(|e| damaged(id, e))?;
        let (length, magic) = tail.split_at(8);
        let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
        if magic != MAGIC || length > tail_at {
            return Err(damaged(id, "its cells are cut off"));
        }
        let mut footer = vec![0_u8; usize::try_from(length).map_err(|e| damaged(id, e))?];
        source.exact_at(&mut footer, tail_at - length).map_err(|e| damaged(id, e))?;
        let footer: Footer = serde_json::from_slice(&footer).map_err(|e| damaged(id, e))?;
        let positions = footer.columns.iter().enumerate().map(|(i, c)| (c.name.clone(), i)).collect();
        let words = footer.columns.iter().map(|_| OnceLock::new()).collect();
        let inner = Inner { id: id.clone(), source, footer, positions, words, hits: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    fn fits(&self, table: &Table) -> bool {
        let footer = &self.inner.footer;
        footer.n_rows == table.n_rows() && footer.table_bytes == table.file_bytes()
    }

    /// Rows of the table.
    pub fn n_rows(&self) -> usize {
        self.inner.footer.n_rows
    }

    pub(crate) fn stored(&self, column: usize) -> &StoredColumn {
        &self.inner.footer.columns[column]
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.inner.positions.get(name).copied()
    }

    /// What the codes of a column stand for; none for other columns.
    pub(crate) fn words(&self, column: usize) -> Result<Arc<[String]>, DatasetError> {
        let Layout::Codes { words_at, words_bytes, .. } = &self.stored(column).layout else {
            return Ok(Arc::default());
        };
        let slot = &self.inner.words[column];
        if let Some(words) = slot.get() {
            return Ok(words.clone());
        }
        let mut bytes = vec![0_u8; usize::try_from(*words_bytes).map_err(|e| self.damaged(e))?];
        self.read(&mut bytes, *words_at)?;
        let words: Vec<String> = serde_json::from_slice(&bytes).map_err(|e| self.damaged(e))?;
        Ok(slot.get_or_init(|| words.into()).clone())
    }

    /// Rows that hold a text, as bits; computed where they are not known.
    pub(crate) fn hits(
        &self,
        sought: &str,
        compute: impl FnOnce() -> Result<Vec<u64>, DatasetError>,
    ) -> Result<Arc<[u64]>, DatasetError> {
        let kept = || self.inner.hits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bits)) = kept().iter().find(|(text, _)| text == sought) {
            return Ok(bits.clone());
        }
        let bits: Arc<[u64]> = compute()?.into();
        let mut kept = kept();
        kept.push_front((sought.to_owned(), bits.clone()));
        kept.truncate(MAX_KEPT_HITS);
        Ok(bits)
    }

    /// Length of the texts of some rows of a column, bytes; 0 for other columns.
    pub(crate) fn text_bytes(&self, column: usize, rows: &Range<usize>) -> Result<u64, DatasetError> {
        let Layout::Texts { ends_at, .. } = self.stored(column).layout else { return Ok(0) };
        let end_before = |row: usize| match row.checked_sub(1) {
            None => Ok(0),
            Some(row) => {
                let mut word = [0_u8; 8];
                self.read(&mut word, ends_at + row as u64 * 8)?;
                Ok::<u64, DatasetError>(u64::from_le_bytes(word) >> 1)
            }
        };
        Ok(end_before(rows.end)?.saturating_sub(end_before(rows.start)?))
    }

    /// Rows in parts whose cells may be read at once: long texts take more
    /// memory than rows say.
    pub(crate) fn parts(&self, column: usize, rows: Range<usize>) -> Result<Vec<Range<usize>>, DatasetError> {
        let n_parts = self.text_bytes(column, &rows)? / MAX_TEXT_BYTES + 1;
        let size = rows.len().div_ceil(usize::try_from(n_parts).unwrap_or(usize::MAX)).max(1);
        Ok(rows.clone().step_by(size).map(|start| start..(start + size).min(rows.end)).collect())
    }

    fn read(&self, bytes: &mut [u8], at: u64) -> Result<(), DatasetError> {
        self.inner.source.exact_at(bytes, at).map_err(|e| self.damaged(e))
    }

    fn damaged(&self, reason: impl std::fmt::Display) -> DatasetError {
        damaged(&self.inner.id, reason)
    }
}

fn damaged(id: &DatasetId, reason: impl std::fmt::Display) -> DatasetError {
    DatasetError::TableDamaged { id: id.to_string(), reason: reason.to_string() }
}

/// An error where work is not wanted any more.
pub(crate) fn go_on(wanted: StillWanted<'_>) -> Result<(), DatasetError> {
    if wanted() { Ok(()) } else { Err(DatasetError::Superseded) }
}
