//! Does the framework train at all? A two-layer network on made-up rows.

use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Optimizer, Task};
use retort_trainer::{Backend, BackendError, TrainRows, TrialSetup, TrialSteps, random};
use std::time::Instant;

const N_ROWS: usize = 64;
const N_FEATURES: usize = 4;
const N_STEPS: usize = 30;
const SEED: u32 = 0;

#[derive(Debug, thiserror::Error)]
pub(crate) enum SelfTestError {
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error("the self-test's loss did not fall: it went from {first} to {last}")]
    LossDidNotFall { first: f32, last: f32 },
}

/// Seconds that it took.
pub(crate) fn run(backend: &dyn Backend) -> Result<f64, SelfTestError> {
    let started = Instant::now();
    let spec = ModelSpec {
        n_features: N_FEATURES,
        hidden_layers: vec![8, 8],
        n_outputs: 2,
        activation: Activation::Relu,
        batch_norm: false,
        task: Task::Classification,
        optimizer: Optimizer::Adam,
    };
    let x: Vec<f32> = (0..N_ROWS * N_FEATURES).map(|i| (i as f32 * 0.7).sin()).collect();
    let y: Vec<f32> =
        x.chunks_exact(N_FEATURES).map(|row| f32::from(u8::from(row[0] + row[1] > 0.0))).collect();
    let rows = TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None };
    let setup = TrialSetup::for_weights(random::initial_weights(&spec, SEED));
    let mut group = backend.open(&spec, rows, &[setup])?;

    let order: Vec<u32> = (0..N_ROWS as u32).collect::<Vec<_>>().repeat(N_STEPS);
    let learning_rates = [0.02; N_STEPS];
    let steps =
        TrialSteps { rows: &order, batch_size: N_ROWS, learning_rates: &learning_rates, first_step: 0 };
    let losses = group.train_steps(&[steps])?.concat();
    let (first, last) =
        (losses.first().copied().unwrap_or(f32::NAN), losses.last().copied().unwrap_or(f32::NAN));
    let fell = last < first;
    // NaN did not fall either.
    if !fell {
        return Err(SelfTestError::LossDidNotFall { first, last });
    }
    Ok(started.elapsed().as_secs_f64())
}
