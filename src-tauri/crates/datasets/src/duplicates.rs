//! Rows that are the same in every column.

use crate::{
    error::DatasetError,
    profile::scrambled,
    table::{ColumnView, Table},
};
use polars::prelude::{PlFixedStateQuality, PlHashSet};
use retort_domain::{Column, ColumnKind, Dataset};
use std::{
    collections::HashMap,
    hash::BuildHasher,
    sync::{Mutex, PoisonError},
};

/// Rows that are hashed at a time.
const BLOCK: usize = 1 << 16;

/// True for columns that tell rows apart by nothing but their name.
pub(crate) fn is_compared(column: &Column) -> bool {
    column.kind != ColumnKind::Identifier
}

/// A hash of each row over some columns, which are added in any order: equal
/// rows have equal ones, and two of ten million different rows share one with a
/// chance of three in a million.
pub(crate) struct RowHashes(Mutex<Vec<u64>>);

impl RowHashes {
    pub fn new(n_rows: usize) -> Self {
        Self(Mutex::new(vec![0; n_rows]))
    }

    /// Adds the column at this place among those that are compared. By this
    /// thread alone: one of rayon's that waits for others takes up other work
    /// meanwhile, which may be to add a column.
    pub fn add(&self, place: usize, view: ColumnView) {
        let salt = scrambled(place as u64 + 1);
        let mut hashes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (block, out) in hashes.chunks_mut(BLOCK).enumerate() {
            add(view, salt, block * BLOCK, out);
        }
    }

    /// One a row.
    pub fn into_rows(self) -> Vec<u64> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the cells from `offset` on.
fn add(view: ColumnView, salt: u64, offset: usize, out: &mut [u64]) {
    const MISSING: u64 = 0x6D69_7373_696E_6721;
    let length = out.len();
    fn each(out: &mut [u64], salt: u64, cells: impl Iterator<Item = Option<u64>>) {
        for (hash, cell) in out.iter_mut().zip(cells) {
            *hash = hash.wrapping_add(scrambled(cell.unwrap_or(MISSING) ^ salt));
        }
    }
    let offset = offset as i64;
    match view {
        ColumnView::Number(v) => {
            each(out, salt, v.slice(offset, length).iter().map(|x| x.map(|x| (x + 0.0).to_bits())));
        }
        ColumnView::Moment(v, _) => {
            each(out, salt, v.slice(offset, length).iter().map(|m| m.map(|m| m as u64)));
        }
        ColumnView::Boolean(v, _) => {
            each(out, salt, v.slice(offset, length).iter().map(|b| b.map(u64::from)));
        }
        ColumnView::Text(v) => {
            let hasher = PlFixedStateQuality::default();
            let v = v.slice(offset, length);
            each(out, salt, v.iter().map(|text| text.map(|text| hasher.hash_one(text))));
        }
    }
}

/// For each of `rows`: true where an earlier one of them is the same in every
/// column but identifiers.
pub(crate) fn repeats(table: &Table, dataset: &Dataset, rows: &[u32]) -> Result<Vec<bool>, DatasetError> {
    let columns: Vec<&Column> = dataset.columns.iter().filter(|c| is_compared(c)).collect();
    let hashes = RowHashes::new(table.n_rows());
    let places: HashMap<&str, usize> = columns.iter().map(|column| column.name.as_str()).zip(0..).collect();
    table.of_each(&columns, |column, view| {
        hashes.add(places[column.name.as_str()], view);
        Ok(())
    })?;
    let hashes = hashes.into_rows();
    let mut seen: PlHashSet<u64> = PlHashSet::with_capacity_and_hasher(rows.len(), Default::default());
    Ok(rows.iter().map(|&row| !seen.insert(hashes[row as usize])).collect())
}
