//! One dimension's values: which there are, and how they spread over [0, 1).
//! A coordinate is the value itself, or the position in a list of choices.

use libm::{exp, floor, log, log10, round};
use retort_domain::ParameterValue;

/// The values of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scale {
    /// Any of these, without an order.
    Choice(Vec<ParameterValue>),
    /// `low + k·step` for `k` in `0..n`, evenly.
    Steps { low: f64, step: f64, n: u32 },
    /// Whole numbers, both bounds included, evenly by order of magnitude.
    LogWhole { low: f64, high: f64 },
    /// Real numbers, both bounds included.
    Real { low: f64, high: f64, log: bool },
}

/// Digits of a real coordinate: of the value where it is spread by order of
/// magnitude, else of its range. What a table shows is then what was trained
/// with, and a person can type it.
const DIGITS: i32 = 6;

impl Scale {
    /// How many values there are; none where they are real numbers.
    pub(crate) fn n_values(&self) -> Option<u32> {
        match self {
            Self::Choice(choices) => Some(choices.len() as u32),
            Self::Steps { n, .. } => Some(*n),
            Self::LogWhole { low, high } => Some((high - low) as u32 + 1),
            Self::Real { .. } => None,
        }
    }

    /// The coordinate numbered `index` of [`Self::n_values`]; the lower bound
    /// of real numbers.
    pub(crate) fn coordinate(&self, index: u32) -> f64 {
        match self {
            Self::Choice(_) => f64::from(index),
            Self::Steps { low, step, .. } => rounded_to(low + f64::from(index) * step, 12),
            Self::LogWhole { low, .. } => low + f64::from(index),
            Self::Real { low, .. } => *low,
        }
    }

    /// The smallest and largest coordinate.
    pub(crate) fn ends(&self) -> [f64; 2] {
        match self {
            Self::Choice(_) | Self::Steps { .. } | Self::LogWhole { .. } => {
                [self.coordinate(0), self.coordinate(self.n_values().unwrap_or(1) - 1)]
            }
            Self::Real { low, high, .. } => [*low, *high],
        }
    }

    /// The coordinate of a value, where it is one of these.
    pub(crate) fn coordinate_of(&self, value: &ParameterValue) -> Option<f64> {
        if let Self::Choice(choices) = self {
            return choices.iter().position(|choice| choice == value).map(|index| index as f64);
        }
        let ParameterValue::Number(number) = *value else { return None };
        match self {
            Self::Choice(_) => None,
            Self::Steps { low, step, n } => {
                let index = round((number - low) / step);
                let is_one = (0.0..f64::from(*n)).contains(&index);
                let exact = is_one.then(|| self.coordinate(index as u32))?;
                ((exact - number).abs() <= 1e-9 * step).then_some(exact)
            }
            Self::LogWhole { low, high } => {
                ((*low..=*high).contains(&number) && number.fract() == 0.0).then_some(number)
            }
            Self::Real { low, high, .. } => (*low..=*high).contains(&number).then_some(number),
        }
    }

    /// The value at a coordinate.
    pub(crate) fn value(&self, coordinate: f64) -> ParameterValue {
        match self {
            Self::Choice(choices) => {
                choices.get(coordinate as usize).cloned().unwrap_or(ParameterValue::Nothing(()))
            }
            Self::Steps { .. } | Self::LogWhole { .. } | Self::Real { .. } => {
                ParameterValue::Number(coordinate)
            }
        }
    }

    /// From [0, 1) to a coordinate, each step or choice having an equal share.
    /// Numbers outside are brought to the nearest end.
    pub(crate) fn at_unit(&self, unit: f64) -> f64 {
        let index = |n: u32| (floor(unit * f64::from(n)).max(0.0) as u32).min(n - 1);
        match self {
            Self::Choice(choices) => f64::from(index(choices.len() as u32)),
            Self::Steps { n, .. } => self.coordinate(index(*n)),
            Self::LogWhole { low, high } => {
                let [from, to] = [log(low - 0.5), log(high + 0.5)];
                round(exp(from + unit * (to - from))).clamp(*low, *high)
            }
            Self::Real { low, high, log: true } => {
                let value = exp(log(*low) + unit * log(high / low));
                let is_wide = high / low > 1.01;
                rounded_to(value, if is_wide { DIGITS } else { 12 }).clamp(*low, *high)
            }
            Self::Real { low, high, log: false } => {
                let value = low + unit * (high - low);
                let decimals = (DIGITS - floor(log10(high - low)) as i32).clamp(0, 17);
                format!("{value:.*}", decimals as usize).parse().unwrap_or(value).clamp(*low, *high)
            }
        }
    }

    /// The reverse of [`Self::coordinate_in`].
    pub(crate) fn place(&self, coordinate: f64) -> f64 {
        match self {
            Self::Choice(_) => coordinate,
            Self::Steps { low, step, n } => ((coordinate - low) / step + 0.5) / f64::from(*n),
            Self::LogWhole { low, high } => log(coordinate / (low - 0.5)) / log((high + 0.5) / (low - 0.5)),
            Self::Real { low, high, log: true } => log(coordinate / low) / log(high / low),
            Self::Real { low, high, log: false } => (coordinate - low) / (high - low),
        }
    }

    /// The coordinate at a place: of choices their position, of numbers that of
    /// [`Self::at_unit`], each step being at the middle of its share.
    pub(crate) fn coordinate_in(&self, place: f64) -> f64 {
        match self {
            Self::Choice(_) => place,
            Self::Steps { .. } | Self::LogWhole { .. } | Self::Real { .. } => self.at_unit(place),
        }
    }

    /// The place of the number that is nearest; real numbers stay.
    pub(crate) fn nearest_unit(&self, unit: f64) -> f64 {
        match self {
            Self::Real { .. } => unit,
            Self::Choice(_) | Self::Steps { .. } | Self::LogWhole { .. } => self.place(self.at_unit(unit)),
        }
    }
}

fn rounded_to(value: f64, digits: i32) -> f64 {
    format!("{value:.*e}", (digits - 1) as usize).parse().unwrap_or(value)
}
