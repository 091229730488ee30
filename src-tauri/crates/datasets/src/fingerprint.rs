//! By what the same file is known again, whatever it is called and wherever it
//! lies.

use crate::error::{DatasetError, file_name};
use retort_domain::{DatasetId, ReadingOptions};
use std::{fs::File, path::Path};

/// The id of a file whose bytes were hashed when they are read in one way, and
/// the hash of the bytes alone.
pub(crate) fn of_hashed(
    mut hasher: blake3::Hasher,
    sheet: Option<&str>,
    reading: &ReadingOptions,
) -> (DatasetId, String) {
    let content = hasher.finalize().to_hex().to_string();
    hasher.update(sheet.unwrap_or_default().as_bytes());
    if *reading != ReadingOptions::default() {
        hasher.update(format!("{reading:?}").as_bytes());
    }
    (DatasetId(hasher.finalize().to_hex()[..24].to_owned()), content)
}

/// BLAKE3 of a file's bytes, hexadecimal, a small part of them in memory at a
/// time.
pub fn content_hash(path: &Path) -> Result<String, DatasetError> {
    let file = file_name(path);
    let failed = |source| DatasetError::FileUnreadable { file: file.clone(), source };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(failed)?).map_err(failed)?;
    Ok(hasher.finalize().to_hex().to_string())
}
