//! Text cells to typed columns: what every cell can be read as.

use crate::{
    moment::{self, MomentFormat},
    number::{self, Parsed},
    raw::{RawColumn, warning},
};
use retort_domain::DataWarning;
use serde::{Deserialize, Serialize};

/// Words for no and yes, the pairs that make a column boolean.
const YES_NO: [[&str; 2]; 4] = [["false", "true"], ["no", "yes"], ["f", "t"], ["n", "y"]];

/// How values that are not stored as text are shown; kept beside the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnFormat {
    /// Spellings of false and true.
    Boolean([String; 2]),
    /// Spelling of dates and times.
    Moment(MomentFormat),
}

/// A column's values; one entry a row, none where missing.
#[derive(Debug)]
pub(crate) enum Values<'a> {
    /// Numbers, all finite.
    Number(Vec<Option<f64>>),
    /// Text, in the raw column.
    Text(&'a RawColumn),
    /// No or yes, with their spellings.
    Boolean(Vec<Option<bool>>, [String; 2]),
    /// Microseconds since 1970-01-01.
    Moment(Vec<Option<i64>>, MomentFormat),
}

/// A column as understood.
#[derive(Debug)]
pub(crate) struct Typed<'a> {
    /// Its values.
    pub values: Values<'a>,
    /// Kept as text because its digits are codes: leading zeros, or more
    /// digits than a float holds.
    pub codes: bool,
    /// What was noticed.
    pub warnings: Vec<DataWarning>,
}

/// Reads a column. `lines` are the file's lines of its rows, for warnings.
pub(crate) fn type_column<'a>(
    name: &str,
    raw: &'a RawColumn,
    lines: &[u32],
    decimal_comma: bool,
) -> Typed<'a> {
    let plain = |values| Typed { values, codes: false, warnings: Vec::new() };
    if let Some((values, spelling)) = as_booleans(raw) {
        return plain(Values::Boolean(values, spelling));
    }
    if let Some((values, format)) = as_moments(raw) {
        return plain(Values::Moment(values, format));
    }
    as_numbers(name, raw, lines, decimal_comma)
}

fn as_booleans(raw: &RawColumn) -> Option<(Vec<Option<bool>>, [String; 2])> {
    let first = raw.iter().flatten().next()?;
    let pair = YES_NO.iter().find(|pair| pair.iter().any(|word| first.eq_ignore_ascii_case(word)))?;
    let mut spelling: [Option<&str>; 2] = [None, None];
    let mut values = Vec::with_capacity(raw.len());
    for cell in raw.iter() {
        values.push(match cell {
            None => None,
            Some(text) => {
                let which = pair.iter().position(|word| text.eq_ignore_ascii_case(word))?;
                spelling[which].get_or_insert(text);
                Some(which == 1)
            }
        });
    }
    let [no, yes] = spelling;
    // One word alone is a constant, and stays as it is written.
    Some((values, [no?.to_owned(), yes?.to_owned()]))
}

fn as_moments(raw: &RawColumn) -> Option<(Vec<Option<i64>>, MomentFormat)> {
    let mut format: Option<MomentFormat> = None;
    let mut values = Vec::with_capacity(raw.len());
    for cell in raw.iter() {
        values.push(match cell {
            None => None,
            Some(text) => {
                let (micros, read) = moment::parse(text)?;
                format = Some(format.map_or(Some(read), |f| f.joined(read))?);
                Some(micros)
            }
        });
    }
    Some((values, format?))
}

fn as_numbers<'a>(name: &str, raw: &'a RawColumn, lines: &[u32], decimal_comma: bool) -> Typed<'a> {
    let mut values = Vec::with_capacity(raw.len());
    let mut not_finite = 0_usize;
    let mut with_comma = false;
    let mut others: Option<(usize, &str)> = None;
    let (mut n_others, mut n_codes) = (0_usize, 0_usize);
    for (row, cell) in raw.iter().enumerate() {
        let Some(text) = cell else {
            values.push(None);
            continue;
        };
        match number::parse(text, decimal_comma) {
            Parsed::Number(value) => {
                with_comma |= text.contains(',');
                values.push(Some(value));
            }
            Parsed::NotFinite => {
                not_finite += 1;
                values.push(None);
            }
            Parsed::Code => {
                n_codes += 1;
                values.push(None);
            }
            Parsed::Other => {
                n_others += 1;
                others.get_or_insert((row, text));
                values.push(None);
            }
        }
    }
    let numbers = values.iter().flatten().count();
    let mut warnings = Vec::new();
    if n_others > 0 || n_codes > 0 || (not_finite > 0 && numbers == 0) {
        if let Some((row, text)) = others.filter(|_| numbers > n_others * 9 && n_codes == 0) {
            let shown: String = text.chars().take(40).collect();
            let message = format!(
                "{n_others} of its cells are no numbers (\"{shown}\" is the first), so it is kept as text"
            );
            warnings.push(warning(message, lines.get(row).copied(), Some(name)));
        }
        return Typed { values: Values::Text(raw), codes: n_codes > 0 && n_others == 0, warnings };
    }
    if not_finite > 0 {
        let message = format!("{not_finite} infinite or overlarge numbers count as missing");
        warnings.push(warning(message, None, Some(name)));
    }
    if with_comma {
        warnings.push(warning("commas in its numbers were read as decimal points", None, Some(name)));
    }
    Typed { values: Values::Number(values), codes: false, warnings }
}
