//! Finds out how a text file's cells are told apart: every likely dialect cuts
//! a sample of the file, and the one whose rows are of the most even length and
//! whose cells look most like values wins. After van den Burg, Nazábal and
//! Sutton, "Wrangling messy CSV files by detecting row and type patterns"
//! (2019), with a score of our own for both parts.

use crate::{
    raw::is_value,
    records::{Cutter, Delimiter, Field, MAX_SPAN},
};
use std::collections::HashMap;

/// Text looked at, at the start of the file; half as much in its middle and at
/// its end.
const SAMPLE_BYTES: usize = 48 * 1024;
/// Most text looked at where a line is longer than that.
const MAX_LINE_BYTES: usize = 2 * 1024 * 1024;
/// Records looked at in each part.
const SAMPLE_RECORDS: usize = 300;
/// Separators in order of preference where they do equally well, and how far
/// each is believed.
const DELIMITERS: [(&str, f64); 22] = [
    (",", 1.0),
    ("\t", 1.0),
    (";", 1.0),
    ("|", 1.0),
    ("||", 0.95),
    (";;", 0.95),
    ("::", 0.9),
    ("~|~", 0.95),
    ("|~|", 0.95),
    ("|;|", 0.95),
    ("^|^", 0.95),
    ("#|#", 0.95),
    ("##", 0.9),
    ("@@", 0.9),
    ("~~", 0.9),
    ("^^", 0.9),
    ("\u{1f}", 0.95),
    ("\u{1}", 0.95),
    ("^", 0.8),
    ("~", 0.8),
    (" ", 0.55),
    (":", 0.45),
];
/// Separators that also occur inside cells: they need columns of values.
const WEAK: [&str; 2] = [" ", ":"];

/// How a file is cut, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub cutter: Cutter,
    /// Cells that most records of the first table have.
    pub width: usize,
    /// A quote occurs as one.
    pub quotes_seen: bool,
    pub evidence: String,
}

/// What is given and need not be found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    pub delimiter: Option<Delimiter>,
    /// Some(None): there are no quotes.
    pub quote: Option<Option<u8>>,
}

struct Scored {
    cutter: Cutter,
    score: f64,
    width: usize,
    even: f64,
    quotes_seen: bool,
}

/// Finds the dialect of a text that is not blank.
pub(crate) fn detect(text: &str, given: &Given) -> Found {
    let parts = sample(text);
    let commented = has_comments(&parts);
    let mut best: Option<Scored> = None;
    let delimiters = match &given.delimiter {
        Some(delimiter) => vec![(delimiter.clone(), 1.0)],
        None => candidates(&parts),
    };
    for (delimiter, belief) in &delimiters {
        for (quote, backslash) in quotings(&parts, delimiter, given) {
            let cutter = Cutter { delimiter: delimiter.clone(), quote, backslash, span: 64 * 1024 };
            let mut scored = score(&parts, cutter, &delimiters, commented);
            scored.score *= belief;
            // Another quoting must be better, not as good.
            let margin = if best.as_ref().is_some_and(|b| b.cutter.delimiter == *delimiter) {
                1.0 + 1e-9
            } else {
                1.0
            };
            if best.as_ref().is_none_or(|b| scored.score > b.score * margin) {
                best = Some(scored);
            }
        }
    }
    let best = best.unwrap_or(Scored {
        cutter: Cutter {
            delimiter: Delimiter::Bytes(vec![b',']),
            quote: Some(b'"'),
            backslash: false,
            span: MAX_SPAN,
        },
        score: 0.0,
        width: 1,
        even: 1.0,
        quotes_seen: false,
    });
    let evidence = match (&given.delimiter, best.width) {
        (Some(_), _) => "the delimiter was given".to_owned(),
        (None, 1) => "no delimiter cuts its rows evenly, so each row is one cell".to_owned(),
        (None, width) => format!("{:.0} % of the rows looked at have {width} cells", best.even * 100.0),
    };
    Found {
        cutter: Cutter { span: MAX_SPAN, ..best.cutter },
        width: best.width,
        quotes_seen: best.quotes_seen,
        evidence,
    }
}

/// The text's start, and parts of its middle and end that begin with a line.
fn sample(text: &str) -> Vec<&str> {
    if text.len() <= SAMPLE_BYTES * 2 {
        return vec![text];
    }
    // Whole lines, and at least the first one.
    let line = |from: usize, length: usize| {
        let rest = &text[text.floor_char_boundary(from)..];
        let start = if from == 0 { 0 } else { rest.find('\n').map_or(0, |at| at + 1) };
        let rest = &rest[start..];
        let rest = &rest[..rest.floor_char_boundary(MAX_LINE_BYTES)];
        let end = rest.floor_char_boundary(length);
        let end = rest[..end]
            .rfind('\n')
            .map_or_else(|| rest.find('\n').map_or(rest.len(), |at| at + 1), |at| at + 1);
        &rest[..end]
    };
    vec![
        line(0, SAMPLE_BYTES),
        line(text.len() / 2, SAMPLE_BYTES / 2),
        line(text.len() - SAMPLE_BYTES / 2, SAMPLE_BYTES / 2),
    ]
}

/// True where lines that begin with `#` are more likely comments than rows, of
/// which some begin otherwise.
fn has_comments(parts: &[&str]) -> bool {
    let lines = || parts.iter().flat_map(|part| part.lines()).filter(|line| !line.trim().is_empty());
    let n_begun = lines().filter(|line| line.starts_with('#')).count();
    n_begun > 0 && n_begun * 3 < lines().count() * 2
}

fn candidates(parts: &[&str]) -> Vec<(Delimiter, f64)> {
    let occurs = |d: &str| parts.iter().any(|p| p.contains(d));
    let mut found: Vec<(Delimiter, f64)> = DELIMITERS
        .iter()
        .filter(|(d, _)| *d == "," || occurs(d))
        .map(|(d, belief)| (Delimiter::Bytes(d.as_bytes().to_vec()), *belief))
        .collect();
    if occurs("  ") || occurs("\t ") || occurs(" \t") {
        found.push((Delimiter::Spaces, 0.5));
    }
    found
}

/// Quotes and escapes worth trying with a delimiter.
fn quotings(parts: &[&str], delimiter: &Delimiter, given: &Given) -> Vec<(Option<u8>, bool)> {
    let escapes = |quote: u8| {
        let pattern = [b'\\', quote];
        let both = parts.iter().any(|p| memchr::memmem::find(p.as_bytes(), &pattern).is_some());
        if both { vec![(Some(quote), false), (Some(quote), true)] } else { vec![(Some(quote), false)] }
    };
    match given.quote {
        Some(None) => return vec![(None, false)],
        Some(Some(quote)) => return escapes(quote),
        None => {}
    }
    let mut found = escapes(b'"');
    let opens = |quote: char| {
        let after = match delimiter {
            Delimiter::Bytes(d) => String::from_utf8_lossy(d).into_owned(),
            Delimiter::Spaces => " ".to_owned(),
        };
        let inner = format!("{after}{quote}");
        parts.iter().any(|p| {
            p.starts_with(quote)
                || p.contains(&format!("\n{quote}"))
                || p.contains(&inner)
                || p.contains(&format!("{after} {quote}"))
        })
    };
    if opens('\'') {
        found.extend(escapes(b'\''));
    }
    if opens('"') {
        found.push((None, false));
    }
    found
}

fn score(parts: &[&str], cutter: Cutter, others: &[(Delimiter, f64)], commented: bool) -> Scored {
    let mut fields: Vec<Field> = Vec::new();
    let mut widths: HashMap<usize, usize> = HashMap::new();
    let (mut records, mut odd, mut quoted) = (0_usize, 0_usize, 0_usize);
    let (mut cells, mut looks) = (0_usize, 0.0);
    let mut columns: Vec<(usize, usize)> = Vec::new();
    let mut filled: Vec<bool> = Vec::new();
    let mut first_width = None;
    let mut head_widths: Vec<usize> = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let (mut at, mut taken) = (0, 0);
        while at < part.len() && taken < SAMPLE_RECORDS {
            if commented && part.as_bytes()[at] == b'#' {
                at += part[at..].find('\n').map_or(part.len() - at, |end| end + 1);
                continue;
            }
            let cut = cutter.cut(part.as_bytes(), at, &mut fields);
            let end_of_part = cut.unclosed && i + 1 < parts.len();
            at = cut.next.max(at + 1);
            if fields.iter().all(|f| f.start == f.end && !f.quoted) || end_of_part {
                continue;
            }
            taken += 1;
            records += 1;
            first_width.get_or_insert(fields.len());
            if i == 0 {
                head_widths.push(fields.len());
            }
            *widths.entry(fields.len()).or_default() += 1;
            odd += usize::from(cut.odd || cut.unclosed);
            for (column, field) in fields.iter().take(200).enumerate() {
                let text = cutter.text(part, field);
                let look = look_of(&text, field.quoted, others, &cutter);
                quoted += usize::from(field.quoted);
                cells += 1;
                looks += look;
                if columns.len() <= column {
                    columns.resize(column + 1, (0, 0));
                    filled.resize(column + 1, false);
                }
                if !text.is_empty() {
                    filled[column] = true;
                    columns[column].0 += 1;
                    columns[column].1 += usize::from(look == 1.0);
                }
            }
        }
    }
    let records = records.max(1);
    let share = |n: usize| n as f64 / records as f64;
    // Rows of one length count by the square of their share: many lengths are worth little.
    let mut pattern = 0.0;
    for (&width, &n) in &widths {
        let worth = if width < 2 { 0.12 } else { (width as f64 - 1.0) / width as f64 };
        pattern += share(n) * share(n) * worth;
    }
    let typed_share = looks / cells.max(1) as f64;
    let is_typed = |&(n, values): &(usize, usize)| values > 0 && values * 10 >= (n - 1) * 8;
    let width = first_table_width(&head_widths);
    let n_modal = widths.get(&width).copied().unwrap_or(0);
    let mut score = pattern * typed_share * (1.0 - 0.5 * share(odd));
    if widths.len() == 1 && widths.contains_key(&1) && columns.iter().all(is_typed) {
        score *= 2.5;
    }
    let shown = cutter.delimiter.shown();
    let weak = WEAK.contains(&shown.as_str()) || cutter.delimiter == Delimiter::Spaces;
    if weak
        && (!columns.iter().any(is_typed) && quoted == 0
            || first_width != Some(width) && share(n_modal) < 0.95)
    {
        score *= 0.1;
    }
    let doubled = format!("{shown}{shown}");
    let is_half = others.iter().any(|(d, _)| d.shown() == doubled)
        && width >= 3
        && width % 2 == 1
        && filled.iter().skip(1).step_by(2).all(|f| !f);
    if is_half {
        score *= 0.3;
    }
    Scored { even: share(n_modal), cutter, score, width, quotes_seen: quoted > 0 }
}

/// Cells that the rows of the first table have: the first length that rules a
/// stretch of rows, or else the most frequent one.
fn first_table_width(widths: &[usize]) -> usize {
    const STRETCH: usize = 8;
    for window in widths.windows(STRETCH.min(widths.len().max(1))) {
        let &first = window.iter().max_by_key(|w| window.iter().filter(|x| x == w).count()).unwrap_or(&1);
        let agree = window.iter().filter(|w| **w == first).count();
        if agree * 4 >= window.len() * 3
            && (first > 1 || widths.iter().filter(|w| **w > 1).count() * 2 < widths.len())
        {
            return first;
        }
    }
    let mut counts: HashMap<usize, usize> = HashMap::new();
    widths.iter().for_each(|w| *counts.entry(*w).or_default() += 1);
    counts.into_iter().max_by_key(|&(width, n)| (n, width)).map_or(1, |(width, _)| width)
}

/// How much a cell looks like one: 1 for values, less for text, little for what
/// seems to hold quotes or delimiters of another dialect.
fn look_of(cell: &str, quoted: bool, others: &[(Delimiter, f64)], cutter: &Cutter) -> f64 {
    let cell = cell.trim();
    if cell.is_empty() {
        return 0.5;
    }
    let bytes = cell.as_bytes();
    if cell.len() <= 48 && (is_value(cell) || is_word_value(cell)) {
        return 1.0;
    }
    if !quoted {
        let at_edge = |b: u8| matches!(b, b'"') || (b == b'\'' && cutter.quote != Some(b'\''));
        let (first, last) = (bytes[0], bytes[bytes.len() - 1]);
        let both_edges = bytes.len() > 1 && at_edge(first) && first == last;
        if both_edges
            || first == b'"'
            || (last == b'"' && !bytes[..bytes.len() - 1].last().is_some_and(u8::is_ascii_digit))
        {
            return 0.1;
        }
        let strong = |d: &Delimiter| match d {
            Delimiter::Bytes(d) => {
                *d != b" " && *d != b":" && *d != b"," && memchr::memmem::find(bytes, d).is_some()
            }
            Delimiter::Spaces => false,
        };
        if others.iter().any(|(d, _)| *d != cutter.delimiter && strong(d)) {
            return 0.25;
        }
        let commas = bytes.windows(2).filter(|w| w[0] == b',' && w[1] != b' ').count();
        if commas > 0 {
            return 0.3;
        }
    }
    if is_code(cell) { 0.95 } else { 0.8 }
}

/// Addresses and words that stand for values.
fn is_word_value(cell: &str) -> bool {
    const WORDS: [&str; 12] =
        ["true", "false", "yes", "no", "na", "n/a", "nan", "null", "ja", "nein", "oui", "non"];
    WORDS.iter().any(|w| cell.eq_ignore_ascii_case(w))
        || cell.starts_with("http://")
        || cell.starts_with("https://")
        || (cell.contains('@') && cell.contains('.') && !cell.contains(' '))
}

fn is_code(cell: &str) -> bool {
    cell.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::mark;

    #[test]
    fn delimiters_and_quotes_are_found() {
        let table = [
            ("a;b\n1,5;x\n2,25;y\n", ";", 2),
            ("a\tb\n1\tx, y\n2\ty\n", "\t", 2),
            ("name\nJohn Smith\nAda Byron\nMax Frisch\n", ",", 1),
            ("time\n12:30\n12:45\n", ",", 1),
            ("a||b||c\n1||2||x\n3||4||y\n", "||", 3),
            ("x y z\n1 2 3\n4 5 6\n7 8 9\n", " ", 3),
            ("x   y z\n1   2 3\n14  5 6\n7   8 9\n", " +", 3),
            ("a,b,c\n'x, y',2,3\n'z',4,5\n'it''s',6,7\n", ",", 3),
            ("a^b\n1^x\n2^y\n", "^", 2),
        ];
        for (text, delimiter, width) in table {
            let found = detect(text, &Given::default());
            assert_eq!((found.cutter.delimiter.shown().as_str(), found.width), (delimiter, width), "{text}");
            let marks = mark(text, None, &found.cutter, width, 1);
            assert!(marks.iter().all(|m| m.width as usize == width), "{text}");
        }
        let found = detect("a,b\n\"8\\\" x, y\",2\n\"z\",3\n", &Given::default());
        assert!(found.cutter.backslash);
        let found = detect("a,b\n'x, y',2\n'z',3\n", &Given::default());
        assert_eq!(found.cutter.quote, Some(b'\''));
    }
}
