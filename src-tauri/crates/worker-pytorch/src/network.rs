//! Forward and backward through a multilayer perceptron, a batch at a time.

use crate::buffer::Buffer;
use crate::normalization::{self, ColumnSums, Norm};
use crate::parameters::{Parameters, Place};
use retort_domain::Activation;
use retort_domain::protocol::ModelSpec;
use retort_trainer::random;
use retort_trainer::tensors::Role;
use tch::{TchError, Tensor};

const GELU_EXACT: &str = "none";

/// What a trial's forward pass needs beside its parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dropout {
    pub seed: u32,
    pub step: u64,
    pub p: f64,
}

/// A hidden layer's intermediate values, `[batch, units]` each.
#[derive(Debug)]
struct Hidden {
    units: usize,
    /// The sums; once normalised, their normalised form.
    sums: Buffer,
    /// Normalised, factor and offset applied; unused without normalisation.
    normed: Option<Buffer>,
    activated: Buffer,
    /// With some activations set to zero; allocated when first needed.
    dropped: Option<(Buffer, Vec<f32>)>,
    grad: Buffer,
    inverse_sd: Vec<f32>,
}

/// Views of the buffers for a number of rows.
#[derive(Debug)]
struct Views {
    n_rows: usize,
    x: Tensor,
    hidden: Vec<HiddenViews>,
    outputs: Tensor,
    outputs_grad_t: Tensor,
    outputs_grad: Tensor,
}

#[derive(Debug)]
struct HiddenViews {
    sums: Tensor,
    normed: Option<Tensor>,
    activated: Tensor,
    dropped: Option<Tensor>,
    grad: Tensor,
    grad_t: Tensor,
}

/// Working memory for batches, shared by the trials of a group.
#[derive(Debug)]
pub(crate) struct Workspace {
    activation: Activation,
    n_features: usize,
    n_outputs: usize,
    /// Rows of a batch, at most.
    capacity: usize,
    x: Buffer,
    hidden: Vec<Hidden>,
    outputs: Buffer,
    outputs_grad: Buffer,
    /// For a full batch and for the last one of an epoch.
    views: Vec<Views>,
    column_sums: ColumnSums,
}

impl Workspace {
    pub fn new(spec: &ModelSpec, capacity: usize, with_dropout: bool) -> Result<Self, TchError> {
        let hidden = spec.hidden_layers.iter().map(|&units| {
            let len = capacity * units;
            Ok(Hidden {
                units,
                sums: Buffer::zeros(len)?,
                normed: if spec.batch_norm { Some(Buffer::zeros(len)?) } else { None },
                activated: Buffer::zeros(len)?,
                dropped: if with_dropout { Some((Buffer::zeros(len)?, vec![0.0; len])) } else { None },
                grad: Buffer::zeros(len)?,
                inverse_sd: vec![0.0; units],
            })
        });
        Ok(Self {
            activation: spec.activation,
            n_features: spec.n_features,
            n_outputs: spec.n_outputs,
            capacity,
            x: Buffer::zeros(capacity * spec.n_features)?,
            hidden: hidden.collect::<Result<_, TchError>>()?,
            outputs: Buffer::zeros(capacity * spec.n_outputs)?,
            outputs_grad: Buffer::zeros(capacity * spec.n_outputs)?,
            views: Vec::new(),
            column_sums: ColumnSums::default(),
        })
    }

    /// Rows of a batch that fit.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Copies the batch's rows in; they must be within `x`.
    pub fn gather(&mut self, x: &[f32], rows: &[u32]) {
        let width = self.n_features;
        for (into, &row) in self.x.values_mut().chunks_exact_mut(width).zip(rows) {
            let start = row as usize * width;
            into.copy_from_slice(&x[start..start + width]);
        }
    }

    /// Outputs of the last forward pass and where their gradient belongs.
    pub fn outputs_and_grad(&mut self, n_rows: usize) -> (&[f32], &mut [f32]) {
        let len = n_rows * self.n_outputs;
        (&self.outputs.values()[..len], &mut self.outputs_grad.values_mut()[..len])
    }

    fn views_for(&mut self, n_rows: usize) -> Result<usize, TchError> {
        if let Some(index) = self.views.iter().position(|v| v.n_rows == n_rows) {
            return Ok(index);
        }
        let hidden = self.hidden.iter().map(|layer| {
            let view = |buffer: &Buffer| buffer.view(0, &[n_rows, layer.units]);
            let grad = view(&layer.grad)?;
            Ok(HiddenViews {
                sums: view(&layer.sums)?,
                normed: layer.normed.as_ref().map(view).transpose()?,
                activated: view(&layer.activated)?,
                dropped: layer.dropped.as_ref().map(|d| view(&d.0)).transpose()?,
                grad_t: grad.f_tr()?,
                grad,
            })
        });
        let outputs_grad = self.outputs_grad.view(0, &[n_rows, self.n_outputs])?;
        let views = Views {
            n_rows,
            x: self.x.view(0, &[n_rows, self.n_features])?,
            hidden: hidden.collect::<Result<_, TchError>>()?,
            outputs: self.outputs.view(0, &[n_rows, self.n_outputs])?,
            outputs_grad_t: outputs_grad.f_tr()?,
            outputs_grad,
        };
        self.views.push(views);
        Ok(self.views.len() - 1)
    }

    /// From the gathered rows to the outputs, in training mode.
    pub fn forward(
        &mut self,
        params: &mut Parameters,
        n_rows: usize,
        dropout: Dropout,
    ) -> Result<(), TchError> {
        let index = self.views_for(n_rows)?;
        let views = &self.views[index];
        let mut input = &views.x;
        for (number, (layer, view)) in self.hidden.iter_mut().zip(&views.hidden).enumerate() {
            let weights = &params.layers[number];
            drop(weights.bias.f_addmm_out(&view.sums, input, &weights.weight_t)?);
            let len = n_rows * layer.units;
            let pre = match (&mut layer.normed, &view.normed) {
                (Some(normed), Some(normed_view)) => {
                    let place = |role| params.layout.place(number, role).map_or(0..0, range);
                    let (mean, var) = (place(Role::RunningMean), place(Role::RunningVar));
                    let (before, from_var) = params.running.split_at_mut(var.start);
                    let norm = Norm {
                        weight: &params.trained.values()[place(Role::NormWeight)],
                        bias: &params.trained.values()[place(Role::NormBias)],
                        running_mean: &mut before[mean],
                        running_var: &mut from_var[..var.len()],
                    };
                    let sums = &mut layer.sums.values_mut()[..len];
                    let out = &mut normed.values_mut()[..len];
                    normalization::forward(sums, out, norm, &mut layer.inverse_sd, &mut self.column_sums);
                    normed_view
                }
                _ => &view.sums,
            };
            activate(self.activation, pre, &view.activated)?;
            input = &view.activated;
            if let (Some((dropped, mask)), Some(dropped_view)) = (&mut layer.dropped, &view.dropped)
                && dropout.p > 0.0
            {
                random::dropout_mask(dropout.seed, dropout.step, number, dropout.p, &mut mask[..len]);
                let kept = layer.activated.values().iter().zip(&mask[..len]);
                dropped.values_mut().iter_mut().zip(kept).for_each(|(d, (a, m))| *d = a * m);
                input = dropped_view;
            }
        }
        let weights = &params.layers[self.hidden.len()];
        drop(weights.bias.f_addmm_out(&views.outputs, input, &weights.weight_t)?);
        Ok(())
    }

    /// From the outputs' gradient to that of every parameter, after `forward`
    /// with the same arguments.
    pub fn backward(
        &mut self,
        params: &mut Parameters,
        n_rows: usize,
        dropout: Dropout,
    ) -> Result<(), TchError> {
        let index = self.views_for(n_rows)?;
        let views = &self.views[index];
        let with_dropout = dropout.p > 0.0;
        for number in (0..=self.hidden.len()).rev() {
            let (grad, grad_t, grad_values, units) = match views.hidden.get(number) {
                Some(view) => {
                    (&view.grad, &view.grad_t, self.hidden[number].grad.values(), self.hidden[number].units)
                }
                None => {
                    (&views.outputs_grad, &views.outputs_grad_t, self.outputs_grad.values(), self.n_outputs)
                }
            };
            if let Some(place) = params.layout.place(number, Role::Bias) {
                let bias_grad = &mut params.grads.values_mut()[range(place)];
                bias_grad.fill(0.0);
                for row in grad_values[..n_rows * units].chunks_exact(units) {
                    bias_grad.iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
                }
            }
            let Some(below) = number.checked_sub(1) else {
                drop(grad_t.f_mm_out(&params.layers[number].weight_grad, &views.x)?);
                break;
            };
            let view = &views.hidden[below];
            let input = view.dropped.as_ref().filter(|_| with_dropout).unwrap_or(&view.activated);
            drop(grad_t.f_mm_out(&params.layers[number].weight_grad, input)?);
            drop(grad.f_mm_out(&view.grad, &params.layers[number].weight)?);

            let layer = &mut self.hidden[below];
            let len = n_rows * layer.units;
            if let Some((_, mask)) = layer.dropped.as_ref().filter(|_| with_dropout) {
                layer.grad.values_mut().iter_mut().zip(&mask[..len]).for_each(|(g, m)| *g *= m);
            }
            if self.activation == Activation::Relu {
                let activated = &layer.activated.values()[..len];
                layer
                    .grad
                    .values_mut()
                    .iter_mut()
                    .zip(activated)
                    .for_each(|(g, &a)| *g = if a > 0.0 { *g } else { 0.0 });
            } else {
                let pre = view.normed.as_ref().unwrap_or(&view.sums);
                activation_backward(self.activation, pre, view)?;
            }
            if layer.normed.is_some() {
                let place = |role| params.layout.place(below, role).map_or(0..0, range);
                let (weight, bias) = (place(Role::NormWeight), place(Role::NormBias));
                let (before, from_bias) = params.grads.values_mut().split_at_mut(bias.start);
                normalization::backward(
                    &mut layer.grad.values_mut()[..len],
                    &layer.sums.values()[..len],
                    &params.trained.values()[weight.clone()],
                    &layer.inverse_sd,
                    &mut before[weight],
                    &mut from_bias[..bias.len()],
                    &mut self.column_sums,
                );
            }
        }
        Ok(())
    }
}

fn range(place: &Place) -> std::ops::Range<usize> {
    place.offset..place.offset + place.len
}

fn activate(activation: Activation, pre: &Tensor, out: &Tensor) -> Result<(), TchError> {
    let result = match activation {
        Activation::Relu => pre.f_clamp_min_out(out, 0.0),
        Activation::Tanh => pre.f_tanh_out(out),
        Activation::Sigmoid => pre.f_sigmoid_out(out),
        Activation::Gelu => pre.f_gelu_out(out, GELU_EXACT),
        Activation::Silu => pre.f_silu_out(out),
    };
    result.map(drop)
}

/// In place on the view's gradient; elementwise, so in and out may be one.
fn activation_backward(activation: Activation, pre: &Tensor, view: &HiddenViews) -> Result<(), TchError> {
    let grad = &view.grad;
    let result = match activation {
        Activation::Relu => return Ok(()),
        Activation::Tanh => Tensor::f_tanh_backward_grad_input(grad, grad, &view.activated),
        Activation::Sigmoid => Tensor::f_sigmoid_backward_grad_input(grad, grad, &view.activated),
        Activation::Gelu => pre.f_gelu_backward_grad_input(grad, grad, GELU_EXACT),
        Activation::Silu => pre.f_silu_backward_grad_input(grad, grad),
    };
    result.map(drop)
}

/// Tensors of a network in evaluation mode.
#[derive(Debug)]
pub(crate) struct Frozen {
    activation: Activation,
    layers: Vec<FrozenLayer>,
}

#[derive(Debug)]
struct FrozenLayer {
    weight: Tensor,
    bias: Tensor,
    /// Weight, bias, running mean, running variance.
    norm: Option<[Tensor; 4]>,
}

impl Frozen {
    /// Copies the weights: TorchScript would save the whole memory behind a view.
    pub fn copy_of(spec: &ModelSpec, params: &Parameters) -> Result<Self, TchError> {
        let copy = |number, role: Role| {
            let Some(place) = params.layout.place(number, role) else { return Ok(None) };
            let from = if role.is_trained() { params.trained.values() } else { &params.running };
            let shape: Vec<i64> = place.slot.shape.iter().map(|&n| n as i64).collect();
            Tensor::f_from_slice(&from[range(place)])?.f_view(shape.as_slice()).map(Some)
        };
        let mut layers = Vec::new();
        for number in 0..=spec.hidden_layers.len() {
            let (Some(weight), Some(bias)) = (copy(number, Role::Weight)?, copy(number, Role::Bias)?) else {
                continue;
            };
            let norm = (
                copy(number, Role::NormWeight)?,
                copy(number, Role::NormBias)?,
                copy(number, Role::RunningMean)?,
                copy(number, Role::RunningVar)?,
            );
            let norm = match norm {
                (Some(weight), Some(bias), Some(mean), Some(var)) => Some([weight, bias, mean, var]),
                _ => None,
            };
            layers.push(FrozenLayer { weight, bias, norm });
        }
        Ok(Self { activation: spec.activation, layers })
    }

    /// `[n, n_features]` to `[n, n_outputs]`
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        let mut values = x.shallow_clone();
        for (number, layer) in self.layers.iter().enumerate() {
            values = values.f_linear(&layer.weight, Some(&layer.bias))?;
            if let Some([weight, bias, mean, var]) = &layer.norm {
                let epsilon = normalization::EPSILON;
                values = values.f_batch_norm(
                    Some(weight),
                    Some(bias),
                    Some(mean),
                    Some(var),
                    false,
                    0.1,
                    epsilon,
                    false,
                )?;
            }
            if number + 1 < self.layers.len() {
                values = match self.activation {
                    Activation::Relu => values.f_relu(),
                    Activation::Tanh => values.f_tanh(),
                    Activation::Sigmoid => values.f_sigmoid(),
                    Activation::Gelu => values.f_gelu(GELU_EXACT),
                    Activation::Silu => values.f_silu(),
                }?;
            }
        }
        Ok(values)
    }
}
