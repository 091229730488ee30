//! Work on tables that takes a while: whoever asks for it may give it a name,
//! by which it can be watched and stopped.

use crate::Engine;
use retort_domain::{WorkId, WorkProgress};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

const PROGRESS_KEPT: usize = 256;
/// Progress is told in so many steps.
const STEPS: f64 = 200.0;

/// Work under way.
pub(crate) struct Works {
    shared: Arc<Shared>,
}

struct Shared {
    /// Raised to stop.
    under_way: Mutex<HashMap<WorkId, Arc<AtomicBool>>>,
    progress: broadcast::Sender<WorkProgress>,
}

impl Shared {
    fn under_way(&self) -> MutexGuard<'_, HashMap<WorkId, Arc<AtomicBool>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Works {
    fn default() -> Self {
        let progress = broadcast::channel(PROGRESS_KEPT).0;
        Self { shared: Arc::new(Shared { under_way: Mutex::default(), progress }) }
    }
}

impl Works {
    /// Begins a piece of work; without a name nobody watches it.
    pub fn begin(&self, name: Option<WorkId>) -> Watched {
        let stop = Arc::new(AtomicBool::new(false));
        if let Some(name) = &name {
            self.shared.under_way().insert(name.clone(), stop.clone());
        }
        Watched { name, stop, steps_told: AtomicU32::new(0), shared: self.shared.clone() }
    }
}

/// A piece of work; it has ended once this is dropped.
pub(crate) struct Watched {
    name: Option<WorkId>,
    stop: Arc<AtomicBool>,
    steps_told: AtomicU32,
    shared: Arc<Shared>,
}

impl Watched {
    /// Tells the share that is done, 0 to 1; false means to stop.
    pub fn goes_on(&self, share: f64) -> bool {
        if let Some(name) = &self.name {
            let steps = (share * STEPS) as u32;
            if self.steps_told.fetch_max(steps, Ordering::Relaxed) < steps {
                // No receiver is no trouble: nobody looks at the moment.
                let _ = self.shared.progress.send(WorkProgress { work: name.clone(), share });
            }
        }
        !self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let Some(name) = &self.name else { return };
        let mut under_way = self.shared.under_way();
        // Another may have begun under the same name.
        if under_way.get(name).is_some_and(|stop| Arc::ptr_eq(stop, &self.stop)) {
            under_way.remove(name);
        }
    }
}

impl Engine {
    /// Stops a piece of work, which answers that it was cancelled. One that has
    /// ended has ended.
    pub fn work_cancel(&self, work: &WorkId) {
        if let Some(stop) = self.inner.works.shared.under_way().get(work) {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Told while named work goes on.
    pub fn subscribe_work(&self) -> broadcast::Receiver<WorkProgress> {
        self.inner.works.shared.progress.subscribe()
    }
}
