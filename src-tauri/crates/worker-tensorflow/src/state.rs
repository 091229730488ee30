//! What trials are between calls: rows of a few matrices.

use crate::nodes::tensor;
use tensorflow::{Status, Tensor};

/// K trials.
pub struct State {
    /// `[K, …]`: all that is trained.
    pub trained: Tensor<f32>,
    /// `[K, …]`: running statistics; none without normalisation.
    pub running: Option<Tensor<f32>>,
    /// What the optimiser remembers, each of the shape of `trained`.
    pub moments: Vec<Tensor<f32>>,
}

impl State {
    /// Trials.
    pub fn n_trials(&self) -> usize {
        self.trained.dims().first().map_or(0, |&k| k as usize)
    }

    /// A copy of some trials, in this order.
    pub fn select(&self, trials: &[usize]) -> Result<Self, Status> {
        let chosen = |matrix: &Tensor<f32>| {
            let rows: Vec<f32> = trials.iter().flat_map(|&trial| row(matrix, trial)).copied().collect();
            tensor(&[trials.len(), width(matrix)], &rows)
        };
        Ok(Self {
            trained: chosen(&self.trained)?,
            running: self.running.as_ref().map(chosen).transpose()?,
            moments: self.moments.iter().map(chosen).collect::<Result<_, _>>()?,
        })
    }

    /// Puts trials that [`State::select`] gave back in their places.
    pub fn replace(&mut self, trials: &[usize], by: &Self) {
        let running = self.running.iter_mut().zip(&by.running);
        let moments = self.moments.iter_mut().zip(&by.moments);
        for (matrix, by) in [(&mut self.trained, &by.trained)].into_iter().chain(running).chain(moments) {
            for (from, &to) in trials.iter().enumerate() {
                row_mut(matrix, to).copy_from_slice(row(by, from));
            }
        }
    }
}

/// A trial's row of a matrix.
pub fn row(matrix: &Tensor<f32>, trial: usize) -> &[f32] {
    let width = width(matrix);
    &matrix[trial * width..(trial + 1) * width]
}

/// A trial's row of a matrix.
pub fn row_mut(matrix: &mut Tensor<f32>, trial: usize) -> &mut [f32] {
    let width = width(matrix);
    &mut matrix[trial * width..(trial + 1) * width]
}

fn width(matrix: &Tensor<f32>) -> usize {
    matrix.dims().get(1).map_or(0, |&width| width as usize)
}
