//! Texts that a person keeps: reports and tables, written whole or not at all.

use crate::{Engine, blocking::blocking, runs::cannot_write};
use retort_domain::{AppError, ErrorCode};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Largest report, bytes. One of a distillation has some hundred kilobytes.
const MAX_BYTES: usize = 32 << 20;
/// What a report may be called at its end.
const ENDINGS: [&str; 3] = ["html", "csv", "txt"];

impl Engine {
    /// Writes a report to a file that a person named; what lay there is
    /// replaced once the new one is whole. Refuses relative paths, endings other
    /// than `.html`, `.csv` and `.txt`, and more than 32 MiB.
    pub async fn reports_save(&self, path: PathBuf, text: String) -> Result<(), AppError> {
        let refuse = |what: String, hint: &str| {
            Err(AppError::new(ErrorCode::InvalidConfig, what).with_hint(hint.to_owned()))
        };
        if !path.is_absolute() {
            return refuse(format!("{} is not a whole path", path.display()), "Name a folder and a file");
        }
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        if !ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            return refuse(
                format!("{} does not end in .html, .csv or .txt", path.display()),
                "Give the file one of these endings",
            );
        }
        if text.len() > MAX_BYTES {
            return refuse(
                format!("the report has {} bytes; at most {MAX_BYTES} are written", text.len()),
                "Save a smaller part of it",
            );
        }
        blocking(move || write_whole(&path, text.as_bytes())).await
    }
}

/// Writes beside the place and renames, so that nothing is lost on a full disk.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), AppError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    write().map_err(|error| cannot_write(path, &error))
}

#[cfg(test)]
mod tests {
    use super::write_whole;

    #[test]
    fn a_report_replaces_what_was_there_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        write_whole(&path, b"first").unwrap();
        write_whole(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let missing = folder.path().join("missing").join("report.html");
        let error = write_whole(&missing, b"third").unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }
}
