//! Outputs of a trained network for new rows.

use crate::artifacts::{self, ArtifactError};
use crate::backend::{Backend, BackendError, NamedTensor, TrainRows, TrialSetup};
use crate::evaluation;
use crate::tensors::{self, TensorFileError};
use std::path::{Path, PathBuf};

/// Why nothing could be predicted.
#[derive(Debug, thiserror::Error)]
pub enum PredictError {
    /// The run's folder.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// Weights, input or output.
    #[error(transparent)]
    Tensors(#[from] TensorFileError),
    /// The framework.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The rows are not as wide as the network.
    #[error("x in {path:?} has shape {got:?}; the model takes [rows, {n_features}]")]
    Shape {
        /// The input.
        path: PathBuf,
        /// Its shape.
        got: Vec<usize>,
        /// The model's width.
        n_features: usize,
    },
    /// Told to stop.
    #[error("the prediction was cancelled")]
    Cancelled,
}

/// Writes `outputs: [n_rows, n_outputs]` for `x: [n_rows, n_features]` of
/// `input` into `output`. Returns the number of rows.
pub fn predict(
    backend: &dyn Backend,
    artifact_dir: &Path,
    input: &Path,
    output: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<usize, PredictError> {
    let spec = artifacts::read_description(artifact_dir)?.model;
    let weights = tensors::read_weights(&artifact_dir.join(artifacts::WEIGHTS_FILE), &spec)?;
    let missing = || TensorFileError::Missing { path: input.into(), name: "x".into() };
    let x = tensors::read(input)?.tensors.remove("x").ok_or_else(missing)?;
    let [n_rows, n_features] = x.shape[..] else {
        return Err(PredictError::Shape { path: input.into(), got: x.shape, n_features: spec.n_features });
    };
    if n_features != spec.n_features {
        return Err(PredictError::Shape { path: input.into(), got: x.shape, n_features: spec.n_features });
    }

    // Nothing is trained; a group still wants rows.
    let zeros = vec![0.0; spec.n_features];
    let rows = TrainRows { x: &zeros, y: &[0.0], n_rows: 1, teacher: None };
    let mut group = backend.open(&spec, rows, &[TrialSetup::for_weights(weights)])?;
    let outputs = evaluation::outputs(group.as_mut(), 0, &spec, &x.data, n_rows, cancelled)?
        .ok_or(PredictError::Cancelled)?;
    let outputs = NamedTensor { name: "outputs".into(), shape: vec![n_rows, spec.n_outputs], data: outputs };
    tensors::write(output, [&outputs], None)?;
    Ok(n_rows)
}
