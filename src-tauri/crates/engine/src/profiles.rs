//! Datasets at a glance: profiles, computed in the background and kept for a
//! while, and what a split would come to.

use crate::Engine;
use crate::blocking::blocking;
use retort_domain::{AppError, DatasetId, DatasetProfile, PreparationSpec, ProfileProgress, SplitPreview};
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

const N_PROFILES: usize = 8;
const PROGRESS_KEPT: usize = 256;

type Key = (DatasetId, Option<String>);

/// Profiles that are known, and those under way.
pub(crate) struct Profiles {
    /// Used last first.
    recent: Mutex<VecDeque<(Key, DatasetProfile)>>,
    /// Raised to stop, one a computation.
    under_way: Mutex<HashMap<DatasetId, Vec<Arc<AtomicBool>>>>,
    progress: broadcast::Sender<ProfileProgress>,
}

impl Default for Profiles {
    fn default() -> Self {
        Self {
            recent: Mutex::default(),
            under_way: Mutex::default(),
            progress: broadcast::channel(PROGRESS_KEPT).0,
        }
    }
}

impl Profiles {
    pub fn forget(&self, id: &DatasetId) {
        self.recent().retain(|((kept, _), _)| kept != id);
    }

    fn recall(&self, key: &Key) -> Option<DatasetProfile> {
        let mut recent = self.recent();
        let entry = recent.iter().position(|(kept, _)| kept == key).and_then(|at| recent.remove(at))?;
        let profile = entry.1.clone();
        recent.push_front(entry);
        Some(profile)
    }

    fn keep(&self, key: Key, profile: &DatasetProfile) {
        let mut recent = self.recent();
        recent.push_front((key, profile.clone()));
        recent.truncate(N_PROFILES);
    }

    fn begin(&self, id: &DatasetId) -> Arc<AtomicBool> {
        let stop = Arc::new(AtomicBool::new(false));
        self.under_way().entry(id.clone()).or_default().push(stop.clone());
        stop
    }

    fn end(&self, id: &DatasetId, stop: &Arc<AtomicBool>) {
        let mut under_way = self.under_way();
        if let Some(of_dataset) = under_way.get_mut(id) {
            of_dataset.retain(|other| !Arc::ptr_eq(other, stop));
            if of_dataset.is_empty() {
                under_way.remove(id);
            }
        }
    }

    fn recent(&self) -> MutexGuard<'_, VecDeque<(Key, DatasetProfile)>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<DatasetId, Vec<Arc<AtomicBool>>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Figures of every column, and what would spoil a model that learns
    /// `target`. Progress is told while it is computed; the last few are kept.
    pub async fn datasets_profile(
        &self,
        id: &DatasetId,
        target: Option<String>,
    ) -> Result<DatasetProfile, AppError> {
        let dataset = self.datasets_get(id).await?;
        let key = (id.clone(), target);
        if let Some(known) = self.inner.profiles.recall(&key) {
            return Ok(known);
        }
        let table = self.inner.tables.open(id).await?;
        let stop = self.inner.profiles.begin(id);
        let (progress, raised, about) = (self.inner.profiles.progress.clone(), stop.clone(), key.clone());
        let computed = blocking(move || {
            let (id, target) = about;
            let goes_on = |share: f64| {
                // No receiver is no trouble: nobody looks at the moment.
                let _ = progress.send(ProfileProgress { dataset: id.clone(), target: target.clone(), share });
                !raised.load(Ordering::Relaxed)
            };
            table.profile(&dataset, target.as_deref(), &goes_on)
        })
        .await;
        self.inner.profiles.end(id, &stop);
        let profile = computed?;
        self.inner.profiles.keep(key, &profile);
        Ok(profile)
    }

    /// Stops the profiles of a dataset that are under way; they answer that they
    /// were cancelled.
    pub fn datasets_profile_cancel(&self, id: &DatasetId) {
        for stop in self.inner.profiles.under_way().get(id).into_iter().flatten() {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// Told while profiles are computed.
    pub fn subscribe_profiles(&self) -> broadcast::Receiver<ProfileProgress> {
        self.inner.profiles.progress.subscribe()
    }

    /// What a split would come to: rows and classes of each part.
    pub async fn datasets_split_preview(&self, spec: PreparationSpec) -> Result<SplitPreview, AppError> {
        let dataset = self.datasets_get(&spec.dataset).await?;
        let table = self.inner.tables.open(&dataset.id).await?;
        blocking(move || retort_datasets::preview_split(&table, &dataset, &spec)).await
    }
}
