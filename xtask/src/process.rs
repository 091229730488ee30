//! Steps: child processes with a title, their time and a clear line when they
//! fail.

use anyhow::{Context, Result, bail};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs `command` with our own terminal, between a line that names the step
/// and one that says how long it took. Stops with one line if it fails.
pub fn step(title: &str, command: &mut Command) -> Result<()> {
    timed(title, || {
        let program = command.get_program().to_string_lossy().into_owned();
        let status = command.status().with_context(|| format!("{title}: cannot start {program}"))?;
        if !status.success() {
            bail!("{title} failed ({status})");
        }
        Ok(())
    })
}

/// As [`step`], for work done in this process.
pub fn timed<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("▸ {title}");
    let start = Instant::now();
    let value = work()?;
    eprintln!("  {title}: {:.1} s", start.elapsed().as_secs_f64());
    Ok(value)
}

/// Standard output of a program that must succeed, trimmed; `None` where it is
/// missing or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
