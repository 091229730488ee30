//! Sobol's sequence (Sobol 1967) with the direction numbers of Joe and Kuo
//! (2008, `new-joe-kuo-6.21201`), scrambled by a hash that does what Owen's
//! nested scrambling does (Laine and Karras 2011, constants of Burley 2020).

use crate::random::{Purpose, Stream};

/// Dimensions there are numbers for; a space has at most three for the hidden
/// layers and one for each other parameter.
pub(crate) const MAX_DIMENSIONS: usize = 24;

/// Primitive polynomial, all its bits, and the first direction integers, from
/// the second dimension on.
const JOE_KUO: [(u32, &[u32]); MAX_DIMENSIONS - 1] = [
    (3, &[1]),
    (7, &[1, 3]),
    (11, &[1, 3, 1]),
    (13, &[1, 1, 1]),
    (19, &[1, 1, 3, 3]),
    (25, &[1, 3, 5, 13]),
    (37, &[1, 1, 5, 5, 17]),
    (41, &[1, 1, 5, 5, 5]),
    (47, &[1, 1, 7, 11, 19]),
    (55, &[1, 1, 5, 1, 1]),
    (59, &[1, 1, 1, 3, 11]),
    (61, &[1, 3, 5, 5, 31]),
    (67, &[1, 3, 3, 9, 7, 49]),
    (91, &[1, 1, 1, 15, 21, 21]),
    (97, &[1, 3, 1, 13, 27, 49]),
    (103, &[1, 1, 1, 15, 7, 5]),
    (109, &[1, 3, 1, 15, 13, 25]),
    (115, &[1, 1, 5, 5, 19, 61]),
    (131, &[1, 3, 7, 11, 23, 15, 103]),
    (137, &[1, 3, 7, 13, 13, 15, 69]),
    (143, &[1, 1, 3, 13, 7, 35, 63]),
    (145, &[1, 3, 5, 9, 1, 25, 53]),
    (157, &[1, 3, 1, 13, 9, 35, 107]),
];

/// A scrambled sequence of points in [0, 1).
pub(crate) struct Sobol {
    /// By dimension, direction numbers, the first for the lowest bit of a
    /// point's number.
    directions: Vec<[u32; 32]>,
    scrambles: Vec<u32>,
}

impl Sobol {
    /// # Panics
    /// With more than [`MAX_DIMENSIONS`].
    pub(crate) fn new(seed: u32, n_dimensions: usize) -> Self {
        let mut stream = Stream::new(seed, Purpose::Scrambling, 0);
        Self {
            directions: (0..n_dimensions).map(directions).collect(),
            scrambles: (0..n_dimensions).map(|_| stream.word()).collect(),
        }
    }

    /// One coordinate of the point `number`, from 0.
    pub(crate) fn unit(&self, number: u32, dimension: usize) -> f64 {
        let mut word = 0;
        for (bit, direction) in self.directions[dimension].iter().enumerate() {
            if number >> bit & 1 == 1 {
                word ^= direction;
            }
        }
        (f64::from(scrambled(word, self.scrambles[dimension])) + 0.5) / 4_294_967_296.0
    }
}

fn directions(dimension: usize) -> [u32; 32] {
    let mut numbers = [0_u32; 32];
    let Some((polynomial, first)) = dimension.checked_sub(1).map(|index| JOE_KUO[index]) else {
        return std::array::from_fn(|bit| 1 << (31 - bit));
    };
    let degree = first.len();
    for bit in 0..32 {
        numbers[bit] = if bit < degree {
            first[bit] << (31 - bit)
        } else {
            let mut number = numbers[bit - degree] ^ numbers[bit - degree] >> degree;
            for term in 1..degree {
                if polynomial >> (degree - term) & 1 == 1 {
                    number ^= numbers[bit - term];
                }
            }
            number
        };
    }
    numbers
}

/// Each bit is flipped depending on the bits above it, so that the points stay
/// evenly spread.
fn scrambled(word: u32, seed: u32) -> u32 {
    let mut hash = word.reverse_bits().wrapping_add(seed);
    for factor in [0x6c50_b47c_u32, 0xb82f_1e52, 0xc7af_e638, 0x8d22_f6e6] {
        hash ^= hash.wrapping_mul(factor);
    }
    hash.reverse_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.qmc.Sobol(24, scramble=False)`, points 5 and 100 by number
    /// (SciPy orders by Gray code: its rows 6 and 71), times 128.
    #[test]
    fn unscrambled_points_are_joe_and_kuos() {
        for (number, expected) in [(5, FIFTH), (100, HUNDREDTH)] {
            let sobol = Sobol::new(0, MAX_DIMENSIONS);
            let words = sobol.directions.iter().map(|directions| {
                let bits = (0..32).filter(|bit| number >> bit & 1 == 1);
                bits.fold(0, |word, bit| word ^ directions[bit]) >> 25
            });
            assert_eq!(words.collect::<Vec<_>>(), expected);
        }
    }

    const FIFTH: [u32; MAX_DIMENSIONS] =
        [80, 16, 112, 80, 80, 112, 16, 16, 16, 48, 16, 80, 16, 112, 80, 80, 80, 80, 16, 48, 48, 112, 16, 80];
    const HUNDREDTH: [u32; MAX_DIMENSIONS] =
        [19, 99, 89, 123, 67, 9, 5, 75, 15, 127, 41, 13, 103, 115, 119, 81, 97, 57, 125, 9, 43, 73, 87, 61];

    /// Every interval of a 2ᵏ-th of each axis holds one of 2ᵏ points.
    #[test]
    fn scrambled_points_are_evenly_spread() {
        let sobol = Sobol::new(9, MAX_DIMENSIONS);
        for dimension in 0..MAX_DIMENSIONS {
            let mut cells: Vec<u32> =
                (0..256).map(|number| (sobol.unit(number, dimension) * 256.0) as u32).collect();
            cells.sort_unstable();
            assert_eq!(cells, (0..256).collect::<Vec<_>>(), "dimension {dimension}");
        }
    }
}
