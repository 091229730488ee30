//! Hidden layers as a number of layers, the units of the first and a share by
//! which they narrow; and back from the units to those three numbers.

use libm::{pow, round};

/// Units of each layer: `units · taperⁱ`, rounded, at least 1.
pub(crate) fn widths(layers: f64, units: f64, taper: f64) -> Vec<u32> {
    (0..layers as u32).map(|layer| round(units * pow(taper, f64::from(layer))).max(1.0) as u32).collect()
}

/// A share that gives these widths: the middle of all those that do, so that it
/// follows from the widths alone. None where no share gives them; 1 where any
/// does.
pub(crate) fn taper_of(widths: &[u32], bounds: [f64; 2]) -> Option<f64> {
    let [mut low, mut high] = bounds;
    let (first, rest) = widths.split_first()?;
    for (before, &units) in rest.iter().enumerate() {
        let root = |units: f64| pow(units / f64::from(*first), 1.0 / (before + 1) as f64);
        if units > 1 {
            low = low.max(root(f64::from(units) - 0.5));
        }
        high = high.min(root(f64::from(units) + 0.5));
    }
    let middle = 0.5 * (low + high);
    let is_one = self::widths(widths.len() as f64, f64::from(*first), middle) == widths;
    is_one.then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn layers_narrow_by_a_share() {
        assert_eq!(widths(3.0, 64.0, 0.5), [64, 32, 16]);
        assert_eq!(widths(4.0, 3.0, 0.4), [3, 1, 1, 1]);
        assert_eq!(widths(0.0, 3.0, 0.4), [0; 0]);
    }

    #[test]
    fn widths_that_no_share_gives_are_told() {
        assert_eq!(taper_of(&[64, 32, 32], [0.1, 1.0]), None);
        assert_eq!(taper_of(&[64, 80], [0.1, 1.0]), None);
        assert_eq!(taper_of(&[], [0.1, 1.0]), None);
    }

    proptest! {
        #[test]
        fn a_share_is_found_from_what_it_gave(
            layers in 2_u32..9, units in 1_u32..3000, taper in 0.2_f64..1.2,
        ) {
            let given = widths(f64::from(layers), f64::from(units), taper);
            let found = taper_of(&given, [0.2, 1.2]).expect("a share");
            prop_assert_eq!(&widths(f64::from(layers), f64::from(units), found), &given);
            prop_assert_eq!(taper_of(&given, [0.2, 1.2]), Some(found));
        }
    }
}
