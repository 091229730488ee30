//! Dates and times: which spellings are understood, and how a column that was
//! read in one spelling is shown again.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

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

/// Reads a trimmed cell; none where it is no date or time of a known spelling.
pub(crate) fn parse(cell: &str) -> Option<(i64, MomentFormat)> {
    if !(4..=40).contains(&cell.len()) || !cell.is_ascii() || !cell.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let bare = MomentFormat { date: None, time: false, joiner: ' ', seconds: false, fraction: 0, utc: false };
    let date_len = cell.find(['T', ' ']).unwrap_or(cell.len());
    let Some((style, days)) = parse_date(&cell[..date_len]) else {
        let (micros, format) = parse_time(cell, bare)?;
        return (!format.utc).then_some((micros, format));
    };
    let base = i64::from(days) * MICROS_PER_DAY;
    let format = MomentFormat { date: Some(style), ..bare };
    match cell.as_bytes().get(date_len) {
        None => Some((base, format)),
        Some(&joiner) => {
            let (micros, format) =
                parse_time(&cell[date_len + 1..], MomentFormat { joiner: char::from(joiner), ..format })?;
            Some((base + micros, format))
        }
    }
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn parse_date(text: &str) -> Option<(DateStyle, i32)> {
    let (style, separator) = match text.bytes().find(|b| !b.is_ascii_digit())? {
        b'-' => (DateStyle::Dashes, '-'),
        b'/' => (DateStyle::Slashes, '/'),
        b'.' => (DateStyle::Dots, '.'),
        _ => return None,
    };
    let mut parts = text.split(separator);
    let (first, middle, last) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, day) = if style == DateStyle::Dots { (last, first) } else { (first, last) };
    let year = digits(year, 4..=4)?;
    let date =
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, digits(middle, 1..=2)?, digits(day, 1..=2)?)?;
    Some((style, date.num_days_from_ce() - EPOCH_DAY))
}

/// `HH:MM[:SS[.ffffff]]`, then nothing, `Z` or an offset, which is taken off.
fn parse_time(text: &str, format: MomentFormat) -> Option<(i64, MomentFormat)> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        None => (text, None),
        Some(at) => (text[..at].trim_end(), Some(parse_offset(&text[at..])?)),
    };
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 1..=2).filter(|&h| h < 24)?;
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
