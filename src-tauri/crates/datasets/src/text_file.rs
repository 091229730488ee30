//! CSV, TSV and their kin: finds the delimiter, tells a header from values and
//! reads ragged rows as well as they can be read.

use crate::{
    encoding::decode,
    error::DatasetError,
    raw::{CappedWarnings, MAX_CELLS, RawColumn, RawTable, SAMPLE_ROWS, has_header, unique_names, warning},
};
use csv::{ReaderBuilder, StringRecord};
use std::collections::HashMap;

/// In order of preference where they do equally well.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Text looked at to find the delimiter.
const SAMPLE_BYTES: usize = 512 * 1024;
/// Most columns a table may have.
const MAX_COLUMNS: usize = 100_000;

/// Reads the bytes of a text file as a table.
pub(crate) fn read(bytes: &[u8], file: &str) -> Result<RawTable, DatasetError> {
    let (text, mut warnings) = decode(bytes, file)?;
    let (text, declared, lines_before) = declared_delimiter(&text);
    if text.trim().is_empty() {
        return Err(DatasetError::Empty { file: file.to_owned() });
    }
    let sample_text = head(text);
    let delimiter = declared.unwrap_or_else(|| detect_delimiter(sample_text));
    let decimal_comma = delimiter != b',';
    let sample = sample_rows(sample_text, delimiter);
    let header = has_header(&sample, decimal_comma);
    if header && sample.len() < 2 {
        return Err(DatasetError::HeaderOnly { file: file.to_owned() });
    }
    let first_cells = sample.first().cloned().unwrap_or_default();
    let width = width_of(&sample, header);
    if width > MAX_COLUMNS {
        return Err(DatasetError::TooManyColumns {
            file: file.to_owned(),
            line: 1,
            columns: width,
            limit: MAX_COLUMNS,
        });
    }
    let (names, renamed) = unique_names(header_cells(first_cells, header, width), 1 + lines_before);
    warnings.extend(renamed);
    if !header {
        warnings.push(warning(
            format!(
                "the first row holds values, not names; the columns are named column_1 to column_{width}"
            ),
            Some(1 + lines_before),
            None,
        ));
    }
    let mut table = RawTable {
        columns: std::iter::repeat_with(RawColumn::default).take(width).collect(),
        names,
        lines: Vec::new(),
        decimal_comma,
        warnings,
    };
    fill(&mut table, text, delimiter, header, lines_before, file)?;
    Ok(table)
}

/// Spreadsheet programs may write `sep=;` as a first line of its own.
fn declared_delimiter(text: &str) -> (&str, Option<u8>, u32) {
    let found = text.strip_prefix("sep=").and_then(|rest| {
        let delimiter = *rest.as_bytes().first().filter(|b| DELIMITERS.contains(b))?;
        let rest = &rest[1..];
        let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
        Some((rest, delimiter))
    });
    match found {
        Some((rest, delimiter)) => (rest, Some(delimiter), 1),
        None => (text, None, 0),
    }
}

fn head(text: &str) -> &str {
    if text.len() <= SAMPLE_BYTES {
        return text;
    }
    // At least the first line, however long, and whole characters.
    let first_line = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut end = SAMPLE_BYTES.max(first_line);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text[..end].rfind('\n') {
        Some(at) => &text[..=at],
        None => &text[..end],
    }
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes())
}

fn sample_rows(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    reader(text, delimiter)
        .into_records()
        .filter_map(Result::ok)
        .take(SAMPLE_ROWS + 1)
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

/// The delimiter that cuts most records into equally many (and more than one)
/// fields, the first record counting as much as all others; the more fields
/// the better where that does not decide.
fn detect_delimiter(text: &str) -> u8 {
    let mut best = (0.0, 1, b',');
    for delimiter in DELIMITERS {
        let widths: Vec<usize> = sample_widths(text, delimiter);
        let Some((&first, rest)) = widths.split_first() else { continue };
        let (width, count) = most_common(if rest.is_empty() { &widths } else { rest });
        if width < 2 && first < 2 {
            continue;
        }
        let share = if width < 2 { 0.0 } else { count as f64 / widths.len().saturating_sub(1).max(1) as f64 };
        let agreement = if first == width { 1.0 } else { 0.0 };
        let score = share + agreement;
        if score > best.0 || (score == best.0 && width > best.1) {
            best = (score, width, delimiter);
        }
    }
    best.2
}

fn sample_widths(text: &str, delimiter: u8) -> Vec<usize> {
    reader(text, delimiter)
        .into_records()
        .filter_map(Result::ok)
        .take(SAMPLE_ROWS + 1)
        .map(|r| r.len())
        .collect()
}

/// The most common width and how often it occurs; the larger one on a tie.
fn most_common(widths: &[usize]) -> (usize, usize) {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for &width in widths {
        *counts.entry(width).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(width, count)| (count, width)).unwrap_or((1, 0))
}

/// Columns of the table: the header's, or one more where every row below has
/// one more and fills it (tables written with unnamed row names).
fn width_of(sample: &[Vec<String>], header: bool) -> usize {
    let widths: Vec<usize> = sample.iter().map(Vec::len).collect();
    let Some((&first, below)) = widths.split_first() else { return 0 };
    if !header {
        return most_common(&widths).0;
    }
    let row_names = !below.is_empty()
        && below.iter().all(|&w| w == first + 1)
        && sample[1..].iter().any(|row| row.last().is_some_and(|cell| !cell.trim().is_empty()));
    first + usize::from(row_names)
}

fn header_cells(first: Vec<String>, header: bool, width: usize) -> Vec<String> {
    if !header {
        return vec![String::new(); width];
    }
    let unnamed = width.saturating_sub(first.len());
    std::iter::repeat_n(String::new(), unnamed).chain(first).collect()
}

/// Line on which a record starts. The reader's own position is the end of the
/// record before, so that line ends and empty lines are still to be passed.
fn line_of(text: &str, at: &csv::Position) -> u32 {
    let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let passed = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|&&b| b == b'\n').count();
    u32::try_from(at.line() + passed as u64).unwrap_or(u32::MAX)
}

fn fill(
    table: &mut RawTable,
    text: &str,
    delimiter: u8,
    header: bool,
    lines_before: u32,
    file: &str,
) -> Result<(), DatasetError> {
    let width = table.columns.len();
    let mut ragged = CappedWarnings::default();
    let mut records = reader(text, delimiter);
    let mut record = StringRecord::new();
    let mut skip = usize::from(header);
    let mut last = (0_u32, false);
    // The text is a &str already, so no record can fail to be UTF-8.
    while records.read_record(&mut record).unwrap_or(false) {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let line = record.position().map_or(0, |at| line_of(text, at)).saturating_add(lines_before);
        let got = record.len();
        if got < width {
            ragged.add(|| {
                warning(format!("{got} of {width} cells; the others are missing values"), Some(line), None)
            });
        } else if record.iter().skip(width).any(|cell| !cell.trim().is_empty()) {
            ragged.add(|| {
                warning(
                    format!("{got} cells where there are {width} columns; the surplus was dropped"),
                    Some(line),
                    None,
                )
            });
        }
        for (i, column) in table.columns.iter_mut().enumerate() {
            column.push(record.get(i).unwrap_or_default());
        }
        table.lines.push(line);
        last = (line, got < width && record.iter().next_back().is_some_and(|cell| cell.contains('\n')));
        let cells = table.lines.len() as u64 * width as u64;
        if cells > MAX_CELLS {
            let (rows, columns) = (table.lines.len() as u64, width as u64);
            return Err(DatasetError::TooManyCells {
                file: file.to_owned(),
                sheet: None,
                rows,
                columns,
                limit: MAX_CELLS,
            });
        }
    }
    table.warnings.extend(ragged.finish("rows have too many or too few cells"));
    if last.1 {
        let message = "a quote opened in this row is never closed, so all that follows became one cell";
        table.warnings.push(warning(message, Some(last.0), None));
    }
    if table.lines.is_empty() {
        return Err(DatasetError::HeaderOnly { file: file.to_owned() });
    }
    Ok(())
}
