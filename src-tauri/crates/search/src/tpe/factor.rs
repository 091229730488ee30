//! The Cholesky factor of a growing matrix, and sums of products.

use libm::sqrt;

/// A lower triangle; row `i` has `i + 1` numbers.
#[derive(Default)]
pub(crate) struct Factor(Vec<Vec<f64>>);

impl Factor {
    /// Adds the matrix's next row, which ends with `diagonal`. False, and
    /// nothing added, where it says nothing new.
    pub(crate) fn push(&mut self, row: &[f64], diagonal: f64) -> bool {
        let mut solved = self.forward(row);
        let rest = diagonal - dot(&solved, &solved);
        if rest <= 1e-10 {
            return false;
        }
        solved.push(sqrt(rest));
        self.0.push(solved);
        true
    }

    /// The factor's inverse times `right`.
    pub(crate) fn forward(&self, right: &[f64]) -> Vec<f64> {
        let mut solved: Vec<f64> = Vec::with_capacity(right.len() + 1);
        for (row, b) in self.0.iter().zip(right) {
            let known = solved.len();
            solved.push((b - dot(&row[..known], &solved)) / row[known]);
        }
        solved
    }

    /// The matrix's inverse times `right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut solved = self.forward(right);
        for row in self.0.iter().rev() {
            let index = row.len() - 1;
            let last = solved[index] / row[index];
            solved[index] = last;
            for (earlier, l) in solved[..index].iter_mut().zip(row) {
                *earlier -= l * last;
            }
        }
        solved
    }
}

/// The sum of products of two slices, as long as the shorter; in eight strands,
/// which a processor can sum at once, always in the same order.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    const STRANDS: usize = 8;
    let n = a.len().min(b.len());
    let (a, b) = (a[..n].chunks_exact(STRANDS), b[..n].chunks_exact(STRANDS));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; STRANDS];
    for (a, b) in a.zip(b) {
        for strand in 0..STRANDS {
            sums[strand] += a[strand] * b[strand];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_solved_by_its_factor() {
        let matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]];
        let mut factor = Factor::default();
        for (index, row) in matrix.iter().enumerate() {
            assert!(factor.push(&row[..index], row[index]));
        }
        let solution = factor.solve(&[1.0, -2.0, 3.0]);
        for (row, right) in matrix.iter().zip([1.0, -2.0, 3.0]) {
            assert!((dot(row, &solution) - right).abs() < 1e-12, "{solution:?}");
        }
        assert!(!factor.push(&matrix[2], 2.0), "the same row again");
    }

    #[test]
    fn products_are_summed_at_any_length() {
        for n in 0..40 {
            let numbers: Vec<f64> = (0..n).map(f64::from).collect();
            assert_eq!(dot(&numbers, &numbers), f64::from((n - 1) * n * (2 * n - 1) / 6));
        }
    }
}
