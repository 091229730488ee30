//! K networks of one shape as operations: forward and, written out by hand,
//! the gradient of every parameter. Weights are `[out, in]` as PyTorch keeps
//! them, activations `[K, units, batch]`: products need no transposition in
//! memory, and what belongs to a unit is one number a line. A line of ones at
//! the end of each layer's input makes its product add the bias and the
//! gradient's product sum that of the bias.

use crate::activation;
use crate::layout::{Layer, Layout, Norm};
use crate::loss;
use crate::nodes::Nodes;
use crate::soft_loss::Soft;
use tensorflow::{Code, Output, Status};

/// As in PyTorch.
const NORM_EPSILON: f64 = 1e-5;
const NORM_MOMENTUM: f64 = 0.1;

/// Rows that go through the networks.
pub enum Features {
    /// The same for all: `[batch, n_features + 1]`, the last column ones.
    Shared(Output),
    /// Each trial its own: `[K, batch, n_features + 1]`.
    Own(Output),
}

/// What a batch is trained on.
pub struct Batch {
    /// Its rows.
    pub x: Features,
    /// i32 classes or f32 targets, `[batch]` where rows are shared, else
    /// `[K, batch]`.
    pub y: Output,
    /// Each class's weight, `[K, n_classes]`.
    pub class_weights: Option<Output>,
    /// What a teacher says of them, where a trial is distilled.
    pub soft: Option<Soft>,
    /// One a hidden layer, `[K, units, batch]`, or `[1, units, batch]` where
    /// all drop the same; empty without dropout.
    pub masks: Vec<Output>,
    /// Scalar, K.
    pub n_trials: Output,
    /// `[K, 1, batch]`
    pub ones: Output,
    /// Scalar, `1 / batch`.
    pub inverse_rows: Output,
    /// Scalar, `batch / (batch - 1)`; 1 for a single row, whose variance is 0
    /// and where PyTorch would refuse.
    pub unbias: Output,
}

/// What a step yields.
pub struct Gradients {
    /// `[K]`
    pub loss: Output,
    /// `[K, …]`, as the trained rows.
    pub gradient: Output,
    /// `[K, …]`, as the rows of running statistics; none without normalisation.
    pub running: Option<Output>,
}

/// What the backward pass needs of a hidden layer; `[K, units, batch]` each.
struct Tape {
    /// What goes into the next layer: `[K, units + 1, batch]`, the last line
    /// ones.
    output: Output,
    /// Before the activation.
    z: Output,
    /// After the activation, before dropout.
    a: Output,
    /// Normalised sums, and one over their deviation, `[K, units, 1]`.
    norm: Option<(Output, Output)>,
}

/// Evaluation mode: `[K, n_outputs, n]`.
pub fn outputs(
    nodes: &mut Nodes<'_>,
    layout: &Layout,
    layers: &[Layer],
    x: &Features,
    n_trials: &Output,
    ones: &Output,
) -> Result<Output, Status> {
    let (last, hidden) = split_last(layers)?;
    let mut h = None;
    for layer in hidden {
        let mut z = sums(nodes, layer, h.as_ref(), x, n_trials)?;
        if let Some(norm) = &layer.norm {
            let centred = nodes.binary("Sub", &z, &norm.mean)?;
            let inverse = inverse_deviation(nodes, &norm.variance)?;
            let scale = nodes.binary("Mul", &inverse, &norm.factor)?;
            let scaled = nodes.binary("Mul", &centred, &scale)?;
            z = nodes.binary("AddV2", &scaled, &norm.offset)?;
        }
        let a = activation::activate(nodes, layout.spec.activation, &z)?;
        h = Some(nodes.concat(&[a, ones.clone()])?);
    }
    sums(nodes, last, h.as_ref(), x, n_trials)
}

/// Training mode: losses, gradients and moved running statistics of one batch.
pub fn gradients(
    nodes: &mut Nodes<'_>,
    layout: &Layout,
    layers: &[Layer],
    batch: &Batch,
) -> Result<Gradients, Status> {
    let kind = layout.spec.activation;
    let (last, hidden) = split_last(layers)?;
    let mut tapes: Vec<Tape> = Vec::new();
    let mut running = Vec::new();
    for (index, layer) in hidden.iter().enumerate() {
        let input = tapes.last().map(|below| &below.output);
        let mut z = sums(nodes, layer, input, &batch.x, &batch.n_trials)?;
        let mut tape_norm = None;
        if let Some(norm) = &layer.norm {
            let mean = batch_sums(nodes, &z, batch)?;
            let mean = nodes.binary("Mul", &mean, &batch.inverse_rows)?;
            let centred = nodes.binary("Sub", &z, &mean)?;
            let squares = nodes.unary("Square", &centred)?;
            let variance = batch_sums(nodes, &squares, batch)?;
            let variance = nodes.binary("Mul", &variance, &batch.inverse_rows)?;
            let inverse = inverse_deviation(nodes, &variance)?;
            let normal = nodes.binary("Mul", &centred, &inverse)?;
            let scaled = nodes.binary("Mul", &normal, &norm.factor)?;
            z = nodes.binary("AddV2", &scaled, &norm.offset)?;
            let unbiased = nodes.binary("Mul", &variance, &batch.unbias)?;
            running.push(moved(nodes, layer, &norm.mean, &mean)?);
            running.push(moved(nodes, layer, &norm.variance, &unbiased)?);
            tape_norm = Some((normal, inverse));
        }
        let a = activation::activate(nodes, kind, &z)?;
        let kept = match batch.masks.get(index) {
            Some(mask) => nodes.binary("Mul", &a, mask)?,
            None => a.clone(),
        };
        let output = nodes.concat(&[kept, batch.ones.clone()])?;
        tapes.push(Tape { output, z, a, norm: tape_norm });
    }
    let outputs = sums(nodes, last, tapes.last().map(|below| &below.output), &batch.x, &batch.n_trials)?;
    let (loss, mut delta) = loss::loss(nodes, &layout.spec, &outputs, batch)?;

    // From the last layer to the first; each layer's pieces in their order.
    let mut pieces = Vec::new();
    let mut of_norm = Vec::new();
    for (index, layer) in layers.iter().enumerate().rev() {
        let below = index.checked_sub(1).and_then(|below| tapes.get(below).zip(hidden.get(below)));
        let weight = weight_gradient(nodes, layer, &delta, below.map(|(tape, _)| &tape.output), &batch.x)?;
        let mut own = vec![weight];
        own.append(&mut of_norm);
        pieces.push(own);
        let Some((tape, below)) = below else { break };
        let mut da = input_gradient(nodes, layer, &delta)?;
        if let Some(mask) = batch.masks.get(index - 1) {
            da = nodes.binary("Mul", &da, mask)?;
        }
        delta = activation::gradient(nodes, kind, &tape.z, &tape.a, &da)?;
        if let (Some((normal, inverse)), Some(norm)) = (&tape.norm, &below.norm) {
            let (by_factor, by_offset);
            (delta, by_factor, by_offset) = through_norm(nodes, norm, normal, inverse, &delta, batch)?;
            of_norm = vec![rows(nodes, &by_factor, below.n_out)?, rows(nodes, &by_offset, below.n_out)?];
        }
    }
    let ordered: Vec<Output> = pieces.into_iter().rev().flatten().collect();
    let gradient = nodes.concat(&ordered)?;
    let running = if running.is_empty() { None } else { Some(nodes.concat(&running)?) };
    Ok(Gradients { loss, gradient, running })
}

fn split_last(layers: &[Layer]) -> Result<(&Layer, &[Layer]), Status> {
    layers
        .split_last()
        .ok_or_else(|| Status::new_set_lossy(Code::InvalidArgument, "the network has no layers"))
}

/// `[K, units, batch]` of a layer, for what comes from the layer below or, in
/// the first, the batch. Where all trials see the same rows, that is one wide
/// product.
fn sums(
    nodes: &mut Nodes<'_>,
    layer: &Layer,
    h: Option<&Output>,
    x: &Features,
    n_trials: &Output,
) -> Result<Output, Status> {
    match (h, x) {
        (Some(h), _) => {
            let weight = matrix(nodes, layer)?;
            nodes.batch_matmul(&weight, false, h, false)
        }
        (None, Features::Own(x)) => {
            let weight = matrix(nodes, layer)?;
            nodes.batch_matmul(&weight, false, x, true)
        }
        (None, Features::Shared(x)) => {
            let weight = nodes.reshape(&layer.weight, &[-1, layer.n_in as i32 + 1])?;
            let wide = nodes.matmul(&weight, false, x, true)?;
            let (units, batch) = (nodes.int(layer.n_out as i32)?, nodes.int(-1)?);
            let shape = nodes.pack(&[n_trials.clone(), units, batch])?;
            nodes.binary("Reshape", &wide, &shape)
        }
    }
}

/// `[K, out·(in + 1)]`, from the gradient by a layer's sums.
fn weight_gradient(
    nodes: &mut Nodes<'_>,
    layer: &Layer,
    delta: &Output,
    h: Option<&Output>,
    x: &Features,
) -> Result<Output, Status> {
    let gradient = match (h, x) {
        (Some(h), _) => nodes.batch_matmul(delta, false, h, true)?,
        (None, Features::Own(x)) => nodes.batch_matmul(delta, false, x, false)?,
        (None, Features::Shared(x)) => {
            // `[K·units, batch]`
            let batch = nodes.length(x)?;
            let any = nodes.int(-1)?;
            let shape = nodes.pack(&[any, batch])?;
            let delta = nodes.binary("Reshape", delta, &shape)?;
            nodes.matmul(&delta, false, x, false)?
        }
    };
    rows(nodes, &gradient, layer.n_out * (layer.n_in + 1))
}

/// `[K, in, batch]`, from the gradient by a layer's sums.
fn input_gradient(nodes: &mut Nodes<'_>, layer: &Layer, delta: &Output) -> Result<Output, Status> {
    let joined = matrix(nodes, layer)?;
    let (start, size) = (nodes.ints(&[0, 0, 0])?, nodes.ints(&[-1, -1, layer.n_in as i32])?);
    let weight = nodes.first("Slice", &[&joined, &start, &size], &[])?;
    nodes.batch_matmul(&weight, true, delta, false)
}

/// `[K, out, in + 1]`
fn matrix(nodes: &mut Nodes<'_>, layer: &Layer) -> Result<Output, Status> {
    nodes.reshape(&layer.weight, &[-1, layer.n_out as i32, layer.n_in as i32 + 1])
}

/// `[K, units, 1]` of `[K, units, batch]`, as a product: the compiler adds
/// numbers of a line one by one, products add several at once.
fn batch_sums(nodes: &mut Nodes<'_>, a: &Output, batch: &Batch) -> Result<Output, Status> {
    nodes.batch_matmul(a, false, &batch.ones, true)
}

/// `[K, length]` of anything that holds as much a trial.
fn rows(nodes: &mut Nodes<'_>, a: &Output, length: usize) -> Result<Output, Status> {
    nodes.reshape(a, &[-1, length as i32])
}

/// Gradients by the sums before normalisation, by its factor and its offset.
fn through_norm(
    nodes: &mut Nodes<'_>,
    norm: &Norm,
    normal: &Output,
    inverse: &Output,
    delta: &Output,
    batch: &Batch,
) -> Result<(Output, Output, Output), Status> {
    let products = nodes.binary("Mul", delta, normal)?;
    let by_factor = batch_sums(nodes, &products, batch)?;
    let by_offset = batch_sums(nodes, delta, batch)?;
    let mean_offset = nodes.binary("Mul", &by_offset, &batch.inverse_rows)?;
    let mean_factor = nodes.binary("Mul", &by_factor, &batch.inverse_rows)?;
    let along = nodes.binary("Mul", normal, &mean_factor)?;
    let centred = nodes.binary("Sub", delta, &mean_offset)?;
    let rest = nodes.binary("Sub", &centred, &along)?;
    let scale = nodes.binary("Mul", &norm.factor, inverse)?;
    Ok((nodes.binary("Mul", &rest, &scale)?, by_factor, by_offset))
}

/// `1 / sqrt(variance + ε)`.
pub fn inverse_deviation(nodes: &mut Nodes<'_>, variance: &Output) -> Result<Output, Status> {
    let epsilon = nodes.float(NORM_EPSILON)?;
    let shifted = nodes.binary("AddV2", variance, &epsilon)?;
    nodes.unary("Rsqrt", &shifted)
}

/// `0.9·old + 0.1·new`, `[K, units]`.
fn moved(nodes: &mut Nodes<'_>, layer: &Layer, old: &Output, new: &Output) -> Result<Output, Status> {
    let (keep, take) = (nodes.float(1.0 - NORM_MOMENTUM)?, nodes.float(NORM_MOMENTUM)?);
    let (old, new) = (nodes.binary("Mul", old, &keep)?, nodes.binary("Mul", new, &take)?);
    let sum = nodes.binary("AddV2", &old, &new)?;
    rows(nodes, &sum, layer.n_out)
}
