//! Parquet and Arrow files: their columns are typed already.

use crate::{
    container::Content,
    error::DatasetError,
    infer::{Typed, Values},
    moment::{DateStyle, MomentFormat},
    raw::{Missing, RawColumn, blank_reading, unique_names},
};
use polars::prelude::{
    Column, DataFrame, DataType, IpcReader, IpcStreamReader, ParquetReader, PolarsError, SerReader, TimeUnit,
};
use retort_domain::{DataWarning, FileFormat, Reading};
use std::{
    borrow::Cow,
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Whole numbers beyond this are not exact as floats.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// A file's columns.
pub(crate) struct TypedTable {
    pub names: Vec<String>,
    columns: Vec<Cells>,
    pub n_rows: usize,
    pub warnings: Vec<DataWarning>,
    pub reading: Reading,
}

enum Cells {
    Number(Vec<f64>),
    Boolean(Vec<Option<bool>>),
    Moment(Vec<Option<i64>>, MomentFormat),
    Text(RawColumn, String),
}

/// Reads a Parquet or Arrow file.
pub(crate) fn read(bytes: &[u8], content: Content, file: &str) -> Result<TypedTable, DatasetError> {
    let (format, name) = match content {
        Content::Parquet => (FileFormat::Parquet, "Parquet"),
        _ => (FileFormat::Arrow, "Arrow"),
    };
    let damaged =
        |reason: String| DatasetError::DamagedColumns { file: file.to_owned(), format: name, reason };
    // Damaged files reach corners of the reader that no writer makes.
    let frame = catch_unwind(AssertUnwindSafe(|| read_frame(bytes, content)))
        .map_err(|_| damaged("its structure makes no sense".to_owned()))?
        .map_err(|e| damaged(e.to_string().lines().next().unwrap_or_default().to_owned()))?;
    let (names, warnings) = unique_names(frame.columns().iter().map(|c| c.name().to_string()).collect(), 1);
    let columns = catch_unwind(AssertUnwindSafe(|| {
        frame.columns().iter().map(cells_of).collect::<Result<Vec<_>, _>>()
    }))
    .map_err(|_| damaged("its structure makes no sense".to_owned()))?
    .map_err(|e: PolarsError| damaged(e.to_string().lines().next().unwrap_or_default().to_owned()))?;
    let mut reading = blank_reading(format);
    reading.n_rows = u32::try_from(frame.height()).unwrap_or(u32::MAX);
    reading.evidence.push("the file says what its columns hold".to_owned());
    if columns.is_empty() {
        return Err(DatasetError::EmptySheet { file: file.to_owned(), sheet: None });
    }
    Ok(TypedTable { names, columns, n_rows: frame.height(), warnings, reading })
}

fn read_frame(bytes: &[u8], content: Content) -> Result<DataFrame, PolarsError> {
    let cursor = Cursor::new(bytes);
    match content {
        Content::Parquet => ParquetReader::new(cursor).finish(),
        Content::ArrowStream => IpcStreamReader::new(cursor).finish(),
        _ => IpcReader::new(cursor).finish(),
    }
}

fn cells_of(column: &Column) -> Result<Cells, PolarsError> {
    let plain =
        MomentFormat { date: None, time: false, joiner: ' ', seconds: false, fraction: 0, utc: false };
    let text = |column: &Column| -> Result<Cells, PolarsError> {
        let rule = format!("text, from {:?}", column.dtype());
        let mut raw = RawColumn::default();
        let missing = Missing::new(Some(&[]));
        match column.cast(&DataType::String) {
            Ok(strings) => {
                strings.str()?.iter().for_each(|cell| raw.push(cell.unwrap_or_default(), &missing));
            }
            Err(_) => {
                for row in 0..column.len() {
                    raw.push(&column.get(row)?.to_string(), &missing);
                }
            }
        }
        Ok(Cells::Text(raw, rule))
    };
    let numbers = |column: &Column| -> Result<Vec<f64>, PolarsError> {
        let floats = column.cast(&DataType::Float64)?;
        Ok(floats.f64()?.iter().map(|v| v.filter(|x| x.is_finite()).unwrap_or(f64::NAN)).collect())
    };
    Ok(match column.dtype() {
        DataType::Boolean => Cells::Boolean(column.bool()?.iter().collect()),
        DataType::Date => {
            let moments = column.cast(&DataType::Datetime(TimeUnit::Microseconds, None))?;
            let format = MomentFormat { date: Some(DateStyle::Dashes), ..plain };
            Cells::Moment(moments.datetime()?.physical().iter().collect(), format)
        }
        DataType::Datetime(_, zone) => {
            let utc = zone.is_some();
            let moments = column.cast(&DataType::Datetime(TimeUnit::Microseconds, zone.clone()))?;
            let values: Vec<Option<i64>> = moments.datetime()?.physical().iter().collect();
            let fraction = if values.iter().flatten().any(|m| m % 1_000_000 != 0) { 6 } else { 0 };
            let format = MomentFormat {
                date: Some(DateStyle::Dashes),
                time: true,
                seconds: true,
                fraction,
                utc,
                ..plain
            };
            Cells::Moment(values, format)
        }
        DataType::Time => {
            let nanos = column.cast(&DataType::Int64)?;
            let format = MomentFormat { time: true, seconds: true, ..plain };
            Cells::Moment(nanos.i64()?.iter().map(|v| v.map(|n| n / 1000)).collect(), format)
        }
        dtype if dtype.is_float() || dtype.is_decimal() => Cells::Number(numbers(column)?),
        dtype if dtype.is_integer() => {
            let values = numbers(column)?;
            if values.iter().any(|v| v.abs() > MAX_EXACT) { text(column)? } else { Cells::Number(values) }
        }
        _ => text(column)?,
    })
}

impl TypedTable {
    /// The columns as understood.
    pub fn typed(&self) -> Vec<Typed<'_>> {
        let evidence = "the file says so";
        self.columns
            .iter()
            .map(|cells| match cells {
                Cells::Number(v) => Typed::new(Values::Number(Cow::Borrowed(v)), "numbers", evidence),
                Cells::Boolean(v) => {
                    let words = ["false".to_owned(), "true".to_owned()];
                    Typed::new(Values::Boolean(v.clone(), words), "no and yes", evidence)
                }
                Cells::Moment(v, format) => {
                    Typed::new(Values::Moment(v.clone(), *format), "dates or times", evidence)
                }
                Cells::Text(raw, rule) => Typed::new(Values::Text(raw), rule.clone(), evidence),
            })
            .collect()
    }
}
