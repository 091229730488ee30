//! Rows on which a student learns from its teacher alone: rows of the table that
//! have no target, and rows made from training rows.

use crate::{error::DatasetError, features::apply, table::Table};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use retort_domain::{Dataset, FeatureTransform, Preparation, SyntheticMethod};

/// The rows without a target, `[n, n_features]` as the preparation makes them,
/// with their rows in the dataset.
pub fn unlabelled(
    table: &Table,
    dataset: &Dataset,
    preparation: &Preparation,
) -> Result<(Vec<f32>, Vec<u32>), DatasetError> {
    let target = table.column(&preparation.spec.target)?;
    let rows: Vec<u32> = (0..table.n_rows()).filter(|&r| target.is_missing(r)).map(|r| r as u32).collect();
    Ok((apply(&preparation.features, table, dataset, &rows)?, rows))
}

/// `n_rows` rows made from the training rows `x: [n, n_features]`; the same for
/// the same seed. None where there is nothing to make them from.
///
/// [`SyntheticMethod::Resample`] takes a row and replaces a block of neighbouring
/// source columns, at least one and not all, by another row's: what stands side
/// by side in a row mostly stays together, and a category is never cut in two.
/// [`SyntheticMethod::MixUp`] takes the weighted mean of two rows, the weight
/// drawn evenly.
pub fn synthetic(
    features: &[FeatureTransform],
    x: &[f32],
    n_rows: usize,
    method: SyntheticMethod,
    seed: u32,
) -> Option<Vec<f32>> {
    // Where each source column ends among the matrix columns.
    let ends: Vec<usize> = features
        .iter()
        .scan(0, |end, feature| {
            *end += feature.width();
            Some(*end)
        })
        .collect();
    let width = ends.last().copied().filter(|&width| width > 0 && x.len() >= width)?;
    let n_source = x.len() / width;
    let mut key = [0_u8; 32];
    key[..4].copy_from_slice(&seed.to_le_bytes());
    key[4..20].copy_from_slice(b"retort transfer1");
    let mut rng = ChaCha8Rng::from_seed(key);
    // Good enough for what has no exact distribution to keep to.
    let mut below = |bound: usize| (rng.next_u64() % bound.max(1) as u64) as usize;
    let mut made = Vec::with_capacity(n_rows * width);
    for _ in 0..n_rows {
        let (first, second) = (below(n_source), below(n_source));
        let row = |row: usize| &x[row * width..(row + 1) * width];
        match method {
            SyntheticMethod::Resample => {
                let length = 1 + below(ends.len().saturating_sub(1));
                let start = below(ends.len() - length + 1);
                let from = if start == 0 { 0 } else { ends[start - 1] };
                let to = ends[start + length - 1];
                let at = made.len();
                made.extend_from_slice(row(first));
                made[at + from..at + to].copy_from_slice(&row(second)[from..to]);
            }
            SyntheticMethod::MixUp => {
                let weight = below(1 << 24) as f32 / (1 << 24) as f32;
                made.extend(row(first).iter().zip(row(second)).map(|(a, b)| weight * a + (1.0 - weight) * b));
            }
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use retort_domain::Standardization;

    fn features() -> Vec<FeatureTransform> {
        let numeric = |column: &str| FeatureTransform::Numeric {
            column: column.into(),
            scale: Standardization { median: 0.0, mean: 0.0, sd: 1.0 },
        };
        let category =
            FeatureTransform::OneHot { column: "c".into(), categories: vec!["x".into(), "y".into()] };
        vec![numeric("a"), category, numeric("b")]
    }

    /// Three rows that share no value.
    const X: [f32; 18] = [
        1.0, 1.0, 0.0, 0.0, 0.0, 10.0, //
        2.0, 0.0, 1.0, 0.0, 0.0, 20.0, //
        3.0, 0.0, 0.0, 0.0, 1.0, 30.0,
    ];

    #[test]
    fn resampled_rows_keep_categories_whole_and_each_value_in_its_column() {
        let made = synthetic(&features(), &X, 200, SyntheticMethod::Resample, 4).unwrap();
        let mut mixed = 0;
        for row in made.chunks(6) {
            let source = |column: usize, value: f32| X.chunks(6).position(|r| r[column] == value);
            let (a, b) = (source(0, row[0]).unwrap(), source(5, row[5]).unwrap());
            assert!(X.chunks(6).any(|r| r[1..5] == row[1..5]), "{row:?}");
            mixed += usize::from(a != b);
        }
        assert!((40..160).contains(&mixed), "{mixed} of 200 rows are of two");
        assert_eq!(made, synthetic(&features(), &X, 200, SyntheticMethod::Resample, 4).unwrap());
        assert_ne!(made, synthetic(&features(), &X, 200, SyntheticMethod::Resample, 5).unwrap());
    }

    #[test]
    fn mixed_rows_lie_between_two() {
        let made = synthetic(&features(), &X, 100, SyntheticMethod::MixUp, 4).unwrap();
        for row in made.chunks(6) {
            assert!((1.0..=3.0).contains(&row[0]) && (row[5] - 10.0 * row[0]).abs() < 1e-4, "{row:?}");
            assert!((row[1..5].iter().sum::<f32>() - 1.0).abs() < 1e-5, "{row:?}");
        }
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        assert_eq!(synthetic(&features(), &[], 3, SyntheticMethod::MixUp, 0), None);
    }
}
