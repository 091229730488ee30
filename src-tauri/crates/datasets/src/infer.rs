//! Text cells to typed columns: one rule a column, by which all its cells are
//! read, and what speaks for it.

mod numbers;

use crate::{
    column::{Cells, ColumnCells, WordCells},
    moment::{self, DAY_FIRST, MomentFormat},
    number::{self, Parsed},
    raw::{Customs, RawColumn, RawTable, warning},
};
use rayon::prelude::*;
use retort_domain::{DataWarning, DateOrder, DecimalMark, ReadingQuestion};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::HashSet};

/// Words for no and yes, the pairs that make a column boolean.
const YES_NO: [[&str; 2]; 10] = [
    ["false", "true"],
    ["no", "yes"],
    ["f", "t"],
    ["n", "y"],
    ["nein", "ja"],
    ["non", "oui"],
    ["falsch", "wahr"],
    ["faux", "vrai"],
    ["no", "sí"],
    ["no", "si"],
];

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
    /// Numbers, all finite; NaN where missing.
    Number(Cow<'a, [f64]>),
    /// Text, in the raw column.
    Text(&'a RawColumn),
    /// Text that recurs.
    Words(&'a WordCells),
    /// No or yes, with their spellings.
    Boolean(Vec<Option<bool>>, [String; 2]),
    /// Microseconds since 1970-01-01.
    Moment(Vec<Option<i64>>, MomentFormat),
}

impl Values<'_> {
    /// How they are shown, where that is not as they are stored.
    pub fn format(&self) -> Option<ColumnFormat> {
        match self {
            Self::Number(_) | Self::Text(_) | Self::Words(_) => None,
            Self::Boolean(_, words) => Some(ColumnFormat::Boolean(words.clone())),
            Self::Moment(_, format) => Some(ColumnFormat::Moment(*format)),
        }
    }
}

/// A column as understood.
#[derive(Debug)]
pub(crate) struct Typed<'a> {
    /// Its values.
    pub values: Values<'a>,
    /// Kept as text because its digits are codes: leading zeros, or more
    /// digits than a float holds.
    pub codes: bool,
    /// Different values, where they were counted on the way.
    pub distinct: Option<usize>,
    /// What was noticed.
    pub warnings: Vec<DataWarning>,
    /// How its cells are read.
    pub rule: String,
    /// What speaks for that.
    pub evidence: String,
    /// What should be asked.
    pub question: Option<ReadingQuestion>,
}

impl<'a> Typed<'a> {
    pub(crate) fn new(values: Values<'a>, rule: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self {
            values,
            codes: false,
            distinct: None,
            warnings: Vec::new(),
            rule: rule.into(),
            evidence: evidence.into(),
            question: None,
        }
    }
}

/// What a column's cells alone say.
pub(crate) enum Seen<'a> {
    Done(Box<Typed<'a>>),
    /// Dates that can be read in these orders, more than one.
    Orders(u8),
    /// Numbers in these styles; plain where none has more than digits, a point
    /// and an exponent.
    Numbers {
        styles: u16,
        separators: bool,
        example: &'a str,
        plain: bool,
        /// What the cells are in styles with this decimal mark, or in all of
        /// them; none where that was not found out on the way.
        values: Option<(Cow<'a, [f64]>, Option<DecimalMark>)>,
    },
    /// No rule fits.
    Text,
}

impl Seen<'_> {
    /// True where only the other columns tell how it is read.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Orders(_) => true,
            Self::Numbers { styles, separators, .. } => *separators && numbers::are_ambiguous(*styles),
            Self::Done(_) | Self::Text => false,
        }
    }
}

/// What the columns of a file say of how those are read that do not tell it
/// themselves.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Votes {
    /// Columns that have only points, or only commas, as decimal marks.
    points: usize,
    commas: usize,
    /// Columns of dates that begin with the day, or with the month.
    days: usize,
    months: usize,
    has_open_dates: bool,
}

impl Votes {
    /// Counts a column.
    pub fn add(&mut self, seen: &Seen) {
        match seen {
            Seen::Numbers { styles, separators: true, .. } => match numbers::only_mark(*styles) {
                Some(DecimalMark::Point) => self.points += 1,
                Some(DecimalMark::Comma) => self.commas += 1,
                None => {}
            },
            Seen::Orders(_) => self.has_open_dates = true,
            Seen::Done(typed) => match typed.values {
                Values::Moment(_, MomentFormat { date: Some(moment::DateStyle::DayFirst), .. }) => {
                    self.days += 1;
                }
                Values::Moment(_, MomentFormat { date: Some(moment::DateStyle::MonthFirst), .. }) => {
                    self.months += 1;
                }
                _ => {}
            },
            Seen::Numbers { .. } | Seen::Text => {}
        }
    }

    /// How open columns are read, once all have been counted.
    pub fn decide(&self, customs: Customs) -> Decision {
        let decimal = self.decimal(customs);
        Decision { decimal, order: self.order(customs, decimal.0) }
    }

    /// The file's decimal mark: a person's choice, or that of most columns that
    /// have no choice.
    fn decimal(&self, customs: Customs) -> (DecimalMark, Option<&'static str>) {
        if let Some(decimal) = customs.decimal {
            return (decimal, Some("chosen for the file"));
        }
        let reason = Some("other numbers of the file are written so");
        if self.commas > self.points {
            (DecimalMark::Comma, reason)
        } else {
            (DecimalMark::Point, reason.filter(|_| self.points > 0))
        }
    }

    /// The order in which the file's ambiguous dates are read.
    fn order(&self, customs: Customs, decimal: DecimalMark) -> (DateOrder, Option<&'static str>) {
        if let Some(order) = customs.date_order {
            return (order, Some("chosen for the file"));
        }
        if !self.has_open_dates {
            return (DateOrder::YearMonthDay, None);
        }
        let (day_first, month_first) = (DateOrder::DayMonthYear, DateOrder::MonthDayYear);
        if self.days != self.months {
            let order = if self.days > self.months { day_first } else { month_first };
            return (order, Some("other columns of the file are written so"));
        }
        let european = customs.semicolons || decimal == DecimalMark::Comma;
        (if european { day_first } else { month_first }, None)
    }
}

/// How open columns are read, each with the reason where columns or a person
/// give one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decision {
    pub decimal: (DecimalMark, Option<&'static str>),
    order: (DateOrder, Option<&'static str>),
}

/// What all columns of a file share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared<'a> {
    /// Line in the file of each row.
    pub lines: &'a [u32],
    pub customs: Customs,
}

/// Reads all columns, and says which decimal mark the file's numbers have.
pub(crate) fn type_columns<'a>(raw: &'a RawTable) -> (Vec<Typed<'a>>, DecimalMark) {
    let seen: Vec<Seen> = raw.columns.par_iter().map(look).collect();
    let mut votes = Votes::default();
    seen.iter().for_each(|seen| votes.add(seen));
    let decision = votes.decide(raw.customs);
    let shared = Shared { lines: &raw.lines, customs: raw.customs };
    let typed = (raw.names.par_iter().zip(&raw.columns).zip(seen))
        .map(|((name, column), seen)| settle(name, column, seen, shared, decision))
        .collect();
    (typed, decision.decimal.0)
}

/// What a column is, given what its cells and those of the others say.
pub(crate) fn settle<'a>(
    name: &str,
    column: &'a ColumnCells,
    seen: Seen<'a>,
    shared: Shared<'_>,
    decision: Decision,
) -> Typed<'a> {
    match column {
        ColumnCells::Texts(cells) => settle_cells(name, cells, seen, shared, decision),
        ColumnCells::Words(cells) => settle_cells(name, cells, seen, shared, decision),
        ColumnCells::Numbers(cells) => numbers::of_numbers(name, cells, decision.decimal, shared.customs),
    }
}

/// What a column's cells alone say.
pub(crate) fn look(column: &ColumnCells) -> Seen<'_> {
    match column {
        ColumnCells::Texts(cells) => look_at(cells),
        ColumnCells::Words(cells) => look_at(cells),
        ColumnCells::Numbers(cells) => Seen::Numbers {
            styles: cells.styles,
            separators: cells.mark.is_some(),
            example: &cells.example,
            plain: cells.mark != Some(DecimalMark::Comma),
            values: None,
        },
    }
}

fn look_at<C: Cells>(column: &C) -> Seen<'_> {
    if let Some((values, spelling)) = as_booleans(column) {
        let rule = format!("no and yes, written \"{}\" and \"{}\"", spelling[0], spelling[1]);
        let typed =
            Typed::new(Values::Boolean(column.spread(values), spelling), rule, "no other words occur");
        return Seen::Done(Box::new(typed));
    }
    if let Some(orders) = orders_of(column) {
        return if orders & moment::YEAR_FIRST == 0 && orders.count_ones() > 1 {
            Seen::Orders(orders)
        } else {
            as_moments(column, only_order(orders)).map_or(Seen::Text, |(values, format)| {
                let example = column.present().next().unwrap_or_default();
                Seen::Done(Box::new(of_moments(
                    column,
                    values,
                    format,
                    only_order(orders),
                    format!("every cell reads so, such as \"{example}\""),
                )))
            })
        };
    }
    numbers::look_at_numbers(column)
}

fn settle_cells<'a, C: Cells>(
    name: &str,
    column: &'a C,
    seen: Seen<'a>,
    shared: Shared<'_>,
    decision: Decision,
) -> Typed<'a> {
    match seen {
        Seen::Done(typed) => *typed,
        Seen::Orders(mask) => as_ordered_moments(column, mask, decision.order),
        Seen::Numbers { styles, separators, example, plain, values } => {
            let choice = numbers::choose_style(styles, separators, plain, decision.decimal, shared.customs);
            let fits = |mark: Option<DecimalMark>| mark.is_none_or(|m| m == choice.decimal());
            let values = values.filter(|v| fits(v.1)).map(|v| v.0);
            numbers::as_numbers(name, column, shared.lines, choice, example, values)
        }
        Seen::Text => as_text(name, column, shared.lines),
    }
}

/// Moments of a column's items as those of its rows.
fn of_moments<'a, C: Cells>(
    column: &C,
    values: Vec<Option<i64>>,
    format: MomentFormat,
    order: DateOrder,
    evidence: String,
) -> Typed<'a> {
    let distinct = column.recurs().then(|| values.iter().flatten().collect::<HashSet<_>>().len());
    let values = Values::Moment(column.spread(values), format);
    Typed { distinct, ..Typed::new(values, moment_rule(order, format), evidence) }
}

fn as_booleans(column: &impl Cells) -> Option<(Vec<Option<bool>>, [String; 2])> {
    let first = column.present().next()?;
    YES_NO
        .iter()
        .filter(|pair| pair.iter().any(|word| first.eq_ignore_ascii_case(word)))
        .find_map(|pair| as_pair(column, pair))
}

fn as_pair(column: &impl Cells, pair: &[&str; 2]) -> Option<(Vec<Option<bool>>, [String; 2])> {
    let mut spelling: [Option<&str>; 2] = [None, None];
    let mut values = Vec::new();
    for item in column.items() {
        values.push(match item.text {
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

/// The orders in which all cells are dates; none where some are no dates.
fn orders_of(column: &impl Cells) -> Option<u8> {
    let mut orders = None;
    for cell in column.present() {
        let mask = orders.unwrap_or(u8::MAX) & moment::orders_of(cell);
        if mask == 0 {
            return None;
        }
        orders = Some(mask);
    }
    orders
}

fn only_order(orders: u8) -> DateOrder {
    if orders & moment::YEAR_FIRST != 0 {
        DateOrder::YearMonthDay
    } else if orders & DAY_FIRST != 0 {
        DateOrder::DayMonthYear
    } else {
        DateOrder::MonthDayYear
    }
}

fn as_moments(column: &impl Cells, order: DateOrder) -> Option<(Vec<Option<i64>>, MomentFormat)> {
    let mut format: Option<MomentFormat> = None;
    let mut values = Vec::new();
    for item in column.items() {
        values.push(match item.text {
            None => None,
            Some(text) => {
                let (micros, read) = moment::parse_in(text, order)?;
                format = Some(format.map_or(Some(read), |f| f.joined(read))?);
                Some(micros)
            }
        });
    }
    Some((values, format?))
}

fn order_words(order: DateOrder) -> &'static str {
    match order {
        DateOrder::YearMonthDay => "year, month, day",
        DateOrder::DayMonthYear => "day, month, year",
        DateOrder::MonthDayYear => "month, day, year",
    }
}

fn moment_rule(order: DateOrder, format: MomentFormat) -> String {
    match (format.date, order) {
        (None, _) => "times of day".to_owned(),
        (Some(moment::DateStyle::Dots), _) => "dates: day, month, year".to_owned(),
        (Some(moment::DateStyle::Named), _) => "dates with names of months".to_owned(),
        (Some(_), order) => format!("dates: {}", order_words(order)),
    }
}

fn as_ordered_moments<'a, C: Cells>(
    column: &'a C,
    mask: u8,
    (order, reason): (DateOrder, Option<&'static str>),
) -> Typed<'a> {
    let order = if mask & moment::order_bit(order) != 0 { order } else { only_order(mask) };
    let other =
        if order == DateOrder::DayMonthYear { DateOrder::MonthDayYear } else { DateOrder::DayMonthYear };
    let Some((values, format)) = as_moments(column, order) else {
        return Typed::new(column.as_text(), "text", "its dates are written in more than one way");
    };
    let example = column.present().next().unwrap_or_default();
    let evidence =
        reason.map_or_else(|| format!("\"{example}\" does not tell day from month"), str::to_owned);
    let mut typed = of_moments(column, values, format, order, evidence);
    if reason.is_none() {
        let read = |order| {
            moment::parse_in(example, order)
                .map_or_else(String::new, |(micros, _)| moment::date_of(micros).to_string())
        };
        typed.question = Some(ReadingQuestion {
            question: format!("Is \"{example}\" written day first or month first?"),
            chosen: format!("{}: {}", order_words(order), read(order)),
            other: format!("{}: {}", order_words(other), read(other)),
        });
    }
    typed
}

fn as_text<'a, C: Cells>(name: &str, column: &'a C, lines: &[u32]) -> Typed<'a> {
    let (mut numbers, mut n_others, mut n_codes) = (0_usize, 0_usize, 0_usize);
    let mut first_other: Option<(usize, &str)> = None;
    for item in column.items() {
        let Some(text) = item.text else { continue };
        match number::parse(text, false) {
            Parsed::Number(_) => numbers += item.count,
            Parsed::NotFinite => {}
            Parsed::Code => n_codes += item.count,
            Parsed::Other => {
                n_others += item.count;
                first_other.get_or_insert((item.row, text));
            }
        }
    }
    let codes = n_codes > 0 && n_others == 0;
    let (rule, evidence) = match first_other {
        _ if codes => {
            ("codes, kept as text", "its digits begin with 0 or are too many for a number".to_owned())
        }
        None => ("text", "no cell holds a value".to_owned()),
        Some((_, text)) => {
            ("text", format!("\"{}\" is neither number nor date", text.chars().take(40).collect::<String>()))
        }
    };
    let mut typed = Typed { codes, ..Typed::new(column.as_text(), rule, evidence) };
    if let Some((row, text)) = first_other.filter(|_| numbers > n_others * 9 && n_codes == 0) {
        let shown: String = text.chars().take(40).collect();
        let message = format!(
            "{n_others} of its cells are no numbers (\"{shown}\" is the first), so it is kept as text"
        );
        typed.warnings.push(warning(message, lines.get(row).copied(), Some(name)));
    }
    typed
}
