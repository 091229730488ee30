//! Batch losses and their gradient at the network's outputs.

use retort_domain::Task;

/// Mean loss of a batch, and its gradient with respect to `outputs`
/// (`[n_rows, n_outputs]`) into `grad` of the same shape.
pub(crate) fn loss_and_gradient(
    task: Task,
    outputs: &[f32],
    y: &[f32],
    class_weights: Option<&[f32]>,
    grad: &mut [f32],
) -> f32 {
    match task {
        Task::Classification => cross_entropy(outputs, y, class_weights, grad),
        Task::Regression => squared_error(outputs, y, grad),
    }
}

fn squared_error(outputs: &[f32], y: &[f32], grad: &mut [f32]) -> f32 {
    let n_rows = y.len() as f32;
    let mut sum = 0.0_f64;
    for ((&output, &y), grad) in outputs.iter().zip(y).zip(grad) {
        let residual = output - y;
        sum += f64::from(residual) * f64::from(residual);
        *grad = 2.0 * residual / n_rows;
    }
    (sum / f64::from(n_rows)) as f32
}

/// `torch.nn.CrossEntropyLoss(weight=class_weights)`: the weighted mean of the
/// rows' negative log-likelihoods.
fn cross_entropy(logits: &[f32], y: &[f32], class_weights: Option<&[f32]>, grad: &mut [f32]) -> f32 {
    let n_classes = logits.len() / y.len().max(1);
    let weight_of = |class: f32| class_weights.map_or(1.0, |w| w[class as usize]);
    let weight_sum: f32 = y.iter().map(|&class| weight_of(class)).sum();
    let mut sum = 0.0_f64;
    for ((logits, &class), grad) in
        logits.chunks_exact(n_classes).zip(y).zip(grad.chunks_exact_mut(n_classes))
    {
        let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut exp_sum = 0.0_f64;
        for (grad, &logit) in grad.iter_mut().zip(logits) {
            *grad = (logit - max).exp();
            exp_sum += f64::from(*grad);
        }
        let weight = weight_of(class);
        let class = class as usize;
        sum += f64::from(weight) * (exp_sum.ln() + f64::from(max) - f64::from(logits[class]));
        let share = weight / weight_sum;
        let scale = share / exp_sum as f32;
        for grad in grad.iter_mut() {
            *grad *= scale;
        }
        grad[class] -= share;
    }
    (sum / f64::from(weight_sum)) as f32
}
