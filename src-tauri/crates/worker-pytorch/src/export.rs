//! TorchScript, as Python's `torch.jit.load` opens it.

use crate::network::Frozen;
use crate::{misuse, refused};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Artifact, ArtifactKind};
use retort_trainer::BackendError;
use std::path::Path;
use tch::{CModule, Device, Kind, Tensor};

const FILE_NAME: &str = "model.pt";
const ACTION: &str = "export the network as TorchScript";

/// Traces the network and saves it. The weights are constants in it; any number
/// of rows may go in.
pub(crate) fn torchscript(spec: &ModelSpec, network: &Frozen, dir: &Path) -> Result<Artifact, BackendError> {
    let _no_grad = tch::no_grad_guard();
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
    module.map_err(refused(ACTION))?.save(&path).map_err(refused(ACTION))?;
    let bytes = std::fs::metadata(&path).map_err(|e| misuse(ACTION, e.to_string()))?.len();
    Ok(Artifact { kind: ArtifactKind::Torchscript, name: FILE_NAME.into(), bytes: bytes as f64 })
}
