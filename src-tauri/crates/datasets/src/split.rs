//! The seeded split into training, validation and test rows. It depends on the
//! seed, the fractions, the number of rows and (for classes) their classes,
//! and on nothing else.

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

/// The generator of a seed's split. The key is laid out here, so that the
/// split does not change with a library's way of stretching seeds.
fn generator(seed: u32) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    key[..4].copy_from_slice(&seed.to_le_bytes());
    key[4..20].copy_from_slice(b"retort split  v1");
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
fn shuffle(rng: &mut ChaCha8Rng, items: &mut [u32]) {
    for i in (1..items.len()).rev() {
        let j = below(rng, i as u64 + 1) as usize;
        items.swap(i, j);
    }
}

/// `round(fraction · n)`, but at least 1 where rows are asked for.
fn size(fraction: f64, n: usize) -> usize {
    if fraction > 0.0 { ((fraction * n as f64).round() as usize).max(1) } else { 0 }
}

/// Splits `n` rows; none where they do not suffice for two training rows and
/// one of each other part that is asked for.
pub(crate) fn plain(n: usize, fractions: Fractions, seed: u32) -> Option<Parts> {
    let (test, validation) = (size(fractions.test, n), size(fractions.validation, n));
    if n < test + validation + 2 {
        return None;
    }
    let mut order: Vec<u32> = (0..n as u32).collect();
    shuffle(&mut generator(seed), &mut order);
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
    seed: u32,
) -> Option<Parts> {
    let mut rows_of: Vec<Vec<u32>> = vec![Vec::new(); n_classes];
    for (row, &class) in (0_u32..).zip(classes) {
        rows_of[class as usize].push(row);
    }
    let spare: Vec<usize> = rows_of.iter().map(|rows| rows.len().saturating_sub(1)).collect();
    let sizes: Vec<usize> = rows_of.iter().map(|rows| if rows.len() > 1 { rows.len() } else { 0 }).collect();
    let test = allot(&sizes, &spare, fractions.test)?;
    let left: Vec<usize> = spare.iter().zip(&test).map(|(s, t)| s - t).collect();
    let validation = allot(&sizes, &left, fractions.validation)?;
    let mut rng = generator(seed);
    let mut parts = Parts::default();
    for (class, rows) in rows_of.iter_mut().enumerate() {
        shuffle(&mut rng, rows);
        deal(rows, test[class], validation[class], &mut parts);
    }
    (parts.train.len() >= 2).then(|| parts.sorted())
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
    fn sorted(mut self) -> Self {
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

    fn all(parts: &Parts) -> Vec<u32> {
        let mut all: Vec<u32> =
            [&parts.train, &parts.validation, &parts.test].into_iter().flatten().copied().collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn a_split_stays_the_same_over_versions() {
        let parts = plain(10, Fractions { test: 0.2, validation: 0.1 }, 7).expect("enough rows");
        assert_eq!((parts.test, parts.validation), (vec![6, 9], vec![8]));
    }

    #[test]
    fn too_few_rows_are_no_split() {
        let fractions = Fractions { test: 0.2, validation: 0.1 };
        assert_eq!(plain(3, fractions, 0), None);
        assert!(plain(4, fractions, 0).is_some());
        assert!(plain(3, Fractions { test: 0.2, validation: 0.0 }, 0).is_some());
        assert_eq!(stratified(&[0, 1, 2], 3, fractions, 0), None);
    }

    proptest! {
        #[test]
        fn plain_splits_are_partitions(n in 4_usize..400, seed: u32, test in 0.01_f64..0.45, validation in 0.0_f64..0.45) {
            if let Some(parts) = plain(n, Fractions { test, validation }, seed) {
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
            let Some(parts) = stratified(&classes, 5, fractions, seed) else { return Ok(()) };
            prop_assert_eq!(all(&parts), (0..classes.len() as u32).collect::<Vec<_>>());
            prop_assert_eq!(&parts, &stratified(&classes, 5, fractions, seed).expect("as before"));
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
    }
}
