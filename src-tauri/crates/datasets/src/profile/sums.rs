//! Finds out whether the target is made from a few other columns: their sum or
//! difference (`casual + registered = count`), their mean, or the product of
//! some. What is found on one half of the rows has to hold on the other.

/// Most columns that are tried together, before those without a part are left
/// out again.
const MOST_TRIED: usize = 8;
/// Most columns that make a target.
const MOST_TERMS: usize = 6;
/// Share of rows for which it has to hold.
const HOLDS: f64 = 0.99;
const FEWEST_ROWS: usize = 30;
/// Most columns of which all pairs are tried.
const PAIRED_COLUMNS: usize = 300;

/// A target that other columns make.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Relation {
    /// Index of a column, and what it is multiplied by (its power, in a product).
    pub terms: Vec<(usize, f64)>,
    /// Columns are multiplied rather than added.
    pub is_product: bool,
    /// Share of the judged rows for which it holds.
    pub share: f64,
}

/// `columns[c][row]` and `target[row]`, of some thousand rows at most.
pub(super) fn relation(columns: &[Vec<Option<f64>>], target: &[f64]) -> Option<Relation> {
    let plain = Search::new(columns, target, false);
    if let Some(found) = plain.greedy().or_else(|| plain.pairs()) {
        return Some(found);
    }
    if target.iter().any(|y| *y <= 0.0) {
        return None;
    }
    let logs = |v: &Option<f64>| v.filter(|x| *x > 0.0).map(f64::ln);
    let positive: Vec<Vec<Option<f64>>> = columns.iter().map(|c| c.iter().map(logs).collect()).collect();
    let log_target: Vec<f64> = target.iter().map(|y| y.ln()).collect();
    Search::new(&positive, &log_target, true).greedy()
}

struct Search<'a> {
    columns: &'a [Vec<Option<f64>>],
    target: &'a [f64],
    /// Columns that vary and are there in most rows.
    usable: Vec<usize>,
    is_product: bool,
    /// A row is off by more than this where the relation does not hold.
    tolerances: Vec<f64>,
}

impl<'a> Search<'a> {
    fn new(columns: &'a [Vec<Option<f64>>], target: &'a [f64], is_product: bool) -> Self {
        let n = target.len() as f64;
        let usable = (0..columns.len()).filter(|&c| {
            let mut present = columns[c].iter().flatten();
            let Some(first) = present.next() else { return false };
            present.any(|v| v != first) && columns[c].iter().flatten().count() as f64 > 0.7 * n
        });
        let usable = usable.collect();
        let (_, sd) = mean_and_sd(target);
        let exact = 1e-6 * sd;
        // Figures that were rounded for the file are off by half a unit each.
        let original: Vec<f64> =
            if is_product { target.iter().map(|y| y.exp()).collect() } else { target.to_vec() };
        let unit = unit_of(&original);
        let rounded = |y: f64| if is_product { (1.01 * unit / y).min(0.02) } else { 1.01 * unit };
        let tolerances = original.iter().map(|&y| rounded(y).min(0.01 * sd).max(exact)).collect();
        Self { columns, target, usable, is_product, tolerances }
    }

    /// Orthogonal matching pursuit (Pati, Rezaiifar and Krishnaprasad 1993): the
    /// column that goes best with what is left joins, and all are fitted again.
    fn greedy(&self) -> Option<Relation> {
        let n = self.target.len();
        let (mean, sd) = mean_and_sd(self.target);
        if n < 2 * FEWEST_ROWS || sd == 0.0 {
            return None;
        }
        let mut left: Vec<f64> = self.target.iter().map(|y| y - mean).collect();
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < MOST_TRIED.min(self.usable.len()) {
            let candidates = self.usable.iter().filter(|c| !chosen.contains(c));
            let strength = |c: usize| fitted_correlation(&self.columns[c], &left).abs();
            let (best, _) = candidates.map(|&c| (c, strength(c))).max_by(|a, b| a.1.total_cmp(&b.1))?;
            chosen.push(best);
            let fit = self.fit(&chosen)?;
            if chosen.len() > 1 && self.share(&fit) >= HOLDS {
                return self.simplest(fit);
            }
            for (row, left) in left.iter_mut().enumerate() {
                *left = fit.error(self.columns, self.target, row).unwrap_or(0.0);
            }
        }
        None
    }

    /// All pairs, added or subtracted: a greedy choice may have missed them.
    fn pairs(&self) -> Option<Relation> {
        if self.usable.len() > PAIRED_COLUMNS || self.target.len() < 2 * FEWEST_ROWS {
            return None;
        }
        for (at, &a) in self.usable.iter().enumerate() {
            for &b in &self.usable[at + 1..] {
                for (s, t) in [(1.0, 1.0), (1.0, -1.0), (-1.0, 1.0)] {
                    let fit = Fit { terms: vec![(a, s), (b, t)], constant: 0.0 };
                    let errors = (0..self.target.len()).filter_map(|row| {
                        fit.error(self.columns, self.target, row).map(|e| e.abs() <= self.tolerances[row])
                    });
                    if errors.take(20).all(|holds| holds) && self.share(&fit) >= HOLDS {
                        return self.simplest(fit);
                    }
                }
            }
        }
        None
    }

    /// Least squares on every other row.
    fn fit(&self, chosen: &[usize]) -> Option<Fit> {
        let rows = (0..self.target.len()).step_by(2);
        let rows: Vec<usize> =
            rows.filter(|&row| chosen.iter().all(|&c| self.columns[c][row].is_some())).collect();
        if rows.len() < FEWEST_ROWS.max(4 * chosen.len()) {
            return None;
        }
        let y: Vec<f64> = rows.iter().map(|&row| self.target[row]).collect();
        let x: Vec<Vec<f64>> =
            chosen.iter().map(|&c| rows.iter().filter_map(|&row| self.columns[c][row]).collect()).collect();
        let (factors, constant) = least_squares(&x, &y)?;
        Some(Fit { terms: chosen.iter().copied().zip(factors).collect(), constant })
    }

    /// Share of the rows that were not fitted on for which it holds.
    fn share(&self, fit: &Fit) -> f64 {
        let (mut judged, mut holding) = (0_usize, 0_usize);
        for row in (1..self.target.len()).step_by(2) {
            if let Some(error) = fit.error(self.columns, self.target, row) {
                judged += 1;
                holding += usize::from(error.abs() <= self.tolerances[row]);
            }
        }
        if judged < FEWEST_ROWS { 0.0 } else { holding as f64 / judged as f64 }
    }

    /// Leaves out columns that are not needed, and asks for plain factors.
    fn simplest(&self, mut fit: Fit) -> Option<Relation> {
        let mut at = 0;
        while fit.terms.len() > 1 && at < fit.terms.len() {
            let mut fewer: Vec<usize> = fit.terms.iter().map(|(c, _)| *c).collect();
            fewer.remove(at);
            match self.fit(&fewer).filter(|fewer| self.share(fewer) >= HOLDS) {
                Some(found) => fit = found,
                None => at += 1,
            }
        }
        let factors: Vec<f64> = fit.terms.iter().map(|(_, factor)| *factor).collect();
        let factors = plain_factors(&factors, self.is_product)?;
        if !(2..=MOST_TERMS).contains(&factors.len()) {
            return None;
        }
        let terms = fit.terms.iter().zip(factors).map(|((c, _), factor)| (*c, factor)).collect();
        Some(Relation { terms, is_product: self.is_product, share: self.share(&fit) })
    }
}

struct Fit {
    terms: Vec<(usize, f64)>,
    constant: f64,
}

impl Fit {
    /// None where a value is missing.
    fn error(&self, columns: &[Vec<Option<f64>>], target: &[f64], row: usize) -> Option<f64> {
        let mut sum = self.constant;
        for &(c, factor) in &self.terms {
            sum += factor * columns[c][row]?;
        }
        Some(target[row] - sum)
    }
}

/// The factors, rounded, where they are those of a sum, a difference, a mean or
/// a change of units: whole numbers up to 10, or all equal but for their signs to
/// 1/2 … 1/10 or a power of ten.
fn plain_factors(factors: &[f64], is_product: bool) -> Option<Vec<f64>> {
    let near = |value: f64, plain: f64| (value - plain).abs() <= 2e-3 * plain.abs();
    let whole: Vec<f64> = factors.iter().map(|f| f.round()).collect();
    let most = if is_product { 2.0 } else { 10.0 };
    let is_whole = |(f, w): (&f64, &f64)| *w != 0.0 && w.abs() <= most && near(*f, *w);
    if factors.iter().zip(&whole).all(is_whole) {
        return Some(whole);
    }
    if is_product {
        return None;
    }
    let size = factors.first()?.abs();
    let units = (2..=10).map(|k| 1.0 / f64::from(k)).chain((-6..=6).map(|e| 10.0_f64.powi(e)));
    let unit = units.into_iter().find(|unit| near(size, *unit))?;
    factors.iter().all(|f| near(f.abs(), unit)).then(|| factors.iter().map(|f| unit * f.signum()).collect())
}

/// The unit in which figures were written: 1 for whole numbers, down to a
/// millionth.
fn unit_of(values: &[f64]) -> f64 {
    let is_whole = |scale: f64| {
        values.iter().all(|v| ((v * scale) - (v * scale).round()).abs() < 1e-6 * (v * scale).abs().max(1.0))
    };
    (0..=6)
        .map(|digits| 10.0_f64.powi(digits))
        .find(|scale| is_whole(*scale))
        .map_or(0.0, |scale| 1.0 / scale)
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|v| v / n).sum::<f64>();
    (mean, values.iter().map(|v| (v - mean).powi(2) / n).sum::<f64>().sqrt())
}

/// Correlation with what is left, on the rows that are fitted on.
fn fitted_correlation(x: &[Option<f64>], left: &[f64]) -> f64 {
    let left: Vec<Option<f64>> = left.iter().step_by(2).map(|v| Some(*v)).collect();
    let x: Vec<Option<f64>> = x.iter().step_by(2).copied().collect();
    super::association::correlation(&x, &left).unwrap_or(0.0)
}

/// Factors and constant with the least squares, by orthogonalising the columns
/// (modified Gram–Schmidt, twice). None where columns depend on each other.
fn least_squares(columns: &[Vec<f64>], y: &[f64]) -> Option<(Vec<f64>, f64)> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let k = columns.len();
    let means: Vec<f64> = columns.iter().map(|c| mean_and_sd(c).0).collect();
    let mean_y = mean_and_sd(y).0;
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(k);
    let mut upper = vec![vec![0.0; k]; k];
    for (j, column) in columns.iter().enumerate() {
        let mut v: Vec<f64> = column.iter().map(|x| x - means[j]).collect();
        let length = dot(&v, &v).sqrt();
        for _ in 0..2 {
            for (i, q) in basis.iter().enumerate() {
                let part = dot(q, &v);
                upper[i][j] += part;
                v.iter_mut().zip(q).for_each(|(v, q)| *v -= part * q);
            }
        }
        let rest = dot(&v, &v).sqrt();
        if length == 0.0 || rest <= 1e-9 * length {
            return None;
        }
        upper[j][j] = rest;
        v.iter_mut().for_each(|v| *v /= rest);
        basis.push(v);
    }
    let centred: Vec<f64> = y.iter().map(|y| y - mean_y).collect();
    let mut factors: Vec<f64> = basis.iter().map(|q| dot(q, &centred)).collect();
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| upper[i][j] * factors[j]).sum();
        factors[i] = (factors[i] - known) / upper[i][i];
    }
    let constant = mean_y - factors.iter().zip(&means).map(|(f, m)| f * m).sum::<f64>();
    factors.iter().all(|f| f.is_finite()).then_some((factors, constant))
}

#[cfg(test)]
mod tests {
    use super::{super::sample::scrambled, *};

    fn noise(column: u64, row: usize) -> f64 {
        (scrambled(row as u64 ^ column << 32) % 1000) as f64
    }

    fn column(column: u64, n: usize) -> Vec<Option<f64>> {
        (0..n).map(|row| Some(noise(column, row))).collect()
    }

    fn terms(found: Option<Relation>) -> Vec<(usize, f64)> {
        let mut terms = found.map(|r| r.terms).unwrap_or_default();
        terms.sort_by_key(|(c, _)| *c);
        terms
    }

    #[test]
    fn sums_differences_and_means_are_found_among_others() {
        let columns: Vec<_> = (0..12).map(|c| column(c, 800)).collect();
        let of = |make: fn(&[f64]) -> f64| -> Vec<f64> {
            (0..800).map(|row| make(&(0..12).map(|c| noise(c, row)).collect::<Vec<_>>())).collect()
        };
        type Case<'a> = (fn(&[f64]) -> f64, &'a [(usize, f64)]);
        let cases: [Case; 5] = [
            (|x| x[3] + x[7], &[(3, 1.0), (7, 1.0)]),
            (|x| x[1] - x[2] - x[9], &[(1, 1.0), (2, -1.0), (9, -1.0)]),
            (|x| x[0] + x[1] + x[2] + x[3] + x[4], &[(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0)]),
            (|x| (x[5] + x[6]) / 2.0, &[(5, 0.5), (6, 0.5)]),
            (|x| x[3] + 0.001 * x[4], &[(3, 1.0), (4, 0.0)][..0]),
        ];
        for (make, expected) in cases {
            assert_eq!(terms(relation(&columns, &of(make))), expected);
        }
    }

    #[test]
    fn a_product_is_found_and_a_noisy_sum_is_not() {
        let columns: Vec<Vec<Option<f64>>> =
            (0..5).map(|c| (0..600).map(|row| Some(1.0 + noise(c, row))).collect()).collect();
        let product: Vec<f64> = (0..600).map(|row| (1.0 + noise(1, row)) * (1.0 + noise(4, row))).collect();
        let found = relation(&columns, &product).expect("a product");
        assert!(found.is_product && found.share == 1.0);
        assert_eq!(terms(Some(found)), [(1, 1.0), (4, 1.0)]);
        let noisy: Vec<f64> =
            (0..600).map(|row| noise(1, row) + noise(4, row) + 0.05 * noise(77, row)).collect();
        assert_eq!(relation(&columns, &noisy), None);
    }

    #[test]
    fn missing_parts_and_rounded_sums_do_not_hide_it() {
        let mut columns: Vec<_> = (0..4).map(|c| column(c, 900)).collect();
        let rounded: Vec<f64> = (0..900)
            .map(|row| ((noise(0, row) / 7.0 + noise(2, row) / 7.0) * 100.0).round() / 100.0)
            .collect();
        columns.iter_mut().for_each(|c| c.iter_mut().for_each(|v| *v = v.map(|v| v / 7.0)));
        (0..900).step_by(11).for_each(|row| columns[2][row] = None);
        assert_eq!(terms(relation(&columns, &rounded)), [(0, 1.0), (2, 1.0)]);
    }
}
