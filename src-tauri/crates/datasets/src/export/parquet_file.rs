//! Numbers as 64-bit floats, dates as dates, times of day as times, both
//! together as timestamps in microseconds, yes and no as booleans.

use crate::{
    error::DatasetError,
    table::{ColumnView, Table},
    watch::Watch,
};
use polars::prelude::{
    ChunkApply, Column, DataFrame, DataType, Int64Chunked, IntoColumn, IntoSeries, ParquetWriter,
    PolarsError, TimeUnit,
};
use retort_domain::Dataset;
use std::{fs::File, io::BufWriter, path::Path};

pub(super) fn write(
    table: &Table,
    dataset: &Dataset,
    file: &mut File,
    path: &Path,
    watch: Watch<'_>,
) -> Result<(), DatasetError> {
    let failed = |e: PolarsError| DatasetError::write(path, e);
    let mut file = Some(BufWriter::new(file));
    let mut writer = None;
    for rows in table.parts() {
        let part = table.part(rows.clone())?;
        let views = part.columns_of(dataset)?;
        let columns = dataset.columns.iter().zip(views).map(|(c, view)| column_of(&c.name, view));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let frame = DataFrame::new(part.n_rows(), columns).map_err(failed)?;
        if let Some(file) = file.take() {
            writer = Some(ParquetWriter::new(file).batched(frame.schema()).map_err(failed)?);
        }
        if let Some(writer) = &mut writer {
            writer.write_batch(&frame).map_err(failed)?;
        }
        watch.tell(rows.end, table.n_rows())?;
    }
    if let Some(writer) = writer {
        writer.finish().map_err(failed)?;
    }
    Ok(())
}

fn column_of(name: &str, view: ColumnView<'_>) -> Result<Column, PolarsError> {
    let moments = |values: &Int64Chunked| values.clone().into_datetime(TimeUnit::Microseconds, None);
    let column = match view {
        ColumnView::Number(values) => values.clone().into_column(),
        ColumnView::Text(values) => values.clone().into_column(),
        ColumnView::Boolean(values, _) => values.clone().into_column(),
        ColumnView::Moment(values, format) => match (format.date, format.time) {
            (Some(_), false) => moments(values).into_series().cast(&DataType::Date)?.into_column(),
            (None, _) => {
                let nanos = values.apply_values(|micros| micros * 1000);
                nanos.into_series().cast(&DataType::Time)?.into_column()
            }
            (Some(_), true) => moments(values).into_column(),
        },
    };
    Ok(column.with_name(name.into()))
}
