//! Bytes to text: byte-order marks, UTF-8, UTF-16 without a mark, and what the
//! bytes most likely are where they are none of these.

use crate::{error::DatasetError, mapped::MappedFile, raw::warning};
use chardetng::EncodingDetector;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use rayon::prelude::*;
use retort_domain::DataWarning;
use std::borrow::Cow;

/// Bytes that the guess at an encoding is made from.
const GUESS_BYTES: usize = 1024 * 1024;
/// Bytes that one thread looks at at a time.
const PART_BYTES: usize = 4 * 1024 * 1024;
/// One NUL in so many bytes may be damage; more are another sort of file.
const BYTES_A_NUL: usize = 100;
/// So few say nothing, however short the file.
const FEW_NULS: usize = 3;
/// So many NULs at the end are room that a program set aside and never filled.
const UNFILLED_NULS: usize = 16;

/// Text of a file.
pub(crate) struct Decoded<'a> {
    /// Without byte-order mark and NULs.
    pub text: Cow<'a, str>,
    /// Where the text lies, if it is in a file.
    pub file: Option<&'a MappedFile>,
    /// What it was written in.
    pub encoding: &'static Encoding,
    /// What was noticed.
    pub warnings: Vec<DataWarning>,
}

/// Decodes a file, in the encoding of that label where one is given.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    label: Option<&str>,
    file: &str,
) -> Result<Decoded<'a>, DatasetError> {
    let decoded = match label {
        Some(label) => decode_as(bytes, label, file)?,
        None => decode_found(bytes, file)?,
    };
    without_nuls(decoded, file)
}

fn decode_as<'a>(bytes: &'a [u8], label: &str, file: &str) -> Result<Decoded<'a>, DatasetError> {
    let encoding = encoding_of(label, file)?;
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    let warnings = damaged.then(|| replaced(encoding)).into_iter().collect();
    Ok(Decoded { text, file: None, encoding, warnings })
}

/// The encoding of that label.
pub(crate) fn encoding_of(label: &str, file: &str) -> Result<&'static Encoding, DatasetError> {
    Encoding::for_label(label.as_bytes())
        .ok_or_else(|| DatasetError::UnknownEncoding { file: file.to_owned(), label: label.to_owned() })
}

/// The encoding that the start of a file shows, and the length of its mark.
pub(crate) fn marked(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(bytes).or_else(|| Some((unmarked_utf16(bytes)?, 0)))
}

fn decode_found<'a>(bytes: &'a [u8], file: &str) -> Result<Decoded<'a>, DatasetError> {
    let marked = marked(bytes);
    let body = &bytes[marked.map_or(0, |(_, length)| length)..];
    if let Some((encoding, _)) = marked.filter(|&(e, _)| e == UTF_16LE || e == UTF_16BE) {
        let (text, damaged) = encoding.decode_without_bom_handling(body);
        let warnings = damaged.then(damaged_utf16).into_iter().collect();
        return Ok(Decoded { text, file: None, encoding, warnings });
    }
    if looks_binary(body) {
        return Err(DatasetError::Binary { file: file.to_owned() });
    }
    if let Some(text) = as_utf8(body, PART_BYTES) {
        let text = Cow::Borrowed(text);
        return Ok(Decoded { text, file: None, encoding: UTF_8, warnings: Vec::new() });
    }
    let valid = std::str::from_utf8(body).map_or_else(|error| error.valid_up_to(), str::len);
    let before = &body[..valid];
    let line = line_behind(before);
    if let Some(text) = mostly_utf8(body) {
        let (text, warnings) = (Cow::Owned(text), vec![mended_utf8(line)]);
        return Ok(Decoded { text, file: None, encoding: UTF_8, warnings });
    }
    let encoding = guessed(body, before.len());
    let (text, _) = encoding.decode_without_bom_handling(body);
    Ok(Decoded { text, file: None, encoding, warnings: vec![not_utf8(encoding, line)] })
}

/// The bytes as they are, if they are UTF-8; so many are looked at by one thread
/// at a time.
fn as_utf8(bytes: &[u8], part_bytes: usize) -> Option<&str> {
    let is_start = |byte: &u8| !matches!(byte, 0x80..=0xBF);
    // No character has more than four bytes.
    let start = |from: usize| {
        let from = from.min(bytes.len());
        let near = &bytes[from..(from + 4).min(bytes.len())];
        from + near.iter().position(is_start).unwrap_or(near.len())
    };
    let is_valid = |part: usize| {
        // This does not say where bytes end to be UTF-8, and is faster.
        simdutf8::basic::from_utf8(&bytes[start(part * part_bytes)..start((part + 1) * part_bytes)]).is_ok()
    };
    let n_parts = bytes.len().div_ceil(part_bytes);
    let is_utf8 = start(0) == 0 && (0..n_parts).into_par_iter().all(is_valid);
    // SAFETY: Each byte lies in one of the parts, and all of these are UTF-8.
    is_utf8.then(|| unsafe { std::str::from_utf8_unchecked(bytes) })
}

/// NULs among these bytes.
fn count_nuls(bytes: &[u8]) -> usize {
    bytes.par_chunks(PART_BYTES).map(|part| memchr::memchr_iter(0, part).count()).sum()
}

/// The line in which a text goes on.
pub(crate) fn line_behind(text: &[u8]) -> Option<u32> {
    u32::try_from(1 + memchr::memchr_iter(b'\n', text).count()).ok()
}

/// What the bytes of a file most likely are that is UTF-8 up to `valid` only.
pub(crate) fn guessed(bytes: &[u8], valid: usize) -> &'static Encoding {
    let mut detector = EncodingDetector::new();
    // Plain bytes say nothing about the encoding; those around others do.
    let start = memchr::memrchr(b'\n', &bytes[..valid]).unwrap_or(0);
    detector.feed(&bytes[start..bytes.len().min(start + GUESS_BYTES)], true);
    detector.guess(None, false)
}

pub(crate) fn mended_utf8(line: Option<u32>) -> DataWarning {
    let message = "the file is UTF-8 but for a few bytes, which were read as Windows-1252 (Latin-1)";
    warning(message, line, None)
}

pub(crate) fn not_utf8(encoding: &'static Encoding, line: Option<u32>) -> DataWarning {
    let name = if encoding == WINDOWS_1252 { "Windows-1252 (Latin-1)" } else { encoding.name() };
    let message = format!("the file is not UTF-8; it was read as {name}, so check names with accents");
    warning(message, line, None)
}

pub(crate) fn damaged_utf16() -> DataWarning {
    warning("some characters are damaged UTF-16 and were replaced", None, None)
}

pub(crate) fn replaced(encoding: &'static Encoding) -> DataWarning {
    warning(format!("some bytes are no {} and were replaced", encoding.name()), None, None)
}

pub(crate) fn without(n_nuls: usize) -> DataWarning {
    warning(format!("{n_nuls} NUL characters were left out"), None, None)
}

/// UTF-16 of mostly Latin text has a zero in every other byte.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), start.len() / 2);
    if pairs < 2 {
        None
    } else if odd * 10 > pairs * 7 && even * 20 < pairs {
        Some(UTF_16LE)
    } else if even * 10 > pairs * 7 && odd * 20 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The text where multi-byte characters far outnumber the bytes that are none.
fn mostly_utf8(bytes: &[u8]) -> Option<String> {
    let (mut text, mut odd, mut wide) = (String::with_capacity(bytes.len()), 0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        wide += chunk.valid().bytes().filter(|&b| b >= 0xC0).count();
        text.push_str(chunk.valid());
        odd += chunk.invalid().len();
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    (wide >= 4 && wide > odd * 4).then_some(text)
}

fn without_nuls<'a>(decoded: Decoded<'a>, file: &str) -> Result<Decoded<'a>, DatasetError> {
    let text = &decoded.text;
    let at_end = text.len() - text.trim_end_matches('\0').len();
    let nuls = count_nuls(text.as_bytes());
    if nuls == 0 {
        return Ok(decoded);
    }
    if are_too_many(nuls, at_end, text.len()) {
        return Err(DatasetError::Binary { file: file.to_owned() });
    }
    let text = Cow::Owned(text.replace('\0', ""));
    let mut warnings = decoded.warnings;
    warnings.push(without(nuls));
    Ok(Decoded { text, warnings, ..decoded })
}

/// True where NULs say that a file of so many bytes is no text; those at its end
/// are counted too.
pub(crate) fn are_too_many(nuls: usize, at_end: usize, bytes: usize) -> bool {
    let unfilled = if at_end >= UNFILLED_NULS { at_end } else { 0 };
    let within = nuls - unfilled;
    within > FEW_NULS && within * BYTES_A_NUL > bytes - unfilled
}

/// No table holds more than a few control characters.
pub(crate) fn looks_binary(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64 * 1024)];
    let separators = 0x1C..=0x1F;
    let is_odd =
        |b: u8| b < 0x20 && !matches!(b, 0 | b'\t' | b'\n' | b'\r' | 0x0c | 0x01) && !separators.contains(&b);
    let odd = start.iter().filter(|&&b| is_odd(b)).count();
    let nuls = memchr::memchr_iter(0, start).count();
    let too_many = nuls * BYTES_A_NUL > start.len() && (nuls > FEW_NULS || odd > 0);
    // Much of such a document is text.
    let is_document = start.starts_with(b"%PDF-");
    is_document || odd * 50 > start.len() || (too_many && !bytes.ends_with(&[0; UNFILLED_NULS]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn utf8_is_known_in_parts(
            text in "[a€😀é]{0,12}",
            broken in prop::collection::vec((any::<prop::sample::Index>(), 0x80_u8..), 0..3),
            cut in 0..3_usize,
            part_bytes in 1..9_usize,
        ) {
            let mut bytes = text.into_bytes();
            for (place, byte) in broken {
                if !bytes.is_empty() {
                    let place = place.index(bytes.len());
                    bytes[place] = byte;
                }
            }
            let bytes = &bytes[cut.min(bytes.len())..];
            prop_assert_eq!(as_utf8(bytes, part_bytes), std::str::from_utf8(bytes).ok());
        }
    }
}
