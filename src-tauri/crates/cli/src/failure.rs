//! How a command ends that did not do what it was asked.

use retort_domain::AppError;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// Why.
#[derive(Debug)]
pub enum Failure {
    /// As the engine says.
    App(AppError),
    /// Nobody takes the output.
    Output(std::io::Error),
    /// No threads to run on.
    Start(std::io::Error),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

/// One line on stderr; none where the reader of stdout has simply left.
pub fn report(failure: &Failure) -> ExitCode {
    let line = match failure {
        Failure::App(error) => line_of(error),
        Failure::Output(error) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Failure::Output(error) => format!("error: the output cannot be written: {error}"),
        Failure::Start(error) => format!("error: retort cannot start: {error}"),
    };
    // Where stderr is closed too, the status has to say it all.
    let _ = writeln!(std::io::stderr(), "{line}");
    ExitCode::FAILURE
}

fn line_of(error: &AppError) -> String {
    match &error.hint {
        Some(hint) => format!("error: {}; {}", error.message, uncapitalised(hint)),
        None => format!("error: {}", error.message),
    }
}

/// Hints are sentences of their own elsewhere.
fn uncapitalised(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    if chars.clone().next().is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    first.to_lowercase().chain(chars).collect()
}
