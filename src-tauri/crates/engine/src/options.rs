//! How an engine is opened.

use retort_domain::TimestampMillis;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// What to open and how.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Holds all that is kept.
    pub data_dir: PathBuf,
    /// Holds samples and their manifest; those not seen before are imported.
    pub samples_dir: Option<PathBuf>,
    /// Holds the workers' binaries; none means beside this program.
    pub worker_dir: Option<PathBuf>,
    /// Holds the frameworks' runtimes; none means `RETORT_RUNTIMES`, or the
    /// user's cache folder.
    pub runtimes_dir: Option<PathBuf>,
    /// Workers of each platform at once; none means one a core.
    pub workers_per_platform: Option<usize>,
    /// Trials of a sweep that train together, at most; none means as many as
    /// pay.
    pub max_group_size: Option<u32>,
    /// Whether jobs that another process left unfinished go on here.
    pub resume_interrupted: bool,
    /// The app: one a data folder, following what others do there.
    pub exclusive: bool,
    /// Resident memory at which a worker is ended, bytes; none means 80 % of
    /// what was free when the engine opened.
    pub memory_limit_bytes: Option<u64>,
    /// Between two checkpoints of a run, seconds.
    pub checkpoint_every_secs: f64,
    /// The time of day.
    pub clock: fn() -> TimestampMillis,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            data_dir: default_data_dir(),
            samples_dir: None,
            worker_dir: None,
            runtimes_dir: None,
            workers_per_platform: None,
            max_group_size: None,
            resume_interrupted: false,
            exclusive: false,
            memory_limit_bytes: None,
            checkpoint_every_secs: 3.0,
            clock: system_time,
        }
    }
}

pub(crate) fn default_data_dir() -> PathBuf {
    directories::ProjectDirs::from("", "", "retort")
        .map_or_else(|| PathBuf::from("retort-data"), |dirs| dirs.data_dir().to_owned())
}

fn system_time() -> TimestampMillis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| (since.as_micros() as f64 / 1000.0).floor())
}
