//! The Python side: an environment of its own in the user's cache, and the
//! programs in `tests/bench`.

use super::{Network, Peer, Timing};
use crate::layout::Layout;
use crate::process::step;
use crate::tools::Python;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Python in an environment that holds what `requirements.txt` pins; installed
/// when that file changed since.
pub fn ensure_environment(layout: &Layout) -> Result<PathBuf> {
    let requirements = layout.root.join("tests/bench/requirements.txt");
    let wanted =
        fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let environment = layout.cache.join("bench-venv");
    let stamp = environment.join("retort-requirements.txt");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    eprintln!("  The peers need Python's own PyTorch and TensorFlow: several GB, once.");
    step(
        "make a Python environment",
        Python::find()?.command().args(["-m", "venv", "--clear"]).arg(&environment),
    )?;
    step(
        "install the peers' packages",
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"])
            .arg("--find-links")
            .arg(layout.wheels())
            .arg("--requirement")
            .arg(&requirements),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}

#[derive(Deserialize)]
struct Answer {
    version: String,
    epoch_seconds: Vec<f64>,
    final_loss: f64,
}

/// Trains the network once in a fresh Python.
pub fn train(
    layout: &Layout,
    python: &Path,
    peer: &Peer,
    network: &Network,
    prepared: &Path,
) -> Result<Timing> {
    let output = Command::new(python)
        .current_dir(layout.root.join("tests/bench"))
        .args(["-B", peer.script, "--data"])
        .arg(prepared)
        .arg("--hidden")
        .args(network.hidden.iter().map(u32::to_string))
        .args(["--batch-size", &network.batch_size.to_string(), "--epochs", &network.epochs.to_string()])
        .stdin(Stdio::null())
        .output()
        .context("cannot start Python")?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed: {}", peer.script, complaint.trim().lines().last().unwrap_or("it said nothing"));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.trim().lines().last().unwrap_or_default();
    let answer: Answer =
        serde_json::from_str(line).with_context(|| format!("{} said something else: {line}", peer.script))?;
    Ok(Timing {
        epoch_wall_seconds: answer.epoch_seconds.clone(),
        epoch_seconds: answer.epoch_seconds,
        final_loss: answer.final_loss,
        version: answer.version,
    })
}
