//! A dataset's table as a person looks at it: sorted, filtered, searched, a
//! page at a time, with a picture of each column in its header.

use crate::{ColumnKind, ValueCount};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Which rows are shown, and in which order. The empty query shows all rows in
/// the file's order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(default, deny_unknown_fields)]
pub struct TableQuery {
    /// The first counts most. Missing cells come last whichever the direction;
    /// rows that are equal stay in the file's order. Text is compared without
    /// regard to case.
    pub sort: Vec<TableSort>,
    /// All must hold.
    pub filters: Vec<ColumnFilter>,
    /// Only rows in which some cell's shown text contains this, whatever the
    /// case; none or empty for all rows.
    pub search: Option<String>,
}

/// A column to sort by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct TableSort {
    /// Its name.
    pub column: String,
    /// Largest first.
    #[serde(default)]
    pub descending: bool,
}

/// A condition on one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct ColumnFilter {
    /// Its name.
    pub column: String,
    /// What its cells must be.
    pub condition: CellCondition,
}

/// What a cell must be for its row to be shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CellCondition {
    /// A number or a date between two ends; for columns of these only. Dates
    /// are given in milliseconds since 1970-01-01 UTC, times of day in
    /// milliseconds since midnight.
    Range {
        /// None where the range is open.
        from: Option<RangeEnd>,
        /// None where the range is open.
        to: Option<RangeEnd>,
        /// Rows without a value are shown too.
        #[serde(default)]
        keep_missing: bool,
    },
    /// One of these texts, as shown; null stands for a missing cell.
    Values {
        /// Exact, case and all.
        values: Vec<Option<String>>,
        /// Instead none of them.
        #[serde(default)]
        exclude: bool,
    },
    /// A text that is there, whatever its case. A missing cell has none.
    Text {
        /// How.
        operator: TextOperator,
        /// Sought in the cell as it is shown.
        text: String,
    },
    /// Without a value, or with one.
    Missing {
        /// True for cells without a value.
        missing: bool,
    },
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct RangeEnd {
    /// A finite number; of dates, milliseconds.
    pub value: f64,
    /// The value itself belongs to the range.
    pub inclusive: bool,
}

/// How a text is sought in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum TextOperator {
    /// Anywhere in it.
    Contains,
    /// All of it.
    Equals,
    /// At its start.
    Starts,
}

/// What a query comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TableView {
    /// Rows of the whole table.
    pub n_rows: u32,
    /// Rows that the query shows.
    pub n_matching: u32,
}

/// A page of a table, as text to show; missing cells are null. The window gets
/// it as the bytes of [`TablePage::to_bytes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct TablePage {
    /// Place of the first row here among the rows shown, from 0.
    pub offset: u32,
    /// Rows in the whole table.
    pub n_rows: u32,
    /// Rows that the query shows.
    pub n_matching: u32,
    /// Number of each row here in the dataset, from 0.
    pub row_numbers: Vec<u32>,
    /// `rows[r][c]`, in the order of the columns asked for.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Stands for the length of a missing cell in [`TablePage::to_bytes`].
pub const MISSING_CELL: u32 = u32::MAX;

impl TablePage {
    /// A layout that a window reads with one decoding of text. Little-endian
    /// u32: `offset`, `n_rows`, `n_matching`, number of rows here, number of
    /// columns; then the row numbers; then, row by row, the length of each cell
    /// in UTF-16 code units, or [`MISSING_CELL`]. After these the text of all
    /// cells, row by row, as UTF-8.
    pub fn to_bytes(&self) -> Vec<u8> {
        let n_columns = self.rows.first().map_or(0, Vec::len);
        let cells = || self.rows.iter().flatten();
        let text_bytes: usize = cells().flatten().map(String::len).sum();
        let words = 5 + self.row_numbers.len() + self.rows.len() * n_columns;
        let mut bytes = Vec::with_capacity(words * 4 + text_bytes);
        let counted = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let head = [self.offset, self.n_rows, self.n_matching, counted(self.rows.len()), counted(n_columns)];
        let lengths = cells().map(|cell| {
            cell.as_ref().map_or(MISSING_CELL, |text| match text.is_ascii() {
                true => counted(text.len()),
                false => counted(text.encode_utf16().count()),
            })
        });
        let words = head.into_iter().chain(self.row_numbers.iter().copied()).chain(lengths);
        words.for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
        cells().flatten().for_each(|text| bytes.extend_from_slice(text.as_bytes()));
        bytes
    }
}

/// A column at a glance, for its header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ColumnSummary {
    /// The column.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// What it may be said to hold instead, its kind among them.
    pub kinds: Vec<ColumnKind>,
    /// Rows that were counted.
    pub n_rows: u32,
    /// Rows without a value among them.
    pub missing: u32,
    /// Distinct values of the whole column, missing not counted.
    pub distinct: u32,
    /// How its values are spread. Bins and listed values are those of all rows,
    /// whichever rows were counted, so that two summaries can be laid over each
    /// other.
    pub spread: ColumnSpread,
}

/// How the values of a column are spread. With `missing` the counts add up to
/// the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum ColumnSpread {
    /// Numbers or dates in bins.
    Histogram {
        /// Ends of the bins, ascending, one more than there are bins; of dates,
        /// milliseconds since 1970-01-01 UTC (of times of day, since midnight).
        /// A bin holds its lower end and not its upper, the last bin both.
        edges: Vec<f64>,
        /// The ends as they are shown.
        labels: Vec<String>,
        /// Rows in each bin.
        counts: Vec<u32>,
        /// The ends are dates or times of day.
        dates: bool,
    },
    /// Texts, most frequent first.
    Values {
        /// At most 50.
        top: Vec<ValueCount>,
        /// Rows with a value that is not listed.
        other: u32,
    },
    /// No row has a value.
    Empty,
}

/// A cell of the rows shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CellPosition {
    /// Place among the rows shown, from 0.
    pub row: u32,
    /// Place among the dataset's columns, from 0.
    pub column: u32,
}

/// Which way a text is sought, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SearchDirection {
    /// To the right, then down.
    Next,
    /// To the left, then up.
    Previous,
}

/// A cell that contains a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SearchHit {
    /// Where.
    pub position: CellPosition,
    /// Number of its row in the dataset, from 0.
    pub row_number: u32,
    /// It lies on the other side of where the search began: the end was passed.
    pub wrapped: bool,
}

/// What a column is for when a network is trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum ColumnRole {
    /// To be predicted.
    Target,
    /// To learn from.
    Feature,
    /// Left out.
    Excluded {
        /// Why, in a few words.
        because: String,
    },
}

/// A column and what it is to be for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ColumnRoleChoice {
    /// Its name.
    pub column: String,
    /// What for.
    pub role: ColumnRole,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_as_bytes_has_lengths_in_utf16() {
        let page = TablePage {
            offset: 7,
            n_rows: 100,
            n_matching: 9,
            row_numbers: vec![40, 3],
            rows: vec![vec![Some("aé😀".to_owned()), None], vec![Some(String::new()), Some("x".to_owned())]],
        };
        let bytes = page.to_bytes();
        let words: Vec<u32> =
            bytes[..11 * 4].chunks(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]])).collect();
        assert_eq!(words, [7, 100, 9, 2, 2, 40, 3, 4, MISSING_CELL, 0, 1]);
        assert_eq!(&bytes[11 * 4..], "aé😀x".as_bytes());
    }
}
