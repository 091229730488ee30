//! A trial over its life: steps in any portions, a resume, bad input, and the
//! exported network. Groups of several are `company`'s.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use retort_domain::{Activation, ArtifactKind, Optimizer, Task, protocol::ModelSpec};
use retort_trainer::random::{initial_weights, row_order};
use retort_trainer::{Backend, Group, TrainRows, TrialSetup, TrialSteps};
use tensorflow::{Graph, SavedModelBundle, SessionOptions, SessionRunArgs, Tensor};

const N_ROWS: usize = 50;
const N_FEATURES: usize = 6;
const BATCH: usize = 8;

fn spec(optimizer: Optimizer) -> ModelSpec {
    ModelSpec {
        n_features: N_FEATURES,
        hidden_layers: vec![9, 7],
        n_outputs: 3,
        activation: Activation::Gelu,
        batch_norm: true,
        task: Task::Classification,
        optimizer,
    }
}

fn data() -> (Vec<f32>, Vec<f32>) {
    let x: Vec<f32> = (0..N_ROWS * N_FEATURES).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
    (x, (0..N_ROWS).map(|i| (i * 5 % 3) as f32).collect())
}

fn setup(spec: &ModelSpec, seed: u32) -> TrialSetup {
    TrialSetup {
        seed,
        class_weights: Some(vec![1.0, 2.0, 0.5]),
        dropout: 0.25,
        momentum: 0.9,
        weight_decay: 0.01,
        gradient_clip_norm: Some(1.0),
        ..TrialSetup::for_weights(initial_weights(spec, seed))
    }
}

/// Trains steps `from..to` of an epoch of 7, the last of 2 rows.
fn train(group: &mut dyn Group, seeds: &[u32], from: usize, to: usize) -> Vec<Vec<f32>> {
    let orders: Vec<Vec<u32>> = seeds.iter().map(|&s| row_order(s, 1, N_ROWS as u32)).collect();
    let rates: Vec<f64> = (from..to).map(|s| 0.01 / (1.0 + s as f64)).collect();
    let steps: Vec<TrialSteps<'_>> = orders
        .iter()
        .map(|order| TrialSteps {
            rows: &order[from * BATCH..(to * BATCH).min(N_ROWS)],
            batch_size: BATCH,
            learning_rates: &rates,
            first_step: from as u64,
        })
        .collect();
    group.train_steps(&steps).unwrap()
}

#[test]
fn portions_and_resumes_change_no_bit() {
    let (x, y) = data();
    let rows = TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None };
    for optimizer in [Optimizer::Sgd, Optimizer::Adam, Optimizer::Adamw, Optimizer::Rmsprop] {
        let spec = spec(optimizer);
        let one = setup(&spec, 1);
        let mut whole = support::backend().open(&spec, rows, std::slice::from_ref(&one)).unwrap();
        let losses = train(&mut *whole, &[1], 0, 7).concat();
        let weights = whole.weights(0).unwrap();
        let state = whole.optimizer_state(0).unwrap();

        let mut first = support::backend().open(&spec, rows, &[one]).unwrap();
        let mut pieces = train(&mut *first, &[1], 0, 1).concat();
        pieces.extend(train(&mut *first, &[1], 1, 3).concat());
        let mut resumed = support::backend().open(&spec, rows, &[setup(&spec, 1)]).unwrap();
        resumed.set_weights(0, &first.weights(0).unwrap()).unwrap();
        resumed.set_optimizer_state(0, &first.optimizer_state(0).unwrap()).unwrap();
        pieces.extend(train(&mut *resumed, &[1], 3, 7).concat());

        assert_eq!(pieces, losses, "{optimizer:?}");
        assert_eq!(resumed.weights(0).unwrap(), weights, "{optimizer:?}");
        assert_eq!(resumed.optimizer_state(0).unwrap(), state, "{optimizer:?}");
    }
}

#[test]
fn bad_input_is_an_error_of_one_line() {
    let (x, y) = data();
    let spec = spec(Optimizer::Adam);
    let rows = TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None };
    let mut group = support::backend().open(&spec, rows, &[setup(&spec, 1)]).unwrap();
    let beyond = TrialSteps { rows: &[1000], batch_size: 1, learning_rates: &[0.1], first_step: 0 };
    let before = group.weights(0).unwrap();
    let message = group.train_steps(&[beyond]).unwrap_err().to_string();
    assert!(!message.contains('\n') && message.contains("could not train"), "{message}");
    assert_eq!(group.weights(0).unwrap(), before);

    let mut missing = setup(&spec, 1);
    missing.weights.remove(3);
    let message = support::backend().open(&spec, rows, &[missing]).err().expect("refused").to_string();
    assert!(message.contains("layers.0.norm.bias is missing"), "{message}");
}

#[test]
fn the_exported_network_gives_the_same_outputs() {
    let (x, y) = data();
    let spec = spec(Optimizer::Adam);
    let rows = TrainRows { x: &x, y: &y, n_rows: N_ROWS, teacher: None };
    let mut group = support::backend().open(&spec, rows, &[setup(&spec, 1)]).unwrap();
    train(&mut *group, &[1], 0, 7);
    let expected = group.outputs(0, &x, N_ROWS).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let artifact = group.export(0, folder.path()).unwrap();
    assert_eq!((artifact.kind, artifact.name.as_str()), (ArtifactKind::SavedModel, "saved_model"));
    let written = std::fs::metadata(folder.path().join("saved_model/saved_model.pb")).unwrap().len();
    assert_eq!(artifact.bytes, written as f64);

    let mut graph = Graph::new();
    let bundle = SavedModelBundle::load(
        &SessionOptions::new(),
        ["serve"],
        &mut graph,
        folder.path().join("saved_model"),
    )
    .unwrap();
    let signature = bundle.meta_graph_def().get_signature("serving_default").unwrap();
    let input = signature.get_input("features").unwrap().name().clone();
    let output = signature.get_output("outputs").unwrap().name().clone();
    let features = Tensor::new(&[N_ROWS as u64, N_FEATURES as u64]).with_values(&x).unwrap();
    let mut args = SessionRunArgs::new();
    args.add_feed(&graph.operation_by_name_required(&input.name).unwrap(), input.index, &features);
    let outputs = args.request_fetch(&graph.operation_by_name_required(&output.name).unwrap(), output.index);
    bundle.session.run(&mut args).unwrap();
    let outputs: Tensor<f32> = args.fetch(outputs).unwrap();
    assert_eq!(outputs.len(), expected.len());
    for (got, want) in outputs.iter().zip(&expected) {
        assert!((got - want).abs() < 1e-5, "{got} {want}");
    }
}
