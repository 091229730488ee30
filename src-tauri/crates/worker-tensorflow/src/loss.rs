//! Losses and their gradients by the outputs.

use crate::network::Batch;
use crate::nodes::{Attribute, Nodes};
use retort_domain::Task;
use retort_domain::protocol::ModelSpec;
use tensorflow::{Output, Status};

/// Each trial's loss of the batch, `[K]`, and its gradient by the outputs,
/// `[K, batch, n_outputs]` like they.
pub fn loss(
    nodes: &mut Nodes<'_>,
    spec: &ModelSpec,
    outputs: &Output,
    batch: &Batch,
) -> Result<(Output, Output), Status> {
    match spec.task {
        Task::Classification => cross_entropy(nodes, spec.n_outputs, outputs, batch),
        Task::Regression => squared_error(nodes, outputs, batch),
    }
}

/// Of the softmax. TensorFlow's own operation for class indices takes each
/// number's exponential one by one; these take them several at once.
fn cross_entropy(
    nodes: &mut Nodes<'_>,
    n_classes: usize,
    logits: &Output,
    batch: &Batch,
) -> Result<(Output, Output), Status> {
    // 1 where the class is right, `[batch, n_classes]` or `[K, …]`.
    let (depth, one, zero) = (nodes.int(n_classes as i32)?, nodes.float(1.0)?, nodes.float(0.0)?);
    let right = nodes.first("OneHot", &[&batch.y, &depth, &one, &zero], &[Attribute::Int("axis", -1)])?;
    let log_shares = nodes.unary("LogSoftmax", logits)?;
    let shares = nodes.unary("Exp", &log_shares)?;
    let difference = nodes.binary("Sub", &shares, &right)?;
    let picked = nodes.binary("Mul", &log_shares, &right)?;
    let Some(class_weights) = &batch.class_weights else {
        let total = nodes.reduce("Sum", &picked, &[1, 2])?;
        let minus_mean = nodes.binary("Mul", &total, &batch.inverse_rows)?;
        let loss = nodes.unary("Neg", &minus_mean)?;
        return Ok((loss, nodes.binary("Mul", &difference, &batch.inverse_rows)?));
    };
    // `[K, batch, 1]`; a product with ones and zeros is exact.
    let column = nodes.reshape(class_weights, &[-1, n_classes as i32, 1])?;
    let weights = nodes.batch_matmul(&right, false, &column, false)?;
    let axis = nodes.int(1)?;
    let total = nodes.first("Sum", &[&weights, &axis], &[Attribute::Bool("keep_dims", true)])?;
    let weights = nodes.binary("RealDiv", &weights, &total)?;
    let weighted = nodes.binary("Mul", &picked, &weights)?;
    let minus_loss = nodes.reduce("Sum", &weighted, &[1, 2])?;
    Ok((nodes.unary("Neg", &minus_loss)?, nodes.binary("Mul", &difference, &weights)?))
}

fn squared_error(nodes: &mut Nodes<'_>, outputs: &Output, batch: &Batch) -> Result<(Output, Output), Status> {
    let axis = nodes.int(-1)?;
    let targets = nodes.binary("ExpandDims", &batch.y, &axis)?;
    let difference = nodes.binary("Sub", outputs, &targets)?;
    let squares = nodes.unary("Square", &difference)?;
    let two = nodes.float(2.0)?;
    let scale = nodes.binary("Mul", &batch.inverse_rows, &two)?;
    Ok((nodes.reduce("Mean", &squares, &[1, 2])?, nodes.binary("Mul", &difference, &scale)?))
}
