//! How many points a space of separate values has, without going through them.

use crate::dimension::Dimension;

/// Points of these dimensions, conditions heeded; none where a dimension has
/// real numbers.
///
/// Dimensions that depend on one another are counted together, independent
/// sets multiply. Of a dimension that others depend on, values that satisfy the
/// same needs are counted as one, weighed by how many they are.
pub(crate) fn n_combinations(dimensions: &[Dimension]) -> Option<f64> {
    let mut sets: Vec<usize> = (0..dimensions.len()).collect();
    for (index, dimension) in dimensions.iter().enumerate() {
        for need in &dimension.needs {
            let [from, to] = [sets[need.dimension], sets[index]];
            sets.iter_mut().filter(|set| **set == from).for_each(|set| *set = to);
        }
    }
    let classes: Vec<Vec<(f64, f64)>> =
        (0..dimensions.len()).map(|index| classes(dimensions, index)).collect::<Option<_>>()?;
    let mut n_points = 1.0;
    for set in 0..dimensions.len() {
        let members: Vec<usize> = (0..dimensions.len()).filter(|&index| sets[index] == set).collect();
        if !members.is_empty() {
            let mut coordinates = vec![None; dimensions.len()];
            n_points *= count(dimensions, &classes, &members, &mut coordinates);
        }
    }
    Some(n_points)
}

fn count(
    dimensions: &[Dimension],
    classes: &[Vec<(f64, f64)>],
    members: &[usize],
    coordinates: &mut [Option<f64>],
) -> f64 {
    let Some((&index, rest)) = members.split_first() else { return 1.0 };
    if !dimensions[index].is_active(coordinates) {
        coordinates[index] = None;
        return count(dimensions, classes, rest, coordinates);
    }
    let mut n_points = 0.0;
    for &(coordinate, n_values) in &classes[index] {
        coordinates[index] = Some(coordinate);
        n_points += n_values * count(dimensions, classes, rest, coordinates);
    }
    n_points
}

/// Values of a dimension that nobody tells apart: one of them, and how many.
fn classes(dimensions: &[Dimension], index: usize) -> Option<Vec<(f64, f64)>> {
    let scale = &dimensions[index].scale;
    let n_values = scale.n_values()?;
    let needs: Vec<_> =
        dimensions.iter().flat_map(|d| &d.needs).filter(|need| need.dimension == index).collect();
    if needs.is_empty() {
        return Some(vec![(scale.coordinate(0), f64::from(n_values))]);
    }
    let mut found: Vec<(Vec<bool>, f64, f64)> = Vec::new();
    for value in 0..n_values {
        let coordinate = scale.coordinate(value);
        let signature: Vec<bool> = needs.iter().map(|need| need.allows(coordinate)).collect();
        match found.iter_mut().find(|(known, ..)| *known == signature) {
            Some((.., n)) => *n += 1.0,
            None => found.push((signature, coordinate, 1.0)),
        }
    }
    Some(found.into_iter().map(|(_, coordinate, n)| (coordinate, n)).collect())
}
