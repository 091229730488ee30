//! What can go wrong with a file, a table or a preparation, one variant per
//! kind of trouble, and how it reads to a person.

use retort_domain::{AppError, ErrorCode};
use std::{io, path::Path};

/// What a column was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnUse {
    /// To be predicted.
    Target,
    /// To learn from.
    Feature,
    /// To be left out.
    Exclude,
    /// To say which rows are in which part.
    Split,
    /// To sort rows by.
    Sort,
    /// To choose rows by.
    Filter,
    /// To say what it is.
    Describe,
    /// To look at.
    Show,
}

impl std::fmt::Display for ColumnUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Target => "the target",
            Self::Feature => "a feature",
            Self::Exclude => "a column to leave out",
            Self::Split => "the column to split by",
            Self::Sort => "a column to sort by",
            Self::Filter => "a column to filter by",
            Self::Describe => "a column to describe",
            Self::Show => "a column to show",
        })
    }
}

/// Why a file, a table or a preparation could not be had. `file` is the name of
/// the source file, `dataset` the dataset's name, `row` the data row from 1.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are explained above and by the messages")]
pub enum DatasetError {
    #[error("{file}: there is no such file")]
    FileNotFound { file: String },
    #[error("{file} is a folder, not a file")]
    IsFolder { file: String },
    #[error("{file} could not be read: {source}")]
    FileUnreadable { file: String, source: io::Error },
    #[error("{file} is empty")]
    Empty { file: String },
    #[error("{file} holds a header but no rows below it")]
    HeaderOnly { file: String },
    #[error("{file} is a binary file, not a table")]
    Binary { file: String },
    #[error("{file} unpacks to more than {limit} bytes, far more than a table of its size")]
    Overpacked { file: String, limit: u64 },
    #[error("{file} cannot be unpacked: {reason}")]
    DamagedArchive { file: String, reason: String },
    #[error("{file} cannot be read as {format}: {reason}")]
    DamagedColumns { file: String, format: &'static str, reason: String },
    #[error("{file}: line {line} is no JSON object: {reason}")]
    NoJsonObject { file: String, line: u32, reason: String },
    #[error("{file} cannot be read in the encoding \"{label}\", which is not known")]
    UnknownEncoding { file: String, label: String },
    #[error("{file} has no table {table}; it holds {tables}")]
    NoSuchTable { file: String, table: usize, tables: usize },
    #[error("{file} has {bytes} bytes; at most {limit} can be imported")]
    FileTooLarge { file: String, bytes: u64, limit: u64 },
    #[error("{file} spans {rows} rows × {columns} columns{}; at most {limit} cells can be imported", on_sheet(.sheet))]
    TooManyCells { file: String, sheet: Option<String>, rows: u64, columns: u64, limit: u64 },
    #[error("{file} has more than {limit} columns in line {line}, more than can be imported")]
    TooManyColumns { file: String, line: u64, limit: usize },
    #[error("{file} is a workbook protected by a password")]
    Encrypted { file: String },
    #[error("{file} is a damaged or truncated workbook: {reason}")]
    DamagedWorkbook { file: String, reason: String },
    #[error("{file} is not a workbook that can be read: {found}")]
    NotAWorkbook { file: String, found: &'static str },
    #[error("{file} has no sheet \"{sheet}\"")]
    SheetNotFound { file: String, sheet: String, available: Vec<String> },
    #[error("{file} is a text file and has no sheet \"{sheet}\"")]
    NoSheetsInText { file: String, sheet: String },
    #[error("{file} holds no cells{}", on_sheet(.sheet))]
    EmptySheet { file: String, sheet: Option<String> },

    #[error("{file} could not be written: {reason}")]
    Write { file: String, reason: String },
    #[error("the table of dataset {id} is not in the data folder")]
    TableMissing { id: String },
    #[error("the table of dataset {id} is damaged: {reason}")]
    TableDamaged { id: String, reason: String },
    #[error("the prepared file {file} cannot be used: {reason}")]
    PreparedFileDamaged { file: String, reason: String },
    #[error("the list of samples {file} cannot be read: {reason}")]
    ManifestUnreadable { file: String, reason: String },

    #[error("{dataset} has no column \"{column}\", given as {wanted_as}")]
    ColumnNotFound { dataset: String, column: String, wanted_as: ColumnUse, near: Vec<String> },
    #[error("{dataset} has {columns} columns; there is none at place {place}, counted from 0")]
    NoSuchColumn { dataset: String, place: u32, columns: usize },
    #[error("{dataset}: {rows} rows are shown; there is none at {offset}, counted from 0")]
    OffsetBeyondEnd { dataset: String, offset: u32, rows: u32 },
    #[error("{dataset}: \"{column}\" holds neither numbers nor dates, so it has no range")]
    RangeOfText { dataset: String, column: String },
    #[error("{dataset}: an end of the range of \"{column}\" is not a finite number")]
    RangeNotFinite { dataset: String, column: String },
    #[error("the filter \"{filter}\" cannot be read")]
    FilterUnreadable { filter: String },
    #[error("the filter of \"{column}\" compares with \"{value}\", which is not {expected}")]
    FilterValue { column: String, value: String, expected: &'static str },
    #[error("{dataset}: \"{column}\" cannot be of the kind {kind}")]
    KindNotPossible { dataset: String, column: String, kind: String, possible: Vec<String> },
    #[error("{cells} cells are more than can be copied at once, which is {limit}")]
    TooManyCopied { cells: u64, limit: u64 },
    #[error("the question was given up for a newer one")]
    Superseded,
    #[error("{dataset}: the target \"{column}\" has no value in any row")]
    TargetMissingEverywhere { dataset: String, column: String },
    #[error(
        "{dataset}: the target \"{column}\" is not numeric (row {row} holds \"{value}\"), so it cannot be a regression's"
    )]
    TargetNotNumeric { dataset: String, column: String, row: usize, value: String },
    #[error("{dataset}: the target \"{column}\" has only one class, \"{label}\"")]
    OneClass { dataset: String, column: String, label: String },
    #[error("{dataset}: the target \"{column}\" has {classes} classes; at most {limit} can be told apart")]
    TooManyClasses { dataset: String, column: String, classes: usize, limit: usize },
    #[error(
        "{dataset}: every class of the target \"{column}\" has one row only, which leaves none to test on"
    )]
    OnlySingleRowClasses { dataset: String, column: String },
    #[error(
        "{dataset}: {rows} rows have a value of the target \"{column}\"; training, validation and test need at least {needed}"
    )]
    TooFewRows { dataset: String, column: String, rows: usize, needed: usize },
    #[error("{dataset}: {rows} rows are left beside the test part, too few to divide {folds} times")]
    TooFewRowsForFolds { dataset: String, rows: usize, folds: u32 },
    #[error("{dataset} has no column that can serve as a feature for \"{target}\"")]
    NoUsableFeatures { dataset: String, target: String },
    #[error("{dataset}: \"{column}\" is the target, so rows cannot be split by it")]
    SplitByTarget { dataset: String, column: String },
    #[error("{dataset}: \"{column}\" holds no dates, so rows cannot be split by time with it")]
    NoDates { dataset: String, column: String },
    #[error("{dataset}: \"{column}\" makes {groups} groups; to split by it, at least {needed} are needed")]
    TooFewGroups { dataset: String, column: String, groups: usize, needed: usize },
    #[error(
        "{dataset}: \"{column}\" holds {moments} different moments; to split by time, at least {needed} are needed"
    )]
    TooFewMoments { dataset: String, column: String, moments: usize, needed: usize },
    #[error("{dataset}: row {row} of \"{column}\" holds {}, which is no part of a split", shown(.value))]
    UnknownPart { dataset: String, column: String, row: usize, value: Option<String> },
    #[error("{dataset}: split by \"{column}\", the {part} part has no rows that have a target")]
    EmptyPart { dataset: String, column: String, part: &'static str },
    #[error("the profile was stopped")]
    ProfileStopped,
    #[error("the work was stopped before it was done")]
    Stopped,
    #[error("{dataset} has {rows} rows; a sheet of a workbook holds {limit} below its header")]
    TooManyRowsForSheet { dataset: String, rows: u32, limit: u32 },
    #[error("{dataset} has {columns} columns; a sheet of a workbook holds {limit}")]
    TooManyColumnsForSheet { dataset: String, columns: usize, limit: usize },
    #[error(
        "{dataset}: row {row} of \"{column}\" holds a text of more than {limit} characters, the most that a cell of a workbook can"
    )]
    TextTooLongForCell { dataset: String, column: String, row: u32, limit: usize },
    #[error("{field} is {value}; {allowed}")]
    InvalidFraction { field: &'static str, value: f64, allowed: &'static str },
    #[error(
        "{dataset} would become a matrix of {rows} rows × {columns} columns, which is more than {limit_gib} GiB"
    )]
    MatrixTooLarge { dataset: String, rows: usize, columns: usize, limit_gib: u64 },

    #[error("{dataset} has no column \"{column}\", which the model learned from")]
    FeatureMissing { dataset: String, column: String, near: Vec<String> },
    #[error(
        "{dataset}: row {row} of column \"{column}\" holds \"{value}\", where the model learned from {expected}"
    )]
    FeatureOfAnotherKind {
        dataset: String,
        column: String,
        row: usize,
        value: String,
        expected: &'static str,
    },
}

fn shown(value: &Option<String>) -> String {
    value.as_deref().map_or_else(|| "nothing".to_owned(), |text| format!("\"{text}\""))
}

fn on_sheet(sheet: &Option<String>) -> String {
    sheet.as_deref().map(|s| format!(" on sheet \"{s}\"")).unwrap_or_default()
}

/// The last part of a path, as messages name a file.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

impl DatasetError {
    pub(crate) fn write(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Write { file: file_name(path), reason: reason.to_string() }
    }

    fn code(&self) -> ErrorCode {
        match self {
            Self::FileNotFound { .. }
            | Self::SheetNotFound { .. }
            | Self::NoSheetsInText { .. }
            | Self::NoSuchTable { .. }
            | Self::ColumnNotFound { .. }
            | Self::NoSuchColumn { .. }
            | Self::OffsetBeyondEnd { .. }
            | Self::TableMissing { .. } => ErrorCode::NotFound,
            Self::IsFolder { .. }
            | Self::FileUnreadable { .. }
            | Self::Empty { .. }
            | Self::HeaderOnly { .. }
            | Self::Binary { .. }
            | Self::Encrypted { .. }
            | Self::DamagedWorkbook { .. }
            | Self::NotAWorkbook { .. }
            | Self::DamagedArchive { .. }
            | Self::DamagedColumns { .. }
            | Self::NoJsonObject { .. }
            | Self::EmptySheet { .. }
            | Self::ManifestUnreadable { .. } => ErrorCode::UnreadableFile,
            Self::FileTooLarge { .. }
            | Self::Overpacked { .. }
            | Self::TooManyCells { .. }
            | Self::TooManyColumns { .. }
            | Self::TooManyCopied { .. }
            | Self::TooManyRowsForSheet { .. }
            | Self::TooManyColumnsForSheet { .. }
            | Self::TextTooLongForCell { .. }
            | Self::MatrixTooLarge { .. } => ErrorCode::LimitReached,
            Self::Superseded | Self::ProfileStopped | Self::Stopped => ErrorCode::Cancelled,
            Self::Write { .. } | Self::TableDamaged { .. } | Self::PreparedFileDamaged { .. } => {
                ErrorCode::Storage
            }
            Self::InvalidFraction { .. }
            | Self::SplitByTarget { .. }
            | Self::UnknownEncoding { .. }
            | Self::RangeOfText { .. }
            | Self::RangeNotFinite { .. }
            | Self::FilterUnreadable { .. }
            | Self::FilterValue { .. }
            | Self::KindNotPossible { .. } => ErrorCode::InvalidConfig,
            Self::TargetMissingEverywhere { .. }
            | Self::TargetNotNumeric { .. }
            | Self::OneClass { .. }
            | Self::TooManyClasses { .. }
            | Self::OnlySingleRowClasses { .. }
            | Self::TooFewRows { .. }
            | Self::TooFewRowsForFolds { .. }
            | Self::NoDates { .. }
            | Self::TooFewGroups { .. }
            | Self::TooFewMoments { .. }
            | Self::UnknownPart { .. }
            | Self::EmptyPart { .. }
            | Self::NoUsableFeatures { .. }
            | Self::FeatureMissing { .. }
            | Self::FeatureOfAnotherKind { .. } => ErrorCode::UnusableData,
        }
    }

    /// What a person can do about it.
    fn hint(&self) -> String {
        let text = match self {
            Self::FileNotFound { .. } => "Check the path",
            Self::IsFolder { .. } => "Choose a CSV or Excel file inside it",
            Self::FileUnreadable { .. } => "Check that you may read it and that no other program holds it",
            Self::Empty { .. } | Self::EmptySheet { .. } | Self::HeaderOnly { .. } => {
                "Choose a file with a header and at least one row"
            }
            Self::Binary { .. } | Self::NotAWorkbook { .. } => {
                "Save the table as CSV or as .xlsx and import that"
            }
            Self::FileTooLarge { .. } | Self::TooManyCells { .. } | Self::TooManyColumns { .. } => {
                "Import a part of it; stray cells far from the table count too"
            }
            Self::Overpacked { .. } => "Unpack it yourself if you trust it, and import the table",
            Self::DamagedArchive { .. } => "Unpack it with another program and import the table",
            Self::DamagedColumns { .. } => {
                "Write it again with the program it comes from, or import it as CSV"
            }
            Self::NoJsonObject { .. } => "Correct the line, or import the table as CSV",
            Self::UnknownEncoding { .. } => "Name one such as utf-8, utf-16le or windows-1252",
            Self::NoSuchTable { .. } => "Tables are counted from 1",
            Self::Encrypted { .. } => "Save it without a password and import that",
            Self::DamagedWorkbook { .. } => "Open it in a spreadsheet program, save it again and import that",
            Self::SheetNotFound { available, .. } => return format!("Its sheets are: {}", quoted(available)),
            Self::NoSheetsInText { .. } => "Leave the sheet out",
            Self::Write { .. } => "Check that the disk has room and that the folder can be written",
            Self::TableMissing { .. } | Self::TableDamaged { .. } => "Import the file again",
            Self::PreparedFileDamaged { .. } => "Delete it; it is made again when it is needed",
            Self::ManifestUnreadable { .. } => "Reinstall, or restore the folder of samples",
            Self::ColumnNotFound { near, .. } | Self::FeatureMissing { near, .. } => {
                return if near.is_empty() {
                    "Look at the table for its column names".to_owned()
                } else {
                    format!("Did you mean {}?", quoted(near))
                };
            }
            Self::NoSuchColumn { .. } => "Look at the table for its columns",
            Self::OffsetBeyondEnd { .. } => "Ask for a row that is shown",
            Self::RangeOfText { .. } => "Filter it by values or by text",
            Self::RangeNotFinite { .. } => "Leave the end out where the range is open",
            Self::FilterUnreadable { .. } => {
                "Write a column, one of = != > >= < <= ~ ^= and a value, such as \"price>=3\""
            }
            Self::FilterValue { .. } => "Compare with a value as the table shows it, or use ~ or =",
            Self::KindNotPossible { possible, .. } => {
                return format!("Its values allow {}", possible.join(", "));
            }
            Self::TooManyCopied { .. } => "Copy fewer rows or columns, or export the table",
            Self::Superseded => "Ask again",
            Self::TargetMissingEverywhere { .. } | Self::OneClass { .. } => "Choose another target",
            Self::TargetNotNumeric { .. } => "Set the task to classification, or choose a numeric target",
            Self::TooManyClasses { .. } => "Choose another target, or regression if it is numeric",
            Self::OnlySingleRowClasses { .. } => "Choose another target, or add rows",
            Self::TooFewRowsForFolds { .. } => "Choose fewer folds, or add rows",
            Self::TooFewRows { .. } => "Add rows, or choose another target",
            Self::NoUsableFeatures { .. } => "Name features explicitly, or leave fewer columns out",
            Self::InvalidFraction { .. } => "Change the setting",
            Self::SplitByTarget { .. } => "Name another split_column",
            Self::NoDates { .. } => "Name a column of dates, or of numbers that grow with time",
            Self::TooFewGroups { .. } => "Name a column with more groups, or split at random",
            Self::TooFewMoments { .. } => "Name a finer column, or split at random",
            Self::UnknownPart { .. } => "Write train, validation or test in every row",
            Self::EmptyPart { .. } => "Mark rows for it, or split at random",
            Self::ProfileStopped | Self::Stopped => "Ask for it again",
            Self::TooManyRowsForSheet { .. }
            | Self::TooManyColumnsForSheet { .. }
            | Self::TextTooLongForCell { .. } => "Export it as Parquet or CSV",
            Self::MatrixTooLarge { .. } => "Leave columns out",
            Self::FeatureOfAnotherKind { .. } => "Correct the value, or leave the cell empty",
        };
        text.to_owned()
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", ")
}

impl From<DatasetError> for AppError {
    fn from(error: DatasetError) -> Self {
        let hint = error.hint();
        Self::new(error.code(), error.to_string()).with_hint(hint)
    }
}

/// Up to three names that someone who wrote `wanted` may have meant, nearest
/// first.
pub(crate) fn near_names<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.trim().to_lowercase();
    let allowed = (wanted.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let lower = name.to_lowercase();
            if lower == wanted {
                return Some((0, name));
            }
            let contained = wanted.len() >= 3
                && !lower.is_empty()
                && (lower.contains(&wanted) || (lower.len() >= 3 && wanted.contains(&lower)));
            let distance = edit_distance(&wanted, &lower, allowed);
            match distance {
                Some(d) => Some((d, name)),
                None if contained => Some((allowed + 1, name)),
                None => None,
            }
        })
        .collect();
    near.sort_by_key(|&(distance, _)| distance);
    near.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// Levenshtein distance, or none where it is above `limit`.
fn edit_distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().filter(|&d| d <= limit)
}
