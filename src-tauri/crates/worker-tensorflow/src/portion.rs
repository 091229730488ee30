//! Steps of some trials, laid out for session calls. Whether the trials of a
//! step see the same rows is decided step by step, so that it does not depend
//! on where steps are cut into calls.

use crate::layout::Layout;
use crate::nodes::tensor;
use crate::program::{Steps, Targets};
use crate::programs::Programs;
use crate::state::State;
use crate::update::{Numbers, Rule};
use retort_trainer::random::dropout_mask;
use retort_trainer::{TrialSetup, TrialSteps};
use tensorflow::{Code, Status, Tensor};

/// Most steps a session call; what a call costs is nothing beside them.
const MAX_STEPS: usize = 256;
/// Most numbers of row indices or dropout masks that are laid out for a call.
const MAX_VALUES: usize = 1 << 22;

/// The rows trained on.
pub struct Table {
    /// `[n_rows, n_features + 1]`, the last column ones.
    pub x: Tensor<f32>,
    /// `[n_rows]`
    pub y: Targets,
}

/// A trial but for what changes as it trains.
pub struct Trial {
    /// Its weights are kept elsewhere.
    pub setup: TrialSetup,
    /// What it would need alone.
    pub rule: Rule,
}

/// Trials that train together.
pub struct Company<'a> {
    /// Their graphs.
    pub programs: &'a Programs,
    /// What they need together.
    pub rule: Rule,
    /// In the order of the state's rows.
    pub trials: Vec<&'a Trial>,
}

impl Company<'_> {
    /// Trains steps, equally many a trial, in equal batches. Returns the
    /// losses, one vector a trial.
    pub fn train(
        &self,
        table: &Table,
        steps: &[&TrialSteps<'_>],
        state: &mut State,
    ) -> Result<Vec<Vec<f32>>, Status> {
        let mut losses = vec![Vec::new(); steps.len()];
        let Some(first) = steps.first() else { return Ok(losses) };
        let n_steps = first.learning_rates.len();
        let batch_size = first.batch_size.max(1);
        if n_steps != first.rows.len().div_ceil(batch_size) {
            return Err(Status::new_set_lossy(
                Code::InvalidArgument,
                &format!("{n_steps} learning rates for {} rows in batches of {batch_size}", first.rows.len()),
            ));
        }
        let class_weights = self.class_weights()?;
        let at_once = self.steps_at_once(batch_size);
        let n_full = first.rows.len() / batch_size;
        let mut done = 0;
        while done < n_steps {
            // Batches of one call are equally large; the smaller last one has
            // a call of its own.
            let first_row = done * batch_size;
            let n_rows = batch_size.min(first.rows.len() - first_row);
            let most = if done < n_full { at_once.min(n_full - done) } else { 1 };
            let shared = is_shared(steps, first_row, n_rows);
            let count = (1..most)
                .find(|step| is_shared(steps, first_row + step * n_rows, n_rows) != shared)
                .unwrap_or(most);
            let portion = Portion { company: self, steps, shared, done, count, n_rows, first_row };
            let masks = portion.masks();
            let part = Steps {
                x: &table.x,
                y: &table.y,
                rows: &portion.rows()?,
                numbers: &portion.numbers()?,
                class_weights: class_weights.as_ref(),
                masks: &masks,
            };
            let by_step = self.programs.training(self.rule, shared)?.run(state, &part)?;
            for (trial, losses) in losses.iter_mut().enumerate() {
                losses.extend(by_step.iter().skip(trial).step_by(steps.len()));
            }
            done += count;
        }
        Ok(losses)
    }

    fn layout(&self) -> &Layout {
        &self.programs.layout
    }

    fn steps_at_once(&self, batch_size: usize) -> usize {
        let hidden = &self.layout().spec.hidden_layers;
        let widest = if self.rule.dropout { hidden.iter().copied().max().unwrap_or(1).max(1) } else { 1 };
        let values = batch_size.saturating_mul(widest).saturating_mul(self.trials.len());
        (MAX_VALUES / values.max(1)).clamp(1, MAX_STEPS)
    }

    /// `[K, n_classes]`, 1 for trials without; none where no trial has any.
    fn class_weights(&self) -> Result<Option<Tensor<f32>>, Status> {
        if !self.rule.class_weights {
            return Ok(None);
        }
        let n_classes = self.layout().spec.n_outputs;
        let all: Vec<f32> = self
            .trials
            .iter()
            .flat_map(|trial| trial.setup.class_weights.clone().unwrap_or_else(|| vec![1.0; n_classes]))
            .collect();
        tensor(&[self.trials.len(), n_classes], &all).map(Some)
    }
}

/// True where a batch is the same for all trials.
fn is_shared(steps: &[&TrialSteps<'_>], first_row: usize, n_rows: usize) -> bool {
    let rows = first_row..first_row + n_rows;
    steps.windows(2).all(|pair| pair[0].rows.get(rows.clone()) == pair[1].rows.get(rows.clone()))
}

/// What one session call trains.
struct Portion<'a> {
    company: &'a Company<'a>,
    steps: &'a [&'a TrialSteps<'a>],
    /// All trials see the same rows.
    shared: bool,
    /// Steps trained before, of those asked for.
    done: usize,
    /// Steps of the call.
    count: usize,
    /// Rows of each batch.
    n_rows: usize,
    /// Where its first batch starts among a trial's rows.
    first_row: usize,
}

impl Portion<'_> {
    fn rows(&self) -> Result<Tensor<i32>, Status> {
        let (count, n_rows) = (self.count, self.n_rows);
        let trials = if self.shared { &self.steps[..1] } else { self.steps };
        let mut rows = Vec::with_capacity(count * n_rows * trials.len());
        for step in 0..count {
            let start = self.first_row + step * n_rows;
            for trial in trials {
                rows.extend(trial.rows[start..start + n_rows].iter().map(|&row| row as i32));
            }
        }
        if self.shared {
            tensor(&[count, n_rows], &rows)
        } else {
            tensor(&[count, trials.len(), n_rows], &rows)
        }
    }

    /// `[steps, Numbers::COUNT, K, 1]`
    fn numbers(&self) -> Result<Tensor<f32>, Status> {
        let n_trials = self.steps.len();
        let mut numbers = vec![0.0; self.count * Numbers::COUNT * n_trials];
        for (step, numbers) in numbers.chunks_mut(Numbers::COUNT * n_trials).enumerate() {
            for (k, (trial, steps)) in self.company.trials.iter().zip(self.steps).enumerate() {
                let own = Numbers::of(trial.rule, &trial.setup, steps, self.done + step);
                for (which, number) in own.into_iter().enumerate() {
                    numbers[which * n_trials + k] = number;
                }
            }
        }
        tensor(&[self.count, Numbers::COUNT, n_trials, 1], &numbers)
    }

    /// One tensor a hidden layer, `[steps, K, units, batch]`, or `[steps, 1, …]`
    /// where all drop the same; none without dropout.
    fn masks(&self) -> Vec<Tensor<f32>> {
        if !self.company.rule.dropout {
            return Vec::new();
        }
        let hidden = &self.company.layout().spec.hidden_layers;
        hidden.iter().enumerate().map(|(layer, &units)| self.mask(layer, units)).collect()
    }

    fn mask(&self, layer: usize, units: usize) -> Tensor<f32> {
        let trials = &self.company.trials;
        let key = |k: usize| (trials[k].setup.seed, trials[k].setup.dropout, self.steps[k].first_step);
        // Of each trial the first that drops the same.
        let same_as: Vec<usize> =
            (0..trials.len()).map(|k| (0..k).find(|&earlier| key(earlier) == key(k)).unwrap_or(k)).collect();
        let n_masks = if same_as.iter().all(|&first| first == 0) { 1 } else { trials.len() };
        let size = (self.n_rows * units).max(1);
        let mut mask =
            Tensor::new(&[self.count, n_masks, units, self.n_rows].map(|dimension| dimension as u64));
        let mut by_row = vec![0.0; self.n_rows * units];
        for (step, all) in mask.chunks_mut(size * n_masks).enumerate() {
            for k in 0..n_masks {
                let setup = &trials[k].setup;
                if same_as[k] < k {
                    all.copy_within(same_as[k] * size..(same_as[k] + 1) * size, k * size);
                } else if setup.dropout > 0.0 {
                    let step = self.steps[k].first_step + (self.done + step) as u64;
                    dropout_mask(setup.seed, step, layer, setup.dropout, &mut by_row);
                    transpose(&by_row, units, &mut all[k * size..][..size]);
                } else {
                    all[k * size..][..size].fill(1.0);
                }
            }
        }
        mask
    }
}

/// `[rows, columns]` to `[columns, rows]`.
fn transpose(from: &[f32], columns: usize, to: &mut [f32]) {
    let n_rows = from.len() / columns.max(1);
    for (row, values) in from.chunks(columns.max(1)).enumerate() {
        for (column, &value) in values.iter().enumerate() {
            to[column * n_rows + row] = value;
        }
    }
}
