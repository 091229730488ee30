//! Numbers as most are written, read without looking at their digits one by one.

use super::{ALL_STYLES, COMMA_STYLES, POINT_STYLES, Parsed, parse};
use retort_domain::DecimalMark;

/// A number of at most 15 digits with at most one point or comma, as most are
/// written, or a longer one with a point. It does not begin with a needless 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Simple {
    /// Its value where the separator starts the fraction.
    pub value: f64,
    /// What stands between the digits.
    pub separator: Option<DecimalMark>,
    /// The styles in which it is a number, as a mask of [`super::STYLES`].
    pub styles: u16,
    /// Digits behind the separator.
    pub places: u8,
    /// The shortest way to write the value has as many digits, but for zeros at
    /// the end of its fraction.
    pub is_shortest: bool,
    /// Its last digit is 0.
    pub ends_in_zero: bool,
}

/// Digits, and a separator, right-aligned in 16 bytes.
const ZEROS: u128 = u128::from_le_bytes([b'0'; 16]);
const HIGH_BITS: u128 = u128::from_le_bytes([0x80; 16]);
/// Added to a digit's value, it leaves the high bit as it is; added to anything
/// from 10 to 127, it sets it.
const ABOVE_NINE: u128 = u128::from_le_bytes([0x76; 16]);

/// Reads a trimmed cell as most are written. Digits and power of ten are exact
/// floats, so that one division rounds as it should (Clinger, "How to read
/// floating point numbers accurately", 1990).
pub(crate) fn simple(cell: &str) -> Option<Simple> {
    simple_at(cell.as_bytes(), 0, cell.len())
}

/// As [`simple`], the cell between two places of a text.
#[inline]
pub(crate) fn simple_at(text: &[u8], start: usize, end: usize) -> Option<Simple> {
    let first = *text.get(start)?;
    let negative = first == b'-';
    let start = start + usize::from(negative);
    let length = end.checked_sub(start).filter(|l| (1..=16).contains(l))?;
    let window = match end.checked_sub(16).and_then(|from| text.get(from..end)?.first_chunk::<16>()) {
        Some(window) => u128::from_le_bytes(*window),
        None => {
            let mut window = [b'0'; 16];
            window[16 - length..].copy_from_slice(text.get(start..end)?);
            u128::from_le_bytes(window)
        }
    };
    // What stands before the cell counts as zeros.
    let within = u128::MAX << (8 * (16 - length));
    let digits = (window ^ ZEROS) & within;
    let others = (((digits & !HIGH_BITS) + ABOVE_NINE) | digits) & HIGH_BITS;
    let top = |digits: u128| (digits >> (8 * (16 - length))) as u8;
    if top(digits) > 9 {
        return None;
    }
    let ends_in_zero = digits >> 120 == 0;
    if others == 0 {
        if length > 15 || (length > 1 && top(digits) == 0) {
            return None;
        }
        let value = decimal(digits) as f64;
        return Some(Simple {
            value: if negative { -value } else { value },
            separator: None,
            styles: ALL_STYLES,
            places: 0,
            is_shortest: !negative || value != 0.0,
            ends_in_zero,
        });
    }
    if others & (others - 1) != 0 {
        return None;
    }
    let at = others.trailing_zeros() & !7;
    let sign = (window >> at) as u8;
    if !matches!(sign, b'.' | b',') {
        return None;
    }
    let before = length - (16 - at as usize / 8);
    if top(digits) == 0 && before > 1 {
        return None;
    }
    let below = (1_u128 << at) - 1;
    let joined = (digits & !below & !(0xFF << at)) | ((digits & below) << 8);
    let places = 15 - at as usize / 8;
    let value = decimal(joined) as f64 / POWERS_OF_TEN[places];
    let groups = places == 3 && top(digits) != 0;
    let grouped = |most: usize, style: u16| if groups && before <= most { style } else { 0 };
    let (separator, styles) = match sign {
        b'.' => (DecimalMark::Point, POINT_STYLES | grouped(3, 1 << 3)),
        _ => (DecimalMark::Comma, COMMA_STYLES | grouped(3, 1 << 2) | grouped(2, 1 << 8)),
    };
    Some(Simple {
        value: if negative { -value } else { value },
        separator: Some(separator),
        styles,
        places: places as u8,
        // Smaller ones are written with an exponent.
        is_shortest: value >= 1e-4 || (value == 0.0 && !negative),
        ends_in_zero: places > 0 && ends_in_zero,
    })
}

/// The number that sixteen digits make, the first one in the lowest byte.
fn decimal(digits: u128) -> u64 {
    // Two, then four, then eight digits at a time.
    fn eight(digits: u64) -> u64 {
        let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
        const MASK: u64 = 0x0000_00FF_0000_00FF;
        let high = (pairs & MASK).wrapping_mul(100 + (1_000_000 << 32));
        let low = (pairs >> 16 & MASK).wrapping_mul(1 + (10_000 << 32));
        high.wrapping_add(low) >> 32
    }
    eight(digits as u64) * 100_000_000 + eight((digits >> 64) as u64)
}

/// Those that numbers of 15 digits can have.
const POWERS_OF_TEN: [f64; 16] =
    [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads what programs write for floats: more digits than [`simple`] takes, with
/// a point, or an exponent. None where it might as well be anything else.
pub(crate) fn long(cell: &str) -> Option<Simple> {
    let digits = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    let count = |bytes: &[u8]| bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = count(digits);
    if whole == 0 || (whole > 1 && digits[0] == b'0') || digits.get(whole) != Some(&b'.') {
        return None;
    }
    let places = count(&digits[whole + 1..]);
    let exponent = &digits[whole + 1 + places..];
    let has_exponent = match exponent {
        [] => false,
        [b'e' | b'E', power @ ..] => {
            let power = power.strip_prefix(b"-").or_else(|| power.strip_prefix(b"+")).unwrap_or(power);
            if power.is_empty() || count(power) != power.len() {
                return None;
            }
            true
        }
        _ => return None,
    };
    // Three digits behind a point may be a group of a whole number.
    if places == 0 || (places == 3 && !has_exponent) || cell.len() > 48 {
        return None;
    }
    let Parsed::Number(value) = parse(cell, false) else { return None };
    Some(Simple {
        value,
        separator: Some(DecimalMark::Point),
        // Only numbers without groups are written with an exponent.
        styles: if has_exponent { 1 } else { POINT_STYLES },
        places: u8::try_from(places).unwrap_or(u8::MAX),
        is_shortest: !has_exponent && super::with_text(value, |text| text == cell),
        ends_in_zero: digits.ends_with(b"0") && !has_exponent,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::STYLES, *};
    use crate::number::styles_of;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_read_at_once_is_read_alike(cell in "-?(0|[0-9]{1,17})([.,][0-9]{0,18})?([x.e,-][0-9]{0,3})?", around in "[0-9x]{0,20}") {
            let text = format!("{around}{cell},12345678901234567");
            let found = simple_at(text.as_bytes(), around.len(), around.len() + cell.len());
            prop_assert_eq!(found, simple(&cell));
            for found in [found, long(&cell)].into_iter().flatten() {
                let unsigned = cell.trim_start_matches('-');
                let read = cell.replace(',', ".").parse::<f64>();
                prop_assert_eq!(Ok(found.value.to_bits()), read.map(f64::to_bits));
                prop_assert_eq!(found.styles, styles_of(unsigned), "{:?}", STYLES);
                let fraction = unsigned.split_once(['.', ',']).map_or("", |f| f.1);
                if found.is_shortest {
                    prop_assert_eq!(fraction.len(), usize::from(found.places));
                    let shown = crate::number::format(found.value).replace('.', if cell.contains(',') { "," } else { "." });
                    let kept = cell.trim_end_matches(['.', ',']);
                    let kept = if fraction.is_empty() { kept } else { kept.trim_end_matches('0').trim_end_matches(['.', ',']) };
                    let kept = if kept.is_empty() { "0" } else { kept };
                    prop_assert_eq!(kept, shown);
                }
            }
        }
    }

    #[test]
    fn usual_numbers_are_read_at_once() {
        for cell in ["0", "-1", "12.5", "0.25", "1,234", "123456789012345", "0.00", "-0.5", "218120.7671"] {
            assert!(simple(cell).is_some(), "{cell}");
        }
        for cell in ["", "-", "00", "01.5", ".5", "1.2.3", "1-2", "1234567890123456", "1 ", "é", "+1"] {
            assert!(simple(cell).is_none(), "{cell}");
        }
        for cell in ["0.12345678901234567", "-1.5e-7", "1.2E10", "123456789.1234567890"] {
            assert!(long(cell).is_some(), "{cell}");
        }
    }
}
