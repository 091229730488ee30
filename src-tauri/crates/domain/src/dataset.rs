//! Imported tables and what was understood of them.

use crate::{ColumnRole, DatasetId, DatasetSource, Task, TimestampMillis};
use serde::{Deserialize, Serialize};
use specta::Type;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Numbers with an order and distances.
    Numeric,
    /// A limited set of names.
    Category,
    /// Two values that mean yes and no.
    Boolean,
    /// A date, a time, or both.
    Datetime,
    /// Free text, excluded as a feature.
    Text,
    /// Row numbers, keys, all-distinct strings; excluded as a feature.
    Identifier,
    /// One value only, or none; excluded as a feature.
    Constant,
}

/// One column of a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Column {
    /// Unique within the dataset (a repeated header is numbered, with a warning).
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Rows without a value.
    pub missing: u32,
    /// Distinct values, missing not counted.
    pub distinct: u32,
    /// Why it is left out as a feature by default, in a few words; none where
    /// it is not left out.
    pub excluded_because: Option<String>,
}

/// Something noticed while a file was read that did not stop it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DataWarning {
    /// What was noticed and what was done about it, one line.
    pub message: String,
    /// Line in the file, from 1, header counted, where there is one to name.
    pub row: Option<u32>,
    /// Column name where there is one to name.
    pub column: Option<String>,
}

/// An imported table. The table itself lies as Parquet in the data folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Dataset {
    /// Content hash; the same file gives the same id.
    pub id: DatasetId,
    /// As a person calls it; unique among datasets.
    pub name: String,
    /// Name (not path) of the source file.
    pub source_file: String,
    /// Size of the source file, bytes.
    pub source_bytes: f64,
    /// The sheet that was read, for workbooks.
    pub sheet: Option<String>,
    /// Rows, header not counted.
    pub n_rows: u32,
    /// Columns, in the file's order.
    pub columns: Vec<Column>,
    /// What was noticed while reading.
    pub warnings: Vec<DataWarning>,
    /// When it was imported.
    pub imported_at: TimestampMillis,
    /// A target that suggests itself: the manifest's for samples.
    pub default_target: Option<String>,
    /// A person has said what its columns are, or are for.
    #[serde(default)]
    pub described_by_hand: bool,
    /// Columns of which a person has said what they hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds_by_hand: Vec<String>,
    /// True for the samples that ship with the app.
    pub is_sample: bool,
    /// Where a sample comes from, with its licence.
    pub attribution: Option<String>,
    /// What a person noted about it; may have several lines.
    #[serde(default)]
    pub notes: String,
    /// Words by which a person finds it again.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The file that it was read from; none for samples, and for what was
    /// imported before that was kept.
    #[serde(default)]
    pub source: Option<DatasetSource>,
    /// The first of the versions that were read from one file as it changed;
    /// none for a first version.
    #[serde(default)]
    pub first_version: Option<DatasetId>,
    /// Which of these versions, from 1.
    #[serde(default = "first")]
    pub version: u32,
}

fn first() -> u32 {
    1
}

impl Dataset {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The first version of its file: the same for all versions, whether it is
    /// still there or not.
    pub fn series(&self) -> &DatasetId {
        self.first_version.as_ref().unwrap_or(&self.id)
    }

    /// What a column is for unless a run says otherwise; none where there is no
    /// such column.
    pub fn role(&self, name: &str) -> Option<ColumnRole> {
        let column = self.column(name)?;
        Some(match &column.excluded_because {
            _ if self.default_target.as_deref() == Some(name) => ColumnRole::Target,
            Some(because) => ColumnRole::Excluded { because: because.clone() },
            None => ColumnRole::Feature,
        })
    }

    /// What is learned from for a target unless a run says otherwise; the column
    /// that a split goes by is not.
    pub fn default_features(&self, target: &str, split_column: Option<&str>) -> Vec<String> {
        let is_other = |c: &Column| c.name != target && Some(c.name.as_str()) != split_column;
        let learned_from = |c: &&Column| c.excluded_because.is_none() && is_other(c);
        self.columns.iter().filter(learned_from).map(|c| c.name.clone()).collect()
    }

    /// The task that a target's kind suggests: numbers with more than 20
    /// distinct values, or with fractions, are regressed; all else is classified.
    pub fn suggested_task(&self, target: &str) -> Option<Task> {
        let column = self.column(target)?;
        Some(match column.kind {
            ColumnKind::Numeric if column.distinct > 20 => Task::Regression,
            // A key or a text column as a target is unusual but a person's choice.
            _ => Task::Classification,
        })
    }
}

/// A sheet of a workbook, before import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SheetInfo {
    /// As in the workbook.
    pub name: String,
    /// Rows used, header counted.
    pub n_rows: u32,
    /// Columns used.
    pub n_columns: u32,
    /// The workbook does not show it.
    #[serde(default)]
    pub hidden: bool,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ValueCount {
    /// As shown.
    pub value: String,
    /// Rows with it.
    pub count: u32,
}
