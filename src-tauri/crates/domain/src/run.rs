//! Runs: one network trained on one platform, as stored and as shown.

use crate::{
    AppError, DatasetId, Distillation, InferenceSpeed, JobId, MetricSet, PartMetrics, Platform, RunId,
    SplitSizes, Task, TimestampMillis, TrainingConfig,
};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Waits for a worker.
    Queued,
    /// Trains.
    Running,
    /// Ended well.
    Succeeded,
    /// Its loss stopped being finite.
    Diverged,
    /// Could not be finished.
    Failed,
    /// Stopped by a person.
    Cancelled,
}

impl RunStatus {
    /// True once nothing more will happen.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Diverged | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// The dataset of a run, named so that the run reads well after its deletion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DatasetRef {
    /// Its id.
    pub id: DatasetId,
    /// Its name when the run started.
    pub name: String,
}

/// One epoch of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: u32,
    /// Learning rate of the epoch's last step.
    pub learning_rate: f64,
    /// Mean loss over the rows as they were trained on.
    pub train_loss: f64,
    /// Loss on validation rows after the epoch; absent without such rows.
    pub validation_loss: Option<f64>,
    /// Metrics on (at most 10,000 of) the training rows after the epoch.
    pub train_metrics: MetricSet,
    /// Metrics on validation rows after the epoch.
    pub validation_metrics: MetricSet,
    /// Seconds of training so far, evaluation left out.
    pub train_seconds: f64,
}

/// A file that a run left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactKind {
    /// `weights.safetensors`
    Weights,
    /// `model.json`: architecture, preprocessing, labels, environment.
    Description,
    /// `model.pt`, PyTorch runs.
    Torchscript,
    /// `saved_model/`, TensorFlow runs.
    SavedModel,
    /// `weights.float16.safetensors`, of a student that was compressed.
    Float16,
    /// `weights.int8.safetensors`, of a student that was compressed.
    Int8,
}

/// An artefact and its size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Artifact {
    /// What it is.
    pub kind: ArtifactKind,
    /// File or folder name within the run's folder.
    pub name: String,
    /// Size of the file, or of all files of the folder, bytes.
    pub bytes: f64,
}

/// What a trial came to, as the worker reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct TrialOutcome {
    /// Epochs trained.
    pub epochs_run: u32,
    /// The epoch whose weights were kept, from 1.
    pub best_epoch: u32,
    /// Metrics with the kept weights.
    pub metrics: PartMetrics,
    /// Validation metrics of the last epoch, where that was not the best.
    pub last_validation: MetricSet,
    /// `confusion[true][predicted]` on the test rows, classification only.
    pub confusion: Option<Vec<Vec<u32>>>,
    /// Seconds spent in training steps.
    pub train_seconds: f64,
    /// Weights and biases that were trained.
    pub parameter_count: u32,
    /// Files left behind.
    pub artifacts: Vec<Artifact>,
}

/// What a run of a distillation is there for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RunRole {
    /// Others learn from it.
    Teacher,
    /// Learns from a teacher.
    Student {
        /// How.
        distillation: Distillation,
    },
    /// The same network as a student, trained alone.
    Control,
}

/// One network trained on one platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The job that asked for it.
    pub job_id: JobId,
    /// As a person calls it.
    pub name: String,
    /// The framework.
    pub platform: Platform,
    /// The table.
    pub dataset: DatasetRef,
    /// The column predicted.
    pub target: String,
    /// Known once prepared.
    pub task: Option<Task>,
    /// Known once prepared.
    pub split: Option<SplitSizes>,
    /// Class names, classification only, once prepared.
    pub labels: Option<Vec<String>>,
    /// Rows without a target and other notes of the preparation.
    pub notes: Vec<String>,
    /// What was asked for. In a distillation the seed is that of initial weights,
    /// row order and dropout; the split is the teacher's.
    pub config: TrainingConfig,
    /// In a distillation, what it is there for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RunRole>,
    /// Where it stands.
    pub status: RunStatus,
    /// The last epoch told, 0 before the first.
    pub epoch: u32,
    /// Once ended well.
    pub outcome: Option<TrialOutcome>,
    /// How fast it answers, once that was measured.
    #[serde(default)]
    pub speed: Option<InferenceSpeed>,
    /// Once failed or diverged.
    pub error: Option<AppError>,
    /// When it was asked for.
    pub created_at: TimestampMillis,
    /// When training began.
    pub started_at: Option<TimestampMillis>,
    /// When it ended.
    pub finished_at: Option<TimestampMillis>,
}

impl Run {
    /// Bytes of the platform's own artefact format, or of the weights where
    /// there is none.
    pub fn artifact_bytes(&self) -> Option<f64> {
        let artifacts = &self.outcome.as_ref()?.artifacts;
        artifacts
            .iter()
            .find(|a| matches!(a.kind, ArtifactKind::Torchscript | ArtifactKind::SavedModel))
            .or_else(|| artifacts.iter().find(|a| a.kind == ArtifactKind::Weights))
            .map(|a| a.bytes)
    }
}
