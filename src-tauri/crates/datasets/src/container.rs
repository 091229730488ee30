//! What a file is, by its bytes: a packed one is unpacked within bounds first.

use crate::{
    error::DatasetError,
    workbook::{self, Container},
};
use flate2::read::MultiGzDecoder;
use retort_domain::Packing;
use std::{
    borrow::Cow,
    io::{self, Read},
};

/// Most bytes that a packed file may unpack to.
const MAX_UNPACKED: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes up to which a file may unpack whatever its packed size.
const TRUSTED_BYTES: u64 = 64 * 1024 * 1024;
/// How many times its packed size a larger file may have. Tables of few values
/// reach 100.
const MAX_RATIO: u64 = 200;

/// What the bytes of a file hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Workbook(Container),
    Parquet,
    /// Arrow's file format, also called Feather.
    Arrow,
    ArrowStream,
    Json,
    Text,
}

/// Looks at the first bytes, whatever the file's name says.
pub(crate) fn content(bytes: &[u8]) -> Content {
    if let Some(container) = workbook::sniff(bytes) {
        return Content::Workbook(container);
    }
    match bytes {
        [b'P', b'A', b'R', b'1', ..] => Content::Parquet,
        [b'A', b'R', b'R', b'O', b'W', b'1', 0, 0, ..] => Content::Arrow,
        [0xFF, 0xFF, 0xFF, 0xFF, _, _, 0, 0, ..] => Content::ArrowStream,
        _ if looks_like_json(bytes) => Content::Json,
        _ => Content::Text,
    }
}

/// An object on the first line, or a list of objects.
fn looks_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    match bytes.first() {
        Some(b'{') => {
            let mut values = serde_json::Deserializer::from_slice(bytes)
                .into_iter::<serde_json::Map<String, serde_json::Value>>();
            matches!(values.next(), Some(Ok(_)))
        }
        Some(b'[') => bytes[1..].trim_ascii_start().first() == Some(&b'{'),
        _ => false,
    }
}

/// The file's bytes, unpacked where they are packed.
pub(crate) fn unpacked<'a>(
    bytes: &'a [u8],
    file: &str,
) -> Result<(Cow<'a, [u8]>, Option<Packing>), DatasetError> {
    let damaged =
        |e: io::Error| DatasetError::DamagedArchive { file: file.to_owned(), reason: e.to_string() };
    let limit = (bytes.len() as u64).saturating_mul(MAX_RATIO).clamp(TRUSTED_BYTES, MAX_UNPACKED);
    let read = |reader: &mut dyn Read| -> Result<Vec<u8>, DatasetError> {
        let mut out = Vec::new();
        reader.take(limit + 1).read_to_end(&mut out).map_err(damaged)?;
        if out.len() as u64 > limit {
            return Err(DatasetError::Overpacked { file: file.to_owned(), limit });
        }
        if out.is_empty() { Err(DatasetError::Empty { file: file.to_owned() }) } else { Ok(out) }
    };
    match bytes {
        [0x1F, 0x8B, ..] => Ok((Cow::Owned(read(&mut MultiGzDecoder::new(bytes))?), Some(Packing::Gzip))),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => {
            let mut decoder = zstd::Decoder::new(bytes).map_err(damaged)?;
            // A frame may ask for a window of gigabytes.
            decoder.window_log_max(27).map_err(damaged)?;
            Ok((Cow::Owned(read(&mut decoder)?), Some(Packing::Zstandard)))
        }
        _ => Ok((Cow::Borrowed(bytes), None)),
    }
}
