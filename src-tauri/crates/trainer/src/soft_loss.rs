//! What distillation adds to a loss: value and gradient in closed form, in f64.
//! Backends compute the same in their own way and are held against this and
//! against PyTorch's own functions (`tests/distillation` of the checkout).
//!
//! With the outputs s, the teacher's t and n rows in the batch, a row with a
//! target costs `(1 - α)·hard + α·soft`, a row without one `soft`, and the batch
//! their mean. With class weights the hard part is the weighted mean of the rows
//! with a target, times their share of the batch.

use retort_domain::{Distillation, DistillationLoss};

/// A batch of a classification or of a regression.
#[derive(Debug, Clone, Copy)]
pub struct SoftBatch<'a> {
    /// `[n_rows, n_outputs]`
    pub outputs: &'a [f64],
    /// `[n_rows, n_outputs]`
    pub teacher: &'a [f64],
    /// `[n_rows]`: class index, or the standardised target; NaN for none.
    pub y: &'a [f64],
    /// 1 for a regression.
    pub n_outputs: usize,
    /// One a class.
    pub class_weights: Option<&'a [f64]>,
}

/// The batch's loss and its gradient at the outputs, `[n_rows, n_outputs]`.
/// Without `distillation`, the loss on the targets alone.
pub fn loss_and_gradient(distillation: Option<&Distillation>, batch: SoftBatch<'_>) -> (f64, Vec<f64>) {
    let n_rows = batch.y.len() as f64;
    let alpha = distillation.map_or(0.0, |d| d.alpha);
    let weight_of = |&y: &f64| match batch.class_weights {
        _ if y.is_nan() => 0.0,
        Some(weights) => weights[y as usize],
        None => 1.0,
    };
    let weight_sum: f64 = batch.y.iter().map(weight_of).sum();
    let n_labelled = batch.y.iter().filter(|y| !y.is_nan()).count() as f64;
    let mut loss = 0.0;
    let mut gradient = Vec::with_capacity(batch.outputs.len());
    let rows = batch.outputs.chunks(batch.n_outputs).zip(batch.teacher.chunks(batch.n_outputs));
    for ((s, t), &y) in rows.zip(batch.y) {
        let mut of_row = vec![0.0; s.len()];
        if !y.is_nan() {
            let weight = (1.0 - alpha) * weight_of(&y) / weight_sum * n_labelled / n_rows;
            loss += weight * hard(distillation, s, y, weight, &mut of_row);
        }
        if let Some(distillation) = distillation {
            let weight = if y.is_nan() { 1.0 } else { alpha } / n_rows;
            loss += weight * soft(distillation, s, t, y, weight, &mut of_row);
        }
        gradient.extend(of_row);
    }
    (loss, gradient)
}

/// Cross-entropy, or the squared residual; adds its weighted gradient.
fn hard(distillation: Option<&Distillation>, s: &[f64], y: f64, weight: f64, gradient: &mut [f64]) -> f64 {
    let is_for_classes = distillation.map_or(s.len() > 1, |d| d.loss.is_for_classes());
    if !is_for_classes {
        gradient[0] += weight * 2.0 * (s[0] - y);
        return (s[0] - y).powi(2);
    }
    let q = log_softmax(s, 1.0);
    for (class, (gradient, log_q)) in gradient.iter_mut().zip(&q).enumerate() {
        *gradient += weight * (log_q.exp() - f64::from(u8::from(class == y as usize)));
    }
    -q[y as usize]
}

fn soft(distillation: &Distillation, s: &[f64], t: &[f64], y: f64, weight: f64, gradient: &mut [f64]) -> f64 {
    let temperature = distillation.temperature;
    match distillation.loss {
        DistillationLoss::Hinton => {
            let (p, q) = (log_softmax(t, temperature), log_softmax(s, temperature));
            for (gradient, (p, q)) in gradient.iter_mut().zip(p.iter().zip(&q)) {
                *gradient += weight * temperature * (q.exp() - p.exp());
            }
            temperature.powi(2) * divergence(&p, &q)
        }
        DistillationLoss::Decoupled { beta } => {
            let class = if y.is_nan() { first_largest(t) } else { y as usize };
            let (target_p, p) = split(t, class, temperature);
            let (target_q, q) = split(s, class, temperature);
            let difference = target_q[0].exp() - target_p[0].exp();
            for (k, gradient) in gradient.iter_mut().enumerate() {
                let (p, q) = (p[k].exp(), q[k].exp());
                let target = f64::from(u8::from(k == class));
                *gradient += weight * temperature * (difference * (target - q) + beta * (q - p));
            }
            let others = |logs: &[f64]| [&logs[..class], &logs[class + 1..]].concat();
            temperature.powi(2)
                * (divergence(&target_p, &target_q) + beta * divergence(&others(&p), &others(&q)))
        }
        DistillationLoss::LogitMatching => {
            let n = s.len() as f64;
            let shift = (s.iter().sum::<f64>() - t.iter().sum::<f64>()) / n;
            let mut sum = 0.0;
            for (gradient, (s, t)) in gradient.iter_mut().zip(s.iter().zip(t)) {
                let d = s - t - shift;
                *gradient += weight * 2.0 / n * d;
                sum += d * d;
            }
            sum / n
        }
        DistillationLoss::Mse => {
            gradient[0] += weight * 2.0 * (s[0] - t[0]);
            (s[0] - t[0]).powi(2)
        }
        DistillationLoss::TeacherBounded { margin } => {
            // Without a target the teacher's word is the target.
            let y = if y.is_nan() { t[0] } else { y };
            let residual = s[0] - y;
            if residual.powi(2) + margin <= (t[0] - y).powi(2) {
                return 0.0;
            }
            gradient[0] += weight * 2.0 * residual;
            residual.powi(2)
        }
    }
}

/// The class predicted: the first of the largest.
fn first_largest(logits: &[f64]) -> usize {
    (1..logits.len()).fold(0, |best, k| if logits[k] > logits[best] { k } else { best })
}

fn log_softmax(logits: &[f64], temperature: f64) -> Vec<f64> {
    let scaled: Vec<f64> = logits.iter().map(|l| l / temperature).collect();
    let largest = scaled.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = scaled.iter().map(|l| (l - largest).exp()).sum();
    scaled.iter().map(|l| l - largest - sum.ln()).collect()
}

/// Logarithms of the target's probability and of what is missing to 1, and of the
/// others' among themselves (negative infinity at the target).
fn split(logits: &[f64], class: usize, temperature: f64) -> ([f64; 2], Vec<f64>) {
    let all = log_softmax(logits, temperature);
    let mut others = logits.to_vec();
    others[class] = f64::NEG_INFINITY;
    let others = log_softmax(&others, temperature);
    // ln(1 - q) without cancellation, from any of the others.
    let any = usize::from(class == 0);
    let rest = all[any] - others[any];
    ([all[class], rest], others)
}

/// `Σ p·(ln p - ln q)` of logarithms.
fn divergence(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| p.exp() * (p - q)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: [f64; 8] = [0.3, -1.2, 2.0, 0.5, -0.7, 0.1, 1.4, -2.2];
    const T: [f64; 8] = [1.1, 0.2, -0.4, 2.3, 0.6, -1.0, 0.9, 0.0];

    fn batch<'a>(outputs: &'a [f64], y: &'a [f64]) -> SoftBatch<'a> {
        SoftBatch { outputs, teacher: &T, y, n_outputs: 8 / y.len(), class_weights: None }
    }

    /// By central differences of the value.
    #[test]
    fn gradients_are_the_values_own() {
        let losses = [
            (DistillationLoss::Hinton, vec![1.0, f64::NAN]),
            (DistillationLoss::Decoupled { beta: 3.0 }, vec![1.0, f64::NAN]),
            (DistillationLoss::LogitMatching, vec![1.0, f64::NAN]),
            (DistillationLoss::Mse, vec![0.1, f64::NAN, 0.4, 2.0, -1.0, 0.3, f64::NAN, 0.0]),
            (
                DistillationLoss::TeacherBounded { margin: 0.1 },
                vec![0.1, f64::NAN, 0.4, 2.0, -1.0, 0.3, f64::NAN, 0.0],
            ),
        ];
        for (loss, y) in losses {
            let distillation = Distillation { loss, alpha: 0.7, temperature: 2.5 };
            let (_, gradient) = loss_and_gradient(Some(&distillation), batch(&S, &y));
            for k in 0..8 {
                let at = |step: f64| {
                    let mut moved = S;
                    moved[k] += step;
                    loss_and_gradient(Some(&distillation), batch(&moved, &y)).0
                };
                let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((slope - gradient[k]).abs() < 1e-8, "{loss:?} {k}: {slope} {}", gradient[k]);
            }
        }
    }

    /// `KL = TCKD + (1 - p_target)·NCKD` (equation 7 of the paper).
    #[test]
    fn the_decoupled_parts_add_up_to_hintons() {
        let y = [2.0];
        let one = |loss| {
            let distillation = Distillation { loss, alpha: 1.0, temperature: 1.5 };
            loss_and_gradient(Some(&distillation), batch(&S, &y)).0
        };
        let p = log_softmax(&T, 1.5)[2].exp();
        let decoupled = one(DistillationLoss::Decoupled { beta: 1.0 - p });
        assert!((one(DistillationLoss::Hinton) - decoupled).abs() < 1e-12);
    }

    #[test]
    fn a_student_that_says_what_its_teacher_says_learns_nothing_more() {
        for loss in [
            DistillationLoss::Hinton,
            DistillationLoss::Decoupled { beta: 8.0 },
            DistillationLoss::LogitMatching,
        ] {
            let distillation = Distillation { loss, alpha: 1.0, temperature: 4.0 };
            let (value, gradient) = loss_and_gradient(Some(&distillation), batch(&T, &[0.0]));
            assert!(value.abs() < 1e-14 && gradient.iter().all(|g| g.abs() < 1e-14), "{loss:?}");
        }
    }
}
