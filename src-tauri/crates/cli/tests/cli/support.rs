//! A data folder of its own, and the built command.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a folder") }
    }

    /// Writes a file beside the data folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).expect("written");
        path
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("retort"));
        command.env("RETORT_DATA_DIR", self.folder.path().join("data"));
        command
    }

    pub fn retort(&self, words: &[&str]) -> Output {
        self.command().args(words).output().expect("retort runs")
    }

    /// The one document of a command that succeeds.
    pub fn json(&self, words: &[&str]) -> Value {
        let output = self.command().args(words).arg("--json").output().expect("retort runs");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    }

    /// The one line of a command that is refused, without `error: `.
    pub fn refusal(&self, words: &[&str]) -> String {
        refusal_of(self.command().args(words), words)
    }
}

/// The same of a command that was made otherwise.
pub fn refusal_of(command: &mut Command, words: &[&str]) -> String {
    let output = command.output().expect("retort runs");
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{words:?}: {told}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{words:?}");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 1, "{words:?}: {told}");
    assert!(told.starts_with("error: ") && told.contains("; "), "{words:?}: no advice in {told}");
    println!("{}", told.trim());
    lines[0].trim_start_matches("error: ").to_owned()
}

pub fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../data").join(name).display().to_string()
}
