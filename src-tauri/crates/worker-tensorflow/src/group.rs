//! Trials under training: their tensors between calls, one after the other.

use crate::export;
use crate::network::{Layout, elements};
use crate::nodes::tensor;
use crate::program::{Evaluation, State, Steps, Targets, TrainingLoop};
use crate::update::{Numbers, Rule};
use retort_domain::{Artifact, Platform, Task, protocol::ModelSpec};
use retort_trainer::random::dropout_mask;
use retort_trainer::{BackendError, Group, NamedTensor, Tensors, TrainRows, TrialSetup, TrialSteps};
use std::path::Path;
use std::rc::Rc;
use tensorflow::{Code, Status, Tensor};

/// Most steps a session call; what a call costs is nothing beside them.
const MAX_STEPS: usize = 256;
/// Most numbers of row indices or dropout masks that are laid out for a call.
const MAX_VALUES: usize = 1 << 22;
/// Rows evaluated at once, so that memory does not grow with the table.
const EVALUATION_ROWS: usize = 4096;

struct Trial {
    setup: TrialSetup,
    rule: Rule,
    training: Rc<TrainingLoop>,
    class_weights: Option<Tensor<f32>>,
    state: State,
}

/// Trials of one shape over the same rows.
pub struct TensorFlowGroup {
    layout: Layout,
    x: Tensor<f32>,
    y: Targets,
    evaluation: Evaluation,
    trials: Vec<Trial>,
}

impl TensorFlowGroup {
    /// Copies the rows and builds a graph for each rule among the trials.
    pub fn open(spec: &ModelSpec, rows: TrainRows<'_>, setups: &[TrialSetup]) -> Result<Self, BackendError> {
        let failed = |status| failed("build the network", status);
        let layout = Layout::new(spec);
        let x = tensor(&[rows.n_rows, spec.n_features], rows.x).map_err(failed)?;
        let y = match spec.task {
            Task::Classification => {
                let classes: Vec<i32> = rows.y.iter().map(|&class| class as i32).collect();
                Targets::Classes(tensor(&[rows.n_rows], &classes).map_err(failed)?)
            }
            Task::Regression => Targets::Numbers(tensor(&[rows.n_rows], rows.y).map_err(failed)?),
        };
        let evaluation = Evaluation::new(&layout).map_err(failed)?;
        let mut loops: Vec<(Rule, Rc<TrainingLoop>)> = Vec::new();
        let mut trials = Vec::new();
        for setup in setups {
            let rule = Rule::new(spec.optimizer, setup);
            let training = match loops.iter().find(|(known, _)| *known == rule) {
                Some((_, training)) => Rc::clone(training),
                None => {
                    let training = Rc::new(TrainingLoop::new(&layout, rule).map_err(failed)?);
                    loops.push((rule, Rc::clone(&training)));
                    training
                }
            };
            let n_trained = layout.len(true) as u64;
            let state = State {
                trained: flat(&layout, &setup.weights, true, "")?,
                running: match layout.len(false) {
                    0 => None,
                    _ => Some(flat(&layout, &setup.weights, false, "")?),
                },
                moments: rule.state_names().iter().map(|_| Tensor::new(&[n_trained])).collect(),
            };
            let class_weights = match &setup.class_weights {
                Some(weights) => Some(tensor(&[spec.n_outputs], weights).map_err(failed)?),
                None => None,
            };
            // Kept once, in `state`.
            let setup = TrialSetup { weights: Tensors::new(), ..setup.clone() };
            trials.push(Trial { setup, rule, training, class_weights, state });
        }
        Ok(Self { layout, x, y, evaluation, trials })
    }

    fn trial(&self, trial: usize) -> Result<&Trial, BackendError> {
        self.trials.get(trial).ok_or_else(|| unknown_trial(trial))
    }
}

impl Trial {
    fn train(
        &mut self,
        layout: &Layout,
        x: &Tensor<f32>,
        y: &Targets,
        steps: &TrialSteps<'_>,
    ) -> Result<Vec<f32>, Status> {
        let n_steps = steps.learning_rates.len();
        let batch_size = steps.batch_size.max(1);
        if n_steps != steps.rows.len().div_ceil(batch_size) {
            return Err(invalid(format!(
                "{} learning rates for {} rows in batches of {batch_size}",
                n_steps,
                steps.rows.len()
            )));
        }
        let hidden = &layout.spec.hidden_layers;
        let widest = if self.rule.dropout { hidden.iter().copied().max().unwrap_or(1).max(1) } else { 1 };
        let at_once = (MAX_VALUES / (batch_size.saturating_mul(widest))).clamp(1, MAX_STEPS);
        let n_full = steps.rows.len() / batch_size;
        let mut losses = Vec::with_capacity(n_steps);
        while losses.len() < n_steps {
            // Batches of one call are equally large; the smaller last one has
            // a call of its own.
            let done = losses.len();
            let count = if done < n_full { at_once.min(n_full - done) } else { 1 };
            let first_row = done * batch_size;
            let n_rows = if done < n_full { batch_size } else { steps.rows.len() - first_row };
            let rows: Vec<i32> =
                steps.rows[first_row..first_row + count * n_rows].iter().map(|&row| row as i32).collect();
            let rows = tensor(&[count, n_rows], &rows)?;
            let numbers: Vec<f32> = (done..done + count)
                .flat_map(|offset| Numbers::row(self.rule, &self.setup, steps, offset, n_rows))
                .collect();
            let numbers = tensor(&[count, Numbers::COUNT], &numbers)?;
            let masks = if self.rule.dropout {
                let first_step = steps.first_step + done as u64;
                hidden
                    .iter()
                    .enumerate()
                    .map(|(layer, &units)| self.mask(first_step, layer, [count, n_rows, units]))
                    .collect()
            } else {
                Vec::new()
            };
            let part = Steps {
                x,
                y,
                rows: &rows,
                numbers: &numbers,
                class_weights: self.class_weights.as_ref(),
                masks: &masks,
            };
            losses.extend_from_slice(&self.training.run(&mut self.state, &part)?);
        }
        Ok(losses)
    }

    /// Masks of one layer, `[steps, rows, units]`.
    fn mask(&self, first_step: u64, layer: usize, shape: [usize; 3]) -> Tensor<f32> {
        let mut mask = Tensor::new(&shape.map(|d| d as u64));
        let size = (shape[1] * shape[2]).max(1);
        for (step, values) in (first_step..).zip(mask.chunks_mut(size)) {
            dropout_mask(self.setup.seed, step, layer, self.setup.dropout, values);
        }
        mask
    }
}

impl Group for TensorFlowGroup {
    fn n_trials(&self) -> usize {
        self.trials.len()
    }

    fn train_steps(&mut self, steps: &[TrialSteps<'_>]) -> Result<Vec<Vec<f32>>, BackendError> {
        let failed = |status| failed("train", status);
        if steps.len() != self.trials.len() {
            return Err(failed(invalid(format!(
                "steps for {} trials of {}",
                steps.len(),
                self.trials.len()
            ))));
        }
        let (layout, x, y) = (&self.layout, &self.x, &self.y);
        self.trials
            .iter_mut()
            .zip(steps)
            .map(|(trial, steps)| trial.train(layout, x, y, steps).map_err(failed))
            .collect()
    }

    fn outputs(&mut self, trial: usize, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError> {
        let failed = |status| failed("evaluate", status);
        let n_features = self.layout.spec.n_features;
        if x.len() != n_rows * n_features {
            return Err(failed(invalid(format!("{} values for {n_rows} rows of {n_features}", x.len()))));
        }
        let state = &self.trial(trial)?.state;
        let mut outputs = Vec::with_capacity(n_rows * self.layout.spec.n_outputs);
        for part in x.chunks((EVALUATION_ROWS * n_features).max(1)) {
            let rows = tensor(&[part.len() / n_features.max(1), n_features], part).map_err(failed)?;
            outputs.extend_from_slice(&self.evaluation.run(state, &rows).map_err(failed)?);
        }
        Ok(outputs)
    }

    fn weights(&self, trial: usize) -> Result<Tensors, BackendError> {
        let state = &self.trial(trial)?.state;
        let (mut trained, mut running) = (&state.trained[..], state.running.as_deref().unwrap_or_default());
        Ok(self
            .layout
            .slots
            .iter()
            .map(|slot| {
                let from = if slot.role.is_trained() { &mut trained } else { &mut running };
                let (data, rest) = from.split_at(elements(slot).min(from.len()));
                *from = rest;
                NamedTensor { name: slot.name.clone(), shape: slot.shape.clone(), data: data.to_vec() }
            })
            .collect())
    }

    fn set_weights(&mut self, trial: usize, weights: &Tensors) -> Result<(), BackendError> {
        let trained = flat(&self.layout, weights, true, "")?;
        let running = flat(&self.layout, weights, false, "")?;
        let state = &mut self.trials.get_mut(trial).ok_or_else(|| unknown_trial(trial))?.state;
        state.trained = trained;
        state.running = state.running.is_some().then_some(running);
        Ok(())
    }

    fn optimizer_state(&self, trial: usize) -> Result<Tensors, BackendError> {
        let trial = self.trial(trial)?;
        let mut tensors = Tensors::new();
        let mut start = 0;
        for slot in self.layout.part(true) {
            let end = start + elements(slot);
            for (suffix, moment) in trial.rule.state_names().iter().zip(&trial.state.moments) {
                tensors.push(NamedTensor {
                    name: format!("{}.{suffix}", slot.name),
                    shape: slot.shape.clone(),
                    data: moment[start..end].to_vec(),
                });
            }
            start = end;
        }
        Ok(tensors)
    }

    fn set_optimizer_state(&mut self, trial: usize, state: &Tensors) -> Result<(), BackendError> {
        let names = self.trial(trial)?.rule.state_names();
        let moments = names
            .iter()
            .map(|suffix| flat(&self.layout, state, true, &format!(".{suffix}")))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(trial) = self.trials.get_mut(trial) {
            trial.state.moments = moments;
        }
        Ok(())
    }

    fn retain(&mut self, keep: &[bool]) -> Result<(), BackendError> {
        if keep.len() != self.trials.len() {
            let message = format!("a choice among {} trials, not {}", keep.len(), self.trials.len());
            return Err(failed("drop trials", invalid(message)));
        }
        let mut keep = keep.iter();
        self.trials.retain(|_| keep.next().copied().unwrap_or(true));
        Ok(())
    }

    fn export(&mut self, trial: usize, dir: &Path) -> Result<Artifact, BackendError> {
        export::saved_model(&self.layout, &self.trial(trial)?.state, dir)
    }
}

/// Joins what is trained, or running statistics, found by name.
fn flat(
    layout: &Layout,
    tensors: &Tensors,
    trained: bool,
    suffix: &str,
) -> Result<Tensor<f32>, BackendError> {
    let mut joined = Tensor::new(&[layout.len(trained) as u64]);
    let mut start = 0;
    for slot in layout.part(trained) {
        let end = start + elements(slot);
        let name = format!("{}{suffix}", slot.name);
        let found = tensors.iter().find(|t| t.name == name);
        let Some(found) = found.filter(|t| t.shape == slot.shape && t.data.len() == end - start) else {
            let message = match found {
                Some(found) => format!("{name} is {:?}, expected {:?}", found.shape, slot.shape),
                None => format!("{name} is missing"),
            };
            return Err(failed("take the weights", invalid(message)));
        };
        joined[start..end].copy_from_slice(&found.data);
        start = end;
    }
    Ok(joined)
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

fn invalid(message: String) -> Status {
    Status::new_set_lossy(Code::InvalidArgument, &message)
}

fn unknown_trial(trial: usize) -> BackendError {
    failed("find the trial", invalid(format!("there is no trial {trial}")))
}
