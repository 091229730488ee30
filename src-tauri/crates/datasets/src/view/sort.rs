//! Rows in the order of several columns. One column after another is read into
//! keys of 64 bits; each splits the groups of rows that were equal so far.

use super::text::{compare_lower, lower};
use crate::{
    cells::{CHUNK_ROWS, Cells, Chunk, Layout, StillWanted, go_on},
    error::DatasetError,
};
use rayon::prelude::*;
use std::{
    borrow::Cow,
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Key of a missing cell, in either direction above all others.
const MISSING: u64 = u64::MAX;
/// Longer columns of text are not held in memory while they are sorted.
const MAX_HELD_BYTES: u64 = 512 << 20;
/// Fewer rows are sorted by one thread.
const PARALLEL_ROWS: usize = 1 << 14;
/// Bytes of a text that a key holds.
const PIECE_BYTES: usize = 7;
/// Pieces of texts that are compared as keys; what follows, letter by letter.
const MAX_PIECES: usize = 8;
/// Places throughout a column, and rows at each, by which it is guessed how its
/// texts begin.
const SAMPLED_PLACES: usize = 16;
const SAMPLED_ROWS: usize = 64;
/// Beginnings are told no further.
const MAX_BEGINNING: usize = 64;

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
        let split = parts_of(&mut rows, &equal).into_par_iter().map(|(start, group)| {
            go_on(wanted)?;
            Ok(keys.sort(group).into_iter().map(|r| r.start + start..r.end + start).collect::<Vec<_>>())
        });
        equal = split.collect::<Result<Vec<_>, DatasetError>>()?.concat();
    }
    Ok(rows)
}

/// These parts of a slice, in ascending order, and where each starts.
fn parts_of<'a, T>(mut rest: &'a mut [T], ranges: &[Range<usize>]) -> Vec<(usize, &'a mut [T])> {
    let mut parts = Vec::with_capacity(ranges.len());
    let mut passed = 0;
    for range in ranges {
        let (part, after) = rest.split_at_mut(range.start - passed).1.split_at_mut(range.len());
        parts.push((range.start, part));
        (rest, passed) = (after, range.end);
    }
    parts
}

/// A key, and the row that has it.
type Keyed = (u64, u32);

/// Where several neighbours are the same, in a slice that starts at `start`.
fn equal_neighbours<'a>(
    pairs: &'a [Keyed],
    start: usize,
    same: impl Fn(&Keyed, &Keyed) -> bool + 'a,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let ends = pairs.chunk_by(same).scan(start, |end, group| {
        *end += group.len();
        Some(*end - group.len()..*end)
    });
    ends.filter(|range| range.len() > 1)
}

/// What the rows of a table are compared by in one column.
struct Keys {
    /// One a row, ascending in the direction wanted.
    of_row: Vec<u64>,
    descending: bool,
    /// Texts whose keys are equal may still differ.
    texts: Option<TextSource>,
    /// Bytes that all texts begin with, which keys leave out.
    beginning: usize,
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
        let mut beginning = match layout {
            Layout::Texts { .. } => beginning(cells, column)?,
            Layout::Numbers { .. } | Layout::Moments { .. } | Layout::Codes { .. } => Vec::new(),
        };
        let mut of_row = vec![MISSING; cells.n_rows()];
        // A guess until all texts were seen; seldom they share less.
        loop {
            let shared = AtomicUsize::new(beginning.len());
            of_row.par_chunks_mut(CHUNK_ROWS).enumerate().try_for_each(|(at, keys)| {
                go_on(wanted)?;
                let start = at * CHUNK_ROWS;
                for part in cells.parts(column, start..start + keys.len())? {
                    let keys = &mut keys[part.start - start..part.end - start];
                    let chunk = cells.chunk(column, part)?;
                    shared.fetch_min(set_keys(keys, &chunk, &ranks, &beginning), Ordering::Relaxed);
                    if descending {
                        keys.iter_mut().filter(|key| **key != MISSING).for_each(|key| *key = !*key);
                    }
                }
                Ok::<(), DatasetError>(())
            })?;
            let shared = shared.into_inner();
            if shared == beginning.len() {
                break;
            }
            beginning.truncate(shared);
            of_row.fill(MISSING);
        }
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
        Ok(Self { of_row, descending, texts, beginning: beginning.len() })
    }

    /// Sorts rows that are in ascending order, and says which of them are equal.
    fn sort(&self, rows: &mut [u32]) -> Vec<Range<usize>> {
        let mut pairs: Vec<Keyed> = if rows.len() < PARALLEL_ROWS {
            rows.iter().map(|&row| (self.of_row[row as usize], row)).collect()
        } else {
            rows.par_iter().map(|&row| (self.of_row[row as usize], row)).collect()
        };
        if rows.len() < PARALLEL_ROWS {
            pairs.sort_unstable();
        } else {
            pairs.par_sort_unstable();
        }
        let mut equal: Vec<Range<usize>> = equal_neighbours(&pairs, 0, |a, b| a.0 == b.0).collect();
        if let Some(texts) = &self.texts {
            equal = self.sort_further(&mut pairs, equal, texts);
        }
        rows.iter_mut().zip(&pairs).for_each(|(row, pair)| *row = pair.1);
        equal
    }

    /// Sorts texts that agree in their first pieces by the pieces that follow,
    /// and says which are equal throughout. A row's text lies anywhere: it is
    /// looked up once a piece, not at every comparison.
    fn sort_further(
        &self,
        pairs: &mut [Keyed],
        mut open: Vec<Range<usize>>,
        texts: &TextSource,
    ) -> Vec<Range<usize>> {
        let mut equal = Vec::new();
        for piece in 1.. {
            let (going_on, ended): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|group| self.goes_on(pairs[group.start].0));
            open = going_on;
            equal.extend(ended);
            if piece == MAX_PIECES || open.is_empty() {
                break;
            }
            let key = |pair: &mut Keyed| {
                let skipped = self.beginning + piece * PIECE_BYTES;
                pair.0 = self.directed(text_key(&texts.get(pair.1), skipped));
            };
            let split = parts_of(pairs, &open).into_par_iter().flat_map_iter(|(start, group)| {
                if group.len() < PARALLEL_ROWS {
                    group.iter_mut().for_each(key);
                    group.sort_unstable();
                } else {
                    group.par_iter_mut().for_each(key);
                    group.par_sort_unstable();
                }
                equal_neighbours(group, start, |a, b| a.0 == b.0)
            });
            open = split.collect();
        }
        let compare = |a: &Keyed, b: &Keyed| {
            let by_text = compare_lower(&texts.get(a.1), &texts.get(b.1));
            if self.descending { by_text.reverse() } else { by_text }
        };
        let compared = parts_of(pairs, &open).into_par_iter().flat_map_iter(|(start, group)| {
            group.par_sort_unstable_by(|a, b| compare(a, b).then(a.1.cmp(&b.1)));
            equal_neighbours(group, start, move |a, b| compare(a, b).is_eq())
        });
        equal.extend(compared.collect::<Vec<_>>());
        equal.sort_unstable_by_key(|group| group.start);
        equal
    }

    /// A key in the direction wanted.
    fn directed(&self, key: u64) -> u64 {
        if self.descending { !key } else { key }
    }

    /// True where a text may go on behind the piece of this key.
    fn goes_on(&self, key: u64) -> bool {
        key != MISSING && (self.directed(key) - 1) & 0xFF == PIECE_BYTES as u64
    }
}

/// Sets keys of cells, in ascending order, where they are not missing. Texts are
/// told apart by what follows the beginning that all share; says how much of it
/// these do.
fn set_keys(keys: &mut [u64], chunk: &Chunk, ranks: &[u32], beginning: &[u8]) -> usize {
    let mut shared = beginning.len();
    match chunk {
        Chunk::Numbers(values) => {
            let present = keys.iter_mut().zip(values).filter(|(_, v)| !v.is_nan());
            present.for_each(|(key, v)| *key = number_key(*v));
        }
        Chunk::Moments(values) => {
            let present = keys.iter_mut().zip(values).filter(|(_, v)| **v != Chunk::NO_MOMENT);
            // The largest would be the key of a missing cell.
            present.for_each(|(key, v)| *key = (*v.min(&(i64::MAX - 1)) as u64) ^ (1 << 63));
        }
        Chunk::Codes(codes) => {
            for (key, code) in keys.iter_mut().zip(codes) {
                if let Some(&rank) = ranks.get(usize::from(*code)) {
                    *key = u64::from(rank);
                }
            }
        }
        Chunk::Texts(texts) => {
            for (key, text) in keys.iter_mut().zip(texts.iter()) {
                if let Some(text) = text {
                    shared = shared_beginning(&beginning[..shared], text.as_bytes());
                    *key = text_key(text, beginning.len());
                }
            }
        }
    }
    shared
}

/// What texts throughout a column begin with, in lower case and as far as it is
/// ASCII: often enough all of a column's, of which keys then hold more.
fn beginning(cells: &Cells, column: usize) -> Result<Vec<u8>, DatasetError> {
    let mut beginning: Option<Vec<u8>> = None;
    for place in 0..SAMPLED_PLACES {
        let start = cells.n_rows() / SAMPLED_PLACES * place;
        let rows = start..(start + SAMPLED_ROWS).min(cells.n_rows());
        let Some(part) = cells.parts(column, rows)?.into_iter().next() else { continue };
        let Chunk::Texts(texts) = cells.chunk(column, part)? else { continue };
        for text in texts.iter().flatten().map(str::as_bytes) {
            match &mut beginning {
                Some(beginning) => beginning.truncate(shared_beginning(beginning, text)),
                None => {
                    let first = text.iter().take(MAX_BEGINNING).take_while(|b| b.is_ascii());
                    beginning = Some(first.map(u8::to_ascii_lowercase).collect());
                }
            }
        }
    }
    Ok(beginning.unwrap_or_default())
}

/// How many bytes of the beginning a text has too.
fn shared_beginning(beginning: &[u8], text: &[u8]) -> usize {
    let pairs = beginning.iter().zip(text);
    pairs.take_while(|(wanted, byte)| **wanted == byte.to_ascii_lowercase()).count()
}

/// In the order of the numbers, which are finite.
fn number_key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// In the order of seven bytes of the text in lower case, from `skipped` on, and
/// of how many are there; neither 0 nor, turned round, the key of a missing cell.
fn text_key(text: &str, skipped: usize) -> u64 {
    let mut piece = [0_u8; 8];
    let end = skipped + PIECE_BYTES;
    let mut lowered = String::new();
    let mut bytes = &text.as_bytes()[..text.len().min(end)];
    if !bytes.is_ascii() {
        // No character is less than a byte.
        lowered.extend(text.chars().take(end).flat_map(char::to_lowercase));
        bytes = lowered.as_bytes();
    }
    let there = &bytes[skipped.min(bytes.len())..end.min(bytes.len())];
    piece.iter_mut().zip(there).for_each(|(to, from)| *to = from.to_ascii_lowercase());
    piece[PIECE_BYTES] = there.len() as u8;
    u64::from_be_bytes(piece) + 1
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
