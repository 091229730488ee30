//! The update rules, as operations on the matrix of all parameters, one row a
//! trial. PyTorch's, not TensorFlow's own: those place Adam's and RMSprop's
//! epsilon elsewhere.

use crate::nodes::Nodes;
use crate::soft_loss::SoftLoss;
use retort_domain::Optimizer;
use retort_trainer::{TrialSetup, TrialSteps};
use tensorflow::{Output, Status};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const ALPHA: f64 = 0.9;
const EPSILON: f64 = 1e-8;
/// Keeps clipping finite at a zero gradient, as in PyTorch.
const CLIP_EPSILON: f64 = 1e-6;

/// What decides which operations a step consists of. Trials that differ in
/// numbers alone share a graph; where they differ in more, the graph of
/// [`Rule::union`] serves them all, as what a trial does without has numbers
/// that change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub optimizer: Optimizer,
    pub dropout: bool,
    pub class_weights: bool,
    /// What a trial's loss asks of it beside the labels; one of a group's.
    pub soft_loss: Option<SoftLoss>,
    decay: bool,
    momentum: bool,
    nesterov: bool,
    clip: bool,
}

impl Rule {
    /// What this trial needs.
    pub fn new(optimizer: Optimizer, setup: &TrialSetup) -> Self {
        let has_momentum = match optimizer {
            Optimizer::Sgd | Optimizer::Rmsprop => setup.momentum > 0.0,
            Optimizer::Adam | Optimizer::Adamw => false,
        };
        Self {
            optimizer,
            dropout: setup.dropout > 0.0,
            class_weights: setup.class_weights.is_some(),
            soft_loss: setup.distillation.as_ref().map(SoftLoss::of),
            decay: setup.weight_decay > 0.0,
            momentum: has_momentum,
            nesterov: setup.nesterov && has_momentum && optimizer == Optimizer::Sgd,
            clip: setup.gradient_clip_norm.is_some(),
        }
    }

    /// What two trials of one optimiser need together.
    pub fn union(self, other: Self) -> Self {
        Self {
            optimizer: self.optimizer,
            dropout: self.dropout || other.dropout,
            class_weights: self.class_weights || other.class_weights,
            soft_loss: self.soft_loss.or(other.soft_loss),
            decay: self.decay || other.decay,
            momentum: self.momentum || other.momentum,
            nesterov: self.nesterov || other.nesterov,
            clip: self.clip || other.clip,
        }
    }

    /// PyTorch's names of what the optimiser remembers of each parameter.
    pub fn state_names(&self) -> &'static [&'static str] {
        match (self.optimizer, self.momentum) {
            (Optimizer::Sgd, false) => &[],
            (Optimizer::Sgd, true) => &["momentum_buffer"],
            (Optimizer::Adam | Optimizer::Adamw, _) => &["exp_avg", "exp_avg_sq"],
            (Optimizer::Rmsprop, false) => &["square_avg"],
            (Optimizer::Rmsprop, true) => &["square_avg", "momentum_buffer"],
        }
    }
}

/// Numbers of one step, `[K, 1]` each, in the order of [`Numbers::of`];
/// computed in f64 as PyTorch does, then rounded.
pub struct Numbers {
    /// Learning rate; Adam's divided by the first moment's bias correction.
    rate: Output,
    /// Root of the second moment's bias correction.
    correction: Output,
    /// Weight decay; AdamW's factor of the parameters.
    decay: Output,
    momentum: Output,
    clip: Output,
    /// With Nesterov's momentum some trials go along gradient + momentum ·
    /// buffer, others along the buffer: shares of gradient and buffer.
    along: [Output; 2],
}

impl Numbers {
    /// Numbers a step and trial.
    pub const COUNT: usize = 7;

    /// Those of step `offset` of `steps` for one trial.
    pub fn of(rule: Rule, setup: &TrialSetup, steps: &TrialSteps<'_>, offset: usize) -> [f32; Self::COUNT] {
        let rate = steps.learning_rates.get(offset).copied().unwrap_or(0.0);
        let t = (steps.first_step + offset as u64 + 1) as f64;
        let (rate_now, correction) = match rule.optimizer {
            Optimizer::Adam | Optimizer::Adamw => {
                (rate / (1.0 - BETA_1.powf(t)), (1.0 - BETA_2.powf(t)).sqrt())
            }
            Optimizer::Sgd | Optimizer::Rmsprop => (rate, 1.0),
        };
        let decay = match rule.optimizer {
            Optimizer::Adamw => 1.0 - rate * setup.weight_decay,
            Optimizer::Sgd | Optimizer::Adam | Optimizer::Rmsprop => setup.weight_decay,
        };
        let momentum = if rule.momentum { setup.momentum } else { 0.0 };
        let along = if rule.nesterov { [1.0, momentum] } else { [0.0, 1.0] };
        [
            rate_now as f32,
            correction as f32,
            decay as f32,
            momentum as f32,
            setup.gradient_clip_norm.map_or(f32::MAX, |limit| limit as f32),
            along[0] as f32,
            along[1] as f32,
        ]
    }

    /// From the parts of one step's numbers.
    pub fn from_parts(parts: Vec<Output>) -> Option<Self> {
        let [rate, correction, decay, momentum, clip, gradient, buffer] =
            <[Output; Self::COUNT]>::try_from(parts).ok()?;
        Some(Self { rate, correction, decay, momentum, clip, along: [gradient, buffer] })
    }
}

/// Parameters and state after a step.
pub fn apply(
    nodes: &mut Nodes<'_>,
    rule: Rule,
    numbers: &Numbers,
    parameters: &Output,
    gradient: &Output,
    state: &[Output],
) -> Result<(Output, Vec<Output>), Status> {
    let mut parameters = parameters.clone();
    let mut gradient = gradient.clone();
    if rule.clip {
        gradient = clipped(nodes, &gradient, &numbers.clip)?;
    }
    if rule.decay {
        if rule.optimizer == Optimizer::Adamw {
            parameters = nodes.binary("Mul", &parameters, &numbers.decay)?;
        } else {
            let pull = nodes.binary("Mul", &parameters, &numbers.decay)?;
            gradient = nodes.binary("AddV2", &gradient, &pull)?;
        }
    }
    let mut state = state.to_vec();
    let direction = match (rule.optimizer, state.as_mut_slice()) {
        (Optimizer::Adam | Optimizer::Adamw, [mean, square]) => {
            *mean = averaged(nodes, mean, &gradient, BETA_1)?;
            *square = average_of_squares(nodes, square, &gradient, BETA_2)?;
            let root = nodes.unary("Sqrt", square)?;
            let corrected = nodes.binary("RealDiv", &root, &numbers.correction)?;
            let epsilon = nodes.float(EPSILON)?;
            let divisor = nodes.binary("AddV2", &corrected, &epsilon)?;
            nodes.binary("RealDiv", mean, &divisor)?
        }
        (Optimizer::Rmsprop, [square, buffer @ ..]) => {
            *square = average_of_squares(nodes, square, &gradient, ALPHA)?;
            let root = nodes.unary("Sqrt", square)?;
            let epsilon = nodes.float(EPSILON)?;
            let divisor = nodes.binary("AddV2", &root, &epsilon)?;
            let scaled = nodes.binary("RealDiv", &gradient, &divisor)?;
            match buffer {
                [buffer, ..] => {
                    *buffer = accumulated(nodes, buffer, &scaled, &numbers.momentum)?;
                    buffer.clone()
                }
                [] => scaled,
            }
        }
        (Optimizer::Sgd, [buffer]) => {
            *buffer = accumulated(nodes, buffer, &gradient, &numbers.momentum)?;
            if rule.nesterov {
                let gradient = nodes.binary("Mul", &gradient, &numbers.along[0])?;
                accumulated(nodes, buffer, &gradient, &numbers.along[1])?
            } else {
                buffer.clone()
            }
        }
        (Optimizer::Sgd | Optimizer::Adam | Optimizer::Adamw | Optimizer::Rmsprop, _) => gradient,
    };
    let change = nodes.binary("Mul", &direction, &numbers.rate)?;
    Ok((nodes.binary("Sub", &parameters, &change)?, state))
}

/// `gradient · min(1, limit / (‖gradient‖ + 1e-6))`
fn clipped(nodes: &mut Nodes<'_>, gradient: &Output, limit: &Output) -> Result<Output, Status> {
    let squares = nodes.unary("Square", gradient)?;
    let total = nodes.reduce_last("Sum", &squares)?;
    let norm = nodes.unary("Sqrt", &total)?;
    let epsilon = nodes.float(CLIP_EPSILON)?;
    let divisor = nodes.binary("AddV2", &norm, &epsilon)?;
    let share = nodes.binary("RealDiv", limit, &divisor)?;
    let one = nodes.float(1.0)?;
    let factor = nodes.binary("Minimum", &share, &one)?;
    nodes.binary("Mul", gradient, &factor)
}

/// `momentum·buffer + gradient`
fn accumulated(
    nodes: &mut Nodes<'_>,
    buffer: &Output,
    gradient: &Output,
    momentum: &Output,
) -> Result<Output, Status> {
    let kept = nodes.binary("Mul", buffer, momentum)?;
    nodes.binary("AddV2", &kept, gradient)
}

/// `mean + (1 - beta)·(gradient - mean)`, the form PyTorch computes.
fn averaged(nodes: &mut Nodes<'_>, mean: &Output, gradient: &Output, beta: f64) -> Result<Output, Status> {
    let difference = nodes.binary("Sub", gradient, mean)?;
    let take = nodes.float(1.0 - beta)?;
    let part = nodes.binary("Mul", &difference, &take)?;
    nodes.binary("AddV2", mean, &part)
}

/// `beta·square + (1 - beta)·gradient²`
fn average_of_squares(
    nodes: &mut Nodes<'_>,
    square: &Output,
    gradient: &Output,
    beta: f64,
) -> Result<Output, Status> {
    let (keep, take) = (nodes.float(beta)?, nodes.float(1.0 - beta)?);
    let kept = nodes.binary("Mul", square, &keep)?;
    let squares = nodes.unary("Square", gradient)?;
    let part = nodes.binary("Mul", &squares, &take)?;
    nodes.binary("AddV2", &kept, &part)
}
