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

/// Digits of a number with at most one separator among them.
struct Digits {
    /// All of them as a whole number.
    whole: u64,
    /// The first byte's value.
    first: u8,
    /// What is no digit, and how many digits stand behind it.
    separator: Option<(u8, usize)>,
    ends_in_zero: bool,
}

/// Splits a text of so many bytes, from 1 to as many as the type has, that ends
/// where `window` ends; what stands before it does not matter. None where more
/// than one byte is no digit.
macro_rules! split {
    ($name:ident, $type:ty, $number_of:expr) => {
        #[inline]
        fn $name(window: [u8; size_of::<$type>()], length: usize) -> Option<Digits> {
            const SIZE: usize = size_of::<$type>();
            const ZEROS: $type = <$type>::from_le_bytes([b'0'; SIZE]);
            const HIGH_BITS: $type = <$type>::from_le_bytes([0x80; SIZE]);
            // Added to a digit's value, it leaves the high bit as it is; added to
            // anything from 10 to 127, it sets it.
            const ABOVE_NINE: $type = <$type>::from_le_bytes([0x76; SIZE]);
            let before = 8 * (SIZE - length);
            // What stands before the text counts as zeros.
            let digits = (<$type>::from_le_bytes(window) ^ ZEROS) & (<$type>::MAX << before);
            let others = (((digits & !HIGH_BITS) + ABOVE_NINE) | digits) & HIGH_BITS;
            let (first, last) = ((digits >> before) as u8, (digits >> (8 * SIZE - 8)) as u8);
            let ends_in_zero = last == 0;
            if others == 0 {
                return Some(Digits { whole: $number_of(digits), first, separator: None, ends_in_zero });
            }
            if others & (others - 1) != 0 {
                return None;
            }
            let at = others.trailing_zeros() & !7;
            let below = ((1 as $type) << at) - 1;
            let joined = (digits & !below & !((0xFF as $type) << at)) | ((digits & below) << 8);
            let places = SIZE - 1 - at as usize / 8;
            let separator = Some(((digits >> at) as u8 ^ b'0', places));
            Some(Digits { whole: $number_of(joined), first, separator, ends_in_zero })
        }
    };
}

split!(split_short, u64, eight);
split!(split_long, u128, sixteen);

/// The number that eight digits make, the first one in the lowest byte: two,
/// then four, then eight of them at a time.
#[inline]
fn eight(digits: u64) -> u64 {
    const MASK: u64 = 0x0000_00FF_0000_00FF;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (pairs & MASK).wrapping_mul(100 + (1_000_000 << 32));
    let low = (pairs >> 16 & MASK).wrapping_mul(1 + (10_000 << 32));
    high.wrapping_add(low) >> 32
}

#[inline]
fn sixteen(digits: u128) -> u64 {
    eight(digits as u64) * 100_000_000 + eight((digits >> 64) as u64)
}

/// The bytes before a place of a text, with those from `start` on in it.
#[inline]
fn window<const SIZE: usize>(text: &[u8], start: usize, end: usize) -> Option<[u8; SIZE]> {
    if let Some(window) = end.checked_sub(SIZE).and_then(|from| text.get(from..end)?.first_chunk()) {
        return Some(*window);
    }
    let mut window = [b'0'; SIZE];
    window[SIZE - (end - start)..].copy_from_slice(text.get(start..end)?);
    Some(window)
}

/// Reads a trimmed cell as most are written. Digits and power of ten are exact
/// floats, so that one division rounds as it should (Clinger, "How to read
/// floating point numbers accurately", 1990).
pub(crate) fn simple(cell: &str) -> Option<Simple> {
    simple_at(cell.as_bytes(), 0, cell.len())
}

/// As [`simple`], the cell between two places of a text.
#[inline(always)]
pub(crate) fn simple_at(text: &[u8], start: usize, end: usize) -> Option<Simple> {
    let negative = *text.get(start)? == b'-';
    let start = start + usize::from(negative);
    let length = end.checked_sub(start)?;
    let found = match length {
        1..=8 => split_short(window(text, start, end)?, length)?,
        9..=16 => split_long(window(text, start, end)?, length)?,
        _ => return None,
    };
    let Digits { whole, first, .. } = found;
    if first > 9 {
        return None;
    }
    let signed = |value: f64| if negative { -value } else { value };
    let Some((sign, places)) = found.separator else {
        return (length < 16 && (length == 1 || first != 0)).then(|| Simple {
            value: signed(whole as f64),
            separator: None,
            styles: ALL_STYLES,
            places: 0,
            is_shortest: !negative || whole != 0,
            ends_in_zero: found.ends_in_zero,
        });
    };
    let before = length - 1 - places;
    if first == 0 && before > 1 {
        return None;
    }
    let groups = places == 3 && first != 0;
    let grouped = |most: usize, style: u16| if groups && before <= most { style } else { 0 };
    let (separator, styles) = match sign {
        b'.' => (DecimalMark::Point, POINT_STYLES | grouped(3, 1 << 3)),
        b',' => (DecimalMark::Comma, COMMA_STYLES | grouped(3, 1 << 2) | grouped(2, 1 << 8)),
        _ => return None,
    };
    let value = whole as f64 / POWERS_OF_TEN[places];
    Some(Simple {
        value: signed(value),
        separator: Some(separator),
        styles,
        places: places as u8,
        // Smaller ones are written with an exponent.
        is_shortest: value >= 1e-4 || (whole == 0 && !negative),
        ends_in_zero: places > 0 && found.ends_in_zero,
    })
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
