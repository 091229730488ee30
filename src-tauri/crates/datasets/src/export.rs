//! A table written as CSV, as RFC 4180 describes it.

use crate::{error::DatasetError, source::read_source, table::Table};
use retort_domain::Dataset;
use std::{borrow::Cow, collections::HashMap, io::BufWriter, path::Path};

/// How cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellsAs<'a> {
    /// As they are shown: numbers plain, missing cells empty.
    Typed,
    /// As they are in the source file, from this folder of tables.
    Source(&'a Path),
}

impl Table {
    /// Writes the whole table to `path`: UTF-8, commas, CRLF, a header, missing
    /// cells empty. What lay there is replaced only once all is written.
    pub fn export_csv(&self, dataset: &Dataset, path: &Path) -> Result<(), DatasetError> {
        self.export_csv_as(dataset, path, CellsAs::Typed)
    }

    /// As [`Table::export_csv`], with cells of a choice.
    pub fn export_csv_as(&self, dataset: &Dataset, path: &Path, cells: CellsAs) -> Result<(), DatasetError> {
        let sources = match cells {
            CellsAs::Typed => HashMap::new(),
            CellsAs::Source(tables_dir) => read_source(tables_dir, &dataset.id)?,
        };
        let sources: Vec<_> = dataset.columns.iter().map(|c| sources.get(&c.name)).collect();
        let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
        let columns = self.columns_of(dataset)?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BufWriter::new(file));
        writer.write_record(dataset.columns.iter().map(|c| c.name.as_str())).map_err(|e| failed(&e))?;
        for row in 0..self.n_rows() {
            let cells = columns.iter().zip(&sources).map(|(column, source)| match source {
                Some(source) => source.text(row, column),
                None => column.text(row).unwrap_or(Cow::Borrowed("")),
            });
            writer.write_record(cells.map(|c| c.into_owned())).map_err(|e| failed(&e))?;
        }
        let buffered = writer.into_inner().map_err(|e| failed(&e))?;
        let file = buffered.into_inner().map_err(|e| failed(&e))?;
        file.persist(path).map_err(|e| failed(&e.error))?;
        Ok(())
    }
}
