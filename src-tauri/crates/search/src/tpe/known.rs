//! The trials whose outcome is known: which are good, which are not, and a
//! bounded part of them with what they were worth.

use crate::space::{Place, Point, Space};
use crate::suggest::{Observation, Outcome};
use libm::ceil;

/// Places of known trials, bounded in number, so that a suggestion after a
/// hundred thousand trials costs what one after a thousand does, but for sorting
/// them once.
pub(crate) struct Known {
    /// Trials that came to something.
    pub(crate) n_finite: usize,
    /// The best, best first.
    pub(crate) good: Vec<Place>,
    /// Others, at most [`MOST_BAD`] of them, evenly chosen.
    pub(crate) bad: Vec<Place>,
    /// The best, and others evenly chosen, with what they were worth (lower is
    /// better); those that failed as bad as the worst.
    pub(crate) judged: Vec<(Place, f64)>,
}

/// Share and most of the known trials that are good, as Optuna has it.
const GOOD_SHARE: f64 = 0.1;
const MOST_GOOD: usize = 25;

const MOST_BAD: usize = 200;

/// Best, other and failed trials that are judged by value.
const MOST_JUDGED_BEST: usize = 50;
const MOST_JUDGED_OTHERS: usize = 50;
const MOST_JUDGED_FAILED: usize = 15;

/// With fewer trained to the end, pruned ones are judged too. What a trial is
/// worth early says too little of what it comes to to be taken for it freely.
const FEWEST_JUDGED: usize = 30;

/// A known trial: those trained to the end before those pruned, of which the
/// later pruned are the better, before those that failed.
struct Ranked<'h> {
    class: u32,
    value: f64,
    point: &'h Point,
}

const COMPLETE: u32 = 0;
const FAILED: u32 = u32::MAX;

impl Known {
    /// Of these trials, those that have ended.
    pub(crate) fn new(space: &Space, history: &[Observation]) -> Self {
        let mut ranked: Vec<Ranked<'_>> = history
            .iter()
            .filter_map(|observation| {
                let (class, value) = match observation.outcome {
                    Outcome::Pending => return None,
                    Outcome::Value(value) if value.is_finite() => (COMPLETE, value),
                    Outcome::Pruned { value, epoch } if value.is_finite() => {
                        (FAILED - 1 - epoch.min(FAILED - 2), value)
                    }
                    Outcome::Value(_) | Outcome::Pruned { .. } | Outcome::Failed => (FAILED, f64::INFINITY),
                };
                Some(Ranked { class, value, point: &observation.point })
            })
            .collect();
        ranked.sort_by(|a, b| a.class.cmp(&b.class).then(a.value.total_cmp(&b.value)));
        let n_complete = ranked.partition_point(|trial| trial.class == COMPLETE);
        let n_finite = ranked.partition_point(|trial| trial.class < FAILED);
        let (finite, failed) = ranked.split_at(n_finite);
        let worst = finite.iter().map(|trial| trial.value).fold(f64::MIN, f64::max);
        let place = |trial: &Ranked<'_>| space.place(trial.point);

        let n_good = (ceil(GOOD_SHARE * n_finite as f64) as usize).min(MOST_GOOD);
        let of_value = &finite[..n_complete.max(FEWEST_JUDGED.min(n_finite))];
        let (best, others) = of_value.split_at(MOST_JUDGED_BEST.min(of_value.len()));
        let judged = best
            .iter()
            .chain(evenly(others, MOST_JUDGED_OTHERS))
            .chain(evenly(failed, MOST_JUDGED_FAILED))
            .map(|trial| (place(trial), trial.value.min(worst)));
        Self {
            n_finite,
            good: ranked[..n_good].iter().map(place).collect(),
            bad: evenly(&ranked[n_good..], MOST_BAD).map(place).collect(),
            judged: judged.collect(),
        }
    }
}

/// At most `most` of `all`, evenly chosen.
fn evenly<T>(all: &[T], most: usize) -> impl Iterator<Item = &T> {
    let n = all.len().min(most);
    (0..n).map(move |index| &all[index * all.len() / n])
}

#[cfg(test)]
mod tests {
    use super::*;
    use retort_domain::{SearchSpace, TrainingConfig};

    fn known(outcomes: &[Outcome]) -> Known {
        let written: SearchSpace = serde_json::from_str(r#"{"epochs":{"int":[1,1000]}}"#).expect("a space");
        let space = Space::new(&written, &TrainingConfig::default()).expect("a good space");
        let observations: Vec<Observation> = outcomes
            .iter()
            .enumerate()
            .map(|(i, &outcome)| Observation { point: Point(vec![Some(i as f64 + 1.0)]), outcome })
            .collect();
        Known::new(&space, &observations)
    }

    /// Positions in the list that it was made of.
    fn positions<'p>(places: impl IntoIterator<Item = &'p Place>) -> Vec<usize> {
        places.into_iter().map(|place| (place[0].unwrap_or(0.0) * 1000.0) as usize).collect()
    }

    #[test]
    fn trials_rank_by_how_far_they_came_and_then_by_value() {
        let known = known(&[
            Outcome::Failed,
            Outcome::Pruned { value: 0.2, epoch: 3 },
            Outcome::Value(0.9),
            Outcome::Pending,
            Outcome::Pruned { value: 0.5, epoch: 9 },
            Outcome::Value(f64::NAN),
            Outcome::Pruned { value: 0.1, epoch: 3 },
            Outcome::Value(0.7),
        ]);
        assert_eq!(known.n_finite, 5);
        assert_eq!(positions(&known.good), [7]);
        assert_eq!(positions(&known.bad), [2, 4, 6, 1, 0, 5]);
        let values: Vec<f64> = known.judged.iter().map(|(_, value)| *value).collect();
        assert_eq!(values, [0.7, 0.9, 0.5, 0.1, 0.2, 0.9, 0.9], "failed ones are as bad as the worst");
    }

    #[test]
    fn pruned_trials_are_not_judged_once_enough_are_complete() {
        let mut outcomes: Vec<Outcome> = (0..40).map(|i| Outcome::Value(f64::from(i))).collect();
        outcomes.extend((0..40).map(|_| Outcome::Pruned { value: -1.0, epoch: 1 }));
        assert!(known(&outcomes).judged.iter().all(|(_, value)| *value >= 0.0));
    }

    #[test]
    fn what_is_kept_of_many_is_bounded() {
        let outcomes: Vec<Outcome> = (0..900).map(|i| Outcome::Value(f64::from(i % 301))).collect();
        let known = known(&outcomes);
        let lengths = [known.good.len(), known.bad.len(), known.judged.len()];
        assert_eq!(lengths, [MOST_GOOD, MOST_BAD, MOST_JUDGED_BEST + MOST_JUDGED_OTHERS]);
    }
}
