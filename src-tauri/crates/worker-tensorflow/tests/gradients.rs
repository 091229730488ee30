//! What the goldens leave out: each activation, normalisation, class weights
//! and clipping against a plain f64 network, differentiated numerically.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use retort_domain::{Activation, Optimizer, Task, protocol::ModelSpec};
use retort_trainer::random::{dropout_mask, initial_weights};
use retort_trainer::{Backend, Tensors, TrainRows, TrialSetup, TrialSteps};

const N_ROWS: usize = 12;
const N_FEATURES: usize = 3;
const RATE: f64 = 0.1;

struct Case {
    spec: ModelSpec,
    setup: TrialSetup,
    x: Vec<f32>,
    y: Vec<f32>,
}

fn case(activation: Activation, batch_norm: bool, task: Task) -> Case {
    let n_outputs = if task == Task::Classification { 3 } else { 1 };
    let spec = ModelSpec {
        n_features: N_FEATURES,
        hidden_layers: vec![5, 4],
        n_outputs,
        activation,
        batch_norm,
        task,
        optimizer: Optimizer::Sgd,
    };
    let x = (0..N_ROWS * N_FEATURES)
        .map(|i| ((i * 7 % 11) as f32 - 5.0) / 4.0 + (i as f32).sin() / 3.0)
        .collect();
    let y = (0..N_ROWS).map(|i| if n_outputs == 3 { (i % 3) as f32 } else { (i as f32).cos() }).collect();
    let mut weights = initial_weights(&spec, 4);
    for (i, tensor) in weights.iter_mut().enumerate() {
        if tensor.name.ends_with("bias") || tensor.name.ends_with("norm.weight") {
            tensor.data.iter_mut().enumerate().for_each(|(j, v)| *v += ((i + 2 * j) as f32).sin() / 4.0);
        }
    }
    Case { setup: TrialSetup { seed: 9, ..TrialSetup::for_weights(weights) }, spec, x, y }
}

/// Loss of the whole table in training mode, f64.
fn reference_loss(case: &Case, weights: &[Vec<f64>]) -> f64 {
    let mut h: Vec<Vec<f64>> =
        case.x.chunks(N_FEATURES).map(|row| row.iter().map(|&v| f64::from(v)).collect()).collect();
    let mut tensors = weights.iter();
    let mut take = || tensors.next().expect("as many tensors as the layout says");
    let n_layers = case.spec.hidden_layers.len() + 1;
    for layer in 0..n_layers {
        let (weight, bias) = (take(), take());
        let n_in = h[0].len();
        let mut z: Vec<Vec<f64>> = h
            .iter()
            .map(|row| {
                weight
                    .chunks(n_in)
                    .zip(bias)
                    .map(|(w, b)| b + w.iter().zip(row).map(|(w, v)| w * v).sum::<f64>())
                    .collect()
            })
            .collect();
        if layer + 1 < n_layers {
            if case.spec.batch_norm {
                let (factor, offset, _, _) = (take(), take(), take(), take());
                for unit in 0..bias.len() {
                    let mean = z.iter().map(|row| row[unit]).sum::<f64>() / N_ROWS as f64;
                    let variance =
                        z.iter().map(|row| (row[unit] - mean).powi(2)).sum::<f64>() / N_ROWS as f64;
                    z.iter_mut().for_each(|row| {
                        row[unit] =
                            (row[unit] - mean) / (variance + 1e-5).sqrt() * factor[unit] + offset[unit];
                    });
                }
            }
            let mut mask = vec![1.0; N_ROWS * bias.len()];
            if case.setup.dropout > 0.0 {
                dropout_mask(case.setup.seed, 0, layer, case.setup.dropout, &mut mask);
            }
            for (value, keep) in z.iter_mut().flatten().zip(&mask) {
                *value = activation(case.spec.activation, *value) * f64::from(*keep);
            }
        }
        h = z;
    }
    if case.spec.task == Task::Regression {
        return h.iter().zip(&case.y).map(|(row, y)| (row[0] - f64::from(*y)).powi(2)).sum::<f64>()
            / N_ROWS as f64;
    }
    let weight_of = |y: f32| case.setup.class_weights.as_ref().map_or(1.0, |w| f64::from(w[y as usize]));
    let total: f64 = case.y.iter().map(|&y| weight_of(y)).sum();
    let row_loss = |row: &Vec<f64>, y: f32| row.iter().map(|v| v.exp()).sum::<f64>().ln() - row[y as usize];
    h.iter().zip(&case.y).map(|(row, &y)| row_loss(row, y) * weight_of(y)).sum::<f64>() / total
}

fn activation(kind: Activation, z: f64) -> f64 {
    let logistic = 1.0 / (1.0 + (-z).exp());
    match kind {
        Activation::Relu => z.max(0.0),
        Activation::Tanh => z.tanh(),
        Activation::Sigmoid => logistic,
        Activation::Silu => z * logistic,
        Activation::Gelu => 0.5 * z * (1.0 + erf(z * std::f64::consts::FRAC_1_SQRT_2)),
    }
}

/// Its Maclaurin series, exact for the small arguments here.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..120 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

fn is_trained(name: &str) -> bool {
    !name.contains("running")
}

/// One step of plain descent by central differences.
fn expected(case: &Case) -> (f64, Vec<Vec<f64>>) {
    const H: f64 = 1e-6;
    let start: Vec<Vec<f64>> =
        case.setup.weights.iter().map(|t| t.data.iter().map(|&v| f64::from(v)).collect()).collect();
    let mut gradient: Vec<Vec<f64>> = start.iter().map(|t| vec![0.0; t.len()]).collect();
    for (i, tensor) in case.setup.weights.iter().enumerate().filter(|(_, t)| is_trained(&t.name)) {
        for j in 0..tensor.data.len() {
            let shifted = |by: f64| {
                let mut weights = start.clone();
                weights[i][j] += by;
                reference_loss(case, &weights)
            };
            gradient[i][j] = (shifted(H) - shifted(-H)) / (2.0 * H);
        }
    }
    let norm = gradient.iter().flatten().map(|g| g * g).sum::<f64>().sqrt();
    let factor = case.setup.gradient_clip_norm.map_or(1.0, |limit| (limit / (norm + 1e-6)).min(1.0));
    let after = start
        .iter()
        .zip(&gradient)
        .map(|(w, g)| {
            w.iter().zip(g).map(|(w, g)| w - RATE * (g * factor + case.setup.weight_decay * w)).collect()
        })
        .collect();
    (reference_loss(case, &start), after)
}

fn train_once(case: &Case) -> (f32, Tensors) {
    let rows = TrainRows { x: &case.x, y: &case.y, n_rows: N_ROWS, teacher: None };
    let mut group = support::backend().open(&case.spec, rows, std::slice::from_ref(&case.setup)).unwrap();
    let order: Vec<u32> = (0..N_ROWS as u32).collect();
    let steps = TrialSteps { rows: &order, batch_size: N_ROWS, learning_rates: &[RATE], first_step: 0 };
    let losses = group.train_steps(&[steps]).unwrap();
    (losses[0][0], group.weights(0).unwrap())
}

fn assert_step_follows(case: &Case, what: &str) {
    let (loss, weights) = train_once(case);
    let (expected_loss, after) = expected(case);
    assert!(
        (f64::from(loss) - expected_loss).abs() < 2e-6 * expected_loss,
        "{what}: loss {loss}, {expected_loss}"
    );
    for (tensor, after) in weights.iter().zip(&after).filter(|(t, _)| is_trained(&t.name)) {
        for (got, want) in tensor.data.iter().zip(after) {
            assert!((f64::from(*got) - want).abs() < 2e-6, "{what}: {}: {got}, {want}", tensor.name);
        }
    }
}

#[test]
fn each_activation_has_its_derivative() {
    for kind in [Activation::Relu, Activation::Tanh, Activation::Sigmoid, Activation::Gelu, Activation::Silu]
    {
        for batch_norm in [false, true] {
            for task in [Task::Classification, Task::Regression] {
                assert_step_follows(
                    &case(kind, batch_norm, task),
                    &format!("{kind:?} {batch_norm} {task:?}"),
                );
            }
        }
    }
}

#[test]
fn class_weights_dropout_decay_and_clipping_enter_as_in_pytorch() {
    let plain = case(Activation::Tanh, false, Task::Classification);
    let with = |setup: TrialSetup| Case { setup, ..case(Activation::Tanh, false, Task::Classification) };
    let weighted = TrialSetup { class_weights: Some(vec![0.5, 1.0, 3.0]), ..plain.setup.clone() };
    assert_step_follows(&with(weighted), "class weights");
    assert_step_follows(&with(TrialSetup { dropout: 0.4, ..plain.setup.clone() }), "dropout");
    assert_step_follows(&with(TrialSetup { weight_decay: 0.3, ..plain.setup.clone() }), "decay");
    let clipped = TrialSetup { gradient_clip_norm: Some(0.05), weight_decay: 0.1, ..plain.setup.clone() };
    assert_step_follows(&with(clipped), "clipping, then decay");
    let loose = TrialSetup { gradient_clip_norm: Some(1e6), ..plain.setup };
    assert_step_follows(&with(loose), "a limit not reached");
}

#[test]
fn running_statistics_move_by_a_tenth_and_one_row_gives_numbers() {
    let case = case(Activation::Relu, true, Task::Regression);
    let (_, weights) = train_once(&case);
    let (weight, bias) = (&case.setup.weights[0], &case.setup.weights[1]);
    let (mean, variance) = (&weights[4], &weights[5]);
    assert!(mean.name.ends_with("running_mean") && variance.name.ends_with("running_var"));
    for unit in 0..bias.data.len() {
        let row = &weight.data[unit * N_FEATURES..][..N_FEATURES];
        let z: Vec<f64> = case
            .x
            .chunks(N_FEATURES)
            .map(|x| {
                f64::from(bias.data[unit]) + x.iter().zip(row).map(|(a, b)| f64::from(a * b)).sum::<f64>()
            })
            .collect();
        let z_mean = z.iter().sum::<f64>() / N_ROWS as f64;
        let z_variance = z.iter().map(|v| (v - z_mean).powi(2)).sum::<f64>() / (N_ROWS - 1) as f64;
        assert!((f64::from(mean.data[unit]) - 0.1 * z_mean).abs() < 1e-5);
        assert!((f64::from(variance.data[unit]) - 0.9 - 0.1 * z_variance).abs() < 1e-5);
    }

    let rows = TrainRows { x: &case.x, y: &case.y, n_rows: N_ROWS, teacher: None };
    let mut group = support::backend().open(&case.spec, rows, std::slice::from_ref(&case.setup)).unwrap();
    let steps = TrialSteps { rows: &[0, 1, 2], batch_size: 2, learning_rates: &[RATE; 2], first_step: 0 };
    let losses = group.train_steps(&[steps]).unwrap();
    assert!(losses[0].iter().all(|l| l.is_finite()), "{losses:?}");
    assert!(group.weights(0).unwrap().iter().flat_map(|t| &t.data).all(|v| v.is_finite()));
}
