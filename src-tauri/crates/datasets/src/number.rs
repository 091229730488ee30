//! Numbers as text: what counts as one, and how one is shown.

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

/// Shortest text that reads back as the same number; whole numbers without a
/// point.
pub(crate) fn format(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-5..1e16).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn shown_numbers_read_back_the_same() {
        for value in [540.0, 79.99, -0.0, 1e300, 5e-324, 123456789.125, 1.0 / 3.0, 1e15, 1e16] {
            assert_eq!(format(value).parse::<f64>().expect("a number"), value);
        }
        assert_eq!(format(540.0), "540");
    }
}
