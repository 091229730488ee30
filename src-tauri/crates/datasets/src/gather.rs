//! Records to columns: numbers and words that recur are read as such while the
//! records are cut, so that their text need not be kept. How each column is
//! likely to be read is planned on a sample; where a cell does not fit, the
//! column is gathered once more, as text.

mod numbers;
mod words;

use crate::{
    column::{ColumnCells, NumberCells, WordCells},
    error::DatasetError,
    layout::{Grid, Records, Span},
    moment,
    number::{self, Spelling},
    raw::{Missing, Problems, RawColumn, trimmed},
    records::{Field, fields_of},
    text_file::fit,
    watch::Watch,
};
use numbers::{NumberPart, joined as joined_numbers};
use rayon::prelude::*;
use retort_domain::DecimalMark;
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use words::{WordPart, joined as joined_words};

/// Records that one thread reads at a time.
const CHUNK: usize = 64 * 1024;
/// Cells that are cut before they are read, column by column: no more than a
/// processor has at hand.
const BLOCK_CELLS: usize = 1024;
/// Rows at the start of a table, and as many throughout it, that plans are made on.
const SAMPLE_ROWS: usize = 500;
/// Rows of the sample that are read before their text is given back.
const SAMPLED_TOGETHER: usize = 32;
/// Rows whose cells are shown as they are in the file.
const HEAD_ROWS: usize = 20;

/// Rows of the sample to one whose spaces are looked at.
const ROWS_A_SPACED_ONE: usize = 4;
/// Fewer cells may be of one length by chance.
const FEW_CELLS: usize = 5;

/// Share of the work until all columns are read as planned.
const PLANNED_READ: f64 = 0.8;

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Numbers(Spelling),
    Words,
    Texts,
    /// Not at all.
    Nothing,
}

/// Plain cells of a column that hold something.
#[derive(Debug, Clone, Default)]
struct Spaced {
    n: usize,
    /// Those with spaces in front, and behind.
    before: usize,
    behind: usize,
    /// How many have each length, in characters: with their spaces, and without.
    lengths: HashMap<usize, usize>,
    bare_lengths: HashMap<usize, usize>,
}

impl Spaced {
    fn add(&mut self, cell: &str) {
        if cell.is_empty() {
            return;
        }
        self.n += 1;
        self.before += usize::from(cell.starts_with([' ', '\t']));
        self.behind += usize::from(cell.ends_with([' ', '\t']));
        *self.lengths.entry(cell.chars().count()).or_default() += 1;
        *self.bare_lengths.entry(trimmed(cell).chars().count()).or_default() += 1;
    }

    fn before_all(&self) -> bool {
        nearly(self.before, self.n)
    }

    fn behind_all(&self) -> bool {
        nearly(self.behind, self.n)
    }

    /// With their spaces, cells are of one length.
    fn is_even(&self) -> bool {
        self.n >= FEW_CELLS && nearly(most(&self.lengths), self.n)
    }

    /// Spaces bring cells of several lengths to one.
    fn is_aligned(&self) -> bool {
        self.is_even() && !nearly(most(&self.bare_lengths), self.n)
    }
}

/// How many are of the most frequent length.
fn most(lengths: &HashMap<usize, usize>) -> usize {
    lengths.values().copied().max().unwrap_or(0)
}

/// Nine tenths.
fn nearly(count: usize, all: usize) -> bool {
    count * 10 >= all * 9
}

/// What is read: a table's rows.
pub(crate) struct Body<'a> {
    pub records: &'a Records<'a>,
    pub span: &'a Span,
    /// Records of the rows.
    pub rows: &'a [usize],
    /// Columns.
    pub width: usize,
    pub missing: &'a Missing,
    /// Rows that do not fit of which so many are listed.
    pub most_problems: usize,
}

/// What was read of some rows.
struct Part<'a> {
    columns: Vec<PartCells<'a>>,
    problems: Problems,
}

enum PartCells<'a> {
    Numbers(NumberPart<'a>),
    Words(WordPart<'a>),
    Texts(RawColumn),
    Nothing,
}

/// Room for the values of some rows of a column, written as they are read.
enum Room<'a> {
    Numbers(&'a mut [f64]),
    Codes(&'a mut [u16]),
    None,
}

/// How the columns of a table are to be read.
pub(crate) struct Planned {
    sample: Vec<RawColumn>,
    plans: Vec<Plan>,
    paddings: Vec<Padding>,
}

/// Spaces around a column's plain cells that only set it apart or align it, and
/// are no part of its cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Padding {
    before: bool,
    behind: bool,
}

impl Padding {
    /// Judged by some rows of all columns: spaces follow or precede nearly every
    /// delimiter or stand at nearly every line's end, or fill a column's cells up
    /// to one length.
    fn of(columns: &[Spaced]) -> Vec<Self> {
        let (last, first) = (columns.len().saturating_sub(1), 1.min(columns.len()));
        let all = |columns: &[Spaced], is: fn(&Spaced) -> bool| {
            let mut filled = columns.iter().filter(|column| column.n > 0).peekable();
            filled.peek().is_some() && filled.all(is)
        };
        let follow = all(&columns[first..], Spaced::before_all);
        let precede = all(&columns[..last], Spaced::behind_all);
        let aligned = columns.iter().any(Spaced::is_aligned);
        (columns.iter().enumerate())
            .map(|(c, column)| {
                let fills = aligned && column.is_even();
                let before = fills || (follow && column.before_all());
                let behind = fills || ((precede || c == last) && column.behind_all());
                Self { before: before && column.before > 0, behind: behind && column.behind > 0 }
            })
            .collect()
    }

    /// A plain cell without it.
    fn off(self, cell: &str) -> &str {
        let cell = if self.before { cell.trim_start() } else { cell };
        if self.behind { cell.trim_end() } else { cell }
    }
}

impl Planned {
    /// Memory that each column of so many rows takes until it is stored, bytes;
    /// an estimate.
    pub fn column_bytes(&self, n_rows: usize) -> Vec<usize> {
        let is_moment = |sample: &RawColumn| {
            sample.iter().flatten().next().is_some_and(|cell| moment::orders_of(cell) != 0)
        };
        let moment_bytes = |sample: &RawColumn| if is_moment(sample) { size_of::<Option<i64>>() } else { 1 };
        let row_bytes = |(plan, sample): (&Plan, &RawColumn)| match plan {
            Plan::Numbers(_) => size_of::<f64>(),
            Plan::Words => size_of::<u16>() + moment_bytes(sample),
            Plan::Texts => sample.mean_bytes() + size_of::<usize>() + moment_bytes(sample),
            Plan::Nothing => 0,
        };
        self.plans.iter().zip(&self.sample).map(row_bytes).map(|bytes| bytes * n_rows).collect()
    }
}

impl Body<'_> {
    /// Plans how columns are read.
    pub fn planned(&self) -> Planned {
        let (sample, spaced) = self.sample();
        let plans = sample.par_iter().map(plan).collect();
        Planned { sample, plans, paddings: Padding::of(&spaced) }
    }

    /// Reads these columns, in ascending order, and says which rows do not fit.
    pub fn gathered(
        &self,
        planned: &Planned,
        wanted: &[usize],
        watch: Watch<'_>,
    ) -> Result<(Vec<ColumnCells>, Problems), DatasetError> {
        let mut plans = vec![Plan::Nothing; self.width];
        wanted.iter().for_each(|&c| plans[c] = planned.plans[c]);
        let (mut columns, problems) = self.read(&plans, &planned.paddings, watch.part(0.0, PLANNED_READ))?;
        let mut again = vec![Plan::Nothing; self.width];
        for &c in wanted {
            match &columns[c] {
                Some(ColumnCells::Numbers(cells)) if is_clear(cells) => {}
                Some(ColumnCells::Words(_) | ColumnCells::Texts(_)) => {}
                Some(ColumnCells::Numbers(_)) | None => again[c] = Plan::Texts,
            }
        }
        if again.contains(&Plan::Texts) {
            let texts = self.read(&again, &planned.paddings, watch.part(PLANNED_READ, 1.0))?.0;
            for (column, text) in columns.iter_mut().zip(texts).filter(|(_, text)| text.is_some()) {
                *column = text;
            }
        }
        let mut gathered = Vec::with_capacity(wanted.len());
        for &c in wanted {
            let mut column = columns[c].take().unwrap_or_else(|| ColumnCells::Texts(RawColumn::default()));
            let sample = &planned.sample[c];
            if let ColumnCells::Numbers(numbers) = &mut column {
                let off = |cell: &str| planned.paddings[c].off(cell).to_owned();
                let cell = |row: usize| sample.get(row).map(|_| off(sample.source(row)));
                numbers.head = (0..sample.len().min(HEAD_ROWS)).map(cell).collect();
            }
            gathered.push(column);
        }
        Ok((gathered, problems))
    }

    /// Cells of some rows: the first ones, and others throughout the table; and
    /// the spaces around plain ones.
    fn sample(&self) -> (Vec<RawColumn>, Vec<Spaced>) {
        let (first, others) = self.rows.split_at(self.rows.len().min(SAMPLE_ROWS));
        let step = (others.len() / SAMPLE_ROWS).max(1);
        let rows: Vec<usize> = first.iter().chain(others.iter().step_by(step)).copied().collect();
        let (texts, unknown) = (vec![Plan::Texts; self.width], vec![Padding::default(); self.width]);
        let mut sample = vec![RawColumn::default(); self.width];
        let (mut spaced, mut fields) = (vec![Spaced::default(); self.width], Vec::new());
        // They may lie so far apart that each takes up a large page.
        for rows in rows.chunks(SAMPLED_TOGETHER) {
            let rooms = std::iter::repeat_with(|| Room::None).take(self.width).collect();
            let read = self.read_part(rows, 0, &texts, &unknown, &[], rooms);
            for (column, cells) in sample.iter_mut().zip(&read.columns) {
                if let PartCells::Texts(raw) = cells {
                    column.append(raw);
                }
            }
            for &row in rows.iter().step_by(ROWS_A_SPACED_ONE) {
                fields_of(self.records.text, &self.records.cutter, &self.records.marks[row], &mut fields);
                let plain = fields.iter().zip(&mut spaced).filter(|(field, _)| !field.quoted);
                plain.for_each(|(f, column)| {
                    column.add(self.records.text.get(f.start..f.end).unwrap_or_default());
                });
            }
            if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
                self.records.give_back(*first..last + 1);
            }
        }
        (sample, spaced)
    }

    /// Reads the columns as planned; none where one does not fit its plan or
    /// should not be read.
    fn read(
        &self,
        plans: &[Plan],
        paddings: &[Padding],
        watch: Watch<'_>,
    ) -> Result<(Vec<Option<ColumnCells>>, Problems), DatasetError> {
        let n_rows = self.rows.len();
        let misfits: Vec<AtomicBool> = plans.iter().map(|_| AtomicBool::new(false)).collect();
        let room_for = |plan: Plan| if matches!(plan, Plan::Numbers(_)) { n_rows } else { 0 };
        let mut values: Vec<Vec<f64>> = plans.iter().map(|&p| vec![0.0; room_for(p)]).collect();
        let mut codes: Vec<Vec<u16>> =
            plans.iter().map(|&p| vec![0; if p == Plan::Words { n_rows } else { 0 }]).collect();
        let n_chunks = n_rows.div_ceil(CHUNK);
        let mut rooms: Vec<Vec<Room>> = std::iter::repeat_with(Vec::new).take(n_chunks).collect();
        for ((plan, values), codes) in plans.iter().zip(&mut values).zip(&mut codes) {
            let mut values = values.chunks_mut(CHUNK);
            let mut codes = codes.chunks_mut(CHUNK);
            for chunk in &mut rooms {
                chunk.push(match plan {
                    Plan::Numbers(_) => values.next().map_or(Room::None, Room::Numbers),
                    Plan::Words => codes.next().map_or(Room::None, Room::Codes),
                    Plan::Texts | Plan::Nothing => Room::None,
                });
            }
        }
        let n_read = AtomicUsize::new(0);
        let parts: Vec<Part> = (self.rows.par_chunks(CHUNK).zip(rooms).enumerate())
            .map(|(i, (rows, rooms))| {
                watch.tell(n_read.fetch_add(rows.len(), Ordering::Relaxed), n_rows)?;
                let part = self.read_part(rows, i * CHUNK, plans, paddings, &misfits, rooms);
                if let [first, .., last] = rows {
                    self.records.give_back(*first..last + 1);
                }
                Ok(part)
            })
            .collect::<Result<_, DatasetError>>()?;
        let mut problems = Problems::listing(self.most_problems);
        let mut columns: Vec<Vec<PartCells>> = plans.iter().map(|_| Vec::with_capacity(n_chunks)).collect();
        for part in parts {
            problems.append(part.problems);
            part.columns.into_iter().zip(&mut columns).for_each(|(cells, column)| column.push(cells));
        }
        let joined: Vec<_> = (columns.into_par_iter().zip(plans).zip(&misfits))
            .map(|((parts, plan), misfit)| {
                let fits = !misfit.load(Ordering::Relaxed);
                fits.then(|| joined(parts, *plan)).flatten()
            })
            .collect();
        let mut with_values = Vec::with_capacity(joined.len());
        for ((mut column, values), codes) in joined.into_iter().zip(values).zip(codes) {
            match &mut column {
                Some(ColumnCells::Numbers(numbers)) => numbers.values = values,
                Some(ColumnCells::Words(words)) => words.codes = codes,
                Some(ColumnCells::Texts(_)) | None => {}
            }
            with_values.push(column);
        }
        Ok((with_values, problems))
    }

    /// Reads some rows, the first of which is `first_row` in the table.
    fn read_part<'a>(
        &self,
        rows: &[usize],
        first_row: usize,
        plans: &[Plan],
        paddings: &[Padding],
        misfits: &[AtomicBool],
        rooms: Vec<Room<'a>>,
    ) -> Part<'a> {
        let (text, cutter) = (self.records.text, &self.records.cutter);
        let mut columns: Vec<PartCells> = plans
            .iter()
            .zip(rooms)
            .map(|(&plan, room)| match (plan, room) {
                (Plan::Numbers(spelling), Room::Numbers(values)) => {
                    PartCells::Numbers(NumberPart::new(spelling, values))
                }
                (Plan::Words, Room::Codes(codes)) => PartCells::Words(WordPart::new(codes)),
                (Plan::Texts, _) => PartCells::Texts(RawColumn::default()),
                _ => PartCells::Nothing,
            })
            .collect();
        let mut problems = Problems::listing(self.most_problems);
        let block_rows = (BLOCK_CELLS / self.width.max(1)).clamp(8, 256);
        let mut fields: Vec<Field> = Vec::new();
        let mut block: Vec<Field> = Vec::with_capacity(block_rows * self.width);
        for (i, rows) in rows.chunks(block_rows).enumerate() {
            block.clear();
            for &record in rows {
                let mark = &self.records.marks[record];
                fields_of(text, cutter, mark, &mut fields);
                fit(self, mark, &mut fields, &mut problems);
                fields.resize(self.width, Field { start: 0, end: 0, quoted: true, escaped: false });
                block.extend_from_slice(&fields);
            }
            let row = first_row + i * block_rows;
            for (c, column) in columns.iter_mut().enumerate() {
                let cells = Strip { text, body: self, block: &block, column: c, padding: paddings[c], row };
                let fits = match column {
                    PartCells::Numbers(part) => cells.numbers(part),
                    PartCells::Words(part) => cells.words(part),
                    PartCells::Texts(raw) => {
                        cells.texts(raw);
                        true
                    }
                    PartCells::Nothing => true,
                };
                if !fits || misfits.get(c).is_some_and(|m| m.load(Ordering::Relaxed)) {
                    misfits.iter().skip(c).take(1).for_each(|m| m.store(true, Ordering::Relaxed));
                    *column = PartCells::Nothing;
                }
            }
        }
        Part { columns, problems }
    }
}

/// Cells of one column among those that were cut together.
struct Strip<'a> {
    text: &'a str,
    body: &'a Body<'a>,
    block: &'a [Field],
    column: usize,
    padding: Padding,
    /// Row of the first one.
    row: usize,
}

impl<'a> Strip<'a> {
    fn fields(&self) -> impl Iterator<Item = (u32, &'a Field)> {
        // Imports have no more rows than 32 bits count.
        (self.row as u32..).zip(self.block.iter().skip(self.column).step_by(self.body.width.max(1)))
    }

    /// A cell as it is in the file, without its quotes or its padding.
    fn cell(&self, field: &Field) -> Cow<'a, str> {
        match self.text.get(field.start..field.end) {
            Some(plain) if !field.quoted => Cow::Borrowed(self.padding.off(plain)),
            _ => self.body.records.cutter.text(self.text, field),
        }
    }

    fn texts(&self, raw: &mut RawColumn) {
        self.fields().for_each(|(_, field)| raw.push(&self.cell(field), self.body.missing));
    }

    /// False where a cell is neither a number nor missing.
    fn numbers(&self, part: &mut NumberPart) -> bool {
        self.fields().all(|(row, field)| {
            match number::simple_at(self.text.as_bytes(), field.start, field.end) {
                Some(found) if !field.escaped => {
                    part.push(&found, row, || &self.text[field.start..field.end])
                }
                _ => part.push_other(&self.cell(field), row, self.body.missing),
            }
        })
    }

    /// False where the words are too many.
    fn words(&self, part: &mut WordPart) -> bool {
        let bytes = self.text.as_bytes();
        let is_plain = |b: u8| matches!(b, 0x21..=0x7E);
        self.fields().all(|(row, field)| {
            let Field { start, end, .. } = *field;
            if start < end && !field.escaped && is_plain(bytes[start]) && is_plain(bytes[end - 1]) {
                return part.push(bytes, start, end, row, self.body.missing);
            }
            let cell = self.cell(field);
            part.push(cell.as_bytes(), 0, cell.len(), row, self.body.missing)
        })
    }
}

/// How a column is likely to be read, by a sample of it.
fn plan(sample: &RawColumn) -> Plan {
    let present = || sample.iter().flatten();
    let read = |cell: &str| number::simple(cell).or_else(|| number::long(cell));
    let (mut places, mut comma, mut all_numbers) = (u8::MAX, false, false);
    for cell in present() {
        let Some(found) = read(cell) else {
            all_numbers = false;
            break;
        };
        all_numbers = true;
        comma |= found.separator == Some(DecimalMark::Comma);
        places = places.min(found.places);
    }
    if all_numbers {
        return Plan::Numbers(Spelling { comma, places: places.min(18) });
    }
    let distinct = (0..sample.len()).map(|row| sample.source(row)).collect::<HashSet<_>>().len();
    // Of a few thousand different ones, most are met once in a sample.
    if distinct < 64 || distinct * 25 < sample.len() * 24 { Plan::Words } else { Plan::Texts }
}

/// False where only the other columns tell what a column's separators mean.
fn is_clear(cells: &NumberCells) -> bool {
    let points = cells.styles & number::POINT_STYLES != 0;
    let commas = cells.styles & number::COMMA_STYLES != 0;
    cells.mark.is_none() || points != commas
}

/// The column of which these are the parts, its values not yet in their place.
fn joined(parts: Vec<PartCells>, plan: Plan) -> Option<ColumnCells> {
    match plan {
        Plan::Numbers(spelling) => {
            let numbers = |cells| match cells {
                PartCells::Numbers(part) => Some(part),
                _ => None,
            };
            let parts: Vec<_> = parts.into_iter().map(numbers).collect::<Option<_>>()?;
            joined_numbers(parts, spelling).map(ColumnCells::Numbers)
        }
        Plan::Words => {
            let words = |cells| match cells {
                PartCells::Words(part) => Some(part),
                _ => None,
            };
            let parts: Vec<_> = parts.into_iter().map(words).collect::<Option<_>>()?;
            joined_words(parts).map(|words| ColumnCells::Words(WordCells { words, codes: Vec::new() }))
        }
        Plan::Texts => {
            let mut column = RawColumn::default();
            for part in parts {
                if let PartCells::Texts(raw) = part {
                    if column.len() == 0 {
                        column = raw;
                    } else {
                        column.append(&raw);
                    }
                }
            }
            Some(ColumnCells::Texts(column))
        }
        Plan::Nothing => None,
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::source;
