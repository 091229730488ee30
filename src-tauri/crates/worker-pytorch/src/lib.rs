//! The trainer's backend on libtorch, through `tch`.
//!
//! libtorch does the products, of many trials in one call; gathering rows,
//! activations, losses, batch normalisation and the update rules are loops over
//! the same memory here, because a call into libtorch costs more than they do
//! on the small networks of tables. There is no autograd: the chain rule of a multilayer
//! perceptron is written out in `network`.

mod buffer;
mod export;
mod group;
mod network;
mod parameters;
mod product;
mod vector;

use retort_domain::Platform;
use retort_domain::protocol::ModelSpec;
use retort_trainer::{Backend, BackendError, Group, SavedNetwork, TrainRows, TrialSetup};
use std::path::Path;

/// libtorch on the CPU, one thread.
#[derive(Debug)]
pub struct PyTorch {
    _private: (),
}

impl PyTorch {
    /// Sets libtorch up.
    pub fn load() -> Self {
        static ONCE: std::sync::Once = std::sync::Once::new();
        // Refuses to be called later than this.
        ONCE.call_once(|| tch::set_num_interop_threads(1));
        Self { _private: () }
    }
}

impl Backend for PyTorch {
    fn platform(&self) -> Platform {
        Platform::Pytorch
    }

    // libtorch's C++ interface has no version function that tch reaches; tch
    // links against this version only.
    fn version(&self) -> String {
        Platform::Pytorch.runtime_version().into()
    }

    fn open<'d>(
        &self,
        spec: &ModelSpec,
        rows: TrainRows<'d>,
        trials: &[TrialSetup],
    ) -> Result<Box<dyn Group + 'd>, BackendError> {
        // A second thread costs small networks more in waiting than it saves,
        // and sums would no longer be in one order. libtorch's products look at
        // a setting of the calling thread, and no group leaves its thread.
        tch::set_num_threads(1);
        Ok(Box::new(group::TorchGroup::open(spec, rows, trials)?))
    }

    fn load(&self, dir: &Path) -> Result<Box<dyn SavedNetwork>, BackendError> {
        tch::set_num_threads(1);
        Ok(Box::new(export::Opened::load(dir)?))
    }
}

/// What libtorch said, as the trainer's error.
fn refused(action: &'static str) -> impl Fn(tch::TchError) -> BackendError {
    move |error| {
        let text = match &error {
            tch::TchError::Torch(text) => text.clone(),
            other => other.to_string(),
        };
        // "DefaultCPUAllocator: can't allocate memory: you tried to allocate …"
        if text.contains("can't allocate memory") || text.contains("not enough memory") {
            return BackendError::OutOfMemory { platform: Platform::Pytorch, action };
        }
        misuse(action, text.lines().next().unwrap_or_default().trim())
    }
}

fn misuse(action: &'static str, message: impl Into<String>) -> BackendError {
    BackendError::Framework { platform: Platform::Pytorch, action, message: message.into() }
}
