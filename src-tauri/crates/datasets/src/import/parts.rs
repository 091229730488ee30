//! From a file's columns to what is stored of them: at once, or, where they
//! take too much memory, some columns at a time.

use super::{
    CELLS_UNDERSTOOD, ImportOptions, SOURCE_WRITTEN, count,
    opened::{Bounds, Opened},
    understood::{Understood, UnderstoodColumn},
};
use crate::{
    column::{ColumnCells, Exceptions},
    columnar::{ColumnarFile, TypedColumns},
    error::DatasetError,
    fingerprint,
    infer::{ColumnFormat, Decision, Seen, Shared, Typed, Votes, look, settle, type_columns},
    number::Spelling,
    parquet::{Contents, Spool, Spooled},
    raw::{Missing, RawTable},
    source::{source_cells, source_path, write_source, write_spooled_source},
    table::{table_path, write_spooled_table, write_table},
    text_file::TextTable,
    watch::Watch,
};
use rayon::prelude::*;
use retort_domain::{DatasetId, DecimalMark, Reading};
use std::{borrow::Cow, fs, path::Path};

/// Share of the work on parts until columns are read that only the others tell
/// how to read.
const FIRST_TIME: f64 = 0.9;

/// A file as read, before its columns are judged.
pub(super) enum Source<'a> {
    /// All of it.
    Held(Box<RawTable>),
    /// A text, where its rows begin.
    Text(Box<TextTable<'a>>),
    /// A file whose columns are typed already.
    Columns(Box<ColumnarFile<'a>>),
}

/// What was written of a file.
pub(super) struct Written {
    pub understood: Understood,
    pub id: DatasetId,
    pub content_hash: String,
    pub n_rows: u32,
}

/// All columns of a file.
enum Whole<'a> {
    Raw(Box<RawTable>),
    Typed(Box<ColumnarFile<'a>>, TypedColumns),
}

/// A file some of whose columns are read at a time.
enum InParts<'a> {
    Text(Box<TextTable<'a>>),
    Columns(Box<ColumnarFile<'a>>),
}

impl<'a> Source<'a> {
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Held(raw) => raw.lines.len(),
            Self::Text(text) => text.table.lines.len(),
            Self::Columns(columns) => columns.n_rows,
        }
    }

    /// What is known without judging columns.
    pub fn reading(self, watch: Watch<'_>) -> Result<Reading, DatasetError> {
        Ok(match self {
            Self::Held(raw) => raw.reading,
            Self::Text(mut text) => {
                text.columns(&[], watch)?;
                text.finish(|_| false);
                text.table.reading
            }
            Self::Columns(columns) => columns.reading,
        })
    }

    fn read(self, bounds: Bounds, watch: Watch<'_>) -> Result<Result<Whole<'a>, InParts<'a>>, DatasetError> {
        let fits = |column_bytes: Vec<usize>| sum(&column_bytes) <= bounds.held;
        Ok(match self {
            Self::Held(raw) => Ok(Whole::Raw(raw)),
            Self::Text(text) if fits(text.column_bytes()) => Ok(Whole::Raw(Box::new(text.whole(watch)?))),
            Self::Text(text) => Err(InParts::Text(text)),
            Self::Columns(columns) if fits(columns.column_bytes()) => {
                let all: Vec<usize> = (0..columns.names.len()).collect();
                let typed = columns.columns(&all)?;
                Ok(Whole::Typed(columns, typed))
            }
            Self::Columns(columns) => Err(InParts::Columns(columns)),
        })
    }

    /// Judges all columns, and keeps none.
    pub fn understood(self, bounds: Bounds, watch: Watch<'_>) -> Result<Understood, DatasetError> {
        match self.read(bounds, watch)? {
            Ok(whole) => {
                let (typed, decimal) = whole.typed();
                Ok(whole.understood(&typed, decimal))
            }
            Err(parts) => Ok(parts.gone_through(None, bounds.portion, watch)?.0),
        }
    }

    /// Judges all columns and writes them to the folder of tables.
    pub fn written(
        self,
        opened: &Opened,
        options: &ImportOptions,
        tables_dir: &Path,
        bounds: Bounds,
        watch: Watch<'_>,
    ) -> Result<Written, DatasetError> {
        let n_rows = self.n_rows();
        let first = watch.part(0.0, CELLS_UNDERSTOOD);
        let (read, hasher) = rayon::join(|| self.read(bounds, first), || opened.hasher());
        let identified = |understood: &Understood| {
            fingerprint::of_hashed(hasher, understood.reading.sheet.as_deref(), &options.reading)
        };
        let failed = |e: std::io::Error| DatasetError::write(tables_dir, e);
        let (understood, id, content_hash) = match read? {
            Ok(whole) => {
                let (typed, decimal) = whole.typed();
                let understood = whole.understood(&typed, decimal);
                first.done()?;
                let (id, content_hash) = identified(&understood);
                if let Whole::Raw(raw) = &whole {
                    write_source(tables_dir, &id, raw, &typed)?;
                }
                go_on(tables_dir, &id, watch)?;
                let columns: Vec<_> = (understood.columns.iter().zip(&typed))
                    .map(|(column, typed)| (column.name.as_str(), &typed.values, column.distinct as usize))
                    .collect();
                write_table(tables_dir, &id, &columns, &understood.names_in_file, n_rows)?;
                (understood, id, content_hash)
            }
            Err(parts) => {
                fs::create_dir_all(tables_dir).map_err(failed)?;
                let mut spool = Spool::new_in(tables_dir).map_err(failed)?;
                let (understood, kept) = parts.gone_through(Some(&mut spool), bounds.portion, first)?;
                let (id, content_hash) = identified(&understood);
                let names = || understood.columns.iter().map(|column| column.name.as_str());
                let sources: Vec<_> = (names().zip(&kept))
                    .filter_map(|(name, kept)| kept.source.as_ref().map(|(s, cells)| (name, *s, cells)))
                    .collect();
                write_spooled_source(tables_dir, &id, &spool, &sources, n_rows)?;
                go_on(tables_dir, &id, watch)?;
                let columns: Vec<_> = names()
                    .zip(&kept)
                    .map(|(name, kept)| (name, &kept.values, kept.format.clone()))
                    .collect();
                let names_in_file = &understood.names_in_file;
                write_spooled_table(tables_dir, &id, &spool, &columns, names_in_file, n_rows)?;
                (understood, id, content_hash)
            }
        };
        Ok(Written { understood, id, content_hash, n_rows: count(n_rows) })
    }
}

/// Goes on to the table, or leaves nothing of a dataset that was not there.
fn go_on(tables_dir: &Path, id: &DatasetId, watch: Watch<'_>) -> Result<(), DatasetError> {
    watch.part(0.0, SOURCE_WRITTEN).done().inspect_err(|_| {
        if !table_path(tables_dir, id).exists() {
            let _ = fs::remove_file(source_path(tables_dir, id));
        }
    })
}

fn sum(bytes: &[usize]) -> usize {
    bytes.iter().fold(0, |sum, bytes| sum.saturating_add(*bytes))
}

impl Whole<'_> {
    fn typed(&self) -> (Vec<Typed<'_>>, Option<DecimalMark>) {
        match self {
            Self::Raw(raw) => {
                let (typed, decimal) = type_columns(raw);
                (typed, Some(decimal))
            }
            Self::Typed(_, columns) => (columns.typed(), None),
        }
    }

    fn understood(&self, typed: &[Typed], decimal: Option<DecimalMark>) -> Understood {
        let (names, names_in_file) = match self {
            Self::Raw(raw) => (&raw.names, &raw.names_in_file),
            Self::Typed(file, _) => (&file.names, &file.names_in_file),
        };
        let (warnings, reading, n_rows) = match self {
            Self::Raw(raw) => (&raw.warnings, &raw.reading, raw.lines.len()),
            Self::Typed(file, _) => (&file.warnings, &file.reading, file.n_rows),
        };
        let judged = |(c, (name, typed)): (usize, (&String, &Typed))| {
            let cells = match self {
                Self::Raw(raw) => Some((&raw.columns[c], &raw.missing)),
                Self::Typed(..) => None,
            };
            UnderstoodColumn::new(name, typed, cells, n_rows)
        };
        let columns = names.par_iter().zip(typed).enumerate().map(judged).collect();
        let mut reading = reading.clone();
        reading.decimal = decimal.unwrap_or(reading.decimal);
        Understood::new(columns, names_in_file.clone(), warnings.clone(), reading)
    }
}

/// What is kept of a column until the table is written.
struct Kept {
    values: Spooled,
    format: Option<ColumnFormat>,
    /// How its numbers are written, and cells that are not shown as in the file.
    source: Option<(Spelling, Spooled)>,
}

/// Columns as they come.
struct Collected<'s> {
    spool: Option<&'s mut Spool>,
    n_rows: usize,
    columns: Vec<Option<(UnderstoodColumn, Option<Kept>)>>,
}

impl InParts<'_> {
    /// Goes through all columns, keeps them in `spool`, if there is one, and
    /// says what was understood.
    fn gone_through(
        self,
        spool: Option<&mut Spool>,
        portion_bytes: usize,
        watch: Watch<'_>,
    ) -> Result<(Understood, Vec<Kept>), DatasetError> {
        let (n_columns, n_rows) = match &self {
            Self::Text(text) => (text.table.names.len(), text.table.lines.len()),
            Self::Columns(file) => (file.names.len(), file.n_rows),
        };
        let columns = std::iter::repeat_with(|| None).take(n_columns).collect();
        let mut collected = Collected { spool, n_rows, columns };
        let all: Vec<usize> = (0..n_columns).collect();
        let (blank, names_in_file, warnings, reading) = match self {
            Self::Text(mut text) => {
                let decimal = text_in_parts(&mut text, &mut collected, portion_bytes, watch)?;
                let is_blank = |c: usize| collected.columns[c].as_ref().is_some_and(|of| of.0.is_blank);
                let blank = text.finish(is_blank);
                let RawTable { names_in_file, warnings, mut reading, .. } = text.table;
                reading.decimal = decimal;
                (blank, names_in_file, warnings, reading)
            }
            Self::Columns(file) => {
                let column_bytes = file.column_bytes();
                for (portion, watch) in portions(&all, &column_bytes, portion_bytes, watch) {
                    let typed = file.columns(portion)?;
                    let typed = typed.typed();
                    let of = |(&c, typed)| Part { c, name: &file.names[c], typed, cells: None };
                    collected.take(portion.iter().zip(&typed).map(of).collect())?;
                    watch.done()?;
                }
                (vec![false; n_columns], file.names_in_file, file.warnings, file.reading)
            }
        };
        let mut understood = Vec::with_capacity(n_columns);
        let mut kept = Vec::with_capacity(n_columns);
        let in_table = collected.columns.into_iter().zip(blank).filter(|(_, blank)| !blank);
        for (column, of) in in_table.filter_map(|(collected, _)| collected) {
            understood.push(column);
            kept.extend(of);
        }
        Ok((Understood::new(understood, names_in_file, warnings, reading), kept))
    }
}

/// A text's columns, those that do not tell how they are read after all others.
/// Says which decimal mark the file's numbers have.
fn text_in_parts(
    text: &mut TextTable<'_>,
    collected: &mut Collected<'_>,
    portion_bytes: usize,
    watch: Watch<'_>,
) -> Result<DecimalMark, DatasetError> {
    let column_bytes = text.column_bytes();
    let (mut votes, mut open) = (Votes::default(), Vec::new());
    let all: Vec<usize> = (0..column_bytes.len()).collect();
    for (portion, watch) in portions(&all, &column_bytes, portion_bytes, watch.part(0.0, FIRST_TIME)) {
        let cells = text.columns(portion, watch)?;
        let seen: Vec<Seen> = cells.par_iter().map(look).collect();
        seen.iter().for_each(|seen| votes.add(seen));
        let (of_open, seen): (Vec<_>, Vec<_>) =
            portion.iter().zip(&cells).zip(seen).partition(|(_, seen)| seen.is_open());
        open.extend(of_open.iter().map(|((c, _), _)| **c));
        // No other column bears on these.
        collected.settle(text, seen, votes.decide(text.table.customs))?;
    }
    let decision = votes.decide(text.table.customs);
    for (portion, watch) in portions(&open, &column_bytes, portion_bytes, watch.part(FIRST_TIME, 1.0)) {
        let cells = text.columns(portion, watch)?;
        let seen: Vec<_> = portion.iter().zip(&cells).map(|(c, cells)| ((c, cells), look(cells))).collect();
        collected.settle(text, seen, decision)?;
    }
    watch.done()?;
    Ok(decision.decimal.0)
}

/// Columns that are read together, each time with its share of the work.
fn portions<'c, 'w>(
    columns: &'c [usize],
    column_bytes: &[usize],
    portion_bytes: usize,
    watch: Watch<'w>,
) -> Vec<(&'c [usize], Watch<'w>)> {
    let mut portions = Vec::new();
    let (mut first, mut bytes) = (0, 0_usize);
    for (i, &c) in columns.iter().enumerate() {
        if i > first && bytes.saturating_add(column_bytes[c]) > portion_bytes {
            portions.push(first..i);
            (first, bytes) = (i, 0);
        }
        bytes = bytes.saturating_add(column_bytes[c]);
    }
    if first < columns.len() {
        portions.push(first..columns.len());
    }
    let share = |place: usize| place as f64 / columns.len().max(1) as f64;
    portions
        .into_iter()
        .map(|range| (&columns[range.clone()], watch.part(share(range.start), share(range.end))))
        .collect()
}

/// A column that was read.
struct Part<'p> {
    c: usize,
    name: &'p str,
    typed: &'p Typed<'p>,
    /// Of a text: its cells, and what is missing among them.
    cells: Option<(&'p ColumnCells, &'p Missing)>,
}

impl Collected<'_> {
    fn settle<'c>(
        &mut self,
        text: &TextTable<'_>,
        seen: Vec<((&usize, &'c ColumnCells), Seen<'c>)>,
        decision: Decision,
    ) -> Result<(), DatasetError> {
        let shared = Shared { lines: &text.table.lines, customs: text.table.customs };
        let names = &text.table.names;
        let typed: Vec<(usize, &ColumnCells, Typed)> = (seen.into_par_iter())
            .map(|((&c, cells), seen)| (c, cells, settle(&names[c], cells, seen, shared, decision)))
            .collect();
        let parts = (typed.iter())
            .map(|(c, cells, typed)| {
                let cells = Some((*cells, &text.table.missing));
                Part { c: *c, name: &names[*c], typed, cells }
            })
            .collect();
        self.take(parts)
    }

    fn take(&mut self, parts: Vec<Part<'_>>) -> Result<(), DatasetError> {
        let n_rows = self.n_rows;
        let judged: Vec<UnderstoodColumn> = (parts.par_iter())
            .map(|part| UnderstoodColumn::new(part.name, part.typed, part.cells, n_rows))
            .collect();
        let mut kept: Vec<Option<Kept>> = match &mut self.spool {
            Some(spool) => keep(spool, &parts, &judged, n_rows)?.into_iter().map(Some).collect(),
            None => parts.iter().map(|_| None).collect(),
        };
        for ((part, judged), kept) in parts.iter().zip(judged).zip(kept.drain(..)) {
            self.columns[part.c] = Some((judged, kept));
        }
        Ok(())
    }
}

/// Keeps columns until the table is written.
fn keep(
    spool: &mut Spool,
    parts: &[Part<'_>],
    judged: &[UnderstoodColumn],
    n_rows: usize,
) -> Result<Vec<Kept>, DatasetError> {
    let failed = |e: polars::prelude::PolarsError| DatasetError::Write {
        file: "the table".to_owned(),
        reason: e.to_string(),
    };
    let contents: Vec<Contents> = (parts.iter().zip(judged))
        .map(|(part, judged)| Contents::Values(&part.typed.values, judged.column.distinct as usize))
        .collect();
    let values = spool.keep(&contents, n_rows).map_err(failed)?;
    let sources: Vec<Option<(Spelling, Cow<Exceptions>)>> =
        (parts.par_iter()).map(|part| source_cells(part.cells?.0, &part.typed.values)).collect();
    let cells: Vec<Contents> = sources.iter().flatten().map(|(_, cells)| Contents::Cells(cells)).collect();
    let mut spooled = spool.keep(&cells, n_rows).map_err(failed)?.into_iter();
    Ok((values.into_iter().zip(parts).zip(sources))
        .map(|((values, part), source)| Kept {
            values,
            format: part.typed.values.format(),
            source: source.and_then(|(spelling, _)| Some((spelling, spooled.next()?))),
        })
        .collect())
}
