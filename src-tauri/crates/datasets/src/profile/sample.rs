//! The rows that dear figures are computed on, and how often the work asks
//! whether to go on.

use crate::error::DatasetError;
use polars::prelude::Float64Chunked;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Longer tables are sampled.
const SAMPLE_ROWS: usize = 200_000;

/// Some rows of a table, ascending.
#[derive(Debug)]
pub(super) struct Sample {
    pub rows: Vec<u32>,
    is_whole: bool,
}

impl Sample {
    /// All rows, or one of each stretch of equal length where there are too
    /// many: drawn within its stretch, so that no period in the table is caught.
    pub fn of(n_rows: usize) -> Self {
        if n_rows <= SAMPLE_ROWS {
            return Self { rows: (0..n_rows as u32).collect(), is_whole: true };
        }
        let stretch = n_rows as f64 / SAMPLE_ROWS as f64;
        let rows = (0..SAMPLE_ROWS)
            .map(|i| {
                let within = (scrambled(i as u64) >> 11) as f64 / (1_u64 << 53) as f64;
                (((i as f64 + within) * stretch) as usize).min(n_rows - 1) as u32
            })
            .collect();
        Self { rows, is_whole: false }
    }

    /// The sampled values.
    pub fn numbers(&self, values: &Float64Chunked) -> Vec<Option<f64>> {
        if self.is_whole {
            return values.iter().collect();
        }
        self.rows.iter().map(|&row| values.get(row as usize)).collect()
    }
}

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014): every bit of the
/// result depends on every bit of the input.
pub(crate) fn scrambled(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Told the share of the work that is done; false means to stop.
pub type GoesOn<'a> = &'a (dyn Fn(f64) -> bool + Sync);

/// Counts steps of work.
pub(super) struct Progress<'a> {
    goes_on: GoesOn<'a>,
    done: AtomicUsize,
    total: usize,
}

impl<'a> Progress<'a> {
    pub fn new(goes_on: GoesOn<'a>, total: usize) -> Self {
        Self { goes_on, done: AtomicUsize::new(0), total: total.max(1) }
    }

    /// One step is done. An error where the work is to stop.
    pub fn step(&self) -> Result<(), DatasetError> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if (self.goes_on)(done.min(self.total) as f64 / self.total as f64) {
            Ok(())
        } else {
            Err(DatasetError::ProfileStopped)
        }
    }
}
