//! Looks at what a workbook claims before anything is allocated for it. The
//! reader of workbooks believes counts and dimensions that a file only states.

use crate::error::DatasetError;
use rayon::prelude::*;
use std::{
    borrow::Cow,
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
/// Most cells that repetitions in an OpenDocument sheet may stand for.
const MAX_REPEATED: u64 = 20_000_000;

/// Checks the parts of a zipped workbook: what they unpack to, how many shared
/// strings they announce, and how many cells they repeat.
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
                let is_content = name == "content.xml";
                if *packed < SMALL_PART && !is_strings && !is_content {
                    return Ok(packed.saturating_mul(1_032));
                }
                let Ok(mut part) = archive.by_index(*index) else { return Ok(0) };
                if is_content {
                    let mut text = Vec::new();
                    let _ = (&mut part).take(limit + 1).read_to_end(&mut text);
                    if repeated_cells(&text) > MAX_REPEATED {
                        return Err(damaged("its rows and columns repeat more cells than any table has"));
                    }
                    return Ok(text.len() as u64);
                }
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

/// The number of shared strings that a part's start announces.
fn announced_strings(start: &[u8]) -> u64 {
    attribute(start, b"uniqueCount=").unwrap_or(0)
}

/// The number after the first such name and a quote; as large as can be where
/// it is too large to read.
fn attribute(text: &[u8], name: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(text, name)? + name.len();
    let digits: Vec<u8> = text.get(at + 1..)?.iter().copied().take_while(u8::is_ascii_digit).collect();
    if digits.is_empty() {
        return None;
    }
    std::str::from_utf8(&digits).ok().map(|d| d.parse().unwrap_or(u64::MAX))
}

/// Cells with content that an OpenDocument sheet stands for, repetitions
/// counted.
fn repeated_cells(text: &[u8]) -> u64 {
    let (mut total, mut row_repeats, mut row_cells, mut places) = (0_u64, 1_u64, 0_u64, 0_u64);
    for at in memchr::memchr_iter(b'<', text) {
        let end = memchr::memchr(b'>', &text[at..]).map_or(text.len(), |e| at + e);
        let tag = &text[at..end];
        if tag.starts_with(b"<table:table-row") && !tag.starts_with(b"<table:table-rows") {
            row_repeats = attribute(tag, b"number-rows-repeated=").unwrap_or(1);
            (row_cells, places) = (0, 0);
        } else if tag.starts_with(b"</table:table-row") {
            total = total.saturating_add(row_cells.saturating_mul(row_repeats));
        } else if tag.starts_with(b"<table:table-cell") || tag.starts_with(b"<table:covered-table-cell") {
            places = places.saturating_add(attribute(tag, b"number-columns-repeated=").unwrap_or(1));
            if !tag.ends_with(b"/") || memchr::memmem::find(tag, b"value-type").is_some() {
                row_cells = places;
            }
        }
    }
    total
}

/// An `.xls` file without dimensions that claim more cells than it has bytes:
/// the reader sets that room aside.
pub(crate) fn without_claims(bytes: &[u8]) -> Vec<u8> {
    let mut bytes: Cow<[u8]> = Cow::Borrowed(bytes);
    // Records of type 0x200, 14 bytes: first and last row, 32 bits each, then
    // columns, 16 bits each. Older files have 10 bytes.
    let found: Vec<usize> =
        memchr::memmem::find_iter(&bytes, &[0x00, 0x02, 0x0E, 0x00]).map(|at| at + 4).collect();
    for at in found {
        let Some(record) = bytes.get(at..at + 12) else { continue };
        let long = |i: usize| {
            u64::from(u32::from_le_bytes([record[i], record[i + 1], record[i + 2], record[i + 3]]))
        };
        let short = |i: usize| u64::from(u16::from_le_bytes([record[i], record[i + 1]]));
        let rows = long(4).saturating_sub(long(0));
        let columns = short(10).saturating_sub(short(8));
        if rows.saturating_mul(columns) > bytes.len() as u64 {
            let claims = bytes.to_mut();
            claims.copy_within(at..at + 4, at + 4);
            claims.copy_within(at + 8..at + 10, at + 10);
        }
    }
    clamp_columns(&mut bytes);
    bytes.into_owned()
}

/// Sets columns beyond the format's last one, which only damage makes, back
/// into it: the reader sets room aside for every column up to the last.
fn clamp_columns(bytes: &mut Cow<[u8]>) {
    // Records of one cell: number, small number, shared text, truth, blank.
    for head in
        [[0x03, 0x02, 0x0E, 0], [0x7E, 0x02, 0x0A, 0], [0xFD, 0, 0x0A, 0], [0x05, 0x02, 8, 0], [1, 2, 6, 0]]
    {
        let beyond: Vec<usize> = memchr::memmem::find_iter(bytes, &head)
            .map(|at| at + 7)
            .filter(|&at| bytes.get(at).is_some_and(|&high| high != 0))
            .collect();
        for at in beyond {
            bytes.to_mut()[at] = 0;
        }
    }
}
