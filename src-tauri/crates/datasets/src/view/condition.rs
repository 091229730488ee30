//! Conditions on cells, made ready for the layout of their column.

use super::text::TextTest;
use crate::{
    cells::{Cells, Chunk, Layout, millis},
    error::{ColumnUse, DatasetError},
    moment::{self, MomentFormat},
    number,
    target::check_column,
};
use retort_domain::{CellCondition, ColumnFilter, Dataset, DateOrder, RangeEnd};
use std::collections::HashSet;

/// Whether a text, or none, passes.
type TextPasses = Box<dyn Fn(Option<&str>) -> bool + Send + Sync>;

/// A condition on the cells of one column.
pub(crate) enum CellTest {
    /// Given NaN for a missing cell.
    Numbers(Box<dyn Fn(f64) -> bool + Send + Sync>),
    /// Given [`Chunk::NO_MOMENT`] for a missing cell.
    Moments(Box<dyn Fn(i64) -> bool + Send + Sync>),
    /// Which codes pass, and whether a missing cell does.
    Codes(Vec<bool>, bool),
    /// Given none for a missing cell.
    Texts(TextPasses),
    /// No cell passes.
    Never,
}

impl CellTest {
    /// Tells the places of the cells that pass.
    pub fn pass(&self, chunk: &Chunk, mut passed: impl FnMut(usize)) {
        match (self, chunk) {
            (Self::Numbers(test), Chunk::Numbers(values)) => {
                values.iter().enumerate().filter(|(_, v)| test(**v)).for_each(|(at, _)| passed(at));
            }
            (Self::Moments(test), Chunk::Moments(values)) => {
                values.iter().enumerate().filter(|(_, v)| test(**v)).for_each(|(at, _)| passed(at));
            }
            (Self::Codes(of_code, missing), Chunk::Codes(codes)) => {
                let passes = |code: u16| of_code.get(usize::from(code)).copied().unwrap_or(*missing);
                codes.iter().enumerate().filter(|(_, c)| passes(**c)).for_each(|(at, _)| passed(at));
            }
            (Self::Texts(test), Chunk::Texts(texts)) => {
                texts.iter().enumerate().filter(|(_, t)| test(*t)).for_each(|(at, _)| passed(at));
            }
            // A test is made for the layout of its column.
            (Self::Numbers(_) | Self::Moments(_) | Self::Codes(..) | Self::Texts(_) | Self::Never, _) => {}
        }
    }
}

/// Place in the file of cells of a column that a person named.
pub(super) fn column_of(
    cells: &Cells,
    dataset: &Dataset,
    name: &str,
    wanted_as: ColumnUse,
) -> Result<usize, DatasetError> {
    check_column(dataset, name, wanted_as)?;
    cells.position(name).ok_or_else(|| DatasetError::TableDamaged {
        id: dataset.id.to_string(),
        reason: format!("column \"{name}\" is missing"),
    })
}

/// Makes a filter ready.
pub(super) fn compile(
    cells: &Cells,
    dataset: &Dataset,
    filter: &ColumnFilter,
) -> Result<(usize, CellTest), DatasetError> {
    let column = column_of(cells, dataset, &filter.column, ColumnUse::Filter)?;
    let layout = &cells.stored(column).layout;
    let test = match &filter.condition {
        CellCondition::Range { from, to, keep_missing } => {
            let (name, column) = (dataset.name.clone(), filter.column.clone());
            if [from, to].into_iter().flatten().any(|end| !end.value.is_finite()) {
                return Err(DatasetError::RangeNotFinite { dataset: name, column });
            }
            range(layout, *from, *to, *keep_missing)
                .ok_or(DatasetError::RangeOfText { dataset: name, column })?
        }
        CellCondition::Values { values, exclude } => self::values(cells, column, values, *exclude)?,
        CellCondition::Text { operator, text } => shown_text(cells, column, TextTest::new(*operator, text))?,
        CellCondition::Missing { missing } => is_missing(cells, column, *missing)?,
    };
    Ok((column, test))
}

/// None for a column without an order.
fn range(
    layout: &Layout,
    from: Option<RangeEnd>,
    to: Option<RangeEnd>,
    keep_missing: bool,
) -> Option<CellTest> {
    let within = move |value: f64| {
        from.is_none_or(|end| value > end.value || (end.inclusive && value == end.value))
            && to.is_none_or(|end| value < end.value || (end.inclusive && value == end.value))
    };
    match layout {
        Layout::Numbers { .. } => {
            Some(CellTest::Numbers(Box::new(
                move |value| {
                    if value.is_nan() { keep_missing } else { within(value) }
                },
            )))
        }
        Layout::Moments { .. } => Some(CellTest::Moments(Box::new(move |value| {
            if value == Chunk::NO_MOMENT { keep_missing } else { within(millis(value)) }
        }))),
        Layout::Codes { .. } | Layout::Texts { .. } => None,
    }
}

fn values(
    cells: &Cells,
    column: usize,
    values: &[Option<String>],
    exclude: bool,
) -> Result<CellTest, DatasetError> {
    let missing = values.contains(&None) != exclude;
    let texts = || values.iter().flatten().map(String::as_str);
    Ok(match &cells.stored(column).layout {
        Layout::Numbers { .. } => {
            let listed: HashSet<u64> = texts().filter_map(number_shown_as).map(f64::to_bits).collect();
            CellTest::Numbers(Box::new(move |value| {
                if value.is_nan() { missing } else { listed.contains(&value.to_bits()) != exclude }
            }))
        }
        Layout::Moments { format, .. } => {
            let listed: HashSet<i64> = texts().filter_map(|text| moment_shown_as(text, *format)).collect();
            CellTest::Moments(Box::new(move |value| {
                if value == Chunk::NO_MOMENT { missing } else { listed.contains(&value) != exclude }
            }))
        }
        Layout::Codes { .. } => {
            let listed: HashSet<&str> = texts().collect();
            let of_code =
                cells.words(column)?.iter().map(|w| listed.contains(w.as_str()) != exclude).collect();
            CellTest::Codes(of_code, missing)
        }
        Layout::Texts { .. } => {
            let listed: HashSet<String> = texts().map(str::to_owned).collect();
            CellTest::Texts(Box::new(move |text| {
                text.map_or(missing, |text| listed.contains(text) != exclude)
            }))
        }
    })
}

/// The number that is shown as exactly this text.
fn number_shown_as(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    (number::format(value) == text).then_some(value + 0.0)
}

/// The moment that is shown as exactly this text.
fn moment_shown_as(text: &str, format: MomentFormat) -> Option<i64> {
    [DateOrder::YearMonthDay, DateOrder::DayMonthYear, DateOrder::MonthDayYear]
        .into_iter()
        .filter_map(|order| moment::parse_in(text, order))
        .map(|(micros, _)| micros)
        .find(|micros| format.show(*micros) == text)
}

fn is_missing(cells: &Cells, column: usize, missing: bool) -> Result<CellTest, DatasetError> {
    Ok(match &cells.stored(column).layout {
        Layout::Numbers { .. } => CellTest::Numbers(Box::new(move |value| value.is_nan() == missing)),
        Layout::Moments { .. } => {
            CellTest::Moments(Box::new(move |value| (value == Chunk::NO_MOMENT) == missing))
        }
        Layout::Codes { .. } => CellTest::Codes(vec![!missing; cells.words(column)?.len()], missing),
        Layout::Texts { .. } => CellTest::Texts(Box::new(move |text| text.is_none() == missing)),
    })
}

/// True where a cell is there and the text that it is shown as passes.
pub(super) fn shown_text(cells: &Cells, column: usize, test: TextTest) -> Result<CellTest, DatasetError> {
    Ok(match &cells.stored(column).layout {
        Layout::Numbers { .. } => {
            // Most texts cannot occur in a number, and then no number is written.
            if test.sought().chars().any(|c| !matches!(c, '0'..='9' | '.' | '-' | 'e')) {
                return Ok(CellTest::Never);
            }
            CellTest::Numbers(Box::new(move |value| {
                !value.is_nan() && number::with_text(value, |text| test.holds(text))
            }))
        }
        Layout::Moments { format, .. } => {
            let format = *format;
            if test.sought().chars().any(|c| !format.may_show(c)) {
                return Ok(CellTest::Never);
            }
            CellTest::Moments(Box::new(move |value| {
                value != Chunk::NO_MOMENT && test.holds(&format.show(value))
            }))
        }
        Layout::Codes { .. } => {
            let of_code: Vec<bool> = cells.words(column)?.iter().map(|word| test.holds(word)).collect();
            if !of_code.contains(&true) {
                return Ok(CellTest::Never);
            }
            CellTest::Codes(of_code, false)
        }
        Layout::Texts { .. } => {
            CellTest::Texts(Box::new(move |text| text.is_some_and(|text| test.holds(text))))
        }
    })
}
