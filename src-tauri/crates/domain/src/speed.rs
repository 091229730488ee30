//! How fast a trained network answers.

use crate::TimestampMillis;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Rows in one call at which speed is measured.
pub const MEASURED_BATCHES: [u32; 3] = [1, 32, 1024];

/// Calls with the same number of rows, while nothing else slowed the machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct BatchSpeed {
    /// Rows in one call.
    pub rows: u32,
    /// Calls that count.
    pub repetitions: u32,
    /// Median of a call, microseconds.
    pub p50_micros: f64,
    /// 95th percentile of a call, microseconds.
    pub p95_micros: f64,
    /// Rows a second at the median.
    pub rows_per_second: f64,
}

/// How fast a network answers, opened from its own file in the platform's
/// format, on one thread, rows in memory to outputs in memory, after warm-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct InferenceSpeed {
    /// One entry for each of [`MEASURED_BATCHES`], or for one row alone where
    /// shapes are compared.
    pub batches: Vec<BatchSpeed>,
    /// From the file to a network that can be asked, the first time in its
    /// process, milliseconds.
    pub load_millis: f64,
    /// By how much the process grew at most while it opened and asked the
    /// network, bytes; known on Linux.
    pub peak_memory_bytes: Option<f64>,
    /// From the table's columns to the network's inputs, apart; none where the
    /// dataset is gone.
    pub preparation: Vec<BatchSpeed>,
    /// Cores that were busy with other work meanwhile, on average, where the
    /// system tells.
    pub other_busy_cores: Option<f64>,
    /// False where so much else was going on that the figures mean little.
    pub is_reliable: bool,
    /// When.
    pub measured_at: TimestampMillis,
}

impl InferenceSpeed {
    /// The entry for calls of that many rows.
    pub fn batch(&self, rows: u32) -> Option<&BatchSpeed> {
        self.batches.iter().find(|batch| batch.rows == rows)
    }
}
