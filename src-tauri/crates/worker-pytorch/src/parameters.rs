//! The weights of a group's trials, their gradients and what the optimiser
//! keeps. Tensor by tensor, all trials' values of one behind each other, so
//! that libtorch sees a leading trial dimension.

use crate::buffer::Buffer;
use crate::vector::LANES;
use crate::vector::update::{Rule, Step, Stretch, sum_of_squares};
use crate::{misuse, refused};
use retort_domain::protocol::ModelSpec;
use retort_trainer::tensors::{self, Role, Slot};
use retort_trainer::{BackendError, NamedTensor, Tensors};
use std::ops::Range;

const ALLOCATE: &str = "allocate the networks";
const TAKE_OVER: &str = "take over weights";

/// Units of a layer in our buffers: the values beyond `units` are 0 and stay 0,
/// and every trial starts at a full vector.
pub(crate) fn padded(units: usize) -> usize {
    units.next_multiple_of(LANES)
}

/// Where each tensor lies.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// In the order of [`tensors::layout`].
    pub places: Vec<Place>,
    /// Values of one trial that are trained, and running statistics.
    trained_len: usize,
    running_len: usize,
}

/// One tensor of every trial.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub slot: Slot,
    /// As stored, padded: weights `[in, out]`, others `[1, out]`.
    pub rows: usize,
    pub columns: usize,
    /// Of one trial's values before it, in the buffer of trained values or in
    /// that of running statistics.
    before: usize,
}

impl Place {
    /// Values of one trial.
    pub fn len(&self) -> usize {
        self.rows * self.columns
    }

    /// Where trial `trial` of `n_trials` has its values.
    pub fn range(&self, trial: usize, n_trials: usize) -> Range<usize> {
        let start = self.before * n_trials + trial * self.len();
        start..start + self.len()
    }

    /// Named values of one trial, out of those stored.
    pub fn named(&self, stored: &[f32], suffix: &str) -> NamedTensor {
        let mut data = vec![0.0; self.slot.shape.iter().product()];
        self.each(|stored_at, at| data[at] = stored[stored_at]);
        NamedTensor { name: format!("{}{suffix}", self.slot.name), shape: self.slot.shape.clone(), data }
    }

    fn fill(&self, stored: &mut [f32], suffix: &str, from: &[NamedTensor]) -> Result<(), BackendError> {
        let name = format!("{}{suffix}", self.slot.name);
        let tensor = from
            .iter()
            .find(|t| t.name == name)
            .ok_or_else(|| misuse(TAKE_OVER, format!("{name} is missing")))?;
        let len: usize = self.slot.shape.iter().product();
        if tensor.data.len() != len {
            return Err(misuse(TAKE_OVER, format!("{name} has {} values, not {len}", tensor.data.len())));
        }
        self.each(|stored_at, at| stored[stored_at] = tensor.data[at]);
        Ok(())
    }

    /// Pairs every value's index here with that in the tensor as it is named.
    fn each(&self, mut pair: impl FnMut(usize, usize)) {
        match self.slot.shape[..] {
            [n_out, n_in] => {
                for input in 0..n_in {
                    for output in 0..n_out {
                        pair(input * self.columns + output, output * n_in + input);
                    }
                }
            }
            _ => (0..self.slot.shape.iter().product()).for_each(|at| pair(at, at)),
        }
    }
}

impl Layout {
    fn of(spec: &ModelSpec) -> Self {
        let (mut trained_len, mut running_len) = (0, 0);
        let places = tensors::layout(spec)
            .into_iter()
            .map(|slot| {
                let (rows, columns) = match slot.shape[..] {
                    [n_out, n_in] if slot.layer == 0 => (n_in, padded(n_out)),
                    [n_out, n_in] => (padded(n_in), padded(n_out)),
                    _ => (1, padded(slot.shape.iter().product())),
                };
                let end = if slot.role.is_trained() { &mut trained_len } else { &mut running_len };
                let before = *end;
                *end += rows * columns;
                Place { slot, rows, columns, before }
            })
            .collect();
        Self { places, trained_len, running_len }
    }

    /// None where the layer has no such tensor.
    pub fn place(&self, layer: usize, role: Role) -> Option<&Place> {
        self.places.iter().find(|p| p.slot.layer == layer && p.slot.role == role)
    }

    fn trained(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|p| p.slot.role.is_trained())
    }
}

#[derive(Debug)]
pub(crate) struct Parameters {
    pub layout: Layout,
    pub n_trials: usize,
    pub trained: Buffer,
    /// As `trained`.
    pub grads: Buffer,
    /// Running statistics of batch normalisation; empty without it.
    pub running: Vec<f32>,
    /// Numbers that the optimiser keeps, as `trained`; as many as the trial
    /// that needs most of them has.
    states: [Vec<f32>; 2],
}

impl Parameters {
    pub fn new(spec: &ModelSpec, n_trials: usize, n_states: usize) -> Result<Self, BackendError> {
        let layout = Layout::of(spec);
        let len = n_trials * layout.trained_len;
        let allocate = || Buffer::zeros(len).map_err(refused(ALLOCATE));
        let states = [0, 1].map(|state| vec![0.0; if state < n_states { len } else { 0 }]);
        Ok(Self {
            trained: allocate()?,
            grads: allocate()?,
            running: vec![0.0; n_trials * layout.running_len],
            states,
            n_trials,
            layout,
        })
    }

    /// The values of `place` now, padded.
    pub fn stored(&self, place: &Place, trial: usize) -> &[f32] {
        let from = if place.slot.role.is_trained() { self.trained.values() } else { &self.running };
        &from[place.range(trial, self.n_trials)]
    }

    pub fn named(&self, trial: usize) -> Tensors {
        self.layout.places.iter().map(|place| place.named(self.stored(place, trial), "")).collect()
    }

    pub fn set(&mut self, trial: usize, weights: &Tensors) -> Result<(), BackendError> {
        for place in &self.layout.places {
            let range = place.range(trial, self.n_trials);
            let into =
                if place.slot.role.is_trained() { self.trained.values_mut() } else { &mut self.running };
            place.fill(&mut into[range], "", weights)?;
        }
        Ok(())
    }

    pub fn named_state(&self, trial: usize, names: &[&str]) -> Tensors {
        let of_state = |(name, state): (&&str, &Vec<f32>)| -> Tensors {
            self.layout.trained().map(|p| p.named(&state[p.range(trial, self.n_trials)], name)).collect()
        };
        names.iter().zip(&self.states).flat_map(of_state).collect()
    }

    pub fn set_state(&mut self, trial: usize, names: &[&str], from: &Tensors) -> Result<(), BackendError> {
        for (name, state) in names.iter().zip(&mut self.states) {
            for place in self.layout.trained() {
                place.fill(&mut state[place.range(trial, self.n_trials)], name, from)?;
            }
        }
        Ok(())
    }

    /// One update of a trial from its gradients, which are used up.
    pub fn update(&mut self, trial: usize, rule: &Rule, number: u64, learning_rate: f64) {
        let Self { layout, n_trials, trained, grads, states, .. } = self;
        let (trained, grads) = (trained.values_mut(), grads.values_mut());
        let squares = match rule.clips() {
            true => layout.trained().map(|p| sum_of_squares(&grads[p.range(trial, *n_trials)])).sum(),
            false => 0.0,
        };
        let step = Step { number, learning_rate, clip_factor: rule.clip_factor(squares) };
        let [first, second] = states;
        for place in layout.trained() {
            let range = place.range(trial, *n_trials);
            rule.apply(
                step,
                Stretch {
                    params: &mut trained[range.clone()],
                    grads: &mut grads[range.clone()],
                    states: [
                        first.get_mut(range.clone()).unwrap_or_default(),
                        second.get_mut(range.clone()).unwrap_or_default(),
                    ],
                },
            );
        }
    }

    /// Keeps only the trials whose entry is true, in their order.
    pub fn retain(&mut self, keep: &[bool]) -> Result<(), BackendError> {
        let kept: Vec<usize> = (0..self.n_trials).filter(|&trial| keep[trial]).collect();
        let n_kept = kept.len();
        let allocate = || Buffer::zeros(n_kept * self.layout.trained_len).map_err(refused(ALLOCATE));
        let (mut trained, grads) = (allocate()?, allocate()?);
        let mut running = vec![0.0; n_kept * self.layout.running_len];
        let mut states = [0, 1].map(|i| {
            let is_kept = !self.states[i].is_empty();
            vec![0.0; if is_kept { n_kept * self.layout.trained_len } else { 0 }]
        });
        for place in &self.layout.places {
            for (to, &from) in kept.iter().enumerate() {
                let (from, to) = (place.range(from, self.n_trials), place.range(to, n_kept));
                if !place.slot.role.is_trained() {
                    running[to].copy_from_slice(&self.running[from]);
                    continue;
                }
                trained.values_mut()[to.clone()].copy_from_slice(&self.trained.values()[from.clone()]);
                for (into, state) in states.iter_mut().zip(&self.states).filter(|s| !s.1.is_empty()) {
                    into[to.clone()].copy_from_slice(&state[from.clone()]);
                }
            }
        }
        (self.n_trials, self.trained, self.grads) = (n_kept, trained, grads);
        (self.running, self.states) = (running, states);
        Ok(())
    }
}
