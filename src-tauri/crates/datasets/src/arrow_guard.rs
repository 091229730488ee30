//! What an Arrow file declares, held against its bytes before it is read: the
//! reader takes room for as many bytes as a compressed buffer says it holds, and
//! where there is not so much the whole program ends.

use crate::unpacked::{ANYWAY, count, is_taken_at_its_word};
use lz4::Decoder as Lz4Decoder;
use polars::prelude::PolarsError;
use polars_arrow::io::ipc::format::ipc::{
    CompressionType, MessageHeaderRef, MessageRef, RecordBatchRef, planus::ReadAsRoot,
};
use polars_arrow::io::ipc::read::read_file_metadata;
use std::io::Cursor;
use zstd::Decoder as ZstdDecoder;

/// Begins a message, before its length.
const CONTINUATION: [u8; 4] = [0xFF; 4];
/// Most bytes of one buffer.
const MOST_BYTES: u64 = 1 << 34;

/// Rows of all record batches of a file, or of a stream of messages.
///
/// # Errors
/// Where messages or buffers lie beyond the end, hold less than they declare, or
/// have more rows than bits.
pub(crate) fn rows(bytes: &[u8], is_stream: bool) -> Result<u64, PolarsError> {
    if is_stream { rows_of_stream(bytes) } else { rows_of_file(bytes) }
}

fn rows_of_file(bytes: &[u8]) -> Result<u64, PolarsError> {
    let metadata = read_file_metadata(&mut Cursor::new(bytes))?;
    let mut rows = 0_u64;
    for block in metadata.dictionaries.iter().flatten().chain(&metadata.blocks) {
        let at = usize::try_from(block.offset).map_err(|_| beyond_the_end())?;
        let length = usize::try_from(block.meta_data_length).map_err(|_| beyond_the_end())?;
        let Some((message, _)) = message(bytes, at)? else { return Err(beyond_the_end()) };
        let body = at.checked_add(length).ok_or_else(beyond_the_end)?;
        rows = rows.saturating_add(rows_of_message(bytes, body, message)?);
    }
    Ok(rows)
}

fn rows_of_stream(bytes: &[u8]) -> Result<u64, PolarsError> {
    let (mut at, mut rows) = (0_usize, 0_u64);
    while let Some((message, body)) = message(bytes, at)? {
        rows = rows.saturating_add(rows_of_message(bytes, body, message)?);
        let length = usize::try_from(message.body_length()?).map_err(|_| beyond_the_end())?;
        at = body.checked_add(length).ok_or_else(beyond_the_end)?;
    }
    Ok(rows)
}

/// The message there, with where it ends; none at the end of a stream.
fn message(bytes: &[u8], mut at: usize) -> Result<Option<(MessageRef<'_>, usize)>, PolarsError> {
    let four_at = |at: usize| -> Option<[u8; 4]> { bytes.get(at..)?.get(..4)?.try_into().ok() };
    let Some(mut length) = four_at(at) else { return Ok(None) };
    if length == CONTINUATION {
        at += 4;
        length = four_at(at).ok_or_else(beyond_the_end)?;
    }
    let length = usize::try_from(i32::from_le_bytes(length)).map_err(|_| beyond_the_end())?;
    if length == 0 {
        return Ok(None);
    }
    let start = at + 4;
    let own = bytes.get(start..).and_then(|rest| rest.get(..length)).ok_or_else(beyond_the_end)?;
    Ok(Some((MessageRef::read_as_root(own)?, start + length)))
}

/// A dictionary's values are no rows, but checked like them.
fn rows_of_message(bytes: &[u8], body: usize, message: MessageRef<'_>) -> Result<u64, PolarsError> {
    match message.header()? {
        Some(MessageHeaderRef::RecordBatch(batch)) => rows_of_batch(bytes, body, batch),
        Some(MessageHeaderRef::DictionaryBatch(dictionary)) => {
            if let Some(values) = dictionary.data()? {
                rows_of_batch(bytes, body, values)?;
            }
            Ok(0)
        }
        _ => Ok(0),
    }
}

fn rows_of_batch(bytes: &[u8], body: usize, batch: RecordBatchRef<'_>) -> Result<u64, PolarsError> {
    let codec = batch.compression()?.map(|compression| compression.codec()).transpose()?;
    let mut held = 0_u64;
    for buffer in batch.buffers()?.iter().flat_map(|buffers| buffers.iter()) {
        let start = usize::try_from(buffer.offset()).ok().and_then(|offset| body.checked_add(offset));
        let length = usize::try_from(buffer.length()).ok();
        let stored = start
            .zip(length)
            .and_then(|(start, length)| bytes.get(start..)?.get(..length))
            .ok_or_else(beyond_the_end)?;
        held = held.saturating_add(match codec {
            Some(codec) => held_in(stored, codec)?,
            None => stored.len() as u64,
        });
    }
    // A bit a row is the least that any has; columns of nothing but missing cells
    // stand beside others.
    let most_rows = held.saturating_add(ANYWAY).saturating_mul(8);
    let is_beyond = |rows: i64| u64::try_from(rows).map_or(true, |rows| rows > most_rows);
    let rows = batch.length()?;
    let nodes = batch.nodes()?;
    let mut lengths = nodes.iter().flat_map(|nodes| nodes.iter()).map(|node| node.length());
    if is_beyond(rows) || lengths.any(is_beyond) {
        return Err(PolarsError::ComputeError("it declares more rows than it holds".into()));
    }
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// Bytes that a compressed buffer holds, which stand before it.
fn held_in(stored: &[u8], codec: CompressionType) -> Result<u64, PolarsError> {
    if stored.is_empty() {
        return Ok(0);
    }
    let (declared, own) = stored.split_first_chunk().ok_or_else(beyond_the_end)?;
    let declared = i64::from_le_bytes(*declared);
    if declared == -1 {
        return Ok(own.len() as u64);
    }
    let holds_less = || PolarsError::ComputeError("a buffer holds fewer bytes than it declares".into());
    let declared = u64::try_from(declared).map_err(|_| holds_less())?;
    if is_taken_at_its_word(declared, own) {
        return Ok(declared);
    }
    if declared > MOST_BYTES {
        return Err(PolarsError::ComputeError("a buffer is larger than any that is read".into()));
    }
    let held = match codec {
        CompressionType::Lz4Frame => count(Lz4Decoder::new(own)?, declared)?,
        CompressionType::Zstd => count(ZstdDecoder::with_buffer(own)?, declared)?,
    };
    if held == declared { Ok(declared) } else { Err(holds_less()) }
}

fn beyond_the_end() -> PolarsError {
    PolarsError::ComputeError("it points beyond its end".into())
}
