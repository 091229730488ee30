//! Parquet and Arrow files: their columns are typed already.

use crate::{
    arrow_guard,
    container::Content,
    error::DatasetError,
    infer::{Typed, Values},
    mapped::MappedFile,
    moment::{DateStyle, MomentFormat},
    parquet_guard,
    raw::{MAX_CELLS_IN_PARTS, Missing, RawColumn, blank_reading, unique_names},
};
use polars::prelude::{
    Column, DataFrame, DataType, IpcReader, IpcStreamReader, ParquetReader, PolarsError, SerReader, TimeUnit,
};
use retort_domain::{DataWarning, FileFormat, Reading};
use std::{
    borrow::Cow,
    collections::HashMap,
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Whole numbers beyond this are not exact as floats.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// A file whose columns are read when they are asked for.
pub(crate) struct ColumnarFile<'a> {
    pub names: Vec<String>,
    /// One a name: what the file has instead, where that is another one.
    pub names_in_file: Vec<Option<String>>,
    pub n_rows: usize,
    pub warnings: Vec<DataWarning>,
    pub reading: Reading,
    bytes: &'a [u8],
    /// Where the bytes lie, if they are in a file.
    copy: Option<&'a MappedFile>,
    content: Content,
    file: String,
    column_bytes: Vec<usize>,
}

/// Some of a file's columns.
pub(crate) struct TypedColumns(Vec<Cells>);

enum Cells {
    Number(Vec<f64>),
    Boolean(Vec<Option<bool>>),
    Moment(Vec<Option<i64>>, MomentFormat),
    Text(RawColumn, String),
}

/// What a Parquet or Arrow file says of itself.
struct Facts {
    names: Vec<String>,
    n_rows: usize,
    column_bytes: Vec<usize>,
}

impl<'a> ColumnarFile<'a> {
    /// Looks at what a Parquet or Arrow file says of itself.
    pub fn open(
        bytes: &'a [u8],
        copy: Option<&'a MappedFile>,
        content: Content,
        file: &str,
    ) -> Result<Self, DatasetError> {
        let format = if content == Content::Parquet { FileFormat::Parquet } else { FileFormat::Arrow };
        let facts = guarded(content, file, || match content {
            Content::Parquet => facts_of_parquet(bytes),
            _ => facts_of_arrow(bytes, content),
        })?;
        if facts.names.is_empty() {
            return Err(DatasetError::EmptySheet { file: file.to_owned(), sheet: None });
        }
        let (n_rows, n_columns) = (facts.n_rows as u64, facts.names.len() as u64);
        if n_rows.saturating_mul(n_columns) > MAX_CELLS_IN_PARTS {
            let file = file.to_owned();
            let limit = MAX_CELLS_IN_PARTS;
            return Err(DatasetError::TooManyCells {
                file,
                sheet: None,
                rows: n_rows,
                columns: n_columns,
                limit,
            });
        }
        let names = unique_names(facts.names, 1);
        let (names, names_in_file, warnings) = (names.unique, names.in_file, names.warnings);
        let mut reading = blank_reading(format);
        reading.n_rows = u32::try_from(facts.n_rows).unwrap_or(u32::MAX);
        reading.evidence.push("the file says what its columns hold".to_owned());
        let (n_rows, column_bytes, file) = (facts.n_rows, facts.column_bytes, file.to_owned());
        Ok(Self { names, names_in_file, n_rows, warnings, reading, bytes, copy, content, file, column_bytes })
    }

    /// Memory that each column takes while it is read, bytes; an estimate.
    pub fn column_bytes(&self) -> Vec<usize> {
        self.column_bytes.clone()
    }

    /// Reads these columns, in ascending order.
    pub fn columns(&self, wanted: &[usize]) -> Result<TypedColumns, DatasetError> {
        let columns = guarded(self.content, &self.file, || {
            let frame = read_frame(self.bytes, self.content, wanted)?;
            frame.columns().iter().map(cells_of).collect::<Result<Vec<_>, _>>()
        })?;
        self.copy.iter().for_each(|copy| copy.give_back(self.bytes));
        let rows_differ = columns.iter().any(|cells| cells.len() != self.n_rows);
        if columns.len() != wanted.len() || rows_differ {
            return Err(damaged(
                self.content,
                &self.file,
                "its columns are not those that it names".to_owned(),
            ));
        }
        Ok(TypedColumns(columns))
    }
}

fn damaged(content: Content, file: &str, reason: String) -> DatasetError {
    let format = if content == Content::Parquet { "Parquet" } else { "Arrow" };
    DatasetError::DamagedColumns { file: file.to_owned(), format, reason }
}

/// Damaged files reach corners of the reader that no writer makes.
fn guarded<T>(
    content: Content,
    file: &str,
    read: impl FnOnce() -> Result<T, PolarsError>,
) -> Result<T, DatasetError> {
    catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| damaged(content, file, "its structure makes no sense".to_owned()))?
        .map_err(|e| damaged(content, file, e.to_string().lines().next().unwrap_or_default().to_owned()))
}

fn facts_of_parquet(bytes: &[u8]) -> Result<Facts, PolarsError> {
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let metadata = reader.get_metadata()?.clone();
    parquet_guard::check(bytes, &metadata)?;
    let schema = reader.schema()?;
    let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let mut stored: HashMap<&str, usize> = HashMap::new();
    for column in metadata.row_groups.iter().flat_map(|group| group.parquet_columns()) {
        let name = column.descriptor().path_in_schema.first().map_or("", |name| name.as_str());
        let stored = stored.entry(name).or_default();
        *stored = stored.saturating_add(usize::try_from(column.uncompressed_size()).unwrap_or(0));
    }
    // As stored, as read, and as kept for its turn; texts may be stored once each.
    let n_rows = metadata.num_rows;
    let column_bytes = schema
        .iter_values()
        .map(|field| {
            let stored = stored.get(field.name.as_str()).copied().unwrap_or(0);
            stored.saturating_add(n_rows.saturating_mul(if field.dtype.is_numeric() { 32 } else { 64 }))
        })
        .collect();
    Ok(Facts { names, n_rows, column_bytes })
}

fn facts_of_arrow(bytes: &[u8], content: Content) -> Result<Facts, PolarsError> {
    let names: Vec<String> = match content {
        Content::ArrowStream => {
            IpcStreamReader::new(Cursor::new(bytes)).schema()?.iter_names().map(ToString::to_string).collect()
        }
        _ => IpcReader::new(Cursor::new(bytes)).schema()?.iter_names().map(ToString::to_string).collect(),
    };
    if names.is_empty() {
        return Ok(Facts { names, n_rows: 0, column_bytes: Vec::new() });
    }
    let n_rows = arrow_guard::rows(bytes, content == Content::ArrowStream)?;
    let n_rows = usize::try_from(n_rows).unwrap_or(usize::MAX);
    let own = (bytes.len() * 3 / names.len()).saturating_add(n_rows.saturating_mul(32));
    let column_bytes = vec![own; names.len()];
    Ok(Facts { names, n_rows, column_bytes })
}

fn read_frame(bytes: &[u8], content: Content, wanted: &[usize]) -> Result<DataFrame, PolarsError> {
    let (cursor, wanted) = (Cursor::new(bytes), Some(wanted.to_vec()));
    match content {
        Content::Parquet => ParquetReader::new(cursor).with_projection(wanted).finish(),
        Content::ArrowStream => IpcStreamReader::new(cursor).with_projection(wanted).finish(),
        _ => IpcReader::new(cursor).with_projection(wanted).finish(),
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

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Boolean(values) => values.len(),
            Self::Moment(values, _) => values.len(),
            Self::Text(raw, _) => raw.len(),
        }
    }
}

impl TypedColumns {
    /// The columns as understood.
    pub fn typed(&self) -> Vec<Typed<'_>> {
        let evidence = "the file says so";
        self.0
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
