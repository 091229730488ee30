//! The update rules, as PyTorch documents them (`torch.optim`, `foreach` or
//! not), over a stretch of a trial's parameters.

use super::{LANES, mul_add, vectorized};
use retort_domain::Optimizer;
use retort_trainer::TrialSetup;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const ALPHA: f64 = 0.9;
const EPSILON: f32 = 1e-8;

/// A trial's optimiser, its state aside.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    optimizer: Optimizer,
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
    clip_norm: Option<f64>,
}

/// A stretch of a trial's numbers, equally long each. A rule that keeps fewer
/// than two numbers a parameter is given empty slices for the rest.
pub(crate) struct Stretch<'a> {
    pub params: &'a mut [f32],
    /// Used up.
    pub grads: &'a mut [f32],
    pub states: [&'a mut [f32]; 2],
}

/// What is the same for all parameters of a trial in one step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// From 0.
    pub number: u64,
    pub learning_rate: f64,
    /// Below 1 where the gradients were too long.
    pub clip_factor: f32,
}

impl Rule {
    pub fn new(optimizer: Optimizer, setup: &TrialSetup) -> Self {
        Self {
            optimizer,
            momentum: setup.momentum,
            nesterov: setup.nesterov,
            weight_decay: setup.weight_decay,
            clip_norm: setup.gradient_clip_norm,
        }
    }

    /// Suffixes, on disk, of the numbers that the rule keeps a parameter.
    pub fn state_names(&self) -> &'static [&'static str] {
        let with_momentum = self.momentum > 0.0;
        match self.optimizer {
            Optimizer::Adam | Optimizer::Adamw => &[".exp_avg", ".exp_avg_sq"],
            Optimizer::Rmsprop if with_momentum => &[".square_avg", ".momentum_buffer"],
            Optimizer::Rmsprop => &[".square_avg"],
            Optimizer::Sgd if with_momentum => &[".momentum_buffer"],
            Optimizer::Sgd => &[],
        }
    }

    /// True where gradients must be measured before they are used.
    pub fn clips(&self) -> bool {
        self.clip_norm.is_some()
    }

    /// `torch.nn.utils.clip_grad_norm_`, its 1e-6 included; `squares` is the
    /// sum of all gradients' squares.
    pub fn clip_factor(&self, squares: f64) -> f32 {
        let factor = |max_norm: f64| (max_norm / (squares.sqrt() + 1e-6)) as f32;
        self.clip_norm.map_or(1.0, factor).min(1.0)
    }

    pub fn apply(&self, step: Step, stretch: Stretch<'_>) {
        let Step { number, learning_rate, clip_factor } = step;
        let Stretch { params, grads, states: [first, second] } = stretch;
        let decoupled = self.optimizer == Optimizer::Adamw;
        let keep = if decoupled { (1.0 - learning_rate * self.weight_decay) as f32 } else { 1.0 };
        let decay = if decoupled { 0.0 } else { self.weight_decay as f32 };
        if keep != 1.0 {
            params.iter_mut().for_each(|p| *p *= keep);
        }
        if clip_factor != 1.0 || decay != 0.0 {
            scale_and_decay(grads, params, clip_factor, decay);
        }
        let (rate, momentum) = (learning_rate as f32, self.momentum as f32);
        match self.optimizer {
            Optimizer::Adam | Optimizer::Adamw => {
                let t = number.saturating_add(1).min(i32::MAX as u64) as i32;
                let rate = (learning_rate / (1.0 - BETA1.powi(t))) as f32;
                let correction = (1.0 - BETA2.powi(t)).sqrt() as f32;
                adam(params, grads, first, second, rate, correction);
            }
            Optimizer::Rmsprop => {
                rmsprop_direction(grads, first);
                if momentum > 0.0 {
                    momentum_direction(grads, second, momentum, false);
                }
                descend(params, grads, rate);
            }
            Optimizer::Sgd => {
                if momentum > 0.0 {
                    momentum_direction(grads, first, momentum, self.nesterov);
                }
                descend(params, grads, rate);
            }
        }
    }
}

vectorized! {
    /// In f64, lane by lane.
    pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
        let mut lanes = [0.0_f64; LANES];
        let chunks = values.chunks_exact(LANES);
        let rest = chunks.remainder().iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>();
        for chunk in chunks {
            for (lane, &value) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(value) * f64::from(value);
            }
        }
        lanes.iter().sum::<f64>() + rest
    }
}

vectorized! {
    fn scale_and_decay(grads: &mut [f32], params: &[f32], factor: f32, decay: f32) {
        for (g, &p) in grads.iter_mut().zip(params) {
            *g = mul_add::<FUSED>(decay, p, *g * factor);
        }
    }
}

vectorized! {
    fn descend(params: &mut [f32], direction: &[f32], rate: f32) {
        for (p, &d) in params.iter_mut().zip(direction) {
            *p = mul_add::<FUSED>(-rate, d, *p);
        }
    }
}

vectorized! {
    fn momentum_direction(grads: &mut [f32], buffer: &mut [f32], momentum: f32, nesterov: bool) {
        for (g, b) in grads.iter_mut().zip(buffer) {
            *b = mul_add::<FUSED>(momentum, *b, *g);
            *g = if nesterov { mul_add::<FUSED>(momentum, *b, *g) } else { *b };
        }
    }
}

vectorized! {
    fn rmsprop_direction(grads: &mut [f32], square: &mut [f32]) {
        let (keep, take) = (ALPHA as f32, (1.0 - ALPHA) as f32);
        for (g, s) in grads.iter_mut().zip(square) {
            *s = mul_add::<FUSED>(keep, *s, take * *g * *g);
            *g /= s.sqrt() + EPSILON;
        }
    }
}

vectorized! {
    /// `rate` and `correction` hold the bias corrections of both moments.
    fn adam(
        params: &mut [f32],
        grads: &[f32],
        mean: &mut [f32],
        square: &mut [f32],
        rate: f32,
        correction: f32,
    ) {
        let (take1, keep2, take2) = ((1.0 - BETA1) as f32, BETA2 as f32, (1.0 - BETA2) as f32);
        for (((p, &g), m), s) in params.iter_mut().zip(grads).zip(mean).zip(square) {
            *m = mul_add::<FUSED>(take1, g - *m, *m);
            *s = mul_add::<FUSED>(keep2, *s, take2 * g * g);
            *p -= rate * *m / (s.sqrt() / correction + EPSILON);
        }
    }
}
