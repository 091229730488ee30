//! A file becomes a dataset: read, understood, and kept as Parquet.

use crate::{
    cells::exact_at,
    columnar::{self, TypedTable},
    container::{Content, content, unpacked},
    error::{DatasetError, file_name},
    fingerprint,
    infer::{Typed, type_columns},
    json_lines,
    kind::judge,
    profile::GoesOn,
    raw::{CappedWarnings, PROBLEM_LIMIT, RawTable},
    source::{source_path, write_source},
    table::{table_path, write_table},
    text_file,
    watch::{UNWATCHED, Watch},
    workbook::{self, Container},
};
use memmap2::MmapMut;
use rayon::prelude::*;
use retort_domain::{
    Column, ColumnReading, DataWarning, Dataset, ProblemRow, Reading, ReadingOptions, SheetInfo,
    SkippedLines, TimestampMillis,
};
use std::{
    borrow::Cow,
    fs::{self, File},
    io::{ErrorKind, Read},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Largest file that is imported, bytes.
const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of a file that one thread reads at a time.
const PART_BYTES: usize = 4 * 1024 * 1024;
/// Text by which the first rows are read, where they alone are.
const START_BYTES: usize = 512 * 1024;
/// Rows of a sheet that are read, where the first ones alone are.
const START_ROWS: u32 = 1_000;
/// Rows shown of what was understood.
const PREVIEW_ROWS: usize = 20;

/// Shares of an import after its steps.
const BYTES_READ: f64 = 0.1;
const CELLS_READ: f64 = 0.5;
const CELLS_UNDERSTOOD: f64 = 0.7;
const SOURCE_WRITTEN: f64 = 0.85;

/// What a person may say about a file to import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Name of the dataset; none means the file's, without its extension.
    pub name: Option<String>,
    /// Sheet of a workbook; none means the first that holds anything.
    pub sheet: Option<String>,
    /// What is decided about the reading.
    pub reading: ReadingOptions,
}

/// An imported file.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// What was understood; the table lies in the folder of tables.
    pub dataset: Dataset,
    /// How the file was read, with the evidence.
    pub reading: Reading,
    /// BLAKE3 of the file's bytes, hexadecimal.
    pub content_hash: String,
}

/// Sheets of a workbook; none for text files.
pub fn list_sheets(path: &Path) -> Result<Vec<SheetInfo>, DatasetError> {
    let file = file_name(path);
    let bytes = read_bytes(path, &file, UNWATCHED)?;
    match content(&bytes) {
        Content::Workbook(container) => workbook::sheets(&bytes, container, &file),
        _ => Ok(Vec::new()),
    }
}

/// Says how a file would be read, and keeps nothing. A file with a header and
/// no rows is no error here.
pub fn understand(
    path: &Path,
    options: &ImportOptions,
    goes_on: GoesOn<'_>,
) -> Result<Reading, DatasetError> {
    let file = file_name(path);
    let watch = Watch::new(goes_on);
    let bytes = read_bytes(path, &file, watch.part(0.0, BYTES_READ))?;
    let work = watch.part(BYTES_READ, CELLS_UNDERSTOOD);
    let source = read(&bytes, options, Reach::Whole, &file, PROBLEM_LIMIT, work)?;
    let reading = source.understood().reading;
    watch.done()?;
    Ok(reading)
}

/// What of a file is left out or does not fit: everything, however much it is.
pub(crate) fn misfits(
    path: &Path,
    options: &ImportOptions,
    watch: Watch<'_>,
) -> Result<(Vec<SkippedLines>, Vec<ProblemRow>), DatasetError> {
    let file = file_name(path);
    let bytes = read_bytes(path, &file, watch.part(0.0, BYTES_READ))?;
    let work = watch.part(BYTES_READ, 1.0);
    let reading = match read(&bytes, options, Reach::Whole, &file, usize::MAX, work)? {
        Source::Raw(raw) => raw.reading,
        Source::Typed(typed) => typed.reading,
    };
    Ok((reading.skipped, reading.problems))
}

/// Says how the first rows of a file are read, by these alone: soon, whatever
/// its size. Its rows are counted, and all rows heard, by [`understand`]. None
/// where the first rows cannot be had without all the others.
pub fn glance(path: &Path, options: &ImportOptions) -> Result<Option<Reading>, DatasetError> {
    let file = file_name(path);
    let mut bytes = Vec::new();
    let opened = open(path, &file)?;
    let unreadable = |source| DatasetError::FileUnreadable { file: file.clone(), source };
    opened.take(START_BYTES as u64 * 2).read_to_end(&mut bytes).map_err(unreadable)?;
    let is_plain = unpacked(&bytes, &file).is_ok_and(|unpacked| unpacked.1.is_none());
    let source = match content(&bytes) {
        Content::Text if is_plain && !bytes.is_empty() => {
            read(&bytes, options, Reach::Start, &file, PROBLEM_LIMIT, UNWATCHED)?
        }
        // Most of these give their cells one by one.
        Content::Workbook(Container::Zip) => {
            let bytes = read_bytes(path, &file, UNWATCHED)?;
            read(&bytes, options, Reach::Start, &file, PROBLEM_LIMIT, UNWATCHED)?
        }
        _ => return Ok(None),
    };
    Ok(Some(source.understood().reading))
}

/// Whole lines at the start of a text.
fn start_of_text(bytes: &[u8]) -> &[u8] {
    let start = &bytes[..START_BYTES];
    match memchr::memrchr2(b'\n', b'\r', start) {
        // The second byte of a line end in UTF-16.
        Some(end) if end % 2 == 0 && start.get(end + 1) == Some(&0) => &start[..end + 2],
        Some(end) => &start[..=end],
        None => start,
    }
}

/// Imports a file: writes `{tables_dir}/{id}.parquet`
/// and, where cells do not look as in the file, `{id}.source.parquet`, and
/// returns what was understood. The source file is only read. `now` is kept as
/// time of import. An import that is stopped leaves no table.
pub fn import(
    path: &Path,
    options: &ImportOptions,
    tables_dir: &Path,
    now: TimestampMillis,
    goes_on: GoesOn<'_>,
) -> Result<Imported, DatasetError> {
    let file = file_name(path);
    let watch = Watch::new(goes_on);
    let bytes = read_bytes(path, &file, watch.part(0.0, BYTES_READ))?;
    let work = watch.part(BYTES_READ, CELLS_READ);
    let (source, hasher) = rayon::join(
        || read(&bytes, options, Reach::Whole, &file, PROBLEM_LIMIT, work),
        || blake3::Hasher::new().update(&bytes).clone(),
    );
    let source = source?;
    if source.n_rows() == 0 {
        return Err(DatasetError::HeaderOnly { file });
    }
    let understood = source.understood();
    watch.part(0.0, CELLS_UNDERSTOOD).done()?;
    let sheet = understood.reading.sheet.clone();
    let (id, content_hash) = fingerprint::of_hashed(hasher, sheet.as_deref(), &options.reading);
    let n_rows = count(source.n_rows());
    if let Source::Raw(raw) = &source {
        write_source(tables_dir, &id, raw, &understood.typed)?;
    }
    if let Err(stopped) = watch.part(0.0, SOURCE_WRITTEN).done() {
        // Of a dataset that is there already it is wanted.
        if !table_path(tables_dir, &id).exists() {
            let _ = fs::remove_file(source_path(tables_dir, &id));
        }
        return Err(stopped);
    }
    let values: Vec<_> = (source.names().iter().zip(&understood.typed).zip(&understood.columns))
        .map(|((name, typed), column)| (name.as_str(), &typed.values, column.distinct as usize))
        .collect();
    write_table(tables_dir, &id, &values, source.n_rows())?;
    let stem = || {
        let stem = path.file_stem().map_or_else(|| file.clone(), |s| s.to_string_lossy().into_owned());
        // `table.csv.gz` is called `table`.
        let packed = understood.reading.packing.is_some();
        stem.rsplit_once('.').filter(|_| packed).map_or(stem.clone(), |(name, _)| name.to_owned())
    };
    let name =
        options.name.as_deref().map(str::trim).filter(|n| !n.is_empty()).map_or_else(stem, str::to_owned);
    tracing::debug!(%id, n_rows, columns = understood.columns.len(), "imported");
    Ok(Imported {
        dataset: Dataset {
            id,
            name,
            source_bytes: bytes.len() as f64,
            source_file: file,
            sheet,
            n_rows,
            columns: understood.columns,
            warnings: understood.warnings,
            imported_at: now,
            default_target: None,
            described_by_hand: false,
            is_sample: false,
            attribution: None,
            notes: String::new(),
            tags: Vec::new(),
            source: None,
            first_version: None,
            version: 1,
        },
        reading: understood.reading,
        content_hash,
    })
}

fn read_bytes(path: &Path, file: &str, watch: Watch<'_>) -> Result<MmapMut, DatasetError> {
    let opened = open(path, file)?;
    let unreadable = |source| DatasetError::FileUnreadable { file: file.to_owned(), source };
    let length = opened.metadata().map_err(unreadable)?.len() as usize;
    if length == 0 {
        return Err(DatasetError::Empty { file: file.to_owned() });
    }
    // No longer than the longest file that is opened.
    let mut bytes = MmapMut::map_anon(length).map_err(unreadable)?;
    // It is only slower where the system has no large pages.
    #[cfg(target_os = "linux")]
    let _ = bytes.advise(memmap2::Advice::HugePage);
    let n_read = AtomicUsize::new(0);
    bytes.par_chunks_mut(PART_BYTES).enumerate().try_for_each(|(i, part)| {
        exact_at(&opened, part, (i * PART_BYTES) as u64).map_err(unreadable)?;
        watch.tell(n_read.fetch_add(part.len(), Ordering::Relaxed), length)
    })?;
    Ok(bytes)
}

/// Opens a file of a size that can be read.
fn open(path: &Path, file: &str) -> Result<File, DatasetError> {
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
    File::open(path).map_err(|source| DatasetError::FileUnreadable { file, source })
}

/// A file as read, before its columns are judged.
enum Source {
    Raw(Box<RawTable>),
    Typed(Box<TypedTable>),
}

struct Understood<'a> {
    columns: Vec<Column>,
    typed: Vec<Typed<'a>>,
    warnings: Vec<DataWarning>,
    reading: Reading,
}

/// How much of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Whole,
    /// Its first rows.
    Start,
}

impl Reach {
    /// Rows of a sheet.
    fn rows(self) -> u32 {
        match self {
            Self::Whole => u32::MAX,
            Self::Start => START_ROWS,
        }
    }
}

fn read(
    bytes: &[u8],
    options: &ImportOptions,
    reach: Reach,
    file: &str,
    most_problems: usize,
    watch: Watch<'_>,
) -> Result<Source, DatasetError> {
    let reading = &options.reading;
    let (mut bytes, packing) = unpacked(bytes, file)?;
    watch.tell(0, 1)?;
    let found = content(&bytes);
    if reach == Reach::Start && found == Content::Text && bytes.len() > START_BYTES {
        bytes = Cow::Owned(start_of_text(&bytes).to_vec());
    }
    if let (Some(sheet), false) = (options.sheet.clone(), matches!(found, Content::Workbook(_))) {
        return Err(DatasetError::NoSheetsInText { file: file.to_owned(), sheet });
    }
    let mut source = match found {
        Content::Workbook(container) => {
            let sheet = options.sheet.as_deref();
            let rows = reach.rows();
            Source::Raw(Box::new(workbook::read(&bytes, container, sheet, reading, rows, file, watch)?))
        }
        Content::Parquet | Content::Arrow | Content::ArrowStream => {
            Source::Typed(Box::new(columnar::read(&bytes, found, file)?))
        }
        Content::Json => Source::Raw(Box::new(json_lines::read(&bytes, reading, file, watch)?)),
        Content::Text => Source::Raw(Box::new(text_file::read(&bytes, reading, file, most_problems, watch)?)),
    };
    match &mut source {
        Source::Raw(raw) => raw.reading.packing = packing,
        Source::Typed(typed) => typed.reading.packing = packing,
    }
    Ok(source)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Source {
    fn n_rows(&self) -> usize {
        match self {
            Self::Raw(raw) => raw.lines.len(),
            Self::Typed(typed) => typed.n_rows,
        }
    }

    fn names(&self) -> &[String] {
        match self {
            Self::Raw(raw) => &raw.names,
            Self::Typed(typed) => &typed.names,
        }
    }

    fn understood(&self) -> Understood<'_> {
        let (typed, mut warnings, mut reading) = match self {
            Self::Raw(raw) => {
                let (typed, decimal) = type_columns(raw);
                let mut reading = raw.reading.clone();
                reading.decimal = decimal;
                reading.preview = (0..raw.lines.len().min(PREVIEW_ROWS))
                    .map(|row| raw.columns.iter().map(|c| c.head(row)).collect())
                    .collect();
                (typed, raw.warnings.clone(), reading)
            }
            Self::Typed(table) => (table.typed(), table.warnings.clone(), table.reading.clone()),
        };
        let judged: Vec<_> =
            self.names().par_iter().zip(&typed).map(|(name, typed)| judge(name, typed)).collect();
        let mut columns = Vec::with_capacity(typed.len());
        let mut noticed = CappedWarnings::default();
        for (c, ((name, typed), judged)) in self.names().iter().zip(&typed).zip(judged).enumerate() {
            let missing = match self {
                Self::Raw(raw) => raw.columns[c].missing_spellings(&raw.missing),
                Self::Typed(_) => Vec::new(),
            };
            reading.columns.push(ColumnReading {
                name: name.clone(),
                kind: judged.kind,
                rule: typed.rule.clone(),
                evidence: typed.evidence.clone(),
                question: typed.question.clone(),
                missing,
            });
            columns.push(Column {
                name: name.clone(),
                kind: judged.kind,
                missing: count(judged.missing),
                distinct: count(judged.distinct),
                excluded_because: judged.excluded_because,
            });
            typed.warnings.iter().for_each(|w| noticed.add(|| w.clone()));
        }
        warnings.extend(noticed.finish("columns hold cells that do not fit"));
        let mut asked = CappedWarnings::default();
        for column in &reading.columns {
            if let Some(q) = &column.question {
                asked.add(|| DataWarning {
                    message: format!("{} Assumed: {}. It may be {}.", q.question, q.chosen, q.other),
                    row: None,
                    column: Some(column.name.clone()),
                });
            }
        }
        warnings.extend(asked.finish("columns can be read in more than one way"));
        Understood { columns, typed, warnings, reading }
    }
}
