//! The heart: imports, jobs, workers, recovery, events. The window and the
//! command line are thin layers over [`Engine`]; it knows neither.
//!
//! Several processes may open engines on one data folder. What each of them
//! runs is settled by leases in the store; who is alive, by locks on files.

mod blocking;
mod datasets;
mod distillations;
mod exports;
mod folders;
mod jobs;
mod options;
mod owner;
mod prediction;
mod profiles;
mod pulse;
mod read_ahead;
mod registry;
mod reports;
mod runs;
mod samples;
mod sources;
mod speed;
mod sweeps;
mod table_cache;
mod table_views;
mod view_cache;
mod work;
mod workers;

pub use options::EngineOptions;
pub use retort_datasets::ImportOptions;

use folders::Folders;
use jobs::active::{ActiveJob, Stop};
use owner::{AppLock, OwnerLock};
use profiles::Profiles;
use read_ahead::ReadAhead;
use retort_domain::{AppError, ErrorCode, JobEvent, JobEventKind, JobId, RuntimeReport, TimestampMillis};
use retort_store::{Store, StoreError};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use sweeps::SweepCache;
use table_cache::TableCache;
use tokio::sync::broadcast;
use view_cache::ViewCache;
use work::Works;
use workers::{Runtimes, WorkerPool, memory};

/// Events kept for receivers that are slow; who misses some asks the store.
const EVENTS_KEPT: usize = 4096;
/// For the jobs under way to write their checkpoints at shutdown.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(5);

/// An open engine. Cloning it is cheap and gives another handle on the same.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    folders: Folders,
    store: Store,
    owner: OwnerLock,
    /// None where several may be open at once.
    _app_lock: Option<AppLock>,
    resume_interrupted: bool,
    follow_others: bool,
    memory_limit_bytes: Option<u64>,
    checkpoint_every_secs: f64,
    clock: fn() -> TimestampMillis,
    runtimes: Runtimes,
    pool: WorkerPool,
    tables: TableCache,
    profiles: Profiles,
    views: ViewCache,
    works: Works,
    read_ahead: ReadAhead,
    sweeps: SweepCache,
    /// Trials that train together, at most.
    max_group_size: u32,
    active: Mutex<HashMap<JobId, Arc<ActiveJob>>>,
    /// Jobs whose end could not be stored, with why. They count as failed here;
    /// for the next process they were interrupted.
    unsaved: Mutex<HashMap<JobId, AppError>>,
    /// Held from storing an event to telling it, so that they are told in the
    /// order of their numbers.
    telling: tokio::sync::Mutex<()>,
    /// Held while a dataset's file is read again: twice at once would make two
    /// versions of one.
    refreshing: tokio::sync::Mutex<()>,
    /// Held while speed is measured: two measurements would slow each other.
    measuring: tokio::sync::Mutex<()>,
    events: broadcast::Sender<JobEvent>,
    dataset_changes: broadcast::Sender<()>,
    closing: AtomicBool,
}

impl Engine {
    /// Where the app keeps its data for this user.
    pub fn default_data_dir() -> PathBuf {
        options::default_data_dir()
    }

    /// Opens the data folder, or makes it. Has to be called within a tokio
    /// runtime; samples are read, and interrupted jobs go on, in the background.
    pub async fn open(options: EngineOptions) -> Result<Engine, AppError> {
        let folders = Folders::create(&options.data_dir)?;
        let app_lock = if options.exclusive { Some(AppLock::take(&folders).await?) } else { None };
        let owner = OwnerLock::take(&folders)?;
        let store = Store::open(&folders.store_file(), owner.name()).await?;
        folders.keep_reserve();
        let runtimes = Runtimes::find(options.runtimes_dir, options.worker_dir);
        let engine = Engine {
            inner: Arc::new(Inner {
                store,
                owner,
                _app_lock: app_lock,
                resume_interrupted: options.resume_interrupted,
                follow_others: options.exclusive,
                memory_limit_bytes: options.memory_limit_bytes.or_else(memory::default_limit_bytes),
                checkpoint_every_secs: options.checkpoint_every_secs,
                clock: options.clock,
                pool: WorkerPool::new(runtimes.clone(), options.workers_per_platform),
                runtimes,
                tables: TableCache::new(folders.tables()),
                profiles: Profiles::default(),
                views: ViewCache::new(folders.tables()),
                works: Works::default(),
                read_ahead: ReadAhead::default(),
                sweeps: SweepCache::default(),
                max_group_size: options.max_group_size.unwrap_or(sweeps::MAX_GROUP_SIZE),
                folders,
                active: Mutex::default(),
                unsaved: Mutex::default(),
                telling: tokio::sync::Mutex::default(),
                refreshing: tokio::sync::Mutex::default(),
                measuring: tokio::sync::Mutex::default(),
                events: broadcast::channel(EVENTS_KEPT).0,
                dataset_changes: broadcast::channel(EVENTS_KEPT).0,
                closing: AtomicBool::new(false),
            }),
        };
        engine.clear_leftovers().await?;
        pulse::start(&engine).await?;
        if engine.inner.resume_interrupted {
            engine.adopt_interrupted().await?;
        }
        if let Some(samples_dir) = options.samples_dir {
            tokio::spawn(samples::import_new(engine.clone(), samples_dir));
        }
        Ok(engine)
    }

    /// Every event of every job, as it is stored. A receiver that lags misses
    /// some; the numbers show it, and [`Engine::jobs_events`] has them.
    pub fn subscribe(&self) -> broadcast::Receiver<JobEvent> {
        self.inner.events.subscribe()
    }

    /// Told whenever the registry of datasets has changed.
    pub fn subscribe_datasets(&self) -> broadcast::Receiver<()> {
        self.inner.dataset_changes.subscribe()
    }

    /// Tries each framework: starts a worker and trains a small network on it.
    pub async fn doctor(&self) -> Result<Vec<RuntimeReport>, AppError> {
        Ok(self.inner.pool.examine().await)
    }

    /// Starts a worker of each platform in the background, so that the first
    /// run does not wait for its framework to load.
    pub async fn warm_up(&self) {
        let engine = self.clone();
        tokio::spawn(async move { engine.inner.pool.warm_up().await });
    }

    /// Ends: jobs under way write a checkpoint and stay unfinished, to be
    /// resumed by whoever opens the data folder next.
    pub async fn shutdown(&self) {
        self.inner.closing.store(true, Ordering::Relaxed);
        let active: Vec<_> = self.active_map().values().cloned().collect();
        for job in &active {
            job.stop(Stop::Shutdown);
        }
        let all_ended = async {
            for job in &active {
                job.ended().await;
            }
        };
        if tokio::time::timeout(SHUTDOWN_PATIENCE, all_ended).await.is_err() {
            tracing::warn!("jobs did not stop in time; they go on from an earlier checkpoint");
        }
        self.inner.pool.stop();
        self.inner.read_ahead.clear();
        if let Err(error) = self.inner.store.release_all().await {
            tracing::warn!(%error, "leases were not released; they will be found dead");
        }
        self.inner.store.close().await;
        self.inner.owner.retire();
    }

    async fn clear_leftovers(&self) -> Result<(), AppError> {
        if self.inner.owner.clear_dead() {
            let jobs: HashSet<JobId> =
                self.store().unfinished_jobs().await?.into_iter().map(|job| job.id).collect();
            // Ended ones too: what they trained with may not have ended.
            let runs = self.store().runs().await?.into_iter().filter(|run| jobs.contains(&run.job_id));
            self.inner.folders.clear_leftovers(&runs.map(|run| run.id).collect::<Vec<_>>());
        }
        Ok(())
    }

    fn now(&self) -> TimestampMillis {
        (self.inner.clock)()
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    fn is_closing(&self) -> bool {
        self.inner.closing.load(Ordering::Relaxed)
    }

    fn active_map(&self) -> MutexGuard<'_, HashMap<JobId, Arc<ActiveJob>>> {
        self.inner.active.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsaved(&self) -> MutexGuard<'_, HashMap<JobId, AppError>> {
        self.inner.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores what happened, then tells it.
    async fn record(&self, job_id: &JobId, kinds: Vec<JobEventKind>) -> Result<(), StoreError> {
        let _in_order = self.inner.telling.lock().await;
        for event in self.store().append_events(job_id, kinds, self.now()).await? {
            self.tell(event);
        }
        Ok(())
    }

    fn tell(&self, event: JobEvent) {
        // No receiver is no trouble: it is stored.
        let _ = self.inner.events.send(event);
    }

    fn datasets_changed(&self) {
        let _ = self.inner.dataset_changes.send(());
    }
}

fn not_found(what: &str, id: &str, list: &str) -> AppError {
    AppError::new(ErrorCode::NotFound, format!("there is no {what} \"{id}\"")).with_hint(list)
}
