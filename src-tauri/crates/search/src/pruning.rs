//! Which trials go on. Trials of a bracket are judged together at the same
//! epochs, so who is stopped does not depend on who was faster.

use libm::floor;
use retort_domain::PrunerKind;
use std::ops::Range;

/// Trials that are judged together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bracket {
    /// Its members' numbers, from 0; a sweep's last bracket may lack some.
    pub members: Range<u32>,
    /// Where members wait for each other and only survivors go on, by epoch
    /// ascending, all below the most epochs of the sweep. A member that trains
    /// fewer epochs than a rung has ended by then.
    pub rungs: Vec<Rung>,
}

/// Where a bracket is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// After this epoch.
    pub epoch: u32,
    /// One in so many goes on.
    pub one_in: u32,
}

/// Rungs lie so many times apart (η of Li et al. 2018), and one in so many goes
/// on.
const HALVING: u32 = 3;

/// With halving, one in so many goes on after the first rung. Those left are
/// close together, and one cut in thirds loses the best: over 128 trials of 81
/// epochs on concrete, in half of all orders of the trials, and with halves in
/// one of fifty, for 17 % of the epochs instead of 12 %.
const LATE_HALVING: u32 = 2;

/// Rungs of halving at most: before a 27th of the epochs, curves say little.
const MOST_RUNGS: u32 = 3;

impl Rung {
    /// Numbers of those that go on after a rung, best first, of the members
    /// that reached it with what they were worth (lower is better; none where
    /// a trial failed or diverged). Members that have ended before the rung
    /// with all their epochs may be among `values`; they are compared, and need
    /// no going on. One in [`Rung::one_in`] goes on, rounded up; of equals, the
    /// lower number.
    pub fn survivors(self, values: &[(u32, Option<f64>)]) -> Vec<u32> {
        let mut ranked: Vec<(f64, u32)> = values
            .iter()
            .filter_map(|&(number, value)| value.filter(|v| v.is_finite()).map(|value| (value, number)))
            .collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let n_kept = values.len().div_ceil(self.one_in as usize);
        ranked.into_iter().take(n_kept).map(|(_, number)| number).collect()
    }
}

/// The bracket of a trial, where trials train `max_epochs` at most.
///
/// * Halving: `size` members; rungs at a third, a ninth, a 27th of the epochs;
///   a third goes on after the first, half after the later ones.
/// * Hyperband: brackets in turn with all those rungs, without the lowest, and
///   so on down to none, sized so that each costs about the same.
/// * Median: `size` members; half go on after a quarter and a half.
/// * None: `size` members and no rungs.
pub(crate) fn bracket_of(kind: PrunerKind, number: u32, max_epochs: u32, size: u32) -> Bracket {
    let equal = |size: u32, rungs: Vec<Rung>| {
        let first = number / size * size;
        Bracket { members: first..first.saturating_add(size), rungs }
    };
    match kind {
        PrunerKind::None => equal(size, Vec::new()),
        PrunerKind::Halving => {
            let mut rungs = rungs(max_epochs);
            rungs.iter_mut().skip(1).for_each(|rung| rung.one_in = LATE_HALVING);
            equal(size, rungs)
        }
        PrunerKind::Median => {
            let mut epochs = vec![max_epochs / 4, max_epochs / 2];
            epochs.retain(|&epoch| epoch > 0);
            epochs.dedup();
            equal(size, epochs.into_iter().map(|epoch| Rung { epoch, one_in: 2 }).collect())
        }
        PrunerKind::Hyperband => {
            let rungs = rungs(max_epochs);
            let sizes = hyperband_sizes(rungs.len() as u32, size);
            let round: u32 = sizes.iter().sum();
            let mut first = number / round * round;
            for (skipped, size) in sizes.into_iter().enumerate() {
                if number < first + size {
                    let members = first..first.saturating_add(size);
                    return Bracket { members, rungs: rungs[skipped..].to_vec() };
                }
                first += size;
            }
            equal(1, Vec::new())
        }
    }
}

/// `max_epochs` divided by powers of [`HALVING`], rounded down, ascending.
fn rungs(max_epochs: u32) -> Vec<Rung> {
    let epochs = (1..=MOST_RUNGS).rev().map(|power| max_epochs / HALVING.pow(power));
    epochs.filter(|&epoch| epoch > 0).map(|epoch| Rung { epoch, one_in: HALVING }).collect()
}

/// Members of each bracket of a round, that with all rungs first, which has
/// `largest`: `(k + 1) / (s + 1) · ηˢ` with `s` rungs (Li et al. 2018,
/// algorithm 1), in proportion.
fn hyperband_sizes(n_rungs: u32, largest: u32) -> Vec<u32> {
    let share = |s: u32| f64::from(HALVING.pow(s)) / f64::from(s + 1);
    let unit = f64::from(largest) / share(n_rungs);
    (0..=n_rungs).rev().map(|s| floor(unit * share(s) + 0.5).max(1.0) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn epochs(bracket: &Bracket) -> Vec<u32> {
        bracket.rungs.iter().map(|rung| rung.epoch).collect()
    }

    #[test]
    fn halving_cuts_deepest_at_first() {
        let cuts =
            |kind| -> Vec<u32> { bracket_of(kind, 0, 81, 27).rungs.iter().map(|r| r.one_in).collect() };
        assert_eq!(cuts(PrunerKind::Halving), [3, 2, 2]);
        assert_eq!(cuts(PrunerKind::Hyperband), [3, 3, 3]);
    }

    #[test]
    fn rungs_are_thirds_of_the_epochs() {
        for (max_epochs, expected) in [
            (1, vec![]),
            (2, vec![]),
            (3, vec![1]),
            (20, vec![2, 6]),
            (30, vec![1, 3, 10]),
            (81, vec![3, 9, 27]),
            (1000, vec![37, 111, 333]),
        ] {
            assert_eq!(epochs(&bracket_of(PrunerKind::Halving, 0, max_epochs, 27)), expected, "{max_epochs}");
        }
    }

    #[test]
    fn hyperband_goes_round_brackets_that_start_ever_later() {
        let brackets: Vec<Bracket> =
            [0, 26, 27, 39, 45, 49].map(|n| bracket_of(PrunerKind::Hyperband, n, 81, 27)).into();
        let members: Vec<Range<u32>> = brackets.iter().map(|b| b.members.clone()).collect();
        assert_eq!(members, [0..27, 0..27, 27..39, 39..45, 45..49, 49..76]);
        let rungs: Vec<Vec<u32>> = brackets.iter().map(epochs).collect();
        assert_eq!(rungs, [&[3, 9, 27][..], &[3, 9, 27], &[9, 27], &[27], &[], &[3, 9, 27]]);
    }

    #[test]
    fn the_best_go_on_and_ties_go_by_number() {
        let [_, rung] = bracket_of(PrunerKind::Hyperband, 0, 9, 9).rungs[..] else { panic!("two rungs") };
        let none_failed: Vec<(u32, Option<f64>)> = [0.5, 0.1, 0.3, 0.1, 0.9, 0.1]
            .into_iter()
            .enumerate()
            .map(|(i, v)| (i as u32, Some(v)))
            .collect();
        let some_failed = [(4, None), (5, Some(f64::NAN)), (6, Some(2.0)), (7, Some(1.0))];
        let all_failed = [(4, None), (5, None)];
        assert_eq!(rung.survivors(&none_failed), [1, 3]);
        assert_eq!(rung.survivors(&some_failed), [7, 6]);
        assert_eq!(rung.survivors(&all_failed), [0_u32; 0]);
        assert_eq!(rung.survivors(&[(8, Some(1.0))]), [8]);
    }

    #[test]
    fn the_median_rule_keeps_the_better_half() {
        let bracket = bracket_of(PrunerKind::Median, 3, 20, 16);
        assert_eq!((epochs(&bracket), bracket.members.clone()), (vec![5, 10], 0..16));
        assert_eq!(bracket.rungs[1].survivors(&[(0, Some(3.0)), (1, Some(2.0)), (2, Some(1.0))]), [2, 1]);
    }

    proptest! {
        #[test]
        fn brackets_partition_the_trials(number in 0_u32..100_000, max_epochs in 1_u32..2000, size in 3_u32..100) {
            for kind in [PrunerKind::None, PrunerKind::Halving, PrunerKind::Hyperband, PrunerKind::Median] {
                let bracket = bracket_of(kind, number, max_epochs, size);
                prop_assert!(bracket.members.contains(&number));
                for other in [bracket.members.start, bracket.members.end - 1] {
                    prop_assert_eq!(&bracket_of(kind, other, max_epochs, size), &bracket);
                }
                prop_assert!(!bracket_of(kind, bracket.members.end, max_epochs, size).members.contains(&number));
                prop_assert!(bracket.rungs.is_sorted_by(|a, b| a.epoch < b.epoch));
                prop_assert!(bracket.rungs.iter().all(|rung| rung.epoch > 0 && rung.epoch < max_epochs));
            }
        }
    }
}
