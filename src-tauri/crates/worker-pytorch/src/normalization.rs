//! Batch normalisation as `torch.nn.BatchNorm1d` defines it.

pub(crate) const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// Sums by column, kept between steps to spare allocations.
#[derive(Debug, Default)]
pub(crate) struct ColumnSums {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl ColumnSums {
    fn clear(&mut self, n_columns: usize) {
        for sums in [&mut self.first, &mut self.second] {
            sums.clear();
            sums.resize(n_columns, 0.0);
        }
    }
}

/// Factor, offset and running statistics of a layer, `[units]` each.
pub(crate) struct Norm<'a> {
    pub weight: &'a [f32],
    pub bias: &'a [f32],
    pub running_mean: &'a mut [f32],
    pub running_var: &'a mut [f32],
}

/// Turns the sums `z` (`[n_rows, units]`) into their normalised form in place
/// and writes factor and offset applied into `out`; `inverse_sd` is kept for
/// [`backward`]. A batch of one row has no variance: it gives the offset, and
/// leaves the running statistics alone, where PyTorch would refuse it.
pub(crate) fn forward(
    z: &mut [f32],
    out: &mut [f32],
    norm: Norm<'_>,
    inverse_sd: &mut [f32],
    sums: &mut ColumnSums,
) {
    let units = norm.weight.len();
    let n_rows = (z.len() / units) as f64;
    sums.clear(units);
    for row in z.chunks_exact(units) {
        for (sum, &v) in sums.first.iter_mut().zip(row) {
            *sum += f64::from(v);
        }
    }
    for sum in &mut sums.first {
        *sum /= n_rows;
    }
    for row in z.chunks_exact(units) {
        for ((square, &mean), &v) in sums.second.iter_mut().zip(&sums.first).zip(row) {
            *square += (f64::from(v) - mean) * (f64::from(v) - mean);
        }
    }
    for (unit, inverse_sd) in inverse_sd.iter_mut().enumerate().take(units) {
        let (mean, square) = (sums.first[unit], sums.second[unit]);
        *inverse_sd = (1.0 / (square / n_rows + EPSILON).sqrt()) as f32;
        if n_rows > 1.0 {
            let blend = |old: f32, new: f64| ((1.0 - MOMENTUM) * f64::from(old) + MOMENTUM * new) as f32;
            norm.running_mean[unit] = blend(norm.running_mean[unit], mean);
            norm.running_var[unit] = blend(norm.running_var[unit], square / (n_rows - 1.0));
        }
    }
    for (row, out) in z.chunks_exact_mut(units).zip(out.chunks_exact_mut(units)) {
        for unit in 0..units {
            row[unit] = (row[unit] - sums.first[unit] as f32) * inverse_sd[unit];
            out[unit] = row[unit] * norm.weight[unit] + norm.bias[unit];
        }
    }
}

/// Turns `grad` at the output into that at the input, in place, and gives the
/// gradients of factor and offset. `normalized` is what [`forward`] made of `z`.
pub(crate) fn backward(
    grad: &mut [f32],
    normalized: &[f32],
    weight: &[f32],
    inverse_sd: &[f32],
    weight_grad: &mut [f32],
    bias_grad: &mut [f32],
    sums: &mut ColumnSums,
) {
    let units = weight.len();
    let n_rows = (grad.len() / units) as f64;
    sums.clear(units);
    for (grad, normalized) in grad.chunks_exact(units).zip(normalized.chunks_exact(units)) {
        for unit in 0..units {
            sums.first[unit] += f64::from(grad[unit]);
            sums.second[unit] += f64::from(grad[unit]) * f64::from(normalized[unit]);
        }
    }
    for unit in 0..units {
        bias_grad[unit] = sums.first[unit] as f32;
        weight_grad[unit] = sums.second[unit] as f32;
    }
    for (grad, normalized) in grad.chunks_exact_mut(units).zip(normalized.chunks_exact(units)) {
        for unit in 0..units {
            let mean = (sums.first[unit] / n_rows) as f32;
            let projection = (sums.second[unit] / n_rows) as f32;
            grad[unit] =
                weight[unit] * inverse_sd[unit] * (grad[unit] - mean - normalized[unit] * projection);
        }
    }
}
