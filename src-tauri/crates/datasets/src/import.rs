//! A file becomes a dataset: read, understood, and kept as Parquet.

use crate::{
    error::{DatasetError, file_name},
    infer::{Values, type_column},
    kind::judge,
    raw::{CappedWarnings, RawTable},
    table::write_table,
    text_file,
    workbook::{self, sniff},
};
use retort_domain::{Column, DataWarning, Dataset, DatasetId, SheetInfo, TimestampMillis};
use std::{fs, io::ErrorKind, path::Path};

/// Largest file that is imported, bytes.
const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// What a person may say about a file to import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Name of the dataset; none means the file's, without its extension.
    pub name: Option<String>,
    /// Sheet of a workbook; none means the first that holds anything.
    pub sheet: Option<String>,
}

/// An imported file.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// What was understood; the table lies in the folder of tables.
    pub dataset: Dataset,
}

/// Sheets of a workbook; none for text files.
pub fn list_sheets(path: &Path) -> Result<Vec<SheetInfo>, DatasetError> {
    let file = file_name(path);
    let bytes = read_bytes(path, &file)?;
    sniff(&bytes).map_or_else(|| Ok(Vec::new()), |container| workbook::sheets(&bytes, container, &file))
}

/// Imports a file: writes `{tables_dir}/{id}.parquet` and returns what was
/// understood. The source file is only read. `now` is kept as time of import.
pub fn import(
    path: &Path,
    options: &ImportOptions,
    tables_dir: &Path,
    now: TimestampMillis,
) -> Result<Imported, DatasetError> {
    let file = file_name(path);
    let bytes = read_bytes(path, &file)?;
    let (raw, sheet) = match sniff(&bytes) {
        Some(container) => {
            let (table, sheet) = workbook::read(&bytes, container, options.sheet.as_deref(), &file)?;
            (table, Some(sheet))
        }
        None => {
            let table = text_file::read(&bytes, &file)?;
            if let Some(sheet) = options.sheet.clone() {
                return Err(DatasetError::NoSheetsInText { file, sheet });
            }
            (table, None)
        }
    };
    let id = dataset_id(&bytes, sheet.as_deref());
    let n_rows = u32::try_from(raw.lines.len()).unwrap_or(u32::MAX);
    let (columns, values, warnings) = understand(&raw);
    write_table(tables_dir, &id, values, raw.lines.len())?;
    let stem = || path.file_stem().map_or_else(|| file.clone(), |s| s.to_string_lossy().into_owned());
    let name =
        options.name.as_deref().map(str::trim).filter(|n| !n.is_empty()).map_or_else(stem, str::to_owned);
    tracing::debug!(%id, n_rows, columns = columns.len(), "imported");
    Ok(Imported {
        dataset: Dataset {
            id,
            name,
            source_bytes: bytes.len() as f64,
            source_file: file,
            sheet,
            n_rows,
            columns,
            warnings,
            imported_at: now,
            default_target: None,
            is_sample: false,
            attribution: None,
        },
    })
}

fn read_bytes(path: &Path, file: &str) -> Result<Vec<u8>, DatasetError> {
    let file = file.to_owned();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == ErrorKind::NotFound => return Err(DatasetError::FileNotFound { file }),
        Err(source) => return Err(DatasetError::FileUnreadable { file, source }),
    };
    if metadata.is_dir() {
        return Err(DatasetError::IsFolder { file });
    }
    if !metadata.is_file() {
        // A pipe or a device might never end.
        return Err(DatasetError::Binary { file });
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(DatasetError::FileTooLarge { file, bytes: metadata.len(), limit: MAX_FILE_BYTES });
    }
    let bytes =
        fs::read(path).map_err(|source| DatasetError::FileUnreadable { file: file.clone(), source })?;
    if bytes.is_empty() { Err(DatasetError::Empty { file }) } else { Ok(bytes) }
}

fn dataset_id(bytes: &[u8], sheet: Option<&str>) -> DatasetId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes);
    hasher.update(sheet.unwrap_or_default().as_bytes());
    DatasetId(hasher.finalize().to_hex()[..24].to_owned())
}

type Understood<'a> = (Vec<Column>, Vec<(String, Values<'a>)>, Vec<DataWarning>);

fn understand(raw: &RawTable) -> Understood<'_> {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut columns = Vec::with_capacity(raw.names.len());
    let mut values = Vec::with_capacity(raw.names.len());
    let mut noticed = CappedWarnings::default();
    for (name, cells) in raw.names.iter().zip(&raw.columns) {
        let typed = type_column(name, cells, &raw.lines, raw.decimal_comma);
        let judged = judge(name, &typed);
        columns.push(Column {
            name: name.clone(),
            kind: judged.kind,
            missing: count(judged.missing),
            distinct: count(judged.distinct),
            excluded_because: judged.excluded_because,
        });
        typed.warnings.into_iter().for_each(|w| noticed.add(|| w));
        values.push((name.clone(), typed.values));
    }
    let mut warnings = raw.warnings.clone();
    warnings.extend(noticed.finish("columns hold cells that do not fit"));
    (columns, values, warnings)
}
