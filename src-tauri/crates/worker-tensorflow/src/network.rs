//! The network as operations: forward, loss and, written out by hand, the
//! gradient of every parameter. One matrix `[out, in]` a layer, as PyTorch
//! keeps it, so nothing is ever transposed in memory.

use crate::nodes::{Attribute, Nodes};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Activation, Task};
use retort_trainer::tensors::{self, Role, Slot};
use tensorflow::{Output, Status};

/// As in PyTorch.
const NORM_EPSILON: f64 = 1e-5;
const NORM_MOMENTUM: f64 = 0.1;

/// Where each tensor of a network lies in the two flat vectors that hold it:
/// what is trained, and running statistics.
#[derive(Debug, Clone)]
pub struct Layout {
    /// All tensors in their order.
    pub slots: Vec<Slot>,
    /// What the network is.
    pub spec: ModelSpec,
}

impl Layout {
    /// Of this network.
    pub fn new(spec: &ModelSpec) -> Self {
        Self { slots: tensors::layout(spec), spec: spec.clone() }
    }

    /// The tensors of one of the two vectors, in order.
    pub fn part(&self, trained: bool) -> impl Iterator<Item = &Slot> {
        self.slots.iter().filter(move |s| s.role.is_trained() == trained)
    }

    /// Length of one of the two vectors.
    pub fn len(&self, trained: bool) -> usize {
        self.part(trained).map(elements).sum()
    }

    fn lengths(&self, trained: bool) -> Vec<i32> {
        self.part(trained).map(|s| elements(s) as i32).collect()
    }

    /// Cuts the flat vectors into the tensors of each layer.
    pub fn unflatten(
        &self,
        nodes: &mut Nodes<'_>,
        trained: &Output,
        running: Option<&Output>,
    ) -> Result<Vec<Layer>, Status> {
        let mut layers: Vec<Layer> = Vec::new();
        let mut pieces = nodes.split(trained, &self.lengths(true))?.into_iter();
        let mut statistics = match running {
            Some(running) => nodes.split(running, &self.lengths(false))?,
            None => Vec::new(),
        }
        .into_iter();
        for slot in &self.slots {
            let piece = if slot.role.is_trained() { pieces.next() } else { statistics.next() };
            let Some(piece) = piece else { continue };
            match slot.role {
                Role::Weight => {
                    let shape: Vec<i32> = slot.shape.iter().map(|&d| d as i32).collect();
                    let weight = nodes.reshape(&piece, &shape)?;
                    layers.push(Layer { bias: weight.clone(), weight, norm: None });
                }
                Role::Bias => {
                    if let Some(layer) = layers.last_mut() {
                        layer.bias = piece;
                    }
                }
                Role::NormWeight | Role::NormBias | Role::RunningMean | Role::RunningVar => {
                    if let Some(layer) = layers.last_mut() {
                        layer.norm.get_or_insert_default().push(piece);
                    }
                }
            }
        }
        Ok(layers)
    }
}

/// Values of a slot.
pub fn elements(slot: &Slot) -> usize {
    slot.shape.iter().product()
}

/// Tensors of one layer.
pub struct Layer {
    weight: Output,
    bias: Output,
    /// Factor, offset, running mean, running variance.
    norm: Option<Vec<Output>>,
}

/// What a batch is trained on.
pub struct Batch<'a> {
    /// `[batch, n_features]`
    pub x: &'a Output,
    /// `[batch]`: i32 classes or f32 targets.
    pub y: &'a Output,
    /// Each class's weight, `[n_classes]`.
    pub class_weights: Option<&'a Output>,
    /// One a hidden layer, `[batch, units]`; empty without dropout.
    pub masks: &'a [Output],
    /// Scalar, `1 / batch`.
    pub inverse_rows: &'a Output,
    /// Scalar, `batch / (batch - 1)`; 1 for a single row, whose variance is 0
    /// and where PyTorch would refuse.
    pub unbias: &'a Output,
}

/// What a step yields.
pub struct Gradients {
    /// Scalar.
    pub loss: Output,
    /// Flat, as the trained vector.
    pub gradient: Output,
    /// Flat, as the vector of running statistics; none without normalisation.
    pub running: Option<Output>,
}

/// What the backward pass needs of a hidden layer.
struct Tape {
    input: Output,
    /// Before the activation.
    z: Output,
    /// After the activation, before dropout.
    a: Output,
    /// Normalised sums and one over their deviation.
    norm: Option<(Output, Output)>,
}

/// Evaluation mode: `[n, n_outputs]` for `x: [n, n_features]`.
pub fn outputs(
    nodes: &mut Nodes<'_>,
    activation: Activation,
    layers: &[Layer],
    x: &Output,
) -> Result<Output, Status> {
    let mut h = x.clone();
    for (index, layer) in layers.iter().enumerate() {
        h = affine(nodes, &h, layer)?;
        if let Some([factor, offset, mean, variance]) = layer.norm.as_deref() {
            let centred = nodes.binary("Sub", &h, mean)?;
            let inverse = inverse_deviation(nodes, variance)?;
            let scale = nodes.binary("Mul", &inverse, factor)?;
            let scaled = nodes.binary("Mul", &centred, &scale)?;
            h = nodes.binary("AddV2", &scaled, offset)?;
        }
        if index + 1 < layers.len() {
            h = activate(nodes, activation, &h)?;
        }
    }
    Ok(h)
}

/// Training mode: loss, gradients and moved running statistics of one batch.
pub fn gradients(
    nodes: &mut Nodes<'_>,
    spec: &ModelSpec,
    layers: &[Layer],
    batch: &Batch<'_>,
) -> Result<Gradients, Status> {
    let Some((last, hidden)) = layers.split_last() else {
        return Err(Status::new_set_lossy(tensorflow::Code::InvalidArgument, "the network has no layers"));
    };
    let mut h = batch.x.clone();
    let mut tapes = Vec::new();
    let mut running = Vec::new();
    for (index, layer) in hidden.iter().enumerate() {
        let input = h;
        let mut z = affine(nodes, &input, layer)?;
        let mut norm = None;
        if let Some([factor, offset, mean, variance]) = layer.norm.as_deref() {
            let batch_mean = nodes.reduce("Mean", &z, 0)?;
            let centred = nodes.binary("Sub", &z, &batch_mean)?;
            let squares = nodes.unary("Square", &centred)?;
            let batch_variance = nodes.reduce("Mean", &squares, 0)?;
            let inverse = inverse_deviation(nodes, &batch_variance)?;
            let normal = nodes.binary("Mul", &centred, &inverse)?;
            let scaled = nodes.binary("Mul", &normal, factor)?;
            z = nodes.binary("AddV2", &scaled, offset)?;
            let unbiased = nodes.binary("Mul", &batch_variance, batch.unbias)?;
            running.push(moved(nodes, mean, &batch_mean)?);
            running.push(moved(nodes, variance, &unbiased)?);
            norm = Some((normal, inverse));
        }
        let a = activate(nodes, spec.activation, &z)?;
        h = match batch.masks.get(index) {
            Some(mask) => nodes.binary("Mul", &a, mask)?,
            None => a.clone(),
        };
        tapes.push(Tape { input, z, a, norm });
    }
    let logits = affine(nodes, &h, last)?;
    let (loss, mut delta) = loss(nodes, spec.task, &logits, batch)?;

    // From the last layer to the first; each layer's pieces in slot order.
    let mut pieces: Vec<Vec<Output>> = Vec::new();
    pieces.push(parameters(nodes, &delta, &h)?);
    for (index, tape) in tapes.iter().enumerate().rev() {
        let above = layers.get(index + 1).map(|l| &l.weight).unwrap_or(&last.weight);
        let mut da = nodes.matmul(&delta, false, above, false)?;
        if let Some(mask) = batch.masks.get(index) {
            da = nodes.binary("Mul", &da, mask)?;
        }
        delta = activation_gradient(nodes, spec.activation, tape, &da)?;
        let mut norm_pieces = Vec::new();
        if let (Some((normal, inverse)), Some([factor, ..])) = (&tape.norm, hidden[index].norm.as_deref()) {
            let products = nodes.binary("Mul", &delta, normal)?;
            let d_factor = nodes.reduce("Sum", &products, 0)?;
            let d_offset = nodes.reduce("Sum", &delta, 0)?;
            let mean_offset = nodes.binary("Mul", &d_offset, batch.inverse_rows)?;
            let mean_factor = nodes.binary("Mul", &d_factor, batch.inverse_rows)?;
            let along = nodes.binary("Mul", normal, &mean_factor)?;
            let centred = nodes.binary("Sub", &delta, &mean_offset)?;
            let rest = nodes.binary("Sub", &centred, &along)?;
            let scale = nodes.binary("Mul", factor, inverse)?;
            delta = nodes.binary("Mul", &rest, &scale)?;
            norm_pieces = vec![d_factor, d_offset];
        }
        let mut own = parameters(nodes, &delta, &tape.input)?;
        own.append(&mut norm_pieces);
        pieces.push(own);
    }
    let ordered: Vec<Output> = pieces.into_iter().rev().flatten().collect();
    let gradient = nodes.concat(&ordered)?;
    let running = if running.is_empty() { None } else { Some(nodes.concat(&running)?) };
    Ok(Gradients { loss, gradient, running })
}

fn affine(nodes: &mut Nodes<'_>, input: &Output, layer: &Layer) -> Result<Output, Status> {
    let product = nodes.matmul(input, false, &layer.weight, true)?;
    nodes.binary("BiasAdd", &product, &layer.bias)
}

/// Gradients of weight (flattened) and bias, from those of the sums.
fn parameters(nodes: &mut Nodes<'_>, delta: &Output, input: &Output) -> Result<Vec<Output>, Status> {
    let weight = nodes.matmul(delta, true, input, false)?;
    Ok(vec![nodes.reshape(&weight, &[-1])?, nodes.unary("BiasAddGrad", delta)?])
}

fn inverse_deviation(nodes: &mut Nodes<'_>, variance: &Output) -> Result<Output, Status> {
    let epsilon = nodes.float(NORM_EPSILON)?;
    let shifted = nodes.binary("AddV2", variance, &epsilon)?;
    nodes.unary("Rsqrt", &shifted)
}

/// `0.9·old + 0.1·new`.
fn moved(nodes: &mut Nodes<'_>, old: &Output, new: &Output) -> Result<Output, Status> {
    let (keep, take) = (nodes.float(1.0 - NORM_MOMENTUM)?, nodes.float(NORM_MOMENTUM)?);
    let (old, new) = (nodes.binary("Mul", old, &keep)?, nodes.binary("Mul", new, &take)?);
    nodes.binary("AddV2", &old, &new)
}

fn activate(nodes: &mut Nodes<'_>, activation: Activation, z: &Output) -> Result<Output, Status> {
    match activation {
        Activation::Relu => nodes.unary("Relu", z),
        Activation::Tanh => nodes.unary("Tanh", z),
        Activation::Sigmoid => nodes.unary("Sigmoid", z),
        Activation::Gelu => {
            let share = normal_distribution(nodes, z)?;
            nodes.binary("Mul", z, &share)
        }
        Activation::Silu => {
            let gate = nodes.unary("Sigmoid", z)?;
            nodes.binary("Mul", z, &gate)
        }
    }
}

/// Φ, the distribution function of the standard normal.
fn normal_distribution(nodes: &mut Nodes<'_>, z: &Output) -> Result<Output, Status> {
    let (root, half) = (nodes.float(std::f64::consts::FRAC_1_SQRT_2)?, nodes.float(0.5)?);
    let scaled = nodes.binary("Mul", z, &root)?;
    let erf = nodes.unary("Erf", &scaled)?;
    let halved = nodes.binary("Mul", &erf, &half)?;
    nodes.binary("AddV2", &halved, &half)
}

fn activation_gradient(
    nodes: &mut Nodes<'_>,
    activation: Activation,
    tape: &Tape,
    da: &Output,
) -> Result<Output, Status> {
    let slope = match activation {
        Activation::Relu => return nodes.binary("ReluGrad", da, &tape.z),
        Activation::Tanh => return nodes.binary("TanhGrad", &tape.a, da),
        Activation::Sigmoid => return nodes.binary("SigmoidGrad", &tape.a, da),
        Activation::Gelu => {
            // Φ(z) + z·φ(z)
            let share = normal_distribution(nodes, &tape.z)?;
            let squares = nodes.unary("Square", &tape.z)?;
            let minus_half = nodes.float(-0.5)?;
            let exponent = nodes.binary("Mul", &squares, &minus_half)?;
            let bell = nodes.unary("Exp", &exponent)?;
            let height =
                nodes.float(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2)?;
            let density = nodes.binary("Mul", &bell, &height)?;
            let along = nodes.binary("Mul", &tape.z, &density)?;
            nodes.binary("AddV2", &share, &along)?
        }
        Activation::Silu => {
            // s + a·(1 - s)
            let gate = nodes.unary("Sigmoid", &tape.z)?;
            let one = nodes.float(1.0)?;
            let shut = nodes.binary("Sub", &one, &gate)?;
            let rest = nodes.binary("Mul", &tape.a, &shut)?;
            nodes.binary("AddV2", &gate, &rest)?
        }
    };
    nodes.binary("Mul", da, &slope)
}

/// The batch's loss and its gradient by the outputs.
fn loss(
    nodes: &mut Nodes<'_>,
    task: Task,
    logits: &Output,
    batch: &Batch<'_>,
) -> Result<(Output, Output), Status> {
    match task {
        Task::Classification => {
            let inputs = [crate::nodes::Input::One(logits), crate::nodes::Input::One(batch.y)];
            let both = nodes.add("SparseSoftmaxCrossEntropyWithLogits", None, &inputs, &[])?;
            let (losses, by_logits) = (&both[0], &both[1]);
            let Some(class_weights) = batch.class_weights else {
                let loss = nodes.reduce("Mean", losses, 0)?;
                return Ok((loss, nodes.binary("Mul", by_logits, batch.inverse_rows)?));
            };
            let weights = nodes.gather(class_weights, batch.y)?;
            let total = nodes.reduce("Sum", &weights, 0)?;
            let shares = nodes.binary("RealDiv", &weights, &total)?;
            let weighted = nodes.binary("Mul", losses, &shares)?;
            let column = nodes.reshape(&shares, &[-1, 1])?;
            Ok((nodes.reduce("Sum", &weighted, 0)?, nodes.binary("Mul", by_logits, &column)?))
        }
        Task::Regression => {
            let target = nodes.reshape(batch.y, &[-1, 1])?;
            let difference = nodes.binary("Sub", logits, &target)?;
            let flat = nodes.reshape(&difference, &[-1])?;
            let squares = nodes.unary("Square", &flat)?;
            let two = nodes.float(2.0)?;
            let scale = nodes.first("Mul", &[batch.inverse_rows, &two], &[] as &[Attribute<'_>])?;
            Ok((nodes.reduce("Mean", &squares, 0)?, nodes.binary("Mul", &difference, &scale)?))
        }
    }
}
