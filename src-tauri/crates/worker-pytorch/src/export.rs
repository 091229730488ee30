//! TorchScript, as Python's `torch.jit.load` opens it.

use crate::parameters::Parameters;
use crate::vector::normalization;
use crate::{misuse, refused};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Artifact, ArtifactKind};
use retort_trainer::tensors::{self, Role};
use retort_trainer::{BackendError, SavedNetwork};
use std::path::Path;
use tch::{CModule, Device, Kind, TchError, Tensor};

const FILE_NAME: &str = "model.pt";
const ACTION: &str = "export the network as TorchScript";
/// What a file holds beside its weights, at most.
const CODE_BYTES: usize = 8192;
const OPENING: &str = "open the network's TorchScript";

/// Traces a trial's network and saves it. The weights are constants in it; any
/// number of rows may go in.
pub(crate) fn torchscript(
    spec: &ModelSpec,
    parameters: &Parameters,
    trial: usize,
    dir: &Path,
) -> Result<Artifact, BackendError> {
    let _no_grad = tch::no_grad_guard();
    let network = Frozen::copy_of(spec, parameters, trial).map_err(refused(ACTION))?;
    let example =
        Tensor::f_zeros([2, spec.n_features as i64], (Kind::Float, Device::Cpu)).map_err(refused(ACTION))?;
    let mut trouble = None;
    let module =
        CModule::create_by_tracing("Network", "forward", &[example], &mut |inputs: &[Tensor]| match network
            .forward(&inputs[0])
        {
            Ok(outputs) => vec![outputs],
            Err(error) => {
                trouble = Some(error);
                vec![inputs[0].shallow_clone()]
            }
        });
    if let Some(error) = trouble {
        return Err(refused(ACTION)(error));
    }
    let path = dir.join(FILE_NAME);
    // libtorch ends the process where it finds no room, so that is seen to first.
    let room = vec![0; tensors::parameter_count(spec) * size_of::<f32>() + CODE_BYTES];
    std::fs::write(&path, room).map_err(|source| BackendError::Write { path: path.clone(), source })?;
    module.map_err(refused(ACTION))?.save(&path).map_err(refused(ACTION))?;
    let bytes = std::fs::metadata(&path).map_err(|e| misuse(ACTION, e.to_string()))?.len();
    Ok(Artifact { kind: ArtifactKind::Torchscript, name: FILE_NAME.into(), bytes: bytes as f64 })
}

/// A network opened from TorchScript.
pub(crate) struct Opened {
    module: CModule,
}

impl Opened {
    /// Opens what [`torchscript`] wrote.
    pub(crate) fn load(dir: &Path) -> Result<Self, BackendError> {
        CModule::load(dir.join(FILE_NAME)).map(|module| Self { module }).map_err(refused(OPENING))
    }
}

impl SavedNetwork for Opened {
    fn outputs(&mut self, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError> {
        let _no_grad = tch::no_grad_guard();
        let width = x.len() / n_rows.max(1);
        let asked = || {
            let x = Tensor::f_from_slice(x)?.f_view([n_rows as i64, width as i64])?;
            let outputs = self.module.forward_ts(&[x])?;
            let mut values = vec![0.0; outputs.numel()];
            outputs.f_copy_data(&mut values, outputs.numel())?;
            Ok(values)
        };
        asked().map_err(refused("compute the outputs of a TorchScript network"))
    }
}

/// Tensors of a network in evaluation mode.
#[derive(Debug)]
struct Frozen {
    activation: Activation,
    layers: Vec<FrozenLayer>,
}

#[derive(Debug)]
struct FrozenLayer {
    weight: Tensor,
    bias: Tensor,
    /// Weight, bias, running mean, running variance.
    norm: Option<[Tensor; 4]>,
}

impl Frozen {
    fn copy_of(spec: &ModelSpec, parameters: &Parameters, trial: usize) -> Result<Self, TchError> {
        let copy = |number, role: Role| {
            let Some(place) = parameters.layout.place(number, role) else { return Ok(None) };
            let named = place.named(parameters.stored(place, trial), "");
            let shape: Vec<i64> = named.shape.iter().map(|&n| n as i64).collect();
            Tensor::f_from_slice(&named.data)?.f_view(shape.as_slice()).map(Some)
        };
        let mut layers = Vec::new();
        for number in 0..=spec.hidden_layers.len() {
            let (Some(weight), Some(bias)) = (copy(number, Role::Weight)?, copy(number, Role::Bias)?) else {
                continue;
            };
            let norm = (
                copy(number, Role::NormWeight)?,
                copy(number, Role::NormBias)?,
                copy(number, Role::RunningMean)?,
                copy(number, Role::RunningVar)?,
            );
            let norm = match norm {
                (Some(weight), Some(bias), Some(mean), Some(var)) => Some([weight, bias, mean, var]),
                _ => None,
            };
            layers.push(FrozenLayer { weight, bias, norm });
        }
        Ok(Self { activation: spec.activation, layers })
    }

    /// `[n, n_features]` to `[n, n_outputs]`
    fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let mut values = x.shallow_clone();
        for (number, layer) in self.layers.iter().enumerate() {
            values = values.f_linear(&layer.weight, Some(&layer.bias))?;
            if let Some([weight, bias, mean, var]) = &layer.norm {
                let epsilon = normalization::EPSILON;
                values = values.f_batch_norm(
                    Some(weight),
                    Some(bias),
                    Some(mean),
                    Some(var),
                    false,
                    0.1,
                    epsilon,
                    false,
                )?;
            }
            if number + 1 < self.layers.len() {
                values = match self.activation {
                    Activation::Relu => values.f_relu(),
                    Activation::Tanh => values.f_tanh(),
                    Activation::Sigmoid => values.f_sigmoid(),
                    Activation::Gelu => values.f_gelu("none"),
                    Activation::Silu => values.f_silu(),
                }?;
            }
        }
        Ok(values)
    }
}
