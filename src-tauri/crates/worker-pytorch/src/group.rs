//! A group on libtorch: its trials in blocks, each block as one batched model.

use crate::network::{Block, TrialBatch, Workspace};
use crate::parameters::{Parameters, padded};
use crate::vector::update::Rule;
use crate::{export, misuse, refused};
use retort_domain::protocol::ModelSpec;
use retort_domain::{Artifact, Distillation};
use retort_trainer::{BackendError, Group, Tensors, TrainRows, TrialSetup, TrialSteps};
use std::ops::Range;
use std::path::Path;

const TRAIN: &str = "train a step";
const PREDICT: &str = "compute outputs";
const ALLOCATE: &str = "allocate a batch";
/// Rows that are evaluated at once.
const EVALUATION_ROWS: usize = 256;
/// What the trials of a block touch in one step should stay in a core's second
/// cache. Measured: see `examples/pytorch_group_speed.rs`.
const BLOCK_BYTES: usize = 768 << 10;
/// More would save nothing: by then a call's overhead is a few percent.
const MAX_BLOCK_TRIALS: usize = 16;

/// What makes a trial differ from the others, its numbers aside.
struct Trial {
    rule: Rule,
    seed: u32,
    dropout: f64,
    class_weights: Option<Vec<f32>>,
    distillation: Option<Distillation>,
}

pub(crate) struct TorchGroup<'d> {
    spec: ModelSpec,
    rows: TrainRows<'d>,
    trials: Vec<Trial>,
    parameters: Parameters,
    /// Made when the batch size is known.
    training: Option<Workspace>,
    /// Made when first needed.
    evaluation: Option<Workspace>,
}

impl<'d> TorchGroup<'d> {
    pub fn open(spec: &ModelSpec, rows: TrainRows<'d>, setups: &[TrialSetup]) -> Result<Self, BackendError> {
        let is_distilled = setups.iter().any(|setup| setup.distillation.is_some());
        if is_distilled && rows.teacher.is_none_or(|t| t.len() != rows.n_rows * spec.n_outputs) {
            return Err(misuse("open a group", "the teacher's outputs are missing or of another shape"));
        }
        let trial = |setup: &TrialSetup| Trial {
            rule: Rule::new(spec.optimizer, setup),
            seed: setup.seed,
            dropout: setup.dropout,
            class_weights: setup.class_weights.clone(),
            distillation: setup.distillation,
        };
        let trials: Vec<Trial> = setups.iter().map(trial).collect();
        let n_states = trials.iter().map(|trial| trial.rule.state_names().len()).max().unwrap_or(0);
        let mut parameters = Parameters::new(spec, trials.len(), n_states)?;
        for (trial, setup) in setups.iter().enumerate() {
            parameters.set(trial, &setup.weights)?;
        }
        Ok(Self { spec: spec.clone(), rows, trials, parameters, training: None, evaluation: None })
    }

    fn trial(&self, index: usize) -> Result<&Trial, BackendError> {
        self.trials.get(index).ok_or_else(|| misuse("find a trial", format!("there is no trial {index}")))
    }

    fn check(&self, steps: &[TrialSteps<'_>]) -> Result<(), BackendError> {
        if steps.len() != self.trials.len() {
            return Err(misuse(TRAIN, format!("{} entries for {} trials", steps.len(), self.trials.len())));
        }
        for steps in steps {
            if steps.rows.chunks(steps.batch_size.max(1)).len() != steps.learning_rates.len() {
                return Err(misuse(TRAIN, "rows and learning rates make different numbers of steps"));
            }
            if let Some(row) = steps.rows.iter().find(|&&row| row as usize >= self.rows.n_rows) {
                return Err(misuse(TRAIN, format!("there is no row {row} among {}", self.rows.n_rows)));
            }
        }
        Ok(())
    }

    /// Trains the trials of `range` by all steps of this call: what they touch
    /// stays in the cache meanwhile. Their batches must be equally large.
    fn train_block(
        &mut self,
        range: Range<usize>,
        steps: &[TrialSteps<'_>],
        losses: &mut [Vec<f32>],
    ) -> Result<(), BackendError> {
        let Self { rows, trials, parameters, training, .. } = self;
        let Some(workspace) = training else { return Ok(()) };
        let (trials, steps) = (&trials[range.clone()], &steps[range.clone()]);
        let TrialSteps { rows: first_rows, batch_size, learning_rates, .. } = steps[0];
        let same_rows = steps.iter().all(|steps| steps.rows == first_rows);
        let mut step_losses = vec![0.0; steps.len()];
        for number in 0..learning_rates.len() {
            let of_step = number * batch_size..((number + 1) * batch_size).min(first_rows.len());
            let batches = trials.iter().zip(steps).map(|(trial, steps)| TrialBatch {
                seed: trial.seed,
                step: steps.first_step + number as u64,
                dropout: trial.dropout,
                class_weights: trial.class_weights.as_deref(),
                distillation: trial.distillation.as_ref(),
                rows: &steps.rows[of_step.clone()],
            });
            let batches: Vec<TrialBatch<'_>> = batches.collect();
            let block =
                Block { first_trial: range.start, n_trials: range.len(), n_rows: of_step.len(), same_rows };
            workspace.step(parameters, block, &batches, *rows, &mut step_losses).map_err(refused(TRAIN))?;
            for (index, (trial, steps)) in trials.iter().zip(steps).enumerate() {
                losses[range.start + index].push(step_losses[index]);
                let rate = steps.learning_rates[number];
                parameters.update(range.start + index, &trial.rule, batches[index].step, rate);
            }
        }
        Ok(())
    }

    /// Outputs of the trials of `range`, in their order.
    fn outputs_of(
        &mut self,
        range: Range<usize>,
        x: &[f32],
        n_rows: usize,
    ) -> Result<Vec<Vec<f32>>, BackendError> {
        let n_features = self.spec.n_features;
        if x.len() != n_rows * n_features {
            return Err(misuse(PREDICT, format!("{} values are not {n_rows} rows", x.len())));
        }
        let _no_grad = tch::no_grad_guard();
        let n_block = block_trials(&self.spec, self.trials.len(), EVALUATION_ROWS);
        let mut workspace = match self.evaluation.take() {
            Some(workspace) => workspace,
            None => Workspace::new(&self.spec, n_block, EVALUATION_ROWS).map_err(refused(ALLOCATE))?,
        };
        let n_values = n_rows * self.spec.n_outputs;
        let mut outputs: Vec<Vec<f32>> = range.clone().map(|_| Vec::with_capacity(n_values)).collect();
        for (first, outputs) in range.step_by(n_block).zip(outputs.chunks_mut(n_block)) {
            for x in x.chunks(EVALUATION_ROWS * n_features) {
                let block = Block {
                    first_trial: first,
                    n_trials: outputs.len(),
                    n_rows: x.len() / n_features,
                    same_rows: true,
                };
                workspace.outputs(&mut self.parameters, block, x, outputs).map_err(refused(PREDICT))?;
            }
        }
        self.evaluation = Some(workspace);
        Ok(outputs)
    }
}

/// Trials of a block, at most: as many as the cache has room for, one where the
/// network is large. Products of a block of one are what they are alone.
fn block_trials(spec: &ModelSpec, n_trials: usize, n_rows: usize) -> usize {
    let (mut values, mut n_inputs) = (spec.n_features * n_rows, spec.n_features);
    for &units in spec.hidden_layers.iter().chain([&spec.n_outputs]) {
        let units = padded(units);
        // Weights, gradients, two numbers of the optimiser; sums, activations.
        values += 4 * n_inputs * units + 2 * n_rows * units;
        n_inputs = units;
    }

    (BLOCK_BYTES / (values * size_of::<f32>())).clamp(1, MAX_BLOCK_TRIALS).min(n_trials.max(1))
}

impl Group for TorchGroup<'_> {
    fn n_trials(&self) -> usize {
        self.trials.len()
    }

    fn train_steps(&mut self, steps: &[TrialSteps<'_>]) -> Result<Vec<Vec<f32>>, BackendError> {
        self.check(steps)?;
        let _no_grad = tch::no_grad_guard();
        let max_rows = steps.iter().map(|s| s.batch_size.min(s.rows.len())).max().unwrap_or(0);
        let n_block = block_trials(&self.spec, self.trials.len(), max_rows);
        if self.training.as_ref().is_none_or(|w| !w.fits(n_block, max_rows)) {
            let workspace = Workspace::new(&self.spec, n_block, max_rows);
            self.training = Some(workspace.map_err(refused(ALLOCATE))?);
        }
        let mut losses: Vec<Vec<f32>> =
            steps.iter().map(|s| Vec::with_capacity(s.learning_rates.len())).collect();
        let shape = |trial: usize| (steps[trial].batch_size, steps[trial].rows.len());
        let mut first = 0;
        while first < steps.len() {
            let alike = (first..steps.len()).take(n_block).take_while(|&trial| shape(trial) == shape(first));
            let end = first + alike.count();
            self.train_block(first..end, steps, &mut losses)?;
            first = end;
        }
        Ok(losses)
    }

    fn outputs(&mut self, trial: usize, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError> {
        self.trial(trial)?;
        Ok(self.outputs_of(trial..trial + 1, x, n_rows)?.concat())
    }

    fn outputs_of_all(&mut self, x: &[f32], n_rows: usize) -> Result<Vec<Vec<f32>>, BackendError> {
        self.outputs_of(0..self.trials.len(), x, n_rows)
    }

    fn weights(&self, trial: usize) -> Result<Tensors, BackendError> {
        self.trial(trial)?;
        Ok(self.parameters.named(trial))
    }

    fn set_weights(&mut self, trial: usize, weights: &Tensors) -> Result<(), BackendError> {
        self.trial(trial)?;
        self.parameters.set(trial, weights)
    }

    fn optimizer_state(&self, trial: usize) -> Result<Tensors, BackendError> {
        let names = self.trial(trial)?.rule.state_names();
        Ok(self.parameters.named_state(trial, names))
    }

    fn set_optimizer_state(&mut self, trial: usize, state: &Tensors) -> Result<(), BackendError> {
        let names = self.trial(trial)?.rule.state_names();
        self.parameters.set_state(trial, names, state)
    }

    fn retain(&mut self, keep: &[bool]) -> Result<(), BackendError> {
        if keep.len() != self.trials.len() {
            return Err(misuse(
                "drop trials",
                format!("{} entries for {} trials", keep.len(), self.trials.len()),
            ));
        }
        self.parameters.retain(keep)?;
        let mut keep = keep.iter();
        self.trials.retain(|_| keep.next().copied().unwrap_or(true));
        for workspace in [&mut self.training, &mut self.evaluation].into_iter().flatten() {
            workspace.forget_parameters();
        }
        Ok(())
    }

    fn export(&mut self, trial: usize, dir: &Path) -> Result<Artifact, BackendError> {
        self.trial(trial)?;
        export::torchscript(&self.spec, &self.parameters, trial, dir)
    }
}
