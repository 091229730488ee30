//! Distillations: a teacher's outputs, students that learn them, controls that
//! do not, and what the teacher was worth. What is trained is runs like any
//! others, in groups; here is what happens before and after.

mod comparison;
mod compression;
mod lesson;
mod request;
mod search;
mod speed;
mod students;
mod teacher;
mod wording;

use crate::jobs::active::StopSignal;
use crate::jobs::training::Halt;
use crate::{Engine, not_found};
use retort_domain::{
    AppError, DistillationPhase, DistillationSnapshot, DistillationSpec, ErrorCode, JobEventKind, JobId,
    JobSpec, JobStatus, Platform, Preparation, Run, RunStatus,
};
use retort_store::{ChosenStudent, DistillationState, StoreError};
use std::path::PathBuf;

const LIST_HINT: &str = "Look at the list of jobs";

impl Engine {
    /// A distillation as it stands, with its answer once there is one.
    pub async fn distillations_get(&self, id: &JobId) -> Result<DistillationSnapshot, AppError> {
        let job = self.store().job(id).await?.ok_or_else(|| not_found("job", id.as_str(), LIST_HINT))?;
        let JobSpec::Distil(_) = job.spec else {
            return Err(AppError::new(ErrorCode::Conflict, format!("job {id} is no distillation"))
                .with_hint("Choose a distillation"));
        };
        let state = self.store().distillation_state(id).await?;
        Ok(DistillationSnapshot {
            job_id: id.clone(),
            phase: state.phase,
            teacher: state.teacher,
            warnings: state.warnings,
            search: state.search,
            result: state.result,
        })
    }
}

/// Why a distillation goes no further.
enum Trouble {
    /// The job has to stop, or nothing can be stored.
    Halt(Halt),
    /// It fails.
    Failed(AppError),
}

impl From<Halt> for Trouble {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Halt(error.into())
    }
}

impl From<AppError> for Trouble {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

/// A distillation under way in this process.
struct Work {
    engine: Engine,
    job_id: JobId,
    spec: DistillationSpec,
    stop: StopSignal,
    state: DistillationState,
}

/// What students are trained on, and how it came to be.
struct Lesson {
    /// The prepared file.
    prepared: PathBuf,
    preparation: Preparation,
    /// The teacher's outputs.
    file: PathBuf,
}

/// Carries a distillation out, from wherever it was left.
pub(crate) async fn run(
    engine: Engine,
    job_id: JobId,
    spec: DistillationSpec,
    stop: StopSignal,
) -> Result<(), Halt> {
    let state = engine.store().distillation_state(&job_id).await?;
    let mut work = Work { engine, job_id, spec, stop, state };
    match work.carry_out().await {
        Ok(()) => Ok(()),
        Err(Trouble::Halt(halt)) => Err(halt),
        Err(Trouble::Failed(error)) => work.fail(error).await,
    }
}

impl Work {
    async fn carry_out(&mut self) -> Result<(), Trouble> {
        self.settle_teacher().await?;
        let lesson = self.learn_from_teacher().await?;
        self.search(&lesson).await?;
        self.enter(DistillationPhase::Training).await?;
        self.train_students(&lesson).await?;
        self.enter(DistillationPhase::Comparing).await?;
        self.compare(&lesson).await?;
        self.compress(&lesson).await?;
        self.conclude().await
    }

    async fn enter(&mut self, phase: DistillationPhase) -> Result<(), Trouble> {
        self.state.phase = phase;
        self.keep().await
    }

    async fn keep(&self) -> Result<(), Trouble> {
        Ok(self.engine.store().set_distillation_state(&self.job_id, &self.state).await?)
    }

    /// Does what can be left half done, unless the job has to stop.
    async fn unless_stopped<T>(&self, work: impl Future<Output = Result<T, AppError>>) -> Result<T, Trouble> {
        let mut signal = self.stop.clone();
        tokio::select! {
            biased;
            stop = signal.raised() => Err(Trouble::Halt(Halt::Stopped(stop))),
            done = work => Ok(done?),
        }
    }

    async fn runs(&self) -> Result<Vec<Run>, Trouble> {
        let found = self.engine.store().job_with_runs(&self.job_id).await?;
        let missing = || StoreError::Missing { what: "job", id: self.job_id.to_string() };
        Ok(found.ok_or_else(missing)?.1)
    }

    async fn record(&self, kinds: Vec<JobEventKind>) -> Result<(), Trouble> {
        Ok(self.engine.record(&self.job_id, kinds).await?)
    }

    /// The student of a platform: the one that was searched, or that was asked
    /// for.
    fn student_of(&self, platform: Platform, preparation: &Preparation) -> ChosenStudent {
        let chosen = self.state.chosen.iter().find(|chosen| chosen.platform == platform);
        chosen.cloned().unwrap_or_else(|| ChosenStudent {
            platform,
            hidden_layers: self.spec.config.hidden_layers.clone(),
            distillation: self.spec.distillation(request::is_for_classes(preparation)),
        })
    }

    /// The job's end follows from its runs' and from whether there is an answer.
    async fn conclude(&mut self) -> Result<(), Trouble> {
        let runs = self.runs().await?;
        let failed = runs.iter().find(|run| run.status == RunStatus::Failed);
        let has_answer = self.state.result.as_ref().is_some_and(|result| !result.students.is_empty());
        let (status, error) = match failed {
            Some(failed) => (JobStatus::Failed, failed.error.clone()),
            None if has_answer => (JobStatus::Succeeded, None),
            None => {
                let error = runs.iter().filter_map(|run| run.error.clone()).next_back();
                let nothing = || {
                    AppError::new(ErrorCode::Internal, "the distillation ended without a student")
                        .with_hint("Report it with the log")
                };
                (JobStatus::Failed, Some(error.unwrap_or_else(nothing)))
            }
        };
        if status == JobStatus::Succeeded {
            self.enter(DistillationPhase::Done).await?;
        }
        self.record(vec![JobEventKind::JobStatus { status, error }]).await
    }

    async fn fail(&self, error: AppError) -> Result<(), Halt> {
        let found = self.engine.store().job_with_runs(&self.job_id).await?;
        let unfinished = found.into_iter().flat_map(|(_, runs)| runs);
        let mut kinds: Vec<JobEventKind> = unfinished
            .filter(|run| !run.status.is_terminal())
            .map(|mut run| {
                run.status = RunStatus::Failed;
                run.error = Some(error.clone());
                run.finished_at = Some(self.engine.now());
                JobEventKind::RunChanged { run: Box::new(run) }
            })
            .collect();
        kinds.push(JobEventKind::JobStatus { status: JobStatus::Failed, error: Some(error) });
        Ok(self.engine.record(&self.job_id, kinds).await?)
    }
}
