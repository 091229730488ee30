//! The written-out chain rule against libtorch's autograd, for every
//! activation, with and without dropout, batch normalisation, clipping and
//! class weights; and that a network leaves as it was trained.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Optimizer, Task};
use retort_trainer::{Backend, TrainRows, TrialSetup, TrialSteps, random};
use retort_worker_pytorch::PyTorch;
use tch::{CModule, Kind, Reduction, Tensor};

const ACTIVATIONS: [Activation; 5] =
    [Activation::Relu, Activation::Tanh, Activation::Sigmoid, Activation::Gelu, Activation::Silu];
const N_ROWS: usize = 24;
const N_FEATURES: usize = 5;
const RATE: f64 = 0.1;
const STEP: u64 = 3;

fn spec(activation: Activation, batch_norm: bool, task: Task) -> ModelSpec {
    let n_outputs = match task {
        Task::Classification => 3,
        Task::Regression => 1,
    };
    let hidden_layers = vec![8, 6];
    ModelSpec {
        n_features: N_FEATURES,
        hidden_layers,
        n_outputs,
        activation,
        batch_norm,
        task,
        optimizer: Optimizer::Sgd,
    }
}

fn data(task: Task) -> (Vec<f32>, Vec<f32>) {
    let x = (0..N_ROWS * N_FEATURES).map(|i| (i as f32 * 1.3).sin()).collect();
    let y = (0..N_ROWS).map(|i| match task {
        Task::Classification => (i * i % 3) as f32,
        Task::Regression => (i as f32 * 0.4).cos(),
    });
    (x, y.collect())
}

/// Loss and weights after one step of plain descent, by autograd.
fn by_autograd(spec: &ModelSpec, setup: &TrialSetup, x: &[f32], y: &[f32]) -> (f64, Vec<Vec<f32>>) {
    let leaf = |name: String| {
        let found = setup.weights.iter().find(|t| t.name == name)?;
        let shape: Vec<i64> = found.shape.iter().map(|&n| n as i64).collect();
        Some((name, Tensor::from_slice(&found.data).view(shape.as_slice()).set_requires_grad(true)))
    };
    let leaves: Vec<(String, Tensor)> = setup
        .weights
        .iter()
        .filter(|t| !t.name.contains("running"))
        .filter_map(|t| leaf(t.name.clone()))
        .collect();
    let get = |name: String| leaves.iter().find(|l| l.0 == name).map(|l| &l.1);

    let mut values = Tensor::from_slice(x).view([-1, spec.n_features as i64]);
    let n_rows = y.len();
    for layer in 0..=spec.hidden_layers.len() {
        let (weight, bias) = (get(format!("layers.{layer}.weight")), get(format!("layers.{layer}.bias")));
        values = values.linear(weight.unwrap(), bias);
        if layer == spec.hidden_layers.len() {
            break;
        }
        if spec.batch_norm {
            let (weight, bias) =
                (get(format!("layers.{layer}.norm.weight")), get(format!("layers.{layer}.norm.bias")));
            values =
                values.batch_norm(weight, bias, None::<&Tensor>, None::<&Tensor>, true, 0.1, 1e-5, false);
        }
        values = match spec.activation {
            Activation::Relu => values.relu(),
            Activation::Tanh => values.tanh(),
            Activation::Sigmoid => values.sigmoid(),
            Activation::Gelu => values.gelu("none"),
            Activation::Silu => values.silu(),
        };
        if setup.dropout > 0.0 {
            let mut mask = vec![0.0; n_rows * spec.hidden_layers[layer]];
            random::dropout_mask(setup.seed, STEP, layer, setup.dropout, &mut mask);
            values = &values * Tensor::from_slice(&mask).view_as(&values);
        }
    }
    let y = Tensor::from_slice(y);
    let loss = match spec.task {
        Task::Classification => {
            let weight = setup.class_weights.as_ref().map(|w| Tensor::from_slice(w));
            values.cross_entropy_loss(&y.to_kind(Kind::Int64), weight.as_ref(), Reduction::Mean, -100, 0.0)
        }
        Task::Regression => values.view(-1).mse_loss(&y, Reduction::Mean),
    };
    loss.backward();
    let norm =
        leaves.iter().map(|l| l.1.grad().square().sum(Kind::Double).double_value(&[])).sum::<f64>().sqrt();
    let factor = setup.gradient_clip_norm.map_or(1.0, |max| (max / (norm + 1e-6)).min(1.0));
    let after = leaves.iter().map(|(_, leaf)| {
        let updated = (leaf.detach() - leaf.grad() * (factor * RATE)).contiguous().view(-1);
        Vec::<f32>::try_from(&updated).unwrap()
    });
    (loss.double_value(&[]), after.collect())
}

fn assert_same_step(spec: &ModelSpec, setup: &TrialSetup, what: &str) {
    let backend = PyTorch::load();
    let (x, y) = data(spec.task);
    let mut group = backend
        .open(spec, TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None }, std::slice::from_ref(setup))
        .unwrap();
    let order: Vec<u32> = (0..N_ROWS as u32).collect();
    let steps = TrialSteps { rows: &order, batch_size: N_ROWS, learning_rates: &[RATE], first_step: STEP };
    let loss = f64::from(group.train_steps(&[steps]).unwrap()[0][0]);
    let (want_loss, want) = by_autograd(spec, setup, &x, &y);
    assert!((loss - want_loss).abs() < 1e-5 * want_loss.abs(), "{what}: loss {loss}, not {want_loss}");
    let trained = group.weights(0).unwrap();
    for (got, want) in trained.iter().filter(|t| !t.name.contains("running")).zip(&want) {
        for (got_value, want_value) in got.data.iter().zip(want) {
            assert!(
                (got_value - want_value).abs() < 2e-6,
                "{what}: {} {got_value}, not {want_value}",
                got.name
            );
        }
    }
}

#[test]
fn one_step_is_autograds() {
    for activation in ACTIVATIONS {
        for batch_norm in [false, true] {
            for (dropout, clip) in [(0.0, None), (0.4, None), (0.0, Some(0.05)), (0.3, Some(0.05))] {
                let spec = spec(activation, batch_norm, Task::Classification);
                let setup = TrialSetup {
                    seed: 5,
                    dropout,
                    gradient_clip_norm: clip,
                    class_weights: (dropout > 0.0).then(|| vec![0.5, 2.0, 1.5]),
                    ..TrialSetup::for_weights(random::initial_weights(&spec, 11))
                };
                let what = format!("{activation:?}, norm {batch_norm}, dropout {dropout}, clip {clip:?}");
                assert_same_step(&spec, &setup, &what);
            }
            let spec = spec(activation, batch_norm, Task::Regression);
            let setup = TrialSetup::for_weights(random::initial_weights(&spec, 12));
            assert_same_step(&spec, &setup, &format!("{activation:?}, norm {batch_norm}, regression"));
        }
    }
}

/// Trains with everything switched on; the batch size leaves a last batch of
/// one row.
fn trained(activation: Activation) -> (ModelSpec, Vec<u32>, Vec<Vec<f32>>, Vec<f32>, tempfile::TempDir) {
    let spec = ModelSpec { optimizer: Optimizer::Adam, ..spec(activation, true, Task::Classification) };
    let (x, y) = data(spec.task);
    let setup = TrialSetup {
        dropout: 0.2,
        weight_decay: 0.01,
        ..TrialSetup::for_weights(random::initial_weights(&spec, 1))
    };
    let mut group = PyTorch::load()
        .open(&spec, TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None }, &[setup])
        .unwrap();
    let order: Vec<u32> = (0..N_ROWS as u32 - 1).collect();
    let steps = TrialSteps { rows: &order, batch_size: 11, learning_rates: &[0.01; 3], first_step: 0 };
    let losses = group.train_steps(&[steps]).unwrap().concat();
    let weights: Vec<Vec<f32>> = group.weights(0).unwrap().into_iter().map(|t| t.data).collect();
    let outputs = group.outputs(0, &x, N_ROWS).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let artifact = group.export(0, folder.path()).unwrap();
    assert_eq!(artifact.name, "model.pt");
    (spec, losses.iter().map(|l| l.to_bits()).collect(), weights, outputs, folder)
}

#[test]
fn the_same_seed_gives_the_same_bits_and_a_last_row_alone_no_nan() {
    let (first, second) = (trained(Activation::Gelu), trained(Activation::Gelu));
    assert_eq!(first.1, second.1);
    assert_eq!(first.2, second.2);
    assert_eq!(first.3, second.3);
    assert!(first.2.iter().flatten().all(|v| v.is_finite()));
}

#[test]
fn an_exported_network_gives_the_same_outputs_for_any_number_of_rows() {
    for activation in ACTIVATIONS {
        let (spec, _, _, outputs, folder) = trained(activation);
        let module = CModule::load(folder.path().join("model.pt")).unwrap();
        let (x, _) = data(spec.task);
        for n_rows in [1, 3, N_ROWS] {
            let input =
                Tensor::from_slice(&x[..n_rows * N_FEATURES]).view([n_rows as i64, N_FEATURES as i64]);
            let reloaded = Vec::<f32>::try_from(module.forward_ts(&[input]).unwrap().view(-1)).unwrap();
            assert_eq!(reloaded.len(), n_rows * spec.n_outputs);
            for (a, b) in reloaded.iter().zip(&outputs) {
                assert!((a - b).abs() < 1e-5, "{activation:?}: {a}, not {b}");
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_in_one_line() {
    let spec = spec(Activation::Relu, false, Task::Regression);
    let (x, y) = data(spec.task);
    let rows = TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None };
    let mut weights = random::initial_weights(&spec, 1);
    let setup = TrialSetup::for_weights(weights.clone());
    let mut group = PyTorch::load().open(&spec, rows, &[setup]).unwrap();
    let steps = TrialSteps { rows: &[99], batch_size: 1, learning_rates: &[0.1], first_step: 0 };
    let message = group.train_steps(&[steps]).unwrap_err().to_string();
    assert!(message.contains("no row 99") && !message.contains('\n'), "{message}");
    weights[0].data.pop();
    assert!(group.set_weights(0, &weights).unwrap_err().to_string().contains("layers.0.weight"));
}
