//! Where things lie: the checkout, the user's cache beside it, and what cargo
//! builds.

use anyhow::{Context, Result};
use directories::ProjectDirs;
use retort_domain::Platform;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the folder that holds ready-made runtime packs.
pub const RUNTIMES_VARIABLE: &str = "RETORT_RUNTIMES";

/// The folders everything else asks for.
pub struct Layout {
    /// The checkout.
    pub root: PathBuf,
    /// Shared by all checkouts of this user; what is in it can be fetched again.
    pub cache: PathBuf,
    /// `RETORT_RUNTIMES`, where set.
    pub ready_made: Option<PathBuf>,
}

impl Layout {
    /// Finds the checkout (this crate's parent) and the user's cache folder.
    pub fn find() -> Result<Self> {
        // Cargo sets the variable at run time too, which is right when the
        // binary was built for another checkout that shares the target folder.
        let manifest_dir = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest_dir.parent().context("xtask's folder has no parent")?.to_owned();
        let cache = ProjectDirs::from("", "", "retort")
            .context("this user has no home folder to keep runtimes in; set HOME")?
            .cache_dir()
            .to_owned();
        // Absolute, as it is handed to programs at work in other folders.
        let ready_made = env::var_os(RUNTIMES_VARIABLE)
            .filter(|value| !value.is_empty())
            .map(std::path::absolute)
            .transpose()
            .with_context(|| format!("{RUNTIMES_VARIABLE} cannot be made an absolute path"))?;
        Ok(Self { root, cache, ready_made })
    }

    /// Holds one folder a runtime pack.
    pub fn runtimes(&self) -> PathBuf {
        self.ready_made.clone().unwrap_or_else(|| self.cache.join("runtimes"))
    }

    /// A platform's runtime pack, whether it is there or not.
    pub fn pack(&self, platform: Platform) -> PathBuf {
        self.runtimes().join(platform.runtime_folder())
    }

    /// The shared libraries of a platform's runtime pack.
    pub fn pack_libraries(&self, platform: Platform) -> PathBuf {
        self.pack(platform).join("lib")
    }

    /// Downloaded wheels, kept so that a lost pack is mended without the network.
    pub fn wheels(&self) -> PathBuf {
        self.cache.join("wheels")
    }

    /// Programs that tests need, in its `bin/`.
    pub fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// True where the checkout has this file or folder.
    pub fn has(&self, relative: &str) -> bool {
        self.root.join(relative).exists()
    }

    /// A cargo that finds PyTorch's headers and libraries, at work in the checkout.
    pub fn cargo(&self) -> Command {
        // Under `cargo run` this is the very cargo that started us; plain
        // `cargo` would be looked up anew.
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.root).env("LIBTORCH", self.pack(Platform::Pytorch));
        for variable in leaked_variables() {
            cargo.env_remove(variable);
        }
        cargo
    }

    /// A program of `node_modules/.bin`, at work in the checkout.
    pub fn node_program(&self, name: &str) -> Command {
        let file = if cfg!(windows) { format!("{name}.cmd") } else { name.to_owned() };
        let mut command = Command::new(self.root.join("node_modules/.bin").join(file));
        command.current_dir(&self.root);
        command
    }

    /// The folder cargo builds into (`CARGO_TARGET_DIR`, or as configured).
    pub fn target(&self) -> Result<PathBuf> {
        let metadata = self.metadata()?;
        let folder =
            metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(PathBuf::from(folder))
    }

    /// The workspace as cargo describes it, third-party crates left out.
    pub fn metadata(&self) -> Result<serde_json::Value> {
        let output = self
            .cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            anyhow::bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        serde_json::from_slice(&output.stdout).context("cargo metadata printed something else than JSON")
    }

    /// The library path under which both workers run, as a value for
    /// [`library_path_variable`].
    pub fn library_path(&self) -> Result<std::ffi::OsString> {
        let packs = Platform::ALL.map(|platform| self.pack_libraries(platform));
        with_existing(&packs, library_path_variable())
    }
}

/// `folders` in front of what the path-like variable holds already.
pub fn with_existing(folders: &[PathBuf], variable: &str) -> Result<std::ffi::OsString> {
    let existing = env::var_os(variable).unwrap_or_default();
    let existing = env::split_paths(&existing).filter(|folder| !folder.as_os_str().is_empty());
    env::join_paths(folders.iter().cloned().chain(existing))
        .with_context(|| format!("a folder's name cannot stand in {variable}"))
}

/// The variable in which this system looks for shared libraries.
pub fn library_path_variable() -> &'static str {
    if cfg!(windows) {
        "PATH"
    } else if cfg!(target_os = "macos") {
        "DYLD_LIBRARY_PATH"
    } else {
        "LD_LIBRARY_PATH"
    }
}

/// A binary's file name on this system.
pub fn binary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

/// What `cargo run` sets for us and a nested cargo must not inherit: build
/// scripts would be run again for each change between the two.
fn leaked_variables() -> impl Iterator<Item = String> {
    env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| {
        name == "CARGO"
            || name == "CARGO_MANIFEST_DIR"
            || name == "CARGO_MANIFEST_PATH"
            || name.starts_with("CARGO_PKG_")
    })
}
