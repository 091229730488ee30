//! A table written as CSV, as RFC 4180 describes it.

use crate::{error::DatasetError, table::Table};
use retort_domain::Dataset;
use std::{borrow::Cow, io::BufWriter, path::Path};

impl Table {
    /// Writes the whole table to `path`: UTF-8, commas, CRLF, a header, missing
    /// cells empty. What lay there is replaced only once all is written.
    pub fn export_csv(&self, dataset: &Dataset, path: &Path) -> Result<(), DatasetError> {
        let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
        let columns = self.columns_of(dataset)?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::NamedTempFile::new_in(folder).map_err(|e| failed(&e))?;
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BufWriter::new(file));
        writer.write_record(dataset.columns.iter().map(|c| c.name.as_str())).map_err(|e| failed(&e))?;
        for row in 0..self.n_rows() {
            let cells = columns.iter().map(|c| c.text(row).unwrap_or(Cow::Borrowed("")));
            writer.write_record(cells.map(|c| c.into_owned())).map_err(|e| failed(&e))?;
        }
        let buffered = writer.into_inner().map_err(|e| failed(&e))?;
        let file = buffered.into_inner().map_err(|e| failed(&e))?;
        file.persist(path).map_err(|e| failed(&e.error))?;
        Ok(())
    }
}
