//! What happens to a hidden layer's values between two products.

use super::functions::{normal, sigmoid, tanh};
use super::{LANES, mul_add, vectorized};
use retort_domain::Activation;

/// 1 / sqrt(2 pi)
const BELL_TOP: f32 = 0.398_942_3;

/// Adds the bias (`[width]`) to a layer's products (`[n_rows, width]`, as all
/// here; the width is a multiple of [`LANES`]), turns them into activations in
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
    let width = bias.len();
    let (bias, _) = bias.as_chunks::<LANES>();
    for (pre, out) in pre.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)) {
        let (pre, _) = pre.as_chunks_mut::<LANES>();
        let (out, _) = out.as_chunks_mut::<LANES>();
        for ((pre, out), bias) in pre.iter_mut().zip(out).zip(bias) {
            for lane in 0..LANES {
                (out[lane], pre[lane]) = function(pre[lane] + bias[lane]);
            }
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
            for (values, bias) in row.as_chunks_mut::<LANES>().0.iter_mut().zip(bias.as_chunks::<LANES>().0) {
                for lane in 0..LANES {
                    values[lane] += bias[lane];
                }
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
    /// As [`multiply`]; the sum of each column into `sums` (`[width]`).
    pub(crate) fn multiply_and_sum(values: &mut [f32], by: &[f32], sums: &mut [f32]) {
        let n_chunks = sums.len() / LANES;
        let ((values, _), (by, _)) = (values.as_chunks_mut::<LANES>(), by.as_chunks::<LANES>());
        for (column, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let mut lanes = [0.0_f32; LANES];
            let mut at = column;
            while at < values.len().min(by.len()) {
                for lane in 0..LANES {
                    values[at][lane] *= by[at][lane];
                    lanes[lane] += values[at][lane];
                }
                at += n_chunks;
            }
            *sums = lanes;
        }
    }
}

vectorized! {
    /// The sum of each column into `sums` (`[width]`).
    pub(crate) fn column_sums(values: &[f32], sums: &mut [f32]) {
        let n_chunks = sums.len() / LANES;
        let (values, _) = values.as_chunks::<LANES>();
        for (column, sums) in sums.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let mut lanes = [0.0_f32; LANES];
            let mut at = column;
            while at < values.len() {
                for lane in 0..LANES {
                    lanes[lane] += values[at][lane];
                }
                at += n_chunks;
            }
            *sums = lanes;
        }
    }
}
