//! New rows for a trained model.

use crate::{error::DatasetError, features::apply, table::Table};
use retort_domain::{Dataset, Preparation};

/// All rows of a table as the model of `preparation` expects them,
/// `[n_rows, n_features]` row-major. Columns are matched by name; the target
/// need not be there.
pub fn transform(
    table: &Table,
    dataset: &Dataset,
    preparation: &Preparation,
) -> Result<Vec<f32>, DatasetError> {
    let rows: Vec<u32> = (0..table.n_rows()).map(|r| r as u32).collect();
    transform_rows(table, dataset, preparation, &rows)
}

/// As [`transform`], of some rows, by their numbers from 0.
pub fn transform_rows(
    table: &Table,
    dataset: &Dataset,
    preparation: &Preparation,
    rows: &[u32],
) -> Result<Vec<f32>, DatasetError> {
    apply(&preparation.features, table, dataset, rows)
}
