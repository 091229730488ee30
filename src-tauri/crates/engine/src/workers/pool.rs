//! Workers by platform, started when first needed and used again.

use super::process::{StartError, Worker};
use super::runtimes::{Runtimes, SETUP_COMMAND};
use retort_domain::protocol::{Frame, Request};
use retort_domain::{AppError, ErrorCode, Platform, RuntimeReport};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const SELF_TEST_PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct WorkerPool {
    runtimes: Runtimes,
    n_workers: usize,
    pytorch: Platformwise,
    tensorflow: Platformwise,
}

struct Platformwise {
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Worker>>,
}

impl Platformwise {
    fn new(n_workers: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(n_workers)), idle: Mutex::default() }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker in use. Dropping it ends the process; one that is in order is given
/// back instead.
pub(crate) struct Borrowed {
    worker: Worker,
    _permit: OwnedSemaphorePermit,
}

impl Borrowed {
    /// The worker alone, to be ended; its place in the pool is free at once.
    pub fn into_worker(self) -> Worker {
        self.worker
    }
}

impl Deref for Borrowed {
    type Target = Worker;

    fn deref(&self) -> &Worker {
        &self.worker
    }
}

impl DerefMut for Borrowed {
    fn deref_mut(&mut self) -> &mut Worker {
        &mut self.worker
    }
}

impl WorkerPool {
    /// At most `n_workers` of each platform at once; none means one a core, as
    /// each trains on one thread.
    pub fn new(runtimes: Runtimes, n_workers: Option<usize>) -> Self {
        let n_workers =
            n_workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
        Self {
            runtimes,
            n_workers,
            pytorch: Platformwise::new(n_workers),
            tensorflow: Platformwise::new(n_workers),
        }
    }

    /// Workers of each platform at once, at most.
    pub fn n_workers(&self) -> usize {
        self.n_workers
    }

    fn of(&self, platform: Platform) -> &Platformwise {
        match platform {
            Platform::Pytorch => &self.pytorch,
            Platform::Tensorflow => &self.tensorflow,
        }
    }

    /// A worker, as soon as one is free; first come, first served.
    pub async fn borrow(&self, platform: Platform) -> Result<Borrowed, StartError> {
        let permit = self.permit(platform).await?;
        loop {
            let idle = self.of(platform).idle().pop();
            let Some(mut worker) = idle else { return self.start(platform, permit).await };
            if worker.is_alive() {
                return Ok(Borrowed { worker, _permit: permit });
            }
        }
    }

    /// Keeps a worker that has answered all it was asked for the next.
    pub fn give_back(&self, platform: Platform, borrowed: Borrowed) {
        let Borrowed { worker, _permit } = borrowed;
        let place = self.of(platform);
        if !place.permits.is_closed() {
            place.idle().push(worker);
        }
    }

    /// Asks a worker what takes one frame to answer. `answer` takes that frame, or
    /// hands back another; `failed` puts into words why there was none.
    pub async fn ask<T>(
        &self,
        platform: Platform,
        request: &Request,
        failed: impl Fn(String) -> AppError,
        answer: impl FnOnce(Frame) -> Result<T, Frame>,
    ) -> Result<T, AppError> {
        let mut worker = self.borrow(platform).await.map_err(|error| match error {
            StartError::Killed(death) => failed(death.reason),
            StartError::Unusable(error) => error,
        })?;
        worker.send(request).await;
        match worker.next_frame().await {
            Some(Frame::Failed { message }) => {
                self.give_back(platform, worker);
                Err(failed(message))
            }
            // A worker that answers something else is not used again.
            Some(frame) => match answer(frame) {
                Ok(answered) => {
                    self.give_back(platform, worker);
                    Ok(answered)
                }
                Err(other) => Err(failed(format!("the worker answered {other:?}"))),
            },
            None => Err(failed(worker.into_worker().death().await.reason)),
        }
    }

    /// One idle worker of each platform that can be used.
    pub async fn warm_up(&self) {
        let warm = |platform| async move {
            match self.borrow(platform).await {
                Ok(worker) => self.give_back(platform, worker),
                Err(error) => tracing::debug!(%platform, ?error, "no worker was warmed up"),
            }
        };
        tokio::join!(warm(Platform::Pytorch), warm(Platform::Tensorflow));
    }

    /// Ends all idle workers and lends no more.
    pub fn stop(&self) {
        for platform in Platform::ALL {
            let place = self.of(platform);
            place.permits.close();
            place.idle().clear();
        }
    }

    /// Starts a worker of each platform, trains a small network and reports.
    pub async fn examine(&self) -> Vec<RuntimeReport> {
        let (pytorch, tensorflow) =
            tokio::join!(self.examine_one(Platform::Pytorch), self.examine_one(Platform::Tensorflow));
        vec![pytorch, tensorflow]
    }

    async fn examine_one(&self, platform: Platform) -> RuntimeReport {
        let folder = self.runtimes.folder(platform);
        let mut report = RuntimeReport {
            platform,
            works: false,
            version: None,
            location: folder.is_dir().then(|| folder.display().to_string()),
            self_test_secs: None,
            problem: None,
            remedy: None,
        };
        match self.self_test(platform).await {
            Ok((version, secs)) => {
                report.works = true;
                report.version = Some(version);
                report.self_test_secs = Some(secs);
            }
            Err(error) => {
                report.problem = Some(error.message);
                let command =
                    error.hint.as_deref().and_then(|h| h.split('`').nth(1)).unwrap_or(SETUP_COMMAND);
                report.remedy = Some(command.to_owned());
            }
        }
        report
    }

    /// Version, and seconds from nothing to a trained network.
    async fn self_test(&self, platform: Platform) -> Result<(String, f64), AppError> {
        let failed = |reason: String| {
            AppError::new(ErrorCode::RuntimeMissing, format!("{platform} cannot train: {reason}"))
        };
        let start_failed = |error| match error {
            StartError::Killed(death) => failed(death.reason),
            StartError::Unusable(error) => error,
        };
        let permit = self.permit(platform).await.map_err(start_failed)?;
        let started = Instant::now();
        let mut worker = self.start(platform, permit).await.map_err(start_failed)?;
        worker.send(&Request::SelfTest).await;
        match tokio::time::timeout(SELF_TEST_PATIENCE, worker.next_frame()).await {
            Ok(Some(Frame::SelfTestPassed { .. })) => {
                let secs = started.elapsed().as_secs_f64();
                let version = worker.version().to_owned();
                self.give_back(platform, worker);
                Ok((version, secs))
            }
            Ok(Some(Frame::Failed { message })) => Err(failed(message)),
            Ok(Some(other)) => Err(failed(format!("the worker answered {other:?}"))),
            Ok(None) => Err(failed(worker.into_worker().death().await.reason)),
            Err(_) => Err(failed(format!("the self-test took over {} s", SELF_TEST_PATIENCE.as_secs()))),
        }
    }

    async fn permit(&self, platform: Platform) -> Result<OwnedSemaphorePermit, StartError> {
        let permits = Arc::clone(&self.of(platform).permits);
        permits.acquire_owned().await.map_err(|_| {
            StartError::Unusable(
                AppError::new(ErrorCode::Conflict, "Retort is closing").with_hint("Open it again"),
            )
        })
    }

    async fn start(&self, platform: Platform, permit: OwnedSemaphorePermit) -> Result<Borrowed, StartError> {
        let worker = Worker::start(&self.runtimes, platform).await?;
        Ok(Borrowed { worker, _permit: permit })
    }
}
