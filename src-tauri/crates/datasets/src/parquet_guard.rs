//! What the pages of a Parquet file declare, held against their bytes before they
//! are read: the reader fills room for as many bytes as a page says it unpacks to.

use crate::unpacked::{count, is_taken_at_its_word};
use polars::prelude::PolarsError;
use polars_parquet::parquet::{compression::Compression, metadata::FileMetadata};
use polars_parquet_format::{PageHeader, PageType, thrift::protocol::TCompactInputProtocol};

/// Most bytes of a page's header, which may hold the least and the largest text.
const MAX_HEADER_BYTES: usize = 1 << 26;
/// Bytes that one byte stands for at most: a copy of 64 bytes is said in three,
/// and a byte makes a copy 255 bytes longer.
const MOST_OF_SNAPPY: u64 = 22;
const MOST_OF_LZ4: u64 = 255;
const BROTLI_BUFFER_BYTES: usize = 4096;

/// Looks at every page's header, and into those that declare much.
///
/// # Errors
/// Where a page lies beyond its column's end, or holds less than it declares.
pub(crate) fn check(bytes: &[u8], metadata: &FileMetadata) -> Result<(), PolarsError> {
    for column in metadata.row_groups.iter().flat_map(|group| group.parquet_columns()) {
        let range = column.byte_range();
        let place = |at: u64| usize::try_from(at).ok();
        let pages = place(range.start)
            .zip(place(range.end))
            .and_then(|(start, end)| bytes.get(start..end))
            .ok_or_else(beyond_the_end)?;
        check_pages(pages, column.compression(), column.num_values())?;
    }
    Ok(())
}

fn check_pages(mut rest: &[u8], compression: Compression, n_values: i64) -> Result<(), PolarsError> {
    let mut seen = 0_i64;
    while seen < n_values {
        let mut protocol = TCompactInputProtocol::new(&mut rest, MAX_HEADER_BYTES);
        let header = PageHeader::read_from_in_protocol(&mut protocol)
            .map_err(|error| PolarsError::ComputeError(error.to_string().into()))?;
        let (Ok(declared), Ok(length)) =
            (u64::try_from(header.uncompressed_page_size), usize::try_from(header.compressed_page_size))
        else {
            return Err(beyond_the_end());
        };
        let (stored, after) = rest.split_at_checked(length).ok_or_else(beyond_the_end)?;
        rest = after;
        let (levels, is_packed, n_own) = match header.type_ {
            PageType::DATA_PAGE => (0, true, header.data_page_header.map_or(0, |page| page.num_values)),
            PageType::DATA_PAGE_V2 => header.data_page_header_v2.map_or((0, true, 0), |page| {
                // They stand before what is packed.
                let levels =
                    page.definition_levels_byte_length.saturating_add(page.repetition_levels_byte_length);
                (levels, page.is_compressed.unwrap_or(true), page.num_values)
            }),
            _ => {
                // A word of a dictionary takes a byte at least.
                let n_words = header.dictionary_page_header.map_or(0, |page| page.num_values);
                if u64::try_from(n_words).map_or(true, |n_words| n_words > declared.max(stored.len() as u64))
                {
                    return Err(holds_less());
                }
                (0, true, 0)
            }
        };
        seen = seen.saturating_add(i64::from(n_own));
        let levels = usize::try_from(levels).map_err(|_| beyond_the_end())?;
        let packed = stored.get(levels..).ok_or_else(beyond_the_end)?;
        let declared = declared.saturating_sub(levels as u64);
        let is_there = if is_packed {
            comes_out(declared, packed, compression)?
        } else {
            is_taken_at_its_word(declared, packed)
        };
        if !is_there {
            return Err(holds_less());
        }
    }
    Ok(())
}

/// True where so many bytes come out, or may.
fn comes_out(declared: u64, packed: &[u8], compression: Compression) -> Result<bool, PolarsError> {
    if is_taken_at_its_word(declared, packed) {
        return Ok(true);
    }
    let at_most = |of_each: u64| Ok(declared <= of_each * packed.len() as u64);
    let held = match compression {
        Compression::Snappy => return at_most(MOST_OF_SNAPPY),
        Compression::Lz4 | Compression::Lz4Raw => return at_most(MOST_OF_LZ4),
        Compression::Gzip => count(flate2::read::MultiGzDecoder::new(packed), declared)?,
        Compression::Zstd => count(zstd::Decoder::with_buffer(packed)?, declared)?,
        Compression::Brotli => {
            count(brotli_decompressor::Decompressor::new(packed, BROTLI_BUFFER_BYTES), declared)?
        }
        // Where nothing is packed, nothing is taken for it; the reader refuses others.
        _ => declared,
    };
    Ok(held == declared)
}

fn holds_less() -> PolarsError {
    PolarsError::ComputeError("a page holds less than it declares".into())
}

fn beyond_the_end() -> PolarsError {
    PolarsError::ComputeError("a page points beyond its column's end".into())
}
