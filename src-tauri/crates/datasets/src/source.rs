//! The cells of a dataset as they are in its file, where its typed values do
//! not show them alike: `$1,200.50`, `NA`, `1.50`. Kept beside the table.

use crate::{
    column::{ColumnCells, Exceptions},
    error::DatasetError,
    infer::{Typed, Values},
    number::{self, Spelling},
    parquet::{self, Contents, Said, Spool, Spooled},
    raw::{RawTable, trimmed},
    table::{ColumnView, said, write_stored},
};
use polars::prelude::{Column, ParquetReader, PolarsError, SerReader, StringChunked};
use rayon::prelude::*;
use retort_domain::DatasetId;
use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::Write,
    ops::Range,
    path::{Path, PathBuf},
};

/// Parquet metadata under which columns' [`Spelling`]s are kept, as JSON.
const SPELLINGS_KEY: &str = "retort.spellings";

/// Where a dataset's cells lie as they were in the file, if they are not shown
/// alike.
pub fn source_path(tables_dir: &Path, id: &DatasetId) -> PathBuf {
    tables_dir.join(format!("{id}.source.parquet"))
}

/// Writes the cells that are not shown as they are in the file.
pub(crate) fn write_source(
    tables_dir: &Path,
    id: &DatasetId,
    raw: &RawTable,
    typed: &[Typed],
) -> Result<(), DatasetError> {
    let kept: Vec<(&str, Spelling, Cow<Exceptions>)> = (raw.names.par_iter().zip(&raw.columns).zip(typed))
        .filter_map(|((name, column), typed)| {
            let (spelling, cells) = source_cells(column, &typed.values)?;
            Some((name.as_str(), spelling, cells))
        })
        .collect();
    let spellings = kept.iter().map(|(name, spelling, _)| (*name, *spelling)).collect();
    let columns: Vec<(&str, Contents)> =
        kept.iter().map(|(name, _, cells)| (*name, Contents::Cells(cells))).collect();
    written(tables_dir, id, spellings, |file, said| parquet::write(file, &columns, raw.lines.len(), said))
}

/// Writes the cells that are not shown as they are in the file, of these columns
/// whose pages were kept.
pub(crate) fn write_spooled_source(
    tables_dir: &Path,
    id: &DatasetId,
    spool: &Spool,
    kept: &[(&str, Spelling, &Spooled)],
    n_rows: usize,
) -> Result<(), DatasetError> {
    let spellings = kept.iter().map(|(name, spelling, _)| (*name, *spelling)).collect();
    let columns: Vec<(&str, &Spooled)> = kept.iter().map(|(name, _, cells)| (*name, *cells)).collect();
    written(tables_dir, id, spellings, |file, said| {
        parquet::write_spooled(file, spool, &columns, n_rows, said)
    })
}

fn written(
    tables_dir: &Path,
    id: &DatasetId,
    spellings: HashMap<&str, Spelling>,
    write: impl FnOnce(&mut (dyn Write + Send), &[Said]) -> Result<(), PolarsError>,
) -> Result<(), DatasetError> {
    if spellings.is_empty() {
        return Ok(());
    }
    let path = source_path(tables_dir, id);
    let about = [said(&path, SPELLINGS_KEY, &spellings)?];
    write_stored(&path, |file| write(file, &about))
}

/// How a column's numbers are written, and the cells that are not shown so; none
/// where all cells are shown as they are in the file.
pub(crate) fn source_cells<'a>(
    column: &'a ColumnCells,
    values: &Values,
) -> Option<(Spelling, Cow<'a, Exceptions>)> {
    let plain = Spelling::default();
    let (spelling, cells): (Spelling, Cow<Exceptions>) = match column {
        ColumnCells::Numbers(numbers) => (numbers.spelling, Cow::Borrowed(&numbers.exceptions)),
        ColumnCells::Texts(raw) => {
            let mut found = Exceptions::default();
            for row in 0..raw.len() {
                let source = raw.source(row);
                if !is_shown_alike(source, values, row) {
                    found.push(row as u32, source);
                }
            }
            (plain, Cow::Owned(found))
        }
        ColumnCells::Words(cells) => {
            let alike: Vec<bool> =
                cells.words.iter().map(|w| is_shown_alike(&w.text, values, w.first_row as usize)).collect();
            let mut found = Exceptions::default();
            if alike.contains(&false) {
                for (row, &code) in cells.codes.iter().enumerate().filter(|(_, c)| !alike[usize::from(**c)]) {
                    found.push(row as u32, &cells.words[usize::from(code)].text);
                }
            }
            (plain, Cow::Owned(found))
        }
    };
    (spelling != plain || !cells.is_empty()).then_some((spelling, cells))
}

/// True where the value in that row is shown as its cell is in the file.
fn is_shown_alike(source: &str, values: &Values, row: usize) -> bool {
    match values {
        // Missing cells are shown as nothing.
        Values::Text(raw) => raw.get(row).unwrap_or_default() == source,
        Values::Words(cells) => {
            let word = &cells.words[usize::from(cells.codes[row])];
            word.missing.map_or(trimmed(source), |_| "") == source
        }
        Values::Number(v) if v[row].is_nan() => source.is_empty(),
        Values::Number(_) => number::is_shown_alike(source),
        Values::Boolean(v, words) => v[row].map_or("", |b| words[usize::from(b)].as_str()) == source,
        Values::Moment(v, format) => match v[row] {
            Some(micros) => format.shows_alike(micros, source),
            None => source.is_empty(),
        },
    }
}

/// Cells of a column as they are in the file.
#[derive(Debug)]
pub(crate) struct SourceCells {
    /// None where a cell is as it is shown, numbers in this spelling.
    texts: StringChunked,
    spelling: Spelling,
}

impl SourceCells {
    /// A cell, given the column's values.
    pub fn text<'a>(&'a self, row: usize, column: &ColumnView<'a>) -> Cow<'a, str> {
        if let Some(text) = self.texts.get(row) {
            return Cow::Borrowed(text);
        }
        let shown = match column {
            ColumnView::Number(v) => v.get(row).map(|x| Cow::Owned(self.spelling.show(x))),
            other => other.text(row),
        };
        shown.unwrap_or_default()
    }
}

/// Some rows of the columns kept as they are in the file, by name; none of them
/// where the file is shown alike.
pub(crate) fn read_source(
    tables_dir: &Path,
    id: &DatasetId,
    rows: &Range<usize>,
) -> Result<HashMap<String, SourceCells>, DatasetError> {
    let path = source_path(tables_dir, id);
    let damaged =
        |e: &dyn std::fmt::Display| DatasetError::TableDamaged { id: id.to_string(), reason: e.to_string() };
    if !id.is_well_formed() || !path.exists() {
        return Ok(HashMap::new());
    }
    let file = File::open(&path).map_err(|e| damaged(&e))?;
    let mut reader = ParquetReader::new(file);
    let metadata = reader.get_metadata().map_err(|e| damaged(&e))?;
    let spellings = metadata.key_value_metadata().iter().flatten().find(|pair| pair.key == SPELLINGS_KEY);
    let spellings: HashMap<String, Spelling> = match spellings.and_then(|pair| pair.value.as_deref()) {
        Some(spellings) => serde_json::from_str(spellings).map_err(|e| damaged(&e))?,
        None => HashMap::new(),
    };
    let mut frame = reader.with_slice(Some((rows.start, rows.len()))).finish().map_err(|e| damaged(&e))?;
    frame.rechunk_mut();
    let cells = |column: &Column| -> Result<(String, SourceCells), PolarsError> {
        let name = column.name().to_string();
        let spelling = spellings.get(&name).copied().unwrap_or_default();
        Ok((name, SourceCells { texts: column.str()?.clone(), spelling }))
    };
    frame.columns().iter().map(cells).collect::<Result<_, _>>().map_err(|e| damaged(&e))
}
