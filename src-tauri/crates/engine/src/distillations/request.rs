//! From what a person asks for to a distillation that may begin: everything that
//! can be known before it is refused here, with the reason.

use super::teacher::Teachers;
use crate::Engine;
use crate::jobs::request::{check_platforms, name_features};
use retort_domain::{
    AppError, Dataset, DistillationError, DistillationSpec, Job, JobId, JobSpec, JobStatus, LrSchedule,
    Platform, Preparation, PreparationSpec, Run, Task, Teacher, TrainSpec, TrainingConfig, Transfer,
};

/// Units of a teacher that is trained without a configuration of its own.
const TEACHER_LAYERS: [u32; 2] = [512, 512];
const TEACHER_EPOCHS: u32 = 60;

/// True where classes are predicted.
pub(super) fn is_for_classes(preparation: &Preparation) -> bool {
    preparation.target.task() == Task::Classification
}

/// The student's configuration with the teacher's split and columns.
pub(super) fn with_split(config: &TrainingConfig, split: &PreparationSpec) -> TrainingConfig {
    config.clone().with_rows_and_columns_of(split)
}

/// The configuration of a teacher that is trained first.
pub(super) fn teacher_config(spec: &DistillationSpec, given: Option<&TrainingConfig>) -> TrainingConfig {
    let student = &spec.config;
    given.cloned().unwrap_or_else(|| TrainingConfig {
        hidden_layers: TEACHER_LAYERS.to_vec(),
        dropout: 0.3,
        learning_rate: 0.003,
        lr_schedule: LrSchedule::Cosine,
        batch_size: 128,
        epochs: TEACHER_EPOCHS,
        class_weighting: student.class_weighting,
        test_fraction: student.test_fraction,
        validation_fraction: student.validation_fraction,
        split: student.split,
        split_column: student.split_column.clone(),
        drop_duplicates: student.drop_duplicates,
        seed: student.seed,
        features: student.features.clone(),
        exclude: student.exclude.clone(),
        task: student.task,
        ..TrainingConfig::default()
    })
}

impl Engine {
    /// The job, not stored yet; its runs come as they are known.
    pub(crate) async fn checked_distillation(
        &self,
        mut spec: DistillationSpec,
    ) -> Result<(Job, Vec<Run>), AppError> {
        spec.validate()?;
        check_platforms(&spec.platforms)?;
        let dataset = self.datasets_get(&spec.dataset).await?;
        let mut platforms = spec.platforms.clone();
        match &spec.teacher {
            Teacher::Train { config } => {
                self.check_teacher_to_be(&spec, config.as_deref(), &dataset).await?;
                let mut config = teacher_config(&spec, config.as_deref());
                name_features(&mut config, &spec.target, &dataset);
                spec.teacher = Teacher::Train { config: Some(Box::new(config)) };
            }
            Teacher::Runs { .. } | Teacher::BestOfSweep { .. } => {
                let run_ids = self.teacher_ids(&spec.teacher).await?;
                let teachers = self.teachers(&spec, &run_ids).await?;
                check_against(&spec, &teachers)?;
                platforms.extend(teachers.runs.iter().map(|run| run.platform));
            }
        }
        platforms.sort_unstable();
        platforms.dedup();
        for &platform in &platforms {
            self.inner.runtimes.check(platform)?;
        }
        let job = Job {
            id: JobId::fresh(),
            spec: JobSpec::Distil(Box::new(spec)),
            status: JobStatus::Queued,
            error: None,
            created_at: self.now(),
            finished_at: None,
            last_seq: 1,
        };
        Ok((job, Vec::new()))
    }

    async fn check_teacher_to_be(
        &self,
        spec: &DistillationSpec,
        given: Option<&TrainingConfig>,
        dataset: &Dataset,
    ) -> Result<(), AppError> {
        let config = teacher_config(spec, given);
        config.validate()?;
        let train = TrainSpec {
            dataset: spec.dataset.clone(),
            target: spec.target.clone(),
            platforms: vec![spec.platforms.first().copied().unwrap_or(Platform::Pytorch)],
            config: config.clone(),
        };
        let train = JobSpec::Train(train);
        self.check_columns(&train, dataset).await?;
        let split = crate::jobs::request::preparation_spec(&train)?;
        with_split(&spec.config, &split).validate()?;
        if let Some(task) = config.task.or_else(|| dataset.suggested_task(&spec.target)) {
            check_loss(spec, task)?;
        }
        check_search(spec, &split)
    }
}

fn check_against(spec: &DistillationSpec, teachers: &Teachers) -> Result<(), AppError> {
    let preparation = &teachers.preparation;
    with_split(&spec.config, &preparation.spec).validate()?;
    check_loss(spec, preparation.target.task())?;
    if spec.transfer == Transfer::Unlabelled && preparation.dropped_rows == 0 {
        return Err(DistillationError::NothingUnlabelled { target: spec.target.clone() }.into());
    }
    check_search(spec, &preparation.spec)
}

fn check_loss(spec: &DistillationSpec, task: Task) -> Result<(), AppError> {
    let in_words = |is_for_classes: bool| if is_for_classes { "classification" } else { "regression" };
    let is_for_classes = task == Task::Classification;
    match spec.loss {
        Some(loss) if loss.is_for_classes() != is_for_classes => Err(DistillationError::LossOfOtherTask {
            target: spec.target.clone(),
            loss_task: in_words(loss.is_for_classes()),
            task: in_words(is_for_classes),
        }
        .into()),
        Some(_) | None => Ok(()),
    }
}

fn check_search(spec: &DistillationSpec, split: &PreparationSpec) -> Result<(), AppError> {
    if spec.student_space.is_some() && split.validation_fraction == 0.0 {
        return Err(DistillationError::SearchWithoutValidation.into());
    }
    for hidden_layers in spec.student_space.iter().flat_map(|space| &space.hidden_layers) {
        let config = TrainingConfig { hidden_layers: hidden_layers.clone(), ..spec.config.clone() };
        with_split(&config, split).validate()?;
    }
    Ok(())
}
