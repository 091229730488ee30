//! Everything a fresh machine lacks, fetched in order of cheapness to check.
//! Seconds when nothing is missing, so that every other command begins here.

use crate::layout::Layout;
use crate::packs;
use crate::process::{answer, step};
use crate::tools::{self, Python};
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

/// What Tauri is built against, and what the tests of the window need.
const DEBIAN_PACKAGES: &[&str] = &[
    "build-essential",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "libsoup-3.0-dev",
    "libjavascriptcoregtk-4.1-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "libxdo-dev",
    "patchelf",
    "webkit2gtk-driver",
    "xvfb",
    "xauth",
    "xdotool",
];

/// Copy of the lock file that `node_modules` was last installed from.
const NPM_STAMP: &str = "node_modules/.retort-stamp";

/// Sees to it that everything is there.
pub fn run(layout: &Layout) -> Result<()> {
    tools::check_node()?;
    // Asked for early: what must be installed by hand is told before anything
    // is downloaded.
    let python = Python::find()?;
    ensure_debian_packages()?;
    ensure_npm_packages(layout)?;
    packs::ensure(layout, &python)
}

/// The runtimes alone, for what has no window.
pub fn runtimes(layout: &Layout) -> Result<()> {
    packs::ensure(layout, &Python::find()?)
}

fn ensure_debian_packages() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let Some(installed) = installed_debian_packages() else {
        eprintln!(
            "  Not a Debian system: see https://v2.tauri.app/start/prerequisites for the packages that Tauri needs."
        );
        return Ok(());
    };
    let missing: Vec<&str> =
        DEBIAN_PACKAGES.iter().copied().filter(|name| !installed.iter().any(|i| i == name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if answer(Command::new("id").arg("-u")).as_deref() != Some("0") {
        bail!(
            "Debian packages are missing; run this line and try again: sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
            missing.join(" ")
        );
    }
    step("apt-get update", apt_get().args(["-q", "update"]))?;
    step(
        "install Debian packages",
        apt_get().args(["-q", "install", "-y", "--no-install-recommends"]).args(&missing),
    )
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// Names of the installed packages among those we need; `None` where there is
/// no dpkg. dpkg-query fails when it does not know one of them, but lists the
/// others all the same.
fn installed_debian_packages() -> Option<Vec<String>> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\n"])
        .args(DEBIAN_PACKAGES)
        .output()
        .ok()?;
    let listing = String::from_utf8_lossy(&output.stdout);
    Some(listing.lines().filter_map(|line| line.strip_suffix(" installed")).map(str::to_owned).collect())
}

fn ensure_npm_packages(layout: &Layout) -> Result<()> {
    let lock = layout.root.join("package-lock.json");
    let wanted =
        fs::read(&lock).with_context(|| format!("cannot read {}; restore it from git", lock.display()))?;
    let stamp = layout.root.join(NPM_STAMP);
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step(
        "install npm packages",
        tools::npm().current_dir(&layout.root).args(["ci", "--no-audit", "--no-fund"]),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
