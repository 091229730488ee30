//! How a file is read: what a person may decide about it, and what was
//! understood where nothing was decided.

use crate::{ColumnKind, SheetInfo, ValueCount};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Sign between whole and fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `3.14`
    Point,
    /// `3,14`
    Comma,
}

/// Order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `2007-11-30`
    YearMonthDay,
    /// `30/11/2007`
    DayMonthYear,
    /// `11/30/2007`
    MonthDayYear,
}

/// What a person has decided about the reading of a file. What is none is
/// found out from the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(default, deny_unknown_fields)]
pub struct ReadingOptions {
    /// Between cells, one character or several; `\t` also as these two signs.
    pub delimiter: Option<String>,
    /// Around cells, one character; an empty text means that there is none.
    pub quote: Option<String>,
    /// A label of the WHATWG encoding standard, such as `utf-8` or `latin1`.
    pub encoding: Option<String>,
    /// Rows that name the columns; 0 where none does.
    pub header_rows: Option<u32>,
    /// In numbers of all columns.
    pub decimal: Option<DecimalMark>,
    /// In dates of all columns that can be read in more than one order.
    pub date_order: Option<DateOrder>,
    /// Spellings of "no value" in place of the usual ones; an empty cell is
    /// always missing.
    pub missing: Option<Vec<String>>,
    /// Which of several tables in a text file, from 1.
    pub table: Option<u32>,
}

/// What sort of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Cells separated by characters.
    Text,
    /// One JSON object a line.
    JsonLines,
    /// A workbook of Excel or LibreOffice.
    Workbook,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow (Feather), file or stream.
    Arrow,
}

/// How a text file was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum Packing {
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstandard,
}

/// How a quote inside a quoted cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum QuoteEscape {
    /// Twice.
    Doubled,
    /// After a backslash.
    Backslash,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum LineEnd {
    /// `\n`
    Lf,
    /// `\r\n`
    CrLf,
    /// `\r`
    Cr,
    /// More than one of these.
    Mixed,
}

/// How cells are told apart in a text file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Dialect {
    /// Between cells; `" +"` stands for any number of spaces or tabs.
    pub delimiter: String,
    /// Around cells that hold delimiters; none where quotes mean nothing.
    pub quote: Option<String>,
    /// How quotes inside quoted cells are written.
    pub escape: QuoteEscape,
    /// How lines end.
    pub line_end: LineEnd,
}

/// Lines that are no rows of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SkippedAs {
    /// Titles and notes above the header.
    Preamble,
    /// Notes below the last row.
    Footnote,
    /// Sums below the last row.
    Total,
    /// Another table.
    OtherTable,
    /// Comments, wherever they stand: they begin with `#`, and rows do not.
    Comment,
}

/// Neighbouring lines that are no rows of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SkippedLines {
    /// First line, from 1.
    pub first_line: u32,
    /// Last line, from 1.
    pub last_line: u32,
    /// What they are.
    pub skipped_as: SkippedAs,
    /// Start of their text.
    pub text: String,
}

/// A table in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FoundTable {
    /// Line of its header or, without one, of its first row.
    pub first_line: u32,
    /// Line of its last row.
    pub last_line: u32,
    /// Its columns.
    pub n_columns: u32,
    /// Its rows, header not counted.
    pub n_rows: u32,
}

/// Something about a column that its cells alone do not decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ReadingQuestion {
    /// The question, one line.
    pub question: String,
    /// What was assumed.
    pub chosen: String,
    /// What it may be instead.
    pub other: String,
}

/// How a column's cells were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ColumnReading {
    /// The column.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// The one rule by which all its cells are read.
    pub rule: String,
    /// What speaks for the rule: a cell of the file, or why it was assumed.
    pub evidence: String,
    /// What should be asked about it.
    pub question: Option<ReadingQuestion>,
    /// Spellings that counted as missing; the empty one is an empty cell.
    pub missing: Vec<ValueCount>,
}

/// A row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ProblemRow {
    /// Line in the file, from 1.
    pub line: u32,
    /// What is wrong and what was done about it.
    pub reason: String,
}

/// What was understood of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Reading {
    /// What sort of file it is.
    pub format: FileFormat,
    /// How it was packed, if it was.
    pub packing: Option<Packing>,
    /// Encoding of a text file, as the WHATWG encoding standard names it.
    pub encoding: Option<String>,
    /// How cells are told apart in a text file.
    pub dialect: Option<Dialect>,
    /// Decimal mark of the file's numbers.
    pub decimal: DecimalMark,
    /// Why dialect and header were read like this, one line each.
    pub evidence: Vec<String>,
    /// Lines of the rows that name the columns.
    pub header_lines: Vec<u32>,
    /// Lines that are no rows of the table.
    pub skipped: Vec<SkippedLines>,
    /// Empty rows that were passed over.
    pub blank_rows: u32,
    /// All tables of the file, in its order.
    pub tables: Vec<FoundTable>,
    /// Which of them was read, from 1.
    pub table: u32,
    /// Sheets of a workbook.
    pub sheets: Vec<SheetInfo>,
    /// Which of them was read.
    pub sheet: Option<String>,
    /// How each column was read.
    pub columns: Vec<ColumnReading>,
    /// Rows of the table.
    pub n_rows: u32,
    /// The first rows, cells as in the file; missing ones are null.
    pub preview: Vec<Vec<Option<String>>>,
    /// The first rows that do not fit.
    pub problems: Vec<ProblemRow>,
    /// How many rows do not fit, those that are not listed counted.
    pub n_problems: u32,
}
