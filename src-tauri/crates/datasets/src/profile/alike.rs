//! Rows that are alike: how many, and whether there are more than columns of
//! few values give by coincidence.

use crate::{duplicates::RowHashes, error::DatasetError, table::Table};
use rayon::prelude::*;
use retort_domain::Column;

/// So many times the pairs that independent columns would give count as
/// coincidence still: columns do depend on each other.
const DEPENDENCE: f64 = 10.0;
/// Shares of the default split.
const TRAIN: f64 = 0.7;

/// Groups of equal rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Alike {
    /// Rows looked at.
    pub rows: usize,
    /// Rows that repeat an earlier one.
    pub repeats: usize,
    /// Pairs of equal rows.
    pub pairs: f64,
    /// Share of test rows that would be equal to a training row, in the mean
    /// over default random splits.
    pub in_train: f64,
}

/// Rows equal in every compared column, and, of those that have a target, in
/// every one but the target.
#[derive(Debug, Default)]
pub(super) struct AlikeRows {
    pub whole: Alike,
    pub features: Option<Alike>,
}

/// Looks at all rows, by their hashes over all compared columns. The target is
/// the first of these where there is one.
pub(super) fn alike_rows(
    table: &Table,
    hashes: RowHashes,
    target: Option<&Column>,
) -> Result<AlikeRows, DatasetError> {
    let mut hashes = hashes.into_rows();
    let features = match target {
        Some(target) => {
            // Its part is taken out again; rows without it are in no part of a split.
            let view = table.column(&target.name)?;
            let of_target = RowHashes::new(hashes.len());
            of_target.add(0, view);
            let of_target = of_target.into_rows();
            let labelled = (0..hashes.len()).into_par_iter().filter(|&row| !view.is_missing(row));
            let mut rest: Vec<u64> = labelled.map(|row| hashes[row].wrapping_sub(of_target[row])).collect();
            Some(alike(&mut rest))
        }
        None => None,
    };
    Ok(AlikeRows { whole: alike(&mut hashes), features })
}

fn alike(hashes: &mut [u64]) -> Alike {
    hashes.par_sort_unstable();
    let n = hashes.len() as f64;
    let mut alike = Alike { rows: hashes.len(), ..Alike::default() };
    for group in hashes.chunk_by(|a, b| a == b).filter(|group| group.len() > 1) {
        let m = group.len() as f64;
        alike.repeats += group.len() - 1;
        alike.pairs += m * (m - 1.0) / 2.0;
        alike.in_train += m / n * (1.0 - (1.0 - TRAIN).powf(m - 1.0));
    }
    alike
}

impl Alike {
    /// True where there are more equal rows than coincidence explains.
    /// `collision` is the chance that two rows agree in every column.
    pub fn is_beyond_chance(&self, collision: f64) -> bool {
        let n = self.rows as f64;
        let by_chance = n * (n - 1.0) / 2.0 * collision;
        self.repeats > 0 && self.pairs > DEPENDENCE * by_chance
    }
}
