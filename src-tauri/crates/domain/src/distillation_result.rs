//! What came of a distillation, as stored with its job and as shown.

use crate::{
    CompressedFormat, Distillation, InferenceSpeed, Interval, JobId, Metric, MetricSet, Platform, RunId,
};
use serde::{Deserialize, Serialize};
use specta::Type;
use std::collections::BTreeMap;

/// Most rows that are listed on which student and teacher disagree.
pub const MAX_DISAGREEMENTS: usize = 1_000;

/// One figure over the seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SeedFigure {
    /// Arithmetic mean over the seeds.
    pub mean: f64,
    /// Sample standard deviation; absent with one seed.
    pub sd: Option<f64>,
    /// One a seed, in the order of the runs.
    pub by_seed: Vec<f64>,
}

/// Networks of one role on one platform, one a seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct NetworkFigures {
    /// Runs that succeeded, one a seed, by seed; for an ensemble one a member.
    pub run_ids: Vec<RunId>,
    /// Their platforms, one a run.
    pub platforms: Vec<Platform>,
    /// As people call it: the run's name, or what it stands for.
    pub name: String,
    /// Units of each hidden layer, input side first; the first run's.
    pub hidden_layers: Vec<u32>,
    /// Weights and biases of one network; of all members for an ensemble.
    pub parameter_count: f64,
    /// Bytes of `weights.safetensors`; of all members for an ensemble. Sizes are
    /// compared by it, since it is the same format on both platforms.
    pub weights_bytes: f64,
    /// Bytes of the platform's own format.
    pub artifact_bytes: Option<f64>,
    /// On validation rows, over the seeds; an ensemble's are of its mean.
    pub validation: BTreeMap<Metric, SeedFigure>,
    /// On test rows, over the seeds; an ensemble's are of its mean.
    pub test: BTreeMap<Metric, SeedFigure>,
    /// Seconds of training, mean over the seeds.
    pub train_seconds: f64,
    /// How fast it answers, once measured.
    pub speed: Option<InferenceSpeed>,
}

/// How alike the predictions of student and teacher are on test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Agreement {
    /// Percent of rows with the same predicted class; classification only.
    pub same_percent: Option<SeedFigure>,
    /// Mean over rows of `KL(teacher ‖ student)` at temperature 1, nats;
    /// classification only.
    pub mean_kl: Option<SeedFigure>,
    /// Root mean squared difference of the predictions, in the target's units;
    /// regression only.
    pub rms_difference: Option<SeedFigure>,
}

/// What distilling changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DistillationDelta {
    /// Percent by which the student's weights are smaller than the teacher's;
    /// below 0 where they are larger.
    pub size_reduction_percent: f64,
    /// How many times the student's size goes into the teacher's.
    pub size_ratio: f64,
    /// The student's figure minus the teacher's, over the seeds, in the metric's
    /// own direction and unit (share of rows, or the target's unit).
    pub metric_change: SeedFigure,
    /// The same as `metric_change`, for the control.
    pub control_change: Option<SeedFigure>,
    /// The student's figure minus the control's, paired by seed, turned so that
    /// above 0 is better, with its 95 % interval (Student's t of few pairs).
    /// Absent without a control, or with one seed.
    pub gain_over_control: Option<Interval>,
    /// Sample standard deviation of the paired gains.
    pub gain_sd: Option<f64>,
    /// Paired gains, one a seed, turned so that above 0 is better.
    pub gains_by_seed: Vec<f64>,
    /// How many times as fast as the teacher the student answers at batch 1,
    /// once measured.
    pub speedup_batch1: Option<f64>,
    /// With the teacher.
    pub agreement: Agreement,
}

/// A test row on which student and teacher predict different classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Disagreement {
    /// Row of the dataset, from 0.
    pub row: u32,
    /// True class, an index into the labels.
    pub truth: u32,
    /// What the teacher says.
    pub teacher: u32,
    /// What the student of the first seed says.
    pub student: u32,
}

/// The first seed's student in fewer bits, judged as it is itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct CompressedStudent {
    /// How its weights are stored.
    pub format: CompressedFormat,
    /// Bytes of the file.
    pub weights_bytes: f64,
    /// On validation rows.
    pub validation: MetricSet,
    /// On test rows.
    pub test: MetricSet,
    /// Its figure on test rows minus the student's, in the metric's own direction
    /// and unit; absent where it has none.
    pub metric_change: Option<f64>,
    /// True where it loses more than was allowed; its file is not kept.
    pub is_refused: bool,
}

/// Whether the teacher did anything, by the paired gain over the control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DistillationVerdict {
    /// The interval of the gain lies above 0.
    Pays,
    /// The interval holds 0.
    NoClearDifference,
    /// The interval lies below 0.
    Costs,
    /// There is no control, or too few seeds to tell.
    Unknown,
}

/// Teacher, student and control of one platform side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct StudentComparison {
    /// Of students and controls.
    pub platform: Platform,
    /// Of the soft loss.
    pub distillation: Distillation,
    /// Distilled.
    pub student: NetworkFigures,
    /// Trained alone.
    pub control: Option<NetworkFigures>,
    /// What changed.
    pub delta: DistillationDelta,
    /// Rows of the test part on which the first seed's student and the teacher
    /// disagree, at most [`MAX_DISAGREEMENTS`], by row; classification only.
    pub disagreements: Vec<Disagreement>,
    /// How many there are.
    pub n_disagreements: u32,
    /// `confusion[teacher][student]`, rows of the test part, by the first seed's
    /// student; classification only.
    pub confusion: Option<Vec<Vec<u32>>>,
    /// Whether the teacher did anything.
    pub verdict: DistillationVerdict,
    /// The answer in a sentence or two.
    pub sentence: String,
    /// Seeds whose student or control has no figures (diverged), if any.
    pub seeds_left_out: Vec<u32>,
    /// The first seed's student in fewer bits, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compressed: Vec<CompressedStudent>,
}

/// What a person should know, and what forbids nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DistillationWarning {
    /// The student has at least as many weights as its teacher.
    StudentNotSmaller {
        /// Weights and biases of the student.
        student: f64,
        /// Weights and biases of the teacher.
        teacher: f64,
    },
    /// With one seed no interval can be given.
    OneSeed,
    /// Some students or controls diverged.
    SomeDiverged {
        /// Of this platform.
        platform: Platform,
        /// How many.
        count: u32,
    },
}

/// One student of a search, with its control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct StudentCandidate {
    /// From 1; the same on both platforms.
    pub number: u32,
    /// Of student and control.
    pub platform: Platform,
    /// Distilled, or trained alone.
    pub is_control: bool,
    /// Units of each hidden layer.
    pub hidden_layers: Vec<u32>,
    /// Of the soft loss; of a control, that of the student beside it.
    pub distillation: Distillation,
    /// Weights and biases.
    pub parameter_count: u32,
    /// Bytes of its weights' file.
    pub weights_bytes: f64,
    /// On validation rows, at the epoch that counts; empty where it diverged.
    pub validation: MetricSet,
    /// The epoch that counts, from 1.
    pub best_epoch: u32,
    /// Its share of the seconds of its group's steps.
    pub train_seconds: f64,
    /// Median of a row at batch 1, microseconds, once measured.
    pub latency_us: Option<f64>,
    /// True where no other student is both smaller and better.
    pub on_front: bool,
    /// True where the front bends.
    pub is_knee: bool,
    /// True where it keeps to the budget.
    pub is_within_budget: bool,
    /// True for the one that the experiment was made with.
    pub is_chosen: bool,
}

/// A search for the student.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct StudentSearch {
    /// Judged by this on validation rows.
    pub metric: Metric,
    /// The teacher's figure on the same rows.
    pub teacher: Option<f64>,
    /// Students and controls, by number, platform, student first.
    pub candidates: Vec<StudentCandidate>,
    /// Seconds that training them took, from the first to the last.
    pub elapsed_secs: f64,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DistillationResult {
    /// The job.
    pub job_id: JobId,
    /// Judged by accuracy, or by RMSE for a regression.
    pub metric: Metric,
    /// Class names, classification only.
    pub labels: Option<Vec<String>>,
    /// The teacher; its figures have one entry.
    pub teacher: NetworkFigures,
    /// One a platform of the students.
    pub students: Vec<StudentComparison>,
    /// Rows with a target that were trained on.
    pub n_train_rows: u32,
    /// Rows with the teacher's outputs alone.
    pub n_transfer_rows: u32,
    /// Where shapes were searched.
    pub search: Option<StudentSearch>,
    /// What a person should know.
    pub warnings: Vec<DistillationWarning>,
}

/// What a distillation is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum DistillationPhase {
    /// Waits, prepares data.
    #[default]
    Preparing,
    /// Trains the teacher.
    TrainingTeacher,
    /// Computes the teacher's outputs.
    AskingTeacher,
    /// Tries the shapes of the student space.
    Searching,
    /// Trains students and controls.
    Training,
    /// Compares them.
    Comparing,
    /// Has an answer.
    Done,
}

/// A distillation at a glance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct DistillationSnapshot {
    /// The job.
    pub job_id: JobId,
    /// What it is doing, or was doing when it ended.
    pub phase: DistillationPhase,
    /// Once its outputs are there.
    pub teacher: Option<NetworkFigures>,
    /// Known so far.
    pub warnings: Vec<DistillationWarning>,
    /// Shapes tried so far.
    pub search: Option<StudentSearch>,
    /// Once it has ended well.
    pub result: Option<DistillationResult>,
}
