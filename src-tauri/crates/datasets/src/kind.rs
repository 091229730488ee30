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
    let (rows, count, distinct) = counts(&typed.values);
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
            Values::Text(raw) => judge_text(name, raw.iter().flatten(), typed.codes, rows, count, distinct),
        }
    };
    Judgement { kind, missing: rows - count, distinct, excluded_because }
}

/// Rows, rows with a value, distinct values.
fn counts(values: &Values) -> (usize, usize, usize) {
    /// Sorting whole numbers takes less time than hashing them.
    fn of(n_rows: usize, values: impl Iterator<Item = u64>) -> (usize, usize, usize) {
        let mut values: Vec<u64> = values.collect();
        let count = values.len();
        values.sort_unstable();
        values.dedup();
        (n_rows, count, values.len())
    }
    match values {
        // Adding 0 makes -0 and 0 one value.
        Values::Number(v) => of(v.len(), v.iter().flatten().map(|x| (x + 0.0).to_bits())),
        Values::Moment(v, _) => of(v.len(), v.iter().flatten().map(|m| m.cast_unsigned())),
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
    }
}

/// A header's words, so that `Row.Names`, `row_names` and `rownames` are one.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn number_key(name: &str, values: &[Option<f64>], distinct: usize) -> Option<String> {
    let all_there = values.iter().all(Option::is_some);
    let whole = values.iter().flatten().all(|v| v.fract() == 0.0);
    if !whole {
        return None;
    }
    let counts_up_from =
        |start: f64| values.iter().zip(0_u32..).all(|(v, i)| *v == Some(start + f64::from(i)));
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
    cells: impl Iterator<Item = &'a str>,
    codes: bool,
    rows: usize,
    count: usize,
    distinct: usize,
) -> (ColumnKind, Option<String>) {
    let (mut words, mut letters, mut long_codes) = (0_usize, 0_usize, false);
    for cell in cells {
        words += cell.split_whitespace().count();
        letters += cell.len();
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
