//! Bytes to text: byte-order marks, UTF-8, and Windows-1252 (which Latin-1 is
//! part of) for what is no UTF-8.

use crate::{error::DatasetError, raw::warning};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use retort_domain::DataWarning;
use std::borrow::Cow;

/// Text of a file without its byte-order mark, and what was noticed.
pub(crate) fn decode<'a>(
    bytes: &'a [u8],
    file: &str,
) -> Result<(Cow<'a, str>, Vec<DataWarning>), DatasetError> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        if encoding == UTF_16LE || encoding == UTF_16BE {
            let (text, damaged) = encoding.decode_without_bom_handling(&bytes[mark..]);
            let lost =
                damaged.then(|| warning("some characters are damaged UTF-16 and were replaced", None, None));
            return if text.contains('\0') {
                Err(DatasetError::Binary { file: file.to_owned() })
            } else {
                Ok((text, lost.into_iter().collect()))
            };
        }
        return decode_unmarked(&bytes[mark..], file);
    }
    decode_unmarked(bytes, file)
}

fn decode_unmarked<'a>(
    bytes: &'a [u8],
    file: &str,
) -> Result<(Cow<'a, str>, Vec<DataWarning>), DatasetError> {
    if looks_binary(bytes) {
        return Err(DatasetError::Binary { file: file.to_owned() });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((Cow::Borrowed(text), Vec::new())),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            let noticed = warning(
                "the file is not UTF-8; it was read as Windows-1252 (Latin-1), so check names with accents",
                u32::try_from(line).ok(),
                None,
            );
            Ok((text, vec![noticed]))
        }
    }
}

/// No table holds a NUL, or more than a few control characters.
fn looks_binary(bytes: &[u8]) -> bool {
    if bytes.contains(&0) {
        return true;
    }
    let start = &bytes[..bytes.len().min(64 * 1024)];
    let odd = start.iter().filter(|&&b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c)).count();
    odd * 50 > start.len()
}
