//! OpenDocument sheets before their reader sees them. It holds every place from
//! a sheet's first cell to its last, twice, of all sheets at once; so stretches
//! of empty rows are squeezed out and put back afterwards, and what still needs
//! more room than its text makes likely is refused.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use std::{
    io::{self, Cursor, Read, Write},
    ops::Range,
};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

const CONTENT: &str = "content.xml";
const MANIFEST: &str = "META-INF/manifest.xml";
const MIME_TYPE: &str = "mimetype";

/// Places that sheets may take up, whatever their text…
const MAX_PLACES: u64 = 2_000_000;
/// …beside one for so many bytes of it. A cell that holds anything takes a
/// hundred.
const PLACE_BYTES: u64 = 4;
/// Most columns that the reader makes.
const MAX_COLUMNS: u64 = 16_384;
/// Empty rows in one that are left alone.
const SHORT_GAP: u64 = 100;

/// A file that its reader may see.
pub(crate) struct Squeezed {
    /// The file.
    pub bytes: Vec<u8>,
    /// One entry a sheet, in the file's order.
    pub sheets: Vec<Gaps>,
}

/// Empty rows that were taken out of a sheet: from which row on, and how many
/// before it in all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Gaps(Vec<(u32, u32)>);

impl Gaps {
    /// Where the row stood that now is this one, from 0.
    pub fn row(&self, row: u32) -> u32 {
        let passed = self.0.partition_point(|gap| gap.0 <= row);
        row.saturating_add(self.0[..passed].last().map_or(0, |gap| gap.1))
    }
}

/// What a row says of itself, and holds.
struct Row {
    repeats: u64,
    /// Where the text says how often it is repeated.
    digits: Option<Range<usize>>,
    places: u64,
    /// From the first cell that holds anything to the last.
    filled: Option<Range<u64>>,
}

/// A sheet as far as it is read.
#[derive(Default)]
struct Sheet {
    next_row: u64,
    rows: Option<Range<u64>>,
    columns: Option<Range<u64>>,
    /// Places of rows as they are written, not repeated.
    written: u64,
    removed: u64,
    /// Gaps that count once something comes after them.
    waiting: Vec<((u32, u32), Range<usize>)>,
    gaps: Vec<(u32, u32)>,
    /// Numbers in the text that become 1.
    edits: Vec<Range<usize>>,
}

fn joined(a: Option<Range<u64>>, b: Range<u64>) -> Option<Range<u64>> {
    Some(a.map_or(b.clone(), |a| a.start.min(b.start)..a.end.max(b.end)))
}

impl Sheet {
    fn end_row(&mut self, row: Row) {
        let Row { repeats, digits, filled, .. } = row;
        let Some(filled) = filled else {
            match digits.filter(|_| repeats > SHORT_GAP) {
                Some(digits) => {
                    self.removed = self.removed.saturating_add(repeats - 1);
                    self.next_row = self.next_row.saturating_add(1);
                    let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
                    self.waiting.push(((short(self.next_row), short(self.removed)), digits));
                }
                None => self.next_row = self.next_row.saturating_add(repeats),
            }
            return;
        };
        for (gap, digits) in self.waiting.drain(..) {
            self.gaps.push(gap);
            self.edits.push(digits);
        }
        self.written += filled.end;
        self.rows = joined(self.rows.take(), self.next_row..self.next_row.saturating_add(repeats));
        self.columns = joined(self.columns.take(), filled);
        self.next_row = self.next_row.saturating_add(repeats);
    }

    /// Places that the reader makes of it.
    fn places(&self) -> u64 {
        let length = |range: &Option<Range<u64>>| range.as_ref().map_or(0, |r| r.end - r.start);
        self.written.saturating_add(length(&self.rows).saturating_mul(length(&self.columns)))
    }
}

fn damaged(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// The number that an attribute holds, and where; 1 without it.
fn repeats(tag: &BytesStart, name: &str, text: &str) -> io::Result<(u64, Option<Range<usize>>)> {
    let attribute = tag.try_get_attribute(name).map_err(io::Error::other)?;
    let Some(value) = attribute.map(|a| a.value) else { return Ok((1, None)) };
    let number = value.bytes().all(|b| b.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    let number = number.ok_or_else(|| damaged("it repeats cells a number of times that is none"))?;
    let at = (value.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    let place = at.map(|at| at..at + value.len()).filter(|place| text.get(place.clone()) == Some(&*value));
    Ok((number, place))
}

/// Goes through a content as its reader does.
fn sheets_of(text: &str) -> io::Result<Vec<Sheet>> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.check_comments = false;
    config.expand_empty_elements = true;
    let (mut sheets, mut is_in_sheet) = (Vec::new(), false);
    let (mut row, mut cell): (Option<Row>, Option<u64>) = (None, None);
    let mut is_filled = false;
    loop {
        let event = reader.read_event().map_err(io::Error::other)?;
        match &event {
            Event::Eof => return Ok(sheets),
            Event::Decl(declared) => {
                let encoding = declared.encoding().transpose().map_err(io::Error::other)?;
                if encoding.is_some_and(|e| !e.eq_ignore_ascii_case("utf-8")) {
                    return Err(damaged("its text is not UTF-8"));
                }
            }
            Event::Start(tag) => match tag.name().0 {
                "table:table" | "table:table-row" | "table:table-cell" | "table:covered-table-cell"
                    if cell.is_some() =>
                {
                    return Err(damaged("a cell holds another"));
                }
                "table:table" if !is_in_sheet => {
                    is_in_sheet = tag.try_get_attribute("table:name").map_err(io::Error::other)?.is_some();
                    if is_in_sheet {
                        sheets.push(Sheet::default());
                    }
                }
                "table:table-row" if is_in_sheet => {
                    if row.is_some() {
                        return Err(damaged("a row holds another"));
                    }
                    let (repeats, digits) = repeats(tag, "table:number-rows-repeated", text)?;
                    row = Some(Row { repeats, digits, places: 0, filled: None });
                }
                "table:table-cell" | "table:covered-table-cell" if row.is_some() => {
                    cell = Some(repeats(tag, "table:number-columns-repeated", text)?.0);
                    let said = tag.attributes_raw();
                    is_filled = said.contains("office:") || said.contains("formula");
                }
                _ => is_filled |= cell.is_some(),
            },
            Event::End(tag) => match tag.name().0 {
                "table:table-cell" | "table:covered-table-cell" => {
                    if let Some((row, repeats)) = row.as_mut().zip(cell.take()) {
                        let from = row.places.min(MAX_COLUMNS);
                        let to = from.saturating_add(repeats).min(MAX_COLUMNS);
                        row.places = to;
                        if is_filled && from < to {
                            row.filled = joined(row.filled.take(), from..to);
                        }
                    }
                }
                "table:table-row" | "table:table" if cell.is_some() => {
                    return Err(damaged("a cell does not end"));
                }
                "table:table-row" => {
                    if let Some((sheet, row)) = sheets.last_mut().zip(row.take()) {
                        sheet.end_row(row);
                    }
                }
                "table:table" => {
                    if row.is_some() {
                        return Err(damaged("a row does not end"));
                    }
                    is_in_sheet = false;
                }
                _ => (),
            },
            Event::Text(said) => is_filled |= cell.is_some() && !said.trim().is_empty(),
            Event::Comment(_) | Event::PI(_) | Event::DocType(_) => (),
            _ => is_filled |= cell.is_some(),
        }
    }
}

/// A part, unpacked.
fn part(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    archive.by_name(name)?.read_to_end(&mut content)?;
    Ok(content)
}

/// True where the sheets cannot be read without a password.
///
/// # Errors
///
/// Where the file is damaged.
pub(crate) fn is_encrypted(bytes: &[u8]) -> io::Result<bool> {
    let manifest = part(&mut ZipArchive::new(Cursor::new(bytes))?, MANIFEST)?;
    Ok(memchr::memmem::find(&manifest, b"manifest:encryption-data").is_some())
}

/// Squeezes every sheet, and leaves out what is none. What an archive unpacks
/// to has to be checked before.
///
/// # Errors
///
/// Where the file is damaged, or its sheets need more room than their text makes
/// likely.
pub(crate) fn squeezed(bytes: &[u8]) -> io::Result<Squeezed> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let text =
        String::from_utf8(part(&mut archive, CONTENT)?).map_err(|_| damaged("its text is not UTF-8"))?;
    let sheets = sheets_of(&text)?;
    let places = sheets.iter().fold(0_u64, |sum, sheet| sum.saturating_add(sheet.places()));
    if places > MAX_PLACES + text.len() as u64 / PLACE_BYTES {
        return Err(damaged("its rows and columns repeat more cells than any table has"));
    }
    let mut content = text.into_bytes();
    for digits in sheets.iter().flat_map(|sheet| &sheet.edits) {
        content[digits.clone()].fill(b'0');
        content[digits.end - 1] = b'1';
    }
    // Stored: it is read once more, and then forgotten.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let large = stored.large_file(content.len() > u32::MAX as usize);
    let mut written = ZipWriter::new(Cursor::new(Vec::with_capacity(content.len() + 4096)));
    for name in [MIME_TYPE, MANIFEST] {
        written.start_file(name, stored)?;
        written.write_all(&part(&mut archive, name)?)?;
    }
    written.start_file(CONTENT, large)?;
    written.write_all(&content)?;
    let bytes = written.finish()?.into_inner();
    Ok(Squeezed { bytes, sheets: sheets.into_iter().map(|sheet| Gaps(sheet.gaps)).collect() })
}
