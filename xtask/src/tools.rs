//! Programs that must be there before anything can be built: what is missing
//! is one line that says what to install. What tests need beside is fetched.

use crate::layout::{Layout, binary, with_existing};
use crate::process::{answer, step};
use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

const NODE_MAJOR: u32 = 20;
const PYTHON: (u32, u32) = (3, 9);

/// A Python that can fetch wheels. It is asked for nothing else: the app runs
/// without it.
pub struct Python {
    program: &'static str,
}

impl Python {
    /// The first of the usual names that is new enough and has pip.
    pub fn find() -> Result<Self> {
        let wanted = format!("{}.{}", PYTHON.0, PYTHON.1);
        let mut without_pip = false;
        for program in ["python3", "python", "py"] {
            let version = answer(
                Command::new(program).args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]),
            );
            if version.and_then(|text| two_numbers(&text)).is_none_or(|version| version < PYTHON) {
                continue;
            }
            if answer(Command::new(program).args(["-m", "pip", "--version"])).is_some() {
                return Ok(Self { program });
            }
            without_pip = true;
        }
        if without_pip {
            bail!(
                "Python has no pip: install it (on Debian: apt-get install -y python3-pip) and run this again"
            );
        }
        bail!(
            "Python {wanted} or newer is missing: install it with pip from https://www.python.org (on Debian: apt-get install -y python3 python3-pip) and run this again"
        )
    }

    /// A command line to add arguments to.
    pub fn command(&self) -> Command {
        Command::new(self.program)
    }
}

/// npm, by the name that this system can start.
pub fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

/// Node and npm; Rust is there, or nobody would have built this.
pub fn check_node() -> Result<()> {
    let advice = format!(
        "install Node.js {NODE_MAJOR} or newer, with npm, from https://nodejs.org and run this again"
    );
    let Some(version) = answer(Command::new("node").arg("--version")) else {
        bail!("Node.js is missing: {advice}");
    };
    match two_numbers(version.trim_start_matches('v')) {
        Some((major, _)) if major >= NODE_MAJOR => {}
        _ => bail!("Node.js {version} is too old: {advice}"),
    }
    if answer(npm().arg("--version")).is_none() {
        bail!("npm is missing: {advice}");
    }
    Ok(())
}

fn two_numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// A cargo-installed program of a fixed version, from the search path or the
/// user's cache.
pub struct CargoTool {
    name: &'static str,
    version: &'static str,
    install_arguments: &'static [&'static str],
}

/// Runs the Rust tests. Its self-update is left out: it triples the build.
pub const NEXTEST: CargoTool =
    CargoTool { name: "cargo-nextest", version: "0.9.151", install_arguments: &["--no-default-features"] };

/// Stands between WebDriver and the window.
pub const TAURI_DRIVER: CargoTool =
    CargoTool { name: "tauri-driver", version: "2.1.0", install_arguments: &[] };

impl CargoTool {
    /// Installs the program into the user's cache unless it is there or on the
    /// search path.
    pub fn ensure(&self, layout: &Layout) -> Result<()> {
        let on_path = env::var_os("PATH")
            .is_some_and(|path| env::split_paths(&path).any(|folder| binary(&folder, self.name).is_file()));
        if on_path || binary(&tools_folder(layout), self.name).is_file() {
            return Ok(());
        }
        // A target folder of its own would be thrown away; cargo's default for
        // installs is a temporary one, and that is what we want.
        step(
            &format!("install {} {}", self.name, self.version),
            layout
                .cargo()
                .current_dir(&layout.cache)
                .env_remove("CARGO_TARGET_DIR")
                .args(["install", self.name, "--version", self.version, "--locked"])
                .args(self.install_arguments)
                .arg("--root")
                .arg(layout.tools()),
        )
    }
}

fn tools_folder(layout: &Layout) -> PathBuf {
    layout.tools().join("bin")
}

/// The search path with the cached tools in front.
pub fn search_path(layout: &Layout) -> Result<OsString> {
    with_existing(&[tools_folder(layout)], "PATH").context("cannot extend the search path")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(two_numbers("3.11"), Some((3, 11)));
        assert_eq!(two_numbers("20.20.2"), Some((20, 20)));
        assert_eq!(two_numbers("nightly"), None);
        assert!(two_numbers("3.11") > two_numbers("3.9"));
    }
}
