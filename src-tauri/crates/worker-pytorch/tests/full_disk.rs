//! An export that the disk has no room for says so.
#![cfg(target_os = "linux")]

use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Optimizer, Task};
use retort_trainer::{Backend, BackendError, TrainRows, TrialSetup, random};
use retort_worker_pytorch::PyTorch;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;

#[test]
fn an_export_names_the_full_disk() {
    let spec = ModelSpec {
        n_features: 3,
        hidden_layers: vec![8],
        n_outputs: 2,
        activation: Activation::Relu,
        batch_norm: false,
        task: Task::Classification,
        optimizer: Optimizer::Adam,
    };
    let rows = TrainRows { x: &[0.0; 3], y: &[0.0], n_rows: 1, teacher: None };
    let setup = TrialSetup::for_weights(random::initial_weights(&spec, 0));
    let mut group = PyTorch::load().open(&spec, rows, &[setup]).expect("opened");
    let folder = tempfile::tempdir().expect("a folder");
    // Whatever is written there finds no room.
    symlink("/dev/full", folder.path().join("model.pt")).expect("a link");
    match group.export(0, folder.path()) {
        Err(error @ BackendError::Write { .. }) => {
            assert!(error.to_string().contains("(os error 28)"), "{error}");
            let BackendError::Write { source, .. } = error else { unreachable!() };
            assert_eq!(source.kind(), ErrorKind::StorageFull);
        }
        other => panic!("{other:?}"),
    }
}
