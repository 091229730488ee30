//! What a trial leaves behind: its weights, a description that lets them be
//! used again, and the network in the platform's own format.

use crate::backend::{Backend, BackendError, Group};
use crate::tensors::{self, TensorFileError};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Artifact, ArtifactKind, Platform, Preparation, RunId, TrainingConfig};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// File name of the weights in a run's folder.
pub const WEIGHTS_FILE: &str = "weights.safetensors";
/// File name of the description in a run's folder.
pub const DESCRIPTION_FILE: &str = "model.json";

/// Version of [`ModelDescription`].
const DESCRIPTION_FORMAT: u32 = 1;
const WRITING_PREFIX: &str = ".writing-";

/// `model.json`: all that is needed, beside the weights, to predict again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelDescription {
    /// Version of this layout.
    pub format: u32,
    /// The run.
    pub run_id: RunId,
    /// Where it was trained.
    pub environment: Environment,
    /// The network.
    pub model: ModelSpec,
    /// From a table's columns to the network's inputs, and from its outputs to
    /// predictions; holds the class labels.
    pub preparation: Preparation,
    /// As asked for.
    pub config: TrainingConfig,
    /// Epochs trained.
    pub epochs_run: u32,
    /// The epoch whose weights these are, from 1.
    pub best_epoch: u32,
    /// Weights and biases that were trained.
    pub parameter_count: usize,
}

/// Where a network was trained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The framework.
    pub platform: Platform,
    /// As the framework says.
    pub runtime_version: String,
    /// Of Retort.
    pub app_version: String,
    /// As Rust names it: `linux`, `windows`, `macos`.
    pub os: String,
    /// As Rust names it: `x86_64`, `aarch64`.
    pub arch: String,
}

impl Environment {
    /// Here and now.
    pub fn of(backend: &dyn Backend) -> Self {
        Self {
            platform: backend.platform(),
            runtime_version: backend.version(),
            app_version: env!("CARGO_PKG_VERSION").into(),
            os: std::env::consts::OS.into(),
            arch: std::env::consts::ARCH.into(),
        }
    }
}

/// Why artefacts cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Likely a full disk.
    #[error("cannot write artefacts into {path:?}: {source}")]
    Write {
        /// Folder or file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The weights' file.
    #[error(transparent)]
    Tensors(#[from] TensorFileError),
    /// The platform's own format.
    #[error(transparent)]
    Export(#[from] BackendError),
    /// `model.json` is missing or not ours.
    #[error("cannot read the model's description {path:?}: {reason}")]
    Description {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What is fixed for every trial of a group.
pub(crate) struct Describe<'a> {
    pub environment: &'a Environment,
    pub model: &'a ModelSpec,
    pub preparation: &'a Preparation,
}

impl Describe<'_> {
    pub fn trial(
        &self,
        run_id: &RunId,
        config: &TrainingConfig,
        epochs_run: u32,
        best_epoch: u32,
    ) -> ModelDescription {
        ModelDescription {
            format: DESCRIPTION_FORMAT,
            run_id: run_id.clone(),
            environment: self.environment.clone(),
            model: self.model.clone(),
            preparation: self.preparation.clone(),
            config: config.clone(),
            epochs_run,
            best_epoch,
            parameter_count: tensors::parameter_count(self.model),
        }
    }
}

/// Writes all artefacts of a trial, with its weights as they are now, into
/// `folder` under temporary names and renames them. What an earlier, killed
/// attempt left there is cleared away.
pub(crate) fn write(
    group: &mut dyn Group,
    trial: usize,
    description: &ModelDescription,
    folder: &Path,
) -> Result<Vec<Artifact>, ArtifactError> {
    let failed = |source| ArtifactError::Write { path: folder.into(), source };
    clear_leftovers(folder).map_err(failed)?;
    let staging = tempfile::Builder::new().prefix(WRITING_PREFIX).tempdir_in(folder).map_err(failed)?;

    let weights_bytes = tensors::write(&staging.path().join(WEIGHTS_FILE), &group.weights(trial)?, None)?;
    let json = serde_json::to_vec_pretty(description).map_err(|e| failed(e.into()))?;
    tensors::write_whole(&staging.path().join(DESCRIPTION_FILE), &json).map_err(failed)?;
    let exported = group.export(trial, staging.path())?;

    let artifact = |kind, name: &str, bytes: u64| Artifact { kind, name: name.into(), bytes: bytes as f64 };
    let artifacts = vec![
        artifact(ArtifactKind::Weights, WEIGHTS_FILE, weights_bytes),
        artifact(ArtifactKind::Description, DESCRIPTION_FILE, json.len() as u64),
        exported,
    ];
    for artifact in &artifacts {
        let target = folder.join(&artifact.name);
        // A folder cannot be renamed over one that is there.
        if target.is_dir() {
            std::fs::remove_dir_all(&target).map_err(failed)?;
        }
        std::fs::rename(staging.path().join(&artifact.name), &target).map_err(failed)?;
    }
    Ok(artifacts)
}

/// Outputs on the test rows of a run that a sweep or a distillation made.
pub const TEST_OUTPUTS_FILE: &str = "test_outputs.safetensors";

/// Writes `outputs` (`[n_rows, n_outputs]`) beside `y` (`[n_rows]`), as trained
/// on: class indices, or the standardised target.
pub(crate) fn write_test_outputs(
    folder: &Path,
    spec: &ModelSpec,
    prepared: &crate::Prepared,
    outputs: &[f32],
) -> Result<(), ArtifactError> {
    let test = prepared.test();
    let outputs = crate::NamedTensor {
        name: "outputs".into(),
        shape: vec![test.n_rows, spec.n_outputs],
        data: outputs.to_vec(),
    };
    let y = crate::NamedTensor { name: "y".into(), shape: vec![test.n_rows], data: test.y.to_vec() };
    tensors::write(&folder.join(TEST_OUTPUTS_FILE), [&outputs, &y], None)?;
    Ok(())
}

fn clear_leftovers(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(WRITING_PREFIX) {
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

/// Reads a run folder's `model.json`.
pub fn read_description(folder: &Path) -> Result<ModelDescription, ArtifactError> {
    let path = folder.join(DESCRIPTION_FILE);
    let failed = |reason: String| ArtifactError::Description { path: path.clone(), reason };
    let json = std::fs::read(&path).map_err(|e| failed(e.to_string()))?;
    let description: ModelDescription = serde_json::from_slice(&json).map_err(|e| failed(e.to_string()))?;
    if description.format != DESCRIPTION_FORMAT {
        return Err(failed(format!(
            "it has format {}, this version reads {DESCRIPTION_FORMAT}",
            description.format
        )));
    }
    Ok(description)
}
