//! Steps of some trials, laid out for session calls. Whether the trials of a
//! step see the same rows is decided step by step, so that it does not depend
//! on where steps are cut into calls.

use crate::layout::Layout;
use crate::nodes::tensor;
use crate::plan::Plan;
use crate::program::{Execution, Lesson, Steps, Targets};
use crate::programs::{Kind, Programs};
use crate::soft_loss::{N_SETTINGS, settings};
use crate::state::State;
use crate::update::{Numbers, Rule};
use retort_trainer::random::dropout_mask;
use retort_trainer::{TrialSetup, TrialSteps};
use std::ops::Range;
use tensorflow::{Code, Status, Tensor};

/// Most steps a session call; what a call costs is nothing beside them.
const MAX_STEPS: usize = 128;
/// Most numbers of row indices or dropout masks that are laid out for a call.
const MAX_VALUES: usize = 1 << 22;

/// Fewest trials of a compiled loop. One alone would be compiled to products
/// of another form, which round another way.
const FEWEST_COMPILED: usize = 2;

/// The rows trained on.
pub struct Table {
    /// `[n_rows, n_features + 1]`, the last column ones.
    pub x: Tensor<f32>,
    /// `[n_rows]`
    pub y: Targets,
    /// `[n_rows, n_outputs]`: a teacher's outputs, where a trial is distilled.
    pub teacher: Option<Tensor<f32>>,
    /// Rows.
    pub n_rows: usize,
}

/// A trial but for what changes as it trains.
pub struct Trial {
    /// Its weights are kept elsewhere.
    pub setup: TrialSetup,
    /// What it would need alone.
    pub rule: Rule,
}

/// Trials that train together.
#[derive(Clone)]
pub struct Company<'a> {
    /// Their graphs.
    pub programs: &'a Programs,
    /// The rows trained on.
    pub table: &'a Table,
    /// What they need together.
    pub rule: Rule,
    /// In the order of the state's rows.
    pub trials: Vec<&'a Trial>,
    /// As many as trials.
    pub steps: Vec<&'a TrialSteps<'a>>,
}

impl<'a> Company<'a> {
    /// Trains the steps: of each trial as many, in equal batches, and compiled
    /// from the same one on. Returns the losses, one vector a trial.
    pub fn train(&self, state: &mut State) -> Result<Vec<Vec<f32>>, Status> {
        let mut losses = vec![Vec::new(); self.steps.len()];
        let (Some(first), Some(trial)) = (self.steps.first(), self.trials.first()) else { return Ok(losses) };
        let n_steps = first.learning_rates.len();
        let batch_size = first.batch_size.max(1);
        self.check(first, batch_size)?;
        let plan = Plan::new(self.programs, self.table, batch_size);
        let interpreted = plan.interpreted_steps(trial.setup.planned_steps, first.first_step, n_steps);
        let n_full = first.rows.len() / batch_size;
        let mut done = 0;
        while done < n_steps {
            // Batches of one call are equally large; the smaller last one has
            // a call of its own.
            let is_full = done < n_full;
            let execution =
                if is_full && done >= interpreted { Execution::Compiled } else { Execution::Interpreted };
            let end = match execution {
                Execution::Interpreted if is_full => n_full.min(interpreted),
                Execution::Interpreted => done + 1,
                Execution::Compiled => n_full,
            };
            let first_row = done * batch_size;
            let n_rows = batch_size.min(first.rows.len() - first_row);
            let shared = self.is_shared(first_row, n_rows);
            let together = plan.trials_at_once(execution, self.trials.len());
            let most = self.steps_at_once(batch_size, together).min(end - done);
            let count = (1..most)
                .find(|step| self.is_shared(first_row + step * n_rows, n_rows) != shared)
                .unwrap_or(most);
            let portion = Portion { shared, execution, done, count, n_rows, first_row };
            for first in (0..self.trials.len()).step_by(together) {
                let own = first..(first + together).min(self.trials.len());
                for (losses, new) in losses[own.clone()].iter_mut().zip(self.part(own, &portion, state)?) {
                    losses.extend(new);
                }
            }
            done += count;
        }
        Ok(losses)
    }

    /// Trains some of the trials. Copies of the first fill up what is missing
    /// to a number of trials that a loop is compiled for.
    fn part(&self, own: Range<usize>, portion: &Portion, state: &mut State) -> Result<Vec<Vec<f32>>, Status> {
        let n_rows = match portion.execution {
            Execution::Interpreted => own.len(),
            Execution::Compiled => own.len().next_power_of_two().max(FEWEST_COMPILED),
        };
        if own.len() == self.trials.len() && n_rows == own.len() {
            return self.call(portion, state);
        }
        let copies = std::iter::repeat_n(own.start, n_rows - own.len());
        let chosen: Vec<usize> = own.clone().chain(copies).collect();
        let company = Company {
            trials: chosen.iter().map(|&k| self.trials[k]).collect(),
            steps: chosen.iter().map(|&k| self.steps[k]).collect(),
            ..self.clone()
        };
        let mut part = state.select(&chosen)?;
        let losses = company.call(portion, &mut part)?;
        state.replace(&chosen[..own.len()], &part);
        Ok(losses)
    }

    /// One session call.
    fn call(&self, portion: &Portion, state: &mut State) -> Result<Vec<Vec<f32>>, Status> {
        let masks = portion.masks(self);
        let class_weights = self.class_weights()?;
        let settings = self.settings()?;
        let lesson = self.table.teacher.as_ref().filter(|_| self.rule.soft_loss.is_some());
        let steps = Steps {
            n_steps: portion.count,
            x: &self.table.x,
            y: &self.table.y,
            rows: &portion.rows(self)?,
            numbers: &portion.numbers(self)?,
            class_weights: class_weights.as_ref(),
            lesson: lesson.map(|teacher| Lesson { teacher, settings: &settings }),
            masks: &masks,
        };
        let kind = Kind { rule: self.rule, shared_rows: portion.shared, execution: portion.execution };
        let by_step = self.programs.training(kind)?.run(state, &steps)?;
        let n_trials = self.trials.len();
        let of = |trial| by_step.iter().skip(trial).step_by(n_trials).take(portion.count).copied().collect();
        Ok((0..n_trials).map(of).collect())
    }

    /// A compiled loop would take the nearest row for one that is not there.
    fn check(&self, first: &TrialSteps<'_>, batch_size: usize) -> Result<(), Status> {
        let (n_steps, n_rows) = (first.learning_rates.len(), first.rows.len());
        if n_steps != n_rows.div_ceil(batch_size) {
            return Err(invalid(&format!(
                "{n_steps} learning rates for {n_rows} rows in batches of {batch_size}"
            )));
        }
        let beyond =
            self.steps.iter().flat_map(|steps| steps.rows).find(|&&row| row as usize >= self.table.n_rows);
        match beyond {
            Some(row) => Err(invalid(&format!("row {row} of {}", self.table.n_rows))),
            None => Ok(()),
        }
    }

    /// True where a batch is the same for all trials.
    fn is_shared(&self, first_row: usize, n_rows: usize) -> bool {
        let rows = first_row..first_row + n_rows;
        self.steps.windows(2).all(|pair| pair[0].rows.get(rows.clone()) == pair[1].rows.get(rows.clone()))
    }

    fn layout(&self) -> &Layout {
        &self.programs.layout
    }

    fn steps_at_once(&self, batch_size: usize, n_trials: usize) -> usize {
        let hidden = &self.layout().spec.hidden_layers;
        let widest = if self.rule.dropout { hidden.iter().copied().max().unwrap_or(1).max(1) } else { 1 };
        let values = batch_size.saturating_mul(widest).saturating_mul(n_trials);
        (MAX_VALUES / values.max(1)).clamp(1, MAX_STEPS)
    }

    /// `[N_SETTINGS, K, 1, 1]`
    fn settings(&self) -> Result<Tensor<f32>, Status> {
        let by_trial: Vec<[f32; N_SETTINGS]> =
            self.trials.iter().map(|trial| settings(trial.setup.distillation.as_ref())).collect();
        let all: Vec<f32> = (0..N_SETTINGS).flat_map(|i| by_trial.iter().map(move |s| s[i])).collect();
        tensor(&[N_SETTINGS, self.trials.len(), 1, 1], &all)
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

/// What one session call trains.
struct Portion {
    /// All trials see the same rows.
    shared: bool,
    execution: Execution,
    /// Steps trained before, of those asked for.
    done: usize,
    /// Steps of the call.
    count: usize,
    /// Rows of each batch.
    n_rows: usize,
    /// Where its first batch starts among a trial's rows.
    first_row: usize,
}

impl Portion {
    /// Steps laid out. A compiled loop is for one number of them.
    fn laid_out(&self, company: &Company<'_>) -> usize {
        match self.execution {
            Execution::Interpreted => self.count,
            Execution::Compiled => company.steps_at_once(self.n_rows, company.trials.len()),
        }
    }

    /// `[steps, batch]`, or `[steps, K, batch]`.
    fn rows(&self, company: &Company<'_>) -> Result<Tensor<i32>, Status> {
        let n_rows = self.n_rows;
        let trials = if self.shared { &company.steps[..1] } else { &company.steps[..] };
        let laid_out = self.laid_out(company);
        let mut rows = Vec::with_capacity(laid_out * n_rows * trials.len());
        for step in 0..self.count {
            let start = self.first_row + step * n_rows;
            for trial in trials {
                rows.extend(trial.rows[start..start + n_rows].iter().map(|&row| row as i32));
            }
        }
        rows.resize(laid_out * n_rows * trials.len(), 0);
        if self.shared {
            tensor(&[laid_out, n_rows], &rows)
        } else {
            tensor(&[laid_out, trials.len(), n_rows], &rows)
        }
    }

    /// `[steps, Numbers::COUNT, K, 1]`
    fn numbers(&self, company: &Company<'_>) -> Result<Tensor<f32>, Status> {
        let n_trials = company.trials.len();
        let laid_out = self.laid_out(company);
        let mut numbers = vec![0.0; laid_out * Numbers::COUNT * n_trials];
        let by_step = numbers.chunks_mut(Numbers::COUNT * n_trials).take(self.count);
        for (step, numbers) in by_step.enumerate() {
            for (k, (trial, steps)) in company.trials.iter().zip(&company.steps).enumerate() {
                let own = Numbers::of(trial.rule, &trial.setup, steps, self.done + step);
                for (which, number) in own.into_iter().enumerate() {
                    numbers[which * n_trials + k] = number;
                }
            }
        }
        tensor(&[laid_out, Numbers::COUNT, n_trials, 1], &numbers)
    }

    /// One tensor a hidden layer, `[steps, K, units, batch]`, or `[steps, 1, …]`
    /// where all drop the same; none without dropout.
    fn masks(&self, company: &Company<'_>) -> Vec<Tensor<f32>> {
        if !company.rule.dropout {
            return Vec::new();
        }
        let hidden = &company.layout().spec.hidden_layers;
        hidden.iter().enumerate().map(|(layer, &units)| self.mask(company, layer, units)).collect()
    }

    fn mask(&self, company: &Company<'_>, layer: usize, units: usize) -> Tensor<f32> {
        let (trials, steps) = (&company.trials, &company.steps);
        let key = |k: usize| (trials[k].setup.seed, trials[k].setup.dropout, steps[k].first_step);
        // Of each trial the first that drops the same.
        let same_as: Vec<usize> =
            (0..trials.len()).map(|k| (0..k).find(|&earlier| key(earlier) == key(k)).unwrap_or(k)).collect();
        let n_masks = if same_as.iter().all(|&first| first == 0) { 1 } else { trials.len() };
        let size = (self.n_rows * units).max(1);
        let laid_out = self.laid_out(company);
        let mut mask =
            Tensor::new(&[laid_out, n_masks, units, self.n_rows].map(|dimension| dimension as u64));
        let mut by_row = vec![0.0; self.n_rows * units];
        for (step, all) in mask.chunks_mut(size * n_masks).take(self.count).enumerate() {
            for k in 0..n_masks {
                let setup = &trials[k].setup;
                if same_as[k] < k {
                    all.copy_within(same_as[k] * size..(same_as[k] + 1) * size, k * size);
                } else if setup.dropout > 0.0 {
                    let step = steps[k].first_step + (self.done + step) as u64;
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

fn invalid(message: &str) -> Status {
    Status::new_set_lossy(Code::InvalidArgument, message)
}
