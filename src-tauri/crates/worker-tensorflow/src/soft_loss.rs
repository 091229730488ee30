//! Losses of groups with distilled trials and their gradients by the outputs, as
//! `retort_trainer::soft_loss` defines them. A trial without a teacher has the
//! weight 0 for what a teacher adds.

use crate::loss::by_class;
use crate::network::{Batch, Features};
use crate::nodes::{Attribute, Nodes};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Distillation, DistillationLoss, Task};
use tensorflow::{DataType, Output, Status};

/// Far below every logit: its exponential is 0.
const NEVER: f64 = -1e30;

/// Which soft loss a graph computes; numbers are fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoftLoss {
    Hinton,
    Decoupled,
    LogitMatching,
    Mse,
    TeacherBounded,
}

impl SoftLoss {
    /// Of these settings.
    pub fn of(distillation: &Distillation) -> Self {
        match distillation.loss {
            DistillationLoss::Hinton => Self::Hinton,
            DistillationLoss::Decoupled { .. } => Self::Decoupled,
            DistillationLoss::LogitMatching => Self::LogitMatching,
            DistillationLoss::Mse => Self::Mse,
            DistillationLoss::TeacherBounded { .. } => Self::TeacherBounded,
        }
    }
}

/// Numbers of a trial's soft loss that are fed, in the order of [`Soft`].
pub const N_SETTINGS: usize = 3;

/// Those of one trial.
pub fn settings(distillation: Option<&Distillation>) -> [f32; N_SETTINGS] {
    let Some(Distillation { loss, alpha, temperature }) = distillation else { return [0.0, 1.0, 0.0] };
    let extra = match loss {
        DistillationLoss::Decoupled { beta } => *beta,
        DistillationLoss::TeacherBounded { margin } => *margin,
        DistillationLoss::Hinton | DistillationLoss::LogitMatching | DistillationLoss::Mse => 0.0,
    };
    [*alpha as f32, *temperature as f32, extra as f32]
}

/// What a teacher says of a batch, and how it counts; settings `[K, 1, 1]`.
pub struct Soft {
    pub loss: SoftLoss,
    pub alpha: Output,
    pub temperature: Output,
    /// Beta, or the margin.
    pub extra: Output,
    /// `[batch, n_outputs]` where rows are shared, else `[K, batch, n_outputs]`.
    pub teacher: Output,
}

/// Each trial's loss of the batch, `[K]`, and its gradient by the outputs,
/// `[K, n_outputs, batch]` like they.
pub fn soft_loss(
    nodes: &mut Nodes<'_>,
    spec: &ModelSpec,
    outputs: &Output,
    batch: &Batch,
    soft: &Soft,
) -> Result<(Output, Output), Status> {
    let order: &[i32] = if matches!(batch.x, Features::Shared(_)) { &[1, 0] } else { &[0, 2, 1] };
    let order = nodes.ints(order)?;
    // `[n_outputs, batch]`, or `[K, …]`.
    let teacher = nodes.binary("Transpose", &soft.teacher, &order)?;
    match spec.task {
        Task::Classification => classes(nodes, spec.n_outputs, outputs, batch, soft, &teacher),
        Task::Regression => numbers(nodes, outputs, batch, soft, &teacher),
    }
}

/// `1 - a`
fn rest(nodes: &mut Nodes<'_>, a: &Output) -> Result<Output, Status> {
    let one = nodes.float(1.0)?;
    nodes.binary("Sub", &one, a)
}

fn numbers(
    nodes: &mut Nodes<'_>,
    outputs: &Output,
    batch: &Batch,
    soft: &Soft,
    teacher: &Output,
) -> Result<(Output, Output), Status> {
    let axis = nodes.int(-2)?;
    // A row without a target has the teacher's word there.
    let targets = nodes.binary("ExpandDims", &batch.y, &axis)?;
    let residual = nodes.binary("Sub", outputs, &targets)?;
    let squares = nodes.unary("Square", &residual)?;
    let (value, slope) = if soft.loss == SoftLoss::TeacherBounded {
        let bound = nodes.binary("Sub", teacher, &targets)?;
        let bound = nodes.unary("Square", &bound)?;
        let with_margin = nodes.binary("AddV2", &squares, &soft.extra)?;
        let counts = nodes.binary("Greater", &with_margin, &bound)?;
        let counts = nodes.first("Cast", &[&counts], &[Attribute::Type("DstT", DataType::Float)])?;
        (nodes.binary("Mul", &squares, &counts)?, nodes.binary("Mul", &residual, &counts)?)
    } else {
        let difference = nodes.binary("Sub", outputs, teacher)?;
        (nodes.unary("Square", &difference)?, difference)
    };
    let hard = rest(nodes, &soft.alpha)?;
    let loss = weighted(nodes, [(&hard, &squares), (&soft.alpha, &value)])?;
    let gradient = weighted(nodes, [(&hard, &residual), (&soft.alpha, &slope)])?;
    let two = nodes.float(2.0)?;
    let scale = nodes.binary("Mul", &batch.inverse_rows, &two)?;
    Ok((nodes.reduce("Mean", &loss, &[1, 2])?, nodes.binary("Mul", &gradient, &scale)?))
}

/// `a·x + b·y`
fn weighted(nodes: &mut Nodes<'_>, terms: [(&Output, &Output); 2]) -> Result<Output, Status> {
    let [(a, x), (b, y)] = terms;
    let first = nodes.binary("Mul", a, x)?;
    let second = nodes.binary("Mul", b, y)?;
    nodes.binary("AddV2", &first, &second)
}

fn classes(
    nodes: &mut Nodes<'_>,
    n_classes: usize,
    logits: &Output,
    batch: &Batch,
    soft: &Soft,
    teacher: &Output,
) -> Result<(Output, Output), Status> {
    // 1 where the class is right, 0 throughout for a row without a target,
    // `[n_classes, batch]` or `[K, …]`.
    let right = one_hot(nodes, &batch.y, n_classes, batch)?;
    let whole = distribution(nodes, logits)?;
    let picked = nodes.binary("Mul", &whole.shifted, &right)?;
    let picked = by_class(nodes, "Sum", &picked)?;
    let log_total = nodes.unary("Log", &whole.total)?;
    let losses = nodes.binary("Sub", &log_total, &picked)?;
    let shares = nodes.binary("RealDiv", &whole.powers, &whole.total)?;
    let difference = nodes.binary("Sub", &shares, &right)?;

    let labelled = sum_of_classes(nodes, &right)?;
    let hard = hard_weights(nodes, n_classes, batch, &right, &labelled)?;
    let of_labels = rest(nodes, &soft.alpha)?;
    let hard = nodes.binary("Mul", &hard, &of_labels)?;
    // α, or 1 for a row without a target.
    let missing = rest(nodes, &labelled)?;
    let missing = nodes.binary("Mul", &of_labels, &missing)?;
    let soft_weights = nodes.binary("AddV2", &soft.alpha, &missing)?;
    let soft_weights = nodes.binary("Mul", &soft_weights, &batch.inverse_rows)?;

    let (value, slope) = match soft.loss {
        SoftLoss::Decoupled => {
            let target = target(nodes, n_classes, batch, &right, &labelled, teacher)?;
            decoupled(nodes, logits, teacher, soft, &target)?
        }
        SoftLoss::LogitMatching => matched(nodes, n_classes, logits, teacher)?,
        SoftLoss::Hinton | SoftLoss::Mse | SoftLoss::TeacherBounded => hinton(nodes, logits, teacher, soft)?,
    };
    let loss = weighted(nodes, [(&hard, &losses), (&soft_weights, &value)])?;
    let gradient = weighted(nodes, [(&hard, &difference), (&soft_weights, &slope)])?;
    Ok((nodes.reduce("Sum", &loss, &[1, 2])?, gradient))
}

fn one_hot(
    nodes: &mut Nodes<'_>,
    classes: &Output,
    n_classes: usize,
    batch: &Batch,
) -> Result<Output, Status> {
    let (depth, one, zero) = (nodes.int(n_classes as i32)?, nodes.float(1.0)?, nodes.float(0.0)?);
    let axis = if matches!(batch.x, Features::Shared(_)) { 0 } else { 1 };
    nodes.first("OneHot", &[classes, &depth, &one, &zero], &[Attribute::Int("axis", axis)])
}

/// `[1, batch]` or `[K, 1, batch]` of what has classes before rows.
fn sum_of_classes(nodes: &mut Nodes<'_>, a: &Output) -> Result<Output, Status> {
    let axis = nodes.int(-2)?;
    nodes.first("Sum", &[a, &axis], &[Attribute::Bool("keep_dims", true)])
}

/// What each row's cross-entropy weighs where labels alone count.
fn hard_weights(
    nodes: &mut Nodes<'_>,
    n_classes: usize,
    batch: &Batch,
    right: &Output,
    labelled: &Output,
) -> Result<Output, Status> {
    let Some(class_weights) = &batch.class_weights else {
        return nodes.binary("Mul", labelled, &batch.inverse_rows);
    };
    // `[K, 1, batch]`; a product with ones and zeros is exact.
    let line = nodes.reshape(class_weights, &[-1, 1, n_classes as i32])?;
    let weights = nodes.batch_matmul(&line, false, right, false)?;
    let whole = nodes.reduce_last("Sum", &weights)?;
    // A batch without any target weighs nothing.
    let least = nodes.float(f64::from(f32::MIN_POSITIVE))?;
    let whole = nodes.binary("Maximum", &whole, &least)?;
    let weights = nodes.binary("RealDiv", &weights, &whole)?;
    let share = nodes.reduce_last("Sum", labelled)?;
    let share = nodes.binary("Mul", &share, &batch.inverse_rows)?;
    nodes.binary("Mul", &weights, &share)
}

/// Softmax before its division.
struct Distribution {
    /// Less the largest.
    shifted: Output,
    powers: Output,
    /// `[K, 1, batch]`
    total: Output,
    largest: Output,
}

fn distribution(nodes: &mut Nodes<'_>, logits: &Output) -> Result<Distribution, Status> {
    let largest = by_class(nodes, "Max", logits)?;
    let shifted = nodes.binary("Sub", logits, &largest)?;
    let powers = nodes.unary("Exp", &shifted)?;
    let total = by_class(nodes, "Sum", &powers)?;
    Ok(Distribution { shifted, powers, total, largest })
}

/// Divergence of the first from the second by row, and the shares of both.
fn divergence(
    nodes: &mut Nodes<'_>,
    p: &Distribution,
    q: &Distribution,
) -> Result<(Output, [Output; 2]), Status> {
    let shares = [p, q].map(|d| nodes.binary("RealDiv", &d.powers, &d.total));
    let [of_p, of_q] = shares;
    let (of_p, of_q) = (of_p?, of_q?);
    let gap = nodes.binary("Sub", &p.shifted, &q.shifted)?;
    let gap = nodes.binary("Mul", &of_p, &gap)?;
    let gap = by_class(nodes, "Sum", &gap)?;
    let ratio = nodes.binary("RealDiv", &q.total, &p.total)?;
    let ratio = nodes.unary("Log", &ratio)?;
    Ok((nodes.binary("AddV2", &gap, &ratio)?, [of_p, of_q]))
}

fn softened(nodes: &mut Nodes<'_>, logits: &Output, soft: &Soft) -> Result<Output, Status> {
    nodes.binary("RealDiv", logits, &soft.temperature)
}

fn hinton(
    nodes: &mut Nodes<'_>,
    logits: &Output,
    teacher: &Output,
    soft: &Soft,
) -> Result<(Output, Output), Status> {
    let (s, t) = (softened(nodes, logits, soft)?, softened(nodes, teacher, soft)?);
    let (q, p) = (distribution(nodes, &s)?, distribution(nodes, &t)?);
    let (value, [p, q]) = divergence(nodes, &p, &q)?;
    let square = nodes.unary("Square", &soft.temperature)?;
    let slope = nodes.binary("Sub", &q, &p)?;
    Ok((nodes.binary("Mul", &value, &square)?, nodes.binary("Mul", &slope, &soft.temperature)?))
}

fn matched(
    nodes: &mut Nodes<'_>,
    n_classes: usize,
    logits: &Output,
    teacher: &Output,
) -> Result<(Output, Output), Status> {
    let difference = nodes.binary("Sub", logits, teacher)?;
    let mean = by_class(nodes, "Mean", &difference)?;
    let difference = nodes.binary("Sub", &difference, &mean)?;
    let squares = nodes.unary("Square", &difference)?;
    let scale = nodes.float(2.0 / n_classes as f64)?;
    Ok((by_class(nodes, "Mean", &squares)?, nodes.binary("Mul", &difference, &scale)?))
}

/// The right class, or the teacher's for a row without one; 1 there.
fn target(
    nodes: &mut Nodes<'_>,
    n_classes: usize,
    batch: &Batch,
    right: &Output,
    labelled: &Output,
    teacher: &Output,
) -> Result<Output, Status> {
    let axis = nodes.int(if matches!(batch.x, Features::Shared(_)) { 0 } else { 1 })?;
    let of_teacher =
        nodes.first("ArgMax", &[teacher, &axis], &[Attribute::Type("output_type", DataType::Int32)])?;
    let of_teacher = one_hot(nodes, &of_teacher, n_classes, batch)?;
    let missing = rest(nodes, labelled)?;
    let of_teacher = nodes.binary("Mul", &of_teacher, &missing)?;
    nodes.binary("AddV2", right, &of_teacher)
}

fn decoupled(
    nodes: &mut Nodes<'_>,
    logits: &Output,
    teacher: &Output,
    soft: &Soft,
    target: &Output,
) -> Result<(Output, Output), Status> {
    let never = nodes.float(NEVER)?;
    let masked = nodes.binary("Mul", target, &never)?;
    let mut others = Vec::new();
    let mut gaps = Vec::new();
    for logits in [teacher, logits] {
        let logits = softened(nodes, logits, soft)?;
        let rest = nodes.binary("AddV2", &logits, &masked)?;
        let rest = distribution(nodes, &rest)?;
        // How far the others' logarithm lies above the target's.
        let own = nodes.binary("Mul", &logits, target)?;
        let own = by_class(nodes, "Sum", &own)?;
        let logarithm = nodes.unary("Log", &rest.total)?;
        let logarithm = nodes.binary("AddV2", &logarithm, &rest.largest)?;
        gaps.push(nodes.binary("Sub", &logarithm, &own)?);
        others.push(Distribution {
            // The target's own is nobody's business here, and 0 times it is 0.
            shifted: {
                let kept = self::rest(nodes, target)?;
                nodes.binary("Mul", &rest.shifted, &kept)?
            },
            ..rest
        });
    }
    let (of_others, [p, q]) = divergence(nodes, &others[0], &others[1])?;
    let [p_gap, q_gap] = [&gaps[0], &gaps[1]];
    let (p_below, q_below) = (nodes.unary("Neg", p_gap)?, nodes.unary("Neg", q_gap)?);
    let (target_p, other_p) = (nodes.unary("Sigmoid", &p_below)?, nodes.unary("Sigmoid", p_gap)?);
    let target_q = nodes.unary("Sigmoid", &q_below)?;
    let mut of_gap = |q: &Output, p: &Output| {
        let (q, p) = (nodes.unary("Softplus", q)?, nodes.unary("Softplus", p)?);
        nodes.binary("Sub", &q, &p)
    };
    let (on_target, on_others) = (of_gap(q_gap, p_gap)?, of_gap(&q_below, &p_below)?);
    let value = weighted(nodes, [(&target_p, &on_target), (&other_p, &on_others)])?;
    let of_others = nodes.binary("Mul", &soft.extra, &of_others)?;
    let value = nodes.binary("AddV2", &value, &of_others)?;
    let square = nodes.unary("Square", &soft.temperature)?;

    let difference = nodes.binary("Sub", &target_q, &target_p)?;
    let along_target = nodes.binary("Sub", target, &q)?;
    let along_others = nodes.binary("Sub", &q, &p)?;
    let slope = weighted(nodes, [(&difference, &along_target), (&soft.extra, &along_others)])?;
    Ok((nodes.binary("Mul", &value, &square)?, nodes.binary("Mul", &slope, &soft.temperature)?))
}
