//! Jobs: what a person asked for, and the numbered events that tell of it.

use crate::{
    AppError, DatasetId, DistillationSpec, EpochRecord, JobId, Platform, Run, RunId, SweepSpec,
    TimestampMillis, TrainingConfig, TrialCounts,
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Train one configuration on one or both platforms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct TrainSpec {
    /// The table.
    pub dataset: DatasetId,
    /// The column to predict.
    pub target: String,
    /// One run each; not empty, none twice.
    pub platforms: Vec<Platform>,
    /// The same for each.
    pub config: TrainingConfig,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum JobSpec {
    /// One configuration, one or both platforms.
    Train(TrainSpec),
    /// Many configurations, one or both platforms.
    Sweep(SweepSpec),
    /// A large network's outputs learned by a small one.
    Distil(Box<DistillationSpec>),
}

impl JobSpec {
    /// The table.
    pub fn dataset(&self) -> &DatasetId {
        match self {
            Self::Train(spec) => &spec.dataset,
            Self::Sweep(spec) => &spec.dataset,
            Self::Distil(spec) => &spec.dataset,
        }
    }

    /// The column to predict.
    pub fn target(&self) -> &str {
        match self {
            Self::Train(spec) => &spec.target,
            Self::Sweep(spec) => &spec.target,
            Self::Distil(spec) => &spec.target,
        }
    }

    /// The frameworks.
    pub fn platforms(&self) -> &[Platform] {
        match self {
            Self::Train(spec) => &spec.platforms,
            Self::Sweep(spec) => &spec.platforms,
            Self::Distil(spec) => &spec.platforms,
        }
    }

    /// As [`JobSpec::config`], to be changed.
    pub fn config_mut(&mut self) -> &mut TrainingConfig {
        match self {
            Self::Train(spec) => &mut spec.config,
            Self::Sweep(spec) => &mut spec.config,
            Self::Distil(spec) => &mut spec.config,
        }
    }

    /// What is the same for every run or trial.
    pub fn config(&self) -> &TrainingConfig {
        match self {
            Self::Train(spec) => &spec.config,
            Self::Sweep(spec) => &spec.config,
            Self::Distil(spec) => &spec.config,
        }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Waits for its turn.
    Queued,
    /// Under way.
    Running,
    /// Stopped by a person for a while; sweeps alone.
    Paused,
    /// All runs ended well, or diverged, which is a result.
    Succeeded,
    /// At least one run could not be finished.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

impl JobStatus {
    /// True once nothing more will happen.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Paused => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// A job as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What was asked for.
    pub spec: JobSpec,
    /// Where it stands.
    pub status: JobStatus,
    /// Once failed.
    pub error: Option<AppError>,
    /// When it was asked for.
    pub created_at: TimestampMillis,
    /// When it ended.
    pub finished_at: Option<TimestampMillis>,
    /// Number of the last event told of it, 0 before the first.
    pub last_seq: u32,
}

/// A job with its runs, as `jobs_get` answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct JobSnapshot {
    /// The job.
    pub job: Job,
    /// Its runs, in the order of its platforms.
    pub runs: Vec<Run>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum JobEventKind {
    /// The job's status changed.
    JobStatus {
        /// To this.
        status: JobStatus,
        /// Where it failed.
        error: Option<AppError>,
    },
    /// A run changed in other ways than by an epoch: started, ended, resumed.
    RunChanged {
        /// As it is now.
        run: Box<Run>,
    },
    /// A run trained an epoch.
    Epoch {
        /// The run.
        run_id: RunId,
        /// The epoch.
        record: EpochRecord,
    },
    /// A worker died or a lease ran out, and the run goes on from its
    /// checkpoint or from the start.
    Interrupted {
        /// The run.
        run_id: RunId,
        /// Why, one line.
        reason: String,
        /// The epoch it goes on after, 0 for the start.
        resumes_after_epoch: u32,
    },
    /// Trials of a sweep changed: proposed, trained an epoch, ended.
    TrialsChanged {
        /// How many stand where now.
        counts: TrialCounts,
    },
    /// A run came to the job: made of a sweep's best trial, or a teacher, student
    /// or control of a distillation.
    RunAdded {
        /// As it is now.
        run: Box<Run>,
    },
}

/// Something that happened to a job; stored before it is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct JobEvent {
    /// The job.
    pub job_id: JobId,
    /// From 1, without gaps, by job.
    pub seq: u32,
    /// When it was stored.
    pub at: TimestampMillis,
    /// What happened.
    pub kind: JobEventKind,
}
