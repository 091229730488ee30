//! Where the tables of a text file begin and end: what stands above a header
//! and below the last row, and where another table starts.

use crate::{
    header::{groups, header_rows, is_name, value_columns},
    mapped::MappedFile,
    number::{self, Parsed},
    raw::{Missing, SAMPLE_ROWS, is_value},
    records::{Cutter, Delimiter, Mark, fields_of},
};
use rayon::prelude::*;
use retort_domain::SkippedAs;
use std::{collections::HashSet, ops::Range};

/// Records in which the first table must begin.
const MAX_PREAMBLE: usize = 500;
/// Notes below a table.
const MAX_FOOTNOTES: usize = 50;
/// Notes above names that are as wide as rows.
const MAX_NOTES: usize = 20;
/// Longest line of names that is cut unlike the rows below it, bytes.
const MAX_NAMES_BYTES: usize = 64 * 1024;
/// Fewest words of a line that are names and not a title.
const MIN_WORDS: usize = 5;
/// Records of each part that is searched at a time.
const CHUNK: usize = 16 * 1024;

/// Rows of cells among which tables are sought: records of a text file, or rows
/// of a sheet.
pub(crate) trait Grid: Sync {
    /// Rows, blank ones counted.
    fn n_rows(&self) -> usize;
    /// Line in the file, from 1.
    fn line(&self, row: usize) -> u32;
    /// Cells of a row, 0 where it is blank.
    fn width(&self, row: usize) -> usize;
    /// A row's cells.
    fn cells(&self, row: usize) -> Vec<String>;
    /// False only where a row surely names no columns: it has a value in one of
    /// these columns of values and is not the row of these names.
    fn may_be_header(&self, _row: usize, _values: &[usize], _names: Option<&[String]>) -> bool {
        true
    }

    /// These rows were looked at: where they lie in a file, they need not be in
    /// memory for now.
    fn give_back(&self, _rows: Range<usize>) {}

    /// True where no cell holds anything.
    fn is_blank(&self, row: usize) -> bool {
        self.width(row) == 0
    }

    /// True where it may be a row of missing values although it is blank.
    fn is_row(&self, row: usize) -> bool {
        !self.is_blank(row)
    }

    /// True where it is a remark, which counts as blank.
    fn is_comment(&self, _row: usize) -> bool {
        false
    }

    /// Cells that hold something.
    fn filled(&self, row: usize) -> usize {
        self.cells(row).iter().filter(|c| !c.trim().is_empty()).count()
    }

    /// The first rows among these that are not blank, at most `limit`.
    fn rows(&self, range: Range<usize>, limit: usize) -> Vec<usize> {
        range.filter(|&i| !self.is_blank(i)).take(limit).collect()
    }
}

/// A text cut into records.
pub(crate) struct Records<'a> {
    pub text: &'a str,
    /// Where the text lies, if it is in a file.
    pub file: Option<&'a MappedFile>,
    pub cutter: Cutter,
    pub marks: Vec<Mark>,
    /// Cells of a row, where records that begin with `#` and have not as many
    /// are comments.
    commented: Option<u32>,
    /// A record that is cut unlike all others, and its cells.
    cut_otherwise: Option<(usize, Vec<String>)>,
}

impl Grid for Records<'_> {
    fn n_rows(&self) -> usize {
        self.marks.len()
    }

    fn line(&self, row: usize) -> u32 {
        self.marks.get(row).map_or(0, |m| m.line)
    }

    fn width(&self, row: usize) -> usize {
        self.marks[row].width as usize
    }

    fn cells(&self, row: usize) -> Vec<String> {
        if let Some((_, cells)) = self.cut_otherwise.as_ref().filter(|(other, _)| *other == row) {
            return cells.clone();
        }
        let mut fields = Vec::new();
        fields_of(self.text, &self.cutter, &self.marks[row], &mut fields);
        fields.iter().map(|f| self.cutter.text(self.text, f).into_owned()).collect()
    }

    fn is_blank(&self, row: usize) -> bool {
        self.marks[row].width == 0 || self.marks[row].empty || self.is_comment(row)
    }

    fn is_row(&self, row: usize) -> bool {
        let mark = &self.marks[row];
        // One cell in quotes may be a value that is missing; where nothing but
        // delimiters stand, a spreadsheet had an empty row.
        mark.width > 0 && !(mark.empty && mark.width > 1) && !self.is_comment(row)
    }

    fn is_comment(&self, row: usize) -> bool {
        let mark = &self.marks[row];
        mark.hash
            && self.commented.is_some_and(|width| mark.width != width)
            && self.cut_otherwise.as_ref().is_none_or(|(names, _)| *names != row)
    }

    fn give_back(&self, rows: Range<usize>) {
        let place = |row: usize| self.marks.get(row).map_or(self.text.len(), |m| m.at);
        let range = place(rows.start)..place(rows.end);
        if let (Some(file), Some(part)) = (self.file, self.text.as_bytes().get(range)) {
            file.give_back(part);
        }
    }

    fn may_be_header(&self, row: usize, values: &[usize], names: Option<&[String]>) -> bool {
        let mark = &self.marks[row];
        let lettered = |&c: &usize| c < mark.width as usize && (c >= 32 || mark.digits & 1 << c == 0);
        let repeats = || names.and_then(<[String]>::first).is_some_and(|name| self.starts_like(mark, name));
        values.iter().all(lettered) || repeats()
    }
}

impl<'a> Records<'a> {
    /// Records of a text most of which have so many cells.
    pub fn new(
        text: &'a str,
        file: Option<&'a MappedFile>,
        cutter: Cutter,
        marks: Vec<Mark>,
        width: usize,
    ) -> Self {
        let width = u32::try_from(width).unwrap_or(u32::MAX);
        let begun = || marks.par_iter().filter(|mark| mark.hash);
        // Where rows begin so too, it says nothing; a header may.
        let is_told = width > 1
            && begun().any(|mark| mark.width != width)
            && begun().filter(|mark| mark.width == width).count() <= 1;
        let commented = is_told.then_some(width);
        Self { text, file, cutter, marks, commented, cut_otherwise: None }
    }

    /// Takes the line above a table as its header, where that is cut unlike the
    /// rows, or as a comment, and gives a name for each column then.
    pub fn take_header_above(&mut self, table: &mut Span, skipped: &mut Vec<Skipped>, width: usize) {
        let Some((row, names)) = self.header_above(table, width) else { return };
        // It may be the last row of another table.
        if !self.is_comment(row) && !skipped.iter().any(|s| s.records.contains(&row)) {
            return;
        }
        self.cut_otherwise = Some((row, names));
        table.header = vec![row];
        skipped.iter_mut().filter(|s| s.records.contains(&row)).for_each(|s| s.records.end = row);
        skipped.retain(|s| self.rows(s.records.clone(), 1).len() == 1);
    }

    fn header_above(&self, table: &Span, width: usize) -> Option<(usize, Vec<String>)> {
        let row = table.body.start.checked_sub(1)?;
        let mark = self.marks.get(row).filter(|mark| mark.width > 0 && !mark.empty)?;
        if !table.header.is_empty() || table.value_columns.is_empty() {
            return None;
        }
        let end = self.marks.get(row + 1).map_or(self.text.len(), |next| next.at);
        let line = self.text.get(mark.at..end).filter(|line| line.len() <= MAX_NAMES_BYTES)?;
        let line = line.trim().trim_start_matches('#').trim_start();
        let others = [b",", b";", b"\t", b"|"].map(|sign| Delimiter::Bytes(sign.to_vec()));
        let delimiters =
            std::iter::once(self.cutter.delimiter.clone()).chain(others).chain([Delimiter::Spaces]);
        delimiters.into_iter().find_map(|delimiter| {
            // A title has words, too.
            let fewest = if delimiter == Delimiter::Spaces && mark.width == 1 { MIN_WORDS } else { 2 };
            let cutter = Cutter { delimiter, ..self.cutter.clone() };
            let mut fields = Vec::new();
            cutter.cut(line.as_bytes(), 0, &mut fields);
            let names: Vec<String> = fields.iter().map(|f| cutter.text(line, f).into_owned()).collect();
            let differ = names.iter().collect::<HashSet<_>>().len() == names.len();
            let fit = names.len() == width && width >= fewest && differ;
            (fit && names.iter().all(|name| is_name(name.trim()))).then_some((row, names))
        })
    }

    /// False only where a record's first cell surely is another one.
    fn starts_like(&self, mark: &Mark, cell: &str) -> bool {
        let around = |b: &u8| matches!(b, b' ' | b'\t') || Some(*b) == self.cutter.quote;
        // Quotes within a cell may be written in several ways.
        let mut certain = cell
            .as_bytes()
            .iter()
            .skip_while(|b| around(b))
            .take_while(|b| !around(b) && **b != b'\\')
            .peekable();
        // The text lies far away, the mark is at hand.
        if mark.digits & 1 != 0 && certain.peek().is_some_and(|b| !b.is_ascii_digit()) {
            return false;
        }
        let bytes = self.text.as_bytes()[mark.at..].iter().skip_while(|b| around(b));
        bytes.zip(certain).all(|(a, b)| a == b)
    }
}

/// A table among records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub header: Vec<usize>,
    pub body: Range<usize>,
    /// Columns in which nearly all cells are values.
    pub value_columns: Vec<usize>,
}

/// Records that are no rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    pub records: Range<usize>,
    pub skipped_as: SkippedAs,
}

/// The tables of a file, in its order, and what stands around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    pub tables: Vec<Span>,
    pub skipped: Vec<Skipped>,
}

/// Finds all tables. `width` is what most rows of the first one have,
/// `header` a person's choice of header rows.
pub(crate) fn lay_out(records: &impl Grid, width: usize, header: Option<usize>, missing: &Missing) -> Layout {
    let mut layout = Layout::default();
    let (mut from, mut width) = (0, width);
    while layout.tables.len() < 1000 {
        let Some(mut start) = start_of_table(records, from, width) else { break };
        let mut sample: Vec<usize> = records.rows(start..records.n_rows(), SAMPLE_ROWS + 1);
        let mut rows: Vec<Vec<String>> = sample.iter().map(|&i| records.cells(i)).collect();
        let mut n_header = header.unwrap_or_else(|| header_rows(&rows, missing)).min(sample.len());
        if header.is_none()
            && n_header == 0
            && let Some((notes, below)) = names_below_notes(&rows, width, missing)
        {
            (sample, rows, n_header) = (sample.split_off(notes), rows.split_off(notes), below);
            start = sample.first().copied().unwrap_or(start);
        }
        if let Some(first) = records.rows(from..start, 1).first() {
            layout.skipped.push(Skipped { records: *first..start, skipped_as: SkippedAs::Preamble });
        }
        let header_records = sample[..n_header].to_vec();
        let body_start = match sample[..n_header].last() {
            Some(&last) => last + 1,
            None => start,
        };
        let columns = value_columns(&rows[n_header.saturating_sub(1).min(rows.len())..], missing);
        let names = header_records.last().map(|&i| records.cells(i));
        let end = other_table(records, body_start, &columns, names.as_deref(), width, missing);
        let mut body = body_start..end.unwrap_or(records.n_rows());
        trim_end(records, &mut body, width, &columns, missing, &mut layout.skipped);
        layout.tables.push(Span { header: header_records, body, value_columns: columns });
        let Some(next) = end else { break };
        from = next;
        width = most_common_width(records, next);
    }
    layout
}

fn most_common_width(records: &impl Grid, from: usize) -> usize {
    let widths: Vec<usize> =
        records.rows(from..records.n_rows(), 20).iter().map(|&i| records.width(i)).collect();
    most_common(&widths).unwrap_or(1)
}

/// The width of most rows; of several such widths, the largest.
pub(crate) fn most_common(widths: &[usize]) -> Option<usize> {
    let count = |w: usize| widths.iter().filter(|x| **x == w).count();
    widths.iter().copied().max_by_key(|&w| (count(w), w))
}

/// How many of the first rows are notes above names, and how many rows name the
/// columns below them. None where no row of names is followed by values of which
/// the rows above it have less than half.
fn names_below_notes(rows: &[Vec<String>], width: usize, missing: &Missing) -> Option<(usize, usize)> {
    let columns = value_columns(rows, missing);
    let has_values = |row: &Vec<String>| {
        let cells = columns.iter().filter_map(|&c| row.get(c)).map(|c| c.trim());
        cells.filter(|c| is_value(c) && !missing.is(c)).count() * 2 >= columns.len()
    };
    let n_notes = rows.iter().take(MAX_NOTES).take_while(|row| !has_values(row)).count();
    (1..=n_notes).filter(|&k| k < rows.len()).find_map(|k| {
        let names = rows[k].len() == width && rows[k].iter().all(|cell| is_name(cell.trim()));
        let n_header = if names { header_rows(&rows[k..], missing) } else { 0 };
        (n_header > 0).then_some((k, n_header))
    })
}

/// The first record that is as wide as a row, titles and notes passed over.
fn start_of_table(records: &impl Grid, from: usize, width: usize) -> Option<usize> {
    let rows = records.rows(from..records.n_rows(), MAX_PREAMBLE);
    let first = *rows.first()?;
    if width < 2 {
        return Some(first);
    }
    for (k, &i) in rows.iter().enumerate() {
        let (wide, filled) = (records.width(i), records.filled(i));
        let gap_follows = i + 1 < records.n_rows() && records.is_blank(i + 1);
        let alone = filled <= (width / 3).max(1) && (width > 2 || wide < width || gap_follows);
        let short = wide < width && filled * 2 <= width;
        let names_of_rows = k == 0
            && width == 2
            && wide == 1
            && !gap_follows
            && rows.get(1).is_some_and(|&next| records.cells(next).iter().any(|c| is_value(c.trim())))
            && !records.cells(i).iter().any(|c| c.trim().contains(' ') || c.trim().is_empty());
        let is_comment = |row: usize| records.cells(row).first().is_some_and(|c| c.starts_with('#'));
        let comment = is_comment(i)
            && rows.get(k + 1).is_some_and(|&next| {
                let next_cells = records.cells(next);
                next_cells.len() >= width
                    && !is_comment(next)
                    && !next_cells.iter().any(|c| is_value(c.trim()))
            });
        let is_divided =
            || rows.get(k + 1).is_some_and(|&next| groups(&records.cells(i), &records.cells(next)));
        if names_of_rows || !(alone || short || comment) || is_divided() {
            return Some(i);
        }
    }
    Some(first)
}

/// Where another table begins below `from`: at a row of names above values, at
/// the header once more, or below a gap with rows of another width.
fn other_table(
    records: &impl Grid,
    from: usize,
    columns: &[usize],
    names: Option<&[String]>,
    width: usize,
    missing: &Missing,
) -> Option<usize> {
    let asked: Vec<usize> = columns.iter().copied().take(4).collect();
    let is_start = |i: usize| {
        let wide = records.width(i);
        if records.is_blank(i) || i <= from {
            return false;
        }
        let below_gap = records.is_blank(i - 1);
        let other_width = below_gap && wide != width && wide >= 2;
        if !other_width && !records.may_be_header(i, &asked, names) {
            return false;
        }
        let cells = records.cells(i);
        let repeats = names.is_some_and(|names| names == cells && names.iter().any(|n| !n.trim().is_empty()));
        if repeats {
            return true;
        }
        let is_named = |c: usize| cells.get(c).is_some_and(|t| is_name(t.trim()) && !missing.is(t.trim()));
        let enough = asked.len() >= 2 || (asked.len() == 1 && below_gap);
        if enough && asked.iter().all(|&c| is_named(c)) {
            // Nothing short of a full row of names between full rows of values will do.
            let (above, below) = (records.rows(from..i, 20), records.rows(i + 1..records.n_rows(), 3));
            let is_value_at =
                |row: usize, c: usize| records.cells(row).get(c).is_some_and(|t| is_value(t.trim()));
            let filled = cells.iter().filter(|c| !c.trim().is_empty()).count();
            let values_in = |rows: &[usize], c: usize| {
                rows.iter().filter(|&&row| is_value_at(row, c)).count() * 10 >= rows.len() * 9
            };
            return filled >= 2
                && filled * 8 >= wide * 7
                && above.len() >= if below_gap { 2 } else { 5 }
                && !below.is_empty()
                && asked.iter().all(|&c| values_in(&above, c))
                && below.iter().all(|&row| records.cells(row).iter().any(|t| is_value(t.trim())))
                && cells.iter().all(|t| is_name(t.trim()));
        }
        if other_width {
            let next = records.rows(i..records.n_rows(), 3);
            return next.len() == 3 && next.iter().all(|&n| records.width(n) == wide);
        }
        false
    };
    let n = records.n_rows();
    let chunks: Vec<Range<usize>> = (from..n).step_by(CHUNK).map(|s| s..(s + CHUNK).min(n)).collect();
    chunks.into_par_iter().find_map_first(|chunk| {
        let found = chunk.clone().find(|&i| is_start(i));
        records.give_back(chunk);
        found
    })
}

const NOTE_STARTS: [&str; 12] =
    ["source", "quelle", "note", "notes", "hinweis", "anmerkung", "*", "#", "©", "remark", "stand:", "(c)"];
const TOTALS: [&str; 13] = [
    "total",
    "totals",
    "grand total",
    "sum",
    "summe",
    "gesamt",
    "insgesamt",
    "gesamtsumme",
    "somme",
    "total général",
    "overall",
    "σ",
    "total:",
];

/// Takes notes and a row of sums off the end of a table.
fn trim_end(
    records: &impl Grid,
    body: &mut Range<usize>,
    width: usize,
    columns: &[usize],
    missing: &Missing,
    skipped: &mut Vec<Skipped>,
) {
    let mut rows: Vec<usize> =
        (body.clone().rev()).filter(|&i| !records.is_blank(i)).take(MAX_FOOTNOTES + 1).collect();
    let mut notes = 0;
    for (k, &i) in rows.iter().enumerate().take(MAX_FOOTNOTES) {
        if width < 2 || k + 1 == rows.len() {
            break;
        }
        let cells = records.cells(i);
        let filled: Vec<&str> = cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
        let Some(&text) = filled.first() else { break };
        let few = if cells.len() < width {
            filled.len() <= (width / 3).max(1)
        } else {
            // A row of full length is a note only where its first cell alone is filled.
            width > 2 && filled.len() == 1 && !cells[0].trim().is_empty()
        };
        let lower = text.to_lowercase();
        let below_gap = i > 0 && records.is_blank(i - 1);
        let first_is_value = columns.first() == Some(&0) && !missing.is(cells[0].trim());
        let starts_so = NOTE_STARTS.iter().any(|s| lower.starts_with(s));
        let n_words = text.split_whitespace().count();
        let is_note = if cells.len() < width {
            let lone_text = first_is_value && columns.len() >= 2 && filled.len() == 1;
            below_gap || starts_so || n_words >= 3 || (lone_text && text.chars().any(char::is_alphabetic))
        } else {
            starts_so || (below_gap && n_words >= 3)
        };
        if is_value(text) && !below_gap || !few {
            break;
        }
        // A row in a block of notes below a gap need not look like one itself.
        let in_block = cells.len() < width
            && rows[k + 1..].iter().take(5).any(|&above| {
                above > 0 && records.is_blank(above - 1) && records.filled(above) <= (width / 3).max(1)
            });
        if (is_note || in_block) && !(is_value(text) && filled.len() == cells.len() && cells.len() > 1) {
            notes = k + 1;
        } else {
            break;
        }
    }
    if notes > 0 {
        let first = rows[notes - 1];
        skipped.push(Skipped { records: first..body.end, skipped_as: SkippedAs::Footnote });
        body.end = first;
        rows.drain(..notes);
    }
    // Empty cells above notes or another table belong to the gap.
    if body.end < records.n_rows() {
        while body.end > body.start && records.is_blank(body.end - 1) {
            body.end -= 1;
        }
    }
    if let Some(&last) = rows.first().filter(|_| rows.len() > 2)
        && is_total(records, body, last, columns)
    {
        skipped.push(Skipped { records: last..body.end, skipped_as: SkippedAs::Total });
        body.end = last;
    }
}

/// True where a last row says that it is a sum and is the sum of a column.
fn is_total(records: &impl Grid, body: &Range<usize>, last: usize, columns: &[usize]) -> bool {
    let cells = records.cells(last);
    let Some(label) = cells.iter().map(|c| c.trim()).find(|c| !c.is_empty()) else { return false };
    if !TOTALS.contains(&label.to_lowercase().as_str()) {
        return false;
    }
    let number = |cell: Option<&String>| match cell.map(|c| number::parse(c.trim(), false)) {
        Some(Parsed::Number(v)) => Some(v),
        _ => None,
    };
    let chunks: Vec<Range<usize>> =
        (body.start..last).step_by(CHUNK).map(|s| s..(s + CHUNK).min(last)).collect();
    let sums_of: Vec<Vec<f64>> = (chunks.into_par_iter())
        .map(|chunk| {
            let mut sums = vec![0.0; columns.len()];
            for row in chunk.clone().filter(|&i| !records.is_blank(i)) {
                let cells = records.cells(row);
                let values = columns.iter().map(|&c| number(cells.get(c)).unwrap_or(0.0));
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            records.give_back(chunk);
            sums
        })
        .collect();
    let adds_up = columns.iter().enumerate().any(|(i, &c)| {
        let sum: f64 = sums_of.iter().map(|sums| sums[i]).sum();
        number(cells.get(c)).is_some_and(|total| (total - sum).abs() <= 1e-6 * total.abs().max(1.0))
    });
    let empty = cells.iter().filter(|c| c.trim().is_empty()).count();
    adds_up || empty * 2 >= cells.len()
}
