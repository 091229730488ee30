//! A file as read, before anything is understood of it: trimmed text cells in
//! columns, names, and which line each row came from.

use crate::{moment, number};
use retort_domain::DataWarning;
use std::collections::{HashMap, HashSet};

/// Warnings of one sort that are listed one by one; the rest are summed up.
pub(crate) const WARNING_LIMIT: usize = 20;
/// Rows looked at to tell a header from values.
pub(crate) const SAMPLE_ROWS: usize = 200;
/// Most cells a table may have.
pub(crate) const MAX_CELLS: u64 = 100_000_000;

/// Text cells of one column, in one buffer: a table of a million cells costs
/// two allocations a column, not one a cell.
#[derive(Debug, Default)]
pub(crate) struct RawColumn {
    buffer: String,
    ends: Vec<usize>,
}

impl RawColumn {
    /// Appends a cell, trimmed.
    pub fn push(&mut self, cell: &str) {
        self.buffer.push_str(cell.trim());
        self.ends.push(self.buffer.len());
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell's text, or none where it is missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        Some(&self.buffer[start..self.ends[row]]).filter(|cell| !is_missing(cell))
    }

    /// All cells in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }
}

/// Spellings that mean "no value", trimmed.
pub(crate) fn is_missing(cell: &str) -> bool {
    matches!(cell, "" | "NA" | "N/A" | "n/a" | "NaN" | "nan" | "null" | "NULL" | "None" | "-" | "?" | "#N/A")
}

/// A file as read.
#[derive(Debug)]
pub(crate) struct RawTable {
    /// Unique names.
    pub names: Vec<String>,
    /// One a name.
    pub columns: Vec<RawColumn>,
    /// Line in the file (row of the sheet) of each row, from 1.
    pub lines: Vec<u32>,
    /// Numbers may be written `3,14`.
    pub decimal_comma: bool,
    /// What was noticed.
    pub warnings: Vec<DataWarning>,
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

fn is_value(cell: &str, decimal_comma: bool) -> bool {
    !matches!(number::parse(cell, decimal_comma), number::Parsed::Other) || moment::parse(cell).is_some()
}

/// True where the first of these rows names the columns: it holds no values,
/// or it holds text above a column of values.
pub(crate) fn has_header(sample: &[Vec<String>], decimal_comma: bool) -> bool {
    let Some((first, below)) = sample.split_first() else { return false };
    let present = |cell: &String| !is_missing(cell.trim());
    let value = |cell: &String| is_value(cell.trim(), decimal_comma);
    if !first.iter().any(|c| present(c) && value(c)) {
        return true;
    }
    first.iter().enumerate().any(|(i, name)| {
        let mut cells = below.iter().filter_map(|row| row.get(i)).filter(|c| present(c)).peekable();
        present(name) && !value(name) && cells.peek().is_some() && cells.all(value)
    })
}

/// Names for all columns from a header's cells: empty ones become `column_3`,
/// repeated ones are numbered.
pub(crate) fn unique_names(header: Vec<String>, line: u32) -> (Vec<String>, Vec<DataWarning>) {
    let mut taken: HashSet<String> = header.iter().map(|n| n.trim().to_owned()).collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut warnings = CappedWarnings::default();
    let names = header
        .into_iter()
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
    (names, warnings.finish("repeated column names were numbered"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(header: &[&str]) -> Vec<String> {
        unique_names(header.iter().map(|&s| s.to_owned()).collect(), 1).0
    }

    #[test]
    fn names_are_unique_whatever_the_header_holds() {
        assert_eq!(names(&["a", "a", "a_2", "a"]), ["a", "a_3", "a_2", "a_4"]);
        assert_eq!(names(&["", "x", " "]), ["column_1", "x", "column_3"]);
        let tricky = names(&["column_2", "", "column_2", ""]);
        assert_eq!(tricky.iter().collect::<HashSet<_>>().len(), 4, "{tricky:?}");
    }

    #[test]
    fn a_header_is_told_from_values() {
        let table: &[(&[&[&str]], bool)] = &[
            (&[&["a", "b"], &["1", "2"]], true),
            (&[&["1", "2"], &["3", "4"]], false),
            (&[&["5.1", "setosa"], &["4.9", "setosa"]], false),
            (&[&["country", "2019"], &["Chile", "3"]], false),
            (&[&["n", "2019"], &["1", "3"]], true),
            (&[&["a", "b"], &["x", "y"]], true),
            (&[&["2020-01-01", "x"], &["2020-01-02", "y"]], false),
            (&[&["NA", "2"], &["3", "4"]], false),
        ];
        for (rows, expected) in table {
            let rows: Vec<Vec<String>> =
                rows.iter().map(|r| r.iter().map(|&c| c.to_owned()).collect()).collect();
            assert_eq!(has_header(&rows, false), *expected, "{rows:?}");
        }
    }
}
