//! Finds the runtime where the app keeps it.

use retort_worker_tensorflow::{ENVIRONMENT, TensorFlow};
use std::path::PathBuf;
use std::sync::OnceLock;

/// The backend, from `RETORT_RUNTIMES` or the user's cache.
pub fn backend() -> TensorFlow {
    static PREPARED: OnceLock<()> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let runtimes = std::env::var_os("RETORT_RUNTIMES").map(PathBuf::from).or_else(|| {
            std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/retort/runtimes"))
        });
        let library = runtimes
            .and_then(|folder| std::fs::read_dir(folder).ok())
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("tensorflow-")))
            .map(|path| path.join("lib"));
        // SAFETY: nextest gives each test its process; nothing else reads the environment yet.
        unsafe {
            if let (Some(library), None) = (library, std::env::var_os("TENSORFLOW_DIR")) {
                std::env::set_var("TENSORFLOW_DIR", library);
            }
            for (name, value) in ENVIRONMENT {
                std::env::set_var(name, value);
            }
        }
    });
    TensorFlow::load().expect("the TensorFlow runtime is installed")
}
