//! A column of numbers, read as such from the start.

use crate::{
    column::{Exceptions, NumberCells},
    number::{self, ALL_STYLES, Simple, Spelling},
    raw::{Missing, Spelled, trimmed},
};
use retort_domain::DecimalMark;

/// Numbers of some rows.
pub(super) struct NumberPart<'a> {
    values: std::slice::IterMut<'a, f64>,
    spelling: Spelling,
    styles: u16,
    mark: Option<DecimalMark>,
    /// The first number with a fraction.
    fraction: Option<String>,
    /// The first number.
    first: Option<String>,
    exceptions: Exceptions,
    spelled: Spelled,
}

impl<'a> NumberPart<'a> {
    pub fn new(spelling: Spelling, values: &'a mut [f64]) -> Self {
        Self {
            values: values.iter_mut(),
            spelling,
            styles: ALL_STYLES,
            mark: None,
            fraction: None,
            first: None,
            exceptions: Exceptions::default(),
            spelled: Spelled::default(),
        }
    }

    /// Takes the number of a cell. False where it is not written like those
    /// before it.
    #[inline]
    pub fn push<'c>(&mut self, found: &Simple, row: u32, cell: impl Fn() -> &'c str) -> bool {
        if !self.spelling.holds(found) {
            self.exceptions.push(row, cell());
        }
        self.take(found, cell)
    }

    #[inline]
    fn take<'c>(&mut self, found: &Simple, cell: impl Fn() -> &'c str) -> bool {
        if self.first.is_none() {
            self.first = Some(cell().to_owned());
        }
        if found.separator.is_some() {
            self.styles &= found.styles;
            if found.separator != self.mark {
                if self.mark.is_some() {
                    return false;
                }
                (self.mark, self.fraction) = (found.separator, Some(cell().to_owned()));
            }
        }
        self.put(found.value)
    }

    /// Takes a cell that may be missing, or a number after all.
    #[cold]
    #[inline(never)]
    pub fn push_other(&mut self, cell: &str, row: u32, missing: &Missing) -> bool {
        let value = trimmed(cell);
        if let Some(place) = missing.place(value) {
            self.spelled.add(place, 1);
            if !cell.is_empty() {
                self.exceptions.push(row, cell);
            }
            return self.put(f64::NAN);
        }
        let Some(found) = number::simple(value).or_else(|| number::long(value)) else { return false };
        if value.len() == cell.len() {
            return self.push(&found, row, || cell);
        }
        // What stands around it is not shown.
        self.exceptions.push(row, cell);
        self.take(&found, || value)
    }

    fn put(&mut self, value: f64) -> bool {
        match self.values.next() {
            Some(room) => {
                *room = value;
                true
            }
            None => false,
        }
    }
}

/// The column of which these are the parts, without its values; none where
/// their numbers are not written alike, or there are none.
pub(super) fn joined(parts: Vec<NumberPart>, spelling: Spelling) -> Option<NumberCells> {
    let (mut fraction, mut first, mut mark) = (None, None, None);
    let (mut styles, mut exceptions, mut spelled) = (ALL_STYLES, Exceptions::default(), Spelled::default());
    for part in parts {
        if mark.is_some() && part.mark.is_some() && mark != part.mark {
            return None;
        }
        mark = mark.or(part.mark);
        styles &= part.styles;
        fraction = fraction.or(part.fraction);
        first = first.or(part.first);
        exceptions.append(&part.exceptions);
        spelled.append(&part.spelled);
    }
    if styles == 0 {
        return None;
    }
    let (example, values, head) = (fraction.or(first)?, Vec::new(), Vec::new());
    Some(NumberCells { values, styles, mark, example, spelling, exceptions, head, spelled })
}
