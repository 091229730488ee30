//! Rows in the order of several columns. One column after another is read into
//! keys of 64 bits; each splits the groups of rows that were equal so far.

use super::text::{compare_lower, lower};
use crate::{
    cells::{CHUNK_ROWS, Cells, Chunk, Layout, StillWanted, go_on},
    error::DatasetError,
};
use rayon::prelude::*;
use std::{borrow::Cow, cmp::Ordering, ops::Range};

/// Key of a missing cell, in either direction above all others.
const MISSING: u64 = u64::MAX;
/// Longer columns of text are not held in memory while they are sorted.
const MAX_HELD_BYTES: u64 = 512 << 20;
/// Fewer rows are sorted by one thread.
const PARALLEL_ROWS: usize = 1 << 14;

/// Sorts rows that are given in ascending order; `by` holds columns and whether
/// they are descending. Missing cells come last, rows that are equal stay in
/// their order.
pub(super) fn sort(
    cells: &Cells,
    mut rows: Vec<u32>,
    by: &[(usize, bool)],
    wanted: StillWanted<'_>,
) -> Result<Vec<u32>, DatasetError> {
    // Places of rows that are equal so far.
    let mut equal: Vec<Range<usize>> = Vec::from([Range { start: 0, end: rows.len() }]);
    for &(column, descending) in by {
        equal.retain(|group| group.len() > 1);
        if equal.is_empty() {
            break;
        }
        go_on(wanted)?;
        let keys = Keys::of(cells, column, descending, wanted)?;
        let mut groups = Vec::with_capacity(equal.len());
        let (mut rest, mut passed) = (rows.as_mut_slice(), 0);
        for range in &equal {
            let (group, after) = rest.split_at_mut(range.start - passed).1.split_at_mut(range.len());
            groups.push((range.start, group));
            (rest, passed) = (after, range.end);
        }
        let split = groups.into_par_iter().map(|(start, group)| {
            go_on(wanted)?;
            Ok(keys.sort(group).into_iter().map(|r| r.start + start..r.end + start).collect::<Vec<_>>())
        });
        equal = split.collect::<Result<Vec<_>, DatasetError>>()?.concat();
    }
    Ok(rows)
}

/// What the rows of a table are compared by in one column.
struct Keys {
    /// One a row, ascending in the direction wanted.
    of_row: Vec<u64>,
    descending: bool,
    /// Texts whose keys are equal may still differ.
    texts: Option<TextSource>,
}

enum TextSource {
    Held(crate::cells::Texts),
    InFile(Cells, usize),
}

impl TextSource {
    fn get(&self, row: u32) -> Cow<'_, str> {
        match self {
            Self::Held(texts) => Cow::Borrowed(texts.get(row as usize).unwrap_or_default()),
            // A file that breaks while it is read gives an order, not the right
            // one; the page that is read next tells.
            Self::InFile(cells, column) => match cells.shown(*column, &[row]).map(|mut cell| cell.pop()) {
                Ok(Some(Some(text))) => Cow::Owned(text),
                Ok(_) | Err(_) => Cow::Borrowed(""),
            },
        }
    }
}

impl Keys {
    fn of(
        cells: &Cells,
        column: usize,
        descending: bool,
        wanted: StillWanted<'_>,
    ) -> Result<Self, DatasetError> {
        let layout = &cells.stored(column).layout;
        let ranks = match layout {
            Layout::Codes { boolean: true, .. } => vec![1, 2],
            Layout::Codes { .. } => ranks(&cells.words(column)?),
            Layout::Numbers { .. } | Layout::Moments { .. } | Layout::Texts { .. } => Vec::new(),
        };
        let directed = |key: u64| if descending { !key } else { key };
        let mut of_row = vec![MISSING; cells.n_rows()];
        of_row.par_chunks_mut(CHUNK_ROWS).enumerate().try_for_each(|(at, keys)| {
            go_on(wanted)?;
            let start = at * CHUNK_ROWS;
            for part in cells.parts(column, start..start + keys.len())? {
                let before = part.start - start;
                let mut set = |row: usize, key: u64| keys[before + row] = directed(key);
                match &cells.chunk(column, part)? {
                    Chunk::Numbers(values) => {
                        let present = values.iter().enumerate().filter(|(_, v)| !v.is_nan());
                        present.for_each(|(row, v)| set(row, number_key(*v)));
                    }
                    Chunk::Moments(values) => {
                        let present = values.iter().enumerate().filter(|(_, v)| **v != Chunk::NO_MOMENT);
                        // The largest would be the key of a missing cell.
                        present.for_each(|(row, v)| set(row, (*v.min(&(i64::MAX - 1)) as u64) ^ (1 << 63)));
                    }
                    Chunk::Codes(codes) => {
                        for (row, code) in codes.iter().enumerate() {
                            if let Some(&rank) = ranks.get(usize::from(*code)) {
                                set(row, u64::from(rank));
                            }
                        }
                    }
                    Chunk::Texts(texts) => {
                        for (row, text) in texts.iter().enumerate() {
                            if let Some(text) = text {
                                set(row, text_key(text));
                            }
                        }
                    }
                }
            }
            Ok::<(), DatasetError>(())
        })?;
        let texts = match layout {
            Layout::Texts { .. } if cells.text_bytes(column, &(0..cells.n_rows()))? <= MAX_HELD_BYTES => {
                match cells.chunk(column, 0..cells.n_rows())? {
                    Chunk::Texts(texts) => Some(TextSource::Held(texts)),
                    Chunk::Numbers(_) | Chunk::Moments(_) | Chunk::Codes(_) => None,
                }
            }
            Layout::Texts { .. } => Some(TextSource::InFile(cells.clone(), column)),
            Layout::Numbers { .. } | Layout::Moments { .. } | Layout::Codes { .. } => None,
        };
        Ok(Self { of_row, descending, texts })
    }

    /// Sorts rows that are in ascending order, and says which of them are equal.
    fn sort(&self, rows: &mut [u32]) -> Vec<Range<usize>> {
        let mut pairs: Vec<(u64, u32)> = if rows.len() < PARALLEL_ROWS {
            rows.iter().map(|&row| (self.of_row[row as usize], row)).collect()
        } else {
            rows.par_iter().map(|&row| (self.of_row[row as usize], row)).collect()
        };
        if rows.len() < PARALLEL_ROWS {
            pairs.sort_unstable();
        } else {
            pairs.par_sort_unstable();
        }
        if self.texts.is_some() {
            let compare = |a: &(u64, u32), b: &(u64, u32)| self.compare(*a, *b).then(a.1.cmp(&b.1));
            // Most texts differ in what their keys hold of them.
            let same_key = pairs.chunk_by_mut(|a, b| a.0 == b.0);
            for group in same_key.filter(|group| group.len() > 1 && group[0].0 != MISSING) {
                if group.len() < PARALLEL_ROWS {
                    group.sort_unstable_by(compare);
                } else {
                    group.par_sort_unstable_by(compare);
                }
            }
        }
        rows.iter_mut().zip(&pairs).for_each(|(row, pair)| *row = pair.1);
        let mut equal = Vec::new();
        let mut start = 0;
        for group in pairs.chunk_by(|a, b| self.compare(*a, *b).is_eq()) {
            if group.len() > 1 {
                equal.push(start..start + group.len());
            }
            start += group.len();
        }
        equal
    }

    fn compare(&self, a: (u64, u32), b: (u64, u32)) -> Ordering {
        let by_key = a.0.cmp(&b.0);
        match &self.texts {
            Some(texts) if by_key.is_eq() && a.0 != MISSING => {
                let by_text = compare_lower(&texts.get(a.1), &texts.get(b.1));
                if self.descending { by_text.reverse() } else { by_text }
            }
            Some(_) | None => by_key,
        }
    }
}

/// In the order of the numbers, which are finite.
fn number_key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// In the order of the first seven bytes in lower case; neither 0 nor, turned
/// round, the key of a missing cell.
fn text_key(text: &str) -> u64 {
    let mut start = [0_u8; 8];
    let mut bytes = [0_u8; 4];
    let mut fill = |source: &[u8]| {
        start[1..].iter_mut().zip(source).for_each(|(to, from)| *to = from.to_ascii_lowercase());
    };
    let head = &text.as_bytes()[..text.len().min(7)];
    if head.is_ascii() {
        fill(head);
    } else {
        // A character has at most four bytes, so these are enough.
        let lowered: Vec<u8> = (text.chars().take(7))
            .flat_map(char::to_lowercase)
            .flat_map(|c| c.encode_utf8(&mut bytes).as_bytes().to_vec())
            .collect();
        fill(&lowered);
    }
    u64::from_be_bytes(start) + 1
}

/// For each word its place among all in lower case, from 1; the same for words
/// that differ in case alone.
fn ranks(words: &[String]) -> Vec<u32> {
    let lowered: Vec<String> = words.iter().map(|word| lower(word)).collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by(|&a, &b| lowered[a].cmp(&lowered[b]));
    let mut ranks = vec![0; words.len()];
    for (rank, alike) in (1..).zip(order.chunk_by(|&a, &b| lowered[a] == lowered[b])) {
        alike.iter().for_each(|&word| ranks[word] = rank);
    }
    ranks
}
