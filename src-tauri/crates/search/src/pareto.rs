//! Trials that no other beats in several objectives at once, and the bend of
//! their front. Every objective is to be as small as possible; negate what should
//! be large.

use std::cmp::Ordering;

/// True where `a` is nowhere larger than `b` and somewhere smaller.
fn dominates(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
}

/// Indices, rising, of the points that no other dominates (is nowhere larger and
/// somewhere smaller). Equal points stay together. A point with an objective that
/// is not finite is not on the front and keeps nobody off it.
///
/// All points have the same number of objectives, at least one. Sorting decides
/// the time for two; for more, each point is compared with the front so far.
pub fn pareto_front<P: AsRef<[f64]>>(points: &[P]) -> Vec<usize> {
    let at = |index: usize| points[index].as_ref();
    let mut order: Vec<(f64, usize)> = (0..points.len())
        .filter(|&index| at(index).iter().all(|value| value.is_finite()))
        .map(|index| (at(index).first().copied().unwrap_or(0.0), index))
        .collect();
    // Whoever dominates a point comes before it in this order.
    order.sort_unstable_by(|a, b| {
        let by_all = || at(a.1).partial_cmp(at(b.1));
        a.0.partial_cmp(&b.0).filter(|by_first| by_first.is_ne()).or_else(by_all).unwrap_or(Ordering::Equal)
    });
    let two = order.first().is_some_and(|&(_, first)| at(first).len() == 2);
    let mut front: Vec<usize> = Vec::new();
    for (_, index) in order {
        let beaten = if two {
            // The last one on the front has the smallest second objective so far.
            front.last().is_some_and(|&last| dominates(at(last), at(index)))
        } else {
            front.iter().any(|&other| dominates(at(other), at(index)))
        };
        if !beaten {
            front.push(index);
        }
    }
    front.sort_unstable();
    front
}

/// The index of the knee of a front in two objectives: where giving up a little
/// more of the one begins to cost much of the other.
///
/// `front` names points of `points`, as [`pareto_front`] gives them. Both
/// objectives are scaled to 0 to 1 over the front; the knee lies farthest from the
/// chord between the front's ends, on the side of small objectives (Das 1999, "On
/// characterizing the 'knee' of the Pareto curve based on normal-boundary
/// intersection", Structural Optimization 18:107-115). Among equals the smaller
/// first objective wins, then the smaller index. None where no point lies below
/// the chord: with fewer than three different points, or a front that is straight
/// or bulges the other way. Give the logarithm of an objective that spans orders of
/// magnitude.
pub fn knee(points: &[[f64; 2]], front: &[usize]) -> Option<usize> {
    let end = |objective: usize, pick: fn(f64, f64) -> f64| {
        front.iter().map(|&index| points[index][objective]).reduce(pick)
    };
    let low = [end(0, f64::min)?, end(1, f64::min)?];
    let range = [end(0, f64::max)? - low[0], end(1, f64::max)? - low[1]];
    if range.iter().any(|range| !(range.is_finite() && *range > 0.0)) {
        return None;
    }
    // Scaled, the chord is x + y = 1, and the distance to it rises with what is
    // missing to 1. Less than this is a straight line's rounding.
    let mut deepest = 1e-12;
    let mut knee = None;
    let mut by_first = front.to_vec();
    by_first.sort_by(|&a, &b| points[a][0].total_cmp(&points[b][0]).then(a.cmp(&b)));
    for index in by_first {
        let depth = 1.0 - (points[index][0] - low[0]) / range[0] - (points[index][1] - low[1]) / range[1];
        if depth > deepest {
            deepest = depth;
            knee = Some(index);
        }
    }
    knee
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    /// A name, points and what is expected of them.
    type Case<Expected> = (&'static str, &'static [[f64; 2]], Expected);

    #[test]
    fn fronts_of_small_sets() {
        let cases: &[Case<&[usize]>] = &[
            ("no points", &[], &[]),
            ("one", &[[1.0, 1.0]], &[0]),
            ("equal points stay", &[[1.0, 2.0], [3.0, 3.0], [1.0, 2.0]], &[0, 2]),
            ("same first objective", &[[1.0, 3.0], [1.0, 2.0], [0.5, 4.0]], &[1, 2]),
            ("same second objective", &[[2.0, 1.0], [1.0, 1.0]], &[1]),
            ("what is not finite", &[[f64::NAN, 0.0], [f64::NEG_INFINITY, 0.0], [5.0, 5.0]], &[2]),
            ("signed zeros are equal", &[[0.0, 1.0], [-0.0, 1.0]], &[0, 1]),
        ];
        for (name, points, expected) in cases {
            assert_eq!(pareto_front(points), *expected, "{name}");
        }
    }

    /// Against the definition, every pair compared; few different values make many
    /// ties.
    #[test]
    fn fronts_keep_to_the_definition() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for round in 0..200 {
            let n_objectives = 1 + round % 4;
            let points: Vec<Vec<f64>> = (0..60)
                .map(|_| (0..n_objectives).map(|_| f64::from(rng.next_u32() % 12)).collect())
                .collect();
            let expected: Vec<usize> = (0..points.len())
                .filter(|&index| !points.iter().any(|other| dominates(other, &points[index])))
                .collect();
            assert_eq!(pareto_front(&points), expected, "{n_objectives} objectives");
        }
    }

    #[test]
    fn a_front_of_a_hundred_thousand_points_that_are_all_on_it() {
        let points: Vec<[f64; 2]> = (0..100_000).map(|k| [f64::from(k), -f64::from(k)]).collect();
        assert_eq!(pareto_front(&points).len(), points.len());
    }

    #[test]
    fn the_knee_is_where_the_front_bends() {
        let cases: &[Case<Option<usize>>] = &[
            ("an L", &[[0.0, 10.0], [1.0, 1.0], [100.0, 0.0]], Some(1)),
            ("scales do not matter", &[[0.0, 1e-6], [1e9, 1e-7], [1e11, 0.0]], Some(1)),
            ("two points", &[[0.0, 1.0], [1.0, 0.0]], None),
            ("a straight line", &[[0.0, 1.0], [0.1, 0.9], [0.7, 0.3], [1.0, 0.0]], None),
            ("bulging away", &[[0.0, 1.0], [0.9, 0.9], [1.0, 0.0]], None),
            ("ties", &[[0.0, 4.0], [2.0, 1.0], [1.0, 2.0], [4.0, 0.0]], Some(2)),
            ("no points", &[], None),
        ];
        for (name, points, expected) in cases {
            let front: Vec<usize> = (0..points.len()).collect();
            assert_eq!(knee(points, &front), *expected, "{name}");
        }
    }
}
