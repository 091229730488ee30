//! Text cells to typed columns: one rule a column, by which all its cells are
//! read, and what speaks for it.

use crate::{
    moment::{self, DAY_FIRST, MomentFormat},
    number::{
        self, ALL_STYLES, COMMA_STYLES as COMMA, Group, NumberStyle, POINT_STYLES as POINT, Parsed, STYLES,
    },
    raw::{Customs, RawColumn, RawTable, warning},
};
use rayon::prelude::*;
use retort_domain::{DataWarning, DateOrder, DecimalMark, ReadingQuestion};
use serde::{Deserialize, Serialize};

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
            warnings: Vec::new(),
            rule: rule.into(),
            evidence: evidence.into(),
            question: None,
        }
    }
}

/// What a column's cells alone say.
enum Seen<'a> {
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
        values: Option<(Vec<Option<f64>>, Option<DecimalMark>)>,
    },
    /// No rule fits.
    Text,
}

/// Reads all columns, and says which decimal mark the file's numbers have.
pub(crate) fn type_columns(raw: &RawTable) -> (Vec<Typed<'_>>, DecimalMark) {
    let seen: Vec<Seen> = raw.columns.par_iter().map(look).collect();
    let decimal = decimal_of(&seen, raw.customs);
    let order = order_of(&seen, raw.customs, decimal.0);
    let typed = (raw.names.par_iter())
        .zip(&raw.columns)
        .zip(seen)
        .map(|((name, column), seen)| match seen {
            Seen::Done(typed) => *typed,
            Seen::Orders(mask) => as_ordered_moments(column, mask, order),
            Seen::Numbers { styles, separators, example, plain, values } => {
                let choice = choose_style(styles, separators, plain, decimal, raw.customs);
                let fits = |mark: Option<DecimalMark>| mark.is_none_or(|m| m == choice.style.decimal);
                let values = values.filter(|v| fits(v.1)).map(|v| v.0);
                as_numbers(name, column, &raw.lines, choice, example, values)
            }
            Seen::Text => as_text(name, column, &raw.lines),
        })
        .collect();
    (typed, decimal.0)
}

fn look(column: &RawColumn) -> Seen<'_> {
    if let Some((values, spelling)) = as_booleans(column) {
        let rule = format!("no and yes, written \"{}\" and \"{}\"", spelling[0], spelling[1]);
        let typed = Typed::new(Values::Boolean(values, spelling), rule, "no other words occur");
        return Seen::Done(Box::new(typed));
    }
    if let Some(orders) = orders_of(column) {
        return if orders & moment::YEAR_FIRST == 0 && orders.count_ones() > 1 {
            Seen::Orders(orders)
        } else {
            as_moments(column, only_order(orders)).map_or(Seen::Text, |(values, format)| {
                let example = column.iter().flatten().next().unwrap_or_default();
                Seen::Done(Box::new(Typed::new(
                    Values::Moment(values, format),
                    moment_rule(only_order(orders), format),
                    format!("every cell reads so, such as \"{example}\""),
                )))
            })
        };
    }
    look_at_numbers(column)
}

fn as_booleans(raw: &RawColumn) -> Option<(Vec<Option<bool>>, [String; 2])> {
    let first = raw.iter().flatten().next()?;
    YES_NO
        .iter()
        .filter(|pair| pair.iter().any(|word| first.eq_ignore_ascii_case(word)))
        .find_map(|pair| as_pair(raw, pair))
}

fn as_pair(raw: &RawColumn, pair: &[&str; 2]) -> Option<(Vec<Option<bool>>, [String; 2])> {
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

/// The orders in which all cells are dates; none where some are no dates.
fn orders_of(column: &RawColumn) -> Option<u8> {
    let mut orders = None;
    for cell in column.iter().flatten() {
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

fn as_moments(raw: &RawColumn, order: DateOrder) -> Option<(Vec<Option<i64>>, MomentFormat)> {
    let mut format: Option<MomentFormat> = None;
    let mut values = Vec::with_capacity(raw.len());
    for cell in raw.iter() {
        values.push(match cell {
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

/// The order in which the file's ambiguous dates are read, and whether other
/// columns or a person say so.
fn order_of(seen: &[Seen], customs: Customs, decimal: DecimalMark) -> (DateOrder, Option<&'static str>) {
    if let Some(order) = customs.date_order {
        return (order, Some("chosen for the file"));
    }
    if !seen.iter().any(|s| matches!(s, Seen::Orders(_))) {
        return (DateOrder::YearMonthDay, None);
    }
    let decided = |style| {
        let is = |s: &Seen| matches!(s, Seen::Done(typed) if matches!(typed.values, Values::Moment(_, f) if f.date == Some(style)));
        seen.iter().filter(|s| is(s)).count()
    };
    let (days, months) = (decided(moment::DateStyle::DayFirst), decided(moment::DateStyle::MonthFirst));
    if days != months {
        let order = if days > months { DateOrder::DayMonthYear } else { DateOrder::MonthDayYear };
        return (order, Some("other columns of the file are written so"));
    }
    let european = customs.semicolons || decimal == DecimalMark::Comma;
    (if european { DateOrder::DayMonthYear } else { DateOrder::MonthDayYear }, None)
}

fn as_ordered_moments<'a>(
    column: &'a RawColumn,
    mask: u8,
    (order, reason): (DateOrder, Option<&'static str>),
) -> Typed<'a> {
    let order = if mask & moment::order_bit(order) != 0 { order } else { only_order(mask) };
    let other =
        if order == DateOrder::DayMonthYear { DateOrder::MonthDayYear } else { DateOrder::DayMonthYear };
    let Some((values, format)) = as_moments(column, order) else {
        return Typed::new(Values::Text(column), "text", "its dates are written in more than one way");
    };
    let example = column.iter().flatten().next().unwrap_or_default();
    let evidence =
        reason.map_or_else(|| format!("\"{example}\" does not tell day from month"), str::to_owned);
    let mut typed = Typed::new(Values::Moment(values, format), moment_rule(order, format), evidence);
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

fn look_at_numbers(column: &RawColumn) -> Seen<'_> {
    let (mut styles, mut separators, mut plain) = (ALL_STYLES, false, true);
    let mut example: Option<&str> = None;
    let mut currency: Option<&str> = None;
    let (mut percents, mut bare, mut numbers) = (0_usize, 0_usize, 0_usize);
    let (mut values, mut mark) = (Vec::with_capacity(column.len()), None);
    let mut simple_so_far = true;
    for cell in column.iter() {
        let Some(cell) = cell else {
            values.push(None);
            continue;
        };
        if let Some(simple) = number::simple(cell) {
            numbers += 1;
            values.push(Some(simple.value));
            let Some(separator) = simple.separator else {
                bare += usize::from(cell != "0");
                continue;
            };
            bare += 1;
            styles &= simple.styles;
            if styles == 0 {
                return Seen::Text;
            }
            separators = true;
            plain &= separator == DecimalMark::Point;
            simple_so_far &= mark.is_none_or(|m| m == separator);
            (mark, example) = (Some(separator), example.or(Some(cell)));
            continue;
        }
        simple_so_far = false;
        match number::parse(cell, false) {
            Parsed::Code => return Seen::Text,
            Parsed::NotFinite => continue,
            Parsed::Number(_) if cell.bytes().all(|b| b.is_ascii_digit()) => {
                numbers += 1;
                bare += usize::from(cell != "0");
                continue;
            }
            Parsed::Number(_) => {}
            Parsed::Other => plain = false,
        }
        let Some(found) = number::decorated(cell) else { return Seen::Text };
        if found.body.len() > 1
            && found.body.starts_with('0')
            && found.body.bytes().all(|b| b.is_ascii_digit())
        {
            return Seen::Text;
        }
        let separated = found.body.bytes().any(|b| !b.is_ascii_digit());
        if separated {
            styles &= number::styles_of(found.body);
            if styles == 0 {
                return Seen::Text;
            }
            separators = true;
            example = example.or(Some(cell));
        }
        if let Some(sign) = found.currency {
            if currency.is_some_and(|c| c != sign) {
                return Seen::Text;
            }
            currency = Some(sign);
        }
        percents += usize::from(found.percent);
        bare += usize::from(!found.percent);
        numbers += 1;
    }
    if column.iter().flatten().next().is_none() {
        let nothing = Values::Number(vec![None; column.len()]);
        return Seen::Done(Box::new(Typed::new(nothing, "nothing", "no cell holds a value")));
    }
    if numbers == 0 || (percents > 0 && bare > 0) {
        return Seen::Text;
    }
    let example = example.or_else(|| column.iter().flatten().next()).unwrap_or_default();
    Seen::Numbers { styles, separators, example, plain, values: simple_so_far.then_some((values, mark)) }
}

/// The file's decimal mark: a person's choice, or that of most columns that
/// have no choice. None as reason where nothing says so.
fn decimal_of(seen: &[Seen], customs: Customs) -> (DecimalMark, Option<&'static str>) {
    if let Some(decimal) = customs.decimal {
        return (decimal, Some("chosen for the file"));
    }
    let only = |mine: u16, other: u16| {
        let is = |s: &&Seen| matches!(s, Seen::Numbers { styles, separators: true, .. } if styles & mine != 0 && styles & other == 0);
        seen.iter().filter(is).count()
    };
    let (points, commas) = (only(POINT, COMMA), only(COMMA, POINT));
    if commas > points {
        (DecimalMark::Comma, Some("other numbers of the file are written so"))
    } else if points > 0 {
        (DecimalMark::Point, Some("other numbers of the file are written so"))
    } else {
        (DecimalMark::Point, None)
    }
}

struct StyleChoice {
    style: NumberStyle,
    plain: bool,
    evidence: Option<&'static str>,
    other: Option<NumberStyle>,
}

fn choose_style(
    styles: u16,
    separators: bool,
    plain: bool,
    (decimal, reason): (DecimalMark, Option<&'static str>),
    customs: Customs,
) -> StyleChoice {
    let first_of = |mask: u16| STYLES.iter().enumerate().find(|(i, _)| mask & 1 << i != 0).map(|(_, s)| *s);
    let (point, comma) = (first_of(styles & POINT), first_of(styles & COMMA));
    let fallback = STYLES[0];
    let both = separators && point.is_some() && comma.is_some();
    if !both {
        let style = if separators { point.or(comma).unwrap_or(fallback) } else { fallback };
        return StyleChoice { style, plain, evidence: None, other: None };
    }
    let (point, comma) = (point.unwrap_or(fallback), comma.unwrap_or(fallback));
    let chosen = match reason {
        Some(_) => decimal,
        // Where cells are separated by semicolons, commas are decimal marks.
        None if customs.semicolons && point.group.is_some() => DecimalMark::Comma,
        None => DecimalMark::Point,
    };
    let (style, other) = if chosen == DecimalMark::Point { (point, comma) } else { (comma, point) };
    // Three decimals are common; that they may be thousands is worth a question
    // only where something speaks for it.
    let asks = reason.is_none() && (point.group.is_some() || customs.semicolons);
    StyleChoice { style, plain: plain && style == fallback, evidence: reason, other: asks.then_some(other) }
}

fn style_words(style: NumberStyle) -> String {
    let decimal = if style.decimal == DecimalMark::Point { "point" } else { "comma" };
    let group = match style.group {
        None => return format!("decimal {decimal}"),
        Some(Group::Comma) => "commas",
        Some(Group::Point) => "points",
        Some(Group::Space) => "spaces",
        Some(Group::Apostrophe) => "apostrophes",
        Some(Group::Lakh) => "commas in the Indian way",
    };
    format!("decimal {decimal}, thousands parted by {group}")
}

fn as_numbers<'a>(
    name: &str,
    raw: &'a RawColumn,
    lines: &[u32],
    choice: StyleChoice,
    example: &str,
    known: Option<Vec<Option<f64>>>,
) -> Typed<'a> {
    let is_known = known.is_some();
    let mut values = known.unwrap_or_else(|| Vec::with_capacity(raw.len()));
    let mut not_finite = 0_usize;
    for cell in raw.iter().filter(|_| !is_known) {
        let parsed = match cell {
            None => {
                values.push(None);
                continue;
            }
            Some(text) if choice.plain => number::parse(text, false),
            Some(text) => number::parse_in(text, choice.style),
        };
        values.push(match parsed {
            Parsed::Number(value) => Some(value),
            Parsed::NotFinite => {
                not_finite += 1;
                None
            }
            // Only where a person's choice does not fit the cells.
            Parsed::Code | Parsed::Other => return as_text(name, raw, lines),
        });
    }
    let sign = number::decorated(example).and_then(|d| d.currency.or(d.percent.then_some("%")));
    let mut rule = format!("numbers: {}", style_words(choice.style));
    if let Some(sign) = sign {
        rule.push_str(&format!("; the sign {sign} is left out"));
    }
    let evidence =
        choice.evidence.map_or_else(|| format!("every cell reads so, such as \"{example}\""), str::to_owned);
    let mut typed = Typed::new(Values::Number(values), rule, evidence);
    if not_finite > 0 {
        let message = format!("{not_finite} infinite or overlarge numbers count as missing");
        typed.warnings.push(warning(message, None, Some(name)));
    }
    if choice.style.decimal == DecimalMark::Comma {
        typed.warnings.push(warning("commas in its numbers were read as decimal points", None, Some(name)));
    }
    if let Some(other) = choice.other {
        let read = |style| match number::parse_in(example, style) {
            Parsed::Number(v) => number::format(v),
            _ => String::new(),
        };
        typed.question = Some(ReadingQuestion {
            question: format!("Does the sign in \"{example}\" part thousands or start the fraction?"),
            chosen: format!("{}: {}", style_words(choice.style), read(choice.style)),
            other: format!("{}: {}", style_words(other), read(other)),
        });
    }
    typed
}

fn as_text<'a>(name: &str, raw: &'a RawColumn, lines: &[u32]) -> Typed<'a> {
    let (mut numbers, mut n_others, mut n_codes) = (0_usize, 0_usize, 0_usize);
    let mut first_other: Option<(usize, &str)> = None;
    for (row, cell) in raw.iter().enumerate() {
        let Some(text) = cell else { continue };
        match number::parse(text, false) {
            Parsed::Number(_) => numbers += 1,
            Parsed::NotFinite => {}
            Parsed::Code => n_codes += 1,
            Parsed::Other => {
                n_others += 1;
                first_other.get_or_insert((row, text));
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
    let mut typed = Typed { codes, ..Typed::new(Values::Text(raw), rule, evidence) };
    if let Some((row, text)) = first_other.filter(|_| numbers > n_others * 9 && n_codes == 0) {
        let shown: String = text.chars().take(40).collect();
        let message = format!(
            "{n_others} of its cells are no numbers (\"{shown}\" is the first), so it is kept as text"
        );
        typed.warnings.push(warning(message, lines.get(row).copied(), Some(name)));
    }
    typed
}
