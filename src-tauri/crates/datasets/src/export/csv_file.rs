use super::{CellsAs, after_row};
use crate::{error::DatasetError, source::read_source, table::Table, watch::Watch};
use retort_domain::Dataset;
use std::{borrow::Cow, collections::HashMap, fs::File, io::BufWriter, path::Path};

const BUFFER_BYTES: usize = 1 << 16;

pub(super) fn write(
    table: &Table,
    dataset: &Dataset,
    cells: CellsAs,
    file: &mut File,
    path: &Path,
    watch: Watch<'_>,
) -> Result<(), DatasetError> {
    let failed = |e: &dyn std::fmt::Display| DatasetError::write(path, e);
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BufWriter::with_capacity(BUFFER_BYTES, file));
    writer.write_record(dataset.columns.iter().map(|c| c.name.as_str())).map_err(|e| failed(&e))?;
    for rows in table.parts() {
        let sources = match cells {
            CellsAs::Typed => HashMap::new(),
            CellsAs::Source => read_source(table.folder(), &dataset.id, &rows)?,
        };
        let sources: Vec<_> = dataset.columns.iter().map(|c| sources.get(&c.name)).collect();
        let part = table.part(rows.clone())?;
        let columns = part.columns_of(dataset)?;
        for row in 0..part.n_rows() {
            for (column, source) in columns.iter().zip(&sources) {
                let cell = match source {
                    Some(source) => source.text(row, column),
                    None => column.text(row).unwrap_or(Cow::Borrowed("")),
                };
                writer.write_field(cell.as_bytes()).map_err(|e| failed(&e))?;
            }
            writer.write_record(None::<&[u8]>).map_err(|e| failed(&e))?;
            after_row(watch, rows.start + row, table.n_rows())?;
        }
    }
    writer.flush().map_err(|e| failed(&e))
}
