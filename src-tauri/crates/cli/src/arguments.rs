//! What may be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use retort_domain::{ArtifactKind, Platform};
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
    /// Look at what was asked for, cancel it, go on with it
    #[command(subcommand)]
    Job(JobCommand),
    /// Look at trained networks
    #[command(subcommand)]
    Run(RunCommand),
    /// Apply a trained network to the rows of a file
    Predict(PredictArguments),
}

#[derive(Debug, Subcommand)]
pub enum DatasetCommand {
    /// Import a CSV, TSV or Excel file
    Add {
        file: PathBuf,
        /// Name of the dataset [default: the file's]
        #[arg(long)]
        name: Option<String>,
        /// Sheet of a workbook [default: the first that holds anything]
        #[arg(long)]
        sheet: Option<String>,
    },
    /// All datasets
    List,
    /// A dataset's columns and their figures
    Show {
        /// Id, the start of one, or name
        dataset: String,
    },
    /// Some rows
    Rows {
        /// Id, the start of one, or name
        dataset: String,
        /// Index of the first row
        #[arg(long, default_value_t = 0)]
        offset: u32,
        /// Most rows to print, at most 1000
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// Write the table as CSV
    Export {
        /// Id, the start of one, or name
        dataset: String,
        #[arg(short, long, value_name = "FILE.csv")]
        output: PathBuf,
    },
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
    /// Go on with a job whose process has ended, and wait for it
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
