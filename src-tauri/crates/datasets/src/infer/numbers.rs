//! Columns of numbers: what their separators mean, and what the numbers are.

use super::{Seen, Typed, Values, as_text};
use crate::{
    column::{Cells, NumberCells},
    number::{
        self, ALL_STYLES, COMMA_STYLES as COMMA, Group, NumberStyle, POINT_STYLES as POINT, Parsed, STYLES,
    },
    raw::{Customs, warning},
};
use retort_domain::{DecimalMark, ReadingQuestion};
use std::borrow::Cow;

/// What a column says that holds neither words for no and yes nor dates.
pub(super) fn look_at_numbers(column: &impl Cells) -> Seen<'_> {
    let (mut styles, mut separators, mut plain) = (ALL_STYLES, false, true);
    let mut example: Option<&str> = None;
    let mut currency: Option<&str> = None;
    let (mut percents, mut bare, mut numbers) = (0_usize, 0_usize, 0_usize);
    let (mut values, mut mark) = (Vec::new(), None);
    let mut simple_so_far = true;
    for item in column.items() {
        let Some(cell) = item.text else {
            values.push(f64::NAN);
            continue;
        };
        if let Some(simple) = number::simple(cell) {
            numbers += 1;
            values.push(simple.value);
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
    if column.present().next().is_none() {
        let nothing = Values::Number(column.spread(values).into());
        return Seen::Done(Box::new(Typed::new(nothing, "nothing", "no cell holds a value")));
    }
    if numbers == 0 || (percents > 0 && bare > 0) {
        return Seen::Text;
    }
    let example = example.or_else(|| column.present().next()).unwrap_or_default();
    let values = simple_so_far.then(|| (Cow::Owned(column.spread(values)), mark));
    Seen::Numbers { styles, separators, example, plain, values }
}

/// The decimal mark of all these styles; none where some have the other.
pub(super) fn only_mark(styles: u16) -> Option<DecimalMark> {
    match (styles & POINT != 0, styles & COMMA != 0) {
        (true, false) => Some(DecimalMark::Point),
        (false, true) => Some(DecimalMark::Comma),
        _ => None,
    }
}

/// True where some styles have one decimal mark and others the other.
pub(super) fn are_ambiguous(styles: u16) -> bool {
    styles & POINT != 0 && styles & COMMA != 0
}

pub(super) struct StyleChoice {
    style: NumberStyle,
    plain: bool,
    evidence: Option<&'static str>,
    other: Option<NumberStyle>,
}

impl StyleChoice {
    /// What starts a fraction.
    pub fn decimal(&self) -> DecimalMark {
        self.style.decimal
    }
}

/// The style that a column's numbers are read in.
pub(super) fn choose_style(
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

/// A column of numbers, read in a style; `known` is what they are, where that
/// was found out on the way.
pub(super) fn as_numbers<'a, C: Cells>(
    name: &str,
    column: &'a C,
    lines: &[u32],
    choice: StyleChoice,
    example: &str,
    known: Option<Cow<'a, [f64]>>,
) -> Typed<'a> {
    if let Some(values) = known {
        return typed_numbers(name, values, 0, choice, example);
    }
    let (mut values, mut not_finite) = (Vec::new(), 0_usize);
    for item in column.items() {
        let parsed = match item.text {
            None => {
                values.push(f64::NAN);
                continue;
            }
            Some(text) if choice.plain => number::parse(text, false),
            Some(text) => number::parse_in(text, choice.style),
        };
        values.push(match parsed {
            Parsed::Number(value) => value,
            Parsed::NotFinite => {
                not_finite += item.count;
                f64::NAN
            }
            // Only where a person's choice does not fit the cells.
            Parsed::Code | Parsed::Other => return as_text(name, column, lines),
        });
    }
    typed_numbers(name, column.spread(values).into(), not_finite, choice, example)
}

/// A column that was read as numbers from the start.
pub(super) fn of_numbers<'a>(
    name: &str,
    cells: &'a NumberCells,
    decimal: (DecimalMark, Option<&'static str>),
    customs: Customs,
) -> Typed<'a> {
    let plain = cells.mark != Some(DecimalMark::Comma);
    let choice = choose_style(cells.styles, cells.mark.is_some(), plain, decimal, customs);
    typed_numbers(name, Cow::Borrowed(&cells.values), 0, choice, &cells.example)
}

fn typed_numbers<'a>(
    name: &str,
    values: Cow<'a, [f64]>,
    not_finite: usize,
    choice: StyleChoice,
    example: &str,
) -> Typed<'a> {
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
