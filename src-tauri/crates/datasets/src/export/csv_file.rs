use super::{CellsAs, after_row};
use crate::{error::DatasetError, source::read_source, table::Table, watch::Watch};
use retort_domain::Dataset;
use std::{
    borrow::Cow,
    cell::RefCell,
    collections::HashMap,
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

const BUFFER_BYTES: usize = 1 << 16;

/// A file that records are written to, and rows past the writer of records.
struct Shared<'a, W>(&'a RefCell<W>);

impl<W: Write> Write for Shared<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    /// Once, when all is written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn write(
    table: &Table,
    dataset: &Dataset,
    cells: CellsAs,
    file: &mut File,
    path: &Path,
    watch: Watch<'_>,
) -> Result<(), DatasetError> {
    let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
    let shared = RefCell::new(BufWriter::with_capacity(BUFFER_BYTES, file));
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Shared(&shared));
    // Delimiters alone are taken for an empty row, here and by spreadsheets.
    let nothing = format!("\"\"{}\r\n", ",".repeat(dataset.columns.len().saturating_sub(1)));
    let names = dataset.columns.iter().map(|column| match cells {
        CellsAs::Typed => column.name.as_str(),
        CellsAs::Source => table.name_in_file(&column.name),
    });
    writer.write_record(names).map_err(|e| failed(&e))?;
    for rows in table.parts() {
        let sources = match cells {
            CellsAs::Typed => HashMap::new(),
            CellsAs::Source => read_source(table.folder(), &dataset.id, &rows)?,
        };
        let sources: Vec<_> = dataset.columns.iter().map(|c| sources.get(&c.name)).collect();
        let part = table.part(rows.clone())?;
        let columns = part.columns_of(dataset)?;
        let mut cells: Vec<Cow<str>> = Vec::with_capacity(columns.len());
        for row in 0..part.n_rows() {
            cells.clear();
            cells.extend(columns.iter().zip(&sources).map(|(column, source)| match source {
                Some(source) => source.text(row, column),
                None => column.text(row).unwrap_or(Cow::Borrowed("")),
            }));
            if cells.iter().all(|cell| cell.is_empty()) {
                writer.flush().map_err(|e| failed(&e))?;
                shared.borrow_mut().write_all(nothing.as_bytes()).map_err(|e| failed(&e))?;
            } else {
                writer.write_record(cells.iter().map(|cell| cell.as_bytes())).map_err(|e| failed(&e))?;
            }
            after_row(watch, rows.start + row, table.n_rows())?;
        }
    }
    writer.flush().map_err(|e| failed(&e))?;
    shared.borrow_mut().flush().map_err(|e| failed(&e))
}
