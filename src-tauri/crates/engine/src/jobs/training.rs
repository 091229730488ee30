//! One run on a worker: from the request to its end, over the deaths of workers.

use super::active::{Stop, StopSignal};
use crate::Engine;
use crate::workers::{Borrowed, Death, StartError, memory};
use retort_domain::protocol::{Frame, GroupRequest, Purpose, Request, TrialRequest};
use retort_domain::{AppError, EpochRecord, ErrorCode, JobEventKind, Run, RunId, RunStatus, TrialOutcome};
use retort_store::StoreError;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Deaths in a row without an epoch between them after which a run fails.
const MAX_DEATHS: u32 = 4;
/// For a worker to stop by itself; cancelling has to act within a second.
const CANCEL_PATIENCE: Duration = Duration::from_millis(800);
/// For a worker to write its last checkpoint.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(3);
/// Beyond a run's own time limit, which the worker keeps.
const TIME_LIMIT_GRACE_SECS: f64 = 30.0;
const LOOK_AT_MEMORY_EVERY: Duration = Duration::from_secs(1);
/// Frames that are stored together, at most.
const FRAMES_AT_ONCE: usize = 64;

/// Why a run is left before its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The job has to stop.
    Stopped(Stop),
    /// What happened cannot be stored.
    Store(AppError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost { .. } => Self::Stopped(Stop::LeaseLost),
            other => Self::Store(other.into()),
        }
    }
}

/// Trains the run to its end, which is stored. Where the job has to stop, the
/// run is left as it is.
pub(super) async fn train(engine: Engine, run: Run, prepared: PathBuf, stop: StopSignal) -> Result<(), Halt> {
    Training { engine, run, stop, deaths: 0 }.until_ended(&prepared).await
}

/// The epoch after which the run would go on, 0 for the start.
pub(super) async fn resumable_epoch(engine: &Engine, id: &RunId) -> Result<u32, StoreError> {
    if engine.inner.folders.checkpoint(id).exists() {
        engine.store().checkpoint_epoch(id).await
    } else {
        Ok(0)
    }
}

struct Training {
    engine: Engine,
    run: Run,
    stop: StopSignal,
    /// Since the last new epoch.
    deaths: u32,
}

/// How the run came out.
enum End {
    Succeeded(Box<TrialOutcome>),
    Diverged(AppError),
    Failed(AppError),
}

impl Training {
    async fn until_ended(mut self, prepared: &Path) -> Result<(), Halt> {
        let request = match self.request(prepared).await {
            Ok(request) => request,
            Err(error) => return self.end(End::Failed(error)).await,
        };
        loop {
            let mut stop = self.stop.clone();
            let borrowed = tokio::select! {
                biased;
                stop = stop.raised() => return Err(Halt::Stopped(stop)),
                borrowed = self.engine.inner.pool.borrow(self.run.platform) => borrowed,
            };
            let death = match borrowed {
                Ok(worker) => match self.attempt(worker, &request).await? {
                    None => return Ok(()),
                    Some(death) => death,
                },
                Err(StartError::Killed(death)) => death,
                Err(StartError::Unusable(error)) => return self.end(End::Failed(error)).await,
            };
            self.deaths += 1;
            if self.deaths >= MAX_DEATHS {
                let message = format!("{} ({} times in a row)", death.reason, self.deaths);
                let error = AppError::new(ErrorCode::WorkerFailed, message)
                    .with_hint("Try a smaller network or batch; if it stays, look at the log");
                return self.end(End::Failed(error)).await;
            }
            let resumes_after_epoch = resumable_epoch(&self.engine, &self.run.id).await?;
            let run_id = self.run.id.clone();
            self.record(vec![JobEventKind::Interrupted {
                run_id,
                reason: death.reason,
                resumes_after_epoch,
            }])
            .await?;
        }
    }

    async fn request(&self, prepared: &Path) -> Result<GroupRequest, AppError> {
        let folders = &self.engine.inner.folders;
        let artifact_dir = folders.run(&self.run.id);
        tokio::fs::create_dir_all(&artifact_dir)
            .await
            .map_err(|error| crate::runs::cannot_write(&artifact_dir, &error))?;
        Ok(GroupRequest {
            prepared: prepared.to_owned(),
            trials: vec![TrialRequest {
                run_id: self.run.id.clone(),
                config: self.run.config.clone(),
                artifact_dir,
                continue_from: None,
                pause_after: None,
                distillation: None,
            }],
            checkpoint: folders.checkpoint(&self.run.id),
            checkpoint_every_secs: self.engine.inner.checkpoint_every_secs,
            purpose: Purpose::Runs,
            teacher: None,
        })
    }

    /// Hands the run to a worker. None once the run has ended, else how the
    /// worker died.
    async fn attempt(&mut self, mut worker: Borrowed, request: &GroupRequest) -> Result<Option<Death>, Halt> {
        if self.run.status != RunStatus::Running {
            self.run.status = RunStatus::Running;
            self.run.started_at.get_or_insert(self.engine.now());
            self.tell_run().await?;
        }
        worker.send(&Request::Train(request.clone())).await;

        let mut stop = self.stop.clone();
        let mut stopping: Option<(Stop, Instant)> = None;
        let time_limit = self.run.config.time_limit_secs.map(|secs| secs + TIME_LIMIT_GRACE_SECS);
        let overdue = time_limit
            .and_then(|secs| Duration::try_from_secs_f64(secs).ok())
            .and_then(|limit| Instant::now().checked_add(limit));
        let mut look_at_memory = tokio::time::interval(LOOK_AT_MEMORY_EVERY);
        let mut has_ended = false;
        loop {
            let frame = tokio::select! {
                biased;
                reason = stop.raised(), if stopping.is_none() => {
                    let patience = match reason {
                        Stop::Cancel | Stop::Pause => CANCEL_PATIENCE,
                        Stop::Shutdown => SHUTDOWN_PATIENCE,
                        Stop::LeaseLost | Stop::Broken => Duration::ZERO,
                    };
                    worker.send(&Request::Cancel).await;
                    stopping = Some((reason, Instant::now() + patience));
                    continue;
                }
                reason = patience_over(stopping) => {
                    worker.into_worker().kill().await;
                    return if has_ended { Ok(None) } else { Err(Halt::Stopped(reason)) };
                }
                () = until(overdue), if !has_ended => {
                    worker.into_worker().kill().await;
                    let limit = self.run.config.time_limit_secs.unwrap_or_default();
                    return self.end(End::Failed(timed_out(limit, self.run.epoch))).await.map(|()| None);
                }
                _ = look_at_memory.tick() => {
                    if let Some(error) = self.memory_trouble(&worker) {
                        worker.into_worker().kill().await;
                        return self.end(End::Failed(error)).await.map(|()| None);
                    }
                    continue;
                }
                frame = worker.next_frame() => frame,
            };
            let Some(frame) = frame else {
                // Where its last frame was the run's end, nothing is lost.
                return if has_ended { Ok(None) } else { Ok(Some(worker.into_worker().death().await)) };
            };
            let mut frames = vec![frame];
            while frames.len() < FRAMES_AT_ONCE
                && let Some(more) = worker.frame_now()
            {
                frames.push(more);
            }
            match self.take_in(frames, &mut has_ended).await? {
                Progress::GoesOn => {}
                Progress::GroupDone { .. } if has_ended => {
                    self.engine.inner.pool.give_back(self.run.platform, worker);
                    return Ok(None);
                }
                Progress::GroupDone { cancelled } => {
                    self.engine.inner.pool.give_back(self.run.platform, worker);
                    if let Some((reason, _)) = stopping.filter(|_| cancelled) {
                        return Err(Halt::Stopped(reason));
                    }
                    let error =
                        AppError::new(ErrorCode::Internal, "the worker ended the run without a result")
                            .with_hint("Report it with the log");
                    return self.end(End::Failed(error)).await.map(|()| None);
                }
            }
        }
    }

    /// Stores and tells what the frames say.
    async fn take_in(&mut self, frames: Vec<Frame>, has_ended: &mut bool) -> Result<Progress, Halt> {
        let mut epochs = Vec::new();
        let mut progress = Progress::GoesOn;
        for frame in frames {
            if let Frame::Epoch { run_id, record } = frame {
                self.note_epoch(run_id, record, &mut epochs);
                continue;
            }
            self.record(std::mem::take(&mut epochs)).await?;
            let end = match frame {
                Frame::Finished { outcome, .. } => End::Succeeded(outcome),
                Frame::Diverged { message, .. } => End::Diverged(diverged(&message)),
                Frame::TimedOut { epoch, .. } => {
                    End::Failed(timed_out(self.run.config.time_limit_secs.unwrap_or_default(), epoch))
                }
                Frame::Failed { message } => End::Failed(worker_refused(&message)),
                Frame::Checkpointed { epoch } => {
                    self.engine.store().set_checkpoint_epoch(&self.run.id, epoch).await?;
                    continue;
                }
                Frame::GroupDone { cancelled } => {
                    progress = Progress::GroupDone { cancelled };
                    continue;
                }
                Frame::Epoch { .. }
                | Frame::Epochs { .. }
                | Frame::TrialEnded { .. }
                | Frame::TrialPaused { .. }
                | Frame::StateLost { .. }
                | Frame::Ready { .. }
                | Frame::SelfTestPassed { .. }
                | Frame::Predicted { .. } => {
                    tracing::warn!(?frame, "an unexpected frame");
                    continue;
                }
            };
            if !*has_ended {
                self.end(end).await?;
                *has_ended = true;
            }
        }
        self.record(epochs).await?;
        Ok(progress)
    }

    /// A resumed run tells again what its checkpoint holds, and trains again
    /// what came after; both are what is known already, to the bit.
    fn note_epoch(&mut self, run_id: RunId, record: EpochRecord, epochs: &mut Vec<JobEventKind>) {
        if record.epoch > self.run.epoch && run_id == self.run.id {
            self.run.epoch = record.epoch;
            self.deaths = 0;
            epochs.push(JobEventKind::Epoch { run_id, record });
        }
    }

    async fn end(&mut self, end: End) -> Result<(), Halt> {
        self.run.finished_at = Some(self.engine.now());
        match end {
            End::Succeeded(outcome) => {
                self.run.status = RunStatus::Succeeded;
                self.run.outcome = Some(*outcome);
            }
            End::Diverged(error) => {
                self.run.status = RunStatus::Diverged;
                self.run.error = Some(error);
            }
            End::Failed(error) => {
                self.run.status = RunStatus::Failed;
                self.run.error = Some(error);
            }
        }
        self.tell_run().await?;
        let _ = tokio::fs::remove_file(self.engine.inner.folders.checkpoint(&self.run.id)).await;
        Ok(())
    }

    fn memory_trouble(&self, worker: &Borrowed) -> Option<AppError> {
        let limit = self.engine.inner.memory_limit_bytes?;
        let held = memory::resident_bytes(worker.process_id()?)?;
        if held <= limit {
            return None;
        }
        let mib = |bytes: u64| bytes / (1024 * 1024);
        let message = format!(
            "the {} worker held {} MiB of memory; the limit is {} MiB",
            self.run.platform,
            mib(held),
            mib(limit)
        );
        Some(
            AppError::new(ErrorCode::LimitReached, message)
                .with_hint("Try a smaller batch_size, smaller hidden_layers or fewer columns"),
        )
    }

    async fn tell_run(&self) -> Result<(), Halt> {
        self.record(vec![JobEventKind::RunChanged { run: Box::new(self.run.clone()) }]).await
    }

    async fn record(&self, kinds: Vec<JobEventKind>) -> Result<(), Halt> {
        if kinds.is_empty() {
            return Ok(());
        }
        Ok(self.engine.record(&self.run.job_id, kinds).await?)
    }
}

enum Progress {
    GoesOn,
    GroupDone { cancelled: bool },
}

async fn patience_over(stopping: Option<(Stop, Instant)>) -> Stop {
    match stopping {
        Some((reason, deadline)) => {
            sleep_until(deadline).await;
            reason
        }
        None => std::future::pending().await,
    }
}

/// Waits for a moment; where there is none, for ever.
pub(crate) async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

pub(crate) fn timed_out(limit_secs: f64, epoch: u32) -> AppError {
    AppError::new(
        ErrorCode::LimitReached,
        format!("the time limit of {limit_secs} s was reached after {epoch} epochs"),
    )
    .with_hint("Raise time_limit_secs, or lower epochs")
}

/// The worker's line says what happened and, after a semicolon, what to try.
pub(crate) fn diverged(message: &str) -> AppError {
    match message.split_once("; ") {
        Some((what, hint)) => AppError::new(ErrorCode::Diverged, what).with_hint(capitalised(hint)),
        None => AppError::new(ErrorCode::Diverged, message).with_hint("Try a smaller learning_rate"),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A worker's refusal carries its cause as text only.
pub(crate) fn worker_refused(message: &str) -> AppError {
    // ENOSPC and ERROR_DISK_FULL, as Rust prints them.
    if message.contains("(os error 28)") || message.contains("(os error 112)") {
        AppError::new(ErrorCode::Storage, message).with_hint("Make room on the disk and start the run again")
    } else if message.contains("ran out of memory") {
        AppError::new(ErrorCode::LimitReached, message)
            .with_hint("Try a smaller batch_size, smaller hidden_layers or fewer columns")
    } else {
        AppError::new(ErrorCode::WorkerFailed, message).with_hint("Look at the log for more")
    }
}
