//! Jobs: what a person asked for, from the question to its end.

pub(crate) mod active;
pub(crate) mod request;
pub(crate) mod task;
pub(crate) mod training;

use crate::{Engine, not_found};
use active::{ActiveJob, Stop};
use retort_domain::{
    AppError, ErrorCode, Job, JobEvent, JobEventKind, JobId, JobSnapshot, JobSpec, JobStatus, RunStatus,
};
use retort_store::StoreError;
use std::sync::Arc;
use std::time::Duration;

const LIST_HINT: &str = "Look at the list of jobs";
/// Between two looks at a job that another process runs.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// To store that a job failed, while the disk is full.
const FAILURE_ATTEMPTS: u32 = 4;
const FAILURE_PAUSE: Duration = Duration::from_millis(250);
/// For a job to end that was told to.
pub(crate) const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

impl Engine {
    /// Checks what can be checked at once, queues the job, and answers with its
    /// id. What only the data shows (one class, too few rows) fails the job.
    pub async fn jobs_start(&self, spec: JobSpec) -> Result<JobId, AppError> {
        if self.is_closing() {
            return Err(AppError::new(ErrorCode::Conflict, "Retort is closing").with_hint("Open it again"));
        }
        let (job, runs) = self.checked_request(spec).await?;
        let id = job.id.clone();
        {
            let _in_order = self.inner.telling.lock().await;
            let event = self.store().insert_job(&job, &runs, self.now()).await?;
            self.tell(event);
        }
        self.begin(job, task::Start::Fresh);
        Ok(id)
    }

    /// A job with its runs as they are now.
    pub async fn jobs_get(&self, id: &JobId) -> Result<JobSnapshot, AppError> {
        let found = self.store().job_with_runs(id).await?;
        let (mut job, mut runs) = found.ok_or_else(|| not_found("job", id.as_str(), LIST_HINT))?;
        if let Some(error) = self.unsaved().get(id)
            && !job.status.is_terminal()
        {
            job.status = JobStatus::Failed;
            job.error = Some(error.clone());
            for run in runs.iter_mut().filter(|run| !run.status.is_terminal()) {
                run.status = RunStatus::Failed;
                run.error = Some(error.clone());
            }
        }
        Ok(JobSnapshot { job, runs })
    }

    /// All jobs, newest first.
    pub async fn jobs_list(&self) -> Result<Vec<Job>, AppError> {
        Ok(self.store().jobs().await?)
    }

    /// The job of that id, or whose id alone begins like that.
    pub async fn jobs_resolve(&self, text: &str) -> Result<Job, AppError> {
        let all = self.jobs_list().await?;
        if let Some(exact) = all.iter().find(|j| j.id.as_str() == text) {
            return Ok(exact.clone());
        }
        let mut alike = all.into_iter().filter(|j| !text.is_empty() && j.id.as_str().starts_with(text));
        match (alike.next(), alike.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => {
                Err(AppError::new(ErrorCode::Conflict, format!("several jobs begin with \"{text}\""))
                    .with_hint("Give the whole id"))
            }
            (None, _) => Err(not_found("job", text, LIST_HINT)),
        }
    }

    /// The job's events after the number last seen, in order; 0 for all.
    pub async fn jobs_events(&self, id: &JobId, after: u32) -> Result<Vec<JobEvent>, AppError> {
        if self.store().job(id).await?.is_none() {
            return Err(not_found("job", id.as_str(), LIST_HINT));
        }
        Ok(self.store().events(id, after).await?)
    }

    /// Stops a job, whichever process runs it, and answers once it has ended.
    pub async fn jobs_cancel(&self, id: &JobId) -> Result<(), AppError> {
        let job = self.jobs_get(id).await?.job;
        if job.status.is_terminal() {
            return Err(AppError::new(ErrorCode::Conflict, format!("job {id} has ended already"))
                .with_hint("There is nothing to cancel"));
        }
        if let Some(active) = self.active_job(id) {
            active.stop(Stop::Cancel);
            let _ = tokio::time::timeout(CANCEL_PATIENCE, active.ended()).await;
            return Ok(());
        }
        self.store().request_cancel(id).await?;
        if !self.is_run_by_someone(id).await? && self.claim_abandoned(id).await? {
            self.begin(job, task::Start::Cancelled);
        }
        let _ = tokio::time::timeout(CANCEL_PATIENCE, self.wait(id)).await;
        Ok(())
    }

    /// Waits for a job's end, or its pause, whichever process runs it. An error where nobody
    /// does, and nobody here will.
    pub async fn wait(&self, id: &JobId) -> Result<JobSnapshot, AppError> {
        loop {
            if let Some(active) = self.active_job(id) {
                active.ended().await;
            }
            let snapshot = self.jobs_get(id).await?;
            if snapshot.job.status.is_terminal() || snapshot.job.status == JobStatus::Paused {
                return Ok(snapshot);
            }
            let goes_on = self.active_job(id).is_some()
                || self.is_run_by_someone(id).await?
                || (self.inner.resume_interrupted && !self.is_closing());
            // It may have ended between the two looks.
            if !goes_on && !self.jobs_get(id).await?.job.status.is_terminal() {
                return Err(AppError::new(ErrorCode::Conflict, format!("job {id} was interrupted"))
                    .with_hint(format!("Open Retort, or run `retort job resume {id}`")));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Takes an interrupted job over and goes on with it here.
    pub async fn jobs_resume(&self, id: &JobId) -> Result<(), AppError> {
        let job = self.jobs_get(id).await?.job;
        if job.status.is_terminal() {
            return Err(AppError::new(ErrorCode::Conflict, format!("job {id} has ended already"))
                .with_hint("There is nothing to resume"));
        }
        if self.active_job(id).is_some() {
            return Ok(());
        }
        if job.status == JobStatus::Paused {
            return self.resume_paused(id).await;
        }
        if self.is_run_by_someone(id).await? || !self.claim_abandoned(id).await? {
            return Err(AppError::new(ErrorCode::Conflict, format!("another process runs job {id}"))
                .with_hint("Wait for its end, or cancel it"));
        }
        self.begin(job, task::Start::Interrupted);
        Ok(())
    }

    /// Jobs under way in this process.
    pub fn active_jobs(&self) -> usize {
        self.active_map().len()
    }

    /// Ids of the jobs under way in this process, oldest first.
    pub fn active_job_ids(&self) -> Vec<JobId> {
        let mut ids: Vec<JobId> = self.active_map().keys().cloned().collect();
        ids.sort();
        ids
    }

    pub(crate) fn active_job(&self, id: &JobId) -> Option<Arc<ActiveJob>> {
        self.active_map().get(id).cloned()
    }

    /// Goes on with every unfinished job whose process has died.
    pub(crate) async fn adopt_interrupted(&self) -> Result<(), AppError> {
        for job in self.store().unfinished_jobs().await? {
            let is_ours = self.active_job(&job.id).is_some() || self.unsaved().contains_key(&job.id);
            if is_ours || self.is_run_by_someone(&job.id).await? || !self.claim_abandoned(&job.id).await? {
                continue;
            }
            let was_cancelled = self.store().is_cancel_requested(&job.id).await?;
            let start = if was_cancelled { task::Start::Cancelled } else { task::Start::Interrupted };
            self.begin(job, start);
        }
        Ok(())
    }

    async fn is_run_by_someone(&self, id: &JobId) -> Result<bool, AppError> {
        let lease = self.store().lease(id).await?;
        Ok(lease.is_some_and(|lease| self.inner.owner.is_alive(&lease, self.now())))
    }

    /// False where another process was faster.
    async fn claim_abandoned(&self, id: &JobId) -> Result<bool, AppError> {
        let lease = self.store().lease(id).await?;
        Ok(self.store().claim(id, lease.as_ref().map(|l| l.owner.as_str()), self.now()).await?)
    }

    /// Starts the job's task. Its lease is ours already.
    pub(crate) fn begin(&self, job: Job, start: task::Start) {
        let id = job.id.clone();
        let active = Arc::new(ActiveJob::default());
        self.active_map().insert(id.clone(), Arc::clone(&active));
        let engine = self.clone();
        tokio::spawn(async move {
            let work = tokio::spawn(task::run(engine.clone(), job, start, active.stop_signal()));
            let result = work.await.unwrap_or_else(|error| {
                tracing::error!(%error, job = %id, "a job's task broke down");
                Err(AppError::new(ErrorCode::Internal, "the job broke down")
                    .with_hint("Report it with the log"))
            });
            if let Err(error) = result {
                engine.note_failure(&id, error).await;
            }
            engine.active_map().remove(&id);
            active.end();
        });
    }

    /// A job that failed because the store did not take what it had to say: with
    /// the reserve's room, or a moment later, the store may take this.
    async fn note_failure(&self, id: &JobId, error: AppError) {
        tracing::error!(%error, job = %id, "a job failed");
        self.inner.folders.free_reserve();
        for _ in 0..FAILURE_ATTEMPTS {
            match self.store_failure(id, &error).await {
                Ok(()) => return,
                Err(second) => tracing::error!(error = %second, job = %id, "nor can its failure be stored"),
            }
            tokio::time::sleep(FAILURE_PAUSE).await;
        }
        self.unsaved().insert(id.clone(), error);
    }

    /// Tries again to store how jobs ended that no store would take.
    pub(crate) async fn store_unsaved(&self) {
        let unsaved: Vec<_> = self.unsaved().iter().map(|(id, error)| (id.clone(), error.clone())).collect();
        for (id, error) in unsaved {
            match self.store_failure(&id, &error).await {
                // What another process has taken over is theirs to end.
                Ok(()) | Err(StoreError::LeaseLost { .. }) => {
                    self.unsaved().remove(&id);
                }
                Err(second) => tracing::debug!(error = %second, job = %id, "still cannot be stored"),
            }
        }
    }

    async fn store_failure(&self, id: &JobId, error: &AppError) -> Result<(), StoreError> {
        let Some((_, runs)) = self.store().job_with_runs(id).await? else { return Ok(()) };
        let mut kinds: Vec<JobEventKind> = Vec::new();
        for mut run in runs.into_iter().filter(|run| !run.status.is_terminal()) {
            run.status = RunStatus::Failed;
            run.error = Some(error.clone());
            run.finished_at = Some(self.now());
            kinds.push(JobEventKind::RunChanged { run: Box::new(run) });
        }
        kinds.push(JobEventKind::JobStatus { status: JobStatus::Failed, error: Some(error.clone()) });
        self.record(id, kinds).await
    }
}
