//! Prints milliseconds a step for a small and a wide network, and writes the
//! small one's `saved_model/` into the folder given as argument, if any.

use retort_domain::{Activation, Optimizer, Task, protocol::ModelSpec};
use retort_trainer::random::initial_weights;
use retort_trainer::{Backend, TrainRows, TrialSetup, TrialSteps};
use retort_worker_tensorflow::TensorFlow;
use std::error::Error;
use std::time::Instant;

const N_ROWS: usize = 20_000;
const N_FEATURES: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let backend = TensorFlow::load()?;
    let x: Vec<f32> = (0..N_ROWS * N_FEATURES).map(|i| (i as f32 * 0.37).sin()).collect();
    let y: Vec<f32> = (0..N_ROWS).map(|i| (i % 2) as f32).collect();
    for (width, batch_size, n_steps) in [(64, 64, 2000), (256, 512, 100)] {
        let spec = ModelSpec {
            n_features: N_FEATURES,
            hidden_layers: vec![width; 2],
            n_outputs: 2,
            activation: Activation::Relu,
            batch_norm: false,
            task: Task::Classification,
            optimizer: Optimizer::Adam,
        };
        let rows = TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None };
        let setup = TrialSetup::for_weights(initial_weights(&spec, 1));
        let mut group = backend.open(&spec, rows, &[setup])?;
        let order: Vec<u32> = (0..n_steps * batch_size).map(|i| (i * 7919 % N_ROWS) as u32).collect();
        let rates = vec![1e-3; n_steps];
        // The first call prepares the graph; only the second is timed.
        let mut millis = 0.0;
        for _ in 0..2 {
            let started = Instant::now();
            let steps = TrialSteps { rows: &order, batch_size, learning_rates: &rates, first_step: 0 };
            group.train_steps(&[steps])?;
            millis = started.elapsed().as_secs_f64() * 1e3 / n_steps as f64;
        }
        println!("{N_FEATURES}-{width}-{width}-2, batch {batch_size}: {millis:.3} ms a step");
        if let (64, Some(folder)) = (width, std::env::args_os().nth(1)) {
            group.export(0, folder.as_ref())?;
            println!("outputs of the first row: {:?}", group.outputs(0, &x[..N_FEATURES], 1)?);
        }
    }
    Ok(())
}
