//! The frameworks' runtimes as `retort doctor` reports them.

use crate::Platform;
use serde::{Deserialize, Serialize};
use specta::Type;

/// Whether a framework can be used here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct RuntimeReport {
    /// The framework.
    pub platform: Platform,
    /// True when a small network was trained on it just now.
    pub works: bool,
    /// As the framework itself says.
    pub version: Option<String>,
    /// Where the runtime lies, if found.
    pub location: Option<String>,
    /// Seconds that loading it and training a two-layer network took.
    pub self_test_secs: Option<f64>,
    /// What is wrong, one line.
    pub problem: Option<String>,
    /// The exact command that mends it.
    pub remedy: Option<String>,
}

impl Platform {
    /// Version of the runtime pack that this build is made for.
    pub fn runtime_version(self) -> &'static str {
        match self {
            Platform::Pytorch => "2.13.0",
            Platform::Tensorflow => "2.21.0",
        }
    }

    /// Folder name of the runtime pack; its `lib/` holds the shared libraries.
    /// Packs lie in `RETORT_RUNTIMES`, or in `runtimes/` of the user's cache
    /// folder for `retort`.
    pub fn runtime_folder(self) -> String {
        format!("{}-{}", self.key(), self.runtime_version())
    }

    /// Name of the worker's binary, without the system's suffix.
    pub fn worker_binary(self) -> &'static str {
        match self {
            Platform::Pytorch => "retort-worker-pytorch",
            Platform::Tensorflow => "retort-worker-tensorflow",
        }
    }
}
