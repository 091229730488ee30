//! What happens to a hidden layer's values between two products.

use super::functions::{normal, sigmoid, tanh};
use super::{mul_add, vectorized};
use retort_domain::Activation;

/// 1 / sqrt(2 pi)
const BELL_TOP: f32 = 0.398_942_3;

/// Adds the bias (`[width]`) to a layer's products (`[n_rows, width]`, as all
/// here; the width is a multiple of 16), turns them into activations in
/// `out`, and leaves in `pre` how fast the activations change with the sums.
/// A `mask` (dropout) multiplies both. Columns of `out` from `units` on become 0.
pub(crate) fn activate(
    activation: Activation,
    units: usize,
    pre: &mut [f32],
    bias: &[f32],
    out: &mut [f32],
    mask: Option<&[f32]>,
) {
    match activation {
        Activation::Relu => relu(pre, bias, out),
        Activation::Tanh => tanhs(pre, bias, out),
        Activation::Sigmoid => sigmoids(pre, bias, out),
        Activation::Gelu => gelu(pre, bias, out),
        Activation::Silu => silu(pre, bias, out),
    }
    // The others give 0 for the 0 that stands there.
    if activation == Activation::Sigmoid && units < bias.len() {
        out.chunks_exact_mut(bias.len()).for_each(|row| row[units..].fill(0.0));
    }
    if let Some(mask) = mask {
        multiply(pre, mask);
        multiply(out, mask);
    }
}

/// `(activation, derivative)` of every value.
#[inline(always)]
fn each(pre: &mut [f32], bias: &[f32], out: &mut [f32], function: impl Fn(f32) -> (f32, f32)) {
    // Plain loops over rows: cut into vectors by hand, they become gathers.
    let width = bias.len();
    for (pre, out) in pre.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)) {
        for ((pre, out), bias) in pre.iter_mut().zip(out).zip(bias) {
            (*out, *pre) = function(*pre + bias);
        }
    }
}

vectorized! {
    fn relu(pre: &mut [f32], bias: &[f32], out: &mut [f32]) {
        // Written so that NaN stays NaN.
        each(pre, bias, out, |x| (if x < 0.0 { 0.0 } else { x }, if x > 0.0 { 1.0 } else { 0.0 }));
    }
}

vectorized! {
    fn tanhs(pre: &mut [f32], bias: &[f32], out: &mut [f32]) {
        each(pre, bias, out, |x| {
            let y = tanh::<FUSED>(x);
            (y, mul_add::<FUSED>(-y, y, 1.0))
        });
    }
}

vectorized! {
    fn sigmoids(pre: &mut [f32], bias: &[f32], out: &mut [f32]) {
        each(pre, bias, out, |x| {
            let y = sigmoid::<FUSED>(x);
            (y, y * (1.0 - y))
        });
    }
}

vectorized! {
    fn gelu(pre: &mut [f32], bias: &[f32], out: &mut [f32]) {
        each(pre, bias, out, |x| {
            let (below, bell) = normal::<FUSED>(x);
            (x * below, mul_add::<FUSED>(x * BELL_TOP, bell, below))
        });
    }
}

vectorized! {
    fn silu(pre: &mut [f32], bias: &[f32], out: &mut [f32]) {
        each(pre, bias, out, |x| {
            let y = sigmoid::<FUSED>(x);
            (x * y, y * mul_add::<FUSED>(x, 1.0 - y, 1.0))
        });
    }
}

vectorized! {
    /// Adds `bias` to every row.
    pub(crate) fn add_bias(values: &mut [f32], bias: &[f32]) {
        for row in values.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value += bias;
            }
        }
    }
}

vectorized! {
    /// Value by value.
    pub(crate) fn multiply(values: &mut [f32], by: &[f32]) {
        for (value, by) in values.iter_mut().zip(by) {
            *value *= by;
        }
    }
}

vectorized! {
    /// As [`multiply`]; the sum of each column into `sums` (`[width]`). Row by
    /// row: down a column of a wide layer, every step would miss the cache.
    pub(crate) fn multiply_and_sum(values: &mut [f32], by: &[f32], sums: &mut [f32]) {
        let width = sums.len();
        sums.fill(0.0);
        for (row, by) in values.chunks_exact_mut(width).zip(by.chunks_exact(width)) {
            for ((value, by), sum) in row.iter_mut().zip(by).zip(sums.iter_mut()) {
                *value *= by;
                *sum += *value;
            }
        }
    }
}

vectorized! {
    /// The sum of each column into `sums` (`[width]`).
    pub(crate) fn column_sums(values: &[f32], sums: &mut [f32]) {
        sums.fill(0.0);
        for row in values.chunks_exact(sums.len()) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
}
