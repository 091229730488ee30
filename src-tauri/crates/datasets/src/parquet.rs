//! Columns to Parquet, pages of all columns at once. Numbers are written as
//! they are, or as a dictionary where few differ: packing them would take longer
//! than reading the file that they came from.

mod spool;

use crate::{
    column::{Exceptions, Word, WordCells},
    infer::Values,
    raw::RawColumn,
};
use polars::prelude::{PlHashMap, PolarsResult};
use polars_arrow::{
    array::{Array, BooleanArray, DictionaryArray, DictionaryKey, PrimitiveArray, Utf8ViewArray},
    bitmap::Bitmap,
    datatypes::{ArrowDataType, ArrowSchema, Field, TimeUnit},
    types::NativeType,
};
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, FileWriter, KeyValue, Page,
    ParquetType, StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_columns, compress,
    fallible_streaming_iterator, get_dtype_encoding, schema_to_metadata_key, to_parquet_type,
};
use rayon::prelude::*;
pub(crate) use spool::{Spool, Spooled};
use std::{io::Write, ops::Range};

/// Rows that are written together.
const GROUP_ROWS: usize = 1 << 18;
/// Most different values that a dictionary holds.
const MAX_DICTIONARY: usize = 1 << 14;

/// Packing is each column's own.
fn options() -> WriteOptions {
    WriteOptions {
        statistics: StatisticsOptions::empty(),
        version: Version::V1,
        compression: CompressionOptions::Uncompressed,
        data_page_size: None,
    }
}

/// What is said of a file's columns in its metadata: a key, and JSON.
pub(crate) type Said = (&'static str, String);

/// A column to write.
#[derive(Debug)]
pub(crate) enum Contents<'a> {
    /// Values as understood, and how many of them differ.
    Values(&'a Values<'a>, usize),
    /// Texts of some rows.
    Cells(&'a Exceptions),
}

/// Writes a file of named columns with so many rows.
pub(crate) fn write(
    writer: &mut (dyn Write + Send),
    columns: &[(&str, Contents)],
    n_rows: usize,
    said: &[Said],
) -> PolarsResult<()> {
    let fields: Vec<Field> = columns.iter().map(|(name, column)| column.field(name)).collect();
    let types: Vec<ParquetType> = fields.iter().map(to_parquet_type).collect::<PolarsResult<_>>()?;
    write_groups(writer, fields, n_rows, said, |group| {
        let rows = rows_of(group, n_rows);
        let packed = |(contents, parquet_type): (&Contents, &ParquetType)| {
            contents.pages(rows.clone(), parquet_type)?.map(|page| contents.packed(page?)).collect()
        };
        columns.par_iter().map(|(_, contents)| contents).zip(&types).map(packed).collect()
    })
}

/// Writes a file of columns whose pages were kept before.
pub(crate) fn write_spooled(
    writer: &mut (dyn Write + Send),
    spool: &Spool,
    columns: &[(&str, &Spooled)],
    n_rows: usize,
    said: &[Said],
) -> PolarsResult<()> {
    let fields = columns.iter().map(|(name, column)| column.field(name)).collect();
    write_groups(writer, fields, n_rows, said, |group| {
        columns.iter().map(|(_, column)| spool.pages(column, group)).collect()
    })
}

/// Rows of a group.
fn rows_of(group: usize, n_rows: usize) -> Range<usize> {
    let start = group * GROUP_ROWS;
    start..(start + GROUP_ROWS).min(n_rows)
}

/// Writes groups of rows, the next of which are made ready meanwhile.
fn write_groups(
    writer: &mut (dyn Write + Send),
    fields: Vec<Field>,
    n_rows: usize,
    said: &[Said],
    pages: impl Fn(usize) -> PolarsResult<Vec<Vec<CompressedPage>>> + Sync,
) -> PolarsResult<()> {
    let schema: ArrowSchema = fields.into_iter().map(|f| (f.name.clone(), f)).collect();
    let said =
        said.iter().map(|(key, value)| KeyValue { key: (*key).to_owned(), value: Some(value.clone()) });
    let metadata = std::iter::once(schema_to_metadata_key(&schema)).chain(said).collect();
    let mut writer = FileWriter::try_new(writer, schema, options())?;
    let n_groups = n_rows.div_ceil(GROUP_ROWS);
    let mut made = pages(0)?;
    for group in 0..n_groups {
        let mut written = Ok(());
        let ready = std::mem::take(&mut made);
        let (next, ()) = rayon::join(
            || if group + 1 < n_groups { pages(group + 1) } else { Ok(Vec::new()) },
            || written = write_group(&mut writer, rows_of(group, n_rows).len(), &ready),
        );
        written?;
        made = next?;
    }
    writer.end(Some(metadata))?;
    Ok(())
}

fn write_group<W: Write>(
    writer: &mut FileWriter<W>,
    n_rows: usize,
    columns: &[Vec<CompressedPage>],
) -> PolarsResult<()> {
    let columns = columns.iter().map(|pages| {
        let pages = pages.iter().map(PolarsResult::Ok);
        Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages)))
    });
    writer.write(n_rows as u64, DynIter::new(columns))
}

impl Contents<'_> {
    fn dtype(&self) -> ArrowDataType {
        match self {
            Self::Values(Values::Number(_), _) => ArrowDataType::Float64,
            Self::Values(Values::Boolean(..), _) => ArrowDataType::Boolean,
            Self::Values(Values::Moment(..), _) => ArrowDataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Values(Values::Text(_) | Values::Words(_), _) | Self::Cells(_) => ArrowDataType::Utf8View,
        }
    }

    fn field(&self, name: &str) -> Field {
        Field::new(name.into(), self.dtype(), true)
    }

    /// The pages of some rows, as they are before they are packed.
    fn pages(
        &self,
        rows: Range<usize>,
        parquet_type: &ParquetType,
    ) -> PolarsResult<impl Iterator<Item = PolarsResult<Page>>> {
        let array = self.array(rows)?;
        // Looking for values that recur has been done where it pays.
        let encoding = match array.dtype() {
            ArrowDataType::Dictionary(..) => get_dtype_encoding(array.dtype()),
            _ => vec![polars_parquet::write::Encoding::Plain],
        };
        let columns = array_to_columns(array, parquet_type.clone(), options(), &encoding)?;
        Ok(columns.into_iter().flatten())
    }

    fn packed(&self, page: Page) -> PolarsResult<CompressedPage> {
        let compression = match self {
            Self::Values(Values::Text(_), _) | Self::Cells(_) => {
                CompressionOptions::Zstd(Some(ZstdLevel::try_new(1)?))
            }
            Self::Values(..) => CompressionOptions::Uncompressed,
        };
        Ok(compress(page, Vec::new(), compression)?)
    }

    fn array(&self, rows: Range<usize>) -> PolarsResult<Box<dyn Array>> {
        Ok(match self {
            Self::Values(Values::Number(values), distinct) => {
                let values = &values[rows];
                let present = validity(values, |v| !v.is_nan());
                let cells = || values.iter().map(|v| (!v.is_nan()).then_some(*v));
                let recurring = recurring(*distinct, &present, cells, f64::to_bits, |values| {
                    PrimitiveArray::<f64>::from_vec(values).boxed()
                });
                match recurring {
                    Some(array) => array?,
                    None => PrimitiveArray::from_vec(values.to_vec()).with_validity(present).boxed(),
                }
            }
            Self::Values(Values::Moment(values, _), distinct) => {
                let values = &values[rows];
                let dtype = self.dtype();
                let of = |values: Vec<i64>| PrimitiveArray::new(dtype.clone(), values.into(), None);
                let present = validity(values, Option::is_some);
                let cells = || values.iter().copied();
                match recurring(*distinct, &present, cells, i64::cast_unsigned, |v| of(v).boxed()) {
                    Some(array) => array?,
                    None => {
                        of(values.iter().map(|v| v.unwrap_or(0)).collect()).with_validity(present).boxed()
                    }
                }
            }
            Self::Values(Values::Boolean(values, _), _) => {
                let values = &values[rows];
                let present = validity(values, Option::is_some);
                BooleanArray::from_slice(values.iter().map(|v| *v == Some(true)).collect::<Vec<_>>())
                    .with_validity(present)
                    .boxed()
            }
            Self::Values(Values::Text(raw), _) => texts(raw, rows),
            Self::Values(Values::Words(cells), _) => words(cells, rows)?,
            Self::Cells(cells) => {
                let mut cells = cells.since(rows.start).peekable();
                if cells.peek().is_none_or(|cell| cell.0 >= rows.end) {
                    return Ok(Utf8ViewArray::new_null(self.dtype(), rows.len()).boxed());
                }
                let of_rows = rows.map(|row| cells.next_if(|cell| cell.0 == row).map(|cell| cell.1));
                Utf8ViewArray::from_slice(of_rows.collect::<Vec<_>>()).boxed()
            }
        })
    }
}

fn texts(raw: &RawColumn, rows: Range<usize>) -> Box<dyn Array> {
    Utf8ViewArray::from_slice(rows.map(|row| raw.get(row)).collect::<Vec<_>>()).boxed()
}

fn words(cells: &WordCells, rows: Range<usize>) -> PolarsResult<Box<dyn Array>> {
    let codes = &cells.codes[rows];
    let is_missing: Vec<bool> = cells.words.iter().map(|w| w.missing.is_some()).collect();
    let present = validity(codes, |&code| !is_missing[usize::from(code)]);
    let values: Vec<&str> = cells.words.iter().map(|w| Word::value(w).unwrap_or_default()).collect();
    let keys = PrimitiveArray::from_vec(codes.to_vec()).with_validity(present);
    dictionary(keys, Utf8ViewArray::from_slice_values(values).boxed())
}

fn dictionary<K: DictionaryKey>(
    keys: PrimitiveArray<K>,
    values: Box<dyn Array>,
) -> PolarsResult<Box<dyn Array>> {
    let dtype = ArrowDataType::Dictionary(K::KEY_TYPE, Box::new(values.dtype().clone()), false);
    Ok(DictionaryArray::try_new(dtype, keys, values)?.boxed())
}

/// Which cells are there; none where all are.
fn validity<T>(cells: &[T], is_there: impl Fn(&T) -> bool) -> Option<Bitmap> {
    if cells.iter().all(&is_there) {
        return None;
    }
    let byte = |cells: &[T]| (0..).zip(cells).fold(0, |bits, (i, cell)| bits | u8::from(is_there(cell)) << i);
    Some(Bitmap::from_u8_vec(cells.chunks(8).map(byte).collect(), cells.len()))
}

/// Values as a dictionary and places in it, where so few of a column differ that
/// this is worth it.
fn recurring<T: NativeType, I: Iterator<Item = Option<T>>>(
    distinct: usize,
    present: &Option<Bitmap>,
    cells: impl Fn() -> I,
    bits: impl Fn(T) -> u64,
    array: impl Fn(Vec<T>) -> Box<dyn Array>,
) -> Option<PolarsResult<Box<dyn Array>>> {
    if distinct == 0 || distinct > MAX_DICTIONARY || cells().count() < distinct * 4 {
        return None;
    }
    let mut places: PlHashMap<u64, u16> = PlHashMap::default();
    let mut values = Vec::new();
    let mut keys = Vec::new();
    for cell in cells() {
        keys.push(cell.map_or(0, |value| {
            *places.entry(bits(value)).or_insert_with(|| {
                values.push(value);
                (values.len() - 1) as u16
            })
        }));
    }
    // Two zeros are one value, but two entries.
    if values.is_empty() || values.len() > usize::from(u16::MAX) {
        return None;
    }
    Some(dictionary(PrimitiveArray::from_vec(keys).with_validity(present.clone()), array(values)))
}
