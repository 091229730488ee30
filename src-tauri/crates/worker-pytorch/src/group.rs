//! A group on libtorch: its trials one after the other, in shared working
//! memory.

use crate::loss::loss_and_gradient;
use crate::network::{Dropout, Frozen, Workspace};
use crate::parameters::Parameters;
use crate::update::Updater;
use crate::{export, misuse, refused};
use retort_domain::Artifact;
use retort_domain::protocol::ModelSpec;
use retort_trainer::{BackendError, Group, Tensors, TrainRows, TrialSetup, TrialSteps};
use std::path::Path;
use tch::Tensor;

const TRAIN: &str = "train a step";
const PREDICT: &str = "compute outputs";

struct Trial {
    parameters: Parameters,
    updater: Updater,
    seed: u32,
    dropout: f64,
    class_weights: Option<Vec<f32>>,
}

pub(crate) struct TorchGroup<'d> {
    spec: ModelSpec,
    rows: TrainRows<'d>,
    trials: Vec<Trial>,
    /// Made when the batch size is known.
    workspace: Option<Workspace>,
    /// Targets of the batch under way.
    y: Vec<f32>,
}

impl<'d> TorchGroup<'d> {
    pub fn open(spec: &ModelSpec, rows: TrainRows<'d>, setups: &[TrialSetup]) -> Result<Self, BackendError> {
        let trials = setups.iter().map(|setup| {
            let parameters = Parameters::new(spec, &setup.weights)?;
            let updater = Updater::new(spec.optimizer, setup, parameters.layout.trained_len);
            let TrialSetup { seed, dropout, class_weights, .. } = setup;
            Ok(Trial {
                parameters,
                updater,
                seed: *seed,
                dropout: *dropout,
                class_weights: class_weights.clone(),
            })
        });
        let trials = trials.collect::<Result<_, BackendError>>()?;
        Ok(Self { spec: spec.clone(), rows, trials, workspace: None, y: Vec::new() })
    }

    fn trial(&self, index: usize) -> Result<&Trial, BackendError> {
        self.trials.get(index).ok_or_else(|| misuse("find a trial", format!("there is no trial {index}")))
    }

    fn trial_mut(&mut self, index: usize) -> Result<&mut Trial, BackendError> {
        self.trials.get_mut(index).ok_or_else(|| misuse("find a trial", format!("there is no trial {index}")))
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
}

impl Group for TorchGroup<'_> {
    fn n_trials(&self) -> usize {
        self.trials.len()
    }

    fn train_steps(&mut self, steps: &[TrialSteps<'_>]) -> Result<Vec<Vec<f32>>, BackendError> {
        self.check(steps)?;
        let _no_grad = tch::no_grad_guard();
        let batch_size = steps.iter().map(|s| s.batch_size).max().unwrap_or(1).max(1);
        if self.workspace.as_ref().is_none_or(|w| w.capacity() < batch_size) {
            let with_dropout = self.trials.iter().any(|t| t.dropout > 0.0);
            let workspace = Workspace::new(&self.spec, batch_size, with_dropout);
            self.workspace = Some(workspace.map_err(refused("allocate a batch"))?);
        }
        let Some(workspace) = &mut self.workspace else { return Ok(Vec::new()) };

        let mut losses = Vec::with_capacity(steps.len());
        for (trial, steps) in self.trials.iter_mut().zip(steps) {
            let mut of_trial = Vec::with_capacity(steps.learning_rates.len());
            let batches = steps.rows.chunks(steps.batch_size.max(1));
            for ((rows, &rate), step) in batches.zip(steps.learning_rates).zip(steps.first_step..) {
                let n_rows = rows.len();
                let dropout = Dropout { seed: trial.seed, step, p: trial.dropout };
                workspace.gather(self.rows.x, rows);
                self.y.clear();
                self.y.extend(rows.iter().map(|&row| self.rows.y[row as usize]));
                workspace.forward(&mut trial.parameters, n_rows, dropout).map_err(refused(TRAIN))?;
                let (outputs, grad) = workspace.outputs_and_grad(n_rows);
                let class_weights = trial.class_weights.as_deref();
                of_trial.push(loss_and_gradient(self.spec.task, outputs, &self.y, class_weights, grad));
                workspace.backward(&mut trial.parameters, n_rows, dropout).map_err(refused(TRAIN))?;
                let Parameters { trained, grads, .. } = &mut trial.parameters;
                trial.updater.apply(trained.values_mut(), grads.values_mut(), rate, step);
            }
            losses.push(of_trial);
        }
        Ok(losses)
    }

    fn outputs(&mut self, trial: usize, x: &[f32], n_rows: usize) -> Result<Vec<f32>, BackendError> {
        if x.len() != n_rows * self.spec.n_features {
            return Err(misuse(PREDICT, format!("{} values are not {n_rows} rows", x.len())));
        }
        let _no_grad = tch::no_grad_guard();
        let mut outputs = vec![0.0; n_rows * self.spec.n_outputs];
        let compute = || {
            let network =
                Frozen::copy_of(&self.spec, &self.trial(trial)?.parameters).map_err(refused(PREDICT))?;
            let shape = [n_rows as i64, self.spec.n_features as i64];
            let x = Tensor::f_from_slice(x).and_then(|x| x.f_view(shape)).map_err(refused(PREDICT))?;
            network.forward(&x).map_err(refused(PREDICT))
        };
        let computed = compute()?;
        let len = outputs.len();
        computed.f_copy_data(&mut outputs, len).map_err(refused(PREDICT))?;
        Ok(outputs)
    }

    fn weights(&self, trial: usize) -> Result<Tensors, BackendError> {
        Ok(self.trial(trial)?.parameters.named())
    }

    fn set_weights(&mut self, trial: usize, weights: &Tensors) -> Result<(), BackendError> {
        self.trial_mut(trial)?.parameters.set(weights)
    }

    fn optimizer_state(&self, trial: usize) -> Result<Tensors, BackendError> {
        let trial = self.trial(trial)?;
        Ok(trial.updater.named_state(&trial.parameters.layout))
    }

    fn set_optimizer_state(&mut self, trial: usize, state: &Tensors) -> Result<(), BackendError> {
        let Trial { parameters, updater, .. } = self.trial_mut(trial)?;
        updater.set_state(&parameters.layout, state)
    }

    fn retain(&mut self, keep: &[bool]) -> Result<(), BackendError> {
        if keep.len() != self.trials.len() {
            return Err(misuse(
                "drop trials",
                format!("{} entries for {} trials", keep.len(), self.trials.len()),
            ));
        }
        let mut keep = keep.iter();
        self.trials.retain(|_| keep.next().copied().unwrap_or(true));
        Ok(())
    }

    fn export(&mut self, trial: usize, dir: &Path) -> Result<Artifact, BackendError> {
        let parameters = &self.trial(trial)?.parameters;
        let network = Frozen::copy_of(&self.spec, parameters).map_err(refused("copy the network"))?;
        export::torchscript(&self.spec, &network, dir)
    }
}
