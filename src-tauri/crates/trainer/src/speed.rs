//! How long calls of trained networks take, in turn, so that whatever slows
//! the machine slows all of them.

use crate::artifacts::{self, ArtifactError};
use crate::backend::{Backend, BackendError, SavedNetwork, TrainRows, TrialSetup};
use crate::random;
use retort_domain::protocol::{MeasuredNetwork, ModelSpec, SpeedSamples};
use std::path::Path;
use std::time::{Duration, Instant};

/// Calls before the first that is timed: caches fill, and libtorch and
/// TensorFlow rewrite a network while they see it for the first times.
const WARM_UP_CALLS: usize = 10;
/// Timed calls of one network with one number of rows, unless fewer are asked
/// for or they take long.
const MIN_CALLS: usize = 50;
/// Timed no shorter than this, unless as many calls were made as asked for, …
const MIN_TIME: Duration = Duration::from_millis(50);
/// … and no longer than this, however few calls were made.
const MAX_TIME: Duration = Duration::from_millis(500);

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum SpeedError {
    /// The run's folder.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The framework.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A place for a network that is measured by its shape.
    #[error("cannot write a network into a temporary folder: {0}")]
    Folder(#[source] std::io::Error),
    /// Told to stop.
    #[error("the measurement was cancelled")]
    Cancelled,
}

/// Times calls of all networks, with each number of rows: a call of each
/// network after the other, again and again, until every network has been
/// called often and long enough, at most `most_calls` times. Results are in the
/// order of `networks`.
pub fn measure(
    backend: &dyn Backend,
    networks: &[MeasuredNetwork],
    batch_sizes: &[u32],
    most_calls: u32,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<SpeedSamples>, SpeedError> {
    let largest = batch_sizes.iter().copied().max().unwrap_or(1) as usize;
    let mut opened = Vec::with_capacity(networks.len());
    let mut samples = Vec::with_capacity(networks.len());
    for network in networks {
        let (open, load_secs, peak_memory_bytes) = open(backend, network, largest)?;
        opened.push(open);
        samples.push(SpeedSamples { load_secs, peak_memory_bytes, call_micros: Vec::new() });
    }
    for &n_rows in batch_sizes {
        let n_rows = n_rows as usize;
        for network in &mut opened {
            for _ in 0..WARM_UP_CALLS {
                network.call(n_rows)?;
            }
        }
        let mut micros: Vec<Vec<f64>> = vec![Vec::new(); opened.len()];
        let mut spent = vec![Duration::ZERO; opened.len()];
        let is_enough = |calls: usize, spent: Duration| {
            spent >= MAX_TIME || calls >= most_calls as usize || (calls >= MIN_CALLS && spent >= MIN_TIME)
        };
        loop {
            let mut any = false;
            for (k, network) in opened.iter_mut().enumerate() {
                if is_enough(micros[k].len(), spent[k]) {
                    continue;
                }
                let took = network.call(n_rows)?;
                spent[k] += took;
                micros[k].push(took.as_secs_f64() * 1e6);
                any = true;
            }
            if !any {
                break;
            }
            if cancelled() {
                return Err(SpeedError::Cancelled);
            }
        }
        for (samples, micros) in samples.iter_mut().zip(micros) {
            samples.call_micros.push(micros);
        }
    }
    Ok(samples)
}

/// A network that can be asked, and rows to ask it with.
struct Opened {
    network: Box<dyn SavedNetwork>,
    n_features: usize,
    x: Vec<f32>,
}

impl Opened {
    fn call(&mut self, n_rows: usize) -> Result<Duration, BackendError> {
        let x = &self.x[..n_rows * self.n_features];
        let started = Instant::now();
        let outputs = self.network.outputs(x, n_rows)?;
        let took = started.elapsed();
        drop(outputs);
        Ok(took)
    }
}

/// Opens a network and asks it once with as many rows as it will see at most;
/// with the seconds that opening took, and by how much memory grew over both.
fn open(
    backend: &dyn Backend,
    network: &MeasuredNetwork,
    largest: usize,
) -> Result<(Opened, f64, Option<f64>), SpeedError> {
    let temporary;
    let (dir, n_features) = match network {
        MeasuredNetwork::Saved { artifact_dir } => {
            (artifact_dir.as_path(), artifacts::read_description(artifact_dir)?.model.n_features)
        }
        MeasuredNetwork::Untrained { spec } => {
            temporary = tempfile::tempdir().map_err(SpeedError::Folder)?;
            export_untrained(backend, spec, temporary.path())?;
            (temporary.path(), spec.n_features)
        }
    };
    let x = (0..largest * n_features).map(|i| (i as f32 * 0.7).sin()).collect();
    let before = memory::begin_peak();
    let started = Instant::now();
    let network = backend.load(dir)?;
    let load_secs = started.elapsed().as_secs_f64();
    let mut opened = Opened { network, n_features, x };
    opened.call(largest)?;
    let grown = before.and_then(|before| Some(memory::peak()?.saturating_sub(before) as f64));
    Ok((opened, load_secs, grown))
}

fn export_untrained(backend: &dyn Backend, spec: &ModelSpec, dir: &Path) -> Result<(), BackendError> {
    let zeros = vec![0.0; spec.n_features];
    let rows = TrainRows { x: &zeros, y: &[0.0], n_rows: 1, teacher: None };
    let setup = TrialSetup::for_weights(random::initial_weights(spec, 0));
    backend.open(spec, rows, &[setup])?.export(0, dir).map(|_| ())
}

/// Resident memory of this process, bytes; known on Linux.
#[cfg(target_os = "linux")]
mod memory {
    /// Forgets the peak so far, and tells how much is held now.
    pub(super) fn begin_peak() -> Option<u64> {
        // 5 resets the peak, see proc(5).
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
        figure("VmRSS:")
    }

    /// The most that was held since [`begin_peak`].
    pub(super) fn peak() -> Option<u64> {
        figure("VmHWM:")
    }

    fn figure(name: &str) -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    }
}

#[cfg(not(target_os = "linux"))]
mod memory {
    pub(super) fn begin_peak() -> Option<u64> {
        None
    }

    pub(super) fn peak() -> Option<u64> {
        None
    }
}
