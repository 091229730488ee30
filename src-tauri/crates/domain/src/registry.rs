//! Where datasets come from, and what becomes of them when their files change.

use crate::{Dataset, ReadingOptions, TimestampMillis, WorkId};
use serde::{Deserialize, Serialize};
use specta::Type;

/// The file that a dataset was read from, and how. With the dataset's sheet,
/// all that is needed to read it again in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DatasetSource {
    /// The whole path.
    pub path: String,
    /// BLAKE3 of its bytes, hexadecimal.
    pub content_hash: String,
    /// When the file was last written, as the file system told just before it
    /// was read; none where it does not tell.
    pub modified_at: Option<TimestampMillis>,
    /// What was decided about the reading.
    pub reading: ReadingOptions,
}

/// How a dataset's file stands to what was read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    /// It is not known which file that was.
    Unknown,
    /// There is no such file now, or it cannot be read.
    Missing,
    /// It holds the same bytes.
    Unchanged,
    /// It holds other bytes.
    Changed,
}

/// What reading a dataset's file again came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RefreshOutcome {
    /// The file holds what it held.
    Unchanged,
    /// There is a new version, which has taken over the name.
    NewVersion,
    /// The file holds what another dataset, none of its versions, was read from.
    HereAlready,
}

/// A dataset after its file was read again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Refreshed {
    /// What happened.
    pub outcome: RefreshOutcome,
    /// What holds the file's content now.
    pub dataset: Dataset,
}

/// Room that a dataset takes in the data folder, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct DiskUse {
    /// Its table, with cells as they were in the file.
    pub table_bytes: f64,
    /// What lets the table be paged and sorted quickly; made again when needed.
    pub view_bytes: f64,
    /// Matrices that were trained on; made again when needed.
    pub prepared_bytes: f64,
}

impl DiskUse {
    /// All of it.
    pub fn total_bytes(&self) -> f64 {
        self.table_bytes + self.view_bytes + self.prepared_bytes
    }
}

/// What has to do with a dataset beside its table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DatasetDetails {
    /// Room that it takes.
    pub disk: DiskUse,
    /// Runs that were trained on it, those under way among them.
    pub n_runs: u32,
    /// Sweeps over it.
    pub n_sweeps: u32,
}

/// What a table is written as for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Text, cells separated by commas.
    Csv,
    /// A workbook of one sheet.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

impl ExportFormat {
    /// The format that a file's name ends with, if it is one of these.
    pub fn of_name(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "csv" | "txt" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// How far a piece of work on a table has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct WorkProgress {
    /// As whoever asked for it calls it.
    pub work: WorkId,
    /// 0 to 1.
    pub share: f64,
}
