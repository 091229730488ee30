//! Batch losses and their gradient at the network's outputs.

use super::functions::exp;
use super::{LANES, vectorized};
use retort_domain::Task;

/// The product of that many rows' sums stays far below the largest f64.
const LARGEST_PRODUCT: f64 = 1e200;

/// A trial's outputs and what they should have been.
pub(crate) struct Outputs<'a> {
    /// `[n_rows, width]`, of which the first `n_outputs` columns count: last
    /// products of the network; replaced by the gradient at the outputs, 0 in
    /// the columns that do not count.
    pub values: &'a mut [f32],
    pub n_outputs: usize,
    /// `[width]`, to be added to every row first.
    pub bias: &'a [f32],
    /// Class indices, or targets, `[n_rows]`.
    pub y: &'a [f32],
    pub class_weights: Option<&'a [f32]>,
}

/// Mean loss of a batch. `scratch` is memory to be used again.
pub(crate) fn loss_into_gradient(task: Task, outputs: Outputs<'_>, scratch: &mut Vec<f32>) -> f32 {
    match task {
        Task::Classification => cross_entropy(outputs, scratch),
        Task::Regression => squared_error(outputs),
    }
}

fn squared_error(Outputs { values, bias, y, .. }: Outputs<'_>) -> f32 {
    let n_rows = y.len() as f32;
    let mut sum = 0.0_f64;
    for (row, &y) in values.chunks_exact_mut(bias.len()).zip(y) {
        let residual = row[0] + bias[0] - y;
        sum += f64::from(residual) * f64::from(residual);
        row.fill(0.0);
        row[0] = 2.0 * residual / n_rows;
    }
    (sum / f64::from(n_rows)) as f32
}

/// `torch.nn.CrossEntropyLoss(weight=class_weights)`: the weighted mean of the
/// rows' negative log-likelihoods. Each pass does one thing to all rows, so
/// that the processor works on several at a time.
fn cross_entropy(outputs: Outputs<'_>, scratch: &mut Vec<f32>) -> f32 {
    let Outputs { values, n_outputs, bias, y, class_weights } = outputs;
    let width = bias.len();
    scratch.resize(y.len(), 0.0);
    add_bias_and_find_largest(values, n_outputs, bias, scratch);
    let weight_of = |class: f32| class_weights.map_or(1.0, |weights| weights[class as usize]);
    let mut sum = 0.0_f64;
    for ((row, &largest), &class) in values.chunks_exact(width).zip(&*scratch).zip(y) {
        sum += f64::from(weight_of(class)) * (f64::from(largest) - f64::from(row[class as usize]));
    }
    exponentials(values, width, scratch);
    row_sums(values, width, scratch);
    sum += match class_weights {
        Some(_) => {
            let log = |(&sum, &class): (&f32, &f32)| f64::from(weight_of(class)) * f64::from(sum).ln();
            scratch.iter().zip(y).map(log).sum::<f64>()
        }
        None => sum_of_logarithms(scratch),
    };
    let weight_sum: f32 = y.iter().map(|&class| weight_of(class)).sum();
    for (factor, &class) in scratch.iter_mut().zip(y) {
        *factor = weight_of(class) / weight_sum / *factor;
    }
    scale_rows(values, width, scratch);
    for (row, &class) in values.chunks_exact_mut(width).zip(y) {
        row[class as usize] -= weight_of(class) / weight_sum;
    }
    (sum / f64::from(weight_sum)) as f32
}

/// ln of products instead of a logarithm each.
fn sum_of_logarithms(values: &[f32]) -> f64 {
    let (mut sum, mut product) = (0.0, 1.0_f64);
    for &value in values {
        product *= f64::from(value);
        if product > LARGEST_PRODUCT {
            sum += product.ln();
            product = 1.0;
        }
    }
    sum + product.ln()
}

vectorized! {
    /// Columns from `n_outputs` on become negative infinity.
    pub(super) fn add_bias_and_find_largest(values: &mut [f32], n_outputs: usize, bias: &[f32], largest: &mut [f32]) {
        let width = bias.len();
        let mut padding = [0.0; LANES];
        padding[LANES - (width - n_outputs)..].fill(f32::NEG_INFINITY);
        let (bias, _) = bias.as_chunks::<LANES>();
        for (row, largest) in values.chunks_exact_mut(width).zip(largest) {
            let (row, _) = row.as_chunks_mut::<LANES>();
            let mut lanes = [f32::NEG_INFINITY; LANES];
            for (chunk, bias) in row.iter_mut().zip(bias) {
                for lane in 0..LANES {
                    chunk[lane] += bias[lane];
                }
            }
            if let Some(last) = row.last_mut() {
                for lane in 0..LANES {
                    last[lane] += padding[lane];
                }
            }
            for chunk in row {
                for lane in 0..LANES {
                    lanes[lane] = if chunk[lane] > lanes[lane] { chunk[lane] } else { lanes[lane] };
                }
            }
            *largest = folded(lanes, |a, b| if a > b { a } else { b });
        }
    }
}

vectorized! {
    /// e^(value - largest of its row), in place.
    pub(super) fn exponentials(values: &mut [f32], width: usize, largest: &[f32]) {
        for (row, &largest) in values.chunks_exact_mut(width).zip(largest) {
            for chunk in row.as_chunks_mut::<LANES>().0 {
                for value in chunk {
                    *value = exp::<FUSED>(*value - largest);
                }
            }
        }
    }
}

vectorized! {
    fn row_sums(values: &[f32], width: usize, sums: &mut [f32]) {
        for (row, sum) in values.chunks_exact(width).zip(sums) {
            let mut lanes = [0.0_f32; LANES];
            for chunk in row.as_chunks::<LANES>().0 {
                for lane in 0..LANES {
                    lanes[lane] += chunk[lane];
                }
            }
            *sum = folded(lanes, |a, b| a + b);
        }
    }
}

vectorized! {
    fn scale_rows(values: &mut [f32], width: usize, factors: &[f32]) {
        for (row, &factor) in values.chunks_exact_mut(width).zip(factors) {
            for chunk in row.as_chunks_mut::<LANES>().0 {
                for value in chunk {
                    *value *= factor;
                }
            }
        }
    }
}

/// Halves onto halves, the order in which vector instructions do it fastest.
#[inline(always)]
fn folded(lanes: [f32; LANES], combine: impl Fn(f32, f32) -> f32) -> f32 {
    let (mut eight, mut four) = ([0.0; 8], [0.0; 4]);
    for lane in 0..8 {
        eight[lane] = combine(lanes[lane], lanes[lane + 8]);
    }
    for lane in 0..4 {
        four[lane] = combine(eight[lane], eight[lane + 4]);
    }
    combine(combine(four[0], four[2]), combine(four[1], four[3]))
}
