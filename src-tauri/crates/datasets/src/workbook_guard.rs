//! Looks at what a workbook claims before anything is allocated for it. The
//! reader of workbooks believes counts and dimensions that a file only states.

use crate::error::DatasetError;
use rayon::prelude::*;
use std::{
    io::{Cursor, Read, sink},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Bytes up to which a part may unpack whatever its packed size.
const TRUSTED_BYTES: u64 = 128 * 1024 * 1024;
/// How many times its packed size the whole may have. Sheets of few values reach
/// 60.
const MAX_RATIO: u64 = 200;
/// Most bytes that a workbook may unpack to.
const MAX_UNPACKED: u64 = 4 * 1024 * 1024 * 1024;
/// Fewest bytes of XML that a shared string takes up.
const STRING_BYTES: u64 = 5;
/// Parts smaller than this cannot unpack to more than is trusted.
const SMALL_PART: u64 = 64 * 1024;

/// Checks the parts of a zipped workbook: what they unpack to, and how many
/// shared strings they announce.
pub(crate) fn check_archive(bytes: &[u8], file: &str) -> Result<(), DatasetError> {
    let damaged =
        |reason: &str| DatasetError::DamagedWorkbook { file: file.to_owned(), reason: reason.to_owned() };
    let limit = (bytes.len() as u64).saturating_mul(MAX_RATIO).clamp(TRUSTED_BYTES, MAX_UNPACKED);
    let overpacked = || DatasetError::Overpacked { file: file.to_owned(), limit };
    let Ok(Ok(mut archive)) = catch_unwind(AssertUnwindSafe(|| zip::ZipArchive::new(Cursor::new(bytes))))
    else {
        // The reader of workbooks tells better what is wrong with it.
        return Ok(());
    };
    let (mut total, mut parts) = (0_u64, Vec::new());
    for index in 0..archive.len() {
        let Ok(part) = archive.by_index_raw(index) else { continue };
        total = total.saturating_add(part.size());
        parts.push((index, part.name().to_lowercase(), part.compressed_size()));
    }
    if total > limit {
        return Err(overpacked());
    }
    // Sizes may be stated wrongly, so parts that could be large are unpacked once.
    let checked: Result<Vec<u64>, DatasetError> = parts
        .par_iter()
        .map_init(
            || archive.clone(),
            |archive, (index, name, packed)| {
                let is_strings = name.ends_with("sharedstrings.xml");
                if *packed < SMALL_PART && !is_strings {
                    return Ok(packed.saturating_mul(1_032));
                }
                let Ok(mut part) = archive.by_index(*index) else { return Ok(0) };
                let mut start = Vec::new();
                let _ = (&mut part).take(4096).read_to_end(&mut start);
                // What is cut off is told by the reader; here only sizes count.
                let rest = std::io::copy(&mut part.take(limit), &mut sink()).unwrap_or(0);
                let size = start.len() as u64 + rest;
                if is_strings && announced_strings(&start) > size / STRING_BYTES + 1 {
                    return Err(damaged("it announces more shared strings than it can hold"));
                }
                Ok(size)
            },
        )
        .collect();
    let unpacked: u64 = checked?.iter().fold(0, |sum, size| sum.saturating_add(*size));
    let small: u64 = parts.iter().filter(|p| p.2 < SMALL_PART).map(|p| p.2 * 1_032).sum();
    // Small parts are counted at their worst, which is far from what they are.
    if unpacked.saturating_sub(small) > limit { Err(overpacked()) } else { Ok(()) }
}

/// The number of shared strings that a part's start announces; as large as can
/// be where it is too large to read.
fn announced_strings(start: &[u8]) -> u64 {
    const NAME: &[u8] = b"uniqueCount=";
    let Some(at) = memchr::memmem::find(start, NAME) else { return 0 };
    let said = start.get(at + NAME.len() + 1..).unwrap_or_default();
    let n_digits = said.iter().take_while(|b| b.is_ascii_digit()).count();
    match std::str::from_utf8(&said[..n_digits]) {
        Ok(digits) if !digits.is_empty() => digits.parse().unwrap_or(u64::MAX),
        _ => 0,
    }
}
