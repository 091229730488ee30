//! Training speed beside Python's, measured in one run: the same rows, the
//! same network, one thread each, contenders taking turns, so that whatever
//! else the machine does falls on all of them.

mod data;
mod ours;
pub(super) mod peers;
mod report;

use super::Options;
use super::report::{Machine, write_results};
use crate::layout::Layout;
use crate::process::step;
use crate::setup;
use anyhow::{Context, Result, bail};
use retort_domain::Platform;

/// A network, and as much work as gives a steady rate.
pub struct Network {
    /// As shown.
    pub name: &'static str,
    /// Units of each hidden layer, between [`data::N_FEATURES`] inputs and two classes.
    pub hidden: &'static [u32],
    /// Rows a step; divides `n_rows`.
    pub batch_size: u32,
    /// Rows trained on.
    pub n_rows: u32,
    /// The first warms up and does not count.
    pub epochs: u32,
}

const NETWORKS: [Network; 2] = [
    Network { name: "small", hidden: &[64, 64], batch_size: 64, n_rows: 65_536, epochs: 6 },
    Network { name: "large", hidden: &[256, 256], batch_size: 512, n_rows: 51_200, epochs: 5 },
];

impl Network {
    /// `20-64-64-2`
    pub fn shape(&self) -> String {
        let hidden: Vec<String> = self.hidden.iter().map(u32::to_string).collect();
        format!("{}-{}-2", data::N_FEATURES, hidden.join("-"))
    }

    fn steps_per_epoch(&self) -> f64 {
        f64::from(self.n_rows / self.batch_size)
    }
}

/// Who trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// Our worker.
    Ours(Platform),
    /// A Python program.
    Peer(&'static Peer),
}

/// A Python program in `tests/bench`, and how much faster we mean to be.
#[derive(Debug, PartialEq, Eq)]
pub struct Peer {
    /// As shown.
    pub title: &'static str,
    /// File name in `tests/bench`.
    pub script: &'static str,
    /// The framework it uses, and that it is compared with ours on.
    pub platform: Platform,
    /// Least ratio of our rate to its, in tenths, for the small network and the large.
    pub bars_tenths: [(&'static str, u32); 2],
}

static PEERS: [Peer; 4] = [
    Peer {
        title: "PyTorch, DataLoader loop",
        script: "torch_dataloader.py",
        platform: Platform::Pytorch,
        bars_tenths: [("small", 30), ("large", 18)],
    },
    Peer {
        title: "PyTorch, sliced, fused Adam",
        script: "torch_sliced.py",
        platform: Platform::Pytorch,
        bars_tenths: [("small", 12), ("large", 10)],
    },
    Peer {
        title: "Keras fit",
        script: "keras_fit.py",
        platform: Platform::Tensorflow,
        bars_tenths: [("small", 50), ("large", 13)],
    },
    Peer {
        title: "TensorFlow, tf.function step",
        script: "tf_function.py",
        platform: Platform::Tensorflow,
        bars_tenths: [("small", 20), ("large", 10)],
    },
];

impl Contender {
    /// As shown.
    pub fn title(self) -> String {
        match self {
            Contender::Ours(platform) => format!("Retort, {platform}"),
            Contender::Peer(peer) => peer.title.to_owned(),
        }
    }

    fn all() -> Vec<Contender> {
        Platform::ALL.into_iter().map(Contender::Ours).chain(PEERS.iter().map(Contender::Peer)).collect()
    }
}

/// One training.
pub struct Measurement {
    /// Which network.
    pub network: &'static str,
    /// Who trained.
    pub contender: Contender,
    /// From 0; measurements of one repetition were taken side by side.
    pub repetition: u32,
    /// Steps alone, the warm-up epoch left out.
    pub steps_per_second: f64,
    /// As `steps_per_second`, but from epoch to epoch by the clock on the wall.
    pub steps_per_wall_second: f64,
    /// Mean loss over training rows at the end, to see that all of them learn.
    pub final_loss: f64,
    /// As the framework says.
    pub version: String,
}

/// What a contender tells of one training.
pub struct Timing {
    /// Seconds of each epoch's steps.
    pub epoch_seconds: Vec<f64>,
    /// Seconds from the end of one epoch to the end of the next. Ours hold
    /// shuffling and evaluation, which our `epoch_seconds` leave out; the peers
    /// shuffle within their epochs and evaluate nothing.
    pub epoch_wall_seconds: Vec<f64>,
    /// Mean loss over training rows at the end.
    pub final_loss: f64,
    /// As the framework says.
    pub version: String,
}

/// Measures, prints the table and writes it to `bench-results/training.*`.
pub fn run(layout: &Layout, options: &Options) -> Result<()> {
    setup::runtimes(layout)?;
    let python = peers::ensure_environment(layout)?;
    let workers = Platform::ALL.map(|platform| format!("--bin={}", platform.worker_binary()));
    step(
        "build workers (release)",
        layout.cargo().args(["build", "--release", "--workspace", "--exclude", "xtask"]).args(workers),
    )?;

    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let machine = Machine::this();
    let mut measurements = Vec::new();
    for network in NETWORKS.iter().filter(|n| options.network.as_deref().is_none_or(|name| name == n.name)) {
        let prepared = folder.path().join(format!("{}.safetensors", network.name));
        data::write(&prepared, network)?;
        for repetition in 0..options.repetitions {
            eprintln!(
                "▸ {} ({}), repetition {} of {}",
                network.name,
                network.shape(),
                repetition + 1,
                options.repetitions
            );
            let mut contenders = Contender::all();
            // Forth and back, so that nobody always comes first.
            if repetition % 2 == 1 {
                contenders.reverse();
            }
            for contender in contenders {
                let timing = match contender {
                    Contender::Ours(platform) => ours::train(layout, platform, network, &prepared),
                    Contender::Peer(peer) => peers::train(layout, &python, peer, network, &prepared),
                }
                .with_context(|| format!("{} did not train", contender.title()))?;
                let measurement = measure(network, contender, repetition, timing)?;
                eprintln!(
                    "  {:<30} {:>8.0} steps/s   final loss {:.4}",
                    contender.title(),
                    measurement.steps_per_second,
                    measurement.final_loss
                );
                measurements.push(measurement);
            }
        }
    }
    let report = report::Report::new(machine, &measurements, &PEERS, &NETWORKS);
    write_results(layout, "training", &report.markdown(), &report.json(&measurements))
}

fn measure(
    network: &'static Network,
    contender: Contender,
    repetition: u32,
    timing: Timing,
) -> Result<Measurement> {
    let epochs = network.epochs as usize;
    if timing.epoch_seconds.len() != epochs || timing.epoch_wall_seconds.len() != epochs {
        bail!("{} told of {} epochs, not {epochs}", contender.title(), timing.epoch_seconds.len());
    }
    let steps = network.steps_per_epoch() * (epochs - 1) as f64;
    let rate = |epoch_seconds: &[f64]| steps / epoch_seconds[1..].iter().sum::<f64>();
    Ok(Measurement {
        network: network.name,
        contender,
        repetition,
        steps_per_second: rate(&timing.epoch_seconds),
        steps_per_wall_second: rate(&timing.epoch_wall_seconds),
        final_loss: timing.final_loss,
        version: timing.version,
    })
}
