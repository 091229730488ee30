//! Batch losses and their gradient at the network's outputs.

use super::functions::exp;
use super::{LANES, mul_add, vectorized};
use retort_domain::Task;

/// The product of that many rows' sums stays far below the largest f64.
const LARGEST_PRODUCT: f64 = 1e200;

/// Mean loss of a batch. `outputs` (`[n_rows, width]`, of which the first
/// `n_outputs` columns count) become its gradient, 0 in the other columns.
pub(crate) fn loss_into_gradient(
    task: Task,
    outputs: &mut [f32],
    n_outputs: usize,
    y: &[f32],
    class_weights: Option<&[f32]>,
) -> f32 {
    let width = outputs.len() / y.len().max(1);
    match task {
        Task::Classification => cross_entropy(outputs, width, n_outputs, y, class_weights),
        Task::Regression => squared_error(outputs, width, y),
    }
}

fn squared_error(outputs: &mut [f32], width: usize, y: &[f32]) -> f32 {
    let n_rows = y.len() as f32;
    let mut sum = 0.0_f64;
    for (row, &y) in outputs.chunks_exact_mut(width).zip(y) {
        let residual = row[0] - y;
        sum += f64::from(residual) * f64::from(residual);
        row.fill(0.0);
        row[0] = 2.0 * residual / n_rows;
    }
    (sum / f64::from(n_rows)) as f32
}

vectorized! {
    /// `torch.nn.CrossEntropyLoss(weight=class_weights)`: the weighted mean of
    /// the rows' negative log-likelihoods.
    fn cross_entropy(
        outputs: &mut [f32],
        width: usize,
        n_classes: usize,
        y: &[f32],
        class_weights: Option<&[f32]>,
    ) -> f32 {
        let weight_sum: f32 = match class_weights {
            Some(weights) => y.iter().map(|&class| weights[class as usize]).sum(),
            None => y.len() as f32,
        };
        let mut sum = 0.0_f64;
        // ln of a product instead of a sum of logarithms, where no weight
        // stands between them.
        let mut product = 1.0_f64;
        for (row, &class) in outputs.chunks_exact_mut(width).zip(y) {
            let class = class as usize;
            let own = row[class];
            row[n_classes..].fill(f32::NEG_INFINITY);
            let max = largest(row);
            let exp_sum = exp_in_place::<FUSED>(row, max);
            let above = f64::from(max) - f64::from(own);
            let share = match class_weights {
                Some(weights) => {
                    let weight = weights[class];
                    sum += f64::from(weight) * (f64::from(exp_sum).ln() + above);
                    weight / weight_sum
                }
                None => {
                    sum += above;
                    product *= f64::from(exp_sum);
                    if product > LARGEST_PRODUCT {
                        sum += product.ln();
                        product = 1.0;
                    }
                    1.0 / weight_sum
                }
            };
            let scale = share / exp_sum;
            for value in row.iter_mut() {
                *value *= scale;
            }
            row[class] -= share;
        }
        ((sum + product.ln()) / f64::from(weight_sum)) as f32
    }
}

#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in row.chunks_exact(LANES) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    folded(lanes, |a, b| if a > b { a } else { b })
}

/// e^(value - max) in place; returns their sum.
#[inline(always)]
fn exp_in_place<const FUSED: bool>(row: &mut [f32], max: f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for chunk in row.chunks_exact_mut(LANES) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *value = exp::<FUSED>(mul_add::<FUSED>(-1.0, max, *value));
            *lane += *value;
        }
    }
    folded(lanes, |a, b| a + b)
}

/// Halves onto halves, the order in which vector instructions do it fastest.
#[inline(always)]
fn folded(mut lanes: [f32; LANES], combine: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = combine(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}
