//! How fast the release build starts, beside an empty Tauri window in the same
//! run. The windows are driven, and the clock is read, by `tests/bench`.

mod report;

use super::report::{Machine, write_results};
use crate::layout::{Layout, binary};
use crate::process::step;
use crate::run::{APP_FEATURES, build_ui};
use crate::tools::{TAURI_DRIVER, search_path};
use anyhow::{Context, Result, bail};
use report::{Measurements, Report};
use std::fs;
use std::process::Command;

const CONFIG: &str = "tests/bench/vitest.config.ts";

/// Measures, prints the table and writes it to `bench-results/startup.*`.
pub fn run(layout: &Layout, repetitions: u32) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("how fast the window starts is measured on Linux alone, through WebKit's driver and /proc");
    }
    build_ui(layout)?;
    TAURI_DRIVER.ensure(layout)?;
    step(
        "build app, workers and an empty window (release)",
        layout
            .cargo()
            .args(["build", "--release", "--workspace", "--exclude", "xtask", "--bins"])
            .args(["--example", "empty_window"])
            .args(APP_FEATURES),
    )?;

    let machine = Machine::this();
    let release = layout.target()?.join("release");
    let folder = tempfile::tempdir().context("cannot create a temporary folder")?;
    let file = folder.path().join("measurements.json");
    let vitest = layout.node_program("vitest");
    let mut measure = Command::new("xvfb-run");
    measure
        .args(["--auto-servernum", "--server-args=-screen 0 1920x1080x24"])
        .arg(vitest.get_program())
        .args(["run", "--config", CONFIG, "--disable-console-intercept"])
        .current_dir(&layout.root)
        .env("PATH", search_path(layout)?)
        .env("RETORT_APP", binary(&release, "retort-app"))
        .env("RETORT_EMPTY_WINDOW", binary(&release.join("examples"), "empty_window"))
        .env("RETORT_BENCH_REPETITIONS", repetitions.to_string())
        .env("RETORT_BENCH_MEASUREMENTS", &file)
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env_remove("WAYLAND_DISPLAY");
    step("measure how fast the window starts", &mut measure)?;

    let text = fs::read_to_string(&file).context("the windows left no measurements")?;
    let measurements: Measurements =
        serde_json::from_str(&text).context("the windows left something else than measurements")?;
    let report = Report::new(machine, &measurements).context("the windows left too few measurements")?;
    write_results(layout, "startup", &report.markdown(), &report.json(&measurements))
}
