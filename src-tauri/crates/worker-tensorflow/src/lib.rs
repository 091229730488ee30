//! The trainer's backend on TensorFlow's C library, which is found and opened
//! at run time. Update rules, losses and normalisation are PyTorch's; what is
//! trained when, and random numbers, are the trainer's.

mod activation;
mod compile;
mod export;
mod group;
mod layout;
mod loss;
mod network;
mod nodes;
mod plan;
mod portion;
mod program;
mod programs;
mod soft_loss;
mod state;
mod update;

use group::TensorFlowGroup;
use programs::Kept;
use retort_domain::{Platform, protocol::ModelSpec};
use retort_trainer::{Backend, BackendError, Group, SavedNetwork, TrainRows, TrialSetup};
use std::fmt;
use std::path::Path;
use std::rc::Rc;
use std::sync::OnceLock;

/// Settings that the library reads when it is opened: warnings off stderr, no
/// kernels whose sums depend on the processor, and none whose sums depend on
/// how many trials there are. To be set in the environment before
/// [`TensorFlow::load`], while the process has one thread.
pub const ENVIRONMENT: [(&str, &str); 3] = [
    ("TF_CPP_MIN_LOG_LEVEL", "2"),
    ("TF_ENABLE_ONEDNN_OPTS", "0"),
    ("XLA_FLAGS", "--xla_cpu_experimental_ynn_fusion_type="),
];

/// libtensorflow, opened. It keeps the graphs of the shapes that it trained,
/// for later groups of theirs; clones share them.
#[derive(Clone)]
pub struct TensorFlow(Rc<Kept>);

impl fmt::Debug for TensorFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TensorFlow").finish_non_exhaustive()
    }
}

impl TensorFlow {
    /// Opens the library found through `TENSORFLOW_DIR` or the library path;
    /// once a process, later calls give the first one's answer.
    ///
    /// # Errors
    /// One line, where it is not found or cannot be opened.
    pub fn load() -> Result<Self, String> {
        static LOADED: OnceLock<Result<(), String>> = OnceLock::new();
        LOADED
            .get_or_init(|| {
                tensorflow::library::load().map_err(|reason| {
                    let reason = reason.lines().next().unwrap_or_default().to_owned();
                    format!("cannot load TensorFlow: {reason}; install its runtime again in the settings")
                })
            })
            .clone()
            .map(|()| Self(Rc::default()))
    }
}

impl Backend for TensorFlow {
    fn platform(&self) -> Platform {
        Platform::Tensorflow
    }

    fn version(&self) -> String {
        tensorflow::version().unwrap_or_default()
    }

    fn open<'d>(
        &self,
        spec: &ModelSpec,
        rows: TrainRows<'d>,
        trials: &[TrialSetup],
    ) -> Result<Box<dyn Group + 'd>, BackendError> {
        Ok(Box::new(TensorFlowGroup::open(self.0.of(spec), rows, trials)?))
    }

    fn load(&self, dir: &Path) -> Result<Box<dyn SavedNetwork>, BackendError> {
        Ok(Box::new(export::Opened::load(dir)?))
    }
}
