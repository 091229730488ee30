//! Numbers as text: what counts as one, and how one is shown.

mod quick;

pub(crate) use quick::{Simple, long, simple, simple_at};
use retort_domain::DecimalMark;
use serde::{Deserialize, Serialize};

/// What a cell is when asked for a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Parsed {
    /// A finite number.
    Number(f64),
    /// Written as a number, but infinite or too large for a float.
    NotFinite,
    /// Digits that a float cannot hold exactly, or that begin with 0: a key.
    Code,
    /// Not a number.
    Other,
}

/// Reads a trimmed cell. `decimal_comma` reads `3,14` as 3.14.
pub(crate) fn parse(cell: &str, decimal_comma: bool) -> Parsed {
    let bytes = cell.as_bytes();
    if let Some(simple) = simple(cell)
        && (simple.separator != Some(DecimalMark::Comma) || decimal_comma)
    {
        return Parsed::Number(simple.value);
    }
    let unsigned = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let Some(&first) = unsigned.first() else { return Parsed::Other };
    if !(first.is_ascii_digit() || first == b'.' || (decimal_comma && first == b',')) {
        return match unsigned {
            b if b.eq_ignore_ascii_case(b"inf") || b.eq_ignore_ascii_case(b"infinity") => Parsed::NotFinite,
            _ => Parsed::Other,
        };
    }
    let whole = unsigned.iter().all(u8::is_ascii_digit);
    if whole && unsigned.len() > 1 && first == b'0' {
        return Parsed::Code;
    }
    let value = if decimal_comma && bytes.contains(&b',') {
        if bytes.contains(&b'.') {
            return Parsed::Other;
        }
        cell.replacen(',', ".", 1).parse::<f64>()
    } else {
        cell.parse::<f64>()
    };
    match value {
        Ok(v) if whole && unsigned.len() > 15 && !is_exact(cell, v) => Parsed::Code,
        Ok(v) if v.is_finite() => Parsed::Number(v),
        Ok(_) => Parsed::NotFinite,
        Err(_) => Parsed::Other,
    }
}

fn is_exact(cell: &str, value: f64) -> bool {
    format!("{value:.0}") == cell.trim_start_matches('+')
}

/// How the digits of a column's numbers are grouped and where their fraction
/// starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumberStyle {
    pub decimal: DecimalMark,
    pub group: Option<Group>,
}

/// What stands between groups of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Comma,
    Point,
    /// Any space, thin and unbreakable ones too.
    Space,
    Apostrophe,
    /// Commas, three digits last and two in each group before.
    Lakh,
}

/// All styles; a set of them is a mask of their positions.
pub(crate) const STYLES: [NumberStyle; 9] = {
    use DecimalMark as D;
    const fn style(decimal: DecimalMark, group: Option<Group>) -> NumberStyle {
        NumberStyle { decimal, group }
    }
    [
        style(D::Point, None),
        style(D::Comma, None),
        style(D::Point, Some(Group::Comma)),
        style(D::Comma, Some(Group::Point)),
        style(D::Point, Some(Group::Space)),
        style(D::Comma, Some(Group::Space)),
        style(D::Point, Some(Group::Apostrophe)),
        style(D::Comma, Some(Group::Apostrophe)),
        style(D::Point, Some(Group::Lakh)),
    ]
};
/// Every style.
pub(crate) const ALL_STYLES: u16 = (1 << 9) - 1;
/// Styles with a decimal point.
pub(crate) const POINT_STYLES: u16 = 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 8;
/// Styles with a decimal comma.
pub(crate) const COMMA_STYLES: u16 = ALL_STYLES & !POINT_STYLES;

impl NumberStyle {
    fn decimal_sign(self) -> char {
        if self.decimal == DecimalMark::Point { '.' } else { ',' }
    }

    fn is_group(self, c: char) -> bool {
        match self.group {
            None => false,
            Some(Group::Comma | Group::Lakh) => c == ',',
            Some(Group::Point) => c == '.',
            Some(Group::Space) => matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2007}'),
            Some(Group::Apostrophe) => matches!(c, '\'' | '\u{2019}'),
        }
    }

    /// The number that digits and their separators make in this style.
    fn value(self, body: &str) -> Option<f64> {
        let (whole, fraction) = match body.split_once(self.decimal_sign()) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (body, None),
        };
        let (fraction, exponent) = match fraction.unwrap_or(whole).find(['e', 'E']) {
            Some(at) if self.group.is_none() => {
                let part = fraction.unwrap_or(whole);
                (fraction.map(|f| &f[..at]), Some(&part[at..]))
            }
            _ => (fraction, None),
        };
        let whole = if fraction.is_none() { whole.trim_end_matches(exponent.unwrap_or("\0")) } else { whole };
        if fraction.is_some_and(|f| !f.bytes().all(|b| b.is_ascii_digit())) {
            return None;
        }
        let mut digits = String::with_capacity(body.len());
        if whole.chars().any(|c| self.is_group(c)) {
            let groups: Vec<&str> = whole.split(|c| self.is_group(c)).collect();
            let first = groups.first()?;
            let inner = if self.group == Some(Group::Lakh) { 2 } else { 3 };
            let last = groups.len() - 1;
            let fits = !first.is_empty()
                && first.len() <= inner
                && !first.starts_with('0')
                && groups[1..last].iter().all(|g| g.len() == inner)
                && groups[last].len() == 3;
            if !fits {
                return None;
            }
            groups.iter().for_each(|g| digits.push_str(g));
        } else {
            digits.push_str(whole);
        }
        if !digits.bytes().all(|b| b.is_ascii_digit())
            || (digits.is_empty() && fraction.is_none_or(str::is_empty))
        {
            return None;
        }
        if let Some(fraction) = fraction {
            digits.push('.');
            digits.push_str(fraction);
        }
        digits.push_str(exponent.unwrap_or_default());
        digits.parse().ok()
    }
}

/// A number and what is written around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decorated<'a> {
    pub negative: bool,
    /// Digits and what separates them.
    pub body: &'a str,
    /// Sign or code of a currency.
    pub currency: Option<&'a str>,
    pub percent: bool,
}

const CURRENCY_SIGNS: [char; 10] = ['$', '€', '£', '¥', '₹', '₽', '₩', '₺', '₪', '¢'];
const CURRENCY_CODES: [&str; 22] = [
    "EUR", "USD", "CHF", "GBP", "JPY", "INR", "Fr.", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "Rs.",
    "kr", "CNY", "BRL", "MXN", "US$", "Rs", "zł",
];

/// Takes signs, currencies and percent signs off a trimmed cell. None where
/// what is left is no digits and separators.
pub(crate) fn decorated(cell: &str) -> Option<Decorated<'_>> {
    if cell.len() > 48 {
        return None;
    }
    let mut found = Decorated { negative: false, body: cell, currency: None, percent: false };
    if let Some(inner) = cell.strip_prefix('(').and_then(|c| c.strip_suffix(')')) {
        (found.negative, found.body) = (true, inner.trim());
    }
    let mut signed = false;
    loop {
        let body = found.body;
        let mut chars = body.chars();
        let (first, last) = (chars.next()?, body.chars().next_back()?);
        if let (false, '-' | '\u{2212}' | '\u{2013}' | '+') = (signed, first) {
            found.negative |= first != '+';
            found.body = chars.as_str().trim_start();
            signed = true;
        } else if let (false, '-') = (signed, last) {
            found.negative = true;
            found.body = body[..body.len() - 1].trim_end();
            signed = true;
        } else if last == '%' && !found.percent && found.currency.is_none() {
            found.percent = true;
            found.body = body[..body.len() - 1].trim_end();
        } else if let (None, false, Some((sign, rest))) =
            (found.currency, found.percent, without_currency(body, first, last))
        {
            found.currency = Some(sign);
            found.body = rest.trim();
        } else {
            break;
        }
    }
    let (first, last) = (found.body.bytes().next()?, found.body.bytes().next_back()?);
    let starts = first.is_ascii_digit() || matches!(first, b'.' | b',');
    (starts && (last.is_ascii_digit() || matches!(last, b'.' | b','))).then_some(found)
}

fn without_currency(body: &str, first: char, last: char) -> Option<(&str, &str)> {
    if CURRENCY_SIGNS.contains(&first) {
        return Some(body.split_at(first.len_utf8()));
    }
    if CURRENCY_SIGNS.contains(&last) {
        let (rest, sign) = body.split_at(body.len() - last.len_utf8());
        return Some((sign, rest));
    }
    if !first.is_alphabetic() && !last.is_alphabetic() && last != '.' {
        return None;
    }
    CURRENCY_CODES.iter().find_map(|code| {
        let before = body.strip_prefix(code).map(|rest| (&body[..code.len()], rest));
        let after = || body.strip_suffix(code).map(|rest| (&body[rest.len()..], rest));
        before.or_else(after)
    })
}

/// The styles in which this text is a number, as a mask of [`STYLES`].
pub(crate) fn styles_of(body: &str) -> u16 {
    if body.bytes().all(|b| b.is_ascii_digit()) {
        return ALL_STYLES;
    }
    (0..9).filter(|&i| STYLES[i].value(body).is_some()).fold(0, |mask, i| mask | 1 << i)
}

/// Reads a trimmed cell with whatever is written around its digits.
pub(crate) fn parse_in(cell: &str, style: NumberStyle) -> Parsed {
    let plain = style.group.is_none() && style.decimal == DecimalMark::Point;
    match parse(cell, false) {
        Parsed::Other => {}
        Parsed::Number(_) if !plain && !cell.bytes().all(|b| b.is_ascii_digit()) => {}
        parsed => return parsed,
    }
    let Some(found) = decorated(cell) else { return Parsed::Other };
    let body = found.body;
    if body.len() > 1 && body.starts_with('0') && body.bytes().all(|b| b.is_ascii_digit()) {
        return Parsed::Code;
    }
    match style.value(body) {
        Some(value) if value.is_finite() => Parsed::Number(if found.negative { -value } else { value }),
        Some(_) => Parsed::NotFinite,
        None => Parsed::Other,
    }
}

/// True where the cell reads as a number in some style.
pub(crate) fn is_number(cell: &str) -> bool {
    parse(cell, false) != Parsed::Other || decorated(cell).is_some_and(|d| styles_of(d.body) != 0)
}

/// Shortest text that reads back as the same number; whole numbers without a
/// point.
pub(crate) fn format(value: f64) -> String {
    with_text(value, str::to_owned)
}

/// How a column's numbers are written, but for which digits they have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spelling {
    /// A comma starts the fraction.
    pub comma: bool,
    /// Digits that a fraction has at least, zeros where need be; 0 to 18.
    pub places: u8,
}

impl Spelling {
    /// True where [`Spelling::show`] writes the cell that was read so.
    #[inline]
    pub fn holds(self, cell: &Simple) -> bool {
        let fraction_fits = match cell.separator {
            None => self.places == 0,
            Some(mark) => {
                (mark == DecimalMark::Comma) == self.comma
                    && cell.places > 0
                    && (cell.places == self.places || (cell.places > self.places && !cell.ends_in_zero))
            }
        };
        cell.is_shortest && fraction_fits
    }

    /// The number as the column has it.
    pub fn show(self, value: f64) -> String {
        let mut text = format(value);
        if text.contains('e') {
            return text;
        }
        let places = text.find('.').map_or(0, |at| text.len() - at - 1);
        if places == 0 && self.places > 0 {
            text.push('.');
        }
        text.extend(std::iter::repeat_n('0', usize::from(self.places).saturating_sub(places)));
        if self.comma { text.replace('.', ",") } else { text }
    }
}

/// A count to be read: its digits in threes.
pub(crate) fn in_threes(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What `use_text` makes of the text that [`format`] gives, without a string: a
/// search writes hundreds of millions.
pub(crate) fn with_text<T>(value: f64, use_text: impl FnOnce(&str) -> T) -> T {
    if value == 0.0 {
        return use_text("0");
    }
    if !(1e-5..1e16).contains(&value.abs()) {
        return use_text(&format!("{value:e}"));
    }
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    if text.contains('e') {
        return use_text(&value.to_string());
    }
    use_text(text.strip_suffix(".0").unwrap_or(text))
}

/// True where [`format`] surely shows a cell's number as the cell has it; may be
/// false where it does too.
pub(crate) fn is_shown_alike(cell: &str) -> bool {
    let unsigned = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    let (whole, fraction) = match memchr::memchr(b'.', unsigned) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let digits = |d: &[u8]| !d.is_empty() && d.iter().all(u8::is_ascii_digit);
    let small = whole == b"0" && fraction.is_none_or(|f| f.starts_with(b"0000"));
    unsigned.len() <= 16
        && digits(whole)
        && (whole.len() == 1 || whole[0] != b'0')
        && fraction.is_none_or(|f| digits(f) && f.last() != Some(&b'0'))
        && (!small || cell == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_show_the_cells_that_they_hold() {
        for (comma, places) in [(false, 0), (false, 1), (false, 2), (true, 0), (true, 2)] {
            let spelling = Spelling { comma, places };
            for cell in [
                "0",
                "-0",
                "0.0",
                "0.00",
                "-0.0",
                "5",
                "5.",
                "5.0",
                "1.5",
                "1.50",
                "1,5",
                "-1,50",
                "100",
                "100.00",
                "0.00001",
                "0.00012",
                "12345678.1234567",
                "0.1234567890123456789",
                "0.12345678901234568",
                "1.5e-7",
            ] {
                let read = simple(cell).or_else(|| long(cell)).expect("a number");
                if spelling.holds(&read) {
                    assert_eq!(spelling.show(read.value), cell, "{spelling:?}");
                }
            }
        }
        let holds =
            |cell: &str, places| Spelling { comma: false, places }.holds(&simple(cell).expect("a number"));
        assert!(
            holds("2.50", 2) && holds("2.00", 2) && holds("2.125", 2) && holds("7", 0) && holds("0.5", 1)
        );
        assert!(!holds("2.50", 1) && !holds("2", 1));
    }

    #[test]
    fn cells_are_read_as_people_mean_them() {
        let table = [
            ("3.25", Parsed::Number(3.25)),
            ("-2", Parsed::Number(-2.0)),
            ("+.5", Parsed::Number(0.5)),
            ("1e-7", Parsed::Number(1e-7)),
            ("0", Parsed::Number(0.0)),
            ("0.50", Parsed::Number(0.5)),
            ("007", Parsed::Code),
            ("12345678901234567891", Parsed::Code),
            ("9007199254740993", Parsed::Code),
            ("9007199254740992", Parsed::Number(9007199254740992.0)),
            ("1e999", Parsed::NotFinite),
            ("-inf", Parsed::NotFinite),
            ("nan", Parsed::Other),
            ("1,5", Parsed::Other),
            ("12a", Parsed::Other),
            ("-", Parsed::Other),
        ];
        for (cell, expected) in table {
            assert_eq!(parse(cell, false), expected, "{cell}");
        }
        assert_eq!(parse("1,5", true), Parsed::Number(1.5));
        assert_eq!(parse("1.000,5", true), Parsed::Other);
    }

    #[test]
    fn decorations_and_styles_of_many_countries() {
        let style = |decimal, group| NumberStyle { decimal, group };
        use DecimalMark::{Comma, Point};
        let table = [
            ("$74.69", style(Point, None), 74.69),
            ("1.234,50 €", style(Comma, Some(Group::Point)), 1234.5),
            ("CHF 1'234.50", style(Point, Some(Group::Apostrophe)), 1234.5),
            ("1\u{2019}234", style(Point, Some(Group::Apostrophe)), 1234.0),
            ("12,34,567.8", style(Point, Some(Group::Lakh)), 1_234_567.8),
            ("1\u{202f}234,5", style(Comma, Some(Group::Space)), 1234.5),
            ("(1,234)", style(Point, Some(Group::Comma)), -1234.0),
            ("12,5 %", style(Comma, None), 12.5),
            ("\u{2212}3,5", style(Comma, None), -3.5),
            ("1,5e3", style(Comma, None), 1500.0),
            ("1e3", style(Comma, None), 1000.0),
            ("-$5.00", style(Point, None), -5.0),
            ("₹ 500", style(Point, None), 500.0),
            ("7-", style(Point, None), -7.0),
        ];
        for (cell, style, value) in table {
            assert_eq!(parse_in(cell, style), Parsed::Number(value), "{cell}");
        }
        for cell in ["1,23,4", "0,500.5", "1.2.3", "12a", "€", "%", "--5", "1,,2", "10 000 00", "e5"] {
            let body = decorated(cell).map_or(0, |d| styles_of(d.body));
            assert_eq!(body, 0, "{cell}");
        }
    }

    #[test]
    fn simple_numbers_are_read_as_any_other() {
        let cells =
            ["0", "7", "-12", "1.5", "-0.25", "1,5", "1.234", "12,345", "123,456", "0.123", "5.", "100.000"];
        for cell in cells.into_iter().chain(["1234567890.12345", "123456789012345", "0.1"]) {
            let simple = simple(cell).expect(cell);
            let point = cell.replace(',', ".").parse::<f64>().expect(cell);
            assert_eq!(simple.value.to_bits(), point.to_bits(), "{cell}");
            let body = cell.trim_start_matches('-');
            let styles = (0..9).filter(|&i| STYLES[i].value(body).is_some()).fold(0, |m, i| m | 1 << i);
            assert_eq!(simple.styles, styles, "{cell}");
        }
        for cell in ["", "-", "007", "00.5", ".5", "1.2.3", "+1", "1e3", "1234567890123456", "12a", "1 "] {
            assert_eq!(simple(cell), None, "{cell}");
        }
    }

    #[test]
    fn cells_that_are_shown_alike() {
        for cell in ["0", "-3", "0.5", "12.25", "123456789012345", "-0.001"] {
            assert!(is_shown_alike(cell), "{cell}");
            assert_eq!(cell.parse::<f64>().map(format).as_deref(), Ok(cell));
        }
        for cell in ["1.0", "+3", "1e3", ".5", "5.", "-0", "0.00001", "12345678901234567", "01", "$5", ""] {
            assert!(!is_shown_alike(cell), "{cell}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_number_is_shown_by_its_shortest_text(
            value in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
            digits in -1_000_000_000_000_000_i64..1_000_000_000_000_000,
            small in -1_000_000_i64..1_000_000,
        ) {
            for value in [value, digits as f64 / 128.0, small as f64, small as f64 / 128.0] {
                let is_plain = value == 0.0 || (1e-5..1e16).contains(&value.abs());
                let usual = if is_plain { value.abs().to_string() } else { format!("{:e}", value.abs()) };
                let shown = format(value);
                proptest::prop_assert_eq!(shown.parse::<f64>().expect("a number"), value);
                // Of two texts of one length that read back alike, either may be shown.
                proptest::prop_assert_eq!(shown.trim_start_matches('-').len(), usual.len());
            }
        }
    }

    #[test]
    fn shown_numbers_read_back_the_same() {
        for value in [540.0, 79.99, -0.0, 1e300, 5e-324, 123456789.125, 1.0 / 3.0, 1e15, 1e16] {
            assert_eq!(format(value).parse::<f64>().expect("a number"), value);
        }
        assert_eq!(format(540.0), "540");
    }

    #[test]
    fn digits_come_in_threes() {
        assert_eq!([7, 1_332, 20_000, 1_234_567].map(in_threes), ["7", "1,332", "20,000", "1,234,567"]);
    }
}
