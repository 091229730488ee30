//! What may be typed after `retort dataset`.

use super::SettingArguments;
use clap::{Args, Subcommand, ValueEnum};
use retort_domain::{DateOrder, DecimalMark, ExportFormat, ReadingOptions};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum DatasetCommand {
    /// Import a CSV, TSV or Excel file
    Add {
        file: PathBuf,
        /// Name of the dataset [default: the file's]
        #[arg(long)]
        name: Option<String>,
        /// Sheet of a workbook [default: the first that holds anything]
        #[arg(long)]
        sheet: Option<String>,
        #[command(flatten)]
        reading: ReadingArguments,
        /// Say what is understood of the file, with the evidence, and keep nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// All datasets
    List,
    /// A dataset's columns, their figures, and what would spoil a model
    Show {
        /// Id, the start of one, or name
        dataset: String,
        /// Column to predict, which associations and warnings are about [default: the one that suggests itself]
        #[arg(long, value_name = "COL")]
        target: Option<String>,
    },
    /// Read a dataset's file again, as it was read; a changed one becomes a new version
    Refresh {
        /// Id, the start of one, or name
        dataset: String,
    },
    /// Give a dataset another name
    Rename {
        /// Id, the start of one, or name
        dataset: String,
        name: String,
    },
    /// Keep a note with a dataset, or print the one that is there
    Note {
        /// Id, the start of one, or name
        dataset: String,
        /// In place of what is noted; an empty text takes the note away
        text: Option<String>,
    },
    /// Add tags to a dataset, take some off, or print those that are there
    Tag {
        /// Id, the start of one, or name
        dataset: String,
        /// To add
        tags: Vec<String>,
        /// To take off
        #[arg(long, value_name = "TAG")]
        remove: Vec<String>,
    },
    /// Take a dataset out of the registry; its file stays, and runs on it keep their figures
    Delete {
        /// Id, the start of one, or name
        dataset: String,
        /// Do not ask, though runs were trained on it
        #[arg(long)]
        yes: bool,
    },
    /// What a split would come to: rows and classes of each part
    Split {
        /// Id, the start of one, or name
        dataset: String,
        /// Column to predict
        #[arg(long, value_name = "COL")]
        target: String,
        #[command(flatten)]
        settings: SettingArguments,
    },
    /// Some rows, sorted and filtered
    Rows {
        /// Id, the start of one, or name
        dataset: String,
        /// Index of the first row among those shown
        #[arg(long, default_value_t = 0)]
        offset: u32,
        /// Most rows to print, at most 1000
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Sort by a column; several times for several, the first counts most
        #[arg(long, value_name = "COLUMN[:desc]")]
        sort: Vec<String>,
        /// Only rows that pass: a column, one of = != > >= < <= ~ (contains) ^=
        /// (starts with), a value; nothing after = stands for a missing cell
        #[arg(long, value_name = "COLUMN>=VALUE")]
        filter: Vec<String>,
        /// Only rows in which some cell contains this, whatever the case
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Only these columns
        #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
        columns: Vec<String>,
    },
    /// Write the table as CSV, Excel workbook or Parquet
    Export {
        /// Id, the start of one, or name
        dataset: String,
        /// Its ending says the format: .csv, .xlsx or .parquet
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Whatever the file is called
        #[arg(long, value_enum)]
        format: Option<ExportChoice>,
        /// Names and cells of CSV as they were understood, instead of as in the source file
        #[arg(long)]
        typed: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportChoice {
    Csv,
    Xlsx,
    Parquet,
}

impl From<ExportChoice> for ExportFormat {
    fn from(chosen: ExportChoice) -> Self {
        match chosen {
            ExportChoice::Csv => Self::Csv,
            ExportChoice::Xlsx => Self::Xlsx,
            ExportChoice::Parquet => Self::Parquet,
        }
    }
}

/// How a file is read. What is not given is found out from the file.
#[derive(Debug, Args)]
pub struct ReadingArguments {
    /// Between cells, one character or several, or `tab`
    #[arg(long, value_name = "TEXT")]
    delimiter: Option<String>,
    /// Around cells, one character, or `none`
    #[arg(long, value_name = "SIGN")]
    quote: Option<String>,
    /// Such as `utf-8`, `windows-1252` or `shift_jis`
    #[arg(long, value_name = "LABEL")]
    encoding: Option<String>,
    /// Rows that name the columns, or `none`
    #[arg(long, value_name = "N", value_parser = header_rows)]
    header: Option<u32>,
    /// Decimal mark of all numbers
    #[arg(long, value_name = "SIGN", value_parser = decimal_mark)]
    decimal: Option<DecimalMark>,
    /// Order in dates that can be read in more than one way
    #[arg(long, value_enum)]
    date_order: Option<DateOrderChoice>,
    /// Which of several tables in a text file, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    table: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DateOrderChoice {
    Ymd,
    Dmy,
    Mdy,
}

impl From<ReadingArguments> for ReadingOptions {
    fn from(given: ReadingArguments) -> Self {
        Self {
            delimiter: given.delimiter,
            quote: given.quote.map(|quote| if quote == "none" { String::new() } else { quote }),
            encoding: given.encoding,
            header_rows: given.header,
            decimal: given.decimal,
            date_order: given.date_order.map(|order| match order {
                DateOrderChoice::Ymd => DateOrder::YearMonthDay,
                DateOrderChoice::Dmy => DateOrder::DayMonthYear,
                DateOrderChoice::Mdy => DateOrder::MonthDayYear,
            }),
            missing: None,
            table: given.table,
        }
    }
}

fn header_rows(text: &str) -> Result<u32, String> {
    match text {
        "none" => Ok(0),
        number => number.parse().map_err(|_| "a number of rows or `none` is expected".to_owned()),
    }
}

fn decimal_mark(text: &str) -> Result<DecimalMark, String> {
    match text {
        "." => Ok(DecimalMark::Point),
        "," => Ok(DecimalMark::Comma),
        _ => Err("`.` or `,` is expected".to_owned()),
    }
}
