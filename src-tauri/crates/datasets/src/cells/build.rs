//! Writes a table's cells, a column at a time.

use super::{
    CHUNK_ROWS, Chunk, Footer, Layout, MAGIC, MAX_LISTED, Overview, StillWanted, StoredColumn, go_on,
    spread::{Binning, date_edges, millis, number_edges},
};
use crate::{
    error::DatasetError,
    table::{ColumnView, Table},
};
use polars::prelude::{
    BooleanChunked, ChunkedArray, Float64Chunked, Int64Chunked, PlHashMap, PolarsNumericType, StringChunked,
};
use rayon::prelude::*;
use std::{
    hash::BuildHasher,
    io::{self, BufWriter, Write},
    ops::Range,
    path::Path,
};

/// Texts with more different values are not written as codes.
const MAX_CODES: usize = 1 << 15;

/// Counts what is written.
struct Sink<'a> {
    writer: &'a mut dyn Write,
    at: u64,
}

impl Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.writer.write_all(bytes)
    }
}

/// Writes the cells beside their place and renames them.
pub(super) fn build(table: &Table, path: &Path, wanted: StillWanted<'_>) -> Result<(), DatasetError> {
    let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
    let mut writer = BufWriter::with_capacity(1 << 20, file);
    write(table, &mut writer, path, wanted)?;
    let file = writer.into_inner().map_err(|e| failed(&e))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// The cells in memory, as they would be in their file at `path`.
pub(super) fn build_held(
    table: &Table,
    path: &Path,
    wanted: StillWanted<'_>,
) -> Result<Vec<u8>, DatasetError> {
    let mut bytes = Vec::new();
    write(table, &mut bytes, path, wanted)?;
    Ok(bytes)
}

fn write(
    table: &Table,
    writer: &mut dyn Write,
    path: &Path,
    wanted: StillWanted<'_>,
) -> Result<(), DatasetError> {
    let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
    let mut sink = Sink { writer, at: 0 };
    sink.write(MAGIC).map_err(|e| failed(&e))?;
    let mut columns = Vec::with_capacity(table.names().len());
    let mut alone = table.for_work();
    for (place, name) in table.names().iter().enumerate() {
        go_on(wanted)?;
        // Those read together are dropped before the next are read.
        if !table.is_kept() && table.read_together(place).start == place {
            alone = table.apart();
        }
        let (layout, overview) =
            write_column(&mut sink, alone.column(name)?, table.n_rows(), wanted)?.map_err(|e| failed(&e))?;
        columns.push(StoredColumn { name: name.clone(), layout, overview });
    }
    let footer = Footer { n_rows: table.n_rows(), table_bytes: table.file_bytes(), columns };
    let footer = serde_json::to_vec(&footer).map_err(|e| failed(&e))?;
    let length = (footer.len() as u64).to_le_bytes();
    [&footer[..], &length, MAGIC].into_iter().try_for_each(|part| sink.write(part)).map_err(|e| failed(&e))
}

type Written = io::Result<(Layout, Overview)>;

fn write_column(
    sink: &mut Sink<'_>,
    view: ColumnView,
    n_rows: usize,
    wanted: StillWanted<'_>,
) -> Result<Written, DatasetError> {
    Ok(match view {
        ColumnView::Number(values) => write_numbers(sink, values, n_rows),
        ColumnView::Moment(values, format) => {
            let at = sink.at;
            write_moments(sink, values, n_rows).map(|spread| (Layout::Moments { at, format }, spread))
        }
        ColumnView::Boolean(values, words) => write_booleans(sink, values, words),
        ColumnView::Text(values) => {
            go_on(wanted)?;
            match coded(values) {
                Some((codes, words)) => write_codes(sink, &codes, words, false),
                None => write_texts(sink, values),
            }
        }
    })
}

fn chunks(n_rows: usize) -> Vec<Range<usize>> {
    (0..n_rows).step_by(CHUNK_ROWS).map(|start| start..(start + CHUNK_ROWS).min(n_rows)).collect()
}

/// Values of some rows, with what stands for a missing one.
fn values_of<T: PolarsNumericType>(
    column: &ChunkedArray<T>,
    rows: &Range<usize>,
    value: impl Fn(T::Native) -> Option<T::Native>,
    missing: T::Native,
) -> Vec<T::Native> {
    let part = column.slice(rows.start as i64, rows.len());
    part.iter().map(|v| v.and_then(&value).unwrap_or(missing)).collect()
}

fn write_numbers(sink: &mut Sink<'_>, column: &Float64Chunked, n_rows: usize) -> Written {
    let at = sink.at;
    let chunks = chunks(n_rows);
    // Adding 0 makes one zero of two.
    let value = |v: f64| Some(v + 0.0).filter(|v| v.is_finite());
    let read = |rows: &Range<usize>| values_of(column, rows, value, f64::NAN);
    let mut ends = (f64::INFINITY, f64::NEG_INFINITY, true, 0_usize);
    for rows in &chunks {
        let values = read(rows);
        for v in values.iter().filter(|v| !v.is_nan()) {
            ends = (ends.0.min(*v), ends.1.max(*v), ends.2 && v.fract() == 0.0, ends.3 + 1);
        }
        sink.write(&values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    let (min, max, whole, present) = ends;
    let layout = Layout::Numbers { at };
    if present == 0 {
        return Ok((layout, all_missing(n_rows)));
    }
    let edges = number_edges(min, max, whole);
    let counts =
        count_bins(&edges, &chunks, |rows, add| read(rows).into_iter().filter(|v| !v.is_nan()).for_each(add));
    Ok((layout, Overview { missing: (n_rows - present) as u32, edges, counts, top: Vec::new() }))
}

fn write_moments(sink: &mut Sink<'_>, column: &Int64Chunked, n_rows: usize) -> io::Result<Overview> {
    let chunks = chunks(n_rows);
    let read = |rows: &Range<usize>| values_of(column, rows, |v| Some(v.max(-i64::MAX)), Chunk::NO_MOMENT);
    let mut ends = (i64::MAX, i64::MIN, 0_usize);
    for rows in &chunks {
        let values = read(rows);
        for v in values.iter().filter(|v| **v != Chunk::NO_MOMENT) {
            ends = (ends.0.min(*v), ends.1.max(*v), ends.2 + 1);
        }
        sink.write(&values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    let (min, max, present) = ends;
    if present == 0 {
        return Ok(all_missing(n_rows));
    }
    let edges = date_edges(millis(min), millis(max));
    let counts = count_bins(&edges, &chunks, |rows, add| {
        read(rows).into_iter().filter(|v| *v != Chunk::NO_MOMENT).map(millis).for_each(add);
    });
    Ok(Overview { missing: (n_rows - present) as u32, edges, counts, top: Vec::new() })
}

fn all_missing(n_rows: usize) -> Overview {
    Overview { missing: n_rows as u32, ..Overview::default() }
}

fn count_bins(
    edges: &[f64],
    chunks: &[Range<usize>],
    each: impl Fn(&Range<usize>, &mut dyn FnMut(f64)) + Sync,
) -> Vec<u32> {
    let binning = Binning::new(edges);
    let none = || vec![0_u32; edges.len().saturating_sub(1)];
    chunks
        .par_iter()
        .fold(none, |mut counts, rows| {
            each(rows, &mut |value| counts[binning.bin(value)] += 1);
            counts
        })
        .reduce(none, added)
}

/// Sums of two lists of the same length.
pub(super) fn added(mut a: Vec<u32>, b: Vec<u32>) -> Vec<u32> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}

fn write_booleans(sink: &mut Sink<'_>, column: &BooleanChunked, words: &[String; 2]) -> Written {
    let codes: Vec<u16> = column.iter().map(|v| v.map_or(Chunk::NO_CODE, u16::from)).collect();
    write_codes(sink, &codes, words.to_vec(), true)
}

/// Codes of all cells and what they stand for, in the order in which they first
/// occur; none where there are too many different ones.
fn coded(column: &StringChunked) -> Option<(Vec<u16>, Vec<String>)> {
    let mut code_of: PlHashMap<&str, u16> = PlHashMap::default();
    let mut words = Vec::new();
    let mut codes = Vec::with_capacity(column.len());
    for cell in column.iter() {
        codes.push(match cell {
            None => Chunk::NO_CODE,
            Some(text) => match code_of.get(text) {
                Some(&code) => code,
                None if words.len() == MAX_CODES => return None,
                None => {
                    let code = words.len() as u16;
                    code_of.insert(text, code);
                    words.push(text.to_owned());
                    code
                }
            },
        });
    }
    // Where most cells differ, codes make nothing smaller.
    (words.len() < 256 || words.len() * 2 < codes.len()).then_some((codes, words))
}

fn write_codes(sink: &mut Sink<'_>, codes: &[u16], words: Vec<String>, boolean: bool) -> Written {
    let at = sink.at;
    let width = if words.len() < usize::from(u8::MAX) { 1 } else { 2 };
    let mut counts = vec![0_u32; words.len()];
    let mut missing = 0;
    for part in codes.chunks(CHUNK_ROWS) {
        for &code in part {
            match counts.get_mut(usize::from(code)) {
                Some(count) => *count += 1,
                None => missing += 1,
            }
        }
        if width == 1 {
            // All ones stay all ones.
            sink.write(&part.iter().map(|&code| code as u8).collect::<Vec<u8>>())?;
        } else {
            sink.write(&part.iter().flat_map(|code| code.to_le_bytes()).collect::<Vec<u8>>())?;
        }
    }
    let words_at = sink.at;
    sink.write(&serde_json::to_vec(&words)?)?;
    let layout = Layout::Codes { at, width, words_at, words_bytes: sink.at - words_at, boolean };
    let counted = words.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    Ok((layout, Overview { missing, top: most_frequent(counted), ..Overview::default() }))
}

/// The most frequent, by text where equally frequent.
pub(super) fn most_frequent(counted: impl Iterator<Item = (String, u32)>) -> Vec<(String, u32)> {
    let mut counted: Vec<_> = counted.collect();
    let order = |a: &(String, u32), b: &(String, u32)| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0));
    if counted.len() > MAX_LISTED {
        counted.select_nth_unstable_by(MAX_LISTED, order);
        counted.truncate(MAX_LISTED);
    }
    counted.sort_by(order);
    counted
}

fn write_texts(sink: &mut Sink<'_>, column: &StringChunked) -> Written {
    let text_at = sink.at;
    let mut ends: Vec<u64> = Vec::with_capacity(column.len());
    let mut missing = 0;
    let mut written = 0_u64;
    for cell in column.iter() {
        match cell {
            Some(text) => {
                sink.write(text.as_bytes())?;
                written += text.len() as u64;
                ends.push(written << 1);
            }
            None => {
                missing += 1;
                ends.push(written << 1 | 1);
            }
        }
    }
    let ends_at = sink.at;
    for part in ends.chunks(CHUNK_ROWS) {
        sink.write(&part.iter().flat_map(|end| end.to_le_bytes()).collect::<Vec<u8>>())?;
    }
    drop(ends);
    let top = frequent_texts(column);
    Ok((Layout::Texts { ends_at, text_at }, Overview { missing, top, ..Overview::default() }))
}

/// The most frequent of many different texts. They are told apart by 64 bits of
/// a hash: a table of all texts could take several times the memory.
fn frequent_texts(column: &StringChunked) -> Vec<(String, u32)> {
    let hasher = polars::prelude::PlFixedStateQuality::default();
    let mut hashes: Vec<u64> = column.iter().flatten().map(|text| hasher.hash_one(text)).collect();
    hashes.par_sort_unstable();
    let mut counts: Vec<(u32, u64)> =
        hashes.chunk_by(|a, b| a == b).map(|run| (run.len() as u32, run[0])).collect();
    // As many again, because which of the equally frequent are listed is a
    // matter of their texts, which are not known yet.
    let kept = MAX_LISTED * 2;
    if counts.len() > kept {
        counts.select_nth_unstable_by(kept, |a, b| b.cmp(a));
        counts.truncate(kept);
    }
    let mut wanted: PlHashMap<u64, u32> = counts.into_iter().map(|(count, hash)| (hash, count)).collect();
    let mut found = Vec::with_capacity(wanted.len());
    for text in column.iter().flatten() {
        if wanted.is_empty() {
            break;
        }
        if let Some(count) = wanted.remove(&hasher.hash_one(text)) {
            found.push((text.to_owned(), count));
        }
    }
    most_frequent(found.into_iter())
}
