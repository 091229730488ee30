//! The commands made of steps: build, start, check, test.

use crate::check;
use crate::layout::{Layout, binary, library_path_variable};
use crate::process::step;
use crate::setup;
use crate::tools::{NEXTEST, TAURI_DRIVER, search_path};
use anyhow::{Context, Result, bail};
use retort_domain::Platform;
use std::env;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// Turns on the app's serving of its own built files. It is on in every build
/// but `dev`, so that tauri is built once for checks, tests and start.
pub const APP_FEATURES: [&str; 2] = ["--features", "retort-app/custom-protocol"];

/// Where `tauri.conf.json` looks for the development server.
const DEV_PORT: u16 = 1420;

/// Suites that drive the window; without this file there are none.
const E2E_CONFIG: &str = "tests/e2e/vitest.config.ts";

/// Builds everything and opens the app.
pub fn start(layout: &Layout) -> Result<()> {
    // Set-up first: it brings what a machine without a display needs.
    setup::run(layout)?;
    need_display("npm start")?;
    build_ui_files(layout)?;
    build_binaries(layout)?;
    let status =
        Command::new(app(layout)?).current_dir(&layout.root).status().context("cannot start the app")?;
    if !status.success() {
        bail!("the app ended with {status}");
    }
    Ok(())
}

/// The window reloads by Vite, the core is built once.
pub fn dev(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    need_display("npm run dev")?;
    let workers = Platform::ALL.map(|platform| format!("--bin={}", platform.worker_binary()));
    step("build workers", layout.cargo().args(["build", "--workspace", "--exclude", "xtask"]).args(workers))?;
    let port = DEV_PORT.to_string();
    let vite = layout
        .node_program("vite")
        .args(["--strictPort", "--port", &port])
        .spawn()
        .context("cannot start Vite; run `cargo xtask setup`")?;
    let mut vite = Attended(vite);
    wait_for_server(&mut vite, DEV_PORT)?;
    step("app", layout.cargo().args(["run", "--package", "retort-app", "--bin", "retort-app"]))
}

/// A child that does not outlive us.
struct Attended(Child);

impl Drop for Attended {
    fn drop(&mut self) {
        // It may have ended by itself; either way there is nothing left to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for_server(server: &mut Attended, port: u16) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = server.0.try_wait()? {
            bail!("Vite ended with {status} before it served port {port}");
        }
        if Instant::now() > deadline {
            bail!("Vite did not serve port {port} within a minute");
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Sets up, then everything that can fail, cheapest first.
pub fn test(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    NEXTEST.ensure(layout)?;
    check_all(layout)?;
    step(
        "Rust tests",
        layout
            .cargo()
            .env("PATH", search_path(layout)?)
            .env(library_path_variable(), layout.library_path()?)
            .args(["nextest", "run", "--workspace", "--profile", "ci"])
            .args(APP_FEATURES),
    )?;
    e2e_suites(layout)?;
    eprintln!("All tests passed.");
    Ok(())
}

/// Sets up and runs the checks alone.
pub fn check(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    check_all(layout)?;
    eprintln!("All checks passed.");
    Ok(())
}

/// Leaves the binaries and `dist/` built.
fn check_all(layout: &Layout) -> Result<()> {
    check::sources(layout)?;
    step("window tests", layout.node_program("vitest").arg("run"))?;
    // Before anything compiles the app, which embeds these files.
    build_ui_files(layout)?;
    check::clippy(layout)?;
    build_binaries(layout)?;
    check::bindings_are_fresh(layout, &app(layout)?)
}

/// Sets up, builds and drives the window.
pub fn e2e(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    build_ui_files(layout)?;
    build_binaries(layout)?;
    e2e_suites(layout)
}

fn e2e_suites(layout: &Layout) -> Result<()> {
    if !layout.has(E2E_CONFIG) {
        eprintln!("▸ window, end to end: left out, as there is no {E2E_CONFIG}");
        return Ok(());
    }
    TAURI_DRIVER.ensure(layout)?;
    let binaries = layout.target()?.join("debug");
    let vitest = layout.node_program("vitest");
    // A display of a known size, whatever the machine has.
    let mut suites = Command::new("xvfb-run");
    suites
        .args(["--auto-servernum", "--server-args=-screen 0 1920x1080x24"])
        .arg(vitest.get_program())
        .args(["run", "--config", E2E_CONFIG])
        .current_dir(&layout.root)
        .env("PATH", search_path(layout)?)
        .env("RETORT_APP", binary(&binaries, "retort-app"))
        .env("RETORT_CLI", binary(&binaries, "retort"))
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
        .env_remove("WAYLAND_DISPLAY");
    step("window, end to end", &mut suites)
}

/// Writes the bindings where they are checked in.
pub fn bindings(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    // The app embeds them at compile time, and only needs them to be there.
    if !layout.has("dist/index.html") {
        build_ui_files(layout)?;
    }
    build_binaries(layout)?;
    check::export_bindings(&app(layout)?, &layout.root.join(check::BINDINGS))
}

/// Sets up and builds `dist/`.
pub fn build_ui(layout: &Layout) -> Result<()> {
    setup::run(layout)?;
    build_ui_files(layout)
}

fn build_ui_files(layout: &Layout) -> Result<()> {
    step("build the window's files", layout.node_program("vite").args(["build", "--logLevel", "warn"]))
}

/// App, command line and workers, side by side in the target folder, where
/// they find each other.
fn build_binaries(layout: &Layout) -> Result<()> {
    // Not xtask: it is running, and Windows does not let go of its file.
    step(
        "build app, command line and workers",
        layout.cargo().args(["build", "--workspace", "--exclude", "xtask", "--bins"]).args(APP_FEATURES),
    )
}

fn app(layout: &Layout) -> Result<PathBuf> {
    Ok(binary(&layout.target()?.join("debug"), "retort-app"))
}

fn need_display(command: &str) -> Result<()> {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        bail!("there is no display to open a window on; `xvfb-run -a {command}` does without one");
    }
    Ok(())
}
