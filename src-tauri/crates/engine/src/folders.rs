//! What lies where in the data folder.

use retort_domain::{AppError, DatasetId, ErrorCode, JobId, RunId};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Enough for the store to note how jobs ended once the disk is full.
const RESERVE_BYTES: usize = 512 * 1024;

/// The data folder.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    data: PathBuf,
}

impl Folders {
    /// Makes what is missing and tries whether it can be written.
    pub fn create(data: &Path) -> Result<Self, AppError> {
        let failed = |error: std::io::Error| {
            AppError::new(
                ErrorCode::Storage,
                format!("the data folder cannot be written ({error}): {}", data.display()),
            )
            .with_hint("Choose another folder with --data-dir or RETORT_DATA_DIR, or make this one writable")
        };
        let data = std::path::absolute(data).map_err(failed)?;
        let folders = Self { data };
        for folder in [
            folders.tables(),
            folders.data.join("prepared"),
            folders.checkpoints(),
            folders.data.join("runs"),
            folders.owners(),
            folders.temporary(),
        ] {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        tempfile::tempfile_in(&folders.data).map_err(failed)?;
        Ok(folders)
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn store_file(&self) -> PathBuf {
        self.data.join("retort.sqlite")
    }

    pub fn app_lock(&self) -> PathBuf {
        self.data.join("app.lock")
    }

    /// One locked file a living process.
    pub fn owners(&self) -> PathBuf {
        self.data.join("owners")
    }

    pub fn tables(&self) -> PathBuf {
        self.data.join("tables")
    }

    pub fn table(&self, id: &DatasetId) -> PathBuf {
        self.tables().join(format!("{id}.parquet"))
    }

    /// Matrices made from one dataset.
    pub fn prepared(&self, id: &DatasetId) -> PathBuf {
        self.data.join("prepared").join(id.as_str())
    }

    pub fn checkpoints(&self) -> PathBuf {
        self.data.join("checkpoints")
    }

    pub fn checkpoint(&self, id: &RunId) -> PathBuf {
        self.checkpoints().join(format!("{id}.safetensors"))
    }

    /// What a run left behind.
    pub fn run(&self, id: &RunId) -> PathBuf {
        self.data.join("runs").join(id.as_str())
    }

    /// What a sweep's trials leave.
    pub fn sweep(&self, id: &JobId) -> PathBuf {
        self.data.join("sweeps").join(id.as_str())
    }

    /// What students leave that are tried out.
    pub fn distillation(&self, id: &JobId) -> PathBuf {
        self.data.join("distillations").join(id.as_str())
    }

    pub fn temporary(&self) -> PathBuf {
        self.data.join("temporary")
    }

    /// Takes away what killed processes left half done. Only for a process that
    /// has the folder to itself; `unfinished` are the runs of jobs still to go on.
    pub fn clear_leftovers(&self, unfinished: &[RunId]) {
        let kept: Vec<PathBuf> = unfinished.iter().map(|id| self.checkpoint(id)).collect();
        let entries =
            |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
        for path in
            entries(self.checkpoints()).filter(|path| !kept.contains(path)).chain(entries(self.temporary()))
        {
            // What stays costs room and nothing else.
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
    }

    fn reserve(&self) -> PathBuf {
        self.data.join("reserve")
    }

    /// Takes up some room, to be given free when there is no other. Without
    /// room for it there is no reserve, and that is all.
    pub fn keep_reserve(&self) {
        let path = self.reserve();
        if fs::metadata(&path).is_ok_and(|m| m.len() == RESERVE_BYTES as u64) {
            return;
        }
        // Not zeros: some file systems do not give those any room.
        let filler: Vec<u8> =
            (0..RESERVE_BYTES as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let written = File::create(&path).and_then(|mut file| file.write_all(&filler));
        if let Err(error) = written {
            tracing::warn!(%error, "no room could be reserved");
            self.free_reserve();
        }
    }

    /// Gives the reserve's room free.
    pub fn free_reserve(&self) {
        // Not there is as good.
        let _ = fs::remove_file(self.reserve());
    }
}
