//! Text to records: which bytes each cell takes up. A record that does not have
//! the width of its table is cut again in every way its quotes allow.

mod marks;
mod signs;

use crate::raw::trimmed;
pub(crate) use marks::{Mark, fields_of, mark};
use memchr::{memchr, memchr2, memchr3};
use signs::{BLOCK, Signs};
use std::borrow::Cow;

/// Longest quoted cell that spans lines, bytes. A quote that is never closed
/// must not swallow the file.
pub(crate) const MAX_SPAN: usize = 4 * 1024 * 1024;
/// Most cells of a record; what follows them in its line is passed over.
pub(crate) const MAX_FIELDS: usize = 100_000;
/// Most states that cutting a record again may go through.
const MAX_STATES: usize = 1 << 20;

/// What stands between cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// These bytes, never empty.
    Bytes(Vec<u8>),
    /// Any number of spaces and tabs.
    Spaces,
}

impl Delimiter {
    /// As it is shown.
    pub fn shown(&self) -> String {
        match self {
            Self::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Self::Spaces => " +".to_owned(),
        }
    }
}

/// How records are cut into cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cutter {
    pub delimiter: Delimiter,
    pub quote: Option<u8>,
    /// A backslash takes a quote's meaning away.
    pub backslash: bool,
    /// Longest quoted cell, bytes.
    pub span: usize,
}

/// A cell's bytes, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field {
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
    /// Quotes inside are written as escapes.
    pub escaped: bool,
}

/// What was found at a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Where the next record starts.
    pub next: usize,
    /// Line ends passed.
    pub lines: u32,
    /// Quotes stand where none should.
    pub odd: bool,
    /// A quoted cell has no end.
    pub unclosed: bool,
}

impl Cutter {
    /// Cuts the record at `at` into `fields`.
    pub fn cut(&self, bytes: &[u8], at: usize, fields: &mut Vec<Field>) -> Cut {
        if let Some(cut) = self.cut_unquoted(bytes, at, fields) {
            return cut;
        }
        fields.clear();
        let mut cut = Cut { next: at, ..Cut::default() };
        let mut at = at;
        let spaces = self.delimiter == Delimiter::Spaces;
        if spaces {
            at = skip_spaces(bytes, at);
        }
        loop {
            if fields.len() > MAX_FIELDS {
                // No table is so wide, and a line may fill a file.
                let end = at + memchr2(b'\n', b'\r', &bytes[at..]).unwrap_or(bytes.len() - at);
                cut.next = end + line_end(bytes, end).unwrap_or(0);
                cut.lines += 1;
                return cut;
            }
            let ended = match self.quote_at(bytes, at) {
                Some(open) => self.cut_quoted(bytes, open, fields, &mut cut),
                None => self.cut_plain(bytes, at, fields),
            };
            match ended {
                Ended::Cell(next) if spaces => {
                    at = skip_spaces(bytes, next);
                    if let Some(length) = line_end(bytes, at) {
                        cut.next = at + length;
                        cut.lines += u32::from(length > 0);
                        return cut;
                    }
                }
                Ended::Cell(next) => at = next,
                Ended::Record(end) => {
                    let length = line_end(bytes, end).unwrap_or(0);
                    cut.next = end + length;
                    cut.lines += u32::from(length > 0);
                    return cut;
                }
            }
        }
    }

    /// Cuts the record at `at` as most are written: without quotes, and with one
    /// byte between cells. None where it is not.
    fn cut_unquoted(&self, bytes: &[u8], at: usize, fields: &mut Vec<Field>) -> Option<Cut> {
        let Delimiter::Bytes(delimiter) = &self.delimiter else { return None };
        let &[delimiter] = delimiter.as_slice() else { return None };
        if self.quote == Some(delimiter) {
            return None;
        }
        fields.clear();
        let signs = Signs::new(delimiter, self.quote);
        let (mut start, mut block) = (at, at);
        while block < bytes.len() {
            let places = signs.places(bytes, block);
            let mut ends = places.ends;
            while ends != 0 {
                let place = ends.trailing_zeros();
                let end = block + place as usize;
                fields.push(Field { start, end, quoted: false, escaped: false });
                if bytes[end] != delimiter {
                    let has_quote = places.quotes & ((1 << place) - 1) != 0;
                    let length = if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
                    let cut = Cut { next: end + length, lines: 1, ..Cut::default() };
                    return (!has_quote && fields.len() <= MAX_FIELDS).then_some(cut);
                }
                start = end + 1;
                ends &= ends - 1;
            }
            if places.quotes != 0 || fields.len() > MAX_FIELDS {
                return None;
            }
            block += BLOCK;
        }
        fields.push(Field { start, end: bytes.len(), quoted: false, escaped: false });
        Some(Cut { next: bytes.len(), ..Cut::default() })
    }

    /// Where a quoted cell opens, spaces before it passed over.
    fn quote_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let quote = self.quote?;
        let first = *bytes.get(at)?;
        if first == quote {
            return Some(at);
        }
        if first != b' ' || matches!(&self.delimiter, Delimiter::Bytes(d) if d[0] == b' ') {
            return None;
        }
        let open = at + bytes[at..].iter().take_while(|&&b| b == b' ').count();
        (bytes.get(open) == Some(&quote)).then_some(open)
    }

    /// Length of the delimiter that stands at `at`.
    fn delimiter_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        match &self.delimiter {
            Delimiter::Bytes(d) => match d.as_slice() {
                // Nearly all are of one byte, and this is asked at every cell.
                [only] => (bytes.get(at) == Some(only)).then_some(1),
                d => bytes.get(at..)?.starts_with(d).then_some(d.len()),
            },
            Delimiter::Spaces => matches!(bytes.get(at), Some(b' ' | b'\t')).then_some(1),
        }
    }

    fn cut_plain(&self, bytes: &[u8], start: usize, fields: &mut Vec<Field>) -> Ended {
        let plain = |end| Field { start, end, quoted: false, escaped: false };
        let mut from = start;
        loop {
            let found = match &self.delimiter {
                Delimiter::Bytes(d) => near_or_far(d[0], &bytes[from..]),
                Delimiter::Spaces => {
                    bytes[from..].iter().position(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
                }
            };
            let Some(found) = found else {
                fields.push(plain(bytes.len()));
                return Ended::Record(bytes.len());
            };
            let at = from + found;
            if let Some(length) = self.delimiter_at(bytes, at) {
                fields.push(plain(at));
                return Ended::Cell(at + length);
            }
            if matches!(bytes[at], b'\n' | b'\r') {
                fields.push(plain(at));
                return Ended::Record(at);
            }
            from = at + 1;
        }
    }

    fn cut_quoted(&self, bytes: &[u8], open: usize, fields: &mut Vec<Field>, cut: &mut Cut) -> Ended {
        let quote = bytes[open];
        let start = open + 1;
        let limit = bytes.len().min(start.saturating_add(self.span));
        let (mut from, mut escaped) = (start, false);
        let push = |fields: &mut Vec<Field>, cut: &mut Cut, end: usize, escaped: bool| {
            fields.push(Field { start, end, quoted: true, escaped });
            cut.lines += count_lines(&bytes[start..end]);
        };
        loop {
            let found = if self.backslash {
                memchr2(quote, b'\\', &bytes[from..limit])
            } else {
                memchr(quote, &bytes[from..limit])
            };
            let Some(found) = found else {
                cut.unclosed = true;
                push(fields, cut, limit, escaped);
                return Ended::Record(limit);
            };
            let at = from + found;
            if bytes[at] == b'\\' && quote != b'\\' {
                escaped = true;
                from = (at + 2).min(limit);
                continue;
            }
            if bytes.get(at + 1) == Some(&quote) {
                escaped = true;
                from = (at + 2).min(limit);
                continue;
            }
            if let Some(ended) = self.closed_at(bytes, at + 1) {
                push(fields, cut, at, escaped);
                return ended;
            }
            cut.odd = true;
            from = at + 1;
        }
    }

    /// How a cell ends whose closing quote stands before `at`; none where it
    /// does not end there.
    fn closed_at(&self, bytes: &[u8], at: usize) -> Option<Ended> {
        let after = match &self.delimiter {
            Delimiter::Bytes(d) if d[0] == b' ' => at,
            Delimiter::Bytes(_) => at + bytes[at..].iter().take_while(|&&b| b == b' ').count(),
            Delimiter::Spaces => at,
        };
        for at in [at, after] {
            if line_end(bytes, at).is_some() {
                return Some(Ended::Record(at));
            }
            if let Some(length) = self.delimiter_at(bytes, at) {
                return Some(Ended::Cell(at + length));
            }
        }
        None
    }

    /// A cell's text; a plain cell without the spaces around it.
    pub fn text<'a>(&self, text: &'a str, field: &Field) -> Cow<'a, str> {
        // Cells begin and end at ASCII bytes or the ends of the text.
        let raw = text.get(field.start..field.end).unwrap_or_default();
        match self.quote {
            _ if !field.quoted => Cow::Borrowed(trimmed(raw)),
            Some(quote) if field.escaped => Cow::Owned(self.unescaped(raw, char::from(quote))),
            _ => Cow::Borrowed(raw),
        }
    }

    fn unescaped(&self, raw: &str, quote: char) -> String {
        let mut out = String::with_capacity(raw.len());
        let mut chars = raw.chars().peekable();
        while let Some(c) = chars.next() {
            let escape = c == quote || (self.backslash && c == '\\');
            match chars.peek() {
                Some(&next) if escape && (next == quote || (c == '\\' && next == '\\')) => {
                    out.push(next);
                    chars.next();
                }
                _ => out.push(c),
            }
        }
        out
    }

    /// Cuts the line at `at` alone into `want` cells, taking as few quotes as
    /// possible for what they should not be. None where no way gives `want`.
    pub fn cut_again(&self, bytes: &[u8], at: usize, want: usize) -> Option<(Vec<Field>, usize)> {
        let end = at + memchr2(b'\n', b'\r', &bytes[at..]).unwrap_or(bytes.len() - at);
        let line = &bytes[at..end];
        let quote = self.quote?;
        let Delimiter::Bytes(delimiter) = &self.delimiter else { return None };
        memchr(quote, line)?;
        // Cells start at the line's start and after each delimiter.
        let mut starts = vec![0];
        let found = memchr::memmem::find_iter(line, delimiter).take(MAX_STATES);
        starts.extend(found.map(|d| d + delimiter.len()));
        if starts.len() < want || starts.len().saturating_mul(want) > MAX_STATES {
            return None;
        }
        let n = starts.len();
        // costs[i * (want + 1) + c]: c cells end right before start i.
        let width = want + 1;
        let mut best: Vec<Option<(u32, u32, Field)>> = vec![None; (n + 1) * width];
        let mut reached = vec![false; (n + 1) * width];
        reached[0] = true;
        for i in 0..n {
            if !(0..want).any(|c| reached[i * width + c]) {
                continue;
            }
            for (j, cost, field) in self.cells_at(line, &starts, i, quote, delimiter) {
                for c in 0..want {
                    if !reached[i * width + c] {
                        continue;
                    }
                    let total = best[i * width + c].map_or(0, |b| b.0) + cost;
                    let to = j * width + c + 1;
                    if best[to].is_none_or(|b| total < b.0) {
                        best[to] = Some((total, i as u32, field));
                        reached[to] = true;
                    }
                }
            }
        }
        let mut fields = Vec::with_capacity(want);
        let (mut i, mut c) = (n, want);
        while c > 0 {
            let (_, from, field) = best[i * width + c]?;
            fields.push(Field { start: field.start + at, end: field.end + at, ..field });
            (i, c) = (from as usize, c - 1);
        }
        fields.reverse();
        (i == 0).then_some((fields, end + line_end(bytes, end).unwrap_or(0)))
    }

    /// Ways to read the cell at start `i`: the start after it (`starts.len()`
    /// for the line's end), a cost, and its bytes.
    fn cells_at(
        &self,
        line: &[u8],
        starts: &[usize],
        i: usize,
        quote: u8,
        delimiter: &[u8],
    ) -> Vec<(usize, u32, Field)> {
        let start = starts[i];
        let cell_end = |j: usize| starts.get(j).map_or(line.len(), |s| s - delimiter.len());
        let plain_end = cell_end(i + 1);
        let plain = &line[start..plain_end];
        let blanks = if delimiter[0] == b' ' { 0 } else { plain.iter().take_while(|&&b| b == b' ').count() };
        let open = start + blanks;
        let mut ways = Vec::new();
        let starts_quoted = line.get(open) == Some(&quote);
        let literal_cost =
            match (starts_quoted, plain.trim_ascii().len() > 1 && plain.trim_ascii().ends_with(&[quote])) {
                (true, true) => 6,
                (true, false) => 2,
                (false, true) => 1,
                (false, false) => 0,
            };
        ways.push((i + 1, literal_cost, Field { start, end: plain_end, quoted: false, escaped: false }));
        if starts_quoted {
            for j in i + 1..=starts.len() {
                let end = cell_end(j);
                let closed = line[..end].trim_ascii_end();
                if closed.len() < open + 2 || closed.last() != Some(&quote) {
                    continue;
                }
                let content = &line[open + 1..closed.len() - 1];
                let (stray, escaped) = self.inner_quotes(content, quote);
                let field = Field { start: open + 1, end: closed.len() - 1, quoted: true, escaped };
                ways.push((j, stray, field));
            }
        }
        ways
    }

    /// Quotes in a quoted cell that are not escaped, and whether some are.
    fn inner_quotes(&self, content: &[u8], quote: u8) -> (u32, bool) {
        let (mut stray, mut escaped, mut at) = (0, false, 0);
        while at < content.len() {
            let pair = content.get(at + 1) == Some(&quote);
            if (content[at] == quote || (self.backslash && content[at] == b'\\')) && pair {
                escaped = true;
                at += 2;
                continue;
            }
            stray += u32::from(content[at] == quote);
            at += 1;
        }
        (stray, escaped)
    }
}

enum Ended {
    /// Another cell starts here.
    Cell(usize),
    /// The record ends here, before its line end.
    Record(usize),
}

/// Where a delimiter or a line's end may stand. Most cells are shorter than
/// setting up a search takes.
fn near_or_far(delimiter: u8, bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 24;
    let ends = |&b: &u8| b == delimiter || b == b'\n' || b == b'\r';
    let (near, far) = bytes.split_at(bytes.len().min(NEAR));
    near.iter().position(ends).or_else(|| Some(NEAR + memchr3(delimiter, b'\n', b'\r', far)?))
}

fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// Length of the line end at `at`, 0 at the end of the text.
fn line_end(bytes: &[u8], at: usize) -> Option<usize> {
    match (bytes.get(at), bytes.get(at + 1)) {
        (None, _) => Some(0),
        (Some(b'\r'), Some(b'\n')) => Some(2),
        (Some(b'\r' | b'\n'), _) => Some(1),
        _ => None,
    }
}

/// Line ends in these bytes.
fn count_lines(bytes: &[u8]) -> u32 {
    let mut lines = 0_u32;
    let mut from = 0;
    while let Some(found) = memchr2(b'\n', b'\r', &bytes[from..]) {
        let at = from + found;
        from = at + if bytes[at..].starts_with(b"\r\n") { 2 } else { 1 };
        lines += 1;
    }
    lines
}

#[cfg(test)]
mod tests;
