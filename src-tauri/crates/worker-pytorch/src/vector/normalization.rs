//! Batch normalisation as `torch.nn.BatchNorm1d` defines it.

use super::{LANES, vectorized};

pub(crate) const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// Factor and running statistics of a layer, `[width]` each. The offset is
/// added where activations are computed.
pub(crate) struct Norm<'a> {
    pub weight: &'a [f32],
    pub running_mean: &'a mut [f32],
    pub running_var: &'a mut [f32],
}

/// The normalised values of a layer and what else its backward pass needs.
pub(crate) struct Normalized<'a> {
    /// Factor, `[width]`.
    pub weight: &'a [f32],
    /// One over the standard deviation, `[width]`.
    pub inverse_sd: &'a [f32],
    /// Receive the gradients of factor and offset, `[width]` each.
    pub weight_grad: &'a mut [f32],
    pub offset_grad: &'a mut [f32],
}

vectorized! {
    /// Turns the sums `z` (`[n_rows, width]`, as all here) into their normalised
    /// form in place, and writes that times the factor into `out`; `inverse_sd`
    /// is kept for [`backward`]. A batch of one row has no variance: it gives the
    /// offset, and leaves the running statistics alone, where PyTorch would
    /// refuse it.
    pub(crate) fn forward(z: &mut [f32], out: &mut [f32], norm: Norm<'_>, inverse_sd: &mut [f32]) {
        let width = inverse_sd.len();
        let n_rows = (z.len() / width) as f64;
        for column in (0..width).step_by(LANES) {
            let mean = lane_sums(z, width, column).map(|sum| sum / n_rows);
            let mut square = [0.0_f64; LANES];
            for row in z.chunks_exact(width) {
                let values = &row[column..column + LANES];
                for lane in 0..LANES {
                    let off = f64::from(values[lane]) - mean[lane];
                    square[lane] += off * off;
                }
            }
            let here = column..column + LANES;
            let inverse_sd = &mut inverse_sd[here.clone()];
            for lane in 0..LANES {
                inverse_sd[lane] = (1.0 / (square[lane] / n_rows + EPSILON).sqrt()) as f32;
            }
            if n_rows > 1.0 {
                let blend = |old: f32, new: f64| ((1.0 - MOMENTUM) * f64::from(old) + MOMENTUM * new) as f32;
                for lane in 0..LANES {
                    let (running_mean, running_var) =
                        (&mut norm.running_mean[column + lane], &mut norm.running_var[column + lane]);
                    *running_mean = blend(*running_mean, mean[lane]);
                    *running_var = blend(*running_var, square[lane] / (n_rows - 1.0));
                }
            }
            let weight = &norm.weight[here];
            for (row, out) in z.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)) {
                let values = &mut row[column..column + LANES];
                let out = &mut out[column..column + LANES];
                for lane in 0..LANES {
                    values[lane] = (values[lane] - mean[lane] as f32) * inverse_sd[lane];
                    out[lane] = values[lane] * weight[lane];
                }
            }
        }
    }
}

vectorized! {
    /// As [`forward`], by the running statistics.
    pub(crate) fn forward_in_evaluation(z: &[f32], out: &mut [f32], norm: Norm<'_>) {
        let width = norm.weight.len();
        let factor = |unit: usize| {
            norm.weight[unit] * (1.0 / (f64::from(norm.running_var[unit]) + EPSILON).sqrt()) as f32
        };
        for column in (0..width).step_by(LANES) {
            let mut factors = [0.0_f32; LANES];
            factors.iter_mut().zip(column..).for_each(|(into, unit)| *into = factor(unit));
            let means = &norm.running_mean[column..column + LANES];
            for (row, out) in z.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                let values = &row[column..column + LANES];
                let out = &mut out[column..column + LANES];
                for lane in 0..LANES {
                    out[lane] = (values[lane] - means[lane]) * factors[lane];
                }
            }
        }
    }
}

vectorized! {
    /// Turns `z`, as [`forward`] left it, into the gradient at the layer's
    /// sums, from `grad` (`[n_rows, width]`), that at its outputs.
    pub(crate) fn backward(z: &mut [f32], grad: &[f32], normalized: Normalized<'_>) {
        let width = normalized.weight.len();
        let n_rows = (z.len() / width) as f64;
        for column in (0..width).step_by(LANES) {
            let (mut sum, mut projection) = ([0.0_f64; LANES], [0.0_f64; LANES]);
            for (row, grad) in z.chunks_exact(width).zip(grad.chunks_exact(width)) {
                let values = &row[column..column + LANES];
                let grad = &grad[column..column + LANES];
                for lane in 0..LANES {
                    sum[lane] += f64::from(grad[lane]);
                    projection[lane] += f64::from(grad[lane]) * f64::from(values[lane]);
                }
            }
            let (mut factor, mut mean_grad, mut mean_projection) =
                ([0.0_f32; LANES], [0.0_f32; LANES], [0.0_f32; LANES]);
            for lane in 0..LANES {
                normalized.offset_grad[column + lane] = sum[lane] as f32;
                normalized.weight_grad[column + lane] = projection[lane] as f32;
                factor[lane] = normalized.weight[column + lane] * normalized.inverse_sd[column + lane];
                mean_grad[lane] = (sum[lane] / n_rows) as f32;
                mean_projection[lane] = (projection[lane] / n_rows) as f32;
            }
            for (row, grad) in z.chunks_exact_mut(width).zip(grad.chunks_exact(width)) {
                let values = &mut row[column..column + LANES];
                let grad = &grad[column..column + LANES];
                for lane in 0..LANES {
                    let centred = grad[lane] - mean_grad[lane] - values[lane] * mean_projection[lane];
                    values[lane] = factor[lane] * centred;
                }
            }
        }
    }
}

#[inline(always)]
fn lane_sums(values: &[f32], width: usize, column: usize) -> [f64; LANES] {
    let mut sums = [0.0_f64; LANES];
    for row in values.chunks_exact(width) {
        for (sum, &value) in sums.iter_mut().zip(&row[column..column + LANES]) {
            *sum += f64::from(value);
        }
    }
    sums
}
