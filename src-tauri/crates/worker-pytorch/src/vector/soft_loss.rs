//! Batch losses of distilled trials and their gradient at the outputs, as
//! `retort_trainer::soft_loss` defines them. Gradients are made in passes over
//! all rows; the loss itself, which nobody trains on, is summed in f64.

use super::functions::exp;
use super::loss::{Outputs, add_bias_and_find_largest, exponentials};
use super::{LANES, vectorized};
use retort_domain::{Distillation, DistillationLoss, Task};

/// What a teacher says of a batch.
pub(crate) struct Soft<'a> {
    pub distillation: &'a Distillation,
    /// `[n_rows, n_outputs]`
    pub teacher: &'a [f32],
}

/// Memory to be used again.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    largest: Vec<f32>,
    /// `[n_rows, width]` each: exponentials of the logits, and what the soft
    /// loss makes of student and teacher.
    hard: Vec<f32>,
    student: Vec<f32>,
    teacher: Vec<f32>,
    /// By which each row of the three is multiplied in the gradient.
    factors: Vec<[f32; 3]>,
}

/// Mean loss of a batch, its gradient left in the outputs.
pub(crate) fn soft_loss_into_gradient(
    task: Task,
    outputs: Outputs<'_>,
    soft: Soft<'_>,
    scratch: &mut Scratch,
) -> f32 {
    match task {
        Task::Classification => classes(outputs, soft, scratch),
        Task::Regression => numbers(outputs, &soft),
    }
}

fn numbers(Outputs { values, bias, y, .. }: Outputs<'_>, soft: &Soft<'_>) -> f32 {
    let Distillation { loss, alpha, .. } = *soft.distillation;
    let n_rows = y.len() as f64;
    let mut sum = 0.0;
    for ((row, &y), &t) in values.chunks_exact_mut(bias.len()).zip(y).zip(soft.teacher) {
        let (output, t) = (f64::from(row[0] + bias[0]), f64::from(t));
        // Without a target the teacher's word is the target.
        let y = if y.is_nan() { t } else { f64::from(y) };
        let residual = output - y;
        let (value, slope) = match loss {
            DistillationLoss::TeacherBounded { margin }
                if residual * residual + margin <= (t - y) * (t - y) =>
            {
                (0.0, 0.0)
            }
            DistillationLoss::TeacherBounded { .. } => (residual * residual, residual),
            DistillationLoss::Hinton
            | DistillationLoss::Decoupled { .. }
            | DistillationLoss::LogitMatching
            | DistillationLoss::Mse => ((output - t) * (output - t), output - t),
        };
        sum += (1.0 - alpha) * residual * residual + alpha * value;
        row.fill(0.0);
        row[0] = (2.0 * ((1.0 - alpha) * residual + alpha * slope) / n_rows) as f32;
    }
    (sum / n_rows) as f32
}

/// A row's label and what its two losses weigh.
#[derive(Debug, Clone, Copy)]
struct Weights {
    class: Option<usize>,
    hard: f64,
    soft: f64,
}

fn classes(outputs: Outputs<'_>, soft: Soft<'_>, scratch: &mut Scratch) -> f32 {
    let Outputs { values, n_outputs, bias, y, class_weights } = outputs;
    let width = bias.len();
    let weight_of = weights(y, class_weights, soft.distillation.alpha);
    scratch.largest.resize(y.len(), 0.0);
    add_bias_and_find_largest(values, n_outputs, bias, &mut scratch.largest);
    for buffer in [&mut scratch.hard, &mut scratch.student, &mut scratch.teacher] {
        buffer.clear();
        buffer.extend_from_slice(values);
    }
    exponentials(&mut scratch.hard, width, &scratch.largest);
    for (own, teacher) in scratch.teacher.chunks_exact_mut(width).zip(soft.teacher.chunks_exact(n_outputs)) {
        own[..n_outputs].copy_from_slice(teacher);
    }
    scratch.factors.clear();

    let mut loss = 0.0;
    let mut at_class = Vec::new();
    for (index, &y) in y.iter().enumerate() {
        let own = index * width..(index + 1) * width;
        let weights = weight_of(y);
        let hard_sum = sum(&scratch.hard[own.clone()][..n_outputs]);
        if let Some(class) = weights.class {
            let largest = f64::from(scratch.largest[index]);
            let logit = f64::from(values[own.clone()][class]);
            loss += weights.hard * (hard_sum.ln() + largest - logit);
        }
        let row = Row {
            student: &mut scratch.student[own.clone()],
            teacher: &mut scratch.teacher[own],
            n_outputs,
            class: weights.class,
        };
        let SoftRow { value, student, teacher, target } = match soft.distillation.loss {
            DistillationLoss::Decoupled { beta } => decoupled(row, soft.distillation.temperature, beta),
            DistillationLoss::LogitMatching => matched(row),
            DistillationLoss::Hinton | DistillationLoss::Mse | DistillationLoss::TeacherBounded { .. } => {
                hinton(row, soft.distillation.temperature)
            }
        };
        loss += weights.soft * value;
        scratch.factors.push([
            (weights.hard / hard_sum) as f32,
            (weights.soft * student) as f32,
            (weights.soft * teacher) as f32,
        ]);
        at_class.push((target.map(|(class, slope)| (class, (weights.soft * slope) as f32)), weights));
    }
    combine(values, width, &scratch.hard, &scratch.student, &scratch.teacher, &scratch.factors);
    for (row, (target, weights)) in values.chunks_exact_mut(width).zip(at_class) {
        if let Some((class, slope)) = target {
            row[class] += slope;
        }
        if let Some(class) = weights.class {
            row[class] -= weights.hard as f32;
        }
    }
    loss as f32
}

/// The weights of a row by its target.
fn weights<'a>(y: &[f32], class_weights: Option<&'a [f32]>, alpha: f64) -> impl Fn(f32) -> Weights + 'a {
    let weight_of = move |class: usize| class_weights.map_or(1.0, |w| f64::from(w[class]));
    let labelled = || y.iter().filter(|y| !y.is_nan());
    let n_rows = y.len() as f64;
    let share = labelled().count() as f64 / n_rows;
    let weight_sum: f64 = labelled().map(|&y| weight_of(y as usize)).sum();
    move |y| {
        if y.is_nan() {
            return Weights { class: None, hard: 0.0, soft: 1.0 / n_rows };
        }
        let class = y as usize;
        let hard = (1.0 - alpha) * weight_of(class) / weight_sum * share;
        Weights { class: Some(class), hard, soft: alpha / n_rows }
    }
}

/// A row's logits, padded; replaced by what the gradient is made of.
struct Row<'a> {
    student: &'a mut [f32],
    teacher: &'a mut [f32],
    n_outputs: usize,
    class: Option<usize>,
}

/// Value of a row's soft loss, and its gradient: what is left of the student
/// times a factor less what is left of the teacher times another, and a slope at
/// one class.
struct SoftRow {
    value: f64,
    student: f64,
    teacher: f64,
    target: Option<(usize, f64)>,
}

fn hinton(row: Row<'_>, temperature: f64) -> SoftRow {
    let Row { student, teacher, n_outputs, .. } = row;
    let Divergence { value, student, teacher, .. } = divergence(student, teacher, n_outputs, temperature);
    SoftRow {
        value: temperature * temperature * value,
        student: temperature / student,
        teacher: temperature / teacher,
        target: None,
    }
}

fn decoupled(row: Row<'_>, temperature: f64, beta: f64) -> SoftRow {
    let Row { student, teacher, n_outputs, class } = row;
    let class = class.unwrap_or_else(|| first_largest(&teacher[..n_outputs]));
    let logits = [student[class], teacher[class]].map(|logit| f64::from(logit) / temperature);
    (student[class], teacher[class]) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    let others = divergence(student, teacher, n_outputs, temperature);
    // Of target against others: how far the others' logarithm lies above.
    let [q, p] = [0, 1].map(|i| others.logarithms[i] - logits[i]);
    let (target_q, target_p) = (logistic(-q), logistic(-p));
    let value = target_p * (softplus(q) - softplus(p)) + logistic(p) * (softplus(-q) - softplus(-p));
    let difference = target_q - target_p;
    SoftRow {
        value: temperature * temperature * (value + beta * others.value),
        student: temperature * (beta - difference) / others.student,
        teacher: temperature * beta / others.teacher,
        target: Some((class, temperature * difference)),
    }
}

fn matched(row: Row<'_>) -> SoftRow {
    let Row { student, teacher, n_outputs, .. } = row;
    let n = n_outputs as f64;
    let shift = (sum(&student[..n_outputs]) - sum(&teacher[..n_outputs])) / n;
    let mut squares = 0.0;
    for (s, t) in student[..n_outputs].iter_mut().zip(&teacher[..n_outputs]) {
        let d = f64::from(*s) - f64::from(*t) - shift;
        squares += d * d;
        *s = d as f32;
    }
    student[n_outputs..].fill(0.0);
    teacher.fill(0.0);
    SoftRow { value: squares / n, student: 2.0 / n, teacher: 0.0, target: None }
}

/// Of two softened distributions.
struct Divergence {
    /// `Σ p·(ln p - ln q)`
    value: f64,
    /// Sums of what is left in place of the logits.
    student: f64,
    teacher: f64,
    /// Logarithms of the sums of exponentials of the softened logits.
    logarithms: [f64; 2],
}

/// Replaces the logits by `e^((logit - largest) / temperature)`. Logits of
/// negative infinity are left out.
fn divergence(student: &mut [f32], teacher: &mut [f32], n_outputs: usize, temperature: f64) -> Divergence {
    let largest = |logits: &[f32]| logits[..n_outputs].iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (top_s, top_t) = (largest(student), largest(teacher));
    // Differences of logits are needed after the logits are gone.
    let mut gaps = [0.0_f64; 64];
    let mut all_gaps = Vec::new();
    let gaps: &mut [f64] = match gaps.get_mut(..n_outputs) {
        Some(gaps) => gaps,
        None => {
            all_gaps.resize(n_outputs, 0.0);
            &mut all_gaps
        }
    };
    for (gap, (s, t)) in gaps.iter_mut().zip(student.iter().zip(&*teacher)) {
        *gap = f64::from(*t) - f64::from(*s);
    }
    soften(student, top_s, (1.0 / temperature) as f32);
    soften(teacher, top_t, (1.0 / temperature) as f32);
    let (sum_s, sum_t) = (sum(&student[..n_outputs]), sum(&teacher[..n_outputs]));
    let mut mean_gap = 0.0;
    for (gap, &p) in gaps.iter().zip(&*teacher) {
        if p > 0.0 {
            mean_gap += f64::from(p) * gap;
        }
    }
    let logarithms =
        [f64::from(top_s) / temperature + sum_s.ln(), f64::from(top_t) / temperature + sum_t.ln()];
    let value = mean_gap / sum_t / temperature - logarithms[1] + logarithms[0];
    Divergence { value, student: sum_s, teacher: sum_t, logarithms }
}

fn sum(values: &[f32]) -> f64 {
    values.iter().copied().map(f64::from).sum()
}

fn first_largest(logits: &[f32]) -> usize {
    (1..logits.len()).fold(0, |best, k| if logits[k] > logits[best] { k } else { best })
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// ln(1 + e^x)
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

vectorized! {
    /// e^((value - largest) · factor), in place; padding becomes 0.
    fn soften(values: &mut [f32], largest: f32, factor: f32) {
        for chunk in values.as_chunks_mut::<LANES>().0 {
            for value in chunk {
                *value = exp::<FUSED>((*value - largest) * factor);
            }
        }
    }
}

vectorized! {
    /// Each row's gradient, from hard, student and teacher times their factors.
    fn combine(
        values: &mut [f32],
        width: usize,
        hard: &[f32],
        student: &[f32],
        teacher: &[f32],
        factors: &[[f32; 3]],
    ) {
        let rows = hard.chunks_exact(width).zip(student.chunks_exact(width)).zip(teacher.chunks_exact(width));
        for ((row, ((hard, student), teacher)), &[a, b, c]) in
            values.chunks_exact_mut(width).zip(rows).zip(factors)
        {
            let (row, _) = row.as_chunks_mut::<LANES>();
            let others = hard.as_chunks::<LANES>().0.iter().zip(student.as_chunks::<LANES>().0);
            let others = others.zip(teacher.as_chunks::<LANES>().0);
            for (row, ((hard, student), teacher)) in row.iter_mut().zip(others) {
                for lane in 0..LANES {
                    row[lane] = a * hard[lane] + (b * student[lane] - c * teacher[lane]);
                }
            }
        }
    }
}
