//! Where each record of a text starts, and how many cells it has.

use super::{Cut, Cutter, Field, line_end};
use crate::mapped::MappedFile;
use memchr::memchr2;
use rayon::prelude::*;

/// Text that one thread marks at a time, bytes.
const PIECE_BYTES: usize = 1024 * 1024;
/// Pieces, and the beginnings of some, whose marks are joined at a time.
const PIECES_JOINED: usize = 128;
/// Pieces whose starts are sought before what was read of them is given back.
const PIECES_SOUGHT: usize = 32;

/// A record of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Where it starts.
    pub at: usize,
    /// Its line, from 1.
    pub line: u32,
    /// Cells, 0 for an empty line.
    pub width: u32,
    /// Which of its first 32 cells begin with a digit, as bits.
    pub digits: u32,
    /// It was cut again.
    pub mended: bool,
    /// A quote in it is never closed, so that it ends with its line.
    pub unclosed: bool,
    /// Every cell is empty, and none of several is in quotes.
    pub empty: bool,
    /// It begins with `#`.
    pub hash: bool,
}

/// Marks all records of a text. `want` is the width that most have. Pieces of
/// the text are marked at once, each from a line's start; where that was no
/// record's start, a piece is marked anew up to the first record that is one.
pub(crate) fn mark(
    text: &str,
    file: Option<&MappedFile>,
    cutter: &Cutter,
    want: usize,
    first_line: u32,
) -> Vec<Mark> {
    let starts = starts_of_pieces(text.as_bytes(), file);
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let marker = Marker { text, cutter: cutter.clone(), want, doubts: 0, fields: Vec::new() };
    let pieces: Vec<(Vec<Mark>, Place)> = starts
        .par_iter()
        .zip(ends.collect::<Vec<_>>())
        .map(|(&at, end)| {
            let marked = marker.clone().mark_from(Place { at, line: 0 }, end);
            file.iter().for_each(|file| file.give_back(&text.as_bytes()[at..end]));
            marked
        })
        .collect();
    file.iter().for_each(|file| file.give_back(text.as_bytes()));
    let mut marks: Vec<Mark> = Vec::with_capacity(pieces.iter().map(|p| p.0.len()).sum());
    let mut runs: Vec<Run> = Vec::with_capacity(PIECES_JOINED);
    let mut place = Place { at: 0, line: first_line };
    for (mut piece, end) in pieces {
        let (mut again, mut anew) = (marker.clone(), Vec::new());
        let known = loop {
            if place.at >= end.at {
                break piece.len();
            }
            match piece.binary_search_by_key(&place.at, |m| m.at) {
                Ok(known) => break known,
                Err(_) => anew.push(again.mark_next(&mut place)),
            }
        };
        runs.push(Run { marks: anew, moved: 0 });
        if let Some(first) = piece.get(known) {
            let moved = place.line.wrapping_sub(first.line);
            place = Place { at: end.at, line: end.line.wrapping_add(moved) };
            piece.drain(..known);
            runs.push(Run { marks: piece, moved });
        }
        if runs.len() >= PIECES_JOINED {
            append(&mut marks, std::mem::take(&mut runs));
        }
    }
    append(&mut marks, runs);
    marks
}

/// Marks that follow one another.
struct Run {
    marks: Vec<Mark>,
    /// Lines by which each stands further down than was thought.
    moved: u32,
}

/// Appends runs, on all processors: a file has millions of marks.
fn append(marks: &mut Vec<Mark>, runs: Vec<Run>) {
    let mut ends: Vec<usize> = runs.iter().map(|run| run.marks.len()).collect();
    for i in 1..ends.len() {
        ends[i] += ends[i - 1];
    }
    let n_marks = ends.last().copied().unwrap_or(0);
    let mark = |run: &mut usize, i: usize| {
        if i >= ends[*run] {
            *run = ends.partition_point(|&end| end <= i);
        }
        let Run { marks, moved } = &runs[*run];
        let mark = marks[i + marks.len() - ends[*run]];
        Mark { line: mark.line.wrapping_add(*moved), ..mark }
    };
    marks.par_extend((0..n_marks).into_par_iter().map_init(|| 0, mark));
}

/// Starts of lines, about [`PIECE_BYTES`] apart, the text's start first.
fn starts_of_pieces(bytes: &[u8], file: Option<&MappedFile>) -> Vec<usize> {
    let mut starts = vec![0];
    let mut from = PIECE_BYTES;
    while from < bytes.len() {
        let Some(found) = memchr2(b'\n', b'\r', &bytes[from..]) else { break };
        let at = from + found;
        let start = at + line_end(bytes, at).unwrap_or(1);
        if start < bytes.len() {
            starts.push(start);
        }
        if starts.len().is_multiple_of(PIECES_SOUGHT) {
            file.iter().for_each(|file| file.give_back(&bytes[..start]));
        }
        from = start.saturating_add(PIECE_BYTES);
    }
    starts
}

/// Where a record starts.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    line: u32,
}

#[derive(Clone)]
struct Marker<'a> {
    text: &'a str,
    cutter: Cutter,
    want: usize,
    doubts: u32,
    fields: Vec<Field>,
}

impl Marker<'_> {
    /// Marks records up to the first one that starts at `end` or behind it, and
    /// says where that is.
    fn mark_from(mut self, mut place: Place, end: usize) -> (Vec<Mark>, Place) {
        let mut marks = Vec::with_capacity((end - place.at) / 64);
        while place.at < end {
            marks.push(self.mark_next(&mut place));
        }
        (marks, place)
    }

    /// Marks the record at `place` and goes on to the next one.
    fn mark_next(&mut self, place: &mut Place) -> Mark {
        let bytes = self.text.as_bytes();
        let Place { at, line } = *place;
        let hash = bytes.get(at) == Some(&b'#');
        let start =
            Mark { at, line, width: 0, digits: 0, mended: false, unclosed: false, empty: false, hash };
        if let Some(length) = line_end(bytes, at) {
            *place = Place { at: at + length.max(1), line: line.saturating_add(1) };
            return start;
        }
        let (cutter, want, fields) = (&mut self.cutter, self.want, &mut self.fields);
        let mut cut = cutter.cut(bytes, at, fields);
        let (mut mended, mut unclosed) = (false, false);
        let spans = cut.odd
            && fields.iter().any(|f| f.quoted && memchr2(b'\n', b'\r', &bytes[f.start..f.end]).is_some());
        let doubtful = cut.odd && (fields.len() != want || spans);
        if doubtful || cut.unclosed {
            // Text that is all stray quotes must not be searched to its end from each of them.
            self.doubts += 1;
            match self.doubts {
                8 => cutter.span = cutter.span.min(64 * 1024),
                512 => cutter.span = cutter.span.min(4 * 1024),
                8192 => cutter.span = cutter.span.min(256),
                _ => {}
            }
            if let Some((again, next)) = cutter.cut_again(bytes, at, want) {
                (mended, *fields) = (true, again);
                cut = Cut { next, lines: 1, ..Cut::default() };
            } else if cut.unclosed || (spans && fields.len() != want) {
                unclosed = true;
                cut = Cutter { quote: None, ..cutter.clone() }.cut(bytes, at, fields);
            }
        }
        // A line of spaces is a blank one, where more than one cell makes a row.
        let blank = match fields.as_slice() {
            [only] => want > 1 && !only.quoted && bytes[only.start..only.end].trim_ascii().is_empty(),
            _ => false,
        };
        *place = Place { at: cut.next.max(at + 1), line: line.saturating_add(cut.lines) };
        if blank {
            return start;
        }
        let starts = fields.iter().take(32).map(|f| bytes.get(f.start).is_some_and(u8::is_ascii_digit));
        let digits = starts.enumerate().fold(0, |mask, (c, digit)| mask | u32::from(digit) << c);
        let explicit = |f: &Field| f.quoted && fields.len() > 1;
        let empty =
            digits == 0 && fields.iter().all(|f| !explicit(f) && cutter.text(self.text, f).trim().is_empty());
        let width = u32::try_from(fields.len()).unwrap_or(u32::MAX);
        Mark { width, digits, mended, unclosed, empty, ..start }
    }
}

/// The cells of a marked record.
pub(crate) fn fields_of(text: &str, cutter: &Cutter, mark: &Mark, fields: &mut Vec<Field>) {
    fields.clear();
    if mark.width == 0 {
        return;
    }
    let bytes = text.as_bytes();
    if mark.mended {
        if let Some((again, _)) = cutter.cut_again(bytes, mark.at, mark.width as usize) {
            *fields = again;
        }
    } else if mark.unclosed {
        Cutter { quote: None, ..cutter.clone() }.cut(bytes, mark.at, fields);
    } else {
        cutter.cut(bytes, mark.at, fields);
    }
}
