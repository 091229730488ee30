//! Runs that train together, most often one, on a worker: from the request to
//! their ends, over the deaths of workers.

use super::active::{Stop, StopSignal};
use crate::Engine;
use crate::workers::{Borrowed, Death, StartError, memory};
use retort_domain::protocol::{Frame, GroupRequest, Purpose, Request, TrialRequest};
use retort_domain::{
    AppError, EpochRecord, ErrorCode, JobEventKind, Platform, Run, RunId, RunRole, RunStatus, TrialOutcome,
};
use retort_store::StoreError;
use std::path::PathBuf;
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

/// What runs are trained on.
#[derive(Debug, Clone)]
pub(crate) struct TrainingData {
    /// The prepared file.
    pub prepared: PathBuf,
    /// The file of a teacher's outputs, where students are among the runs.
    pub teacher: Option<PathBuf>,
}

/// Trains the runs, which are of one job, platform and shape, to their ends,
/// which are stored. Where the job has to stop, they are left as they are. Those
/// that have ended already are named too: they are part of what the others'
/// checkpoint knows.
pub(crate) async fn train(
    engine: Engine,
    runs: Vec<Run>,
    data: TrainingData,
    stop: StopSignal,
) -> Result<(), Halt> {
    match runs.first().map(|run| run.platform) {
        Some(platform) => Training { engine, runs, platform, stop, deaths: 0 }.until_ended(&data).await,
        None => Ok(()),
    }
}

/// The run whose checkpoint holds this one too: a distillation's students and
/// controls of a platform train together, and the first keeps it.
pub(crate) fn keeper_of<'r>(run: &'r Run, of_job: &'r [Run]) -> &'r RunId {
    let is_together = |run: &Run| matches!(run.role, Some(RunRole::Student { .. } | RunRole::Control));
    let first = of_job.iter().find(|other| other.platform == run.platform && is_together(other));
    first.filter(|_| is_together(run)).map_or(&run.id, |first| &first.id)
}

/// The epoch after which the run would go on, 0 for the start.
pub(crate) async fn resumable_epoch(engine: &Engine, id: &RunId, keeper: &RunId) -> Result<u32, StoreError> {
    if engine.inner.folders.checkpoint(keeper).exists() {
        engine.store().checkpoint_epoch(id).await
    } else {
        Ok(0)
    }
}

struct Training {
    engine: Engine,
    /// At least one.
    runs: Vec<Run>,
    platform: Platform,
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
    async fn until_ended(mut self, data: &TrainingData) -> Result<(), Halt> {
        let request = match self.request(data).await {
            Ok(request) => request,
            Err(error) => return self.fail(&error).await,
        };
        while !self.has_ended() {
            let mut stop = self.stop.clone();
            let borrowed = tokio::select! {
                biased;
                stop = stop.raised() => return Err(Halt::Stopped(stop)),
                borrowed = self.engine.inner.pool.borrow(self.platform) => borrowed,
            };
            let death = match borrowed {
                Ok(worker) => match self.attempt(worker, &request).await? {
                    None => return Ok(()),
                    Some(death) => death,
                },
                Err(StartError::Killed(death)) => death,
                Err(StartError::Unusable(error)) => return self.fail(&error).await,
            };
            self.deaths += 1;
            if self.deaths >= MAX_DEATHS {
                let message = format!("{} ({} times in a row)", death.reason, self.deaths);
                let error = AppError::new(ErrorCode::WorkerFailed, message)
                    .with_hint("Try a smaller network or batch; if it stays, look at the log");
                return self.fail(&error).await;
            }
            let mut kinds = Vec::new();
            for run in self.runs.iter().filter(|run| !run.status.is_terminal()) {
                kinds.push(JobEventKind::Interrupted {
                    run_id: run.id.clone(),
                    reason: death.reason.clone(),
                    resumes_after_epoch: resumable_epoch(&self.engine, &run.id, self.keeper()).await?,
                });
            }
            self.record(kinds).await?;
        }
        Ok(())
    }

    fn keeper(&self) -> &RunId {
        &self.runs[0].id
    }

    fn has_ended(&self) -> bool {
        self.runs.iter().all(|run| run.status.is_terminal())
    }

    /// Ends all that have not ended.
    async fn fail(&mut self, error: &AppError) -> Result<(), Halt> {
        for index in 0..self.runs.len() {
            if !self.runs[index].status.is_terminal() {
                self.end(index, End::Failed(error.clone())).await?;
            }
        }
        Ok(())
    }

    async fn request(&self, data: &TrainingData) -> Result<GroupRequest, AppError> {
        let folders = &self.engine.inner.folders;
        let mut trials = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            let artifact_dir = folders.run(&run.id);
            tokio::fs::create_dir_all(&artifact_dir)
                .await
                .map_err(|error| crate::runs::cannot_write(&artifact_dir, &error))?;
            trials.push(TrialRequest {
                run_id: run.id.clone(),
                config: run.config.clone(),
                artifact_dir,
                continue_from: None,
                pause_after: None,
                distillation: match run.role {
                    Some(RunRole::Student { distillation }) => Some(distillation),
                    Some(RunRole::Teacher | RunRole::Control) | None => None,
                },
            });
        }
        Ok(GroupRequest {
            prepared: data.prepared.clone(),
            trials,
            checkpoint: folders.checkpoint(self.keeper()),
            checkpoint_every_secs: self.engine.inner.checkpoint_every_secs,
            purpose: Purpose::Runs,
            teacher: data.teacher.clone(),
        })
    }

    /// Hands the runs to a worker. None once they have ended, else how the worker
    /// died.
    async fn attempt(&mut self, mut worker: Borrowed, request: &GroupRequest) -> Result<Option<Death>, Halt> {
        let now = self.engine.now();
        let waiting = self.runs.iter_mut().filter(|run| run.status == RunStatus::Queued);
        let started = waiting.map(|run| {
            run.status = RunStatus::Running;
            run.started_at.get_or_insert(now);
            JobEventKind::RunChanged { run: Box::new(run.clone()) }
        });
        let started = started.collect();
        self.record(started).await?;
        worker.send(&Request::Train(request.clone())).await;

        let mut stop = self.stop.clone();
        let mut stopping: Option<(Stop, Instant)> = None;
        let limit = self.runs[0].config.time_limit_secs;
        let time_limit = limit.map(|secs| secs + TIME_LIMIT_GRACE_SECS);
        let overdue = time_limit
            .and_then(|secs| Duration::try_from_secs_f64(secs).ok())
            .and_then(|limit| Instant::now().checked_add(limit));
        let mut look_at_memory = tokio::time::interval(LOOK_AT_MEMORY_EVERY);
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
                    return if self.has_ended() { Ok(None) } else { Err(Halt::Stopped(reason)) };
                }
                () = until(overdue), if !self.has_ended() => {
                    worker.into_worker().kill().await;
                    let epoch = self.runs.iter().map(|run| run.epoch).max().unwrap_or_default();
                    let error = timed_out(limit.unwrap_or_default(), epoch);
                    return self.fail(&error).await.map(|()| None);
                }
                _ = look_at_memory.tick() => {
                    if let Some(error) = self.memory_trouble(&worker) {
                        worker.into_worker().kill().await;
                        return self.fail(&error).await.map(|()| None);
                    }
                    continue;
                }
                frame = worker.next_frame() => frame,
            };
            let Some(frame) = frame else {
                // Where its last frame was the last run's end, nothing is lost.
                return if self.has_ended() {
                    Ok(None)
                } else {
                    Ok(Some(worker.into_worker().death().await))
                };
            };
            let mut frames = vec![frame];
            while frames.len() < FRAMES_AT_ONCE
                && let Some(more) = worker.frame_now()
            {
                frames.push(more);
            }
            match self.take_in(frames).await? {
                Progress::GoesOn => {}
                Progress::GroupDone { .. } if self.has_ended() => {
                    self.engine.inner.pool.give_back(self.platform, worker);
                    return Ok(None);
                }
                Progress::GroupDone { cancelled } => {
                    self.engine.inner.pool.give_back(self.platform, worker);
                    if let Some((reason, _)) = stopping.filter(|_| cancelled) {
                        return Err(Halt::Stopped(reason));
                    }
                    let error =
                        AppError::new(ErrorCode::Internal, "the worker ended the run without a result")
                            .with_hint("Report it with the log");
                    return self.fail(&error).await.map(|()| None);
                }
            }
        }
    }

    /// Stores and tells what the frames say.
    async fn take_in(&mut self, frames: Vec<Frame>) -> Result<Progress, Halt> {
        let mut epochs = Vec::new();
        let mut progress = Progress::GoesOn;
        for frame in frames {
            if let Frame::Epoch { run_id, record } = frame {
                self.note_epoch(run_id, record, &mut epochs);
                continue;
            }
            self.record(std::mem::take(&mut epochs)).await?;
            let (run_id, end) = match frame {
                Frame::Finished { run_id, outcome } => (run_id, End::Succeeded(outcome)),
                Frame::Diverged { run_id, message, .. } => (run_id, End::Diverged(diverged(&message))),
                Frame::TimedOut { run_id, epoch } => {
                    let limit = self.runs[0].config.time_limit_secs.unwrap_or_default();
                    (run_id, End::Failed(timed_out(limit, epoch)))
                }
                Frame::Failed { message } => {
                    self.fail(&worker_refused(&message)).await?;
                    continue;
                }
                Frame::Checkpointed { epoch } => {
                    for run in self.runs.iter().filter(|run| !run.status.is_terminal()) {
                        self.engine.store().set_checkpoint_epoch(&run.id, epoch).await?;
                    }
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
                | Frame::Measured { .. }
                | Frame::Predicted { .. } => {
                    tracing::warn!(?frame, "an unexpected frame");
                    continue;
                }
            };
            let is_new = |run: &Run| run.id == run_id && !run.status.is_terminal();
            if let Some(index) = self.runs.iter().position(is_new) {
                self.end(index, end).await?;
            }
        }
        self.record(epochs).await?;
        Ok(progress)
    }

    /// A resumed run tells again what its checkpoint holds, and trains again
    /// what came after; both are what is known already, to the bit.
    fn note_epoch(&mut self, run_id: RunId, record: EpochRecord, epochs: &mut Vec<JobEventKind>) {
        let mut runs = self.runs.iter_mut();
        let of_frame = runs.find(|run| run.id == run_id && !run.status.is_terminal());
        if let Some(run) = of_frame.filter(|run| record.epoch > run.epoch) {
            run.epoch = record.epoch;
            self.deaths = 0;
            epochs.push(JobEventKind::Epoch { run_id, record });
        }
    }

    async fn end(&mut self, index: usize, end: End) -> Result<(), Halt> {
        let run = &mut self.runs[index];
        run.finished_at = Some(self.engine.now());
        match end {
            End::Succeeded(outcome) => {
                run.status = RunStatus::Succeeded;
                run.outcome = Some(*outcome);
            }
            End::Diverged(error) => {
                run.status = RunStatus::Diverged;
                run.error = Some(error);
            }
            End::Failed(error) => {
                run.status = RunStatus::Failed;
                run.error = Some(error);
            }
        }
        let changed = JobEventKind::RunChanged { run: Box::new(run.clone()) };
        self.record(vec![changed]).await?;
        if self.has_ended() {
            let _ = tokio::fs::remove_file(self.engine.inner.folders.checkpoint(self.keeper())).await;
        }
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
            self.platform,
            mib(held),
            mib(limit)
        );
        Some(
            AppError::new(ErrorCode::LimitReached, message)
                .with_hint("Try a smaller batch_size, smaller hidden_layers or fewer columns"),
        )
    }

    async fn record(&self, kinds: Vec<JobEventKind>) -> Result<(), Halt> {
        if kinds.is_empty() {
            return Ok(());
        }
        Ok(self.engine.record(&self.runs[0].job_id, kinds).await?)
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
