//! Stdout, kept for frames alone.

use retort_domain::protocol::Frame;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// Writes frames as JSON lines, each flushed, to what was stdout.
pub(crate) struct FrameWriter {
    out: Mutex<File>,
}

impl FrameWriter {
    /// Takes stdout away from everyone else in the process: libraries print,
    /// and a stray line would not be a frame. Descriptor 1 becomes stderr.
    #[cfg(unix)]
    pub fn take_stdout() -> std::io::Result<Self> {
        use std::os::fd::{AsFd, AsRawFd};
        let kept = std::io::stdout().as_fd().try_clone_to_owned()?;
        // SAFETY: both descriptors are open; dup2 replaces 1 in one step.
        let replaced = unsafe { libc::dup2(std::io::stderr().as_raw_fd(), std::io::stdout().as_raw_fd()) };
        if replaced < 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok(Self { out: Mutex::new(File::from(kept)) })
    }

    /// Not tried: on Windows the C runtime's own descriptor is left alone.
    #[cfg(windows)]
    pub fn take_stdout() -> std::io::Result<Self> {
        use std::os::windows::io::AsHandle;
        let kept = std::io::stdout().as_handle().try_clone_to_owned()?;
        Ok(Self { out: Mutex::new(File::from(kept)) })
    }

    /// Writes one line. When nobody reads any more, the process ends.
    pub fn send(&self, frame: &Frame) {
        let mut line = match serde_json::to_vec(frame) {
            Ok(line) => line,
            Err(error) => {
                tracing::error!(%error, "a frame cannot be written as JSON");
                return;
            }
        };
        line.push(b'\n');
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.write_all(&line).is_err() {
            exit_now();
        }
    }

    /// Ends the process between two frames, without waiting for a reader.
    pub fn exit(&self) -> ! {
        let _between_frames = self.out.try_lock();
        exit_now()
    }
}

/// Without running the frameworks' exit handlers, which may wait for a thread
/// that trains, or crash beside it.
fn exit_now() -> ! {
    #[cfg(unix)]
    // SAFETY: ends the process; nothing runs afterwards.
    unsafe {
        libc::_exit(0)
    }
    #[cfg(not(unix))]
    std::process::exit(0)
}
