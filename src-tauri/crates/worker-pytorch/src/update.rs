//! PyTorch's update rules, each one pass over the flat parameters.

use crate::parameters::Layout;
use retort_domain::Optimizer;
use retort_trainer::{BackendError, Tensors, TrialSetup};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const ALPHA: f64 = 0.9;
const EPSILON: f32 = 1e-8;

/// An optimiser and its state, each as long as the flat parameters.
#[derive(Debug)]
pub(crate) struct Updater {
    rule: Optimizer,
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
    clip_norm: Option<f64>,
    /// Suffix on disk, values.
    state: Vec<(&'static str, Vec<f32>)>,
}

impl Updater {
    pub fn new(rule: Optimizer, setup: &TrialSetup, len: usize) -> Self {
        let with_momentum = setup.momentum > 0.0;
        let names: &[&str] = match rule {
            Optimizer::Adam | Optimizer::Adamw => &[".exp_avg", ".exp_avg_sq"],
            Optimizer::Rmsprop if with_momentum => &[".square_avg", ".momentum_buffer"],
            Optimizer::Rmsprop => &[".square_avg"],
            Optimizer::Sgd if with_momentum => &[".momentum_buffer"],
            Optimizer::Sgd => &[],
        };
        Self {
            rule,
            momentum: setup.momentum,
            nesterov: setup.nesterov,
            weight_decay: setup.weight_decay,
            clip_norm: setup.gradient_clip_norm,
            state: names.iter().map(|name| (*name, vec![0.0; len])).collect(),
        }
    }

    /// One update; `step` from 0. `grads` is used up.
    pub fn apply(&mut self, params: &mut [f32], grads: &mut [f32], learning_rate: f64, step: u64) {
        if let Some(max_norm) = self.clip_norm {
            clip(grads, max_norm);
        }
        let decay = self.weight_decay as f32;
        match self.rule {
            Optimizer::Adamw if decay != 0.0 => {
                let keep = (1.0 - learning_rate * self.weight_decay) as f32;
                params.iter_mut().for_each(|p| *p *= keep);
            }
            Optimizer::Adamw => {}
            Optimizer::Sgd | Optimizer::Adam | Optimizer::Rmsprop if decay != 0.0 => {
                grads.iter_mut().zip(&*params).for_each(|(g, &p)| *g += decay * p);
            }
            Optimizer::Sgd | Optimizer::Adam | Optimizer::Rmsprop => {}
        }
        let (rate, momentum) = (learning_rate as f32, self.momentum as f32);
        match (self.rule, &mut self.state[..]) {
            (Optimizer::Adam | Optimizer::Adamw, [(_, mean), (_, square)]) => {
                adam(params, grads, mean, square, learning_rate, step);
            }
            (Optimizer::Rmsprop, [(_, square), momentum_buffer @ ..]) => {
                rmsprop_direction(grads, square);
                if let [(_, buffer)] = momentum_buffer {
                    buffer.iter_mut().zip(&mut *grads).for_each(|(b, g)| {
                        *b = momentum * *b + *g;
                        *g = *b;
                    });
                }
                descend(params, grads, rate);
            }
            (Optimizer::Sgd, [(_, buffer)]) => {
                let nesterov = self.nesterov;
                buffer.iter_mut().zip(&mut *grads).for_each(|(b, g)| {
                    *b = momentum * *b + *g;
                    *g = if nesterov { *g + momentum * *b } else { *b };
                });
                descend(params, grads, rate);
            }
            (Optimizer::Sgd | Optimizer::Adam | Optimizer::Adamw | Optimizer::Rmsprop, _) => {
                descend(params, grads, rate);
            }
        }
    }

    pub fn named_state(&self, layout: &Layout) -> Tensors {
        self.state.iter().flat_map(|(suffix, values)| layout.name_trained(values, suffix)).collect()
    }

    pub fn set_state(&mut self, layout: &Layout, from: &Tensors) -> Result<(), BackendError> {
        self.state.iter_mut().try_for_each(|(suffix, values)| layout.fill_trained(values, suffix, from))
    }
}

/// `torch.nn.utils.clip_grad_norm_`, its 1e-6 included.
fn clip(grads: &mut [f32], max_norm: f64) {
    let norm = grads.iter().map(|&g| f64::from(g) * f64::from(g)).sum::<f64>().sqrt();
    let factor = max_norm / (norm + 1e-6);
    if factor < 1.0 {
        grads.iter_mut().for_each(|g| *g *= factor as f32);
    }
}

fn descend(params: &mut [f32], direction: &[f32], rate: f32) {
    params.iter_mut().zip(direction).for_each(|(p, &d)| *p -= rate * d);
}

fn rmsprop_direction(grads: &mut [f32], square: &mut [f32]) {
    let (keep, take) = (ALPHA as f32, (1.0 - ALPHA) as f32);
    grads.iter_mut().zip(square).for_each(|(g, s)| {
        *s = keep * *s + take * *g * *g;
        *g /= s.sqrt() + EPSILON;
    });
}

fn adam(
    params: &mut [f32],
    grads: &[f32],
    mean: &mut [f32],
    square: &mut [f32],
    learning_rate: f64,
    step: u64,
) {
    let t = (step + 1).min(i32::MAX as u64) as i32;
    let rate = (learning_rate / (1.0 - BETA1.powi(t))) as f32;
    let correction = (1.0 - BETA2.powi(t)).sqrt() as f32;
    let (take1, keep2, take2) = ((1.0 - BETA1) as f32, BETA2 as f32, (1.0 - BETA2) as f32);
    for (((p, &g), m), s) in params.iter_mut().zip(grads).zip(mean).zip(square) {
        *m += take1 * (g - *m);
        *s = keep2 * *s + take2 * g * g;
        *p -= rate * *m / (s.sqrt() / correction + EPSILON);
    }
}
