//! Which tensors a network has, in which order, and how they are kept on disk.

use crate::backend::{NamedTensor, Tensors};
use retort_domain::protocol::ModelSpec;
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a tensor is to its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `[out, in]`
    Weight,
    /// `[out]`
    Bias,
    /// Batch normalisation's factor.
    NormWeight,
    /// Batch normalisation's offset.
    NormBias,
    /// Batch normalisation's mean for evaluation; not trained.
    RunningMean,
    /// Batch normalisation's variance for evaluation; not trained.
    RunningVar,
}

impl Role {
    /// False for running statistics.
    pub fn is_trained(self) -> bool {
        match self {
            Self::Weight | Self::Bias | Self::NormWeight | Self::NormBias => true,
            Self::RunningMean | Self::RunningVar => false,
        }
    }
}

/// One tensor of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// As in [`NamedTensor::name`].
    pub name: String,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Layer, from 0; the last is the output layer.
    pub layer: usize,
    /// What it is.
    pub role: Role,
}

/// Tensors of a network in the order in which they always come: layer by
/// layer; weight, bias, then those of batch normalisation.
pub fn layout(spec: &ModelSpec) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut n_in = spec.n_features;
    for (layer, &n_out) in spec.hidden_layers.iter().chain([&spec.n_outputs]).enumerate() {
        let mut slot = |suffix: &str, shape: Vec<usize>, role| {
            slots.push(Slot { name: format!("layers.{layer}.{suffix}"), shape, layer, role });
        };
        slot("weight", vec![n_out, n_in], Role::Weight);
        slot("bias", vec![n_out], Role::Bias);
        if spec.batch_norm && layer < spec.hidden_layers.len() {
            slot("norm.weight", vec![n_out], Role::NormWeight);
            slot("norm.bias", vec![n_out], Role::NormBias);
            slot("norm.running_mean", vec![n_out], Role::RunningMean);
            slot("norm.running_var", vec![n_out], Role::RunningVar);
        }
        n_in = n_out;
    }
    slots
}

/// Numbers that are trained: weights, biases, normalisation's factors and
/// offsets.
pub fn parameter_count(spec: &ModelSpec) -> usize {
    layout(spec).iter().filter(|s| s.role.is_trained()).map(|s| s.shape.iter().product::<usize>()).sum()
}

/// Why a tensor file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TensorFileError {
    /// The operating system refused.
    #[error("cannot read {path:?}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Likely a full disk.
    #[error("cannot write {path:?}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not a safetensors file, or cut short.
    #[error("{path:?} is not a whole safetensors file: {source}")]
    Format {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SafeTensorError,
    },
    /// A tensor is not there.
    #[error("{path:?} holds no tensor {name}")]
    Missing {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor is not what it should be.
    #[error("tensor {name} in {path:?} is {got}, expected {want}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Type and shape found.
        got: String,
        /// Type and shape needed.
        want: String,
    },
}

/// The f32 tensors of a file and its metadata.
#[derive(Debug, Clone, Default)]
pub struct TensorFile {
    /// By name.
    pub tensors: HashMap<String, NamedTensor>,
    /// As written.
    pub metadata: HashMap<String, String>,
}

/// Reads a file that is small enough to hold in memory. Tensors of other types
/// than f32 are refused.
pub fn read(path: &Path) -> Result<TensorFile, TensorFileError> {
    let bytes = std::fs::read(path).map_err(|source| TensorFileError::Read { path: path.into(), source })?;
    let format = |source| TensorFileError::Format { path: path.into(), source };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(format)?;
    let file = SafeTensors::deserialize(&bytes).map_err(format)?;
    let mut tensors = HashMap::new();
    for (name, view) in file.tensors() {
        if view.dtype() != Dtype::F32 {
            return Err(TensorFileError::Shape {
                path: path.into(),
                name,
                got: format!("{:?}", view.dtype()),
                want: "F32".into(),
            });
        }
        let tensor =
            NamedTensor { name: name.clone(), shape: view.shape().to_vec(), data: floats(view.data()) };
        tensors.insert(name, tensor);
    }
    Ok(TensorFile { tensors, metadata: header.metadata().clone().unwrap_or_default() })
}

impl TensorFile {
    /// Takes the tensors of a network out, checked, in the order of [`layout`];
    /// `prefix` stands before each name. `path` is for the message.
    pub fn take(&mut self, spec: &ModelSpec, prefix: &str, path: &Path) -> Result<Tensors, TensorFileError> {
        layout(spec)
            .into_iter()
            .map(|slot| {
                let mut tensor = self
                    .tensors
                    .remove(&format!("{prefix}{}", slot.name))
                    .ok_or_else(|| TensorFileError::Missing { path: path.into(), name: slot.name.clone() })?;
                if tensor.shape != slot.shape {
                    return Err(TensorFileError::Shape {
                        path: path.into(),
                        name: slot.name,
                        got: format!("{:?}", tensor.shape),
                        want: format!("{:?}", slot.shape),
                    });
                }
                tensor.name = slot.name;
                Ok(tensor)
            })
            .collect()
    }
}

/// Reads the weights of a network, checked against its shapes.
pub fn read_weights(path: &Path, spec: &ModelSpec) -> Result<Tensors, TensorFileError> {
    read(path)?.take(spec, "", path)
}

/// What a power cut may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing: flushed to the disk.
    Flushed,
    /// The file, which can be made again; a killed process costs nothing.
    Quick,
}

/// Writes tensors so that `path` holds either what it held before or all of
/// them: into a file beside it, flushed to the disk, then renamed. Returns the
/// file's size, bytes.
pub fn write<'t>(
    path: &Path,
    tensors: impl IntoIterator<Item = &'t NamedTensor>,
    metadata: Option<(&str, String)>,
) -> Result<u64, TensorFileError> {
    write_with(path, tensors, metadata, Durability::Flushed)
}

/// As [`write`], with a choice.
pub(crate) fn write_with<'t>(
    path: &Path,
    tensors: impl IntoIterator<Item = &'t NamedTensor>,
    metadata: Option<(&str, String)>,
    durability: Durability,
) -> Result<u64, TensorFileError> {
    let format = |source| TensorFileError::Format { path: path.into(), source };
    let data: Vec<(&str, &[usize], Vec<u8>)> =
        tensors.into_iter().map(|t| (t.name.as_str(), t.shape.as_slice(), bytes(&t.data))).collect();
    let views = data
        .iter()
        .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.to_vec(), bytes)?)))
        .collect::<Result<Vec<_>, SafeTensorError>>()
        .map_err(format)?;
    let metadata = metadata.map(|(key, value)| HashMap::from([(key.to_owned(), value)]));
    let file = safetensors::serialize(views, metadata).map_err(format)?;
    place_whole(path, &file, durability)
        .map_err(|source| TensorFileError::Write { path: path.into(), source })?;
    Ok(file.len() as u64)
}

/// Writes a file beside `path`, flushes it to the disk and renames it.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> std::io::Result<()> {
    place_whole(path, content, Durability::Flushed)
}

fn place_whole(path: &Path, content: &[u8], durability: Durability) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder)?;
    file.write_all(content)?;
    if durability == Durability::Flushed {
        file.as_file().sync_all()?;
    }
    file.persist(path)?;
    Ok(())
}

pub(crate) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

fn bytes(floats: &[f32]) -> Vec<u8> {
    floats.iter().flat_map(|v| v.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use retort_domain::{Activation, Optimizer, Task};

    fn spec(batch_norm: bool) -> ModelSpec {
        ModelSpec {
            n_features: 20,
            hidden_layers: vec![64, 64],
            n_outputs: 2,
            activation: Activation::Relu,
            batch_norm,
            task: Task::Classification,
            optimizer: Optimizer::Adam,
        }
    }

    #[test]
    fn counts_what_is_trained() {
        let plain = 20 * 64 + 64 + 64 * 64 + 64 + 64 * 2 + 2;
        assert_eq!(parameter_count(&spec(false)), plain);
        assert_eq!(parameter_count(&spec(true)), plain + 4 * 64);
    }

    #[test]
    fn weights_come_back_in_order_and_foreign_ones_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.safetensors");
        let weights = crate::random::initial_weights(&spec(true), 3);
        write(&path, &weights, None).unwrap();
        assert_eq!(read_weights(&path, &spec(true)).unwrap(), weights);

        let wider = ModelSpec { n_outputs: 3, ..spec(true) };
        let message = read_weights(&path, &wider).unwrap_err().to_string();
        assert!(message.contains("layers.2.weight") && message.contains("[3, 64]"), "{message}");

        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        assert!(matches!(read_weights(&path, &spec(true)), Err(TensorFileError::Format { .. })));
    }
}
