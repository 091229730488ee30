//! What may be typed.

mod dataset;

pub use dataset::DatasetCommand;

use clap::{Args, Parser, Subcommand, ValueEnum};
use retort_domain::{
    ArtifactKind, DistillationSpec, Metric, Platform, PrunerKind, Resampling, SamplerKind, SweepSpec,
};
use std::path::PathBuf;

/// Train the same network in PyTorch and in TensorFlow on the same rows.
#[derive(Debug, Parser)]
#[command(name = "retort", version, about, propagate_version = true, max_term_width = 100)]
pub struct Arguments {
    /// Folder that holds datasets, jobs and runs [default: the app's own]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try each framework and say what is missing
    Doctor,
    /// Import and look at tables
    #[command(subcommand)]
    Dataset(DatasetCommand),
    /// Train a network and wait for it
    Train(TrainArguments),
    /// Try many configurations, and name the best
    Sweep(SweepArguments),
    /// Teach a small network what a large one knows, and see what that was worth
    Distill(DistillArguments),
    /// Look at what was asked for, cancel it, go on with it
    #[command(subcommand)]
    Job(JobCommand),
    /// Look at trained networks
    #[command(subcommand)]
    Run(RunCommand),
    /// Apply a trained network to the rows of a file
    Predict(PredictArguments),
}

#[derive(Debug, Args)]
pub struct TrainArguments {
    /// Id, name, or a file, which is imported first
    pub dataset: String,
    /// Column to predict
    #[arg(long, value_name = "COL")]
    pub target: String,
    #[arg(long, value_enum, default_value_t = PlatformChoice::Both)]
    pub platform: PlatformChoice,
    #[command(flatten)]
    pub settings: SettingArguments,
}

/// Settings of a network and its training.
#[derive(Debug, Args)]
pub struct SettingArguments {
    /// JSON object of settings
    #[arg(long, value_name = "FILE.json")]
    pub config: Option<PathBuf>,
    /// One setting, as JSON or a plain word; outweighs --config
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub set: Vec<(String, String)>,
    /// Fixes split, initial weights, row order and dropout
    #[arg(long)]
    pub seed: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlatformChoice {
    Pytorch,
    Tensorflow,
    Both,
}

impl PlatformChoice {
    pub fn platforms(self) -> Vec<Platform> {
        match self {
            Self::Pytorch => vec![Platform::Pytorch],
            Self::Tensorflow => vec![Platform::Tensorflow],
            Self::Both => Platform::ALL.to_vec(),
        }
    }
}

#[derive(Debug, Args)]
pub struct SweepArguments {
    /// Id, name, or a file, which is imported first
    pub dataset: String,
    /// Column to predict
    #[arg(long, value_name = "COL")]
    pub target: String,
    #[arg(long, value_enum, default_value_t = PlatformChoice::Both)]
    pub platform: PlatformChoice,
    /// JSON object that says what may vary, as {"learning_rate": {"float": [0.0001, 0.03], "log": true}}
    #[arg(long, value_name = "FILE.json")]
    pub space: PathBuf,
    #[arg(long, value_enum, default_value_t = SamplerChoice::Sobol)]
    pub sampler: SamplerChoice,
    #[arg(long, value_enum, default_value_t = PrunerChoice::None)]
    pub pruner: PrunerChoice,
    /// Configurations to try, on each platform
    #[arg(long, default_value_t = 64)]
    pub trials: u32,
    /// Metric on validation rows that decides [default: log_loss, or rmse for a regression]
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    pub objective: Option<Metric>,
    /// Judge by the last epoch of each trial instead of its best
    #[arg(long)]
    pub last_epoch: bool,
    /// Judge each configuration on so many folds, each held out in turn, by the mean over them
    #[arg(long, value_name = "K", conflicts_with = "repeats")]
    pub folds: Option<u32>,
    /// Judge each configuration on so many independent holdouts, by the mean over them
    #[arg(long, value_name = "N")]
    pub repeats: Option<u32>,
    /// Repeat so many of the best with other seeds, and name the winner by the mean
    #[arg(long, value_name = "N", requires = "confirm_seeds")]
    pub confirm_top: Option<u32>,
    /// Seeds that each of the best is repeated with
    #[arg(long, value_name = "N", requires = "confirm_top")]
    pub confirm_seeds: Option<u32>,
    /// Stop once so many trials have failed in a row
    #[arg(long, value_name = "N", default_value_t = SweepSpec::DEFAULT_FAILURE_CAP)]
    pub failure_cap: u32,
    /// Trials that train together, at most; for measurements
    #[arg(long, hide = true)]
    pub max_group_size: Option<u32>,
    /// Show the best trials so far while it runs, on a terminal
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub settings: SettingArguments,
}

impl SweepArguments {
    pub fn resampling(&self) -> Resampling {
        match (self.folds, self.repeats) {
            (Some(folds), _) => Resampling::KFold { folds },
            (None, Some(repeats)) => Resampling::RepeatedHoldout { repeats },
            (None, None) => Resampling::Holdout,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SamplerChoice {
    Grid,
    Random,
    Sobol,
    Tpe,
}

impl SamplerChoice {
    pub fn kind(self) -> SamplerKind {
        match self {
            Self::Grid => SamplerKind::Grid,
            Self::Random => SamplerKind::Random,
            Self::Sobol => SamplerKind::Sobol,
            Self::Tpe => SamplerKind::Tpe,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrunerChoice {
    None,
    /// Successive halving; the synchronous relative of ASHA
    #[value(alias = "asha")]
    Halving,
    Hyperband,
    Median,
}

impl PrunerChoice {
    pub fn kind(self) -> PrunerKind {
        match self {
            Self::None => PrunerKind::None,
            Self::Halving => PrunerKind::Halving,
            Self::Hyperband => PrunerKind::Hyperband,
            Self::Median => PrunerKind::Median,
        }
    }
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("teachers").required(true)
    .args(["teacher", "best_of", "train_teacher_on"]))]
pub struct DistillArguments {
    /// Run to learn from: its id, or the start of one; several, separated by commas, teach together
    #[arg(long, value_name = "RUN[,RUN…]", value_delimiter = ',')]
    pub teacher: Vec<String>,
    /// Learn from the best of a sweep: the id of its job, or the start of one
    #[arg(long, value_name = "JOB")]
    pub best_of: Option<String>,
    /// Train a large network on this dataset first, and learn from it
    #[arg(long, value_name = "DATASET", requires = "target")]
    pub train_teacher_on: Option<String>,
    /// Column to predict, for a teacher that is trained first
    #[arg(long, value_name = "COL", requires = "train_teacher_on")]
    pub target: Option<String>,
    /// JSON object of settings of a teacher that is trained first
    #[arg(long, value_name = "FILE.json", requires = "train_teacher_on")]
    pub teacher_config: Option<PathBuf>,
    /// Platforms of the students
    #[arg(long, value_enum, default_value_t = PlatformChoice::Both)]
    pub platform: PlatformChoice,
    /// Softens the teacher's probabilities, above 0
    #[arg(long, default_value_t = DistillationSpec::DEFAULT_TEMPERATURE, allow_negative_numbers = true)]
    pub temperature: f64,
    /// Weight of the teacher's word against the labels', 0 to 1
    #[arg(long, default_value_t = DistillationSpec::DEFAULT_ALPHA, allow_negative_numbers = true)]
    pub alpha: f64,
    /// hinton, decoupled[:BETA], logit_matching, mse or teacher_bounded[:MARGIN] [default: hinton, or mse]
    #[arg(long, value_parser = loss)]
    pub loss: Option<LossChoice>,
    /// Students and controls, each with another seed
    #[arg(long, default_value_t = DistillationSpec::DEFAULT_SEEDS)]
    pub seeds: u32,
    /// Further rows to learn on: none, unlabelled, synthetic:N or mix-up:N
    #[arg(long, default_value = "none", value_parser = transfer)]
    pub transfer: TransferChoice,
    /// Train no control
    #[arg(long)]
    pub no_control: bool,
    /// JSON object of students to try, as {"hidden_layers": [[16], [32], [64, 64]], "temperature": [1, 4]}
    #[arg(long, value_name = "FILE.json")]
    pub student_space: Option<PathBuf>,
    /// Largest size of the student's weights, bytes
    #[arg(long, value_name = "N")]
    pub budget_bytes: Option<f64>,
    /// Longest time for a row of the student, microseconds
    #[arg(long, value_name = "MICROSECONDS")]
    pub budget_latency: Option<f64>,
    /// Most points of validation accuracy that a student may lose, or percent of RMSE
    #[arg(long, value_name = "POINTS")]
    pub budget_points: Option<f64>,
    /// Store the first student in half precision and in eight bits too, unless it loses more points
    #[arg(long, value_name = "POINTS", num_args = 0..=1, default_missing_value = "1")]
    pub compress: Option<f64>,
    #[command(flatten)]
    pub settings: SettingArguments,
}

/// What a student's loss asks of it beside the labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LossChoice {
    Hinton,
    Decoupled(Option<f64>),
    LogitMatching,
    Mse,
    TeacherBounded(Option<f64>),
}

fn loss(text: &str) -> Result<LossChoice, String> {
    let (name, number) = match text.split_once(':') {
        Some((name, number)) => (name, Some(number.parse().map_err(|_| format!("{number} is no number"))?)),
        None => (text, None),
    };
    match (name, number) {
        ("hinton", None) => Ok(LossChoice::Hinton),
        ("decoupled", beta) => Ok(LossChoice::Decoupled(beta)),
        ("logit_matching", None) => Ok(LossChoice::LogitMatching),
        ("mse", None) => Ok(LossChoice::Mse),
        ("teacher_bounded", margin) => Ok(LossChoice::TeacherBounded(margin)),
        _ => {
            Err("losses are hinton, decoupled[:BETA], logit_matching, mse and teacher_bounded[:MARGIN]"
                .into())
        }
    }
}

/// Rows with the teacher's outputs alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferChoice {
    None,
    Unlabelled,
    Synthetic(u32),
    MixUp(u32),
}

fn transfer(text: &str) -> Result<TransferChoice, String> {
    let rows = |n: &str| n.parse().map_err(|_| format!("{n} is no number of rows"));
    match text.split_once(':') {
        None if text == "none" => Ok(TransferChoice::None),
        None if text == "unlabelled" => Ok(TransferChoice::Unlabelled),
        Some(("synthetic", n)) => rows(n).map(TransferChoice::Synthetic),
        Some(("mix-up", n)) => rows(n).map(TransferChoice::MixUp),
        Some(_) | None => Err("transfer sets are none, unlabelled, synthetic:N and mix-up:N".into()),
    }
}

fn metric(text: &str) -> Result<Metric, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| "metrics are accuracy, macro_f1, log_loss, roc_auc, rmse, mae and r2".to_owned())
}

#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// All jobs, newest first
    List,
    /// A job with its runs
    Show {
        /// Id, or the start of one
        job: String,
    },
    /// What happened, in order
    Events {
        /// Id, or the start of one
        job: String,
        /// Only events after this number
        #[arg(long, default_value_t = 0)]
        after: u32,
    },
    /// Stop a job, whichever process runs it
    Cancel {
        /// Id, or the start of one
        job: String,
    },
    /// Let a sweep rest, whichever process runs it
    Pause {
        /// Id, or the start of one
        job: String,
    },
    /// Add configurations to a sweep that has ended or rests, and wait for it
    Extend {
        /// Id, or the start of one
        job: String,
        /// How many more
        #[arg(long)]
        trials: u32,
    },
    /// Put a sweep's failed trials back into the queue, and wait for it
    Retry {
        /// Id, or the start of one
        job: String,
    },
    /// Go on with a paused sweep, or a job whose process has ended, and wait for it
    Resume {
        /// Id, or the start of one
        job: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum RunCommand {
    /// All runs, newest first
    List,
    /// A run's settings and figures
    Show {
        /// Id, or the start of one
        run: String,
    },
    /// Measure how fast networks answer, in turn, and keep the figures
    Measure {
        /// Ids, or the starts of some
        #[arg(required = true)]
        runs: Vec<String>,
    },
    /// Copy what a run left behind
    Export {
        /// Id, or the start of one
        run: String,
        /// One file, or all of them into a folder
        #[arg(long, value_enum, default_value_t = Format::All)]
        format: Format,
        /// Where nothing lies yet
        #[arg(short, long, value_name = "PATH")]
        output: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Everything, into a folder
    All,
    /// weights.safetensors
    Safetensors,
    /// model.json
    Description,
    /// weights.float16.safetensors, of a compressed student
    Float16,
    /// weights.int8.safetensors, of a compressed student
    Int8,
    /// model.pt, PyTorch runs
    Torchscript,
    /// saved_model, TensorFlow runs
    SavedModel,
}

impl Format {
    /// None means all.
    pub fn kind(self) -> Option<ArtifactKind> {
        match self {
            Self::All => None,
            Self::Safetensors => Some(ArtifactKind::Weights),
            Self::Description => Some(ArtifactKind::Description),
            Self::Float16 => Some(ArtifactKind::Float16),
            Self::Int8 => Some(ArtifactKind::Int8),
            Self::Torchscript => Some(ArtifactKind::Torchscript),
            Self::SavedModel => Some(ArtifactKind::SavedModel),
        }
    }
}

#[derive(Debug, Args)]
pub struct PredictArguments {
    /// Id of a run, or the start of one
    pub run: String,
    /// Rows with the columns that the network learned from
    pub file: PathBuf,
    #[arg(short, long, value_name = "OUT.csv")]
    pub output: PathBuf,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        Some(_) | None => Err("it has to read KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }
}
