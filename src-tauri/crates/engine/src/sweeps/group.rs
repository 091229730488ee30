//! One group of trials on one worker, from the request to its end. What the
//! frames mean for the sweep, and what to do when a worker dies, is the
//! sweep's business.

use crate::Engine;
use crate::jobs::active::{Stop, StopSignal};
use crate::jobs::training::until;
use crate::workers::{Borrowed, Death, StartError, memory};
use retort_domain::protocol::{Frame, GroupRequest, Request};
use retort_domain::{AppError, Platform};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// For a worker to stop by itself, its checkpoint written; pausing and
/// cancelling have to act within a second.
const STOP_PATIENCE: Duration = Duration::from_millis(800);
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(3);
const LOOK_AT_MEMORY_EVERY: Duration = Duration::from_secs(1);
/// Frames that are passed on together, at most.
const FRAMES_AT_ONCE: usize = 256;

/// From a group to its sweep.
pub(crate) enum News {
    /// A worker has it.
    Started,
    /// In order.
    Frames(Vec<Frame>),
    /// Nothing more will come.
    Ended(GroupEnd),
}

/// How a group ended.
#[derive(Debug)]
pub(crate) enum GroupEnd {
    /// Each trial has told how it ended.
    Done,
    /// The sweep has to stop.
    Stopped,
    /// The worker died under it.
    Died(Death),
    /// It held more memory than there is.
    TooLarge(String),
    /// The worker could not carry it out, and lives.
    Refused(String),
    /// No worker of the platform can be had.
    Unusable(AppError),
}

/// What a group needs.
pub(crate) struct GroupTask {
    pub engine: Engine,
    pub id: u32,
    pub platform: Platform,
    pub request: GroupRequest,
    pub stop: StopSignal,
    pub news: mpsc::Sender<(u32, News)>,
}

impl GroupTask {
    /// Trains it and tells of it. Where nobody listens any more, it ends.
    pub async fn run(self) {
        let end = self.carry_out().await;
        let _ = self.news.send((self.id, News::Ended(end))).await;
    }

    async fn carry_out(&self) -> GroupEnd {
        let mut stop = self.stop.clone();
        let pool = &self.engine.inner.pool;
        let borrowed = tokio::select! {
            biased;
            _ = stop.raised() => return GroupEnd::Stopped,
            borrowed = pool.borrow(self.platform) => borrowed,
        };
        match borrowed {
            Ok(worker) => self.attempt(worker).await,
            Err(StartError::Killed(death)) => GroupEnd::Died(death),
            Err(StartError::Unusable(error)) => GroupEnd::Unusable(error),
        }
    }

    async fn attempt(&self, mut worker: Borrowed) -> GroupEnd {
        if self.news.send((self.id, News::Started)).await.is_err() {
            return GroupEnd::Stopped;
        }
        worker.send(&Request::Train(self.request.clone())).await;
        let mut stop = self.stop.clone();
        let mut deadline: Option<Instant> = None;
        let mut refusal = None;
        let mut look_at_memory = tokio::time::interval(LOOK_AT_MEMORY_EVERY);
        loop {
            let frame = tokio::select! {
                biased;
                reason = stop.raised(), if deadline.is_none() => {
                    let patience = match reason {
                        Stop::Cancel | Stop::Pause => STOP_PATIENCE,
                        Stop::Shutdown => SHUTDOWN_PATIENCE,
                        Stop::LeaseLost | Stop::Broken => Duration::ZERO,
                    };
                    worker.send(&Request::Cancel).await;
                    deadline = Some(Instant::now() + patience);
                    continue;
                }
                () = until(deadline) => {
                    worker.into_worker().kill().await;
                    return refusal.map_or(GroupEnd::Stopped, refused);
                }
                _ = look_at_memory.tick() => {
                    if let Some(message) = self.memory_trouble(&worker) {
                        worker.into_worker().kill().await;
                        return GroupEnd::TooLarge(message);
                    }
                    continue;
                }
                frame = worker.next_frame() => frame,
            };
            let Some(frame) = frame else {
                return match refusal {
                    Some(message) => refused(message),
                    None => GroupEnd::Died(worker.into_worker().death().await),
                };
            };
            let mut frames = vec![frame];
            while frames.len() < FRAMES_AT_ONCE
                && let Some(more) = worker.frame_now()
            {
                frames.push(more);
            }
            let mut is_done = false;
            frames.retain(|frame| match frame {
                Frame::GroupDone { .. } => {
                    is_done = true;
                    false
                }
                // Its `GroupDone` follows, and must not be taken for the next
                // group's.
                Frame::Failed { message } => {
                    refusal = Some(message.clone());
                    deadline.get_or_insert(Instant::now() + STOP_PATIENCE);
                    false
                }
                _ => true,
            });
            if !frames.is_empty() && self.news.send((self.id, News::Frames(frames))).await.is_err() {
                worker.into_worker().kill().await;
                return GroupEnd::Stopped;
            }
            if is_done {
                self.engine.inner.pool.give_back(self.platform, worker);
                return match refusal {
                    Some(message) => refused(message),
                    None if deadline.is_some() => GroupEnd::Stopped,
                    None => GroupEnd::Done,
                };
            }
        }
    }

    fn memory_trouble(&self, worker: &Borrowed) -> Option<String> {
        let limit = self.engine.inner.memory_limit_bytes?;
        let held = memory::resident_bytes(worker.process_id()?)?;
        let mib = |bytes: u64| bytes / (1024 * 1024);
        (held > limit).then(|| {
            format!(
                "the {} worker held {} MiB of memory; the limit is {} MiB",
                self.platform,
                mib(held),
                mib(limit)
            )
        })
    }
}

/// What the worker could not carry out, by what it says.
fn refused(message: String) -> GroupEnd {
    if message.contains("ran out of memory") {
        GroupEnd::TooLarge(message)
    } else {
        GroupEnd::Refused(message)
    }
}
