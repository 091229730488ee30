//! K networks of one shape as operations: forward and, written out by hand,
//! the gradient of every parameter. Weights are `[out, in]` as PyTorch keeps
//! them, activations `[K, units, batch]`: products need no transposition in
//! memory, what belongs to a unit (bias, normalisation) is one number a line,
//! and sums over a batch run along the lines.

use crate::activation;
use crate::layout::{Layer, Layout, Norm};
use crate::loss;
use crate::nodes::Nodes;
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
    /// What went in; the first layer's input is the batch.
    input: Option<Output>,
    /// Before the activation.
    z: Output,
    /// After the activation, before dropout.
    a: Output,
    /// Normalised sums, and one over their deviation, `[K, units, 1]`.
    norm: Option<(Output, Output)>,
}

/// Evaluation mode: `[K, n, n_outputs]`.
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
        let mut z = match &h {
            Some(h) => affine(nodes, layer, h)?,
            None => first_sums(nodes, layer, x, n_trials)?.0,
        };
        if let Some(norm) = &layer.norm {
            let centred = nodes.binary("Sub", &z, &norm.mean)?;
            let inverse = inverse_deviation(nodes, &norm.variance)?;
            let scale = nodes.binary("Mul", &inverse, &norm.factor)?;
            let scaled = nodes.binary("Mul", &centred, &scale)?;
            z = nodes.binary("AddV2", &scaled, &norm.offset)?;
        }
        h = Some(activation::activate(nodes, layout.spec.activation, &z)?);
    }
    Ok(Head::new(nodes, last, h.as_ref(), x, ones)?.outputs)
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
    let mut h: Option<Output> = None;
    // The first layer's sums as the product gave them: `[K·units, batch]`.
    let mut flat = None;
    let mut tapes = Vec::new();
    let mut running = Vec::new();
    for (index, layer) in hidden.iter().enumerate() {
        let input = h;
        let mut z = match &input {
            Some(input) => affine(nodes, layer, input)?,
            None => {
                let (z, wide) = first_sums(nodes, layer, &batch.x, &batch.n_trials)?;
                flat = wide;
                z
            }
        };
        let mut tape_norm = None;
        if let Some(norm) = &layer.norm {
            let mean = nodes.reduce_last("Mean", &z)?;
            let centred = nodes.binary("Sub", &z, &mean)?;
            let squares = nodes.unary("Square", &centred)?;
            let variance = nodes.reduce_last("Mean", &squares)?;
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
        h = Some(match batch.masks.get(index) {
            Some(mask) => nodes.binary("Mul", &a, mask)?,
            None => a.clone(),
        });
        tapes.push(Tape { input, z, a, norm: tape_norm });
    }
    let head = Head::new(nodes, last, h.as_ref(), &batch.x, &batch.ones)?;
    let (loss, by_outputs) = loss::loss(nodes, &layout.spec, &head.outputs, batch)?;

    // From the last layer to the first; each layer's pieces in their order.
    let mut pieces = vec![vec![head.weight_gradient(nodes, last, &by_outputs, &batch.x)?]];
    let mut above: Option<Output> = None;
    for (index, (layer, tape)) in hidden.iter().zip(&tapes).enumerate().rev() {
        let mut da = match (&above, layers.get(index + 1)) {
            (Some(delta), Some(next)) => {
                let weight = matrix(nodes, next)?;
                nodes.batch_matmul(&weight, true, delta, false)?
            }
            _ => head.input_gradient(nodes, last, &by_outputs)?,
        };
        if let Some(mask) = batch.masks.get(index) {
            da = nodes.binary("Mul", &da, mask)?;
        }
        let mut delta = activation::gradient(nodes, kind, &tape.z, &tape.a, &da)?;
        let mut own = Vec::new();
        if let (Some((normal, inverse)), Some(norm)) = (&tape.norm, &layer.norm) {
            let (by_factor, by_offset);
            (delta, by_factor, by_offset) = through_norm(nodes, norm, normal, inverse, &delta, batch)?;
            own = vec![unit_numbers(nodes, layer, &by_factor)?, unit_numbers(nodes, layer, &by_offset)?];
        }
        let mut parameters = match (&tape.input, &batch.x, &flat) {
            (Some(input), _, _) => {
                let weight = nodes.batch_matmul(&delta, false, input, true)?;
                let bias = nodes.reduce("Sum", &delta, &[2])?;
                vec![rows(nodes, &weight, layer.n_out * layer.n_in)?, bias]
            }
            (None, Features::Shared(x), Some(flat)) => {
                let shape = nodes.first("Shape", &[flat], &[])?;
                let delta = nodes.binary("Reshape", &delta, &shape)?;
                let weight = nodes.matmul(&delta, false, x, false)?;
                vec![rows(nodes, &weight, layer.n_out * (layer.n_in + 1))?]
            }
            (None, Features::Shared(x) | Features::Own(x), _) => {
                let weight = nodes.batch_matmul(&delta, false, x, false)?;
                vec![rows(nodes, &weight, layer.n_out * (layer.n_in + 1))?]
            }
        };
        parameters.append(&mut own);
        pieces.push(parameters);
        above = Some(delta);
    }
    let ordered: Vec<Output> = pieces.into_iter().rev().flatten().collect();
    let gradient = nodes.concat(&ordered)?;
    let running = if running.is_empty() { None } else { Some(nodes.concat(&running)?) };
    Ok(Gradients { loss, gradient, running })
}

/// The output layer, which turns to one line a row: losses are by row.
struct Head {
    /// `[K, n_inputs + 1, batch]`, the last line ones; none where the batch
    /// itself goes in.
    input: Option<Output>,
    /// `[K, n_outputs, n_inputs + 1]`
    weight: Output,
    /// `[K, batch, n_outputs]`
    outputs: Output,
}

impl Head {
    fn new(
        nodes: &mut Nodes<'_>,
        layer: &Layer,
        h: Option<&Output>,
        x: &Features,
        ones: &Output,
    ) -> Result<Self, Status> {
        let weight = nodes.reshape(&layer.weight, &[-1, layer.n_out as i32, layer.n_in as i32 + 1])?;
        let Some(h) = h else {
            let (Features::Shared(x) | Features::Own(x)) = x;
            let outputs = nodes.batch_matmul(x, false, &weight, true)?;
            return Ok(Self { input: None, weight, outputs });
        };
        let input = nodes.concat(&[h.clone(), ones.clone()])?;
        let outputs = nodes.batch_matmul(&input, true, &weight, true)?;
        Ok(Self { input: Some(input), weight, outputs })
    }

    fn weight_gradient(
        &self,
        nodes: &mut Nodes<'_>,
        layer: &Layer,
        by_outputs: &Output,
        x: &Features,
    ) -> Result<Output, Status> {
        let gradient = match (&self.input, x) {
            (Some(input), _) => nodes.batch_matmul(by_outputs, true, input, true)?,
            (None, Features::Shared(x) | Features::Own(x)) => {
                nodes.batch_matmul(by_outputs, true, x, false)?
            }
        };
        rows(nodes, &gradient, layer.n_out * (layer.n_in + 1))
    }

    /// `[K, n_inputs, batch]`
    fn input_gradient(
        &self,
        nodes: &mut Nodes<'_>,
        layer: &Layer,
        by_outputs: &Output,
    ) -> Result<Output, Status> {
        let (start, size) = (nodes.ints(&[0, 0, 0])?, nodes.ints(&[-1, -1, layer.n_in as i32])?);
        let weight = nodes.first("Slice", &[&self.weight, &start, &size], &[])?;
        nodes.batch_matmul(&weight, true, by_outputs, true)
    }
}

fn split_last(layers: &[Layer]) -> Result<(&Layer, &[Layer]), Status> {
    layers
        .split_last()
        .ok_or_else(|| Status::new_set_lossy(Code::InvalidArgument, "the network has no layers"))
}

/// Sums of the first hidden layer, `[K, units, batch]`; where rows are shared,
/// as one wide product, whose result comes too.
fn first_sums(
    nodes: &mut Nodes<'_>,
    layer: &Layer,
    x: &Features,
    n_trials: &Output,
) -> Result<(Output, Option<Output>), Status> {
    let (n_out, width) = (layer.n_out as i32, layer.n_in as i32 + 1);
    match x {
        Features::Shared(x) => {
            let weight = nodes.reshape(&layer.weight, &[-1, width])?;
            let wide = nodes.matmul(&weight, false, x, true)?;
            let (units, batch) = (nodes.int(n_out)?, nodes.int(-1)?);
            let shape = nodes.pack(&[n_trials.clone(), units, batch])?;
            Ok((nodes.binary("Reshape", &wide, &shape)?, Some(wide)))
        }
        Features::Own(x) => {
            let weight = nodes.reshape(&layer.weight, &[-1, n_out, width])?;
            Ok((nodes.batch_matmul(&weight, false, x, true)?, None))
        }
    }
}

/// `[K, out, in]` of a hidden layer after the first.
fn matrix(nodes: &mut Nodes<'_>, layer: &Layer) -> Result<Output, Status> {
    nodes.reshape(&layer.weight, &[-1, layer.n_out as i32, layer.n_in as i32])
}

fn affine(nodes: &mut Nodes<'_>, layer: &Layer, input: &Output) -> Result<Output, Status> {
    let weight = matrix(nodes, layer)?;
    let product = nodes.batch_matmul(&weight, false, input, false)?;
    match &layer.bias {
        Some(bias) => nodes.binary("AddV2", &product, bias),
        None => Ok(product),
    }
}

/// `[K, length]` of anything that holds as much a trial.
fn rows(nodes: &mut Nodes<'_>, a: &Output, length: usize) -> Result<Output, Status> {
    nodes.reshape(a, &[-1, length as i32])
}

/// `[K, units]` of `[K, units, 1]`.
fn unit_numbers(nodes: &mut Nodes<'_>, layer: &Layer, a: &Output) -> Result<Output, Status> {
    rows(nodes, a, layer.n_out)
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
    let by_factor = nodes.reduce_last("Sum", &products)?;
    let by_offset = nodes.reduce_last("Sum", delta)?;
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
    unit_numbers(nodes, layer, &sum)
}
