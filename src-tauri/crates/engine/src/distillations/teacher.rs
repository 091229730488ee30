//! Who teaches: the runs that were named, the best of a sweep, or a network that
//! is trained first; and whether they can.

use super::request::teacher_config;
use super::{Trouble, Work};
use crate::Engine;
use crate::blocking::blocking;
use crate::jobs::request::preparation_spec;
use crate::jobs::task::describe;
use crate::jobs::training::{self, TrainingData};
use retort_domain::{
    AppError, DatasetRef, DistillationError, DistillationPhase, DistillationSpec, ErrorCode,
    FeatureTransform, JobEventKind, JobSpec, Platform, Preparation, Run, RunId, RunRole, RunStatus,
    TargetTransform, Teacher, TrainSpec, TrainingConfig,
};
use retort_trainer::artifacts::{self, ModelDescription};
use retort_trainer::tensors;

/// Runs that can teach: of one dataset, target, split and set of columns, with
/// their files in place.
#[derive(Debug)]
pub(super) struct Teachers {
    /// At least one.
    pub runs: Vec<Run>,
    /// What they all were trained on.
    pub preparation: Preparation,
}

impl Engine {
    /// The runs that are meant. For a teacher that is trained first, none.
    pub(super) async fn teacher_ids(&self, teacher: &Teacher) -> Result<Vec<RunId>, AppError> {
        match teacher {
            Teacher::Runs { run_ids } => Ok(run_ids.clone()),
            Teacher::Train { .. } => Ok(Vec::new()),
            Teacher::BestOfSweep { job_id, platform } => {
                let sweep = self.sweeps_get(job_id).await?;
                let sign = if sweep.objective.higher_is_better() { -1.0 } else { 1.0 };
                let judged = sweep.best.into_iter().filter_map(|best| {
                    let objective = best.confirmed.map(|c| c.mean).or(best.trial.objective)?;
                    let is_wanted = platform.is_none_or(|p| p == best.trial.platform);
                    is_wanted.then_some((sign * objective, best.run_id?))
                });
                let (_, run_id) = judged
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .ok_or_else(|| DistillationError::SweepWithoutRun { job_id: job_id.clone() })?;
                Ok(vec![run_id])
            }
        }
    }

    /// Those runs, where they can teach a student of this dataset and target.
    pub(super) async fn teachers(
        &self,
        spec: &DistillationSpec,
        run_ids: &[RunId],
    ) -> Result<Teachers, AppError> {
        let mut runs = Vec::with_capacity(run_ids.len());
        let mut descriptions = Vec::with_capacity(run_ids.len());
        for run_id in run_ids {
            let gone = || DistillationError::TeacherGone { run_id: run_id.clone() };
            let run = self.store().run(run_id).await?.ok_or_else(gone)?;
            self.check_teacher(spec, &run).await?;
            descriptions.push(self.description_of(&run).await?);
            runs.push(run);
        }
        let Some(first) = descriptions.first() else {
            return Err(DistillationError::Teachers { n_teachers: 0 }.into());
        };
        for (run, description) in runs.iter().zip(&descriptions) {
            check_alike(&runs[0], first, run, description)?;
        }
        Ok(Teachers { preparation: first.preparation.clone(), runs })
    }

    async fn check_teacher(&self, spec: &DistillationSpec, run: &Run) -> Result<(), AppError> {
        let reason = match run.status {
            RunStatus::Succeeded => None,
            RunStatus::Queued | RunStatus::Running => Some("it is not trained yet"),
            RunStatus::Diverged => Some("its loss diverged"),
            RunStatus::Failed => Some("it failed"),
            RunStatus::Cancelled => Some("it was cancelled"),
        };
        let name = run.name.clone();
        if let Some(reason) = reason {
            return Err(DistillationError::TeacherNotTrained { name, reason: reason.into() }.into());
        }
        if run.dataset.id != spec.dataset {
            let dataset = self.datasets_get(&spec.dataset).await?.name;
            let teacher_dataset = run.dataset.name.clone();
            return Err(DistillationError::OtherDataset { name, teacher_dataset, dataset }.into());
        }
        if run.target != spec.target {
            let (teacher_target, target) = (run.target.clone(), spec.target.clone());
            return Err(DistillationError::OtherTarget { name, teacher_target, target }.into());
        }
        Ok(())
    }

    /// The run's description, once its weights were seen to fit it.
    async fn description_of(&self, run: &Run) -> Result<ModelDescription, AppError> {
        let folder = self.inner.folders.run(&run.id);
        let name = run.name.clone();
        blocking(move || {
            let missing = |reason: String| DistillationError::FilesMissing { name: name.clone(), reason };
            let description = artifacts::read_description(&folder).map_err(|e| missing(e.to_string()))?;
            tensors::read_weights(&folder.join(artifacts::WEIGHTS_FILE), &description.model)
                .map_err(|e| missing(e.to_string()))?;
            Ok::<_, AppError>(description)
        })
        .await
    }
}

/// Outputs of runs that were trained on different things have no mean.
fn check_alike(
    first: &Run,
    of_first: &ModelDescription,
    other: &Run,
    of_other: &ModelDescription,
) -> Result<(), DistillationError> {
    let (a, b) = (&of_first.preparation, &of_other.preparation);
    let names = || (first.name.clone(), other.name.clone());
    let labels = |target: &TargetTransform| match target {
        TargetTransform::Classification { labels } => Some(labels.clone()),
        TargetTransform::Regression { .. } => None,
    };
    if labels(&a.target) != labels(&b.target) {
        let (first, second) = names();
        return Err(DistillationError::OtherClasses { first, second });
    }
    let columns = |p: &Preparation| -> Vec<String> {
        p.features.iter().map(|feature: &FeatureTransform| feature.column().to_owned()).collect()
    };
    if columns(a) != columns(b) {
        let (first, second) = names();
        return Err(DistillationError::OtherColumns { first, second });
    }
    if a.hash != b.hash {
        let (first, second) = names();
        return Err(DistillationError::OtherSplit { first, second });
    }
    Ok(())
}

impl Work {
    /// Settles whose outputs are learned, once and for all; trains the teacher
    /// where that was asked for.
    pub(super) async fn settle_teacher(&mut self) -> Result<(), Trouble> {
        if !self.state.teacher_runs.is_empty() {
            return Ok(());
        }
        let run_ids = match self.spec.teacher.clone() {
            Teacher::Train { config } => vec![self.train_teacher(config.as_deref()).await?],
            other => self.engine.teacher_ids(&other).await?,
        };
        self.state.teacher_runs = run_ids;
        self.keep().await
    }

    async fn train_teacher(&mut self, given: Option<&TrainingConfig>) -> Result<RunId, Trouble> {
        self.enter(DistillationPhase::TrainingTeacher).await?;
        let platform = self.spec.platforms.first().copied().unwrap_or(Platform::Pytorch);
        let config = teacher_config(&self.spec, given);
        let engine = self.engine.clone();
        let train = JobSpec::Train(TrainSpec {
            dataset: self.spec.dataset.clone(),
            target: self.spec.target.clone(),
            platforms: vec![platform],
            config: config.clone(),
        });
        let split = preparation_spec(&train)?;
        let (prepared, preparation) = self.unless_stopped(engine.prepare(split)).await?;
        let is_teacher = |run: &Run| matches!(run.role, Some(RunRole::Teacher));
        let run = match self.runs().await?.into_iter().find(is_teacher) {
            Some(run) => run,
            None => {
                let mut run = self.new_run(platform, RunRole::Teacher, config, "teacher").await?;
                describe(&mut run, &preparation);
                self.record(vec![JobEventKind::RunAdded { run: Box::new(run.clone()) }]).await?;
                run
            }
        };
        let id = run.id.clone();
        let data = TrainingData { prepared, teacher: None };
        training::train(engine, vec![run], data, self.stop.clone()).await?;
        let trained = self.runs().await?.into_iter().find(|run| run.id == id);
        match trained.and_then(|run| run.error) {
            Some(error) => Err(Trouble::Failed(error)),
            None => Ok(id),
        }
    }

    /// A run of this job that waits for a worker, not stored yet.
    pub(super) async fn new_run(
        &self,
        platform: Platform,
        role: RunRole,
        config: TrainingConfig,
        what: &str,
    ) -> Result<Run, Trouble> {
        let dataset = self.engine.datasets_get(&self.spec.dataset).await?;
        let number = self.engine.store().n_jobs_on(&dataset.id).await?;
        Ok(Run {
            id: RunId::fresh(),
            job_id: self.job_id.clone(),
            name: format!("{} {number}, {what}", dataset.name),
            platform,
            dataset: DatasetRef { id: dataset.id, name: dataset.name },
            target: self.spec.target.clone(),
            task: None,
            split: None,
            labels: None,
            notes: Vec::new(),
            config,
            role: Some(role),
            status: RunStatus::Queued,
            epoch: 0,
            outcome: None,
            speed: None,
            error: None,
            created_at: self.engine.now(),
            started_at: None,
            finished_at: None,
        })
    }
}

/// What becomes of a teacher's files that cannot be read.
pub(super) fn unreadable(error: impl std::fmt::Display) -> AppError {
    AppError::new(ErrorCode::Storage, error.to_string()).with_hint("Start the distillation again")
}
