//! The seeded split into training, validation and test rows, and how training
//! and validation are divided again. Both depend on the seed, the fractions, the
//! number of rows and (for classes) their classes, and on nothing else.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// Positions of each part, ascending; together they are all positions once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
    pub test: Vec<u32>,
}

/// Shares of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fractions {
    pub test: f64,
    pub validation: f64,
}

/// Names one shuffle.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    pub seed: u32,
    /// 0 for the split itself, from 1 for what divides its parts again.
    pub round: u32,
}

/// The generator of a draw. The key is laid out here, so that the split does
/// not change with a library's way of stretching seeds.
pub(crate) fn generator(draw: Draw) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    key[..4].copy_from_slice(&draw.seed.to_le_bytes());
    key[4..20].copy_from_slice(b"retort split  v1");
    key[20..24].copy_from_slice(&draw.round.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// A number below `bound`, each equally likely: draws that would favour some
/// are drawn again.
fn below(rng: &mut ChaCha8Rng, bound: u64) -> u64 {
    let fair = u64::MAX - u64::MAX % bound;
    loop {
        let draw = rng.next_u64();
        if draw < fair {
            return draw % bound;
        }
    }
}

/// Fisher–Yates.
pub(crate) fn shuffle(rng: &mut ChaCha8Rng, items: &mut [u32]) {
    for i in (1..items.len()).rev() {
        let j = below(rng, i as u64 + 1) as usize;
        items.swap(i, j);
    }
}

/// `round(fraction · n)`, but at least 1 where rows are asked for.
pub(crate) fn size(fraction: f64, n: usize) -> usize {
    if fraction > 0.0 { ((fraction * n as f64).round() as usize).max(1) } else { 0 }
}

/// Splits `n` rows; none where they do not suffice for two training rows and
/// one of each other part that is asked for.
pub(crate) fn plain(n: usize, fractions: Fractions, draw: Draw) -> Option<Parts> {
    let (test, validation) = (size(fractions.test, n), size(fractions.validation, n));
    if n < test + validation + 2 {
        return None;
    }
    let mut order: Vec<u32> = (0..n as u32).collect();
    shuffle(&mut generator(draw), &mut order);
    let mut parts = Parts::default();
    deal(&order, test, validation, &mut parts);
    Some(parts.sorted())
}

/// Splits rows so that each class has its share in every part, as near as whole
/// rows allow. Every class keeps a training row; a class of one row goes to
/// training. None where rows do not suffice, as in [`plain`].
pub(crate) fn stratified(
    classes: &[u32],
    n_classes: usize,
    fractions: Fractions,
    draw: Draw,
) -> Option<Parts> {
    let mut rows_of = rows_by_class(classes, n_classes);
    let spare: Vec<usize> = rows_of.iter().map(|rows| rows.len().saturating_sub(1)).collect();
    let sizes: Vec<usize> = rows_of.iter().map(|rows| if rows.len() > 1 { rows.len() } else { 0 }).collect();
    let test = allot(&sizes, &spare, fractions.test)?;
    let left: Vec<usize> = spare.iter().zip(&test).map(|(s, t)| s - t).collect();
    let validation = allot(&sizes, &left, fractions.validation)?;
    let mut rng = generator(draw);
    let mut parts = Parts::default();
    for (class, rows) in rows_of.iter_mut().enumerate() {
        shuffle(&mut rng, rows);
        deal(rows, test[class], validation[class], &mut parts);
    }
    (parts.train.len() >= 2).then(|| parts.sorted())
}

fn rows_by_class(classes: &[u32], n_classes: usize) -> Vec<Vec<u32>> {
    let mut rows_of: Vec<Vec<u32>> = vec![Vec::new(); n_classes];
    for (row, &class) in (0_u32..).zip(classes) {
        rows_of[class as usize].push(row);
    }
    rows_of
}

/// Deals rows to `n_folds` parts whose sizes differ by one at most, each of
/// which is validated on while the others are trained on. With classes, the
/// rows of each are dealt evenly too; a class of one row is always trained on.
///
/// All folds train on equally many rows, so that they can train as one group:
/// where the rows do not divide evenly, the folds with a smaller part to
/// validate leave one row of the largest class out. None where there are fewer
/// rows than folds, or fewer than two to train on.
pub(crate) fn k_fold(
    n: usize,
    classes: Option<(&[u32], usize)>,
    n_folds: usize,
    draw: Draw,
) -> Option<Vec<Parts>> {
    let mut rows_of = match classes {
        Some((classes, n_classes)) => rows_by_class(classes, n_classes),
        None => vec![(0..n as u32).collect()],
    };
    let is_single = |rows: &Vec<u32>| classes.is_some() && rows.len() == 1;
    let always_trained: Vec<u32> = rows_of.iter().filter(|rows| is_single(rows)).flatten().copied().collect();
    rows_of.retain(|rows| !is_single(rows));
    // The largest last, so that what is left out is of it.
    rows_of.sort_by_key(Vec::len);
    let mut rng = generator(draw);
    rows_of.iter_mut().for_each(|rows| shuffle(&mut rng, rows));
    let dealt: Vec<u32> = rows_of.into_iter().flatten().collect();
    if dealt.len() < n_folds {
        return None;
    }
    let n_train = dealt.len() - dealt.len().div_ceil(n_folds);
    if n_train + always_trained.len() < 2 {
        return None;
    }
    let folds = (0..n_folds).map(|fold| {
        let mut parts = Parts::default();
        for (place, &row) in dealt.iter().enumerate() {
            if place % n_folds == fold {
                parts.validation.push(row);
            } else if parts.train.len() < n_train {
                parts.train.push(row);
            }
        }
        parts.train.extend(&always_trained);
        parts.sorted()
    });
    Some(folds.collect())
}

fn deal(order: &[u32], test: usize, validation: usize, parts: &mut Parts) {
    parts.test.extend(&order[..test]);
    parts.validation.extend(&order[test..test + validation]);
    parts.train.extend(&order[test + validation..]);
}

/// How many rows each class gives, by largest remainder: whole parts first,
/// then one more to the largest fractions (to the larger class, then the first,
/// on a tie) until the total is reached. No class gives more than `spare`. None
/// where rows are asked for and no class can give one.
fn allot(sizes: &[usize], spare: &[usize], fraction: f64) -> Option<Vec<usize>> {
    let total = size(fraction, sizes.iter().sum());
    let quotas: Vec<f64> = sizes.iter().map(|&n| fraction * n as f64).collect();
    let mut given: Vec<usize> = quotas.iter().zip(spare).map(|(q, &s)| (q.floor() as usize).min(s)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| {
        quotas[b].fract().total_cmp(&quotas[a].fract()).then(sizes[b].cmp(&sizes[a])).then(a.cmp(&b))
    });
    let mut sum: usize = given.iter().sum();
    for class in order {
        if sum >= total {
            break;
        }
        if given[class] < spare[class] {
            given[class] += 1;
            sum += 1;
        }
    }
    (total == 0 || sum > 0).then_some(given)
}

impl Parts {
    pub(crate) fn sorted(mut self) -> Self {
        self.train.sort_unstable();
        self.validation.sort_unstable();
        self.test.sort_unstable();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draw(seed: u32) -> Draw {
        Draw { seed, round: 0 }
    }

    fn all(parts: &Parts) -> Vec<u32> {
        let mut all: Vec<u32> =
            [&parts.train, &parts.validation, &parts.test].into_iter().flatten().copied().collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_split_stays_the_same_over_versions() {
        let parts = plain(10, Fractions { test: 0.2, validation: 0.1 }, draw(7)).expect("enough rows");
        assert_eq!((parts.test, parts.validation), (vec![6, 9], vec![8]));
    }

    #[test]
    fn too_few_rows_are_no_split() {
        let fractions = Fractions { test: 0.2, validation: 0.1 };
        assert_eq!(plain(3, fractions, draw(0)), None);
        assert!(plain(4, fractions, draw(0)).is_some());
        assert!(plain(3, Fractions { test: 0.2, validation: 0.0 }, draw(0)).is_some());
        assert_eq!(stratified(&[0, 1, 2], 3, fractions, draw(0)), None);
    }

    proptest! {
        #[test]
        fn plain_splits_are_partitions(n in 4_usize..400, seed: u32, test in 0.01_f64..0.45, validation in 0.0_f64..0.45) {
            if let Some(parts) = plain(n, Fractions { test, validation }, draw(seed)) {
                prop_assert_eq!(all(&parts), (0..n as u32).collect::<Vec<_>>());
                prop_assert_eq!(parts.test.len(), ((test * n as f64).round() as usize).max(1));
                prop_assert_eq!(parts.validation.is_empty(), validation == 0.0);
            }
        }

        #[test]
        fn stratified_splits_keep_each_class_in_proportion(
            classes in prop::collection::vec(0_u32..5, 10..400), seed: u32, test in 0.05_f64..0.4, validation in 0.0_f64..0.4,
        ) {
            let fractions = Fractions { test, validation };
            let Some(parts) = stratified(&classes, 5, fractions, draw(seed)) else { return Ok(()) };
            prop_assert_eq!(all(&parts), (0..classes.len() as u32).collect::<Vec<_>>());
            prop_assert_eq!(&parts, &stratified(&classes, 5, fractions, draw(seed)).expect("as before"));
            for class in 0..5 {
                let of = |part: &[u32]| part.iter().filter(|&&r| classes[r as usize] == class).count();
                let n = of(&all(&parts));
                prop_assert!(n == 0 || of(&parts.train) > 0);
                if n > 1 && (test + validation) * n as f64 + 2.0 < n as f64 {
                    prop_assert!((of(&parts.test) as f64 - test * n as f64).abs() < 1.0 + 1e-9);
                    prop_assert!((of(&parts.validation) as f64 - validation * n as f64).abs() < 1.0 + 1e-9);
                }
            }
        }

        #[test]
        fn folds_validate_each_row_once_and_train_on_equally_many(
            classes in prop::collection::vec(0_u32..4, 12..300), stratified: bool, n_folds in 2_usize..=20, seed: u32,
        ) {
            let n = classes.len();
            let of = stratified.then_some((classes.as_slice(), 4));
            let Some(folds) = k_fold(n, of, n_folds, draw(seed)) else { return Ok(()) };
            prop_assert_eq!(folds.len(), n_folds);
            let count = |class: u32| classes.iter().filter(|&&c| c == class).count();
            let is_dealt = |row: u32| !stratified || count(classes[row as usize]) > 1;
            let mut validated: Vec<u32> = folds.iter().flat_map(|fold| &fold.validation).copied().collect();
            validated.sort_unstable();
            prop_assert_eq!(validated, (0..n as u32).filter(|&row| is_dealt(row)).collect::<Vec<_>>());
            for fold in &folds {
                prop_assert_eq!(fold.train.len(), folds[0].train.len());
                prop_assert!(fold.validation.len().abs_diff(folds[0].validation.len()) <= 1);
                prop_assert!(n - all(fold).len() <= 1, "at most one row is left out");
                prop_assert!(fold.train.iter().all(|row| !fold.validation.contains(row)));
                for class in (0..4).filter(|_| stratified) {
                    let held = fold.validation.iter().filter(|&&r| classes[r as usize] == class).count();
                    let share = count(class) as f64 / n_folds as f64;
                    prop_assert!((held as f64 - share).abs() < 1.0 + 1e-9);
                }
            }
        }
    }
}
