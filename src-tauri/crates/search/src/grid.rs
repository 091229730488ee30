//! Every combination, the last dimension fastest.

use crate::space::{Point, Space};

/// The points numbered `first .. first + n`, fewer where the grid ends. Empty
/// where [`Space::grid_len`] refuses the grid for its real numbers.
pub(crate) fn points(space: &Space, first: u32, n: u32) -> Vec<Point> {
    let mut points = Vec::new();
    if space.dimensions.iter().any(|d| d.scale.n_values().is_none()) {
        return points;
    }
    let mut indices = vec![0_u32; space.dimensions.len()];
    let end = first.saturating_add(n);
    for number in 0..end {
        if number >= first {
            points.push(at(space, &indices));
        }
        if !advance(space, &mut indices) {
            break;
        }
    }
    points
}

fn at(space: &Space, indices: &[u32]) -> Point {
    let mut coordinates = Vec::with_capacity(indices.len());
    for (dimension, &index) in space.dimensions.iter().zip(indices) {
        let is_active = dimension.is_active(&coordinates);
        coordinates.push(is_active.then(|| dimension.scale.coordinate(index)));
    }
    Point(coordinates)
}

/// The next combination, like an odometer; false after the last. Dimensions
/// that do not matter stand at 0 and do not count.
fn advance(space: &Space, indices: &mut [u32]) -> bool {
    let Point(coordinates) = at(space, indices);
    for position in (0..indices.len()).rev() {
        let n_values = space.dimensions[position].scale.n_values().unwrap_or(1);
        if coordinates[position].is_some() && indices[position] + 1 < n_values {
            indices[position] += 1;
            return true;
        }
        indices[position] = 0;
    }
    false
}
