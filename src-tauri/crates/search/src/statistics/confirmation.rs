//! Which of the best stays best once it is repeated with other seeds.

use super::summary::mean_and_deviation;
use retort_domain::MeanAndDeviation;
use std::cmp::Ordering;

/// A trial of the search and what its repetitions came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatedTrial<'a> {
    /// The number of the trial that was repeated.
    pub number: u32,
    /// One objective a seed; not finite where a seed diverged or failed.
    pub objectives: &'a [f64],
}

/// The trial that is best by its mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfirmedWinner {
    /// Its number.
    pub number: u32,
    /// Over its seeds.
    pub confirmed: MeanAndDeviation,
}

/// The best mean over seeds. A trial that came to an end with more of its seeds
/// goes before one that came to an end with fewer, since a mean over the seeds
/// that happened to survive flatters; among equal means the smaller number
/// wins. None where no trial has two finite objectives.
pub fn confirmed_winner(trials: &[RepeatedTrial<'_>], higher_is_better: bool) -> Option<ConfirmedWinner> {
    let order = |a: &ConfirmedWinner, b: &ConfirmedWinner| -> Ordering {
        let by_mean = a.confirmed.mean.total_cmp(&b.confirmed.mean);
        let by_mean = if higher_is_better { by_mean.reverse() } else { by_mean };
        b.confirmed.n.cmp(&a.confirmed.n).then(by_mean).then(a.number.cmp(&b.number))
    };
    trials
        .iter()
        .filter_map(|trial| {
            let finite: Vec<f64> =
                trial.objectives.iter().copied().filter(|value| value.is_finite()).collect();
            let confirmed = mean_and_deviation(&finite)?;
            Some(ConfirmedWinner { number: trial.number, confirmed })
        })
        .min_by(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn winner(trials: &[(u32, &[f64])], higher_is_better: bool) -> Option<u32> {
        let trials: Vec<RepeatedTrial<'_>> =
            trials.iter().map(|&(number, objectives)| RepeatedTrial { number, objectives }).collect();
        confirmed_winner(&trials, higher_is_better).map(|winner| winner.number)
    }

    #[test]
    fn the_mean_decides_and_not_the_best_seed() {
        let trials: &[(u32, &[f64])] = &[(1, &[0.1, 0.9]), (2, &[0.3, 0.4])];
        assert_eq!(winner(trials, false), Some(2));
        assert_eq!(winner(trials, true), Some(1));
    }

    #[test]
    fn ties_go_to_the_smaller_number() {
        assert_eq!(winner(&[(7, &[0.5, 0.5]), (3, &[0.25, 0.75]), (9, &[0.5, 0.5])], true), Some(3));
    }

    #[test]
    fn seeds_that_diverged_are_not_forgotten() {
        let trials: &[(u32, &[f64])] = &[(1, &[0.1, 0.1, f64::NAN]), (2, &[0.3, 0.3, 0.3])];
        assert_eq!(winner(trials, false), Some(2));
    }

    #[test]
    fn nothing_is_confirmed_by_one_seed() {
        assert_eq!(winner(&[(1, &[0.1]), (2, &[0.2, f64::INFINITY])], false), None);
        assert_eq!(winner(&[], false), None);
    }
}
