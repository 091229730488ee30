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

/// Most bytes that a packed file may unpack to in memory.
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

/// How a packed file is unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packed {
    Gzip,
    Zstandard,
}

impl Packed {
    /// Looks at the first bytes; none where a file is not packed.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstandard),
            _ => None,
        }
    }

    pub fn packing(self) -> Packing {
        match self {
            Self::Gzip => Packing::Gzip,
            Self::Zstandard => Packing::Zstandard,
        }
    }

    /// Most bytes that a file of so many packed ones may have.
    pub fn limit(self, bytes: u64) -> u64 {
        bytes.saturating_mul(MAX_RATIO).max(TRUSTED_BYTES)
    }

    /// Reads what was packed.
    pub fn reader<'r>(self, packed: impl Read + 'r) -> io::Result<Box<dyn Read + 'r>> {
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstandard => {
                let mut decoder = zstd::Decoder::new(packed)?;
                // A frame may ask for a window of gigabytes.
                decoder.window_log_max(27)?;
                Box::new(decoder)
            }
        })
    }
}

/// The file's bytes, unpacked where they are packed.
pub(crate) fn unpacked<'a>(
    bytes: &'a [u8],
    file: &str,
) -> Result<(Cow<'a, [u8]>, Option<Packing>), DatasetError> {
    let Some(packed) = Packed::sniff(bytes) else { return Ok((Cow::Borrowed(bytes), None)) };
    let damaged =
        |e: io::Error| DatasetError::DamagedArchive { file: file.to_owned(), reason: e.to_string() };
    let limit = packed.limit(bytes.len() as u64).min(MAX_UNPACKED);
    let mut out = Vec::new();
    let reader = packed.reader(bytes).map_err(damaged)?;
    reader.take(limit + 1).read_to_end(&mut out).map_err(damaged)?;
    if out.len() as u64 > limit {
        return Err(DatasetError::Overpacked { file: file.to_owned(), limit });
    }
    if out.is_empty() {
        Err(DatasetError::Empty { file: file.to_owned() })
    } else {
        Ok((Cow::Owned(out), Some(packed.packing())))
    }
}
