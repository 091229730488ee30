//! How fast trained networks answer: asked in their workers, in turn, in
//! several rounds, so that what slows the machine for a while slows all alike;
//! and calls that something slowed are told from the others.

use crate::Engine;
use crate::blocking::blocking;
use retort_domain::protocol::{Frame, MeasuredNetwork, Request, SpeedSamples};
use retort_domain::{
    AppError, BatchSpeed, ErrorCode, InferenceSpeed, JobEventKind, MEASURED_BATCHES, Platform, Preparation,
    Run, RunId, RunStatus,
};
use retort_trainer::artifacts;
use std::time::{Duration, Instant};
use sysinfo::{CpuRefreshKind, RefreshKind, System};

/// Platforms take turns this often.
const ROUNDS: usize = 6;
/// Calls that follow each other and are judged together: so long, microseconds,
/// and so many at least.
const SLICE_MICROS: f64 = 5_000.0;
const SLICE_CALLS: usize = 5;
/// Slices count whose median is at most so many times that of the quietest
/// tenth. What others do on the machine comes in spells of a tenth of a second
/// and more, and can double every call: two threads of one core.
const QUIET: f64 = 1.15;
/// Networks that are measured together, at most.
pub(crate) const MAX_NETWORKS: usize = 64;

/// How much of networks is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent {
    /// All that is shown of a run.
    Whole,
    /// The time for a row, to tell many shapes apart.
    OneRow,
}

impl Extent {
    /// Rows in one call.
    fn batch_sizes(self) -> &'static [u32] {
        match self {
            Self::Whole => &MEASURED_BATCHES,
            Self::OneRow => &[1],
        }
    }

    /// Timed calls of a network with one number of rows in a round, at most.
    fn most_calls(self) -> u32 {
        match self {
            Self::Whole => 2000,
            Self::OneRow => 200,
        }
    }
}

/// Cores that others may keep busy before figures are doubted: half of those
/// that the measurement leaves free, or this many where it leaves none.
const TOLERATED_CORES: f64 = 0.25;
/// Time for one number of rows of the preparation.
const PREPARATION_TIME: Duration = Duration::from_millis(100);
/// Calls of the preparation with one number of rows, at most.
const PREPARATION_CALLS: usize = 200;

/// What one network's calls took, over all rounds.
#[derive(Debug, Default)]
struct Collected {
    load_secs: Option<f64>,
    peak_memory_bytes: Option<f64>,
    call_micros: Vec<Vec<f64>>,
}

impl Collected {
    fn add(&mut self, samples: SpeedSamples) {
        // The first load of a process is the one that counts; later ones find
        // everything warm.
        self.load_secs.get_or_insert(samples.load_secs);
        if self.peak_memory_bytes.is_none() {
            self.peak_memory_bytes = samples.peak_memory_bytes;
        }
        self.call_micros.resize(self.call_micros.len().max(samples.call_micros.len()), Vec::new());
        for (all, micros) in self.call_micros.iter_mut().zip(samples.call_micros) {
            all.extend(micros);
        }
    }
}

impl Engine {
    /// Measures how fast runs' networks answer, interleaved, and keeps the
    /// figures with the runs. Answers with the runs as they are then, in the
    /// order asked for.
    ///
    /// # Errors
    /// Where a run has no trained network, a file is gone, or a framework
    /// cannot open it.
    pub async fn runs_measure(&self, ids: &[RunId]) -> Result<Vec<Run>, AppError> {
        let mut runs = Vec::with_capacity(ids.len());
        for id in ids {
            let run = self.runs_get(id).await?;
            if run.status != RunStatus::Succeeded {
                return Err(AppError::new(
                    ErrorCode::Conflict,
                    format!("run \"{}\" has no trained network to measure", run.name),
                )
                .with_hint("Choose a run that succeeded"));
            }
            runs.push(run);
        }
        let networks: Vec<(Platform, MeasuredNetwork)> = runs
            .iter()
            .map(|run| {
                let artifact_dir = self.inner.folders.run(&run.id);
                (run.platform, MeasuredNetwork::Saved { artifact_dir })
            })
            .collect();
        let speeds = self.measure(&networks, Extent::Whole).await?;
        for (run, speed) in runs.iter_mut().zip(speeds) {
            let preparation = self.preparation_speed(run).await;
            let speed = InferenceSpeed { preparation, ..speed };
            let _in_order = self.inner.telling.lock().await;
            let event = self.store().set_run_speed(&run.id, speed, self.now()).await?;
            if let JobEventKind::RunChanged { run: changed } = &event.kind {
                run.clone_from(changed);
            }
            self.tell(event);
        }
        Ok(runs)
    }

    /// Measures networks, interleaved over the platforms too. One measurement
    /// at a time; the preparation is left out.
    pub(crate) async fn measure(
        &self,
        networks: &[(Platform, MeasuredNetwork)],
        extent: Extent,
    ) -> Result<Vec<InferenceSpeed>, AppError> {
        if networks.is_empty() || networks.len() > MAX_NETWORKS {
            return Err(AppError::new(
                ErrorCode::InvalidConfig,
                format!("{} networks cannot be measured at once", networks.len()),
            )
            .with_hint(format!("Choose 1 to {MAX_NETWORKS}")));
        }
        let _alone = self.inner.measuring.lock().await;
        let mut collected: Vec<Collected> = networks.iter().map(|_| Collected::default()).collect();
        let load = Load::begin();
        for _ in 0..ROUNDS {
            for platform in Platform::ALL {
                let of_platform: Vec<usize> =
                    (0..networks.len()).filter(|&k| networks[k].0 == platform).collect();
                if of_platform.is_empty() {
                    continue;
                }
                let asked = of_platform.iter().map(|&k| networks[k].1.clone()).collect();
                for (k, samples) in of_platform.iter().zip(self.ask_speed(platform, asked, extent).await?) {
                    collected[*k].add(samples);
                }
            }
        }
        let (other_busy_cores, is_reliable) = load.end();
        let measured_at = self.now();
        Ok(collected
            .into_iter()
            .map(|of_network| InferenceSpeed {
                batches: extent
                    .batch_sizes()
                    .iter()
                    .zip(of_network.call_micros)
                    .filter_map(|(&rows, micros)| batch_speed(rows, &micros))
                    .collect(),
                load_millis: of_network.load_secs.unwrap_or_default() * 1000.0,
                peak_memory_bytes: of_network.peak_memory_bytes,
                preparation: Vec::new(),
                other_busy_cores,
                is_reliable,
                measured_at,
            })
            .collect())
    }

    async fn ask_speed(
        &self,
        platform: Platform,
        networks: Vec<MeasuredNetwork>,
        extent: Extent,
    ) -> Result<Vec<SpeedSamples>, AppError> {
        let failed = |reason: String| {
            AppError::new(ErrorCode::WorkerFailed, format!("the speed could not be measured: {reason}"))
                .with_hint("Try again; if it stays, look at the log")
        };
        let (batch_sizes, most_calls) = (extent.batch_sizes().to_vec(), extent.most_calls());
        let request = Request::Measure { networks, batch_sizes, most_calls };
        let measured = |frame| if let Frame::Measured { samples } = frame { Ok(samples) } else { Err(frame) };
        self.inner.pool.ask(platform, &request, failed, measured).await
    }

    /// How long the way from columns to inputs takes; empty where the dataset
    /// is gone.
    async fn preparation_speed(&self, run: &Run) -> Vec<BatchSpeed> {
        let Ok(dataset) = self.datasets_get(&run.dataset.id).await else { return Vec::new() };
        let Ok(table) = self.inner.tables.open(&dataset.id).await else { return Vec::new() };
        let folder = self.inner.folders.run(&run.id);
        let timed = blocking(move || {
            let preparation: Preparation = artifacts::read_description(&folder)
                .map_err(|e| AppError::new(ErrorCode::Storage, e.to_string()))?
                .preparation;
            let n_rows = table.n_rows() as u32;
            let mut speeds = Vec::new();
            for rows in MEASURED_BATCHES {
                let chosen: Vec<u32> = (0..rows).map(|row| row % n_rows.max(1)).collect();
                let mut micros = Vec::new();
                let begun = Instant::now();
                while micros.len() < PREPARATION_CALLS && begun.elapsed() < PREPARATION_TIME {
                    let started = Instant::now();
                    retort_datasets::transform_rows(&table, &dataset, &preparation, &chosen)?;
                    micros.push(started.elapsed().as_secs_f64() * 1e6);
                }
                speeds.extend(batch_speed(rows, &micros));
            }
            Ok::<_, AppError>(speeds)
        });
        timed.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the preparation's speed was not measured");
            Vec::new()
        })
    }
}

/// Of the calls, in their order, that nothing else slowed. None without calls.
fn batch_speed(rows: u32, micros: &[f64]) -> Option<BatchSpeed> {
    let slices: Vec<Vec<f64>> = slices(micros).map(sorted).collect();
    let medians = sorted(&slices.iter().filter_map(|slice| percentile(slice, 0.5)).collect::<Vec<_>>());
    let quietest = percentile(&medians, 0.1)?;
    let is_quiet = |slice: &&Vec<f64>| percentile(slice, 0.5).is_some_and(|m| m <= QUIET * quietest);
    let micros = sorted(&slices.iter().filter(is_quiet).flatten().copied().collect::<Vec<_>>());
    let (p50_micros, p95_micros) = (percentile(&micros, 0.5)?, percentile(&micros, 0.95)?);
    Some(BatchSpeed {
        rows,
        repetitions: micros.len() as u32,
        p50_micros,
        p95_micros,
        rows_per_second: f64::from(rows) / (p50_micros.max(f64::MIN_POSITIVE) / 1e6),
    })
}

/// Cuts calls into stretches of [`SLICE_MICROS`] and [`SLICE_CALLS`].
fn slices(mut micros: &[f64]) -> impl Iterator<Item = &[f64]> {
    std::iter::from_fn(move || {
        let mut sum = 0.0;
        let length = micros.iter().take_while(|call| {
            let goes_on = sum < SLICE_MICROS;
            sum += **call;
            goes_on
        });
        let (slice, rest) = micros.split_at(length.count().max(SLICE_CALLS).min(micros.len()));
        micros = rest;
        (!slice.is_empty()).then_some(slice)
    })
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// By nearest rank.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    sorted.get(((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1)).copied()
}

/// What the machine does beside a measurement, which keeps one core busy.
struct Load(Option<System>);

impl Load {
    fn begin() -> Self {
        let what = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_usage());
        Self(System::new_with_specifics(what).ok())
    }

    /// Cores that others kept busy since the beginning, where the system tells,
    /// and whether that is little enough, as far as is known.
    fn end(self) -> (Option<f64>, bool) {
        let Some(mut system) = self.0 else { return (None, true) };
        system.refresh_cpu_usage();
        let cores = system.cpus().len() as f64;
        let busy = f64::from(system.global_cpu_usage()) / 100.0 * cores;
        let others = (busy - 1.0).max(0.0);
        (Some(others), others <= ((cores - 1.0) / 2.0).max(TOLERATED_CORES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        // All in one slice.
        let speed = batch_speed(32, &(1..=99).map(f64::from).collect::<Vec<_>>()).unwrap();
        assert_eq!((speed.p50_micros, speed.p95_micros, speed.repetitions), (50.0, 95.0, 99));
        assert!((speed.rows_per_second - 32.0 / 50e-6).abs() < 1e-6);
        assert_eq!(batch_speed(1, &[]), None);
    }

    #[test]
    fn spells_in_which_others_work_do_not_count() {
        let call = |slowness: f64| move |i: u32| slowness * if i.is_multiple_of(10) { 30.0 } else { 20.0 };
        let quiet: Vec<f64> = (0..4000).map(call(1.0)).collect();
        let busy: Vec<f64> = (0..4000).map(call(2.1)).collect();
        let alone = batch_speed(1, &quiet).unwrap();
        assert_eq!((alone.p50_micros, alone.p95_micros, alone.repetitions), (20.0, 30.0, 4000));
        for micros in [[&quiet[..], &busy].concat(), [&busy[..], &busy, &quiet, &busy].concat()] {
            let speed = batch_speed(1, &micros).unwrap();
            assert_eq!((speed.p50_micros, speed.p95_micros), (alone.p50_micros, alone.p95_micros));
            assert!((3700..=4100).contains(&speed.repetitions), "{}", speed.repetitions);
        }
    }

    #[test]
    fn slices_hold_all_calls_in_their_order() {
        for call in [1.0, 700.0, 40_000.0] {
            let micros = vec![call; 17];
            let slices: Vec<&[f64]> = slices(&micros).collect();
            assert_eq!(slices.concat(), micros);
            let (_, whole) = slices.split_last().unwrap();
            assert!(whole.iter().all(|slice| slice.len() >= SLICE_CALLS));
            assert!(whole.iter().all(|slice| slice.iter().sum::<f64>() >= SLICE_MICROS), "{call}");
        }
    }
}
