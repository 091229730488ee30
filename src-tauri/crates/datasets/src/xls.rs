//! `.xls` files before their reader sees them. The reader sets room aside for
//! what a sheet claims to hold, and for every place from its first cell to its
//! last, of all sheets at once; so claims are taken away, and empty rows and
//! columns are squeezed out and put back afterwards.
//!
//! Records as in \[MS-XLS\]: a type and a length, 16 bits each, then the data.

use crate::workbook::most_places;
use std::{
    collections::{HashMap, hash_map::Entry},
    io::{self, Cursor, Read, Write},
    ops::Range,
};

/// The stream that holds all sheets, by its names in newer and older files.
const STREAMS: [&str; 2] = ["Workbook", "Book"];

/// Times the room of one sheet with as many cells that all sheets may take up.
const SHEETS: u64 = 4;

/// Times the file that its sheets may be long together; sheets of their own are
/// as long as it at most.
const OVERLAPS: usize = 16;

/// Columns of the format; more come of damage.
const MOST_COLUMNS: usize = 256;

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
/// A row of numbers side by side.
const MUL_RK: u16 = 0x00BD;
/// One cell: number, text, rich text, truth or error, small number, shared text,
/// formula. All begin with row and column, 16 bits each.
const CELLS: [u16; 7] = [0x0203, 0x0204, 0x00D6, 0x0205, 0x027E, 0x00FD, 0x0006];
/// The text that a formula gave; belongs to the formula before it.
const FORMULA_TEXT: u16 = 0x0207;
/// An empty cell, which the reader passes over.
const BLANK: u16 = 0x0201;

/// A file that its reader may see.
pub(crate) struct Squeezed {
    /// The file.
    pub bytes: Vec<u8>,
    /// One entry a sheet, in the file's order.
    pub sheets: Vec<Places>,
}

/// Where the cells of a sheet stood, from 0 and in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    rows: Vec<u16>,
    columns: Vec<u16>,
    pub n_cells: u64,
    /// So scattered that its cells were taken out.
    pub is_scattered: bool,
}

impl Places {
    /// Where the cell stood that now is in this row of this column.
    pub fn of(&self, row: u32, column: u32) -> Option<(u32, u32)> {
        let at = |places: &[u16], place: u32| places.get(place as usize).map(|&p| u32::from(p));
        Some((at(&self.rows, row)?, at(&self.columns, column)?))
    }

    /// First and last row, then column; none where there is no cell.
    pub fn span(&self) -> Option<[(u32, u32); 2]> {
        let ends = |places: &[u16]| Some((u32::from(*places.first()?), u32::from(*places.last()?)));
        Some([ends(&self.rows)?, ends(&self.columns)?])
    }

    fn of_sheet(sheet: &Sheet) -> Self {
        let (mut rows, mut columns) = (vec![false; 1 << 16], vec![false; 1 << 16]);
        for cell in &sheet.cells {
            rows[usize::from(cell.row)] = true;
            columns[usize::from(cell.first)..=usize::from(cell.last)].fill(true);
        }
        let used = |places: Vec<bool>| (0..=u16::MAX).filter(|&p| places[usize::from(p)]).collect();
        let n_cells = sheet.n_cells();
        let mut places = Self { rows: used(rows), columns: used(columns), n_cells, is_scattered: false };
        places.is_scattered =
            places.columns.len() > MOST_COLUMNS || places.area() > most_places(places.n_cells);
        places
    }

    /// Places that the reader sets room aside for.
    fn area(&self) -> u64 {
        self.rows.len() as u64 * self.columns.len() as u64
    }
}

/// Cells side by side in a row, as one record holds them.
struct Cell {
    /// Where the record's data are.
    data: Range<usize>,
    row: u16,
    first: u16,
    last: u16,
}

struct Record {
    kind: u16,
    data: Range<usize>,
}

fn word(stream: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes([*stream.get(at)?, *stream.get(at + 1)?]))
}

fn put(stream: &mut [u8], at: usize, value: u16) {
    stream[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

/// The records from a place on, as far as they are whole.
fn records(stream: &[u8], from: usize) -> impl Iterator<Item = Record> {
    let mut at = from;
    std::iter::from_fn(move || {
        let (kind, length) = (word(stream, at)?, usize::from(word(stream, at + 2)?));
        let data = at + 4..at + 4 + length;
        at = data.end;
        (data.end <= stream.len()).then_some(Record { kind, data })
    })
}

/// What of a sheet the reader sets room aside for.
#[derive(Default)]
struct Sheet {
    cells: Vec<Cell>,
    /// Data of records that say how far the sheet reaches.
    claims: Vec<Range<usize>>,
    /// Data of records of formulas' texts.
    texts: Vec<Range<usize>>,
    /// Bytes of all its records.
    length: usize,
}

impl Sheet {
    /// The sheet that begins at a place, without the charts within it.
    fn read(stream: &[u8], from: usize) -> Self {
        let mut sheet = Self::default();
        let (mut has_begun, mut depth) = (false, 0_usize);
        for Record { kind, data } in records(stream, from) {
            sheet.length = data.end - from;
            match kind {
                BOF if has_begun => depth += 1,
                BOF => has_begun = true,
                EOF if depth == 0 => break,
                EOF => depth -= 1,
                _ if depth > 0 => (),
                DIMENSIONS => sheet.claims.push(data),
                FORMULA_TEXT => sheet.texts.push(data),
                MUL_RK => sheet.cells.extend(row_of_numbers(stream, data)),
                _ if CELLS.contains(&kind) && data.len() >= 4 => {
                    let place = word(stream, data.start).zip(word(stream, data.start + 2));
                    sheet.cells.extend(place.map(|(row, first)| Cell { data, row, first, last: first }));
                }
                _ => (),
            }
        }
        sheet
    }

    fn n_cells(&self) -> u64 {
        self.cells.iter().map(|c| u64::from(c.last - c.first) + 1).sum()
    }

    /// Places from the first row and column to the last with a cell.
    fn reach(&self) -> u64 {
        let end =
            |of: fn(&Cell) -> u16| self.cells.iter().map(of).max().map_or(0, |last| u64::from(last) + 1);
        end(|c| c.row) * end(|c| c.last)
    }

    /// Moves the cells to where no empty row or column lies between them, or
    /// takes them out; nothing is claimed afterwards.
    fn squeeze(&self, stream: &mut [u8], places: &Places) {
        for claim in &self.claims {
            stream[claim.clone()].fill(0);
        }
        if places.is_scattered {
            for data in self.cells.iter().map(|c| &c.data).chain(&self.texts) {
                put(stream, data.start - 4, BLANK);
            }
            return;
        }
        let rank = |places: &[u16]| {
            let mut ranks = vec![0_u16; 1 << 16];
            for (rank, place) in (0_u16..).zip(places) {
                ranks[usize::from(*place)] = rank;
            }
            ranks
        };
        let (rows, columns) = (rank(&places.rows), rank(&places.columns));
        for Cell { data, row, first, last } in &self.cells {
            put(stream, data.start, rows[usize::from(*row)]);
            put(stream, data.start + 2, columns[usize::from(*first)]);
            if first < last {
                put(stream, data.end - 2, columns[usize::from(*last)]);
            }
        }
    }
}

/// Row and first column, then six bytes a number, then the last column; none
/// where that does not add up, which the reader refuses.
fn row_of_numbers(stream: &[u8], data: Range<usize>) -> Option<Cell> {
    let row = word(stream, data.start)?;
    let first = word(stream, data.start + 2)?;
    let last = word(stream, data.end.checked_sub(2)?)?;
    let n_cells = usize::from(last.checked_sub(first)?) + 1;
    (data.len() == 6 + 6 * n_cells).then_some(Cell { data, row, first, last })
}

/// Where sheets begin, in the file's order.
fn beginnings(stream: &[u8]) -> Vec<usize> {
    records(stream, 0)
        .take_while(|record| record.kind != EOF)
        .filter(|record| record.kind == BOUND_SHEET && record.data.len() >= 4)
        .filter_map(|Record { data, .. }| {
            let (low, high) = (word(stream, data.start)?, word(stream, data.start + 2)?);
            Some(usize::from(low) | usize::from(high) << 16)
        })
        .collect()
}

/// Squeezes every sheet.
///
/// # Errors
///
/// Where the file is damaged, or its sheets overlap or hold too few cells for
/// their size.
pub(crate) fn squeezed(bytes: &[u8]) -> io::Result<Squeezed> {
    let mut stream = main_stream(bytes)?;
    let beginnings = beginnings(&stream);
    let overlap = || io::Error::other("its sheets overlap");
    let most = stream.len().saturating_mul(OVERLAPS);
    let (mut known, mut length): (HashMap<usize, Places>, usize) = (HashMap::new(), 0);
    for &from in &beginnings {
        let Entry::Vacant(unknown) = known.entry(from) else { continue };
        let sheet = Sheet::read(&stream, from);
        length += sheet.length;
        if length > most {
            return Err(overlap());
        }
        let places = Places::of_sheet(&sheet);
        sheet.squeeze(&mut stream, &places);
        unknown.insert(places);
    }
    // One sheet's bytes may be another's as well; only what came of all counts.
    let (mut n_cells, mut area, mut length) = (0_u64, 0_u64, 0_usize);
    for &from in &beginnings {
        let now = Sheet::read(&stream, from);
        length += now.length;
        let (cells, reach) = (now.n_cells(), now.reach());
        let is_claimed = |claim: &Range<usize>| stream[claim.clone()].iter().any(|&b| b != 0);
        if length > most || reach > most_places(cells) || now.claims.iter().any(is_claimed) {
            return Err(overlap());
        }
        (n_cells, area) = (n_cells + cells, area + reach);
    }
    if area > most_places(n_cells).saturating_mul(SHEETS) {
        return Err(io::Error::other("its sheets hold too few cells for their size"));
    }
    let sheets = beginnings.iter().map(|from| known.get(from).cloned().unwrap_or_default()).collect();
    Ok(Squeezed { bytes: file_of(&stream)?, sheets })
}

fn main_stream(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes))?;
    let found = STREAMS.iter().find_map(|wanted| {
        file.read_root_storage().find(|entry| entry.is_stream() && entry.name().eq_ignore_ascii_case(wanted))
    });
    let found = found.ok_or_else(|| io::Error::other("there is no sheet in it"))?;
    let mut stream = Vec::new();
    file.open_stream(found.path())?.take(bytes.len() as u64).read_to_end(&mut stream)?;
    Ok(stream)
}

/// A file with nothing else in it, of the version that may have no small streams.
fn file_of(stream: &[u8]) -> io::Result<Vec<u8>> {
    let mut file = cfb::CompoundFile::create_with_version(
        cfb::Version::V3,
        Cursor::new(Vec::with_capacity(stream.len() + stream.len() / 64)),
    )?;
    let mut written = file.create_stream(STREAMS[0])?;
    written.write_all(stream)?;
    written.flush()?;
    drop(written);
    Ok(file.into_inner().into_inner())
}
