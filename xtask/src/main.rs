//! The commands a person types to build, check, run and measure Retort. They
//! stand behind the scripts in `package.json`; `cargo xtask COMMAND` is the
//! same. This crate builds in seconds, as everything else waits for it: it
//! links no framework, no window and no table reader.

mod arrows;
mod bench;
mod check;
mod layout;
mod packs;
mod process;
mod run;
mod setup;
mod tools;

use clap::{Parser, Subcommand};
use layout::Layout;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Set up, run, check and measure Retort")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fetch whatever is missing: system packages, npm packages, runtimes
    Setup,
    /// Build and open the app
    Start,
    /// Open the app with the window reloading as its sources change
    Dev,
    /// Set up, check and test everything, cheapest first
    Test,
    /// Formatting, lints, types, bindings and crate dependencies
    Check,
    /// Drive the real window under a virtual display
    E2e,
    /// Write the bindings that the window calls the core through
    Bindings,
    /// Build the window's files into dist/
    BuildUi,
    /// Measure against Python's PyTorch and TensorFlow
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = Layout::find().and_then(|layout| match arguments.command {
        Command::Setup => setup::run(&layout),
        Command::Start => run::start(&layout),
        Command::Dev => run::dev(&layout),
        Command::Test => run::test(&layout),
        Command::Check => run::check(&layout),
        Command::E2e => run::e2e(&layout),
        Command::Bindings => run::bindings(&layout),
        Command::BuildUi => run::build_ui(&layout),
        Command::Bench(options) => bench::run(&layout, &options),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
