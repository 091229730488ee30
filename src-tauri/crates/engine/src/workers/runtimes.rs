//! Where the frameworks' runtimes and the workers lie.

use retort_domain::{AppError, ErrorCode, Platform};
use std::env;
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::{Path, PathBuf};
use tokio::process::Command;

const RUNTIMES_VARIABLE: &str = "RETORT_RUNTIMES";
/// Fetches and assembles what is missing.
pub(crate) const SETUP_COMMAND: &str = "cargo xtask setup";

#[cfg(windows)]
const LIBRARY_PATH: &str = "PATH";
#[cfg(target_os = "macos")]
const LIBRARY_PATH: &str = "DYLD_LIBRARY_PATH";
#[cfg(not(any(windows, target_os = "macos")))]
const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";

/// Thresholds in bytes of the GNU C library's allocator (mallopt(3)); others do
/// not know them. Set by themselves they depend on the order of what was freed
/// before: a network's intermediate results of some hundred kilobytes are then
/// given back to the system after each call or are not, by chance, and one
/// call takes half as long again as another. 32 MiB is the most that counts.
const ALLOCATION: [(&str, &str); 2] =
    [("MALLOC_MMAP_THRESHOLD_", "33554432"), ("MALLOC_TRIM_THRESHOLD_", "268435456")];

/// Folders of runtimes and workers; whether anything lies there is asked anew
/// each time.
#[derive(Debug, Clone)]
pub(crate) struct Runtimes {
    runtimes: PathBuf,
    workers: PathBuf,
}

impl Runtimes {
    /// The folders given, or the usual ones.
    pub fn find(runtimes: Option<PathBuf>, workers: Option<PathBuf>) -> Self {
        let from_variable = || env::var_os(RUNTIMES_VARIABLE).filter(|v| !v.is_empty()).map(PathBuf::from);
        let from_cache =
            || directories::ProjectDirs::from("", "", "retort").map(|d| d.cache_dir().join("runtimes"));
        let runtimes =
            runtimes.or_else(from_variable).or_else(from_cache).unwrap_or_else(|| PathBuf::from("runtimes"));
        // Absolute, as a loader resolves it wherever the worker stands.
        let runtimes = std::path::absolute(&runtimes).unwrap_or(runtimes);
        Self { runtimes, workers: workers.unwrap_or_else(beside_this_program) }
    }

    /// A platform's runtime.
    pub fn folder(&self, platform: Platform) -> PathBuf {
        self.runtimes.join(platform.runtime_folder())
    }

    /// An error that says what is missing, if anything is.
    pub fn check(&self, platform: Platform) -> Result<(), AppError> {
        let worker = self.worker(platform);
        if !worker.is_file() {
            let message = format!("the {platform} worker is missing: {}", worker.display());
            return Err(AppError::new(ErrorCode::RuntimeMissing, message)
                .with_hint("Install Retort again, or in a checkout run `cargo build --bins`"));
        }
        let library = self.library(platform);
        if !library.is_file() {
            let version = platform.runtime_version();
            let message = format!("{platform} {version} is not installed: {}", library.display());
            return Err(
                AppError::new(ErrorCode::RuntimeMissing, message).with_hint(format!("Run `{SETUP_COMMAND}`"))
            );
        }
        Ok(())
    }

    /// The worker's command, its library path set.
    pub fn command(&self, platform: Platform) -> Command {
        let libraries = self.folder(platform).join("lib");
        let earlier = env::var_os(LIBRARY_PATH).unwrap_or_default();
        let paths =
            [libraries.clone()].into_iter().chain(env::split_paths(&earlier).filter(|p| p != Path::new("")));
        let mut command = Command::new(self.worker(platform));
        // Fails where a folder's name holds a separator; then the folder alone.
        command
            .env(LIBRARY_PATH, env::join_paths(paths).unwrap_or_else(|_| libraries.clone().into_os_string()));
        command.env("TENSORFLOW_DIR", libraries);
        command.env("OMP_NUM_THREADS", "1");
        command.envs(ALLOCATION);
        command
    }

    fn worker(&self, platform: Platform) -> PathBuf {
        self.workers.join(format!("{}{EXE_SUFFIX}", platform.worker_binary()))
    }

    fn library(&self, platform: Platform) -> PathBuf {
        let name = match platform {
            Platform::Pytorch => "torch_cpu",
            Platform::Tensorflow => "tensorflow",
        };
        self.folder(platform).join("lib").join(format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"))
    }
}

/// Test programs lie in `deps`, one below the workers.
fn beside_this_program() -> PathBuf {
    let Some(folder) = env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned)) else {
        return PathBuf::new();
    };
    match folder.parent() {
        Some(parent) if folder.ends_with("deps") => parent.to_owned(),
        Some(_) | None => folder,
    }
}
