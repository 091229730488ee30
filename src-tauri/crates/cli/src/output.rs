//! Stdout: one JSON document, or text for a person.

use serde::Serialize;
use std::io::{self, Write};

/// Longest cell that is printed whole, characters.
const MAX_CELL_CHARS: usize = 40;
const MAX_LAST_CHARS: usize = 200;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One document and nothing else.
    pub json: bool,
}

impl Output {
    /// Prints the document, or else what `text` makes.
    pub fn print(self, document: &impl Serialize, text: impl FnOnce() -> String) -> io::Result<()> {
        let mut printed =
            if self.json { serde_json::to_string_pretty(document).map_err(io::Error::from)? } else { text() };
        if !printed.is_empty() && !printed.ends_with('\n') {
            printed.push('\n');
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(printed.as_bytes())?;
        stdout.flush()
    }
}

/// A column of a table: its title, and whether it holds numbers.
#[derive(Debug, Clone)]
pub struct Column {
    title: String,
    is_right: bool,
}

/// A column of words.
pub fn left(title: impl Into<String>) -> Column {
    Column { title: title.into(), is_right: false }
}

/// A column of numbers.
pub fn right(title: impl Into<String>) -> Column {
    Column { title: title.into(), is_right: true }
}

/// Lines of cells, padded so that columns align.
pub fn table(columns: &[Column], rows: &[Vec<String>]) -> String {
    let titles: Vec<String> = columns.iter().map(|column| column.title.clone()).collect();
    let lines: Vec<Vec<String>> = [&titles].into_iter().chain(rows).map(|row| shown_row(row)).collect();
    let width =
        |c: usize| lines.iter().filter_map(|l| l.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(columns).zip(&widths).map(|((cell, column), &width)| {
            if column.is_right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The last cell pushes no other aside and may be longer.
fn shown_row(row: &[String]) -> Vec<String> {
    let last = row.len().saturating_sub(1);
    row.iter()
        .enumerate()
        .map(|(c, cell)| shown(cell, if c == last { MAX_LAST_CHARS } else { MAX_CELL_CHARS }))
        .collect()
}

/// On one line, and not endless.
fn shown(cell: &str, max_chars: usize) -> String {
    let flat = cell.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut text: String = flat.clone().take(max_chars).collect();
    if flat.count() > max_chars {
        text.pop();
        text.push('…');
    }
    text
}

/// Four significant digits.
pub fn figure(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if (-5..15).contains(&magnitude) {
        let decimals = usize::try_from(3 - magnitude).unwrap_or(0);
        format!("{value:.decimals$}")
    } else {
        format!("{value:.3e}")
    }
}

/// The figure, or a dash.
pub fn figure_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), figure)
}

/// Bytes in the unit that suits.
pub fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1e3 => format!("{b} B"),
        b if b < 1e6 => format!("{:.1} kB", b / 1e3),
        b => format!("{:.1} MB", b / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_four_digits_that_count() {
        let table = [
            (0.98765, "0.9877"),
            (12.3456, "12.35"),
            (123_456.0, "123456"),
            (0.000_123_46, "0.0001235"),
            (0.0, "0"),
        ];
        for (value, want) in table {
            assert_eq!(figure(value), want);
        }
    }

    #[test]
    fn columns_align_and_cells_stay_on_their_line() {
        let text = table(
            &[left("name"), right("n")],
            &[vec!["a\nb".into(), "1".into()], vec!["c".into(), "23".into()]],
        );
        assert_eq!(text, "name   n\na b    1\nc     23\n");
    }
}
