//! Rows that are the same in every column.

use crate::{
    error::DatasetError,
    profile::scrambled,
    table::{ColumnView, Table},
};
use polars::prelude::{PlFixedStateQuality, PlHashSet};
use rayon::prelude::*;
use retort_domain::{Column, ColumnKind, Dataset};
use std::hash::BuildHasher;

/// Rows that one thread hashes at a time.
const BLOCK: usize = 1 << 16;

/// True for columns that tell rows apart by nothing but their name.
pub(crate) fn is_compared(column: &Column) -> bool {
    column.kind != ColumnKind::Identifier
}

/// A hash of each row over some columns: equal rows have equal ones, and two of
/// ten million different rows share one with a chance of three in a million.
pub(crate) fn row_hashes(
    table: &Table,
    columns: &[&Column],
    after_column: impl Fn() -> Result<(), DatasetError>,
) -> Result<Vec<u64>, DatasetError> {
    let mut hashes = vec![0_u64; table.n_rows()];
    let mut salts = 1_u64..;
    for portion in table.portions(columns) {
        let table = table.for_work();
        for (column, salt) in portion.iter().zip(salts.by_ref()) {
            let view = table.column(&column.name)?;
            let salt = scrambled(salt);
            hashes
                .par_chunks_mut(BLOCK)
                .enumerate()
                .for_each(|(block, out)| add(view, salt, block * BLOCK, out));
            after_column()?;
        }
    }
    Ok(hashes)
}

/// Adds the cells from `offset` on.
fn add(view: ColumnView, salt: u64, offset: usize, out: &mut [u64]) {
    const MISSING: u64 = 0x6D69_7373_696E_6721;
    let length = out.len();
    let each = |out: &mut [u64], cells: &mut dyn Iterator<Item = Option<u64>>| {
        for (hash, cell) in out.iter_mut().zip(cells) {
            *hash = hash.wrapping_add(scrambled(cell.unwrap_or(MISSING) ^ salt));
        }
    };
    match view {
        ColumnView::Number(v) => {
            let v = v.slice(offset as i64, length);
            each(out, &mut v.iter().map(|x| x.map(|x| (x + 0.0).to_bits())));
        }
        ColumnView::Moment(v, _) => {
            let v = v.slice(offset as i64, length);
            each(out, &mut v.iter().map(|m| m.map(|m| m as u64)));
        }
        ColumnView::Boolean(v, _) => {
            let v = v.slice(offset as i64, length);
            each(out, &mut v.iter().map(|b| b.map(u64::from)));
        }
        ColumnView::Text(v) => {
            let hasher = PlFixedStateQuality::default();
            let v = v.slice(offset as i64, length);
            each(out, &mut v.iter().map(|text| text.map(|text| hasher.hash_one(text))));
        }
    }
}

/// For each of `rows`: true where an earlier one of them is the same in every
/// column but identifiers.
pub(crate) fn repeats(table: &Table, dataset: &Dataset, rows: &[u32]) -> Result<Vec<bool>, DatasetError> {
    let columns: Vec<&Column> = dataset.columns.iter().filter(|c| is_compared(c)).collect();
    let hashes = row_hashes(table, &columns, || Ok(()))?;
    let mut seen: PlHashSet<u64> = PlHashSet::with_capacity_and_hasher(rows.len(), Default::default());
    Ok(rows.iter().map(|&row| !seen.insert(hashes[row as usize])).collect())
}
