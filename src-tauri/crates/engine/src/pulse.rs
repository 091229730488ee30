//! The engine's pulse: keeps its leases alive, hears what other processes ask
//! or tell, and takes over jobs whose process has died.

use crate::Engine;
use crate::jobs::active::Stop;
use retort_domain::AppError;
use retort_store::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

const BEAT: Duration = Duration::from_millis(400);
/// A heartbeat about every 2 s.
const BEATS_PER_HEARTBEAT: u64 = 5;
const BEATS_PER_ADOPTION: u64 = 10;

/// Beats until the engine closes or its last handle is gone.
pub(crate) async fn start(engine: &Engine) -> Result<(), AppError> {
    let mut last_foreign = engine.store().last_event_id().await?;
    let inner = Arc::downgrade(&engine.inner);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(BEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for beat in 1_u64.. {
            ticks.tick().await;
            let Some(inner) = inner.upgrade() else { return };
            let engine = Engine { inner };
            if engine.is_closing() {
                return;
            }
            if let Err(error) = engine.beat(beat, &mut last_foreign).await {
                tracing::warn!(%error, "the store does not answer");
            }
        }
    });
    Ok(())
}

impl Engine {
    async fn beat(&self, beat: u64, last_foreign: &mut i64) -> Result<(), AppError> {
        if !self.active_map().is_empty() {
            for job_id in self.store().cancel_requests().await? {
                if let Some(job) = self.active_job(&job_id) {
                    job.stop(Stop::Cancel);
                }
            }
            for job_id in self.store().pause_requests().await? {
                if let Some(job) = self.active_job(&job_id) {
                    job.stop(Stop::Pause);
                }
            }
            if beat.is_multiple_of(BEATS_PER_HEARTBEAT) {
                self.keep_leases().await?;
            }
        }
        if beat.is_multiple_of(BEATS_PER_HEARTBEAT) {
            self.store_unsaved().await;
        }
        if self.inner.follow_others {
            self.follow_others(last_foreign).await?;
        }
        if self.inner.resume_interrupted && beat.is_multiple_of(BEATS_PER_ADOPTION) {
            self.adopt_interrupted().await?;
        }
        Ok(())
    }

    /// A job whose lease somebody took (we were asleep for long) is theirs.
    async fn keep_leases(&self) -> Result<(), StoreError> {
        // Asked before the store: a job that begins meanwhile is not in doubt.
        let active: Vec<_> =
            self.active_map().iter().map(|(id, job)| (id.clone(), Arc::clone(job))).collect();
        let held = self.store().heartbeat(self.now()).await?;
        for (_, job) in active.iter().filter(|(id, _)| !held.contains(id)) {
            job.stop(Stop::LeaseLost);
        }
        Ok(())
    }

    async fn follow_others(&self, last: &mut i64) -> Result<(), StoreError> {
        let newest = self.store().last_event_id().await?;
        if newest > *last {
            for event in self.store().foreign_events(*last, newest).await? {
                self.tell(event);
            }
            *last = newest;
        }
        Ok(())
    }
}
