//! Bytes to text: byte-order marks, UTF-8, UTF-16 without a mark, and what the
//! bytes most likely are where they are none of these.

use crate::{error::DatasetError, raw::warning};
use chardetng::EncodingDetector;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use retort_domain::DataWarning;
use std::borrow::Cow;

/// Bytes that the guess at an encoding is made from.
const GUESS_BYTES: usize = 1024 * 1024;
/// One NUL in so many bytes may be damage; more are another sort of file.
const BYTES_A_NUL: usize = 100;
/// So many NULs at the end are room that a program set aside and never filled.
const UNFILLED_NULS: usize = 16;

/// Text of a file.
pub(crate) struct Decoded<'a> {
    /// Without byte-order mark and NULs.
    pub text: Cow<'a, str>,
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
    let encoding = Encoding::for_label(label.as_bytes())
        .ok_or_else(|| DatasetError::UnknownEncoding { file: file.to_owned(), label: label.to_owned() })?;
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    let message = format!("some bytes are no {} and were replaced", encoding.name());
    let warnings = damaged.then(|| warning(message, None, None)).into_iter().collect();
    Ok(Decoded { text, encoding, warnings })
}

fn decode_found<'a>(bytes: &'a [u8], file: &str) -> Result<Decoded<'a>, DatasetError> {
    let (marked, body) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (Some(encoding), &bytes[mark..]),
        None => (unmarked_utf16(bytes), bytes),
    };
    if let Some(encoding) = marked.filter(|&e| e == UTF_16LE || e == UTF_16BE) {
        let (text, damaged) = encoding.decode_without_bom_handling(body);
        let lost =
            damaged.then(|| warning("some characters are damaged UTF-16 and were replaced", None, None));
        return Ok(Decoded { text, encoding, warnings: lost.into_iter().collect() });
    }
    if looks_binary(body) {
        return Err(DatasetError::Binary { file: file.to_owned() });
    }
    let error = match std::str::from_utf8(body) {
        Ok(text) => {
            return Ok(Decoded { text: Cow::Borrowed(text), encoding: UTF_8, warnings: Vec::new() });
        }
        Err(error) => error,
    };
    let before = &body[..error.valid_up_to()];
    let line = u32::try_from(1 + before.iter().filter(|&&b| b == b'\n').count()).ok();
    if let Some(text) = mostly_utf8(body) {
        let noticed = warning(
            "the file is UTF-8 but for a few bytes, which were read as Windows-1252 (Latin-1)",
            line,
            None,
        );
        return Ok(Decoded { text: Cow::Owned(text), encoding: UTF_8, warnings: vec![noticed] });
    }
    let mut detector = EncodingDetector::new();
    // Plain bytes say nothing about the encoding; those around others do.
    let start = before.iter().rposition(|&b| b == b'\n').unwrap_or(0);
    detector.feed(&body[start..body.len().min(start + GUESS_BYTES)], true);
    let encoding = detector.guess(None, false);
    let (text, _) = encoding.decode_without_bom_handling(body);
    let name = if encoding == WINDOWS_1252 { "Windows-1252 (Latin-1)" } else { encoding.name() };
    let message = format!("the file is not UTF-8; it was read as {name}, so check names with accents");
    Ok(Decoded { text, encoding, warnings: vec![warning(message, line, None)] })
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
    let unfilled = decoded.text.len() - decoded.text.trim_end_matches('\0').len();
    let end = decoded.text.len() - if unfilled >= UNFILLED_NULS { unfilled } else { 0 };
    let nuls = memchr::memchr_iter(0, &decoded.text.as_bytes()[..end]).count();
    if nuls * BYTES_A_NUL > end {
        return Err(DatasetError::Binary { file: file.to_owned() });
    }
    if nuls == 0 && end == decoded.text.len() {
        return Ok(decoded);
    }
    let text = decoded.text[..end].replace('\0', "");
    let mut warnings = decoded.warnings;
    warnings.push(warning(
        format!("{} NUL characters were left out", nuls + decoded.text.len() - end),
        None,
        None,
    ));
    Ok(Decoded { text: Cow::Owned(text), encoding: decoded.encoding, warnings })
}

/// No table holds more than a few control characters.
fn looks_binary(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64 * 1024)];
    let separators = 0x1C..=0x1F;
    let is_odd =
        |b: u8| b < 0x20 && !matches!(b, 0 | b'\t' | b'\n' | b'\r' | 0x0c | 0x01) && !separators.contains(&b);
    let odd = start.iter().filter(|&&b| is_odd(b)).count();
    let nuls = memchr::memchr_iter(0, start).count();
    odd * 50 > start.len() || (nuls * BYTES_A_NUL > start.len() && !bytes.ends_with(&[0; UNFILLED_NULS]))
}
