//! The samples that ship with the app.

use crate::error::{DatasetError, file_name};
use retort_domain::Task;
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

/// One sample, as `manifest.json` beside the files lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleEntry {
    /// Short name, stable over versions.
    pub id: String,
    /// File beside the manifest.
    pub file: String,
    /// As a person calls it; becomes the dataset's name.
    pub title: String,
    /// The column that suggests itself as target.
    pub target: String,
    /// What it is then.
    pub task: Task,
    /// Who made it, and where it was published.
    pub source: String,
    /// Under which terms, or what is known of them.
    pub licence: String,
}

/// The samples of a folder, in the order in which they are shown.
pub fn read_manifest(dir: &Path) -> Result<Vec<SampleEntry>, DatasetError> {
    let path = dir.join("manifest.json");
    let failed = |reason: String| DatasetError::ManifestUnreadable { file: file_name(&path), reason };
    let text = fs::read_to_string(&path).map_err(|e| failed(e.to_string()))?;
    let samples: Vec<SampleEntry> = serde_json::from_str(&text).map_err(|e| failed(e.to_string()))?;
    match samples.iter().find(|s| Path::new(&s.file).components().count() != 1 || s.file.starts_with("..")) {
        Some(outside) => Err(failed(format!("{} does not lie in the folder of samples", outside.file))),
        None => Ok(samples),
    }
}
