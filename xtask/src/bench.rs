//! What is measured, each beside something that a person knows: training
//! speed beside Python's, and how fast the window starts beside an empty one.

mod report;
mod startup;
mod sweep;
mod training;

use crate::layout::Layout;
use anyhow::Result;
use clap::ValueEnum;

/// Options of `npm run bench`.
#[derive(clap::Args)]
pub struct Options {
    /// Measure only this
    #[arg(long)]
    only: Option<Subject>,
    /// How often each contender takes its turn
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    repetitions: u32,
    /// Train only the network of this name
    #[arg(long, value_parser = ["small", "large"])]
    network: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// First paint, memory and the first epoch in the window
    Startup,
    /// Steps a second
    Training,
    /// Trials a minute
    Sweep,
}

/// Measures, prints tables and writes them to `bench-results/`.
pub fn run(layout: &Layout, options: &Options) -> Result<()> {
    let is_wanted = |subject| options.only.is_none_or(|only| only == subject);
    if is_wanted(Subject::Startup) {
        startup::run(layout, options.repetitions)?;
    }
    if is_wanted(Subject::Training) {
        training::run(layout, options)?;
    }
    if is_wanted(Subject::Sweep) {
        sweep::run(layout, options)?;
    }
    Ok(())
}
