//! Checks of the sources that are not tests.

use crate::arrows;
use crate::layout::Layout;
use crate::process::{step, timed};
use crate::run::APP_FEATURES;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the window calls the core through; generated, and checked in.
pub const BINDINGS: &str = "features/ml/api/bindings.ts";

/// What needs no build: formatting, crate dependencies, types and lints of the
/// window's sources.
pub fn sources(layout: &Layout) -> Result<()> {
    step("formatting (cargo fmt)", layout.cargo().args(["fmt", "--all", "--check"]))?;
    timed("crate dependencies", || arrows::check(&layout.metadata()?))?;
    step("types (tsc)", layout.node_program("tsc").args(["--noEmit", "--project", "."]))?;
    step("lints (eslint)", layout.node_program("eslint").args(["--max-warnings", "0", "."]))
}

/// Every target of every crate; a warning is an error.
pub fn clippy(layout: &Layout) -> Result<()> {
    step(
        "lints (clippy)",
        layout
            .cargo()
            .args(["clippy", "--workspace", "--all-targets"])
            .args(APP_FEATURES)
            .args(["--", "--deny", "warnings"]),
    )
}

/// Has the built app write its bindings to `target`.
pub fn export_bindings(app: &Path, target: &Path) -> Result<()> {
    let output = Command::new(app)
        .arg("--export-bindings")
        .arg(target)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start the app: {}", app.display()))?;
    if !output.status.success() {
        bail!("the app could not write its bindings: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Compares the checked-in bindings with what the built app would write.
pub fn bindings_are_fresh(layout: &Layout, app: &Path) -> Result<()> {
    timed("bindings", || {
        let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
        let fresh = folder.path().join("bindings.ts");
        export_bindings(app, &fresh)?;
        let fresh = fs::read_to_string(&fresh).context("the app wrote no bindings")?;
        let checked_in = fs::read_to_string(layout.root.join(BINDINGS)).unwrap_or_default();
        // Git may check files out with other line ends.
        if checked_in.replace("\r\n", "\n") != fresh {
            bail!("{BINDINGS} is stale: run `cargo xtask bindings` and commit the result");
        }
        Ok(())
    })
}
