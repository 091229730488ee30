//! Which of a table's first rows name its columns.

use crate::raw::{Missing, is_value};
use std::collections::{HashMap, HashSet};

/// Most rows that names are joined from.
const MAX_HEADER_ROWS: usize = 6;
/// Values below a second header row that each of its columns must have.
const MIN_VALUES: usize = 5;
/// Rows of text only that say nothing about whether the first one repeats.
const FEW_ROWS: usize = 5;

/// Columns in which nearly all cells are numbers, dates or times. The first
/// rows, which may be names, are not asked.
pub(crate) fn value_columns(rows: &[Vec<String>], missing: &Missing) -> Vec<usize> {
    let body = &rows[rows.len().min((rows.len() / 2).clamp(1, 10))..];
    let width = body.iter().map(Vec::len).max().unwrap_or(0);
    (0..width)
        .filter(|&column| {
            let cells = body.iter().filter_map(|r| r.get(column)).map(|c| c.trim());
            let (mut n, mut values) = (0_usize, 0_usize);
            for cell in cells.filter(|c| !missing.is(c)) {
                n += 1;
                values += usize::from(is_value(cell));
            }
            n > 0 && values * 10 >= n * 9
        })
        .collect()
}

/// How many of these rows name the columns. The first row does where it holds
/// no values, or text above a column of values; rows below it do too where they
/// hold text above at least two columns of values, or repeat it. A row of groups
/// does where the row below it divides them.
pub(crate) fn header_rows(rows: &[Vec<String>], missing: &Missing) -> usize {
    header_rows_of(rows, missing, MAX_HEADER_ROWS)
}

fn header_rows_of(rows: &[Vec<String>], missing: &Missing, most: usize) -> usize {
    let Some((first, below)) = rows.split_first() else { return 0 };
    let columns = value_columns(rows, missing);
    if let Some(parts) = below.first()
        && most > 1
        && groups(first, parts)
        && columns.iter().filter_map(|&c| parts.get(c)).any(|c| is_name(c.trim()))
    {
        let divided = header_rows_of(below, missing, most - 1);
        if divided > 0 {
            return divided + 1;
        }
    }
    if !names_columns(first, below, &columns, missing) {
        return usize::from(
            is_row_of_years(first) && below.first().is_some_and(|r| above_values(r, &columns, missing)),
        ) * 2;
    }
    // A few values may as well be the exception in columns of text.
    let columns: Vec<usize> = columns
        .into_iter()
        .filter(|&c| {
            let cells = rows.iter().filter_map(|r| r.get(c)).map(|c| c.trim());
            cells.filter(|c| !missing.is(c) && is_value(c)).count() >= MIN_VALUES
        })
        .collect();
    let mut n = 1;
    while n < most && n + 1 < rows.len() {
        let row = &rows[n];
        let repeats = row == first && row.iter().any(|c| !c.trim().is_empty());
        if !repeats && !above_values(row, &columns, missing) && !goes_on_above(rows, n, &columns) {
            break;
        }
        n += 1;
    }
    n
}

fn names_columns(first: &[String], below: &[Vec<String>], columns: &[usize], missing: &Missing) -> bool {
    let present = |cell: &str| !missing.is(cell.trim());
    let value = |cell: &str| is_value(cell.trim());
    if !first.iter().any(|c| present(c) && value(c)) {
        return !columns.is_empty() || below.len() < FEW_ROWS || !recurs(first, below);
    }
    let above_values = first.iter().enumerate().any(|(i, name)| {
        let mut cells = below.iter().filter_map(|row| row.get(i)).filter(|c| present(c)).peekable();
        present(name) && !value(name) && cells.peek().is_some() && cells.all(|c| value(c))
    });
    above_values || names_years(first, below, missing)
}

/// True where a row of years stands above values that are none.
fn names_years(first: &[String], below: &[Vec<String>], missing: &Missing) -> bool {
    if !is_row_of_years(first) {
        return false;
    }
    let years = (0..first.len()).filter(|&c| is_year(first[c].trim()));
    let cells = years.flat_map(|c| below.iter().filter_map(move |row| row.get(c)).map(|cell| cell.trim()));
    let present: Vec<&str> = cells.filter(|cell| !missing.is(cell)).collect();
    let count = |is: fn(&str) -> bool| present.iter().filter(|cell| is(cell)).count();
    count(is_year) * 10 < present.len() && count(is_value) * 10 >= present.len() * 9
}

/// True where a row holds names of groups of columns, which the row below it
/// divides: that one is filled only where this row is empty, at the start of a
/// group, or where its own names recur and need telling apart.
pub(crate) fn groups(row: &[String], parts: &[String]) -> bool {
    let filled = |row: &[String], c: usize| row.get(c).is_some_and(|cell| !cell.trim().is_empty());
    let is_start = |c: usize| c + 1 < row.len() && filled(row, c) && !filled(row, c + 1);
    if row.len() != parts.len() {
        return false;
    }
    let mut times: HashMap<&str, usize> = HashMap::new();
    parts.iter().for_each(|name| *times.entry(name.trim()).or_default() += 1);
    let recurs = |c: usize| times.get(parts[c].trim()).is_some_and(|&n| n > 1);
    let n_groups = (0..row.len()).filter(|&c| filled(row, c)).count();
    let divided = (0..parts.len()).filter(|&c| filled(parts, c)).collect::<Vec<_>>();
    let told_apart: HashSet<&str> =
        divided.iter().filter(|&&c| filled(row, c) && recurs(c)).map(|&c| row[c].trim()).collect();
    let fits =
        divided.iter().all(|&c| !filled(row, c) || is_start(c) || (recurs(c) && told_apart.len() >= 2));
    // Without this it might as well be a line of notes above all names.
    let left_alone = (0..row.len()).any(|c| filled(row, c) && !is_start(c) && !filled(parts, c));
    n_groups >= 2
        && divided.len() >= 2
        && fits
        && (left_alone || divided.iter().any(|&c| recurs(c)))
        && divided.iter().all(|&c| is_name(parts[c].trim()))
}

/// True where the row of that place belongs to the names above it: it says
/// something above values and has, unlike all others, nothing in the first
/// column.
fn goes_on_above(rows: &[Vec<String>], place: usize, columns: &[usize]) -> bool {
    let labelled = |row: &[String]| row.first().is_some_and(|cell| !cell.trim().is_empty());
    let row = &rows[place];
    let mut filled = (0..row.len()).filter(|&c| !row[c].trim().is_empty()).peekable();
    rows.len() > place + FEW_ROWS
        && !labelled(row)
        && columns.first() != Some(&0)
        && rows.iter().enumerate().all(|(i, other)| i == place || labelled(other))
        && filled.peek().is_some()
        && filled.all(|c| columns.binary_search(&c).is_ok() && is_name(row[c].trim()))
}

/// True where most cells of a row occur again in their columns, as values do
/// and names do not.
fn recurs(first: &[String], below: &[Vec<String>]) -> bool {
    if below.iter().filter(|row| *row == first).count() * 2 > below.len() {
        return true;
    }
    let filled: Vec<usize> = (0..first.len()).filter(|&i| !first[i].trim().is_empty()).collect();
    let again = filled.iter().filter(|&&i| {
        // A repeated header is no row of values.
        below.iter().any(|row| row != first && row.get(i).is_some_and(|c| c.trim() == first[i].trim()))
    });
    !filled.is_empty() && again.count() * 2 > filled.len()
}

/// Text only, and above at least two columns of values; where few cells are
/// filled, above such columns alone, as units of measure are.
fn above_values(row: &[String], columns: &[usize], missing: &Missing) -> bool {
    let text_above = columns.iter().filter_map(|&c| row.get(c)).filter(|c| !missing.is(c.trim())).count();
    let filled = row.iter().filter(|c| !c.trim().is_empty()).count();
    text_above >= 2
        && row.iter().all(|c| is_name(c.trim()))
        && (filled * 4 >= row.len() * 3 || filled == text_above)
}

/// True for what names a column and is no value.
pub(crate) fn is_name(cell: &str) -> bool {
    reads_as_name(cell) && !is_value(cell)
}

/// True for text such as columns are named by, and for nothing.
fn reads_as_name(cell: &str) -> bool {
    let unit = cell.len() <= 4 && cell.chars().all(|c| "%€$£°#()[]/²³".contains(c));
    let is_odd = |c: char| (c.is_control() && !matches!(c, '\n' | '\r')) || matches!(c, '"' | '|' | ';');
    let word = cell.contains(char::is_alphabetic) && cell.len() <= 200 && !cell.contains(is_odd);
    unit || word
}

fn is_row_of_years(row: &[String]) -> bool {
    let filled: Vec<&str> = row.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
    filled.iter().filter(|c| is_year(c)).count() >= 2 && filled.iter().all(|c| is_year(c) || !is_value(c))
}

fn is_year(cell: &str) -> bool {
    cell.len() == 4
        && (cell.starts_with("19") || cell.starts_with("20"))
        && cell.bytes().all(|b| b.is_ascii_digit())
}

/// Names from header rows: the parts of each column joined by a space. A part
/// of a row above the last one reaches over the empty cells to its right where
/// rows below it say more, as far as the group above it; the last one of a row
/// no further than another one of it. A row that repeats the first one adds
/// nothing.
pub(crate) fn joined(rows: &[Vec<String>]) -> Vec<String> {
    let repeats = |&(i, row): &(usize, &Vec<String>)| i > 0 && Some(row) == rows.first();
    let rows: Vec<&Vec<String>> =
        rows.iter().enumerate().filter(|r| !repeats(r)).map(|(_, row)| row).collect();
    let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let mut names = vec![String::new(); width];
    for (i, row) in rows.iter().enumerate() {
        let is_last = i + 1 == rows.len();
        let distinct: HashSet<&str> = row.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
        let reaches = !is_last && distinct.len() > 1;
        let starts: Vec<usize> = (0..row.len()).filter(|&c| !row[c].trim().is_empty()).collect();
        let widest = starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(1);
        let end = starts.last().map_or(0, |last| last + widest);
        let mut part = "";
        for (column, name) in names.iter_mut().enumerate() {
            let cell = row.get(column).map_or("", |c| c.trim());
            let is_named = |row: &&Vec<String>| row.get(column).is_some_and(|c| !c.trim().is_empty());
            let (above, below) = (rows[..i].iter().any(is_named), rows[i + 1..].iter().any(is_named));
            part = if cell.is_empty() && reaches && below && !above && column < end { part } else { cell };
            if !part.is_empty() {
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(part);
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|r| r.iter().map(|&c| c.to_owned()).collect()).collect()
    }

    #[test]
    fn a_header_is_told_from_values() {
        let table: &[(&[&[&str]], usize)] = &[
            (&[&["a", "b"], &["1", "2"]], 1),
            (&[&["1", "2"], &["3", "4"]], 0),
            (&[&["5.1", "setosa"], &["4.9", "setosa"]], 0),
            (&[&["country", "2019"], &["Chile", "3"]], 0),
            (&[&["n", "2019"], &["1", "3"]], 1),
            (&[&["a", "b"], &["x", "y"]], 1),
            (&[&["2020-01-01", "x"], &["2020-01-02", "y"]], 0),
            (&[&["NA", "2"], &["3", "4"]], 0),
            (
                &[
                    &["a", "b"],
                    &["kg", "m"],
                    &["1", "2"],
                    &["3", "4"],
                    &["5", "6"],
                    &["7", "8"],
                    &["9", "10"],
                ],
                2,
            ),
            (&[&["yes"], &["yes"], &["yes"], &["yes"], &["yes"], &["yes"], &["no"]], 0),
            (&[&["country", "2019", "2020"], &["Chile", "3", "4"], &["Peru", "5", "12"]], 1),
            (&[&["Chile", "1990", "2000"], &["Peru", "1985", "1999"], &["Cuba", "1980", "1998"]], 0),
            (&[&["a", "n", "", "b"], &["", "x", "y", ""], &["A", "1", "2", "3"], &["B", "4", "5", "6"]], 2),
            (
                &[
                    &["", "2019", "", "2020", ""],
                    &["city", "Q1", "Q2", "Q1", "Q2"],
                    &["Lyon", "1", "2", "3", "4"],
                    &["Graz", "5", "6", "7", "8"],
                ],
                2,
            ),
            (&[&["x", "u"], &["x", "v"], &["y", "u"], &["x", "v"], &["y", "v"], &["x", "u"]], 0),
        ];
        for (cells, expected) in table {
            assert_eq!(header_rows(&rows(cells), &Missing::new(None)), *expected, "{cells:?}");
        }
    }

    #[test]
    fn parts_of_names_are_joined() {
        let names = joined(&rows(&[&["", "2019", "", "2020", ""], &["city", "Q1", "Q2", "Q1", "Q2"]]));
        assert_eq!(names, ["city", "2019 Q1", "2019 Q2", "2020 Q1", "2020 Q2"]);
        let staff = rows(&[
            &["unit", "staff", "", "", "", "costs", ""],
            &["", "junior", "", "senior", "", "pay", "rent"],
            &["", "n", "share", "n", "share", "", ""],
        ]);
        let parts = [
            "unit",
            "staff junior n",
            "staff junior share",
            "staff senior n",
            "staff senior share",
            "costs pay",
        ];
        assert_eq!(joined(&staff)[..6], parts);
        assert_eq!(joined(&staff)[6], "costs rent");
        assert_eq!(joined(&rows(&[&["a", "b"], &["a", "kg"]])), ["a a", "b kg"]);
        assert_eq!(joined(&rows(&[&["a", "b"], &["a", "b"]])), ["a", "b"]);
    }
}
