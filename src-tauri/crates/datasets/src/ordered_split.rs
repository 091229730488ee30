//! Splits that go by a column: older rows before newer ones, and groups that
//! stay together. Both are divided again in the same way for folds.

use crate::split::{Draw, Fractions, Parts, generator, shuffle, size};

/// Splits rows by their moments (any number that grows with time): the oldest
/// are trained on, the newest tested on, and no moment is in two parts. Sizes
/// are as near to the fractions as moments allow. None where there are fewer
/// moments than parts, or fewer than two rows to train on.
pub(crate) fn by_time(moments: &[i64], fractions: Fractions) -> Option<Parts> {
    let order = oldest_first(moments);
    let mut cuts = cuts(moments, &order);
    // Two rows are the fewest to train on.
    cuts.retain(|cut| *cut >= 2);
    let n = order.len();
    let (test, validation) = (size(fractions.test, n), size(fractions.validation, n));
    // Each wanted part leaves a cut for those before it.
    let n_after_train = usize::from(test > 0) + usize::from(validation > 0);
    if n_after_train == 0 {
        return None;
    }
    let mut cuts = cuts.as_slice();
    let mut end = n;
    let mut take = |wanted: usize, parts_before: usize| -> Option<(usize, usize)> {
        if wanted == 0 {
            return Some((end, end));
        }
        let allowed = cuts.get(parts_before - 1..)?;
        let (at, &start) =
            allowed.iter().enumerate().min_by_key(|(_, cut)| (end - **cut).abs_diff(wanted))?;
        cuts = &cuts[..parts_before - 1 + at];
        let taken = (start, end);
        end = start;
        Some(taken)
    };
    let test = take(test, n_after_train)?;
    let validation = take(validation, 1)?;
    let parts = Parts {
        train: order[..validation.0].to_vec(),
        validation: order[validation.0..validation.1].to_vec(),
        test: order[test.0..test.1].to_vec(),
    };
    (parts.train.len() >= 2).then(|| parts.sorted())
}

/// Number of different moments.
pub(crate) fn n_moments(moments: &[i64]) -> usize {
    let order = oldest_first(moments);
    if order.is_empty() { 0 } else { cuts(moments, &order).len() + 1 }
}

fn oldest_first(moments: &[i64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..moments.len() as u32).collect();
    order.sort_by_key(|&row| moments[row as usize]);
    order
}

/// Places in the order where a new moment begins, the first not counted.
fn cuts(moments: &[i64], order: &[u32]) -> Vec<usize> {
    let at = |place: usize| moments[order[place] as usize];
    (1..order.len()).filter(|&place| at(place) != at(place - 1)).collect()
}

/// `n_folds` windows that move through time: each trains on equally many rows
/// and is validated on `validation` rows (or as many as moments allow) that come
/// later than all of them. The validated stretches follow one another and end
/// with the newest row. None where moments do not suffice.
pub(crate) fn time_folds(moments: &[i64], n_folds: usize, validation: usize) -> Option<Vec<Parts>> {
    let order = oldest_first(moments);
    let n = order.len();
    // At least half of the rows are left to train the first fold on.
    let validation = validation.min(n / 2 / n_folds).max(1);
    let cuts = cuts(moments, &order);
    let mut starts: Vec<usize> = Vec::with_capacity(n_folds + 1);
    for fold in 0..n_folds {
        let wanted = n.checked_sub((n_folds - fold) * validation)?;
        let earliest = starts.last().copied().unwrap_or(0);
        let later = cuts.iter().filter(|&&cut| cut > earliest);
        starts.push(*later.min_by_key(|cut| cut.abs_diff(wanted))?);
    }
    starts.push(n);
    let n_train = starts[0];
    let folds = (n_train >= 2).then(|| starts.windows(2))?.map(|stretch| {
        let parts = Parts {
            train: order[stretch[0] - n_train..stretch[0]].to_vec(),
            validation: order[stretch[0]..stretch[1]].to_vec(),
            test: Vec::new(),
        };
        parts.sorted()
    });
    Some(folds.collect())
}

/// Splits rows so that every group (an index below `n_groups`, none of which is
/// empty) is in one part. Groups come in the order of a lot: one is tested on if
/// it fits into what is still wanted there, then likewise for validation, and
/// the rest is trained on; where a part is still short, the group that brings it
/// nearest is moved there. None where there are fewer groups than parts, or
/// fewer than two rows to train on.
pub(crate) fn by_group(groups: &[u32], n_groups: usize, fractions: Fractions, draw: Draw) -> Option<Parts> {
    let mut sizes = vec![0_usize; n_groups];
    groups.iter().for_each(|&group| sizes[group as usize] += 1);
    let mut order: Vec<u32> = (0..n_groups as u32).collect();
    shuffle(&mut generator(draw), &mut order);
    let n = groups.len();
    let wanted = [size(fractions.test, n), size(fractions.validation, n)];
    let mut parts_left = wanted.iter().filter(|&&rows| rows > 0).count();
    if n_groups < parts_left + 1 {
        return None;
    }
    // 0 is trained on, 1 tested on, 2 validated on.
    let mut part_of = vec![0_u8; n_groups];
    for (part, wanted) in (1_u8..).zip(wanted).filter(|(_, wanted)| *wanted > 0) {
        parts_left -= 1;
        let mut free = order.iter().filter(|&&g| part_of[g as usize] == 0).count();
        // Those that come after it need a group each.
        let spare = parts_left + 1;
        let mut short = wanted;
        for &group in &order {
            let rows = sizes[group as usize];
            if part_of[group as usize] == 0 && rows <= short && free > spare {
                part_of[group as usize] = part;
                (short, free) = (short - rows, free - 1);
            }
        }
        let nearest = order.iter().filter(|&&g| part_of[g as usize] == 0 && free > spare);
        let nearest = nearest.min_by_key(|&&g| sizes[g as usize].abs_diff(short));
        if let Some(&group) = nearest
            && (short == wanted || sizes[group as usize].abs_diff(short) < short)
        {
            part_of[group as usize] = part;
        }
    }
    let mut parts = Parts::default();
    for (row, &group) in (0_u32..).zip(groups) {
        match part_of[group as usize] {
            0 => parts.train.push(row),
            1 => parts.test.push(row),
            _ => parts.validation.push(row),
        }
    }
    (parts.train.len() >= 2).then_some(parts)
}

/// Deals groups to `n_folds` parts of about equal size, each of which is
/// validated on while the others are trained on. None where there are fewer
/// groups than folds, or fewer than two rows to train on.
pub(crate) fn group_folds(groups: &[u32], n_groups: usize, n_folds: usize, draw: Draw) -> Option<Vec<Parts>> {
    if n_groups < n_folds {
        return None;
    }
    let mut sizes = vec![0_usize; n_groups];
    groups.iter().for_each(|&group| sizes[group as usize] += 1);
    let mut order: Vec<u32> = (0..n_groups as u32).collect();
    shuffle(&mut generator(draw), &mut order);
    // The largest first, each to the part that is smallest so far.
    order.sort_by_key(|&group| std::cmp::Reverse(sizes[group as usize]));
    let mut rows_in = vec![0_usize; n_folds];
    let mut fold_of = vec![0_usize; n_groups];
    for group in order {
        let smallest = (0..n_folds).min_by_key(|&fold| rows_in[fold])?;
        fold_of[group as usize] = smallest;
        rows_in[smallest] += sizes[group as usize];
    }
    let folds = (0..n_folds).map(|fold| {
        let (validation, train) =
            (0..groups.len() as u32).partition(|&row| fold_of[groups[row as usize] as usize] == fold);
        Parts { train, validation, test: Vec::new() }
    });
    equal_training(folds.collect(), draw)
}

/// The same folds, each with as many training rows as the one with fewest; a lot
/// says which are left out. Folds train as one group, in steps of equal size.
pub(crate) fn equal_training(folds: Vec<Parts>, draw: Draw) -> Option<Vec<Parts>> {
    let n_train = folds.iter().map(|fold| fold.train.len()).min()?;
    if n_train < 2 {
        return None;
    }
    let mut rng = generator(draw);
    let folds = folds.into_iter().map(|mut fold| {
        if fold.train.len() > n_train {
            shuffle(&mut rng, &mut fold.train);
            fold.train.truncate(n_train);
        }
        fold.sorted()
    });
    Some(folds.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn all(parts: &Parts) -> Vec<u32> {
        let mut all = [parts.train.as_slice(), &parts.validation, &parts.test].concat();
        all.sort_unstable();
        all
    }

    fn dense(groups: Vec<u32>) -> (Vec<u32>, usize) {
        let mut known: Vec<u32> = Vec::new();
        let groups = groups.into_iter().map(|group| {
            known.iter().position(|k| *k == group).unwrap_or_else(|| {
                known.push(group);
                known.len() - 1
            }) as u32
        });
        let groups = groups.collect();
        (groups, known.len())
    }

    #[test]
    fn days_are_not_cut() {
        let days = [3, 1, 1, 2, 2, 2, 3, 3, 4, 4];
        let parts = by_time(&days, Fractions { test: 0.2, validation: 0.2 }).expect("enough days");
        assert_eq!(
            (parts.train, parts.validation, parts.test),
            (vec![1, 2, 3, 4, 5], vec![0, 6, 7], vec![8, 9])
        );
        assert_eq!(by_time(&[1, 1, 2, 2], Fractions { test: 0.2, validation: 0.2 }), None);
    }

    #[test]
    fn three_groups_suffice_and_two_do_not() {
        let fractions = Fractions { test: 0.2, validation: 0.1 };
        let draw = Draw { seed: 3, round: 0 };
        let parts = by_group(&[0, 0, 0, 0, 1, 1, 1, 2, 2], 3, fractions, draw).expect("enough groups");
        assert!(!parts.train.is_empty() && !parts.validation.is_empty() && !parts.test.is_empty());
        assert_eq!(by_group(&[0, 0, 0, 1, 1], 2, fractions, draw), None);
        assert!(by_group(&[0, 0, 0, 1, 1], 2, Fractions { validation: 0.0, ..fractions }, draw).is_some());
    }

    proptest! {
        #[test]
        fn time_runs_from_training_to_test(
            moments in prop::collection::vec(-20_i64..20, 6..200), test in 0.05_f64..0.4, validation in 0.0_f64..0.4,
        ) {
            let fractions = Fractions { test, validation };
            let Some(parts) = by_time(&moments, fractions) else {
                prop_assert!(n_moments(&moments) < 4 || moments.len() < 12, "enough moments were refused");
                return Ok(());
            };
            prop_assert_eq!(all(&parts), (0..moments.len() as u32).collect::<Vec<_>>());
            prop_assert_eq!(parts.validation.is_empty(), validation == 0.0);
            let of = |part: &[u32]| -> Vec<i64> { part.iter().map(|&r| moments[r as usize]).collect() };
            let (train, validation, test) = (of(&parts.train), of(&parts.validation), of(&parts.test));
            let later = [validation.clone(), test.clone()].concat();
            prop_assert!(train.iter().max() < later.iter().min());
            prop_assert!(validation.is_empty() || validation.iter().max() < test.iter().min());
        }

        #[test]
        fn no_group_is_in_two_parts(
            groups in prop::collection::vec(0_u32..30, 6..300), seed: u32, test in 0.05_f64..0.4, validation in 0.0_f64..0.4,
        ) {
            let (groups, n_groups) = dense(groups);
            let (fractions, draw) = (Fractions { test, validation }, Draw { seed, round: 0 });
            let Some(parts) = by_group(&groups, n_groups, fractions, draw) else {
                prop_assert!(n_groups < 3 || groups.len() < 20, "enough groups were refused");
                return Ok(());
            };
            prop_assert_eq!(all(&parts), (0..groups.len() as u32).collect::<Vec<_>>());
            prop_assert_eq!(&parts, &by_group(&groups, n_groups, fractions, draw).expect("as before"));
            let of = |part: &[u32]| -> HashSet<u32> { part.iter().map(|&r| groups[r as usize]).collect() };
            let (a, b, c) = (of(&parts.train), of(&parts.validation), of(&parts.test));
            prop_assert!(a.is_disjoint(&b) && a.is_disjoint(&c) && b.is_disjoint(&c));
            prop_assert!(!a.is_empty() && !c.is_empty() && b.is_empty() == (validation == 0.0));
            // Off by less than the largest group, where there are groups to choose from.
            let largest = (0..n_groups as u32).map(|g| groups.iter().filter(|x| **x == g).count()).max().unwrap_or(0);
            let wanted = (test * groups.len() as f64).round();
            if n_groups > 12 && test + validation < 0.6 {
                prop_assert!((parts.test.len() as f64 - wanted).abs() <= largest as f64, "{} {wanted}", parts.test.len());
            }
        }

        #[test]
        fn folds_respect_groups(groups in prop::collection::vec(0_u32..25, 10..200), n_folds in 2_usize..8, seed: u32) {
            let (groups, n_groups) = dense(groups);
            let Some(folds) = group_folds(&groups, n_groups, n_folds, Draw { seed, round: 1 }) else { return Ok(()) };
            prop_assert_eq!(folds.len(), n_folds);
            let mut validated: Vec<u32> = folds.iter().flat_map(|fold| &fold.validation).copied().collect();
            validated.sort_unstable();
            prop_assert_eq!(validated, (0..groups.len() as u32).collect::<Vec<_>>());
            for fold in &folds {
                prop_assert_eq!(fold.train.len(), folds[0].train.len());
                let held: HashSet<u32> = fold.validation.iter().map(|&r| groups[r as usize]).collect();
                prop_assert!(!held.is_empty() && fold.train.iter().all(|&r| !held.contains(&groups[r as usize])));
            }
        }

        #[test]
        fn folds_of_time_validate_on_what_comes_later(
            moments in prop::collection::vec(0_i64..60, 10..200), n_folds in 2_usize..8, validation in 1_usize..40,
        ) {
            let Some(folds) = time_folds(&moments, n_folds, validation) else { return Ok(()) };
            prop_assert_eq!(folds.len(), n_folds);
            let mut judged = HashSet::new();
            for fold in &folds {
                prop_assert_eq!(fold.train.len(), folds[0].train.len());
                let newest = fold.train.iter().map(|&r| moments[r as usize]).max();
                let oldest = fold.validation.iter().map(|&r| moments[r as usize]).min();
                prop_assert!(newest < oldest);
                prop_assert!(fold.validation.iter().all(|&r| judged.insert(r)));
            }
        }
    }
}
