//! Forward and backward through a block of a group's networks, a batch of each
//! at a time. libtorch does the products; what lies between them are loops of
//! our own over the same memory.

use crate::buffer::Buffer;
use crate::parameters::{Parameters, padded};
use crate::product::Product;
use crate::vector::hidden;
use crate::vector::loss::{Outputs, loss_into_gradient};
use crate::vector::normalization::{self, Norm, Normalized};
use crate::vector::soft_loss::{self, Soft, soft_loss_into_gradient};
use retort_domain::Distillation;
use retort_domain::protocol::ModelSpec;
use retort_trainer::TrainRows;
use retort_trainer::random;
use retort_trainer::tensors::Role;
use std::ops::Range;
use tch::TchError;

/// What a trial's step needs beside its parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrialBatch<'a> {
    pub seed: u32,
    pub step: u64,
    /// 0 for none.
    pub dropout: f64,
    pub class_weights: Option<&'a [f32]>,
    pub distillation: Option<&'a Distillation>,
    /// Rows of the training matrix.
    pub rows: &'a [u32],
}

/// Which trials are computed together, on how many rows each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub first_trial: usize,
    pub n_trials: usize,
    pub n_rows: usize,
    /// All are fed the same rows.
    pub same_rows: bool,
}

/// A layer's values, `[trials, rows, width]`.
#[derive(Debug)]
struct Layer {
    units: usize,
    width: usize,
    /// Products, then how fast the activations change with them (with
    /// normalisation: the normalised values), at last the gradient.
    sums: Buffer,
    /// None for the output layer.
    hidden: Option<Hidden>,
}

#[derive(Debug)]
struct Hidden {
    activated: Buffer,
    norm: Option<HiddenNorm>,
}

#[derive(Debug)]
struct HiddenNorm {
    /// Normalised, factor and offset applied; then as [`Layer::sums`] without
    /// normalisation.
    applied: Vec<f32>,
    /// `[trials, width]`
    inverse_sd: Vec<f32>,
}

/// All products of a block's step, by layer.
#[derive(Debug)]
struct Plan {
    block: Block,
    forward: Vec<Product>,
    weight_grads: Vec<Product>,
    /// Of every layer but the first.
    input_grads: Vec<Product>,
}

/// Working memory for the steps of a block of trials.
#[derive(Debug)]
pub(crate) struct Workspace {
    spec: ModelSpec,
    /// Trials of a block and rows of a batch, at most.
    capacity: (usize, usize),
    x: Buffer,
    layers: Vec<Layer>,
    /// The gradient at the activations of the layer under way.
    grad: Buffer,
    masks: Masks,
    y: Vec<f32>,
    /// `[rows, n_outputs]`
    teacher: Vec<f32>,
    scratch: Vec<f32>,
    soft_scratch: soft_loss::Scratch,
    plans: Vec<Plan>,
}

impl Workspace {
    /// For blocks of up to `max_trials` and batches of up to `max_rows`.
    pub fn new(spec: &ModelSpec, max_trials: usize, max_rows: usize) -> Result<Self, TchError> {
        let n_values = |width: usize| max_trials * max_rows * width;
        let n_hidden = spec.hidden_layers.len();
        let layer = |(number, &units): (usize, &usize)| {
            let width = padded(units);
            let norm = || HiddenNorm {
                applied: vec![0.0; n_values(width)],
                inverse_sd: vec![0.0; max_trials * width],
            };
            let hidden = match number < n_hidden {
                true => Some(Hidden {
                    activated: Buffer::zeros(n_values(width))?,
                    norm: spec.batch_norm.then(norm),
                }),
                false => None,
            };
            Ok(Layer { units, width, sums: Buffer::zeros(n_values(width))?, hidden })
        };
        let layers = spec.hidden_layers.iter().chain([&spec.n_outputs]).enumerate().map(layer);
        let widest = spec.hidden_layers.iter().map(|&units| padded(units)).max().unwrap_or(0);
        Ok(Self {
            layers: layers.collect::<Result<_, TchError>>()?,
            x: Buffer::zeros(max_trials * padded(max_rows * spec.n_features))?,
            grad: Buffer::zeros(n_values(widest))?,
            spec: spec.clone(),
            capacity: (max_trials, max_rows),
            masks: Masks::default(),
            y: Vec::new(),
            teacher: Vec::new(),
            scratch: Vec::new(),
            soft_scratch: soft_loss::Scratch::default(),
            plans: Vec::new(),
        })
    }

    /// True where blocks and batches of this size have room.
    pub fn fits(&self, n_trials: usize, n_rows: usize) -> bool {
        n_trials <= self.capacity.0 && n_rows <= self.capacity.1
    }

    /// Forgets the views of parameters that have moved.
    pub fn forget_parameters(&mut self) {
        self.plans.clear();
    }

    fn plan(&mut self, block: Block, parameters: &Parameters) -> Result<usize, TchError> {
        if let Some(index) = self.plans.iter().position(|plan| plan.block == block) {
            return Ok(index);
        }
        let Block { first_trial, n_trials, n_rows, same_rows } = block;
        let mut plan = Plan { block, forward: Vec::new(), weight_grads: Vec::new(), input_grads: Vec::new() };
        let n_features = self.spec.n_features;
        // The input, and as many of its columns as are no padding.
        let mut input = match same_rows {
            true => self.x.view(0, &[1, n_rows, n_features])?.f_expand([n_trials as i64, -1, -1], false)?,
            false => {
                let trials = self.x.view(0, &[n_trials, padded(n_rows * n_features)])?;
                let shape = [n_trials, n_rows, n_features].map(|n| n as i64);
                trials.f_narrow(1, 0, (n_rows * n_features) as i64)?.f_view(shape)?
            }
        };
        let mut n_inputs = n_features as i64;
        for (number, layer) in self.layers.iter().enumerate() {
            let Some(place) = parameters.layout.place(number, Role::Weight) else { continue };
            let of_block = |buffer: &Buffer| {
                let start = place.range(first_trial, parameters.n_trials).start;
                buffer.view(start, &[n_trials, place.rows, place.columns])
            };
            let (weight, weight_grad) = (of_block(&parameters.trained)?, of_block(&parameters.grads)?);
            let sums = layer.sums.view(0, &[n_trials, n_rows, layer.width])?;
            let (from_input, into_sums) = (input.f_narrow(2, 0, n_inputs)?, weight.f_narrow(1, 0, n_inputs)?);
            plan.forward.push(Product::new(&from_input, &into_sums, &sums));
            plan.weight_grads.push(Product::new(&input.f_transpose(1, 2)?, &sums, &weight_grad));
            n_inputs = layer.units as i64;
            if number > 0 {
                let below = self.grad.view(0, &[n_trials, n_rows, place.rows])?;
                let back = weight.f_narrow(2, 0, n_inputs)?.f_transpose(1, 2)?;
                plan.input_grads.push(Product::new(&sums.f_narrow(2, 0, n_inputs)?, &back, &below));
            }
            if let Some(hidden) = &layer.hidden {
                input = hidden.activated.view(0, &[n_trials, n_rows, layer.width])?;
            }
        }
        self.plans.push(plan);
        Ok(self.plans.len() - 1)
    }

    /// Computes one batch of each trial of the block, `batches` in their order:
    /// their losses into `losses`, their gradients into `parameters.grads`.
    pub fn step(
        &mut self,
        parameters: &mut Parameters,
        block: Block,
        batches: &[TrialBatch<'_>],
        rows: TrainRows<'_>,
        losses: &mut [f32],
    ) -> Result<(), TchError> {
        let plan = self.plan(block, parameters)?;
        self.gather(rows.x, block, batches);
        let last = self.layers.len() - 1;
        for number in 0..last {
            self.plans[plan].forward[number].compute()?;
            for (trial, batch) in batches.iter().enumerate() {
                self.activate(parameters, number, block, trial, Some(batch));
            }
        }
        self.plans[plan].forward[last].compute()?;
        for (trial, (batch, loss)) in batches.iter().zip(losses).enumerate() {
            *loss = self.loss(parameters, block, trial, batch, rows);
        }
        for number in (0..=last).rev() {
            for trial in 0..block.n_trials {
                self.layer_backward(parameters, number, block, trial);
            }
            let plan = &self.plans[plan];
            plan.weight_grads[number].compute()?;
            if let Some(below) = number.checked_sub(1) {
                plan.input_grads[below].compute()?;
            }
        }
        Ok(())
    }

    /// Outputs of each trial of the block for the same rows, in evaluation mode:
    /// `x` is `[n_rows, n_features]`; each trial's `[n_rows, n_outputs]` go to
    /// the end of its entry of `outputs`.
    pub fn outputs(
        &mut self,
        parameters: &mut Parameters,
        block: Block,
        x: &[f32],
        outputs: &mut [Vec<f32>],
    ) -> Result<(), TchError> {
        let plan = self.plan(block, parameters)?;
        self.x.values_mut()[..x.len()].copy_from_slice(x);
        let last = self.layers.len() - 1;
        for number in 0..last {
            self.plans[plan].forward[number].compute()?;
            for trial in 0..block.n_trials {
                self.activate(parameters, number, block, trial, None);
            }
        }
        self.plans[plan].forward[last].compute()?;
        let layer = &mut self.layers[last];
        for (trial, outputs) in outputs.iter_mut().enumerate() {
            let own = layer.range(block, trial);
            let values = &mut layer.sums.values_mut()[own];
            let bias = range_of(parameters, last, Role::Bias, block, trial);
            hidden::add_bias(values, &parameters.trained.values()[bias]);
            outputs.extend(values.chunks_exact(layer.width).flat_map(|row| &row[..layer.units]));
        }
        Ok(())
    }

    /// Copies the batches' rows in; they must be within `x`.
    fn gather(&mut self, x: &[f32], block: Block, batches: &[TrialBatch<'_>]) {
        let width = self.spec.n_features;
        let batches = if block.same_rows { &batches[..1] } else { batches };
        let own = padded(block.n_rows * width);
        for (batch, own) in batches.iter().zip(self.x.values_mut().chunks_mut(own)) {
            for (into, &row) in own.chunks_exact_mut(width).zip(batch.rows) {
                let start = row as usize * width;
                into.copy_from_slice(&x[start..start + width]);
            }
        }
    }

    /// From a hidden layer's products to what the next layer is fed; without a
    /// batch, in evaluation mode.
    fn activate(
        &mut self,
        parameters: &mut Parameters,
        number: usize,
        block: Block,
        trial: usize,
        batch: Option<&TrialBatch<'_>>,
    ) {
        let layer = &mut self.layers[number];
        let (own, units, width) = (layer.range(block, trial), layer.units, layer.width);
        let Some(hidden) = &mut layer.hidden else { return };
        let mask = batch.and_then(|batch| self.masks.draw(batch, number, units, width));
        let activation = self.spec.activation;
        let activated = &mut hidden.activated.values_mut()[own.clone()];
        let sums = &mut layer.sums.values_mut()[own.clone()];
        let range = |role| range_of(parameters, number, role, block, trial);
        let trained = parameters.trained.values();
        let bias = &trained[range(Role::Bias)];
        let Some(norm) = &mut hidden.norm else {
            return hidden::activate(activation, units, sums, bias, activated, mask);
        };
        hidden::add_bias(sums, bias);
        let (weight, offset) = (&trained[range(Role::NormWeight)], &trained[range(Role::NormBias)]);
        let (mean, var) = (range(Role::RunningMean), range(Role::RunningVar));
        let (before, from_var) = parameters.running.split_at_mut(var.start);
        let (running_mean, running_var) = (&mut before[mean], &mut from_var[..width]);
        let applied = &mut norm.applied[own];
        let inverse_sd = &mut norm.inverse_sd[trial * width..(trial + 1) * width];
        let norm = Norm { weight, running_mean, running_var };
        match batch {
            Some(_) => normalization::forward(sums, applied, norm, inverse_sd),
            None => normalization::forward_in_evaluation(sums, applied, norm),
        }
        hidden::activate(activation, units, applied, offset, activated, mask);
    }

    /// From the gradient at a layer's activations to that at its sums, and at
    /// its bias.
    fn layer_backward(&mut self, parameters: &mut Parameters, number: usize, block: Block, trial: usize) {
        let layer = &mut self.layers[number];
        let own = layer.range(block, trial);
        let sums = &mut layer.sums.values_mut()[own.clone()];
        let bias = range_of(parameters, number, Role::Bias, block, trial);
        let grads = parameters.grads.values_mut();
        let Some(hidden) = &mut layer.hidden else {
            return hidden::column_sums(sums, &mut grads[bias]);
        };
        let grad = &self.grad.values()[own.clone()];
        let Some(norm) = &mut hidden.norm else {
            return hidden::multiply_and_sum(sums, grad, &mut grads[bias]);
        };
        let applied = &mut norm.applied[own];
        hidden::multiply(applied, grad);
        let range = |role| range_of(parameters, number, role, block, trial);
        let (weight, offset) = (range(Role::NormWeight), range(Role::NormBias));
        let grads = parameters.grads.values_mut();
        let (before, from_offset) = grads.split_at_mut(offset.start);
        let normalized = Normalized {
            weight: &parameters.trained.values()[weight.clone()],
            inverse_sd: &norm.inverse_sd[trial * layer.width..(trial + 1) * layer.width],
            weight_grad: &mut before[weight],
            offset_grad: &mut from_offset[..layer.width],
        };
        normalization::backward(sums, applied, normalized);
        hidden::column_sums(sums, &mut grads[bias]);
    }

    /// Turns a trial's last products into the gradient at its outputs.
    fn loss(
        &mut self,
        parameters: &Parameters,
        block: Block,
        trial: usize,
        batch: &TrialBatch<'_>,
        rows: TrainRows<'_>,
    ) -> f32 {
        if trial == 0 || !block.same_rows {
            self.y.clear();
            self.y.extend(batch.rows.iter().map(|&row| rows.y[row as usize]));
            self.teacher.clear();
            if let Some(teacher) = rows.teacher {
                let n_outputs = self.spec.n_outputs;
                let of_row = |&row: &u32| &teacher[row as usize * n_outputs..][..n_outputs];
                self.teacher.extend(batch.rows.iter().flat_map(of_row));
            }
        }
        let number = self.layers.len() - 1;
        let layer = &mut self.layers[number];
        let own = layer.range(block, trial);
        let bias = range_of(parameters, number, Role::Bias, block, trial);
        let outputs = Outputs {
            values: &mut layer.sums.values_mut()[own],
            n_outputs: layer.units,
            bias: &parameters.trained.values()[bias],
            y: &self.y,
            class_weights: batch.class_weights,
        };
        match batch.distillation {
            None => loss_into_gradient(self.spec.task, outputs, &mut self.scratch),
            Some(distillation) => {
                let soft = Soft { distillation, teacher: &self.teacher };
                soft_loss_into_gradient(self.spec.task, outputs, soft, &mut self.soft_scratch)
            }
        }
    }
}

impl Layer {
    /// A trial's values.
    fn range(&self, block: Block, trial: usize) -> Range<usize> {
        let n_values = block.n_rows * self.width;
        trial * n_values..(trial + 1) * n_values
    }
}

/// Where a trial of the block has a tensor's values; empty where there is none.
fn range_of(parameters: &Parameters, layer: usize, role: Role, block: Block, trial: usize) -> Range<usize> {
    let place = parameters.layout.place(layer, role);
    place.map_or(0..0, |place| place.range(block.first_trial + trial, parameters.n_trials))
}

/// Dropout masks, drawn into memory that is kept.
#[derive(Debug, Default)]
struct Masks {
    /// `[rows, units]`
    drawn: Vec<f32>,
    /// `[rows, width]`
    padded: Vec<f32>,
}

impl Masks {
    /// `[rows, width]`; None without dropout.
    fn draw(&mut self, batch: &TrialBatch<'_>, layer: usize, units: usize, width: usize) -> Option<&[f32]> {
        if batch.dropout <= 0.0 {
            return None;
        }
        self.drawn.resize(batch.rows.len() * units, 0.0);
        random::dropout_mask(batch.seed, batch.step, layer, batch.dropout, &mut self.drawn);
        if units == width {
            return Some(&self.drawn);
        }
        self.padded.resize(batch.rows.len() * width, 0.0);
        for (padded, drawn) in self.padded.chunks_exact_mut(width).zip(self.drawn.chunks_exact(units)) {
            padded[..units].copy_from_slice(drawn);
        }
        Some(&self.padded)
    }
}
