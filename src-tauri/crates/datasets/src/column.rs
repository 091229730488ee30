//! Cells of one column as read: as texts, or, where a text file's cells are
//! nearly all numbers or words that recur, as these.

use crate::{
    infer::Values,
    number::Spelling,
    raw::{Missing, RawColumn, Spelled, trimmed},
};
use retort_domain::{DecimalMark, ValueCount};
use std::collections::HashSet;

/// Cells of one column.
#[derive(Debug)]
pub(crate) enum ColumnCells {
    /// Any cells.
    Texts(RawColumn),
    /// Numbers and missing cells.
    Numbers(NumberCells),
    /// Words that recur.
    Words(WordCells),
}

/// A column whose cells are numbers that [`crate::number::simple`] or
/// [`crate::number::long`] read, or missing.
#[derive(Debug)]
pub(crate) struct NumberCells {
    /// One a row, NaN where missing.
    pub values: Vec<f64>,
    /// Styles in which all cells are numbers.
    pub styles: u16,
    /// What starts the fraction in all cells that have one.
    pub mark: Option<DecimalMark>,
    /// The first cell with a fraction, or else the first one with a value.
    pub example: String,
    /// How the cells are written.
    pub spelling: Spelling,
    /// Those that are written otherwise.
    pub exceptions: Exceptions,
    /// The first cells as they are in the file, none where missing.
    pub head: Vec<Option<String>>,
    pub spelled: Spelled,
}

/// Rows, in ascending order, and their cells as they are in the file.
#[derive(Debug, Default, Clone)]
pub(crate) struct Exceptions {
    rows: Vec<u32>,
    ends: Vec<usize>,
    buffer: String,
}

impl Exceptions {
    pub fn push(&mut self, row: u32, cell: &str) {
        self.rows.push(row);
        self.buffer.push_str(cell);
        self.ends.push(self.buffer.len());
    }

    /// Adds those of rows further down.
    pub fn append(&mut self, other: &Self) {
        let offset = self.buffer.len();
        self.rows.extend(&other.rows);
        self.buffer.push_str(&other.buffer);
        self.ends.extend(other.ends.iter().map(|end| end + offset));
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Those from a row on.
    pub fn since(&self, row: usize) -> impl Iterator<Item = (usize, &str)> {
        let first = self.rows.partition_point(|&r| (r as usize) < row);
        (first..self.rows.len()).map(|i| {
            let start = i.checked_sub(1).map_or(0, |before| self.ends[before]);
            (self.rows[i] as usize, &self.buffer[start..self.ends[i]])
        })
    }
}

/// A column of few different cells.
#[derive(Debug)]
pub(crate) struct WordCells {
    /// In the order in which they first occur.
    pub words: Vec<Word>,
    /// Each row's word.
    pub codes: Vec<u16>,
}

/// Cells that are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// As it is in the file.
    pub text: String,
    /// Its place among the spellings of missing.
    pub missing: Option<usize>,
    pub count: u32,
    pub first_row: u32,
}

impl Word {
    /// Without spaces around it; none where it is missing.
    pub fn value(&self) -> Option<&str> {
        self.missing.is_none().then(|| trimmed(&self.text))
    }
}

impl WordCells {
    /// Different texts among the cells that are not missing.
    pub fn distinct(&self) -> usize {
        self.words.iter().filter_map(Word::value).collect::<HashSet<_>>().len()
    }

    fn spelled(&self) -> Spelled {
        let mut spelled = Spelled::default();
        let missing = self.words.iter().filter_map(|w| Some((w.missing?, w.count)));
        missing.for_each(|(place, count)| spelled.add(place, count));
        spelled
    }
}

impl ColumnCells {
    /// A cell among the first twenty as it is in the file; none where missing.
    pub fn head(&self, row: usize) -> Option<String> {
        match self {
            Self::Texts(raw) => raw.get(row).map(|_| raw.source(row).to_owned()),
            Self::Numbers(numbers) => numbers.head.get(row)?.clone(),
            Self::Words(cells) => {
                let word = &cells.words[usize::from(cells.codes[row])];
                word.missing.is_none().then(|| word.text.clone())
            }
        }
    }

    /// True where no cell holds anything, not even a spelling of missing.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Texts(raw) => raw.is_blank(),
            Self::Numbers(_) => false,
            Self::Words(cells) => cells.words.iter().all(|w| w.text.trim().is_empty()),
        }
    }

    /// How often each spelling of missing occurs, the empty cell as an empty
    /// text.
    pub fn missing_spellings(&self, missing: &Missing) -> Vec<ValueCount> {
        match self {
            Self::Texts(raw) => raw.spelled().listed(missing),
            Self::Numbers(numbers) => numbers.spelled.listed(missing),
            Self::Words(cells) => cells.spelled().listed(missing),
        }
    }
}

/// A cell, or several that are the same.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'a> {
    /// None where missing.
    pub text: Option<&'a str>,
    pub count: usize,
    /// The first row that holds it.
    pub row: usize,
}

/// Cells that rules are tried on, each different one at least once, in the
/// order in which they first occur.
pub(crate) trait Cells: Sync {
    fn items(&self) -> impl Iterator<Item = Item<'_>>;

    /// True where one item may stand for many rows.
    fn recurs(&self) -> bool;

    /// Values of all rows, given those of the items.
    fn spread<T: Copy>(&self, of_items: Vec<T>) -> Vec<T>;

    /// The cells as text.
    fn as_text(&self) -> Values<'_>;

    /// Cells that are not missing.
    fn present(&self) -> impl Iterator<Item = &str> {
        self.items().filter_map(|item| item.text)
    }
}

impl Cells for RawColumn {
    fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.iter().enumerate().map(|(row, text)| Item { text, count: 1, row })
    }

    fn recurs(&self) -> bool {
        false
    }

    fn spread<T: Copy>(&self, of_items: Vec<T>) -> Vec<T> {
        of_items
    }

    fn as_text(&self) -> Values<'_> {
        Values::Text(self)
    }
}

impl Cells for WordCells {
    fn items(&self) -> impl Iterator<Item = Item<'_>> {
        self.words.iter().map(|w| Item {
            text: w.value(),
            count: w.count as usize,
            row: w.first_row as usize,
        })
    }

    fn recurs(&self) -> bool {
        true
    }

    fn spread<T: Copy>(&self, of_items: Vec<T>) -> Vec<T> {
        self.codes.iter().map(|&code| of_items[usize::from(code)]).collect()
    }

    fn as_text(&self) -> Values<'_> {
        Values::Words(self)
    }
}
