//! What a column is for: tells keys, constants and free text from what a
//! network can learn from.

use crate::infer::{Typed, Values};
use polars::prelude::PlHashSet;
use retort_domain::ColumnKind;

/// Fewer rows than this say little about whether a column is a key.
const KEY_ROWS: usize = 20;
/// Fewer rows than this do not make 1, 2, 3… a row number.
const ROW_NUMBER_ROWS: usize = 5;
/// Distinct strings that a category may always have.
const CATEGORY_DISTINCT: usize = 50;

/// A column's kind and the counts that it was judged by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub kind: ColumnKind,
    pub missing: usize,
    pub distinct: usize,
    pub excluded_because: Option<String>,
}

/// Judges a typed column.
pub(crate) fn judge(name: &str, typed: &Typed) -> Judgement {
    let (rows, count, distinct) = counts(typed);
    let (kind, excluded_because) = if distinct == 0 {
        (ColumnKind::Constant, Some("no values".to_owned()))
    } else if distinct == 1 {
        (ColumnKind::Constant, Some("one value only".to_owned()))
    } else {
        match &typed.values {
            Values::Boolean(..) => (ColumnKind::Boolean, None),
            Values::Moment(..) => (ColumnKind::Datetime, None),
            Values::Number(values) => match number_key(name, values, distinct) {
                Some(reason) => (ColumnKind::Identifier, Some(reason)),
                None => (ColumnKind::Numeric, None),
            },
            Values::Text(raw) => {
                let cells = raw.iter().flatten().map(|cell| (cell, 1));
                judge_text(name, cells, typed.codes, rows, count, distinct)
            }
            Values::Words(cells) => {
                let words = cells.words.iter().filter_map(|w| Some((w.value()?, w.count as usize)));
                judge_text(name, words, typed.codes, rows, count, distinct)
            }
        }
    };
    Judgement { kind, missing: rows - count, distinct, excluded_because }
}

/// Rows, rows with a value, distinct values.
fn counts(typed: &Typed) -> (usize, usize, usize) {
    match &typed.values {
        // Adding 0 makes -0 and 0 one value.
        Values::Number(v) => {
            let values: Vec<f64> = v.iter().map(|x| x + 0.0).filter(|x| !x.is_nan()).collect();
            (v.len(), values.len(), distinct_numbers(&values))
        }
        Values::Moment(v, _) => {
            let count = v.iter().flatten().count();
            let distinct = typed.distinct.unwrap_or_else(|| {
                let mut values: Vec<i64> = v.iter().flatten().copied().collect();
                values.sort_unstable();
                values.dedup();
                values.len()
            });
            (v.len(), count, distinct)
        }
        Values::Boolean(v, _) => {
            let has = |wanted: bool| usize::from(v.contains(&Some(wanted)));
            (v.len(), v.iter().flatten().count(), has(false) + has(true))
        }
        Values::Text(raw) => {
            let (mut count, mut distinct) = (0, PlHashSet::default());
            for text in raw.iter().flatten() {
                count += 1;
                distinct.insert(text);
            }
            (raw.len(), count, distinct.len())
        }
        Values::Words(cells) => {
            let present = cells.words.iter().filter(|w| w.missing.is_none());
            (cells.codes.len(), present.map(|w| w.count as usize).sum(), cells.distinct())
        }
    }
}

/// Different numbers among these, which are finite.
fn distinct_numbers(values: &[f64]) -> usize {
    let (min, max) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), &x| (a.min(x), b.max(x)));
    // A bit for each whole number in between, where these are not too many.
    let span = max - min;
    let is_dense = span < values.len() as f64 * 64.0 && values.iter().all(|x| x.fract() == 0.0);
    if is_dense && min.abs().max(max.abs()) < 1e15 {
        let mut seen = vec![0_u64; span as usize / 64 + 1];
        for x in values {
            let place = (x - min) as usize;
            seen[place / 64] |= 1 << (place % 64);
        }
        return seen.iter().map(|bits| bits.count_ones() as usize).sum();
    }
    let mut bits: Vec<u64> = values.iter().map(|x| x.to_bits()).collect();
    bits.sort_unstable();
    bits.dedup();
    bits.len()
}

/// A header's words, so that `Row.Names`, `row_names` and `rownames` are one.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn number_key(name: &str, values: &[f64], distinct: usize) -> Option<String> {
    let whole = values.iter().all(|v| v.is_nan() || v.fract() == 0.0);
    if !whole {
        return None;
    }
    let all_there = values.iter().all(|v| !v.is_nan());
    let counts_up_from = |start: f64| values.iter().zip(0_u32..).all(|(v, i)| *v == start + f64::from(i));
    if values.len() >= ROW_NUMBER_ROWS && (counts_up_from(0.0) || counts_up_from(1.0)) {
        return Some("row number".to_owned());
    }
    let all_distinct = all_there && distinct == values.len();
    let lower = name.to_lowercase();
    match normalized(name).as_str() {
        "rownames" | "rowname" | "id" | "unnamed0" => Some("named as a key".to_owned()),
        "index" if all_distinct => Some("named as a key, every value different".to_owned()),
        _ if all_distinct
            && values.len() >= KEY_ROWS
            && (lower.ends_with("_id") || lower.ends_with(" id")) =>
        {
            Some("named as a key, every value different".to_owned())
        }
        _ => None,
    }
}

fn judge_text<'a>(
    name: &str,
    cells: impl Iterator<Item = (&'a str, usize)>,
    codes: bool,
    rows: usize,
    count: usize,
    distinct: usize,
) -> (ColumnKind, Option<String>) {
    let (mut words, mut letters, mut long_codes) = (0_usize, 0_usize, false);
    for (cell, count) in cells {
        words += cell.split_whitespace().count() * count;
        letters += cell.len() * count;
        long_codes |= codes && cell.len() > 15;
    }
    let identifier = |reason: &str| (ColumnKind::Identifier, Some(reason.to_owned()));
    let prose = words > count * 5 || letters > count * 60;
    if matches!(normalized(name).as_str(), "rownames" | "rowname" | "id" | "unnamed0") {
        return identifier("named as a key");
    }
    if long_codes {
        return identifier("numbers too long to be exact");
    }
    if prose && distinct > 20 {
        return (ColumnKind::Text, Some("free text".to_owned()));
    }
    if count >= KEY_ROWS && distinct == count {
        return identifier("every value is different");
    }
    let mostly_distinct = count >= KEY_ROWS && distinct * 10 > count * 9;
    if mostly_distinct || distinct > CATEGORY_DISTINCT.max(rows / 20) {
        return (ColumnKind::Text, Some(format!("{distinct} different texts in {count} rows")));
    }
    (ColumnKind::Category, None)
}
