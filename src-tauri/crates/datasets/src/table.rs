//! A dataset's typed table, as Parquet on disk and as columns in memory.

mod slice;

use crate::{
    error::DatasetError,
    infer::{ColumnFormat, Values},
    moment::MomentFormat,
    number,
    parquet::{self, Contents, Said, Spool, Spooled},
};
use polars::prelude::{
    BooleanChunked, Column, DataType, Float64Chunked, Int64Chunked, ParquetReader, PolarsError, SerReader,
    Series, StringChunked,
};
use rayon::prelude::*;
use retort_domain::{Dataset, DatasetId, TablePage};
use serde::Serialize;
use std::{
    borrow::Cow,
    collections::HashMap,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

/// Parquet metadata under which [`ColumnFormat`]s are kept, as JSON.
const FORMATS_KEY: &str = "retort.formats";
/// Parquet metadata under which is kept, as JSON, what the file has instead of
/// each column's name, where that is another one.
const NAMES_KEY: &str = "retort.names";
/// A file is sent to the disk after each part of so many bytes.
const PART_BYTES: usize = 16 << 20;
/// Most rows that one page holds.
const MAX_PAGE_ROWS: u32 = 10_000;

/// Columns of this size together, bytes, stay in memory while a table is open.
const MAX_KEPT_BYTES: usize = 256 << 20;
/// Columns of this size together, bytes, are worked on at a time where they do
/// not stay.
const MAX_WORKED_BYTES: usize = 512 << 20;
/// Neighbouring columns of this size together, bytes, are read at once.
const READ_TOGETHER_BYTES: usize = 16 << 20;

/// An opened table. Columns are read when they are first asked for. Cloning it
/// shares them.
#[derive(Debug, Clone)]
pub struct Table {
    stored: Arc<Stored>,
    /// One a column; what is read stays as long as the table.
    columns: Arc<[OnceLock<Series>]>,
}

#[derive(Debug, Clone)]
struct Stored {
    id: DatasetId,
    path: PathBuf,
    file_bytes: u64,
    n_rows: usize,
    names: Vec<String>,
    /// What the file has instead of a column's name, where that is another one.
    names_in_file: Vec<Option<String>>,
    formats: Vec<Option<ColumnFormat>>,
    positions: HashMap<String, usize>,
    /// Of all columns in memory, bytes; an estimate.
    memory_bytes: usize,
}

/// One column's values.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ColumnView<'a> {
    /// Numbers.
    Number(&'a Float64Chunked),
    /// Text.
    Text(&'a StringChunked),
    /// No and yes, with their spellings.
    Boolean(&'a BooleanChunked, &'a [String; 2]),
    /// Microseconds since 1970-01-01.
    Moment(&'a Int64Chunked, MomentFormat),
}

impl<'a> ColumnView<'a> {
    /// The cell as it is shown, or none where it is missing.
    pub fn text(&self, row: usize) -> Option<Cow<'a, str>> {
        match self {
            Self::Number(v) => v.get(row).map(|x| Cow::Owned(number::format(x))),
            Self::Text(v) => v.get(row).map(Cow::Borrowed),
            Self::Boolean(v, words) => v.get(row).map(|b| Cow::Borrowed(words[usize::from(b)].as_str())),
            Self::Moment(v, format) => v.get(row).map(|m| Cow::Owned(format.show(m))),
        }
    }

    /// True where the cell has no value.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Number(v) => v.get(row).is_none(),
            Self::Text(v) => v.get(row).is_none(),
            Self::Boolean(v, _) => v.get(row).is_none(),
            Self::Moment(v, _) => v.get(row).is_none(),
        }
    }
}

/// Where a dataset's table lies.
pub(crate) fn table_path(tables_dir: &Path, id: &DatasetId) -> PathBuf {
    tables_dir.join(format!("{id}.parquet"))
}

/// Writes a table beside its place and renames it. Each column comes with its
/// name, how many of its values differ, and, apart, what the file has instead of
/// its name, where that is another one.
pub(crate) fn write_table(
    tables_dir: &Path,
    id: &DatasetId,
    columns: &[(&str, &Values, usize)],
    names_in_file: &[Option<String>],
    n_rows: usize,
) -> Result<(), DatasetError> {
    let formats = columns.iter().map(|c| c.1.format()).collect();
    let columns: Vec<(&str, Contents)> =
        columns.iter().map(|&(name, values, distinct)| (name, Contents::Values(values, distinct))).collect();
    written(tables_dir, id, formats, names_in_file, |file, said| parquet::write(file, &columns, n_rows, said))
}

/// Writes a table of columns whose pages were kept.
pub(crate) fn write_spooled_table(
    tables_dir: &Path,
    id: &DatasetId,
    spool: &Spool,
    columns: &[(&str, &Spooled, Option<ColumnFormat>)],
    names_in_file: &[Option<String>],
    n_rows: usize,
) -> Result<(), DatasetError> {
    let formats = columns.iter().map(|c| c.2.clone()).collect();
    let columns: Vec<(&str, &Spooled)> = columns.iter().map(|c| (c.0, c.1)).collect();
    written(tables_dir, id, formats, names_in_file, |file, said| {
        parquet::write_spooled(file, spool, &columns, n_rows, said)
    })
}

fn written(
    tables_dir: &Path,
    id: &DatasetId,
    formats: Vec<Option<ColumnFormat>>,
    names_in_file: &[Option<String>],
    write: impl FnOnce(&mut (dyn Write + Send), &[Said]) -> Result<(), PolarsError>,
) -> Result<(), DatasetError> {
    let path = table_path(tables_dir, id);
    let mut about = vec![said(&path, FORMATS_KEY, &formats)?];
    if names_in_file.iter().any(Option::is_some) {
        about.push(said(&path, NAMES_KEY, &names_in_file)?);
    }
    write_stored(&path, |file| write(file, &about))
}

/// Something to say of the columns of the file at `path`.
pub(crate) fn said(path: &Path, key: &'static str, value: &impl Serialize) -> Result<Said, DatasetError> {
    Ok((key, serde_json::to_string(value).map_err(|e| DatasetError::write(path, e))?))
}

/// Writes a file of the folder of tables beside its place, and renames it.
pub(crate) fn write_stored(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), PolarsError>,
) -> Result<(), DatasetError> {
    let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|e| failed(&e))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
    written_through(file.as_file_mut(), write).map_err(|e| failed(&e))?;
    file.persist(path).map_err(|e| failed(&e.error))?;
    Ok(())
}

/// Writes a file and waits until all of it is on the disk, to which its first
/// parts are on their way while the others are made ready.
fn written_through(
    file: &mut File,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<(), PolarsError>,
) -> Result<(), PolarsError> {
    let to_disk = file.try_clone()?;
    thread::scope(|scope| {
        let (part_written, written_parts) = mpsc::sync_channel(1);
        let behind = scope.spawn(move || written_parts.iter().try_for_each(|()| to_disk.sync_data()));
        let mut parts = Parts { file: &mut *file, part_written, n_bytes: 0 };
        let written = write(&mut parts);
        drop(parts);
        let on_disk = behind.join().unwrap_or_else(|e| resume_unwind(e));
        // An error of the disk is told once only.
        written.and(on_disk.map_err(PolarsError::from))
    })?;
    Ok(file.sync_all()?)
}

/// Tells after each part of a file that it was written.
struct Parts<'a> {
    file: &'a mut File,
    part_written: mpsc::SyncSender<()>,
    /// Since then.
    n_bytes: usize,
}

impl Write for Parts<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.n_bytes += n;
        if self.n_bytes >= PART_BYTES {
            self.n_bytes = 0;
            // Where the last part is not on the disk yet, this one goes with the next.
            let _ = self.part_written.try_send(());
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Table {
    /// Reads a dataset's table from the folder of tables.
    pub fn open(tables_dir: &Path, id: &DatasetId) -> Result<Table, DatasetError> {
        let missing = || DatasetError::TableMissing { id: id.to_string() };
        let damaged = |reason: String| DatasetError::TableDamaged { id: id.to_string(), reason };
        if !id.is_well_formed() {
            return Err(missing());
        }
        let path = table_path(tables_dir, id);
        let unreadable = |e: std::io::Error| {
            if e.kind() == ErrorKind::NotFound { missing() } else { damaged(e.to_string()) }
        };
        let file = File::open(&path).map_err(unreadable)?;
        let file_bytes = file.metadata().map_err(unreadable)?.len();
        let polars = |e: PolarsError| damaged(e.to_string());
        let mut reader = ParquetReader::new(file);
        let metadata = reader.get_metadata().map_err(polars)?;
        let n_rows = metadata.num_rows;
        let memory_bytes = metadata.row_groups.iter().map(|group| group.total_byte_size()).sum();
        let said = |key: &str| {
            let mut pairs = metadata.key_value_metadata().iter().flatten();
            pairs.find(|pair| pair.key == key).and_then(|pair| pair.value.as_deref())
        };
        let formats =
            said(FORMATS_KEY).ok_or_else(|| damaged("its column formats are missing".to_owned()))?;
        let formats: Vec<Option<ColumnFormat>> =
            serde_json::from_str(formats).map_err(|e| damaged(e.to_string()))?;
        let names_in_file: Vec<Option<String>> = match said(NAMES_KEY) {
            Some(names) => serde_json::from_str(names).map_err(|e| damaged(e.to_string()))?,
            None => vec![None; formats.len()],
        };
        let schema = reader.schema().map_err(polars)?;
        let names: Vec<String> = schema.iter_names().map(|name| name.to_string()).collect();
        if names.len() != formats.len() || names.len() != names_in_file.len() {
            return Err(damaged("what is said of its columns does not fit them".to_owned()));
        }
        let positions = names.iter().enumerate().map(|(i, name)| (name.clone(), i)).collect();
        let stored = Stored {
            id: id.clone(),
            path,
            file_bytes,
            n_rows,
            names,
            names_in_file,
            formats,
            positions,
            memory_bytes,
        };
        Ok(Self::over(Arc::new(stored)))
    }

    fn over(stored: Arc<Stored>) -> Self {
        let columns = stored.names.iter().map(|_| OnceLock::new()).collect();
        Self { stored, columns }
    }

    /// The same table with columns of its own, which are dropped with it: for
    /// work that goes through a large table a column at a time.
    pub fn apart(&self) -> Self {
        Self::over(self.stored.clone())
    }

    /// For one piece of work on the table: shares the columns that were read,
    /// unless all of them would take too much memory to keep; then
    /// [`Table::apart`].
    pub fn for_work(&self) -> Self {
        if self.is_kept() { self.clone() } else { self.apart() }
    }

    /// True where all columns may stay in memory.
    pub(crate) fn is_kept(&self) -> bool {
        self.stored.memory_bytes <= MAX_KEPT_BYTES
    }

    /// Size of its file.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.stored.file_bytes
    }

    /// Names of the columns in their order.
    pub(crate) fn names(&self) -> &[String] {
        &self.stored.names
    }

    /// The column's name as it is in the file that the table was read from: it may
    /// be empty, or that of other columns, too.
    pub(crate) fn name_in_file<'a>(&'a self, name: &'a str) -> &'a str {
        let position = self.stored.positions.get(name);
        position.and_then(|&position| self.stored.names_in_file[position].as_deref()).unwrap_or(name)
    }

    /// Rows of the table.
    pub fn n_rows(&self) -> usize {
        self.stored.n_rows
    }

    /// The column of that name, which the table's dataset says is there.
    pub(crate) fn column(&self, name: &str) -> Result<ColumnView<'_>, DatasetError> {
        let damaged = |reason: String| DatasetError::TableDamaged { id: self.stored.id.to_string(), reason };
        let &position = self
            .stored
            .positions
            .get(name)
            .ok_or_else(|| damaged(format!("column \"{name}\" is missing")))?;
        let column = match self.columns[position].get() {
            Some(column) => column,
            None => {
                let together = self.read_together(position);
                let read = self.read_columns(together.clone(), None).map_err(damaged)?;
                for (place, column) in together.zip(read) {
                    self.columns[place].get_or_init(|| column);
                }
                self.columns[position]
                    .get()
                    .ok_or_else(|| damaged(format!("column \"{name}\" is missing")))?
            }
        };
        let polars = |e: PolarsError| damaged(e.to_string());
        Ok(match (column.dtype(), &self.stored.formats[position]) {
            (DataType::Float64, None) => ColumnView::Number(column.f64().map_err(polars)?),
            (DataType::String, None) => ColumnView::Text(column.str().map_err(polars)?),
            (DataType::Boolean, Some(ColumnFormat::Boolean(words))) => {
                ColumnView::Boolean(column.bool().map_err(polars)?, words)
            }
            (DataType::Datetime(..), Some(ColumnFormat::Moment(format))) => {
                ColumnView::Moment(column.datetime().map_err(polars)?.physical(), *format)
            }
            (other, _) => return Err(damaged(format!("column \"{name}\" has the unexpected type {other}"))),
        })
    }

    /// The neighbours that are read along with a column: each reading goes over
    /// what the file says of all columns, which of ten thousand small ones would
    /// be most of the work.
    pub(crate) fn read_together(&self, position: usize) -> Range<usize> {
        let n_columns = self.stored.names.len();
        let n_together = (READ_TOGETHER_BYTES / self.column_bytes()).clamp(1, n_columns);
        let first = position / n_together * n_together;
        first..(first + n_together).min(n_columns)
    }

    /// What `work` makes of each of `columns`, in their order; several are worked
    /// on at a time. Of a table that does not stay in memory whole, no column
    /// does that was read for it, and no more are there at once than
    /// [`MAX_WORKED_BYTES`] has room for.
    pub(crate) fn of_each<T: Send>(
        &self,
        columns: &[&retort_domain::Column],
        work: impl Fn(&retort_domain::Column, ColumnView<'_>) -> Result<T, DatasetError> + Sync,
    ) -> Result<Vec<T>, DatasetError> {
        let portions: Vec<&[&retort_domain::Column]> = self.portions(columns).collect();
        let n_portions = portions.len();
        let of_portion = |portion: &[&retort_domain::Column]| {
            let table = self.for_work();
            // All of a portion are read with its first one, before several ask.
            portion.first().map(|column| table.column(&column.name)).transpose()?;
            let made = portion.par_iter().map(|column| work(column, table.column(&column.name)?));
            made.collect::<Result<Vec<T>, DatasetError>>()
        };
        // Threads of their own: one of rayon's that waits for a column to be read
        // would begin with the next meanwhile, and so on.
        let next = AtomicUsize::new(0);
        let worker = || {
            let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
            let portions = numbers.map_while(|number| Some((number, *portions.get(number)?)));
            let made = portions.map(|(number, portion)| Ok((number, of_portion(portion)?)));
            let made: Result<Vec<_>, DatasetError> = made.collect();
            if made.is_err() {
                // What the others would make is not wanted any more.
                next.store(n_portions, Ordering::Relaxed);
            }
            made
        };
        let n_threads = self.portions_at_once().min(n_portions);
        let mut made: Vec<(usize, Vec<T>)> = thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(worker)).collect();
            let joined = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|e| resume_unwind(e)));
            joined.collect::<Result<Vec<Vec<_>>, DatasetError>>().map(|made| made.into_iter().flatten())
        })?
        .collect();
        made.sort_unstable_by_key(|(number, _)| *number);
        Ok(made.into_iter().flat_map(|(_, made)| made).collect())
    }

    /// Portions of columns that are worked on at a time.
    fn portions_at_once(&self) -> usize {
        let n_threads = rayon::current_num_threads();
        // A table without columns, which only a damaged file holds, is one of these.
        if self.is_kept() {
            return n_threads;
        }
        let portion_bytes = self.column_bytes() * self.read_together(0).len();
        (MAX_WORKED_BYTES / portion_bytes).clamp(1, n_threads)
    }

    /// Memory that one column takes, bytes: an estimate, and at least 1.
    fn column_bytes(&self) -> usize {
        (self.stored.memory_bytes / self.stored.names.len().max(1)).max(1)
    }

    /// Columns that are read at once, where they follow each other.
    pub(crate) fn portions<'c>(
        &self,
        columns: &'c [&'c retort_domain::Column],
    ) -> impl Iterator<Item = &'c [&'c retort_domain::Column]> {
        let portion = |column: &retort_domain::Column| {
            self.stored.positions.get(&column.name).map(|&position| self.read_together(position))
        };
        columns.chunk_by(move |a, b| portion(a) == portion(b))
    }

    /// Some columns; all of their rows, or some.
    fn read_columns(&self, places: Range<usize>, rows: Option<&Range<usize>>) -> Result<Vec<Series>, String> {
        let told = |e: &dyn std::fmt::Display| e.to_string();
        let file = File::open(&self.stored.path).map_err(|e| told(&e))?;
        let names = &self.stored.names[places];
        let wanted = (names.len() < self.stored.names.len()).then(|| names.to_vec());
        // A damaged file reaches corners of the reader that no writer makes.
        let slice = rows.map(|rows| (rows.start, rows.len()));
        let read = catch_unwind(AssertUnwindSafe(|| {
            ParquetReader::new(file).with_columns(wanted).with_slice(slice).finish()
        }));
        let frame = read.map_err(|_| "its structure makes no sense".to_owned())?.map_err(|e| told(&e))?;
        let columns = frame.columns();
        let n_rows = rows.map_or(self.stored.n_rows, ExactSizeIterator::len);
        if columns.len() != names.len() {
            return Err(format!("{} of {} columns are there", columns.len(), names.len()));
        }
        let of_name = |(column, name): (&Column, &String)| {
            if column.name().as_str() != name {
                return Err(format!("column \"{name}\" is missing"));
            }
            if column.len() != n_rows {
                return Err(format!("column \"{name}\" has {} rows", column.len()));
            }
            Ok(column.as_materialized_series().rechunk())
        };
        columns.iter().zip(names).map(of_name).collect()
    }

    /// All columns in the dataset's order.
    pub(crate) fn columns_of(&self, dataset: &Dataset) -> Result<Vec<ColumnView<'_>>, DatasetError> {
        dataset.columns.iter().map(|c| self.column(&c.name)).collect()
    }

    /// Rows from `offset` on, at most `limit` (and never more than 10,000), as
    /// text; an offset beyond the end gives no rows.
    pub fn page(&self, dataset: &Dataset, offset: u32, limit: u32) -> Result<TablePage, DatasetError> {
        let columns = self.columns_of(dataset)?;
        let n_rows = u32::try_from(self.n_rows()).unwrap_or(u32::MAX);
        let end = offset.saturating_add(limit.min(MAX_PAGE_ROWS)).min(n_rows);
        let rows = (offset..end)
            .map(|row| columns.iter().map(|c| c.text(row as usize).map(Cow::into_owned)).collect())
            .collect();
        Ok(TablePage { offset, n_rows, n_matching: n_rows, row_numbers: (offset..end).collect(), rows })
    }
}
