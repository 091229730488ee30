//! What a step of one trial costs alone and in groups of 7 and 32: microseconds
//! per trial-step, and how many times cheaper than alone. Group sizes are
//! measured in turn, several times over, and the shortest time of each counts.
//!
//! Beside them, the least that a step can cost: its products' multiplications
//! and additions at the rate at which libtorch multiplies two large matrices in
//! the same run. No grouping saves more than what a trial alone costs beyond it.
//!
//! `cargo run --release -p retort-worker-pytorch --example pytorch_group_speed [FILTER]`

use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Optimizer, Task};
use retort_trainer::{Backend, BackendError, Group, TrainRows, TrialSetup, TrialSteps, random};
use retort_worker_pytorch::PyTorch;
use std::time::Instant;
use tch::{Device, Kind, Tensor};

const GROUP_SIZES: [usize; 3] = [1, 7, 32];
const N_ROWS: usize = 4096;
/// Many short measurements, so that some of them are disturbed by nobody. A
/// call makes several steps of each trial, as the trainer's do, and takes
/// about as long whatever the size of the group.
const REPETITIONS: usize = 40;
const PIECE_SECS: f64 = 0.005;
const MIN_STEPS: usize = 4;
/// Large networks are measured less often.
const SHAPE_SECS: f64 = 4.0;

/// One network, and how it is trained.
struct Shape {
    name: &'static str,
    n_features: usize,
    hidden: &'static [usize],
    n_classes: usize,
    batch_size: usize,
    activation: Activation,
    dropout: f64,
    batch_norm: bool,
    /// All trials see the same rows in the same order.
    same_rows: bool,
}

const PLAIN: Shape = Shape {
    name: "letter",
    n_features: 16,
    hidden: &[32],
    n_classes: 26,
    batch_size: 64,
    activation: Activation::Relu,
    dropout: 0.0,
    batch_norm: false,
    same_rows: true,
};

fn shapes() -> Vec<Shape> {
    let mut shapes = Vec::new();
    let tables: [(&str, usize, usize, &[&[usize]]); 3] = [
        ("letter", 16, 26, &[&[32], &[32, 32], &[64], &[64, 64]]),
        ("penguins", 20, 3, &[&[16], &[32], &[32, 32], &[64, 64]]),
        ("twenty", 20, 2, &[&[32, 32], &[64, 64]]),
    ];
    for (name, n_features, n_classes, networks) in tables {
        for &hidden in networks {
            for batch_size in [64, 128, 256] {
                shapes.push(Shape { name, n_features, hidden, n_classes, batch_size, ..PLAIN });
            }
        }
    }
    let hidden: &[usize] = &[32, 32];
    shapes.push(Shape { name: "own rows", hidden, same_rows: false, ..PLAIN });
    shapes.push(Shape { name: "dropout", hidden, dropout: 0.2, ..PLAIN });
    shapes.push(Shape { name: "batch norm", hidden, batch_norm: true, ..PLAIN });
    for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Gelu, Activation::Silu] {
        shapes.push(Shape { name: activation_name(activation), hidden, activation, ..PLAIN });
    }
    for hidden in [&[128_usize, 128] as &[usize], &[256], &[256, 256], &[512], &[1024], &[1024, 1024]] {
        for batch_size in [64, 256] {
            shapes.push(Shape { name: "large", hidden, batch_size, ..PLAIN });
        }
    }
    shapes
}

fn activation_name(activation: Activation) -> &'static str {
    match activation {
        Activation::Relu => "relu",
        Activation::Tanh => "tanh",
        Activation::Sigmoid => "sigmoid",
        Activation::Gelu => "gelu",
        Activation::Silu => "silu",
    }
}

impl Shape {
    /// Floating-point operations of a step's products: forward, towards the
    /// weights, and towards the inputs of every layer but the first.
    fn operations(&self) -> f64 {
        let widths = [self.n_features].into_iter().chain(self.hidden.iter().copied()).chain([self.n_classes]);
        let widths: Vec<usize> = widths.collect();
        let layers = widths.windows(2).map(|pair| pair[0] * pair[1]).enumerate();
        let products = layers.map(|(layer, n)| n * if layer == 0 { 2 } else { 3 });
        (2 * self.batch_size * products.sum::<usize>()) as f64
    }
}

/// Operations a second in the product of two large matrices on one thread.
fn fastest_rate() -> f64 {
    const WIDTH: i64 = 512;
    let [a, b] = [0.5, 0.25].map(|v| Tensor::full([WIDTH, WIDTH], v, (Kind::Float, Device::Cpu)));
    let seconds = (0..REPETITIONS).map(|_| {
        let started = Instant::now();
        let _product = a.matmul(&b);
        started.elapsed().as_secs_f64()
    });
    2.0 * (WIDTH as f64).powi(3) / seconds.fold(f64::INFINITY, f64::min)
}

/// A group under measurement.
struct Runner<'d> {
    group: Box<dyn Group + 'd>,
    orders: Vec<Vec<u32>>,
    batch_size: usize,
    step: u64,
}

impl Runner<'_> {
    /// Seconds for `n_steps` steps of every trial.
    fn run(&mut self, n_steps: usize) -> Result<f64, BackendError> {
        let rates = vec![1e-3; n_steps];
        let n_rows = n_steps * self.batch_size;
        let orders: Vec<Vec<u32>> =
            self.orders.iter().map(|o| o.iter().copied().cycle().take(n_rows).collect()).collect();
        let steps: Vec<TrialSteps<'_>> = orders
            .iter()
            .map(|rows| TrialSteps {
                rows,
                batch_size: self.batch_size,
                learning_rates: &rates,
                first_step: self.step,
            })
            .collect();
        let started = Instant::now();
        self.group.train_steps(&steps)?;
        self.step += n_steps as u64;
        Ok(started.elapsed().as_secs_f64())
    }
}

fn open<'d>(
    backend: &PyTorch,
    shape: &Shape,
    rows: TrainRows<'d>,
    n_trials: usize,
) -> Result<Runner<'d>, BackendError> {
    let spec = ModelSpec {
        n_features: shape.n_features,
        hidden_layers: shape.hidden.to_vec(),
        n_outputs: shape.n_classes,
        activation: shape.activation,
        batch_norm: shape.batch_norm,
        task: Task::Classification,
        optimizer: Optimizer::Adam,
    };
    let setups: Vec<TrialSetup> = (0..n_trials as u32)
        .map(|seed| TrialSetup {
            seed,
            dropout: shape.dropout,
            ..TrialSetup::for_weights(random::initial_weights(&spec, seed))
        })
        .collect();
    let orders = (0..n_trials as u32)
        .map(|trial| random::row_order(if shape.same_rows { 0 } else { trial }, 1, N_ROWS as u32))
        .collect();
    let group = backend.open(&spec, rows, &setups)?;
    Ok(Runner { group, orders, batch_size: shape.batch_size, step: 0 })
}

fn main() -> Result<(), BackendError> {
    let filter = std::env::args().nth(1).unwrap_or_default();
    let backend = PyTorch::load();
    let rate = fastest_rate();
    println!("microseconds per trial-step; large products run at {:.0} GFLOP/s", rate / 1e9);
    for shape in shapes() {
        let title = format!(
            "{} {}-{:?}-{} batch {}",
            shape.name, shape.n_features, shape.hidden, shape.n_classes, shape.batch_size
        );
        if !title.contains(&filter) {
            continue;
        }
        let x: Vec<f32> = (0..N_ROWS * shape.n_features).map(|i| (i as f32 * 1.3).sin()).collect();
        let y: Vec<f32> = (0..N_ROWS).map(|i| (i * i % shape.n_classes) as f32).collect();
        let rows = TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None };
        let mut runners = GROUP_SIZES
            .iter()
            .map(|&n_trials| open(&backend, &shape, rows, n_trials))
            .collect::<Result<Vec<_>, _>>()?;
        let mut best = [f64::INFINITY; GROUP_SIZES.len()];
        let started = Instant::now();
        for repetition in 0..REPETITIONS {
            if repetition > 3 && started.elapsed().as_secs_f64() > SHAPE_SECS {
                break;
            }
            for ((runner, best), n_trials) in runners.iter_mut().zip(&mut best).zip(GROUP_SIZES) {
                let min_steps = MIN_STEPS * GROUP_SIZES[GROUP_SIZES.len() - 1] / n_trials;
                let n_steps = if best.is_finite() {
                    ((PIECE_SECS / (*best * n_trials as f64)) as usize).clamp(min_steps, 2000)
                } else {
                    MIN_STEPS
                };
                let per_step = runner.run(n_steps)? / (n_steps * n_trials) as f64;
                *best = best.min(per_step);
            }
        }
        print!("{title:<44}");
        for (seconds, n_trials) in best.iter().zip(GROUP_SIZES) {
            print!("  K{n_trials:<2} {:8.2}", seconds * 1e6);
        }
        let least = shape.operations() / rate;
        print!("  least {:8.2}", least * 1e6);
        println!(
            "   alone / in 32: {:.2}, / least: {:.2}",
            best[0] / best[GROUP_SIZES.len() - 1],
            best[0] / least
        );
    }
    Ok(())
}
