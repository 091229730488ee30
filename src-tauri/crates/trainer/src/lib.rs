//! The training loop, metrics and losses, once, over [`backend::Backend`].
//! No framework and no async here: a worker brings the framework, and carries
//! the frames.

pub mod artifacts;
pub mod backend;
mod checkpoint;
pub mod compression;
pub mod evaluation;
pub mod goldens;
pub mod lesson;
pub mod metrics;
pub mod predict;
pub mod prepared;
pub mod random;
pub mod schedule;
pub mod soft_loss;
pub mod speed;
pub mod tensors;
pub mod train;

pub use backend::{
    Backend, BackendError, Group, NamedTensor, SavedNetwork, Tensors, TrainRows, TrialSetup, TrialSteps,
};
pub use prepared::Prepared;
pub use train::{TrainError, train_group};
