//! Trials under training. A group is cut into blocks: the trials of a block
//! are one batched model, blocks follow one another.

use crate::export;
use crate::nodes::tensor;
use crate::plan::{self, Plan};
use crate::portion::{Company, Table, Trial};
use crate::program::Targets;
use crate::programs::Programs;
use crate::soft_loss::SoftLoss;
use crate::state::{State, row, row_mut};
use crate::update::Rule;
use retort_domain::{Artifact, Platform, Task};
use retort_trainer::{BackendError, Group, Tensors, TrainRows, TrialSetup, TrialSteps};
use std::path::Path;
use std::rc::Rc;
use tensorflow::{Code, Status, Tensor};

/// Numbers of a layer's activations that are evaluated at once, so that memory
/// does not grow with the table.
const EVALUATION_VALUES: usize = 1 << 20;

/// Trials whose numbers are the rows of one state.
struct Block {
    trials: Vec<Trial>,
    state: State,
}

/// Trials of one shape over the same rows.
pub struct TensorFlowGroup {
    programs: Rc<Programs>,
    table: Table,
    /// What all trials need together, those dropped since counted: the others
    /// go on as they were.
    rule: Rule,
    blocks: Vec<Block>,
}

impl TensorFlowGroup {
    /// Copies the rows.
    pub fn open(
        programs: Rc<Programs>,
        rows: TrainRows<'_>,
        setups: &[TrialSetup],
    ) -> Result<Self, BackendError> {
        let failed = |status| failed("build the network", status);
        let layout = &programs.layout;
        let spec = &layout.spec;
        let x = with_ones(rows.x, rows.n_rows, spec.n_features).map_err(failed)?;
        let y = match spec.task {
            Task::Classification => {
                let class_of = |&y: &f32| if y.is_nan() { -1 } else { y as i32 };
                let classes: Vec<i32> = rows.y.iter().map(class_of).collect();
                Targets::Classes(tensor(&[rows.n_rows], &classes).map_err(failed)?)
            }
            Task::Regression => {
                let teacher = rows.teacher.unwrap_or(rows.y);
                let of_row = |(&y, &t): (&f32, &f32)| if y.is_nan() { t } else { y };
                let targets: Vec<f32> = rows.y.iter().zip(teacher).map(of_row).collect();
                Targets::Numbers(tensor(&[rows.n_rows], &targets).map_err(failed)?)
            }
        };
        let rule = setups
            .iter()
            .map(|setup| Rule::new(spec.optimizer, setup))
            .reduce(Rule::union)
            .ok_or_else(|| failed(invalid("a group without trials")))?;
        let teacher = match (rows.teacher, rule.soft_loss) {
            (Some(teacher), Some(_)) => {
                Some(tensor(&[rows.n_rows, spec.n_outputs], teacher).map_err(failed)?)
            }
            (None, Some(_)) => return Err(failed(invalid("the teacher's outputs are missing"))),
            (_, None) => None,
        };
        let soft_losses = setups.iter().filter_map(|s| s.distillation.as_ref().map(SoftLoss::of));
        if soft_losses.map(Some).any(|of_trial| of_trial != rule.soft_loss) {
            return Err(failed(invalid("trials of different soft losses")));
        }
        let mut blocks = Vec::new();
        for setups in even_parts(setups, plan::trials_in_a_block(spec)) {
            let n_trials = setups.len() as u64;
            let n_running = layout.len(false) as u64;
            let n_trained = layout.len(true) as u64;
            let mut state = State {
                trained: Tensor::new(&[n_trials, n_trained]),
                running: (n_running > 0).then(|| Tensor::new(&[n_trials, n_running])),
                moments: rule.state_names().iter().map(|_| Tensor::new(&[n_trials, n_trained])).collect(),
            };
            let mut trials = Vec::new();
            for (k, setup) in setups.iter().enumerate() {
                if setup.class_weights.as_ref().is_some_and(|weights| weights.len() != spec.n_outputs) {
                    return Err(failed(invalid("not as many class weights as classes")));
                }
                put_weights(&programs, &mut state, k, &setup.weights)?;
                // Kept once, in `state`.
                let setup = TrialSetup { weights: Tensors::new(), ..setup.clone() };
                trials.push(Trial { rule: Rule::new(spec.optimizer, &setup), setup });
            }
            blocks.push(Block { trials, state });
        }
        Ok(Self { programs, table: Table { x, y, teacher, n_rows: rows.n_rows }, rule, blocks })
    }

    /// A trial's block and its place there.
    fn find(&self, trial: usize) -> Result<(usize, usize), BackendError> {
        let mut place = trial;
        for (at, block) in self.blocks.iter().enumerate() {
            if place < block.trials.len() {
                return Ok((at, place));
            }
            place -= block.trials.len();
        }
        Err(failed("find the trial", invalid(&format!("there is no trial {trial}"))))
    }

    /// `[K, n_rows, n_outputs]`, one vector a trial.
    fn evaluate(&self, state: &State, x: &[f32], n_rows: usize) -> Result<Vec<Vec<f32>>, Status> {
        let spec = &self.programs.layout.spec;
        let (n_features, n_outputs) = (spec.n_features, spec.n_outputs);
        if x.len() != n_rows * n_features {
            return Err(invalid(&format!("{} values for {n_rows} rows of {n_features}", x.len())));
        }
        let evaluation = self.programs.evaluation()?;
        let widest = spec.hidden_layers.iter().copied().max().unwrap_or(1).max(n_outputs).max(1);
        let at_once = (EVALUATION_VALUES / (widest * state.n_trials().max(1))).max(64);
        let mut outputs = vec![Vec::with_capacity(n_rows * n_outputs); state.n_trials()];
        let mut first = 0;
        while first < n_rows {
            let count = at_once.min(n_rows - first);
            let part = with_ones(&x[first * n_features..(first + count) * n_features], count, n_features)?;
            let all = evaluation.run(state, &part)?;
            for (own, part) in outputs.iter_mut().zip(all.chunks((count * n_outputs).max(1))) {
                own.extend_from_slice(part);
            }
            first += count;
        }
        Ok(outputs)
    }
}

impl Block {
    /// Trains what each trial is to be trained, together where they are at
    /// the same place.
    fn train(
        &mut self,
        programs: &Programs,
        rule: Rule,
        table: &Table,
        steps: &[TrialSteps<'_>],
    ) -> Result<Vec<Vec<f32>>, Status> {
        let place = |k: usize| {
            let TrialSteps { rows, batch_size, learning_rates, first_step } = steps[k];
            let plan = Plan::new(programs, table, batch_size);
            let planned_steps = self.trials[k].setup.planned_steps;
            let interpreted = plan.interpreted_steps(planned_steps, first_step, learning_rates.len());
            (rows.len(), batch_size, learning_rates.len(), interpreted)
        };
        let mut losses = vec![Vec::new(); steps.len()];
        let mut left: Vec<usize> =
            (0..steps.len()).filter(|&k| !steps[k].learning_rates.is_empty()).collect();
        while let Some(&first) = left.first() {
            let together: Vec<usize>;
            (together, left) = left.iter().partition(|&&k| place(k) == place(first));
            let company = Company {
                programs,
                table,
                rule,
                trials: together.iter().map(|&k| &self.trials[k]).collect(),
                steps: together.iter().map(|&k| &steps[k]).collect(),
            };
            let own_losses = if together.len() == steps.len() {
                company.train(&mut self.state)?
            } else {
                let mut state = self.state.select(&together)?;
                let losses = company.train(&mut state)?;
                self.state.replace(&together, &state);
                losses
            };
            for (k, own) in together.into_iter().zip(own_losses) {
                losses[k] = own;
            }
        }
        Ok(losses)
    }
}

impl Group for TensorFlowGroup {
    fn n_trials(&self) -> usize {
        self.blocks.iter().map(|block| block.trials.len()).sum()
    }

    fn train_steps(&mut self, steps: &[TrialSteps<'_>]) -> Result<Vec<Vec<f32>>, BackendError> {
        let n_trials = self.n_trials();
        if steps.len() != n_trials {
            let message = format!("steps for {} trials of {n_trials}", steps.len());
            return Err(failed("train", invalid(&message)));
        }
        let mut losses = Vec::with_capacity(n_trials);
        let mut steps = steps;
        for block in &mut self.blocks {
            let (own, rest) = steps.split_at(block.trials.len());
            let trained = block.train(&self.programs, self.rule, &self.table, own);
            losses.extend(trained.map_err(|status| failed("train", status))?);
            steps = rest;
        }
        Ok(losses)
    }

    fn outputs(&mut self, trial: usize, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError> {
        let (block, place) = self.find(trial)?;
        self.blocks[block]
            .state
            .select(&[place])
            .and_then(|alone| self.evaluate(&alone, x, n_rows))
            .map(|mut outputs| outputs.swap_remove(0))
            .map_err(|status| failed("evaluate", status))
    }

    fn outputs_of_all(&mut self, x: &[f32], n_rows: usize) -> Result<Vec<Vec<f32>>, BackendError> {
        let mut outputs = Vec::with_capacity(self.n_trials());
        for block in &self.blocks {
            outputs
                .extend(self.evaluate(&block.state, x, n_rows).map_err(|status| failed("evaluate", status))?);
        }
        Ok(outputs)
    }

    fn weights(&self, trial: usize) -> Result<Tensors, BackendError> {
        let (block, place) = self.find(trial)?;
        let state = &self.blocks[block].state;
        let running = state.running.as_ref().map_or(&[][..], |running| row(running, place));
        Ok(self.programs.layout.weights(row(&state.trained, place), running))
    }

    fn set_weights(&mut self, trial: usize, weights: &Tensors) -> Result<(), BackendError> {
        let (block, place) = self.find(trial)?;
        put_weights(&self.programs, &mut self.blocks[block].state, place, weights)
    }

    fn optimizer_state(&self, trial: usize) -> Result<Tensors, BackendError> {
        let (block, place) = self.find(trial)?;
        let block = &self.blocks[block];
        let own = block.trials[place].rule.state_names();
        let moments = self.rule.state_names().iter().zip(&block.state.moments);
        let by_moment: Vec<Tensors> = moments
            .filter(|(name, _)| own.contains(name))
            .map(|(name, moment)| self.programs.layout.unpack(row(moment, place), true, &format!(".{name}")))
            .collect();
        // A parameter's moments stand side by side.
        let n_parameters = by_moment.first().map_or(0, Vec::len);
        let nth = |parameter| by_moment.iter().filter_map(move |tensors| tensors.get(parameter).cloned());
        Ok((0..n_parameters).flat_map(nth).collect())
    }

    fn set_optimizer_state(&mut self, trial: usize, state: &Tensors) -> Result<(), BackendError> {
        let (block, place) = self.find(trial)?;
        let layout = &self.programs.layout;
        let own = self.blocks[block].trials[place].rule.state_names();
        let mut rows = Vec::new();
        for name in own {
            let mut row = vec![0.0; layout.len(true)];
            layout.pack(state, true, &format!(".{name}"), &mut row).map_err(unfit)?;
            rows.push(row);
        }
        let moments = self.rule.state_names().iter().zip(&mut self.blocks[block].state.moments);
        for ((_, moment), new) in moments.filter(|(name, _)| own.contains(name)).zip(rows) {
            row_mut(moment, place).copy_from_slice(&new);
        }
        Ok(())
    }

    fn retain(&mut self, keep: &[bool]) -> Result<(), BackendError> {
        let n_trials = self.n_trials();
        if keep.len() != n_trials {
            let message = format!("a choice among {n_trials} trials, not {}", keep.len());
            return Err(failed("drop trials", invalid(&message)));
        }
        let mut first = 0;
        for block in &mut self.blocks {
            let own = &keep[first..first + block.trials.len()];
            first += own.len();
            if own.iter().all(|&kept| kept) {
                continue;
            }
            let kept: Vec<usize> = (0..own.len()).filter(|&k| own[k]).collect();
            block.state = block.state.select(&kept).map_err(|status| failed("drop trials", status))?;
            let mut own = own.iter();
            block.trials.retain(|_| own.next().copied().unwrap_or(true));
        }
        self.blocks.retain(|block| !block.trials.is_empty());
        Ok(())
    }

    fn export(&mut self, trial: usize, dir: &Path) -> Result<Artifact, BackendError> {
        export::saved_model(&self.programs.layout.spec, &self.weights(trial)?, dir)
    }
}

/// Cuts `all` into as few parts of at most `most` as there must be, as equal
/// as can be.
fn even_parts<T>(all: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let n_parts = all.len().div_ceil(most.max(1)).max(1);
    (0..n_parts).map(move |part| &all[part * all.len() / n_parts..(part + 1) * all.len() / n_parts])
}

/// `[n_rows, n_features + 1]`
fn with_ones(x: &[f32], n_rows: usize, n_features: usize) -> Result<Tensor<f32>, Status> {
    if x.len() != n_rows * n_features {
        return Err(invalid(&format!("{} values for {n_rows} rows of {n_features}", x.len())));
    }
    let mut joined = Tensor::new(&[n_rows as u64, n_features as u64 + 1]);
    for (row, line) in joined.chunks_mut(n_features + 1).enumerate() {
        line[..n_features].copy_from_slice(&x[row * n_features..(row + 1) * n_features]);
        line[n_features] = 1.0;
    }
    Ok(joined)
}

/// Both rows are complete before either is kept.
fn put_weights(
    programs: &Programs,
    state: &mut State,
    place: usize,
    weights: &Tensors,
) -> Result<(), BackendError> {
    let layout = &programs.layout;
    let (mut trained, mut running) = (vec![0.0; layout.len(true)], vec![0.0; layout.len(false)]);
    layout.pack(weights, true, "", &mut trained).map_err(unfit)?;
    layout.pack(weights, false, "", &mut running).map_err(unfit)?;
    row_mut(&mut state.trained, place).copy_from_slice(&trained);
    if let Some(matrix) = &mut state.running {
        row_mut(matrix, place).copy_from_slice(&running);
    }
    Ok(())
}

fn unfit(message: String) -> BackendError {
    failed("take the weights", invalid(&message))
}

/// One line of what TensorFlow said.
pub fn failed(action: &'static str, status: Status) -> BackendError {
    let platform = Platform::Tensorflow;
    if status.code() == Code::ResourceExhausted {
        return BackendError::OutOfMemory { platform, action };
    }
    let message = status.to_string().lines().next().unwrap_or_default().trim().to_owned();
    BackendError::Framework { platform, action, message }
}

fn invalid(message: &str) -> Status {
    Status::new_set_lossy(Code::InvalidArgument, message)
}
