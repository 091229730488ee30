//! What was found out about the rows of a file, written down for people.

use crate::{
    layout::{Grid, Layout, Skipped, Span},
    raw::{RawTable, warning},
};
use retort_domain::{FoundTable, SkippedAs, SkippedLines};
use std::ops::Range;

/// Start of a skipped line that is kept.
const SHOWN_CHARS: usize = 120;

/// Columns without a name and without a value are not part of the table; none
/// of them where all are such.
pub(crate) fn blank_columns(
    is_blank: impl Fn(usize) -> bool,
    width: usize,
    records: &impl Grid,
    span: &Span,
) -> Vec<bool> {
    let header: Vec<Vec<String>> = span.header.iter().map(|&i| records.cells(i)).collect();
    let unnamed = |c: usize| header.iter().all(|row| row.get(c).is_none_or(|n| n.trim().is_empty()));
    // Without a header no column has a name; where names were moved, the
    // header's cells do not stand above their columns.
    if header.is_empty() || width < 2 || header.iter().any(|row| row.len() != width) {
        return vec![false; width];
    }
    let blank: Vec<bool> = (0..width).map(|c| unnamed(c) && is_blank(c)).collect();
    if blank.contains(&false) { blank } else { vec![false; width] }
}

/// Leaves out columns that are not part of the table.
pub(crate) fn leave_out(table: &mut RawTable, blank: &[bool]) {
    let n_blank = blank.iter().filter(|b| **b).count();
    if n_blank == 0 {
        return;
    }
    keep_others(&mut table.names, blank);
    keep_others(&mut table.names_in_file, blank);
    keep_others(&mut table.columns, blank);
    table.warnings.push(warning(
        format!("{n_blank} columns without name and values were left out"),
        None,
        None,
    ));
}

fn keep_others<T>(of_columns: &mut Vec<T>, blank: &[bool]) {
    let mut keep = blank.iter().map(|b| !b);
    of_columns.retain(|_| keep.next().unwrap_or(true));
}

/// Writes down what stands where; of comments, so many at most.
pub(crate) fn describe(
    table: &mut RawTable,
    records: &impl Grid,
    layout: &Layout,
    chosen: usize,
    most_comments: usize,
) {
    let line = |i: usize| records.line(i);
    let rows = |span: &Span| span.body.clone().filter(|&i| records.is_row(i));
    let last_line = |span: &Span| rows(span).next_back().or(span.header.last().copied()).map_or(0, line);
    let reading = &mut table.reading;
    reading.table = u32::try_from(chosen + 1).unwrap_or(u32::MAX);
    reading.n_rows = u32::try_from(table.lines.len()).unwrap_or(u32::MAX);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    for (t, span) in layout.tables.iter().enumerate() {
        let n_rows = if t == chosen { table.lines.len() } else { rows(span).count() };
        let first = span.header.first().copied().or_else(|| rows(span).next());
        let widest = rows(span).next().map_or(0, |i| records.width(i));
        let found = FoundTable {
            first_line: first.map_or(0, line),
            last_line: last_line(span),
            n_columns: count(if t == chosen { table.names.len() } else { widest }),
            n_rows: count(n_rows),
        };
        if t != chosen {
            reading.skipped.push(skipped_lines(
                records,
                found.first_line,
                found.last_line,
                first,
                SkippedAs::OtherTable,
            ));
        }
        reading.tables.push(found);
    }
    for Skipped { records: skipped, skipped_as } in &layout.skipped {
        let last = skipped.clone().rev().find(|&i| records.is_row(i));
        let (first_line, last_line) = (line(skipped.start), last.map_or(0, line));
        reading.skipped.push(skipped_lines(records, first_line, last_line, Some(skipped.start), *skipped_as));
    }
    let comments = comments(records);
    for run in comments.iter().take(most_comments) {
        let (first_line, last_line) = (line(run.start), line(run.end - 1));
        reading.skipped.push(skipped_lines(
            records,
            first_line,
            last_line,
            Some(run.start),
            SkippedAs::Comment,
        ));
    }
    reading.skipped.sort_by_key(|s| s.first_line);
    if let Some(span) = layout.tables.get(chosen) {
        reading.header_lines = span.header.iter().map(|&i| line(i)).collect();
        let within = |run: &Range<usize>| {
            let end = run.end.min(span.body.end);
            end.saturating_sub(run.start.max(span.body.start))
        };
        let n_comments: usize = comments.iter().map(within).sum();
        reading.blank_rows = count(span.body.len() - table.lines.len() - n_comments);
        reading.evidence.push(match span.header.len() {
            0 => "the first row holds values like those below it".to_owned(),
            1 => "the first row holds names".to_owned(),
            n => format!("the first {n} rows hold names, which were joined"),
        });
    }
    let n_comments: usize = comments.iter().map(Range::len).sum();
    if let Some(first) = comments.first() {
        let message = format!("{n_comments} lines begin with # and are comments; they were left out");
        table.warnings.push(warning(message, Some(line(first.start)), None));
    }
    for skipped in &table.reading.skipped {
        let what = match skipped.skipped_as {
            SkippedAs::Preamble => "above the table are no rows of it",
            SkippedAs::Footnote => "below the table are notes",
            SkippedAs::Total => "holds sums and is no row",
            SkippedAs::OtherTable => "are another table",
            SkippedAs::Comment => continue,
        };
        let (first, last) = (skipped.first_line, skipped.last_line);
        let lines = if first == last { format!("line {first}") } else { format!("lines {first} to {last}") };
        table.warnings.push(warning(
            format!("{lines} {what}; left out: \"{}\"", skipped.text),
            Some(first),
            None,
        ));
    }
}

/// Comments that follow one another.
fn comments(records: &impl Grid) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for row in (0..records.n_rows()).filter(|&row| records.is_comment(row)) {
        match runs.last_mut().filter(|run| run.end == row) {
            Some(run) => run.end = row + 1,
            None => runs.push(row..row + 1),
        }
    }
    runs
}

fn skipped_lines(
    records: &impl Grid,
    first_line: u32,
    last_line: u32,
    first: Option<usize>,
    skipped_as: SkippedAs,
) -> SkippedLines {
    let cells = first.map(|i| records.cells(i)).unwrap_or_default();
    let filled: Vec<&str> = cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
    let text: String = filled.join(" ").replace(['\n', '\r'], " ").chars().take(SHOWN_CHARS).collect();
    SkippedLines { first_line, last_line, skipped_as, text }
}
