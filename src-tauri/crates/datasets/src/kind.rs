//! What a column is for: tells keys, constants and free text from what a
//! network can learn from.

use crate::{
    infer::{Typed, Values},
    number::in_threes,
    raw::RawColumn,
};
use polars::prelude::{PlFixedStateQuality, PlHashSet};
use retort_domain::ColumnKind;
use std::hash::{BuildHasher, RandomState};

/// Fewer rows than this say little about whether a column is a key.
const KEY_ROWS: usize = 20;
/// Fewer rows than this do not make 1, 2, 3… a row number.
const ROW_NUMBER_ROWS: usize = 5;
/// Texts of more rows are told apart by their hashes.
const MANY_ROWS: usize = 1 << 20;
/// Distinct strings that a category may always have.
const CATEGORY_DISTINCT: usize = 50;

/// A column's kind and the counts that it was judged by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub kind: ColumnKind,
    pub missing: usize,
    pub distinct: usize,
    pub excluded_because: Option<String>,
}

/// Judges a typed column.
pub(crate) fn judge(name: &str, typed: &Typed) -> Judgement {
    let (rows, count, distinct) = counts(typed);
    let (kind, excluded_because) = if distinct == 0 {
        (ColumnKind::Constant, Some("no values".to_owned()))
    } else if distinct == 1 {
        (ColumnKind::Constant, Some("one value only".to_owned()))
    } else {
        match &typed.values {
            Values::Boolean(..) => (ColumnKind::Boolean, None),
            Values::Moment(..) => (ColumnKind::Datetime, None),
            Values::Number(values) => match number_key(name, values, distinct) {
                Some(reason) => (ColumnKind::Identifier, Some(reason)),
                None => (ColumnKind::Numeric, None),
            },
            Values::Text(raw) => {
                let cells = raw.iter().flatten().map(|cell| (cell, 1));
                judge_text(name, cells, typed.codes, rows, count, distinct)
            }
            Values::Words(cells) => {
                let words = cells.words.iter().filter_map(|w| Some((w.value()?, w.count as usize)));
                judge_text(name, words, typed.codes, rows, count, distinct)
            }
        }
    };
    Judgement { kind, missing: rows - count, distinct, excluded_because }
}

/// Rows, rows with a value, distinct values.
fn counts(typed: &Typed) -> (usize, usize, usize) {
    match &typed.values {
        Values::Number(v) => {
            let extent = Extent::of(v);
            (v.len(), extent.count, distinct_numbers(v, &extent))
        }
        Values::Moment(v, _) => {
            let count = v.iter().flatten().count();
            let distinct = typed.distinct.unwrap_or_else(|| {
                let mut values: Vec<i64> = v.iter().flatten().copied().collect();
                values.sort_unstable();
                values.dedup();
                values.len()
            });
            (v.len(), count, distinct)
        }
        Values::Boolean(v, _) => {
            let has = |wanted: bool| usize::from(v.contains(&Some(wanted)));
            (v.len(), v.iter().flatten().count(), has(false) + has(true))
        }
        Values::Text(raw) => {
            let count = raw.iter().flatten().count();
            (raw.len(), count, distinct_texts(raw))
        }
        Values::Words(cells) => {
            let present = cells.words.iter().filter(|w| w.missing.is_none());
            (cells.codes.len(), present.map(|w| w.count as usize).sum(), cells.distinct())
        }
    }
}

/// Different texts among the cells that are not missing.
fn distinct_texts(raw: &RawColumn) -> usize {
    if raw.len() <= MANY_ROWS {
        return raw.iter().flatten().collect::<PlHashSet<_>>().len();
    }
    // A table of all texts would take several times the memory of 64 bits of each.
    let hasher = PlFixedStateQuality::default();
    let mut hashes: Vec<u64> = raw.iter().flatten().map(|text| hasher.hash_one(text)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len()
}

/// True for whole numbers.
fn is_whole(number: f64) -> bool {
    // Larger ones are all whole.
    number.abs() >= 9e15 || number as i64 as f64 == number
}

/// How many numbers there are, and how far they reach; NaN is none.
struct Extent {
    count: usize,
    min: f64,
    max: f64,
}

impl Extent {
    fn of(values: &[f64]) -> Self {
        // Side by side, so that several are looked at with one instruction.
        const LANES: usize = 8;
        let (mut count, mut min, mut max) =
            ([0_u64; LANES], [f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (parts, rest) = values.as_chunks::<LANES>();
        for part in parts {
            for (i, &x) in part.iter().enumerate() {
                count[i] += u64::from(!x.is_nan());
                min[i] = if x < min[i] { x } else { min[i] };
                max[i] = if x > max[i] { x } else { max[i] };
            }
        }
        let present = || rest.iter().copied().filter(|x| !x.is_nan());
        Self {
            count: count.iter().sum::<u64>() as usize + present().count(),
            min: min.into_iter().chain(present()).fold(f64::INFINITY, f64::min),
            max: max.into_iter().chain(present()).fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// Different numbers among these; NaN is none.
fn distinct_numbers(values: &[f64], extent: &Extent) -> usize {
    // A decimal with few places is a whole number of its last place.
    let units = [1.0, 10.0, 100.0, 1e3, 1e4];
    let fits = |unit: &f64| {
        let first = values.iter().filter(|x| !x.is_nan()).take(200);
        first.into_iter().all(|x| nearest(x * unit) as f64 / unit == *x)
    };
    let counted = units.into_iter().find(fits).and_then(|unit| distinct_in(values, extent, unit));
    counted.unwrap_or_else(|| distinct_bits(values))
}

/// The nearest whole number.
fn nearest(number: f64) -> i64 {
    (number + if number < 0.0 { -0.5 } else { 0.5 }) as i64
}

/// Different numbers where all are whole numbers of a unit's parts, counted with
/// a bit for each that lies between the smallest and the largest. None where
/// they are not, or lie too far apart.
fn distinct_in(values: &[f64], extent: &Extent, unit: f64) -> Option<usize> {
    let (min, max) = (extent.min * unit, extent.max * unit);
    if max < min {
        return Some(0);
    }
    if min.abs().max(max.abs()) > 1e15 || max - min > values.len() as f64 * 64.0 {
        return None;
    }
    let (min, max) = (nearest(min), nearest(max));
    let mut seen = vec![0_u64; (max - min) as usize / 64 + 1];
    let mut see = |x: f64, place: i64, nearest: f64| {
        let place = (place - min) as usize;
        *seen.get_mut(place / 64)? |= 1 << (place % 64);
        (nearest == x).then_some(())
    };
    let mut present = values.iter().copied().filter(|x| !x.is_nan());
    if unit == 1.0 {
        present.try_for_each(|x| see(x, x as i64, (x as i64) as f64))?;
    } else {
        present.try_for_each(|x| {
            let place = nearest(x * unit);
            see(x, place, place as f64 / unit)
        })?;
    }
    Some(seen.iter().map(|bits| bits.count_ones() as usize).sum())
}

/// No finite number has these bits.
const FREE: u64 = u64::MAX;

/// Different numbers among these. They are told apart by a hash into so few at a
/// time that a processor has a table of them at hand.
fn distinct_bits(values: &[f64]) -> usize {
    const TURN: usize = 1 << 20;
    const PART: usize = 1 << 12;
    let n_turns = values.len().div_ceil(TURN).next_power_of_two();
    let n_parts = (values.len() / n_turns).div_ceil(PART).next_power_of_two();
    // Nobody can make a file whose numbers all meet in one slot.
    let state = RandomState::new();
    let (low, high) = (state.hash_one(1), state.hash_one(2));
    let hash = |bits: u64| {
        let product = u128::from(bits ^ low) * u128::from(bits.rotate_left(32) ^ high);
        product as u64 ^ (product >> 64) as u64
    };
    let part_of = |hashed: u64| (hashed >> 32) as usize & (n_parts - 1);
    let mut distinct = 0;
    let (mut sorted, mut slots) = (Vec::new(), Vec::new());
    for turn in 0..n_turns {
        let of_turn = || {
            // Adding 0 makes -0 and 0 one value.
            let present = values.iter().filter(|x| !x.is_nan()).map(|x| (x + 0.0).to_bits());
            let hashed = present.map(|bits| (bits, hash(bits)));
            hashed.filter(|(_, hashed)| (hashed >> 48) as usize & (n_turns - 1) == turn)
        };
        let mut places = vec![0; n_parts];
        of_turn().for_each(|(_, hashed)| places[part_of(hashed)] += 1);
        let mut passed = 0;
        for place in &mut places {
            (passed, *place) = (passed + *place, passed);
        }
        sorted.resize(passed, 0);
        for (bits, hashed) in of_turn() {
            let place = &mut places[part_of(hashed)];
            sorted[*place] = bits;
            *place += 1;
        }
        // A part's place is its end now.
        let starts = std::iter::once(0).chain(places.iter().copied());
        let parts = starts.zip(&places).map(|(start, &end)| &sorted[start..end]);
        distinct += parts.map(|part| distinct_of(part, &mut slots, hash)).sum::<usize>();
    }
    distinct
}

/// Different ones among these bits, by a table that is made anew.
fn distinct_of(bits: &[u64], slots: &mut Vec<u64>, hash: impl Fn(u64) -> u64) -> usize {
    /// Most slots to begin with: many may be the same.
    const SLOTS: usize = 1 << 14;
    let take = |slots: &mut [u64], bits: u64| {
        let mut slot = hash(bits) as usize & (slots.len() - 1);
        while slots[slot] != FREE && slots[slot] != bits {
            slot = (slot + 1) & (slots.len() - 1);
        }
        let is_new = slots[slot] == FREE;
        slots[slot] = bits;
        is_new
    };
    slots.clear();
    slots.resize((bits.len() * 2).next_power_of_two().clamp(64, SLOTS), FREE);
    let mut distinct = 0;
    for &bits in bits {
        if take(slots, bits) {
            distinct += 1;
            if distinct * 4 > slots.len() * 3 {
                let fuller = std::mem::replace(slots, vec![FREE; slots.len() * 2]);
                fuller.into_iter().filter(|bits| *bits != FREE).for_each(|bits| {
                    take(slots, bits);
                });
            }
        }
    }
    distinct
}

/// A header's words, so that `Row.Names`, `row_names` and `rownames` are one.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn number_key(name: &str, values: &[f64], distinct: usize) -> Option<String> {
    let whole = values.iter().all(|v| v.is_nan() || is_whole(*v));
    if !whole {
        return None;
    }
    let all_there = values.iter().all(|v| !v.is_nan());
    let counts_up_from = |start: f64| values.iter().zip(0_u32..).all(|(v, i)| *v == start + f64::from(i));
    if values.len() >= ROW_NUMBER_ROWS && (counts_up_from(0.0) || counts_up_from(1.0)) {
        return Some("row number".to_owned());
    }
    let all_distinct = all_there && distinct == values.len();
    let lower = name.to_lowercase();
    match normalized(name).as_str() {
        "rownames" | "rowname" | "id" | "unnamed0" => Some("named as a key".to_owned()),
        "index" if all_distinct => Some("named as a key, every value different".to_owned()),
        _ if all_distinct
            && values.len() >= KEY_ROWS
            && (lower.ends_with("_id") || lower.ends_with(" id")) =>
        {
            Some("named as a key, every value different".to_owned())
        }
        _ => None,
    }
}

fn judge_text<'a>(
    name: &str,
    cells: impl Iterator<Item = (&'a str, usize)>,
    codes: bool,
    rows: usize,
    count: usize,
    distinct: usize,
) -> (ColumnKind, Option<String>) {
    let (mut words, mut letters, mut long_codes) = (0_usize, 0_usize, false);
    for (cell, count) in cells {
        words += cell.split_whitespace().count() * count;
        letters += cell.len() * count;
        long_codes |= codes && cell.len() > 15;
    }
    let identifier = |reason: &str| (ColumnKind::Identifier, Some(reason.to_owned()));
    let prose = words > count * 5 || letters > count * 60;
    if matches!(normalized(name).as_str(), "rownames" | "rowname" | "id" | "unnamed0") {
        return identifier("named as a key");
    }
    if long_codes {
        return identifier("numbers too long to be exact");
    }
    if prose && distinct > 20 {
        return (ColumnKind::Text, Some("free text".to_owned()));
    }
    if count >= KEY_ROWS && distinct == count {
        return identifier("every value is different");
    }
    let mostly_distinct = count >= KEY_ROWS && distinct * 10 > count * 9;
    if mostly_distinct || distinct > CATEGORY_DISTINCT.max(rows / 20) {
        return (
            ColumnKind::Text,
            Some(format!("{} different texts in {} rows", in_threes(distinct), in_threes(count))),
        );
    }
    (ColumnKind::Category, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted_distinct(values: &[f64]) -> usize {
        let mut bits: Vec<u64> = values.iter().filter(|x| !x.is_nan()).map(|x| (x + 0.0).to_bits()).collect();
        bits.sort_unstable();
        bits.dedup();
        bits.len()
    }

    /// More numbers than are told apart at a time, many of them the same.
    #[test]
    fn different_ones_of_many_numbers_are_counted() {
        let number = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64;
        let values: Vec<f64> = (0..2_500_000_u64).map(|i| number(i * (i % 3)) / 7.0).collect();
        assert_eq!(distinct_bits(&values), sorted_distinct(&values));
        assert_eq!(distinct_bits(&vec![1.0 / 3.0; 1_500_000]), 1);
        assert_eq!(distinct_bits(&[]), 0);
    }

    proptest! {
        #[test]
        fn different_numbers_are_counted(
            values in proptest::collection::vec(-2000_i32..2000, 0..3000),
            by in proptest::sample::select(vec![1.0, 8.0, 10.0, 1000.0, -1e-3, 1e9]),
            odd in proptest::collection::vec(proptest::num::f64::NORMAL | proptest::num::f64::ZERO, 0..3),
        ) {
            let mut values: Vec<f64> = values.into_iter().map(|v| f64::from(v) / by).collect();
            values.extend(odd);
            values.push(f64::NAN);
            prop_assert_eq!(distinct_bits(&values), sorted_distinct(&values));
            prop_assert_eq!(distinct_numbers(&values, &Extent::of(&values)), sorted_distinct(&values));
        }
    }
}
