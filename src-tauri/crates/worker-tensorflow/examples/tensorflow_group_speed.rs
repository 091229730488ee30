//! Prints microseconds a step and trial for groups of 1, 7 and 32, how many
//! times faster the larger groups are, and what opening a group costs. The
//! groups of a shape take turns; the best of several turns counts. On Linux
//! time is the processor's, so that other programs take none of it. Arguments:
//! words of which a shape's line must hold one, `own` for trials that see
//! their rows in orders of their own.

use retort_domain::{Activation, Optimizer, Task, protocol::ModelSpec};
use retort_trainer::random::{initial_weights, row_order};
use retort_trainer::{Backend, Group, TrainRows, TrialSetup, TrialSteps};
use retort_worker_tensorflow::{ENVIRONMENT, TensorFlow};
use std::error::Error;
use std::time::{Duration, Instant};

const SIZES: [usize; 3] = [1, 7, 32];
const TURNS: usize = 9;
/// About what a group's turn takes.
const TURN: Duration = Duration::from_millis(100);

struct Shape {
    name: &'static str,
    n_rows: usize,
    n_features: usize,
    hidden: &'static [usize],
    n_classes: usize,
    batches: &'static [usize],
}

const fn shape(
    name: &'static str,
    [n_rows, n_features, n_classes]: [usize; 3],
    hidden: &'static [usize],
    batches: &'static [usize],
) -> Shape {
    Shape { name, n_rows, n_features, hidden, n_classes, batches }
}

const LETTER: [usize; 3] = [12_800, 16, 26];
const PENGUINS: [usize; 3] = [240, 20, 3];
const TWO: [usize; 3] = [20_000, 20, 2];
const SHAPES: [Shape; 12] = [
    shape("penguins", PENGUINS, &[32], &[64]),
    shape("penguins", PENGUINS, &[32, 32], &[64]),
    shape("penguins", PENGUINS, &[64, 64], &[64]),
    shape("two", TWO, &[32, 32], &[64]),
    shape("two", TWO, &[64, 64], &[64]),
    shape("letter", LETTER, &[32], &[64, 128, 256]),
    shape("letter", LETTER, &[32, 32], &[64, 128, 256]),
    shape("letter", LETTER, &[64], &[64, 128, 256]),
    shape("letter", LETTER, &[64, 64], &[64, 128, 256]),
    shape("letter", LETTER, &[128, 128], &[64, 256]),
    shape("letter", LETTER, &[256, 256], &[64, 256]),
    shape("letter", LETTER, &[1024, 1024], &[64, 256]),
];

fn main() -> Result<(), Box<dyn Error>> {
    // What is set already is kept, to try other settings.
    for (name, value) in ENVIRONMENT.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()) {
        // SAFETY: first thing in main, no other thread exists yet.
        unsafe { std::env::set_var(name, value) };
    }
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let own = words.iter().any(|word| word == "own");
    words.retain(|word| word != "own");
    println!(
        "{:36} {:>26} {:>13} {:>20}",
        "µs a step and trial, groups of", "1      7     32", "ratios", "open, again (ms)"
    );
    for shape in &SHAPES {
        for &batch_size in shape.batches {
            let name = format!(
                "{} {}-{:?}-{} batch {batch_size}",
                shape.name, shape.n_features, shape.hidden, shape.n_classes
            );
            if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
                measure(shape, batch_size, own, &name)?;
            }
        }
    }
    Ok(())
}

fn measure(shape: &Shape, batch_size: usize, own: bool, name: &str) -> Result<(), Box<dyn Error>> {
    let spec = ModelSpec {
        n_features: shape.n_features,
        hidden_layers: shape.hidden.to_vec(),
        n_outputs: shape.n_classes,
        activation: Activation::Relu,
        batch_norm: false,
        task: Task::Classification,
        optimizer: Optimizer::Adam,
    };
    let x: Vec<f32> = (0..shape.n_rows * shape.n_features).map(|i| (i as f32 * 0.37).sin()).collect();
    let y: Vec<f32> = (0..shape.n_rows).map(|i| (i * 7 % shape.n_classes) as f32).collect();
    let rows = TrainRows { x: &x, y: &y, n_rows: shape.n_rows, teacher: None };
    let backend = TensorFlow::load()?;
    let setups: Vec<TrialSetup> =
        (0..32).map(|seed| TrialSetup::for_weights(initial_weights(&spec, seed))).collect();

    // The graph is built at the latest by the first step.
    let mut opening = [0.0; 2];
    for millis in &mut opening {
        let started = Instant::now();
        let mut group = backend.open(&spec, rows, &setups)?;
        train(&mut *group, shape, batch_size, 1, own)?;
        *millis = started.elapsed().as_secs_f64() * 1e3;
    }

    let mut groups = Vec::new();
    for size in SIZES {
        let mut group = backend.open(&spec, rows, &setups[..size])?;
        // The first call may compile.
        train(&mut *group, shape, batch_size, 1, own)?;
        let took = train(&mut *group, shape, batch_size, 16, own)? / 16;
        let n_steps = (TURN.as_nanos() / took.as_nanos().max(1)).clamp(2, 256) as usize;
        groups.push((group, n_steps, f64::INFINITY));
    }
    for _ in 0..TURNS {
        for (group, n_steps, best) in &mut groups {
            let took = train(&mut **group, shape, batch_size, *n_steps, own)?;
            let micros = took.as_secs_f64() * 1e6 / (*n_steps * group.n_trials()) as f64;
            *best = best.min(micros);
        }
    }
    let best: Vec<f64> = groups.iter().map(|(_, _, best)| *best).collect();
    println!(
        "{name:36} {:12.1} {:6.1} {:6.1} {:6.2} {:6.2} {:13.1} {:6.1}",
        best[0],
        best[1],
        best[2],
        best[0] / best[1],
        best[0] / best[2],
        opening[0],
        opening[1]
    );
    Ok(())
}

fn train(
    group: &mut dyn Group,
    shape: &Shape,
    batch_size: usize,
    n_steps: usize,
    own: bool,
) -> Result<Duration, Box<dyn Error>> {
    // Whole batches alone, of as many epochs as that takes.
    let orders: Vec<Vec<u32>> = (0..if own { group.n_trials() } else { 1 })
        .map(|trial| {
            let epoch = |epoch| {
                let mut order = row_order(trial as u32, epoch, shape.n_rows as u32);
                order.truncate(shape.n_rows / batch_size * batch_size);
                order
            };
            (1..).flat_map(epoch).take(n_steps * batch_size).collect()
        })
        .collect();
    let rates = vec![1e-3; n_steps];
    let steps: Vec<TrialSteps<'_>> = (0..group.n_trials())
        .map(|trial| TrialSteps {
            rows: &orders[if own { trial } else { 0 }],
            batch_size,
            learning_rates: &rates,
            first_step: 0,
        })
        .collect();
    let clock = Clock::start();
    group.train_steps(&steps)?;
    Ok(clock.elapsed())
}

/// Processor time of all threads, or wall-clock time where it is not told.
struct Clock {
    started: Instant,
    spent: Option<Duration>,
}

impl Clock {
    fn start() -> Self {
        Self { started: Instant::now(), spent: processor_time() }
    }

    fn elapsed(&self) -> Duration {
        match (self.spent, processor_time()) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => self.started.elapsed(),
        }
    }
}

fn processor_time() -> Option<Duration> {
    let mut nanos = 0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let told = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanos += told.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanos))
}
