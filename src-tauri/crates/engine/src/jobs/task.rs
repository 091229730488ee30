//! A job's task: prepares the data, trains the runs side by side, and says how
//! it ended.

use super::active::{Stop, StopSignal};
use super::request::preparation_spec;
use super::training::{self, Halt, TrainingData};
use crate::Engine;
use retort_domain::{
    AppError, Job, JobEventKind, JobId, JobSpec, JobStatus, Preparation, Run, RunStatus, TargetTransform,
};
use std::path::PathBuf;
use tokio::task::JoinSet;

/// How a job comes to this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Just asked for.
    Fresh,
    /// Another process had it and has died.
    Interrupted,
    /// The same, and a person has cancelled it meanwhile.
    Cancelled,
}

/// Runs the job to its end, or until it has to stop. An error is one of storing
/// what happened; whatever happens to a run is stored with it.
pub(crate) async fn run(engine: Engine, job: Job, start: Start, stop: StopSignal) -> Result<(), AppError> {
    let mut work = Work { engine, job_id: job.id.clone(), stop };
    match work.carry_out(job, start).await {
        Ok(()) => Ok(()),
        Err(Halt::Stopped(Stop::Cancel)) => work.cancel_all().await,
        Err(Halt::Stopped(Stop::Pause)) => work.rest().await,
        Err(Halt::Stopped(Stop::Shutdown | Stop::LeaseLost | Stop::Broken)) => Ok(()),
        Err(Halt::Store(error)) => Err(error),
    }
}

impl Engine {
    /// The data as a job trains on it: the prepared file, made where it is not
    /// there, and what it came to.
    pub(crate) async fn preparation_of(&self, spec: &JobSpec) -> Result<(PathBuf, Preparation), AppError> {
        self.prepare(preparation_spec(spec)?).await
    }
}

struct Work {
    engine: Engine,
    job_id: JobId,
    stop: StopSignal,
}

impl Work {
    async fn carry_out(&mut self, job: Job, start: Start) -> Result<(), Halt> {
        let runs = self.unfinished_runs().await?;
        match start {
            Start::Fresh => {}
            Start::Interrupted => self.tell_interrupted(&runs).await?,
            Start::Cancelled => return Err(Halt::Stopped(Stop::Cancel)),
        }
        if job.status != JobStatus::Running {
            self.record(vec![JobEventKind::JobStatus { status: JobStatus::Running, error: None }]).await?;
        }
        if let JobSpec::Distil(spec) = &job.spec {
            let engine = self.engine.clone();
            let (id, stop) = (self.job_id.clone(), self.stop.clone());
            return crate::distillations::run(engine, id, spec.as_ref().clone(), stop).await;
        }
        let mut signal = self.stop.clone();
        let stopped = signal.raised();
        let prepared = tokio::select! {
            prepared = self.engine.preparation_of(&job.spec) => prepared,
            stop = stopped => return Err(Halt::Stopped(stop)),
        };
        match (&job.spec, prepared) {
            (JobSpec::Sweep(spec), prepared) => {
                let prepared = prepared.map_err(Halt::Store)?;
                let engine = self.engine.clone();
                let (id, stop) = (self.job_id.clone(), self.stop.clone());
                return crate::sweeps::run(engine, id, spec.clone(), prepared, stop).await;
            }
            // It has gone its own way above.
            (JobSpec::Distil(_), prepared) => drop(prepared),
            (JobSpec::Train(_), Ok((file, preparation))) => self.train_all(runs, &file, &preparation).await?,
            (JobSpec::Train(_), Err(error)) => self.fail_all(runs, &error).await?,
        }
        self.finish().await
    }

    async fn train_all(
        &mut self,
        runs: Vec<Run>,
        file: &std::path::Path,
        preparation: &Preparation,
    ) -> Result<(), Halt> {
        let mut tasks = JoinSet::new();
        for mut run in runs {
            describe(&mut run, preparation);
            let data = TrainingData { prepared: file.to_owned(), teacher: None };
            tasks.spawn(training::train(self.engine.clone(), vec![run], data, self.stop.clone()));
        }
        let mut halted = None;
        while let Some(joined) = tasks.join_next().await {
            let result = joined.unwrap_or_else(|error| {
                tracing::error!(%error, job = %self.job_id, "a run's task broke down");
                Err(Halt::Store(
                    AppError::new(retort_domain::ErrorCode::Internal, "a run broke down")
                        .with_hint("Report it with the log"),
                ))
            });
            if let Err(halt) = result {
                // What could not be stored outweighs that the others stopped.
                if let Halt::Store(_) = halt {
                    self.stop.raise(Stop::Broken);
                    halted = Some(halt);
                } else {
                    halted = halted.or(Some(halt));
                }
            }
        }
        halted.map_or(Ok(()), Err)
    }

    async fn fail_all(&self, runs: Vec<Run>, error: &AppError) -> Result<(), Halt> {
        let failed = runs.into_iter().map(|mut run| {
            run.status = RunStatus::Failed;
            run.error = Some(error.clone());
            run.finished_at = Some(self.engine.now());
            JobEventKind::RunChanged { run: Box::new(run) }
        });
        self.record(failed.collect()).await
    }

    /// The job's end follows from its runs'.
    async fn finish(&self) -> Result<(), Halt> {
        let (_, runs) = self.stored().await?;
        let failed = runs.iter().find(|run| run.status == RunStatus::Failed);
        let (status, error) = if runs.iter().any(|run| run.status == RunStatus::Cancelled) {
            (JobStatus::Cancelled, None)
        } else if let Some(failed) = failed {
            (JobStatus::Failed, failed.error.clone())
        } else {
            (JobStatus::Succeeded, None)
        };
        self.record(vec![JobEventKind::JobStatus { status, error }]).await
    }

    /// Nobody holds a paused job.
    async fn rest(&self) -> Result<(), AppError> {
        let paused = JobEventKind::JobStatus { status: JobStatus::Paused, error: None };
        match self.record(vec![paused]).await {
            Ok(()) | Err(Halt::Stopped(_)) => Ok(()),
            Err(Halt::Store(error)) => Err(error),
        }
    }

    async fn cancel_all(&self) -> Result<(), AppError> {
        let cancel = async {
            let mut kinds = Vec::new();
            for mut run in self.unfinished_runs().await? {
                let _ = tokio::fs::remove_file(self.engine.inner.folders.checkpoint(&run.id)).await;
                run.status = RunStatus::Cancelled;
                run.finished_at = Some(self.engine.now());
                kinds.push(JobEventKind::RunChanged { run: Box::new(run) });
            }
            kinds.push(JobEventKind::JobStatus { status: JobStatus::Cancelled, error: None });
            self.record(kinds).await
        };
        match cancel.await {
            Ok(()) | Err(Halt::Stopped(_)) => Ok(()),
            Err(Halt::Store(error)) => Err(error),
        }
    }

    async fn tell_interrupted(&self, runs: &[Run]) -> Result<(), Halt> {
        let (_, of_job) = self.stored().await?;
        let mut kinds = Vec::with_capacity(runs.len());
        for run in runs.iter().filter(|run| run.status == RunStatus::Running) {
            kinds.push(JobEventKind::Interrupted {
                run_id: run.id.clone(),
                reason: "the process that trained it has ended".into(),
                resumes_after_epoch: training::resumable_epoch(
                    &self.engine,
                    &run.id,
                    training::keeper_of(run, &of_job),
                )
                .await?,
            });
        }
        self.record(kinds).await
    }

    async fn unfinished_runs(&self) -> Result<Vec<Run>, Halt> {
        let (_, runs) = self.stored().await?;
        Ok(runs.into_iter().filter(|run| !run.status.is_terminal()).collect())
    }

    async fn stored(&self) -> Result<(Job, Vec<Run>), Halt> {
        let found = self.engine.store().job_with_runs(&self.job_id).await?;
        Ok(found
            .ok_or_else(|| retort_store::StoreError::Missing { what: "job", id: self.job_id.to_string() })?)
    }

    async fn record(&self, kinds: Vec<JobEventKind>) -> Result<(), Halt> {
        if kinds.is_empty() {
            return Ok(());
        }
        Ok(self.engine.record(&self.job_id, kinds).await?)
    }
}

/// What the preparation says about a run.
pub(crate) fn describe(run: &mut Run, preparation: &Preparation) {
    run.task = Some(preparation.target.task());
    run.split = Some(preparation.split);
    run.labels = match &preparation.target {
        TargetTransform::Classification { labels } => Some(labels.clone()),
        TargetTransform::Regression { .. } => None,
    };
    run.notes.clone_from(&preparation.notes);
    let n_train = preparation.split.train;
    if run.config.batch_size > n_train {
        run.notes.push(format!(
            "batch_size {} is larger than the {n_train} training rows, so each epoch is one step on all of them",
            run.config.batch_size
        ));
    }
}
