//! Dates and times: which spellings are understood, and how a column that was
//! read in one spelling is shown again.

use chrono::{Datelike, NaiveDate};
use retort_domain::DateOrder;
use serde::{Deserialize, Serialize};
use std::ops::{Range, RangeInclusive};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// Days of the common era at 1970-01-01.
const EPOCH_DAY: i32 = 719_163;

/// How a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DateStyle {
    /// `2007-11-30`
    Dashes,
    /// `2007/11/30`
    Slashes,
    /// `30.11.2007`
    Dots,
    /// `30/11/2007`
    DayFirst,
    /// `11/30/2007`
    MonthFirst,
    /// `30 Nov 2007`
    Named,
}

/// How a column of dates or times is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MomentFormat {
    /// None for times of day.
    pub date: Option<DateStyle>,
    /// A time of day is written.
    pub time: bool,
    /// Between date and time.
    pub joiner: char,
    /// Seconds are written.
    pub seconds: bool,
    /// Digits of a second's fraction, 0 to 6.
    pub fraction: u8,
    /// Written with an offset, and kept in UTC.
    pub utc: bool,
}

impl MomentFormat {
    /// What shows both spellings, or none where they do not belong in one column.
    pub fn joined(self, other: Self) -> Option<Self> {
        let offsets_agree = !self.time || !other.time || self.utc == other.utc;
        (self.date == other.date && offsets_agree).then_some(Self {
            date: self.date,
            time: self.time || other.time,
            joiner: if self.time { self.joiner } else { other.joiner },
            seconds: self.seconds || other.seconds,
            fraction: self.fraction.max(other.fraction),
            utc: self.utc || other.utc,
        })
    }

    /// True where a moment read from this cell is shown as the cell has it.
    pub fn shows_alike(self, micros: i64, cell: &str) -> bool {
        let style = match (self.time, PlainDate::of(cell.as_bytes())) {
            (false, Some(PlainDate { separator, year_first, .. })) => match (separator, year_first) {
                (b'-', true) => Some(DateStyle::Dashes),
                (b'/', true) => Some(DateStyle::Slashes),
                (b'.', false) => Some(DateStyle::Dots),
                (b'/', false) => {
                    self.date.filter(|s| matches!(s, DateStyle::DayFirst | DateStyle::MonthFirst))
                }
                _ => None,
            },
            _ => None,
        };
        style.is_some() && style == self.date || self.show(micros) == cell
    }

    /// False where [`MomentFormat::show`] surely never writes this character, nor
    /// one that has it as lower case.
    pub fn may_show(self, c: char) -> bool {
        let in_date = match self.date {
            Some(DateStyle::Named) => c.is_alphabetic() || c == ' ',
            Some(DateStyle::Dashes) => c == '-',
            Some(DateStyle::Slashes | DateStyle::DayFirst | DateStyle::MonthFirst) => c == '/',
            Some(DateStyle::Dots) => c == '.',
            None => false,
        };
        // Years before the first are written with a sign.
        let in_time = self.time && (matches!(c, ':' | '.' | 'z') || self.joiner.to_lowercase().eq([c]));
        c.is_ascii_digit() || matches!(c, '-' | '+') || in_date || in_time
    }

    /// Text of a moment, given as microseconds since 1970-01-01 (for times of
    /// day, since midnight).
    pub fn show(self, micros: i64) -> String {
        let mut text = String::with_capacity(26);
        if let Some(style) = self.date {
            let date = date_of(micros);
            let (y, m, d) = (date.year(), date.month(), date.day());
            text.push_str(&match style {
                DateStyle::Dashes => format!("{y:04}-{m:02}-{d:02}"),
                DateStyle::Slashes => format!("{y:04}/{m:02}/{d:02}"),
                DateStyle::Dots => format!("{d:02}.{m:02}.{y:04}"),
                DateStyle::DayFirst => format!("{d:02}/{m:02}/{y:04}"),
                DateStyle::MonthFirst => format!("{m:02}/{d:02}/{y:04}"),
                DateStyle::Named => format!("{d} {} {y:04}", MONTHS[m as usize - 1][0]),
            });
            if self.time {
                text.push(self.joiner);
            }
        }
        if self.time {
            let of_day = micros.rem_euclid(MICROS_PER_DAY);
            let seconds = of_day / MICROS_PER_SECOND;
            text.push_str(&format!("{:02}:{:02}", seconds / 3600, seconds / 60 % 60));
            if self.seconds {
                text.push_str(&format!(":{:02}", seconds % 60));
            }
            if self.fraction > 0 {
                let digits = format!("{:06}", of_day % MICROS_PER_SECOND);
                text.push('.');
                text.push_str(&digits[..usize::from(self.fraction.min(6))]);
            }
            if self.utc {
                text.push('Z');
            }
        }
        text
    }
}

/// Date of a moment.
pub(crate) fn date_of(micros: i64) -> NaiveDate {
    let days = micros.div_euclid(MICROS_PER_DAY);
    i32::try_from(days)
        .ok()
        .and_then(|d| NaiveDate::from_num_days_from_ce_opt(d.checked_add(EPOCH_DAY)?))
        .unwrap_or_default()
}

/// Hour of a moment, 0 to 23.
pub(crate) fn hour_of(micros: i64) -> i64 {
    micros.rem_euclid(MICROS_PER_DAY) / (3600 * MICROS_PER_SECOND)
}

/// Names of months: English, then German and French ones, each also short.
const MONTHS: [[&str; 8]; 12] = [
    ["Jan", "January", "Januar", "Jän", "Jänner", "janvier", "janv", "Jan"],
    ["Feb", "February", "Februar", "Febr", "février", "févr", "fév", "fevrier"],
    ["Mar", "March", "März", "Mrz", "Mär", "mars", "Maerz", "Mar"],
    ["Apr", "April", "avril", "avr", "Apr", "Apr", "Apr", "Apr"],
    ["May", "Mai", "May", "May", "May", "May", "May", "May"],
    ["Jun", "June", "Juni", "juin", "Jun", "Jun", "Jun", "Jun"],
    ["Jul", "July", "Juli", "juillet", "juil", "Jul", "Jul", "Jul"],
    ["Aug", "August", "août", "aout", "Aug", "Aug", "Aug", "Aug"],
    ["Sep", "September", "Sept", "septembre", "Sep", "Sep", "Sep", "Sep"],
    ["Oct", "October", "Oktober", "Okt", "octobre", "Oct", "Oct", "Oct"],
    ["Nov", "November", "novembre", "Nov", "Nov", "Nov", "Nov", "Nov"],
    ["Dec", "December", "Dezember", "Dez", "décembre", "déc", "decembre", "Dec"],
];

/// Orders of a date's parts, as bits.
pub(crate) const YEAR_FIRST: u8 = 1;
pub(crate) const DAY_FIRST: u8 = 2;
pub(crate) const MONTH_FIRST: u8 = 4;

/// The bit of an order.
pub(crate) fn order_bit(order: DateOrder) -> u8 {
    match order {
        DateOrder::YearMonthDay => YEAR_FIRST,
        DateOrder::DayMonthYear => DAY_FIRST,
        DateOrder::MonthDayYear => MONTH_FIRST,
    }
}

/// The orders in which a trimmed cell is a date or time; 0 where it is none.
/// Times of day, and dates whose order is beyond doubt, are one in all of them.
pub(crate) fn orders_of(cell: &str) -> u8 {
    // What can be read without an order reads alike in all of them.
    if parse(cell).is_some() {
        return YEAR_FIRST | DAY_FIRST | MONTH_FIRST;
    }
    [DateOrder::DayMonthYear, DateOrder::MonthDayYear]
        .into_iter()
        .filter(|&order| matches!(written_in_digits(cell, order), Some(Some(_))))
        .fold(0, |mask, order| mask | order_bit(order))
}

/// Reads a trimmed cell; none where it is no date or time of a known spelling
/// whose order is beyond doubt.
pub(crate) fn parse(cell: &str) -> Option<(i64, MomentFormat)> {
    parse_in(cell, DateOrder::YearMonthDay)
}

/// Reads a trimmed cell whose date, where its order is in doubt, is written in
/// this one.
pub(crate) fn parse_in(cell: &str, order: DateOrder) -> Option<(i64, MomentFormat)> {
    written_in_digits(cell, order).unwrap_or_else(|| named_with_time(cell))
}

/// Nothing is known of it yet.
const BARE: MomentFormat =
    MomentFormat { date: None, time: false, joiner: ' ', seconds: false, fraction: 0, utc: false };
/// Length of a date or time, bytes.
const LENGTHS: RangeInclusive<usize> = 4..=40;

/// Reads a date whose month is a number, or a time; none where it is neither,
/// and none within where it begins as one and goes on otherwise.
fn written_in_digits(cell: &str, order: DateOrder) -> Option<Option<(i64, MomentFormat)>> {
    let bytes = cell.as_bytes();
    if !LENGTHS.contains(&bytes.len()) || !bytes[0].is_ascii_digit() || !cell.is_ascii() {
        return None;
    }
    if let Some(date) = PlainDate::of(bytes) {
        let format = |style| MomentFormat { date: Some(style), ..BARE };
        return Some(date.read(order).map(|(style, days)| (i64::from(days) * MICROS_PER_DAY, format(style))));
    }
    let date_len = cell.find(['T', ' ']).unwrap_or(cell.len());
    if let Some((style, days)) = parse_date(&cell[..date_len], order) {
        return Some(with_time(i64::from(days), style, &cell[date_len..]));
    }
    let (micros, format) = parse_time(cell, BARE)?;
    Some((!format.utc).then_some((micros, format)))
}

/// Day and what follows it: nothing, or `T` or a space and a time.
fn with_time(days: i64, style: DateStyle, rest: &str) -> Option<(i64, MomentFormat)> {
    let base = days * MICROS_PER_DAY;
    let format = MomentFormat { date: Some(style), ..BARE };
    match rest.chars().next() {
        None => Some((base, format)),
        Some(joiner) => {
            let (micros, format) =
                parse_time(rest[joiner.len_utf8()..].trim_start(), MomentFormat { joiner, ..format })?;
            Some((base + micros, format))
        }
    }
}

/// `2 January 2020`, `Jan 2, 2020`, `2. Januar 2020`, `15-Mar-2021`, with or
/// without a time behind.
fn named_with_time(cell: &str) -> Option<(i64, MomentFormat)> {
    if !LENGTHS.contains(&cell.len()) || !cell.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let letters = cell.chars().filter(|c| c.is_alphabetic()).count();
    if !(3..=20).contains(&letters) {
        return None;
    }
    let (mut day, mut month, mut year) = (None, None, None);
    let mut rest = cell;
    while day.is_none() || month.is_none() || year.is_none() {
        let end = rest.find([' ', '-', '/', ',', '.', 'T']).filter(|&e| e > 0);
        // A `T` inside a name is no separator.
        let end = end.filter(|&e| !rest[..e].chars().all(char::is_alphabetic) || !rest[e..].starts_with('T'));
        let end = end.or_else(|| rest.find([' ', '-', '/', ',', '.'])).unwrap_or(rest.len());
        let part = &rest[..end];
        let plain = part.strip_suffix("er").or_else(|| part.strip_suffix("st"));
        let plain = plain.or_else(|| part.strip_suffix("nd")).or_else(|| part.strip_suffix("rd"));
        let plain = plain.or_else(|| part.strip_suffix("th")).unwrap_or(part);
        if let Some(y) = digits(part, 4..=4) {
            year = year.xor(Some(y));
        } else if let Some(d) = digits(plain, 1..=2) {
            if day.is_none() {
                day = Some(d);
            } else {
                year = year.xor(Some(full_year(digits(part, 2..=2)?)));
            }
        } else {
            month = month.xor(Some(month_named(part)?));
        }
        if end == rest.len() {
            rest = "";
            break;
        }
        let complete = day.is_some() && month.is_some() && year.is_some();
        rest =
            if complete { &rest[end..] } else { rest[end..].trim_start_matches([' ', '-', '/', ',', '.']) };
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month?, day?)?;
    with_time(i64::from(date.num_days_from_ce() - EPOCH_DAY), DateStyle::Named, rest.trim_start_matches(','))
}

fn month_named(name: &str) -> Option<u32> {
    if name.len() < 3 {
        return None;
    }
    let lower = name.to_lowercase();
    let is_it = |month: &&str| month.chars().flat_map(char::to_lowercase).eq(lower.chars());
    let at = MONTHS.iter().position(|names| names.iter().any(is_it))?;
    u32::try_from(at + 1).ok()
}

/// Two digits of a year as POSIX reads them: 69 to 99 are of the last century.
fn full_year(year: u32) -> u32 {
    match year {
        0..=68 => 2000 + year,
        69..=99 => 1900 + year,
        _ => year,
    }
}

fn digits(text: &str, lengths: RangeInclusive<usize>) -> Option<u32> {
    (lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A date of ten signs: `2007-11-30`, `30.11.2007`, or alike with another
/// separator.
struct PlainDate {
    separator: u8,
    year_first: bool,
    parts: [u32; 3],
}

impl PlainDate {
    fn of(cell: &[u8]) -> Option<Self> {
        let cell: &[u8; 10] = cell.try_into().ok()?;
        let year_first = !cell[4].is_ascii_digit();
        let (first, second) = if year_first { (4, 7) } else { (2, 5) };
        let separator = cell[first];
        if cell[second] != separator || !matches!(separator, b'-' | b'/' | b'.') {
            return None;
        }
        let number = |range: Range<usize>| {
            cell[range]
                .iter()
                .try_fold(0_u32, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
        };
        let parts = [number(0..first)?, number(first + 1..second)?, number(second + 1..10)?];
        Some(Self { separator, year_first, parts })
    }

    fn read(&self, order: DateOrder) -> Option<(DateStyle, i32)> {
        let [a, b, c] = self.parts;
        let (style, year, month, day) = match (self.separator, self.year_first, order) {
            (b'-', true, _) => (DateStyle::Dashes, a, b, c),
            (b'/', true, _) => (DateStyle::Slashes, a, b, c),
            (_, true, _) => return None,
            (b'.', false, _) => (DateStyle::Dots, c, b, a),
            (_, false, DateOrder::DayMonthYear) => (DateStyle::DayFirst, c, b, a),
            (_, false, DateOrder::MonthDayYear) => (DateStyle::MonthFirst, c, a, b),
            (_, false, DateOrder::YearMonthDay) => return None,
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some((style, date.num_days_from_ce() - EPOCH_DAY))
    }
}

fn parse_date(text: &str, order: DateOrder) -> Option<(DateStyle, i32)> {
    let separator = text.bytes().find(|b| !b.is_ascii_digit())?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let mut parts = text.split(char::from(separator));
    let (first, middle, last) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (style, year, month, day) = if first.len() == 4 {
        let style = match separator {
            b'-' => DateStyle::Dashes,
            b'/' => DateStyle::Slashes,
            _ => return None,
        };
        (style, digits(first, 4..=4)?, middle, last)
    } else {
        let year = match last.len() {
            4 => digits(last, 4..=4)?,
            2 => full_year(digits(last, 2..=2)?),
            _ => return None,
        };
        match (separator, order) {
            // Only days come first where dots separate.
            (b'.', _) => (DateStyle::Dots, year, middle, first),
            (_, DateOrder::DayMonthYear) => (DateStyle::DayFirst, year, middle, first),
            (_, DateOrder::MonthDayYear) => (DateStyle::MonthFirst, year, first, middle),
            (_, DateOrder::YearMonthDay) => return None,
        }
    };
    let date =
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, digits(month, 1..=2)?, digits(day, 1..=2)?)?;
    Some((style, date.num_days_from_ce() - EPOCH_DAY))
}

/// `HH:MM[:SS[.ffffff]]`, then nothing, `Z` or an offset, which is taken off.
fn parse_time(text: &str, format: MomentFormat) -> Option<(i64, MomentFormat)> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        None => (text, None),
        Some(at) => (text[..at].trim_end(), Some(parse_offset(&text[at..])?)),
    };
    let afternoon = clock.len().checked_sub(2).and_then(|at| clock.get(at..)).and_then(|end| {
        let is = |word: &str| end.eq_ignore_ascii_case(word);
        if is("pm") { Some(true) } else { is("am").then_some(false) }
    });
    let clock = if afternoon.is_some() { clock[..clock.len() - 2].trim_end() } else { clock };
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 1..=2).filter(|&h| h < 24)?;
    let hour = match afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(after) => hour % 12 + if after { 12 } else { 0 },
    };
    let minute = digits(parts.next()?, 2..=2).filter(|&m| m < 60)?;
    let mut micros = i64::from(hour * 3600 + minute * 60) * MICROS_PER_SECOND;
    let mut format = MomentFormat { time: true, utc: offset.is_some(), ..format };
    if let Some(seconds) = parts.next() {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
        micros += i64::from(digits(whole, 2..=2).filter(|&s| s < 60)?) * MICROS_PER_SECOND;
        format.seconds = true;
        if !fraction.is_empty() {
            digits(&fraction[..fraction.len().min(9)], 1..=9)?;
            let kept = &fraction[..fraction.len().min(6)];
            micros += i64::from(digits(&format!("{kept:0<6}"), 6..=6)?);
            format.fraction = u8::try_from(kept.len()).ok()?;
        }
    }
    if parts.next().is_some() {
        return None;
    }
    Some((micros - offset.unwrap_or(0), format))
}

fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = match text.get(1..)? {
        t if t.len() == 5 => t.split_once(':')?,
        t if t.len() == 4 => t.split_at(2),
        t => (t, "00"),
    };
    let hours = digits(hours, 2..=2).filter(|&h| h <= 14)?;
    let minutes = digits(minutes, 2..=2).filter(|&m| m < 60)?;
    Some(sign * i64::from(hours * 3600 + minutes * 60) * MICROS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_spellings_are_shown_as_they_were_read() {
        for text in [
            "2007-11-30",
            "2007/11/30",
            "30.11.2007",
            "2007-11-30 08:05",
            "2007-11-30T08:05:09",
            "2007-11-30 08:05:09.250",
            "2007-11-30T08:05:09Z",
            "1899-12-31",
            "08:05",
            "23:59:59",
        ] {
            let (micros, format) = parse(text).expect(text);
            assert_eq!(format.show(micros), text);
        }
    }

    #[test]
    fn national_orders_and_names_of_months() {
        use DateOrder::{DayMonthYear, MonthDayYear};
        let table = [
            ("30/11/2007", DayMonthYear, "30/11/2007"),
            ("11/30/2007", MonthDayYear, "11/30/2007"),
            ("1.2.99", DayMonthYear, "01.02.1999"),
            ("3-4-21 1:05 PM", MonthDayYear, "03/04/2021 13:05"),
            ("2. Januar 2020", DayMonthYear, "2 Jan 2020"),
            ("Jan 2, 2020", DayMonthYear, "2 Jan 2020"),
            ("1er août 2021", DayMonthYear, "1 Aug 2021"),
            ("15-Mar-2021", MonthDayYear, "15 Mar 2021"),
            ("March 3rd, 2021 12:30", MonthDayYear, "3 Mar 2021 12:30"),
            ("5 Oct 98", MonthDayYear, "5 Oct 1998"),
        ];
        for (text, order, shown) in table {
            let (micros, format) = parse_in(text, order).expect(text);
            assert_eq!(format.show(micros), shown, "{text}");
        }
        assert_eq!(orders_of("30/11/2007"), DAY_FIRST);
        assert_eq!(orders_of("03/04/2007"), DAY_FIRST | MONTH_FIRST);
        assert_eq!(orders_of("2007-11-30"), YEAR_FIRST | DAY_FIRST | MONTH_FIRST);
        assert_eq!(orders_of("may be 12"), 0);
    }

    #[test]
    fn offsets_are_taken_off() {
        let (micros, format) = parse("2020-01-01T01:30:00+02:00").expect("a moment");
        assert_eq!(format.show(micros), "2019-12-31T23:30:00Z");
    }

    #[test]
    fn other_text_is_no_moment() {
        for text in
            ["2007-13-01", "2007-02-30", "12.5", "1.2.3", "25:00", "08:60", "2007", "12:30:99", "é2007-01-01"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
