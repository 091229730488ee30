//! Excel workbooks, `.xlsx` and `.xls`. Only cells that are there are held, so
//! a sheet that claims to reach to the last row of the last column costs
//! nothing until it is refused.

use crate::{
    error::DatasetError,
    number,
    raw::{MAX_CELLS, RawColumn, RawTable, SAMPLE_ROWS, has_header, unique_names, warning},
};
use calamine::{Data, DataRef, ExcelDateTime, Reader, Sheet, SheetType, Xls, Xlsx};
use chrono::{NaiveDateTime, NaiveTime, Timelike};
use retort_domain::SheetInfo;
use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// What the first bytes of a file say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Container {
    /// Zip: `.xlsx`, or something else in a zip.
    Zip,
    /// OLE2: `.xls`, or an encrypted `.xlsx`.
    Ole2,
}

/// None for what is no workbook by its first bytes, whatever its name says.
pub(crate) fn sniff(bytes: &[u8]) -> Option<Container> {
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Container::Zip),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Some(Container::Ole2),
        _ => None,
    }
}

/// A cell that is there: row and column from 0, and its text. None as text is
/// an error value such as `#DIV/0!`.
type TextCell = (u32, u32, Option<String>);

enum Workbook<'a> {
    Xlsx(Box<Xlsx<Cursor<&'a [u8]>>>),
    Xls(Box<Xls<Cursor<&'a [u8]>>>),
}

/// Sheets of a workbook with their extents.
pub(crate) fn sheets(bytes: &[u8], container: Container, file: &str) -> Result<Vec<SheetInfo>, DatasetError> {
    let mut workbook = open(bytes, container, file)?;
    let names = worksheet_names(&workbook);
    names
        .into_iter()
        .map(|name| {
            let extent = Extent::of(&cells(&mut workbook, &name, file)?);
            let (n_rows, n_columns) = extent.map_or((0, 0), |e| (e.rows(), e.columns()));
            Ok(SheetInfo { name, n_rows, n_columns })
        })
        .collect()
}

/// Reads a sheet (the first that holds anything where none is named), and says
/// which it was.
pub(crate) fn read(
    bytes: &[u8],
    container: Container,
    wanted: Option<&str>,
    file: &str,
) -> Result<(RawTable, String), DatasetError> {
    let mut workbook = open(bytes, container, file)?;
    let names = worksheet_names(&workbook);
    let candidates = match wanted {
        None => names,
        Some(sheet) if names.iter().any(|n| n == sheet) => vec![sheet.to_owned()],
        Some(sheet) => {
            return Err(DatasetError::SheetNotFound {
                file: file.to_owned(),
                sheet: sheet.to_owned(),
                available: names,
            });
        }
    };
    for name in candidates {
        let found = cells(&mut workbook, &name, file)?;
        if let Some(extent) = Extent::of(&found) {
            return Ok((table(found, extent, &name, file)?, name));
        }
    }
    Err(DatasetError::EmptySheet { file: file.to_owned(), sheet: wanted.map(str::to_owned) })
}

/// The reader of workbooks is not ours and meets files that were made to hurt
/// or were cut off; a panic inside it is a damaged file like any other.
fn guarded<T, E: std::fmt::Display>(
    file: &str,
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, DatasetError> {
    let damaged = |reason: String| DatasetError::DamagedWorkbook { file: file.to_owned(), reason };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("its structure makes no sense".to_owned())),
    }
}

fn open<'a>(bytes: &'a [u8], container: Container, file: &str) -> Result<Workbook<'a>, DatasetError> {
    match container {
        Container::Zip => {
            if !contains(bytes, b"xl/") && contains(bytes, b"PK\x05\x06") {
                let found = "it is a zip archive without a sheet in it";
                return Err(DatasetError::NotAWorkbook { file: file.to_owned(), found });
            }
            if contains(bytes, b"xl/workbook.bin") {
                let found = "it is a binary workbook (.xlsb)";
                return Err(DatasetError::NotAWorkbook { file: file.to_owned(), found });
            }
            guarded(file, || Xlsx::new(Cursor::new(bytes))).map(|x| Workbook::Xlsx(Box::new(x)))
        }
        Container::Ole2 => {
            if contains(bytes, &utf16("EncryptedPackage")) || has_file_pass(bytes) {
                return Err(DatasetError::Encrypted { file: file.to_owned() });
            }
            if contains(bytes, &utf16("WordDocument")) || contains(bytes, &utf16("PowerPoint Document")) {
                let found = "it is another kind of Office document";
                return Err(DatasetError::NotAWorkbook { file: file.to_owned(), found });
            }
            guarded(file, || Xls::new(Cursor::new(bytes))).map(|x| Workbook::Xls(Box::new(x)))
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A FilePass record (0x2F) among the first records after the workbook's BOF
/// (0x809, 16 bytes) marks every kind of `.xls` encryption.
fn has_file_pass(bytes: &[u8]) -> bool {
    let Some(mut at) = bytes.windows(8).position(|w| w == [0x09, 0x08, 0x10, 0x00, 0x00, 0x06, 0x05, 0x00])
    else {
        return false;
    };
    for _ in 0..6 {
        let Some(&[id_low, id_high, len_low, len_high]) = bytes.get(at..at + 4) else { return false };
        if [id_low, id_high] == [0x2F, 0x00] {
            return true;
        }
        at += 4 + usize::from(u16::from_le_bytes([len_low, len_high]));
    }
    false
}

fn worksheet_names(workbook: &Workbook) -> Vec<String> {
    let all: &[Sheet] = match workbook {
        Workbook::Xlsx(x) => x.sheets_metadata(),
        Workbook::Xls(x) => x.sheets_metadata(),
    };
    all.iter().filter(|s| s.typ == SheetType::WorkSheet).map(|s| s.name.clone()).collect()
}

/// All cells of a sheet that hold something.
fn cells(workbook: &mut Workbook, name: &str, file: &str) -> Result<Vec<TextCell>, DatasetError> {
    let mut found: Vec<TextCell> = Vec::new();
    let limit = usize::try_from(MAX_CELLS).unwrap_or(usize::MAX);
    match workbook {
        Workbook::Xlsx(x) => guarded(file, || -> Result<(), calamine::XlsxError> {
            let mut reader = x.worksheet_cells_reader(name)?;
            while let Some(cell) = reader.next_cell()? {
                let (row, column) = cell.get_position();
                if let Some(text) = text_of_ref(cell.get_value()) {
                    found.push((row, column, text));
                }
                if found.len() > limit {
                    break;
                }
            }
            Ok(())
        })?,
        Workbook::Xls(x) => guarded(file, || -> Result<(), calamine::XlsError> {
            let range = x.worksheet_range(name)?;
            let (first_row, first_column) = range.start().unwrap_or((0, 0));
            for (row, column, value) in range.used_cells() {
                if let Some(text) = text_of(value) {
                    // A sheet of this format has at most 65,536 rows.
                    found.push((first_row + row as u32, first_column + column as u32, text));
                }
            }
            Ok(())
        })?,
    }
    Ok(found)
}

fn text_of_ref(value: &DataRef) -> Option<Option<String>> {
    match value {
        DataRef::SharedString(text) => present(text),
        other => text_of(&Data::from(other.clone())),
    }
}

fn present(text: &str) -> Option<Option<String>> {
    (!text.trim().is_empty()).then(|| Some(text.to_owned()))
}

/// The cell as a text file would hold it; none where it is empty.
fn text_of(value: &Data) -> Option<Option<String>> {
    match value {
        Data::Empty => None,
        Data::String(text) => present(text),
        Data::Int(i) => Some(Some(i.to_string())),
        Data::Float(f) => Some(Some(number::format(*f))),
        Data::Bool(b) => Some(Some(b.to_string())),
        Data::DateTime(moment) => Some(Some(moment_text(moment))),
        Data::DateTimeIso(text) | Data::DurationIso(text) => present(text),
        Data::Error(_) => Some(None),
        // Rich text and whatever the format may come to hold.
        #[allow(unreachable_patterns, reason = "the enum may grow")]
        other => present(&other.to_string()),
    }
}

fn moment_text(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if moment.is_duration() || !(0.0..2_958_466.0).contains(&serial) {
        return number::format(serial);
    }
    let midnight = NaiveTime::MIN;
    match moment.as_datetime() {
        None => number::format(serial),
        Some(at) if serial < 1.0 => clock_text(at),
        Some(at) if at.time() == midnight => at.format("%Y-%m-%d").to_string(),
        Some(at) => format!("{} {}", at.format("%Y-%m-%d"), clock_text(at)),
    }
}

fn clock_text(at: NaiveDateTime) -> String {
    let pattern = if at.nanosecond() == 0 { "%H:%M:%S" } else { "%H:%M:%S%.3f" };
    at.format(pattern).to_string()
}

/// Rows and columns that cells reach over, from 0, ends included.
#[derive(Debug, Clone, Copy)]
struct Extent {
    first: (u32, u32),
    last: (u32, u32),
}

impl Extent {
    fn of(cells: &[TextCell]) -> Option<Self> {
        cells.iter().fold(None, |extent: Option<Self>, &(row, column, _)| {
            let e = extent.unwrap_or(Self { first: (row, column), last: (row, column) });
            Some(Self {
                first: (e.first.0.min(row), e.first.1.min(column)),
                last: (e.last.0.max(row), e.last.1.max(column)),
            })
        })
    }

    fn rows(self) -> u32 {
        self.last.0 - self.first.0 + 1
    }

    fn columns(self) -> u32 {
        self.last.1 - self.first.1 + 1
    }
}

fn table(
    mut cells: Vec<TextCell>,
    extent: Extent,
    sheet: &str,
    file: &str,
) -> Result<RawTable, DatasetError> {
    let (rows, columns) = (u64::from(extent.rows()), u64::from(extent.columns()));
    if rows * columns > MAX_CELLS {
        let (file, sheet) = (file.to_owned(), Some(sheet.to_owned()));
        return Err(DatasetError::TooManyCells { file, sheet, rows, columns, limit: MAX_CELLS });
    }
    cells.sort_by_key(|&(row, column, _)| (row, column));
    let errors = cells.iter().filter(|(_, _, text)| text.is_none()).count();
    let first_error = cells.iter().find(|(_, _, text)| text.is_none()).map(|&(row, _, _)| row + 1);
    let width = extent.columns() as usize;
    let mut rows = rows_of(&cells, extent);
    let sample: Vec<Vec<String>> = rows_of(&cells, extent)
        .take(SAMPLE_ROWS + 1)
        .map(|(_, row)| row.iter().map(|&c| c.to_owned()).collect())
        .collect();
    let header = has_header(&sample, false);
    let mut warnings = Vec::new();
    let first_line = extent.first.0 + 1;
    let header_cells = if header {
        rows.next();
        sample.into_iter().next().unwrap_or_default()
    } else {
        let message = format!(
            "the first row holds values, not names; the columns are named column_1 to column_{width}"
        );
        warnings.push(warning(message, Some(first_line), None));
        vec![String::new(); width]
    };
    let (names, renamed) = unique_names(header_cells, first_line);
    warnings.extend(renamed);
    if errors > 0 {
        let message = format!("{errors} cells hold an error value such as #DIV/0! and count as missing");
        warnings.push(warning(message, first_error, None));
    }
    let mut table = RawTable {
        names,
        columns: std::iter::repeat_with(RawColumn::default).take(width).collect(),
        lines: Vec::new(),
        decimal_comma: false,
        warnings,
    };
    for (line, row) in rows {
        for (column, cell) in table.columns.iter_mut().zip(row) {
            column.push(cell);
        }
        table.lines.push(line);
    }
    if table.lines.is_empty() {
        return Err(DatasetError::HeaderOnly { file: file.to_owned() });
    }
    Ok(table)
}

/// Rows that hold anything, each with its line from 1; cells come sorted.
/// Empty rows are passed over, as empty lines of a text file are.
fn rows_of(cells: &[TextCell], extent: Extent) -> impl Iterator<Item = (u32, Vec<&str>)> {
    let width = extent.columns() as usize;
    cells.chunk_by(|a, b| a.0 == b.0).map(move |row| {
        let mut texts = vec![""; width];
        for (_, column, text) in row {
            texts[(column - extent.first.1) as usize] = text.as_deref().unwrap_or("");
        }
        (row[0].0 + 1, texts)
    })
}
