//! A file as read, before anything is understood of it: trimmed text cells in
//! columns, names, and which line each row came from.

use crate::{column::ColumnCells, moment, number};
use retort_domain::{DataWarning, DateOrder, DecimalMark, FileFormat, ProblemRow, Reading, ValueCount};
use std::collections::{HashMap, HashSet};

/// Warnings of one sort that are listed one by one; the rest are summed up.
pub(crate) const WARNING_LIMIT: usize = 20;
/// Rows that do not fit that are listed one by one, unless all are asked for.
pub(crate) const PROBLEM_LIMIT: usize = 1_000;
/// Rows looked at to tell a header from values.
pub(crate) const SAMPLE_ROWS: usize = 200;
/// Most cells of a table that is read at once.
pub(crate) const MAX_CELLS: u64 = 100_000_000;
/// Most cells of a table whose columns may be read some at a time.
pub(crate) const MAX_CELLS_IN_PARTS: u64 = 2_000_000_000;

/// Spellings that mean "no value".
pub(crate) const MISSING: [&str; 30] = [
    "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "None", "-", "?", "#N/A", "<NA>", "#NA", "N.A.",
    "n.a.", "k.A.", "k. A.", "(null)", "--", "---", "–", "—", ".", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?",
    "#NUM!", "#NULL!", "#NV",
];

/// Which spellings count as missing in a file.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    words: Vec<String>,
    starts: [bool; 256],
    longest: usize,
}

impl Missing {
    /// These spellings, or the usual ones.
    pub fn new(words: Option<&[String]>) -> Self {
        let words: Vec<String> = match words {
            Some(words) => words.iter().map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect(),
            None => MISSING.map(str::to_owned).to_vec(),
        };
        let mut starts = [false; 256];
        words.iter().for_each(|w| starts[usize::from(w.as_bytes()[0])] = true);
        let longest = words.iter().map(String::len).max().unwrap_or(0);
        Self { words, starts, longest }
    }

    /// Place of a trimmed cell among the spellings, the empty cell behind them.
    pub fn place(&self, cell: &str) -> Option<usize> {
        let Some(&first) = cell.as_bytes().first() else { return Some(self.words.len()) };
        if cell.len() > self.longest || !self.starts[usize::from(first)] {
            return None;
        }
        self.words.iter().position(|w| w == cell)
    }

    /// True where a trimmed cell has no value.
    pub fn is(&self, cell: &str) -> bool {
        self.place(cell).is_some()
    }
}

/// How often each spelling of missing occurs, the empty cell last.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Spelled(Vec<u32>);

impl Spelled {
    /// Counts cells of the spelling at this place.
    pub fn add(&mut self, place: usize, count: u32) {
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] = self.0[place].saturating_add(count);
    }

    /// Adds what was counted elsewhere.
    pub fn append(&mut self, other: &Self) {
        other.0.iter().enumerate().for_each(|(place, &count)| self.add(place, count));
    }

    /// The spellings that occur, the empty cell as an empty text.
    pub fn listed(&self, missing: &Missing) -> Vec<ValueCount> {
        let words = missing.words.iter().map(String::as_str).chain([""]);
        let counted = words.zip(&self.0).filter(|(_, count)| **count > 0);
        counted.map(|(word, &count)| ValueCount { value: word.to_owned(), count }).collect()
    }
}

/// Text cells of one column, in one buffer: a table of a million cells costs
/// two allocations a column, not one a cell.
#[derive(Debug, Default, Clone)]
pub(crate) struct RawColumn {
    buffer: String,
    /// End of each cell, doubled, and 1 more where the cell is missing.
    ends: Vec<usize>,
    spelled: Spelled,
}

impl RawColumn {
    /// Appends a cell as it is in the file.
    pub fn push(&mut self, cell: &str, missing: &Missing) {
        self.buffer.push_str(cell);
        let place = missing.place(trimmed(cell));
        if let Some(place) = place {
            self.spelled.add(place, 1);
        }
        self.ends.push(self.buffer.len() << 1 | usize::from(place.is_some()));
    }

    /// Appends the cells of another column that was read with the same
    /// spellings of missing.
    pub fn append(&mut self, other: &Self) {
        let offset = self.buffer.len() << 1;
        self.buffer.push_str(&other.buffer);
        self.ends.extend(other.ends.iter().map(|end| end + offset));
        self.spelled.append(&other.spelled);
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Length of a cell in the mean, bytes.
    pub fn mean_bytes(&self) -> usize {
        self.buffer.len() / self.len().max(1)
    }

    /// The cell as it is in the file.
    pub fn source(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends[row - 1] >> 1 };
        &self.buffer[start..self.ends[row] >> 1]
    }

    /// The cell's text without spaces around it, or none where it is missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        (self.ends[row] & 1 == 0).then(|| trimmed(self.source(row)))
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// True where no cell holds anything, not even a spelling of missing.
    pub fn is_blank(&self) -> bool {
        self.buffer.trim().is_empty()
    }

    /// How often each spelling of missing occurs.
    pub fn spelled(&self) -> &Spelled {
        &self.spelled
    }
}

/// What is known of the meaning of all cells of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Customs {
    /// A person's choice.
    pub decimal: Option<DecimalMark>,
    /// A person's choice.
    pub date_order: Option<DateOrder>,
    /// Cells are separated by semicolons, as where commas are decimal marks.
    pub semicolons: bool,
}

/// A file as read.
#[derive(Debug)]
pub(crate) struct RawTable {
    /// Unique names.
    pub names: Vec<String>,
    /// One a name: what the file has instead, where that is another one.
    pub names_in_file: Vec<Option<String>>,
    /// One a name.
    pub columns: Vec<ColumnCells>,
    /// Line in the file (row of the sheet) of each row, from 1.
    pub lines: Vec<u32>,
    /// Meaning of cells.
    pub customs: Customs,
    /// Spellings of missing.
    pub missing: Missing,
    /// What was noticed.
    pub warnings: Vec<DataWarning>,
    /// What was understood so far.
    pub reading: Reading,
}

/// A reading of which nothing but the format is known.
pub(crate) fn blank_reading(format: FileFormat) -> Reading {
    Reading {
        format,
        packing: None,
        encoding: None,
        dialect: None,
        decimal: DecimalMark::Point,
        evidence: Vec::new(),
        header_lines: Vec::new(),
        skipped: Vec::new(),
        blank_rows: 0,
        tables: Vec::new(),
        table: 1,
        sheets: Vec::new(),
        sheet: None,
        columns: Vec::new(),
        n_rows: 0,
        preview: Vec::new(),
        problems: Vec::new(),
        n_problems: 0,
    }
}

/// Rows that do not fit, the first ones listed.
#[derive(Debug)]
pub(crate) struct Problems {
    pub listed: Vec<ProblemRow>,
    pub total: u32,
    most: usize,
}

impl Problems {
    /// None so far, of which so many will be listed.
    pub fn listing(most: usize) -> Self {
        Self { listed: Vec::new(), total: 0, most }
    }

    /// Adds one; the closure is called only where it will be listed.
    pub fn add(&mut self, line: u32, reason: impl FnOnce() -> String) {
        self.total = self.total.saturating_add(1);
        if self.listed.len() < self.most {
            self.listed.push(ProblemRow { line, reason: reason() });
        }
    }

    /// Adds those of rows further down.
    pub fn append(&mut self, other: Self) {
        self.total = self.total.saturating_add(other.total);
        let room = self.most.saturating_sub(self.listed.len());
        self.listed.extend(other.listed.into_iter().take(room));
    }

    /// The listed ones as warnings, with a last line for what is not listed.
    pub fn warnings(&self) -> Vec<DataWarning> {
        let mut capped = CappedWarnings::default();
        for problem in &self.listed {
            capped.add(|| warning(problem.reason.clone(), Some(problem.line), None));
        }
        capped.total = self.total as usize;
        capped.finish("rows have too many or too few cells")
    }
}

/// A warning about a file as a whole, a row, or a column.
pub(crate) fn warning(message: impl Into<String>, row: Option<u32>, column: Option<&str>) -> DataWarning {
    DataWarning { message: message.into(), row, column: column.map(str::to_owned) }
}

/// Collects warnings of one sort, the first ones singly and the rest in a sum.
#[derive(Default)]
pub(crate) struct CappedWarnings {
    listed: Vec<DataWarning>,
    total: usize,
}

impl CappedWarnings {
    /// Adds one; the closure is called only where it will be listed.
    pub fn add(&mut self, make: impl FnOnce() -> DataWarning) {
        self.total += 1;
        if self.listed.len() < WARNING_LIMIT {
            self.listed.push(make());
        }
    }

    /// The list, with a last line for what is not listed.
    pub fn finish(self, sort: &str) -> Vec<DataWarning> {
        let mut list = self.listed;
        if self.total > list.len() {
            list.push(warning(format!("{} more {sort}", self.total - list.len()), None, None));
        }
        list
    }
}

/// A text without white space around it; most cells have none.
pub(crate) fn trimmed(text: &str) -> &str {
    let is_plain = |b: &u8| matches!(b, 0x21..=0x7E);
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if is_plain(first) && is_plain(last) => text,
        _ => text.trim(),
    }
}

/// True where a trimmed cell is a number, a date or a time.
pub(crate) fn is_value(cell: &str) -> bool {
    number::is_number(cell) || moment::orders_of(cell) != 0
}

/// Names of all columns of a table.
#[derive(Debug)]
pub(crate) struct Names {
    /// Unique ones.
    pub unique: Vec<String>,
    /// What the file has instead, where that is another one.
    pub in_file: Vec<Option<String>>,
    /// What was changed of the file's.
    pub warnings: Vec<DataWarning>,
}

/// Names for all columns of a table whose first row, which is no header, stands
/// in that line.
pub(crate) fn made_up_names(width: usize, line: u32) -> Names {
    let message =
        format!("the first row holds values, not names; the columns are named column_1 to column_{width}");
    let unique = (1..=width).map(|number| format!("column_{number}")).collect();
    Names { unique, in_file: vec![None; width], warnings: vec![warning(message, Some(line), None)] }
}

/// Names for all columns from a header's cells: empty ones become `column_3`,
/// repeated ones are numbered.
pub(crate) fn unique_names(header: Vec<String>, line: u32) -> Names {
    let mut taken: HashSet<String> = header.iter().map(|n| n.trim().to_owned()).collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut warnings = CappedWarnings::default();
    let unique: Vec<String> = header
        .iter()
        .enumerate()
        .map(|(i, raw)| {
            let trimmed = raw.trim();
            let base = if trimmed.is_empty() { format!("column_{}", i + 1) } else { trimmed.to_owned() };
            let first_use = !seen.contains_key(&base) && (!trimmed.is_empty() || !taken.contains(&base));
            let count = seen.entry(base.clone()).or_insert(1);
            if first_use {
                return base;
            }
            loop {
                *count += 1;
                let name = format!("{base}_{count}");
                if taken.insert(name.clone()) {
                    warnings.add(|| {
                        let message =
                            format!("the name \"{base}\" occurs more than once; this one is \"{name}\"");
                        warning(message, Some(line), Some(&name))
                    });
                    return name;
                }
            }
        })
        .collect();
    let in_file = header.into_iter().zip(&unique).map(|(raw, name)| (raw != *name).then_some(raw)).collect();
    Names { unique, in_file, warnings: warnings.finish("repeated column names were numbered") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(header: &[&str]) -> Vec<String> {
        unique_names(header.iter().map(|&s| s.to_owned()).collect(), 1).unique
    }

    #[test]
    fn names_are_unique_whatever_the_header_holds() {
        assert_eq!(names(&["a", "a", "a_2", "a"]), ["a", "a_3", "a_2", "a_4"]);
        assert_eq!(names(&["", "x", " "]), ["column_1", "x", "column_3"]);
        let tricky = names(&["column_2", "", "column_2", ""]);
        assert_eq!(tricky.iter().collect::<HashSet<_>>().len(), 4, "{tricky:?}");
    }
}
