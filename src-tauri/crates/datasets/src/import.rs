//! A file becomes a dataset: read, understood, and kept as Parquet.

mod opened;
mod parts;
mod understood;

use crate::{
    columnar::ColumnarFile,
    container::{Content, Packed, content},
    encoding::decode,
    error::{DatasetError, file_name},
    json_lines,
    profile::GoesOn,
    raw::{PROBLEM_LIMIT, RawTable},
    text_file::TextTable,
    watch::{UNWATCHED, Watch},
    workbook::{self, Container},
};
pub(crate) use opened::Bounds;
use opened::{Opened, open, read_bytes};
use parts::{Source, Written};
use retort_domain::{Dataset, ProblemRow, Reading, ReadingOptions, SheetInfo, SkippedLines, TimestampMillis};
use std::{io::Read, path::Path};

/// Text by which the first rows are read, where they alone are.
const START_BYTES: usize = 512 * 1024;
/// Rows of a sheet that are read, where the first ones alone are.
const START_ROWS: u32 = 1_000;

/// Shares of an import after its steps.
const BYTES_READ: f64 = 0.1;
const CELLS_UNDERSTOOD: f64 = 0.7;
const SOURCE_WRITTEN: f64 = 0.85;
/// Share of the work on a text until it is known where rows begin.
const LINES_FOUND: f64 = 0.3;

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
    match content(&start_of(path, &file)?) {
        Content::Workbook(container) => {
            workbook::sheets(&read_bytes(path, &file, UNWATCHED)?, container, &file)
        }
        _ => Ok(Vec::new()),
    }
}

/// Says how a file would be read, and keeps nothing. A file with a header and
/// no rows is no error here. A large file is copied into `folder` meanwhile.
pub fn understand(
    path: &Path,
    options: &ImportOptions,
    folder: &Path,
    goes_on: GoesOn<'_>,
) -> Result<Reading, DatasetError> {
    understand_within(path, options, folder, goes_on, Bounds::USUAL)
}

pub(crate) fn understand_within(
    path: &Path,
    options: &ImportOptions,
    folder: &Path,
    goes_on: GoesOn<'_>,
    bounds: Bounds,
) -> Result<Reading, DatasetError> {
    let file = file_name(path);
    let watch = Watch::new(goes_on);
    let opened = Opened::read(path, folder, bounds, watch.part(0.0, BYTES_READ))?;
    let wanted = Wanted { options, reach: Reach::Whole, most_problems: PROBLEM_LIMIT, file: &file };
    let reading = read(&opened, wanted, watch.part(BYTES_READ, 1.0), |source, watch| {
        Ok(source.understood(bounds, watch)?.reading)
    })?;
    watch.done()?;
    Ok(reading)
}

/// What of a file is left out or does not fit: everything, however much it is.
pub(crate) fn misfits(
    path: &Path,
    options: &ImportOptions,
    folder: &Path,
    watch: Watch<'_>,
) -> Result<(Vec<SkippedLines>, Vec<ProblemRow>), DatasetError> {
    let file = file_name(path);
    let opened = Opened::read(path, folder, Bounds::USUAL, watch.part(0.0, BYTES_READ))?;
    let wanted = Wanted { options, reach: Reach::Whole, most_problems: usize::MAX, file: &file };
    let reading = read(&opened, wanted, watch.part(BYTES_READ, 1.0), |source, watch| source.reading(watch))?;
    Ok((reading.skipped, reading.problems))
}

/// Says how the first rows of a file are read, by these alone: soon, whatever
/// its size. Its rows are counted, and all rows heard, by [`understand`]. None
/// where the first rows cannot be had without all the others.
pub fn glance(path: &Path, options: &ImportOptions) -> Result<Option<Reading>, DatasetError> {
    let file = file_name(path);
    let bytes = start_of(path, &file)?;
    let opened = match content(&bytes) {
        Content::Text if Packed::sniff(&bytes).is_none() && !bytes.is_empty() => Opened::start(bytes),
        // Most of these give their cells one by one.
        Content::Workbook(Container::Zip) => {
            Opened::read(path, Path::new(""), Bounds::NONE_COPIED, UNWATCHED)?
        }
        _ => return Ok(None),
    };
    let wanted = Wanted { options, reach: Reach::Start, most_problems: PROBLEM_LIMIT, file: &file };
    let understood =
        read(&opened, wanted, UNWATCHED, |source, watch| source.understood(Bounds::USUAL, watch));
    Ok(Some(understood?.reading))
}

/// The first bytes of a file.
fn start_of(path: &Path, file: &str) -> Result<Vec<u8>, DatasetError> {
    let mut bytes = Vec::new();
    let unreadable = |source| DatasetError::FileUnreadable { file: file.to_owned(), source };
    open(path, file)?.0.take(START_BYTES as u64 * 2).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
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
    import_within(path, options, tables_dir, now, goes_on, Bounds::USUAL)
}

pub(crate) fn import_within(
    path: &Path,
    options: &ImportOptions,
    tables_dir: &Path,
    now: TimestampMillis,
    goes_on: GoesOn<'_>,
    bounds: Bounds,
) -> Result<Imported, DatasetError> {
    let file = file_name(path);
    let watch = Watch::new(goes_on);
    let opened = Opened::read(path, tables_dir, bounds, watch.part(0.0, BYTES_READ))?;
    let wanted = Wanted { options, reach: Reach::Whole, most_problems: PROBLEM_LIMIT, file: &file };
    let written = read(&opened, wanted, watch.part(BYTES_READ, 1.0), |source, watch| {
        if source.n_rows() == 0 {
            return Err(DatasetError::HeaderOnly { file: file.clone() });
        }
        source.written(&opened, options, tables_dir, bounds, watch)
    })?;
    let Written { understood, id, content_hash, n_rows } = written;
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
            source_bytes: opened.source_bytes as f64,
            source_file: file,
            sheet: understood.reading.sheet.clone(),
            n_rows,
            columns: understood.columns,
            warnings: understood.warnings,
            imported_at: now,
            default_target: None,
            described_by_hand: false,
            kinds_by_hand: Vec::new(),
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

/// What is read, and how.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    options: &'a ImportOptions,
    reach: Reach,
    most_problems: usize,
    file: &'a str,
}

/// Reads a file as far as to its columns, and goes on with that.
fn read<T>(
    opened: &Opened,
    wanted: Wanted<'_>,
    watch: Watch<'_>,
    then: impl FnOnce(Source<'_>, Watch<'_>) -> Result<T, DatasetError>,
) -> Result<T, DatasetError> {
    let Wanted { options, reach, most_problems, file } = wanted;
    let reading = &options.reading;
    watch.tell(0, 1)?;
    if let (Some(sheet), false) = (options.sheet.clone(), matches!(opened.content, Content::Workbook(_))) {
        return Err(DatasetError::NoSheetsInText { file: file.to_owned(), sheet });
    }
    let (first, rest) = (watch.part(0.0, LINES_FOUND), watch.part(LINES_FOUND, 1.0));
    let held = |mut raw: RawTable| {
        raw.reading.packing = opened.packing;
        Source::Held(Box::new(raw))
    };
    match opened.content {
        Content::Workbook(container) => {
            let (bytes, sheet) = (opened.held(file)?, options.sheet.as_deref());
            let raw = workbook::read(bytes, container, sheet, reading, reach.rows(), file, first)?;
            then(held(raw), rest)
        }
        Content::Json => then(held(json_lines::read(opened.held(file)?, reading, file, first)?), rest),
        Content::Parquet | Content::Arrow | Content::ArrowStream => {
            let mut columns = ColumnarFile::open(opened.bytes(), opened.copy(), opened.content, file)?;
            columns.reading.packing = opened.packing;
            then(Source::Columns(Box::new(columns)), rest)
        }
        Content::Text => {
            let start = match reach {
                Reach::Start if opened.bytes().len() > START_BYTES => start_of_text(opened.bytes()),
                _ => opened.bytes(),
            };
            let label = reading.encoding.as_deref();
            let copied = opened.copied_text(label, file, watch.part(0.0, LINES_FOUND / 2.0))?;
            let decoded = match &copied {
                Some(copied) => copied.decoded(),
                None => decode(start, label, file)?,
            };
            let mut table = TextTable::open(&decoded, reading, file, most_problems, first)?;
            table.table.reading.packing = opened.packing;
            then(Source::Text(Box::new(table)), rest)
        }
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
