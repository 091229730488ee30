//! What the targets for files share.
#![allow(dead_code, reason = "each target uses a part of it")]

use retort_datasets::{ImportOptions, glance, understand};
use std::{env, fs, panic, path::PathBuf, process, sync::OnceLock};

pub fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1F, 0x8B]) || bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD])
}

pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
}

pub fn has_columns(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAR1") || bytes.starts_with(b"ARROW1") || bytes.starts_with(&[0xFF; 4])
}

/// Ends the process where our own code panics. A panic of a library is caught
/// and told as a damaged file; one that is not caught ends the target anyway.
/// (libFuzzer's own hook would end it at both.)
pub fn stop_at_own_panics() {
    panic::set_hook(Box::new(|told| {
        let own = told.location().is_some_and(|place| place.file().contains("crates/datasets/"));
        if own {
            eprintln!("{told}\n{}", std::backtrace::Backtrace::force_capture());
            process::abort();
        }
    }));
}

/// Reads the bytes as a file: they are understood or refused.
pub fn read(name: &str, bytes: &[u8]) {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = env::temp_dir().join(format!("retort-fuzz-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        folder
    });
    let path = folder.join(name);
    fs::write(&path, bytes).expect("written");
    let options = ImportOptions::default();
    let first = glance(&path, &options);
    let whole = understand(&path, &options, folder, &|_| true);
    if let (Ok(Some(first)), Ok(whole)) = (first, whole) {
        assert!(first.n_rows <= whole.n_rows);
    }
}
