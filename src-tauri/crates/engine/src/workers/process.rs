//! One worker process: its pipes, its last words, its end.

use super::runtimes::{Runtimes, SETUP_COMMAND};
use retort_domain::protocol::{Frame, PROTOCOL_VERSION, Request};
use retort_domain::{AppError, ErrorCode, Platform};
use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// For loading a framework from a cold disk.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// For a process that has closed its pipes to be gone.
const END_PATIENCE: Duration = Duration::from_secs(2);
const FRAMES_IN_FLIGHT: usize = 256;
const LAST_LINES: usize = 50;
const MAX_LINE_CHARS: usize = 500;

/// A worker that is up.
#[derive(Debug)]
pub(crate) struct Worker {
    platform: Platform,
    version: String,
    child: Child,
    stdin: ChildStdin,
    frames: mpsc::Receiver<Frame>,
    last_words: LastWords,
}

/// Why a worker did not come up.
#[derive(Debug)]
pub(crate) enum StartError {
    /// From outside, as may happen to any process; another may fare better.
    Killed(Death),
    /// It will not come up the next time either.
    Unusable(AppError),
}

/// How a worker ended that should not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Death {
    /// One line.
    pub reason: String,
}

impl Worker {
    /// Starts one and waits until it is ready.
    pub async fn start(runtimes: &Runtimes, platform: Platform) -> Result<Worker, StartError> {
        runtimes.check(platform).map_err(StartError::Unusable)?;
        let mut command = runtimes.command(platform);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // Ctrl-C in a terminal is for us; workers are told in order.
        #[cfg(unix)]
        command.process_group(0);
        #[cfg(windows)]
        command.creation_flags(CREATE_NO_WINDOW);
        let mut child = command.spawn().map_err(|e| unusable(platform, &e.to_string()))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(unusable(platform, "its pipes are missing"));
        };
        let last_words = LastWords::listen(platform, stderr);
        let frames = read_frames(platform, stdout);
        let mut worker = Worker { platform, version: String::new(), child, stdin, frames, last_words };
        let first = tokio::time::timeout(START_PATIENCE, worker.next_frame()).await;
        match first {
            Ok(Some(Frame::Ready { protocol: PROTOCOL_VERSION, platform: found, version })) if found == platform => {
                worker.version = version;
                Ok(worker)
            }
            Ok(Some(Frame::Ready { protocol, platform: found, .. })) => Err(StartError::Unusable(
                AppError::new(
                    ErrorCode::RuntimeMissing,
                    format!(
                        "the worker found is {found}'s with protocol {protocol}; {platform}'s with protocol {PROTOCOL_VERSION} is needed"
                    ),
                )
                .with_hint("Install Retort again, or in a checkout run `cargo build --bins`"),
            )),
            Ok(Some(Frame::Failed { message })) => Err(unusable(platform, &message)),
            Ok(Some(other)) => Err(unusable(platform, &format!("it began with {other:?}"))),
            Ok(None) => {
                let (death, was_killed) = worker.autopsy().await;
                if was_killed { Err(StartError::Killed(death)) } else { Err(unusable(platform, &death.reason)) }
            }
            Err(_) => {
                Err(unusable(platform, &format!("it was not ready within {} s", START_PATIENCE.as_secs())))
            }
        }
    }

    /// As the framework says.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The system's number of the process, while it lives.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// True while the process has not ended.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a request. Where the worker has died meanwhile the next frame
    /// tells, so nothing is answered here.
    pub async fn send(&mut self, request: &Request) {
        let mut line = match serde_json::to_vec(request) {
            Ok(line) => line,
            Err(error) => {
                tracing::error!(%error, "a request cannot be written as JSON");
                return;
            }
        };
        line.push(b'\n');
        let written = async {
            self.stdin.write_all(&line).await?;
            self.stdin.flush().await
        };
        if let Err(error) = written.await {
            tracing::debug!(platform = %self.platform, %error, "a worker does not listen");
        }
    }

    /// The next frame, or none once the worker has ended.
    pub async fn next_frame(&mut self) -> Option<Frame> {
        self.frames.recv().await
    }

    /// A frame that has arrived already.
    pub fn frame_now(&mut self) -> Option<Frame> {
        self.frames.try_recv().ok()
    }

    /// Ends the process now.
    pub async fn kill(mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(platform = %self.platform, %error, "a worker cannot be ended");
        }
    }

    /// How it died; for a worker that sends no more frames.
    pub async fn death(mut self) -> Death {
        self.autopsy().await.0
    }

    /// And whether something outside killed it.
    async fn autopsy(&mut self) -> (Death, bool) {
        let status = match tokio::time::timeout(END_PATIENCE, self.child.wait()).await {
            Ok(status) => status.ok(),
            // It has closed its stdout and lives: of no more use.
            Err(_) => {
                let _ = self.child.kill().await;
                None
            }
        };
        let last_line = self.last_words.last_line().await;
        let how = status.map_or_else(|| "stopped answering".to_owned(), describe);
        let reason = match last_line {
            Some(line) => format!("the {} worker {how}: {line}", self.platform),
            None => format!("the {} worker {how}", self.platform),
        };
        (Death { reason }, status.is_some_and(|s| s.code().is_none()))
    }
}

#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was killed by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("ended with status {code}"),
        None => "ended".to_owned(),
    }
}

fn unusable(platform: Platform, reason: &str) -> StartError {
    StartError::Unusable(
        AppError::new(ErrorCode::RuntimeMissing, format!("{platform} cannot be used: {reason}"))
            .with_hint(format!("Run `{SETUP_COMMAND}`")),
    )
}

/// Frames as they come; ends with the worker's stdout.
fn read_frames(platform: Platform, stdout: impl AsyncRead + Unpin + Send + 'static) -> mpsc::Receiver<Frame> {
    let (sender, receiver) = mpsc::channel(FRAMES_IN_FLIGHT);
    tokio::spawn(async move {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        loop {
            line.clear();
            match reader.read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            match serde_json::from_slice(&line) {
                Ok(frame) => {
                    if sender.send(frame).await.is_err() {
                        return;
                    }
                }
                // The last line of a worker that was killed may be cut short.
                Err(error) => tracing::warn!(%platform, %error, "a worker's line is no frame"),
            }
        }
    });
    receiver
}

/// The last lines of a worker's stderr.
#[derive(Debug)]
struct LastWords {
    lines: Arc<Mutex<VecDeque<String>>>,
    listener: JoinHandle<()>,
}

impl LastWords {
    fn listen(platform: Platform, stderr: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&lines);
        let listener = tokio::spawn(async move {
            let mut reader = BufReader::new(stderr);
            let mut bytes = Vec::new();
            loop {
                bytes.clear();
                match reader.read_until(b'\n', &mut bytes).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                let line: String =
                    String::from_utf8_lossy(&bytes).trim_end().chars().take(MAX_LINE_CHARS).collect();
                tracing::debug!(%platform, line, "worker");
                if !line.trim().is_empty() {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push_back(line);
                    if kept.len() > LAST_LINES {
                        kept.pop_front();
                    }
                }
            }
        });
        Self { lines, listener }
    }

    /// Of a worker that has ended: waits until all it said has been read.
    async fn last_line(&mut self) -> Option<String> {
        let _ = tokio::time::timeout(END_PATIENCE, &mut self.listener).await;
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).back().cloned()
    }
}
