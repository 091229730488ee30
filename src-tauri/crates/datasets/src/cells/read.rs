//! Reads cells by their place.

use super::{Cells, Layout};
use crate::{error::DatasetError, number};
use std::{borrow::Cow, fs::File, io, ops::Range};

/// Cells of neighbouring rows of one column.
#[derive(Debug)]
pub(crate) enum Chunk {
    /// NaN where missing.
    Numbers(Vec<f64>),
    /// The least where missing.
    Moments(Vec<i64>),
    /// [`Chunk::NO_CODE`] where missing.
    Codes(Vec<u16>),
    /// Texts.
    Texts(Texts),
}

/// Texts of neighbouring rows.
#[derive(Debug)]
pub(crate) struct Texts {
    start: u64,
    ends: Vec<u64>,
    text: String,
}

impl Texts {
    /// None where missing.
    pub fn get(&self, row: usize) -> Option<&str> {
        let start = if row == 0 { self.start } else { self.ends[row - 1] >> 1 };
        let end = self.ends[row];
        (end & 1 == 0).then(|| &self.text[(start - self.start) as usize..((end >> 1) - self.start) as usize])
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl Chunk {
    pub const NO_MOMENT: i64 = i64::MIN;
    pub const NO_CODE: u16 = u16::MAX;
}

/// Where cells lie.
#[derive(Debug)]
pub(super) enum Source {
    File(File),
    /// Where no file can be written.
    Held(Vec<u8>),
}

impl Source {
    pub fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => file.metadata().map(|metadata| metadata.len()),
            Self::Held(bytes) => Ok(bytes.len() as u64),
        }
    }

    pub fn exact_at(&self, bytes: &mut [u8], at: u64) -> io::Result<()> {
        match self {
            Self::File(file) => exact_at(file, bytes, at),
            Self::Held(held) => {
                let start = usize::try_from(at).map_err(io::Error::other)?;
                let part = start.checked_add(bytes.len()).and_then(|end| held.get(start..end));
                bytes.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }
}

/// Fills `bytes` from a place in a file.
#[cfg(unix)]
pub(crate) fn exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

/// Fills `bytes` from a place in a file.
#[cfg(windows)]
pub(crate) fn exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[n..];
        at += n as u64;
    }
    Ok(())
}

fn words_of<const N: usize, T>(bytes: &[u8], word: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes
        .chunks_exact(N)
        .map(|w| {
            let mut array = [0; N];
            array.copy_from_slice(w);
            word(array)
        })
        .collect()
}

impl Cells {
    /// Cells of these rows, which the table has.
    pub(crate) fn chunk(&self, column: usize, rows: Range<usize>) -> Result<Chunk, DatasetError> {
        let n = rows.len();
        let bytes_at = |at: u64, width: usize| -> Result<Vec<u8>, DatasetError> {
            let mut bytes = vec![0_u8; n * width];
            self.read(&mut bytes, at + (rows.start * width) as u64)?;
            Ok(bytes)
        };
        Ok(match self.stored(column).layout {
            Layout::Numbers { at } => Chunk::Numbers(words_of(&bytes_at(at, 8)?, f64::from_le_bytes)),
            Layout::Moments { at, .. } => Chunk::Moments(words_of(&bytes_at(at, 8)?, i64::from_le_bytes)),
            Layout::Codes { at, width: 1, .. } => {
                let widened = |code: u8| if code == u8::MAX { Chunk::NO_CODE } else { u16::from(code) };
                Chunk::Codes(bytes_at(at, 1)?.into_iter().map(widened).collect())
            }
            Layout::Codes { at, .. } => Chunk::Codes(words_of(&bytes_at(at, 2)?, u16::from_le_bytes)),
            Layout::Texts { ends_at, text_at } => {
                let ends = words_of(&bytes_at(ends_at, 8)?, u64::from_le_bytes);
                let start = match rows.start {
                    0 => 0,
                    row => {
                        let mut word = [0_u8; 8];
                        self.read(&mut word, ends_at + (row as u64 - 1) * 8)?;
                        u64::from_le_bytes(word) >> 1
                    }
                };
                let end = ends.last().map_or(start, |end| end >> 1);
                if ends.is_empty() || end < start {
                    Chunk::Texts(Texts { start, ends, text: String::new() })
                } else {
                    let mut text = vec![0_u8; (end - start) as usize];
                    self.read(&mut text, text_at + start)?;
                    let text = String::from_utf8(text).map_err(|e| self.damaged(e))?;
                    Chunk::Texts(Texts { start, ends, text })
                }
            }
        })
    }

    /// Cells of these rows as they are shown, none where missing; in the order
    /// of the rows.
    pub(crate) fn shown(&self, column: usize, rows: &[u32]) -> Result<Vec<Option<String>>, DatasetError> {
        let mut shown = vec![None; rows.len()];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_unstable_by_key(|&i| rows[i]);
        let show = self.shower(column)?;
        // Rows near each other are read at once.
        for group in order.chunk_by(|&a, &b| rows[b] - rows[a] <= NEAR_ROWS) {
            let (Some(&first), Some(&last)) = (group.first(), group.last()) else { continue };
            let start = rows[first] as usize;
            let chunk = self.chunk(column, start..rows[last] as usize + 1)?;
            for &i in group {
                shown[i] = show.text(&chunk, rows[i] as usize - start).map(Cow::into_owned);
            }
        }
        Ok(shown)
    }

    /// Shows cells of a column.
    pub(crate) fn shower(&self, column: usize) -> Result<Shower, DatasetError> {
        Ok(match self.stored(column).layout {
            Layout::Numbers { .. } | Layout::Texts { .. } => Shower::Plain,
            Layout::Moments { format, .. } => Shower::Moments(format),
            Layout::Codes { .. } => Shower::Words(self.words(column)?),
        })
    }
}

/// Rows so far apart are still read at once.
const NEAR_ROWS: u32 = 32;

/// Turns cells of one column into text.
#[derive(Debug)]
pub(crate) enum Shower {
    Plain,
    Moments(crate::moment::MomentFormat),
    Words(std::sync::Arc<[String]>),
}

impl Shower {
    /// The cell at a place in a chunk of the column; none where it is missing.
    pub fn text<'a>(&'a self, chunk: &'a Chunk, row: usize) -> Option<Cow<'a, str>> {
        match (chunk, self) {
            (Chunk::Numbers(v), _) => (!v[row].is_nan()).then(|| Cow::Owned(number::format(v[row]))),
            (Chunk::Texts(texts), _) => texts.get(row).map(Cow::Borrowed),
            (Chunk::Moments(v), Self::Moments(format)) => {
                (v[row] != Chunk::NO_MOMENT).then(|| Cow::Owned(format.show(v[row])))
            }
            (Chunk::Codes(v), Self::Words(words)) => {
                words.get(usize::from(v[row])).map(|word| Cow::Borrowed(word.as_str()))
            }
            (Chunk::Moments(_) | Chunk::Codes(_), _) => None,
        }
    }
}
