//! Workbooks: `.xlsx`, `.xlsm`, `.xlsb`, `.xls` and `.ods`. Only cells that are
//! there are held, so that a sheet that claims to reach to the last row of the
//! last column costs nothing until it is refused.

use crate::{
    column::ColumnCells,
    described::{blank_columns, describe, leave_out},
    error::DatasetError,
    header::joined,
    layout::{Grid, lay_out, most_common},
    number,
    ods::{self, Gaps},
    raw::{
        Customs, MAX_CELLS, Missing, PROBLEM_LIMIT, RawColumn, RawTable, SAMPLE_ROWS, blank_reading,
        made_up_names, unique_names, warning,
    },
    watch::{UNWATCHED, Watch},
    workbook_guard::check_archive,
    xls::{self, Places},
};
use calamine::{
    Data, DataRef, Dimensions, ExcelDateTime, Ods, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsb, Xlsx,
};
use chrono::{NaiveDateTime, NaiveTime, Timelike};
use retort_domain::{FileFormat, ReadingOptions, SheetInfo};
use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Empty rows beyond which cells are no part of a table.
const FAR_ROWS: u32 = 1_000;
/// Empty columns beyond which cells are no part of a table.
const FAR_COLUMNS: u32 = 100;

/// Places for one filled cell beyond which a sheet's cells are scattered…
const SCATTERED: u64 = 40;
/// …where it has more places than this.
const SCATTERED_CELLS: u64 = 1_000_000;

/// Cells between two looks whether the work is still wanted.
const LOOK_CELLS: usize = 1 << 15;

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
    Xlsb(Box<Xlsb<Cursor<&'a [u8]>>>),
    /// With where the cells of each sheet stood.
    Xls(Box<Xls<Cursor<Vec<u8>>>>, Vec<Places>),
    /// With what was taken out of each sheet.
    Ods(Box<Ods<Cursor<Vec<u8>>>>, Vec<Gaps>),
}

/// Sheets of a workbook with their extents.
pub(crate) fn sheets(bytes: &[u8], container: Container, file: &str) -> Result<Vec<SheetInfo>, DatasetError> {
    let mut workbook = open(bytes, container, file)?;
    let listed = worksheets(&workbook);
    listed.into_iter().map(|(name, hidden)| sheet_info(&mut workbook, name, hidden, file)).collect()
}

fn sheet_info(
    workbook: &mut Workbook,
    name: String,
    hidden: bool,
    file: &str,
) -> Result<SheetInfo, DatasetError> {
    let extent = match places_of(workbook, &name).filter(|places| places.is_scattered) {
        Some(places) => Extent::spanned(&places),
        None => Extent::of(&cells(workbook, &name, u32::MAX, file, UNWATCHED)?),
    };
    let (n_rows, n_columns) = extent.map_or((0, 0), |e| (e.rows(), e.columns()));
    Ok(SheetInfo { name, n_rows, n_columns, hidden })
}

/// Reads the first rows of a sheet, at most `most_rows` (of the first shown one
/// that holds anything where none is named).
pub(crate) fn read(
    bytes: &[u8],
    container: Container,
    wanted: Option<&str>,
    options: &ReadingOptions,
    most_rows: u32,
    file: &str,
    watch: Watch<'_>,
) -> Result<RawTable, DatasetError> {
    let mut workbook = open(bytes, container, file)?;
    let listed = worksheets(&workbook);
    let candidates: Vec<String> = match wanted {
        None => {
            let shown = listed.iter().filter(|s| !s.1);
            shown.chain(listed.iter().filter(|s| s.1)).map(|s| s.0.clone()).collect()
        }
        Some(sheet) if listed.iter().any(|s| s.0 == sheet) => vec![sheet.to_owned()],
        Some(sheet) => {
            return Err(DatasetError::SheetNotFound {
                file: file.to_owned(),
                sheet: sheet.to_owned(),
                available: listed.into_iter().map(|s| s.0).collect(),
            });
        }
    };
    let mut sheets: Vec<SheetInfo> = Vec::with_capacity(listed.len());
    for name in candidates {
        let found = cells(&mut workbook, &name, most_rows, file, watch)?;
        if let Some(extent) = Extent::of(&found) {
            for (other, hidden) in listed {
                let known = (other == name).then_some(extent);
                // Other sheets are listed with their sizes only where that is quick.
                let info = SheetInfo {
                    name: other,
                    n_rows: known.map_or(0, Extent::rows),
                    n_columns: known.map_or(0, Extent::columns),
                    hidden,
                };
                sheets.push(info);
            }
            let mut table = table(found, extent, &name, options, file)?;
            table.reading.sheet = Some(name);
            table.reading.sheets = sheets;
            return Ok(table);
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
            check_archive(bytes, file)?;
            if contains(bytes, b"opendocument.spreadsheet") {
                if guarded(file, || ods::is_encrypted(bytes))? {
                    return Err(DatasetError::Encrypted { file: file.to_owned() });
                }
                let ods::Squeezed { bytes, sheets } = guarded(file, || ods::squeezed(bytes))?;
                return guarded(file, || Ods::new(Cursor::new(bytes)))
                    .map(|x| Workbook::Ods(Box::new(x), sheets));
            }
            if !contains(bytes, b"xl/") && contains(bytes, b"PK\x05\x06") {
                let found = "it is a zip archive without a sheet in it";
                return Err(DatasetError::NotAWorkbook { file: file.to_owned(), found });
            }
            if contains(bytes, b"xl/workbook.bin") {
                return guarded(file, || Xlsb::new(Cursor::new(bytes))).map(|x| Workbook::Xlsb(Box::new(x)));
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
            let xls::Squeezed { bytes, sheets } = guarded(file, || xls::squeezed(bytes))?;
            guarded(file, || Xls::new(Cursor::new(bytes))).map(|x| Workbook::Xls(Box::new(x), sheets))
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
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

/// Names of the worksheets, and whether they are hidden.
fn worksheets(workbook: &Workbook) -> Vec<(String, bool)> {
    let all: &[Sheet] = match workbook {
        Workbook::Xlsx(x) => x.sheets_metadata(),
        Workbook::Xlsb(x) => x.sheets_metadata(),
        Workbook::Xls(x, _) => x.sheets_metadata(),
        Workbook::Ods(x, _) => x.sheets_metadata(),
    };
    let worksheets = all.iter().filter(|s| s.typ == SheetType::WorkSheet);
    worksheets.map(|s| (s.name.clone(), s.visible != SheetVisible::Visible)).collect()
}

/// Where the cells of an `.xls` file's sheet stood; none for other formats.
fn places_of(workbook: &Workbook, name: &str) -> Option<Places> {
    let Workbook::Xls(x, places) = workbook else { return None };
    of_sheet(x.sheets_metadata(), places, name)
}

/// What was taken out of an OpenDocument sheet; nothing for other formats.
fn gaps_of(workbook: &Workbook, name: &str) -> Gaps {
    let Workbook::Ods(x, gaps) = workbook else { return Gaps::default() };
    of_sheet(x.sheets_metadata(), gaps, name).unwrap_or_default()
}

/// What is kept of the sheet with a name; of several with it, the reader knows
/// the last.
fn of_sheet<T: Clone>(sheets: &[Sheet], kept: &[T], name: &str) -> Option<T> {
    kept.get(sheets.iter().rposition(|sheet| sheet.name == name)?).cloned()
}

fn too_scattered(places: &Places, sheet: &str, file: &str) -> DatasetError {
    let (rows, columns) = Extent::spanned(places).map_or((0, 0), |e| (e.rows(), e.columns()));
    DatasetError::TooManyCells {
        file: file.to_owned(),
        sheet: Some(sheet.to_owned()),
        rows: rows.into(),
        columns: columns.into(),
        limit: most_places(places.n_cells),
    }
}

/// Places over which so many cells may be scattered: they are not paid for as
/// if the sheet were full.
pub(crate) fn most_places(n_cells: u64) -> u64 {
    n_cells.saturating_mul(SCATTERED).clamp(SCATTERED_CELLS, MAX_CELLS)
}

/// All cells of a sheet that hold something, or where its cells come one by one
/// those of its first rows.
fn cells(
    workbook: &mut Workbook,
    name: &str,
    most_rows: u32,
    file: &str,
    watch: Watch<'_>,
) -> Result<Vec<TextCell>, DatasetError> {
    let mut found: Vec<TextCell> = Vec::new();
    let limit = usize::try_from(MAX_CELLS).unwrap_or(usize::MAX);
    let places = places_of(workbook, name);
    if let Some(places) = places.as_ref().filter(|places| places.is_scattered) {
        return Err(too_scattered(places, name, file));
    }
    let gaps = gaps_of(workbook, name);
    let stood = |row: u32, column: u32| match &places {
        Some(places) => places.of(row, column),
        None => Some((gaps.row(row), column)),
    };
    let from_range = |found: &mut Vec<TextCell>, range: calamine::Range<Data>| {
        let (first_row, first_column) = range.start().unwrap_or((0, 0));
        for (row, column, value) in range.used_cells() {
            // Rows and columns of sheets fit 32 bits.
            let (row, column) = (first_row + row as u32, first_column + column as u32);
            if let Some(((row, column), text)) = stood(row, column).zip(text_of(value)) {
                found.push((row, column, text));
            }
        }
    };
    macro_rules! stream {
        ($workbook:expr, $error:ty) => {
            guarded(file, || -> Result<(), $error> {
                let mut reader = $workbook.worksheet_cells_reader(name)?;
                let claimed = claimed_cells(reader.dimensions());
                while let Some(cell) = reader.next_cell()? {
                    let (row, column) = cell.get_position();
                    if row >= most_rows {
                        break;
                    }
                    if let Some(text) = text_of_ref(cell.get_value()) {
                        found.push((row, column, text));
                    }
                    // Of as many cells as it claims to have, perhaps.
                    let is_look_due = found.len().is_multiple_of(LOOK_CELLS);
                    if found.len() > limit || is_look_due && watch.tell(found.len(), claimed).is_err() {
                        break;
                    }
                }
                Ok(())
            })?
        };
    }
    match workbook {
        Workbook::Xlsx(x) => stream!(x, calamine::XlsxError),
        Workbook::Xlsb(x) => stream!(x, calamine::XlsbError),
        Workbook::Xls(x, _) => from_range(&mut found, guarded(file, || x.worksheet_range(name))?),
        Workbook::Ods(x, _) => from_range(&mut found, guarded(file, || x.worksheet_range(name))?),
    }
    watch.done()?;
    Ok(found)
}

/// How many cells a sheet says that it has; it may say what it likes.
fn claimed_cells(Dimensions { start, end }: Dimensions) -> usize {
    let span = |from: u32, to: u32| to.saturating_sub(from) as usize + 1;
    span(start.0, end.0).saturating_mul(span(start.1, end.1))
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

    fn spanned(places: &Places) -> Option<Self> {
        let [rows, columns] = places.span()?;
        Some(Self { first: (rows.0, columns.0), last: (rows.1, columns.1) })
    }

    fn rows(self) -> u32 {
        self.last.0 - self.first.0 + 1
    }

    fn columns(self) -> u32 {
        self.last.1 - self.first.1 + 1
    }
}

/// Rows of a sheet; empty ones between them stand as one blank row.
struct SheetRows<'a> {
    rows: Vec<(u32, Vec<&'a str>)>,
    /// Cells that most rows have filled.
    width: usize,
}

impl Grid for SheetRows<'_> {
    fn n_rows(&self) -> usize {
        self.rows.len()
    }

    fn line(&self, row: usize) -> u32 {
        self.rows.get(row).map_or(0, |r| r.0)
    }

    fn width(&self, row: usize) -> usize {
        if self.rows[row].1.is_empty() { 0 } else { self.width }
    }

    fn cells(&self, row: usize) -> Vec<String> {
        self.rows[row].1.iter().map(|&c| c.to_owned()).collect()
    }

    fn may_be_header(&self, row: usize, values: &[usize], names: Option<&[String]>) -> bool {
        let cells = &self.rows[row].1;
        let lettered =
            |c: &usize| cells.get(*c).is_some_and(|t| !t.starts_with(|c: char| c.is_ascii_digit()));
        let repeats = names.is_some_and(|n| n.first().map(String::as_str) == cells.first().copied());
        repeats || values.iter().all(lettered)
    }
}

/// Leaves out a few cells far away from all others, and says so.
fn without_strays(cells: &mut Vec<TextCell>, extent: Extent) -> Option<(Extent, String, u32)> {
    let area = u64::from(extent.rows()) * u64::from(extent.columns());
    if area <= SCATTERED_CELLS || area < cells.len() as u64 * SCATTERED {
        return None;
    }
    let rows = main_stretch(cells.iter().map(|c| c.0).collect(), FAR_ROWS);
    let columns = main_stretch(cells.iter().map(|c| c.1).collect(), FAR_COLUMNS);
    let is_near = |c: &TextCell| rows.contains(&c.0) && columns.contains(&c.1);
    let near = cells.iter().filter(|c| is_near(c)).count();
    let strays = cells.len() - near;
    if near < 4 || strays == 0 || strays > (cells.len() / 100).max(10) {
        return None;
    }
    let first = cells.iter().find(|c| !is_near(c)).map(|c| (c.0, c.1))?;
    let message = format!(
        "{strays} cells far from the table were left out, the first in column {} of row {}",
        first.1 + 1,
        first.0 + 1
    );
    cells.retain(|c| rows.contains(&c.0) && columns.contains(&c.1));
    Extent::of(cells).map(|extent| (extent, message, first.0 + 1))
}

/// The stretch that most of these places lie in, gaps no longer than `far`.
fn main_stretch(mut places: Vec<u32>, far: u32) -> std::ops::RangeInclusive<u32> {
    places.sort_unstable();
    let stretch = places.chunk_by(|a, b| b - a <= far).max_by_key(|s| s.len()).unwrap_or_default();
    stretch.first().copied().unwrap_or(0)..=stretch.last().copied().unwrap_or(0)
}

fn table(
    mut cells: Vec<TextCell>,
    mut extent: Extent,
    sheet: &str,
    options: &ReadingOptions,
    file: &str,
) -> Result<RawTable, DatasetError> {
    let mut warnings = Vec::new();
    if let Some((near, message, row)) = without_strays(&mut cells, extent) {
        extent = near;
        warnings.push(warning(message, Some(row), None));
    }
    let (rows, columns) = (u64::from(extent.rows()), u64::from(extent.columns()));
    let limit = most_places(cells.len() as u64);
    if rows * columns > limit {
        let (file, sheet) = (file.to_owned(), Some(sheet.to_owned()));
        return Err(DatasetError::TooManyCells { file, sheet, rows, columns, limit });
    }
    cells.sort_by_key(|&(row, column, _)| (row, column));
    let errors = cells.iter().filter(|(_, _, text)| text.is_none()).count();
    let first_error = cells.iter().find(|(_, _, text)| text.is_none()).map(|&(row, _, _)| row + 1);
    let grid = grid_of(&cells, extent);
    let missing = Missing::new(options.missing.as_deref());
    let layout = lay_out(&grid, grid.width, options.header_rows.map(|n| n as usize), &missing);
    let chosen = options.table.map_or(0, |t| t.saturating_sub(1) as usize);
    let Some(span) = layout.tables.get(chosen) else {
        let (file, tables) = (file.to_owned(), layout.tables.len());
        return Err(DatasetError::NoSuchTable { file, table: chosen + 1, tables });
    };
    let width = extent.columns() as usize;
    let body: Vec<usize> = span.body.clone().filter(|&i| !grid.is_blank(i)).collect();
    let first_line = grid.line(span.header.first().or(body.first()).copied().unwrap_or(0));
    let names = if span.header.is_empty() {
        made_up_names(width, first_line)
    } else {
        let header: Vec<Vec<String>> = span.header.iter().map(|&i| grid.cells(i)).collect();
        unique_names(joined(&header), first_line)
    };
    warnings.extend(names.warnings);
    if errors > 0 {
        let message = format!("{errors} cells hold an error value such as #DIV/0! and count as missing");
        warnings.push(warning(message, first_error, None));
    }
    let mut columns: Vec<RawColumn> = std::iter::repeat_with(RawColumn::default).take(width).collect();
    for &row in &body {
        for (column, cell) in columns.iter_mut().zip(&grid.rows[row].1) {
            column.push(cell, &missing);
        }
    }
    let customs = Customs { decimal: options.decimal, date_order: options.date_order, semicolons: false };
    let lines = body.iter().map(|&row| grid.line(row)).collect();
    let reading = blank_reading(FileFormat::Workbook);
    let columns = columns.into_iter().map(ColumnCells::Texts).collect();
    let (names, names_in_file) = (names.unique, names.in_file);
    let mut table = RawTable { names, names_in_file, columns, lines, customs, missing, warnings, reading };
    let blank = blank_columns(|c| table.columns[c].is_blank(), table.names.len(), &grid, span);
    leave_out(&mut table, &blank);
    describe(&mut table, &grid, &layout, chosen, PROBLEM_LIMIT);
    Ok(table)
}

/// Rows that hold anything, each with its line from 1; cells come sorted.
fn grid_of(cells: &[TextCell], extent: Extent) -> SheetRows<'_> {
    let width = extent.columns() as usize;
    let mut rows: Vec<(u32, Vec<&str>)> = Vec::new();
    for row in cells.chunk_by(|a, b| a.0 == b.0) {
        let line = row[0].0 + 1;
        if rows.last().is_some_and(|last| last.0 + 1 < line) {
            rows.push((line - 1, Vec::new()));
        }
        let mut texts = vec![""; width];
        for (_, column, text) in row {
            texts[(column - extent.first.1) as usize] = text.as_deref().unwrap_or("");
        }
        rows.push((line, texts));
    }
    let filled: Vec<usize> = rows
        .iter()
        .filter(|r| !r.1.is_empty())
        .take(SAMPLE_ROWS)
        .map(|r| r.1.iter().filter(|c| !c.trim().is_empty()).count())
        .collect();
    SheetRows { rows, width: most_common(&filled).unwrap_or(width).max(1) }
}
