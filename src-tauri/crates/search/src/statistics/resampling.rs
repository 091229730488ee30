//! The symmetric bootstrap-t interval.

use super::accuracy::NORMAL_QUANTILE;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use retort_domain::Interval;

/// How a bootstrap draws. The same values give the same interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling {
    /// Of the draws.
    pub seed: u32,
    /// How often rows are drawn anew, as many as there are. One below a multiple
    /// of 20, so that the 95 % quantile falls on one of them.
    pub resamples: u32,
}

impl Resampling {
    /// Resamples that leave an interval's ends to chance by about 1.5 % of its
    /// width.
    pub const DEFAULT_RESAMPLES: u32 = 3_999;

    /// The usual number of resamples.
    pub fn new(seed: u32) -> Self {
        Self { seed, resamples: Self::DEFAULT_RESAMPLES }
    }
}

/// A figure and its standard error.
#[derive(Debug, Clone, Copy)]
pub(super) struct Studentized {
    pub(super) estimate: f64,
    pub(super) standard_error: f64,
}

/// Below this many rows resamples repeat each other too much to show how the
/// standard error varies.
const FEWEST_ROWS_TO_RESAMPLE: usize = 20;

/// The 95 % interval `estimate ± q · standard error` for a figure of `n_rows`
/// rows, at least 2. `figure` takes row indices, in any order and with repeats.
///
/// q is the 95 % quantile of `|resampled estimate - estimate| / resampled standard
/// error` (Hall 1988, "On symmetric bootstrap confidence intervals", Journal of
/// the Royal Statistical Society B 50:35-45), whose coverage is off by the square
/// of 1 / rows and stays right with skewed errors, where percentile and BCa
/// intervals are too short. Below 20 rows, and where too many resamples have no
/// spread, q is Student's.
pub(super) fn symmetric_interval(
    n_rows: usize,
    resampling: Resampling,
    figure: impl Fn(&[u32]) -> Studentized,
) -> Interval {
    let mut rows: Vec<u32> = (0..n_rows as u32).collect();
    let Studentized { estimate, standard_error } = figure(&rows);
    let student = student_quantile(n_rows - 1);
    let quantile = if n_rows < FEWEST_ROWS_TO_RESAMPLE || standard_error == 0.0 {
        student
    } else {
        let mut draws = RowDraws::new(resampling.seed, n_rows as u32);
        let mut distances: Vec<f64> = (0..resampling.resamples)
            .map(|_| {
                draws.fill(&mut rows);
                let drawn = figure(&rows);
                let distance = (drawn.estimate - estimate).abs();
                // A resample of equal rows has no spread but for rounding.
                let has_spread = drawn.standard_error > 1e-6 * standard_error;
                match (distance == 0.0, has_spread) {
                    (true, _) => 0.0,
                    (false, true) => distance / drawn.standard_error,
                    (false, false) => f64::INFINITY,
                }
            })
            .collect();
        let rank = (f64::from(resampling.resamples + 1) * 0.95).round() as usize;
        let index = rank.saturating_sub(1).min(distances.len().saturating_sub(1));
        if distances.is_empty() {
            student
        } else {
            let (_, quantile, _) = distances.select_nth_unstable_by(index, f64::total_cmp);
            if quantile.is_finite() { *quantile } else { student }
        }
    };
    let margin = quantile * standard_error;
    Interval { estimate, low: estimate - margin, high: estimate + margin }
}

/// Uniform row indices. ChaCha starts every resample; within one a small generator
/// stretches its words, since drawing rows is most of the work.
struct RowDraws {
    rng: ChaCha8Rng,
    n_rows: u32,
    /// Words below this would favour some rows.
    rejected: u32,
}

impl RowDraws {
    fn new(seed: u32, n_rows: u32) -> Self {
        let mut key = [0_u8; 32];
        key[0..4].copy_from_slice(&seed.to_le_bytes());
        key[4..20].copy_from_slice(b"retort bootstrap");
        Self { rng: ChaCha8Rng::from_seed(key), n_rows, rejected: n_rows.wrapping_neg() % n_rows }
    }

    /// Lemire's multiplication with rejection (2019), unbiased.
    fn fill(&mut self, rows: &mut [u32]) {
        let mut stretched = Xoshiro { state: std::array::from_fn(|_| self.rng.next_u64()) };
        for row in rows {
            *row = loop {
                let product = u64::from(stretched.next()) * u64::from(self.n_rows);
                if product as u32 >= self.rejected {
                    break (product >> 32) as u32;
                }
            };
        }
    }
}

/// xoshiro256++ (Blackman and Vigna 2021, "Scrambled linear pseudorandom number
/// generators").
struct Xoshiro {
    state: [u64; 4],
}

impl Xoshiro {
    /// The upper half of the next word.
    fn next(&mut self) -> u32 {
        let [a, b, c, d] = self.state;
        let word = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        (word >> 32) as u32
    }
}

/// The 97.5 % quantile of Student's t with `freedom` degrees of freedom, at
/// least 1, to 2e-5.
fn student_quantile(freedom: usize) -> f64 {
    /// `scipy.stats.t.ppf(0.975, range(1, 20))`.
    const TABLE: [f64; 19] = [
        12.706_204_736_175,
        4.302_652_729_749,
        3.182_446_305_284,
        2.776_445_105_198,
        2.570_581_835_636,
        2.446_911_851_145,
        2.364_624_251_593,
        2.306_004_135_204,
        2.262_157_162_798,
        2.228_138_851_986,
        2.200_985_160_092,
        2.178_812_829_667,
        2.160_368_656_463,
        2.144_786_687_918,
        2.131_449_545_56,
        2.119_905_299_221,
        2.109_815_577_833,
        2.100_922_040_241,
        2.093_024_054_408,
    ];
    if let Some(quantile) = TABLE.get(freedom.saturating_sub(1)) {
        return *quantile;
    }
    // Cornish-Fisher expansion about the normal quantile (Abramowitz and Stegun
    // 1964, 26.7.5).
    let z = NORMAL_QUANTILE;
    let (square, v) = (z * z, freedom as f64);
    z + z * (square + 1.0) / (4.0 * v)
        + z * ((5.0 * square + 16.0) * square + 3.0) / (96.0 * v * v)
        + z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / (384.0 * v * v * v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_is_right_in_the_table_and_beyond() {
        // scipy.stats.t.ppf(0.975, …)
        for (freedom, expected) in [
            (1, 12.706_204_736),
            (19, 2.093_024_054),
            (20, 2.085_963_447_266),
            (29, 2.045_229_642_133),
            (99, 1.984_216_951_586),
            (1999, 1.961_151_420_171),
        ] {
            assert!((student_quantile(freedom) - expected).abs() < 2e-5, "{freedom}");
        }
    }

    #[test]
    fn words_are_xoshiros() {
        // rand_xoshiro 0.7, Xoshiro256PlusPlus from the state 1, 2, 3, 4.
        let mut generator = Xoshiro { state: [1, 2, 3, 4] };
        let expected: [u64; 4] = [41943041, 58720359, 3588806011781223, 3591011842654386];
        assert_eq!(expected.map(|_| generator.next()), expected.map(|word| (word >> 32) as u32));
    }

    #[test]
    fn every_row_is_drawn_equally_often() {
        let mut counts = [0_u32; 7];
        let mut rows = [0_u32; 7_000];
        RowDraws::new(1, 7).fill(&mut rows);
        for row in rows {
            counts[row as usize] += 1;
        }
        // 1,000 each, five standard deviations of room.
        assert!(counts.iter().all(|&count| count.abs_diff(1_000) < 150), "{counts:?}");
    }

    #[test]
    fn resamples_without_spread_leave_students_interval() {
        let figure = |rows: &[u32]| Studentized {
            estimate: f64::from(rows[0]),
            standard_error: if rows[1] == 1 { 1.0 } else { 0.0 },
        };
        let interval = symmetric_interval(30, Resampling::new(3), figure);
        assert!((interval.high - student_quantile(29)).abs() < 1e-12, "{interval:?}");
    }
}
