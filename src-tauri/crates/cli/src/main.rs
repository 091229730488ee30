//! `retort`: the engine without a window, for scripts, servers and tests.
//!
//! Results go to stdout, with `--json` as one document and nothing else there;
//! progress goes to stderr. Exit status 0, or 1 with one line on stderr that
//! says what went wrong and what to do, or 2 for usage.

mod arguments;
mod datasets;
mod distill;
mod doctor;
mod failure;
mod jobs;
mod output;
mod progress;
mod registry;
mod runs;
mod settings;
mod sweep;
mod train;
mod work;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::Failure;
use output::Output;
use retort_engine::{Engine, EngineOptions};
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("RETORT_LOG").unwrap_or_else(|_| "off".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&Failure::Start(error)),
    };
    let result = runtime.block_on(run(arguments));
    // A file that is still being read is not waited for.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure::report(&failure),
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = Output { json: arguments.json };
    // What can be refused without touching the data folder is.
    let training = match &arguments.command {
        Command::Train(train) => Some(settings::training_config(&train.settings)?),
        Command::Sweep(sweep) => Some(settings::training_config(&sweep.settings)?),
        Command::Distill(distill) => {
            distill::check(distill)?;
            Some(settings::training_config(&distill.settings)?)
        }
        _ => None,
    };
    let max_group_size = match &arguments.command {
        Command::Sweep(sweep) => sweep.max_group_size,
        _ => None,
    };
    let engine = Engine::open(EngineOptions {
        max_group_size,
        data_dir: data_dir(arguments.data_dir),
        resume_interrupted: training.is_some(),
        ..EngineOptions::default()
    })
    .await?;
    let result = match (arguments.command, training) {
        (Command::Train(train), Some(config)) => train::run(&engine, output, train, config).await,
        (Command::Sweep(sweep), Some(config)) => sweep::run(&engine, output, sweep, config).await,
        (Command::Distill(distill), Some(config)) => distill::run(&engine, output, distill, config).await,
        (Command::Train(_) | Command::Sweep(_) | Command::Distill(_), None) => Ok(()),
        (Command::Doctor, _) => doctor::run(&engine, output).await,
        (Command::Dataset(command), _) => datasets::run(&engine, output, command).await,
        (Command::Job(command), _) => jobs::run(&engine, output, command).await,
        (Command::Run(command), _) => runs::run(&engine, output, command).await,
        (Command::Predict(predict), _) => runs::predict(&engine, output, predict).await,
    };
    engine.shutdown().await;
    result
}

fn data_dir(given: Option<PathBuf>) -> PathBuf {
    let from_variable = || std::env::var_os("RETORT_DATA_DIR").filter(|v| !v.is_empty()).map(PathBuf::from);
    given.or_else(from_variable).unwrap_or_else(Engine::default_data_dir)
}
