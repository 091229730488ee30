//! From what a person asks for to a job that may begin.

use crate::Engine;
use crate::blocking::blocking;
use retort_domain::{
    AppError, Dataset, DatasetRef, ErrorCode, Job, JobId, JobSpec, JobStatus, PreparationSpec, Run, RunId,
    RunStatus, TrainSpec,
};

impl Engine {
    /// The job and its runs, not stored yet.
    pub(super) async fn checked_request(&self, spec: JobSpec) -> Result<(Job, Vec<Run>), AppError> {
        let JobSpec::Train(train) = &spec;
        train.config.validate()?;
        check_platforms(train)?;
        let dataset = self.datasets_get(&train.dataset).await?;
        self.check_columns(train, &dataset).await?;
        for &platform in &train.platforms {
            self.inner.runtimes.check(platform)?;
        }

        let id = JobId::fresh();
        let created_at = self.now();
        let number = self.store().n_jobs_on(&dataset.id).await? + 1;
        let runs = train.platforms.iter().map(|&platform| Run {
            id: RunId::fresh(),
            job_id: id.clone(),
            name: format!("{} {number}", dataset.name),
            platform,
            dataset: DatasetRef { id: dataset.id.clone(), name: dataset.name.clone() },
            target: train.target.clone(),
            task: None,
            split: None,
            labels: None,
            notes: Vec::new(),
            config: train.config.clone(),
            status: RunStatus::Queued,
            epoch: 0,
            outcome: None,
            error: None,
            created_at,
            started_at: None,
            finished_at: None,
        });
        let runs = runs.collect();
        let job = Job {
            id,
            spec,
            status: JobStatus::Queued,
            error: None,
            created_at,
            finished_at: None,
            last_seq: 1,
        };
        Ok((job, runs))
    }

    /// Where a column is not there, the preparation knows best what to say.
    async fn check_columns(&self, train: &TrainSpec, dataset: &Dataset) -> Result<(), AppError> {
        let named = train.config.features.iter().flatten().chain(&train.config.exclude);
        if [&train.target].into_iter().chain(named).all(|name| dataset.column(name).is_some()) {
            return Ok(());
        }
        let table = self.inner.tables.open(&dataset.id).await?;
        let (dataset, spec) = (dataset.clone(), preparation_spec(train));
        let folder = self.inner.folders.prepared(&dataset.id);
        blocking(move || retort_datasets::prepare(&table, &dataset, &spec, &folder)).await?;
        Ok(())
    }
}

fn check_platforms(train: &TrainSpec) -> Result<(), AppError> {
    let refuse = |message: String| {
        Err(AppError::new(ErrorCode::InvalidConfig, message)
            .with_hint("Name pytorch, tensorflow, or each once"))
    };
    if train.platforms.is_empty() {
        return refuse("no platform is named".into());
    }
    for (i, platform) in train.platforms.iter().enumerate() {
        if train.platforms[..i].contains(platform) {
            return refuse(format!("{platform} is named twice"));
        }
    }
    Ok(())
}

pub(super) fn preparation_spec(train: &TrainSpec) -> PreparationSpec {
    let config = &train.config;
    PreparationSpec {
        dataset: train.dataset.clone(),
        target: train.target.clone(),
        task: config.task,
        features: config.features.clone(),
        exclude: config.exclude.clone(),
        test_fraction: config.test_fraction,
        validation_fraction: config.validation_fraction,
        seed: config.seed,
    }
}
