//! Losses and their gradients by the outputs.

use crate::network::{Batch, Features};
use crate::nodes::{Attribute, Nodes};
use crate::soft_loss::soft_loss;
use retort_domain::Task;
use retort_domain::protocol::ModelSpec;
use tensorflow::{Output, Status};

/// Each trial's loss of the batch, `[K]`, and its gradient by the outputs,
/// `[K, n_outputs, batch]` like they.
pub fn loss(
    nodes: &mut Nodes<'_>,
    spec: &ModelSpec,
    outputs: &Output,
    batch: &Batch,
) -> Result<(Output, Output), Status> {
    if let Some(soft) = &batch.soft {
        return soft_loss(nodes, spec, outputs, batch, soft);
    }
    match spec.task {
        Task::Classification => cross_entropy(nodes, spec.n_outputs, outputs, batch),
        Task::Regression => squared_error(nodes, outputs, batch),
    }
}

/// Of the softmax. TensorFlow's own operations for it want a row's classes
/// side by side, and take each exponential by itself.
fn cross_entropy(
    nodes: &mut Nodes<'_>,
    n_classes: usize,
    logits: &Output,
    batch: &Batch,
) -> Result<(Output, Output), Status> {
    let largest = by_class(nodes, "Max", logits)?;
    let shifted = nodes.binary("Sub", logits, &largest)?;
    let powers = nodes.unary("Exp", &shifted)?;
    let total = by_class(nodes, "Sum", &powers)?;
    let shares = nodes.binary("RealDiv", &powers, &total)?;

    // 1 where the class is right, `[n_classes, batch]` or `[K, …]`.
    let (depth, one, zero) = (nodes.int(n_classes as i32)?, nodes.float(1.0)?, nodes.float(0.0)?);
    let axis = if matches!(batch.x, Features::Shared(_)) { 0 } else { 1 };
    let right = nodes.first("OneHot", &[&batch.y, &depth, &one, &zero], &[Attribute::Int("axis", axis)])?;
    let difference = nodes.binary("Sub", &shares, &right)?;
    let picked = nodes.binary("Mul", &shifted, &right)?;
    let picked = by_class(nodes, "Sum", &picked)?;
    let log_total = nodes.unary("Log", &total)?;
    let losses = nodes.binary("Sub", &log_total, &picked)?;
    let Some(class_weights) = &batch.class_weights else {
        let loss = nodes.reduce("Mean", &losses, &[1, 2])?;
        return Ok((loss, nodes.binary("Mul", &difference, &batch.inverse_rows)?));
    };
    // `[K, 1, batch]`; a product with ones and zeros is exact.
    let line = nodes.reshape(class_weights, &[-1, 1, n_classes as i32])?;
    let weights = nodes.batch_matmul(&line, false, &right, false)?;
    let whole = nodes.reduce_last("Sum", &weights)?;
    let weights = nodes.binary("RealDiv", &weights, &whole)?;
    let weighted = nodes.binary("Mul", &losses, &weights)?;
    Ok((nodes.reduce("Sum", &weighted, &[1, 2])?, nodes.binary("Mul", &difference, &weights)?))
}

/// `[K, 1, batch]` of `[K, n_classes, batch]`.
pub fn by_class(nodes: &mut Nodes<'_>, kind: &str, a: &Output) -> Result<Output, Status> {
    let axis = nodes.int(1)?;
    nodes.first(kind, &[a, &axis], &[Attribute::Bool("keep_dims", true)])
}

fn squared_error(nodes: &mut Nodes<'_>, outputs: &Output, batch: &Batch) -> Result<(Output, Output), Status> {
    // `[1, batch]` or `[K, 1, batch]`
    let axis = nodes.int(-2)?;
    let targets = nodes.binary("ExpandDims", &batch.y, &axis)?;
    let difference = nodes.binary("Sub", outputs, &targets)?;
    let squares = nodes.unary("Square", &difference)?;
    let two = nodes.float(2.0)?;
    let scale = nodes.binary("Mul", &batch.inverse_rows, &two)?;
    Ok((nodes.reduce("Mean", &squares, &[1, 2])?, nodes.binary("Mul", &difference, &scale)?))
}
