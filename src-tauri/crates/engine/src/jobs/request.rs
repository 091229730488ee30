//! From what a person asks for to a job that may begin.

use crate::Engine;
use crate::blocking::blocking;
use retort_domain::{
    AppError, Dataset, DatasetRef, ErrorCode, Job, JobId, JobSpec, JobStatus, Platform, Preparation,
    PreparationSpec, Run, RunId, RunStatus, TrainingConfig,
};
use std::path::PathBuf;

impl Engine {
    /// The job and its runs, not stored yet.
    pub(super) async fn checked_request(&self, mut spec: JobSpec) -> Result<(Job, Vec<Run>), AppError> {
        if let JobSpec::Distil(distil) = spec {
            return self.checked_distillation(*distil).await;
        }
        spec.config().validate()?;
        check_platforms(spec.platforms())?;
        let dataset = self.datasets_get(spec.dataset()).await?;
        self.check_columns(&spec, &dataset).await?;
        let asked = spec.config().clone();
        let target = spec.target().to_owned();
        name_features(spec.config_mut(), &target, &dataset);
        let train = match &spec {
            JobSpec::Train(train) => Some(train),
            JobSpec::Sweep(sweep) => {
                self.sweeps_plan(sweep).await?;
                None
            }
            JobSpec::Distil(_) => None,
        };
        for &platform in spec.platforms() {
            self.inner.runtimes.check(platform)?;
        }

        let id = JobId::fresh();
        let created_at = self.now();
        let number = self.store().n_jobs_on(&dataset.id).await? + 1;
        let runs = train.into_iter().flat_map(|train| train.platforms.iter().map(move |p| (train, *p)));
        // What a run shows of its settings is long enough without columns that
        // nobody chose.
        let config = if dataset.described_by_hand { spec.config().clone() } else { asked };
        let runs = runs.map(|(train, platform)| Run {
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
            config: config.clone(),
            role: None,
            status: RunStatus::Queued,
            epoch: 0,
            outcome: None,
            speed: None,
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

    /// Where a column is not there, the preparation knows best what to say; a
    /// split that goes by a column is tried, so that nothing is queued in vain.
    pub(crate) async fn check_columns(&self, spec: &JobSpec, dataset: &Dataset) -> Result<(), AppError> {
        let config = spec.config();
        let preparation = preparation_spec(spec)?;
        let named = config.features.iter().flatten().chain(&config.exclude).map(String::as_str);
        if ![spec.target()].into_iter().chain(named).all(|name| dataset.column(name).is_some()) {
            return self.prepare(preparation).await.map(|_| ());
        }
        if preparation.split.is_random() {
            return Ok(());
        }
        self.datasets_split_preview(preparation).await.map(|_| ())
    }

    /// The matrices of a table, as they are in the cache, or made now.
    pub(crate) async fn prepare(&self, spec: PreparationSpec) -> Result<(PathBuf, Preparation), AppError> {
        let dataset = self.datasets_get(&spec.dataset).await?;
        let table = self.inner.tables.open(&dataset.id).await?;
        let folder = self.inner.folders.prepared(&dataset.id);
        blocking(move || retort_datasets::prepare(&table, &dataset, &spec, &folder)).await
    }
}

/// Names the columns that are learned from where that was left open: roles may
/// change before the job is resumed.
pub(crate) fn name_features(config: &mut TrainingConfig, target: &str, dataset: &Dataset) {
    if config.features.is_none() {
        config.features = Some(dataset.default_features(target, config.split_column.as_deref()));
    }
}

pub(crate) fn check_platforms(platforms: &[Platform]) -> Result<(), AppError> {
    let refuse = |message: String| {
        Err(AppError::new(ErrorCode::InvalidConfig, message)
            .with_hint("Name pytorch, tensorflow, or each once"))
    };
    if platforms.is_empty() {
        return refuse("no platform is named".into());
    }
    for (i, platform) in platforms.iter().enumerate() {
        if platforms[..i].contains(platform) {
            return refuse(format!("{platform} is named twice"));
        }
    }
    Ok(())
}

/// Of the split, which a sweep's folds divide again.
pub(crate) fn preparation_spec(spec: &JobSpec) -> Result<PreparationSpec, AppError> {
    Ok(PreparationSpec::of(spec.dataset().clone(), spec.target().to_owned(), spec.config())?)
}
