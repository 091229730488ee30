//! Which processes live. Each holds a lock on a file of its own while it does;
//! the system gives the lock free the moment it ends, however it ends.

use crate::folders::Folders;
use retort_domain::{AppError, ErrorCode, TimestampMillis};
use retort_store::Lease;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A process that has not given a sign of life for so long is stuck, and its
/// jobs may be taken over though it holds its lock.
const LEASE_MILLIS: f64 = 8_000.0;

/// An app that was closed writes its checkpoints for a moment longer.
const CLOSING_LOOKS: u32 = 30;
const CLOSING_PAUSE: Duration = Duration::from_millis(100);

/// This process's sign of life.
#[derive(Debug)]
pub(crate) struct OwnerLock {
    name: String,
    folder: PathBuf,
    _file: File,
}

impl OwnerLock {
    pub fn take(folders: &Folders) -> Result<Self, AppError> {
        let name = uuid::Uuid::now_v7().to_string();
        let folder = folders.owners();
        let path = lock_path(&folder, &name);
        let failed = |error: std::io::Error| {
            AppError::new(
                ErrorCode::Storage,
                format!("the data folder cannot be locked ({error}): {}", path.display()),
            )
            .with_hint("Choose a data folder on a local disk")
        };
        let file = File::create(&path).map_err(failed)?;
        match file.lock() {
            // Without locks only the heartbeat tells.
            Err(e) if e.kind() == ErrorKind::Unsupported => {}
            result => result.map_err(failed)?,
        }
        Ok(Self { name, folder, _file: file })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// True where the lease's holder is at work on the job.
    pub fn is_alive(&self, lease: &Lease, now: TimestampMillis) -> bool {
        lease.owner == self.name
            || (now - lease.heartbeat_at < LEASE_MILLIS && is_locked(&self.folder, &lease.owner))
    }

    /// Takes the file away at an orderly end.
    pub fn retire(&self) {
        let _ = fs::remove_file(lock_path(&self.folder, &self.name));
    }

    /// Takes the files of dead processes away. True where no other lives.
    pub fn clear_dead(&self) -> bool {
        let mut is_alone = true;
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let owner = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            if owner == self.name {
                continue;
            }
            if is_locked(&self.folder, &owner) {
                is_alone = false;
            } else {
                let _ = fs::remove_file(path);
            }
        }
        is_alone
    }
}

fn lock_path(folder: &Path, owner: &str) -> PathBuf {
    folder.join(format!("{owner}.lock"))
}

fn is_locked(folder: &Path, owner: &str) -> bool {
    let Ok(file) = File::open(lock_path(folder, owner)) else { return false };
    match file.try_lock() {
        Ok(()) => false,
        // Where locks cannot be asked, the heartbeat decides.
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
    }
}

/// Held by the one app that has the data folder open.
#[derive(Debug)]
pub(crate) struct AppLock {
    _file: File,
}

impl AppLock {
    /// Takes the lock, or says who has it. One that is just closing is waited for.
    pub async fn take(folders: &Folders) -> Result<Self, AppError> {
        for _ in 0..CLOSING_LOOKS {
            match Self::try_take(folders) {
                Err(error) if error.code == ErrorCode::Conflict => tokio::time::sleep(CLOSING_PAUSE).await,
                result => return result,
            }
        }
        Self::try_take(folders)
    }

    fn try_take(folders: &Folders) -> Result<Self, AppError> {
        let path = folders.app_lock();
        let failed = |error: std::io::Error| {
            AppError::new(
                ErrorCode::Storage,
                format!("the data folder cannot be locked ({error}): {}", path.display()),
            )
            .with_hint("Choose a data folder on a local disk")
        };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(AppError::new(
                ErrorCode::Conflict,
                format!("Retort is already open on this data folder: {}", folders.data().display()),
            )
            .with_hint("Use the window that is open, or choose another folder with RETORT_DATA_DIR")),
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => Ok(Self { _file: file }),
            Err(TryLockError::Error(e)) => Err(failed(e)),
        }
    }
}
