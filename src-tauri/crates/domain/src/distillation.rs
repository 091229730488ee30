//! Distillation: a small network, the student, learns from the outputs of a
//! large one, the teacher. Beside each student a control is trained, the same
//! network without a teacher, since nothing else tells whether the teacher did
//! anything. Here is what is asked for; what came of it is in
//! [`crate::distillation_result`].

use crate::{DatasetId, JobId, Platform, RunId, TrainingConfig};
use serde::{Deserialize, Serialize};
use specta::Type;

/// Largest temperature; beyond it softened probabilities are all alike.
pub const MAX_TEMPERATURE: f64 = 1_000.0;
/// Most seeds of one experiment.
pub const MAX_DISTILLATION_SEEDS: u32 = 20;
/// Most synthetic rows.
pub const MAX_SYNTHETIC_ROWS: u32 = 10_000_000;
/// Most runs whose outputs are averaged.
pub const MAX_TEACHERS: usize = 50;
/// Most candidates of a student search, of one platform.
pub const MAX_STUDENT_CANDIDATES: usize = 1_000;

/// Whose outputs the student learns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Teacher {
    /// Runs that succeeded, of either platform. Several are an ensemble: the
    /// mean of their probabilities, or of their predicted numbers.
    Runs {
        /// At least one, at most [`MAX_TEACHERS`], none twice; all of one split.
        run_ids: Vec<RunId>,
    },
    /// The run that a sweep made of its best trial.
    BestOfSweep {
        /// The sweep.
        job_id: JobId,
        /// Of this platform; none means the better of both by the objective.
        platform: Option<Platform>,
    },
    /// A run that this job trains first, on the first of its platforms.
    Train {
        /// Of the teacher; none means a large network with settings that suit
        /// most tables, and the split of the student's configuration.
        config: Option<Box<TrainingConfig>>,
    },
}

/// What the student's loss asks of it beside the labels. All are weighed
/// against the loss on the labels by alpha: `(1 - α) · hard + α · soft`, the
/// mean over the rows of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DistillationLoss {
    /// Classification: `T² · KL(softmax(t/T) ‖ softmax(s/T))` (Hinton, Vinyals
    /// and Dean 2015, arXiv 1503.02531).
    Hinton,
    /// Classification: `T² · (TCKD + β · NCKD)`, the same divergence cut into the
    /// part about the right class and the part about the others (Zhao et al.
    /// 2022, arXiv 2203.08679).
    Decoupled {
        /// Weight of what is said about the other classes, 0 to 1,000.
        beta: f64,
    },
    /// Classification: mean squared error of the logits, each row's mean taken
    /// off (Ba and Caruana 2014, arXiv 1312.6184). Knows no temperature.
    LogitMatching,
    /// Regression: squared error to the teacher's prediction.
    Mse,
    /// Regression: squared error to the target, but only of rows on which the
    /// student is not better than the teacher by the margin (Chen et al. 2017,
    /// "Learning efficient object detection models with knowledge distillation").
    TeacherBounded {
        /// In squared standard deviations of the target, 0 to 1,000.
        margin: f64,
    },
}

impl DistillationLoss {
    /// True for the losses of classifications.
    pub fn is_for_classes(self) -> bool {
        match self {
            Self::Hinton | Self::Decoupled { .. } | Self::LogitMatching => true,
            Self::Mse | Self::TeacherBounded { .. } => false,
        }
    }

    /// True where the temperature makes a difference.
    pub fn has_temperature(self) -> bool {
        match self {
            Self::Hinton | Self::Decoupled { .. } => true,
            Self::LogitMatching | Self::Mse | Self::TeacherBounded { .. } => false,
        }
    }
}

/// The soft part of one student's loss and its weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
pub struct Distillation {
    /// Which soft loss.
    pub loss: DistillationLoss,
    /// Weight of the soft loss, 0 to 1; the labels' weight is what is missing to 1.
    /// Rows without a label count as if it were 1.
    pub alpha: f64,
    /// Logits are divided by it, above 0 and at most [`MAX_TEMPERATURE`].
    pub temperature: f64,
}

/// How synthetic rows are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SyntheticMethod {
    /// A training row with a block of neighbouring columns taken from another;
    /// what one source column was made into stays together.
    Resample,
    /// A weighted mean of two training rows (Zhang et al. 2018, arXiv 1710.09412).
    MixUp,
}

/// Rows on which the student learns the teacher's outputs alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Transfer {
    /// None: the training rows are all there is.
    None,
    /// The dataset's rows without a value of the target.
    Unlabelled,
    /// Rows made from training rows.
    Synthetic {
        /// How many, at least 1.
        rows: u32,
        /// How.
        method: SyntheticMethod,
    },
}

/// What a student may cost. All that are given must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// Size of the weights' file, bytes.
    pub max_bytes: Option<f64>,
    /// Median time of a row at batch 1, microseconds.
    pub max_latency_us: Option<f64>,
    /// Percentage points of accuracy below the teacher on validation rows; for
    /// regression, percent of the teacher's RMSE above it.
    pub max_points_lost: Option<f64>,
}

impl Budget {
    /// True where nothing is limited.
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }
}

/// Weights of fewer bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum CompressedFormat {
    /// Half precision.
    Float16,
    /// Whole numbers of eight bits, with one factor for each unit's weights;
    /// what is no matrix keeps single precision.
    Int8,
}

impl CompressedFormat {
    /// Both, in the order in which they are shown.
    pub const ALL: [CompressedFormat; 2] = [CompressedFormat::Float16, CompressedFormat::Int8];
}

/// Store the first seed's student in fewer bits too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct Compression {
    /// Refused where it loses more than this: percentage points of accuracy, or
    /// percent of RMSE, on validation rows, or on test rows where there are none.
    pub max_points_lost: f64,
}

/// Students to try: every combination of the lists. Lists left out stand for
/// the experiment's own value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(default, deny_unknown_fields)]
pub struct StudentSpace {
    /// Hidden layers of each shape.
    pub hidden_layers: Vec<Vec<u32>>,
    /// Temperatures.
    pub temperature: Vec<f64>,
    /// Weights of the soft loss.
    pub alpha: Vec<f64>,
}

/// Distil a teacher into a student, on one or both platforms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct DistillationSpec {
    /// The table; the teacher's.
    pub dataset: DatasetId,
    /// The column to predict; the teacher's.
    pub target: String,
    /// Students are trained on each of these; not empty, none twice.
    pub platforms: Vec<Platform>,
    /// Whose outputs are learned.
    pub teacher: Teacher,
    /// Of the student. Its seed is the first of the students' seeds. What decides
    /// split and columns (`test_fraction`, `validation_fraction`, `split`,
    /// `split_column`, `drop_duplicates`, `features`,
    /// `exclude`, `task`) is the teacher's, whatever stands here; it counts only
    /// for a teacher that is trained first without a configuration of its own.
    pub config: TrainingConfig,
    /// What the student's loss asks of it; none means Hinton's, or squared error
    /// for regression.
    pub loss: Option<DistillationLoss>,
    /// Above 0, at most [`MAX_TEMPERATURE`].
    pub temperature: f64,
    /// 0 to 1.
    pub alpha: f64,
    /// Students and controls, each with another seed; 1 to
    /// [`MAX_DISTILLATION_SEEDS`].
    pub seeds: u32,
    /// Further rows to learn on.
    pub transfer: Transfer,
    /// Train the same network without a teacher too. Without it there is no
    /// telling whether the teacher helped.
    pub control: bool,
    /// Shapes to choose the student from, by validation rows; none means the
    /// configuration's.
    pub student_space: Option<StudentSpace>,
    /// What the student may cost.
    pub budget: Budget,
    /// After distillation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
}

impl DistillationSpec {
    /// Where nothing else is asked for.
    pub const DEFAULT_TEMPERATURE: f64 = 2.0;
    /// Where nothing else is asked for.
    pub const DEFAULT_ALPHA: f64 = 0.9;
    /// Fewest seeds whose spread says something.
    pub const DEFAULT_SEEDS: u32 = 3;

    /// The soft part of the students' loss, for a classification or a regression.
    pub fn distillation(&self, is_for_classes: bool) -> Distillation {
        let usual = if is_for_classes { DistillationLoss::Hinton } else { DistillationLoss::Mse };
        Distillation { loss: self.loss.unwrap_or(usual), alpha: self.alpha, temperature: self.temperature }
    }

    /// Checks what needs no data; the first trouble wins.
    pub fn validate(&self) -> Result<(), DistillationError> {
        let spaces = self.student_space.iter();
        let temperatures = spaces.clone().flat_map(|s| &s.temperature);
        for &temperature in std::iter::once(&self.temperature).chain(temperatures) {
            if !(temperature > 0.0 && temperature <= MAX_TEMPERATURE) {
                return Err(DistillationError::Temperature { temperature });
            }
        }
        for &alpha in std::iter::once(&self.alpha).chain(spaces.flat_map(|s| &s.alpha)) {
            if !(0.0..=1.0).contains(&alpha) {
                return Err(DistillationError::Alpha { alpha });
            }
        }
        if !(1..=MAX_DISTILLATION_SEEDS).contains(&self.seeds) {
            return Err(DistillationError::Seeds { seeds: self.seeds });
        }
        match self.loss {
            Some(DistillationLoss::Decoupled { beta: value }) if !(0.0..=1_000.0).contains(&value) => {
                return Err(DistillationError::LossSetting { field: "beta", value });
            }
            Some(DistillationLoss::TeacherBounded { margin: value }) if !(0.0..=1_000.0).contains(&value) => {
                return Err(DistillationError::LossSetting { field: "margin", value });
            }
            Some(_) | None => {}
        }
        if let Transfer::Synthetic { rows, .. } = self.transfer
            && !(1..=MAX_SYNTHETIC_ROWS).contains(&rows)
        {
            return Err(DistillationError::SyntheticRows { rows });
        }
        if let Teacher::Runs { run_ids } = &self.teacher {
            check_teachers(run_ids)?;
        }
        if let Some(space) = &self.student_space {
            let n_candidates = space.n_candidates();
            if n_candidates > MAX_STUDENT_CANDIDATES {
                return Err(DistillationError::StudentSpace { n_candidates });
            }
        }
        for (field, value) in [
            ("max_bytes", self.budget.max_bytes),
            ("max_latency_us", self.budget.max_latency_us),
            ("max_points_lost", self.budget.max_points_lost),
            ("compression", self.compression.map(|compression| compression.max_points_lost)),
        ] {
            if let Some(value) = value
                && !(value.is_finite() && value >= 0.0)
            {
                return Err(DistillationError::Budget { field, value });
            }
        }
        Ok(())
    }
}

impl StudentSpace {
    /// Combinations that the lists make.
    pub fn n_candidates(&self) -> usize {
        self.hidden_layers.len().max(1) * self.temperature.len().max(1) * self.alpha.len().max(1)
    }
}

fn check_teachers(run_ids: &[RunId]) -> Result<(), DistillationError> {
    if run_ids.is_empty() || run_ids.len() > MAX_TEACHERS {
        return Err(DistillationError::Teachers { n_teachers: run_ids.len() });
    }
    match run_ids.iter().enumerate().find(|(i, id)| run_ids[..*i].contains(id)) {
        Some((_, twice)) => Err(DistillationError::TeacherTwice { run_id: twice.clone() }),
        None => Ok(()),
    }
}

/// Why a distillation is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DistillationError {
    /// Not above 0, or so large that nothing is left of the probabilities.
    #[error("temperature is {temperature}; it must be above 0 and at most {MAX_TEMPERATURE}")]
    Temperature {
        /// What was given.
        temperature: f64,
    },
    /// No share.
    #[error("alpha is {alpha}; it must be at least 0 and at most 1")]
    Alpha {
        /// What was given.
        alpha: f64,
    },
    /// None, or too many.
    #[error("seeds is {seeds}; it must be at least 1 and at most {MAX_DISTILLATION_SEEDS}")]
    Seeds {
        /// What was given.
        seeds: u32,
    },
    /// A number of the loss.
    #[error("{field} is {value}; it must be at least 0 and at most 1000")]
    LossSetting {
        /// Its key.
        field: &'static str,
        /// What was given.
        value: f64,
    },
    /// None, or too many.
    #[error("{rows} synthetic rows were asked for; it must be at least 1 and at most {MAX_SYNTHETIC_ROWS}")]
    SyntheticRows {
        /// What was given.
        rows: u32,
    },
    /// None, or too many.
    #[error("{n_teachers} runs are named as teachers; it must be at least 1 and at most {MAX_TEACHERS}")]
    Teachers {
        /// How many.
        n_teachers: usize,
    },
    /// It would count twice in the mean.
    #[error("run {run_id} is named as a teacher twice")]
    TeacherTwice {
        /// Which.
        run_id: RunId,
    },
    /// Too much to search.
    #[error("the student space holds {n_candidates} students; it must hold at most {MAX_STUDENT_CANDIDATES}")]
    StudentSpace {
        /// How many.
        n_candidates: usize,
    },
    /// No limit at all.
    #[error("{field} is {value}; it must be a number that is at least 0")]
    Budget {
        /// Its key.
        field: &'static str,
        /// What was given.
        value: f64,
    },
    /// A loss of the other task.
    #[error("this loss is for a {loss_task}, and {target} is predicted by a {task}")]
    LossOfOtherTask {
        /// The column.
        target: String,
        /// What the loss is for, in words.
        loss_task: &'static str,
        /// What the teacher does, in words.
        task: &'static str,
    },
    /// Not trained, or not to an end.
    #[error("run \"{name}\" cannot teach: {reason}")]
    TeacherNotTrained {
        /// The run's name.
        name: String,
        /// Its state, in words.
        reason: String,
    },
    /// Another table.
    #[error("run \"{name}\" was trained on \"{teacher_dataset}\", not on \"{dataset}\"")]
    OtherDataset {
        /// The run's name.
        name: String,
        /// What it learned from.
        teacher_dataset: String,
        /// What the student would learn from.
        dataset: String,
    },
    /// Another column.
    #[error("run \"{name}\" predicts {teacher_target}, not {target}")]
    OtherTarget {
        /// The run's name.
        name: String,
        /// What it predicts.
        teacher_target: String,
        /// What the student would predict.
        target: String,
    },
    /// Teachers that do not agree on classes.
    #[error("runs \"{first}\" and \"{second}\" tell different classes apart, so their outputs have no mean")]
    OtherClasses {
        /// A run's name.
        first: String,
        /// A run's name.
        second: String,
    },
    /// Teachers that saw other columns.
    #[error("runs \"{first}\" and \"{second}\" learned from different columns")]
    OtherColumns {
        /// A run's name.
        first: String,
        /// A run's name.
        second: String,
    },
    /// Rows that test one train another.
    #[error(
        "runs \"{first}\" and \"{second}\" were trained on different splits, so rows that test one have trained the other"
    )]
    OtherSplit {
        /// A run's name.
        first: String,
        /// A run's name.
        second: String,
    },
    /// Its weights or description are gone.
    #[error("the files of run \"{name}\" are missing or damaged: {reason}")]
    FilesMissing {
        /// The run's name.
        name: String,
        /// What is wrong with them.
        reason: String,
    },
    /// The table no longer gives the matrices that the teacher saw.
    #[error("the dataset no longer gives the rows and columns that run \"{name}\" was trained on")]
    DatasetChanged {
        /// The run's name.
        name: String,
    },
    /// No such run.
    #[error("there is no run {run_id} to learn from")]
    TeacherGone {
        /// Which.
        run_id: RunId,
    },
    /// The sweep has no run yet.
    #[error("sweep {job_id} has made no run of its best trial")]
    SweepWithoutRun {
        /// Which.
        job_id: JobId,
    },
    /// Every row has a target.
    #[error("every row of the dataset has a value of {target}, so there are no rows to transfer on")]
    NothingUnlabelled {
        /// The column.
        target: String,
    },
    /// Students are chosen by validation rows.
    #[error("the teacher's split has no validation rows, by which a student could be chosen")]
    SearchWithoutValidation,
    /// No student keeps to it.
    #[error("none of the {n_candidates} students keeps to the budget")]
    NothingWithinBudget {
        /// How many were tried.
        n_candidates: usize,
    },
}

impl DistillationError {
    /// What to do about it, one line.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Temperature { .. } => "Values from 1 to 10 are usual",
            Self::Alpha { .. } => "0.9 is usual; 1 needs no labels",
            Self::Seeds { .. } => "3 is the fewest that says something about spread",
            Self::LossSetting { .. } => "Leave it out for the usual value",
            Self::SyntheticRows { .. } => "As many as there are training rows is a good start",
            Self::Teachers { .. } | Self::TeacherTwice { .. } => "Name each run once, separated by commas",
            Self::StudentSpace { .. } => "Give fewer shapes, temperatures or alphas",
            Self::Budget { .. } => "Give a number, or leave the limit out",
            Self::LossOfOtherTask { .. } => {
                "Choose hinton, decoupled or logit_matching for classes, mse or teacher_bounded for numbers"
            }
            Self::TeacherNotTrained { .. } | Self::FilesMissing { .. } => {
                "Choose a run that succeeded, or train it again"
            }
            Self::OtherDataset { .. } | Self::OtherTarget { .. } => {
                "Choose a run of the same dataset and target"
            }
            Self::OtherClasses { .. } | Self::OtherColumns { .. } | Self::OtherSplit { .. } => {
                "Train the teachers with the same seed, fractions and columns on both"
            }
            Self::DatasetChanged { .. } => "Train the teacher again on the dataset as it is now",
            Self::TeacherGone { .. } => "Look at the list of runs",
            Self::SweepWithoutRun { .. } => "Wait for the end of the sweep, or choose a run",
            Self::NothingUnlabelled { .. } => "Choose synthetic rows, or none",
            Self::SearchWithoutValidation => "Train the teacher with validation_fraction above 0",
            Self::NothingWithinBudget { .. } => "Raise the budget, or add smaller shapes",
        }
    }
}

impl From<DistillationError> for crate::AppError {
    fn from(error: DistillationError) -> Self {
        use crate::ErrorCode;
        let code = match &error {
            DistillationError::Temperature { .. }
            | DistillationError::Alpha { .. }
            | DistillationError::Seeds { .. }
            | DistillationError::LossSetting { .. }
            | DistillationError::SyntheticRows { .. }
            | DistillationError::Teachers { .. }
            | DistillationError::TeacherTwice { .. }
            | DistillationError::StudentSpace { .. }
            | DistillationError::Budget { .. }
            | DistillationError::LossOfOtherTask { .. }
            | DistillationError::SearchWithoutValidation
            | DistillationError::NothingWithinBudget { .. } => ErrorCode::InvalidConfig,
            DistillationError::OtherDataset { .. }
            | DistillationError::OtherTarget { .. }
            | DistillationError::OtherClasses { .. }
            | DistillationError::OtherColumns { .. }
            | DistillationError::OtherSplit { .. }
            | DistillationError::TeacherNotTrained { .. }
            | DistillationError::DatasetChanged { .. }
            | DistillationError::SweepWithoutRun { .. } => ErrorCode::Conflict,
            DistillationError::NothingUnlabelled { .. } => ErrorCode::UnusableData,
            DistillationError::FilesMissing { .. } | DistillationError::TeacherGone { .. } => {
                ErrorCode::NotFound
            }
        };
        Self::new(code, error.to_string()).with_hint(error.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> DistillationSpec {
        DistillationSpec {
            dataset: "d".into(),
            target: "y".into(),
            platforms: vec![Platform::Pytorch],
            teacher: Teacher::Runs { run_ids: vec!["a".into()] },
            config: TrainingConfig::default(),
            loss: None,
            temperature: DistillationSpec::DEFAULT_TEMPERATURE,
            alpha: DistillationSpec::DEFAULT_ALPHA,
            seeds: DistillationSpec::DEFAULT_SEEDS,
            transfer: Transfer::None,
            control: true,
            student_space: None,
            budget: Budget::default(),
            compression: None,
        }
    }

    #[test]
    fn each_bad_number_is_named_with_what_is_allowed() {
        let space = |space| DistillationSpec { student_space: Some(space), ..spec() };
        let table = [
            ("temperature is 0;", DistillationSpec { temperature: 0.0, ..spec() }),
            ("temperature is -1;", DistillationSpec { temperature: -1.0, ..spec() }),
            ("temperature is 1000000000;", DistillationSpec { temperature: 1e9, ..spec() }),
            ("temperature is NaN;", DistillationSpec { temperature: f64::NAN, ..spec() }),
            ("alpha is 1.5;", DistillationSpec { alpha: 1.5, ..spec() }),
            ("alpha is -0.1;", DistillationSpec { alpha: -0.1, ..spec() }),
            ("seeds is 0;", DistillationSpec { seeds: 0, ..spec() }),
            ("seeds is 21;", DistillationSpec { seeds: 21, ..spec() }),
            ("0 runs are named", DistillationSpec { teacher: Teacher::Runs { run_ids: vec![] }, ..spec() }),
            (
                "run a is named as a teacher twice",
                DistillationSpec {
                    teacher: Teacher::Runs { run_ids: vec!["a".into(), "b".into(), "a".into()] },
                    ..spec()
                },
            ),
            (
                "0 synthetic rows",
                DistillationSpec {
                    transfer: Transfer::Synthetic { rows: 0, method: SyntheticMethod::MixUp },
                    ..spec()
                },
            ),
            (
                "beta is -1;",
                DistillationSpec { loss: Some(DistillationLoss::Decoupled { beta: -1.0 }), ..spec() },
            ),
            (
                "the student space holds 1200 students",
                space(StudentSpace { hidden_layers: vec![vec![8]; 1_200], ..StudentSpace::default() }),
            ),
            (
                "temperature is 0;",
                space(StudentSpace {
                    hidden_layers: vec![vec![8]],
                    temperature: vec![1.0, 0.0],
                    alpha: vec![],
                }),
            ),
        ];
        for (start, spec) in table {
            let message = spec.validate().expect_err(start).to_string();
            assert!(message.starts_with(start), "{message}");
        }
        assert_eq!(spec().validate(), Ok(()));
    }

    #[test]
    fn a_specification_is_read_as_it_is_written() {
        let text = r#"{"kind":"synthetic","rows":500,"method":"mix_up"}"#;
        let transfer: Transfer = serde_json::from_str(text).expect("a transfer set");
        assert_eq!(serde_json::to_string(&transfer).expect("JSON"), text);
        let text = r#"{"kind":"decoupled","beta":4.0}"#;
        let loss: DistillationLoss = serde_json::from_str(text).expect("a loss");
        assert_eq!(serde_json::to_string(&loss).expect("JSON"), text);
    }
}
