//! Filters as a person writes them in one line: `price>=3`, `city~gra`, `city=`.

use crate::{
    error::{ColumnUse, DatasetError},
    moment,
    target::check_column,
};
use retort_domain::{CellCondition, ColumnFilter, ColumnKind, Dataset, DateOrder, RangeEnd, TextOperator};

/// Longer signs before those that they begin with.
const SIGNS: [&str; 8] = [">=", "<=", "!=", "^=", "=", ">", "<", "~"];

/// Reads a filter: a column's name, a sign, a value. `=` and `!=` take a value as
/// it is shown, or several between `|`, or nothing for a missing cell; `>`, `>=`,
/// `<` and `<=` a number or a date; `~` a text that the cell contains, `^=` one
/// that it starts with, whatever the case.
pub fn written_filter(dataset: &Dataset, text: &str) -> Result<ColumnFilter, DatasetError> {
    // Names may hold signs, so the longest name that fits is meant.
    let named = dataset.columns.iter().filter_map(|column| {
        let rest = text.trim_start().strip_prefix(column.name.as_str())?.trim_start();
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
        Some((column, sign, rest[sign.len()..].trim()))
    });
    let Some((column, sign, value)) = named.max_by_key(|(column, ..)| column.name.len()) else {
        let name = SIGNS.into_iter().filter_map(|sign| text.find(sign)).min().map(|at| text[..at].trim());
        return match name {
            // A name that fits stands before no sign that is known.
            Some(name) if dataset.column(name).is_none() => {
                check_column(dataset, name, ColumnUse::Filter).and(Err(unreadable(text)))
            }
            Some(_) | None => Err(unreadable(text)),
        };
    };
    let end = |inclusive| -> Result<Option<RangeEnd>, DatasetError> {
        let value = ordered_value(column.kind, value).ok_or_else(|| DatasetError::FilterValue {
            column: column.name.clone(),
            value: value.to_owned(),
            expected: if column.kind == ColumnKind::Datetime { "a date or time" } else { "a number" },
        })?;
        Ok(Some(RangeEnd { value, inclusive }))
    };
    let from = |from| CellCondition::Range { from, to: None, keep_missing: false };
    let to = |to| CellCondition::Range { from: None, to, keep_missing: false };
    let sought = |operator| CellCondition::Text { operator, text: value.to_owned() };
    let condition = match sign {
        ">=" => from(end(true)?),
        ">" => from(end(false)?),
        "<=" => to(end(true)?),
        "<" => to(end(false)?),
        "~" => sought(TextOperator::Contains),
        "^=" => sought(TextOperator::Starts),
        equal if value.is_empty() => CellCondition::Missing { missing: equal == "=" },
        equal => CellCondition::Values {
            values: value
                .split('|')
                .map(|value| Some(value.trim().to_owned()).filter(|v| !v.is_empty()))
                .collect(),
            exclude: equal == "!=",
        },
    };
    Ok(ColumnFilter { column: column.name.clone(), condition })
}

fn unreadable(text: &str) -> DatasetError {
    DatasetError::FilterUnreadable { filter: text.to_owned() }
}

fn ordered_value(kind: ColumnKind, text: &str) -> Option<f64> {
    if kind == ColumnKind::Datetime {
        return [DateOrder::YearMonthDay, DateOrder::DayMonthYear]
            .into_iter()
            .find_map(|order| moment::parse_in(text, order))
            .map(|(micros, _)| crate::cells::millis(micros));
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}
