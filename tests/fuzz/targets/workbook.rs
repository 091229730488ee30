//! Any bytes that begin like a workbook: `.xlsx`, `.xlsb`, `.ods` (ZIP) or
//! `.xls` (compound file), by what the corpus holds.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use std::io::{Cursor, Read, Write};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

#[path = "../reading.rs"]
mod reading;

fuzz_target!(
    init: reading::stop_at_own_panics(),
    |bytes: &[u8]| -> Corpus {
        if !reading::is_workbook(bytes) {
            return Corpus::Reject;
        }
        reading::read("t.xlsx", bytes);
        Corpus::Keep
    }
);

// Bytes changed in a packed part would only end at its checksum, so a part is
// unpacked, changed and stored as it is; now and then the archive is changed.
fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let changed =
        if seed.is_multiple_of(8) { None } else { with_part_changed(&bytes[..size], max_size, seed) };
    match changed {
        Some(archive) if archive.len() <= max_size => {
            bytes[..archive.len()].copy_from_slice(&archive);
            archive.len()
        }
        _ => fuzzer_mutate(bytes, size, max_size),
    }
});

/// Nothing where the bytes are no archive that can be unpacked.
fn with_part_changed(bytes: &[u8], max_size: usize, seed: u32) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut parts = Vec::new();
    for at in 0..archive.len() {
        let part = archive.by_index(at).ok()?;
        let name = part.name().to_owned();
        let mut content = Vec::new();
        part.take(max_size as u64).read_to_end(&mut content).ok()?;
        parts.push((name, content));
    }
    let chosen = (seed as usize >> 3) % parts.len().max(1);
    let (_, content) = parts.get_mut(chosen)?;
    let size = content.len();
    let room = size + (max_size / 8).max(64);
    content.resize(room, 0);
    let size = fuzzer_mutate(content, size, room);
    content.truncate(size);
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        written.start_file(name, stored).ok()?;
        written.write_all(&content).ok()?;
    }
    Some(written.finish().ok()?.into_inner())
}
